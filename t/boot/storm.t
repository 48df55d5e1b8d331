# Machines that are switched on together, all from one nginx: more than may load at once by what
# conf/ipxe.conf says of /images/. The others wait as iPXE does, and each boots its own row. "make
# boot" takes as many as this computer carries; thousands, simulated, are in t/hard/storm.t.
use strict;
use warnings;
use IPXE::Boot;
use IPXE::Boot::Room qw(boot_all);
use IPXE::Test qw(slurp);
use List::Util qw(max min);
use Test::More;

# A machine takes 200 MiB and seconds of a processor; more so since iPXE never sleeps.
my ($free) = slurp('/proc/meminfo') =~ /^MemAvailable: +(\d+)/m;
chomp(my $processors = `nproc`);
my $machines = $ENV{TEST_HARD} ? max(4, min($free / 1024 / 400, 8 * $processors, 100)) : 4;
my $at_once = $ENV{TEST_HARD} ? int($machines / 2) : 1;
my @number = 1 .. $machines;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(join "\n", map { sprintf "INSERT INTO host(name, mac, profile)
                            VALUES ('room%d', '52:54:00:99:00:%02x', 'linux');", $_, $_ } @number);
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');

# the sample's way with /images/, but for how many
my $sample = slurp('conf/ipxe.conf');
my ($who) = $sample =~ /^(map \$http_range.*?^limit_conn_zone [^\n]*\n)/ms;
my ($images) = $sample =~ m{^( {4}location /images/ \{.*?^ {4}\}\n)}ms;
$images =~ s/limit_conn payload \K\d+/$at_once/ or die 'conf/ipxe.conf has no limit_conn';
$images =~ s{/srv/boot}{%%DIR%%};
my $config = slurp($boot->dir . '/nginx.conf');
$config =~ s/^http \{$/http {\n$who/m
    && $config =~ s/^.*location \/images\/.*$/$images/m or die 'nginx.conf is another';
$boot->write_file('nginx.conf', $config);
$boot->reload;

my @console = boot_all($boot, 120 + 60 * $machines,
                       map { sprintf '52:54:00:99:00:%02x', $_ } @number);

is(scalar(grep { defined } @console), @number, "$machines machines boot and power off");
my @host = map { ($_ // '') =~ /payload: Linux \S+ is up with .*\bhost=(\w+)/ ? $1 : 'nobody' }
           @console;
my @own = map { "room$_" } @number;
is_deeply(\@host, \@own, '... each as the host of its row');
is_deeply([sort map { /\bhost=(\w+)/ } $boot->reports], [sort @own], '... as each reports');
my %status;
$status{$_->{status}}++ for grep { $_->{path} =~ m{^/images/} } $boot->requests;
is($status{200}, 2 * @number, 'kernel and initrd are loaded once by each');
cmp_ok($status{503} // 0, '>', 0, 'some had to wait for others');
note "503: $status{503}";

$boot->done_testing;
