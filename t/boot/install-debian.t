# Debian's own installer, with the profile and the answer files of sql/answers.sql: it gets its
# preseed, its early_command reports, and there is no mirror, so it asks what to do, which is
# reported as a failure.

use strict;
use warnings;

use IPXE::Boot 'slow';
use IPXE::Test qw(slurp);
use Test::More;

my $package = 'debian-installer-12-netboot-amd64';
my $boot = IPXE::Boot->new;
$boot->sql(slurp('sql/answers.sql'));
$boot->sql(<<"SQL");
UPDATE profile SET args = args || ' console=ttyS0 no_timer_check DEBIAN_FRONTEND=text'
 WHERE name LIKE 'debian%';
INSERT INTO var(name, value) VALUES ('ssh_key', 'ssh-ed25519 AAAA somebody'),
                                    ('debian_mirror', '@{[ IPXE::Boot::SERVER ]}');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:77:00:31');
SQL
mkdir $boot->dir . '/images/debian-12';
$boot->provide("build/unpacked/$package/usr/lib/debian-installer/images/12/amd64/text"
               . "/debian-installer/amd64/$_", "images/debian-12/$_") for qw(linux initrd.gz);
# The installer asks for a name server if DHCP has none, and takes a URL that DHCP has for its
# preseed, whatever its arguments say: so that is for iPXE alone.
$boot->serve(bootfile => 'undionly.kpxe',
             options => ['dhcp-userclass=set:ipxe,iPXE',
                         'dhcp-boot=tag:ipxe,' . IPXE::Boot::URL . '/boot.ipxe',
                         'dhcp-option=option:dns-server,' . IPXE::Boot::SERVER]);
my $token = $boot->arm('web1', 'debian-12-install');

my @boot = ('GET /boot.ipxe 200') x 2;
my @web1 = (mac => '52:54:00:77:00:31', disk => $boot->empty_disk, memory => 1024);
$boot->boot(@web1, limit => 600, until => sub { grep { m{/failed 200$} } $boot->summary });
is_deeply([grep { !m{^GET /debian/} } @{ $boot->news }],
          [@boot, 'GET /images/debian-12/linux 200', 'GET /images/debian-12/initrd.gz 200',
           "GET /file/$token/preseed.cfg 200", "GET /file/$token/debian-early 200",
           "POST /ipxe/event/$token/log 200", "POST /ipxe/event/$token/failed 200"],
          'it gets its preseed, runs its early_command, and reports');
is(($boot->requests)[4]{agent}, 'debian-installer', '... as what it is');
is($boot->events("SELECT trim(CAST(body AS TEXT), char(10)) FROM report WHERE event = 'log'"),
   'the installer has its preseed', '... that it began');
my @asked = $boot->events("SELECT CAST(body AS TEXT) FROM report WHERE event = 'failed'")
    =~ /INPUT \S+ (\S+)\n.* 0 question will be asked$/mg;
is_deeply(\@asked, ['mirror/bad'], '... and what failed: the one question that it asked');

my $disk_says = IPXE::Boot::DISK_SAYS;
$boot->boot(@web1, disk => 1, until => qr/^\Q$disk_says\E/m);
is_deeply($boot->news, \@boot, 'it is not installed again');

$boot->done_testing;
