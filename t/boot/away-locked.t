# iPXE finds the database locked and waits until it is not. It is a database in rollback mode with
# a BEGIN EXCLUSIVE; the answer is 503 with Retry-After, and iPXE asks again in peace.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql('PRAGMA journal_mode = DELETE');
$boot->sql("INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:77:00:01', 'linux')");
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');

my $session = $boot->sql_session;
$session->('BEGIN EXCLUSIVE;');
my @refused;
my $twice = sub { @refused = grep { $_->{status} == 503 } $boot->requests; @refused >= 2 };
$boot->boot(mac => '52:54:00:77:00:01', when => [$twice => sub { $session->('COMMIT;') }]);
$session->();

is_deeply([$boot->summary],
          [('GET /boot.ipxe 503') x 2, ('GET /boot.ipxe 200') x 2, 'GET /images/vmlinuz 200',
           'GET /images/initrd.gz 200', 'POST /report 200'], 'what it asked for');
cmp_ok($refused[1]{time} - $refused[0]{time}, '>', 4, 'it asks again after Retry-After');
is($refused[0]{result}, 'unavailable', '... as long as there is no database');
like(($boot->reports)[0], qr/ host=web1$/, 'and boots as its host');

$boot->expect_log(qr/hosts\.db.*locked/);
$boot->done_testing;
