# A token that nobody has and one whose install is over cost the same, but for noise: what differs
# is what is said of it, and nothing tells how much of a token is right.
use strict;
use warnings;
use IPXE::Bench;
use List::Util qw(max min);
use Test::More;

plan skip_all => 'sanitizers multiply what is counted here' if $ENV{TEST_NGINX_PRELOAD};

my $b = IPXE::Bench->new(hosts => 2000, http => 'ipxe_events %%DIR%%/db/events.db;',
    server => 'location /file/ { ipxe file; } location /ipxe/event/ { ipxe event; }');
$b->start('callgrind');

# how much of a token is right: all of it, all but its last digit, half, nothing
chomp(my $token = $b->sql("UPDATE host SET install = 'local' WHERE name = 'node0000007';
                           SELECT token FROM host WHERE name = 'node0000007';"));
is($b->get("/file/$token/x")->{status}, 404, 'a token');
is($b->get("/ipxe/event/$token/done", method => 'POST', headers => ['Content-Length: 0'])->{status},
   200, '... that is spent');
my %kind = (
    spent => $token,
    nearly => substr($token, 0, 31) . (substr($token, 31) eq '0' ? '1' : '0'),
    half => substr($token, 0, 16) . '0' x 16,
    nothing => 'f' x 32,
    short => '0',
);
my (%status, %ir);
for my $path ('/file/%s/preseed.cfg', '/ipxe/event/%s/done') {
    my $method = $path =~ /event/ ? 'POST' : 'GET';
    for my $round (1 .. 3) {                           # the first warms up
        for my $kind (sort keys %kind) {
            my $uri = sprintf $path, $kind{$kind};
            $b->dump_instructions($b->pids);
            for (1 .. 40) {
                my $r = $b->get($uri, method => $method, headers => ['Content-Length: 0']);
                $status{$path}{$kind}{join ' ', $r->{status}, $r->{body}, grep { /^x-ipxe-(?:host|profile)/ }
                                                                 sort keys %{ $r->{header} }} = 1;
            }
            my $ir = $b->dump_instructions($b->pids) / 40;
            $ir{$path}{$kind} = $ir if $round > 1 && $ir < ($ir{$path}{$kind} // 9e9);
        }
    }
    is(join(',', keys %{ $status{$path}{spent} }), '410 ', "$path: spent is 410 and empty");
    is(join(',', map { keys %{ $status{$path}{$_} } } qw(half nearly nothing short)), join(',', ('404 ') x 4),
       '... any other is 404 and empty');
    note join ', ', map { sprintf '%s %.0f', $_, $ir{$path}{$_} } sort keys %{ $ir{$path} };
    my @all = map { $ir{$path}{$_} } qw(spent nearly half nothing);
    cmp_ok(max(@all) / min(@all), '<', 1.08, '... all take the same');
    my @wrong = map { $ir{$path}{$_} } qw(nearly half nothing);
    cmp_ok(max(@wrong) / min(@wrong), '<', 1.02, '... however much of it is right');
}

$b->done_testing;
