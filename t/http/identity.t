# Which key finds which host: mac, nic, uuid and asset; serial only where ipxe_identity has it.
use strict;
use warnings;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO host(name, mac) VALUES ('by-mac', '52:54:00:00:00:01');
INSERT INTO nic(mac, host) VALUES ('52:54:00:00:01:01', 'by-mac'), ('52:54:00:00:01:02', 'by-mac');
INSERT INTO host(name, uuid) VALUES ('by-uuid', '11223344-5566-7788-99aa-bbccddeeff00');
INSERT INTO host(name, asset) VALUES ('by-asset', 'AT-007');
INSERT INTO host(name, serial) VALUES ('by-serial', 'SN-42');
INSERT INTO host(name, mac, uuid, asset, serial) VALUES
    ('by-all', '52:54:00:00:00:02', 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee', 'AT-ALL', 'SN-ALL');
SQL
$t->write_config(server => <<'CONF');
location = /serial.ipxe {
    ipxe boot;
    ipxe_identity mac uuid asset serial;
}
location = /mac-only.ipxe {
    ipxe boot;
    ipxe_identity mac;
}
CONF
$t->run;

my $uuid = '11223344-5566-7788-99aa-bbccddeeff00';
for (
    ['/boot.ipxe?mac=52:54:00:00:00:01', 'by-mac'],
    ['/boot.ipxe?mac=52:54:00:00:01:01', 'by-mac'],       # a further card
    ['/boot.ipxe?mac=52:54:00:00:01:02', 'by-mac'],
    ["/boot.ipxe?uuid=$uuid", 'by-uuid'],
    ['/boot.ipxe?asset=AT-007', 'by-asset'],
    ['/boot.ipxe?asset=at-007', 'by-asset'],              # in any case, as the rows are
    ['/boot.ipxe?asset=%20AT-007%20%20', 'by-asset'],     # firmware pads with spaces
    ['/serial.ipxe?serial=SN-42', 'by-serial'],
    ["/boot.ipxe?mac=52:54:00:ff:ff:ff&uuid=$uuid", 'by-uuid'],    # a card no row knows
    ["/boot.ipxe?uuid=$uuid&arch=x86_64&platform=efi&ip=10.0.0.9", 'by-uuid'],
    ['/boot.ipxe?serial=SN-ALL&asset=AT-ALL&uuid=aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'
     . '&mac=52:54:00:00:00:02', 'by-all'],
) {
    my ($uri, $host) = @$_;
    $t->answers($uri, { host => $host, result => 'host', profile => 'local',
                        like => qr/\b$host\b/ });
}

for (
    ['/boot.ipxe?mac=52:54:00:00:00:09', 'a MAC of no row'],
    ['/boot.ipxe?mac=52:54:00:00:00:09&serial=SN-42',
     'serial identifies only where it is asked to'],
    ["/mac-only.ipxe?mac=52:54:00:00:00:09&uuid=$uuid", 'nor does uuid where it is left out'],
    ["/mac-only.ipxe?mac=52:54:00:00:00:09&asset=AT-007", 'nor asset'],
) {
    my ($uri, $label) = @$_;
    $t->answers($uri, { host => '', result => 'default', profile => 'default' }, $label);
}

$t->done_testing;
