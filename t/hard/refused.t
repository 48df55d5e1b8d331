# Rights are taken away while nginx runs, from the file or from its directory.
use strict;
use warnings;
use Test::More;
use IPXE::Load qw(HARD);
use IPXE::Test;

plan skip_all => 'needs root: the workers have to be another user' if !IPXE::Test::is_root();

use constant COMMITS => HARD ? 200 : 20;

for my $journal (qw(wal delete)) {
    my $t = IPXE::Load->new(journal => $journal);
    $t->begin;
    $t->still;
    $t->goes_on("$journal: 0600 of root, while it is open", sub {
        chown 0, 0, $t->db;
        chmod 0600, $t->db;
    }, 1);
    $t->within(2, "$journal: as it was, and edited", sub { $t->rights; $t->commit });
    $t->still;
    $t->goes_on("$journal: replaced by a file that is 0600 of root", sub {
        my $path = $t->beside($t->image);
        chown 0, 0, $path;
        chmod 0600, $path;
        $t->move($path);
    }, 1);
    $t->says(qr/ermission|denied|rights|2770/, '... and the log says what to do', 4);
    $t->within(2, "$journal: its rights are put right", sub { $t->rights });
    $t->at_once("$journal: edited", sub { $t->commit });

    $t->still;
    $t->goes_on("$journal: the directory is closed", sub { chmod 0700, $t->dir . '/db';
                                                           chown 0, 0, $t->dir . '/db' }, 1);
    $t->within(2, "$journal: it is opened again, and the file edited", sub {
        $t->recommended_rights('db');
        $t->commit;
    });
    $t->says_at_most(12, "$journal: the log is not flooded");
    $t->end;
}

# A WAL database at rest in a directory where nginx cannot make what WAL needs: each commit comes
# and goes with its own log.
my $t = IPXE::Load->new(readonly => 1);
$t->begin;
$t->suffers('read-only: ' . COMMITS . ' commits', sub { $t->commit('own') for 1 .. COMMITS });
$t->within(2, 'read-only: at rest again', sub { $t->commit('own') });
$t->at_once('read-only: an administrator has a shell open', sub { $t->commit });
$t->at_once('read-only: ... and commits more', sub { $t->commit for 1 .. COMMITS });
$t->within(2, 'read-only: ... and ends it', sub { $t->commit; $t->close_shell });
$t->still;
$t->goes_on('read-only: removed', sub { unlink $t->db }, 1);
$t->at_once('read-only: put back', sub { $t->publish });
$t->says_at_most(8, 'read-only: the log has little to say');
$t->end;

done_testing;
