package IPXE::Boot::Room;

# Machines in QEMU that are switched on at the same time, for a test of IPXE::Boot.

use strict;
use warnings;

use Exporter 'import';
use IPXE::Test qw(slurp wait_for);
use POSIX ();

our @EXPORT_OK = qw(boot_all);

use constant MEMORY => 96;             # MiB; Linux ends without a word in 64

# One machine for each MAC, with iPXE in its network card. Returns when all are off, or after so
# many seconds, with the text of each console; undef for one that had to be switched off.
sub boot_all {
    my ($boot, $limit, @mac) = @_;
    my (@console, %on);
    for my $n (0 .. $#mac) {
        my $console = $boot->dir . "/console.$n";
        IPXE::Boot::must(qw(ip tuntap add), "room$n", qw(mode tap));
        IPXE::Boot::must(qw(ip link set), "room$n", qw(master br0 up));
        my $pid = IPXE::Boot::start($console, 'qemu-system-x86_64',
            '-machine', 'pc,accel=' . ($ENV{TEST_QEMU_ACCEL} // 'tcg'), '-m', MEMORY,
            qw(-cpu max -nodefaults -nographic -vga none -serial stdio -no-reboot),
            '-netdev', "tap,id=net0,ifname=room$n,script=no,downscript=no",
            '-device', "virtio-net-pci,netdev=net0,mac=$mac[$n],bootindex=1");
        push @{ $boot->{children} }, $pid;
        $on{$pid} = $n;
    }
    wait_for(sub {
        for my $pid (keys %on) {
            next if waitpid($pid, POSIX::WNOHANG()) != $pid;
            $console[delete $on{$pid}] = 1;
            @{ $boot->{children} } = grep { $_ != $pid } @{ $boot->{children} };
        }
        return !%on;
    }, $limit);
    $boot->end_children if %on;
    return map { $console[$_] && slurp($boot->dir . "/console.$_") } 0 .. $#mac;
}

1;
