# Workers: each opens the database itself, a killed one is replaced, none of them leaks files.
use strict;
use warnings;
use Test::More;
use IPXE::Test qw(wait_for);

my $t = IPXE::Test->new;
$t->sql("INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01')");
$t->write_config(workers => 2);
$t->run;

my $uri = '/boot.ipxe?mac=52:54:00:00:00:01';
my $open = sub { my ($pid) = @_;
                 return scalar grep { (readlink // '') =~ /hosts\.db/ } glob "/proc/$pid/fd/*" };

is($open->($t->{master}), 0, 'the master never opens the database');
$t->get($uri) for 1 .. 20;
is($open->($t->{master}), 0, '... not later either');

for my $round (1, 2) {
    for my $victim ($t->workers) {
        kill KILL => $victim;
        ok(wait_for(sub { my @now = $t->workers; @now == 2 && !grep { $_ == $victim } @now }),
           'a killed worker is replaced');
        $t->answers($uri, { host => 'web1', result => 'host' }, '... and answers') for 1 .. 5;
    }
}
$t->expect_log(qr/exited on signal 9/);
$t->workers_changed;
my ($out) = $t->sql("UPDATE host SET name = 'web2'; PRAGMA integrity_check");
is($out, "ok\n", 'the database is whole, and can be written');
$t->answers($uri, { host => 'web2' }, '... and the change is seen') for 1 .. 5;

# descriptors do not grow with requests, changes or replaced files
my $sum = sub { my $n = 0; $n += $open->($_) for $t->workers; return $n };
$t->get($uri) for 1 .. 20;
my $before = $sum->();
for my $n (1 .. 30) {
    $t->sql("UPDATE host SET name = 'x$n'");
    if ($n % 10 == 0) {
        rename $t->make_db('db/next.db'), $t->db or die "rename: $!";
        unlink map { $t->db . $_ } qw(-wal -shm);
        $t->sql("INSERT INTO host(name, mac) VALUES ('x$n', '52:54:00:00:00:01')");
    }
    $t->get("/boot.ipxe?mac=52:54:00:00:00:0$_") for 1 .. 4;
}
$t->get($uri) for 1 .. 20;
# each worker may have one more when a copy was made: SQLite does not close it while another is open
ok(wait_for(sub { $sum->() <= $before + 2 }), "open files: $before before");
cmp_ok($sum->(), '<=', 10, '... and at most five for each worker') or diag $sum->();

$t->done_testing;
