# The classic recipe, way 2 of conf/dhcpd-classic.conf: iPXE is the ROM of the network card, and
# DHCP names an http:// URL, that of pxelinux.0. There is no TFTP server.

use strict;
use warnings;

use IPXE::Boot::Shipped;
use IPXE::Shipped qw(classic start_dhcp);
use IPXE::Test qw(curl);
use Test::More;

my $boot = IPXE::Boot::Shipped->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES
    ('rom1', '52:54:00:77:00:62', 'linux'), ('rom2', '52:54:00:77:00:63', 'local');
SQL
start_dhcp($boot, 'dhcpd-classic.conf', classic(2));
$boot->serve;
my $machine = $boot->boot(mac => '52:54:00:77:00:62');

is_deeply([$boot->summary],
          ['GET /pxelinux.0 200', 'GET /ldlinux.c32 200',
           'GET /pxelinux.cfg/01-52-54-00-77-00-62 200', 'GET /images/vmlinuz 200',
           'GET /images/initrd.gz 200'], 'PXELINUX, its configuration, kernel and initrd');
is_deeply([@{ ($boot->requests)[2] }{qw(result host key profile)}], [qw(host rom1 mac linux)],
          'the configuration is that of its row');
like(($boot->reports)[0], qr{^BOOT_IMAGE=\S+/images/vmlinuz .* host=rom1 initrd=\S+$},
     'and so is the machine');
is($machine->{end}, 'off', '... which powers off');

is(curl(IPXE::Boot::URL . '/menu.c32'), "# there is no such file\n",
   'what is not there is nothing that a boot loader would run');

$boot->done_testing;
