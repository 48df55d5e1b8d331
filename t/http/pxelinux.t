# PXELINUX asks for one file name after the other and takes the first that is there.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO host(name, uuid) VALUES ('by-uuid', '11223344-5566-7788-99aa-bbccddeeff00');
INSERT INTO host(name, mac) VALUES ('by-mac', '52:54:00:12:34:56');
INSERT INTO host(name, mac) VALUES ('by-ib',
                                    '80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:ab:cd:06');
INSERT INTO host(name, mac) VALUES ('by-guid', '00:02:c9:03:00:ab:cd:05');
INSERT INTO nic(mac, host) VALUES ('52:54:00:12:34:57', 'by-mac');
SQL
$t->write_config(server => 'location /deep/er/pxelinux.cfg/ { ipxe pxelinux; }');
$t->run;

for (
    ['44332211-6655-8877-99aa-bbccddeeff00', 'by-uuid'],         # as PXELINUX writes it
    ['11223344-5566-7788-99aa-bbccddeeff00', 'by-uuid'],         # as U-Boot does
    ['01-52-54-00-12-34-56', 'by-mac'],
    ['01-52-54-00-12-34-57', 'by-mac'],
    ['20-00-02-c9-03-00-ab-cd-05', 'by-guid'],
    ['20-80-00-00-48-fe-80-00-00-00-00-00-00-00-02-c9-03-00-ab-cd-06', 'by-ib'],
) {
    my ($name, $host) = @$_;
    my $want = { host => $host, profile => 'local', result => 'host', like => qr/^LOCALBOOT -1$/m };
    $t->answers("/pxelinux.cfg/$name", $want);
    $t->answers("/pxelinux.cfg/$name", $want, "$name by HTTP/1.0", version => '1.0');
    $t->answers("/deep/er/pxelinux.cfg/$name", $want, "$name below another prefix");
    $t->answers("//pxelinux.cfg/$name", $want, "$name with a double slash");
}

# 404 lets the search go on; GRUB would run the body of a 404
for my $name ('01-52-54-00-00-00-09', '20-00-02-c9-03-00-00-00-00', '20', '0A00020F', '0A00020',
              '0A0002', '0A000', '0A00',
              '0A0', '0A', '0', 'deadbeef-0000-4000-8000-000000000001',
              '00000000-0000-0000-0000-000000000000',
              'ldlinux.c32', '', 'default-x86_64', 'default.txt', 'defaul', 'DEFAULT', 'grub.cfg',
              '01-52-54-00-12-34-56.cfg', '01-52-54-00-12-34-5', 'default/',
              '%0a', 'x%0d%0aX-Evil:1', 'x' x 3000) {
    my $r = $t->answers("/pxelinux.cfg/$name", { status => 404, result => 'unknown', host => '',
                                                 profile => '', body => '' },
                        'no such file: ' . substr $name, 0, 60);
    is($r->{header}{'content-length'}, 0, '... of length 0');
}

$t->answers('/pxelinux.cfg/default', { result => 'default', profile => 'default', host => '',
                                       like => [qr/^SAY This machine is not in/m,
                                                qr/^LOCALBOOT -1$/m] }, 'default');

# the order that a real PXELINUX asks in, against both hosts
my ($found) = grep { $t->get("/pxelinux.cfg/$_")->{status} == 200 }
    qw(99999999-9999-4999-8999-999999999999 01-52-54-00-12-34-56 0A4D0067 0A4D006 0A4D00 0A4D0
       0A4D 0A4 0A 0 default);
is($found, '01-52-54-00-12-34-56', 'the search ends at the MAC');

$t->done_testing;
