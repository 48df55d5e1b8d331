# No statement of the module, and no rule of the schema, reads all hosts to find one.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Attempt;
use Test::More;

my ($t, $db) = new_db();
my @parts = (map({ "ipxe_store$_.c" } '', qw(_copy _db _file _key _wal)), qw(ipxe.c -lsqlite3));
my $program = c_program($t, <<'C', @parts);
/* Prints the statements of the module: number, how they are keyed, text. */
#include <stdio.h>
#include "ipxe_store.h"

int
main(void)
{
    unsigned  i;

    for (i = 0; i < IPXE_QUERIES; i++) {
        printf("%s\t%s\n", i < IPXE_QUERY_NIC ? "host" : i == IPXE_QUERY_NIC ? "nic"
               : i == IPXE_QUERY_HOST_VARS ? "var" : "all", ipxe_store_sql(i));
    }

    return 0;
}
C
my ($text, $error, $rc) = IPXE::Test::run_command('', $program);
is("$rc$error", '0', 'the statements of the module');
# Where the module has its table of the key that is asked for, the shell gets one like it.
my @statements = map { [split /\t/] } split /\n/, $text =~ s/ipxe_key\(\)/json_each('["?1"]')/gr;
cmp_ok(scalar @statements, '>=', 10, '... ' . @statements);

sub query_plan {
    my ($sql) = @_;
    return grep { /SCAN|SEARCH|TEMP|INDEX/ } split /\n/, rows($db, "EXPLAIN QUERY PLAN $sql");
}

# Fills the tables up to n hosts, each with a card and a variable.
sub grow {
    my ($n) = @_;
    $t->sql(<<"SQL");
PRAGMA synchronous = OFF;
BEGIN;
WITH RECURSIVE n(i) AS (SELECT (SELECT count(*) FROM host)
                        UNION ALL SELECT i + 1 FROM n WHERE i < $n - 1)
INSERT INTO host(name, mac, uuid, asset, serial, profile, install)
SELECT 'h' || i, printf('02%010x', i), printf('11223344-5566-7788-99aa-%012x', i), 'A' || i,
       'S' || i,
       iif(i % 2, 'debian-12', 'local'), iif(i % 10, NULL, 'rescue') FROM n;
INSERT INTO nic(mac, host)
SELECT printf('06%010x', rowid), name FROM host WHERE name NOT IN (SELECT host FROM nic);
INSERT INTO var(host, name, value)
SELECT name, 'disk', '/dev/sda' FROM host
 WHERE name NOT IN (SELECT host FROM var WHERE host IS NOT NULL);
COMMIT;
SQL
    return is(rows($db, 'SELECT count(*) FROM host'), $n, "$n hosts");
}

sub check_plans {
    my ($when) = @_;
    for (@statements) {
        my ($kind, $sql) = @$_;
        my @plan = grep { !/SCAN asked/ } query_plan($sql);
        my @scanned = map { /SCAN (\w+)/ } @plan;
        cmp_ok(scalar @plan, '>', 0, "$when: $sql");
        if ($kind eq 'all') {
            is(join(' ', grep { !/^(?:profile|template|var|placeholder|next)$/ } @scanned), '',
               '... reads none but the small tables') or diag join "\n", @plan;
        } else {
            is("@scanned", '', '... scans nothing') or diag join "\n", @plan;
            like($plan[0], qr/SEARCH $kind USING INDEX/, '... begins with an index of the key');
            is(scalar(grep { /TEMP|AUTOMATIC/ } @plan), 0, '... and makes none of its own');
        }
    }
    return;
}

check_plans('without hosts');
grow(1000);
check_plans('with hosts');
$t->sql('ANALYZE');
check_plans('after ANALYZE');
$t->sql('DROP TABLE sqlite_stat1');

# The host that the keyed statements find is the one that was asked for, by each key.
for (
    ['02000000000a', 0], ['1122334455667788' . '99aa' . '00000000000a', 1], ['a10', 2], ['s10', 3],
    [rows($db, "SELECT mac_key FROM nic WHERE host = 'h10'"), 4],
) {
    my ($key, $i) = @$_;
    my $sql = $statements[$i][1] =~ s/\?1/$key/r;
    like(rows($db, $sql), qr/^h10\|[^\n]*\z/, "$sql");
}


# What a statement costs with all its triggers, in steps of SQLite's machine, and the steps that
# go through a table row by row; it is undone afterwards.
sub cost {
    my ($sql, $keys) = @_;
    my $old = "UPDATE host SET updated = '2001-02-03T04:05:06Z' WHERE name = 'h500'";
    my $out = $t->sql("PRAGMA foreign_keys = $keys;\nBEGIN;\n$old;\n"
                      . ".stats on\n$sql;\n.stats off\nROLLBACK;");
    my ($steps) = $out =~ /^Virtual Machine Steps: +(\d+)$/m or die "no steps: $out";
    my ($scan) = $out =~ /^Fullscan Steps: +(\d+)$/m or die "no scan: $out";
    my ($auto) = $out =~ /^Autoindex Inserts: +(\d+)$/m or die "no autoindex: $out";
    return ($steps, $scan + $auto);
}

my @everyday = (
    "INSERT INTO host(name, mac, profile) VALUES ('new', '52:54:00:12:34:56', 'debian-12')",
    "INSERT INTO host(name, mac, uuid, asset, serial, profile, install, note) VALUES ('new',"
        . " '52:54:00:12:34:56',"
        . " '11223344-5566-7788-99aa-bbccddeeffff', 'AT-007', 'SN-42', 'debian-12', 'rescue', 'x')",
    "INSERT OR REPLACE INTO host(name, mac) VALUES ('h500', '52:54:00:12:34:56')",
    "INSERT INTO host(name, mac) VALUES ('h500', '52:54:00:12:34:56')"
        . " ON CONFLICT (name) DO UPDATE SET mac = excluded.mac",
    "INSERT INTO nic(mac, host) VALUES ('52:54:00:12:34:57', 'h500')",
    "INSERT INTO var(host, name, value) VALUES ('h500', 'size', '1')",
    "UPDATE host SET mac = '52:54:00:12:34:56', uuid = '11223344-5566-7788-99aa-bbccddeeffff',"
        . " asset = 'AT-007', serial = 'SN-42' WHERE name = 'h500'",
    "UPDATE host SET profile = 'rescue' WHERE name = 'h500'",
    "UPDATE host SET install = 'rescue' WHERE name = 'h500'",
    "UPDATE host SET note = 'x' WHERE name = 'h500'",
    "UPDATE host SET name = 'new' WHERE name = 'h500'",
    "DELETE FROM host WHERE name = 'h500'",
    "UPDATE nic SET host = 'h501' WHERE mac = (SELECT mac FROM nic WHERE host = 'h500')",
    "DELETE FROM nic WHERE host = 'h500'",
    "UPDATE var SET value = 'x' WHERE host = 'h500' AND name = 'disk'",
    "DELETE FROM var WHERE host = 'h500'",
    "INSERT INTO profile(name, parent, template) VALUES ('new', 'debian-12', 'linux')",
    "UPDATE profile SET name = 'new' WHERE name = 'spare'",
    "DELETE FROM profile WHERE name = 'spare'",
    "UPDATE profile SET kernel = '/x' WHERE name = 'debian-12'",
    "DELETE FROM template WHERE name = 'spare'",
    "INSERT INTO placeholder VALUES ('52:54:00:12:34:99')",
    map { $_->[1] =~ s{(?<!")\?1}{'h500'}r } @statements,
);
my %cost;
for my $n (1000, 100_000) {
    grow($n) if $n > 1000;
    for my $sql (@everyday) {
        $cost{$sql}{$n}{$_} = [cost($sql, $_)] for qw(OFF ON);
    }
}
for my $sql (@everyday) {
    for my $keys (qw(OFF ON)) {
        my ($few, $many) = map { $cost{$sql}{$_}{$keys} } 1000, 100_000;
        cmp_ok($many->[0], '<=', $few->[0] * 1.2 + 10,
               "$few->[0] steps of 1,000 hosts, $many->[0] of 100,000, foreign keys $keys: $sql");
        is($many->[1], $few->[1], '... and no table is gone through for it');
        # profiles are few, and the chain of each is read
        cmp_ok($many->[1], '<', 100, '... but that of profiles');
    }
}

is(rows($db, 'PRAGMA integrity_check; PRAGMA foreign_key_check;'), 'ok', 'the database is whole');
$t->done_testing;
