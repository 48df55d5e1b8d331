# What firmware needs of HTTP: exact lengths, no conditions, no ranges, no compression, and
# answers to clients of 1996.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO profile(name, template, kernel, initrd) VALUES ('big', 'linux', '/k',
    replace(hex(zeroblob(300)), '00', '/images/initrd-of-a-long-name.gz' || char(10)));
INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:00:00:01', 'local'),
    ('web2', '52:54:00:00:00:02', 'big');
SQL
$t->write_config(http => <<'CONF');
gzip on;
gzip_types *;
gzip_min_length 1;
gzip_http_version 1.0;
gzip_proxied any;
etag on;
error_page 404 405 503 /words.html;
CONF
$t->write_file('html/words.html', '<html>the page of an administrator</html>');
$t->run;

my ($known, $unknown) = ('/boot.ipxe?mac=52:54:00:00:00:01', '/pxelinux.cfg/0A000001');
my $plain = $t->answers($known, { result => 'host' }, 'plain');

# conditions and ranges do not make another answer: iPXE hangs on a 304, boots half a 206
for my $header (
    'Range: bytes=0-5', 'Range: bytes=-5', 'Range: bytes=100000-', 'If-None-Match: *',
        'If-None-Match: "x"',
    'If-Modified-Since: Fri, 31 Dec 2100 23:59:59 GMT', 'If-Match: "x"',
        'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:01 GMT',
    'Accept-Encoding: gzip', 'Accept-Encoding: gzip, deflate, br', 'TE: chunked',
        'Accept: application/json',
    "If-Range: \"x\"\r\nRange: bytes=1-2",
) {
    $t->answers($known, { result => 'host', body => $plain->{body} }, $header,
                headers => [$header]);
    $t->answers($unknown, { status => 404, body => '' }, "404 and $header", headers => [$header]);
}
$t->answers('/boot.ipxe?mac=52:54:00:00:00:02',
            { host => 'web2', like => qr/(?:initrd \S+initrd-of-a-long-name\.gz.*\n){300}/ },
            'a long script in one piece', headers => ['Accept-Encoding: gzip']);

$t->answers($known, { status => 405, body => '' }, 'error_page does not replace a 405',
            method => 'POST', headers => ['Content-Length: 0']);

# HTTP/1.0 with and without Host, as U-Boot and lpxelinux ask; Host without a port, as GRUB does
for my $uri ($known, '/pxelinux.cfg/01-52-54-00-00-00-01') {
    my $body = $t->get($uri)->{body};
    $t->answers($uri, { body => $body }, "$uri HTTP/1.0", version => '1.0');
    $t->answers($uri, { body => $body }, "$uri HTTP/1.0, no Host", version => '1.0', host => undef);
    $t->answers($uri, { body => $body }, "$uri, Host $_", host => $_) for '127.0.0.1',
        'localhost:1', 'unknown.example', 'LOCALHOST.';
}
my $bare = $t->raw("GET $known HTTP/1.0\r\n\r\n");
like($bare, qr/\r\n\r\n\Q$plain->{body}\E\z/, 'HTTP/1.0 without Connection ends by closing');
is($t->raw("GET $known\r\n"), $plain->{body}, 'HTTP/0.9');

# one connection, many requests
my @uris = ($known, $unknown, '/boot.ipxe', $known);
my $bytes = join '', map { "GET $_ HTTP/1.1\r\nHost: x\r\n\r\n" } @uris;
my $last = "GET $known HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
my @part = split m{(?=HTTP/1\.1 \d{3} )}, $t->raw($bytes . $last);
is(scalar(@part), 5, 'five answers to five pipelined requests');
is(join(' ', map { m{^HTTP/1\.1 (\d+)} } @part), '200 404 200 200 200', '... in their order');
is(IPXE::Test::parse($part[0], 'GET /x')->{body}, $plain->{body}, '... whole');
is(IPXE::Test::parse($part[4], 'GET /x')->{body}, $plain->{body}, '... to the last');

# a body nobody asked for is skipped, not read as the next request
@part = split m{(?=HTTP/1\.1 \d{3} )},
    $t->raw("GET $known HTTP/1.1\r\nHost: x\r\nContent-Length: 22\r\n\r\n"
            . "GET /a HTTP/1.1\r\n\r\nxyz$last");
is(join(' ', map { m{^HTTP/1\.1 (\d+)} } @part), '200 200', 'the body of a GET is skipped');

$t->done_testing;
