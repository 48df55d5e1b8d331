# Every byte, percent-encoded, in every argument: always a script, never an error, never a byte
# of it in the script's structure.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01');
SQL
$t->write_config(log => 'info');
$t->run;

my @names = qw(mac uuid asset serial ip arch platform manufacturer product hostname);
for my $name (@names) {
    my @bad;
    for my $byte (0 .. 255) {
        my $hex = sprintf '%%%02X', $byte;
        for my $value ($hex, "a${hex}b") {
            my $uri = "/boot.ipxe?asset=none-such&$name=$value";
            $uri = "/boot.ipxe?asset=$value&mac=52:54:00:00:00:09" if $name eq 'asset';
            my $r = $t->get($uri);
            my @flaw = IPXE::Test::flaws($r);
            push @flaw, "status $r->{status}" if $r->{status} != 200;
            push @flaw, 'a host' if ($r->{header}{'x-ipxe-host'} // '') ne '';
            push @bad, "$uri: @flaw\n" if @flaw;
        }
    }
    is(join('', @bad), '', "every byte in $name");
}

# beside a MAC that is known, the host is found whatever the others hold
for my $name (grep { !/^(?:mac|uuid|asset|serial)$/ } @names) {
    my @bad = grep { ($t->get(sprintf '/boot.ipxe?%s=%%%02X&mac=52:54:00:00:00:01', $name, $_)
                        ->{header}{'x-ipxe-host'} // '') ne 'web1' } 0 .. 255;
    is("@bad", '', "every byte in $name beside a known MAC");
}

# and as they are, where nginx lets them in
my @bad;
for my $byte (0x21 .. 0xff) {
    my $r = $t->get('/boot.ipxe?mac=52:54:00:00:00:01&product=a' . chr($byte) . 'b');
    push @bad, $byte if $byte != 0x7f && ($r->{header}{'x-ipxe-host'} // '') ne 'web1';
}
is("@bad", '', 'raw bytes in an argument');

$t->done_testing;
