# What conf/dnsmasq-proxy.conf tells whom to boot. The DHCP server that it stands beside is in
# t/boot/dhcp-proxy.t.

use strict;
use warnings;

use IPXE::Dhcp;
use IPXE::Shipped qw(start_dhcp);

my $dhcp = IPXE::Dhcp->new;
start_dhcp($dhcp, 'dnsmasq-proxy.conf');
$dhcp->check_proxy;
$dhcp->done_testing;
