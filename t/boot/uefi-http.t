# UEFI firmware loads snponly.efi, which is iPXE, by HTTP boot, without TFTP; DHCP sends that on to
# its script.

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
$boot->serve(bootfile => IPXE::Boot::URL . '/snponly.efi',
             options => ['dhcp-match=set:http,option:client-arch,16',
                         'dhcp-option-force=tag:http,60,HTTPClient',
                         'dhcp-userclass=set:ipxe,iPXE',
                         'dhcp-boot=tag:ipxe,' . IPXE::Boot::URL . '/boot.ipxe']);
$boot->boot(mac => '52:54:00:77:00:01', rom => 'http');

my @request = $boot->requests;
is_deeply([$boot->sent_by_tftp], [], 'nothing came by TFTP');
is_deeply([$boot->summary], ['HEAD /snponly.efi 200', 'GET /snponly.efi 200',
                             'GET /boot.ipxe 200', 'GET /boot.ipxe 200', 'GET /images/vmlinuz 200',
                             'GET /images/initrd.gz 200', 'POST /report 200'],
          'all came from nginx');
like($request[0]{agent}, qr/^UefiHttpBoot/, 'at first through the HTTP client of the firmware');
is_deeply([@{ $request[3] }{qw(result host key)}], [qw(host blade1 mac)], 'found by its MAC');
like(($boot->reports)[0], qr/ host=blade1$/, 'and booted as that host');

$boot->done_testing;
