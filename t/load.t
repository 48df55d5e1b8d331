# The judge of the campaigns in t/hard: that it lets right answers pass, and no wrong one.
use strict;
use warnings;
use Test::More;
use IPXE::Load;
use IPXE::Load::State qw(judge stamp state_sql);
use IPXE::Test qw(wait_for);

# An answer as nginx gives it: to what was asked, in a state, with changes.
sub answer {
    my ($asked, $state, %change) = @_;
    my $known = $asked->{known};
    my $body = IPXE::Load::State::script($asked, $state);
    $body = $change{body}->($body) if $change{body};
    my %header = (
        'Content-Length' => length $body, 'Content-Type' => 'text/plain',
        'Cache-Control' => 'no-store', 'X-Ipxe-Result' => $known ? 'host' : 'default',
        'X-Ipxe-Profile' => $known ? 'p' . $asked->{n} % 4 : 'default',
        $known ? ('X-Ipxe-Host' => sprintf 'host%07d', $asked->{n}) : (),
        %{ $change{header} // {} },
    );
    my $status = $change{status} // '200 OK';
    my $uri = IPXE::Load::State::uri($asked);
    return IPXE::Test::parse(join("\r\n", "HTTP/1.1 $status", map({ "$_: $header{$_}" } sort
        grep { defined $header{$_} } keys %header), '', $body), "GET $uri HTTP/1.1");
}

my %limit = (floor => 7, ceiling => 8, last => 7, served => 1);
my %host = (known => 1, n => 3);
my %far = (known => 1, n => 2000);                     # a host that is the same in all states
my %stranger = (n => 5);
my %wait = (status => '503 Service Temporarily Unavailable', body => sub { "# wait\n" },
            header => { 'Retry-After' => 5, 'X-Ipxe-Result' => 'unavailable',
                        'X-Ipxe-Host' => undef, 'X-Ipxe-Profile' => undef });
my %nothing = (status => '404 Not Found', body => sub { '' },
               header => { 'X-Ipxe-Result' => 'unknown', 'X-Ipxe-Profile' => undef });

for my $asked (\%host, \%far, \%stranger, { %host, pxelinux => 1 }) {
    my ($state, @wrong) = judge(answer($asked, 8), $asked, \%limit);
    is("$state @wrong", '8 ', 'right: ' . IPXE::Load::State::uri($asked));
}
is_deeply([judge(answer(\%host, 7, %wait), \%host, { %limit, served => 0 })], [0],
          'right: a 503 where it may be');
is_deeply([judge(answer({ %stranger, pxelinux => 1 }, 7, %nothing), { %stranger, pxelinux => 1 },
                 \%limit)], [0], 'right: the 404 of an unknown machine');

my ($old, $new) = (stamp(7), stamp(8));
for my $case (
    ['a 503', qr/a 503, where/, \%host, 7, %wait],
    ['a 503 without Retry-After', qr/no Retry-After/, \%host, 7, %wait,
     header => { %{ $wait{header} }, 'Retry-After' => undef }],
    ['a 404 for a known host', qr/status 404/, { %host, pxelinux => 1 }, 7, %nothing],
    ['an older state', qr/state 6, when 7 was acknowledged/, \%host, 6],
    ['one that was never committed', qr/state 9, which was never committed/, \%far, 9],
    ['no state', qr/shows no state/, \%host, 7, body => sub { "#!ipxe\nexit\n" }],
    ['another host', qr/not the script of the machine/, \%host, 7,
     body => sub { IPXE::Load::State::script(\%far, 7) }],
    ['another host, by its header', qr/it says 'host host0000004 p3'/, \%host, 7,
     header => { 'X-Ipxe-Host' => 'host0000004' }],
    ['the default profile for a known host', qr/not the script of the machine/, \%host, 7,
     body => sub { IPXE::Load::State::script({ %stranger, n => 3 }, 7) }],
    ['a script that is cut off', qr/not the script/, \%host, 7,
     body => sub { $_[0] =~ s/exit\n//r }],
    ['one of another length than it says', qr/Content-Length/, \%host, 7,
     header => { 'Content-Length' => 7 }],
    # parts of two states: each place where a state stands, in turn
    map({ my $nth = $_;
          ["torn in place $nth", qr/torn: it shows the states 00000007, 00000008/, \%host, 8,
           body => sub { my $i = 0; $_[0] =~ s/$new/$i++ == $nth ? $old : $new/ger }] } 0 .. 5),
) {
    my ($name, $words, $asked, $state, %change) = @$case;
    my (undef, @wrong) = judge(answer($asked, $state, %change), $asked, \%limit);
    like(join("\n", @wrong), $words, "wrong: $name");
}
my (undef, @wrong) = judge(answer(\%host, 7), \%host, { %limit, last => 8 });
like("@wrong", qr/after the same worker showed 8/, 'wrong: back to an older state');

# and with nginx: clients find what is really wrong in a database
my $t = IPXE::Load->new(hosts => 200);
$t->begin;
$t->goes_on('edited', sub { $t->commit });
my @case = (
    ['args of another state', qr/torn/, "UPDATE profile SET args = '" . stamp(1) . "'"],
    ['two hosts that changed places', qr/not the script of the machine/,
     "UPDATE host SET mac = NULL WHERE name IN ('host0000007', 'host0000008');
      UPDATE host SET mac = '52:54:00:00:00:07' WHERE name = 'host0000008';
      UPDATE host SET mac = '52:54:00:00:00:08' WHERE name = 'host0000007';"],
    ['a host that was deleted', qr/it says 'default  default', not 'host host0000009 p1'/,
     "DELETE FROM host WHERE name = 'host0000009'"],
    ['a state that is older', qr/state 1, when 2 was acknowledged/, state_sql(1)],
    ['a state that was not announced', qr/state 90, which was never committed/, state_sql(90)],
);
for (@case) {
    my ($name, $words, $sql) = @$_;
    $t->sql(".backup '" . $t->dir . "/good.db'");
    $t->first_faults;
    $t->sql($sql);
    my $found = '';
    ok(wait_for(sub { ($found .= $t->first_faults) =~ $words }), "found under load: $name")
        or diag $found;
    $t->sql(".restore '" . $t->dir . "/good.db'");
}
cmp_ok($t->count->{faults}, '>', @case, '... and counted');
$t->clean_up;

done_testing;
