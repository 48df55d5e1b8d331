# Two workers start on the log of a writer that was killed, both at once, under load: the first
# answer of each is of the last commit, which stands in the log alone.
use strict;
use warnings;
use Test::More;
use IPXE::Load qw(HARD);

use constant ROUNDS => HARD ? 10 : 1;

for my $left ('a log and its index', 'a log alone', 'both, of root', 'a log alone, of root') {
    for my $round (1 .. ROUNDS) {
        my $root = $left =~ /root/;
        my $t = IPXE::Load->new(readonly => $root, clients => 6);
        $t->commit for 1 .. 5;
        my $writer = delete $t->{shell};
        kill KILL => $t->{children}[-1];
        $writer->();
        $t->crash;
        ok(-s $t->db . '-wal', "$left: is left");
        unlink $t->db . '-shm' if $left =~ /alone/;

        # who can only read may have to wait for sqlite3
        $t->begin($root ? 'broken' : 'cold', 1);
        $t->within(3, "$left: sqlite3 opens it", sub { $t->sql('SELECT count(*) FROM host') })
            if $root;
        $t->still;
        $t->goes_on("$left: then", sub { });
        $t->at_once("$left: the next commit", sub { $t->commit('own') });
        $t->says_at_most(3, "$left: the log has little to say");
        $t->end;
    }
}

done_testing;
