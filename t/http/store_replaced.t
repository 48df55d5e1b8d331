# The file is replaced by rename, removed, and put back, while nginx runs.
use strict;
use warnings;
use Test::More;
use IPXE::Test qw(wait_for);

my $t = IPXE::Test->new;
$t->sql("INSERT INTO host(name, mac) VALUES ('v0', '52:54:00:00:00:01')");
$t->write_config(workers => 2);
$t->run;

my $uri = '/boot.ipxe?mac=52:54:00:00:00:01';
my $host = sub { return $t->get($uri)->{header}{'x-ipxe-host'} // '' };
my $ask = sub { my ($name, $label) = @_; $t->answers($uri, { host => $name, result => 'host' },
    $label) for 1 .. 4; };
my $next = sub {                                       # another complete file
    my ($name, $mode) = @_;
    my $path = $t->make_db('db/next.db');
    $t->sql("PRAGMA journal_mode = $mode;
             INSERT INTO host(name, mac) VALUES ('$name', '52:54:00:00:00:01')", $path);
    return $path;
};
my $forget_log = sub { unlink map { $t->db . $_ } qw(-wal -shm) };   # they are the old file's

$ask->('v0', 'as it was');
rename $next->('v1', 'wal'), $t->db or die "rename: $!";
$ask->('v1', 'replaced, nothing else: the next answer is the new one');

my $n = 1;
for my $mode (qw(delete wal delete delete wal wal)) {
    my $name = 'v' . ++$n;
    rename $next->($name, $mode), $t->db or die "rename: $!";
    $forget_log->();
    $ask->($name, "replaced by a file in $mode mode: the next answer is the new one");
    $t->sql("UPDATE host SET name = 'edited$n'");
    $ask->("edited$n", '... and so is a change of it');
}

# gone for a while: the last answers go on
$t->expect_log(qr{db/hosts\.db.*No such file});
unlink $t->db;
$forget_log->();
$ask->("edited$n", 'removed: what was known is still known');
$t->answers('/boot.ipxe?mac=52:54:00:00:00:09', { result => 'default' },
            '... and so is the default profile');
rename $next->('back', 'wal'), $t->db or die "rename: $!";
ok(wait_for(sub { $host->() eq 'back' }, 3), 'there again, and the answers are the new ones');
ok(wait_for(sub { !grep { $host->() ne 'back' } 1 .. 10 }, 3), '... from every worker');

# a file that is no good does not end the answers either
$t->expect_log(qr{db/hosts\.db.*(?:not a database|26)});
$t->write_file('db/next.db', 'rubbish ' x 1000);
$t->recommended_rights('db/next.db');
rename $t->dir . '/db/next.db', $t->db or die "rename: $!";
$forget_log->();
$ask->('back', 'replaced by rubbish: what was known is still known');
rename $next->('last', 'wal'), $t->db or die "rename: $!";
ok(wait_for(sub { $host->() eq 'last' }, 3), 'and by a good one');
ok(wait_for(sub { !grep { $host->() ne 'last' } 1 .. 10 }, 3), '... seen by every worker');

$t->done_testing;
