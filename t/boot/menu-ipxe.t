# The menu in iPXE is driven by keys. It boots its default when nobody types.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_menu;
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');

my @boot = ('GET /boot.ipxe 200') x 2;
my $machine = $boot->boot(mac => '52:54:00:77:00:01', when => [qr/Boot Linux/ => "\e[A\r"]);
like($machine->{console}, qr/Boot Linux/, 'it shows the titles');
is_deeply($boot->news, [@boot, 'GET /images/vmlinuz 200', 'GET /images/initrd.gz 200',
                        'POST /report 200'], 'the entry that was chosen boots');
like(($boot->reports)[0], qr/ host=web1$/, 'as its host');

$boot->sql("UPDATE var SET value = '3' WHERE name = 'menu_timeout'");
my $disk_says = IPXE::Boot::DISK_SAYS;
$machine = $boot->boot(mac => '52:54:00:77:00:02', disk => 1, until => qr/^\Q$disk_says\E/m);
is($machine->{end}, 'seen', 'without a key the default boots: the local disk');
is_deeply($boot->news, \@boot, '... with no kernel from here');

$boot->done_testing;
