# Installs once: answer files and reports by token; what happened is in events.db.
use strict;
use warnings;
use Test::More;
use IPXE::Test qw(curl slurp wait_for);

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO template(name, dialect, body) VALUES
    ('preseed.cfg', 'file', 'hostname {{name}}' || char(10) || 'done {{event_url}}/done' || char(10)),
    ('config.json', 'file', '{"name": "{{name}}"}'), ('broken', 'file', '{{nope}}');
INSERT INTO profile(name, template, kernel, args)
VALUES ('install', 'linux', '/linux', 'url={{file_url}}/preseed.cfg');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01'), ('web2', '52:54:00:00:00:02');
SQL
$t->write_config(workers => 2, log => 'info',
    http => 'ipxe_events %%DIR%%/db/events.db history=20 machines=5;',
    locations => <<'CONF');
location = /boot.ipxe { ipxe boot; }
location /pxelinux.cfg/ { ipxe pxelinux; }
location /file/ { ipxe file; types { application/json json; } default_type text/plain; }
location /ipxe/event/ { ipxe event; }
CONF
$t->run;

my $boot = '/boot.ipxe?mac=52:54:00:00:00:01';
my $events = $t->dir . '/db/events.db';
sub token { chomp(my $token = $t->sql("SELECT token FROM host WHERE name = 'web1'")); return $token }
sub arm { $t->sql("UPDATE host SET install = 'install' WHERE name = 'web1'"); return token() }
sub events { my ($sql) = @_; chomp(my $out = $t->sql(".timeout 1000\n$sql", $events)); return $out }
sub post {
    my ($path, $body) = @_;
    my $url = 'http://127.0.0.1:' . $t->port . $path;
    my ($out) = IPXE::Test::run_command($body // '', 'curl', '-s', '-i', '-X', 'POST',
                                        '--data-binary', '@-', '-H', 'Expect:', $url);
    my ($status) = $out =~ m{^HTTP/1\.1 (\d+)};
    return wantarray ? ($status, $out) : $status;
}
sub status { my ($path) = @_; return $t->get($path)->{status} }

$t->answers($boot, { result => 'host', profile => 'local' }, 'not armed: its own profile');
my $token = arm();
$t->answers($boot, { result => 'host', profile => 'install', like => [qr{/file/$token/preseed}] },
            'armed: the install') for 1 .. 5;
$t->answers('/pxelinux.cfg/01-52-54-00-00-00-01', { profile => 'install' }, '... in PXELINUX too');

my $r = $t->get("/file/$token/preseed.cfg");
is($r->{status}, 200, 'its answer file');
is($r->{body}, "hostname web1\ndone http://127.0.0.1:" . $t->port . "/ipxe/event/$token/done\n",
   '... is rendered');
is($r->{header}{'content-type'}, 'text/plain', '... of the type that the location says');
is($r->{header}{'content-length'}, length $r->{body}, '... and exact length');
is($t->get("/file/$token/config.json")->{header}{'content-type'}, 'application/json', 'JSON is JSON');
is(status("/file/$token/none"), 404, 'no such template');
$t->expect_log(qr/cannot be rendered.*broken/);
is(status("/file/$token/broken"), 500, 'a template that cannot be rendered is no file');

my $other = '0' x 32;
for my $path ("/file/$other/preseed.cfg", '/file/preseed.cfg', '/file/', "/file/$token",
              '/file//x', "/file/$token/") {
    my $got = $t->get($path);
    is("$got->{status} $got->{body}", '404 ', "$path: empty");
    ok(!exists $got->{header}{'x-ipxe-host'}, '... and tells of no host');
}
is(status("/ipxe/event/$token/done"), 405, 'GET ends nothing');
is($t->get("/ipxe/event/$token/done")->{header}{allow}, 'POST', '... and says what does');
is(post("/ipxe/event/$other/done"), 404, 'nor does a POST of another token');
is(post("/ipxe/event/$token/what"), 404, '... or of another event');
$t->answers($boot, { profile => 'install' }, 'still armed');

is(post("/ipxe/event/$token/log", "a\0b\n" x 10_000), 200, 'a log');
is(events('SELECT length(body) FROM report'), 40_000, '... is kept whole');
is(post("/ipxe/event/$token/log", 'x' x 65_536), 200, '64 KiB');
is(post("/ipxe/event/$token/log", 'x' x 65_537), 413, '... and no more');
$t->answers($boot, { profile => 'install' }, 'a log ends nothing');

is(post("/ipxe/event/$token/done"), 200, 'done');
is(events("SELECT state FROM spent WHERE token = '$token'"), 'done', '... is in the file by then');
$t->answers($boot, { result => 'host', profile => 'local' }, '... and not installed again')
    for 1 .. 5;
my ($status, $answer) = post("/ipxe/event/$token/done");
is($status, 410, 'done again: it is over');
unlike($answer, qr/web1|X-Ipxe-Host/i, '... and tells nothing');
is(post("/ipxe/event/$token/failed"), 410, '... whatever is said');
$r = $t->get("/file/$token/preseed.cfg");
is("$r->{status} $r->{body}", '410 ', 'the file is gone');
ok(!exists $r->{header}{'x-ipxe-host'}, '... and tells of no host');

my $second = arm();
isnt($second, $token, 'armed again: another token');
$t->answers($boot, { profile => 'install' }, '... and installs again');
is(post("/ipxe/event/$second/failed", "no disk\n"), 200, 'failed');
$t->answers($boot, { profile => 'local' }, '... does not install again');
like(events("SELECT said FROM installed WHERE state = 'failed'"), qr/^no disk$/m,
     '... and says why');

# what was answered, within its bounds
$t->get("/boot.ipxe?mac=52:54:00:00:09:0$_&product=P%20$_") for 1 .. 9;
ok(wait_for(sub { events('SELECT count(*) FROM unknown') == 4 }, 5), 'machines are kept to five');
is(events("SELECT group_concat(machine) FROM (SELECT machine FROM unknown ORDER BY machine)"),
   join(',', map { "52:54:00:00:09:0$_" } 6 .. 9), '... the last ones, and the host');
is(events("SELECT product, boots FROM machine WHERE mac = '52:54:00:00:09:09'"), 'P 9|1',
   '... with what they showed');
cmp_ok(events('SELECT count(*) FROM history'), '<=', 20, 'history is kept to twenty');
is(events('SELECT host, profile, result FROM last_boot'), 'web1|local|host', 'the last boot');

# a worker that ends leaves nothing behind
$t->get('/boot.ipxe?mac=52:54:00:00:00:02') for 1 .. 3;
$t->reload;
ok(wait_for(sub { events("SELECT count(*) FROM boot WHERE host = 'web2'") == 3 }, 5),
   'a reload loses nothing, and writes nothing twice');

# nobody knows whether it is over: no install
my $third = arm();
$t->answers($boot, { profile => 'install' }, 'armed');
rename $events, "$events.away" or die "rename: $!";
$t->expect_log(qr/cannot be known: .*events\.db" was removed/);
$t->answers($boot, { result => 'error', unlike => qr/^kernel/m, like => [qr{/db/events\.db"}] },
            'events.db is gone: no install');
$t->answers('/boot.ipxe?mac=52:54:00:00:00:02', { result => 'host' }, '... other machines boot');
$t->expect_log(qr/"done" of host "web1" was not recorded/);
is(post("/ipxe/event/$third/done"), 503, '... done is not acknowledged');
rename "$events.away", $events or die "rename: $!";
is(post("/ipxe/event/$third/done"), 200, 'there again: it is');
$t->answers($boot, { profile => 'local' }, '... and over');

$t->done_testing;
