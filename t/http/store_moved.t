# A file is moved over one that was edited while nginx had it open. SQLite would read the old
# file's -wal, which stays behind, into the new one: machines would get the old rows, or worse.
use strict;
use warnings;
use File::Copy qw(copy);
use Test::More;
use Time::HiRes qw(sleep);
use IPXE::Test qw(wait_for slurp);

for my $mode (qw(wal delete)) {
    my $t = IPXE::Test->new;
    $t->sql("INSERT INTO host(name, mac) VALUES ('old', '52:54:00:00:00:01')");
    $t->write_config;
    $t->run;

    my $uri = '/boot.ipxe?mac=52:54:00:00:00:01';
    $t->answers($uri, { host => 'old' }, "$mode: as it was");
    $t->sql("UPDATE host SET name = 'edited'");
    $t->answers($uri, { host => 'edited' }, '... edited in place');
    ok(-s $t->db . '-wal', '... and the change is in its -wal');

    my $next = $t->make_db('db/next.db');
    $t->sql("PRAGMA journal_mode = $mode;
             INSERT INTO host(name, mac) VALUES ('new', '52:54:00:00:00:01');
             INSERT INTO host(name, mac) VALUES ('new2', '52:54:00:00:00:02')", $next);
    $t->expect_log(qr{db/hosts\.db-wal.*old file});
    rename $next, $t->db or die "rename: $!";
    $t->answers($uri, { host => 'new', result => 'host' }, 'moved over it: the new row') for 1, 2;
    $t->answers('/boot.ipxe?mac=52:54:00:00:00:02', { host => 'new2' }, '... and another one');
    unlink map { $t->db . $_ } qw(-wal -shm);
    $t->answers($uri, { host => 'new', result => 'host' }, '... also when the -wal is gone');
    $t->sql("UPDATE host SET name = 'newer' WHERE name = 'new'");
    $t->answers($uri, { host => 'newer' }, '... and the new one is edited');
    $t->check;
}


# A worker that opens the new file first meets the log of the old one, of which it knows nothing:
# it was started by a reload, or in the place of one that was killed, or just had no request yet.
# Rows of the old file, or of both, look like any answer; here all rows of a file name one CITY.
sub rows {
    my ($city) = @_;
    return <<"SQL" . join '', map { <<"SQL" } 1 .. 8;
INSERT INTO template(name, dialect, body) VALUES ('show', 'ipxe', '#!ipxe
echo {{^name}}nobody-0{{/name}}{{#name}}{{name}}{{/name}} {{city}} {{args}}
'), ('pad', 'file', hex(zeroblob(20000)));
UPDATE profile SET template = 'show', args = '$city' WHERE name = 'default';
INSERT INTO var(name, value) VALUES ('city', '$city');
SQL
INSERT INTO profile(name, template, args) VALUES ('p$_', 'show', '$city');
INSERT INTO host(name, mac, profile) VALUES ('$city-$_', '52:54:00:00:00:0$_', 'p$_');
SQL
}

sub edit {
    my ($from, $to) = @_;
    return "UPDATE host SET name = replace(name, '$from', '$to');
            UPDATE profile SET args = '$to' WHERE args = '$from';
            UPDATE var SET value = '$to' WHERE name = 'city';";
}

# What one worker says to eight hosts and a stranger: "status city" of each answer, each once.
# The others are stopped, and no longer wait for connections once the kernel says that they are.
sub cities {
    my ($t, $worker) = @_;
    my @others = grep { $_ != $worker } $t->workers;
    my %seen;
    kill STOP => @others;
    wait_for(sub { !grep { slurp("/proc/$_/stat") !~ /\) T / } @others }) or die 'not stopped';
    for my $n (1 .. 9, 1 .. 9) {
        my $r = $t->get("/boot.ipxe?mac=52:54:00:00:00:0$n");
        my ($name, $i, $city, $args) = $r->{body} =~ /^echo (\w+)-(\d) (\w+) (\w+)$/m;
        $name = $city if $n == 9 && ($name // '') eq 'nobody';
        my $says = $r->{status} != 200 ? ''
                   : $r->{header}{'x-ipxe-result'} ne ($n == 9 ? 'default' : 'host') ? ' result'
                   : $i != $n % 9 || $name ne $city || $city ne $args ? ' mixed' : " $city";
        $seen{"$r->{status}$says"}++;
        diag("worker $worker: $r->{body}") if $says =~ /result|mixed/;
    }
    kill CONT => @others;
    return join ', ', sort keys %seen;
}

for my $mode (qw(wal delete)) {
    for my $how ('two workers that had it open', 'a worker that had no request', 'a reload',
                 'a killed worker') {
        my $t = IPXE::Test->new;
        $t->sql(rows('old'));
        $t->write_config(workers => $how eq 'a reload' ? 1 : 2);
        $t->run;

        # the last of the workers is the one that has to open the file
        my ($first, $last) = ($t->workers)[0, -1];
        is(cities($t, $first), '200 old', "$how, new file in $mode mode: as it was");
        is(cities($t, $last), '200 old', '... in both') if $how =~ /two/;
        $t->sql(edit('old', 'edited'));
        is(cities($t, $first), '200 edited', '... edited in place');
        ok(-s $t->db . '-wal', '... and the change is in its -wal');

        my $next = $t->make_db('db/next.db');
        $t->sql("PRAGMA journal_mode = $mode; " . rows('new'), $next);
        rename $next, $t->db or die "rename: $!";
        $t->expect_log(qr{db/hosts\.db-wal.*hosts\.db-shm});

        if ($how =~ /reload/) {
            $t->reload;
            ($last) = $t->workers;
        } else {
            is(cities($t, $first), '200 new', 'moved over it: the new rows where it was open');
        }
        if ($how =~ /killed/) {
            kill KILL => $first;
            $t->expect_log(qr/worker process $first exited on signal 9/);
            ok(wait_for(sub { my @now = $t->workers; @now == 2 && !grep { $_ == $first } @now }),
               '... a worker is killed, another comes');
            ($last) = grep { $_ != $last } $t->workers;
            $t->workers_changed;
        }
        my $wanted = $how =~ /two/ ? '200 new' : '503';
        is(cities($t, $last), $wanted, '... and where it has to be opened') for 1, 2;

        unlink map { $t->db . $_ } qw(-wal -shm);
        is(cities($t, $_), '200 new', 'the new rows when the -wal is gone') for $t->workers;
        $t->sql(edit('new', 'newer'));
        is(cities($t, $_), '200 newer', '... and when they are edited') for $t->workers;
        $t->check;
    }
}

# The usual "cp, mv" of a program takes less than a tick of the clock: the times of the new file are
# then all the same, and so may look like those of one that was just written in its place.
my $t = IPXE::Test->new;
my ($old, $new) = map { my $path = $t->make_db("db/$_.db"); $t->sql(rows($_), $path); $path }
                  qw(old new);
$t->write_config;
$t->run;
my %seen;
for (1 .. 10) {
    unlink map { $t->db . $_ } '', '-wal', '-shm';
    copy($old, $t->db) or die "copy: $!";
    $t->recommended_rights('db/hosts.db');
    my $s = $t->sql_session;                           # somebody has it open, so the -wal stays
    $s->(edit('old', 'edited'));
    sleep 0.02;                                        # the log itself is some ticks older
    copy($new, $t->db . '.next') && rename $t->db . '.next', $t->db or die "rename: $!";
    $t->reload;
    $seen{ cities($t, $t->workers) }++;
    $s->();
}
$t->expect_log(qr{db/hosts\.db-wal.*hosts\.db-shm});
is(join(', ', sort keys %seen), '503', 'copied and moved within a tick: no old row')
    or diag explain \%seen;
$t->check;

done_testing;
