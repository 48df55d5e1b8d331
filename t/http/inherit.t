# What a profile leaves NULL it inherits; a variable is taken from the nearest place.
use strict;
use warnings;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO template(name, dialect, body) VALUES ('show', 'ipxe', '#!ipxe
echo {{profile}}: {{kernel}} {{#initrds}}[{{.}}]{{/initrds}} ({{args}}) {{where}}
');
INSERT INTO profile(name, template, kernel, initrd, args) VALUES
    ('top', 'show', '/top/linux', '/top/a' || char(10) || '/top/b', 'top {{where}}');
INSERT INTO profile(name, parent, args) VALUES ('middle', 'top', 'middle');
INSERT INTO profile(name, parent, kernel) VALUES ('bottom', 'middle', '/bottom/linux');
INSERT INTO profile(name, parent, initrd) VALUES ('leaf', 'bottom', 'http://other.example/c d');
INSERT INTO host(name, mac, profile) VALUES
    ('h-top', '52:54:00:00:00:01', 'top'), ('h-middle', '52:54:00:00:00:02', 'middle'),
    ('h-bottom', '52:54:00:00:00:03', 'bottom'), ('h-leaf', '52:54:00:00:00:04', 'leaf'),
    ('h-own', '52:54:00:00:00:05', 'leaf');
INSERT INTO var(name, value) VALUES ('where', 'global');
INSERT INTO var(profile, name, value) VALUES ('top', 'where', 'in top'),
    ('bottom', 'where', 'in bottom');
INSERT INTO var(host, name, value) VALUES ('h-own', 'where', 'in host');
SQL
$t->write_config;
$t->run;

my $base = 'http://127.0.0.1:%%PORT%%';
my $top = "[$base/top/a][$base/top/b]";
for (
    ['01', "top: $base/top/linux $top (top in top) in top"],
    ['02', "middle: $base/top/linux $top (middle) in top"],
    ['03', "bottom: $base/bottom/linux $top (middle) in bottom"],
    ['04', "leaf: $base/bottom/linux [http://other.example/c%20d] (middle) in bottom"],
    ['05', "leaf: $base/bottom/linux [http://other.example/c%20d] (middle) in host"],
) {
    my ($mac, $line) = @$_;
    $t->answers("/boot.ipxe?mac=52:54:00:00:00:$mac", { result => 'host',
         body => "#!ipxe\necho $line\n" }, $line);
}
$t->sql("DELETE FROM var WHERE profile IS NOT NULL OR host IS NOT NULL");
$t->answers('/boot.ipxe?mac=52:54:00:00:00:05', { like => qr/ global$/m },
            'the variable of all is the last');

# nothing is no path on this server: '' is not "the base URL", and not what the parent has either
$t->sql(<<'SQL');
INSERT INTO profile(name, template, kernel) VALUES ('empty', 'linux', '');
INSERT INTO profile(name, parent, template, kernel) VALUES ('emptied', 'top', 'linux', ''),
    ('blank', 'top', 'chain', '');
INSERT INTO host(name, mac, profile) VALUES ('h-empty', '52:54:00:00:00:06', 'empty'),
    ('h-emptied', '52:54:00:00:00:07', 'emptied'), ('h-blank', '52:54:00:00:00:08', 'blank');
SQL
for (['06', 'empty', 'linux'], ['07', 'emptied', 'linux'], ['08', 'blank', 'chain']) {
    my ($mac, $profile, $template) = @$_;
    $t->answers("/boot.ipxe?mac=52:54:00:00:00:$mac", { result => 'error', profile => $profile,
                like => qr/\{\{kernel\}\}.*\b$template\b.*nothing is set for/s,
                unlike => qr/^(?:kernel|chain)\b/m },
                "$profile: a kernel that is '' is an error in words");
    $t->answers("/pxelinux.cfg/01-52-54-00-00-00-$mac", { result => 'error',
                like => qr/\{\{kernel\}\}/, unlike => qr/^(?:LINUX|KERNEL)\b/m },
                '... for PXELINUX');
}

$t->done_testing;
