# An events.db that cannot be used, in every way: machines boot as before, nothing is installed and
# the console says why, an installer's report is not acknowledged; and all is well when it is.
use strict;
use warnings;
use IPXE::Test qw(slurp wait_for);
use Test::More;

# a disk that is full needs a mount, which nobody else sees
BEGIN {
    if ($> == 0 && !$ENV{IPXE_MOUNTS} && system('unshare -m true 2>/dev/null') == 0) {
        $ENV{IPXE_MOUNTS} = 1;
        exec qw(unshare -m), $^X, (map { "-I$_" } @INC), $0 or die "unshare: $!";
    }
}

sub set_up {
    my $t = IPXE::Test->new;
    $t->sql(<<'SQL');
INSERT INTO profile(name, template, kernel) VALUES ('install', 'linux', '/linux');
INSERT INTO template(name, dialect, body) VALUES ('answer', 'file', 'for {{name}}');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01'), ('web2', '52:54:00:00:00:02');
SQL
    mkdir $t->dir . '/ev' or die;
    $t->recommended_rights('ev');
    $t->write_config(log => 'info', workers => 2, http => 'ipxe_events %%DIR%%/ev/events.db;',
                     locations => <<'CONF');
location = /boot.ipxe { ipxe boot; }
location /file/ { ipxe file; }
location /ipxe/event/ { ipxe event; }
CONF
    return $t;
}
sub arm {
    my ($t) = @_;
    chomp(my $token = $t->sql("UPDATE host SET install = 'install' WHERE name = 'web1';
                               SELECT token FROM host WHERE name = 'web1';"));
    return $token;
}
my ($web1, $web2) = map { "/boot.ipxe?mac=52:54:00:00:00:0$_" } 1, 2;
sub post { my ($t, $path) = @_; return $t->get($path, method => 'POST') }
sub profile { my ($t) = @_; return $t->get($web1)->{header}{'x-ipxe-profile'} // 'none' }
sub history { my ($t) = @_; return ($t->sql(".timeout 1000\nSELECT count(*) FROM boot WHERE host = 'web2'",
                                            $t->dir . '/ev/events.db'))[0] =~ /(\d+)/ ? $1 : 0 }

# All that has to hold while it is broken, whichever worker answers.
sub holds {
    my ($t, $name, $token, $says) = @_;
    $t->expect_log(qr/ipxe events .*$says/, qr/"done" of host "web1" was not recorded: .*$says/);
    $t->answers($web2, { host => 'web2', profile => 'local' }, "$name: another host boots") for 1 .. 9;
    ok(wait_for(sub { $t->log =~ /ipxe events .*$says/ && !grep { profile($t) ne 'none' } 1 .. 9 }),
       '... this is not installed');
    $t->answers($web1, { result => 'error', host => 'web1', like => [qr/^sleep [1-9]/m],
                         unlike => qr/^kernel/m }, '... its console says so') for 1 .. 9;
    like($t->get($web1)->{body} =~ s/\necho / /gr, qr/$says|the error log says why/, '... and why');
    my $r = post($t, "/ipxe/event/$token/done");
    is("$r->{status} " . ($r->{header}{'retry-after'} // ''), '503 5', '... done is to be repeated');
    return;
}

# ... and when it is right again.
sub recovers {
    my ($t, $name, $token) = @_;
    ok(wait_for(sub { $t->get($web2); !grep { profile($t) ne 'install' } 1 .. 9 }), "$name: it is installed");
    is(post($t, "/ipxe/event/$token/done")->{status}, 200, '... done is recorded');
    $t->answers($web1, { profile => 'local' }, '... and it is over') for 1 .. 9;
    my $before = history($t);
    $t->get($web2);
    ok(wait_for(sub { history($t) > $before }), '... history goes on');
    return;
}

sub sqlite { my ($t, $sql) = @_; return scalar $t->sql($sql, $t->dir . '/ev/events.db') }
sub sh { system(@_) == 0 or die "@_" }

# ---- before nginx starts ---------------------------------------------------------------------

my @broken = (
    ['garbage', qr/not a database \(26\)/, sub { $_[0]->write_file('ev/events.db', "x" x 9000) }],
    ['another application', qr/its application_id is 7 and/,
     sub { sqlite($_[0], 'PRAGMA application_id = 7; CREATE TABLE t (a);') }],
    ['another version', qr/its user_version 2, not/,
     sub { sqlite($_[0], 'PRAGMA application_id = 1766872645; PRAGMA user_version = 2; CREATE TABLE t(a);') }],
    ['a directory', qr/it is not a file/, sub { mkdir $_[0]->dir . '/ev/events.db' }],
);
push @broken, ['no right to the directory', qr/nginx's user needs to/,
               sub { sh('chmod', '0700', $_[0]->dir . '/ev') }],
              ['no right to the file', qr/nginx's user needs to write/,
               sub { sh('chown', 'root:root', $_[0]->write_file('ev/events.db', ''));
                     sh('chmod', '0644', $_[0]->dir . '/ev/events.db') }]
    if IPXE::Test::is_root();

for (@broken) {
    my ($name, $says, $break) = @$_;
    my $t = set_up();
    $break->($t);
    $t->run;
    my $token = arm($t);
    holds($t, $name, $token, $says);
    sh('rm', '-rf', $t->dir . '/ev/events.db');
    $t->recommended_rights('ev');
    recovers($t, "$name is gone", $token);
    $t->check;
}

{
    my $t = set_up();
    sh('mv', $t->dir . '/ev', $t->dir . '/away');
    $t->run;
    my $token = arm($t);
    holds($t, 'no directory', $token, qr/its directory cannot be locked \(2/);
    sh('mv', $t->dir . '/away', $t->dir . '/ev');
    recovers($t, 'a directory', $token);
    $t->check;
}

# ---- while it runs ---------------------------------------------------------------------------

{
    my $t = set_up();
    $t->run;
    my $token = arm($t);
    is(profile($t), 'install', 'armed') for 1 .. 9;
    my $session = $t->sql_session($t->dir . '/ev/events.db');
    $session->('BEGIN EXCLUSIVE;');
    $t->get($web2) for 1 .. 9;
    holds($t, 'locked', $token, qr/another program has it locked/);
    is($t->get("/file/$token/answer")->{body}, 'for web1', '... what has begun gets its files');
    $t->reload;
    $t->answers($web2, { host => 'web2' }, '... a reload waits for nobody') for 1 .. 9;
    $session->('COMMIT;');
    $session->();
    recovers($t, 'unlocked', $token);
    ok(wait_for(sub { history($t) >= 28 }), '... and nothing was lost, over a reload');

    # another file in its place; who does so removes the log of the old one
    $token = arm($t);
    my $file = $t->dir . '/ev/events.db';
    $t->write_file('ev/new', 'y' x 9000);
    $t->recommended_rights('ev/new');
    sh('rm', '-f', "$file-wal", "$file-shm");
    sh('mv', $t->dir . '/ev/new', $file);
    holds($t, 'replaced', $token, qr/not a database/);
    ok($t->stop, '... nginx ends');
    sh('rm', '-f', $file, "$file-wal", "$file-shm");
    $t->run;
    recovers($t, 'another one', arm($t));
    $t->check;
}

SKIP: {
    skip 'no right to mount', 1 if !$ENV{IPXE_MOUNTS};
    my $t = set_up();
    sh(qw(mount -t tmpfs -o size=512k none), $t->dir . '/ev');
    $t->recommended_rights('ev');
    $t->run;
    my $token = arm($t);
    is(profile($t), 'install', 'armed') for 1 .. 9;
    open my $fill, '>', $t->dir . '/ev/fill' or die;
    1 while syswrite $fill, 'z' x 4096;
    for my $n (1 .. 200) { $t->get("/boot.ipxe?mac=52:54:00:00:01:" . sprintf('%02x', $n) . '&product=' . 'p' x 200) }
    holds($t, 'a full disk', $token, qr/is the disk full\?/);
    close $fill;
    unlink $t->dir . '/ev/fill';
    recovers($t, 'room again', $token);
    is(sqlite($t, 'PRAGMA integrity_check'), "ok\n", '... and it is sound');
    ok($t->stop, '... nginx ends');
    sh('umount', $t->dir . '/ev');
    $t->check;
}

done_testing;
