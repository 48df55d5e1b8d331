# Machines that get their address from a DHCP server that knows nothing of booting, and what to
# boot from conf/dnsmasq-proxy.conf beside it.

use strict;
use warnings;

use IPXE::Boot::Shipped;

IPXE::Boot::Shipped->check_dhcp('dnsmasq-proxy.conf', beside => 1);
