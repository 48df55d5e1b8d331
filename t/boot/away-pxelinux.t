# PXELINUX finds no nginx, then no database, boots no default, and starts again after the seconds of
# DHCP option 211. It boots when both are back.

use strict;
use warnings;

use IPXE::Boot 'slow';
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql("INSERT INTO host(name, mac, profile) VALUES ('rack1', '52:54:00:77:00:01', 'linux')");
$boot->serve(bootfile => 'lpxelinux.0',
             options => ['dhcp-option-force=210,' . IPXE::Boot::URL . '/',
                         'dhcp-option-force=211,5i']);
my $away = $boot->db . '.away';

$boot->stop;
rename $boot->db, $away or die "$away: $!";
$boot->boot(mac => '52:54:00:77:00:01', reboot => 1, limit => 360,
            when => [qr/wait for reset/ => sub { $boot->run },
                     sub { grep { m{/default 503} } $boot->summary } =>
                         sub { rename $away, $boot->db or die "$away: $!" }],
            until => sub { $boot->reports });

my @config = grep { m{/pxelinux\.cfg/} } $boot->summary;
my $name = '/pxelinux.cfg/01-52-54-00-77-00-01';
is_deeply([grep { !m{/0A} } @config],
          ["GET $name 503", 'GET /pxelinux.cfg/0 503', 'GET /pxelinux.cfg/default 503',
           "GET $name 200"], 'it asks for all names, and again for its own');
like(($boot->reports)[0], qr/ host=rack1 /, 'and boots as its host');

$boot->expect_log(qr/hosts\.db.*No such file/i);
$boot->done_testing;
