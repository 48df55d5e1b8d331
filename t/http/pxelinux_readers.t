# PXELINUX, U-Boot and Petitboot read the same configuration, each in its own way, and each finds
# the kernel, the initrd, the very command line, and the default.
use strict;
use warnings;
use Test::More;
use IPXE::Pxelinux qw(read_config);
use IPXE::Test;

my $args = 'auto=true console=ttyS0,115200 x="a b" initrd-hint=no -- quiet a#1';
my $t = IPXE::Test->new;
$t->sql(<<"SQL");
INSERT INTO profile(name, title, template, kernel, initrd, args) VALUES
    ('debian-12', 'Debian 12', 'linux', '/images/linux-6.1.0', '/images/initrd.gz', '$args'),
    ('two', 'Two initrds', 'linux', '/images/linux', '/a.gz' || char(10) || '/b.gz', 'quiet'),
    ('alone', 'No initrd', 'linux', 'http://10.9.9.9/vmlinuz?v=1&x=2', NULL, NULL),
    ('broken', 'Broken', 'linux', '/k', NULL, '{{nothing}}'),
    ('loader', 'Another loader', 'chain', '/loader.0', NULL, NULL);
INSERT INTO host(name, mac, profile) VALUES
    ('h-linux', '52:54:00:00:00:01', 'debian-12'), ('h-two', '52:54:00:00:00:02', 'two'),
    ('h-alone', '52:54:00:00:00:03', 'alone'), ('h-local', '52:54:00:00:00:04', 'local'),
    ('h-chain', '52:54:00:00:00:05', 'loader'), ('h-menu', '52:54:00:00:00:06', 'menu'),
    ('h-wait', '52:54:00:00:00:07', 'default'), ('h-broken', '52:54:00:00:00:08', 'broken');
SQL
$t->write_config;
$t->run;
my $base = 'http://127.0.0.1:' . $t->port;
my @who = qw(syslinux uboot petitboot);
sub config { $t->get("/pxelinux.cfg/01-52-54-00-00-00-0$_[0]")->{body} }

my %linux = (
    'debian-12' => { kernel => "$base/images/linux-6.1.0", initrds => ["$base/images/initrd.gz"],
                     args => $args },
    alone => { kernel => 'http://10.9.9.9/vmlinuz?v=1&x=2' },
);
for my $who (@who) {
    for (['1', 'debian-12'], ['3', 'alone']) {
        my ($n, $name) = @$_;
        my $config = read_config($who, config($n));
        is($config->{default}, $name, "$who: $name is the default");
        my ($label) = grep { $_->{name} eq $name } @{ $config->{labels} };
        for my $what (qw(kernel initrds args)) {
            is_deeply($label->{$what}, $linux{$name}{$what}, "... its $what");
        }
    }
    my $local = read_config($who, config(4));
    is($local->{default}, 'local', "$who: the disk");
    is($local->{labels}[0]{local}, $who eq 'petitboot' ? undef : -1, '... is booted')
        if $who ne 'petitboot';                      # which boots what it finds on disks itself
    my $chain = read_config($who, config(5));
    is($chain->{labels}[0]{kernel}, "$base/loader.0", "$who: a loader");
    for my $refused (read_config($who, config(8))) {
        is(scalar(grep { $_->{kernel} } @{ $refused->{labels} }), 0, "$who: a refusal boots nothing");
        is($refused->{default}, 'next', '... but the next device');
    }
}

# several initrds are PXELINUX' own: the others take one, and would ask for one of that name
is_deeply([map { join ' ', @{ read_config($_, config(2))->{labels}[0]{initrds} } } @who],
          ["$base/a.gz $base/b.gz", ("$base/a.gz,$base/b.gz") x 2], 'two initrds');

# ---- menus ---------------------------------------------------------------------------------

sub menu {
    my ($who, $title) = @_;
    my $config = read_config($who, config(6));
    my @label = map { $_->{name} } @{ $config->{labels} };
    is("@label", 'alone debian-12 loader local two', "$who: the entries of a menu");
    is_deeply([map { $_->{title} } @{ $config->{labels} }],
              $who eq 'petitboot' ? [(undef) x 5]
              : ['No initrd', 'Debian 12', 'Another loader', 'Boot the local disk', 'Two initrds'],
              '... their titles');
    my ($debian) = grep { $_->{name} eq 'debian-12' } @{ $config->{labels} };
    is_deeply([@$debian{qw(kernel initrds args)}], [@{ $linux{'debian-12'} }{qw(kernel initrds args)}],
              '... and what one does');
    return $config;
}
for my $who (@who) {
    my $config = menu($who);
    is("$config->{default} $config->{timeout}", $who eq 'petitboot' ? 'local 0' : 'local 30',
       '... the default, and how long it takes');
    is($config->{title}, 'h-menu', '... the title') if $who ne 'petitboot';
}
my $config = menu('syslinux');
is($config->{ui}, 'menu.c32', 'the menu is drawn by menu.c32');
is_deeply($config->{said}, ['alone: No initrd', 'debian-12: Debian 12', 'loader: Another loader',
                            'local: Boot the local disk', 'two: Two initrds',
                            'broken cannot be used, see the error log'],
          '... and without it the prompt says what there is');
like(config(6), qr/^# broken: \{\{nothing\}\} in line 1 of profile\.args of `broken`: /m,
     '... and why one is not');

for (['menu_default', 'debian-12', 'debian-12 30'], ['menu_timeout', '5', 'debian-12 5'],
     ['menu_timeout', '0', 'debian-12 0'], ['menu_default', 'broken', 'nothing 0'],
     ['menu_default', 'nowhere', 'nothing 0'], ['menu_timeout', '7', 'nothing 0']) {
    my ($var, $value, $want) = @$_;
    $t->sql("UPDATE var SET value = '$value' WHERE name = '$var'");
    for my $who (qw(syslinux uboot)) {
        my $menu = read_config($who, config(6));
        is(join(' ', $menu->{default} // 'nothing', $menu->{timeout}), $want,
           "$who: $var is $value");
    }
}
$t->sql("UPDATE var SET value = 'vesamenu.c32' WHERE name = 'menu_ui'");
is(read_config('syslinux', config(6))->{ui}, 'vesamenu.c32', 'menu_ui');

# the same in the other languages: nothing is booted that nobody chose
my $id = 'mac=52:54:00:00:00:06';
$t->write_config(server => 'location = /grub/grub.cfg { ipxe grub; }');
$t->reload;
for (['local', 30, qr/^set menu-timeout 30000$/m, qr/^set default=local$/m],
     ['local', 0, qr/^set menu-timeout 0000$/m, qr/^if \[ 0 != 0 \]$/m],
     ['broken', 30, undef, undef], ['nowhere', 30, undef, undef]) {
    my ($default, $timeout, $ipxe, $grub) = @$_;
    $t->sql("UPDATE var SET value = '$default' WHERE name = 'menu_default';
             UPDATE var SET value = '$timeout' WHERE name = 'menu_timeout'");
    my @items = map { qr/^item \Q$_\E$/m } 'alone No initrd', 'debian-12 Debian 12',
        '--gap broken cannot be used, see the error log';
    $t->answers("/boot.ipxe?$id", { result => 'host', unlike => [qr/^item broken/m,
                    $ipxe ? () : qr/^set menu-timeout [1-9]/m],
                like => [@items, qr/^# broken: .*`broken`/m, $ipxe // qr/^set menu-timeout 0$/m] },
                "iPXE: $default after $timeout seconds");
    $t->answers("/grub/grub.cfg?$id", { result => 'host', unlike => [qr/--id broken/,
                    $grub ? () : qr/^set default|timeout=[^-]/m],
                like => [qr/^menuentry --id alone -- "No initrd" \{$/m, qr/^# broken: /m,
                         qr/^menuentry "broken cannot be used/m, $grub // qr/^set timeout=-1$/m] },
                "GRUB: $default after $timeout seconds");
}

# said once in the log, and again when it is another reason
my $times = sub { scalar(() = $t->log =~ /\[error\].*profile "broken" cannot be offered in a menu/g) };
my $before = $times->();
$t->get("/boot.ipxe?$id") for 1 .. 5;
is($times->() - $before, 0, 'the log does not repeat it');
$t->sql("UPDATE profile SET args = '{{other}}' WHERE name = 'broken'");
$t->get("/boot.ipxe?$id") for 1 .. 5;
is($times->() - $before, 1, '... until it changes');
$t->sql("UPDATE profile SET args = 'fine' WHERE name = 'broken'");
$t->answers("/boot.ipxe?$id", { like => qr/^item broken Broken$/m, unlike => qr/--gap/ },
            'mended, it is there');

$t->done_testing;
