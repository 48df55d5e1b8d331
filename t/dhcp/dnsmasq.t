# What conf/dnsmasq.conf tells whom to boot.

use strict;
use warnings;

use IPXE::Dhcp;
use IPXE::Shipped qw(start_dhcp);

my $dhcp = IPXE::Dhcp->new;
start_dhcp($dhcp, 'dnsmasq.conf');
$dhcp->check_all;
$dhcp->done_testing;
