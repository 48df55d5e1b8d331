# A machine boots from its second network card because DHCP answers on that one alone.

use strict;
use warnings;

use IPXE::Boot 'slow';
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES
    ('web1', '52:54:00:77:00:01', 'linux'), ('web2', '52:54:00:77:00:03', 'local');
INSERT INTO nic(host, mac) VALUES ('web1', '52-54-00-77-00-02');
SQL
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');
$boot->unplug(0);
$boot->boot(mac => ['52:54:00:77:00:01', '52:54:00:77:00:02'], limit => 200);

my @request = $boot->requests;
is_deeply([$boot->summary], ['GET /boot.ipxe 200', 'GET /boot.ipxe 200', 'GET /images/vmlinuz 200',
                             'GET /images/initrd.gz 200', 'POST /report 200'], 'what it asked for');
like($request[1]{uri}, qr/mac=52-54-00-77-00-02&/, 'as the card that had an answer');
is_deeply([@{ $request[1] }{qw(result host key)}], [qw(host web1 mac)], 'found by its MAC');
like(($boot->reports)[0], qr/ host=web1$/, 'and booted as that host');

$boot->done_testing;
