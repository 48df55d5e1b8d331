# The classic recipe, way 1 of conf/dhcpd-classic.conf: a network card that knows PXE alone loads
# pxelinux.0, its configuration, its menu, kernel and initrd by TFTP. nginx is asked for nothing.

use strict;
use warnings;

use IPXE::Boot::Shipped;
use IPXE::Shipped qw(classic start_dhcp);
use Test::More;

my $boot = IPXE::Boot::Shipped->new(tftp => ['pxelinux.0', 'ldlinux.c32']);
$boot->provide("/usr/lib/syslinux/modules/bios/$_", "tftp/$_") for qw(menu.c32 libutil.c32);
$boot->provide("build/payload/$_", "tftp/$_") for qw(vmlinuz initrd.gz);
mkdir $boot->dir . '/tftp/pxelinux.cfg';
$boot->write_file('tftp/pxelinux.cfg/default', <<"PXELINUX");
UI menu.c32
MENU TITLE All of this is TFTP
TIMEOUT 20
DEFAULT disk
ONTIMEOUT linux
LABEL disk
  MENU LABEL The local disk
  LOCALBOOT 0
LABEL linux
  MENU LABEL Linux
  KERNEL vmlinuz
  APPEND initrd=initrd.gz console=ttyS0 quiet report=@{[ $boot->REPORT ]} host=from-menu
PXELINUX
start_dhcp($boot, 'dhcpd-classic.conf', classic(1));
$boot->serve(tftp => 1);
my $machine = $boot->boot(mac => '52:54:00:77:00:61', rom => 'pxe');

is_deeply([$boot->reports],
          ['BOOT_IMAGE=vmlinuz initrd=initrd.gz console=ttyS0 quiet report=' . $boot->REPORT
           . ' host=from-menu'], 'the machine booted what its menu says');
# the console of a BIOS may lose a letter now and then
like($machine->{console}, qr/All of|of this|this is TFTP/, 'after it has shown its menu');
is_deeply([$boot->summary], [], 'nginx was asked for nothing');

$boot->done_testing;
