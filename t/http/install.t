# host.install is set, but nothing could record that it was done: the machine would install again
# and again, so it is told so instead.
use strict;
use warnings;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO profile(name, template, kernel, initrd) VALUES ('debian-12', 'linux', '/images/linux',
    '/images/initrd.gz');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01');
SQL
$t->write_config;
$t->run;

$t->answers('/boot.ipxe?mac=52:54:00:00:00:01', { result => 'host', host => 'web1',
                                                  profile => 'local' }, 'not armed');
$t->sql("UPDATE host SET install = 'debian-12' WHERE name = 'web1'");
$t->answers('/boot.ipxe?mac=52:54:00:00:00:01',
            { result => 'error', like => [qr/web1/, qr/install/, qr/ipxe_events/,
                                          qr/^sleep [1-9]/m], unlike => qr/^(?:kernel|initrd)\b/m },
            'armed: refused, in words');
$t->answers('/pxelinux.cfg/01-52-54-00-00-00-01',
            { result => 'error', like => [qr/web1/, qr/install/, qr/^LOCALBOOT -1$/m],
              unlike => qr/^(?:LINUX|KERNEL|INITRD)\b/m },
            '... in PXELINUX too');
$t->answers('/boot.ipxe?mac=52:54:00:00:00:01', { result => 'error' }, 'asking changed nothing');
$t->sql("UPDATE host SET install = NULL WHERE name = 'web1'");
$t->answers('/boot.ipxe?mac=52:54:00:00:00:01', { result => 'host', profile => 'local' },
            'disarmed');

$t->done_testing;
