# A machine that boots by PXELINUX is installed once, and boots its disk from then on.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_install;
$boot->sql("INSERT INTO host(name, mac) VALUES ('rack1', '52:54:00:77:00:11')");
$boot->serve(bootfile => 'lpxelinux.0',
             options => ['dhcp-option-force=210,' . IPXE::Boot::URL . '/']);
my $token = $boot->arm('rack1');

my @rack1 = (mac => '52:54:00:77:00:11', disk => $boot->empty_disk);
my @boot = ('GET /ldlinux.c32 200', 'GET /pxelinux.cfg/01-52-54-00-77-00-11 200');
$boot->boot(@rack1);
is_deeply($boot->news,
          [@boot, 'GET /images/vmlinuz 200', 'GET /images/initrd.gz 200',
           "GET /file/$token/install 200", 'GET /images/disk.img 200',
           "POST /ipxe/event/$token/done 200"], 'it installs and reports');

my $machine = $boot->boot(@rack1, until => qr/^rack1 is installed\./m);
is_deeply($boot->news, \@boot, 'then it asks for no kernel');
is($machine->{end}, 'seen', '... and boots the disk that it has written');

$boot->done_testing;
