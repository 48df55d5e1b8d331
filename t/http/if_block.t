# "if" and "limit_except" are locations of their own inside a location: the endpoint and all its
# answers stay what they are.
use strict;
use warnings;
use Test::More;
use IPXE::Test qw(slurp);

my $t = IPXE::Test->new;
$t->sql("INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01')");
mkdir $t->dir . "/html/$_" for qw(pxelinux.cfg open closed);
my @static = qw(boot.ipxe pxelinux.cfg/default open/boot.ipxe closed/boot.ipxe open/default
                closed/default);
$t->write_file("html/$_", 'a static file') for @static;
$t->write_config(
    locations => <<'CONF',
location = /boot.ipxe { ipxe boot; if ($arg_debug) { add_header X-Debug 1 always; } }
location /pxelinux.cfg/ { ipxe pxelinux; if ($arg_debug) { add_header X-Debug 1 always; } }
CONF
    server => <<'CONF',
location = /open/boot.ipxe { ipxe boot; limit_except GET { allow all; } }
location = /closed/boot.ipxe { ipxe boot; limit_except GET { deny all; } }
location /open/ { ipxe pxelinux; limit_except GET { allow all; } }
location /closed/ { ipxe pxelinux; limit_except GET { deny all; } }
CONF
);
$t->run;

my $mac = 'mac=52:54:00:00:00:01';
my %names = map { $_ => 1 } qw(mac uuid arch platform ip manufacturer product serial asset);
my $all = join '&', map { "$_=" } sort keys %names;
for (
    ['/boot.ipxe?', { result => 'stub' }],
    ["/boot.ipxe?$all&", { result => 'default', profile => 'default' }],
    ['/boot.ipxe?mac=52:54:00:00:00:09&', { result => 'default', profile => 'default' }],
    ["/boot.ipxe?$mac&", { result => 'host', host => 'web1' }],
    ['/pxelinux.cfg/default?', { result => 'default', profile => 'default' }],
    ['/pxelinux.cfg/01-52-54-00-00-00-01?', { result => 'host', host => 'web1' }],
    ['/pxelinux.cfg/01-52-54-00-00-00-09?', { result => 'unknown', status => 404 }],
    ['/pxelinux.cfg/0A000001?', { result => 'unknown', status => 404 }],
) {
    my ($uri, $want) = @$_;
    my $plain = $t->answers($uri, $want, "$uri as it is");
    my $if = $t->answers("${uri}debug=1", $want, '... and in the if');
    is($if->{header}{'x-debug'}, 1, '... which was entered');
    is($if->{body}, $plain->{body}, '... with the same text');
}

# GET is what it was; what is allowed besides is refused by the endpoint, not by nginx's files
for my $limit (qw(open closed)) {
    for my $name ('boot.ipxe', '01-52-54-00-00-00-01') {
        $t->answers("/$limit/$name?$mac", { result => 'host', host => 'web1' },
                    "$limit: GET $name");
    }
    for my $name (qw(boot.ipxe default)) {
        for my $method (qw(POST PUT DELETE OPTIONS)) {
            my $r = $t->get("/$limit/$name?$mac", method => $method, body => '',
                            headers => ['Content-Length: 0']);
            is($r->{status}, $limit eq 'open' ? 405 : 403, "$limit: $method $name");
            is($r->{header}{allow}, 'GET, HEAD', '... says what is allowed') if $limit eq 'open';
        }
    }
}
ok(slurp($t->dir . "/html/$_") eq 'a static file', "$_ was not touched") for @static;

$t->done_testing;
