# error_page that leads to the endpoint: the status is the endpoint's own. A machine that gets a
# script must see 200, and one that gets none must never see 200.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql("INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01')");
my %page = (
    fixed => 'error_page 404 =200 /boot.ipxe;',
    other => 'error_page 404 =503 /boot.ipxe;',
    same => 'error_page 404 /boot.ipxe;',
    own => 'error_page 404 = /boot.ipxe;',
    query => 'error_page 404 =200 /boot.ipxe?$args;',
);
my %database = (there => '%%DIR%%/db/hosts.db', missing => '%%DIR%%/db/missing.db');
$t->write_config(http => join "\n", map {
    my $page = $_;
    map { <<"CONF" } sort keys %database;
server {
    listen 127.0.0.1:%%PORT%%;
    server_name $page.$_;
    ipxe_database $database{$_};
    $page{$page}
    location / { return 404; }
    location = /boot.ipxe { ipxe boot; }
}
CONF
} sort keys %page);
$t->expect_log(qr{/db/missing\.db});
$t->run;

my $mac = 'mac=52:54:00:00:00:01';
for my $page (sort keys %page) {
    my $host = $page eq 'query' ? 'web1' : '';
    my $result = $page eq 'query' ? 'host' : 'stub';
    $t->answers("/x?$mac", { status => 200, result => $result, host => $host,
                              like => qr/\A#!ipxe\n/ },
                "$page{$page} a script is a 200", host => "$page.there");
    my $r = $t->answers("/x?$mac", { status => 503, result => 'unavailable' },
                        '... and no database a 503', host => "$page.missing");
    is($r->{header}{'retry-after'}, 5, '... with Retry-After');
}

$t->done_testing;
