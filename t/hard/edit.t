# Edited in place: each answer to a request that was sent after a commit shows it, whoever asks.
use strict;
use warnings;
use Test::More;
use IPXE::Load qw(HARD);

use constant COMMITS => HARD ? 3000 : 150;

for my $journal (qw(wal delete)) {
    for my $clients (0, 8) {
        my $name = "$journal, $clients clients";
        my $t = IPXE::Load->new(journal => $journal, clients => $clients);
        $t->begin;
        $t->still;
        # in rollback mode a writer keeps readers out for a moment
        $t->may_wait if $journal eq 'delete';
        for my $n (1 .. COMMITS) {
            $t->commit($n % 50 ? '' : 'own');
            $t->look(2);
        }
        $t->judged("$name: " . COMMITS . ' commits, each in the next answers');
        cmp_ok($t->count->{answers}, '>=', COMMITS, '... of which there were some');
        $t->says_at_most($journal eq 'wal' ? 0 : 6, '... and the log has little to say');
        $t->at_once('the last one', sub { $t->commit });
        $t->end;
    }
}

done_testing;
