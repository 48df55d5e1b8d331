# PXELINUX of a machine that no row knows is told so by `default`, and boots the disk. Before that
# it looks through all its file names.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:77:00:01', 'linux');
UPDATE var SET value = '2' WHERE name = 'wait_seconds';
SQL
$boot->serve(bootfile => 'lpxelinux.0',
             options => ['dhcp-option-force=210,' . IPXE::Boot::URL . '/']);
my $disk_says = IPXE::Boot::DISK_SAYS;
my $machine = $boot->boot(mac => '52:54:00:77:00:ef', disk => 1, until => qr/^\Q$disk_says\E/m,
                          uuid => '99999999-0000-4321-8000-000000000001');

my @request = $boot->requests;
my @ask = map { m{ /pxelinux\.cfg/(.*)} } $boot->summary;
like(join(', ', @ask[2 .. 9]), qr/^0A4D00.. 404(?:, 0A4\w* 404){5}, 0A 404, 0 404$/,
     'names made of its address are not found');
is_deeply([@ask[0, 1, 10 .. $#ask]], ['99999999-0000-2143-8000-000000000001 404',
                                      '01-52-54-00-77-00-ef 404', 'default 200'],
          'nor are its UUID and MAC; then comes default');
is_deeply([@{ $request[-1] }{qw(result host profile)}], ['default', '', 'default'],
          'which is the default profile, and the last it asked for');
is($machine->{end}, 'seen', 'its local disk was booted');
like($machine->{console}, qr/not in the host database/, 'its console says that it is unknown');

$boot->done_testing;
