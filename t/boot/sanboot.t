# iPXE boots an ISO image over HTTP as if it were in a drive (sanboot).

use strict;
use warnings;

use IPXE::Boot;
use Test::More;

my $boot = IPXE::Boot->new;
$boot->iso('images/rescue.iso', IPXE::Boot::LINUX_ARGS . ' report=' . IPXE::Boot::URL . '/report');
$boot->sql(<<'SQL');
INSERT INTO template(name, dialect, body) VALUES ('iso', 'ipxe', '#!ipxe
sanboot --no-describe {{kernel}} || exit 1
');
INSERT INTO profile(name, template, kernel) VALUES ('rescue', 'iso', '/images/rescue.iso');
INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:77:00:01', 'rescue');
SQL
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');
my $machine = $boot->boot(mac => '52:54:00:77:00:01');

my @summary = $boot->summary;
is_deeply([@summary[0 .. 2, -1]], [('GET /boot.ipxe 200') x 2, 'HEAD /images/rescue.iso 200',
                                   'POST /report 200'], 'what it asked for');
is_deeply([grep { $_ ne 'GET /images/rescue.iso 206' } @summary[3 .. $#summary - 1]], [],
          '... then for parts of the image');
like(($boot->reports)[0], qr{^BOOT_IMAGE=vmlinuz .* report=\S+ initrd=initrd\.gz$},
     'the machine reports the command line of the image');
is($machine->{end}, 'off', 'and powers off');

$boot->done_testing;
