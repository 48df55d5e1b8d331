# GRUB asks for one file without arguments; that makes it ask again with all that it can show, and
# it gets its configuration, which GRUB itself (grub-emu) understands as it is meant.
use strict;
use warnings;
use Test::More;
use IPXE::Grub qw(grub_error grub_run);
use IPXE::Test qw(wait_for);

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO profile(name, title, template, kernel, initrd, args) VALUES
    ('debian-12', 'Debian 12', 'linux', '/images/linux',
     '/images/initrd.gz' || char(10) || '/images/firmware.cpio',
     'auto=true console=ttyS0,115200 note=it''s;$1 host={{#name}}{{name}}{{/name}}'),
    ('rescue', 'A "rescue" system', 'linux', 'http://10.9.9.9/rescue?v=1&x=2', NULL, NULL),
    ('loader', 'Another loader', 'chain', '/loader.efi', NULL, '--quiet'),
    ('secure', NULL, 'linux', 'https://10.9.9.9/linux', NULL, NULL);
INSERT INTO template(name, dialect, body) VALUES ('only-ipxe', 'ipxe', '#!ipxe' || char(10)),
    ('open', 'grub', 'echo "{{name}}'), ('nothing', 'grub', '{{#none}}x{{/none}}');
INSERT INTO profile(name, template) VALUES ('only-ipxe', 'only-ipxe'), ('open', 'open'),
    ('nothing', 'nothing');
INSERT INTO host(name, mac, profile) VALUES
    ('h-linux', '52:54:00:00:00:01', 'debian-12'), ('h-rescue', '52:54:00:00:00:02', 'rescue'),
    ('h-local', '52:54:00:00:00:03', 'local'), ('h-chain', '52:54:00:00:00:04', 'loader'),
    ('h-menu', '52:54:00:00:00:05', 'menu'), ('h-wait', '52:54:00:00:00:06', 'default'),
    ('h-secure', '52:54:00:00:00:11', 'secure'), ('h-mono', '52:54:00:00:00:12', 'only-ipxe'),
    ('h-open', '52:54:00:00:00:13', 'open'), ('h-nothing', '52:54:00:00:00:14', 'nothing');
INSERT INTO host(name, asset) VALUES ('by-asset', 'AT-007');
INSERT INTO host(name, uuid) VALUES ('by-uuid', '11223344-5566-7788-99aa-bbccddeeff00');
SQL
$t->write_config(http => <<'HTTP', server => <<'SERVER', log => 'info');
ipxe_events %%DIR%%/db/events.db;
HTTP
location = /grub/grub.cfg    { ipxe grub; add_header X-Who "$ipxe_host $ipxe_key" always; }
location = /based/grub.cfg   { ipxe grub; ipxe_base_url http://boot.example:80/pxe; }
location = /secure/grub.cfg  { ipxe grub; ipxe_base_url https://boot.example; }
location = /header/grub.cfg  { ipxe grub; ipxe_base_url http://$http_x_forwarded_host; }
location = /none/grub.cfg    { ipxe grub; ipxe_default_profile ''; }
location = /other/grub.cfg   { ipxe grub; ipxe_default_profile rescue; }
location = /away/grub.cfg    { ipxe grub; ipxe_database %%DIR%%/db/away.db; }
location /up/                { ipxe grub; }
SERVER
$t->run;
my $server = 'http,127.0.0.1:' . $t->port;
my $cfg = '/grub/grub.cfg';
my @gone = qw(boot reboot sleep exit insmod linux initrd chainloader pxechainloader search configfile);

SKIP: {
    skip 'grub-script-check is needed (package grub-common)', 1
        if system 'command -v grub-script-check >/dev/null';
    my @body = map { $t->get("$cfg$_")->{body} }
        '', map { "?mac=52:54:00:00:00:$_" } qw(01 02 03 04 05 06 09 11 12 13 14);
    is(join('', map { grub_error($_) } @body), '', 'GRUB can parse every answer');
}

# ---- the question --------------------------------------------------------------------------

# a machine that has all this to show; what begins with net_ cannot be set
my $smbios = <<'GRUB';
function smbios {
    if [ $3$4 = --get-uuid8 ]; then set "$6=11223344-5566-7788-99aa-bbccddeeff00"; fi
    if [ $2.$4 = 1.4 ]; then set "$6=ACME & Co"; fi
    if [ $2.$4 = 1.5 ]; then set "$6=Node1"; fi
    if [ $2.$4 = 1.7 ]; then set "$6=SN 42"; fi
    if [ $2.$4 = 3.8 ]; then set "$6=AT-007"; fi
}
set our_default_mac=52:54:00:00:00:01
set our_default_ip=10.0.0.9
set grub_platform=pc
set grub_cpu=i386
GRUB

# What GRUB does with a stub: its questions, and what it does behind them.
sub questions {
    my ($stub) = @_;
    my @line = grub_run($smbios . $stub =~ s/\bnet_default_/our_default_/gr, @gone);
    return ([map { /^configfile <(.*)>$/ ? $1 : () } @line],
            [map { s/^No boot script yet.*/again/r } grep { !/^configfile/ } @line]);
}

my $have_grub = !system 'command -v grub-emu >/dev/null';
for (
    [$cfg, "($server)$cfg", 'no arguments'],
    ["$cfg?mac=&uuid=", "($server)$cfg", 'nothing in them'],
    ["$cfg?uuid=00000000-0000-0000-0000-000000000000", "($server)$cfg", 'a placeholder'],
    ['/based/grub.cfg', '(http,boot.example)/pxe/based/grub.cfg', 'ipxe_base_url'],
    ['/secure/grub.cfg', '/secure/grub.cfg', 'a server that GRUB cannot name'],
    ['/up/a%20b%0Aboot%22;$x\'', "($server)/up/a%20b%0Aboot%22;\$x'", 'a path that could break out'],
) {
    my ($uri, $self, $label) = @$_;
    my $r = $t->answers($uri, { result => 'stub', host => '', profile => '' }, "$label: a stub");
    SKIP: {
        skip 'grub-emu is needed (package grub-emu)', 1 if !$have_grub;
        my ($asked, $did) = questions($r->{body});
        my %seen;
        my @once = grep { !$seen{$_}++ } @$asked;
        is("@once", "$self?mac=52:54:00:00:00:01&uuid=11223344-5566-7788-99aa-bbccddeeff00"
           . '&arch=i386&platform=pcbios&ip=10.0.0.9&manufacturer=&product=Node1&serial='
           . '&asset=AT-007', '... that asks with what is one word');
        is(scalar(@$asked), 12, '... 12 times');
        is_deeply([@$did[0 .. 23]], [('again', 'sleep <5>') x 12], '... and waits between them');
        is_deeply([@$did[24 .. $#$did]],
                  ['insmod <biosdisk>', 'chainloader <(hd0)+1>', 'boot', 'exit <1>'],
                  '... before it boots the disk');
    }
}

# from a request into the URL, and no further
for my $text ('x;reboot', '$x', "'", '"', '`', '{', 'a b', '${x}', '\\', 'a&b', ')/x;boot;(') {
    my $header = ["X-Forwarded-Host: $text"];
    my $r = $t->answers('/header/grub.cfg', { result => 'stub' }, "a server named $text",
                        headers => $header);
    my $host = $t->get('/header/grub.cfg?mac=52:54:00:00:00:01', headers => $header);
    next if !$have_grub;
    is((questions($r->{body}))[1][-1], 'exit <1>', '... adds nothing to the stub');
    is(scalar(grep { /^(?:reboot|boot|exit)/ } grub_run($host->{body}, @gone)),
       2, '... nor to the answer');
}

# whoever has said everything is not asked again
my $nothing = join '&', map { "$_=" } qw(mac uuid arch platform ip manufacturer product serial asset);
$t->answers("$cfg?$nothing", { result => 'default', profile => 'default' }, 'no second stub');

# ---- the answer ----------------------------------------------------------------------------

my %next = (boot => "boot\n", disk => qr/^    if chainloader \(hd0\)\+1$/m);
for (
    ["$cfg?mac=52:54:00:00:00:01", { host => 'h-linux', result => 'host', profile => 'debian-12' }],
    ["$cfg?asset=AT-007", { host => 'by-asset', result => 'host' }],
    ["$cfg?uuid=11223344-5566-7788-99aa-bbccddeeff00", { host => 'by-uuid', result => 'host' }],
    ["$cfg?uuid=44332211-6655-8877-99aa-bbccddeeff00", { host => 'by-uuid', result => 'host' }],
    ["$cfg?mac=52:54:00:00:00:09", { host => '', result => 'default', profile => 'default',
                                     like => [qr/not in the host database/, qr/52:54:00:00:00:09/] }],
    ['/other/grub.cfg?mac=52:54:00:00:00:09', { result => 'default', profile => 'rescue' }],
    ['/none/grub.cfg?mac=52:54:00:00:00:09', { status => 404, result => 'unknown', body => '' }],
    ['/none/grub.cfg?mac=52:54:00:00:00:01', { result => 'host', host => 'h-linux' }],
    ["$cfg?mac=52:54:00:00:00:01&asset=AT-007",
     { result => 'conflict', host => '', like => [qr/h-linux/, qr/by-asset/, $next{disk}] }],
    ["$cfg?mac=52:54:00:00:00:11", { result => 'error', like => [qr/GRUB has no name/, $next{disk}] }],
    ["$cfg?mac=52:54:00:00:00:12", { result => 'error', like => [qr/only-ipxe/, qr/'grub'/] }],
    ["$cfg?mac=52:54:00:00:00:13", { result => 'error', like => qr/line 1 .* quotation/ }],
    ["$cfg?mac=52:54:00:00:00:14", { result => 'error', like => qr/leaves nothing/ }],
) {
    my ($uri, $want) = @$_;
    my $refused = $want->{result} =~ /^(?:conflict|error)$/;
    my $r = $t->answers($uri, { %$want, unlike => $refused ? qr/^\s*(?:if )?linux/m
                                                           : [qr/\{\{/, qr/^#!/] });
    next if !$refused || !$have_grub;
    my @line = grub_run("set grub_platform=pc\n$r->{body}", @gone);
    is_deeply([grep { /^\w+ </ || /^boot/ } @line],
              ['sleep <30>', 'insmod <biosdisk>', 'chainloader <(hd0)+1>', 'boot', 'exit <1>'],
              '... waits and boots the disk');
}
my $head = $t->head("$cfg?mac=52:54:00:00:00:01");
is("$head->{status} $head->{header}{'x-ipxe-host'} '$head->{body}'", "200 h-linux ''", 'HEAD');
is($t->get("$cfg?mac=52:54:00:00:00:01")->{header}{'x-who'}, 'h-linux mac', 'the variables');
is($t->get($cfg, method => 'POST')->{status}, 405, 'POST');
is($t->get("$cfg?mac=52:54:00:00:00:01", version => '1.0')->{body},
   $t->get("$cfg?mac=52:54:00:00:00:01")->{body}, 'HTTP/1.0');

# ---- the shipped templates, run by GRUB ----------------------------------------------------

SKIP: {
    skip 'grub-emu is needed (package grub-emu)', 1 if !$have_grub;
    my %run = map {
        my ($n, $platform) = @$_;
        my $body = $t->get("$cfg?mac=52:54:00:00:00:0$n")->{body};
        ("$n $platform" => [grub_run("set grub_platform=$platform\n$body", @gone)]);
    } map { [$_, 'pc'], [$_, 'efi'] } 1 .. 4, 6;
    my @again = ('sleep <30>', 'reboot');
    my @disk = ('insmod <biosdisk>', 'chainloader <(hd0)+1>', 'boot', 'exit <1>');
    for (
        [1, [qq{linux <($server)/images/linux> <auto=true> <console=ttyS0,115200> <note=it's;\$1>}
             . ' <host=h-linux>',
             "initrd <($server)/images/initrd.gz> <($server)/images/firmware.cpio>", 'boot',
             @again]],
        [2, ['linux <(http,10.9.9.9)/rescue?v=1&x=2>', 'boot', @again]],
        [3, \@disk], [4, ["pxechainloader <($server)/loader.efi>", 'boot', @again]],
        [6, ['sleep <30>', @disk]],
    ) {
        my ($n, $want) = @$_;
        my @got = grep { /^\w+ </ || /^(?:re)?boot$/ } @{ $run{"$n pc"} };
        is_deeply(\@got, $want, "what $n does on a BIOS");
    }
    is_deeply([grep { /^\w+ </ || /^(?:re)?boot$/ } @{ $run{'4 efi'} }],
              ["chainloader <($server)/loader.efi> <--quiet>", 'boot', @again],
              'what 4 does with UEFI');
    is_deeply([grep { /^\w+ </ } @{ $run{'3 efi'} }[1 .. 6]],
              ['insmod <part_gpt>', 'insmod <part_msdos>', 'insmod <fat>',
               'search <--no-floppy> <--hint=hd0,gpt1> <--set=ipxe_disk> <--file>'
               . ' </efi/debian/shimx64.efi>', 'chainloader <()/efi/debian/shimx64.efi>'],
              'with UEFI it looks for a loader');
    is(join("\n", map { s/.*local disk\n//sr } join "\n", @{ $run{'3 efi'} }),
       join("\n", map { s/.*<30>\n//sr } join "\n",
            grub_run("set grub_platform=efi\n" . $t->get("$cfg?mac=52:54:00:00:00:12")->{body}, @gone)),
       'a refusal boots the disk as the template local does');
}
my $menu = $t->get("$cfg?mac=52:54:00:00:00:05")->{body};
my @entry = $menu =~ /^menuentry --id (\S+) -- (".*?") \{$/mg;
is("@entry", q{debian-12 "Debian 12" loader "Another loader" local "Boot the local disk"}
   . q{ rescue "A \"rescue\" system"}, 'the entries of the menu');
SKIP: {
    skip 'grub-emu is needed (package grub-emu)', 1 if !$have_grub;
    $t->sql("UPDATE var SET value = 'rescue' WHERE name = 'menu_default';
             UPDATE profile SET title = '--id' WHERE name = 'rescue'");
    my $now = $t->get("$cfg?mac=52:54:00:00:00:05")->{body} =~ s/timeout=30/timeout=0/r;
    my ($kernel) = grep { /^linux/ } grub_run($now =~ s/^\}/exit\n}/mgr, grep { $_ ne 'exit' } @gone);
    is($kernel, 'linux <(http,10.9.9.9)/rescue?v=1&x=2>', 'GRUB boots the default, whatever its title');
    $t->sql("UPDATE var SET value = 'local' WHERE name = 'menu_default'");
}
like($menu, qr/^set default=local\nif \[ 30 != 0 \]\nthen\n    set timeout=30\n/m, '... and its default');

# ---- what is kept, and when nothing can be read --------------------------------------------

my $events = $t->dir . '/db/events.db';
my $kept = sub { scalar $t->sql("SELECT DISTINCT endpoint FROM history", $events) };
ok(wait_for(sub { $kept->() eq "grub\n" }), 'the history says grub') or diag $kept->();

$t->expect_log(qr/away\.db/);
my $away = '/away/grub.cfg';
$t->answers($away, { result => 'stub', like => qr/^    configfile /m },
            'no database: GRUB is told to ask again');
my $r = $t->answers("$away?mac=52:54:00:00:00:01", { status => 503, result => 'unavailable',
                    host => '', like => qr/\A#[^\n'"\\]*\n\z/ }, '... until there is one');
is_deeply([grub_run($r->{body}, @gone)], [], '... which GRUB passes over') if $have_grub;
$t->make_db('db/away.db');
ok(wait_for(sub { $t->get("$away?mac=52:54:00:00:00:01")->{status} == 200 }), 'and then it boots');

$t->done_testing;
