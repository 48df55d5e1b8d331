package IPXE::Dhcp;

# Asks a DHCP server what firmware, iPXE and operating systems ask it, byte by byte as they do,
# and compares what each of them is told to boot.
#
#   my $dhcp = IPXE::Dhcp->new;
#   start_dhcp($dhcp, 'kea-dhcp4.conf');
#   $dhcp->check_all;
#   $dhcp->done_testing;

use strict;
use warnings;

use IO::Select;
use IPXE::Boot;
use IPXE::Test;
use Socket qw(inet_aton inet_ntoa SOCK_RAW);
use Test::More ();
use Time::HiRes qw(time);

our @ISA = ('IPXE::Test');

use constant { AF_PACKET => 17, ETH_P_IP => 0x0800, PATIENCE => 60 };
use constant { DISCOVER => 1, OFFER => 2, REQUEST => 3, ACK => 5 };

my $SERVER = IPXE::Boot::SERVER;
my $SCRIPT = "http://$SERVER/boot.ipxe";

# What they want to be told: the lists of iPXE, of EDK2 for PXE and for HTTP boot, of Windows,
# and of dhclient, all as seen in packets.
my %LIST = (
    ipxe    => [1, 3, 6, 7, 12, 15, 17, 26, 43, 60, 66, 67, 119, 128 .. 135, 175, 203],
    pxe     => [1 .. 6, 12, 13, 15, 17, 18, 22, 23, 28, 40 .. 43, 50, 51, 54, 58, 59, 60, 66, 67,
                97, 128 .. 135],
    http    => [1 .. 6, 12, 13, 15, 17, 18, 22, 23, 28, 40 .. 43, 50, 51, 54, 58, 59, 60, 235, 67,
                97],
    windows => [1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252],
    linux   => [1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42],
    curious => [1 .. 254],
);

# The option 175 of iPXE: its card, version and features.
my $FEATURES = pack 'H*', 'b105011af41000eb0301000017010122010113010111010127010119010129010110'
                        . '0102210101150101180101120101';

sub client {
    my ($class, $arch, $list, @more) = @_;
    return { 93 => pack('n', $arch), 94 => "\1\3\0", 97 => "\0" . "\x11" x 16,
             60 => sprintf('%s:Arch:%05d:UNDI:003000', $class, $arch),
             55 => pack('C*', @{ $LIST{$list} }), 57 => pack('n', 1472), @more };
}

# Who asks, and what it is to boot. tftp: a file on the server; http: a URL for firmware; ipxe: a
# URL for iPXE; nothing: what is not booted from the network.
my @CLIENT = (
    ['BIOS'            => client('PXEClient', 0, 'pxe'), tftp => 'undionly.kpxe'],
    ['UEFI x64'        => client('PXEClient', 7, 'pxe'), tftp => 'snponly.efi'],
    ['UEFI x64 as 9'   => client('PXEClient', 9, 'pxe'), tftp => 'snponly.efi'],
    ['UEFI arm64'      => client('PXEClient', 11, 'pxe'), tftp => 'snponly-arm64.efi'],
    ['HTTP boot x64'   => client('HTTPClient', 16, 'http'), http => "http://$SERVER/snponly.efi"],
    ['HTTP boot arm64' => client('HTTPClient', 19, 'http'),
                          http => "http://$SERVER/snponly-arm64.efi"],
    ['iPXE, BIOS'      => client('PXEClient', 0, 'ipxe', 77 => 'iPXE', 175 => $FEATURES),
                          ipxe => $SCRIPT],
    ['iPXE, UEFI x64'  => client('PXEClient', 7, 'ipxe', 77 => 'iPXE', 175 => $FEATURES),
                          ipxe => $SCRIPT],
    ['iPXE, arm64'     => client('PXEClient', 11, 'ipxe', 77 => 'iPXE', 175 => $FEATURES),
                          ipxe => $SCRIPT],
    ['iPXE, by its user class alone' => client('PXEClient', 0, 'ipxe', 77 => 'iPXE'),
                          ipxe => $SCRIPT],
    ['iPXE, by a user class of RFC 3004' => client('PXEClient', 0, 'ipxe', 77 => "\4iPXE"),
                          ipxe => $SCRIPT],
    ['iPXE that was given another user class'
                       => client('PXEClient', 7, 'ipxe', 77 => 'mine', 175 => $FEATURES),
                          ipxe => $SCRIPT],
    ['UEFI x86, for which there is no iPXE' => client('PXEClient', 6, 'pxe'), nothing => ''],
    ['Linux'           => { 55 => pack('C*', @{ $LIST{linux} }), 12 => 'somebody' }, nothing => ''],
    ['Windows'         => { 55 => pack('C*', @{ $LIST{windows} }), 60 => 'MSFT 5.0' },
                          nothing => ''],
    ['one that asks for all options' => { 55 => pack('C*', @{ $LIST{curious} }) }, nothing => ''],
);

sub new {
    my ($class) = @_;
    my $d = $class->SUPER::new(db => 0, module => 0);
    mkdir $d->dir . '/tftp';
    IPXE::Boot::network();
    IPXE::Boot::must(qw(ip link add probe0 type veth peer name probe1));
    IPXE::Boot::must(qw(ip link set probe1 master br0 up));
    IPXE::Boot::must(qw(ip link set probe0 up));
    my ($index) = qx(ip -o link show probe0) =~ /^(\d+):/ or die 'no probe0';
    my ($mac) = qx(ip -o link show br0) =~ m{link/ether (\S+)} or die 'no br0';
    $d->{server_mac} = pack 'H*', $mac =~ tr/://dr;
    socket $d->{socket}, AF_PACKET, SOCK_RAW, unpack('S', pack 'n', ETH_P_IP) or die "socket: $!";
    bind $d->{socket}, pack('S n i S C C a8', AF_PACKET, ETH_P_IP, $index, 0, 0, 0, '')
        or die "bind: $!";
    return $d;
}


# ---- packets -------------------------------------------------------------------------------

# A frame with a UDP packet in it, with no checksum, which IPv4 allows.
sub frame {
    my ($to_mac, $mac, $from, $to, $from_port, $to_port, $data) = @_;
    my $udp = pack('n4', $from_port, $to_port, 8 + length $data, 0) . $data;
    my $ip = pack 'C2 n3 C2 n a4 a4', 0x45, 0, 20 + length $udp, 0, 0, 64, 17, 0,
                  inet_aton($from), inet_aton($to);
    my $sum = unpack '%32n*', $ip;
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    substr($ip, 10, 2) = pack 'n', ~$sum & 0xffff;
    return $to_mac . $mac . pack('n', ETH_P_IP) . $ip . $udp;
}

# BOOTREQUEST of a machine that has no address yet, or has `address`.
sub request {
    my ($c, $type, $option, $address) = @_;
    my %option = (%$option, 53 => chr $type);
    my $options = join '', map { pack 'C C/a', $_, $option{$_} } 53, grep { $_ != 53 }
                           sort { $a <=> $b } keys %option;
    return pack 'C4 N n2 a4 x12 a6 x10 x192 N a* C', 1, 1, 6, 0, $c->{xid}, 0,
                $address ? 0 : 0x8000, inet_aton($address // '0.0.0.0'), $c->{mac}, 0x63825363,
                $options, 255;
}

# What a DHCP server answered: yiaddr, siaddr, file, and options by their numbers.
sub parse {
    my ($data) = @_;
    my ($op, $xid, $yiaddr, $siaddr, $mac, $file, $cookie, $options)
        = unpack 'C x3 N x8 a4 a4 x4 a6 x10 x64 a128 N a*', $data;
    return if $op != 2 || $cookie != 0x63825363;
    my %answer = (xid => $xid, yiaddr => inet_ntoa($yiaddr), siaddr => inet_ntoa($siaddr),
                  file => $file =~ s/\0.*//sr, options($options));
    return \%answer;
}

sub options {
    my ($bytes) = @_;
    my %option;
    while ($bytes =~ s/^(.)//s && $1 ne "\xff") {
        my $code = ord $1 or next;
        my ($value) = unpack 'C/a', $bytes;
        substr($bytes, 0, 1 + length $value) = '';
        $option{$code} = $value;
    }
    return %option;
}

# Sends what a client says next: to everybody, or, when it has an address, to a port of the server.
sub ask {
    my ($d, $c, $type, $option, $port, $from) = @_;
    $c->{last} = [$type, $option, $port, $from];
    my @way = $from ? ($d->{server_mac}, $c->{mac}, $from, $SERVER)
                    : ("\xff" x 6, $c->{mac}, '0.0.0.0', '255.255.255.255');
    my $frame = frame(@way, 68, $port, request($c, $type, $option, $from));
    send $d->{socket}, $frame, 0 or die "send: $!";
}

# The next answer of any server, or nothing if none comes in that many seconds.
sub answer {
    my ($d, $seconds) = @_;
    my $select = IO::Select->new($d->{socket});
    my $end = time + $seconds;
    while ((my $left = $end - time) > 0) {
        next if !$select->can_read($left);
        defined recv $d->{socket}, my $frame, 65536, 0 or die "recv: $!";
        my ($protocol, $to_port) = unpack 'x23 C x12 n', $frame;
        next if $protocol != 17 || $to_port != 68;
        my $answer = parse(substr $frame, 42);
        return $answer if $answer;
    }
    return;
}

# All of them ask at once and request what they are offered; each gets {offer} and {ack}. Those
# that are to be silent ask first: they have no answer when all others have theirs. Who waits for
# long asks again, as firmware does.
sub talk {
    my ($d, @clients) = @_;
    @clients = sort { !$a->{silent} <=> !$b->{silent} } @clients;
    my %by_xid;
    for my $n (0 .. $#clients) {
        my $c = $clients[$n];
        @$c{qw(mac xid address)} = (pack('H10 C', '5254007799', $n), 0x77000000 + $n,
                                    '10.77.0.' . (10 + $n));
        $by_xid{ $c->{xid} } = $c;
        $d->ask($c, DISCOVER, $c->{option}, 67);
    }
    my $end = time + PATIENCE;
    while (time < $end && (my @waiting = grep { !$_->{silent} && !$_->{ack} } @clients)) {
        my $answer = $d->answer(2);
        $d->heard($by_xid{ $answer->{xid} }, $answer) if $answer;
        if (!$answer) {
            $d->ask($_, @{ $_->{last} }) for @waiting;
        }
    }
}

sub heard {
    my ($d, $c, $answer) = @_;
    my $type = ord $answer->{53};
    $c->{ack} = $answer if $type == ACK;
    return if $type != OFFER || $c->{offer};
    $c->{offer} = $answer;
    return $d->ask_proxy($c) if $answer->{yiaddr} eq '0.0.0.0';
    $d->ask($c, REQUEST, { %{ $c->{option} }, 54 => $answer->{54},
                           50 => inet_aton($answer->{yiaddr}) }, 67);
}

# Beside another DHCP server, from which the client has an address: it asks this one at the port
# for that, and takes the first item of the menu if there is one.
sub ask_proxy {
    my ($d, $c) = @_;
    IPXE::Boot::must(qw(ip neighbour replace), $c->{address}, 'lladdr',
                     join(':', unpack '(H2)6', $c->{mac}), qw(dev br0));
    my %pxe = options($c->{offer}{43} // '');
    my @item = $pxe{9} ? (43 => pack 'C2 a2 n C', 71, 4, $pxe{9}, 0, 255) : ();
    $d->ask($c, REQUEST, { %{ $c->{option} }, @item }, 4011, $c->{address});
}


# ---- what they are to boot -----------------------------------------------------------------

# What firmware makes of an answer: option 67 is the boot file where it is given, and the field of
# the header otherwise. Options that say how to boot are all listed.
sub boots {
    my ($answer) = @_;
    return { nothing => 'no answer' } if !$answer;
    my %boots = (file => ($answer->{67} // $answer->{file}) =~ s/\0.*//sr);
    $boots{server} = $answer->{siaddr} if $boots{file} ne '' && $boots{file} !~ m{^http://};
    for my $code (43, 60, 66, 209, 210) {
        $boots{$code} = $answer->{$code} if defined $answer->{$code};
    }
    delete $boots{66} if ($boots{66} // '') eq $SERVER;
    $boots{175} = { options($answer->{175}) } if defined $answer->{175};
    return \%boots;
}

my %WANTED = (
    tftp    => sub { return { file => $_[0], server => $SERVER } },
    http    => sub { return { file => $_[0], 60 => 'HTTPClient' } },
    ipxe    => sub { return { file => $_[0], 175 => { 176 => "\1" } } },
    nothing => sub { return { file => '' } },
);

sub clients {
    return map { my ($name, $option, $kind, $what) = @$_;
                 { name => $name, option => $option, kind => $kind, what => $what } } @CLIENT;
}

# The table, asked and compared, for a server that gives out addresses.
sub check_all {
    my ($d) = @_;
    my @clients = clients();
    $d->talk(@clients);
    for my $c (@clients) {
        for my $phase (qw(offer ack)) {
            Test::More::is_deeply(boots($c->{$phase}), $WANTED{ $c->{kind} }->($c->{what}),
                                  "$c->{name}: " . ($c->{what} || 'no boot file') . " ($phase)");
        }
        Test::More::is_deeply([$c->{ack}{yiaddr} =~ /^(10\.77\.0\.)\d+$/,
                               map { inet_ntoa($_) } @{ $c->{ack} }{1, 3, 6}],
                              ['10.77.0.', '255.255.255.0', ('10.77.0.254') x 2],
                              '... with an address, netmask, router and name server');
    }
}

# The same for one that stands beside another, which does not hear who is no PXE client.
sub check_proxy {
    my ($d) = @_;
    my @clients = clients();
    $_->{silent} = ($_->{option}{60} // '') !~ /^PXEClient/ for @clients;
    $d->talk(@clients);
    for my $c (@clients) {
        if ($c->{silent}) {
            Test::More::is($c->{offer}, undef, "$c->{name}: no answer");
            next;
        }
        # iPXE is told at once; firmware when it asks for it, after a menu that it does not show
        my $ipxe = $c->{kind} eq 'ipxe';
        my $got = boots($ipxe ? $c->{offer} : $c->{ack});
        my %want = (%{ $WANTED{ $c->{kind} }->($c->{what}) }, 60 => 'PXEClient');
        delete $got->{43};
        delete $want{175};
        Test::More::is_deeply($got, \%want, "$c->{name}: " . ($c->{what} || 'no boot file'));
        Test::More::is($c->{offer}{siaddr}, $SERVER, '... with the address of a server') if $ipxe;
        my %pxe = options($c->{offer}{43} // '');
        Test::More::ok($pxe{9} ? !$ipxe && $pxe{10} =~ /^\0/ : 1, '... without a question');
    }
}

1;
