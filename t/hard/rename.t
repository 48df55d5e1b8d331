# Replaced by rename a hundred times a second: each file in the next answers, none of two files,
# none of an older one.
use strict;
use warnings;
use List::Util qw(max);
use Test::More;
use Time::HiRes qw(sleep time);
use IPXE::Load qw(HARD);

use constant {
    SECONDS => HARD ? 60 : 2,
    RATE => 100,
};

# readonly: the workers can do nothing but read
my @case = (
    ['published', journal => 'delete', published => 1, readonly => 1],
    ['rollback mode', journal => 'delete'],
    ['WAL mode', journal => 'wal'],
);
push @case, (
    ['published WAL files', journal => 'wal', published => 1, readonly => 1],
    ['rollback mode, read-only', journal => 'delete', readonly => 1],
) if HARD;

for my $case (@case) {
    my ($name, %opt) = @$case;
    my $t = IPXE::Load->new(%opt, hosts => 1000);
    $t->begin;
    $t->still;

    # beside a WAL file nginx makes two others, which go with each file
    my $deed = $name eq 'WAL mode' ? 'suffers' : 'goes_on';
    my $files = 0;
    $t->$deed("$name: replaced all the time", sub {
        my $start = time;
        while (time < $start + SECONDS) {
            $t->publish;
            sleep max(0, $start + ++$files / RATE - time);
        }
    });
    note sprintf '%s: %.0f files a second', $name, $files / SECONDS;
    cmp_ok($files, '>', 10 * SECONDS, '... many times');
    $t->at_once("$name: the last one", sub { $t->publish });
    is(join(' ', glob $t->db . '*'), $t->db, '... with no file beside it') if $opt{published};
    $t->still;
    $t->goes_on("$name: then nothing happens", sub { });
    $t->says_at_most(3, "$name: the log has little to say");
    $t->end;
}

done_testing;
