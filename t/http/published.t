# ipxe_database PATH published: the file is only ever replaced, and read without locks.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new(db => 0);
my $n = 0;
my $publish = sub {
    my ($journal) = @_;
    my $path = $t->make_db('next.db');
    $t->sql("PRAGMA journal_mode = $journal;
             INSERT INTO host(name, mac) VALUES ('v@{[ ++$n ]}', '52:54:00:00:00:01')", $path);
    chmod 0644, $path;
    rename $path, $t->dir . '/hosts.db' or die "rename: $!";
};
$t->write_config(database => '%%DIR%%/hosts.db published', workers => 2);
$publish->('delete');
$t->run;

# the directory belongs to somebody else, as that of a replicated file does
my $uri = '/boot.ipxe?mac=52:54:00:00:00:01';
$t->answers($uri, { host => 'v1', result => 'host' }, 'the first file') for 1 .. 4;
for my $journal (qw(delete wal wal delete)) {
    $publish->($journal);
    $t->answers($uri, { host => "v$n" }, "file $n, $journal: in the next answer") for 1 .. 4;
}
is(join(' ', glob $t->dir . '/hosts.db*'), $t->dir . '/hosts.db', 'no -wal, no -shm');

# 30 publications while somebody asks: never an older file, never an error
my @wrong;
for (1 .. 30) {
    $publish->('delete');
    for (1 .. 3) {
        my $r = $t->get($uri);
        my ($seen) = ($r->{header}{'x-ipxe-host'} // '') =~ /^v(\d+)$/;
        push @wrong, "$r->{status} " . ($seen // '') if !$seen || $seen != $n;
    }
}
is("@wrong", '', '30 files, each in the next answer');

$t->done_testing;
