# The menu in GRUB, which a BIOS loads by PXE, is driven by keys. It boots its default when nobody
# types.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_menu;
$boot->grub('i386-pc-pxe');
$boot->serve(bootfile => IPXE::Boot::URL . '/grub/core.0');

my @boot = ('GET /grub/core.0 200', ('GET /grub/grub.cfg 200') x 2);
sub news { [grep { !m{\.lst } } @{ $boot->news }] }

my $machine = $boot->boot(mac => '52:54:00:77:00:01', when => [qr/Boot Linux/ => "\e[A\r"]);
like($machine->{console}, qr/Boot Linux/, 'it shows the titles');
is_deeply(news(), [@boot, 'GET /images/vmlinuz 200', 'GET /images/initrd.gz 200',
                   'POST /report 200'], 'the entry that was chosen boots');
like(($boot->reports)[0], qr/ host=web1/, 'as its host');

$boot->sql("UPDATE var SET value = '3' WHERE name = 'menu_timeout'");
my $disk_says = IPXE::Boot::DISK_SAYS;
$machine = $boot->boot(mac => '52:54:00:77:00:02', disk => 1, until => qr/^\Q$disk_says\E/m);
is($machine->{end}, 'seen', 'without a key the default boots: the local disk');
is_deeply(news(), \@boot, '... with no kernel from here');

$boot->done_testing;
