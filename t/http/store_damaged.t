# An index that leads to another machine's row: SQLite has no checksums and sees nothing wrong, but
# no machine gets that row's script.
use strict;
use warnings;
use Test::More;
use IPXE::Test qw(slurp);

my $t = IPXE::Test->new;
my %key = (mac => ['52:54:00:00:00:01', '52:54:00:00:00:02'], serial => ['SN-A', 'SN-B'],
           uuid => ['11223344-5566-7788-99aa-000000000001', '11223344-5566-7788-99aa-000000000002'],
           asset => ['AT-A', 'AT-B'], nic => ['52:54:00:00:01:01', '52:54:00:00:01:02']);
for my $key (sort keys %key) {
    my ($one, $two) = @{ $key{$key} };
    my $path = $t->make_db("db/$key.db");
    $t->sql($key eq 'nic' ? <<"NIC" : <<"HOST", $path);
INSERT INTO host(name) VALUES ('web1'), ('web2');
INSERT INTO nic(mac, host) VALUES ('$one', 'web1'), ('$two', 'web2');
NIC
INSERT INTO host(name, $key) VALUES ('web1', '$one'), ('web2', '$two');
HOST

    # what the table holds changes places, and the index of its canonical form stays as it is
    my $file = slurp($path);
    my ($a, $b) = map { quotemeta } $one, $two;
    my $n = $file =~ s/($a)|($b)/$1 ? $two : $one/ge;
    cmp_ok($n, '>=', 2, "$key: the row's own text stands in the file");
    open my $fh, '>:raw', $path or die "$path: $!";
    print $fh $file;
    close $fh or die "$path: $!";
}
$t->write_config(http => join "\n", map { <<"CONF" } sort keys %key);
server {
    listen 127.0.0.1:%%PORT%%;
    server_name $_;
    ipxe_database %%DIR%%/db/$_.db;
    ipxe_identity mac uuid asset serial;
    location = /boot.ipxe { ipxe boot; }
    location /pxelinux.cfg/ { ipxe pxelinux; }
}
CONF
$t->run;

for my $key (sort keys %key) {
    my $fact = $key eq 'nic' ? 'mac' : $key;
    $t->expect_log(qr/is damaged: its index of host\.$fact leads to host "web1".*server: $key,/);
    $t->answers("/boot.ipxe?$fact=$key{$key}[0]", { status => 503, result => 'unavailable' },
                "$key: no script of another machine", host => $key);
}

$t->done_testing;
