# A machine with UEFI is installed once: its firmware gets iPXE by TFTP; the disk that it writes
# has a boot loader for UEFI, which answers from then on.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_install(uefi => 1);
$boot->sql("INSERT INTO host(name, mac) VALUES ('blade1', '52:54:00:77:00:21')");
my $token = $boot->arm('blade1');
$boot->serve(bootfile => 'snponly.efi',
             options => ['dhcp-userclass=set:ipxe,iPXE',
                         'dhcp-boot=tag:ipxe,' . IPXE::Boot::URL . '/boot.ipxe',
                         # Between iPXE and the disk this firmware tries to boot by HTTP, over
                         # IPv4 and IPv6, and gives up at once only when told what is not there.
                         'dhcp-match=set:http,option:client-arch,16',
                         'dhcp-option-force=tag:http,60,HTTPClient',
                         'dhcp-boot=tag:http,' . IPXE::Boot::URL . '/none.efi',
                         'dhcp-range=fd77::100,fd77::1ff']);

my @blade1 = (mac => '52:54:00:77:00:21', rom => 'uefi', disk => $boot->empty_disk, limit => 90);
my @boot = ('GET /boot.ipxe 200') x 2;
$boot->boot(@blade1);
is_deeply($boot->news,
          [@boot, 'GET /images/vmlinuz 200', 'GET /images/initrd.gz 200',
           "GET /file/$token/install 200", 'GET /images/efi.img 200',
           "POST /ipxe/event/$token/done 200"], 'it installs and reports');
like(($boot->requests)[1]{uri}, qr/&platform=efi&/, '... as a machine with UEFI');

my $machine = $boot->boot(@blade1, until => qr/^blade1 is installed\./m);
is_deeply([grep { !m{ /none\.efi } } @{ $boot->news }], \@boot, 'then it asks for no kernel');
is($machine->{end}, 'seen', '... and boots the disk that it has written');

$boot->done_testing;
