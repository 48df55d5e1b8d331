# A full disk: a writer cannot commit, nginx cannot make the index of a log.
use strict;
use warnings;
use Test::More;
use IPXE::Load qw(HARD);
use IPXE::Test;

my ($owner, @mounted) = $$;
plan skip_all => 'needs root: it mounts a small file system' if !IPXE::Test::is_root();

# in a mount namespace of its own, which ends with it
exec 'unshare', '--mount', $^X, (map { "-I$_" } @INC), $0 if !$ENV{TEST_MOUNT}++;

sub unmount { return map { system 'umount', '-l', $_ } splice @mounted }
END { unmount() if $owner == $$ }

# Moves the database to a file system of its own.
sub small_disk {
    my ($t) = @_;
    my $db = $t->dir . '/db';
    my $bytes = $t->{image};
    system('mount', '-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', $db) == 0 or die 'mount';
    push @mounted, $db;
    $t->recommended_rights('db');
    rename $t->beside($bytes), $t->db or die "rename: $!";
    return;
}

# ... and fills what is left of it.
sub fill {
    my ($t) = @_;
    open my $fh, '>:raw', $t->dir . '/db/filler' or die "filler: $!";
    1 while syswrite $fh, "\0" x 4096;
    return close $fh;
}

sub empty { my ($t) = @_; return unlink $t->dir . '/db/filler' }

for my $journal (qw(wal delete)) {
    my $t = IPXE::Load->new(journal => $journal, hosts => 4000);
    small_disk($t);
    $t->begin;
    $t->still;
    my $deed = $journal eq 'wal' ? 'goes_on' : 'suffers';
    $t->$deed("$journal: the disk is full, and a commit fails", sub {
        fill($t);
        my ($out, $err, $rc) = $t->sql('BEGIN IMMEDIATE;' . IPXE::Load::State::state_sql(90_000_000)
            . "INSERT INTO placeholder(value) VALUES (hex(zeroblob(100000))); COMMIT;");
        like($err, qr/full|I\/O/, '... as sqlite3 says');
    });
    $t->goes_on("$journal: nothing happens on a full disk", sub { }, 1);
    $t->at_once("$journal: there is room again", sub { empty($t); $t->commit });

    # the log itself grows until there is no room
    $t->$deed("$journal: a transaction fills the disk", sub {
        my ($out, $err, $rc) = $t->sql('BEGIN IMMEDIATE;' . IPXE::Load::State::state_sql(90_000_000)
            . "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
               INSERT INTO placeholder(value) SELECT hex(zeroblob(10000)) || i FROM n; COMMIT;");
        like($err, qr/full|I\/O/, '... as sqlite3 says');
    });
    $t->at_once("$journal: it is rolled back", sub { $t->commit });
    $t->says_at_most(6, "$journal: the log has little to say");
    $t->end;
    unmount();
}

# nginx starts when there is no room for the files beside a WAL database
my $t = IPXE::Load->new(hosts => 4000);
small_disk($t);
fill($t);
$t->begin(broken => 1);
$t->suffers('started on a full disk', sub { }, 2);
$t->says_at_most(2, '... and the log is not flooded');
$t->within(3, 'there is room', sub { empty($t); $t->commit('own') });
$t->at_once('edited', sub { $t->commit });
$t->end;
unmount();

done_testing;
