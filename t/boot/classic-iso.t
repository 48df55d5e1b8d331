# The classic recipe: PXELINUX under iPXE, with a label whose kernel, initrd= and url= are URLs,
# into an installer's ISO image and to an answer file. The contents of the image are served from
# where it is mounted, and from where bsdtar has unpacked them.

use strict;
use warnings;

use IPXE::Boot::Shipped;
use IPXE::Shipped qw(classic start_dhcp);
use Test::More;

my $boot = IPXE::Boot::Shipped->new;
my $dir = $boot->dir;
my $url = IPXE::Boot::URL;

# the image, laid out as that of Debian
IPXE::Boot::must('mkdir', '-p', "$dir/cd/install.amd", "$dir/images/debian-12");
link "$dir/images/$_", "$dir/cd/install.amd/$_" or die "link: $!" for qw(vmlinuz initrd.gz);
IPXE::Boot::must(qw(bsdtar -c --format iso9660 -f), "$dir/debian-12.iso", '-C', "$dir/cd", '.');

# the answer file: what the "installer" does
$boot->write_file('html/preseed.cfg', <<"SH");
wget -q -O /dev/null --post-data "\$(cat /proc/cmdline)" @{[ $boot->REPORT ]}
SH

$boot->sql(<<"SQL");
INSERT INTO template(name, dialect, body) VALUES ('installer', 'pxelinux', 'DEFAULT install
LABEL install
  KERNEL $url/images/debian-12/install.amd/vmlinuz
  APPEND initrd=$url/images/debian-12/install.amd/initrd.gz console=ttyS0 quiet url=$url/preseed.cfg
');
INSERT INTO profile(name, template) VALUES ('debian-12', 'installer');
INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:77:00:66', 'debian-12');
SQL
start_dhcp($boot, 'dhcpd-classic.conf', classic(2));
$boot->serve;

sub boots_from {
    my ($how) = @_;
    my $machine = $boot->boot(mac => '52:54:00:77:00:66');
    is_deeply($boot->news,
              ['GET /pxelinux.0 200', 'GET /ldlinux.c32 200',
               'GET /pxelinux.cfg/01-52-54-00-77-00-66 200',
               'GET /images/debian-12/install.amd/vmlinuz 200',
               'GET /images/debian-12/install.amd/initrd.gz 200', 'GET /preseed.cfg 200'],
              "$how: kernel and initrd out of the image, and the answer file");
    like(($boot->reports)[-1],
         qr{^BOOT_IMAGE=$url/images/debian-12/install\.amd/vmlinuz
            \ initrd=$url/images/debian-12/install\.amd/initrd\.gz\ console=ttyS0\ quiet
            \ url=$url/preseed\.cfg$}x, '... which the machine has run');
}

# Not every kernel knows these images; where this one does not, there is FUSE.
my ($image, $tree) = ("$dir/debian-12.iso", "$dir/images/debian-12");
my $why = qx(mount -o loop,ro $image $tree 2>&1 || fuseiso $image $tree -o allow_other 2>&1);
SKIP: {
    skip 'no image can be mounted here: ' . $why =~ s/\s+/ /gr, 3 if $?;
    ok(!eval { $boot->write_file('images/debian-12/new', ''); 1 }, 'the image is mounted');
    boots_from('mounted');
    IPXE::Boot::must('umount', $tree);
}

IPXE::Boot::must(qw(bsdtar -x -f), $image, '-C', $tree);
boots_from('unpacked');

$boot->done_testing;
