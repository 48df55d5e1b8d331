# Firmware that tries the network first ends on the disk, by iPXE and by PXELINUX. Without a disk
# it says so, and starts again and again without hammering the server.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES
    ('web1', '52:54:00:77:00:01', 'local'), ('rack1', '52:54:00:78:00:01', 'local');
SQL
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe',
             options => ['dhcp-mac=set:rack,52:54:00:78:*:*', 'dhcp-boot=tag:rack,lpxelinux.0',
                         'dhcp-option-force=tag:rack,210,' . IPXE::Boot::URL . '/']);
my %boot = (web1 => [('GET /boot.ipxe 200') x 2],
            rack1 => ['GET /ldlinux.c32 200', 'GET /pxelinux.cfg/01-52-54-00-78-00-01 200']);
my %mac = (web1 => '52:54:00:77:00:01', rack1 => '52:54:00:78:00:01');

my $disk_says = IPXE::Boot::DISK_SAYS;
for my $host (qw(web1 rack1)) {
    my $machine = $boot->boot(mac => $mac{$host}, disk => 1, until => qr/^\Q$disk_says\E/m);
    is($machine->{end}, 'seen', "$host boots its disk");
    is_deeply($boot->news, $boot{$host}, '... having asked once');
}

my $machine = $boot->boot(mac => $mac{web1});
is_deeply($boot->news, $boot{web1}, 'a machine without a disk asks once');
like($machine->{console}, qr/^Boot from SAN device 0x80 failed: /m, '... says what failed');
is($machine->{end}, 'stuck', '... and leaves the rest to its firmware');

my $loops = 2;
my $asked = $boot->requests;
$boot->boot(mac => $mac{web1}, reboot => 1,
            until => sub { $boot->requests >= $asked + 2 * $loops });
is_deeply($boot->news, [(@{ $boot{web1} }) x $loops], 'firmware that begins again asks again');
cmp_ok($boot->busiest, '<=', 2, '... in its own time');

$boot->done_testing;
