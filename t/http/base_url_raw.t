# ipxe_base_url may be made of what the request says: that text is a part of a URL and nothing
# else, with two braces, with three, in the stub.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO template(name, dialect, body) VALUES ('raw', 'ipxe', '#!ipxe
chain {{{base_url}}}/a || exit 1
chain {{base_url}}/b || exit 1
{{#kernel}}
kernel {{{kernel}}} || exit 1
{{/kernel}}
chain {{{file_url}}}/c || exit 1
');
INSERT INTO profile(name, template, kernel) VALUES ('raw', 'raw', '/images/linux');
INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:00:00:01', 'raw');
SQL
$t->write_config(
    locations => <<'CONF',
location = /boot.ipxe { ipxe boot; ipxe_base_url http://$http_x_forwarded_host; }
location = /own.ipxe { ipxe boot; ipxe_base_url http://$ipxe_host.example/$ipxe_result; }
location = /profile.ipxe { ipxe boot; ipxe_base_url http://$ipxe_profile.example;
                           ipxe_default_profile $ipxe_host$ipxe_key; }
CONF
    http => 'log_format who "$ipxe_host $ipxe_result"; access_log %%DIR%%/access.log who;',
);
$t->run;

my $uri = '/boot.ipxe?mac=52:54:00:00:00:01';
my $token = $t->sql('SELECT token FROM host') =~ s/\n//r;
$t->answers($uri, { host => 'web1', result => 'host', body => <<"IPXE" }, 'an honest proxy',
#!ipxe
chain http://pxe.example:8080/a || exit 1
chain http://pxe.example:8080/b || exit 1
kernel http://pxe.example:8080/images/linux || exit 1
chain http://pxe.example:8080/file/$token/c || exit 1
IPXE
            headers => ['X-Forwarded-Host: pxe.example:8080']);

# what a URL cannot hold is percent-encoded, byte for byte
for my $text ('x || shell', 'x && shell', 'x ; shell', "x\tshell", 'x # y', '${cmd}', '{{name}}',
              'x" y', 'x \\', 'x|| shell ||', "x\xc3\xa9") {
    my $header = ["X-Forwarded-Host: $text"];
    my $url = 'http://' . $text =~ s/([^!\$%-;=?-Z_a-z~\[\]])/sprintf '%%%02X', ord $1/ger;
    $t->answers($uri, { host => 'web1', result => 'host', body => <<"IPXE" }, "script: $text",
#!ipxe
chain $url/a || exit 1
chain $url/b || exit 1
kernel $url/images/linux || exit 1
chain $url/file/$token/c || exit 1
IPXE
                headers => $header);
    $t->answers('/boot.ipxe', { result => 'stub',
                                like => qr{^chain (?:\S+ )*\Q$url\E/boot\.ipxe\?}m },
                "stub: $text", headers => $header);
}

# the base is asked while the host is being found: no answer to that yet, and no alarm in the log
for my $path ('/own.ipxe', '/profile.ipxe') {
    $t->answers("$path?mac=52:54:00:00:00:01", { host => 'web1', result => 'host' }, $path);
    $t->answers($path, { result => 'stub' }, '... without an identity');
}
unlike($t->log, qr/cycle/, 'no variable needs itself');

$t->done_testing;
