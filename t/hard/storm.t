# Ten thousand machines at once: what they wait for a script, by the settings of nginx. The short
# form is t/storm.t. "make storm" writes what this finds to doc/storm.md.
use strict;
use warnings;
use IPXE::Boot;                                # a network namespace for this test alone
use IPXE::Storm;
use IPXE::Test qw(slurp);
use POSIX qw(strftime);
use Test::More;

plan skip_all => 'takes a quarter of an hour: make storm' if !$ENV{TEST_HARD};

use constant {
    MACHINES => 10_000, LINK => 1000,          # Mbit/s
    KERNEL => 128 << 10, INITRD => 384 << 10,  # a 64th of 8 and 24 MiB
    FEW => 1000, SCALE => 64,
};

my @text;
sub say_line { push @text, @_; note(join "\n", @_) }

# ---- settings ------------------------------------------------------------------------------

sub without_limit { s/^ *limit_conn payload .*\n//m }
sub without_threads { s/^ *aio threads;\n//m }
sub sending { my ($how) = @_; return sub { without_limit(); without_threads();
                                           s/sendfile on;/$how/ } }
sub soon { s/503 +\K5;/1;/ }                   # files are small, and so is the wait
my $plain = sending('sendfile on;');
my %setting = (
    'as in conf/' => \&soon,
    'worker_connections 768' => sub { $plain->(); s/worker_connections \K\d+/768/ },
    'sendfile' => $plain,
    'sendfile off' => sending('sendfile off;'),
    'sendfile_max_chunk 512k' => sending('sendfile on; sendfile_max_chunk 512k;'),
    'aio threads' => sub { without_limit() },
    'aio threads, limit_rate 100k' => sub { without_limit(); s/aio threads;/$& limit_rate 100k;/ },
    'limit_conn 64' => sub { soon(); without_threads() },
    'backlog 511' => sub { s/ backlog=4096// },
    'backlog 4096' => sub { },
    'backlog 4096, reuseport' => sub { s/backlog=4096/$& reuseport/ },
);

# ---- measurements --------------------------------------------------------------------------

# Connections that the kernel dropped since nobody had taken those before.
sub overflows {
    my ($names, $values) = map { [split] } grep { /^TcpExt:/ } split /\n/, slurp('/proc/net/netstat');
    my ($at) = grep { $names->[$_] eq 'ListenOverflows' } 0 .. $#$names;
    return $values->[$at];
}

sub storm {
    my ($t, $name, %how) = @_;
    $t->serve($setting{$name});
    my $before = overflows();
    my $saw = $t->machines(limit => 150, %how);
    $saw->{overflows} = overflows() - $before;
    is($saw->{wrong}, 0, "$name: no machine gets what is not its own");
    is($saw->{done}, $t->{hosts}, "$name: all machines boot") if $name eq 'as in conf/';
    is($saw->{refused}, 0, '... none is refused') if $name eq 'as in conf/';
    $t->expect_log(qr/768 worker_connections are not enough/)
        if $name =~ /768/ && $t->log =~ /are not enough/;
    $t->stop;
    return $saw;
}

sub milliseconds {
    my ($s, @parts) = @_;
    return map { sprintf $_ < 10 ? '%.1f' : '%.0f', $_ } map { 1e3 * $s->{$_} } @parts;
}

sub table {
    my ($head, @rows) = @_;
    say_line(map { '| ' . join(' | ', @$_) . ' |' } $head, [map { '---' } @$head], @rows);
    say_line('');
}

my @HEAD = ('', 'stub p50 ms', 'p99', 'script p50 ms', 'p99', 'p99.9', 'max', 'MB/s', 'booted',
            'half after s', 'cut off', 'waits');
sub row {
    my ($name, $saw) = @_;
    my $bytes = $saw->{kernel}{bytes} + $saw->{initrd}{bytes};
    return [$name, milliseconds($saw->{stub}, qw(p50 p99)),
            milliseconds($saw->{script}, qw(p50 p99 p999 max)),
            $saw->{loaded} ? sprintf('%.0f', $bytes / 1e6 / $saw->{loaded}) : '-',
            $saw->{loaded} ? $saw->{done} : '-',
            $saw->{loaded} ? sprintf('%.0f', $saw->{boot}{p50}) : '-',
            @$saw{qw(cut waits)}];
}

my ($cpu) = slurp('/proc/cpuinfo') =~ /^model name\s*: (.*)/m;
my ($nginx) = `/usr/sbin/nginx -v 2>&1` =~ m{nginx/(\S+)};
my ($load) = slurp('/proc/loadavg') =~ /^(\S+)/;
chomp(my ($kernel, $processors) = (`uname -sr`, `nproc --all`));
say_line('# Many machines at once', '',
    'Written by `make storm` on ' . strftime('%Y-%m-%d', gmtime) . ": @{[ $cpu // 'unknown' ]},"
    . " $processors processors for nginx and all machines, where the load average was $load before;"
    . " $kernel, nginx $nginx.", '');
say_line(split(/\n/, <<'TEXT'), '');
The machines are t/storm/machines.c: each has an address of its own, sends what iPXE 1.0.0 sends
byte for byte (the stub, its script, kernel and initrd over one connection) or what lpxelinux 6.04
does (twelve names until one answers, a connection for each), and compares what it gets. A time ends
with the last byte of the answer; that of the stub begins with the connection. "cut off" counts lost
connections, "waits" the answers 503 with Retry-After. hosts.db has a row for each machine, the
access log and `ipxe_events` are on.
TEXT

# ---- a link that is full -------------------------------------------------------------------

my $t = IPXE::Storm->new(hosts => MACHINES, kernel => KERNEL, initrd => INITRD,
                         server => '10.64.0.1:80', from => '10.65.0.0');
$t->link(LINK);
say_line('## 10,000 machines and a full link', '');
say_line(split(/\n/, <<"TEXT"), '');
The machines come within 10 s, 4 in a hundred of them lpxelinux and 1 that no row knows. Kernel and
initrd have 128 and 384 KiB, a @{[ SCALE ]}th of 8 and 24 MiB: 10,000 times that is 5.2 GB, 42 s of a
link of 1 Gbit/s, where whole ones would be 336 GB and 45 minutes (10 Gbit/s: 4.5). Since a file is
so short, `Retry-After` is 1 here. The link is a veth pair with tbf, a queue of 50 ms, first come
first served, as in a switch. "idle": they load nothing. A row ends after 150 s at the latest; who
has not booted then holds a connection that the server's TCP has given up after many losses.
TEXT
my %mixed = (ramp => 10, pxelinux => 4, strays => 1);
table(\@HEAD,
      row('idle', storm($t, 'as in conf/', %mixed, payload => 0)),
      map { row($_, storm($t, $_, %mixed)) } 'worker_connections 768', 'sendfile', 'aio threads',
          'aio threads, limit_rate 100k', 'limit_conn 64', 'as in conf/');

# ---- in one moment -------------------------------------------------------------------------

say_line('## 10,000 machines in one moment', '',
         'All connect at once, and ask for stub and script alone.', '');
table(['', 'stub p50 ms', 'p99', 'max', 'script p50 ms', 'p99', 'max', 'all after s', 'dropped'],
      map { my $saw = storm($t, $_, ramp => 0, payload => 0);
            [$_, milliseconds($saw->{stub}, qw(p50 p99 max)),
             milliseconds($saw->{script}, qw(p50 p99 max)),
             sprintf('%.1f', $saw->{seconds}), $saw->{overflows}] }
      'backlog 511', 'backlog 4096', 'backlog 4096, reuseport');
$t->check;

# ---- processors that are full --------------------------------------------------------------

$t = IPXE::Storm->new(hosts => FEW, kernel => SCALE * KERNEL, initrd => SCALE * INITRD);
say_line('## 1,000 machines and no link', '', 'Kernel and initrd of 8 and 24 MiB, 33.6 GB in all, over'
         . ' loopback: the processors are the limit. The machines', 'come within 5 s.', '');
table(\@HEAD, map { row($_, storm($t, $_, ramp => 5)) } 'sendfile off', 'sendfile',
      'sendfile_max_chunk 512k', 'aio threads', 'limit_conn 64', 'as in conf/');

say_line('## What conf/ takes from this', '');
say_line(split /\n/, <<'TEXT');
- `limit_conn`, with `Retry-After`: what a script waits for is the queue of the link. Thousands of
  downloads fill it and scripts are lost in it, whatever nginx does; some tens use the link as well,
  and half of the machines have booted earlier. A client that does not know `Retry-After` is not
  limited. `limit_rate` does not know how many share the link.
- `aio threads`: a worker that sends files does nothing else meanwhile. Threads let it answer, and
  use all processors. `sendfile_max_chunk` does less, `sendfile off` copies every byte.
- `worker_connections` and `worker_rlimit_nofile`: whoever is one too many is cut off, and comes
  again.
- `backlog`: calls that a worker has not taken yet are dropped beyond it; the machine calls again
  a second later. `reuseport` makes no difference that is worth a line.
- `open_file_cache` is not used: for its time of validity it would serve the old initrd with the new
  kernel.
TEXT

if ($ENV{TEST_STORM_REPORT} && Test::More->builder->is_passing) {
    open my $fh, '>', $ENV{TEST_STORM_REPORT} or die "$ENV{TEST_STORM_REPORT}: $!";
    print $fh map { "$_\n" } @text;
    close $fh or die "$ENV{TEST_STORM_REPORT}: $!";
}
$t->done_testing;
