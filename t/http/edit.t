# A row changed with sqlite3 is seen in the very next answer: no reload, no waiting.
use strict;
use warnings;
use Test::More;
use IPXE::Test qw(curl);

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO profile(name, template, kernel, initrd, args) VALUES
    ('debian-12', 'linux', '/images/debian-12/linux', '/images/debian-12/initrd.gz', 'quiet');
SQL
$t->write_config(workers => 2);
$t->run;

my $url = 'http://127.0.0.1:' . $t->port . '/boot.ipxe?mac=52:54:00:12:34:56';
my $base = 'http://127.0.0.1:' . $t->port;

# each step: a statement, and what curl says directly after it; twice, since there are two workers
for (
    ['', qr/^echo This machine is not in the host database/m],
    ["INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:12:34:56', 'debian-12')",
     qr{^kernel $base/images/debian-12/linux initrd=initrd\.gz quiet }m],
    ["UPDATE profile SET args = 'console=ttyS0'", qr{^kernel \S+ initrd=\S+ console=ttyS0 }m],
    ["UPDATE profile SET kernel = '/images/{{version}}/linux';
      INSERT INTO var(name, value) VALUES ('version', 'debian-12.1')",
     qr{^kernel $base/images/debian-12\.1/linux }m],
    ["UPDATE var SET value = 'debian-12.1b' WHERE name = 'version'",
     qr{^kernel $base/images/debian-12\.1b/linux }m],
    ["INSERT INTO var(profile, name, value) VALUES ('debian-12', 'version', 'debian-12.2')",
     qr{^kernel $base/images/debian-12\.2/linux }m],
    ["INSERT INTO var(host, name, value) VALUES ('web1', 'version', 'debian-12.3')",
     qr{^kernel $base/images/debian-12\.3/linux }m],
    ["UPDATE var SET value = 'debian-12.4' WHERE host = 'web1'",
     qr{^kernel $base/images/debian-12\.4/linux }m],
    ["DELETE FROM var WHERE host = 'web1'", qr{^kernel $base/images/debian-12\.2/linux }m],
    ["UPDATE template SET body = '#!ipxe
echo {{name}} changed
' WHERE name = 'linux' AND dialect = 'ipxe'", qr/\A#!ipxe\necho web1 changed\n\z/],
    ["UPDATE host SET name = 'web2'", qr/\A#!ipxe\necho web2 changed\n\z/],
    ["UPDATE host SET profile = 'local'", qr/^echo web2: booting the local disk$/m],
    ["UPDATE host SET mac = '52:54:00:12:34:57'", qr/^echo This machine is not in/m],
    ["INSERT INTO nic(mac, host) VALUES ('52:54:00:12:34:56', 'web2')", qr/^echo web2: booting/m],
    ["DELETE FROM host WHERE name = 'web2'", qr/^echo This machine is not in/m],
) {
    my ($statement, $wanted) = @$_;
    $t->sql($statement) if $statement ne '';
    like(curl($url), $wanted, $statement ne '' ? $statement : 'nothing yet') for 1, 2;
}

# and so for a long series of changes
my @late;
for my $n (1 .. 50) {
    $t->sql($n == 1 ? "INSERT INTO host(name, mac) VALUES ('n1', '52:54:00:12:34:56')"
                    : "UPDATE host SET name = 'n$n'");
    my $host = $t->get('/boot.ipxe?mac=52:54:00:12:34:56')->{header}{'x-ipxe-host'} // '';
    push @late, "$n: $host" if $host ne "n$n";
}
is("@late", '', '50 changes, each in the next answer');

$t->done_testing;
