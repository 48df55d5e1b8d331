# UEFI firmware loads GRUB by HTTP boot, and GRUB boots the disk.

use strict;
use warnings;

use IPXE::Boot 'slow';
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql("INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:77:00:01', 'local')");
$boot->grub('x86_64-efi');
$boot->serve(bootfile => IPXE::Boot::URL . '/grub/core.efi',
             options => ['dhcp-match=set:http,option:client-arch,16',
                         'dhcp-option-force=tag:http,60,HTTPClient']);

my $disk_says = IPXE::Boot::DISK_SAYS;
my $machine = $boot->boot(mac => '52:54:00:77:00:01', rom => 'http',
                          disk => $boot->dir . '/images/efi.img', until => qr/^\Q$disk_says\E/m);
like($machine->{console}, qr/^web1: booting the local disk$/m, 'GRUB says so');
is($machine->{end}, 'seen', '... and does it');
is_deeply([grep { / 200$/ } $boot->summary],
          ['HEAD /grub/core.efi 200', 'GET /grub/core.efi 200', ('GET /grub/grub.cfg 200') x 2],
          '... having asked once');

$boot->done_testing;
