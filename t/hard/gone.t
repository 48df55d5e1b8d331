# Files that are not there: hosts.db is removed and put back, its log and the index of the log are
# removed, or made again by somebody else.
use strict;
use warnings;
use Test::More;
use IPXE::Load qw(HARD);

use constant GONE => HARD ? 30 : 1;                    # seconds

for my $case (['published', journal => 'delete', published => 1, readonly => 1],
              ['rollback', journal => 'delete'], ['WAL', journal => 'wal']) {
    next if !HARD && $case->[0] eq 'rollback';
    my ($name, %opt) = @$case;
    my $t = IPXE::Load->new(%opt);
    $t->begin;
    if ($name eq 'WAL') {
        $t->goes_on('WAL: the last commit is in the log', sub { $t->commit });
        $t->close_shell;
    }
    for my $with (HARD ? 'alone' : (), 'with what is beside it') {
        $t->still;
        $t->goes_on("$name: removed $with", sub {
            unlink $t->db, $with eq 'alone' ? () : map { $t->db . $_ } qw(-wal -shm);
        }, GONE);
        $t->says(qr/No such file/, '... which the log says');
        $t->at_once("$name: put back", sub { $t->publish });
        $t->says_at_most(2, '... which the log says, if anything');
        $t->at_once("$name: edited", sub { $t->commit }) if !$opt{published};
        $t->at_once("$name: replaced", sub { $t->publish });
    }

    # moved away, another one made in its place by a program that takes its time
    $t->still;
    $t->goes_on("$name: moved away", sub { rename $t->db, $t->db . '.old' }, 1);
    $t->goes_on("$name: an empty file in its place", sub { $t->write_file('db/hosts.db', '') }, 1);
    $t->at_once("$name: the new one", sub { $t->publish });
    $t->says_at_most(6, '... and the log is not flooded');
    $t->end;
}

# The two files beside a WAL database: README says never to remove them, and yet.
my @case = (
    # what is removed, what the log has that the file has not
    ['-wal and -shm', 'nothing'], ['-wal and -shm', 'a commit'],
);
push @case, map { (["-$_", 'nothing'], ["-$_", 'a commit']) } qw(wal shm) if HARD;

for my $case (@case) {
    my ($name, $log) = @$case;
    my $files = join '|', split / and /, $name;
    my $t = IPXE::Load->new;
    $t->begin;
    $t->at_once('edited', sub { $t->commit for 1 .. 3 });
    $t->shell->('PRAGMA wal_checkpoint(TRUNCATE);') if $log eq 'nothing';
    $t->close_shell;
    my $what = "$name removed, with $log in the log";
    $t->still;
    $t->goes_on($what, sub { unlink grep { /(?:$files)$/ } glob $t->db . '*' }, 1);

    # a writer makes them again; of a database that lost its log he may say that it is damaged
    if ($log eq 'nothing' || $name =~ /wal and/) {
        $t->within(3, "$what: made again by a writer", sub { $t->commit('own') });
        $t->at_once("$what: his next commit", sub { $t->commit('own') });
    }
    $t->suffers("$what: a new file", sub { $t->publish });
    $t->at_once("$what: edited", sub { $t->commit });
    $t->says_at_most(4, "$what: the log is not flooded");
    $t->end;
}

done_testing;
