# Machines that boot by conf/kea-dhcp4.conf and conf/ipxe.conf as they are shipped.

use strict;
use warnings;

use IPXE::Boot::Shipped;

IPXE::Boot::Shipped->check_dhcp('kea-dhcp4.conf', tftp => 1);
