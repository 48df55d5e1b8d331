# Subrequests: each is answered by its own query, in SSI, mirror and auth_request.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01'), ('web2', '52:54:00:00:00:02');
SQL
$t->write_file('html/page.shtml', <<'HTML');
(<!--# include virtual="/name?mac=52:54:00:00:00:01" -->)
(<!--# include virtual="/name?mac=52:54:00:00:00:02" -->)
(<!--# include virtual="/boot.ipxe?mac=52:54:00:00:00:01" -->)
(<!--# include virtual="/boot.ipxe?mac=52:54:00:00:00:02" -->)
(<!--# include virtual="/pxelinux.cfg/01-52-54-00-00-00-02" -->)
(<!--# include virtual="/pxelinux.cfg/0A000001" -->)
(<!--# echo var="ipxe_host" -->)
HTML
$t->write_config(server => <<'CONF');
location = /name { default_type text/plain; return 200 "$ipxe_host"; }
location = /page.shtml { ssi on; ssi_types *; }
location = /guarded { auth_request /boot.ipxe; auth_request_set $who $ipxe_host;
                      add_header X-Who $who; return 204; }
location = /mirrored.ipxe { mirror /copy; ipxe boot; }
location = /copy { internal; ipxe boot; }
CONF
$t->run;

my $page = $t->get('/page.shtml?mac=52:54:00:00:00:02', version => '1.0')->{body};
my @part = $page =~ /\(((?:[^()]|\([^()]*\))*)\)\n/g;
is($part[0], 'web1', '$ipxe_host of the first subrequest');
is($part[1], 'web2', '... of the second');
is($part[2], $t->get('/boot.ipxe?mac=52:54:00:00:00:01')->{body}, 'a script of its own');
is($part[3], $t->get('/boot.ipxe?mac=52:54:00:00:00:02')->{body}, '... and another one');
is($part[4], $t->get('/pxelinux.cfg/01-52-54-00-00-00-02')->{body}, 'PXELINUX');
unlike($part[5] // '', qr/LOCALBOOT|ipxe/, 'an unknown machine');
is($part[6], 'web2', 'and the main request has kept its own');

$t->answers('/mirrored.ipxe?mac=52:54:00:00:00:01', { host => 'web1' }, 'a mirrored request');
is($t->get('/guarded')->{status}, 204, 'auth_request');

$t->done_testing;
