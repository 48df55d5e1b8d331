# The keys that the database computes are those that the module looks up: what one accepts, the
# other does, with the same key. Thousands of random spellings, good and bad.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Attempt;
use Test::More;

my $seed = $ENV{TEST_SEED} // time;
note "TEST_SEED=$seed";
srand $seed;

my ($t, $db) = new_db('DELETE FROM placeholder;');
my $program = c_program($t, <<'C', 'ipxe_ident.c', 'ipxe.c');
/* Reads lines of "fact hex", prints what ipxe_ident.c makes of each. */
#include <stdio.h>
#include <stdlib.h>
#include "ipxe_ident.h"

int
main(void)
{
    int             c;
    char            line[8192];
    size_t          i, n;
    unsigned        byte, fact;
    ipxe_str_t      str, key;
    ipxe_facts_t    facts;
    ipxe_arena_t   *arena;
    unsigned char   text[4096], mac[40];

    while (fgets(line, sizeof(line), stdin)) {
        fact = (unsigned) (line[0] - '0');
        for (n = 0; sscanf(line + 2 + 2 * n, "%2x", &byte) == 1; n++) {
            text[n] = (unsigned char) byte;
        }
        str.data = text;
        str.len = n;
        arena = ipxe_arena_create(NULL, NULL);
        memset(&facts, 0, sizeof(facts));
        if (ipxe_facts_set(&facts, fact, str, ipxe_arena_mem(arena)) != IPXE_OK) {
            return 1;
        }
        key = facts.key[fact];
        if (fact == IPXE_MAC && key.len && ipxe_mac_key(str, mac) != key.len) {
            key.len = 0;        /* only without the spaces around it */
        }
        for (i = 0; i < key.len; i++) {
            printf("%02x", key.data[i]);
        }
        putchar(' ');
        for (i = 0; i < facts.swapped.len; i++) {
            putchar(facts.swapped.data[i]);
        }
        c = putchar('\n');
        ipxe_arena_destroy(arena);
    }

    return c == EOF;
}
C

sub pick { return $_[int rand @_] }
sub digits { my ($n) = @_; return join '', map { pick(0 .. 9, 'a' .. 'f', 'A' .. 'F') } 1 .. $n }

# Often a small damage: a character changed, taken out, put in, doubled.
sub damage {
    my ($text) = @_;
    for (1 .. pick(0, 0, 0, 1, 1, 2)) {
        my $at = int rand(1 + length $text);
        my $char = pick(qw(: - . g G { } x 0 f _ %), ' ', "\0", "\n", "\xc3\xa4", "\xff");
        substr $text, $at, pick(0, 1, 2), pick('', $char) if $at <= length($text) - 2;
        $text .= $char if $at > length($text) - 2;
    }
    return $text;
}

sub mac {
    my $hex = digits(2 * pick(6, 6, 6, 8, 20, 5, 7));
    substr $hex, 1, 1, pick(qw(0 2 4 6 8 a C E)) if rand() < 0.8;
    my ($group, $separator) = @{ pick([2, ':'], [2, '-'], [4, '.'], [2, '.'], [40, '']) };
    my $text = join $separator, unpack "(A$group)*", $hex;
    $text = pick('01-', '20-', '01:', '01') . $text if rand() < 0.05;
    return damage($text);
}

sub uuid {
    my $text = join pick('-', '-', '-', ':', ''), unpack 'A8A4A4A4A*', digits(32);
    $text = "{$text}" if rand() < 0.3;
    return damage($text);
}

sub text {
    my $n = pick(1 .. 20, 127, 128, 254, 255, 256, 300);
    my @char = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, ' ', "'", '"', '[', '*');
    my $text = join '', map { pick(@char) } 1 .. $n;
    $text = ' ' x int(rand 3) . $text . ' ' x int(rand 3) if rand() < 0.3;
    $text =~ s/./\xc3\x84/g if rand() < 0.1;
    $text =~ s/[A-D]/pick("\x01", "\x1f", "\x7f", "\t", "\xff", "\xc3\x9f", "\xc1\xa1",
                          "\xed\xa0\x80", ']', '^')/ge if rand() < 0.3;
    return damage($text);
}

my @columns = qw(mac uuid asset serial);
my @cases = map { [0, mac()] } 1 .. 1500;
push @cases, map { [1, uuid()] } 1 .. 1000;
push @cases, map { [pick(2, 3), text()] } 1 .. 1500;
push @cases, [0, ''], [1, ''], [2, ''], [2, ' '], [2, "\0"], [2, "a\0"], [0, '0' x 12],
    [0, 'f' x 12], [0, '1' x 12], [0, '1' x 16],
             [1, '0' x 32], [1, "{}"], [0, '::'], [0, "525400000000\0"];

# each as the only host there is, and passed over where a CHECK refuses it
my ($lines, $sql) = ('', "BEGIN;\n");
for (@cases) {
    my ($fact, $text) = @$_;
    my $hex = unpack 'H*', $text;
    my $column = $columns[$fact];
    $lines .= "$fact $hex\n";
    $sql .= "INSERT OR IGNORE INTO host(name, $column) VALUES ('x', CAST(x'$hex' AS TEXT));\n"
          . "SELECT coalesce((SELECT lower(hex(${column}_key)) FROM host), '');\n"
          . "DELETE FROM host;\n";
}
my ($got, $cerr, $crc) = IPXE::Test::run_command($lines, $program);
my @sqlite3 = ('sqlite3', '-batch', $db);
my ($out, $err, $rc) = IPXE::Test::run_command("${sql}ROLLBACK;\n", @sqlite3);
is("$crc$cerr", '0', 'the module answers');
is("$rc$err", '0', 'the database answers');

my @c = map { [split / /, $_, 2] } split /\n/, $got;
my @db = split /\n/, $out, -1;
is(scalar @c, scalar @cases, '... to each');
is(scalar @db - 1, scalar @cases, '... to each');

my (%differ, %accepted, %refused);
for my $i (0 .. $#cases) {
    my ($fact, $text) = @{ $cases[$i] };
    my $column = $columns[$fact];
    my ($c, $db) = ($c[$i][0], $db[$i]);

    # what only the module takes: PXELINUX's ARP type in front of a MAC; spaces around a UUID, or
    # so many around an asset tag that there are more than 255 bytes with them
    my $prefix = $fact == 0 && $text =~ /\A(?:01|20)/ && $db eq '';
    my $spaces = $text =~ /\A | \z/ && $db eq '' && ($fact == 1 || $fact > 1 && length $text > 255);
    $differ{$column} .= sprintf "'%s': module '%s', database '%s'\n", $text,
        map { pack 'H*', $_ } $c, $db
        if $c ne $db && !$prefix && !$spaces;
    $db eq '' ? $refused{$column}++ : $accepted{$column}++;
}
for (@columns) {
    is($differ{$_} // '', '', "$_: the keys are the same");
    cmp_ok($accepted{$_} // 0, '>', 200, "... $accepted{$_} accepted");
    cmp_ok($refused{$_} // 0, '>', 50, "... $refused{$_} refused");
}

# A UUID in the placeholder table means both byte orders, as the module swaps them.
my @uuids = grep { length $c[$_][1] && $cases[$_][0] == 1 } 0 .. $#cases;
my $statements = "BEGIN;\n";
for my $i (@uuids) {
    my $hex = unpack 'H*', $cases[$i][1];
    $statements .= "INSERT INTO placeholder VALUES (CAST(x'$hex' AS TEXT));\n"
                 . "INSERT OR IGNORE INTO host(name, uuid) VALUES ('x', '$c[$i][1]');\n"
                 . "DELETE FROM placeholder;\n";
}
$statements .= "SELECT count(*) FROM host;\nROLLBACK;\n";
($out, $err, $rc) = IPXE::Test::run_command($statements, @sqlite3);
cmp_ok(scalar @uuids, '>', 200, @uuids . ' UUIDs');
is($out, "0\n", '... as placeholders, no row may have them swapped');
is(scalar(() = $err =~ /host\.uuid is in the placeholder table/g), scalar @uuids,
   '... which is said each time');

# What templates know by themselves is what no variable may be called.
my ($table) = join('', map { slurp($_) } glob "$REPO/ngx_http_ipxe_module/ipxe_*.c")
    =~ /ipxe_names\[\] = \{\n(.*?)\n\};/s;
my @names = (($table // '') =~ /ipxe_string\("(\w+)"\)/g);
cmp_ok(scalar @names, '>', 20, @names . ' names of the module');
for my $name (@names) {
    refused($db, "INSERT INTO var(name, value) VALUES ('$name', '')", qr/^var\.name is reserved/,
            $name);
}

$t->done_testing;
