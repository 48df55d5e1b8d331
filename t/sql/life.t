# What the database does by itself: tokens, times, and rows that go where their host goes.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Attempt;
use Test::More;
use Time::HiRes qw(time);

my ($t, $db) = new_db();
my $old = '2001-02-03T04:05:06Z';

sub token { return rows($db, "SELECT token FROM host WHERE name = '$_[0]'") }
sub does { my ($sql) = @_; $t->sql($sql); return pass("done: $sql") }

# ---- a token for each install

my %seen = (token('web1') => 'when the row was made', token('web2') => 'when the row was made');
is(scalar keys %seen, 2, 'each host has its token');
like($_, qr/^[0-9a-f]{32}$/, 'random') for keys %seen;
sub armed { no warnings 'portable'; return hex substr token($_[0]), 0, 12 }
for (
    ["UPDATE host SET install = 'rescue' WHERE name = 'web1'", 'install set'],
    ["UPDATE host SET install = 'rescue' WHERE name = 'web1'", 'set to the same'],
    ["UPDATE host SET install = install WHERE name = 'web1'", 'set to itself'],
    ["UPDATE host SET install = NULL WHERE name = 'web1'", 'taken back'],
    ["UPDATE host SET install = NULL WHERE name = 'web1'", 'taken back again'],
    ["UPDATE host SET install = 'rescue', token = '00112233445566778899aabbccddeeff'"
     . " WHERE name = 'web1'", 'set with a token'],
    ["UPDATE host SET install = 'rescue', name = 'Web1' WHERE name = 'web1'", 'set with a name'],
    ["INSERT INTO host(name) VALUES ('web1') ON CONFLICT (name) DO UPDATE SET install = 'rescue'",
     'set by an UPSERT'],
    ["UPDATE OR REPLACE host SET install = 'rescue' WHERE name = 'web1'", 'UPDATE OR REPLACE'],
    ['PRAGMA recursive_triggers = ON; PRAGMA foreign_keys = ON;'
     . " UPDATE host SET install = 'rescue' WHERE name = 'web1'", 'both pragmas on'],
    ["UPDATE host SET install = profile.name FROM profile"
     . " WHERE host.name = 'web1' AND profile.name = 'menu'", 'UPDATE FROM'],
    ["REPLACE INTO host(name, mac, install) VALUES ('web1', '52:54:00:00:00:01', 'rescue')",
     'the row replaced'],
) {
    my ($sql, $label) = @$_;
    $t->sql("UPDATE host SET updated = '$old'");
    my $other = token('web2');
    my $begin = int 1000 * time;
    $t->sql($sql);
    my $token = token('web1');
    ok(armed('web1') >= $begin && armed('web1') <= 1000 * time,
       "$label: since when is in the token");
    like($token, qr/^[0-9a-f]{32}$/, "$label: a token");
    ok(!$seen{$token}++, '... a new one');
    isnt($token, '00112233445566778899aabbccddeeff', '... of the database');
    is(token('web2'), $other, '... another host keeps its own');
    isnt(rows($db, "SELECT updated FROM host WHERE name = 'web1'"), $old,
         '... and the row is changed now');
}
$t->sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
        . " INSERT INTO host(name, install) SELECT 'many' || i, 'menu' FROM n");
is(rows($db, 'SELECT count(DISTINCT token) = count(*) FROM host'), 1,
   'one statement, as many tokens as rows');
my $before = rows($db, 'SELECT token FROM host');
$t->sql('UPDATE host SET install = NULL');
is(rows($db, 'SELECT count(DISTINCT token) = count(*) FROM host'), 1, '... new ones again');
my %before = map { $_ => 1 } split /\n/, $before;
is(scalar(grep { $before{$_} } split /\n/, rows($db, 'SELECT token FROM host')), 0,
   '... all of them');
$t->sql("DELETE FROM host WHERE name LIKE 'many%'");

for my $column ("profile = 'menu'", "note = 'x'", "mac = '52:54:00:00:00:0a'", "name = 'web1'",
                "updated = '$old'") {
    my $token = token('web1');
    $t->sql("UPDATE host SET $column WHERE name = 'web1'");
    is(token('web1'), $token, "no new token: $column");
}
my $token = '00112233445566778899aabbccddeeff';
$t->sql("UPDATE host SET token = '$token' WHERE name = 'web1'");
is(token('web1'), $token, 'a token that somebody sets alone');

# ---- created and updated

my $now = qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
$t->sql("UPDATE host SET created = '$old', updated = '$old'");
is(rows($db, "SELECT DISTINCT created, updated FROM host"), "$old|$old", 'both can be set');
for my $change ("note = 'y'", "profile = 'local'", "install = 'menu'", "mac = NULL",
                "name = 'web9'", "name = 'web1'", 'note = note') {
    $t->sql("UPDATE host SET updated = '$old' WHERE name <> 'web2';"
            . " UPDATE host SET $change WHERE name IN ('web1', 'web9')");
    like(rows($db, "SELECT updated FROM host WHERE name IN ('web1', 'web9')"), $now,
         "updated now: $change");
    is(rows($db, "SELECT updated <> '$old' FROM host WHERE name IN ('web1', 'web9')"), 1,
       '... and not then');
    is(rows($db, "SELECT updated, created FROM host WHERE name = 'web2'"), "$old|$old",
       '... the other host is not');
}
is(rows($db, "SELECT created FROM host WHERE name = 'web1'"), $old, 'created stays');
$t->sql("UPDATE host SET note = 'z', updated = '$old' WHERE name = 'web1'");
is(rows($db, "SELECT updated FROM host WHERE name = 'web1'"), $old, 'updated, set by hand');
my $gap = rows($db, "INSERT INTO host(name) VALUES ('fresh'); SELECT strftime('%s', 'now')"
                    . " - strftime('%s', created) FROM host WHERE name = 'fresh'");
ok($gap >= 0 && $gap < 5, 'created is the time of the clock, in UTC');

# ---- cards and variables go with their host, with foreign keys off and on

for my $pragma ('', 'PRAGMA foreign_keys = ON; ',
                'PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; ') {
    note $pragma;
    $t->sql(<<'SQL');
DELETE FROM host;
INSERT INTO host(name) VALUES ('a'), ('b');
INSERT INTO nic VALUES ('525400000001', 'a'), ('525400000002', 'A'), ('525400000003', 'b');
INSERT INTO var(host, name, value) VALUES ('a', 'x', '1'), ('A', 'y', '2'), ('b', 'x', '3');
SQL
    my $all = <<'SQL';
SELECT (SELECT group_concat(x) FROM (SELECT host || mac_key AS x FROM nic ORDER BY mac_key)),
       (SELECT group_concat(x) FROM (SELECT host || name || value AS x FROM var
                                     WHERE host IS NOT NULL ORDER BY value))
SQL
    does("${pragma}UPDATE host SET name = 'c' WHERE name = 'a'");
    is(rows($db, $all), 'c525400000001,c525400000002,b525400000003|cx1,cy2,bx3',
       '... cards and variables are renamed');
    does("${pragma}UPDATE host SET name = 'C.example.org' WHERE name = 'c'");
    does("${pragma}UPDATE host SET name = upper(name)");
    is(rows($db, "SELECT count(*) FROM nic JOIN host ON host.name = nic.host"), 3,
       '... found in any case');
    is(rows($db, "SELECT count(*) FROM var JOIN host ON host.name = var.host"), 3,
       '... and the variables');
    does("${pragma}UPDATE host SET name = name || 'x'");
    is(rows($db, "SELECT count(*) FROM nic JOIN host ON host.name = nic.host"), 3,
       '... all hosts at once');
    does("${pragma}DELETE FROM host WHERE name = 'C.EXAMPLE.ORGX'");
    is(rows($db, $all), 'Bx525400000003|Bxx3', '... cards and variables are deleted');
    does("${pragma}INSERT INTO host(name, mac) VALUES ('d', '525400000001')");
    does("${pragma}DELETE FROM host");
    is(rows($db, $all), '|', '... all of them');
    is(rows($db, 'PRAGMA foreign_key_check'), '', 'nothing refers to nothing');

    # a profile takes its variables along, and keeps its name as long as it is used
    $t->sql("INSERT INTO profile(name) VALUES ('p'); INSERT INTO var(profile, name, value)"
            . " VALUES ('p', 'x', '1'), ('p', 'y', '2')");
    does("${pragma}UPDATE profile SET name = 'q' WHERE name = 'p'");
    is(rows($db, "SELECT group_concat(profile || name || value) FROM var WHERE name IN ('x', 'y')"),
       'qx1,qy2', '... its variables are renamed');
    $t->sql("INSERT INTO host(name, profile) VALUES ('e', 'q')");
    refused($db, "${pragma}DELETE FROM profile WHERE name = 'q'", qr/^profile\.name is in use/,
            'a profile in use');
    is(rows($db, "SELECT count(*) FROM var WHERE profile = 'q'"), 2, '... keeps its variables');
    does("${pragma}UPDATE host SET profile = 'local'");
    does("${pragma}DELETE FROM profile WHERE name = 'q'");
    is(rows($db, "SELECT count(*) FROM var WHERE profile = 'q'"), 0,
       '... its variables are deleted');
}

# the steps that the sentences of a refusal name
does("INSERT INTO host(name, profile, install) VALUES ('web1', 'debian-12', 'rescue')");
does($_) for split /\n/, <<'SQL';
INSERT INTO profile(name, kernel) SELECT 'debian-13', kernel FROM profile WHERE name = 'debian-12'
UPDATE host SET profile = 'debian-13' WHERE profile = 'debian-12'
UPDATE profile SET parent = 'debian-13' WHERE parent = 'debian-12'
DELETE FROM profile WHERE name = 'debian-12'
INSERT INTO template SELECT 'linux6', dialect, body FROM template WHERE name = 'linux'
UPDATE profile SET template = 'linux6' WHERE template = 'linux'
DELETE FROM template WHERE name = 'linux'
UPDATE template SET name = 'spare2', dialect = 'file' WHERE name = 'spare'
SQL
is(rows($db, "SELECT parent FROM profile WHERE name = 'debian-12-raid'"), 'debian-13',
   'a profile, renamed so');

is(rows($db, 'PRAGMA integrity_check; PRAGMA foreign_key_check;'), 'ok', 'the database is whole');
$t->done_testing;
