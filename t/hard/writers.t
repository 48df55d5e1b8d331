# Somebody writes for long: boots go on. In WAL mode nobody notices; in rollback mode an answer may
# be a 503 while the writer keeps all others out, but nobody waits for him.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep);
use IPXE::Load qw(HARD);

use constant {
    ROWS => HARD ? 1_000_000 : 50_000,
    HELD => HARD ? 10 : 3,         # seconds; an answer that took so long has waited
};

for my $journal (qw(wal delete)) {
    my $t = IPXE::Load->new(journal => $journal);
    $t->begin;
    $t->still;
    my $deed = $journal eq 'wal' ? 'goes_on' : 'suffers';

    $t->$deed("$journal: BEGIN EXCLUSIVE for @{[ HELD ]} s", sub {
        $t->shell->('BEGIN EXCLUSIVE;');
        sleep HELD;
        $t->shell->('ROLLBACK;');
    });
    $t->at_once("$journal: it is over", sub { $t->commit });

    my $first = $t->{hosts} + 1;
    my $last = $t->{hosts} + ROWS;
    my $rows = ROWS;
    $t->$deed("$journal: an import of $rows rows", sub {
        $t->sql(<<"SQL");
.timeout 20000
BEGIN IMMEDIATE;
INSERT INTO host(name, mac, serial, profile)
  WITH RECURSIVE n(i) AS (SELECT $first UNION ALL SELECT i + 1 FROM n WHERE i < $last)
  SELECT printf('host%07d', i),
         printf('52:54:%02x:%02x:%02x:%02x', i >> 24 & 255, i >> 16 & 255, i >> 8 & 255, i & 255),
         printf('SN-%07d', i), 'p0'
    FROM n;
COMMIT;
SQL
    });
    $t->serve;
    $t->answers('/boot.ipxe?mac=' . IPXE::Load::State::mac_of($last),
                { host => sprintf('host%07d', $last) }, '... of which the last one boots');
    $t->at_once("$journal: it is over", sub { $t->commit });

    $t->$deed("$journal: VACUUM", sub { $t->shell->('VACUUM;') });
    $t->at_once("$journal: it is over", sub { $t->commit });

    $t->$deed("$journal: they are deleted", sub {
        $t->shell->(sprintf "DELETE FROM host WHERE name > 'host%07d';", $t->{hosts});
    });
    $t->at_once("$journal: it is over", sub { $t->commit });

    $t->$deed("$journal: checkpoints, a shorter file, other journal modes", sub {
        $t->shell->($_) for 'PRAGMA wal_checkpoint(TRUNCATE);', 'VACUUM;';
        $t->commit;
        $t->shell->($_) for 'PRAGMA wal_checkpoint(RESTART);', 'REINDEX;', 'ANALYZE;';
    });
    $t->at_once("$journal: it is over", sub { $t->commit });
    $t->says_at_most($journal eq 'wal' ? 0 : 2 * 10, "$journal: the log has little to say");
    cmp_ok($t->count->{slowest}, '<', HELD, "$journal: nobody had to wait");
    $t->end;
}

done_testing;
