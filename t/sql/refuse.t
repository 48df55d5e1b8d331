# Every rule by a row that breaks it, in every way that a row can come: a sentence, exit code not
# zero, and not a byte of the file is changed.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Attempt;
use Test::More;

my ($t, $db) = new_db();
my %said;

# For each table: a row that is accepted, and one that is there, as columns and SQL values.
my %good = (
    host => { name => "'new1'", mac => "'52:54:00:00:09:01'" },
    nic => { mac => "'52:54:00:00:09:02'", host => "'web2'" },
    profile => { name => "'new1'", parent => "'debian-12'" },
    template => { name => "'new1'", dialect => "'ipxe'", body => "''" },
    var => { name => "'new1'", value => "''", host => "'web1'" },
);
my %other = (
    host => { name => "'new2'" },
    nic => { mac => "'52:54:00:00:09:03'", host => "'web1'" },
    profile => { name => "'new2'" },
    template => { name => "'new2'", dialect => "'file'", body => "''" },
    var => { name => "'new2'", value => "''" },
);
my %there = (
    host => { name => "'web2'" },
    nic => { mac => "'52:54:00:00:02:01'" },
    profile => { name => "'debian-12-raid'" },
    template => { name => "'spare'", dialect => "'ipxe'" },
    var => { host => "'web1'", name => "'disk'" },
);
my %key = (host => 'name', nic => 'mac', profile => 'name', template => 'name, dialect',
           var => 'host, name');

my %default = ('host.profile' => "'local'", 'host.token' => 'lower(hex(randomblob(16)))');

# One INSERT of several rows; what a row does not name is the default.
sub insert {
    my ($verb, $table, $end, @rows) = @_;
    my %named = map { $_ => 1 } map { keys %$_ } @rows;
    my @columns = sort keys %named;
    my @values;
    for my $row (@rows) {
        push @values, '(' . join(', ', map { $row->{$_} // $default{"$table.$_"} // 'NULL' }
                                       @columns) . ')';
    }
    return "$verb INTO $table(" . join(', ', @columns) . ') VALUES ' . join(', ', @values)
        . "$end;";
}

# All ways to bring values into a row of the table.
sub ways {
    my ($table, $bad) = @_;
    my ($good, $other, $there) = map { $_->{$table} } \(%good, %other, %there);
    my %new = (%$good, %$bad);
    my $set = join ', ', map { "$_ = $bad->{$_}" } sort keys %$bad;
    my $where = join ' AND ', map { "$_ = $there->{$_}" } sort keys %$there;
    my $each = join ', ', map { "$_ = CASE WHEN $where THEN $bad->{$_} ELSE $_ END" }
                          sort keys %$bad;
    my $partial = $table eq 'var' ? ' WHERE host IS NOT NULL' : '';
    my %old = (%$good, %$there);
    my @pragma = map { "PRAGMA $_ = ON;" } qw(foreign_keys recursive_triggers);
    my $insert = insert('INSERT', $table, '', \%new);
    return (
        ['INSERT' => $insert],
        ['INSERT of two rows, the second one bad' => insert('INSERT', $table, '', $other, \%new)],
        ['INSERT of two rows, the first one bad' => insert('INSERT', $table, '', \%new, $other)],
        ['INSERT ... SELECT' => $insert =~ s/VALUES \((.*)\);\z/SELECT $1;/sr],
        ['INSERT OR REPLACE' => insert('INSERT OR REPLACE', $table, '', \%new)],
        ['INSERT OR IGNORE' => insert('INSERT OR IGNORE', $table, '', \%new)],
        ['INSERT OR FAIL' => insert('INSERT OR FAIL', $table, '', \%new)],
        ['INSERT OR ROLLBACK' => insert('INSERT OR ROLLBACK', $table, '', \%new)],
        ['INSERT ... ON CONFLICT DO NOTHING' =>
             insert('INSERT', $table, ' ON CONFLICT DO NOTHING', \%new)],
        ['UPSERT' => insert('INSERT', $table, " ON CONFLICT ($key{$table})$partial"
                                              . " DO UPDATE SET $set", \%old)],
        ['UPDATE' => "UPDATE $table SET $set WHERE $where;"],
        ['UPDATE of all rows' => "UPDATE $table SET $each;"],
        ['UPDATE OR REPLACE' => "UPDATE OR REPLACE $table SET $set WHERE $where;"],
        ['UPDATE OR IGNORE' => "UPDATE OR IGNORE $table SET $set WHERE $where;"],
        ['INSERT with both pragmas on' => "@pragma $insert"],
        ['INSERT OR REPLACE with both pragmas on' =>
             "@pragma " . insert('INSERT OR REPLACE', $table, '', \%new)],
        ['UPDATE with both pragmas on' => "@pragma UPDATE $table SET $set WHERE $where;"],
        ['a transaction' => "BEGIN; DELETE FROM var; UPDATE host SET note = 'x'; $insert COMMIT;"],
    );
}

my ($mac, $uuid) = ('52:54:00:12:34:56', '11223344-5566-7788-99aa-bbccddeeff00');
my $old_token = rows($db, "SELECT token FROM host WHERE name = 'web1'");
my $text = qr/1 to 255 bytes, all printable, such as '/;

# [table, columns, sentence]
my @rules = (
    ['host', { name => "'web_1'" }, qr/^host\.name must be a host name .* such as 'web1'/],
    ['host', { mac => "'52:54:00:12:34'" }, qr/^host\.mac must be a MAC address .* such as '$mac'/],
    ['host', { mac => "'53:54:00:12:34:56'" },
     qr/^host\.mac must be the address of one card.*'$mac'/],
    ['host', { mac => "'00:00:00:00:00:00'" },
     qr/^host\.mac (?:must be the address of one card|is in the placeholder table)/],
    ['host', { mac => "'52-54-00-00-00-01'" }, qr/^host\.mac belongs to another host already: give another MAC/],
    ['host', { mac => "'525400000101'" }, qr/^host\.mac is in nic\.mac already.*'$mac'/],
    ['host', { mac => "525400000101" }, qr/^host\.mac is in nic\.mac already/],
    ['host', { mac => "'02:00:de:ad:be:ef'" }, qr/^host\.mac is in the placeholder table.*'$mac'/],
    ['host', { uuid => "'11223344-5566-7788-99aa-bbccddeeff0'" },
     qr/^host\.uuid must be a UUID .*'$uuid'/],
    ['host', { uuid => "'{11223344-5566-7788-99AA-BBCCDDEEFF01}'" },
     qr/^host\.uuid belongs to another host.*'$uuid'/],
    ['host', { uuid => "'00000000-0000-0000-0000-000000000000'" },
     qr/^host\.uuid is in the placeholder table.*'$uuid'/],
    ['host', { uuid => "'00020003-0004-0005-0006-000700080009'" },
     qr/^host\.uuid is in the placeholder table/],
    ['host', { asset => "''" }, qr/^host\.asset must be the asset tag .*$text/],
    ['host', { asset => "' at-1 '" }, qr/^host\.asset belongs to another host.*'AT-007'/],
    ['host', { asset => "'DEFAULT string '" },
     qr/^host\.asset is in the placeholder table.*'AT-007'/],
    ['host', { asset => '0' }, qr/^host\.asset is in the placeholder table/],
    ['host', { serial => "'a' || char(10)" }, qr/^host\.serial must be the serial number .*$text/],
    ['host', { serial => "'sn-1'" }, qr/^host\.serial belongs to another host.*'SN-42'/],
    ['host', { serial => "'none'" }, qr/^host\.serial is in the placeholder table.*'SN-42'/],
    ['host', { profile => "'debian-13'" }, qr/^host\.profile is not in profile\.name.*'local'/],
    ['host', { profile => "'Local'" }, qr/^host\.profile is not in profile\.name/],
    ['host', { profile => 'NULL' }, qr/^host\.profile is not in profile\.name/],
    ['host', { install => "'debian-13'" }, qr/^host\.install is not in profile\.name.*'debian-12'/],
    ['host', { install => "''" }, qr/^host\.install is not in profile\.name/],
    ['host', { token => "'secret'" },
     qr/^host\.token must be 32 hexadecimal digits; the database makes/],
    ['host', { token => "'$old_token'" },
     qr/^host\.token belongs to another host already: leave it out/],
    ['nic', { mac => "'52:54:00:12:34:5g'" },
     qr/^nic\.mac must be a MAC address .* such as '$mac'/],
    ['nic', { mac => "'01-00-5e-00-00-01'" },
     qr/^nic\.mac must be the address of one card.*'$mac'/],
    ['nic', { mac => "'0200.dead.beef'" }, qr/^nic\.mac is in the placeholder table.*'$mac'/],
    ['nic', { mac => "'525400000001'" }, qr/^nic\.mac is in host\.mac already.*'$mac'/],
    ['nic', { mac => "'525400000002'" }, qr/^nic\.mac is in host\.mac already/],          # its own
    ['nic', { mac => "'525400000101'" }, qr/^nic\.mac belongs to another host already.*'$mac'/],
    ['nic', { host => "'web9'" }, qr/^nic\.host is not in host\.name.*'web1'/],
    ['nic', { host => 'NULL' }, qr/^nic\.host is not in host\.name/],
    ['profile', { name => "'debian 12'" }, qr/^profile\.name must be letters.*'debian-12'/],
    ['profile', { parent => "'nowhere'" }, qr/^profile\.parent is not in profile\.name.*'local'/],
    ['profile', { template => "'nowhere'" },
     qr/^profile\.template is not in template\.name.*'linux'/],
    ['profile', { template => "'Linux'" }, qr/^profile\.template is not in template\.name/],
    ['template', { name => "'../preseed'" }, qr/^template\.name must be letters.*'preseed\.cfg'/],
    ['template', { dialect => "'uboot'" },
     qr/^template\.dialect must be 'ipxe', 'pxelinux', 'grub' or 'file'/],
    ['var', { name => "'1st'" }, qr/^var\.name must be a letter followed .*'disk'/],
    ['var', { name => "'kernel'" }, qr/^var\.name is reserved: .*'disk'/],
    ['var', { host => "'web9'" }, qr/^var\.host is not in host\.name.*'web1'/],
    ['var', { host => 'NULL', profile => "'debian-13'" },
     qr/^var\.profile is not in profile\.name.*'debian-12'/],
    ['var', { profile => "'debian-12'" },
     qr/^var\.host and var\.profile cannot both be set: give one/],
);

# the rows that are good are: what follows is refused for what is bad in it
$t->sql("INSERT INTO placeholder(value) VALUES ('02:00:de:ad:be:ef')");
for my $table (sort keys %good) {
    my $sql = 'BEGIN; ' . insert('INSERT', $table, '', $good{$table}, $other{$table});
    my ($out, $err, $rc) = attempt($db, $sql);
    is("$rc$err$out", '0', "accepted: $table") or diag $err;
}

for my $rule (@rules) {
    my ($table, $bad, $pattern) = @$rule;
    my $what = "$table " . join ', ', map { "$_ $bad->{$_}" } sort keys %$bad;
    for (ways($table, $bad)) {
        my ($way, $sql) = @$_;

        # OR IGNORE asks to pass over rows that break a CHECK: that is not refused, and not done
        my $before = state($db);
        if ($way =~ /OR IGNORE/ && (attempt($db, $sql))[2] == 0) {
            is(state($db) eq $before, 1, "passed over: $what: $way");
            next;
        }
        $said{ refused($db, $sql, $pattern, "$what: $way") } = 1;
    }
}


# A line of profiles, each the parent of the next.
sub line {
    my ($name, $parent, $n) = @_;
    return join '', map { "INSERT INTO profile(name, parent) VALUES ('$name$_', "
                          . ($_ > 1 ? "'$name" . ($_ - 1) . "'" : $parent) . ');' } 1 .. $n;
}

# What only some statements can break.
for (
    # an OR REPLACE that would throw another row away
    ["UPDATE host SET name = 'WEB1' WHERE name = 'web2'",
     qr/^host\.name belongs to another host already: .*'web2'/],
    ["UPDATE OR REPLACE host SET name = 'web1' WHERE name = 'web2'",
     qr/^host\.name belongs to another host/],
    ["UPDATE OR REPLACE profile SET name = 'rescue' WHERE name = 'spare'",
     qr/^profile\.name belongs to another profile already: .*'debian-13'/],
    ["REPLACE INTO host(name, mac) VALUES ('web3', '525400000001')",
     qr/^host\.mac belongs to another host/],
    ["REPLACE INTO nic(mac, host) VALUES ('52:54:00:00:01:01', 'web2')",
     qr/^nic\.mac belongs to another host/],

    # circles, of one, two and three; lines that are too long
    ["INSERT INTO profile(name, parent) VALUES ('new1', 'new1')",
     qr/^profile\.parent makes a circle: give NULL or/],
    ["UPDATE profile SET parent = name WHERE name = 'spare'", qr/^profile\.parent makes a circle/],
    ["UPDATE profile SET name = 'spare2', parent = name WHERE name = 'spare'",
     qr/^profile\.parent makes a circle/],
    ["UPDATE profile SET parent = 'debian-12-raid' WHERE name = 'debian-12'",
     qr/^profile\.parent makes a circle/],
    ["REPLACE INTO profile(name, parent) VALUES ('debian-12', 'debian-12-raid')",
     qr/^profile\.parent makes a circle/],
    ["UPDATE profile SET parent = CASE name WHEN 'spare' THEN 'rescue' ELSE 'spare' END"
        . " WHERE name IN ('spare', 'rescue')", qr/^profile\.parent makes a circle/],
    ["INSERT INTO profile(name, parent) VALUES ('spare', 'debian-12-raid')"
        . " ON CONFLICT (name) DO UPDATE SET parent = excluded.parent;"
        . " UPDATE profile SET parent = 'spare' WHERE name = 'debian-12'",
        qr/^profile\.parent makes a circle/, 'BEGIN; %s'],
    [line('a', "'local'", 16),
     qr/^profile\.parent makes a line of more than 16 profiles.*'local'/, 'BEGIN; %s'],
    [line('a', 'NULL', 16) . "UPDATE profile SET parent = 'local' WHERE name = 'a1'",
     qr/^profile\.parent makes a line of more than 16 profiles/, 'BEGIN; %s'],
    [line('a', 'NULL', 9) . line('b', 'NULL', 8)
        . "UPDATE profile SET parent = 'b8' WHERE name = 'a1'",
     qr/^profile\.parent makes a line of more than 16 profiles/, 'BEGIN; %s'],

    # what is in use
    ["DELETE FROM profile WHERE name = 'debian-12'",
     qr/^profile\.name is in use: set host\.profile, host\.install and profile\.parent to other/],
    ["DELETE FROM profile WHERE name = 'rescue'", qr/^profile\.name is in use/],
    ["UPDATE host SET profile = 'local'; DELETE FROM profile WHERE name = 'debian-12'",
     qr/^profile\.name is in use/, 'BEGIN; %s'],
    ['DELETE FROM profile', qr/^profile\.name is in use/],
    ["UPDATE profile SET name = 'debian-13' WHERE name = 'debian-12'",
     qr/^profile\.name is in use .*: insert a profile of the new name/],
    ["UPDATE profile SET name = 'Rescue' WHERE name = 'rescue'", qr/^profile\.name is in use/],
    ["UPDATE host SET profile = 'local'; UPDATE profile SET name = 'x' WHERE name = 'debian-12'",
     qr/^profile\.name is in use/, 'BEGIN; %s'],
    ["UPDATE profile SET name = name || 'x'", qr/^profile\.name is in use/],
    ["DELETE FROM template WHERE name = 'linux'",
     qr/^template\.name is in use: set profile\.template/],
    ["DELETE FROM template WHERE name = 'linux' AND dialect = 'pxelinux'",
     qr/^template\.name is in use/],
    ['DELETE FROM template', qr/^template\.name is in use/],
    ["UPDATE template SET name = 'linux6' WHERE name = 'linux'",
     qr/^template\.name is in use \(profile\.template\): insert a template/],
    ["UPDATE template SET dialect = 'grub' WHERE name = 'linux' AND dialect = 'ipxe'",
     qr/^template\.name is in use/],
    ["UPDATE OR REPLACE template SET name = 'linux6' WHERE name = 'linux'",
     qr/^template\.name is in use/],

    # words of SQLite itself: they name table and column
    ["INSERT INTO host(name, mac) VALUES ('WEB1', '$mac')",
     qr/^UNIQUE constraint failed: host\.name$/],
    ["INSERT INTO host(mac) VALUES ('$mac')", qr/^NOT NULL constraint failed: host\.name$/],
    ["INSERT INTO host(name, mac) VALUES ('new1', x'525400123456')",
     qr/^cannot store BLOB value in TEXT column host\.mac$/],
    ["UPDATE host SET token = NULL WHERE name = 'web1'",
     qr/^NOT NULL constraint failed: host\.token$/],
    ["INSERT INTO nic(mac, host) VALUES ('52-54-00-00-01-01', 'web1')",
     qr/^UNIQUE constraint failed: nic\.mac/],
    ["INSERT INTO nic(host) VALUES ('web1')", qr/^NOT NULL constraint failed: nic\.mac$/],
    ["INSERT INTO profile(name) VALUES ('local')", qr/^UNIQUE constraint failed: profile\.name$/],
    ["INSERT INTO profile(title) VALUES ('x')", qr/^NOT NULL constraint failed: profile\.name$/],
    ["INSERT INTO template VALUES ('linux', 'ipxe', '')",
     qr/^UNIQUE constraint failed: template\.name, template\.dialect$/],
    ["INSERT INTO template(name, dialect) VALUES ('linux', 'grub')",
     qr/^NOT NULL constraint failed: template\.body$/],
    ["INSERT INTO var(name, value) VALUES ('disk', '')", qr/^UNIQUE constraint failed: var\.name$/],
    ["INSERT INTO var(host, name, value) VALUES ('WEB1', 'disk', '')",
     qr/^UNIQUE constraint failed: var\.host, var\.name$/],
    ["INSERT INTO var(profile, name, value) VALUES ('debian-12', 'disk', '')",
     qr/^UNIQUE constraint failed: var\.profile, var\.name$/],
    ["INSERT INTO var(name) VALUES ('size')", qr/^NOT NULL constraint failed: var\.value$/],
    ["INSERT INTO profile(name, kernel) VALUES ('long', hex(zeroblob(32769)))",
     qr/^profile\.kernel must be, with title, initrd and args, at most 65536 bytes/],
    ["UPDATE template SET body = hex(zeroblob(250001)) WHERE name = 'linux'",
     qr/^template\.body must be at most 500000 bytes/],
    ["INSERT INTO var(name, value) VALUES ('long', hex(zeroblob(250001)))",
     qr/^var\.value must be at most 500000 bytes/],
    ["INSERT INTO placeholder VALUES (NULL)", qr/^NOT NULL constraint failed: placeholder\.value$/],
    ["INSERT INTO placeholder VALUES ('None')", qr/^UNIQUE constraint failed: placeholder\.value$/],
) {
    my ($sql, $pattern, $in) = @$_;
    my $label = length $sql > 120 ? substr($sql, 0, 117) . '...' : $sql;
    for my $pragmas ('', 'PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; ') {
        my $all = $pragmas . sprintf($in // '%s', $sql) . ';';
        my $got = refused($db, $all, $pattern, $label . ($pragmas && ', both pragmas on'));
        $said{$got} = 1;
    }
}


# Malformed values, each as a new row and as a change of one.
my %malformed = (
    'host.name' => [
        '', ' ', 'web1 ', '-web', 'web-', '.web', 'web.', 'a..b', 'a.-b', 'a-.b', 'w/b', '../x',
        'w' . chr(0xe9), 'a' x 64, 'a.' . 'b' x 64 . '.c', 'a.' x 127, '${mac}', '*',
    ],
    'host.mac' => [
        '', ' ', '0', 'zz', '52:54:00:12:34', '52:54:00:12:34:5', '52:54:00:12:34:567',
        '52:54:00:12:34:5g', '52:54:00:12:34:56:78', '5254:0012:3456', '52-54:00-12:34-56',
        '52:54:00:12:34:56:', ':52:54:00:12:34:56', '52::54:00:12:3456', '525400123456 ',
        ' 525400123456', '525400-123456', '5.2540.0123456', '52 54 00 12 34 56',
        '01-52-54-00-12-34-56', '5254001234567', '52540012345', '0x525400123456',
        "52:54:00:12:34:56\n", '52_54_00_12_34_56', '52%54%00%12%34%56', 'ff:ff:ff:ff:ff:ff',
        '33:33:00:00:00:01', '01005e000001', '000000000000', '0' x 16, '0' x 40,
    ],
    'host.uuid' => [
        '', 'x', '11223344-5566-7788-99aa-bbccddeeff0', '11223344-5566-7788-99aa-bbccddeeff000',
        '11223344556677-8899aabbccddeeff00', '112233445566-7788-99aa-bbcc-ddeeff00',
        '11223344-5566-7788-99aa-bbccddeeff0g', '(11223344-5566-7788-99aa-bbccddeeff00)',
        '{11223344-5566-7788-99aa-bbccddeeff00', '11223344-5566-7788-99aa-bbccddeeff00}',
        '{' . '1' x 32 . '}', 'urn:uuid:11223344-5566-7788-99aa-bbccddeeff00',
        ' 11223344-5566-7788-99aa-bbccddeeff00', '-' x 36,
    ],
    'host.asset' => ['', ' ', '     ', "AT\t1", "AT-1\n", "\x01", "AT\x7f", 'A' x 256,
                     chr(0xe4) x 128],
    'host.serial' => ['', ' ', "\x1f", 'A' x 256],
    'host.token' => ['', 'x', 'A' x 32, '0' x 31, '0' x 33, 'g' x 32],
    'nic.mac' => ['', '52:54:00:12:34', '5254:0012:3456', 'ff:ff:ff:ff:ff:ff', '0' x 12,
                  '01-52-54-00-12-34-56'],
    'profile.name' => ['', ' ', 'a b', '-a', '.a', '_a', 'a/b', 'a:b', '../a', 'a' x 65,
                       chr(0xe9), '{{x}}'],
    'template.name' => ['', 'a b', '-a', '.', '..', 'a/b', 'a' x 65, '*x'],
    'template.dialect' => ['', 'IPXE', 'ipxe ', 'html'],
    'var.name' => ['', ' ', '1a', '_a', '-a', 'a b', 'a.b', 'a' x 65, '{{a}}', 'name', 'mac',
                   'token', 'base_url'],
);
for my $field (sort keys %malformed) {
    my ($table, $column) = split /\./, $field;
    # what would be good if it ended at the NUL
    my $good = $field =~ /mac/ ? '52:54:00:12:34:56' : $field =~ /token/ ? '0' x 32 : 'web3';
    for my $value (@{ $malformed{$field} }, "ab\0cd", "$good\0") {
        my $utf8 = $value;
        utf8::encode($utf8);
        my $bad = { $column => "CAST(x'" . unpack('H*', $utf8) . "' AS TEXT)" };
        my $shown = $value =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger;
        my $what = "$field '" . (length $shown > 44 ? substr($shown, 0, 40) . '...' : $shown)
            . q(');
        my %way = map { $_->[0] => $_->[1] } ways($table, $bad);
        refused($db, $way{$_},
                qr/^\Q$field\E (?:must be|is reserved|is in the placeholder table)/, "$what: $_")
                    for qw(INSERT UPDATE);
    }
}


# In a transaction that goes on, only the bad statement is undone.
my ($out, $err, $rc) = IPXE::Test::run_command(<<'SQL', 'sqlite3', '-batch', $db);
BEGIN;
INSERT INTO host(name) VALUES ('t1');
INSERT INTO host(name, mac) VALUES ('t2', '52:54:00:00:03:02'), ('t3', NULL), ('t4', 'zz');
UPDATE host SET note = 'x', mac = iif(name = 'web2', '52:54:00:00:00:01', mac);
DELETE FROM profile WHERE name IN ('spare', 'debian-12', 'rescue');
INSERT INTO host(name) VALUES ('t5');
COMMIT;
SQL
is($rc, 1, 'bad statements in a transaction: exit code');
is(scalar(() = $err =~ /^Runtime error near line [345]: /mg), 3, '... three refusals') or diag $err;
is(rows($db, "SELECT group_concat(name || ifnull(note, '') || ifnull(mac, '')) FROM host WHERE"
        . " name LIKE 't%'"),
   't1,t5', '... and the rest is done');
is(rows($db, "SELECT count(*) FROM profile WHERE name IN ('spare', 'debian-12', 'rescue')"), 3,
   '... all or nothing');


# Every sentence of the schema was heard, and says what it is about, what is wanted, and how.
my $schema = rows($db, 'SELECT sql FROM sqlite_schema');
my @sentences = sentences($schema);
cmp_ok(scalar @sentences, '>', 40, 'the schema has ' . @sentences . ' sentences');
for my $sentence (@sentences) {
    ok($said{$sentence}, "heard: $sentence");
    like($sentence, qr/^(?:host|nic|profile|template|var|placeholder)\.[a-z]+\ .*
                       (?:such\ as\ '|:\ (?:give|set|insert|leave)\ |must\ be\ '|database\ makes)/x,
         '... names table, column and what is wanted');
}
unlike($schema, qr/RAISE\((?!ABORT, ')/, 'all of them undo their statement');

is(rows($db, 'PRAGMA integrity_check; PRAGMA foreign_key_check;'), 'ok', 'the database is whole');
$t->done_testing;
