# Two rows claim the machine, one by its MAC, one by its UUID. Neither is installed: the console
# names both, and the machine goes on to its disk.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES ('left', '52:54:00:77:00:09', 'linux');
INSERT INTO host(name, uuid, profile)
    VALUES ('right', '11223344-5566-7788-99aa-bbccddeeff09', 'linux');
SQL
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');
my $disk_says = IPXE::Boot::DISK_SAYS;
my $machine = $boot->boot(mac => '52:54:00:77:00:09', disk => 1, until => qr/^\Q$disk_says\E/m,
                          uuid => '11223344-5566-7788-99aa-bbccddeeff09');

my @request = $boot->requests;
is_deeply([$boot->summary], ['GET /boot.ipxe 200', 'GET /boot.ipxe 200'], 'it asked for no kernel');
is($request[1]{result}, 'conflict', 'the answer was a conflict');
is($request[1]{host}, '', 'and of no host');
for my $name (qw(left right)) {
    like($machine->{console}, qr/\b$name\b/, "the console names $name");
}
is($machine->{end}, 'seen', 'the machine went on to its disk');

$boot->done_testing;
