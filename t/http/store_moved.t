# A file is moved over one that was edited while nginx had it open. SQLite would read the old
# file's -wal, which stays behind, into the new one: machines would get the old rows, or worse.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

for my $mode (qw(wal delete)) {
    my $t = IPXE::Test->new;
    $t->sql("INSERT INTO host(name, mac) VALUES ('old', '52:54:00:00:00:01')");
    $t->write_config;
    $t->run;

    my $uri = '/boot.ipxe?mac=52:54:00:00:00:01';
    $t->answers($uri, { host => 'old' }, "$mode: as it was");
    $t->sql("UPDATE host SET name = 'edited'");
    $t->answers($uri, { host => 'edited' }, '... edited in place');
    ok(-s $t->db . '-wal', '... and the change is in its -wal');

    my $next = $t->make_db('db/next.db');
    $t->sql("PRAGMA journal_mode = $mode;
             INSERT INTO host(name, mac) VALUES ('new', '52:54:00:00:00:01');
             INSERT INTO host(name, mac) VALUES ('new2', '52:54:00:00:00:02')", $next);
    $t->expect_log(qr{db/hosts\.db-wal.*old file});
    rename $next, $t->db or die "rename: $!";
    $t->answers($uri, { host => 'new', result => 'host' }, 'moved over it: the new row') for 1, 2;
    $t->answers('/boot.ipxe?mac=52:54:00:00:00:02', { host => 'new2' }, '... and another one');
    unlink map { $t->db . $_ } qw(-wal -shm);
    $t->answers($uri, { host => 'new', result => 'host' }, '... also when the -wal is gone');
    $t->sql("UPDATE host SET name = 'newer' WHERE name = 'new'");
    $t->answers($uri, { host => 'newer' }, '... and the new one is edited');
    $t->check;
}

done_testing;
