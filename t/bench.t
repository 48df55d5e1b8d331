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
    EVENTS => 1.10,                 # with ipxe_events, in the thread that answers
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

# ---- with ipxe_events --------------------------------------------------------------------

$b->check;
$b = IPXE::Bench->new(hosts => HOSTS, http => 'ipxe_events %%DIR%%/db/events.db;');
%asked = map { $_ => $b->uris($_, REQUESTS) } qw(boot again);

$b->start('callgrind');
$b->warm;
my $ir = $b->instructions($asked{boot});
$b->stop;
note sprintf 'with events %6.0f instructions, %.3f', $ir, $ir / $ir{boot};
cmp_ok($ir, '>', $ir{boot}, 'events are counted');
cmp_ok($ir / $ir{boot}, '<=', EVENTS, '... by few instructions');

# a timer, and the thread that says that it is done, once for many requests
unlink glob $b->dir . '/db/events.db*';                # it was of another user
$b->start('plain');
$b->warm;
my $calls = $b->system_calls($asked{boot});
note 'with events: ', join ', ', map { sprintf '%s %.3f', $_, $calls->{$_} } sort keys %$calls;
$calls{events} += $_ for values %$calls;
cmp_ok($calls{events} - $calls{boot}, '<=', CALLS, '... and no system call');
my $events = $b->dir . '/db/events.db';
ok(IPXE::Test::wait_for(sub { $b->sql('SELECT count(*) FROM boot', $events) >= 2 * REQUESTS }),
   '... and are written');

$b->done_testing;
