# The menu in PXELINUX, by menu.c32, is driven by keys. It boots its default when nobody types.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_menu;
$boot->provide("/usr/lib/syslinux/modules/bios/$_", "html/$_") for qw(menu.c32 libutil.c32);
$boot->serve(bootfile => 'lpxelinux.0',
             options => ['dhcp-option-force=210,' . IPXE::Boot::URL . '/']);

# menu.c32 reads the configuration again, for itself
sub boot {
    my $config = "pxelinux.cfg/01-52-54-00-77-00-$_[0]";
    return map { "GET /$_ 200" } 'ldlinux.c32', $config, 'menu.c32', 'libutil.c32', $config;
}

my $machine = $boot->boot(mac => '52:54:00:77:00:01',
                          when => [qr/Boot Linux .*Automatic/s => "\e[A\r"]);
like($machine->{console}, qr/Boot Linux /, 'it shows the titles');
is_deeply($boot->news, [boot('01'), 'GET /images/vmlinuz 200', 'GET /images/initrd.gz 200',
                        'POST /report 200'], 'the entry that was chosen boots');
like(($boot->reports)[0], qr/ host=web1 /, 'as its host');

$boot->sql("UPDATE var SET value = '3' WHERE name = 'menu_timeout'");
my $disk_says = IPXE::Boot::DISK_SAYS;
$machine = $boot->boot(mac => '52:54:00:77:00:02', disk => 1, until => qr/^\Q$disk_says\E/m);
is($machine->{end}, 'seen', 'without a key the default boots: the local disk');
is_deeply($boot->news, [boot('02')], '... with no kernel from here');

$boot->done_testing;
