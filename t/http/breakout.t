# A value that could change what a script does is refused, never stripped: the languages of iPXE and
# PXELINUX cannot quote. GRUB's can, and has each value as it is (grub_words.t).
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO template(name, dialect, body) VALUES
    ('show', 'ipxe', '#!ipxe
echo [ {{disk}} ]
echo end
'),
    ('show', 'pxelinux', 'SAY [ {{disk}} ]
SAY end
'),
    ('show', 'grub', 'echo "[ {{disk}} ]"
echo end
'),
    ('raw', 'grub', '{{{disk}}}
echo end
'),
    ('asked', 'grub', 'echo {{product}} "{{{product}}}"
'),
    ('raw', 'ipxe', '#!ipxe
{{{disk}}}
echo end
'),
    ('asked', 'ipxe', '#!ipxe
echo {{product}}
'),
    ('asked-raw', 'ipxe', '#!ipxe
echo {{{product}}}
');
INSERT INTO profile(name, template) VALUES ('show', 'show'), ('raw', 'raw'), ('asked', 'asked'),
    ('asked-raw', 'asked-raw'),
    ('fields', 'linux');
INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:00:00:01', 'show'),
    ('web2', '52:54:00:00:00:02', 'raw'),
    ('web3', '52:54:00:00:00:03', 'asked'), ('web4', '52:54:00:00:00:04', 'asked-raw'),
        ('web5', '52:54:00:00:00:05', 'fields');
INSERT INTO var(host, name, value) VALUES ('web1', 'disk', 'sda'), ('web2', 'disk', 'sda');
SQL
$t->write_config(server => 'location = /grub/grub.cfg { ipxe grub; }');
$t->run;

sub text { my ($bytes) = @_; return "CAST(x'" . unpack('H*', $bytes) . "' AS TEXT)" }

# value, refused for iPXE, refused for PXELINUX
my @value = (
    ["a\nb", 1, 1], ["a\rb", 1, 1], ["a\tb", 1, 1], ["a\x01b", 1, 1], ["a\x1bb", 1, 1],
        ["a\x7fb", 1, 1], ["\n", 1, 1],
    ['a ${mac} b', 1, 0], ['${', 1, 0], ['a || b', 1, 0], ['||', 1, 0], ['a && b', 1, 0],
        ['&&', 1, 0], ['a ; b', 1, 0], [';', 1, 0],
    ['a #b', 1, 0], ['#', 1, 0], ['#a', 1, 0], ['a\\', 1, 0], ['\\', 1, 0],
    # with what stands beside them these may become || and && and ${
    ['|', 1, 0], ['&', 1, 0], ['a |', 1, 0], ['& b', 1, 0], ['a$', 1, 0],
    ['a||b', 0, 0], ['||b', 0, 0], ['a&&', 0, 0], ['a;b', 0, 0], [';;', 0, 0], ['a#b', 0, 0],
        ['a\\b', 0, 0], ['$mac {x}', 0, 0],
    ['"a" \'b\'', 0, 0], ['<a>', 0, 0], ['a & b', 0, 0], ['a | b', 0, 0], ['two words', 0, 0],
        ['{ {name} }', 0, 0], ["\xc3\xbc", 0, 0],
);
for (@value) {
    my ($value, $ipxe, $pxelinux) = @$_;
    (my $shown = $value) =~ s/([^\x20-\x7e])/sprintf '\\x%02x', ord $1/ge;
    $t->sql('UPDATE var SET value = ' . text($value) . " WHERE host = 'web1'");
    my $refused = { result => 'error', like => [qr/web1/, qr/disk/], unlike => qr/^echo end$/m };
    $t->answers('/boot.ipxe?mac=52:54:00:00:00:01',
                $ipxe ? $refused : { result => 'host',
                                     body => "#!ipxe\necho [ $value ]\necho end\n" },
                "iPXE: $shown is " . ($ipxe ? 'refused' : 'left as it is'));
    $t->answers('/pxelinux.cfg/01-52-54-00-00-00-01',
                $pxelinux ? { %$refused, unlike => qr/^SAY end$/m }
                    : { result => 'host', body => "SAY [ $value ]\nSAY end\n" },
                "PXELINUX: $shown is " . ($pxelinux ? 'refused' : 'left as it is'));
    my $quoted = $value =~ s/(["\\\$])/\\$1/gr;
    $t->answers('/grub/grub.cfg?mac=52:54:00:00:00:01',
                $pxelinux ? $refused : { result => 'host', body => "echo \"[ $quoted ]\"\necho end\n" },
                "GRUB: $shown is " . ($pxelinux ? 'refused' : 'quoted'));
}
like($t->log, qr/\[error\] .*web1.*disk|\[error\] .*disk.*web1/,
     'the log names the host and the variable');

# PXELINUX reads a line over 4095 bytes as two
$t->sql("UPDATE var SET value = substr(hex(zeroblob(2100)), 1, 4080) WHERE host = 'web1'");
$t->answers('/pxelinux.cfg/01-52-54-00-00-00-01', { result => 'host' },
            'PXELINUX: a line of just under 4095 bytes');
$t->sql("UPDATE var SET value = substr(hex(zeroblob(2100)), 1, 4100) WHERE host = 'web1'");
$t->answers('/pxelinux.cfg/01-52-54-00-00-00-01', { result => 'error' },
            'PXELINUX: a longer line is refused');

# {{{x}}} passes what an administrator wrote, several commands at once
my $lines = "echo a || echo b\necho \${mac} ; echo #c";
$t->sql('UPDATE var SET value = ' . text($lines) . " WHERE host = 'web2'");
$t->answers('/boot.ipxe?mac=52:54:00:00:00:02',
            { result => 'host', body => "#!ipxe\n$lines\necho end\n" }, 'three braces: as it is');
$t->answers('/grub/grub.cfg?mac=52:54:00:00:00:02',
            { result => 'host', body => "$lines\necho end\n" }, '... in GRUB too');
$t->sql("UPDATE var SET value = 'echo \"open' WHERE host = 'web2'");
$t->answers('/grub/grub.cfg?mac=52:54:00:00:00:02', { result => 'error', like => qr/line 1 .*quotation/ },
            '... but for a quotation that has no end in its line');

# what the machine says has to be one word, and is never raw
for (['Node1', 1], ['PowerEdge-R740.1', 1], ['two%20words', 0], ['%0areboot', 0], ['a%0Db', 0],
     ['%24%7Bmac%7D', 0], ['%7C%7C', 0],
     ['%26%26', 0], [';', 0], ['%23x', 0], ['a%5C', 0], ['a%00b', 0]) {
    my ($product, $fine) = @$_;
    my $want = $fine ? { result => 'host', body => "#!ipxe\necho $product\n" }
                     : { result => 'error', like => qr/product/, unlike => qr/^reboot/m };
    $t->answers("/boot.ipxe?mac=52:54:00:00:00:03&product=$product", $want,
                "the machine's product: $product");
    $t->answers("/boot.ipxe?mac=52:54:00:00:00:04&product=$product", $want,
                '... three braces change nothing');
    my $grub = $fine ? { result => 'host', body => "echo $product \"$product\"\n" }
                     : { result => 'error', like => qr/product/, unlike => qr/^reboot/m };
    $t->answers("/grub/grub.cfg?mac=52:54:00:00:00:03&product=$product", $grub, '... nor does GRUB');
}

# a profile's own field
for my $args ('quiet || shell', "quiet\nshell", 'quiet ${net0/mac}', '#', 'x\\') {
    (my $shown = $args) =~ s/\n/\\n/;
    $t->sql("UPDATE profile SET kernel = '/k', args = " . text($args) . " WHERE name = 'fields'");
    $t->answers('/boot.ipxe?mac=52:54:00:00:00:05',
                { result => 'error', like => [qr/fields/, qr/args/], unlike => qr/^shell/m },
                "profile.args: $shown");
}

# URLs are percent-encoded, so nothing in them breaks out
$t->sql('UPDATE profile SET args = NULL, kernel = ' . text("/a b;c \${d} #e ||\nshell")
        . " WHERE name = 'fields'");
my $r = $t->answers('/boot.ipxe?mac=52:54:00:00:00:05', { unlike => qr/^\s*shell/m },
                    'profile.kernel of several lines');
$t->sql("UPDATE profile SET kernel = '/a b/\${d}' WHERE name = 'fields'");
$t->answers('/boot.ipxe?mac=52:54:00:00:00:05', { unlike => qr/^kernel .*\$\{d/m },
            'profile.kernel with a setting of the client');
$t->sql("UPDATE profile SET kernel = '/a b/#e;f' WHERE name = 'fields'");
$t->answers('/boot.ipxe?mac=52:54:00:00:00:05',
            { result => 'host', like => qr{^kernel http://\S+/a%20b/%23e;f }m },
            'profile.kernel of a strange name is percent-encoded');

$t->done_testing;
