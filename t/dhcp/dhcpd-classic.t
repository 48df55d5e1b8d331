# What conf/dhcpd-classic.conf tells whom to boot, in each of its four ways. t/boot/classic-*.t boot
# by them.

use strict;
use warnings;

use IPXE::Dhcp;
use IPXE::Shipped qw(classic start_dhcp);
use Test::More;

my $server = IPXE::Boot::SERVER;
my $url = IPXE::Boot::URL;
my %tftp = (server => $server);
my @way = (
    # BIOS, iPXE
    1 => { file => 'pxelinux.0', %tftp }, { file => 'pxelinux.0', %tftp },
    2 => { file => "$url/pxelinux.0" }, { file => "$url/pxelinux.0" },
    3 => { file => 'undionly.kpxe', %tftp }, { file => "$url/pxelinux.0" },
    4 => ({ file => 'lpxelinux.0', %tftp, 210 => "$url/" }) x 2,
);

my $dhcp = IPXE::Dhcp->new;
while (my ($number, @want) = splice @way, 0, 3) {
    start_dhcp($dhcp, 'dhcpd-classic.conf', classic($number));
    my @clients = grep { $_->{name} =~ /^(?:BIOS|iPXE, BIOS)$/ } IPXE::Dhcp::clients();
    $dhcp->talk(@clients);
    $dhcp->end_children;
    for my $c (@clients) {
        is_deeply(IPXE::Dhcp::boots($c->{ack}), shift @want, "way $number: $c->{name}");
    }
}

$dhcp->done_testing;
