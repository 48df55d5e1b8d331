# hosts.db is destroyed in place while nginx runs: answers go on from the copy that each worker
# keeps, but no machine is installed by it; and what was asked for by token goes on.
use strict;
use warnings;
use File::Copy qw(copy);
use Test::More;
use Time::HiRes qw(sleep);
use IPXE::Test qw(wait_for slurp);

for my $journal (qw(wal delete)) {
    my $t = IPXE::Test->new;
    $t->sql(<<"SQL");
PRAGMA journal_mode = $journal;
INSERT INTO profile(name, template, kernel) VALUES ('installer', 'linux', '/images/linux');
INSERT INTO template(name, dialect, body) VALUES ('answers', 'file', 'for {{name}}');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01'), ('web2', '52:54:00:00:00:02');
SQL
    $t->write_config(http => 'ipxe_events %%DIR%%/db/events.db;', server => <<'SERVER');
location /file/ { ipxe file; }
SERVER
    $t->run;
    chomp(my $token = $t->sql("UPDATE host SET install = 'installer' WHERE name = 'web2';
                               SELECT token FROM host WHERE name = 'web2'"));
    my ($web1, $web2) = map { "/boot.ipxe?mac=52:54:00:00:00:0$_" } 1, 2;
    my $as_it_was = sub {
        my ($label) = @_;
        $t->answers($web1, { host => 'web1', result => 'host' }, "$journal, $label: web1");
        $t->answers($web2, { host => 'web2', profile => 'installer', like => qr{^kernel }m },
                    '... web2 is installed');
        is($t->get("/file/$token/answers")->{body}, 'for web2', '... and has its file');
    };
    $as_it_was->('good');

    copy($t->db, $t->db . '.good') or die "copy: $!" if $journal eq 'delete';
    $t->sql("VACUUM INTO '" . $t->db . ".good'") if $journal eq 'wal';
    $t->recommended_rights('db/hosts.db.good');

    # the copy is there when answers go on; until then they are 503
    $t->expect_log(qr{db/hosts\.db" cannot be used});
    my $good = slurp($t->db . '.good');
    my $went_on = wait_for(sub {
        sleep 3;
        open my $fh, '+<:raw', $t->db or die "open: $!";
        print $fh "\0" x length $good;
        close $fh;
        return 1 if $t->get($web1)->{status} == 200 && $t->get($web1)->{status} == 200;
        unlink map { $t->db . $_ } qw(-wal -shm);
        copy($t->db . '.good', $t->db . '.new') or die "copy: $!";
        $t->recommended_rights('db/hosts.db.new');
        rename $t->db . '.new', $t->db or die "rename: $!";
        $t->get($web1);
        return 0;
    }, 30);
    ok($went_on, "$journal, destroyed: answers go on");
    for (1 .. 20) {
        my $r = $t->get($web1);
        is("$r->{status} $r->{header}{'x-ipxe-host'}", '200 web1', '... with its own script') if $_ < 3;
    }
    $t->answers($web2, { result => 'error', like => qr/whether it still is/, unlike => qr/^kernel/m },
                '... web2 is not installed, and told so');
    is($t->get("/file/$token/answers")->{body}, 'for web2', '... an install that runs has its file');
    $t->answers('/boot.ipxe?mac=52:54:00:00:00:09', { result => 'default' }, '... and a stranger');
    $t->expect_log(qr/host\.install of "web2"/);

    unlink map { $t->db . $_ } qw(-wal -shm);
    rename $t->db . '.good', $t->db or die "rename: $!";
    $as_it_was->('replaced');
    $t->check;
}

done_testing;
