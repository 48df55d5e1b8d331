# Some hundred machines at once, from the sample configuration: each gets its own script, its
# kernel and its initrd whole, also when nginx is reloaded or restarted under it. The long form,
# with ten thousand and times, is t/hard/storm.t.
use strict;
use warnings;
use IPXE::Storm;
use IPXE::Test qw(wait_for);
use Test::More;

use constant { MACHINES => 300, KERNEL => 512 << 10, INITRD => 1536 << 10,
               PATIENCE => 60 };

my %mixed = (pxelinux => 20, strays => 10, limit => 300);
my $t = IPXE::Storm->new(hosts => MACHINES, kernel => KERNEL, initrd => INITRD);
$t->serve;

# What holds for each storm: nobody got anything that is not meant for it, and all is there.
sub all_booted {
    my ($saw, $name) = @_;
    is($saw->{done}, MACHINES, "$name: all machines boot");
    is($saw->{wrong}, 0, '... each by its own script');
    is_deeply([map { $saw->{$_}{status}{200} } qw(kernel initrd)], [(MACHINES) x 2],
              '... with kernel and initrd') if !$saw->{restarts};
}

my $saw = $t->machines(%mixed, ramp => 1);
all_booted($saw, 'a mixed room');
is_deeply([map { $saw->{$_}{status} } qw(stub script config miss)],
          [{ 200 => 210 }, { 200 => 210 }, { 200 => 90 }, { 404 => 30 * 11 }],
          '... nobody asks twice, strangers ask for twelve names');
is_deeply([@$saw{qw(refused cut restarts retries)}], [(0) x 4], '... no connection is lost');

# more at once than may load: they wait, and come again by themselves
$saw = $t->machines(ramp => 0, limit => 300);
all_booted($saw, 'all in one moment');
is_deeply([@$saw{qw(refused cut restarts retries)}], [(0) x 4], '... no connection is lost');
unlike($t->log, qr/\[(?:warn|error)\]/, '... nothing in the error log');

# a storm with something done to nginx in the middle
sub while_they_come {
    my ($what) = @_;
    my $pid = $t->start_machines(%mixed, ramp => 4, again => 1);
    my $before = -s $t->dir . '/ipxe.log';
    wait_for(sub { -s $t->dir . '/ipxe.log' > $before + 20_000 }, PATIENCE) or fail('no storm');
    is(waitpid($pid, POSIX::WNOHANG()), 0, 'machines are coming');
    $what->();
    return $t->seen($pid);
}

my %old = map { $_ => 1 } $t->workers;
$saw = while_they_come(sub { kill HUP => $t->{master} });
all_booted($saw, 'HUP');
is_deeply([@$saw{qw(refused cut restarts)}], [(0) x 3], '... no machine notices');
ok(wait_for(sub { my @now = $t->workers; @now && !grep { $old{$_} } @now }, PATIENCE),
   '... and other workers are there');
$t->workers_changed;

$saw = while_they_come(sub { $t->stop; $t->run });
all_booted($saw, 'QUIT and a new start');
note "refused $saw->{refused}, cut $saw->{cut}, again from the start $saw->{restarts}";
unlike($t->log, qr/\[(?:warn|error)\]/, '... nothing in the error log');

# the machines would have said so
$t->sql("UPDATE host SET profile = 'local' WHERE name IN ('node0000020', 'node0000150')");
$saw = $t->machines(%mixed, payload => 0);
is($saw->{wrong}, 2, 'a script that is another is seen, with iPXE and with PXELINUX');

$t->done_testing;
