# UEFI firmware loads shim and GRUB as Debian signs them, by PXE and TFTP. Their GRUB has no HTTP
# client in it, and loads that by TFTP too, which it does while Secure Boot is off; with it GRUB
# gets the configuration of its host from nginx, and Linux.

use strict;
use warnings;

use IPXE::Boot 'slow';
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES
    ('blade1', '52:54:00:77:00:01', 'linux'), ('blade2', '52:54:00:77:00:02', 'local');
SQL
mkdir $boot->dir . "/tftp/$_" for qw(grub grub/x86_64-efi);
$boot->provide('build/unpacked/shim-signed/usr/lib/shim/shimx64.efi.signed', 'tftp/shimx64.efi');
$boot->provide('build/unpacked/grub-efi-amd64-signed/usr/lib/grub/x86_64-efi-signed'
               . '/grubnetx64.efi.signed', 'tftp/grubx64.efi');
$boot->provide('/usr/lib/grub/x86_64-efi/http.mod', 'tftp/grub/x86_64-efi/http.mod');
$boot->write_file('tftp/grub/grub.cfg', <<"CONFIG");
insmod http
configfile (http,@{[ IPXE::Boot::SERVER ]})/grub/grub.cfg
CONFIG
$boot->serve(bootfile => 'shimx64.efi');
$boot->boot(mac => '52:54:00:77:00:01', rom => 'uefi', memory => 384);

my %tftp = map { $_ => 1 } $boot->sent_by_tftp;
is_deeply([grep { $tftp{$_} } qw(shimx64.efi grubx64.efi grub/grub.cfg grub/x86_64-efi/http.mod)],
          [qw(shimx64.efi grubx64.efi grub/grub.cfg grub/x86_64-efi/http.mod)],
          'shim, GRUB, its first lines and its HTTP client came by TFTP');
is_deeply([$boot->summary], [('GET /grub/grub.cfg 200') x 2, 'GET /images/vmlinuz 200',
                             'GET /images/initrd.gz 200', 'POST /report 200'],
          'all else came from nginx');
my @request = $boot->requests;
is_deeply([@{ $request[1] }{qw(result host key)}], [qw(host blade1 mac)], 'found by its MAC');
like(($boot->reports)[0], qr/ host=blade1$/, 'and booted as that host');

$boot->done_testing;
