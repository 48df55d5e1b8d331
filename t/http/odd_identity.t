# Machines whose identity is odd, as they ask in full: InfiniBand, a UUID of zeros, asset tags that
# old iPXE cannot encode. Each finds its own row or none, never another's.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $guid = '00:02:c9:03:00:ab:cd:05';
my $ipoib = '80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:ab:cd:06';
my $t = IPXE::Test->new;
$t->sql(<<"SQL");
INSERT INTO template(name, dialect, body) VALUES
    ('who', 'ipxe', '#!ipxe' || char(10) || 'echo {{name}} {{mac}}' || char(10)),
    ('who', 'pxelinux', 'SAY {{name}} {{mac}}' || char(10)),
    ('who', 'grub', 'echo {{name}} {{mac}}' || char(10));
INSERT INTO profile(name, template) VALUES ('who', 'who');
INSERT INTO host(name, mac, profile) VALUES
    ('ib8', '$guid', 'who'), ('ib20', '$ipoib', 'who'), ('eth', '52:54:00:00:00:01', 'who'),
    -- the Ethernet address that iPXE makes of the GUID
    ('eoib', '02:02:c9:ab:cd:05', 'who');
INSERT INTO nic(mac, host) VALUES ('00:02:c9:03:00:ab:cd:15', 'eth');
INSERT INTO host(name, asset) VALUES ('space', 'AT 007'), ('amp', 'R&D rack 7'), ('amps', 'A&&B&'),
    ('equals', 'a=b&c=d'), ('hash', '#5 50%'), ('plus', 'A+B C'), ('half', 'a');
SQL
$t->write_config(server => 'location = /grub/grub.cfg { ipxe grub; }');
$t->run;

# the query of the stub; what is not given is empty
sub query {
    my (%show) = @_;
    return join '&', map { "$_=" . ($show{$_} // '') }
        qw(mac uuid arch platform ip manufacturer product serial asset);
}
sub dashes { return $_[0] =~ tr/:/-/r }
my $zeros = '00000000-0000-0000-0000-000000000000';

# ---- InfiniBand ----------------------------------------------------------------------------

for (['ib8', $guid], ['ib20', $ipoib]) {
    my ($name, $mac) = @$_;
    for my $shown ($mac, dashes($mac), uc $mac, $mac =~ tr/://dr, '20-' . dashes($mac),
                   $mac =~ s/:/%3A/gr) {
        $t->answers('/boot.ipxe?' . query(mac => $shown, uuid => $zeros, arch => 'x86_64'),
                    { host => $name, body => "#!ipxe\necho $name $mac\n" }, "iPXE shows $shown");
    }
    $t->answers('/pxelinux.cfg/20-' . dashes($mac), { host => $name, body => "SAY $name $mac\n" },
                "PXELINUX asks for $name");
    $t->answers("/grub/grub.cfg?mac=$mac", { host => $name, body => "echo $name $mac\n" },
                "GRUB shows $name");
}
$t->answers('/boot.ipxe?mac=02:02:c9:ab:cd:05', { host => 'eoib' },
            'the Ethernet address of it is another address');
$t->answers('/boot.ipxe?mac=00:02:c9:03:00:ab:cd:15', { host => 'eth' }, 'a second card of 8 bytes');
for my $mac (substr($ipoib, 0, -3), "$ipoib:00", substr($ipoib, 0, 23), substr($ipoib, -17),
             '00' . ':00' x 19, '00' . ':00' x 7) {
    $t->answers('/boot.ipxe?' . query(mac => $mac), { host => '', result => 'default' },
                "no address of a row: $mac");
}

# PXELINUX leaves out what is over 16 bytes, in the name of the file and in its cookie
$t->answers('/pxelinux.cfg/20', { status => 404, body => '' }, 'a file named 20');
$t->answers('/pxelinux.cfg/default', { host => '', result => 'default' }, '... and default',
            headers => ['Cookie: _Syslinux_BOOTIF=20;_Syslinux_SYSVENDOR=ACME;']);
$t->answers('/pxelinux.cfg/default', { host => 'ib8' }, 'a cookie with 8 bytes',
            headers => ['Cookie: _Syslinux_BOOTIF=20-' . dashes($guid) . ';']);

# ---- a UUID of zeros -----------------------------------------------------------------------

$t->answers('/boot.ipxe?' . query(mac => '52-54-00-00-00-01', uuid => $zeros), { host => 'eth' },
            'zeros beside a MAC say nothing');
$t->answers("/boot.ipxe?uuid=$zeros", { result => 'stub' }, 'zeros alone: what else is there?');
$t->answers("/grub/grub.cfg?uuid=$zeros", { result => 'stub' }, '... GRUB too');
$t->answers('/boot.ipxe?' . query(uuid => $zeros), { result => 'default', host => '' },
            'nothing else: a machine that nobody knows');
$t->answers("/pxelinux.cfg/$zeros", { status => 404, body => '' }, 'a file of that name');
$t->answers('/pxelinux.cfg/default', { host => '', result => 'default' }, 'a cookie with zeros',
            headers => ["Cookie: _Syslinux_SYSUUID=$zeros;"]);
my (undef, $said) = $t->sql("UPDATE host SET uuid = '$zeros' WHERE name = 'eth'");
like($said, qr/host\.uuid is in the placeholder table/, 'no row can have it');

# ---- asset tags ----------------------------------------------------------------------------

# iPXE before 2021 decodes %26 %3D %2B %2F before it sends them; "+" is a plus in both
for (
    ['AT 007', 'space', 'AT%20007', 'AT%20007'],
    ['R&D rack 7', 'amp', 'R&D%20rack%207', 'R%26D%20rack%207'],
    ['A&&B&', 'amps', undef, 'A%26%26B%26'],
    ['#5 50%', 'hash', '%235%2050%25', '%235%2050%25'],
    ['A+B C', 'plus', 'A+B%20C', 'A%2BB%20C'],
    ['a=b&c=d', 'equals', undef, 'a%3Db%26c%3Dd'],
) {
    my ($asset, $host, $old, $new) = @$_;
    for my $sent (grep { defined } $old, $new) {
        $t->answers('/boot.ipxe?' . query(serial => 'SN-1', asset => $sent), { host => $host },
                    "$asset as $sent");
        $t->answers('/boot.ipxe?' . query(mac => '52-54-00-00-00-09', asset => $sent),
                    { host => $host }, '... beside a MAC of no row');
    }
}
# what it cuts off there is lost, but makes no other machine of this one
for my $sent ('a=b&c=d', 'R&mac=52:54:00:00:00:01', 'x&uuid=1', 'R&asset=R&D%20rack%207') {
    my $r = $t->get('/boot.ipxe?' . query(mac => '52-54-00-00-00-09', asset => $sent));
    my $host = $r->{header}{'x-ipxe-host'} // '';
    isnt($host, $_, "old iPXE sends $sent: not $_") for 'eth', 'equals', 'half', 'amp';
}

$t->done_testing;
