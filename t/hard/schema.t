# Files whose schema is hostile: they cost no worker its life, no request its time, and no machine
# its answer.
use strict;
use warnings;
use Test::More;
use IPXE::Load qw(HARD);

use constant SLOW => 5;            # seconds

my $endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)';

# what is done to a good file, whether it is still one, what the log says
my @case = (
    ['a view that never ends, for the table host', 0, qr/cannot be used/, <<"SQL"],
PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;
ALTER TABLE host RENAME TO host2;
CREATE VIEW host AS $endless SELECT '' AS name, '' AS mac, '' AS uuid, '' AS asset, '' AS serial,
  '' AS profile, '' AS install, '' AS token, '' AS mac_key, '' AS uuid_key, '' AS asset_key,
  '' AS serial_key FROM n WHERE i < 0;
SQL
    ['a view that never ends, for the table profile', 0, qr/cannot be used/, <<"SQL"],
PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;
ALTER TABLE profile RENAME TO profile2;
CREATE VIEW profile AS $endless SELECT 'p' || i AS name, '' AS parent, '' AS title, '' AS template,
  '' AS kernel, '' AS initrd, '' AS args FROM n;
SQL
    ['a table without its columns', 0, qr/host/, <<'SQL'],
PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;
ALTER TABLE host RENAME TO host2;
CREATE TABLE host(name TEXT, mac TEXT);
INSERT INTO host SELECT name, mac FROM host2;
SQL
    ['a table that is missing', 0, qr/var/, 'DROP TABLE var;'],
    ['a template of a megabyte', 0, qr/template/, <<'SQL'],
PRAGMA ignore_check_constraints = ON;
UPDATE template SET body = body || hex(zeroblob(600000)) WHERE name = 'state';
SQL
    ['a schema that is no SQL', 0, qr/malformed/, <<'SQL'],
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = 'CREATE TABLE host(' WHERE name = 'host';
SQL
    ['a million variables of all hosts', 0, qr/too long|many/, <<'SQL'],
DROP TRIGGER var_insert;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
INSERT INTO var(name, value) SELECT 'v' || i, i FROM n;
SQL
    ['triggers that never end', 1, undef, join "\n", map { <<"SQL" } qw(placeholder)],
CREATE TRIGGER endless_$_ AFTER INSERT ON $_ BEGIN
  INSERT INTO $_ $endless SELECT 'x' || i FROM n; END;
SQL
    ['large values that nobody reads', 1, undef,
     "UPDATE host SET note = hex(zeroblob(1000000)) WHERE name < 'host0000010';"],
);
@case = @case[0, 1, 2, 4, 7] if !HARD;

for my $how ('moved there', HARD ? 'edited in place' : ()) {
    for my $journal (HARD ? qw(delete wal) : 'wal') {
        my $t = IPXE::Load->new(journal => $journal);
        $t->begin;
        for (@case) {
            my ($name, $good, $words, $sql) = @$_;
            my $what = "$journal: $name, $how";
            $t->still;
            my $deed = sub {
                my $path = $how eq 'moved there' ? $t->beside($t->image) : $t->db;
                $t->sql(".timeout 20000\n$sql", $path);
                $t->move($path) if $how eq 'moved there';
            };
            $t->at_once($what, $deed) if $good;
            if (!$good) {
                $t->may_wait if $how ne 'moved there';
                $t->goes_on($what, $deed, 2) if $how eq 'moved there';
                $t->suffers($what, $deed, 2) if $how ne 'moved there';
                $t->says($words, '... which the log says');
            }
            $t->at_once("$journal: a good file", sub { $t->publish });
            $t->says_at_most(2, '... of which the log has little to say');
        }
        cmp_ok($t->count->{slowest}, '<', SLOW, 'nobody had to wait');
        $t->end;
    }
}

done_testing;
