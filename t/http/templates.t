# The shipped templates in both dialects, for a host that uses each of them.
use strict;
use warnings;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO profile(name, title, template, kernel, initrd, args) VALUES
    ('debian-12', 'Debian 12', 'linux', '/images/linux',
     '/images/initrd.gz' || char(10) || '/images/firmware.cpio',
     'auto=true console=ttyS0,115200'),
    ('rescue', 'Rescue system', 'linux', 'http://10.9.9.9/rescue?v=1&x=2', NULL, NULL),
    ('loader', 'Another loader', 'chain', '/loader.efi', NULL, NULL);
INSERT INTO host(name, mac, profile) VALUES
    ('h-linux', '52:54:00:00:00:01', 'debian-12'), ('h-rescue', '52:54:00:00:00:02', 'rescue'),
    ('h-local', '52:54:00:00:00:03', 'local'), ('h-chain', '52:54:00:00:00:04', 'loader'),
    ('h-menu', '52:54:00:00:00:05', 'menu'), ('h-wait', '52:54:00:00:00:06', 'default');
SQL
$t->write_config;
$t->run;

my $base = 'http://127.0.0.1:' . $t->port;
my $boot_disk = qr/^sanboot --no-describe --drive 0x80 \|\| exit 1$/m;
my @initrds = ("$base/images/initrd.gz", "$base/images/firmware.cpio");
my %want = (
    '01' => ['linux', [qr{^kernel $base/images/linux .*\bauto=true console=ttyS0,115200\b}m,
                       qr{^kernel .* initrd=initrd\.gz initrd=firmware\.cpio\b}m,
                       qr{^initrd $initrds[0] .*\ninitrd $initrds[1] }m, qr/^boot\b/m],
             [qr{^LINUX $base/images/linux$}m, qr{^INITRD $initrds[0],$initrds[1]$}m,
              qr/^APPEND auto=true console=ttyS0,115200$/m, qr/^DEFAULT debian-12$/m,
                  qr/^LABEL debian-12$/m]],
    '02' => ['linux alone', [qr{^kernel http://10\.9\.9\.9/rescue\?v=1&x=2 \|\|}m],
             [qr{^LINUX http://10\.9\.9\.9/rescue\?v=1&x=2$}m]],
    '03' => ['local', [$boot_disk, qr/^iseq \$\{platform\} efi && exit 1 \|\|$/m],
             [qr/^LOCALBOOT -1$/m]],
    '04' => ['chain', [qr{^chain .*$base/loader\.efi}m], [qr{^KERNEL $base/loader\.efi$}m]],
    '05' => ['menu', [qr/^menu h-menu$/m, qr/^item debian-12 Debian 12$/m,
                      qr/^item rescue Rescue system$/m,
                      qr{^kernel $base/images/linux }m, qr{^chain .*$base/loader\.efi}m,
                          $boot_disk],
             [qr/^MENU TITLE h-menu$/m, qr/^MENU LABEL Rescue system$/m,
              qr{^LINUX $base/images/linux$}m]],
    '06' => ['wait', [qr/^sleep \d+$/m, $boot_disk], [qr/^LOCALBOOT -1$/m, qr/^TIMEOUT \d+$/m]],
);
for my $mac (sort keys %want) {
    my ($label, $ipxe, $pxelinux) = @{ $want{$mac} };
    $t->answers("/boot.ipxe?mac=52:54:00:00:00:$mac", { result => 'host', like => $ipxe },
                "$label, iPXE");
    $t->answers("/pxelinux.cfg/01-52-54-00-00-00-$mac",
                { result => 'host', like => $pxelinux, unlike => [qr/\{\{/, qr/^#!/] },
                "$label, PXELINUX");
}
$t->answers('/boot.ipxe?mac=52:54:00:00:00:02', { unlike => [qr/^initrd /m, qr/initrd=/] },
            'no initrd, no initrd line');
$t->answers('/pxelinux.cfg/01-52-54-00-00-00-02', { unlike => [qr/^INITRD/m, qr/^APPEND/m] },
            '... nor in PXELINUX');
$t->answers('/boot.ipxe?mac=52:54:00:00:00:05', { unlike => qr/^item (?:menu|default) /m },
            'no title, not in the menu');

$t->done_testing;
