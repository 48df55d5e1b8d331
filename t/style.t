# Rules that all sources keep, and facts that stand in more than one file and have to agree.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Find;
use Test::More;

my $repo = abs_path(dirname(__FILE__) . '/..');
chdir $repo or die "chdir $repo: $!";

sub slurp { my ($file) = @_; local (@ARGV, $/) = ($file); return <> // '' }

# a list of what is wrong, which has to be empty
sub none {
    my ($name, @wrong) = @_;
    ok(!@wrong, $name) or diag map { "  $_\n" } @wrong;
}

my @sources = sort glob 'ngx_http_ipxe_module/*.[ch]';
my @core = grep { basename($_) =~ /^ipxe/ } @sources;
cmp_ok(scalar @core, '>', 10, 'there is a core');

my %text = map { $_ => slurp($_) } @sources;

# code without comments, and without what is in strings
my %code;
for my $file (@sources) {
    $code{$file} = $text{$file} =~ s{
        ( /\*.*?\*/ ) | ( "(?:[^"\\\n]|\\.)*" ) | ( '(?:[^'\\\n]|\\.)*' )
    }{ defined $1 ? $1 =~ tr/\n//cdr : defined $2 ? '""' : "''" }gsexr;
}

sub lines_with {
    my ($what, $texts, @files) = @_;
    my @wrong;
    for my $file (@files) {
        my $n = 0;
        for (split /\n/, $texts->{$file}, -1) {
            $n++;
            push @wrong, "$file:$n: $_" if /$what/;
        }
    }
    return @wrong;
}

# ---- the look of C -----------------------------------------------------------------------

none('no line is over 80 columns', lines_with(qr/^.{81}/, \%text, @sources));
none('no tabs', lines_with(qr/\t/, \%text, @sources));
none('no space at the end of a line', lines_with(qr/[ \r]$/, \%text, @sources));
none('no // comments', lines_with(qr{//}, \%code, @sources));
none('each file ends with one newline', grep { $text{$_} !~ /[^\n]\n\z/ } @sources);

my (@long, @lengths);
for my $file (@sources) {
    my ($n, $start, $name) = (0);
    for (split /\n/, $text{$file}) {
        $n++;
        ($start, $name) = ($n, $1) if /^(\w+)\(/;
        next unless /^\}/ && $start;
        push @lengths, [$n - $start + 1, "$file: $name"];
        undef $start;
    }
}
@lengths = sort { $b->[0] <=> $a->[0] } @lengths;
cmp_ok(scalar @lengths, '>', 100, 'there are functions');
none('no function has over 80 lines', map { "$_->[1]: $_->[0]" } grep { $_->[0] > 80 } @lengths);
note "longest function: $lengths[0][1], $lengths[0][0] lines; median: $lengths[@lengths / 2][0]";

# ---- who knows whom ----------------------------------------------------------------------

none('the core knows no nginx', lines_with(qr/\bngx_|\bNGX_/, \%text, @core));
none('only the store and the events know SQLite', lines_with(qr/sqlite3|SQLITE_/, \%code,
    grep { basename($_) !~ /^ipxe_(?:store|events)(?:\.c|_key\.[ch])$/ } @sources));
none('no part of the core logs or prints',
     lines_with(qr/\b(?:v?f?printf|puts|fputs|syslog|perror|abort|exit)\s*\(/, \%code, @core));

my (%include, @wrong);
for my $file (@sources) {
    my $part = basename($file) =~ s/\.[ch]$//r;
    $include{$part}{$_} = 1 for $text{$file} =~ /^#include "(\w+)\.h"/mg;
    delete $include{$part}{$part};
}
for my $part (qw(ipxe_ident ipxe_template ipxe_store ipxe_lint ipxe_dialect)) {
    ok(exists $include{$part}, "$part is there");
    push @wrong, "$part includes $_.h"
        for grep { !/^(?:ipxe|${part}_\w+)$/ } sort keys %{ $include{$part} };
}
push @wrong, "ipxe includes $_.h" for sort keys %{ $include{ipxe} };
push @wrong, "ipxe_catalog includes $_.h"
    for grep { !/^ipxe(?:_store|_template)?$/ } sort keys %{ $include{ipxe_catalog} };
none('includes go in one direction', @wrong);

my $config = slurp('config');
none('config names every file', grep { $config !~ m{/\Q@{[basename $_]}\E[\s"]} } @sources);

# ---- what the module exports -------------------------------------------------------------

SKIP: {
    my $module = $ENV{TEST_NGINX_MODULE} // 'build/ngx_http_ipxe_module.so';
    skip "$module is not built", 1 unless -e $module;
    skip 'nm is needed', 1 if system 'command -v nm >/dev/null';
    my @names = map { (split)[-1] } split /\n/, `nm -D --defined-only $module`;
    # a build with sanitizers has some of theirs
    @names = grep { !/^(?:__asan|__odr_asan|__ubsan|__sanitizer)/ } @names;
    is_deeply([sort @names],
              [qw(ngx_http_ipxe_module ngx_module_names ngx_module_order ngx_modules)],
              'the module exports what nginx needs and nothing more');
}

# ---- README and the tables in C ----------------------------------------------------------

my $readme = slurp('README');
my ($table) = $text{'ngx_http_ipxe_module/ngx_http_ipxe_module.c'}
    =~ /ngx_http_ipxe_commands\[\] = \{(.*?)ngx_null_command/s;
my %directive = ($table // '') =~ /ngx_string\("(\w+)"\),\s*([\w|\s]+?),/g;
cmp_ok(scalar keys %directive, '>', 5, 'there are directives');

my %described;
while ($readme =~ /^ +Syntax: +(\w+)[^\n]*;\n +Default: +(\S[^\n]*)\n +Context: +(\S[^\n]*)\n/mg) {
    $described{$1} = $3;
}
for my $name (sort keys %directive) {
    my $context = join ', ', ('http') x ($directive{$name} =~ /NGX_HTTP_MAIN_CONF/),
                             ('server') x ($directive{$name} =~ /NGX_HTTP_SRV_CONF/),
                             ('location') x ($directive{$name} =~ /NGX_HTTP_LOC_CONF/);
    is($described{$name}, $context, "README: syntax, default and context of $name");
}
none('README describes no other directive', grep { !$directive{$_} } sort keys %described);

my %variable = map { $_ => 1 }
    $text{'ngx_http_ipxe_module/ngx_http_ipxe_variable.c'} =~ /ngx_string\("(ipxe_\w+)"\)/g;
cmp_ok(scalar keys %variable, '>', 5, 'there are variables');
none('README names every variable', grep { $readme !~ /^ +\$$_\b/m } sort keys %variable);
none('README names no other', grep { !$variable{$_} } $readme =~ /\$(ipxe_\w+)/g);

my $manual = slurp('doc/ngx_http_ipxe_module.8');
none('the manual page names every directive',
     grep { $manual !~ /^\.It Ic \Q$_\E\b/m } sort keys %directive);
none('... and every variable', grep { $manual !~ /\b$_\b/ } sort keys %variable);

# ---- schema.sql and C --------------------------------------------------------------------

my $schema = slurp('sql/schema.sql');
my ($names) = join('', @text{@core}) =~ /ipxe_names\[\] = \{(.*?)ipxe_null_string/s;
my @names = sort 'file', 'last', 'why', ($names // '') =~ /ipxe_string\("(\w+)"\)/g;
cmp_ok(scalar @names, '>', 20, 'there are names that templates know');

my ($reserved) = $schema =~ /CHECK \(name NOT IN \(([^)]*)\)/;
is_deeply([sort(($reserved // '') =~ /'(\w+)'/g)], \@names,
          'var.name: the names that templates know are reserved');

my ($sentence) = $schema =~ /"var\.name is reserved: templates know ([^"]*?) by themselves/;
is_deeply([sort split /, | and /, $sentence // ''], \@names, '... and its sentence lists them');

my ($id) = $text{'ngx_http_ipxe_module/ipxe_store.h'} =~ /IPXE_APPLICATION_ID\s+(\w+)/;
my ($version) = $text{'ngx_http_ipxe_module/ipxe_store.h'} =~ /IPXE_USER_VERSION\s+(\d+)/;
like($schema, qr/^PRAGMA \w+\.application_id = @{[oct $id]};$/m,
     'the application_id of schema.sql and of the module');
like($schema, qr/^PRAGMA \w+\.user_version = $version;$/m,
     'the user_version of schema.sql and of the module');
none('no other number for it in schema.sql', grep { $_ != oct $id } $schema =~ /\b(17\d{8})\b/g);

# ---- everything --------------------------------------------------------------------------

my @all;
find({ no_chdir => 1, wanted => sub {
    return $File::Find::prune = 1 if m{^\./(?:build|\.git)$};
    push @all, $_ if -f && -T;
} }, '.');
my $left = join '|', map { join '', @$_ } [qw(TO DO)], [qw(FIX ME)], [qw(XX X)];
my @left;
for my $file (sort @all) {
    my $text = slurp($file);
    push @left, "$file: $1" while $text =~ /^(.*\b(?:$left)\b.*)$/mg;
}
none('nothing is left to do', @left);

done_testing();
