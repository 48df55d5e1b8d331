# UEFI firmware that tries the network first goes on to the disk when iPXE ends. Without a disk it
# says so, having asked once.

use strict;
use warnings;

use IPXE::Boot 'slow';
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql("INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:77:00:01', 'local')");
$boot->serve(bootfile => 'snponly.efi',
             options => ['dhcp-userclass=set:ipxe,iPXE',
                         'dhcp-boot=tag:ipxe,' . IPXE::Boot::URL . '/boot.ipxe',
                         IPXE::Boot::NO_HTTP_BOOT]);
my @web1 = (mac => '52:54:00:77:00:01', rom => 'uefi');
sub boots { [grep { !m{ /none\.efi } } @{ $boot->news }] }

my $disk_says = IPXE::Boot::DISK_SAYS;
my $machine = $boot->boot(@web1, disk => $boot->dir . '/images/efi.img',
                          until => qr/^\Q$disk_says\E/m);
is($machine->{end}, 'seen', 'it boots its disk');
is_deeply(boots(), [('GET /boot.ipxe 200') x 2], '... having asked once');

$machine = $boot->boot(@web1, until => qr/^Shell>/m);
is_deeply(boots(), [('GET /boot.ipxe 200') x 2], 'a machine without a disk asks once');
like($machine->{console}, qr/^No more network devices$/m, '... leaves the network');
is($machine->{end}, 'seen', '... and ends in what its firmware has for that');

$boot->done_testing;
