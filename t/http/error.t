# A template that cannot be rendered: the machine's console, the answer and the log say which row
# and field, and the machine boots its next device.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;

# each host has a profile and a template of its own name
my @case = (
    # host, template body, columns of the profile, what the words have to name
    ['unclosed-tag', 'echo {{name', {}, [qw(template unclosed-tag)]],
    ['unclosed-section', 'echo {{#name}}x', {}, [qw(template unclosed-section name)]],
    ['wrong-close', 'echo {{#name}}x{{/mac}}', {}, [qw(template wrong-close)]],
    ['no-open', 'echo x{{/name}}', {}, [qw(template no-open name)]],
    ['empty-tag', 'echo {{}}', {}, [qw(template empty-tag)]],
    ['unknown-name', 'echo {{disk}}', {}, [qw(unknown-name disk)]],
    ['unknown-in-args', 'echo {{args}}', { args => 'root={{disk}}' },
     [qw(unknown-in-args args disk)]],
    ['unknown-in-kernel', 'kernel {{kernel}}', { kernel => '/{{version}}/linux' },
     [qw(unknown-in-kernel kernel version)]],
    ['broken-args', 'echo {{args}}', { args => 'root={{disk' }, [qw(broken-args args)]],
    ['args-in-args', 'echo {{args}}', { args => 'x{{args}}' }, [qw(args-in-args args)]],
    ['no-partial', 'echo {{>nowhere}}', {}, [qw(no-partial nowhere)]],
    ['itself', "x\n{{>itself}}", {}, [qw(itself)]],
    ['too-big', '{{#initrds}}' x 3 . '{{kernel}}' . '{{/initrds}}' x 3,
        { kernel => '/' . 'k' x 2000, initrd => join "\n", map { "/i$_" } 1 .. 200 },
            [qw(too-big)]],
);
for (@case) {
    my ($name, $body, $column) = @$_;
    my @column = sort keys %$column;
    $t->sql(sprintf "INSERT INTO template(name, dialect, body) VALUES ('%s', 'ipxe', '%s');"
        . "INSERT INTO profile(name, template%s) VALUES ('p-%s', '%s'%s);"
        . "INSERT INTO host(name, asset, profile) VALUES ('h-%s', '%s', 'p-%s');",
        $name, "#!ipxe\n$body\n", join('', map { ", $_" } @column),
        $name, $name, join('', map { ", '$column->{$_}'" } @column), $name, $name, $name);
}
$t->sql(<<'SQL');
INSERT INTO template(name, dialect, body) VALUES ('pxe-broken', 'pxelinux', 'SAY {{name'),
    ('only-ipxe', 'ipxe', '#!ipxe
echo fine
'), ('no-shebang', 'ipxe', 'echo machine code
');
INSERT INTO profile(name, template) VALUES ('no-shebang', 'no-shebang'),
    ('pxe-broken', 'pxe-broken'), ('only-ipxe', 'only-ipxe'), ('nothing', NULL);
INSERT INTO host(name, mac, profile) VALUES ('pxe', '52:54:00:00:00:01', 'pxe-broken'),
    ('mono', '52:54:00:00:00:02', 'only-ipxe'),
    ('bare', '52:54:00:00:00:03', 'nothing'), ('good', '52:54:00:00:00:04', 'local'),
    ('naked', '52:54:00:00:00:05', 'no-shebang');
SQL
$t->write_config;
$t->run;

for (@case) {
    my ($name, undef, undef, $words) = @$_;
    my $r = $t->answers("/boot.ipxe?asset=$name", { result => 'error', like =>
        [qr/^sleep [1-9]/m, qr/^(?:.*\|\| )?exit 1|^sanboot\b/m, map { qr/\b\Q$_\E\b/ } @$words],
        unlike => qr/^(?:kernel|initrd)\b/m }, "$name: the script says so");
    my ($line) = $t->log =~ /^(.* \[error\] .*$name.*)$/m;
    my @missing = grep { ($line // '') !~ /\b\Q$_\E\b/ } @$words;
    is("@missing", '', "$name: and so does the log");
}

# the same for PXELINUX, and for a template that the dialect does not have
my $next = [qr/^LOCALBOOT -1$/m, qr/^TIMEOUT [1-9]/m];
$t->answers('/pxelinux.cfg/01-52-54-00-00-00-01', { result => 'error',
     like => [@$next, qr/pxe-broken/] }, 'PXELINUX says so');
$t->answers('/pxelinux.cfg/01-52-54-00-00-00-02', { result => 'error',
     like => [@$next, qr/only-ipxe/, qr/pxelinux/] },
            'the template is not there in this dialect');
$t->answers('/boot.ipxe?mac=52:54:00:00:00:02', { result => 'host', body => "#!ipxe\necho fine\n" },
            '... but in the other');
$t->answers('/boot.ipxe?mac=52:54:00:00:00:03', { result => 'error',
                                                  like => [qr/nothing/, qr/template/] },
            'a profile without a template');
$t->answers('/boot.ipxe?mac=52:54:00:00:00:04', { result => 'host', host => 'good' },
            'other hosts are not touched');

# (that it starts with #!ipxe is checked for every answer: a BIOS runs anything else)
$t->answers('/boot.ipxe?mac=52:54:00:00:00:05', {},
            'a template without #!ipxe is not sent as it is');

# mended in the database, mended in the next answer
$t->sql("INSERT INTO var(name, value) VALUES ('disk', 'sda')");
$t->answers('/boot.ipxe?asset=unknown-name', { result => 'host', body => "#!ipxe\necho sda\n" },
            'mended by a row');

$t->done_testing;
