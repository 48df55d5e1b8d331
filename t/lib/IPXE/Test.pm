package IPXE::Test;

# Runs one nginx with the module and one hosts.db in a fresh directory, asks it questions over
# loopback, and checks at the end that nothing in the logs went unnoticed.
#
#   my $t = IPXE::Test->new;
#   $t->sql("INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01')");
#   $t->write_config(http => '...', server => '...');
#   $t->run;
#   $t->answers('/boot.ipxe?mac=...', { host => 'web1' }, 'a MAC finds its host');
#   $t->done_testing;
#
# Environment: TEST_NGINX_BINARY, TEST_NGINX_MODULE, TEST_NGINX_PRELOAD (sanitizer libraries),
# TEST_NGINX_LEAVE (keep the directory), TEST_NGINX_VERBOSE (show requests and answers).

use strict;
use warnings;

use Carp qw(croak);
use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use File::Temp;
use IO::Select;
use IO::Socket::INET;
use IPC::Open3;
use POSIX ();
use Test::More ();
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(wait_for slurp curl lint);

use constant PATIENCE => 10;       # seconds that any single step may take

my $REPO = abs_path(dirname(__FILE__) . '/../../..');
my $USER = 'www-data';             # what the workers run as when the tests run as root
my $STAMP = qr{^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d};
my @running;                       # what END has to stop if the test file dies

$SIG{PIPE} = 'IGNORE';
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);    # exit, so that END runs


# ---- set-up ------------------------------------------------------------------------------

# Options: db => 0 makes no hosts.db, module => 0 runs nginx without the module.
sub new {
    my ($class, %opt) = @_;
    my $t = bless {
        db => 1, nginx => $ENV{TEST_NGINX_BINARY} // '/usr/sbin/nginx',
        module => $ENV{TEST_NGINX_MODULE} // "$REPO/build/ngx_http_ipxe_module.so",
        owner => $$, expected => [], ports => {}, children => [], workers => 1,
        conf => 'nginx.conf', %opt,
    }, $class;

    $t->{tmp} = File::Temp->newdir('ipxe-test-XXXXXXXX', TMPDIR => 1,
                                   CLEANUP => !$ENV{TEST_NGINX_LEAVE});
    chmod 0755, $t->dir;                               # the workers are another user
    mkdir $t->dir . "/$_" for qw(db temp san html);
    chmod 01777, $t->dir . '/san';                     # sanitizers write as the worker's user
    $t->recommended_rights('db');
    push @running, $t;

    $t->make_db if $t->{db};
    return $t;
}

sub dir { return $_[0]{tmp}->dirname }
sub db { return $_[0]->dir . '/db/hosts.db' }
sub is_root { return $> == 0 }

# The rights that README recommends: what is created inside belongs to the workers' group.
sub recommended_rights {
    my ($t, $name) = @_;
    my $path = $t->dir . "/$name";
    return if !is_root();
    chown 0, scalar(getgrnam $USER), $path or croak "chown $path: $!";
    chmod(-d $path ? 02770 : 0660, $path) or croak "chmod $path: $!";
}

# A port below the range that outgoing connections use: nobody takes it between now and run().
sub port {
    my ($t, $n) = @_;
    $n //= 1;
    for (1 .. 200) {
        last if $t->{ports}{$n};
        my $try = 10000 + int rand 20000;
        next if grep { $_ == $try } values %{ $t->{ports} };
        $t->{ports}{$n} = $try
            if IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1:$try", ReuseAddr => 1);
    }
    return $t->{ports}{$n} // croak 'no free port';
}

# %%DIR%% and %%PORT%% (also %%PORT2%%, ...) in every text of a test.
sub expand {
    my ($t, $text) = @_;
    $text =~ s/%%DIR%%/$t->dir/ge;
    $text =~ s/%%PORT(\d*)%%/$t->port($1 || 1)/ge;
    return $text;
}

sub write_file {
    my ($t, $name, $text) = @_;
    my $path = $t->dir . "/$name";
    open my $fh, '>:raw', $path or croak "$path: $!";
    print $fh $t->expand($text);
    close $fh or croak "$path: $!";
    return $path;
}

# nginx.conf from its parts; each part replaces the default below.
#   main, http, server   text put there           workers    number of processes
#   database             path of hosts.db or ''   log        level of the error log
#   locations            the two endpoints
sub write_config {
    my ($t, %part) = @_;
    %part = (
        main => '', http => '', server => '', workers => 1, log => 'debug',
        database => '%%DIR%%/db/hosts.db',
        locations => 'location = /boot.ipxe { ipxe boot; }
                      location /pxelinux.cfg/ { ipxe pxelinux; }',
        %part,
    );
    if (!$t->{module}) {
        $part{$_} = '' for qw(database locations);
    }
    $t->{workers} = $part{workers};
    my $load = $t->{module} ? "load_module $t->{module};" : '';
    my $user = is_root() ? "user $USER;" : '';
    my $database = $part{database} ? "ipxe_database $part{database};" : '';
    my $log = $part{http} =~ /access_log/ ? '' : 'access_log off;';
    my $temp = join ' ', map { "${_}_temp_path %%DIR%%/temp/$_;" }
               qw(client_body proxy fastcgi uwsgi scgi);
    return $t->write_file($t->{conf}, <<"CONF");
$load
$user
$part{main}
daemon off;
pid %%DIR%%/nginx.pid;
lock_file %%DIR%%/nginx.lock;
error_log %%DIR%%/error.log $part{log};
worker_processes $part{workers};
events { worker_connections 512; }
http {
    $temp
    $log
    $database
    $part{http}
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name localhost;
        root %%DIR%%/html;
        $part{locations}
        $part{server}
    }
}
CONF
}


# ---- hosts.db ----------------------------------------------------------------------------

# A complete database from sql/schema.sql, with the recommended rights; returns its path.
sub make_db {
    my ($t, $name) = @_;
    $name //= 'db/hosts.db';
    my $path = $t->dir . "/$name";
    my ($out, $err, $rc) = run_command(slurp("$REPO/sql/schema.sql"), 'sqlite3', '-batch', $path);
    croak "sql/schema.sql: $out$err" if $rc != 0;
    $t->recommended_rights($name);
    return $path;
}

# Runs the sqlite3 CLI on hosts.db or another file. In list context returns stdout, stderr and
# the exit code; otherwise the statements have to succeed, and stdout is returned.
sub sql {
    my ($t, $sql, $path) = @_;
    my ($out, $err, $rc) = run_command($t->expand($sql), 'sqlite3', '-batch', '-bail',
                                       $path // $t->db);
    return ($out, $err, $rc) if wantarray;
    croak "sqlite3 said: $err$out for:\n$sql" if $rc != 0 || $err ne '';
    return $out;
}

# A sqlite3 CLI that stays open, to hold a transaction: $s->('BEGIN EXCLUSIVE;'), $s->() ends it.
sub sql_session {
    my ($t, $path) = @_;
    my $pid = open3(my $in, my $out, undef, 'sqlite3', '-batch', $path // $t->db);
    push @{ $t->{children} }, $pid;
    $in->autoflush(1);
    return sub {
        my ($sql) = @_;
        if (!defined $sql) {
            close $in;
            waitpid $pid, 0;
            @{ $t->{children} } = grep { $_ != $pid } @{ $t->{children} };
            return;
        }
        print $in "$sql\n.print --done--\n";
        my $answer = '';
        while (defined(my $line = <$out>)) {
            return $answer if $line eq "--done--\n";
            $answer .= $line;
        }
        croak "sqlite3 ended: $answer";
    };
}


# ---- nginx -------------------------------------------------------------------------------

sub command {
    my ($t, @argument) = @_;
    return ($t->{nginx}, '-p', $t->dir, '-c', $t->dir . "/$t->{conf}", @argument);
}

# Findings of a sanitizer build go to files that done_testing() reads. Leaks are left to the
# unit tests: nginx does not free its configuration at exit.
sub environment {
    my ($t) = @_;
    my $preload = $ENV{TEST_NGINX_PRELOAD} or return ();
    my $log = 'log_path=' . $t->dir . '/san/log';
    return (LD_PRELOAD => $preload,
            ASAN_OPTIONS => "detect_leaks=0:abort_on_error=0:detect_odr_violation=0:$log",
            UBSAN_OPTIONS => "print_stacktrace=1:$log");
}

sub run {
    my ($t) = @_;
    croak "no module at $t->{module}: run make build" if $t->{module} && !-e $t->{module};
    my $pid = fork // croak "fork: $!";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', $t->dir . '/output';
        open STDERR, '>&', \*STDOUT;
        %ENV = (%ENV, $t->environment);
        exec $t->command('-e', $t->dir . '/error.log') or POSIX::_exit(127);
    }
    $t->{master} = $pid;
    my $gone;
    my $up = wait_for(sub {
        return 1 if $gone = waitpid($pid, POSIX::WNOHANG()) > 0;
        return -s $t->dir . '/nginx.pid' && $t->workers >= $t->{workers};
    });
    delete $t->{master} if $gone;
    croak "nginx did not start:\n" . slurp($t->dir . '/output') if $gone || !$up;
    return $t->workers_changed;
}

# HUP, and waits until only workers of the new configuration are left.
sub reload {
    my ($t) = @_;
    my %old = map { $_ => 1 } $t->workers;
    kill HUP => $t->{master};
    wait_for(sub { my @now = $t->workers; @now >= $t->{workers} && !grep { $old{$_} } @now })
        or croak 'nginx did not reload';
    return $t->workers_changed;
}

# Ends nginx as an init system would; true if it went in time and with exit code 0.
sub stop {
    my ($t) = @_;
    my $pid = delete $t->{master} or return 1;
    my @left = ($pid, children($pid));
    my $status;
    my $gone = sub { waitpid($pid, POSIX::WNOHANG()) == $pid and $status = $?, 1 };
    kill QUIT => $pid;
    my $clean = wait_for($gone);
    if (!$clean) {
        Test::More::diag('nginx did not end on QUIT');
        kill TERM => $pid;
        wait_for($gone, 2) or kill KILL => @left and wait_for($gone, 2);
    }
    return $clean && $status == 0;
}

# The workers, and cache processes where a configuration has them.
sub workers { my ($t) = @_; return children($t->{master}) }

sub children {
    my ($parent) = @_;
    my @pids;
    for my $stat (glob '/proc/[0-9]*/stat') {
        open my $fh, '<', $stat or next;
        my $line = <$fh> // next;
        push @pids, $1 if $line =~ /^(\d+) \(.*\) [^Z] (\d+) / && $2 == $parent;
    }
    @pids = sort { $a <=> $b } @pids;
    return @pids;
}

# The processes of now are those that done_testing() expects to find.
sub workers_changed { my ($t) = @_; $t->{pids} = join ' ', $t->workers; return $t }

# `nginx -t` on a configuration (parts as for write_config): its output and exit code.
sub config_error {
    my ($t, %part) = @_;
    local $t->{conf} = 'check.conf';                   # a running nginx keeps its own
    local %ENV = (%ENV, $t->environment);
    $t->write_config(%part);
    my ($out, $err, $rc) = run_command('', $t->command('-t', '-e', $t->dir . '/check.log'));
    return ($out . $err, $rc);
}


# ---- requests ----------------------------------------------------------------------------

sub connect {
    my ($t, $port) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port // $t->port,
                                 Timeout => PATIENCE) // croak "connect: $@";
}

# Sends bytes as they are, returns all bytes up to the end of the connection.
sub raw {
    my ($t, $bytes, $port) = @_;
    my $socket = $t->connect($port);
    my $select = IO::Select->new($socket);
    my $end = time + PATIENCE;
    my $got = '';
    syswrite $socket, $bytes;
    while (time < $end) {
        next if !$select->can_read(0.5);
        sysread $socket, $got, 65536, length $got or return $got;    # closed or reset
    }
    croak 'no end of the answer to: ' . substr($bytes, 0, 200);
}

# One request, one connection. Options: method, version, host (undef: no Host), port, body, and
# headers, a list of lines. The answer: status, header (by lower-case name), head, body.
sub get {
    my ($t, $uri, %opt) = @_;
    %opt = (method => 'GET', version => '1.1', host => 'localhost', headers => [], %opt);
    my @lines = ("$opt{method} " . $t->expand($uri) . " HTTP/$opt{version}");
    push @lines, "Host: $opt{host}" if defined $opt{host};
    push @lines, 'Connection: close', @{ $opt{headers} };
    return parse($t->raw(join("\r\n", @lines, '', $opt{body} // ''), $opt{port}), $lines[0]);
}

sub head { my ($t, $uri, %opt) = @_; return $t->get($uri, %opt, method => 'HEAD') }

sub parse {
    my ($bytes, $request) = @_;
    Test::More::note("$request\n$bytes") if $ENV{TEST_NGINX_VERBOSE};
    my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
    my ($status, @lines) = split /\r\n/, $head // '';
    my %r = (request => $request, head => $head // '', body => $body // '', header => {},
             status => ($status // '') =~ m{^HTTP/1\.1 (\d{3}) } ? $1 : 0);
    for (@lines) {
        my ($name, $value) = /^([!-9;-~]+): (.*)$/ or ($r{bad_header} = $_, next);
        push @{ $r{all}{lc $name} }, $value;
        $r{header}{lc $name} = $value;
    }
    return \%r;
}

# What firmware needs of every answer, whatever it says. Returns what is wrong with this one.
sub flaws {
    my ($r) = @_;
    my ($h, $status, $body) = @$r{qw(header status body)};
    my ($method, $uri) = split / /, $r->{request};
    my $length = $r->{all}{'content-length'} // [];
    my @flaw;
    push @flaw, "a header line that is none: $r->{bad_header}" if $r->{bad_header};
    push @flaw, 'Content-Length is not there exactly once' if @$length != 1;
    push @flaw, 'headers of more than 2 KiB' if length $r->{head} > 2048;
    push @flaw, map { "has $_" } grep { exists $h->{$_} }
        qw(transfer-encoding content-encoding etag last-modified accept-ranges location);
    return @flaw if $status == 405;

    push @flaw, 'no Cache-Control: no-store' if ($h->{'cache-control'} // '') ne 'no-store';
    push @flaw, 'no X-Ipxe-Result' if !exists $h->{'x-ipxe-result'};
    push @flaw, "Retry-After on a $status" if exists $h->{'retry-after'} && $status != 503;
    push @flaw, 'a body that firmware would run'       # GRUB does, except for comments
        if $status != 200 && $body !~ /\A(?:#[^\n]*\n)*\z/;
    push @flaw, 'not text/plain'
        if $status == 200 && ($h->{'content-type'} // '') !~ m{^text/plain\b};
    return @flaw if $method eq 'HEAD';

    push @flaw, 'Content-Length is not the length of the body'
        if ($length->[0] // -1) != length $body;
    push @flaw, 'an empty 200' if $status == 200 && $body eq '';
    push @flaw, lint($body) if $status == 200 && $uri =~ m{^/\w+\.ipxe\b};
    return @flaw;
}

# An iPXE script that every iPXE reads to its end: returns what is wrong with it.
sub lint {
    my ($script) = @_;
    my @flaw;
    push @flaw, 'does not start with "#!ipxe" and a newline' if $script !~ /\A#!ipxe\n/;
    push @flaw, 'control bytes in the script' if $script =~ /[^\n\x20-\x7e\x80-\xff]/;
    push @flaw, 'no newline at its end' if $script !~ /\n\z/;
    my %label = map { $_ => 1 } $script =~ /^:(\S+)/mg;
    push @flaw, map { "goto $_, which is not there" } grep { !$label{$_} && !/\$/ }
        $script =~ /(?:^|\|\||&&|;)[ \t]*goto[ \t]+(\S+)/mg;
    return @flaw;
}

# Asks and compares, as one test. Wanted (all optional): status (200), host, profile, result
# (the X-Ipxe-* headers; '' is absent or empty), body (exact), like and unlike (a pattern or a
# list of them, on the body). The rules of flaws() hold for each answer. Returns the answer.
sub answers {
    my ($t, $uri, $want, $label, %opt) = @_;
    my $r = $t->get($uri, %opt);
    my @wrong = flaws($r);
    my $status = $want->{status} // 200;
    push @wrong, "status $r->{status}, not $status" if $r->{status} != $status;
    for my $name (grep { defined $want->{$_} } qw(host profile result)) {
        my $got = $r->{header}{"x-ipxe-$name"} // '';
        push @wrong, "$name is '$got', not '$want->{$name}'" if $got ne $want->{$name};
    }
    my $body = $want->{body};
    push @wrong, "body is not:\n$body" if defined $body && $r->{body} ne $t->expand($body);
    push @wrong, map { "body is not like $_" } grep { $r->{body} !~ $_ } list($want->{like});
    push @wrong, map { "body is like $_" } grep { $r->{body} =~ $_ } list($want->{unlike});
    Test::More::ok(!@wrong, $label // $uri)
        or Test::More::diag(join "\n", @wrong, '', $r->{request}, $r->{head}, '', $r->{body});
    return $r;
}

sub list { my ($p) = @_; return ref $p eq 'ARRAY' ? @$p : grep { defined } $p }

# The curl program, as an administrator uses it: its output, words and exit code.
sub curl {
    my ($out, $err, $rc) = run_command('', qw(curl -sS --max-time), PATIENCE, @_);
    return wantarray ? ($out, $err, $rc) : $out;
}


# ---- logs --------------------------------------------------------------------------------

# The error log without debug entries, of which some have several lines.
sub log {
    my ($t) = @_;
    my $path = $t->dir . '/error.log';
    my ($text, $debug) = ('', 0);
    for (split /^/m, -e $path ? slurp($path) : '') {
        $debug = $1 eq 'debug' if /$STAMP \[(\w+)\] /;
        $text .= $_ if !$debug;
    }
    return $text;
}

# Announces a line of the error log: it must be there at the end, and may then be [crit],
# [alert] or the death of a worker.
sub expect_log { my ($t, @pattern) = @_; push @{ $t->{expected} }, @pattern }

# Stops nginx, adds the tests that hold for every file, and ends the plan.
sub done_testing { my ($t) = @_; $t->check; Test::More::done_testing() }

sub check {
    my ($t) = @_;
    if ($t->{master}) {
        Test::More::is(join(' ', $t->workers), $t->{pids}, 'the workers are still the same');
        Test::More::ok($t->stop, 'nginx ends on QUIT with exit code 0');
    }
    my @lines = split /^/m, $t->log;
    for my $pattern (@{ $t->{expected} }) {
        Test::More::ok(scalar(grep { $_ =~ $pattern } @lines), "the error log has $pattern");
        @lines = grep { $_ !~ $pattern } @lines;
    }
    Test::More::is(join('', grep { /$STAMP \[(?:alert|emerg|crit)\]|open socket/
                                   || /exited on signal|exited with (?:fatal )?code [1-9]/ }
                            @lines), '', 'nothing unexpected in the error log');
    my $said = join '', map({ slurp($_) } grep { -e } glob($t->dir . '/san/*'),
                                                 $t->dir . '/output'), $t->log;
    my ($finding) = $said =~ /^([^\n]*(?:Sanitizer|runtime error).{0,4000})/ms;
    Test::More::ok(!$finding, 'no finding of a sanitizer') or Test::More::diag($finding);
    $t->clean_up;
}

sub clean_up {
    my ($t) = @_;
    $t->stop;
    $t->end_children;
    @running = grep { $_ != $t } @running;
    Test::More::diag('left in ' . $t->dir) if $ENV{TEST_NGINX_LEAVE};
}

END {
    my $status = $?;                                   # waitpid in stop() overwrites it
    for my $t (@running) { $t->clean_up if $t->{owner} == $$ }
    $? = $status;
}


# ---- helpers -----------------------------------------------------------------------------

# Waits until the code returns true, and returns that; false if it never does.
sub wait_for {
    my ($code, $seconds) = @_;
    my $end = time + ($seconds // PATIENCE);
    while (1) {
        my $got = $code->();
        return $got if $got || time > $end;
        sleep 0.02;
    }
}

sub slurp {
    my ($path) = @_;
    open my $fh, '<:raw', $path or croak "$path: $!";
    local $/;
    return scalar(<$fh>) // '';
}

# Runs code in another process, until it returns or end_children() sends it TERM.
sub spawn {
    my ($t, $code) = @_;
    my $pid = fork // croak "fork: $!";
    if ($pid == 0) {
        eval { $code->(); 1 } or print STDERR $@;
        POSIX::_exit(0);
    }
    push @{ $t->{children} }, $pid;
}

sub end_children {
    my ($t) = @_;
    for my $pid (splice @{ $t->{children} }) { kill TERM => $pid; waitpid $pid, 0 }
}

# Runs a program with a text on its standard input; returns stdout, stderr, exit code.
sub run_command {
    my ($input, @command) = @_;
    my ($in, $out, $err) = map { File::Temp->new } 1 .. 3;
    print $in $input;
    $in->flush;
    seek $in, 0, 0;
    my $pid = fork // croak "fork: $!";
    if ($pid == 0) {
        open STDIN, '<&', $in;
        open STDOUT, '>&', $out;
        open STDERR, '>&', $err;
        exec @command or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    my $rc = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    return (slurp($out->filename), slurp($err->filename), $rc);
}

1;
