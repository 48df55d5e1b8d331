# iPXE in the network card boots from one URL, without a query. The stub it gets there makes it ask
# again as the machine it is, and it boots the Linux of its own row.

use strict;
use warnings;

use IPXE::Boot;
use IPXE::Test qw(curl);
use Test::More;

my $boot = IPXE::Boot->new;
$boot->sql_linux;
$boot->sql(<<'SQL');
INSERT INTO host(name, mac, profile) VALUES
    ('web1', '52:54:00:77:00:01', 'linux'), ('web2', '52:54:00:77:00:02', 'linux'),
    ('web3', '52:54:00:77:00:03', 'local');
SQL
$boot->serve(bootfile => IPXE::Boot::URL . '/boot.ipxe');
my $machine = $boot->boot(mac => '52:54:00:77:00:02', serial => 'SN-42', asset => 'AT-007',
                          uuid => '11223344-5566-7788-99aa-bbccddeeff00');

my @request = $boot->requests;
is_deeply([$boot->summary], ['GET /boot.ipxe 200', 'GET /boot.ipxe 200', 'GET /images/vmlinuz 200',
                             'GET /images/initrd.gz 200', 'POST /report 200'], 'what it asked for');
is($request[0]{uri}, '/boot.ipxe', 'first without a query');
is($request[0]{result}, 'stub', 'which is answered with the stub');
like($request[1]{uri} =~ s/%3A|-//gr,
     qr{^/boot\.ipxe \? mac=525400770002 &uuid=112233445566778899aabbccddeeff00 &arch=i386
        &platform=pcbios &ip=10\.77\.0\.\d+ &manufacturer=ACME &product=Node1 &serial=SN42
        &asset=AT007 $}x, 'then with all that the machine knows of itself');
is_deeply([@{ $request[1] }{qw(result host key profile)}], [qw(host web2 mac linux)],
          'which finds its host by its MAC');
like(($boot->reports)[0], qr{^initrd=initrd\.gz\ console=ttyS0\ quiet\ no_timer_check
                             \ report=http://10\.77\.0\.1(?::80)?/report\ host=web2$}x,
     'the machine reports the command line of its row');
is($machine->{end}, 'off', 'and powers off');

my $preview = curl(IPXE::Boot::URL . $request[1]{uri});
is(length $preview, $request[1]{sent}, 'a preview of the same query is as long as what it got');
like($preview, qr{^kernel \S+ .* host=web2 }m, 'and says the same');

$boot->done_testing;
