# UEFI firmware loads snponly.efi, which is iPXE, by PXE and TFTP; DHCP sends that on to nginx.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES
    ('blade1', '52:54:00:77:00:01', 'linux'), ('blade2', '52:54:00:77:00:02', 'local');
SQL
$boot->serve(bootfile => 'snponly.efi',
             options => ['dhcp-userclass=set:ipxe,iPXE',
                         'dhcp-boot=tag:ipxe,' . IPXE::Boot::URL . '/boot.ipxe']);
$boot->boot(mac => '52:54:00:77:00:01', rom => 'uefi');

my @request = $boot->requests;
is(($boot->sent_by_tftp)[-1], 'snponly.efi', 'iPXE came by TFTP');
is_deeply([$boot->summary], ['GET /boot.ipxe 200', 'GET /boot.ipxe 200', 'GET /images/vmlinuz 200',
                             'GET /images/initrd.gz 200', 'POST /report 200'],
          'all else came from nginx');
like($request[1]{uri}, qr/&arch=x86_64&platform=efi&/, 'asked for as a machine with UEFI');
is_deeply([@{ $request[1] }{qw(result host key)}], [qw(host blade1 mac)], 'found by its MAC');
like(($boot->reports)[0], qr/^\S+ initrd=initrd\.gz .* host=blade1$/, 'and booted as that host');

$boot->done_testing;
