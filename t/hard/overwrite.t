# Overwritten in place by cp, which README forbids: whatever a worker reads meanwhile, it hands out
# no script that is of two files or of another machine, and when the new file is whole it is read.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep);
use IPXE::Load qw(HARD);

use constant {
    ROUNDS => HARD ? 5 : 1,
    SOON => 5,                     # seconds: cp does not say when it has done
};

# Writes over a file piece by piece, as a slow disk or network would.
sub slowly {
    my ($path, $bytes) = @_;
    open my $fh, '+<:raw', $path or die "$path: $!";
    for (my $at = 0; $at < length $bytes; $at += 1 << 17) {
        syswrite $fh, substr $bytes, $at, 1 << 17;
        sleep 0.05;
    }
    truncate $fh, length $bytes;
    return close $fh;
}

# Databases of other sizes, whose pages hold different things.
my ($small, $large) = map { IPXE::Load->new(pad => $_) } 0, 400;
my %size = (smaller => $small->{image}, 'of the same size' => undef, larger => $large->{image});

for my $journal (qw(delete wal)) {
    my @case = (
        ['smaller'], ['of the same size'], ['larger'],
        ['of the same size, with the same counter', same_counter => 1],
        ['of the same size, slowly', slow => 1, same_counter => 1],
    );
    push @case, ['of the same size, beside a log with commits', log => 1],
                ['larger, beside a log with commits', log => 1],
                ['smaller, beside a log with commits', log => 1] if $journal eq 'wal';
    my $t = IPXE::Load->new(journal => $journal, pad => 200);
    $t->begin;
    for my $case ((@case) x ROUNDS) {
        my ($name, %how) = @$case;
        $t->at_once("$journal: a good file", sub { $t->publish });
        $t->at_once("$journal: edited", sub { $t->commit }) if $how{log};
        $t->still;

        my $of = $size{ $name =~ s/,.*//r };
        my $what = "$journal: overwritten by one that is $name";
        my $bytes = $t->image(of => $of, counter => $how{same_counter} ? 0 : $t->{state} + 1000);
        my $cp = sub {
            return slowly($t->db, $bytes) if $how{slow};
            system('cp', $t->beside($bytes), $t->db) == 0 or die 'cp';
        };
        if ($how{log}) {

            # what sqlite3 reads then is of both files: nobody can say what it is worth
            $t->suffers($what, $cp, 2);
            $t->close_shell;
        } else {
            $t->within(SOON, $what, $cp);
        }
    }
    $t->at_once("$journal: a good file", sub { $t->publish });
    $t->at_once("$journal: edited", sub { $t->commit });
    $t->says_at_most(4 * @case * ROUNDS, "$journal: the log is not flooded");
    $t->end;
}

$_->clean_up for $small, $large;
done_testing;
