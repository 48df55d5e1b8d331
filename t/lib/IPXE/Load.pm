package IPXE::Load;

# A running nginx with two workers, clients that ask it all the time and judge every answer, and
# what people and programs do to its hosts.db meanwhile. A campaign is a list of such deeds:
#
#   my $t = IPXE::Load->new(journal => 'wal');
#   $t->begin;
#   $t->goes_on('edited', sub { $t->commit });
#   $t->still;
#   $t->goes_on('removed', sub { unlink $t->db });
#   $t->says(qr/No such file/, '... which the log says');
#   $t->at_once('put back', sub { $t->publish });
#   $t->end;
#
# With TEST_HARD set a campaign does it longer and more often.

use strict;
use warnings;

use parent 'IPXE::Test';

use Carp qw(croak);
use Exporter 'import';
use IPXE::Load::Client;
use IPXE::Load::State qw(hosts_sql restamp state_sql);
use IPXE::Test qw(slurp wait_for);
use List::Util qw(all max min sum0);
use Test::More ();
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(HARD);

use constant {
    HARD => $ENV{TEST_HARD} ? 1 : 0,
    SETTLED => 3,                  # seconds after which a worker has its copy of the last state,
                                   # if the processors have nothing else to do
    FILES => 6,                    # a worker may have so many more open than at first
    MEMORY => 96 << 20,            # ... and so much more memory, besides twice the database
    FLOOR => 0, CEILING => 1, SERVED => 2,             # words of the board
};


# ---- nginx, its database, and the clients ------------------------------------------------

# Options: hosts, pad (templates of 4 KB before them in the file), journal (wal or delete), readonly
# (the workers can do nothing but read), published, clients, pause and kept (of a client), and those
# of IPXE::Test.
sub new {
    my ($class, %opt) = @_;
    my $t = $class->SUPER::new(hosts => 8000, pad => 0, journal => 'wal',
                               clients => 4, pause => 0.002, kept => 40,
                               state => 1, demands => 0, faults_before => 0, read => 0, said => 0,
                               %opt, db => 0);
    $t->make_db;
    $t->sql('PRAGMA journal_mode = delete; ' . hosts_sql($t->{hosts}, $t->{pad})
            . "VACUUM; PRAGMA journal_mode = $t->{journal};");
    $t->{image} = slurp($t->db);
    $t->rights;
    open $t->{board}, '+>:raw', $t->dir . '/board' or croak "board: $!";
    $t->board(FLOOR, 1);
    $t->board(CEILING, 1);
    return $t;
}

# Of the directory and of what is in it.
sub rights {
    my ($t, @files) = @_;
    @files = $t->db if !@files;
    return if !IPXE::Test::is_root();
    if (!$t->{readonly}) {
        $t->recommended_rights(substr $_, 1 + length $t->dir) for @files;
        return;
    }
    my $group = $t->{published} ? getgrnam 'www-data' : 0;
    chmod 0755, $t->dir . '/db';
    chown 0, 0, $t->dir . '/db';
    chown 0, $group, @files;
    chmod $t->{published} ? 0640 : 0644, @files;
    return;
}

# Starts nginx and the clients; from here on every answer has to be right. What nginx opens for
# its first answers is not counted as a leak later. Options: cold, the clients are the first who
# ask; broken, the file is not good yet; and the parts of nginx.conf.
sub begin {
    my ($t, %part) = @_;
    my ($cold, $broken) = delete @part{qw(cold broken)};
    my $published = $t->{published} ? ' published' : '';
    $t->write_config(
        workers => 2, log => 'notice', database => "%%DIR%%/db/hosts.db$published",
        server => 'listen 127.0.0.1:%%PORT2%% reuseport; keepalive_requests 100000000;
                   add_header X-Worker $pid always;', %part,
    );
    $t->run;
    $t->{own} = $t->client($t->{clients}, kept => 1);
    $t->serve if !$broken;
    if (!$cold && !$broken) {
        wait_for(sub { $t->look; $t->shown >= $t->{state} }) or croak 'a worker does not answer';
    }
    my @workers = $t->workers;
    $t->{files} = { map { $_ => files($_) } @workers };
    $t->{memory} = { map { $_ => memory($_) } @workers };
    for my $i (0 .. $t->{clients} - 1) {
        $t->spawn(sub { $t->client($i)->run });
    }
    $t->judged('they boot');
    return $t;
}

sub client {
    my ($t, $number, %opt) = @_;
    return IPXE::Load::Client->new(
        number => $number, dir => $t->dir, port => $t->port(2), hosts => $t->{hosts},
        clients => $t->{clients} + 1, pause => $t->{pause}, kept => $t->{kept},
        %opt,
    );
}

# Asks so many times from here.
sub look { my ($t, $times) = @_; $t->{own}->ask for 1 .. $times // 2; return }

sub board {
    my ($t, $word, $value) = @_;
    return IPXE::Load::Client::write_words($t->{board}, $word, $value);
}

# From now on a 503 is wrong; or may be, until there is a good file again; or nothing is judged,
# since something was wrong, until there is one.
sub serve { my ($t) = @_; $t->{blind} = 0; return $t->board(SERVED, ++$t->{demands}) }
sub may_wait { my ($t) = @_; return $t->{blind} || $t->board(SERVED, 0) }
sub look_away { my ($t) = @_; $t->{blind} = 1; return $t->board(SERVED, -1) }

# What each client wrote down.
sub chapters {
    my ($t) = @_;
    return map {
        my ($answers, $waits, $faults, $slowest, @seen) = IPXE::Load::Client::read_words(
            $t->{board}, IPXE::Load::Client::CHAPTER * ($_ + 1), 12);
        { answers => $answers, waits => $waits, faults => $faults, slowest => $slowest,
          seen => \@seen };
    } 0 .. $t->{clients};
}

# What all workers have shown by now.
sub shown {
    my ($t) = @_;
    my %shown;
    for my $chapter ($t->chapters) {
        my @seen = @{ $chapter->{seen} };
        while (my ($worker, $state) = splice @seen, 0, 2) {
            $shown{$worker} = max($shown{$worker} // 0, $state);
        }
    }
    return min map { $shown{$_} // 0 } $t->workers;
}


# ---- states ------------------------------------------------------------------------------

# The number of a state that is about to be committed.
sub next_state {
    my ($t) = @_;
    $t->board(CEILING, ++$t->{state});
    return $t->{state};
}

# The last state is committed: no older one may be shown to who asks from now on.
sub acknowledge {
    my ($t) = @_;
    $t->board(FLOOR, $t->{state}) if !$t->{unsure};
    return;
}

# Makes a state that a worker may have no way to see.
sub unseen {
    my ($t, $how) = @_;
    local $t->{unsure} = 1;
    return $t->$how;
}

# A shell of sqlite3 that stays open.
sub shell {
    my ($t) = @_;
    if (!$t->{shell}) {
        $t->{shell} = $t->sql_session;
        $t->{shell}->('.timeout 20000');
    }
    return $t->{shell};
}

sub close_shell { my ($t) = @_; (delete $t->{shell})->() if $t->{shell}; return }

# Commits the next state, with the shell that stays open or with one of its own.
sub commit {
    my ($t, $how) = @_;
    my $sql = 'BEGIN IMMEDIATE; ' . state_sql($t->next_state) . ' COMMIT;';
    if (($how // '') eq 'own') {
        $t->sql(".timeout 20000\n$sql");
    } else {
        my $said = $t->shell->($sql);
        croak "sqlite3 said: $said" if $said ne '';
    }
    return $t->acknowledge;
}

# A writer changes everything without a commit, so much that SQLite writes to its files, and is
# killed.
sub crash {
    my ($t) = @_;
    my $writer = $t->sql_session;
    my $pid = $t->{children}[-1];
    $writer->(".timeout 20000\nPRAGMA cache_size = 2; BEGIN IMMEDIATE; " . state_sql(90_000_000)
              . "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
                 INSERT INTO placeholder(value) SELECT 'a long text to fill pages ' || i FROM n;");
    kill KILL => $pid;
    return $writer->();
}

# The next state as a whole file at rest. Options: journal; counter, what SQLite counts changes
# with, which files that come from one file have in common.
sub image {
    my ($t, %opt) = @_;
    my $bytes = restamp($opt{of} // $t->{image}, $t->next_state);
    my $version = ($opt{journal} // $t->{journal}) eq 'wal' ? 2 : 1;
    substr($bytes, 18, 2) = chr($version) x 2;
    if ($opt{counter}) {
        substr($bytes, $_, 4) = pack 'N', $opt{counter} for 24, 92;
    }
    return $bytes;
}

# Writes bytes to a file beside hosts.db; returns its path.
sub beside {
    my ($t, $bytes) = @_;
    my $path = $t->dir . '/db/next.db';
    open my $fh, '>:raw', $path or croak "$path: $!";
    print $fh $bytes;
    close $fh or croak "$path: $!";
    $t->rights($path);
    return $path;
}

# Moves a file to the place of hosts.db, and removes the log of the old one, as README says.
sub move {
    my ($t, $path) = @_;
    $t->close_shell;
    rename $path, $t->db or croak "rename: $!";
    unlink map { $t->db . $_ } qw(-wal -shm);
    return;
}

# The next state by a file that is moved there.
sub publish {
    my ($t, %opt) = @_;
    $t->move($t->beside($t->image(%opt)));
    return $t->acknowledge;
}


# ---- deeds -------------------------------------------------------------------------------

# Waits until each worker has its copy of the last state; on a busy machine that takes longer.
sub still {
    my ($load) = slurp('/proc/loadavg') =~ /^([\d.]+)/;
    my $processors = () = slurp('/proc/cpuinfo') =~ /^processor\b/mg;
    return sleep SETTLED * max(1, min(5, $load / ($processors || 1) / 2));
}

# A deed while which, and some time after it, every answer is one of the last state.
sub goes_on {
    my ($t, $what, $code, $seconds) = @_;
    $t->serve;
    $code->() if $code;
    sleep($seconds // 0.5);
    return $t->judged("$what: answers go on");
}

# One during which answers may be 503.
sub suffers {
    my ($t, $what, $code, $seconds) = @_;
    $t->may_wait;
    $code->();
    sleep($seconds // 0.5);
    return $t->judged("$what: no answer is wrong");
}

# One after which there is a new and good state: who asks now gets it.
sub at_once {
    my ($t, $what, $code) = @_;
    $t->may_wait;
    $code->();
    $t->serve;
    $t->look(4);
    sleep 0.3;
    return $t->judged("$what: the next answers show it");
}

# ... or gets it within some seconds from all workers, which are to be heard of it by a timer.
sub within {
    my ($t, $seconds, $what, $code) = @_;
    {
        local $t->{unsure} = 1;
        $t->may_wait;
        $code->();
    }
    my $start = time;
    my $done = wait_for(sub { $t->look; $t->shown >= $t->{state} }, $seconds);
    $t->acknowledge;
    $t->serve;
    $t->look(4);
    Test::More::ok($done, "$what: answers show it")
        or Test::More::diag("state $t->{state} is not shown by all workers in $seconds s");
    Test::More::note(sprintf '... after %.2f s', time - $start);
    return $t->judged('... and none was wrong');
}

# Each client has had some more answers, and none of them was wrong.
sub judged {
    my ($t, $what) = @_;
    my @before = map { $_->{answers} + $_->{waits} } $t->chapters;
    my $heard = wait_for(sub {
        my @now = map { $_->{answers} + $_->{waits} } $t->chapters;
        return all { $now[$_] >= $before[$_] + 5 } 0 .. $t->{clients} - 1;
    });
    my @chapters = $t->chapters;
    my $faults = sum0 map { $_->{faults} } @chapters;
    my $new = $faults - $t->{faults_before};
    $t->{faults_before} = $faults;
    Test::More::ok($heard && !$new, $what) and return;
    Test::More::diag("$new wrong answers, the first of them:\n" . $t->first_faults) if $new;
    Test::More::diag('some client has no answers any more') if !$heard;

    $t->look_away;
    sleep 0.1;
    $t->{faults_before} = sum0 map { $_->{faults} } $t->chapters;
    $t->first_faults;
    return;
}

# The first of the wrong answers that were not shown yet.
sub first_faults {
    my ($t) = @_;
    my $path = $t->dir . '/faults';
    my $text = -e $path ? substr slurp($path), $t->{read} : '';
    $t->{read} += length $text;
    my @faults = split /^(?=\/)/m, $text;
    return join '', splice @faults, 0, 2;
}

# How often clients were answered, had to wait, were answered wrongly; and the slowest answer in
# seconds.
sub count {
    my ($t) = @_;
    my @chapters = $t->chapters;
    my %count = map { my $name = $_; $name => sum0 map { $_->{$name} } @chapters }
                qw(answers waits faults);
    $count{slowest} = 1e-6 * max map { $_->{slowest} } @chapters;
    return \%count;
}


# ---- the log -----------------------------------------------------------------------------

# Lines about the database since the last time, by worker.
sub news {
    my ($t) = @_;
    my %said = map { $_ => [] } $t->workers;
    my $log = slurp($t->dir . '/error.log');
    for (split /^/m, substr $log, $t->{said}) {
        push @{ $said{$1} }, $_ if /\[\w+\] (\d+)#.*\bipxe database\b/;
    }
    return \%said;
}

# They are as they should be.
sub news_are_read {
    my ($t) = @_;
    $t->{said} = -s $t->dir . '/error.log';
    my $words = qr/\bipxe database\b/;
    $t->expect_log($words) if $t->log =~ $words && !grep { $_ eq $words } @{ $t->{expected} };
    return;
}

# Each worker says what is wrong in some words, and few lines, though many clients ask.
sub says {
    my ($t, $pattern, $what, $most) = @_;
    $most //= 3;
    my $said;
    my $told = wait_for(sub { $said = $t->news;
                              all { grep { /$pattern/ } @$_ } values %$said });
    my $few = all { @$_ <= $most } values %$said;
    Test::More::ok($told && $few, $what)
        or Test::More::diag(map({ "worker $_ says " . @{ $said->{$_} } . " lines:\n",
                                  (@{ $said->{$_} })[0 .. min(5, $#{ $said->{$_} })] }
                                sort keys %$said),
                            $told ? '' : "not in all: $pattern");
    $t->news_are_read;
    return;
}

# Each worker has no more than so many lines to say, whatever they are.
sub says_at_most {
    my ($t, $most, $what) = @_;
    my $said = $t->news;
    Test::More::ok((all { @$_ <= $most } values %$said), $what)
        or Test::More::diag(map { "worker $_ says " . @{ $said->{$_} } . " lines:\n",
                                  (@{ $said->{$_} })[0 .. min(5, $#{ $said->{$_} })] }
                            sort keys %$said);
    $t->news_are_read;
    return;
}


# ---- the end -----------------------------------------------------------------------------

sub files { my ($pid) = @_; my @files = glob "/proc/$pid/fd/*"; return scalar @files }

sub memory {
    my ($pid) = @_;
    return slurp("/proc/$pid/status") =~ /^VmRSS:\s+(\d+) kB/m ? $1 << 10 : 0;
}

# Stops the clients and nginx: the workers are those of the beginning, with as many files and not
# much more memory.
sub end {
    my ($t) = @_;
    $t->judged('until the end');
    $t->close_shell;
    $t->end_children;
    my $count = $t->count;
    Test::More::is($count->{faults}, $t->{faults_before}, '... the last ones too')
        or Test::More::diag($t->first_faults);
    Test::More::note(sprintf '%d answers, %d of them 503, %d wrong; the slowest took %.3f s',
                     $count->{answers} + $count->{waits}, @$count{qw(waits faults slowest)});
    for my $pid (sort keys %{ $t->{files} }) {
        my $files = $t->{files}{$pid};
        Test::More::ok(wait_for(sub { files($pid) <= $files + FILES }, 5),
                       "worker $pid has no more files open")
            or Test::More::diag(files($pid) . " files, $files at first: "
                                . join ' ', map { readlink // '' } glob "/proc/$pid/fd/*");
        my $grown = memory($pid) - $t->{memory}{$pid};
        my $bound = MEMORY + 2 * (-s $t->db // 0);
        Test::More::cmp_ok($grown, '<=', $bound, '... and not much more memory');
        Test::More::note(sprintf '... %.1f MB', $grown / 1e6);
    }
    return $t->check;
}

1;
