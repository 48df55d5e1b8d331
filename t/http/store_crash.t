# A writer is killed in mid-transaction: in WAL mode nobody notices; in rollback mode the file has
# to be repaired, which a reader may not do: nginx says so, and goes on when somebody has done it.
use strict;
use warnings;
use Test::More;
use IPXE::Test qw(wait_for);

my $uri = '/boot.ipxe?mac=52:54:00:00:00:01';
my $host = "INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01');";

# Changes a row without a commit, so much that SQLite has to write to its files, and is killed.
sub crash {
    my ($t) = @_;
    my $s = $t->sql_session;
    $s->("PRAGMA cache_size = 2; BEGIN IMMEDIATE; UPDATE host SET name = 'torn';
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
          INSERT INTO placeholder(value) SELECT 'some long text to fill pages ' || i FROM n;");
    kill KILL => $t->{children}[-1];
    $s->();
}

for my $journal (qw(wal delete)) {
    for my $when ('before nginx starts', 'while nginx runs') {
        my $t = IPXE::Test->new;
        $t->sql("PRAGMA journal_mode = $journal; $host");
        $t->write_config(workers => 2);
        crash($t) if $when =~ /before/;
        $t->run;
        $t->answers($uri, { host => 'web1' }, 'as it was') if $when =~ /while/;
        crash($t) if $when =~ /while/;

        if ($journal eq 'delete') {
            ok(-s $t->db . '-journal', "$journal, $when: a journal is left");
            for my $ask ($uri, '/pxelinux.cfg/default') {
                my $r = $t->get($ask);
                my $result = $r->{header}{'x-ipxe-result'};
                is(join(', ', IPXE::Test::flaws($r)), '', '... right for firmware');
                is($result, $r->{status} == 503 ? 'unavailable' : $ask eq $uri ? 'host' : 'default',
                   "... $ask: the last answer or none");
                unlike($r->{body}, qr/torn/, '... and nothing of the torn transaction');
            }
            $t->expect_log(qr/hosts\.db.*(?:776|rolls? that back|roll.*back)/);
            is($t->sql('SELECT name FROM host'), "web1\n", '... until sqlite3 opens it once');
            ok(wait_for(sub { $t->get($uri)->{status} == 200 }, 3), '... then it answers again');
        }
        $t->answers($uri, { host => 'web1' }, "$journal, $when: the row") for 1 .. 6;
        $t->sql("UPDATE host SET name = 'web2'");
        $t->answers($uri, { host => 'web2' }, '... and its next change') for 1 .. 6;
        $t->check;
    }
}

done_testing;
