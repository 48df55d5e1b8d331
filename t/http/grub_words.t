# The words that GRUB itself reads in what is rendered are the words of the values, whatever is in
# them: outside of quotation marks, within double ones, within single ones, in a menu entry.
use strict;
use warnings;
use Encode qw(encode);
use Test::More;
use IPXE::Grub qw(grub_error grub_run);
use IPXE::Test;

plan skip_all => 'grub-emu and grub-script-check are needed (packages grub-emu, grub-common)'
    if grep { system("command -v $_ >/dev/null") } qw(grub-emu grub-script-check);

my $seed = $ENV{TEST_SEED} // 20240229;
note "TEST_SEED=$seed";
srand $seed;

my @special = (' ', '\'', '"', '\\', '$', split(//, '#;|&<>{}[]*?!=%~()/.,:-^@+`'), "\xe9");
my @part = ('$x', '${x}', '$?', '${', '";reboot;"', "';reboot;'", '`id`', '\\n', '\\x41', '\\\\',
            '[[', ']]', 'done', 'fi', '}', '||', '&&', ';;', '> /x', '$"', '-e', '--', '(hd0)/*');
my @value = ('', ' ', 'a', 'two words', @part, map { random() } 1 .. 120);
sub random {
    my $text = join '', map { rand() < .1 ? $part[rand @part]
                            : rand() < .6 ? $special[rand @special]
                            : chr(0x21 + rand 94) } 0 .. rand 14;
    return $text =~ s/\{(?=\{)/{ /gr;                  # these would be tags
}

# Each place of a value, and the lines that GRUB has to print for it.
my @place = (
    ['for w in {{v}}; do echo "<$w>"; done', sub { map { "<$_>" } grep { length } split / +/, $_[0] }],
    ['for w in a{{v}}b c; do echo "<$w>"; done', sub { map({ "<$_>" } split / +/, "a$_[0]b"), '<c>' }],
    ['for w in "{{v}}"; do echo "<$w>"; done', sub { "<$_[0]>" }],
    ['for w in "$x-{{v}}-${x}"; do echo "<$w>"; done', sub { "<V-$_[0]-V>" }],
    ['for w in \'{{v}}\'; do echo "<$w>"; done', sub { "<$_[0]>" }],
    ['for w in "a"\'b{{v}}\'c"{{v}}"; do echo "<$w>"; done', sub { "<ab$_[0]c$_[0]>" }],
    ['if [ "{{v}}" = \'{{v}}\' ]; then echo same; else echo other; fi', sub { 'same' }],
    ['set y="{{v}}"; echo "<$y>"', sub { "<$_[0]>" }],
    ['for w in $"{{v}}"; do echo "<$w>"; done', sub { "<$_[0]>" }],
    ['echo before # {{c}}', sub { 'before' }],
    ['echo a # it\'s' . "\n" . 'echo "<{{v}}>"', sub { 'a', "<$_[0]>" }],
);

my $t = IPXE::Test->new;
my $body = "set x=V\necho start\n" . join "\n", map { "$_->[0]\necho ." } @place;
my $menu = "set timeout=0\nmenuentry \"{{v}}\" {\nset x=V\necho start\n"
         . join("\n", map { "$_->[0]\necho ." } @place) . "\nexit\n}\n";
sub text { my ($bytes) = @_; return "CAST(x'" . unpack('H*', $bytes) . "' AS TEXT)" }
$t->sql("INSERT INTO template(name, dialect, body) VALUES ('words', 'grub', " . text($body)
        . "), ('entry', 'grub', " . text($menu) . ");
         INSERT INTO profile(name, template) VALUES ('words', 'words'), ('entry', 'entry')");
my @row = map {
    my $i = $_;
    my $bytes = encode('UTF-8', $value[$i]);
    my $harmless = $bytes =~ s/['"\\]//gr;
    "INSERT INTO host(name, asset, profile) VALUES
                 ('h$i', 'words-$i', 'words'), ('m$i', 'entry-$i', 'entry');
             INSERT INTO var(host, name, value) VALUES
                 ('h$i', 'v', " . text($bytes) . "), ('m$i', 'v', " . text($bytes) . "),
                 ('h$i', 'c', " . text($harmless) . "), ('m$i', 'c', " . text($harmless) . ");"
} 0 .. $#value;
$t->sql(join "\n", 'BEGIN;', @row, 'COMMIT;');
$t->write_config(log => 'info', server => 'location = /grub/grub.cfg { ipxe grub; }');
$t->run;

my %wrong;
for my $i (0 .. $#value) {
    for my $kind ('words', rand() < .25 ? 'entry' : ()) {
        my $r = $t->get("/grub/grub.cfg?asset=$kind-$i");
        my $error = $r->{header}{'x-ipxe-result'} ne 'host' ? "it is refused:\n$r->{body}"
                                                            : grub_error($r->{body});
        my $got = $error || join "\n", grub_run($r->{body});
        $got =~ s/^ *Booting `.*?'\n+//s;
        my $want = encode('UTF-8', join "\n", 'start', map { ($_->[1]->($value[$i]), '.') } @place);
        $wrong{$kind}{$value[$i]} = "$got\n... but not:\n$want\nof:\n$r->{body}" if $got ne $want;
    }
}
for my $kind (qw(words entry)) {
    my @bad = sort keys %{ $wrong{$kind} // {} };
    is(scalar(@bad), 0, "$kind: GRUB reads each of " . @value . ' values as what it is')
        or diag "'$bad[0]' is read:\n$wrong{$kind}{$bad[0]}";
}

# what GRUB would see can be seen here
is_deeply([grub_run('for w in "a b" c; do echo "<$w>"; done')], ['<a b>', '<c>'], 'words are seen');
like(grub_error("if true\n"), qr/error/, 'an error is seen');

$t->done_testing;
