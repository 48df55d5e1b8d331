# pxelinux.0 under iPXE finds no database and waits until there is one, as iPXE does.

use strict;
use warnings;

use IPXE::Boot 'slow';
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql("INSERT INTO host(name, mac, profile) VALUES ('rack1', '52:54:00:77:00:01', 'linux')");
$boot->serve(bootfile => IPXE::Boot::URL . '/pxelinux.0');
my $away = $boot->db . '.away';

rename $boot->db, $away or die "$away: $!";
$boot->boot(mac => '52:54:00:77:00:01',
            when => [sub { (grep { / 503$/ } $boot->summary) >= 2 } =>
                     sub { rename $away, $boot->db or die "$away: $!" }]);

my $name = '/pxelinux.cfg/01-52-54-00-77-00-01';
my @ask = grep { $_->{path} =~ m{^/pxelinux\.cfg/} } $boot->requests;
like(join(' ', map { "$_->{path} $_->{status}" } @ask),
     qr{^(?:$name 503 ){2,}$name 200$}, 'it asks for its own name until there is an answer');
cmp_ok($ask[1]{time} - $ask[0]{time}, '>', 4, '... after Retry-After each time');
like(($boot->reports)[0], qr/ host=rack1 /, 'and boots as its host');

$boot->expect_log(qr/hosts\.db.*No such file/i);
$boot->done_testing;
