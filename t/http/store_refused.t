# Files that cannot be used: each is refused in words, and none of them needs a reload afterwards.
use strict;
use warnings;
use File::Copy qw(copy);
use Test::More;
use IPXE::Test qw(wait_for slurp);

my $t = IPXE::Test->new;
my $host = "INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01')";
$t->sql($host);
my $version = $t->sql('PRAGMA user_version') =~ s/\n//r;
my $good = $t->dir . '/db/good.db';
$t->sql("VACUUM INTO '$good'");
my $size = -s $good;

sub bytes { my ($name, $text) = @_; $t->write_file("db/$name", $text);
            $t->recommended_rights("db/$name"); }

bytes('text.db', "This is no database, only text.\n" x 300);
bytes('empty.db', '');
bytes('cut.db', substr slurp($good), 0, 3000);
{
    my $damaged = slurp($good);
    substr($damaged, 100, $size - 100) = "\xa5" x ($size - 100);
    bytes('damaged.db', $damaged);
}
$t->sql('CREATE TABLE host(name TEXT, mac TEXT)', $t->dir . '/db/other.db');
$t->recommended_rights('db/other.db');
for (['newer.db', 'PRAGMA user_version = 4711'], ['foreign.db', 'PRAGMA application_id = 815'],
     ['lacking.db', 'DROP TABLE nic'], ['locked.db', 'SELECT 1']) {
    my ($name, $sql) = @$_;
    copy($good, $t->dir . "/db/$name") or die "copy: $!";
    $t->recommended_rights("db/$name");
    $t->sql($sql, $t->dir . "/db/$name");
}
mkdir $t->dir . '/db/directory.db';

# file => what the log says besides the path
my %words = (
    'text.db' => qr/not a database|26/, 'empty.db' => qr/version|application|empty|another/i,
        'cut.db' => qr/malformed|not a database|disk image|11|26/,
    'damaged.db' => qr/malformed|not a database|11|26/, 'other.db' => qr/application|another/i,
    'newer.db' => qr/4711.*\b$version\b|\b$version\b.*4711/, 'foreign.db' => qr/815|application/i,
        'lacking.db' => qr/nic/,
    'directory.db' => qr/./, 'locked.db' => qr/permission|denied|rights|open|14/i,
);
if (IPXE::Test::is_root()) {
    chown 0, 0, $t->dir . '/db/locked.db';
    chmod 0600, $t->dir . '/db/locked.db';
} else {
    delete $words{'locked.db'};
}

my @names = sort keys %words;
$t->write_config(http => join("\n", map {
    "server { listen 127.0.0.1:%%PORT%%; server_name $_; ipxe_database %%DIR%%/db/$_;"
    . " location = /boot.ipxe { ipxe boot; } location /pxelinux.cfg/ { ipxe pxelinux; } }"
} @names));
$t->run;

for my $name (@names) {
    $t->expect_log(qr{/db/\Q$name\E});
    for my $uri ('/boot.ipxe?mac=52:54:00:00:00:01', '/boot.ipxe?mac=52:54:00:00:00:09',
                 '/pxelinux.cfg/default', '/pxelinux.cfg/01-52-54-00-00-00-01') {
        my $r = $t->answers($uri, { status => 503, result => 'unavailable' },
                            "$name: $uri", host => $name);
        is($r->{header}{'retry-after'}, 5, '... Retry-After');
    }
    my @lines = grep { m{/db/\Q$name\E} } split /\n/, $t->log;
    like($lines[0] // '', $words{$name}, "$name: the log says why");
    cmp_ok(scalar(@lines), '<=', 2, '... not with every request') or diag(join "\n", @lines);
}
$t->answers('/boot.ipxe?mac=52:54:00:00:00:01', { host => 'web1' },
            'the good one beside them answers', host => 'localhost');

# each is put right in its own way, and answers without a reload
rmdir $t->dir . '/db/directory.db';
for my $name (@names) {
    my $path = $t->dir . "/db/$name";
    if ($name eq 'locked.db') {
        $t->recommended_rights("db/$name");
    } elsif ($name eq 'newer.db') {
        $t->sql("PRAGMA user_version = $version", $path);
    } else {
        copy($good, "$path.new") or die "copy: $!";
        $t->recommended_rights("db/$name.new");
        rename "$path.new", $path or die "rename: $!";
    }
    ok(wait_for(sub { $t->get('/boot.ipxe?mac=52:54:00:00:00:01', host => $name)->{status} == 200 },
                3), "$name: put right, it answers");
    $t->answers('/boot.ipxe?mac=52:54:00:00:00:01', { host => 'web1', result => 'host' },
                '... rightly', host => $name);
}

$t->done_testing;
