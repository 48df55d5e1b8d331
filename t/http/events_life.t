# History through the life of nginx: workers that are killed, reloads, also to other parameters, and
# its end; and read by sqlite3 all the time.
use strict;
use warnings;
use IPXE::Test qw(slurp wait_for);
use Test::More;

my $locations = <<'CONF';
location = /boot.ipxe { ipxe boot; }
location /pxelinux.cfg/ { ipxe pxelinux; }
location /file/ { ipxe file; }
location /ipxe/event/ { ipxe event; }
CONF

sub set_up {
    my (%part) = @_;
    my $t = IPXE::Test->new;
    $t->sql(<<'SQL');
INSERT INTO profile(name, template, kernel) VALUES ('install', 'linux', '/linux');
INSERT INTO template(name, dialect, body) VALUES ('answer', 'file', 'for {{name}}');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01'), ('web2', '52:54:00:00:00:02');
SQL
    configure($t, 'ipxe_events %%DIR%%/db/events.db;', %part);
    return $t->run;
}
sub configure {
    my ($t, $events, %part) = @_;
    return $t->write_config(log => 'info', workers => 3, http => $events, locations => $locations, %part);
}
# (Who opens a file waits for who closes it at that moment, which here is another sqlite3.)
sub events {
    my ($t, $sql, $file) = @_;
    chomp(my $out = $t->sql(".timeout 1000\n$sql", $t->dir . '/db/' . ($file // 'events.db')));
    return $out;
}
sub boots { my ($t, $file) = @_; return events($t, "SELECT count(*) FROM boot WHERE host = 'web2'", $file) }
sub boot { my ($t, $n) = @_; $t->get('/boot.ipxe?mac=52:54:00:00:00:02') for 1 .. $n }
my $web1 = '/boot.ipxe?mac=52:54:00:00:00:01';

# ---- what is in it, read while it is written --------------------------------------------------

{
    my $t = set_up();
    my $said = $t->dir . '/said';
    is($t->get($web1)->{status}, 200, 'there is a file before the first answer');
    $t->spawn(sub {
        while (1) {
            my (undef, $err, $rc) = IPXE::Test::run_command(<<'SQL', qw(sqlite3 -bail), $t->dir . '/db/events.db');
.timeout 1000
SELECT * FROM history LIMIT 20; SELECT * FROM last_boot; SELECT * FROM unknown; SELECT * FROM installed;
SQL
            open my $fh, '>>', $said or die;
            print $fh "$rc $err\n";
            close $fh;
        }
    });
    $t->get("/boot.ipxe?mac=52:54:00:00:09:0$_&uuid=11223344-5566-7788-99aa-bbccddeeff0$_&asset=A$_"
            . "&serial=S$_&ip=10.0.0.$_&arch=x86_64&platform=efi&manufacturer=M&product=P&hostname=h",
            headers => ['User-Agent: iPXE/1.21.1']) for 1 .. 3;
    $t->get('/pxelinux.cfg/01-52-54-00-00-00-01', headers => ["User-Agent: a\x1bb"]);
    boot($t, 300);
    ok(wait_for(sub { boots($t) == 300 }), 'each answer is written');
    ok(wait_for(sub { -e $said && (() = slurp($said) =~ /\n/g) >= 5 }), 'history is read meanwhile');
    $t->end_children;
    unlike(slurp($said), qr/^(?!0 $)./m, '... by sqlite3, each time');

    my $json = events($t, ".mode json\nSELECT * FROM history WHERE machine = '52:54:00:00:00:01';");
    like($json, qr/"time":"20\d\d-\d\d-\d\d[ ]\d\d:\d\d:\d\d\.\d{3}","machine":"52:54:00:00:00:01",
                   "host":"web1","key":"mac","profile":"local","result":"host","endpoint":"pxelinux",
                   "address":"127.0.0.1","loader":"a\?b"/x, 'what history tells');
    like(events($t, ".mode json\nSELECT * FROM unknown WHERE machine LIKE '%:01';"),
         qr/"mac":"52:54:00:00:09:01","uuid":"11223344-5566-7788-99aa-bbccddeeff01","asset":"A1",
            "serial":"S1","manufacturer":"M","product":"P","ip":"10.0.0.1","address":"127.0.0.1",
            "boots":1,"first":"20[^"]*","last":"20/x, '... and unknown');
    is(events($t, "SELECT arch, platform, hostname, loader FROM machine WHERE asset = 'A1'"),
       'x86_64|efi|h|iPXE/1.21.1', '... of all that it showed');
    is(events($t, 'SELECT group_concat(host) FROM last_boot'), 'web1,web2', '... and last_boot');

    # ---- killed, reloaded, ended ---------------------------------------------------------------

    boot($t, 40);
    my %old = map { $_ => 1 } $t->workers;
    kill KILL => keys %old;
    $t->expect_log(qr{exited on signal 9|zone "ipxe_events" was locked by \d+$});
    ok(wait_for(sub { boots($t) == 340 }), 'workers are killed: nothing is lost, and nothing twice');
    ok(wait_for(sub { my @now = $t->workers; @now == 3 && !grep { $old{$_} } @now }), '... they are back');

    boot($t, 40);
    $t->reload;
    ok(wait_for(sub { boots($t) == 380 }), 'reloaded: the same');

    boot($t, 40);
    ok(wait_for(sub { boots($t) == 420 }), '... and goes on');
    configure($t, 'ipxe_events %%DIR%%/db/other.db history=7 machines=2;');
    $t->reload;
    boot($t, 40);
    ok(wait_for(sub { -s $t->dir . '/db/other.db-wal' && boots($t, 'other.db') == 7 }),
       'reloaded to another file, of another size');
    is(boots($t), 420, '... what was before is in the one before');
    configure($t, '', locations => 'location = /boot.ipxe { ipxe boot; }');
    $t->reload;
    boot($t, 5);
    configure($t, 'ipxe_events %%DIR%%/db/events.db;');
    $t->reload;
    boot($t, 5);
    ok($t->stop, 'nginx ends');
    is(boots($t), 425, '... and has written all, but what it was to forget');
    is(events($t, 'PRAGMA integrity_check'), 'ok', '... well');
    $t->check;
}

# ---- where nothing is to be installed ----------------------------------------------------------

{
    my $t = set_up();
    chomp(my $token = $t->sql("SELECT token FROM host WHERE name = 'web1'"));
    is($t->get("/ipxe/event/$token/$_", method => 'POST', body => 'x', headers => ['Content-Length: 1'])
           ->{status}, 200, "not armed: $_ is kept") for qw(done failed log);
    is(events($t, 'SELECT group_concat(event) FROM report'), 'done,failed,log', '... all of it');
    is($t->get("/file/$token/answer")->{body}, 'for web1', '... and ends nothing');

    # armed before there was a file
    ok($t->stop, 'nginx ends');
    $t->sql("UPDATE host SET install = 'install' WHERE name = 'web1'");
    unlink glob $t->dir . '/db/events.db*';
    $t->run;
    $t->answers($web1, { result => 'error', unlike => qr/^kernel/m, like => [qr/set host\.install again/] },
                'a new file: what was armed before is refused') for 1 .. 6;
    $t->sql("UPDATE host SET install = install WHERE install IS NOT NULL");
    $t->answers($web1, { profile => 'install' }, '... until it is set again') for 1 .. 6;

    # stopped, armed, started
    ok($t->stop, 'nginx ends');
    $t->sql("UPDATE host SET install = 'install' WHERE name = 'web2'");
    $t->run;
    $t->answers("/boot.ipxe?mac=52:54:00:00:00:0$_", { profile => 'install' }, 'armed while it was off')
        for 1, 2;

    # a copy that was put there
    ok($t->stop, 'nginx ends');
    my $file = $t->dir . '/db/events.db';
    system("sqlite3 $file .dump >$file.sql && cp -p $file $file.old && rm $file && mv $file.old $file") == 0
        or die 'cp';
    $t->run;
    $t->answers($web1, { result => 'error', like => [qr/set host\.install again/] },
                'a copy of it in its place: refused too') for 1 .. 6;
    $t->check;
}

done_testing;
