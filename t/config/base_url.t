# Where absolute URLs point: this server as it was reached, or what ipxe_base_url says; never what
# the client says in Host.
use strict;
use warnings;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO template(name, dialect, body) VALUES ('show', 'ipxe', '#!ipxe
echo {{base_url}}
kernel {{kernel}}
'), ('show', 'pxelinux', 'LINUX {{kernel}}
');
INSERT INTO profile(name, template, kernel) VALUES ('path', 'show', '/images/linux'),
    ('word', 'show', 'images/linux'),
    ('url', 'show', 'tftp://10.0.0.1/images/linux');
INSERT INTO host(name, mac, profile) VALUES ('h1', '52:54:00:00:00:01', 'path'),
    ('h2', '52:54:00:00:00:02', 'url'),
    ('h3', '52:54:00:00:00:03', 'word');
SQL
$t->write_config(server => <<'CONF', http => <<'HTTP');
listen 127.0.0.1:%%PORT2%%;
location = /fixed.ipxe { ipxe boot; ipxe_base_url http://boot.example:8080; }
location = /slash.ipxe { ipxe boot; ipxe_base_url http://boot.example/; }
location = /prefix.ipxe { ipxe boot; ipxe_base_url http://boot.example/pxe; }
location = /variable.ipxe { ipxe boot; ipxe_base_url http://$server_name:8081; }
location /fixed/pxelinux.cfg/ { ipxe pxelinux; ipxe_base_url http://boot.example:8080; }
CONF
server { listen 127.0.0.1:%%PORT3%%; ipxe_base_url http://of-the-server.example;
         location = /boot.ipxe { ipxe boot; } }
HTTP
$t->run;

my $port = 'http://127.0.0.1:%%PORT%%';
for (
    ['/boot.ipxe', $port],
    ['/boot.ipxe', $port, host => 'evil.example'],
    ['/boot.ipxe', $port, host => '127.0.0.1'],                  # GRUB and EDK2 leave the port out
    ['/boot.ipxe', $port, version => '1.0', host => undef],
    ['/boot.ipxe', 'http://127.0.0.1:%%PORT2%%', port => 2],
    ['/boot.ipxe', 'http://of-the-server.example', port => 3],
    ['/fixed.ipxe', 'http://boot.example:8080', host => 'evil.example'],
    ['/slash.ipxe', 'http://boot.example'],
    ['/prefix.ipxe', 'http://boot.example/pxe'],
    ['/variable.ipxe', 'http://localhost:8081', host => 'evil.example'],
) {
    my ($path, $base, %opt) = @$_;
    $opt{port} = $t->port($opt{port}) if $opt{port};
    my $label = "$path " . join ' ', map { "$_=" . ($opt{$_} // 'none') } sort keys %opt;
    my $ask = sub {
        my ($host, $kernel, $words) = @_;
        $t->answers("$path?mac=52:54:00:00:00:$host",
                    { body => "#!ipxe\necho $base\nkernel $kernel\n" }, "$label: $words", %opt);
    };
    $ask->('01', "$base/images/linux", 'a path');
    $ask->('02', 'tftp://10.0.0.1/images/linux', 'a URL stays');
    $ask->('03', "$base/images/linux", 'a path without its first slash');
}
$t->answers('/fixed/pxelinux.cfg/01-52-54-00-00-00-01',
            { body => "LINUX http://boot.example:8080/images/linux\n" }, 'PXELINUX');

$t->done_testing;
