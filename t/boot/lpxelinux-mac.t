# lpxelinux.0 comes by TFTP and is told by DHCP option 210 where its files are: on nginx, over
# its own HTTP/1.0 client. The host is found by the 01-mac file name.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES
    ('rack3', '5254.0077.0007', 'linux'), ('rack4', '5254.0077.0008', 'local');
SQL
$boot->serve(bootfile => 'lpxelinux.0',
             options => ['dhcp-option-force=210,' . IPXE::Boot::URL . '/']);
$boot->boot(mac => '52:54:00:77:00:07');

my @request = $boot->requests;
is_deeply([$boot->sent_by_tftp], ['lpxelinux.0'], 'the loader came by TFTP');
is_deeply([$boot->summary],
          ['GET /ldlinux.c32 200', 'GET /pxelinux.cfg/01-52-54-00-77-00-07 200',
           'GET /images/vmlinuz 200', 'GET /images/initrd.gz 200', 'POST /report 200'],
          'all else came from nginx');
is_deeply([@{ $request[1] }{qw(result host key)}], [qw(host rack3 mac)], 'found by its MAC');
like($request[1]{agent}, qr/^Syslinux/, 'through the HTTP client of lpxelinux.0');
like(($boot->reports)[0],
     qr{^BOOT_IMAGE=(\S+/images/vmlinuz) .* host=rack3 initrd=\S+/images/initrd\.gz$},
     'and booted as that host');

$boot->done_testing;
