# Ways to own hosts.db that work: as README recommends, and read-only for the workers, in both
# journal modes; each shows a change in the next answer.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

plan skip_all => 'needs root: the workers have to be another user' if !IPXE::Test::is_root();

my $t = IPXE::Test->new;
my @case = (
    # name, mode of the directory, of the file, journal mode
    ['recommended', undef, undef, 'wal'],
    ['recommended-rollback', undef, undef, 'delete'],
    ['readonly-rollback', 0755, 0644, 'delete'],
    ['readonly-wal', 0755, 0644, 'wal'],               # nobody can make a -wal and a -shm
    ['readonly-truncate', 0755, 0644, 'truncate'],
);
for (@case) {
    my ($name, $dir_mode, $mode, $journal) = @$_;
    my $dir = $t->dir . "/$name";
    mkdir $dir;
    $t->recommended_rights($name) if !$dir_mode;
    my $db = $t->make_db("$name/hosts.db");
    $t->sql("PRAGMA journal_mode = $journal;
             INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01')", $db);
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

for (@case) {
    my ($name) = @$_;
    my $db = $t->dir . "/$name/hosts.db";
    my @ask = ('/boot.ipxe?mac=52:54:00:00:00:01');
    $t->answers(@ask, { host => 'web1', result => 'host' }, "$name: answers", host => $name);
    $t->sql("UPDATE host SET name = 'web2'", $db);
    $t->answers(@ask, { host => 'web2' }, "$name: a change is seen", host => $name);
    $t->sql("UPDATE host SET name = 'web3'; PRAGMA wal_checkpoint(TRUNCATE)", $db);
    $t->answers(@ask, { host => 'web3' }, "$name: ... and after a checkpoint", host => $name);

    my $s = $t->sql_session($db);                      # an administrator's shell stays open
    $s->("UPDATE host SET name = 'web4';");
    $t->answers(@ask, { host => 'web4' }, "$name: ... from a shell that stays open", host => $name);
    $s->("BEGIN; UPDATE host SET name = 'web5';");
    $t->answers(@ask, { host => 'web4' }, "$name: ... not before it is committed", host => $name);
    $s->('COMMIT;');
    $t->answers(@ask, { host => 'web5' }, "$name: ... but then", host => $name);
    $s->();
    $t->answers(@ask, { host => 'web5' }, "$name: ... and when it is closed", host => $name);
}

$t->done_testing;
