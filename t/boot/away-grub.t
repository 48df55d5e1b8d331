# GRUB finds no database and waits until there is one. Its stub needs none, and asks again every
# five seconds.

use strict;
use warnings;

use IPXE::Boot 'slow';
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql("INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:77:00:01', 'linux')");
$boot->grub('i386-pc-pxe');
$boot->serve(bootfile => IPXE::Boot::URL . '/grub/core.0');
my $away = $boot->db . '.away';

rename $boot->db, $away or die "$away: $!";
$boot->boot(mac => '52:54:00:77:00:01',
            when => [qr/asking again/ => sub { rename $away, $boot->db or die "$away: $!" }]);
my @ask = grep { $_->{path} eq '/grub/grub.cfg' } $boot->requests;
my $statuses = join ' ', map { $_->{status} } @ask;
like($statuses, qr/^200(?: 503)+ 200$/, 'its stub asks until it is answered');
cmp_ok($ask[2]{time} - $ask[1]{time}, '>', 4, '... every five seconds');
like(($boot->reports)[0], qr/ host=web1/, 'and booted as its host');

$boot->expect_log(qr/hosts\.db.*No such file/i);
$boot->done_testing;
