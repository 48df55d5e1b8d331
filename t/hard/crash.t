# Writers that are killed: in the middle of a transaction, and at any moment of many. What was not
# committed is never seen, what was committed is never lost.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep);
use IPXE::Load qw(HARD);
use IPXE::Load::State qw(state_sql);

use constant {
    ROUNDS => HARD ? 40 : 4,
    SERIES => 300,                 # commits of a writer that is killed meanwhile
};

# Commits until it is killed; returns how many states there may be now.
sub commit_until_killed {
    my ($t, $seconds) = @_;
    my $from = $t->{state};
    my $series = $t->write_file('series.sql', join "\n", '.timeout 20000',
        map { 'BEGIN IMMEDIATE; ' . state_sql($t->next_state) . ' COMMIT;' } 1 .. SERIES);
    $t->spawn(sub {
        open STDIN, '<', $series or die;
        exec 'sqlite3', '-batch', '-bail', $t->db;
    });
    my $pid = pop @{ $t->{children} };
    sleep $seconds;
    kill KILL => $pid;
    waitpid $pid, 0;
    return $from;
}

for my $journal (qw(wal delete)) {
    my $t = IPXE::Load->new(journal => $journal);
    $t->begin;
    $t->still;

    # the file has what no commit was made of, and a journal that has to be rolled back
    $t->suffers("$journal: a writer is killed", sub { $t->crash });
    if ($journal eq 'delete') {
        ok(-s $t->db . '-journal', '... and left a hot journal');
        $t->goes_on("$journal: nobody repairs it", sub { }, 2);
        $t->says(qr/roll/, '... and the log says who has to');
    }
    $t->at_once("$journal: sqlite3 opens it", sub { $t->sql('SELECT count(*) FROM host') });
    $t->at_once("$journal: its next commit", sub { $t->commit('own') });

    for my $round (1 .. ROUNDS) {
        $t->suffers("$journal: killed among commits", sub {
            my $from = commit_until_killed($t, 0.02 + rand 0.3);
            my ($state) = $t->sql("SELECT value FROM var WHERE name = 'everywhere'") =~ /(\d+)/;
            cmp_ok($state, '>=', $from, '... ' . ($state - $from) . ' were made');
            $t->{state} = int $state;
            $t->board(IPXE::Load::CEILING, $t->{state});
        }, 0);
        $t->at_once("$journal: repaired", sub { $t->acknowledge });
        $t->at_once("$journal: its next commit", sub { $t->commit('own') });
    }
    $t->says_at_most(2 + 2 * ROUNDS, "$journal: the log is not flooded");
    $t->end;
}

done_testing;
