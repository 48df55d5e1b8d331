# iPXE finds the database locked and waits until it is not. It is a database in rollback mode with
# a BEGIN EXCLUSIVE; the answer is 503 with Retry-After, and iPXE asks again in peace.

use strict;
use warnings;

use IPXE::Boot 'slow';
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql('PRAGMA journal_mode = DELETE');
$boot->sql("INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:77:00:01', 'linux')");
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');

my $session = $boot->sql_session;
$session->('BEGIN EXCLUSIVE;');
my $twice = sub { $boot->requests >= 2 };
$boot->boot(mac => '52:54:00:77:00:01', when => [$twice => sub { $session->('COMMIT;') }]);
$session->();

my @ask = grep { $_->{path} eq '/boot.ipxe' } $boot->requests;
like(join(' ', map { $_->{status} } @ask), qr/^503 503(?: 503)* 200 200$/, 'it asks until then');
cmp_ok($ask[1]{time} - $ask[0]{time}, '>', 4, '... after Retry-After each time');
is($ask[0]{result}, 'unavailable', '... as long as there is no database');
like(($boot->reports)[0], qr/ host=web1$/, 'and boots as its host');

$boot->expect_log(qr/hosts\.db.*locked/);
$boot->done_testing;
