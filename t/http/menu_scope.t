# A menu shows other profiles: each entry boots that profile and nothing else. It takes nothing
# from the profile that lists it, and no entry runs on into the next one.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
DELETE FROM profile WHERE name = 'default';
UPDATE profile SET title = NULL;
INSERT INTO template(name, dialect, body) VALUES
    ('show', 'ipxe', 'echo <{{profile}}> kernel={{#kernel}}{{kernel}}{{/kernel}}'
     || ' args={{#args}}{{args}}{{/args}} initrd={{#initrds}}{{.}}{{/initrds}}'
     || ' own={{#own}}{{own}}{{/own}} above={{#above}}{{above}}{{/above}}'
     || ' all={{#all}}{{all}}{{/all}}
'),
    ('list', 'ipxe', '#!ipxe
{{#profiles}}
item {{profile}} {{title}} ({{#template}}{{template}}{{/template}})
{{/profiles}}
{{#profiles}}
echo {{profile}} ends in {{all}}
{{/profiles}}
exit 1
');
INSERT INTO profile(name, title, template, kernel, initrd, args) VALUES
    ('above', NULL, 'menu', '/above/linux', '/above/initrd', 'above');
INSERT INTO profile(name, parent, title, template, kernel, initrd, args) VALUES
    ('lister', 'above', 'The menu itself', 'menu', '/lister/linux', '/lister/initrd', 'lister'),
    ('child', 'above', NULL, 'menu', NULL, NULL, NULL),
    ('bare', NULL, NULL, NULL, NULL, NULL, NULL),
    ('base', NULL, NULL, 'show', '/base/linux', '/base/initrd', 'base'),
    ('heir', 'base', 'An heir', NULL, NULL, NULL, NULL),
    ('nothing', NULL, 'Nothing at all', 'show', NULL, NULL, NULL),
    ('plain', NULL, 'A plain kernel', 'linux', '/plain/linux', NULL, NULL),
    ('rich', NULL, 'Everything of its own', 'show', '/rich/linux', '/rich/initrd', 'rich');
INSERT INTO var(profile, name, value) VALUES ('lister', 'own', 'of the lister'),
    ('above', 'above', 'above the lister'), ('base', 'own', 'of base');
INSERT INTO var(name, value) VALUES ('all', 'of all');
INSERT INTO host(name, mac, profile) VALUES
    ('web1', '52:54:00:00:00:01', 'lister'), ('web2', '52:54:00:00:00:02', 'child');
SQL
$t->write_config;
$t->run;

my $base = 'http://127.0.0.1:' . $t->port;
my $all = 'above= all=of all';
my %line = (
    heir => "kernel=$base/base/linux args=base initrd=$base/base/initrd own=of base $all",
    nothing => "kernel= args= initrd= own= $all",
    rich => "kernel=$base/rich/linux args=rich initrd=$base/rich/initrd own= $all",
);

# the profile that lists has values of its own; or has them from a parent
for (['52:54:00:00:00:01', 'lister'], ['52:54:00:00:00:02', 'child']) {
    my ($mac, $lister) = @$_;
    my $r = $t->answers("/boot.ipxe?mac=$mac", { result => 'host', profile => $lister },
                        "$lister: a menu");
    my %entry = $r->{body} =~ /^:menu-(\S+)\n(.*?)(?=^:menu-|\z)/msg;
    is(join(' ', sort keys %entry), 'heir nothing plain rich', '... of the other titles');
    for my $name (sort keys %line) {
        my ($said) = ($entry{$name} // '') =~ /^echo <\Q$name\E> (.*)$/m;
        is($said, $line{$name}, "... where $name has its own");
    }
    my ($kernel) = ($entry{plain} // '') =~ /^(kernel .*)$/m;
    is($kernel, "kernel $base/plain/linux || goto plain-failed", '... and plain no argument more');
    unlike($entry{plain} // '', qr/^initrd/m, '... and no initrd');

    # from the end of one entry nothing leads to the label of the next
    my @before = $r->{body} =~ /([^\n]*)\n:menu-/g;
    like(shift @before, qr/^goto /, '... the first entry is gone to');
    is(join(', ', @before), join(', ', ('exit 1') x @before), '... and the others are not run into')
        or diag $r->{body};
    like($r->{body}, qr/\nexit 1\n\z/, '... and the last one ends');
    $t->sql("UPDATE profile SET title = NULL WHERE name = 'lister'");
}

# a title without a template is a mistake of that row, and goes alone; the template of the menu is
# no help
$t->sql("UPDATE profile SET template = 'list' WHERE name = 'lister';
         UPDATE profile SET title = 'Bare' WHERE name = 'bare'");
$t->answers('/boot.ipxe?mac=52:54:00:00:00:01', { result => 'host',
    like => [qr/^item heir An heir \(show\)$/m, qr/^item plain A plain kernel \(linux\)$/m,
             qr/^echo heir ends in of all$/m], unlike => qr/bare/ },
    'title, template and variables of each');
$t->sql("UPDATE profile SET template = 'menu' WHERE name = 'lister'");
$t->answers('/boot.ipxe?mac=52:54:00:00:00:01', { result => 'host',
            like => [qr/^# bare: \{\{template\}\} in line 2 /m, qr/^item heir An heir$/m] },
            'a title without a template is an error in words');

$t->done_testing;
