# A flood of made-up identities: events.db does not grow past its bounds, hosts stay in it, machines
# boot as before, and what is not kept is counted. With TEST_HARD a million of them, and figures.
use strict;
use warnings;
use IPXE::Bench;
use IPXE::Test qw(slurp wait_for);
use List::Util qw(sum0);
use Test::More;

plan skip_all => 'h2load is needed (nghttp2-client)' if system 'command -v h2load >/dev/null';

my ($FLOOD, $HISTORY, $MACHINES) = $ENV{TEST_HARD} ? (1_000_000, 100_000, 100_000) : (6000, 500, 200);
use constant { HOSTS => 100, PART => 50_000 };

my $b = IPXE::Bench->new(hosts => HOSTS,
    http => "ipxe_events %%DIR%%/db/events.db history=$HISTORY machines=$MACHINES;");
my $file = $b->dir . '/db/events.db';
$b->start('plain');
$b->warm;

sub rows { my ($sql) = @_; chomp(my $rows = $b->sql(".timeout 1000\n$sql", $file)); return $rows }
sub size { return sum0 map { -s // 0 } glob "$file*" }
sub settled { my ($count) = @_;
    return wait_for(sub { (rows('SELECT sum(number + dropped) FROM written') || 0) >= $count }, 180) }
sub percentile { my ($times, $part) = @_; return 1e6 * $times->[$part * $#$times] }
sub boots {
    my $took = $b->load($b->uris(boot => 2000));
    note sprintf '%s: p50 %.0f us, p99 %.0f us', $_[0], map { percentile($took->{times}, $_) } 0.5, 0.99;
    return $took;
}

# Unknown machines get the default profile; each shows another MAC, UUID, asset tag and product.
my $next = 0;
sub flood {
    my ($count) = @_;
    return [map { my $n = $next++;
        sprintf '/boot.ipxe?mac=02-00-%02x-%02x-%02x-%02x&uuid=%08x-1111-4111-8111-%012x&asset=F%d&product=P%d',
                $n >> 24 & 255, $n >> 16 & 255, $n >> 8 & 255, $n & 255, $n, $n, $n, $n } 1 .. $count];
}

boots('before');
ok(settled(2000), 'hosts have booted');
my $hosts = rows('SELECT count(*) FROM machine WHERE host IS NOT NULL');
cmp_ok($hosts, '>', 50, '... and are known');
my $most = 0;
my $part = $FLOOD > PART ? PART : $FLOOD / 3;
for (1 .. $FLOOD / $part) {
    my $took = $b->load(flood($part));
    $most = size() if size() > $most;
    note sprintf '%d, p50 %.0f us, p99 %.0f us, %.1f MB', $next,
         map({ percentile($took->{times}, $_) } 0.5, 0.99), $most / 1e6;
}
boots('after');
ok(settled($FLOOD + 4000), 'each answer was written or counted');
$most = size() if size() > $most;

is(rows('SELECT count(*) FROM boot'), $HISTORY, 'history has its size');
cmp_ok(rows('SELECT count(*) FROM machine'), '<=', $MACHINES, '... the machines, too');
is(rows('SELECT count(*) FROM machine WHERE host IS NOT NULL'), $hosts,
   '... of which hosts are the last to go');
my $bound = 20e6 + 400 * $HISTORY + 900 * $MACHINES;
cmp_ok($most, '<', $bound, 'it never took more of the disk than it may');
my ($kept, $dropped) = split /\|/, rows('SELECT number, dropped FROM written');
note sprintf '%d written, %d dropped, %.1f MB at most', $kept, $dropped, $most / 1e6;
is(rows('PRAGMA integrity_check'), 'ok', 'and it is sound');

$b->done_testing;
