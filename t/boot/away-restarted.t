# iPXE finds no database, waits, and nginx is restarted meanwhile. It has its stub from TFTP, asks
# again, and boots when the database is there.

use strict;
use warnings;

use IPXE::Boot;
use IPXE::Test qw(curl);
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql("INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:77:00:01', 'linux')");
$boot->serve(bootfile => 'boot.ipxe');
$boot->write_file('tftp/boot.ipxe', curl(IPXE::Boot::URL . '/boot.ipxe'));
my $away = $boot->db . '.away';

$boot->stop;
$boot->news;
rename $boot->db, $away or die "$away: $!";
$boot->run;
$boot->boot(mac => '52:54:00:77:00:01', when => [sub { grep { / 503$/ } $boot->summary } => sub {
    $boot->stop;
    rename $away, $boot->db or die "$away: $!";
    $boot->run;
}]);
is_deeply($boot->news, ['GET /boot.ipxe 503', 'GET /boot.ipxe 200', 'GET /images/vmlinuz 200',
                        'GET /images/initrd.gz 200', 'POST /report 200'], 'what it asked for');
my @ask = grep { $_->{path} eq '/boot.ipxe' } $boot->requests;
cmp_ok($ask[-1]{time} - $ask[-2]{time}, '>', 4, 'again after Retry-After');
like(($boot->reports)[0], qr/ host=web1$/, 'and booted as its host');

$boot->expect_log(qr/hosts\.db.*No such file/i);
$boot->done_testing;
