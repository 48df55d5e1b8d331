package IPXE::Shipped;

# The files of conf/ as they are shipped, but for addresses and paths, and the servers that run by
# them. A test file that uses this is in namespaces of its own (see IPXE::Boot).
#
#   my $path = shipped($t, 'ipxe.conf');
#   start_dhcp($t, 'kea-dhcp4.conf');
#
# $t is an IPXE::Test, which ends what was started here.

use strict;
use warnings;

use Carp qw(croak);
use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use IPXE::Boot;
use IPXE::Test qw(slurp wait_for);

our @EXPORT_OK = qw(shipped classic start_dhcp start_other start_router start_tftp);

my $REPO = abs_path(dirname(__FILE__) . '/../../..');

# what the files say, and what it is in a test
my @HERE = (
    ['10.0.0.' => '10.77.0.'],
    ['eth0' => 'br0'],
    ['/srv/tftp' => '%%DIR%%/tftp'],
    ['/srv/boot' => '%%DIR%%/html'],
    ['/var/lib/nginx/ipxe/' => '%%DIR%%/db/'],
    ['/var/log/nginx/' => '%%DIR%%/'],
    ['/var/lib/kea/' => '%%DIR%%/'],
);

# Copies a file of conf/ to the directory of the test; returns its path there. `edit` may change
# its text, which is in $_.
sub shipped {
    my ($t, $name, $edit) = @_;
    local $_ = slurp("$REPO/conf/$name");
    $edit->() if $edit;
    for my $pair (@HERE) {
        my ($there, $here) = @$pair;
        s/\Q$there\E/$here/g;
    }
    my @left = grep { !m{^\s*(?:#|//)} && m{(?<![\w.%:/-])/(?:etc|srv|var|run|usr)/} } split /^/m;
    croak "conf/$name has a path that is not of the test: @left" if @left;
    return $t->write_file($name, $_);
}

# For shipped(): the way of dhcpd-classic.conf that has this number, instead of the third. Code in
# its comments begins at once or further in, prose after one space.
sub classic {
    my ($number) = @_;
    return sub {
        return if $number == 3;
        s/^    if exists user-class.*?^    \}\n(?=\n)//ms or croak 'the third way is not there';
        s{^(    # $number\. .*?)(?=^\n|^\})}{ $1 =~ s/^    #(?! \S)/    /mgr }mse
            or croak "way $number is not there";
    };
}

# The package of each, what it says when it is ready, and how it is started in the foreground.
my %SERVER = (
    dnsmasq => ['dnsmasq-base', qr/started/, sub {
        my ($t, $conf, $log) = @_;
        return ('dnsmasq', '--keep-in-foreground', "--conf-file=$conf", '--user=root',
                '--log-dhcp', '--log-facility=-', '--no-ping', '--pid-file',
                "--dhcp-leasefile=$log.leases");
    }],
    dhcpd => ['isc-dhcp-server', qr/^Server starting service/m, sub {
        my ($t, $conf, $log) = @_;
        $t->write_file('dhcpd.leases', '');
        return (qw(dhcpd -4 -f -d -cf), $conf, '-lf', $t->dir . '/dhcpd.leases', '-pf',
                $t->dir . '/dhcpd.pid', 'br0');
    }],
    kea => ['kea-dhcp4-server', qr/DHCP4_STARTED/, sub {
        my ($t, $conf) = @_;
        return ('env', map({ "KEA_${_}_DIR=" . $t->dir } qw(PIDFILE LOCKFILE)),
                'kea-dhcp4', '-c', $conf);
    }],
);

# Starts a DHCP server by its file in conf/, which `edit` may change.
sub start_dhcp {
    my ($t, $name, $edit) = @_;
    my $conf = shipped($t, $name, $edit);
    my ($server) = $name =~ /^(\w+)/;
    my ($package, $ready, $command) = @{ $SERVER{$server} };
    my $log = $conf =~ s/\.conf$/.log/r;
    start($t, $log, $command->($t, $conf, $log));
    wait_for(sub { slurp($log) =~ $ready }, 30)
        or croak "$server did not start, is $package installed?\n" . slurp($log);
    return $t;
}

sub start {
    my ($t, $log, @command) = @_;
    $t->write_file($log =~ s{.*/}{}r, '');
    push @{ $t->{children} }, IPXE::Boot::start($log, @command);
}

# A plain DHCP server, on a machine of its own with the address 10.77.0.2: it gives out addresses
# and knows nothing of booting.
sub start_other {
    my ($t) = @_;
    my $conf = $t->write_file('other.conf', <<~'CONF');
        authoritative;
        subnet 10.77.0.0 netmask 255.255.255.0 { range 10.77.0.100 10.77.0.250; }
        CONF
    my $log = $t->dir . '/other.log';
    start($t, $log, qw(unshare --net sh -ec), <<~"SHELL");
        until ip link set other0 up 2>/dev/null; do sleep 0.1; done
        ip address add 10.77.0.2/24 dev other0
        : >$log.leases
        exec dhcpd -4 -f -d -cf $conf -lf $log.leases -pf $log.pid other0
        SHELL
    my $pid = $t->{children}[-1];
    wait_for(sub { readlink("/proc/$pid/ns/net") ne readlink '/proc/self/ns/net' })
        or croak 'no namespace for the other DHCP server';
    IPXE::Boot::must(qw(ip link add other1 master br0 up type veth peer name other0 netns), $pid);
    wait_for(sub { slurp($log) =~ /^Server starting service/m }, 30)
        or croak "the other DHCP server did not start:\n" . slurp($log);
}

# What routers do for all, and firmware waits for: it says that there is IPv6, and no DHCP for it.
sub start_router {
    my ($t) = @_;
    start($t, $t->dir . '/router.log', qw(dnsmasq --keep-in-foreground --conf-file=/dev/null),
          qw(--user=root --port=0 --interface=br0 --bind-interfaces --enable-ra),
          '--dhcp-range=fd77::,ra-only', '--log-facility=-', '--pid-file');
}

# TFTP for the DHCP servers that have none, as Debian's tftpd-hpa sets it up.
sub start_tftp {
    my ($t) = @_;
    start($t, $t->dir . '/tftpd.log', qw(in.tftpd --foreground --listen --user tftp --address),
          IPXE::Boot::SERVER . ':69', '--secure', $t->dir . '/tftp');
    wait_for(sub { slurp('/proc/net/udp') =~ /:0045 / })
        or croak 'in.tftpd did not start, is tftpd-hpa installed?';
}

1;
