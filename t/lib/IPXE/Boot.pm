package IPXE::Boot;

# Boots machines in QEMU from the nginx of IPXE::Test.
#
#   use IPXE::Boot;
#   my $boot = IPXE::Boot->new;
#   $boot->sql("INSERT INTO host(name, mac, profile) VALUES (...)");
#   $boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');
#   my $machine = $boot->boot(mac => '52:54:00:12:34:56');
#   is_deeply([$boot->requests], [...]);
#   $boot->done_testing;
#
# `use IPXE::Boot 'slow'` is for a test file that only "make boot" is to run.
#
# The test file runs in network and process namespaces of its own: it owns 10.77.0.0/24 there,
# nothing it sends leaves, and the kernel ends every process in there when the test ends.
#
# Environment, beside that of IPXE::Test: TEST_QEMU_ACCEL (tcg). QEMU can start with kvm on
# systems where Linux then hangs in it, and with tcg all systems boot alike; so kvm is a choice.

use strict;
use warnings;

use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Copy qw(copy);
use IO::Select;
use IPXE::Boot::Console;
use IPXE::Boot::EfiDisk qw(efi_disk);
use IPXE::Test qw(slurp wait_for);
use JSON::PP qw(decode_json);
use POSIX ();
use Test::More ();
use Time::HiRes qw(sleep time);

our @ISA = ('IPXE::Test');

use constant SERVER => '10.77.0.1';
use constant URL => 'http://' . SERVER;
use constant DISK_SAYS => 'This is the local disk.';

# On a system that is busy QEMU's clock can tick too late for Linux to believe in it.
use constant LINUX_ARGS => 'console=ttyS0 quiet no_timer_check';

# Options for DHCP. Between PXE and the disk UEFI firmware tries to boot by HTTP, over IPv4 and
# IPv6, and gives up at once only when told what is not there.
use constant NO_HTTP_BOOT => (
    'dhcp-match=set:http,option:client-arch,16', 'dhcp-option-force=tag:http,60,HTTPClient',
    'dhcp-boot=tag:http,' . URL . '/none.efi', 'dhcp-range=fd77::100,fd77::1ff',
);

my $REPO = abs_path(dirname(__FILE__) . '/../../..');
my %PACKAGE = (
    'qemu-system-x86_64' => 'qemu-system-x86', dnsmasq => 'dnsmasq-base', ip => 'iproute2',
    '/usr/lib/ipxe/undionly.kpxe' => 'ipxe', '/usr/lib/ipxe/qemu/pxe-virtio.rom' => 'ipxe-qemu',
    '/usr/lib/PXELINUX/lpxelinux.0' => 'pxelinux',
    '/usr/lib/syslinux/modules/bios/ldlinux.c32' => 'syslinux-common',
    '/usr/share/OVMF/OVMF_CODE_4M.fd' => 'ovmf', mformat => 'mtools',
    'grub-mkimage' => 'grub-common', '/usr/lib/grub/i386-pc' => 'grub-pc-bin',
    '/usr/lib/grub/x86_64-efi' => 'grub-efi-amd64-bin',
    '/usr/lib/ISOLINUX/isolinux.bin' => 'isolinux', xorriso => 'xorriso',
);
my @GRUB_MODULES = qw(http normal configfile linux chain echo sleep reboot test true minicmd smbios
                      regexp search search_fs_file part_gpt part_msdos fat);
my @SIGNALS = qw(INT TERM HUP);
my @UNSHARE = qw(unshare --net --mount-proc --pid --fork --kill-child --);

# Starts the test file again in its own namespaces, and ends as it ends. unshare itself does not
# react to INT and TERM, so they are passed on; if this process is killed, so are all of them.
my $inside = delete $ENV{IPXE_BOOT_INSIDE};
sub import {
    my (undef, $slow) = @_;
    return if $^C || $inside;
    Test::More::plan(skip_all => 'it takes long: "make boot" runs it, or TEST_HARD=1')
        if $slow && !$ENV{TEST_HARD};
    my $why = $> != 0 ? 'it takes root to make a network namespace'
            : !-w '/dev/net/tun' ? 'no /dev/net/tun'
            : system("@UNSHARE true 2>/dev/null") != 0 ? 'no right to make namespaces'
            : undef;
    Test::More::plan(skip_all => "no machine can be booted here: $why") if $why;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        $ENV{IPXE_BOOT_INSIDE} = 1;
        exec qw(setpriv --pdeathsig HUP), @UNSHARE, $^X, (map { "-I$_" } @INC), $0, @ARGV
            or die "setpriv: $!";
    }
    $SIG{$_} = sub { kill TERM => IPXE::Test::children($pid) } for @SIGNALS;
    1 until waitpid($pid, 0) == $pid;
    POSIX::_exit($? & 127 ? 128 + ($? & 127) : $? >> 8);
}

if ($inside) {                                  # once is enough: a second one may not stop END
    for my $signal (@SIGNALS) {
        $SIG{$signal} = sub { @SIG{@SIGNALS} = ('IGNORE') x @SIGNALS; exit 1 };
    }
}


# ---- the server ----------------------------------------------------------------------------

sub new {
    my ($class, %opt) = @_;
    for my $needed (sort keys %PACKAGE) {
        my $there = grep { -e } $needed =~ m{^/} ? $needed
                                                 : map { "$_/$needed" } split /:/, $ENV{PATH};
        croak "$needed is missing: apt-get install $PACKAGE{$needed}" if !$there;
    }
    my $boot = $class->SUPER::new(%opt);
    my $payload = "$REPO/build/payload";
    must("$REPO/tools/payload", $payload);

    mkdir $boot->dir . "/$_" for qw(images tftp);
    $boot->provide("$payload/$_", "images/$_") for qw(vmlinuz initrd.gz disk.img);
    efi_disk($boot->dir . '/images/efi.img', DISK_SAYS);
    for my $loader ('/usr/lib/ipxe/undionly.kpxe', '/usr/lib/ipxe/snponly.efi',
                    '/usr/lib/PXELINUX/pxelinux.0',
                    '/usr/lib/PXELINUX/lpxelinux.0',
                    '/usr/lib/syslinux/modules/bios/ldlinux.c32') {
        $boot->provide($loader, "$_/" . basename($loader)) for qw(html tftp);
    }
    network();
    return $boot;
}

sub provide {
    my ($boot, $from, $to) = @_;
    $from = $boot->dir . "/$from" if $from !~ m{^/|^build/};
    copy($from, $boot->dir . "/$to") or croak "$from: $!";
}

# GRUB for a platform as one file, core.efi or core.0, by HTTP below /grub and by TFTP, that asks
# nginx for its configuration. from: where its modules are, if they are not this system's.
sub grub {
    my ($boot, $platform, $from) = @_;
    my ($name, @driver) = $platform =~ /efi/ ? qw(core.efi efinet) : qw(core.0 pxe biosdisk);
    mkdir $boot->dir . '/html/grub';
    must('grub-mkimage', '-O', $platform, '-o', $boot->dir . "/html/grub/$name",
         '-p', '(http,' . SERVER . ')/grub', $from ? ('-d', $from) : (), @driver, @GRUB_MODULES);
    $boot->provide("html/grub/$name", "tftp/$name");
}

# An ISO image that boots Linux with these arguments, and holds what the directory iso has.
sub iso {
    my ($boot, $name, $args) = @_;
    my $tree = $boot->dir . '/iso';
    mkdir $tree;
    $boot->provide("images/$_", "iso/$_") for qw(vmlinuz initrd.gz);
    $boot->provide($_, 'iso/' . basename($_)) for '/usr/lib/ISOLINUX/isolinux.bin',
                                                  '/usr/lib/syslinux/modules/bios/ldlinux.c32';
    $boot->write_file('iso/isolinux.cfg', <<"CONFIG");
DEFAULT linux
LABEL linux
LINUX vmlinuz
INITRD initrd.gz
APPEND $args
CONFIG
    my (undef, $said, $rc) = IPXE::Test::run_command('', qw(xorriso -as mkisofs -quiet -R
        -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table -o),
        $boot->dir . "/$name", $tree);
    croak "xorriso: $said" if $rc != 0;
}

# One switch with the server on it; machines are plugged in by boot().
sub network {
    must(qw(ip link set lo up));
    must(qw(ip link add br0 type bridge));
    must(qw(ip address add), SERVER . '/24', qw(dev br0));
    must(qw(ip address add fd77::1/64 dev br0 nodad));
    must(qw(ip link set br0 up));
    for my $tap (qw(tap0 tap1)) {
        must(qw(ip tuntap add), $tap, qw(mode tap));
        must(qw(ip link set), $tap, qw(master br0 up));
    }
}

# Takes the cable of a network card (0, 1) out of the switch; its link stays up.
sub unplug { my ($boot, $card) = @_; must(qw(ip link set), "tap$card", 'nomaster') }

sub must { system(@_) == 0 or croak "failed: @_" }

# A profile named linux, whose machine posts its kernel command line to /report.
sub sql_linux {
    my ($boot) = @_;
    $boot->sql(<<"SQL");
INSERT INTO profile(name, template, kernel, initrd, args) VALUES
    ('linux', 'linux', '/images/vmlinuz', '/images/initrd.gz',
     '@{[ LINUX_ARGS ]} report={{base_url}}/report host={{name}}');
SQL
}

# Hosts web1 and web2, 52:54:00:77:00:01 and :02, with a menu: Linux, and the disk, its default.
sub sql_menu {
    my ($boot) = @_;
    $boot->sql_linux;
    $boot->sql(<<'SQL');
UPDATE profile SET title = 'Boot Linux' WHERE name = 'linux';
INSERT INTO host(name, mac, profile) VALUES
    ('web1', '52:54:00:77:00:01', 'menu'), ('web2', '52:54:00:77:00:02', 'menu');
SQL
}

# A profile named install: the machine's answer file writes a disk that says its host's name, and
# reports. uefi: what the disk is for. A variable named pause makes it wait before the report.
sub sql_install {
    my ($boot, %opt) = @_;
    my $image = $opt{uefi} ? 'efi.img' : 'disk.img';
    my $text_at = index slurp($boot->dir . "/images/$image"), DISK_SAYS;
    $boot->sql(<<"SQL");
INSERT INTO profile(name, template, kernel, initrd, args) VALUES
    ('install', 'linux', '/images/vmlinuz', '/images/initrd.gz',
     '@{[ LINUX_ARGS ]} answer={{file_url}}/install');
INSERT INTO template(name, dialect, body) VALUES ('install', 'file', '#!/bin/sh
failed() {
    wget -q -O /dev/null --post-data "\$1" {{event_url}}/failed
    reboot -f
}
echo "installing {{name}}"
[ -b /dev/vda ] || failed "{{name}} has no disk"
wget -q -O - {{base_url}}/images/$image >/dev/vda || failed "no image"
printf %-23.23s "{{name}} is installed." | dd of=/dev/vda bs=1 seek=$text_at conv=notrunc
sync
echo "the disk is written"
{{#pause}}
sleep {{pause}}
{{/pause}}
wget -q -O /dev/null --post-data "" {{event_url}}/done && reboot -f
');
SQL
}

# Says that the host is to be installed; returns the token of that.
sub arm {
    my ($boot, $host, $profile) = @_;
    $profile //= 'install';
    chomp(my $token = $boot->sql("UPDATE host SET install = '$profile' WHERE name = '$host';
                                  SELECT token FROM host WHERE name = '$host';"));
    return $token;
}

# Starts nginx and DHCP. bootfile: what DHCP tells all machines to load; options: further lines
# for dnsmasq.conf.
sub serve {
    my ($boot, %opt) = @_;
    $boot->write_config(log => 'info', locations => <<~'LOCATIONS',
        location = /boot.ipxe   { ipxe boot; }
        location /pxelinux.cfg/ { ipxe pxelinux; }
        location = /grub/grub.cfg { ipxe grub; }
        location /file/         { ipxe file; }
        location /ipxe/event/   { ipxe event; }
        LOCATIONS
        http => <<~'HTTP', server => <<~"SERVER");
        ipxe_events %%DIR%%/db/events.db;
        log_format boot escape=json
            '{"time":$msec,"method":"$request_method","uri":"$request_uri","status":$status,'
            '"agent":"$http_user_agent","host":"$ipxe_host","profile":"$ipxe_profile",'
            '"key":"$ipxe_key","result":"$ipxe_result","sent":$body_bytes_sent,'
            '"body":"$request_body"}';
        client_body_in_single_buffer on;
        server { listen unix:%%DIR%%/report.sock; return 200 "thanks\n"; }
        HTTP
        listen @{[ SERVER ]}:80;
        access_log %%DIR%%/access.log boot;
        location /images/ { root %%DIR%%; }
        location = /report { proxy_pass http://unix:%%DIR%%/report.sock; }
        SERVER
    $boot->run;

    my $log = $boot->dir . '/dnsmasq.log';
    my $conf = $boot->write_file('dnsmasq.conf', <<~"DNSMASQ");
        port=0
        user=root
        interface=br0
        bind-interfaces
        dhcp-authoritative
        dhcp-range=10.77.0.50,10.77.0.250,255.255.255.0,1h
        dhcp-leasefile=%%DIR%%/leases
        log-dhcp
        log-facility=$log
        enable-tftp
        tftp-root=%%DIR%%/tftp
        dhcp-boot=$opt{bootfile}
        # Each of these saves seconds: no ping of a free address, an answer for those who look
        # for IPv6 first, and iPXE's own "there is no ProxyDHCP here".
        no-ping
        enable-ra
        dhcp-range=fd77::,ra-only
        dhcp-option-force=encap:175,176,1b
        @{[ join "\n", @{ $opt{options} // [] } ]}
        DNSMASQ
    $boot->{dnsmasq} = start("$log.out", 'dnsmasq', '--keep-in-foreground', "--conf-file=$conf");
    wait_for(sub { -e $log && slurp($log) =~ /started/ })
        or croak 'dnsmasq did not start: ' . slurp("$log.out");
    return $boot;
}

sub start {
    my ($output, @command) = @_;
    my $pid = fork // croak "fork: $!";
    return $pid if $pid;
    open STDIN, '<', '/dev/null';
    open STDOUT, '>', $output;
    open STDERR, '>&', \*STDOUT;
    exec @command or POSIX::_exit(127);
}

sub clean_up {
    my ($boot) = @_;
    # A machine that is cut off in the middle of a download: nginx is not to wait for it.
    kill TERM => $boot->{master} if $boot->{qemu} && $boot->{master};
    for my $pid (grep { defined } delete @$boot{qw(dnsmasq qemu)}) {
        kill TERM => $pid;
        waitpid $pid, 0;
    }
    $boot->SUPER::clean_up;
}


# ---- the machine ---------------------------------------------------------------------------

# One machine, from power on until it powers off or its console shows `until`, or that returns
# true if it is code.
#   mac, uuid, asset, serial: who it is; several MACs: so many network cards
#   first: the number of the card that it tries first (0)
#   disk: 1 gives it one that says DISK_SAYS, or the path of an image
#   rom: 'ipxe' (the default), 'pxe', a network card that knows TFTP alone, 'uefi', the same from a
#   firmware that is UEFI, 'http', UEFI that boots by HTTP, or 'arm64', another processor with UEFI
#   when: pairs of what to wait for, as in `until`, and what is typed then, or done if it is code
#   reboot: 1 lets it start again, and look for what to boot again
#   memory: in MiB      limit: seconds, several times what a quiet system needs
# Returns the text of its console, and how it ended: 'off', 'seen', 'stuck' or 'limit'.
sub boot {
    my ($boot, %opt) = @_;
    my $rom = $opt{rom} //= 'ipxe';
    my ($limit, $memory, @machine) =
        $rom eq 'arm64' ? (240, 512, qw(qemu-system-aarch64 -machine virt -cpu cortex-a57))
                        : ($rom =~ /^(?:uefi|http)$/ ? (240, 256) : (120, 160),
                           'qemu-system-x86_64', '-cpu', 'max',
                           '-machine', 'pc,accel=' . ($ENV{TEST_QEMU_ACCEL} // 'tcg'));
    %opt = (mac => '52:54:00:12:34:56', limit => $limit, %opt);
    my @command = (@machine, '-m', $opt{memory} // $memory,
        qw(-nodefaults -nographic -vga none -serial stdio),
        $opt{reboot} ? qw(-boot reboot-timeout=1000) : '-no-reboot',
        identity(%opt), $boot->firmware($rom), cards(%opt), $boot->disk($opt{disk}));
    return $boot->watch(\@command, %opt);
}

sub identity {
    my (%opt) = @_;
    my $serial = $opt{serial} ? ",serial=$opt{serial}" : '';
    my @command = ('-smbios', "type=1,manufacturer=ACME,product=Node1$serial");
    push @command, '-uuid', $opt{uuid} if $opt{uuid};
    push @command, '-smbios', "type=3,asset=$opt{asset}" if $opt{asset};
    return @command;
}

sub cards {
    my (%opt) = @_;
    my @mac = ref $opt{mac} ? @{ $opt{mac} } : $opt{mac};
    my $rom = $opt{rom} eq 'ipxe' ? '' : ',romfile=';
    my $first = $opt{first} // 0;
    return map { ('-netdev', "tap,id=net$_,ifname=tap$_,script=no,downscript=no", '-device',
                  "virtio-net-pci,netdev=net$_,mac=$mac[$_],bootindex="
                  . ($_ == $first ? 1 : $_ + 2) . $rom) } 0 .. $#mac;
}

sub disk {
    my ($boot, $disk) = @_;
    return if !$disk;
    $disk = $boot->dir . '/images/disk.img' if $disk eq '1';
    return ('-drive', "if=none,id=disk0,format=raw,file=$disk",
            '-device', 'virtio-blk-pci,drive=disk0,bootindex=9');
}

# What starts before the network card's boot ROM, or in place of it.
sub firmware {
    my ($boot, $rom) = @_;
    return if $rom eq 'ipxe';
    if ($rom eq 'pxe') {
        # QEMU has no other boot ROM than iPXE. This one does what others do: DHCP as such, TFTP.
        my $script = $boot->write_file('pxe.ipxe', <<'IPXE');
#!ipxe
ifopen net0
set user-class PXEClient
dhcp net0
clear user-class
chain tftp://${next-server}/${filename}
IPXE
        return ('-kernel', '/usr/lib/ipxe/ipxe.lkrn', '-initrd', $script);
    }
    # It would wait for what it is not to boot by, before it tries what comes next.
    my @not = $rom eq 'http' ? qw(IPv4 IPv6) : 'IPv6';
    my ($code, $variables) = map { $rom eq 'arm64' ? "AAVMF/AAVMF_$_.fd" : "OVMF/OVMF_${_}_4M.fd" }
                             qw(CODE VARS);
    return ('-drive', "if=pflash,format=raw,readonly=on,file=/usr/share/$code",
            '-drive', "if=pflash,format=raw,snapshot=on,file=/usr/share/$variables",
            map { ('-fw_cfg', "name=opt/org.tianocore/${_}PXESupport,string=n") } @not);
}

# Runs a machine, shows its console to whoever waits for it, and types.
sub watch {
    my ($boot, $command, %opt) = @_;
    my ($until, @when) = ($opt{until} // sub { 0 }, @{ $opt{when} // [] });
    my $started = time;
    my $console = IPXE::Boot::Console->new;
    my ($screen, $keyboard) = $boot->power_on(@$command);
    open my $raw, '>:raw', $boot->dir . '/console.raw' or croak "console.raw: $!";
    $raw->autoflush;
    my $select = IO::Select->new($screen);
    my ($text, $end) = ('', 'limit');
    my $see = sub { my ($what) = @_; ref $what eq 'CODE' ? $what->() : $text =~ $what };
    while ((my $left = $started + $opt{limit} - time) > 0) {
        if (@when && $see->($when[0])) {
            my (undef, $then) = splice @when, 0, 2;
            ref $then ? $then->() : syswrite $keyboard, $then;
        }
        $end = 'seen', last if $see->($until);
        $end = 'stuck', last if !$opt{reboot} && $text =~ /^No bootable device|Kernel panic/m;
        next if !$select->can_read($left < 1 ? $left : 1);
        sysread $screen, my $bytes, 65536 or $end = 'off', last;
        print $raw $bytes;
        $text = $console->write($bytes)->text;
    }
    $boot->power_off;
    close $raw;
    Test::More::note(sprintf 'the machine ran for %.1f s', time - $started);
    Test::More::diag("the machine is still on after $opt{limit} s") if $end eq 'limit';
    Test::More::note($console->text) if $ENV{TEST_NGINX_VERBOSE};
    return $boot->{machine} = { console => $console->text, end => $end };
}

sub power_on {
    my ($boot, @command) = @_;
    pipe my $screen, my $out or croak "pipe: $!";
    pipe my $in, my $keyboard or croak "pipe: $!";
    $boot->{qemu} = fork // croak "fork: $!";
    return ($screen, $keyboard) if $boot->{qemu};
    open STDIN, '<&', $in;
    open STDOUT, '>&', $out;
    open STDERR, '>&', $out;
    exec @command or POSIX::_exit(127);
}

sub power_off {
    my ($boot) = @_;
    my $pid = delete $boot->{qemu};
    kill KILL => $pid;
    waitpid $pid, 0;
}


# ---- what happened -------------------------------------------------------------------------

# The access log, oldest first; each request a hash: time, method, uri, path, status, agent, host,
# profile, key, result, sent (bytes of the answer), body.
sub requests {
    my ($boot) = @_;
    my @request = map { decode_json($_) } split /^/m, slurp($boot->dir . '/access.log');
    $_->{path} = $_->{uri} =~ s/\?.*//sr for @request;
    return @request;
}

# The same in short: "GET /images/vmlinuz 200".
sub summary {
    my ($boot) = @_;
    return map { "$_->{method} $_->{path} $_->{status}" } $boot->requests;
}

# What was asked for since the last time that this was called.
sub news {
    my ($boot) = @_;
    my @all = $boot->summary;
    my @news = @all[($boot->{known} // 0) .. $#all];
    $boot->{known} = @all;
    return \@news;
}

# The most requests that were made within one second.
sub busiest {
    my ($boot) = @_;
    my ($most, @second) = 0;
    for my $time (map { $_->{time} } $boot->requests) {
        push @second, $time;
        shift @second while $second[0] <= $time - 1;
        $most = @second if $most < @second;
    }
    return $most;
}

# How many connections were refused because nobody listened.
sub refused {
    my ($names, $numbers) = map { [split] } grep { /^Tcp:/ } split /^/m, slurp('/proc/net/snmp');
    my %tcp;
    @tcp{@$names} = @$numbers;
    return $tcp{OutRsts};
}

# An empty disk; returns its path.
sub empty_disk {
    my ($boot) = @_;
    my $path = $boot->write_file('disk', '');
    truncate $path, 4 << 20 or croak "$path: $!";
    return $path;
}

# What events.db says.
sub events {
    my ($boot, $sql) = @_;
    chomp(my $rows = $boot->sql($sql, $boot->dir . '/db/events.db'));
    return $rows;
}

# The kernel command lines that machines reported.
sub reports {
    my ($boot) = @_;
    return map { $_->{body} } grep { $_->{path} eq '/report' } $boot->requests;
}

# The names of the files that TFTP has sent.
sub sent_by_tftp {
    my ($boot) = @_;
    return slurp($boot->dir . '/dnsmasq.log') =~ m{ sent \S*/tftp/(\S+) to}g;
}

# Whoever follows redirects may do so for ever, and some do. Shows what there is to see if a test
# has failed.
sub done_testing {
    my ($boot) = @_;
    Test::More::is(join("\n", grep { / 3\d\d$/ } $boot->summary), '', 'no redirects');
    if (!Test::More->builder->is_passing) {
        my @dhcp = slurp($boot->dir . '/dnsmasq.log') =~ /: (\d+ DHCP.*|\d+ bootfile.*|sent .*)/g;
        Test::More::diag(join "\n", 'DHCP and TFTP:', @dhcp, 'access log:', $boot->summary,
                         'console:', $boot->{machine}{console} // '');
    }
    $boot->SUPER::done_testing;
}

1;
