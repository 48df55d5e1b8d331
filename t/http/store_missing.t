# nginx starts without its database, says so, and goes on by itself when the file appears.
use strict;
use warnings;
use Test::More;
use IPXE::Test qw(wait_for);

my $t = IPXE::Test->new(db => 0);
$t->write_config(server => 'location = /slow.ipxe { ipxe boot; ipxe_retry_after 17; }
                            location = /who { return 200 "[$ipxe_host|$ipxe_result]"; }');
$t->run;
$t->expect_log(qr/\Q@{[ $t->db ]}\E/);

# whatever is asked: 503, never a default profile, never a 404 that makes PXELINUX go on to it
for my $uri ('/boot.ipxe?mac=52:54:00:00:00:01', '/pxelinux.cfg/01-52-54-00-00-00-01',
             '/pxelinux.cfg/default', '/pxelinux.cfg/0A000001',
             '/pxelinux.cfg/11223344-5566-7788-99aa-bbccddeeff00') {
    my $r = $t->answers($uri, { status => 503, result => 'unavailable', host => '', profile => '',
                                like => qr/\A(?:#!ipxe\n)?#.*\bdatabase\b/ }, "503: $uri");
    is($r->{header}{'retry-after'}, 5, '... for 5 seconds');
}
is($t->get('/slow.ipxe?mac=52:54:00:00:00:01')->{header}{'retry-after'}, 17, 'ipxe_retry_after');
is($t->get('/who?mac=52:54:00:00:00:01')->{body}, '[|unavailable]',
   'the variables are there, and say so');
my $head = $t->head('/boot.ipxe?mac=52:54:00:00:00:01');
is("$head->{status} $head->{header}{'retry-after'} '$head->{body}'", "503 5 ''", 'HEAD too');

# the words: the path, SQLite's code, and once, not with every request
$t->get('/boot.ipxe?mac=52:54:00:00:00:01') for 1 .. 20;
my @lines = grep { /hosts\.db/ } split /\n/, $t->log;
cmp_ok(scalar(@lines), '<=', 2, 'the log says it once') or diag(join "\n", @lines);
like($lines[0] // '', qr/No such file|unable to open|does not exist|\(14\b|cannot be opened/i,
     '... with the reason');

# the file appears: no reload
$t->make_db;
$t->sql("INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01')");
ok(wait_for(sub { $t->get('/boot.ipxe?mac=52:54:00:00:00:01')->{status} == 200 }, 3),
   'the file appears, and answers come');
$t->answers('/boot.ipxe?mac=52:54:00:00:00:01', { host => 'web1', result => 'host' },
            'the right ones');
is($t->get('/who?mac=52:54:00:00:00:01')->{body}, '[web1|host]', 'and the variables');

$t->done_testing;
