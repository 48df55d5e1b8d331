# The short form of "make bench": what a machine's first request costs, in instructions and system
# calls, which do not depend on what else this computer does. Times are for "make bench" alone.
use strict;
use warnings;
use Test::More;
use IPXE::Bench;

plan skip_all => 'sanitizers multiply what is counted here' if $ENV{TEST_NGINX_PRELOAD};

use constant {
    HOSTS => 20_000,                # the cost grows with their logarithm
    REQUESTS => 600,
    INSTRUCTIONS => 2.5,            # to "return 200" of the same size
    AGAIN => 2.4,                   # the same host once more
    CALLS => 0.2,                   # more than "return 200": a read transaction for many requests
};

my $b = IPXE::Bench->new(hosts => HOSTS);
my %asked = map { $_ => $b->uris($_, REQUESTS) } qw(return static boot again);

$b->start('callgrind');
$b->warm;
my %ir = map { $_ => $b->instructions($asked{$_}) } qw(return static boot again);
$b->stop;
note sprintf '%-8s %6.0f instructions, %.2f', $_, $ir{$_}, $ir{$_} / $ir{return} for sort keys %ir;
cmp_ok($ir{return}, '>', 1000, 'instructions are counted');
cmp_ok($ir{boot} / $ir{return}, '<=', INSTRUCTIONS, 'the first request of a host');
cmp_ok($ir{again} / $ir{return}, '<=', AGAIN, 'the same host again');

$b->start('plain');
$b->warm;
my %calls;
for my $what (qw(return boot)) {
    my $calls = $b->system_calls($asked{$what});
    note "$what: ", join ', ', map { sprintf '%s %.3f', $_, $calls->{$_} } sort keys %$calls;
    $calls{$what} += $_ for values %$calls;
}
cmp_ok($calls{return}, '>=', 3, 'system calls are counted');
cmp_ok($calls{boot} - $calls{return}, '<=', CALLS, 'system calls of a request');

$b->done_testing;
