# Each fuzz target, t/fuzz/*.c, for FUZZ_SECONDS (default 3), from its seeds in t/fuzz/corpus.
# What it finds is kept: the input, printed as base64 too, is enough to run it again with
# "build/fuzz/TARGET FILE".
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp;
use Test::More;

my $repo = abs_path(dirname(__FILE__) . '/..');
my $seconds = $ENV{FUZZ_SECONDS} // 3;

chdir $repo or die "chdir $repo: $!";

$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);    # exit, so that what is temporary goes

plan skip_all => 'clang, make and sqlite3 are needed'
    if grep { system("command -v $_ >/dev/null") } qw(clang make sqlite3);
plan skip_all => "FUZZ_SECONDS is $seconds" unless $seconds =~ /^[1-9]\d*$/;

my $made = `make -s -C t/fuzz 2>&1`;
is($?, 0, 'the targets compile without a warning') or diag $made;
BAIL_OUT('nothing can be fuzzed') if $?;

my $dir = File::Temp->newdir('ipxe-fuzz-XXXXXXXX', TMPDIR => 1, CLEANUP => 1);
local $ENV{FUZZ_DIR} = "$dir";
delete local $ENV{LD_PRELOAD};

for my $target (qw(facts template script grub lint store)) {

    # new inputs go into the first folder, the seeds are only read
    mkdir "$dir/$target" or die $!;
    my $limit = $seconds + 60;
    my $said = `timeout -k 5 $limit build/fuzz/$target -max_total_time=$seconds -timeout=10 \\
        -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 -artifact_prefix=$dir/found- \\
        $dir/$target t/fuzz/corpus/$target 2>&1`;
    is($?, 0, "$target: nothing is found in $seconds s");
    my ($runs) = $said =~ /number_of_executed_units: (\d+)/;
    my ($seeds) = $said =~ /INFO: seed corpus: files: (\d+)/;
    cmp_ok($runs // 0, '>', 100, "$target: inputs were run");
    cmp_ok($seeds // 0, '>', 0, "$target: the seeds were read");

    next if Test::More->builder->is_passing;
    my ($found) = glob "$dir/found-*";
    if ($found) {
        system 'cp', $found, "build/fuzz/found-$target";
        diag "the input is in build/fuzz/found-$target";
        unlink $found;
    }
    $said =~ s/^(?:#\d+\s|\s*#\d+ 0x).*\n//mg;
    diag substr $said, -4000 if $said;
}

done_testing();
