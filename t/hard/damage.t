# Files that are damaged or of something else, while nginx has a good one open: cut off, pages of
# rubbish, pages that changed places, other programs' databases, other versions. Answers go on as
# they were, and are new again with the next good file.
use strict;
use warnings;
use Test::More;
use IPXE::Load qw(HARD);
use IPXE::Test qw(slurp);

use constant PAGE => 4096;

# The bytes of a file with a page replaced, or cut off there.
sub zeroes { my ($bytes, $n) = @_; substr($bytes, $n * PAGE, PAGE) = "\0" x PAGE; return $bytes }
sub cut { my ($bytes, $n) = @_; return substr $bytes, 0, $n * PAGE + ($n % 2 ? 100 : 0) }

sub rubbish {
    my ($bytes, $n) = @_;
    substr($bytes, $n * PAGE, PAGE) = join '', map { chr int rand 256 } 1 .. PAGE;
    return $bytes;
}

sub swapped {
    my ($bytes, $n) = @_;
    my $other = $n + 1 < length($bytes) / PAGE ? $n + 1 : 1;
    my ($a, $b) = map { substr $bytes, $_ * PAGE, PAGE } $n, $other;
    substr($bytes, $n * PAGE, PAGE) = $b;
    substr($bytes, $other * PAGE, PAGE) = $a;
    return $bytes;
}

# The pages that hold the first rows of a table or index, from 0.
sub root_page {
    my ($t, $name) = @_;
    return $t->sql("SELECT rootpage FROM sqlite_schema WHERE name = '$name'") - 1;
}

# Other files.
sub other_application {
    my ($t) = @_;
    my $path = $t->dir . '/other.db';
    unlink $path;
    $t->sql("PRAGMA application_id = 815; CREATE TABLE host(name TEXT, mac TEXT);
             INSERT INTO host VALUES ('host0000001', '52:54:00:00:00:01')", $path);
    return slurp($path);
}

sub version {
    my ($bytes, $version) = @_;
    substr($bytes, 60, 4) = pack 'N', $version;
    return $bytes;
}

for my $journal (qw(delete wal)) {
    my $t = IPXE::Load->new(journal => $journal);
    $t->begin;
    my $pages = length($t->{image}) / PAGE;
    my %root = map { $_ => root_page($t, $_) } qw(host host_mac profile template var);

    # what happens, with what is done to the good bytes, and whether each worker has to see it
    my @case = (
        ['cut off at a page', \&cut, int $pages / 2], ['emptied', sub { '' }],
        ['another application\'s', sub { other_application($t) }],
        ['of a newer version', \&version, 2],
        ['index pages changed places', \&swapped, $root{host_mac} + 1],
        ['the profiles are zeroes', \&zeroes, $root{profile}],
    );
    push @case, (
        ['of an older version', \&version, 0], ['only text', sub { 'rubbish ' x 2000 }],
        map({ my $name = $_; (["the root page of $name is rubbish", \&rubbish, $root{$name}],
                              ["the root page of $name is zeroes", \&zeroes, $root{$name}],
                              ["... changed places", \&swapped, $root{$name}]) } sort keys %root),
        map({ my $n = int $_ * $pages / 8; (["cut off at page $n", \&cut, $n],
                                             ["page $n is rubbish", \&rubbish, $n],
                                             ["page $n is zeroes", \&zeroes, $n],
                                             ["page $n and the next", \&swapped, $n]) } 0 .. 7),
    ) if HARD;

    for my $case (@case) {
        my ($name, $change, $n) = @$case;
        for my $how (HARD || $name =~ /version|application/ ? 'moved there' : (),
                     HARD || $name !~ /version|application/ ? 'in place' : ()) {
            my $what = "$journal: $name, $how";
            $t->at_once("$journal: a good file", sub { $t->publish });
            $t->news_are_read;
            $t->still;
            my $bytes = $change->(slurp($t->db), $n);
            if ($how eq 'moved there') {
                $t->goes_on($what, sub { $t->move($t->beside($bytes)) }, 1);
            } else {

                # who reads at that moment may find nothing that is whole
                $t->suffers($what, sub {
                    open my $fh, '+<:raw', $t->db or die;
                    syswrite $fh, $bytes;
                    truncate $fh, length $bytes;
                    close $fh;
                });
                $t->goes_on('... and then', undef, 1);
            }
            $t->says_at_most(3, '... and the log has little to say');
        }
    }

    # a migration, by sqlite3, to a version that this module does not know, and back
    $t->at_once("$journal: a good file", sub { $t->publish });
    $t->still;
    my $deed = $journal eq 'wal' ? 'goes_on' : 'suffers';
    $t->$deed("$journal: user_version is set to 2", sub {
        $t->shell->('PRAGMA user_version = 2;');
    });
    $t->goes_on('... and then', undef, 2);
    $t->says(qr/user_version is 2/, '... which the log says');
    $t->within(2, "$journal: ... and to 1 again", sub {
        $t->shell->('PRAGMA user_version = 1;');
        $t->commit;
    });
    $t->end;
}

done_testing;
