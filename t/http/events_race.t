# Many boots of one armed host at a time, with "done" in the middle, workers that are killed, and all
# of nginx that is killed: who asks after "done" was acknowledged is never installed again. With
# TEST_HARD the long form, as t/hard/events-race.t runs it.
use strict;
use warnings;
use IPXE::Test qw(slurp wait_for);
use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

use constant { CLIENTS => 4, SOCKETS => 40, MAC => '52:54:00:00:00:01' };
my ($ROUNDS, $BOOTS) = $ENV{TEST_HARD} ? (12, 10_000) : (4, 1600);

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO profile(name, template, kernel) VALUES ('install', 'linux', '/linux');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01'), ('web2', '52:54:00:00:00:02');
SQL
$t->write_config(workers => 3, log => 'error', http => 'ipxe_events %%DIR%%/db/events.db;',
    locations => 'location = /boot.ipxe { ipxe boot; } location /ipxe/event/ { ipxe event; }');
$t->run;
my $events = $t->dir . '/db/events.db';

sub now { return clock_gettime(CLOCK_MONOTONIC) }
sub arm {
    my ($host) = @_;
    chomp(my $token = $t->sql("UPDATE host SET install = 'install' WHERE name = '$host';
                               SELECT token FROM host WHERE name = '$host';"));
    return $token;
}
sub request {
    my ($method, $uri, $close) = @_;
    my $connection = $close ? 'close' : 'keep-alive';
    return "$method $uri HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: $connection\r\n\r\n";
}

# One answer, or undef if the connection ended before.
sub answer {
    my ($socket) = @_;
    my $got = '';
    until ($got =~ /\r\n\r\n/ && length $got >= $+[0] + ($got =~ /^Content-Length: (\d+)/m)[0]) {
        return undef if !sysread $socket, $got, 65536, length $got;
    }
    return $got;
}

sub connected { return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->port) }

# Boots over many connections at a time, until it is ended; writes down when each was asked for, and
# what it got.
sub boot {
    my ($file, $close) = @_;
    open my $log, '>', $file or die "$file: $!";
    $log->autoflush(1);
    my $request = request('GET', '/boot.ipxe?mac=' . MAC, $close);
    my @sockets;
    while (1) {
        for my $i (0 .. SOCKETS - 1) {
            my $socket = $sockets[$i] //= connected() or next;
            my $sent = now();
            $sockets[$i] = undef if !syswrite $socket, $request;
            ${*$socket}{sent} = $sent;
        }
        for my $socket (@sockets) {
            next if !$socket;
            my $got = answer($socket);
            my ($profile) = ($got // '') =~ /^X-Ipxe-Profile: (\S+)/m;
            my $result = !defined $got ? 'none' : $profile // 'refused';
            printf $log "%.9f %s\n", ${*$socket}{sent}, $result;
            $socket = undef if $close || !defined $got;
        }
    }
    return;
}

# POST until somebody says that it is recorded, or was.
sub done {
    my ($token) = @_;
    for (1 .. 500) {
        my $socket = connected();
        my $got = $socket && syswrite($socket, request('POST', "/ipxe/event/$token/done", 1))
                  && answer($socket);
        return $1 if ($got // '') =~ m{^HTTP/1.1 (200|410)};
        sleep 0.02;
    }
    return 'never';
}

sub lines { return map { /(.*)\n/g } map { -e $_ ? slurp($_) : '' } @_ }

# Runs clients, ACT in the middle of them; then what was asked for and got.
sub storm {
    my ($close, $act) = @_;
    my @files = map { $t->dir . "/client.$_" } 1 .. CLIENTS;
    unlink @files;
    for my $file (@files) { $t->spawn(sub { boot($file, $close) }) }
    wait_for(sub { lines(@files) >= $BOOTS / 2 }, 60);
    my $end = $act->();
    my $more = lines(@files) + $BOOTS / 2;
    wait_for(sub { lines(@files) >= $more }, 60);
    $t->end_children;
    my %got;
    for (map { [split] } lines(@files)) {
        $got{$_->[0] > $end ? 'after' : 'before'}{$_->[1]}++;
    }
    note join '; ', map { my $when = $_; "$when: " . join ', ', map { "$got{$when}{$_} $_" }
                          sort keys %{ $got{$when} } } sort keys %got;
    return \%got;
}

for my $round (1 .. $ROUNDS) {
    my $close = $round % 2;
    my $kill = $round % 4 > 1;
    my $name = ($close ? 'close' : 'keepalive') . ($kill ? ', a worker is killed' : '');
    my $token = arm('web1');
    my ($said, @pids);
    my $got = storm($close, sub {
        @pids = $t->workers if $kill;
        kill KILL => $pids[0] if $kill;
        $said = done($token);
        my $end = now();
        kill KILL => $pids[1] if $kill;
        return $end;
    });
    like($said, qr/^(?:200|410)$/, "$name: done");
    cmp_ok($got->{before}{install} // 0, '>', 0, '... it was installed before');
    is($got->{before}{refused} // 0, 0, '... and never refused');
    cmp_ok($got->{after}{local} // 0, '>', 0, '... and boots its disk after');
    is(join(', ', grep { !/^(?:local|none)$/ } keys %{ $got->{after} }), '', '... and nothing else');
    is(($got->{before}{none} // 0) + ($got->{after}{none} // 0), 0, '... all are answered') if !$kill;
    next if !$kill;
    ok(wait_for(sub { my %is = map { $_ => 1 } $t->workers; 3 == keys %is && !grep { $is{$_} } @pids[0, 1] }),
       '... workers are back');
    $t->workers_changed;
}

# kill -9 of all that is nginx, at any time
for my $round (1 .. $ROUNDS / 2) {
    my ($token, $other) = (arm('web1'), arm('web2'));
    $t->spawn(sub { boot($t->dir . '/client', 1) });
    sleep 0.05 * rand 6;
    is(done($token), 200, 'done');
    my @all = ($t->{master}, $t->workers);
    kill KILL => @all;
    waitpid delete $t->{master}, 0;
    wait_for(sub { !grep { kill 0 => $_ } @all });
    $t->end_children;
    $t->run;
    $t->answers('/boot.ipxe?mac=' . MAC, { profile => 'local' }, '... stays so when all are killed')
        for 1 .. 6;
    $t->answers('/boot.ipxe?mac=52:54:00:00:00:02', { profile => 'install' },
                '... and another goes on to be installed') for 1 .. 6;
}
is($t->sql(".timeout 1000\nPRAGMA integrity_check;", $events), "ok\n", 'events.db is sound');
is($t->sql("SELECT count(*) FROM report WHERE event = 'done'", $events),
   $t->sql("SELECT count(*) FROM spent", $events), 'each install was reported once');

# the second is when it was in the middle of adding an answer
$t->expect_log(qr{exited on signal 9|zone "ipxe_events" was locked by \d+$});
$t->done_testing;
