# The C unit tests of the core, t/core/*.c: compiled with sanitizers, each case a case here.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp;
use Test::More;

my $repo = abs_path(dirname(__FILE__) . '/..');
my $patience = 120;                             # seconds that a program may take

chdir $repo or die "chdir $repo: $!";

$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);    # exit, so that what is temporary goes

plan skip_all => 'gcc, make and sqlite3 are needed'
    if grep { system("command -v $_ >/dev/null") } qw(gcc make sqlite3);

my $made = `make -s -C t/core 2>&1`;
is($?, 0, 'the core and its tests compile without a warning') or diag $made;
BAIL_OUT('no test can run') if $?;

# what the sanitizers find ends a program; what it never freed is found at its end
local $ENV{ASAN_OPTIONS} = 'detect_leaks=1:abort_on_error=0:exitcode=97';
local $ENV{UBSAN_OPTIONS} = 'print_stacktrace=1:halt_on_error=1:exitcode=97';
delete local $ENV{LD_PRELOAD};

for my $program (qw(base ident template dialect lint store catalog boot form forms ring events)) {

    my $dir = File::Temp->newdir('ipxe-core-XXXXXXXX', TMPDIR => 1,
                                 CLEANUP => !$ENV{TEST_NGINX_LEAVE});
    chmod 0755, $dir;                           # some tests are another user
    local $ENV{TEST_DIR} = "$dir";

    # "timeout" ends what hangs; all that is said on stderr goes into a file
    open my $tap, '-|', "timeout -k 5 $patience build/core/$program 2>$dir/stderr"
        or die "build/core/$program: $!";

    my ($cases, $planned, @notes) = (0);
    my $flush = sub { diag $_ for @notes; @notes = () };
    while (my $line = <$tap>) {
        chomp $line;
        if ($line =~ /^(not )?ok \d+ - (.*)/) {
            $flush->();
            $cases++;
            ok(!$1, "$program: $2");
        } elsif ($line =~ /^# (.*)/) {
            push @notes, $1;                    # belongs to the case before
        } elsif ($line =~ /^1\.\.(\d+)$/) {
            $planned = $1;
        } else {
            fail("$program says '$line'");
        }
        $flush->() if eof $tap;
    }
    close $tap;
    my $rc = $?;

    my $said = do { local (@ARGV, $/) = ("$dir/stderr"); <> // '' };
    is($planned, $cases, "$program: every planned case ran");
    ok($rc == 0 || $rc == 1 << 8, "$program: the program ended by itself")
        or diag sprintf('exit %d, signal %d', $rc >> 8, $rc & 127);
    unlike($said, qr/Sanitizer|runtime error/, "$program: the sanitizers found nothing");
    diag $said if $said =~ /\S/;

    # a directory that a test took the rights from could not be removed
    system('chmod', '-R', 'u+rwx', "$dir") unless $ENV{TEST_NGINX_LEAVE};
}

done_testing();
