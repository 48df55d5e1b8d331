package IPXE::Boot::Shipped;

# Machines that boot by the files of conf/ as they are shipped: an IPXE::Boot whose nginx is that
# of conf/ipxe.conf, and whose DHCP is started by the test.
#
#   my $boot = IPXE::Boot::Shipped->new(tftp => ['undionly.kpxe']);
#   start_dhcp($boot, 'dhcpd.conf');
#   $boot->serve;
#   my $machine = $boot->boot(...);
#   is_deeply([$boot->reports], [...]);

use strict;
use warnings;

use IPXE::Boot;
use IPXE::Shipped qw(shipped start_dhcp start_other start_router start_tftp);
use IPXE::Test qw(slurp);
use JSON::PP qw(decode_json);
use Test::More ();

our @ISA = ('IPXE::Boot');

use constant REPORT => IPXE::Boot::URL . ':8080/report';

# tftp: names of the files that TFTP has; all loaders are at the root of nginx.
sub new {
    my ($class, %opt) = @_;
    my $tftp = delete $opt{tftp} // [];
    my $boot = $class->SUPER::new(%opt);
    my %wanted = map { $_ => 1 } @$tftp;
    my $dir = $boot->dir;
    for my $file (glob "$dir/tftp/*") {
        unlink $file if !$wanted{ $file =~ s{.*/}{}r };
    }
    symlink "$dir/images", "$dir/html/images" or die "symlink: $!";
    return $boot;
}

# A profile named linux, whose machine posts its kernel command line to REPORT.
sub sql_linux {
    my ($boot) = @_;
    $boot->sql(<<"SQL");
INSERT INTO profile(name, template, kernel, initrd, args) VALUES
    ('linux', 'linux', '/images/vmlinuz', '/images/initrd.gz',
     'console=ttyS0 quiet report=@{[ REPORT ]} host={{name}}');
SQL
}

# nginx by conf/ipxe.conf, with a server beside it that takes reports; a router; and TFTP, if the
# DHCP server has none.
sub serve {
    my ($boot, %opt) = @_;
    my $conf = shipped($boot, 'ipxe.conf');
    $boot->write_config(log => 'info', locations => '', database => '', http => <<~"HTTP");
        include $conf;
        log_format report escape=json '{"body":"\$request_body"}';
        client_body_in_single_buffer on;
        server { listen unix:%%DIR%%/report.sock; access_log off; return 200 "thanks\\n"; }
        server {
            listen @{[ IPXE::Boot::SERVER ]}:8080;
            access_log %%DIR%%/report.log report;
            location = /report { proxy_pass http://unix:%%DIR%%/report.sock; }
        }
        HTTP
    $boot->run;
    start_router($boot);
    start_tftp($boot) if $opt{tftp};
    return $boot;
}

# The access log of conf/ipxe.conf; the same names as in IPXE::Boot.
sub requests {
    my ($boot) = @_;
    my @name = qw(method uri status result host profile key);
    my @request;
    for my $line (split /\n/, slurp($boot->dir . '/ipxe.log')) {
        my %r;
        @r{@name} = $line =~ m{^\S+\ \[.*?\]\ "(\S+)\ (\S+)\ HTTP/[\d.]+"\ (\d+)
                               \ (\S+)\ "([^"]*)"\ "([^"]*)"\ (\S+)\ \S+\ \S+$}x
            or die "not the log of conf/ipxe.conf: $line";
        $r{path} = $r{uri} =~ s/\?.*//sr;
        push @request, \%r;
    }
    return @request;
}

# Patient: several of these run at once.
sub boot {
    my ($boot, %opt) = @_;
    return $boot->SUPER::boot(limit => 240, %opt);
}

sub reports {
    my ($boot) = @_;
    return map { decode_json($_)->{body} } split /^/m, slurp($boot->dir . '/report.log');
}

# A whole test: boots machines by a DHCP server, named by its file in conf/, one whose network card
# is iPXE, and one with a firmware that is UEFI, which gets iPXE by TFTP.
#   tftp: the server has no TFTP of its own
#   beside: it has another DHCP server beside it
sub check_dhcp {
    my ($class, $conf, %opt) = @_;
    my $boot = $class->new(tftp => ['snponly.efi']);
    $boot->sql_linux;
    $boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES
    ('card1', '52:54:00:77:00:51', 'linux'), ('uefi1', '52:54:00:77:00:52', 'linux');
SQL
    start_dhcp($boot, $conf);
    start_other($boot) if $opt{beside};
    $boot->serve(%opt);
    my %machine = (card1 => [mac => '52:54:00:77:00:51'],
                   uefi1 => [mac => '52:54:00:77:00:52', rom => 'uefi']);
    for my $name (sort keys %machine) {
        my $machine = $boot->boot(@{ $machine{$name} });
        Test::More::is_deeply($boot->news,
            ['GET /boot.ipxe 200', 'GET /boot.ipxe 200', 'GET /images/vmlinuz 200',
             'GET /images/initrd.gz 200'], "$name: its script, twice, and its Linux");
        Test::More::like(($boot->reports)[-1], qr/ host=$name$/, '... which says whose it is');
        Test::More::is($machine->{end}, 'off', '... and powers off');
    }
    $boot->done_testing;
}

# Shows what there is to see if a test has failed.
sub done_testing {
    my ($boot) = @_;
    if (!Test::More->builder->is_passing) {
        my @log = grep { !m{/(?:ipxe|report|error)\.log$} } glob $boot->dir . '/*.log';
        Test::More::diag(join "\n", map({ "$_:\n" . slurp($_) } @log), 'access log:',
                         $boot->summary, 'console:', $boot->{machine}{console} // '');
    }
    $boot->IPXE::Test::done_testing;
}

1;
