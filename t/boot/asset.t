# A host is found by the asset tag in the machine's SMBIOS alone: its row has neither MAC nor UUID.
# The second one has a tag with spaces and an ampersand, which this iPXE cannot escape.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, asset, profile) VALUES
    ('db1', 'AT-0815', 'linux'), ('db2', 'AT-0816', 'linux'), ('db3', 'AT-08', 'local'),
    ('db4', 'AT-0816 &', 'local'), ('db5', 'AT-0816 & Sons = +1', 'linux');
SQL
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');
$boot->boot(mac => '52:54:00:77:00:04', uuid => 'a0b1c2d3-0000-4000-8000-000000000001',
            asset => 'AT-0816');

my @request = $boot->requests;
is_deeply([$boot->summary], ['GET /boot.ipxe 200', 'GET /boot.ipxe 200', 'GET /images/vmlinuz 200',
                             'GET /images/initrd.gz 200', 'POST /report 200'], 'what it asked for');
is_deeply([@{ $request[1] }{qw(result host key)}], [qw(host db2 asset)], 'found by its asset tag');
like(($boot->reports)[0], qr/ host=db2$/, 'and booted as that host');

$boot->boot(mac => '52:54:00:77:00:05', asset => 'AT-0816 & Sons = +1');
my ($ask) = grep { $_->{uri} =~ /mac=52-54-00-77-00-05/ } $boot->requests;
like($ask->{uri}, qr/&asset=AT-0816%20&%20Sons%20=%20\+1$/, 'a tag is sent as it is');
is_deeply([@{ $ask }{qw(result host key)}], [qw(host db5 asset)], 'and still found');
like(($boot->reports)[1], qr/ host=db5$/, 'and booted as that host');

$boot->done_testing;
