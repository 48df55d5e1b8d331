package IPXE::Bench::Rivals;

# What people use today, from Debian's packages, each answering from the hosts.db of an
# IPXE::Bench: nginx-lua in two ways, PHP-FPM, Flask behind uwsgi, CGI. t/bench/rivals has them.

use strict;
use warnings;

use parent 'IPXE::Bench';

use Carp qw(croak);
use IPXE::Test qw(slurp wait_for);
use POSIX ();

my $MODULES = '/usr/lib/nginx/modules';

# what runs behind nginx, one process each
my %COMMAND = (
    php => [qw(php-fpm8.2 -F -y %%DIR%%/php.conf -c /etc/php/8.2/fpm/php.ini)],
    flask => [qw(uwsgi --plugin python3 --need-app --die-on-term --disable-logging
                 --chdir %%DIR%%/rivals --module app:app --socket %%DIR%%/run/flask)],
    cgi => [qw(fcgiwrap -c 1 -s unix:%%DIR%%/run/cgi)],
);

sub names { return qw(luaffi luasql php flask cgi) }

sub new {
    my ($class, $bench) = @_;
    my $t = $class->SUPER::new(module => 0, db => 0, hosts => $bench->{hosts}, bench => $bench,
                               base_url => $bench->base_url, behind => {});
    my $dir = $t->dir;
    mkdir "$dir/run" or croak "$dir/run: $!";
    chmod 01777, "$dir/run";
    system('cp', '-r', "$IPXE::Bench::REPO/t/bench/rivals", $dir) == 0 or croak 'cp failed';
    return $t;
}

sub db { my ($t) = @_; return $t->{bench}->db }

# Starts all of them. What is below callgrind is nginx only.
sub start {
    my ($t, $how) = @_;
    $t->{how} = 'plain';
    $t->start_behind($_) for sort keys %COMMAND;
    $t->{how} = $how // 'plain';
    my $conf = slurp($t->dir . '/rivals/nginx.conf');
    $conf =~ s/%%HOSTS_DB%%/$t->db/ge;
    $conf =~ s/%%BASE_URL%%/$t->base_url/ge;
    $t->write_config(
        log => 'error', server => $conf,
        main => ($t->{how} eq 'callgrind' ? 'master_process off;' : '')
                . "load_module $MODULES/ndk_http_module.so;"
                . "load_module $MODULES/ngx_http_lua_module.so;",
        http => 'lua_package_path "%%DIR%%/rivals/?.lua;;"; keepalive_requests 1000000000;',
    );
    $t->{workers} = 0 if $t->{how} eq 'callgrind';
    return $t->run;
}

# As the user that nginx's workers are. PHP ends its process after so many requests.
sub start_behind {
    my ($t, $name, $requests) = @_;
    $t->write_file('php.conf', <<"CONF");
[global]
error_log = %%DIR%%/san/php.log
[boot]
listen = %%DIR%%/run/php
pm = static
pm.max_children = 1
pm.max_requests = @{[$requests // 0]}
CONF
    my $pid = fork // croak "fork: $!";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', $t->dir . '/output';
        open STDERR, '>&', \*STDOUT;
        if ($t->is_root) {
            my ($uid, $gid) = (getpwnam 'www-data')[2, 3];
            $) = "$gid $gid";
            POSIX::setgid($gid);
            POSIX::setuid($uid);
        }
        %ENV = (%ENV, HOSTS_DB => $t->db, BASE_URL => $t->base_url, PYTHONHASHSEED => 0);
        exec $t->under, map({ $t->expand($_) } @{ $COMMAND{$name} }) or POSIX::_exit(127);
    }
    $t->{behind}{$name} = $pid;
    push @{ $t->{children} }, $pid;
    wait_for(sub { -S $t->dir . "/run/$name" }, 60) or croak "$name did not start";
    return;
}

sub stop_behind {
    my ($t, $name) = @_;
    my $pid = delete $t->{behind}{$name};
    @{ $t->{children} } = grep { $_ != $pid } @{ $t->{children} };
    kill TERM => $pid;
    waitpid $pid, 0;
    unlink $t->dir . "/run/$name";
    return;
}

sub stop {
    my ($t) = @_;
    my $clean = $t->SUPER::stop;
    $t->stop_behind($_) for keys %{ $t->{behind} };
    return $clean;
}

# The processes that make an answer: nginx, and what is behind it or was started by that.
sub pids {
    my ($t, $name) = @_;
    my @nginx = $t->SUPER::pids;
    my $behind = $t->{behind}{ $name // '' } or return @nginx;
    my @children = IPXE::Test::children($behind);
    return (@nginx, @children ? @children : $behind);
}

# User instructions for a request of what is behind nginx: what more of them take from start to
# end. (callgrind can be asked for a count by nginx, but not by a process that waits in accept().)
sub instructions_behind {
    my ($t, $name, $count) = @_;
    return 0 if !$COMMAND{$name};
    my $few = int($count / 4) || 1;
    return ($t->count_behind($name, $count) - $t->count_behind($name, $few)) / ($count - $few);
}

sub count_behind {
    my ($t, $name, $requests) = @_;
    $t->stop_behind($name);
    $t->start_behind($name, $requests);
    my ($pid) = IPXE::Test::children($t->{behind}{$name});
    $t->ask($t->uris($name, $requests));
    wait_for(sub { !kill 0, $pid }) or croak "$name does not end" if $pid;
    $t->stop_behind($name);
    my $sum = $t->counted;
    $t->start_behind($name);
    return $sum;
}

1;
