# What a new database holds: whole, strict, and with the placeholders that are known.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Attempt;
use Test::More;

my ($t, $db) = new_db('');

is(rows($db, 'PRAGMA integrity_check'), 'ok', 'integrity_check');
is(rows($db, 'PRAGMA foreign_key_check'), '', 'foreign_key_check');
is(rows($db, 'PRAGMA application_id; PRAGMA user_version; PRAGMA journal_mode'),
   "1766873157\n1\nwal", 'header');
is(pack('N', 1766873157), 'iPXE', '... application_id is a name');
my $tables = "FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
           . " AND name NOT LIKE 'sqlite%'";
is(rows($db, "SELECT group_concat(name, ' ') FROM (SELECT name $tables ORDER BY name)"),
   'host nic placeholder profile template var', 'tables');
is(rows($db, "SELECT count(*) $tables AND NOT strict"), 0, '... all of them STRICT');

my %columns = (
    host => 'name mac uuid asset serial profile install token note created updated',
    nic => 'mac host',
    profile => 'name parent title template kernel initrd args', template => 'name dialect body',
    var => 'host profile name value', placeholder => 'value',
);
for my $table (sort keys %columns) {
    is(rows($db, "SELECT group_concat(name, ' ') FROM pragma_table_info('$table')"),
       $columns{$table}, "columns of $table");
}

# templates, profiles, variables
is(rows($db, "SELECT group_concat(name || ':' || dialect, ' ')"
             . ' FROM (SELECT * FROM template ORDER BY name, dialect)'),
   join(' ', map { ("$_:grub", "$_:ipxe", "$_:pxelinux") } qw(chain linux local menu wait)), 'templates');
is(rows($db, "SELECT count(*) FROM template WHERE dialect = 'ipxe'"
             . " AND substr(body, 1, 7) <> '#!ipxe' || char(10)"),
   0, '... that iPXE takes for scripts');
is(rows($db, "SELECT count(*) FROM template WHERE body GLOB '*' || char(13) || '*'"
             . " OR body NOT GLOB '*' || char(10)"), 0, '... of whole lines');
is(rows($db, "SELECT group_concat(name || ':' || template, ' ')"
             . ' FROM (SELECT * FROM profile ORDER BY name)'),
   'default:wait local:local menu:menu', 'profiles');
is(rows($db, "SELECT group_concat(name, ' ') FROM profile WHERE title IS NOT NULL"), 'local',
   '... one of them in menus');
is(rows($db, 'SELECT count(*) FROM host'), 0, 'no hosts');
is(rows($db, "SELECT name FROM var WHERE name = 'menu_default'"
             . ' AND value IN (SELECT name FROM profile WHERE title IS NOT NULL)'), 'menu_default',
   'the menu waits for a profile that it shows');
my $bodies = rows($db, 'SELECT body FROM template');
my %variables = map { $_ => 1 } grep { $_ ne 'is_default' }
    $bodies =~ /\{\{[#^]?([a-z]+_[a-z]+)\}\}/g;
cmp_ok(scalar keys %variables, '>=', 4, 'templates use variables');
for my $name (sort keys %variables) {
    is(rows($db, "SELECT coalesce(host, profile) IS NULL FROM var WHERE name = '$name'"), 1,
       "... $name has a value for all");
}

# profile_chain
$t->sql(<<'SQL');
INSERT INTO profile(name, parent) VALUES ('a', NULL), ('b', 'a'), ('c', 'b'), ('d', 'b');
SQL
is(rows($db, "SELECT distance || ancestor FROM profile_chain WHERE profile = 'd'"), "0d\n1b\n2a",
   'profile_chain: nearest first');
is(rows($db, "SELECT group_concat(profile, ' ') FROM profile_chain WHERE ancestor = 'b'"),
   'b c d', '... and who inherits');
is(rows($db, 'SELECT count(*) FROM profile_chain'), 3 + 1 + 2 + 3 + 3,
   '... each profile with itself and its parents');
is(rows($db, "SELECT count(*) FROM profile_chain WHERE profile = 'none'"), 0, '... of no profile');

# Junk that real machines show, in the spelling they show it in; a UUID also in the other order.
my @uuids = qw(
    00000000-0000-0000-0000-000000000000 FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF
    03000200-0400-0500-0006-000700080009 00020003-0004-0005-0006-000700080009
    03020100-0504-0706-0809-0A0B0C0D0E0F 00010203-0405-0607-0809-0a0b0c0d0e0f
    10000000-0000-8000-0040-000000000000 02000100-0300-0400-0005-000600070008
    fefefefe-fefe-fefe-fefe-fefefefefefe 00000010-0000-0080-0040-000000000000
    00010002-0003-0004-0005-000600070008 12345678-1234-1234-1234-123456789abc
    78563412-3412-3412-1234-123456789ABC 12345678-1234-5678-90ab-cddeefaabbcc
);
my @texts = (
    'To be filled by O.E.M.', 'Default string', 'Not Specified', 'Not Available', 'Not Applicable',
    'Not Present', 'Not Settable', 'No Asset Tag', 'NO Asset Tag', 'No Asset Information',
    'Asset Tag', 'Asset-1234567890', 'Chassis Asset Tag', 'System Serial Number',
    'Base Board Serial Number', 'None', 'Unknown', 'N/A', 'OEM', 'INVALID', '0', '00000000',
    'xxxx', '....', '123456789', '0123456789', '7783-7084-3265-9085-8269-3286-77',
);
for my $uuid (@uuids) {
    refused($db, "INSERT INTO host(name, uuid) VALUES ('x', '$uuid')",
            qr/^host\.uuid is in the placeholder table/, "uuid $uuid");
}
for my $text (@texts) {
    for my $column (qw(asset serial)) {
        refused($db, "INSERT INTO host(name, $column) VALUES ('x', ' ' || upper('$text') || '  ')",
                qr/^host\.$column is in the placeholder table/, "$column $text");
    }
}
refused($db, "INSERT INTO host(name, mac) VALUES ('x', 'FF:FF:FF:FF:FF:FF')", qr/^host\.mac/,
        'the MAC of all');

# What only looks like it is somebody's.
my $own = 0;
for my $case ("uuid, '03ab0200-04cd-0506-ef06-010700080009'",
              "uuid, '4c4c4544-0000-1000-8000-000000000000'", "asset, 'None 2'",
             "asset, '01'", "serial, 'Default string 1'", "serial, '0000000000000000001'") {
    my ($column, $value) = split /, /, $case;
    $own++;
    my $sql = "INSERT INTO host(name, $column) VALUES ('own$own', $value)";
    my (undef, $err, $rc) = attempt($db, $sql);
    is("$rc$err", '0', "accepted: $column $value");
}

# what is not needed twice
is(rows($db, 'SELECT key FROM placeholder GROUP BY key HAVING count(*) > 1'), '',
   'no placeholder is listed twice');

$t->done_testing;
