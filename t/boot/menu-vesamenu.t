# The menu in PXELINUX, by vesamenu.c32, is driven by keys.

use strict;
use warnings;

use IPXE::Boot 'slow';
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_menu;
$boot->sql("UPDATE var SET value = 'vesamenu.c32' WHERE name = 'menu_ui'");
$boot->provide("/usr/lib/syslinux/modules/bios/$_", "html/$_") for qw(vesamenu.c32 libutil.c32 libcom32.c32);
$boot->serve(bootfile => 'lpxelinux.0',
             options => ['dhcp-option-force=210,' . IPXE::Boot::URL . '/']);

my $machine = $boot->boot(mac => '52:54:00:77:00:01',
                          when => [qr/Boot Linux .*Automatic/s => "\e[A\r"]);
like($machine->{console}, qr/Boot Linux /, 'it shows the titles');
my $config = 'pxelinux.cfg/01-52-54-00-77-00-01';
is_deeply([$boot->summary],
          [(map { "GET /$_ 200" } 'ldlinux.c32', $config, 'vesamenu.c32', 'libcom32.c32',
                                  'libutil.c32', $config, 'images/vmlinuz', 'images/initrd.gz'),
           'POST /report 200'], 'the entry that was chosen boots');
like(($boot->reports)[0], qr/ host=web1 /, 'as its host');

$boot->done_testing;
