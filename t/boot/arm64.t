# The UEFI firmware of an arm64 machine loads GRUB by PXE and TFTP, as Debian has no iPXE for it.
# GRUB gets all else from nginx: the configuration of its host, kernel and initrd.

use strict;
use warnings;

use IPXE::Boot 'slow';
use Test::More;

my $boot = IPXE::Boot->new;
my $payload = 'build/payload/arm64';
mkdir $boot->dir . '/images/arm64';
$boot->provide("$payload/$_", "images/arm64/$_") for qw(vmlinuz initrd.gz);
$boot->grub('arm64-efi', "$payload/grub");
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO profile(name, parent, kernel, initrd, args)
SELECT 'arm64', name, '/images/arm64/vmlinuz', '/images/arm64/initrd.gz',
       replace(args, 'ttyS0', 'ttyAMA0') FROM profile WHERE name = 'linux';
INSERT INTO host(name, mac, profile) VALUES
    ('arm1', '52:54:00:77:00:01', 'arm64'), ('arm2', '52:54:00:77:00:02', 'local');
SQL
$boot->serve(bootfile => 'core.efi');
$boot->boot(mac => '52:54:00:77:00:01', rom => 'arm64');

is(($boot->sent_by_tftp)[-1], 'core.efi', 'GRUB came by TFTP');
my @request = grep { $_->{path} !~ /\.lst$/ } $boot->requests;
is_deeply([map { "$_->{method} $_->{path} $_->{status}" } @request],
          [('GET /grub/grub.cfg 200') x 2, 'GET /images/arm64/vmlinuz 200',
           'GET /images/arm64/initrd.gz 200', 'POST /report 200'], 'all else came from nginx');
like($request[1]{uri}, qr/&arch=arm64&platform=efi&/, 'asked for as an arm64 machine');
is_deeply([@{ $request[1] }{qw(result host key)}], [qw(host arm1 mac)], 'found by its MAC');
like(($boot->reports)[0], qr/ host=arm1$/, 'and booted as that host');

$boot->done_testing;
