# lpxelinux.0 sends who it is in a cookie with every request, also for the file "default".
use strict;
use warnings;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO host(name, mac) VALUES ('by-mac', '52:54:00:ab:cd:56');
INSERT INTO host(name, uuid) VALUES ('by-uuid', '11223344-6655-7788-99aa-bbccddeeff00');
INSERT INTO host(name, serial) VALUES ('by-serial', 'SN-42');
SQL
$t->write_config(server => <<'CONF');
location /serial/pxelinux.cfg/ { ipxe pxelinux; ipxe_identity mac uuid serial; }
CONF
$t->run;

# what a real one sends, with the UUID in PXELINUX's byte order; a space is +, a + is a + too
my $rest = '_Syslinux_CPU=6PXLS;_Syslinux_SYSVENDOR=Ac+me%%3Bx;'
         . '_Syslinux_SYSPRODUCT=Standard+PC+%%28i440FX+++PIIX%%2C+1996%%29;'
         . '_Syslinux_SYSVERSION=pc-i440fx-7.2;%s_Syslinux_BIOSVENDOR=SeaBIOS;_Syslinux_SYSFF=1;';
sub cookie {
    my ($mac, $uuid, $serial) = @_;
    my $head = '_Syslinux_ip=10.0.2.15%3A10.0.2.2%3A10.0.2.2%3A255.255.255.0;';
    $head .= "_Syslinux_BOOTIF=$mac;" if $mac;
    $head .= "_Syslinux_SYSUUID=$uuid;" if $uuid;
    return (version => '1.0', headers => ['User-Agent: Syslinux/6.04',
            'Cookie: ' . $head . sprintf $rest, $serial ? "_Syslinux_SYSSERIAL=$serial;" : '']);
}

my ($mac, $uuid) = ('01-52-54-00-ab-cd-56', '44332211-5566-8877-99aa-bbccddeeff00');
for (
    ['default', [$mac], 'by-mac'],
    ['default', ['', $uuid], 'by-uuid'],
    ['default', ['01-52-54-00-00-00-09', $uuid], 'by-uuid'],
    ['0A00020F', [$mac], 'by-mac'],                              # it need not ask any further
    ['01-52-54-00-ab-cd-56', [$mac], 'by-mac'],
    ['01-52-54-00-ab-cd-56', ['', '', 'SN-42'], 'by-mac'],       # serial does not identify here
    [$uuid, ['01-52-54-00-00-00-09', $uuid], 'by-uuid'],
) {
    my ($name, $who, $host) = @$_;
    $t->answers("/pxelinux.cfg/$name", { host => $host, result => 'host', like => qr/^LOCALBOOT/m },
                "$name @$who", cookie(@$who));
}
$t->answers('/serial/pxelinux.cfg/default', { host => 'by-serial' }, 'SYSSERIAL',
            cookie('', '', 'SN-42'));

for (
    [[], 'nothing about itself'],
    [['01-52-54-00-00-00-09', '99999999-9999-4999-8999-999999999999', 'SN-9'],
     'an unknown machine'],
    [['20'], 'InfiniBand: no MAC'],
    [['', '', 'SN-42'], 'a serial number where it does not identify'],
) {
    my ($who, $label) = @$_;
    $t->answers('/pxelinux.cfg/default', { host => '', result => 'default', profile => 'default' },
                "default, $label", cookie(@$who));
    $t->answers('/pxelinux.cfg/0A00020F', { status => 404, body => '' }, "an address, $label",
                cookie(@$who));
}

for (
    ['Cookie: _Syslinux_BOOTIF=', 'an empty value'],
    ['Cookie: ;;;=;_Syslinux_;_Syslinux_=;x', 'no cookie at all'],
    ["Cookie: _Syslinux_SYSPRODUCT=\xff\xfe\x80", 'bytes above 127'],
    ['Cookie: _Syslinux_SYSVENDOR=' . 'x' x 6000, 'a long one'],
    ['Cookie: X_Syslinux_BOOTIF=01-52-54-00-ab-cd-56', 'a name that only ends like it'],
    ['Cookie: _Syslinux_SYSVENDOR=_Syslinux_BOOTIF=01-52-54-00-ab-cd-56', 'a name inside a value'],
) {
    my ($header, $label) = @$_;
    $t->answers('/pxelinux.cfg/default', { host => '', result => 'default' }, $label,
                headers => [$header]);
}

for (
    ['Cookie: a=b; _Syslinux_BOOTIF=01-52-54-00-ab-cd-56; c=d',
     'among others, as browsers write it'],
    ['Cookie: _Syslinux_BOOTIF=01-52-54-00-ab-cd-56;_Syslinux_BOOTIF=01-52-54-00-00-00-09;',
     'the first wins'],
    ['Cookie: _Syslinux_BOOTIF=01-52-54-00-ab-cd-56', 'no ; at the end'],
) {
    my ($header, $label) = @$_;
    $t->answers('/pxelinux.cfg/default', { host => 'by-mac' }, $label, headers => [$header]);
}

$t->done_testing;
