# UEFI firmware loads GRUB by HTTP boot, and GRUB its configuration. GRUB is made as README says;
# it gets a stub, then the configuration of its host, found by the MAC, and more of itself.

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
my $grub = $boot->dir . '/html/grub';
mkdir $grub;
system(qw(cp -r /usr/lib/grub/x86_64-efi), $grub) == 0 or die 'cp failed';
system('grub-mkimage', qw(-O x86_64-efi -o), "$grub/core.efi", '-p',
       '(http,' . IPXE::Boot::SERVER . ')/grub',
       qw(normal http efinet net tftp linux configfile test echo sleep)) == 0
    or die 'grub-mkimage failed';
$boot->serve(bootfile => IPXE::Boot::URL . '/grub/core.efi',
             options => ['dhcp-match=set:http,option:client-arch,16',
                         'dhcp-option-force=tag:http,60,HTTPClient']);
$boot->boot(mac => '52:54:00:77:00:01', rom => 'http');

my @request = grep { $_->{path} !~ m{/x86_64-efi/} } $boot->requests;
is_deeply([map { "$_->{method} $_->{path} $_->{status}" } @request],
          ['HEAD /grub/core.efi 200', 'GET /grub/core.efi 200', ('GET /grub/grub.cfg 200') x 2,
           'GET /images/vmlinuz 200', 'GET /images/initrd.gz 200', 'POST /report 200'],
          'all came from nginx');
like($request[2]{agent}, qr/^GRUB/, 'to the HTTP client of GRUB');
is_deeply([grep { !/ 200$/ } $boot->summary], [], '... which looks for nothing else');
is_deeply([@{ $request[2] }{qw(uri result)}], [qw(/grub/grub.cfg stub)], 'a stub at first');
is_deeply([@{ $request[3] }{qw(result host key)}], [qw(host blade1 mac)], 'then by its MAC');
like(($boot->reports)[0], qr/ host=blade1/, 'and booted as that host');

$boot->done_testing;
