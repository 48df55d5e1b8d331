# lpxelinux.0 comes by TFTP and is told by DHCP options 209 and 210 the one file to ask for. It is
# the same for all machines: the cookie that lpxelinux.0 sends says whose it is.

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
             options => ['dhcp-option-force=209,pxelinux.cfg/default',
                         'dhcp-option-force=210,' . IPXE::Boot::URL . '/']);
$boot->boot(mac => '52:54:00:77:00:07', uuid => '11223344-5566-7788-99aa-bbccddeeff07');

my @request = $boot->requests;
is_deeply([$boot->sent_by_tftp], ['lpxelinux.0'], 'the loader came by TFTP');
is_deeply([$boot->summary],
          ['GET /ldlinux.c32 200', 'GET /pxelinux.cfg/default 200', 'GET /images/vmlinuz 200',
           'GET /images/initrd.gz 200', 'POST /report 200'], 'all else came from nginx');
is_deeply([@{ $request[1] }{qw(result host key)}], [qw(host rack3 mac)], 'found by its cookie');
like(($boot->reports)[0], qr{^BOOT_IMAGE=\S+ .* host=rack3 initrd=\S+$}, 'and booted as that host');

$boot->done_testing;
