# A network card that knows DHCP and TFTP alone loads undionly.kpxe, which is iPXE; DHCP sends that
# on to nginx.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES
    ('old1', '52:54:00:77:00:05', 'linux'), ('old2', '52:54:00:77:00:06', 'local');
SQL
$boot->serve(bootfile => 'undionly.kpxe',
             options => ['dhcp-userclass=set:ipxe,iPXE',
                         'dhcp-boot=tag:ipxe,' . IPXE::Boot::URL . '/boot.ipxe']);
my $machine = $boot->boot(mac => '52:54:00:77:00:05', rom => 'pxe');

my @request = $boot->requests;
is_deeply([$boot->sent_by_tftp], ['undionly.kpxe'], 'iPXE came by TFTP, once');
is_deeply([$boot->summary], ['GET /boot.ipxe 200', 'GET /boot.ipxe 200', 'GET /images/vmlinuz 200',
                             'GET /images/initrd.gz 200', 'POST /report 200'],
          'all else came from nginx');
is_deeply([@{ $request[1] }{qw(result host key)}], [qw(host old1 mac)], 'the host of its MAC');
like(($boot->reports)[0], qr/ host=old1$/, 'and booted as that host');
like($machine->{console}, qr/^net0: 52:54:00:77:00:05 using undionly/m,
     'through the network driver of the card');

$boot->done_testing;
