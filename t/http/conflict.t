# A machine that two rows claim, or that shows another identity than its row names, gets neither
# row's script: it says what is wrong, waits and boots the next device.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO profile(name, template, kernel, initrd, args) VALUES
    ('installer', 'linux', '/images/secret-kernel', '/images/secret-initrd', 'secret-args');
INSERT INTO host(name, mac, profile) VALUES ('alpha', '52:54:00:00:00:01', 'installer');
INSERT INTO nic(mac, host) VALUES ('52:54:00:00:01:01', 'alpha');
INSERT INTO host(name, uuid, profile) VALUES ('bravo', 'bbbbbbbb-1122-3344-5566-778899aabbcc',
                                              'installer');
INSERT INTO host(name, asset, profile) VALUES ('charlie', 'AT-C', 'installer');
INSERT INTO host(name, mac, uuid, asset, serial, profile) VALUES
    ('delta', '52:54:00:00:00:04', 'dddddddd-1122-3344-5566-778899aabbcc', 'AT-D', 'SN-D',
     'installer');
-- one UUID in both byte orders, of two machines
INSERT INTO host(name, mac, uuid, profile) VALUES
    ('plain', NULL, 'a1a2a3a4-b1b2-c1c2-d1d2-e1e2e3e4e5e6', 'installer'),
    ('swapped', '52:54:00:00:00:06', 'a4a3a2a1-b2b1-c2c1-d1d2-e1e2e3e4e5e6', 'installer');
SQL
$t->write_config(server => <<'CONF');
location = /first.ipxe { ipxe boot; ipxe_conflict first; }
location = /uuid-first.ipxe { ipxe boot; ipxe_conflict first; ipxe_identity uuid mac asset; }
location = /serial.ipxe { ipxe boot; ipxe_identity mac uuid asset serial; }
location /first/pxelinux.cfg/ { ipxe pxelinux; ipxe_conflict first; }
CONF
$t->run;

my ($mac_a, $mac_d) = ('mac=52:54:00:00:00:01', 'mac=52:54:00:00:00:04');
my $uuid_b = 'uuid=bbbbbbbb-1122-3344-5566-778899aabbcc';
my $uuid_d = 'uuid=dddddddd-1122-3344-5566-778899aabbcc';
my $other = 'uuid=99999999-9999-4999-8999-999999999999';
my @never = (qr/secret/, qr/^\s*(?:kernel|initrd|LINUX|KERNEL|INITRD|APPEND)\b/m);

for (
    ["$mac_a&$uuid_b", [qw(alpha bravo mac uuid)]],
    ["$uuid_b&$mac_a", [qw(alpha bravo mac uuid)]],
    ['mac=52:54:00:00:01:01&asset=AT-C', [qw(alpha charlie mac asset)]],
    ["$uuid_b&asset=AT-C", [qw(bravo charlie uuid asset)]],
    ["$mac_a&$uuid_b&asset=AT-C", [qw(alpha mac)]],
    ["$mac_a&$uuid_b&platform=efi&arch=x86_64", [qw(alpha bravo)]],
    ["$mac_d&$other", [qw(delta uuid)]],                         # the row names another uuid,
    ["$mac_d&$uuid_d&asset=AT-X", [qw(delta asset)]],            # another asset tag,
    ["$mac_d&$uuid_d&asset=AT-D&serial=SN-X", [qw(delta serial)]],     # another serial number
    ["$uuid_d&asset=AT-X", [qw(delta asset)]],
    # by its UUID this is "plain", exactly; the row of its MAC has that UUID swapped
    ['mac=52:54:00:00:00:06&uuid=a1a2a3a4-b1b2-c1c2-d1d2-e1e2e3e4e5e6', [qw(plain swapped)]],
) {
    my ($query, $words) = @$_;
    $t->answers("/boot.ipxe?$query", { result => 'conflict', unlike => \@never,
        like => [qr/^sleep [1-9]/m, qr/^(?:.*\|\| )?exit 1|^sanboot\b/m,
                 map { qr/\b$_\b/ } @$words] }, "refused: $query");
}
$t->answers('/serial.ipxe?mac=52:54:00:00:00:01&serial=SN-D',
            { result => 'conflict', like => [qr/alpha/, qr/delta/] },
            'refused: serial, where it identifies');

# no contradiction
for (
    ["$mac_d&$uuid_d&asset=AT-D&serial=SN-D", 'delta', 'everything agrees'],
    ["$mac_d&uuid=DDDDDDDD112233445566778899AABBCC&asset=at-d&serial=sn-d", 'delta',
     '... in another spelling'],
    ["$mac_d&uuid=dddddddd-2211-4433-5566-778899aabbcc", 'delta', '... and the other byte order'],
    ["$mac_d&uuid=&asset=&serial=", 'delta', 'what is not shown'],
    ["$mac_d&uuid=00000000-0000-0000-0000-000000000000&asset=Default%20string&serial=None", 'delta',
     'placeholders'],
    ["$mac_a&$other&asset=AT-X&serial=SN-X", 'alpha', 'what the row does not name'],
    ["mac=52:54:00:00:00:77&$uuid_d", 'delta', 'a card that no row knows'],
    ['uuid=a1a2a3a4-b1b2-c1c2-d1d2-e1e2e3e4e5e6', 'plain', 'an exact UUID, beside a swapped one'],
    ['mac=52:54:00:00:00:06&uuid=a4a3a2a1-b2b1-c2c1-d1d2-e1e2e3e4e5e6', 'swapped',
     '... and the other'],
) {
    my ($query, $host, $label) = @$_;
    $t->answers("/boot.ipxe?$query", { result => 'host', host => $host, like => qr/secret-kernel/ },
                $label);
}

# ipxe_conflict first: the most trusted key decides
for (
    ["/first.ipxe?$mac_a&$uuid_b", 'alpha'], ["/first.ipxe?$uuid_b&asset=AT-C", 'bravo'],
    ["/uuid-first.ipxe?$mac_a&$uuid_b", 'bravo'], ["/first.ipxe?$mac_d&$other", 'delta'],
) {
    my ($uri, $host) = @$_;
    $t->answers($uri, { result => 'host', host => $host }, "first: $uri is $host");
}

# PXELINUX: by its cookie, and by the file name, whose byte order nobody can tell
my @cookie = (headers => ['Cookie: _Syslinux_SYSUUID=bbbbbbbb-2211-4433-5566-778899aabbcc;']);
my $refused = { result => 'conflict', unlike => \@never,
                like => [qr/^LOCALBOOT -1$/m, qr/^TIMEOUT [1-9]/m] };
my $r = $t->answers('/pxelinux.cfg/01-52-54-00-00-00-01', $refused,
                    'a file name of alpha, a cookie of bravo', @cookie);
like($r->{body}, qr/alpha(?s:.*)bravo|bravo(?s:.*)alpha/, '... names both');
$t->answers("/pxelinux.cfg/a1a2a3a4-b1b2-c1c2-d1d2-e1e2e3e4e5e6", $refused,
            'both byte orders of a file name have a host');
$t->answers("/pxelinux.cfg/a4a3a2a1-b2b1-c2c1-d1d2-e1e2e3e4e5e6", $refused,
            '... and the other of them');
$t->answers('/pxelinux.cfg/default', $refused, '... and of a cookie',
            headers => ['Cookie: _Syslinux_SYSUUID=a1a2a3a4-b1b2-c1c2-d1d2-e1e2e3e4e5e6;']);
$t->answers('/first/pxelinux.cfg/a4a3a2a1-b2b1-c2c1-d1d2-e1e2e3e4e5e6',
            { result => 'host', host => 'swapped' }, 'first: the exact UUID');
$t->answers('/first/pxelinux.cfg/01-52-54-00-00-00-01', { result => 'host', host => 'alpha' },
            'first', @cookie);

like($t->log, qr/alpha.*bravo|bravo.*alpha/, 'the error log names both hosts');

$t->done_testing;
