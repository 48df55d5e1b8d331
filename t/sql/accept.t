# What an administrator may write, in every usual spelling.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Attempt;
use Test::More;

my ($t, $db) = new_db('');

sub accepted {
    my ($sql, $label) = @_;
    my ($out, $err, $rc) = attempt($db, $sql);
    ok($rc == 0 && $err eq '', "accepted: " . ($label // $sql)) or diag $err;
    return;
}

# The everyday statements, word for word.
accepted("INSERT INTO profile(name, template, kernel, initrd, args) VALUES ('debian-12', 'linux',"
         . " '/images/debian-12/linux', '/images/debian-12/initrd.gz', 'quiet');", 'a profile');
accepted("INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:12:34:56', 'debian-12');");
is(rows($db, 'SELECT name, mac, uuid IS NULL, asset IS NULL, serial IS NULL, profile, install IS'
        . ' NULL,'
             . ' length(token), note IS NULL, mac_key FROM host'),
   'web1|52:54:00:12:34:56|1|1|1|debian-12|1|32|1|525400123456', '... and that is the row');
like(rows($db, 'SELECT created FROM host'), qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
     '... created now');
is(rows($db, 'SELECT created = updated FROM host'), 1, '... and not changed since');
accepted("UPDATE host SET install='debian-12' WHERE name='web1';");
accepted("INSERT INTO host(name) VALUES ('bare');", 'a name alone');
is(rows($db, "SELECT profile FROM host WHERE name = 'bare'"), 'local', '... boots its disk');
$t->sql('DELETE FROM host');
$t->sql(slurp("$REPO/sql/example.sql"));
is(rows($db, "SELECT count(*) FROM host WHERE name IN ('web1', 'db1', 'desk1')"), 3,
   'the example rows');
$t->sql('DELETE FROM host');

# MACs and UUIDs in every usual spelling
my $infiniband = '80000048fe800000000000000002c90300abcd0';
my @macs = (
    '52:54:00:ab:cd:01', '52:54:00:AB:CD:02', '52-54-00-ab-cd-03', '5254.00ab.cd04',
    '525400ABCD05', '525400aBcD06', '02:00:00:00:00:00', '000000000001', 'fe:ff:ff:ff:ff:ff',
    '00:02:c9:03:00:ab:cd:07', '00-02-C9-03-00-AB-CD-08', '0002.c903.00ab.cd09', '0002c90300abcd0a',
    '01:02:c9:03:00:ab:cd:0b', 'ffffffffffffffff',        # 8 bytes have no multicast bit
    "${infiniband}6", join(':', unpack '(A2)*', "${infiniband}7"),
    join('-', unpack '(A2)*', "${infiniband}8"), join('.', unpack '(A4)*', uc "${infiniband}9"),
);
my $uuid = '11223344-5566-7788-99aa-bbccddeeff';
my @uuids = (
    "${uuid}00", uc "${uuid}01", "{${uuid}02}", uc "{${uuid}03}",
    "${uuid}04" =~ s/-//gr, uc "${uuid}05" =~ s/-//gr,
    # AMI boards fill a pattern with bytes of the MAC: that one is unique
    '03ab0200-04cd-0506-ef06-010700080009',
);

# Asset tags and serial numbers: case and spaces around them do not count, all else does
my @texts = (
    ['AT-007' => 'at-007'], ['at--007' => 'at--007'], ['  AT 008 ' => 'at 008'], ['7' => '7'],
    ['00000000000000001' => '00000000000000001'], ['a' x 255 => 'a' x 255],
    ["\xc3\x84-9" => "\xc3\x84-9"], ['*?[x]' => '*?[x]'], [q(O''Neill "x") => q(o'neill "x")],
);

my $n = 0;
sub accepted_as {
    my ($column, $value, $key) = @_;
    $n++;
    accepted("INSERT INTO host(name, $column) VALUES ('h$n', '$value')", "$column '$value'");
    is(rows($db, "SELECT ${column}_key, $column = '$value' FROM host WHERE name = 'h$n'"),
       "$key|1", '... as it is written, by its key');
    return;
}
accepted_as('mac', $_, lc s/[^0-9a-f]//gir) for @macs;
accepted_as('uuid', $_, lc s/[^0-9a-f]//gir) for @uuids;
accepted_as('asset', @$_) for @texts;
accepted_as('serial', @$_) for @texts;
for my $mac (@macs) {
    accepted("BEGIN; DELETE FROM host WHERE mac = '$mac'; INSERT INTO host(name) VALUES ('cards');"
             . " INSERT INTO nic VALUES ('$mac', 'cards'); ROLLBACK", "the card '$mac'");
}

# names
for my $name ('a', '0', 'WEB-9', 'web1.example.org', '10.0.0.1', '3com', 'xn--bcher-kva', 'a' x 63,
              'a.' . 'b' x 63, join '.', ('a' x 63) x 3, 'a' x 61) {
    accepted("INSERT INTO host(name) VALUES ('$name')", 'host ' . substr $name, 0, 30);
}
is(rows($db, "SELECT name FROM host WHERE name = 'web-9'"), 'WEB-9', 'case does not count');
accepted('INSERT INTO host(name) VALUES (42)', 'a number as a name');
for my $name ('0', 'Debian_12.5-amd64', 'a' x 64) {
    accepted("INSERT INTO profile(name) VALUES ('$name')");
}
for my $name ('preseed.cfg', 'user-data', 'a' x 64) {
    accepted("INSERT INTO template VALUES ('$name', 'file', 'x')");
}
accepted("INSERT INTO template VALUES ('other', '$_', 'x')") for qw(ipxe pxelinux grub file);
for my $name ('d', 'disk-0_x', 'Name', 'macs', 'a' x 64) {
    accepted("INSERT INTO var(name, value) VALUES ('$name', '')");
}
accepted("INSERT INTO var(host, name, value) VALUES ('H1', 'd', 'x'), ('h2', 'd', 'y')");
accepted("INSERT INTO var(profile, name, value) VALUES ('local', 'd', 'x'), ('menu', 'd', 'y')");

# a line of sixteen profiles, turned around at its end
accepted(join('', map { "INSERT INTO profile(name, parent) VALUES ('line$_', "
                        . ($_ > 1 ? "'line" . ($_ - 1) . "');" : 'NULL);') } 1 .. 16),
         'a line of sixteen profiles');
is(rows($db, "SELECT max(distance), ancestor FROM profile_chain WHERE profile = 'line16'"),
   '15|line1', '... is a chain of sixteen');
accepted("UPDATE profile SET parent = 'line14' WHERE name = 'line16'");
accepted("UPDATE profile SET parent = 'line16' WHERE name = 'line15'");

# what one host has goes to another
$t->sql("DELETE FROM host; INSERT INTO host(name, mac, asset) VALUES ('a', '525400000001', 'AT-1');"
        . " INSERT INTO host(name) VALUES ('b'); INSERT INTO nic VALUES ('525400000101', 'a')");
accepted("BEGIN; UPDATE host SET mac = NULL, asset = NULL WHERE name = 'a';"
         . " UPDATE host SET mac = '525400000001', asset = 'at-1' WHERE name = 'b'; COMMIT",
         'an identity that moves');
accepted("UPDATE nic SET host = 'b'");
accepted("UPDATE nic SET mac = '52-54-00-00-01-01'");
accepted("UPDATE host SET mac = '52-54-00-00-00-01' WHERE name = 'b'");
accepted('UPDATE host SET mac = mac, uuid = uuid, asset = asset, name = upper(name)');

# what is there already
accepted("INSERT INTO host(name, mac) VALUES ('B', '525400000009')"
         . ' ON CONFLICT (name) DO UPDATE SET mac = excluded.mac');
is(rows($db, "SELECT name, mac FROM host WHERE name = 'b'"), 'B|525400000009', '... has it');
for my $pragma ('', 'PRAGMA foreign_keys = ON; ') {
    accepted("${pragma}INSERT OR REPLACE INTO host(name, mac) VALUES ('b', '525400000009')");
    is(rows($db, "SELECT count(*) FROM nic WHERE host = 'b'"), 1, '... keeps its cards');
    accepted("${pragma}INSERT OR REPLACE INTO profile(name, template) VALUES ('local', 'local')");
    is(rows($db, "SELECT count(*) FROM var WHERE profile = 'local'"), 1, '... keeps its variables');
}
accepted("INSERT OR REPLACE INTO nic VALUES ('52:54:00:00:01:01', 'b')");
is(rows($db, 'SELECT mac, host FROM nic'), '52:54:00:00:01:01|b', '... is one card');
accepted("INSERT OR REPLACE INTO template VALUES ('linux', 'ipxe', '#!ipxe')");
accepted("INSERT OR REPLACE INTO var(host, name, value) VALUES ('b', 'disk', '1'),"
         . " ('b', 'disk', '2')");
is(rows($db, "SELECT value FROM var WHERE name = 'disk'"), '2', '... is there once');
my $all = "INSERT INTO host(name, mac, uuid, asset, serial) VALUES"
        . " ('own', '52-54-00-00-00-0a', '{A1A2A3A4-B1B2-C1C2-D1D2-E1E2E3E4E5E6}', 'at', 'sn')";
accepted($all);
accepted($all =~ s/INSERT/REPLACE/r);
accepted("$all ON CONFLICT (name) DO UPDATE SET mac = excluded.mac, uuid = excluded.uuid,"
         . ' asset = excluded.asset, serial = excluded.serial');
accepted("UPDATE host SET mac = upper(mac), uuid = lower(uuid), asset = 'AT', serial = 'SN'"
         . " WHERE name = 'own'");
accepted("UPDATE host SET name = 'own2', mac = lower(mac), uuid = upper(uuid), asset = ' at',"
         . " serial = ' sn' WHERE name = 'own'");
accepted('UPDATE host SET name = upper(name), token = token');
$t->sql("DELETE FROM host WHERE name = 'own2'");

# the list of placeholders is the administrator's: it may name what a row has, and the row stays
$t->sql("UPDATE host SET mac = '52:54:00:00:00:07', uuid = 'a1a2a3a4-b1b2-c1c2-d1d2-e1e2e3e4e5e6',"
        . " asset = 'Rack 7', serial = 'S7' WHERE name = 'a'");
accepted("INSERT INTO placeholder VALUES ('5254.0000.0007'), (' rack 7 '), ('s7'),"
         . " ('{A1A2A3A4-B1B2-C1C2-D1D2-E1E2E3E4E5E6}'), ('52-54-00-00-01-01')");
is(rows($db, "SELECT group_concat(hex) FROM placeholder WHERE value LIKE '{a1%'"),
   'a1a2a3a4b1b2c1c2d1d2e1e2e3e4e5e6', '... in any spelling');
accepted("UPDATE host SET profile = 'default', install = 'menu', note = 'x' WHERE name = 'a'");
accepted("UPDATE host SET mac = mac, uuid = uuid, asset = asset, serial = serial, name = 'c'"
         . " WHERE name = 'a'");
accepted("UPDATE nic SET mac = mac, host = 'c'");
accepted("UPDATE host SET mac = NULL, uuid = NULL, asset = NULL, serial = NULL WHERE name = 'c'");
refused($db, "UPDATE host SET uuid = 'a4a3a2a1-b2b1-c2c1-d1d2-e1e2e3e4e5e6' WHERE name = 'c'",
        qr/^host\.uuid is in the placeholder table/, 'its UUID, in the other byte order');
accepted('DELETE FROM placeholder');
accepted("UPDATE host SET asset = 'None' WHERE name = 'c'");

# a client that trusts no schema, with foreign keys
accepted('PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;'
         . " INSERT INTO host(name, mac, install) VALUES ('careful', '525400000099', 'menu');"
         . " UPDATE host SET install = install WHERE name = 'careful';"
         . " DELETE FROM host WHERE name = 'careful'");

is(rows($db, 'PRAGMA integrity_check; PRAGMA foreign_key_check;'), 'ok', 'the database is whole');
$t->done_testing;
