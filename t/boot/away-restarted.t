# iPXE finds no database, waits, and nginx is restarted meanwhile: it asks again, and boots when the
# database is there.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql("INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:77:00:01', 'linux')");
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');
my $away = $boot->db . '.away';

rename $boot->db, $away or die "$away: $!";
$boot->boot(mac => '52:54:00:77:00:01', when => [sub { $boot->requests } => sub {
    $boot->stop;
    rename $away, $boot->db or die "$away: $!";
    $boot->run;
}]);
is_deeply([$boot->summary],
          ['GET /boot.ipxe 503', ('GET /boot.ipxe 200') x 2, 'GET /images/vmlinuz 200',
           'GET /images/initrd.gz 200', 'POST /report 200'], 'what it asked for');
my @request = $boot->requests;
cmp_ok($request[1]{time} - $request[0]{time}, '>', 4, 'again after Retry-After');
like(($boot->reports)[0], qr/ host=web1$/, 'and booted as its host');

$boot->expect_log(qr/hosts\.db.*No such file/i);
$boot->done_testing;
