# Lists of hosts from a spreadsheet: .import says for each bad line what is wrong with it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Attempt;
use Test::More;

my ($t, $db) = new_db('');
sub shell {
    my ($script) = @_;
    return IPXE::Test::run_command($t->expand($script), 'sqlite3', '-batch', $db);
}

# Into a table of the moment, and from there in one statement: all lines or none.
my $staged = <<'SQL';
CREATE TEMP TABLE list (name, mac, uuid, asset, profile);
.import --csv --skip 1 %%DIR%%/list.csv list
INSERT INTO host(name, mac, uuid, asset, profile)
SELECT name, nullif(mac, ''), nullif(uuid, ''), nullif(asset, ''),
       ifnull(nullif(profile, ''), 'local')
FROM list;
SQL
my @good = ('name,mac,uuid,asset,profile', 'web1,52:54:00:12:34:56,,,',
            'web2,,11223344-5566-7788-99aa-bbccddeeff00,"AT 007",menu',
            'web3,5254.0012.3458,,"""AT"", 8",local');
for (
    ['web4,52:54:00:12:34,,,', qr/^host\.mac must be a MAC address/],
    ['web4,525400123456,,,', qr/^host\.mac belongs to another host/],
    ['web4,52:54:00:12:34:59,,at 007,', qr/^host\.asset belongs to another host/],
    ['web4,,1234,,', qr/^host\.uuid must be a UUID/],
    ['web4,,,,debian-13', qr/^host\.profile is not in profile\.name/],
    ['WEB1,52:54:00:12:34:59,,,', qr/^UNIQUE constraint failed: host\.name/],
    ['web_4,52:54:00:12:34:59,,,', qr/^host\.name must be a host name/],
) {
    my ($line, $pattern) = @$_;
    $t->write_file('list.csv', join("\n", @good[0, 1, 2], $line, $good[3]) . "\n");
    my $before = state($db);
    my ($out, $err, $rc) = shell($staged);
    is("$rc$out", '1', "a list with a bad line: $line");
    like(sentence($err), $pattern, '... says what is wrong');
    ok(state($db) eq $before, '... and nothing of the list is done');
}
$t->write_file('list.csv', join("\r\n", @good) . "\r\n");
my ($out, $err, $rc) = shell($staged);
is("$rc$out$err", '0', 'a good list');
is(rows($db, 'SELECT name, mac_key, uuid_key, asset_key, profile FROM host ORDER BY name'),
   <<'ROWS' =~ s/\n\z//r, '... is there');
web1|525400123456|||local
web2||112233445566778899aabbccddeeff00|at 007|menu
web3|525400123458||"at", 8|local
ROWS
my $upsert = <<'SQL';
FROM list WHERE true
    ON CONFLICT (name) DO UPDATE SET mac = excluded.mac, profile = excluded.profile;
SQL
($out, $err, $rc) = shell($staged =~ s/FROM list;/$upsert/r);
is("$rc$out$err", '0', 'the list again, as an UPSERT');
is(rows($db, 'SELECT count(*) FROM host'), 3, '... changes rows and makes none');

# Straight into a table: good lines are done, bad ones are named with their number.
$t->write_file('var.csv', join("\n", 'web1,,disk,/dev/sda', 'web1,,1disk,x', 'web9,,disk,x',
                               'web1,,kernel,x', 'web2,,disk,/dev/sdb') . "\n");
$t->write_file('template.csv', qq(mine,ipxe,"#!ipxe\nshell\n"\nmine,html,x\n../x,file,x\n));
for (
    ['var', [[1, qr/var\.profile is not in profile\.name/], [2, qr/var\./], [3, qr/var\./],
             [4, qr/var\./], [5, qr/var\.profile is not in profile\.name/]],
     'SELECT count(*) FROM var WHERE host IS NOT NULL', 0],
    ['template', [[4, qr/template\.dialect must be/], [5, qr/template\.name must be/]],
     "SELECT count(*) FROM template WHERE name = 'mine'", 1],
) {
    my ($table, $bad, $query, $n) = @$_;
    my ($out, $err, $rc) = shell(".import --csv %%DIR%%/$table.csv $table\n");
    my @said = split /\n/, $err;
    is(scalar @said, scalar @$bad, ".import into $table: the bad lines") or diag $err;
    like(shift @said, qr/\.csv:$_->[0]: INSERT failed: .*$_->[1]/, "... line $_->[0]") for @$bad;
    is(rows($db, $query), $n, '... the good ones are done');
}

# An empty field is an empty text and no NULL, which is refused where it means nothing. sqlite3
# 3.40 counts computed columns and refuses to import into tables that have some.
$t->write_file('nic.csv', "52:54:00:12:34:60,web1\n");
my $before = state($db);
($out, $err, $rc) = shell(".import --csv %%DIR%%/nic.csv nic\n");
if ($rc != 0) {
    like($err, qr/table nic has 2 columns but 3 values were supplied/,
         '.import into nic is refused by the shell');
    ok(state($db) eq $before, '... and nothing is changed');
} else {
    is(rows($db, 'SELECT host FROM nic'), 'web1', '.import into nic');
}
is(rows($db, 'PRAGMA integrity_check; PRAGMA foreign_key_check;'), 'ok', 'the database is whole');
$t->done_testing;
