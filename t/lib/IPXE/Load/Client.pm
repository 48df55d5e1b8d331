package IPXE::Load::Client;

# A client that asks all the time, over connections that are kept for a while, and judges each
# answer. It reads from the board, a file, what it may expect, and writes there what it saw.

use strict;
use warnings;

use Errno;
use IO::Socket::INET;
use IPXE::Load::State qw(judge);
use IPXE::Test;
use Socket qw(SOL_SOCKET SO_RCVTIMEO);
use Time::HiRes qw(sleep time);

use constant {
    CHAPTER => 16,                 # words of the board that one client has
    QUIET => 0.1,                  # seconds after a fault in which no other is written down
};

# Known hosts that nobody asked before, ones that this client asked before, hosts of which all
# changes with each state, machines that no row knows; and what PXELINUX asks.
my @TURN = (
    [qw(known new)], [qw(known marked)], [qw(known again)], [qw(unknown new)], [qw(known again)],
    [qw(known marked)], [qw(known new pxelinux)], [qw(known new)], [qw(known again pxelinux)],
    [qw(unknown again)], [qw(known marked pxelinux)], [qw(unknown new pxelinux)],
);

# Options: number, clients (how many there are), hosts, port, dir, pause (seconds between two
# requests), kept (requests of one connection; the first client has a new one for each; 0: all
# connections are kept).
sub new {
    my ($class, %opt) = @_;
    my $c = bless { asked => 0, new => 0, unknown => 0, last => {}, seen => [], faults => 0,
                    told => 0, answers => 0, waits => 0, slowest => 0, %opt }, $class;
    open $c->{board}, '+<:raw', "$c->{dir}/board" or die "board: $!";
    return $c;
}


# ---- the board: words of 8 bytes ---------------------------------------------------------

# Words 0 to 3 are what holds for all: floor, ceiling, served. Each client has a chapter: answers,
# waits, faults, slowest, and pairs of a worker and the last state that it showed.
sub read_words {
    my ($fh, $at, $count) = @_;
    sysseek $fh, 8 * $at, 0;
    sysread $fh, my $bytes, 8 * $count;
    return unpack 'q*', $bytes . "\0" x (8 * $count - length $bytes);
}

sub write_words {
    my ($fh, $at, @words) = @_;
    sysseek $fh, 8 * $at, 0;
    return syswrite $fh, pack 'q*', @words;
}

sub note_down {
    my ($c) = @_;
    my @seen = map { $_, $c->{last}{$_} } @{ $c->{seen} };
    return write_words($c->{board}, CHAPTER * ($c->{number} + 1),
                       @$c{qw(answers waits faults slowest)}, @seen[0 .. $#seen]);
}


# ---- asking ------------------------------------------------------------------------------

# Asks until it is told to end.
sub run {
    my ($c) = @_;
    local $SIG{TERM} = sub { $c->{stop} = 1 };
    until ($c->{stop}) {
        $c->ask;
        sleep $c->{pause} if $c->{pause};
    }
    return;
}

# What is asked next.
sub next_machine {
    my ($c) = @_;
    my ($known, $which, $pxelinux) = @{ $TURN[$c->{asked}++ % @TURN] };
    my %asked = (known => $known eq 'known', pxelinux => $pxelinux);
    if (!$asked{known}) {
        $c->{unknown}++ if $which eq 'new';
        $asked{n} = $c->{number} << 24 | $c->{unknown};
    } elsif ($which eq 'marked') {
        $asked{n} = 1 + int rand IPXE::Load::State::MARKED;
    } else {
        my $mine = int($c->{hosts} / $c->{clients});
        my $nth = $which eq 'new' ? $c->{new}++ : int rand($c->{new} || 1);
        $asked{n} = 1 + $c->{number} * $mine + $nth % $mine;
    }
    return \%asked;
}

# One request; returns its state.
sub ask {
    my ($c) = @_;
    my $asked = $c->next_machine;
    my $close = $c->{kept} && ($c->{asked} % $c->{kept} == 0 || !$c->{number});
    my %limit;
    my $served;
    @limit{qw(floor ceiling)} = read_words($c->{board}, 0, 3);
    ($served) = read_words($c->{board}, 2, 1);
    my $start = time;
    my $r = $c->request(IPXE::Load::State::uri($asked), $close);
    return 0 if $c->{stop};                            # which may have ended a system call
    my $took = int(1e6 * (time - $start));
    $c->{slowest} = $took if $took > $c->{slowest};

    # what was allowed when the answer came is allowed; each demand has a number of its own
    (undef, $limit{ceiling}, my $still) = read_words($c->{board}, 0, 3);
    $limit{served} = $served && $served == $still;
    my $worker = $r ? $r->{header}{'x-worker'} // 0 : 0;
    $limit{last} = $c->{last}{$worker} // 0;
    my ($state, @wrong) = $r ? judge($r, $asked, \%limit) : (0, 'no answer');
    if ($state && !@wrong) {
        push @{ $c->{seen} }, $worker if !defined $c->{last}{$worker} && @{ $c->{seen} } < 4;
        $c->{last}{$worker} = $state;
    }
    $c->{ $r && $r->{status} == 503 ? 'waits' : 'answers' }++;
    $c->fault($r, $asked, @wrong) if @wrong && $served >= 0 && $still >= 0;
    $c->note_down;
    return $state;
}

sub fault {
    my ($c, $r, $asked, @wrong) = @_;
    $c->{faults}++;
    return if time < $c->{told} + QUIET;
    $c->{told} = time;
    open my $fh, '>>', "$c->{dir}/faults" or die "faults: $!";
    my $body = $r ? "$r->{head}\n\n$r->{body}" : '';
    syswrite $fh, join("\n", IPXE::Load::State::uri($asked), map({ "  - $_" } @wrong),
                       map { "    $_" } split /\r?\n/, substr $body, 0, 1200) . "\n";
    return;
}

# Sends a request, and reads as much as the answer says that it has, or to the end of the
# connection. Returns the answer, undef if there is none.
sub request {
    my ($c, $uri, $close) = @_;
    my $fresh = !$c->{socket};
    $c->{socket} //= IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $c->{port})
        or return;
    my $socket = $c->{socket};
    setsockopt $socket, SOL_SOCKET, SO_RCVTIMEO, pack 'l!l!', IPXE::Test::PATIENCE, 0 if $fresh;
    my $connection = $close ? 'close' : 'keep-alive';
    my $got = '';
    syswrite $socket, "GET $uri HTTP/1.1\r\nHost: localhost\r\nConnection: $connection\r\n\r\n";
    while ($close || !complete($got)) {
        $! = 0;
        my $n = sysread $socket, $got, 65536, length $got;
        last if $close && defined $n && $n == 0;
        next if $n || $!{EINTR};
        delete $c->{socket};
        return $got eq '' ? undef : IPXE::Test::parse($got, "GET $uri");
    }
    delete $c->{socket} if $close;
    return $got eq '' ? undef : IPXE::Test::parse($got, "GET $uri");
}

sub complete {
    my ($got) = @_;
    my $head = index $got, "\r\n\r\n";
    return $head >= 0 && $got =~ /^Content-Length: (\d+)\r$/mi && length $got >= $head + 4 + $1;
}

1;
