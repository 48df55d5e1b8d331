# sql/answers.sql, for a host whose values are awkward: what nginx answers is read by the parser
# of each format, and the values come out as they went in.
use strict;
use warnings;
use utf8;

use Cwd qw(abs_path);
use Encode qw(decode encode);
use File::Basename qw(dirname);
use IPXE::Test qw(slurp);
use JSON::PP qw(decode_json);
use Test::More;

my $repo = abs_path(dirname(__FILE__) . '/../..');
my $unpacked = "$repo/build/unpacked";
system("$repo/tools/unpack", $unpacked, qw(cloud-init ignition)) == 0 or die 'tools/unpack';
$ENV{PYTHONPATH} = "$unpacked/cloud-init/usr/lib/python3/dist-packages";

my $name = 'web1.example.org';
my $key = q{from="10.0.0.0/8,::1",command="echo 'a: #1' \\"$HOME\\"" }
        . q{ssh-ed25519 AAAA/+= Jürgen@büro};

my ($disk, $mirror) = ('/dev/disk/by-id/nvme-eui.00:1_x', 'mirror.example.org');

my $t = IPXE::Test->new;
my $answers = slurp("$repo/sql/answers.sql");
$t->sql($answers);
sub set {
    my ($host, $var, $value) = @_;
    $value =~ s/'/''/g;
    $t->sql(encode('UTF-8', "INSERT INTO var(host, name, value)"
                            . " VALUES ('$host', '$var', '$value')"));
}
$t->sql("INSERT INTO host(name, mac) VALUES ('$name', '52:54:00:00:00:01')");
$t->sql("INSERT INTO host(name, asset) VALUES ('web2', 'AT-2')");
set($_, ssh_key => $key) for $name, 'web2';
set($name, disk => $disk);
set($name, debian_mirror => $mirror);

# the locations of the sample configuration
my $locations = join '', slurp("$repo/conf/ipxe.conf")
    =~ m{^ {4}(location (?:= /boot\.ipxe|/file/|/ipxe/event/) \{.*?^ {4}\})}gms;
$t->write_config(http => 'ipxe_events %%DIR%%/db/events.db;', locations => $locations,
                 log => 'info');
$t->run;
my $server = $t->expand('http://127.0.0.1:%%PORT%%');

my ($token, $args);
sub arm {
    my ($profile, $host) = @_;
    $host //= $name;
    my $id = $host eq $name ? 'mac=52:54:00:00:00:01' : 'asset=AT-2';
    $t->sql("UPDATE host SET install = '$profile' WHERE name = '$host'");
    chomp($token = $t->sql("SELECT token FROM host WHERE name = '$host'"));
    my $r = $t->answers("/boot.ipxe?$id", { profile => $profile }, "$profile boots");
    ($args) = $r->{body} =~ /^kernel (.*?) \|\|/m;
}
sub file {
    my ($file, $type) = @_;
    my $r = $t->get("/file/$token/$file");
    is("$r->{status} $r->{header}{'content-type'}", '200 ' . ($type // 'text/plain'), $file);
    return $r->{body};
}

# What a command makes of a text, or undef if it refuses it.
sub parsed {
    my ($text, @command) = @_;
    my ($out, $err, $rc) = IPXE::Test::run_command($text, @command);
    note "@command: $out$err" if $rc != 0;
    return $rc == 0 ? $out : undef;
}
sub python {
    my ($text, $code, @argument) = @_;
    return parsed($text, '/usr/bin/python3', '-c', $code, @argument);
}
sub yaml { return decode_json(python($_[0], <<'PYTHON') // '{}') }
import json, sys, yaml
json.dump(yaml.safe_load(sys.stdin.buffer), sys.stdout)
PYTHON
sub cloud_config {
    my ($text) = @_;
    my $path = $t->write_file('cloud-config', $text);
    return parsed('', qw(/usr/bin/python3 -m cloudinit.cmd.main schema --config-file), $path);
}
sub debconf { return (IPXE::Test::run_command($_[0], qw(debconf-set-selections -c)))[1] }
sub has_key {
    my ($text, $what) = @_;
    like(decode('UTF-8', $text), qr/^\Q$key\E$/m, "$what: the key is a line of its own");
}

# ---- Debian ----------------------------------------------------------------------------------

arm('debian-12-install');
like($args, qr{ hostname=\Q$name\E url=\Q$server/file/$token\E/preseed\.cfg }, 'its preseed');
my $preseed = file('preseed.cfg');
is(debconf($preseed), '', 'debconf-set-selections finds nothing wrong');
isnt(debconf("d-i wrong\n"), '', '... as it does with what is wrong');
my %answer = map { /^d-i (\S+) \S+ ?(.*)$/ ? ($1 => $2) : () } split /\n/, $preseed;
is($answer{'partman-auto/disk'}, $disk, '... the disk');
is($answer{'mirror/http/hostname'}, $mirror, '... the mirror');
for my $script (qw(debian-early debian-late)) {
    like($answer{$script =~ s{.*-(.*)}{preseed/$1_command}r}, qr{\Q$server/file/$token/$script\E },
         "the preseed runs $script");
    my $text = file($script);
    ok(defined parsed($text, qw(sh -n)), '... a shell script');
    like($text, qr{\Q$server/ipxe/event/$token\E/}, '... that reports');
    has_key($text, $script) if $script eq 'debian-late';
}

# ---- Ubuntu ----------------------------------------------------------------------------------

arm('ubuntu-24.04-install');
my $text = file('user-data');
ok(cloud_config($text), 'user-data: valid cloud-config');
my $install = yaml($text)->{autoinstall};
is($install->{version}, 1, '... for the installer');
is_deeply($install->{ssh}{'authorized-keys'}, [$key], '... the key');
is($install->{identity}{hostname}, $name, '... the name');
is($install->{storage}{layout}{match}{path}, $disk, '... the disk');
for (['late-commands', 'done'], ['error-commands', 'failed']) {
    my ($list, $event) = @$_;
    ok(defined parsed($_, qw(sh -n)), "... $list: a command") for @{ $install->{$list} };
    like($install->{$list}[-1], qr{ \Q$server/ipxe/event/$token\E/$event$}, "... the last reports");
}

# ---- cloud-init's data source NoCloud ----------------------------------------------------------

arm('cloud-image');
my $seed = decode_json(python('', <<'PYTHON', $args) // '{}');
import json, sys, yaml
from cloudinit import util
from cloudinit.sources.DataSourceNoCloud import load_cmdline_data
found = {}
load_cmdline_data(found, sys.argv[1])
meta, user, vendor = util.read_seeded(found["seedfrom"], retries=0)
json.dump([meta, user.decode(), vendor.decode()], sys.stdout)
PYTHON
is_deeply($seed->[0], { 'instance-id' => $token, 'local-hostname' => $name },
          'NoCloud finds meta-data by the kernel arguments');
$text = file('user-data');
is($seed->[1], decode('UTF-8', $text), '... and user-data');
is($seed->[2], file('vendor-data'), '... and vendor-data');
ok(cloud_config($_), '... which is valid cloud-config') for $text, $seed->[2];
ok(!cloud_config("#cloud-config\nusers: 1\n"), '... as not everything is');
my $user = yaml($text);
is_deeply($user->{users}[0]{ssh_authorized_keys}, [$key], '... the key');
is($user->{phone_home}{url}, "$server/ipxe/event/$token/done", '... and it reports');
my $network = yaml(file('network-config'));
is($network->{ethernets}{boot}{match}{macaddress}, '52:54:00:00:00:01', 'network-config: the card');
arm('cloud-image', 'web2');
is_deeply(yaml(file('network-config'))->{ethernets}{boot}{match}, { name => 'e*' },
          '... or any, for a host that has no mac');

# ---- Fedora, RHEL ------------------------------------------------------------------------------

arm('fedora-install');
my $kickstart = file('ks.cfg');
my $path = $t->write_file('ks.cfg', $kickstart);
SKIP: {
    skip 'no ksvalidator; pykickstart has it, which is not in Debian', 1
        if !defined parsed('', qw(ksvalidator -l));
    ok(defined parsed('', qw(ksvalidator -e), $path), 'ksvalidator has no complaint');
}
my %section = $kickstart =~ /^%(\w+.*)\n((?s).*?)^%end$/mg;
is_deeply([sort keys %section],
          ['onerror', 'packages', 'post --erroronfail', 'post --nochroot'], 'its sections');
ok(defined parsed($section{$_}, qw(sh -n)), "... $_: a shell script")
    for 'onerror', 'post --erroronfail', 'post --nochroot';
has_key($section{'post --erroronfail'}, 'ks.cfg');
like($kickstart, qr/^ignoredisk --only-use=\Q$disk\E$/m, '... the disk');
like($section{'post --nochroot'}, qr{\Q$server/ipxe/event/$token\E/done$}m, '... done');
like($section{onerror}, qr{\Q$server/ipxe/event/$token\E/failed$}m, '... and failed');

# ---- CoreOS ------------------------------------------------------------------------------------

arm('coreos-install');
my $json = "{\"x\": 1}\n";
my @ignition = ("$unpacked/ignition/usr/bin/ignition-validate", '-');
ok(!defined parsed($json, @ignition), 'ignition-validate refuses what is no configuration');
$t->sql("DELETE FROM var WHERE name = 'ssh_key' AND host = '$name'");
is($t->get("/file/$token/$_")->{status}, 500, "without a key $_, which is asked for first, is none")
    for qw(preseed.cfg coreos-live.ign ks.cfg user-data);
$t->expect_log(qr/ssh_key/);
set($name, ssh_key => $key =~ s/([\\"])/\\$1/gr);     # JSON has no other way
for my $file (qw(coreos-live.ign coreos.ign)) {
    like($args, qr{\.(?:config\.|ignition_)url=\Q$server/file/$token/$file\E(?: |$)},
         "the arguments name $file");
    $json = file($file, 'application/json');
    is(parsed($json, @ignition), '', '... ignition-validate finds nothing wrong');
    $json = decode_json($json);
}
is_deeply($json->{passwd}{users}[0]{sshAuthorizedKeys}, [$key], '... the key');
for my $event (qw(done failed)) {
    like(file("coreos-$event"), qr{ \Q$server/ipxe/event/$token\E/$event"?$}m, '... reports');
}

# ---- all of them -------------------------------------------------------------------------------

$t->sql("UPDATE profile SET args = 'mine' WHERE name = 'fedora-install';
         UPDATE template SET body = 'mine' WHERE name = 'ks.cfg';
         UPDATE var SET value = 'mine' WHERE name = 'user' AND host IS NULL;");
my $before = $t->sql('.dump');
$t->sql($answers);
is($t->sql('.dump'), $before, 'loaded again, it changes nothing');

$t->done_testing;
