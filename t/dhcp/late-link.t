# A DHCP server that is started before its network card has a link answers once there is one.

use strict;
use warnings;

use IPXE::Dhcp;
use IPXE::Shipped qw(start_dhcp);
use IPXE::Test qw(wait_for);
use Test::More;

my $dhcp = IPXE::Dhcp->new;
for my $conf (qw(dnsmasq.conf dnsmasq-proxy.conf dhcpd.conf kea-dhcp4.conf)) {
    IPXE::Boot::must(qw(ip link set probe1 down));
    ok(wait_for(sub { qx(ip -o link show br0) =~ /NO-CARRIER/ }), "$conf: no link");
    start_dhcp($dhcp, $conf);
    IPXE::Boot::must(qw(ip link set probe1 up));
    my ($ipxe) = grep { $_->{name} eq 'iPXE, BIOS' } IPXE::Dhcp::clients();
    $dhcp->talk($ipxe);
    is(IPXE::Dhcp::boots($ipxe->{ack})->{file}, IPXE::Boot::URL . '/boot.ipxe',
       '... and answers when there is one');
    $dhcp->end_children;
}

$dhcp->done_testing;
