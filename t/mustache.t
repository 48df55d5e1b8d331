# The cases of the published Mustache specification, run by the template engine of the module.
#
# They are read from the folder MUSTACHE_SPEC, or from mustache-spec in the folder "shared" beside
# this repository; without them there is nothing to run.  Two things differ on purpose, and the
# cases about these have to fail with a sentence: an unknown name, and a partial that is not there.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Temp;
use JSON::PP;
use Test::More;

my $repo = abs_path(dirname(__FILE__) . '/..');
my $spec = $ENV{MUSTACHE_SPEC} // "$repo/t/mustache";

chdir $repo or die "chdir $repo: $!";

$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);    # exit, so that what is temporary goes

my @files = sort glob "\Q$spec\E/*.json";
plan skip_all => "the cases of the Mustache specification are not in $spec "
    . '(https://github.com/mustache/spec; set MUSTACHE_SPEC to its folder "specs")' unless @files;

# lambdas are code, and inheritance is no part of the language here
my %unsupported = map { $_ => 1 } qw(~lambdas.json ~inheritance.json);

my $unknown = qr/this name is unknown: set it in var/;
my %error = (
    'interpolation: Basic Context Miss Interpolation' => $unknown,
    'interpolation: Triple Mustache Context Miss Interpolation' => $unknown,
    'interpolation: Ampersand Context Miss Interpolation' => $unknown,
    'interpolation: Dotted Names - Broken Chains' => $unknown,
    'interpolation: Dotted Names - Broken Chain Resolution' => $unknown,
    'interpolation: Dotted Names - Context Precedence' => $unknown,
    'interpolation: Dotted Names are never single keys' => $unknown,
    'partials: Failed Lookup' => qr/there is no template/,
    '~dynamic-names: Basic Behavior - Failed Lookup' => qr/there is no template/,
);

my $made = `make -s -C t/core mustache 2>&1`;
is($?, 0, 'the engine compiles') or BAIL_OUT($made);

# see t/core/mustache.c for the form of what goes there and comes back
sub text { my ($s) = @_; utf8::encode($s); return length($s) . "\n$s" }

sub value {
    my ($v) = @_;
    return 'n' unless defined $v;
    return $v ? 't' : 'f' if JSON::PP::is_bool($v);
    return 'a' . @$v . "\n" . join '', map { value($_) } @$v if ref $v eq 'ARRAY';
    return 'o' . keys(%$v) . "\n" . join '', map { text($_) . value($v->{$_}) } sort keys %$v
        if ref $v eq 'HASH';
    return 's' . text($v);
}

my (@cases, $input);
for my $file (@files) {
    next if $unsupported{basename $file};
    my $json = do { local (@ARGV, $/) = ($file); <> };
    my $tests = decode_json($json)->{tests};
    ok(@$tests > 0, basename($file) . ' has cases');
    for my $case (@$tests) {
        my $partials = $case->{partials} // {};
        push @cases, { %$case, name => basename($file, '.json') . ": $case->{name}" };
        $input .= text($case->{template})
            . keys(%$partials) . "\n"
            . join('', map { text($_) . text($partials->{$_}) } sort keys %$partials)
            . value($case->{data});
    }
}

my $dir = File::Temp->newdir('ipxe-mustache-XXXXXXXX', TMPDIR => 1);
open my $in, '>:raw', "$dir/in" or die $!;
print $in $input;
close $in or die $!;

delete local $ENV{LD_PRELOAD};
my $output = `timeout 60 build/core/mustache < $dir/in 2>$dir/stderr`;
is($?, 0, 'the engine ends well')
    or diag do { local (@ARGV, $/) = ("$dir/stderr"); <> };

for my $case (@cases) {
    my ($how, $length) = $output =~ s/\A(ok|error)\n(\d+)\n// ? ($1, $2) : ('nothing', 0);
    my $got = substr $output, 0, $length, '';
    utf8::decode($got);

    if (my $error = delete $error{$case->{name}}) {
        is($how, 'error', "$case->{name}: is an error here");
        like($got, $error, "$case->{name}: in words");
        next;
    }
    is("$how: $got", "ok: $case->{expected}", $case->{name})
        or diag "template: $case->{template}\n$case->{desc}";
}
is($output, '', 'there is nothing more');

delete @error{grep { /^~/ } keys %error};       # optional modules may not be there
is_deeply([sort keys %error], [], 'each deliberate difference has its case');

done_testing();
