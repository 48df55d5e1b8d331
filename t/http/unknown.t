# Machines that no row knows: the default profile, which nginx itself may choose, or nothing.
use strict;
use warnings;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO template(name, dialect, body) VALUES
    ('say', 'ipxe', '#!ipxe
echo {{profile}} for {{#mac}}{{mac}}{{/mac}}{{^mac}}nobody{{/mac}}
'),
    ('say', 'pxelinux', 'SAY {{profile}}
');
INSERT INTO profile(name, template) VALUES ('efi-only', 'say'), ('loopback', 'say'),
    ('dell', 'say');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01');
SQL
$t->write_config(http => <<'CONF', server => <<'SERVER');
map $ipxe_platform $by_platform { efi efi-only; default ''; }
map $ipxe_manufacturer $by_maker { ~*^dell dell; default default; }
geo $by_net { 127.0.0.0/8 loopback; default default; }
CONF
location = /platform.ipxe { ipxe boot; ipxe_default_profile $by_platform; }
location = /maker.ipxe    { ipxe boot; ipxe_default_profile $by_maker; }
location = /net.ipxe      { ipxe boot; ipxe_default_profile $by_net; }
location = /fixed.ipxe    { ipxe boot; ipxe_default_profile dell; }
location = /none.ipxe     { ipxe boot; ipxe_default_profile ''; }
location = /gone.ipxe     { ipxe boot; ipxe_default_profile no-such-profile; }
location /net/pxelinux.cfg/  { ipxe pxelinux; ipxe_default_profile $by_net; }
location /none/pxelinux.cfg/ { ipxe pxelinux; ipxe_default_profile ''; }
SERVER
$t->run;

my $mac = 'mac=52:54:00:00:00:09';
for (
    ["/boot.ipxe?$mac", 'default', qr/^echo This machine is not in the host database/m],
    ["/platform.ipxe?$mac&platform=efi", 'efi-only', qr/^echo efi-only for 52:54:00:00:00:09$/m],
    ["/maker.ipxe?$mac&manufacturer=Dell%20Inc.", 'dell', qr/^echo dell for /m],
    ["/maker.ipxe?$mac&manufacturer=HPE", 'default', qr/not in the host database/],
    ["/net.ipxe?$mac", 'loopback', qr/^echo loopback /m],
    ["/fixed.ipxe?$mac", 'dell', qr/^echo dell /m],
    ['/net/pxelinux.cfg/default', 'loopback', qr/^SAY loopback$/m],
) {
    my ($uri, $profile, $like) = @$_;
    $t->answers($uri, { result => 'default', profile => $profile, host => '', like => $like });
}

for my $uri ("/platform.ipxe?$mac&platform=pcbios", "/none.ipxe?$mac", "/gone.ipxe?$mac",
             '/none/pxelinux.cfg/default') {
    $t->answers($uri, { status => 404, result => 'unknown', profile => '', host => '', body => '' },
                "no default profile: $uri");
}
$t->answers('/none.ipxe?mac=52:54:00:00:00:01', { host => 'web1', result => 'host' },
            'a known host does not need it');
$t->answers('/none.ipxe', { result => 'stub' }, 'nor does the stub');

# without a profile of that name, unknown machines get nothing; with it again, they do
$t->sql("DELETE FROM profile WHERE name = 'default'");
$t->answers("/boot.ipxe?$mac", { status => 404, result => 'unknown', body => '' },
            'the default profile was deleted');
$t->sql("INSERT INTO profile(name, template) VALUES ('default', 'say')");
$t->answers("/boot.ipxe?$mac", { result => 'default',
                                 body => "#!ipxe\necho default for 52:54:00:00:00:09\n" },
            'and is back');

$t->done_testing;
