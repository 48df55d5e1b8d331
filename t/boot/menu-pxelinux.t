# The menu in PXELINUX, by menu.c32 and vesamenu.c32, is driven by keys. It boots its default when
# nobody types.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_menu;
$boot->provide("/usr/lib/syslinux/modules/bios/$_", "html/$_")
    for qw(menu.c32 vesamenu.c32 libutil.c32 libcom32.c32);
$boot->serve(bootfile => 'lpxelinux.0',
             options => ['dhcp-option-force=210,' . IPXE::Boot::URL . '/']);

# the program of the menu reads the configuration again, for itself
sub boot {
    my ($mac, @program) = @_;
    my $config = 'pxelinux.cfg/01-' . $mac =~ tr/:/-/r;
    return map { "GET /$_ 200" } 'ldlinux.c32', $config, @program, 'libutil.c32', $config;
}

my @program = ('menu.c32');
for my $mac ('52:54:00:77:00:01', '52:54:00:77:00:02') {
    my $machine = $boot->boot(mac => $mac, when => [qr/Boot Linux .*Automatic/s => "\e[A\r"]);
    like($machine->{console}, qr/Boot Linux /, "$program[0] shows the titles");
    is_deeply($boot->news, [boot($mac, @program), 'GET /images/vmlinuz 200',
                            'GET /images/initrd.gz 200', 'POST /report 200'],
              'the entry that was chosen boots');
    like(($boot->reports)[-1], qr/ host=web\d /, 'as its host');
    @program = ('vesamenu.c32', 'libcom32.c32');
    $boot->sql("UPDATE var SET value = '$program[0]' WHERE name = 'menu_ui'");
}

$boot->sql("UPDATE var SET value = '3' WHERE name = 'menu_timeout'");
my $disk_says = IPXE::Boot::DISK_SAYS;
my $machine = $boot->boot(mac => '52:54:00:77:00:03', disk => 1, until => qr/^\Q$disk_says\E/m);
is($machine->{end}, 'seen', 'without a key the default boots: the local disk');
is_deeply($boot->news, [boot('52:54:00:77:00:03', @program)], '... with no kernel from here');

$boot->done_testing;
