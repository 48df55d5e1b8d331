# Connections take all the descriptors that a worker may have: it cannot open the file that was
# moved there, and answers from the last state that it could read, or not at all, until it can.
use strict;
use warnings;
use IO::Socket::INET;
use Test::More;
use IPXE::Load qw(HARD);

use constant {
    LIMIT => 40,
    IDLE => 120,                   # connections
    ROUNDS => HARD ? 20 : 2,
};

for my $journal (qw(delete wal)) {
    my $t = IPXE::Load->new(journal => $journal, kept => 0);
    $t->expect_log(qr/Too many open files/);
    $t->begin(main => 'worker_rlimit_nofile ' . LIMIT . ';');
    my $port = $t->port(2);
    for my $round (1 .. ROUNDS) {
        my @idle;
        $t->still;
        $t->goes_on("$journal: connections take all descriptors", sub {
            for (1 .. IDLE) {
                my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
                                                   Timeout => 1);
                push @idle, $socket if $socket;
            }
        });
        $t->suffers("$journal: a new file meanwhile", sub { $t->unseen('publish') }, 1);
        $t->suffers("$journal: edited meanwhile", sub { $t->unseen('commit') }, 1);
        $t->within(5, "$journal: they are closed", sub { @idle = (); $t->commit });
    }
    $t->says_at_most(6 * ROUNDS, "$journal: the log is not flooded");
    $t->end;
}

done_testing;
