# A database that is damaged inside, or has a row that is too long, is said once: a machine that
# asks every few seconds does not fill the log. Put right, it answers without a reload.
use strict;
use warnings;
use File::Copy qw(copy);
use Test::More;
use Time::HiRes qw(sleep);
use IPXE::Test qw(wait_for slurp);

use constant REQUESTS => 100;

my $t = IPXE::Test->new(db => 0);
my @names = qw(page.wal page.delete body.wal body.delete);
for my $name (@names) {
    my ($mode) = $name =~ /\.(\w+)$/;
    $t->make_db("db/$name.db");
    $t->sql("PRAGMA journal_mode = $mode;
             INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01')",
            $t->dir . "/db/$name.db");
}
$t->write_config(database => '', locations => '', http => join "\n", map { <<"CONF" } @names);
server {
    listen 127.0.0.1:%%PORT%%;
    server_name $_;
    ipxe_database %%DIR%%/db/$_.db;
    location = /boot.ipxe { ipxe boot; }
    location /pxelinux.cfg/ { ipxe pxelinux; }
}
CONF
$t->run;

# Overwrites the page that the rows of profile begin on.
sub damage {
    my ($path) = @_;
    my ($page, $size) = split /\|/, $t->sql("SELECT rootpage, page_size FROM sqlite_schema,
                                             pragma_page_size WHERE name = 'profile'", $path);
    open my $fh, '+<:raw', $path or die "$path: $!";
    seek $fh, ($page - 1) * $size, 0;
    print $fh "\xa5" x $size;
    close $fh or die "$path: $!";
}

# What the log says of a database.
sub said {
    my ($name) = @_;
    return my @lines = grep { /\[(?!info)\w+\].*\Q$name\E\.db/ } split /^/m, $t->log;
}

my @uris = ('/boot.ipxe?mac=52:54:00:00:00:01', '/pxelinux.cfg/default',
            '/boot.ipxe?mac=52:54:00:00:00:09', '/pxelinux.cfg/01-52-54-00-00-00-01');

for my $name (@names) {
    my $path = $t->dir . "/db/$name.db";
    copy($path, "$path.good") or die "copy: $!";
    $t->recommended_rights("db/$name.db.good");

    # the page is damaged before the file is opened, the long row is written while it is open
    my $before = said($name);
    if ($name =~ /^page/) {
        damage($path);
    } else {
        $t->answers($uris[0], { host => 'web1' }, "$name: as it was", host => $name);
        $t->sql("PRAGMA ignore_check_constraints = ON;
                 INSERT INTO template(name, dialect, body)
                 VALUES ('long', 'ipxe', replace(hex(zeroblob(600000)), '0', 'x'))", $path);
    }

    my %status;
    for my $i (1 .. REQUESTS) {
        my $r = $t->get($uris[$i % @uris], host => $name);
        $status{ $r->{status} }++;
        is($r->{header}{'x-ipxe-host'}, 'web1', "$name: ... of the right host")
            if $r->{status} == 200 && $uris[$i % @uris] =~ /00.01$/;
        sleep 0.12 if $i % 10 == 0;        # longer than a state of the database is kept
    }
    # what was answered before the long row may go on being answered
    is(join(' ', grep { $_ != 503 && ($_ != 200 || $name =~ /^page/) } keys %status), '',
       "$name: every answer is a 503, or the last good one");
    my @said = said($name);
    splice @said, 0, $before;
    cmp_ok(scalar(@said), '<=', 3, '... and the log has a line of it, not one for each')
        or diag @said;
    unlike(join('', @said), qr/is used again/, '... and none that says it were good');
    like($said[0] // '', $name =~ /^body/ ? qr/\[crit\].*template.*\Q$name\E\.db.*byte/
                                          : qr/\[crit\].*\Q$name\E\.db.*malformed/,
         '... but what is wrong');
    $t->expect_log(qr/\Q$name\E\.db/);

    # a long row is made shorter; a damaged file is replaced by a copy
    if ($name =~ /^body/) {
        $t->sql("DELETE FROM template WHERE name = 'long'", $path);
    } else {
        rename "$path.good", $path or die "rename: $!";
        unlink map { "$path$_" } qw(-wal -shm);
    }
    ok(wait_for(sub { $t->get($uris[0], host => $name)->{status} == 200 }, 2),
       '... and answers when it is put right');
    $t->answers($uris[0], { host => 'web1', result => 'host' }, '... with the row', host => $name);
    $t->answers('/pxelinux.cfg/default', { result => 'default' }, '... and the default profile',
                host => $name);
    my @again = grep { /is used again/ } said($name);
    is(scalar(@again), 1, '... which the log says once') or diag @again;
}

$t->done_testing;
