# Somebody writes: answers go on. In WAL mode always; in rollback mode an exclusive lock may make
# them 503 for as long as it lasts, but nobody ever waits.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use IPXE::Test qw(wait_for);

my $t = IPXE::Test->new;
my $rollback = $t->make_db('db/rollback.db');
my $first = $t->make_db('db/first.db');
my $host = "INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01');";
$t->sql($host);
$t->sql("PRAGMA journal_mode = DELETE; $host", $_) for $rollback, $first;
$t->write_config(http => join "\n", map { <<"CONF" } qw(rollback first));
server {
    listen 127.0.0.1:%%PORT%%;
    server_name $_;
    ipxe_database %%DIR%%/db/$_.db;
    location = /boot.ipxe { ipxe boot; }
    location /pxelinux.cfg/ { ipxe pxelinux; }
}
CONF
$t->run;

my $uri = '/boot.ipxe?mac=52:54:00:00:00:01';
my $s = $t->sql_session;
$t->expect_log(qr/rollback\.db.*locked/);

# the writer is there before the worker opens the file, and while it has it open
for my $begin ('BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE', 'BEGIN IMMEDIATE') {
    $s->("$begin; UPDATE host SET name = 'web2';");
    my $start = time;
    $t->answers($uri, { host => 'web1', result => 'host' }, "WAL, $begin: the old row") for 1 .. 10;
    $t->answers('/pxelinux.cfg/default', { result => 'default' }, '... and the default profile');
    cmp_ok(time - $start, '<', 1, '... at once');
    $s->('ROLLBACK;');
    $t->answers($uri, { host => 'web1' }, '... rolled back');
}
$s->("BEGIN EXCLUSIVE; UPDATE host SET name = 'web2'; COMMIT;");
$t->answers($uri, { host => 'web2' }, 'WAL: the new row');
$s->('PRAGMA wal_checkpoint(TRUNCATE);');
$t->answers($uri, { host => 'web2' }, '... checkpointed');
$s->('PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL;');
$s->('VACUUM;');
$t->answers($uri, { host => 'web2' }, '... vacuumed');
$s->();

$s = $t->sql_session($rollback);
for my $warm (0, 1) {
    $s->("BEGIN IMMEDIATE; UPDATE host SET note = 'x';");
    $t->answers($uri, { host => 'web1' }, 'rollback, BEGIN IMMEDIATE: the old row',
                host => 'rollback') if $warm;
    $s->('COMMIT; BEGIN EXCLUSIVE;');
    my ($start, %status) = time;
    for my $ask ($uri, '/pxelinux.cfg/01-52-54-00-00-00-01', '/pxelinux.cfg/default') {
        my $r = $t->get($ask, host => 'rollback');
        my $result = $r->{header}{'x-ipxe-result'};
        my $wanted = $r->{status} == 503 ? 'unavailable' : $ask =~ /default$/ ? 'default' : 'host';
        is($result, $wanted, "rollback, BEGIN EXCLUSIVE: $ask is $r->{status}");
        is(join(', ', IPXE::Test::flaws($r)), '', '... and right for firmware');
    }
    cmp_ok(time - $start, '<', 1, '... at once');
    $s->('COMMIT;');
    ok(wait_for(sub { $t->get($uri, host => 'rollback')->{status} == 200 }, 2),
       '... and answers when it is over');
    $t->answers($uri, { host => 'web1' }, '... with the row', host => 'rollback');
}
$s->();

# a lock that is there when the file is opened is over when it is over: nothing waits for a second
$t->expect_log(qr/first\.db.*locked/);
$s = $t->sql_session($first);
$s->('BEGIN EXCLUSIVE;');
$t->answers($uri, { status => 503, result => 'unavailable' }, 'locked at the very first request',
            host => 'first');
$s->('COMMIT;');
my $start = time;
$t->answers($uri, { host => 'web1', result => 'host' },
            '... released: the next request has the row', host => 'first');
cmp_ok(time - $start, '<', 0.2, '... at once');
$s->();

$t->done_testing;
