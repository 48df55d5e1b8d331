# The classic recipe leaves answers that differ from machine to machine to "CGI scripts or webapps".
# Here they are rows of hosts.db: two machines load the same pxelinux.0 and get what their rows say,
# and another answer when the row has changed; one without a row gets the default.

use strict;
use warnings;

use IPXE::Boot::Shipped;
use IPXE::Shipped qw(classic start_dhcp);
use Test::More;

my $boot = IPXE::Boot::Shipped->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
UPDATE profile SET args = args || ' role={{role}}' WHERE name = 'linux';
INSERT INTO host(name, mac, profile) VALUES
    ('web1', '52:54:00:77:00:67', 'linux'), ('db1', '52:54:00:77:00:68', 'linux');
INSERT INTO var(host, name, value) VALUES ('web1', 'role', 'frontend'), ('db1', 'role', 'database');
UPDATE var SET value = '1' WHERE name = 'wait_seconds';
SQL
start_dhcp($boot, 'dhcpd-classic.conf', classic(2));
$boot->serve;

my @web1 = (mac => '52:54:00:77:00:67');
my @db1 = (mac => '52:54:00:77:00:68');
$boot->boot(@web1);
like(($boot->reports)[-1], qr/ host=web1 role=frontend /, 'a machine boots what its row says');
$boot->boot(@db1);
like(($boot->reports)[-1], qr/ host=db1 role=database /, 'another one what its own says');

$boot->sql("UPDATE var SET value = 'replica' WHERE host = 'db1'");
$boot->boot(@db1);
like(($boot->reports)[-1], qr/ host=db1 role=replica /, 'its row has changed, and what it boots');
is_deeply([map { "$_->{host} $_->{profile} $_->{key}" }
           grep { $_->{path} =~ m{^/pxelinux\.cfg/} } $boot->requests],
          ['web1 linux mac', 'db1 linux mac', 'db1 linux mac'], 'the access log knows who it was');

$boot->news;
my $disk_says = IPXE::Boot::DISK_SAYS;
my $machine = $boot->boot(mac => '52:54:00:77:00:69', disk => 1, until => qr/^\Q$disk_says\E/m);
is($boot->news->[-1], 'GET /pxelinux.cfg/default 200', 'one without a row gets the default');
is($machine->{end}, 'seen', '... which boots its disk');
is(() = $boot->reports, 3, '... and no Linux');

$boot->done_testing;
