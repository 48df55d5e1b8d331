# iPXE finds no nginx. With a stub from TFTP it asks every five seconds until there is one; with a
# URL from DHCP it boots the disk.

use strict;
use warnings;

use IPXE::Boot;
use IPXE::Test qw(curl);
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql("INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:77:00:01', 'linux')");
$boot->serve(bootfile => 'boot.ipxe',
             options => ['dhcp-mac=set:url,52:54:00:78:*:*',
                         'dhcp-boot=tag:url,' . IPXE::Boot::URL . '/boot.ipxe']);
$boot->write_file('tftp/boot.ipxe', curl(IPXE::Boot::URL . '/boot.ipxe'));
$boot->stop;
$boot->news;

my $disk_says = IPXE::Boot::DISK_SAYS;
my $machine = $boot->boot(mac => '52:54:00:78:00:01', disk => 1, until => qr/^\Q$disk_says\E/m);
is($machine->{end}, 'seen', 'with a URL it boots the disk');

my ($start, $refused) = (time, IPXE::Boot::refused());
$boot->boot(mac => '52:54:00:77:00:01',
            when => [qr/asking again.*asking again/s => sub { $boot->run }]);
is_deeply($boot->news, ['GET /boot.ipxe 200', 'GET /images/vmlinuz 200',
                        'GET /images/initrd.gz 200', 'POST /report 200'],
          'with a stub it boots when nginx is up');
cmp_ok(IPXE::Boot::refused() - $refused, '<=', 2 + (time - $start) / 5,
       '... having asked every five seconds');

$boot->done_testing;
