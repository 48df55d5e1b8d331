# iPXE of a machine that no row knows is told so, with what to insert, and boots the disk.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:77:00:01', 'linux');
UPDATE var SET value = '2' WHERE name = 'wait_seconds';
SQL
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');
my $disk_says = IPXE::Boot::DISK_SAYS;
my $machine = $boot->boot(mac => '52:54:00:77:00:ee', disk => 1, until => qr/^\Q$disk_says\E/m,
                          uuid => '99999999-0000-4321-8000-000000000001', asset => 'AT-9');

my @request = $boot->requests;
is_deeply([$boot->summary], ['GET /boot.ipxe 200', 'GET /boot.ipxe 200'], 'it asked for no kernel');
is_deeply([@{ $request[1] }{qw(result host profile)}], ['default', '', 'default'],
          'it was answered with the default profile');
is($machine->{end}, 'seen', 'its local disk was booted');
like($machine->{console}, qr/not in the host database/, 'its console says that it is unknown');
like($machine->{console}, qr/INSERT INTO host.*'52:54:00:77:00:ee'/, 'and what to insert');

$boot->done_testing;
