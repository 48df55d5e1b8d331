package IPXE::Bench;

# Measures what requests cost: an nginx of IPXE::Test with many hosts, and in the same nginx what
# it is compared with, `return 200` and a static file, with bodies of the same size.
#
#   my $t = IPXE::Bench->new(hosts => 100_000);
#   $t->start('callgrind');
#   $t->warm;
#   my $uris = $t->uris(boot => 500);
#   my $each = $t->instructions(sub { $t->ask($uris) }) / @$uris;

use strict;
use warnings;

use parent 'IPXE::Test';

use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPXE::Test qw(slurp wait_for);
use List::Util qw(max min sum0);
use POSIX ();

use constant {
    WARM => 8,                     # one host in so many is only warmed up with; a page has 16
    STRIDE => 7919,                # a prime: who asks next is far away in the table
    LOADERS => 4,                  # programs that ask at the same time, one connection each
};

our $REPO = abs_path(dirname(__FILE__) . '/../../..');

# The servers have one processor, all that asks them has another.
my $two = -e '/sys/devices/system/cpu/cpu1';
my @SERVER = $two ? qw(taskset -c 0) : ();
my @CLIENT = $two ? qw(taskset -c 1) : ();


# ---- hosts and requests ------------------------------------------------------------------

sub new {
    my ($class, %opt) = @_;
    my $t = $class->SUPER::new(next => 0, how => 'plain', %opt);
    mkdir $t->dir . '/counts';
    chmod 01777, $t->dir . '/counts';                  # servers may be of another user
    if ($t->{db}) {
        $t->sql(slurp("$REPO/t/bench/profile.sql"));
        $t->add_hosts(0, $t->{hosts});
    }
    return $t;
}

sub add_hosts {
    my ($t, $from, $count) = @_;
    return $t->sql(".parameter init\n.parameter set :from $from\n.parameter set :count $count\n"
                   . slurp("$REPO/t/bench/hosts.sql"));
}

# What the host with this number has to get.
sub script {
    my ($t, $n) = @_;
    my $base = $t->base_url;
    my ($name, $asset) = (sprintf('node%07d', $n), sprintf 'AT-%07d', $n);
    my $args = join ' ', 'auto=true', 'priority=critical', "hostname=$name",
        'domain=boot.example.org', "url=http://deploy.boot.example.org:8080/preseed/$name.cfg",
        'mirror/http/hostname=mirror.boot.example.org', 'mirror/http/directory=/debian',
        'time/zone=Europe/Paris', "asset=$asset", 'netcfg/choose_interface=auto',
        'partman-auto/disk=/dev/nvme0n1', 'grub-installer/bootdev=/dev/nvme0n1',
        'console=tty0', 'console=ttyS0,115200n8', 'DEBIAN_FRONTEND=text', 'quiet', '---';
    return <<"SCRIPT";
#!ipxe
echo $name: booting debian-12
imgfree ||
kernel $base/images/debian-12/amd64/linux initrd=initrd.gz $args || goto debian-12-failed
initrd $base/images/debian-12/amd64/initrd.gz || goto debian-12-failed
boot || goto debian-12-failed
:debian-12-failed
echo debian-12 could not be loaded, trying again from the start in 30 seconds
sleep 30
reboot
SCRIPT
}

sub address { my ($t) = @_; return 'http://127.0.0.1:' . $t->port }
sub base_url { my ($t) = @_; return $t->{base_url} // $t->address }

# What the machine asks: boot as a URL with three arguments, boot9 with the nine of the stub.
sub uri {
    my ($what, $n) = @_;
    my $mac = join '-', '52-54-00', map { sprintf '%02x', $n * 40503 >> $_ & 255 } 16, 8, 0;
    my $uuid = sprintf '%08x-0000-4000-8000-%012x', $n * 2654435761 & 0xffffffff, $n;
    my $asset = sprintf 'AT-%07d', $n;
    return "/boot.ipxe?mac=$mac&uuid=$uuid&arch=x86_64&platform=efi&ip=10.1.2.3"
           . "&manufacturer=Example%20Inc.&product=Server%20R640&serial=SN-1234567&asset=$asset"
        if $what eq 'boot9';
    return "/$what.ipxe?mac=$mac&uuid=$uuid&asset=$asset";
}

# Requests of so many hosts, each as long after its last one as there are hosts; "again" is
# one host that asks each time.
sub uris {
    my ($t, $what, $count) = @_;
    return [(uri('boot', 1)) x $count] if $what eq 'again';
    my @uris;
    while (@uris < $count) {
        my $n = $t->{next}++ * STRIDE % $t->{hosts};
        push @uris, uri($what, $n) if $n % WARM;
    }
    return \@uris;
}

# Asks for hosts all over the table that no other request is about: its pages are in memory.
sub warm {
    my ($t) = @_;
    my $all = int $t->{hosts} / WARM;
    $t->ask([map { uri('boot', $_ * STRIDE % $all * WARM) } 1 .. min($all, 25_000)]);
    $t->ask([(map { uri($_, 0) } qw(return static)) x 100], close => $_) for 0, 1;
    return $t->calm;
}

# Waits until the server does nothing any more: a thread copies the database after a change.
sub calm {
    my ($t) = @_;
    my ($before, $now) = (-1, 0);
    while ($before != $now) {
        sleep 1;
        $before = $now;
        $now = sum0 map { (split ' ', slurp("/proc/$_/stat") =~ s/.*\) //sr)[11, 12] } $t->pids;
    }
    return;
}


# ---- the server --------------------------------------------------------------------------

# Starts nginx: plain, with one worker; or callgrind, with one process in all. The object may have
# more for the http and server blocks.
sub start {
    my ($t, $how) = @_;
    $t->{how} = $how // 'plain';
    my $body = $t->script(0);
    $t->write_file('html/static.ipxe', $body);
    $t->write_config(
        log => 'error', main => $t->{how} eq 'callgrind' ? 'master_process off;' : '',
        http => 'sendfile on; open_file_cache max=100; keepalive_requests 1000000000;'
                . ($t->{http} // ''),
        server => "default_type text/plain;
                   location = /return.ipxe { return 200 '$body'; }
                   location = /static.ipxe { }" . ($t->{server} // ''),
    );
    $t->{workers} = 0 if $t->{how} eq 'callgrind';
    return $t->run;
}

sub command {
    my ($t, @argument) = @_;
    return ($t->under, $t->SUPER::command(@argument));
}

# What a server is started by.
sub under {
    my ($t) = @_;
    return @SERVER if $t->{how} eq 'plain';
    return (qw(valgrind -q --tool=callgrind --trace-children=yes --separate-threads=yes),
            $t->vgdb_prefix, '--callgrind-out-file=' . $t->dir . '/counts/%p');
}

# The processes that do the work.
sub pids {
    my ($t) = @_;
    my @workers = $t->workers;
    return @workers ? @workers : $t->{master};
}


# ---- requests one after the other --------------------------------------------------------

# Asks for each, over one connection or each over its own.
sub ask {
    my ($t, $uris, %opt) = @_;
    my $connection = $opt{close} ? 'close' : 'keep-alive';
    my $socket;
    for my $uri (@$uris) {
        $socket = $t->connect if !$socket || $opt{close};
        syswrite $socket, "GET $uri HTTP/1.1\r\nConnection: $connection\r\n"
                          . "User-Agent: iPXE/1.21.1\r\nHost: 127.0.0.1\r\n\r\n";
        my $got = '';
        until (complete($got)) {
            sysread $socket, $got, 65536, length $got or croak "no answer to $uri: $got";
        }
        croak "$uri: $got" if $got !~ m{^HTTP/1\.1 200 };
    }
    return;
}

sub complete {
    my ($got) = @_;
    my $head = index $got, "\r\n\r\n";
    return $head >= 0 && ($got =~ /^Content-Length: (\d+)\r$/m ? length $got >= $head + 4 + $1
                                                               : $got =~ /\r\n0\r\n\r\n\z/);
}


# ---- what does not depend on time --------------------------------------------------------

# User instructions of the processes for each of the requests, without those of threads that do not
# answer.
sub instructions {
    my ($t, $uris, %opt) = @_;
    my @pids = $t->pids;
    $t->dump_instructions(@pids);
    $t->ask($uris, %opt);
    return $t->dump_instructions(@pids) / @$uris;
}

# Those since the last time.
sub dump_instructions {
    my ($t, @pids) = @_;
    for my $pid (@pids) {
        my ($out, $err, $rc) = IPXE::Test::run_command('', 'vgdb', $t->vgdb_prefix, "--pid=$pid",
                                                       'dump');
        croak "vgdb: $out$err" if $rc != 0;
    }
    return $t->counted;
}

sub vgdb_prefix { my ($t) = @_; return '--vgdb-prefix=' . $t->dir . '/counts/vgdb' }

# What was written down, of the threads that answer: each process has one.
sub counted {
    my ($t) = @_;
    my @files = glob $t->dir . '/counts/[0-9]*';
    my $sum = sum0 map { slurp($_) =~ /^totals: (\d+)/m ? $1 : 0 } grep { /-01$/ } @files;
    unlink grep { -s } @files;
    return $sum;
}

# System calls of the processes for each of the requests, by name: of nginx, without those of its
# threads, which do not answer.
sub system_calls {
    my ($t, $uris, %opt) = @_;
    my $file = $t->dir . '/strace';
    my $pid = fork // croak "fork: $!";
    if ($pid == 0) {
        open STDERR, '>', '/dev/null';
        exec 'strace', '-f', '-o', $file,
             map({ ('-p', $_) } $opt{pids} ? @{ $opt{pids} } : $t->pids) or POSIX::_exit(127);
    }
    # it is attached when it shows a request
    wait_for(sub { $t->ask([$uris->[0]]); -s $file }) or croak 'strace shows nothing';
    my $before = -s $file;
    $t->ask($uris, %opt);
    kill INT => $pid;
    waitpid $pid, 0;
    my %calls;
    my $who = $opt{pids} ? '\d+' : join '|', $t->pids;
    $calls{$_} += 1 / @$uris for map { /^(?:$who) +(\w+)\(/ } split /\n/, substr slurp($file), $before;
    unlink $file;
    return \%calls;
}


# ---- what does ---------------------------------------------------------------------------

# Sends the requests with h2load, over several connections. Returns what it took: cpu, seconds
# of the processes; seconds; times, of each request and in order.
sub load {
    my ($t, $uris, %opt) = @_;
    my @pids = $opt{pids} ? @{ $opt{pids} } : $t->pids;
    my (@text, @loaders);
    my $n = min(LOADERS, scalar @$uris);
    push @{ $text[$_ % $n] }, $t->address . $uris->[$_] for 0 .. $#$uris;
    my $cpu = cpu(@pids);
    for my $i (0 .. $n - 1) {
        my $file = $t->write_file("uris.$i", join "\n", @{ $text[$i] }, '');
        push @loaders, [scalar @{ $text[$i] }, $file, $t->h2load($file, scalar @{ $text[$i] },
            $opt{close} ? ('-H', 'connection: close') : ())];
    }
    waitpid $_->[2], 0 for @loaders;
    my %took = (cpu => cpu(@pids) - $cpu);
    my @log = map { $t->h2load_log(@$_) } @loaders;
    $took{seconds} = max(map { $_->[0] + $_->[2] } @log) - min(map { $_->[0] } @log);
    $took{times} = [sort { $a <=> $b } map { $_->[2] } @log];
    return \%took;
}

sub h2load {
    my ($t, $file, $count, @option) = @_;
    unlink "$file.log";                                # it appends
    my $pid = fork // croak "fork: $!";
    return $pid if $pid;
    open STDOUT, '>', "$file.said";
    open STDERR, '>&', \*STDOUT;
    exec @CLIENT, 'h2load', '--h1', '-c', 1, '-n', $count, '-i', $file, "--log-file=$file.log",
         @option or POSIX::_exit(127);
}

# Its requests: when, status, seconds.
sub h2load_log {
    my ($t, $count, $file) = @_;
    my $said = slurp("$file.said");
    croak "h2load: $said" if $said !~ /^requests: .* $count succeeded, 0 failed, 0 errored/m;
    return map { my @f = split /\t/; [$f[0] / 1e6, $f[1], $f[2] / 1e6] }
           split /\n/, slurp("$file.log");
}

# Seconds that processes, all their threads, and what they started and waited for, have been running.
sub cpu {
    my $sum = 0;
    for my $pid (@_) {
        my @stat = split ' ', slurp("/proc/$pid/stat") =~ s/.*\) //sr;
        $sum += ($stat[13] + $stat[14]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
        $sum += (split ' ', slurp($_))[0] / 1e9 for glob "/proc/$pid/task/*/schedstat";
    }
    return $sum;
}

# MiB that only they have.
sub memory { return sum0 map { slurp("/proc/$_/status") =~ /^RssAnon:\s+(\d+)/m ? $1 / 1024 : 0 } @_ }

1;
