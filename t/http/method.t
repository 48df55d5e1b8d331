# GET and HEAD are answered, everything else is 405; and whatever the method, nothing changes.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql("INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01')");
$t->write_config;
$t->run;
my $before = $t->sql('.dump');

for my $uri ('/boot.ipxe?mac=52:54:00:00:00:01', '/boot.ipxe', '/boot.ipxe?mac=52:54:00:00:00:09',
             '/pxelinux.cfg/default',
             '/pxelinux.cfg/01-52-54-00-00-00-01', '/pxelinux.cfg/0A000001') {
    my ($get, $head) = ($t->get($uri), $t->head($uri));
    is($head->{body}, '', "HEAD $uri has no body");
    is(join("\n", grep { !/^Date:/ } split /\r\n/, $head->{head}),
       join("\n", grep { !/^Date:/ } split /\r\n/, $get->{head}),
       '... and the headers of GET');
    is(join(', ', IPXE::Test::flaws($head)), '', '... which are right');

    for my $method (qw(POST PUT DELETE PATCH OPTIONS PROPFIND)) {
        my $r = $t->answers($uri, { status => 405, unlike => qr/#!ipxe|LOCALBOOT/ }, "$method $uri",
                            method => $method,
                            $method eq 'POST' ? (headers => ['Content-Length: 3'], body => 'a=b')
                                : ());
        is($r->{header}{allow}, 'GET, HEAD', '... says what is allowed');
    }
}
is($t->sql('.dump'), $before, 'hosts.db is what it was');

$t->done_testing;
