# The classic recipe, way 3 of conf/dhcpd-classic.conf, as it stands: a network card that knows PXE
# alone loads undionly.kpxe, the one file that TFTP has. That is iPXE, which DHCP knows by its user
# class and gives the URL of pxelinux.0; all else comes from nginx.

use strict;
use warnings;

use IPXE::Boot::Shipped;
use IPXE::Shipped qw(start_dhcp);
use IPXE::Test qw(slurp);
use Test::More;

my ($recipe) = slurp('conf/dhcpd-classic.conf') =~ /^( +if .*?^    \}\n)\n/ms;
is($recipe =~ s/\s+/ /gr, ' if exists user-class and option user-class = "iPXE" {'
   . ' filename "http://10.0.0.1/pxelinux.0"; } else { filename "undionly.kpxe"; } ',
   'conf/dhcpd-classic.conf has the recipe word for word');

my $boot = IPXE::Boot::Shipped->new(tftp => ['undionly.kpxe']);
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES
    ('old1', '52:54:00:77:00:64', 'linux'), ('old2', '52:54:00:77:00:65', 'local');
SQL
start_dhcp($boot, 'dhcpd-classic.conf');
$boot->serve(tftp => 1);
my $machine = $boot->boot(mac => '52:54:00:77:00:64', rom => 'pxe');

like($machine->{console}, qr/^net0: 52:54:00:77:00:64 using undionly/m,
     'undionly.kpxe is what runs');
is_deeply([$boot->summary],
          ['GET /pxelinux.0 200', 'GET /ldlinux.c32 200',
           'GET /pxelinux.cfg/01-52-54-00-77-00-64 200', 'GET /images/vmlinuz 200',
           'GET /images/initrd.gz 200'], 'all else came from nginx');
is_deeply([@{ ($boot->requests)[2] }{qw(result host key)}], [qw(host old1 mac)], 'by its row');
like(($boot->reports)[0], qr{^BOOT_IMAGE=\S+/images/vmlinuz .* host=old1 initrd=\S+$},
     'and so is the machine');

$boot->done_testing;
