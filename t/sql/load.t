# Loading schema.sql: into nothing, again, into what is not its own, and only in part.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Attempt;
use IPC::Open3;
use Test::More;

my ($t, $db) = new_db('');
my $schema = slurp("$REPO/sql/schema.sql");

sub load {
    my ($path, $text) = @_;
    return IPXE::Test::run_command($text // $schema, 'sqlite3', $path);      # < schema.sql
}
sub fresh { return $t->dir . '/' . $_[0] }
sub dump_of { return rows($_[0], '.dump') }
sub header {
    return rows($_[0], 'PRAGMA application_id; PRAGMA user_version; PRAGMA journal_mode');
}

my $first = fresh('first.db');
my ($out, $err, $rc) = load($first);
is("$rc|$out|$err", '0||', 'a new database, and not a word');
is(header($first), "1766873157\n1\nwal", '... iPXE, version 1, write-ahead log');
my $complete = dump_of($first);

# ---- again

sub changes_nothing {
    my ($path, $label) = @_;
    my $before = state($path);
    my ($out, $err, $rc) = load($path);
    is("$rc|$out|$err", '0||', "$label: loaded again");
    ok(state($path) eq $before, '... and not a byte is changed');
    return;
}

changes_nothing($first, 'as it was made');
$t->sql(fixture() . <<'SQL', $first);
DELETE FROM template WHERE name = 'chain' AND dialect = 'pxelinux';
UPDATE template SET body = '#!ipxe' WHERE name = 'linux' AND dialect = 'ipxe';
DELETE FROM profile WHERE name = 'menu';
UPDATE profile SET title = NULL WHERE name = 'local';
DELETE FROM var WHERE name = 'menu_default';
UPDATE var SET value = '5' WHERE name = 'wait_seconds';
DELETE FROM placeholder WHERE value LIKE 'N%';
SQL
changes_nothing($first, 'with rows changed and shipped rows deleted');
rows($first, 'PRAGMA journal_mode = DELETE');
changes_nothing($first, 'with a rollback journal');
is(header($first), "1766873157\n1\ndelete", '... which stays');
$t->sql('DELETE FROM host; DELETE FROM var; DELETE FROM profile WHERE parent IS NOT NULL;'
        . 'DELETE FROM profile; DELETE FROM template; DELETE FROM placeholder', $first);
changes_nothing($first, 'with no rows at all');
$t->sql('VACUUM', $first);
changes_nothing($first, 'after VACUUM');

my $gap = fresh('gap.db');
load($gap);
$t->sql('DROP TRIGGER host_insert; DROP INDEX host_mac; DROP VIEW profile_chain', $gap);
(undef, $err, $rc) = load($gap);
is("$rc|$err", '0|', 'a trigger, an index and a view that were dropped');
is(join("\n", sort split /\n/, dump_of($gap)), join("\n", sort split /\n/, $complete),
   '... are there again');

# other ways to give it to sqlite3
my $read = fresh('read.db');
(undef, $err, $rc) = attempt($read, ".read $REPO/sql/schema.sql");
is("$rc|$err", '0|', '.read schema.sql');
is(dump_of($read), $complete, '... makes the same');
($out, $err, $rc) = attempt($read, ".read $REPO/sql/schema.sql");
is("$rc|$out|$err", '0||', '... again');
my $odd = fresh("it's an \x{22}odd\x{22} %41?mode=memory#name.db");
(undef, $err, $rc) = load($odd);
is("$rc|$err", '0|', 'a file of an odd name');
is(-e $odd ? dump_of($odd) : 'no file', $complete, '... is the same');
is(header($odd), "1766873157\n1\nwal", '... with its header');
(undef, $err, $rc) = load(':memory:', "${schema}INSERT INTO host(name) VALUES ('a');\n");
is("$rc|$err", '0|', 'a database in memory');

# ---- what is not its own

sub kept_out {
    my ($path, $pattern, $label) = @_;
    my $before = state($path);
    my ($out, $err, $rc) = load($path);
    isnt($rc, 0, "$label: an exit code");
    is($out, '', '... no output');
    like(sentence($err), $pattern, '... a sentence');
    is(scalar(() = $err =~ /\n/g), 1, '... and one only');
    ok(state($path) eq $before, '... and not a byte is changed');
    return;
}

my $other = qr/^this database belongs to another application: give schema\.sql a new file$/;
my $newer = qr/^this\ hosts\.db\ is\ newer\ than\ this\ schema\.sql\ \(version\ 1\):
               \ use\ the\ schema\.sql\ of\ the\ installed\ module$/x;
for (
    ['CREATE TABLE host(x)', $other, 'a table of that name'],
    ['CREATE TABLE other(x); PRAGMA application_id = 4711', $other, 'another application'],
    ['CREATE TABLE other(x); PRAGMA user_version = 1', $other, 'another application of version 1'],
    ['CREATE TABLE other(x); PRAGMA journal_mode = WAL', $other, 'another application with a log'],
    ['CREATE VIEW v AS SELECT 1', $other, 'a view only'],
    [\'PRAGMA user_version = 2', $newer, 'version 2'],
    [\'PRAGMA user_version = 2147483647', $newer, 'a version far away'],
    [\'PRAGMA application_id = 0', $other, 'without its number'],
) {
    my ($sql, $pattern, $label) = @$_;
    my $path = fresh('other-' . ($label =~ tr/ /-/r));
    load($path) if ref $sql;
    rows($path, ref $sql ? $$sql : $sql);
    kept_out($path, $pattern, $label);
}
kept_out($t->write_file('text.db', "this is no database\n" x 100), qr/file is not a database/,
         'a text file');
my $cut = $t->write_file('cut.db', '');
open my $fh, '>:raw', $cut or die $!;
print $fh substr slurp($odd), 0, 5000;
close $fh;
kept_out($cut, qr/malformed|not a database/, 'half a database');

# ---- only in part

# A load that is killed at each place where a statement has just been done.
my @parts = split /(?<=;\n)(?=\n)/, $schema;
for my $n (grep { $_ == $#parts || $_ < 9 || $_ % 6 == 0 } 1 .. $#parts) {
    my $path = fresh("part$n.db");
    my $pid = open3(my $in, my $answer, undef, 'sqlite3', $path);
    $in->autoflush(1);
    print $in join('', @parts[0 .. $n - 1]), "\n.print --here--\n";
    my $here = <$answer>;
    kill KILL => $pid;
    waitpid $pid, 0;
    close $_ for $in, $answer;
    is($here, "--here--\n", "killed after part $n of " . @parts) or next;
    my ($out, $err, $rc) = load($path);
    is("$rc|$out|$err", '0||', '... and loaded once more');
    ok(dump_of($path) eq $complete, '... is complete');
    is(header($path), "1766873157\n1\nwal", '... with its header');
    is(rows($path, 'PRAGMA integrity_check'), 'ok', '... and whole');
}

# A script that ends in the middle, as after a download that broke off.
for my $part (0.001, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99) {
    my $path = fresh("short$part.db");
    load($path, substr $schema, 0, $part * length $schema);
    is(-e $path ? rows($path, 'SELECT count(*) FROM sqlite_schema') : 0, 0,
       "$part of the script leaves nothing");
    my (undef, $err, $rc) = load($path);
    is("$rc|$err", '0|', '... and the whole then');
    ok(dump_of($path) eq $complete && header($path) eq "1766873157\n1\nwal",
       '... makes a complete one');
}

# Two at the same time: one of them waits for nothing, and says so.
my $both = fresh('both.db');
my $begin = index($schema, "BEGIN IMMEDIATE;\n") + length "BEGIN IMMEDIATE;\n";
my $pid = open3(my $in, my $answer, undef, 'sqlite3', $both);
$in->autoflush(1);
print $in substr($schema, 0, $begin), ".print --here--\n";
is(scalar <$answer>, "--here--\n", 'a load that goes on');
(undef, $err, $rc) = load($both);
isnt($rc, 0, '... refuses another one');
like($err, qr/database is locked/, '... with a word');
print $in substr $schema, $begin;
close $in;
waitpid $pid, 0;
is($? >> 8, 0, '... and ends well');
close $answer;
ok(dump_of($both) eq $complete, '... complete');
changes_nothing($both, 'the other one, later');

# A dump has all rows and rules; the header of a database is not in it.
$t->sql(fixture());
my $restored = fresh('restored.db');
($out, $err, $rc) = load($restored, dump_of($db));
is("$rc|$out|$err", '0||', 'a dump, read back');
is(dump_of($restored), dump_of($db), '... is the same');
kept_out($restored, $other, '... but for its header');
rows($restored, 'PRAGMA application_id = 1766873157; PRAGMA user_version = 1');
changes_nothing($restored, '... which two pragmas set');
refused($restored, "INSERT INTO host(name, mac) VALUES ('new', '525400000101')",
        qr/^host\.mac is in nic\.mac already/, 'and its rules work');
my $copy = fresh('copy.db');
rows($db, ".backup $copy");
is(header($copy) =~ s/\n\w+\z//r, "1766873157\n1", 'a .backup has its header');
changes_nothing($copy, 'a .backup');

$t->done_testing;
