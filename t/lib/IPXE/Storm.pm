package IPXE::Storm;

# Many machines at once: an nginx that runs conf/nginx.conf and conf/ipxe.conf word for word but
# for paths and the address, and t/storm/machines.c, which is the machines.
#
#   my $t = IPXE::Storm->new(hosts => 300, kernel => 1 << 20, initrd => 3 << 20);
#   $t->serve;
#   my $saw = $t->machines(ramp => 2);
#   is($saw->{done}, 300);

use strict;
use warnings;

use parent 'IPXE::Test';

use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPXE::Test qw(slurp wait_for);
use JSON::PP qw(decode_json);
use POSIX ();

our $REPO = abs_path(dirname(__FILE__) . '/../../..');

# Options: hosts, kernel and initrd, bytes; server => address:port that is there already; prefix,
# the command that machines are started by.
sub new {
    my ($class, %opt) = @_;
    my $made = `make -s -C $REPO/t/storm 2>&1`;
    croak "t/storm: $made" if $? || $made ne '';

    my $t = $class->SUPER::new(prefix => [], from => '127.65.0.0', %opt);
    $t->{server} //= '127.0.0.1:' . $t->port;
    $t->sql(slurp("$REPO/t/storm/storm.sql"));
    $t->sql(".parameter init\n.parameter set :from 0\n.parameter set :count $t->{hosts}\n"
            . slurp("$REPO/t/bench/hosts.sql"));

    mkdir $t->dir . '/images';
    for (['linux', $t->{kernel}], ['initrd.gz', $t->{initrd}]) {
        my $path = $t->write_file("images/$_->[0]", '');
        truncate $path, $_->[1] or croak "$path: $!";
    }
    return $t;
}

# The samples, with the paths of this test; change: code that is given each text in $_.
sub write_samples {
    my ($t, $change) = @_;
    my $dir = $t->dir;
    my $temp = join ' ', map { "${_}_temp_path $dir/temp/$_;" }
               qw(client_body proxy fastcgi uwsgi scgi);
    for my $name (qw(nginx.conf ipxe.conf)) {
        local $_ = slurp("$REPO/conf/$name");
        $change->() if $change;
        s{modules/ngx_http_ipxe_module\.so}{$t->{module}};
        s{/var/lib/nginx/ipxe/}{$dir/db/}g;
        s{/var/log/nginx/}{$dir/}g;
        s{/run/nginx\.pid}{$dir/nginx.pid};
        s{/srv/boot}{$dir}g;
        s{/etc/nginx/conf\.d/\*\.conf}{$dir/ipxe.conf};
        s{listen 80}{listen $t->{server}};
        s[^http \{$][http {\n$temp]m;
        s{^(worker_rlimit_nofile) (\d+)}{"$1 " . files_at_most($2)}me;
        $t->write_file($name, $_);
    }
}

# Not every root may raise the limit of open files.
sub files_at_most {
    my ($wanted) = @_;
    my $limit = `sh -c 'ulimit -Hn'`;
    return $limit =~ /^(\d+)/ && $1 < $wanted ? $1 : $wanted;
}

# Starts nginx, and learns what machines have to get.
sub serve {
    my ($t, $change) = @_;
    $t->write_samples($change);
    chomp($t->{workers} = `nproc --all`);
    $t->run;
    $t->learn('script', '/boot.ipxe?asset=AT-0000000');
    $t->learn('config', '/pxelinux.cfg/01-52-54-00-00-00-00');
    $t->learn('stray', '/pxelinux.cfg/default');
    return $t;
}

# In a network namespace of the test's own (IPXE::Boot): the machines get one for themselves, and
# between it and the server is a link of so many Mbit/s, or one without a limit.
sub link {
    my ($t, $mbit) = @_;
    my $pid = fork // croak "fork: $!";
    if ($pid == 0) {
        exec qw(unshare --net sleep infinity) or POSIX::_exit(127);
    }
    push @{ $t->{children} }, $pid;
    my $own = readlink '/proc/self/ns/net';
    wait_for(sub { (readlink("/proc/$pid/ns/net") // $own) ne $own }) or croak 'no namespace';
    $t->{prefix} = ['nsenter', "--net=/proc/$pid/ns/net"];
    my @in = @{ $t->{prefix} };
    must(@$_) for
        [qw(ip link add storm0 type veth peer name storm1 netns), $pid],
        [qw(ip address add 10.64.0.1/30 dev storm0)], [qw(ip link set storm0 up)],
        [qw(ip link set lo up)], [@in, qw(ip link set lo up)],
        [@in, qw(ip address add 10.64.0.2/30 dev storm1)], [@in, qw(ip link set storm1 up)],
        [@in, qw(ip route add local 10.65.0.0/16 dev lo)],
        [qw(ip route add 10.65.0.0/16 via 10.64.0.2)],
        $mbit ? [qw(tc qdisc add dev storm0 root tbf burst 256kb latency 50ms rate), "${mbit}mbit"]
              : ();
    return;
}

sub must { system(@_) == 0 or croak "failed: @_" }

sub command {
    my ($t, @argument) = @_;
    return ($t->SUPER::command(@argument), '-g', 'daemon off;');
}

sub connect {
    my ($t) = @_;
    return IO::Socket::INET->new(PeerAddr => $t->{server}, Timeout => IPXE::Test::PATIENCE)
        // croak "connect: $@";
}

sub learn {
    my ($t, $name, $uri) = @_;
    my $r = $t->get($uri);
    croak "$uri: $r->{head}" if $r->{status} != 200;
    $t->write_file($name, $r->{body} =~ s/node0000000/{name}/gr);
}

# Lets them come, and waits for the last of them; returns what they saw. The settings are those
# of machines.c.
sub machines {
    my ($t, %setting) = @_;
    return $t->seen($t->start_machines(%setting));
}

sub start_machines {
    my ($t, %setting) = @_;
    my $dir = $t->dir;
    %setting = (machines => $t->{hosts}, server => $t->{server}, from => $t->{from},
                kernel => $t->{kernel}, initrd => $t->{initrd},
                map({ $_ => "$dir/$_" } qw(script config stray)), %setting);
    my $pid = fork // croak "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', "$dir/saw";
        open STDERR, '>', "$dir/said";
        exec @{ $t->{prefix} }, "$REPO/build/storm/machines",
             map { "$_=$setting{$_}" } sort keys %setting or POSIX::_exit(127);
    }
    push @{ $t->{children} }, $pid;
    return $pid;
}

sub seen {
    my ($t, $pid) = @_;
    waitpid $pid, 0;
    my $status = $?;
    @{ $t->{children} } = grep { $_ != $pid } @{ $t->{children} };
    my $said = slurp($t->dir . '/said');
    croak "machines: $status: $said" if $status;
    Test::More::note($said) if $said ne '';
    return decode_json(slurp($t->dir . '/saw'));
}

1;
