# A MAC address in every spelling that firmware and people use, in rows and in requests.
use strict;
use warnings;
use IPXE::Test;

my $t = IPXE::Test->new;
my %row = (
    colon => '52:54:00:AB:CD:01', hyphen => '52-54-00-ab-cd-02', dot => '5254.00ab.cd03',
    bare => '525400ABCD04', guid => '00:02:c9:03:00:ab:cd:05',
    infiniband => '80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:ab:cd:06',
);
$t->sql(join '', map { "INSERT INTO host(name, mac) VALUES ('$_', '$row{$_}');" } sort keys %row);
$t->write_config;
$t->run;

# each row, however it was written, by each spelling of a request
for my $name (sort keys %row) {
    my $bare = lc $row{$name} =~ s/[^0-9a-f]//gir;
    my @pair = $bare =~ /../g;
    my @quad = $bare =~ /..../g;
    my $type = @pair == 6 ? '01' : '20';               # the ARP type that PXELINUX puts first
    for my $spelling (
        join(':', @pair), join('-', @pair), join('.', @quad), $bare,
        "$type-" . join('-', @pair), "$type:" . join(':', @pair),
    ) {
        for my $mac ($spelling, uc $spelling, $spelling =~ s/:/%3A/gr) {
            next if $mac eq $spelling && $mac ne lc $mac;
            $t->answers("/boot.ipxe?mac=$mac", { host => $name, result => 'host' },
                        "$name as $mac");
        }
    }
    $t->answers("/pxelinux.cfg/$type-" . join('-', @pair), { host => $name },
                "$name as a file name");
}

# what is not the address of a card identifies nothing, and is no error
for my $mac ('', '0', 'x', '52:54:00:ab:cd', '52:54:00:ab:cd:01:02', '52:54:00:ab:cd:0g',
             '52:54:00:ab:cd:1',
             '5254-00ab-cd01', ':52:54:00:ab:cd:01', '52:54:00:ab:cd:01:', '52::54:00:ab:cd:01',
                 '525400abcd0',
             '52:54:00-ab:cd:01', '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '53:54:00:ab:cd:01',
             '02-52-54-00-ab-cd-01', '01-', '20-', '52:54:00:ab:cd:01%00', '5254.00abcd01') {
    $t->answers("/boot.ipxe?mac=$mac&asset=none-such", { host => '', result => 'default' },
                "mac '$mac'");
}

$t->done_testing;
