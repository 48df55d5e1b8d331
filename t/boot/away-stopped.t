# iPXE with a stub from TFTP finds no nginx and waits until there is one, asking every five seconds.

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

$boot->stop;
$boot->news;
my $refused = IPXE::Boot::refused();
$boot->boot(mac => '52:54:00:77:00:01', when => [qr/asking again.*asking again/s => sub { $boot->run }]);
is_deeply($boot->news, ['GET /boot.ipxe 200', 'GET /images/vmlinuz 200', 'GET /images/initrd.gz 200',
                        'POST /report 200'], 'it boots when nginx is up');
cmp_ok(IPXE::Boot::refused() - $refused, '<=', 3, '... having asked every five seconds');

$boot->done_testing;
