# A machine with an empty disk is installed once: it gets its answer file by its token, writes its
# disk, reports, and boots that disk from then on. One that is killed in the middle is installed
# again; one that reports a failure is not.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_install;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:77:00:01'), ('web2', '52:54:00:77:00:02');
INSERT INTO var(host, name, value) VALUES ('web1', 'pause', '60');
SQL
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');
my $token = $boot->arm('web1');

my $disk = $boot->empty_disk;
my @web1 = (mac => '52:54:00:77:00:01', disk => $disk);
my @boot = ('GET /boot.ipxe 200') x 2;
my @install = (@boot, 'GET /images/vmlinuz 200', 'GET /images/initrd.gz 200',
               "GET /file/$token/install 200", 'GET /images/disk.img 200');

my $machine = $boot->boot(@web1, until => qr/^the disk is written/m);
is($machine->{end}, 'seen', 'killed before it has reported');
is_deeply($boot->news, \@install, '... it had its answer file by then');

$boot->sql("UPDATE var SET value = '0' WHERE name = 'pause'");
$machine = $boot->boot(@web1);
is_deeply($boot->news, [@install, "POST /ipxe/event/$token/done 200"],
          'started again, it installs again, and reports');
like($machine->{console}, qr/^installing web1$/m, '... by the answer file of its host');
is($machine->{end}, 'off', '... and reboots');
is($boot->events('SELECT host, profile, state FROM spent'), 'web1|install|done', '... recorded');

$machine = $boot->boot(@web1, until => qr/^web1 is installed\./m);
is_deeply($boot->news, \@boot, 'then it asks for no kernel');
is($machine->{end}, 'seen', '... and boots the disk that it has written');

# no disk to write to
$token = $boot->arm('web2');
my @web2 = (mac => '52:54:00:77:00:02');
$boot->boot(@web2);
is($boot->news->[-1], "POST /ipxe/event/$token/failed 200", 'a machine without a disk reports');
is($boot->events("SELECT said FROM installed WHERE state = 'failed'"), 'web2 has no disk',
   '... why it failed');
my $disk_says = IPXE::Boot::DISK_SAYS;
$boot->boot(@web2, disk => 1, until => qr/^\Q$disk_says\E/m);
is_deeply($boot->news, \@boot, '... and does not try again');

$boot->done_testing;
