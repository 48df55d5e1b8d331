# Machines that boot by conf/dnsmasq.conf and conf/ipxe.conf as they are shipped.

use strict;
use warnings;

use IPXE::Boot::Shipped;

IPXE::Boot::Shipped->check_dhcp('dnsmasq.conf');
