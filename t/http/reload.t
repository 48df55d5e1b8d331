# A reload while machines boot: no answer is lost, none is wrong.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use IPXE::Test qw(slurp);

my $t = IPXE::Test->new;
$t->sql('INSERT INTO host(name, mac) VALUES ' . join ',',
        map { sprintf "('n%d', '52:54:00:00:00:%02x')", $_, $_ } 1 .. 50);
$t->write_config(workers => 2);
$t->run;

for my $n (1, 2) {
    $t->spawn(sub {
        my ($asked, $stop, @wrong) = (0, 0);
        local $SIG{TERM} = sub { $stop = 1 };
        while (!$stop) {
            my $id = 1 + $asked++ % 50;
            my $r = eval { $t->get(sprintf '/boot.ipxe?mac=52:54:00:00:00:%02x', $id) };
            push @wrong, "n$id: " . ($r ? $r->{head} : $@)
                if !$r || ($r->{header}{'x-ipxe-host'} // '') ne "n$id";
            sleep 0.002;
        }
        $t->write_file("client.$n", join "\n", $asked, splice @wrong, 0, 3);
    });
}

for my $round (1 .. 4) {
    $t->write_config(workers => 2, http => "# round $round");
    $t->reload;
    sleep 0.15;
}
$t->end_children;
for my $n (1, 2) {
    my ($asked, $wrong) = split /\n/, slurp($t->dir . "/client.$n"), 2;
    cmp_ok($asked, '>', 50, "client $n asked $asked times");
    is($wrong // '', '', '... and every answer was the right one');
}
unlike($t->log, qr/open socket/, 'no socket is left behind');

# a reload with a broken configuration changes nothing
my @before = $t->workers;
$t->expect_log(qr/\[emerg\] .*"nonsense"/);
$t->write_config(workers => 2, server => 'nonsense on;');
kill HUP => $t->{master};
IPXE::Test::wait_for(sub { $t->log =~ /nonsense/ });
is(join(' ', $t->workers), "@before", 'a broken configuration: the old workers go on');
$t->answers('/boot.ipxe?mac=52:54:00:00:00:01', { host => 'n1' }, '... and answer');

$t->done_testing;
