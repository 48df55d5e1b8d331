# Debian's installer boots from the contents of an ISO image. They are unpacked by bsdtar below
# /images; the installer fetches the preseed of its host, which is in url=.

use strict;
use warnings;

use IPXE::Boot 'slow';
use IPXE::Test qw(slurp);
use Test::More;

my $boot = IPXE::Boot->new;
my $package = 'debian-installer-12-netboot-amd64';
mkdir $boot->dir . "/$_" for qw(iso iso/install.amd images/debian-12);
my %name = (linux => 'vmlinuz', 'initrd.gz' => 'initrd.gz');      # as the image names them
$boot->provide("build/unpacked/$package/usr/lib/debian-installer/images/12/amd64/text"
               . "/debian-installer/amd64/$_", "iso/install.amd/$name{$_}") for keys %name;
$boot->iso('debian.iso', 'console=ttyS0');
system(qw(bsdtar -x -f), $boot->dir . '/debian.iso', '-C', $boot->dir . '/images/debian-12') == 0
    or die 'bsdtar failed';

$boot->sql(slurp('sql/answers.sql'));
$boot->sql(<<"SQL");
UPDATE profile SET kernel = '/images/debian-12/install.amd/vmlinuz',
                   initrd = '/images/debian-12/install.amd/initrd.gz',
                   args = args || ' console=ttyS0 no_timer_check DEBIAN_FRONTEND=text'
 WHERE name = 'debian-12-install';
INSERT INTO var(name, value) VALUES ('ssh_key', 'ssh-ed25519 AAAA somebody');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:77:00:31');
SQL
my $token = $boot->arm('web1', 'debian-12-install');
# The installer takes a URL that DHCP has for its preseed: so that is for iPXE alone.
$boot->serve(bootfile => 'undionly.kpxe',
             options => ['dhcp-userclass=set:ipxe,iPXE',
                         'dhcp-boot=tag:ipxe,' . IPXE::Boot::URL . '/boot.ipxe',
                         'dhcp-option=option:dns-server,' . IPXE::Boot::SERVER]);
$boot->boot(mac => '52:54:00:77:00:31', memory => 1024, limit => 600,
            until => sub { grep { m{/preseed\.cfg} } $boot->summary });

is_deeply([$boot->summary], [('GET /boot.ipxe 200') x 2,
                             'GET /images/debian-12/install.amd/vmlinuz 200',
                             'GET /images/debian-12/install.amd/initrd.gz 200',
                             "GET /file/$token/preseed.cfg 200"], 'what it asked for');
my @request = $boot->requests;
is_deeply([@{ $request[-1] }{qw(agent host)}], ['debian-installer', 'web1'],
          'the installer gets the preseed of its host');

$boot->done_testing;
