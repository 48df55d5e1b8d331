# README's section "Files and rights": each of its statements stands here with its test, or with the
# file that tests it, and none is left over.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;
use Time::HiRes qw(time);
use IPXE::Test qw(slurp wait_for);

plan skip_all => 'needs root: the workers have to be another user' if !IPXE::Test::is_root();

my $repo = abs_path(dirname(__FILE__) . '/../..');
my ($section) = slurp("$repo/README") =~ /\n7\.  Files and rights\n\n(.*?)\n\n\n8\. /s;
$section =~ s/\s+/ /g;

# README has these words; what they say is tested next.
sub statement {
    my ($words) = @_;
    return ok($section =~ s/\Q$words\E/ /, "README: $words");
}

sub tested_by {
    my ($words, @files) = @_;
    statement($words);
    return ok(-s "$repo/$_", "... tested by $_") for @files;
}

my $uri = '/boot.ipxe?mac=52:54:00:00:00:01';
my $web1 = "INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01')";

# Runs sqlite3 as somebody who is in the group of nginx, and nobody else.
sub as_member {
    my ($db, $sql) = @_;
    my $group = getgrnam 'www-data';
    return IPXE::Test::run_command($sql, 'setpriv', '--reuid=65534', "--regid=$group",
                                   '--clear-groups', 'sqlite3', '-batch', '-bail', $db);
}


# ---- rights ------------------------------------------------------------------------------

my $t = IPXE::Test->new;
my @case = (
    # name, mode of the directory, of the file, journal mode
    ['recommended', undef, undef, 'wal'],
    ['recommended-rollback', undef, undef, 'delete'],
    ['readonly-rollback', 0755, 0644, 'delete'],
    ['readonly-truncate', 0755, 0644, 'truncate'],
    ['readonly-wal', 0755, 0644, 'wal'],               # nobody can make a -wal and a -shm
);
for (@case) {
    my ($name, $dir_mode, $mode, $journal) = @$_;
    my $dir = $t->dir . "/$name";
    mkdir $dir;
    $t->recommended_rights($name) if !$dir_mode;
    my $db = $t->make_db("$name/hosts.db");
    $t->sql("PRAGMA journal_mode = $journal; $web1", $db);
    if ($dir_mode) {
        chown 0, 0, $dir, $db;
        chmod $dir_mode, $dir;
        chmod $mode, $db;
    }
    is(join(' ', grep { !/-journal$/ } glob "$dir/*"), $db, "$name: at rest");
}
$t->write_config(http => join "\n", map {
    "server { listen 127.0.0.1:%%PORT%%; server_name $_->[0];
              ipxe_database %%DIR%%/$_->[0]/hosts.db; location = /boot.ipxe { ipxe boot; } }"
} @case);
$t->run;

# each of these shows a change in the next answer
sub shows_changes {
    my ($name) = @_;
    my $db = $t->dir . "/$name/hosts.db";
    my $answers = sub {
        my ($host, $label) = @_;
        $t->answers($uri, { host => $host, result => 'host' }, "$name: $label", host => $name);
    };
    $answers->('web1', 'answers');
    $t->sql("UPDATE host SET name = 'web2'", $db);
    $answers->('web2', 'a change is seen');
    $t->sql("UPDATE host SET name = 'web3'; PRAGMA wal_checkpoint(TRUNCATE)", $db);
    $answers->('web3', '... and after a checkpoint');

    my $s = $t->sql_session($db);                      # an administrator's shell stays open
    $s->("UPDATE host SET name = 'web4';");
    $answers->('web4', '... from a shell that stays open');
    $s->("BEGIN; UPDATE host SET name = 'web5';");
    $answers->('web4', '... not before it is committed');
    $s->('COMMIT;');
    $answers->('web5', '... but then');
    $s->();
    $answers->('web5', '... and when it is closed');
    return;
}

statement('Recommended, as in section 2: the directory root:www-data 2770, the file 0660,');
statement('write-ahead log (schema.sql sets it).');
my $recommended = $t->dir . '/recommended/hosts.db';
is($t->sql('PRAGMA journal_mode', $recommended), "wal\n", '... schema.sql does');
shows_changes('recommended');
shows_changes('recommended-rollback');

statement('Then root and the group may edit while machines boot, and nobody waits for anybody.');
my ($out, $err, $rc) = as_member($recommended, "UPDATE host SET name = 'web6';");
is("$out$err$rc", '0', '... somebody of the group');
$t->answers($uri, { host => 'web6' }, '... whose change is seen', host => 'recommended');
$t->sql("UPDATE host SET name = 'web7'", $recommended);
$t->answers($uri, { host => 'web7' }, '... and root', host => 'recommended');
my $s = $t->sql_session($recommended);
my $start = time;
$s->("BEGIN EXCLUSIVE; UPDATE host SET name = 'web8';");
$t->answers($uri, { host => 'web7' }, '... no machine waits for a writer', host => 'recommended')
    for 1 .. 5;
is($s->('COMMIT;'), '', '... no writer for a machine');
$s->();
$t->answers($uri, { host => 'web8' }, '... whose change is seen', host => 'recommended');
cmp_ok(time - $start, '<', 3, '... and no time has passed');

statement('Works too: a file root:root 0644 in rollback mode (PRAGMA journal_mode=DELETE,');
shows_changes('readonly-rollback');
shows_changes('readonly-truncate');

statement('set while nginx does not run),');
($out, $err) = $t->sql('PRAGMA journal_mode = DELETE', $recommended);
isnt($out, "delete\n", '... since it has no effect while nginx does');

tested_by('where machines get 503 for the moments that somebody commits;', 't/http/store_busy.t',
          't/hard/writers.t');

statement('a WAL database that nobody has open, in a directory that nginx cannot write;');
shows_changes('readonly-wal');

tested_by('a file that is only ever replaced as a whole (published).', 't/http/published.t',
          't/hard/rename.t');

$t->stop;
is(scalar($t->sql('PRAGMA journal_mode = DELETE', $recommended)), "delete\n",
   'PRAGMA journal_mode has an effect while nginx does not run');
$t->check;


# ---- replacing ---------------------------------------------------------------------------

statement(q(Replace a database as a whole with sqlite3 hosts.db '.restore new.db'));
$t = IPXE::Test->new;
$t->sql($web1);
$t->write_config(workers => 2);
$t->run;
my $all = sub { my ($host, $label) = @_;
                $t->answers($uri, { host => $host, result => 'host' }, $label) for 1 .. 6; };
$all->('web1', 'as it was');
$t->sql("UPDATE host SET name = 'edited'");
$all->('edited', '... edited');
my $new = $t->make_db('db/new.db');
$t->sql($web1 =~ s/web1/new/r, $new);
$t->sql(".restore $new");
$all->('new', '... restored');
$t->sql("UPDATE host SET name = 'newer'");
$all->('newer', '... edited again');

statement('or with mv from the same directory, and then remove what is left of hosts.db-wal and'
          . ' hosts.db-shm before anything writes: they are of the old file.');
ok(-s $t->db . '-wal', '... there is one');
$t->make_db('db/moved.db');
$t->sql($web1 =~ s/web1/moved/r, $t->dir . '/db/moved.db');
rename $t->dir . '/db/moved.db', $t->db or die "rename: $!";

statement('nginx does not read such a log into the new file, and says so; other programs would.');
$all->('moved', '... nginx does not');
$t->expect_log(qr{db/hosts\.db-wal.*old file.*hosts\.db-shm});
mkdir $t->dir . '/other';
system('cp', $t->db, $t->db . '-wal', $t->dir . '/other') == 0 or die 'cp';
is(scalar($t->sql('SELECT name FROM host', $t->dir . '/other/hosts.db')), "newer\n",
   '... sqlite3 does');
unlink map { $t->db . $_ } qw(-wal -shm);
$all->('moved', '... removed');
$t->sql("UPDATE host SET name = 'moved2'");
$all->('moved2', '... and edited');
$t->check;

tested_by('Never remove these two at any other time,', 't/hard/gone.t');
tested_by('never cp over hosts.db,', 't/hard/overwrite.t');


# ---- where it is, and who writes it ------------------------------------------------------

# whoever may ask nginx for a file may read it: the samples keep it elsewhere
statement('and never put it below a root or alias of nginx,');
my @database;
for my $file ('README', 'conf/ipxe.conf', 'doc/ngx_http_ipxe_module.8') {
    my $text = slurp("$repo/$file");
    my @path = $text =~ /ipxe_database\s+(\/[^\s;]+)/g;
    push @database, @path;
    for my $root ($text =~ /\b(?:root|alias)\s+(\/[^\s;]+)/g) {
        my @below = grep { index("$_/", "$root/") == 0 } @path;
        is("@below", '', "... $file: not below $root");
    }
}
cmp_ok(scalar @database, '>', 1, '... where they have it');

# SQLite's locks do not work there, and there is none to be had here
statement('nor on a network file system.');

statement('nginx itself never writes it, but for the two files beside it that every reader of a WAL'
          . ' database makes.');
$t = IPXE::Test->new;
$t->sql($web1);
my $before = join ' ', slurp($t->db), (stat $t->db)[1, 7, 9];
$t->write_config(workers => 2);
$t->run;
$all->('web1', '... asked');
is(join(' ', slurp($t->db), (stat $t->db)[1, 7, 9]), $before, '... not a byte of it');
my @files = glob $t->dir . '/db/*';
is("@files", join(' ', map { $t->db . $_ } '', '-shm', '-wal'), '... no other file');
is(-s $t->db . '-wal', 0, '... and the log is empty');
$t->check;


# ---- whatever is wrong -------------------------------------------------------------------

statement('Whatever is wrong with the file, nginx starts and goes on;');
$t = IPXE::Test->new(db => 0);
$t->write_file('db/hosts.db', 'rubbish ' x 1000);
$t->recommended_rights('db/hosts.db');
$t->write_config(workers => 2, server => 'add_header X-Worker $pid always;');
$t->run;
my %worker;
wait_for(sub {
    my $r = $t->answers($uri, { status => 503 }, '... it starts');
    $worker{ $r->{header}{'x-worker'} }++;
    keys %worker > 1;
});
$t->get($uri) for 1 .. 30;

statement('the error log says once for each worker what it is and what to do,');
my @lines = grep { /ipxe database/ } split /\n/, $t->log;
for my $pid ($t->workers) {
    my @own = grep { / $pid#/ } @lines;
    is(scalar @own, 1, '... once') or diag @own;
    like($own[0] // '', qr/not a database.*put a good copy in its place/, '... in words');
}
$t->expect_log(qr/not a database/);

statement('and the next request after it is right again is answered.');
$t->make_db('db/next.db');
$t->sql($web1, $t->dir . '/db/next.db');
rename $t->dir . '/db/next.db', $t->db or die "rename: $!";
$all->('web1', '... it is');
$t->check;


# ---- the copy ----------------------------------------------------------------------------

tested_by('Each worker keeps a copy of what it read last, in 64 MiB of memory and a temporary file,',
          't/core/store.c');
tested_by('made a moment after each change (in rollback mode, two seconds after the last one).',
          't/hard/damage.t');
tested_by('While hosts.db is missing, damaged or of something else, answers go on from it,',
          't/hard/damage.t', 't/http/store_destroyed.t');
tested_by('but none that installs: nobody knows whether host.install is still set.',
          't/http/store_destroyed.t');
tested_by('Without a copy as new as the last answer machines get 503 and wait.', 't/core/store.c');
tested_by('What another program than SQLite wrote into the file, cp for one, is read when nothing has'
          . ' changed for two seconds and all of it is good.', 't/hard/overwrite.t', 't/core/store.c');

is($section =~ s/[\s.,;:]+//gr, '', 'README has no statement that is not tested');
done_testing;
