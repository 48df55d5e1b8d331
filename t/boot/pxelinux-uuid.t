# pxelinux.0 under iPXE is found by the machine's UUID. It asks for a file that is named after that
# with its first three fields in the other byte order, not as everybody else writes it.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, uuid, profile) VALUES
    ('rack1', '11223344-5566-7788-99aa-bbccddeeff00', 'linux'),
    ('rack2', '11223344-5566-7788-99aa-bbccddeeff01', 'local');
SQL
$boot->serve(bootfile => IPXE::Boot::URL . '/pxelinux.0');
my $machine = $boot->boot(uuid => '11223344-5566-7788-99aa-bbccddeeff00');

my @request = $boot->requests;
is_deeply([$boot->summary],
          ['GET /pxelinux.0 200', 'GET /ldlinux.c32 200',
           'GET /pxelinux.cfg/44332211-6655-8877-99aa-bbccddeeff00 200',
           'GET /images/vmlinuz 200', 'GET /images/initrd.gz 200', 'POST /report 200'],
          'what it asked for');
is_deeply([@{ $request[2] }{qw(result host key)}], [qw(host rack1 uuid)], 'found by its UUID');
like($request[2]{agent}, qr/^iPXE/, 'through the HTTP client of iPXE');
like(($boot->reports)[0],
     qr{^BOOT_IMAGE=(\S+/images/vmlinuz) .* host=rack1 initrd=\S+/images/initrd\.gz$},
     'and booted as that host');
like($machine->{console}, qr/^PXELINUX 6/m, 'by PXELINUX');

$boot->done_testing;
