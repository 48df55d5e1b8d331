# What conf/kea-dhcp4.conf tells whom to boot.

use strict;
use warnings;

use IPXE::Dhcp;
use IPXE::Shipped qw(start_dhcp);

my $dhcp = IPXE::Dhcp->new;
start_dhcp($dhcp, 'kea-dhcp4.conf');
$dhcp->check_all;
$dhcp->done_testing;
