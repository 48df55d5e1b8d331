# A machine without a UUID shows one of zeros, which is taken for none. Its host is found by its
# MAC, though its row has a UUID, and no row can have the zeros.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, uuid, profile)
    VALUES ('web1', '52:54:00:77:00:01', '11223344-5566-7788-99aa-bbccddeeff00', 'linux');
INSERT INTO host(name, mac) VALUES ('web2', '52:54:00:77:00:02');
SQL
my (undef, $refused) =
    $boot->sql("UPDATE host SET uuid = '00000000-0000-0000-0000-000000000000' WHERE name = 'web2'");
like($refused, qr/host\.uuid/, 'a row cannot have it');
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');
$boot->boot(mac => '52:54:00:77:00:01');

my @request = $boot->requests;
is_deeply([$boot->summary], ['GET /boot.ipxe 200', 'GET /boot.ipxe 200', 'GET /images/vmlinuz 200',
                             'GET /images/initrd.gz 200', 'POST /report 200'], 'what it asked for');
like($request[1]{uri}, qr/&uuid=00000000-0000-0000-0000-000000000000&/, 'with a UUID of zeros');
is_deeply([@{ $request[1] }{qw(result host key)}], [qw(host web1 mac)], 'found by its MAC');
like(($boot->reports)[0], qr/ host=web1$/, 'and booted as that host');

$boot->done_testing;
