# UEFI firmware loads GRUB by HTTP boot, and GRUB its configuration: a stub, then that of its host,
# found by the MAC.

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES
    ('blade1', '52:54:00:77:00:01', 'linux'), ('blade2', '52:54:00:77:00:02', 'local');
SQL
$boot->grub('x86_64-efi');
$boot->serve(bootfile => IPXE::Boot::URL . '/grub/core.efi',
             options => ['dhcp-match=set:http,option:client-arch,16',
                         'dhcp-option-force=tag:http,60,HTTPClient']);
$boot->boot(mac => '52:54:00:77:00:01', rom => 'http');

my @request = grep { $_->{path} !~ m{\.lst$} } $boot->requests;
is_deeply([map { "$_->{method} $_->{path} $_->{status}" } @request],
          ['HEAD /grub/core.efi 200', 'GET /grub/core.efi 200', ('GET /grub/grub.cfg 200') x 2,
           'GET /images/vmlinuz 200', 'GET /images/initrd.gz 200', 'POST /report 200'],
          'all came from nginx');
like($request[2]{agent}, qr/^GRUB/, 'to the HTTP client of GRUB');
is_deeply([@{ $request[2] }{qw(uri result)}], [qw(/grub/grub.cfg stub)], 'a stub at first');
is_deeply([@{ $request[3] }{qw(result host key)}], [qw(host blade1 mac)], 'then by its MAC');
like(($boot->reports)[0], qr/ host=blade1/, 'and booted as that host');

$boot->done_testing;
