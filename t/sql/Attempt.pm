package Attempt;

# Statements on hosts.db as an administrator gives them, and what became of them.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use IPXE::Test qw(slurp);
use Test::More;

our $REPO = abs_path(dirname(__FILE__) . '/../..');
our @EXPORT = qw(slurp $REPO new_db attempt sentence sentences state refused rows fixture
                 c_program);

# A test with a hosts.db that holds the fixture, and the path of the file.
sub new_db {
    my ($sql) = @_;
    my $t = IPXE::Test->new(module => 0);
    $t->sql($sql // fixture());
    return ($t, $t->db);
}

# sqlite3 DB 'STATEMENTS': output, errors, exit code.
sub attempt {
    my ($db, $sql) = @_;
    return IPXE::Test::run_command('', 'sqlite3', '-batch', $db, $sql);
}

# The words of the database in what the sqlite3 shell prints around them.
sub sentence {
    my ($err) = @_;
    $err =~ s/\A(?:Error: stepping, |(?:Runtime e|E)rror near line \d+: )//;
    $err =~ s/\ACHECK constraint failed: //;
    $err =~ s/ \(\d+\)\n?\z//;
    return $err;
}

# All bytes of the database: nothing was written if they are the same.
sub state {
    my ($db) = @_;
    return join '|', map { -s $_ ? slurp($_) : '' } $db, "$db-wal", "$db-journal";
}

# One test: the statement fails with exactly this kind of sentence, and nothing is written.
sub refused {
    my ($db, $sql, $pattern, $label) = @_;
    my $before = state($db);
    my ($out, $err, $rc) = attempt($db, $sql);
    my $got = sentence($err);
    my @wrong;
    push @wrong, 'exit code 0' if $rc == 0;
    push @wrong, "output: $out" if $out ne '';
    push @wrong, "it said: $err" if $got !~ $pattern || $got =~ /\n/;
    push @wrong, 'the database is changed' if state($db) ne $before;
    ok(!@wrong, "refused: $label") or diag(join "\n", $sql, @wrong);
    return $got;
}

# What a query finds, as one string.
sub rows {
    my ($db, $sql) = @_;
    my ($out, $err, $rc) = attempt($db, $sql);
    die "$sql: $err" if $rc != 0;
    chomp $out;
    return $out;
}

# All that the schema says itself when it refuses something.
sub sentences {
    my ($schema) = @_;
    return ($schema =~ /CONSTRAINT "([^"]*)"/g,
            map { s/''/'/gr } $schema =~ /RAISE\(ABORT, '((?:[^']|'')*)'\)/g);
}

sub fixture {
    return <<'SQL';
INSERT INTO template(name, dialect, body) VALUES ('spare', 'ipxe', '#!ipxe');
INSERT INTO profile(name, parent, title, template, kernel) VALUES
    ('debian-12', NULL, 'Debian 12', 'linux', '/images/vmlinuz'),
    ('debian-12-raid', 'debian-12', NULL, NULL, NULL),
    ('rescue', NULL, NULL, 'linux', '/images/rescue'),
    ('spare', NULL, NULL, NULL, NULL);
INSERT INTO host(name, mac, uuid, asset, serial, profile) VALUES
    ('web1', '52:54:00:00:00:01', '11223344-5566-7788-99aa-bbccddeeff01', 'AT-1', 'SN-1',
     'debian-12'),
    ('web2', '52:54:00:00:00:02', '11223344-5566-7788-99aa-bbccddeeff02', 'AT-2', 'SN-2',
     'local');
UPDATE host SET install = 'rescue' WHERE name = 'web2';
INSERT INTO nic(mac, host) VALUES ('52:54:00:00:01:01', 'web1'), ('52:54:00:00:01:02', 'web1'),
                                  ('52:54:00:00:02:01', 'web2');
INSERT INTO var(host, profile, name, value) VALUES
    ('web1', NULL, 'disk', '/dev/sda'), (NULL, 'debian-12', 'disk', '/dev/vda'),
    (NULL, NULL, 'disk', '/dev/nvme0n1');
SQL
}

# Compiles a C program against files of the module; returns its path.
sub c_program {
    my ($t, $text, @files) = @_;
    my $source = $t->write_file('program.c', $text);
    my $program = $t->dir . '/program';
    my $module = "$REPO/ngx_http_ipxe_module";
    my ($out, $err, $rc) = IPXE::Test::run_command('', $ENV{CC} // 'cc', '-std=gnu99', '-Wall',
        '-I', $module, '-o', $program, $source, (map { "$module/$_" } grep { /\.c$/ } @files),
        grep { /^-l/ } @files);
    die "$err$out" if $rc != 0;
    return $program;
}

1;
