# $ipxe_* anywhere in nginx.conf: in the access log, in map, and in locations without "ipxe".
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use IPXE::Test qw(wait_for slurp);

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO profile(name, parent) VALUES ('slow', 'local');
INSERT INTO host(name, mac, uuid, asset, serial, profile) VALUES
    ('web1', '52:54:00:00:00:01', '11223344-5566-7788-99aa-bbccddeeff00', 'AT-1', 'SN-1', 'local'),
    ('web2', '52:54:00:00:00:02', NULL, NULL, NULL, 'slow');
INSERT INTO template(name, dialect, body) VALUES ('broken', 'ipxe', '#!ipxe
{{nothing}}
');
INSERT INTO profile(name, template) VALUES ('broken', 'broken');
INSERT INTO host(name, mac, profile) VALUES ('web3', '52:54:00:00:00:03', 'broken');
SQL
my $all = join '|', map { "\$ipxe_$_" } qw(host profile key result mac uuid asset serial
                                          manufacturer product arch platform);
$t->write_config(http => <<"CONF", server => <<'SERVER');
log_format machine '$all';
access_log %%DIR%%/access.log machine;
map \$ipxe_profile \$rate { slow 2k; default 0; }
map \$ipxe_host \$team { ~^web the-web-team; default nobody; }
CONF
location = /who { add_header X-Team $team always;
                  return 200 "$ipxe_host $ipxe_profile $ipxe_key $ipxe_result\n"; }
location = /denied { if ($ipxe_host = '') { return 403; } return 200 "ok\n"; }
location /images/ { limit_rate $rate; }
location /old-images/ { alias %%DIR%%/html/images/; set $limit_rate $rate; }
location = /rewritten { rewrite ^ /boot.ipxe?mac=52:54:00:00:00:01 last; }
location = /error { error_page 404 = /boot.ipxe?mac=52:54:00:00:00:01; return 404; }
SERVER
mkdir $t->dir . '/html/images';
$t->write_file('html/images/file', 'x' x 5000);
$t->run;

my $mac = 'mac=52-54-00-00-00-01';
my $seen = 0;
for (
    ["/boot.ipxe?$mac&uuid=44332211-6655-8877-99aa-bbccddeeff00&asset=AT-1&serial=SN-1"
     . '&manufacturer=ACME&product=Node%201&arch=i386&platform=pcbios',
     'web1|local|mac|host|52:54:00:00:00:01|44332211-6655-8877-99aa-bbccddeeff00|AT-1|SN-1|ACME'
     . '|Node 1|i386|pcbios', 'all of them'],
    ['/boot.ipxe?asset=AT-1', 'web1|local|asset|host|-|-|AT-1|-|-|-|-|-', 'found by asset'],
    ['/boot.ipxe?uuid=11223344-5566-7788-99AA-BBCCDDEEFF00',
     'web1|local|uuid|host|-|11223344-5566-7788-99aa-bbccddeeff00|-|-|-|-|-|-', 'found by uuid'],
    ['/boot.ipxe?mac=525400000009', '-|default|-|default|52:54:00:00:00:09|-|-|-|-|-|-|-',
     'unknown'],
    ['/boot.ipxe', '-|-|-|stub|-|-|-|-|-|-|-|-', 'a stub'],
    ['/pxelinux.cfg/01-52-54-00-00-00-09', '-|-|-|unknown|52:54:00:00:00:09|-|-|-|-|-|-|-',
     'nothing for it'],
    ['/pxelinux.cfg/01-52-54-00-00-00-02', 'web2|slow|mac|host|52:54:00:00:00:02|-|-|-|-|-|-|-',
     'PXELINUX'],
    ["/images/file?$mac", 'web1|local|mac|host|52:54:00:00:00:01|-|-|-|-|-|-|-', 'a static file'],
    ['/images/none?mac=52:54:00:00:00:02', 'web2|slow|mac|host|52:54:00:00:00:02|-|-|-|-|-|-|-',
     'a file that is not there'],
    ['/boot.ipxe?mac=00:00:00:00:00:00&uuid=rubbish&asset=&platform=efi',
     '-|-|-|stub|-|-|-|-|-|-|-|efi', 'nothing usable'],
) {
    my ($uri, $line, $label) = @$_;
    $t->get($uri);
    $seen++;
    my @lines;
    wait_for(sub { @lines = split /\n/, slurp($t->dir . '/access.log'); @lines >= $seen });
    is($lines[-1], $line, "access log: $label");
}

my $conflict = '/boot.ipxe?mac=52:54:00:00:00:02&asset=AT-1';
for (["/boot.ipxe?mac=52:54:00:00:00:03", 'error'], [$conflict, 'conflict']) {
    my ($uri, $result) = @$_;
    $t->get($uri);
    $seen++;
    wait_for(sub { (() = slurp($t->dir . '/access.log') =~ /\n/g) >= $seen });
    is((split /\|/, (split /\n/, slurp($t->dir . '/access.log'))[-1])[3], $result,
       "access log: $result");
}

# a location of its own
my $r = $t->get("/who?$mac");
is($r->{body}, "web1 local mac host\n", 'return 200 "$ipxe_host ..."');
is($r->{header}{'x-team'}, 'the-web-team', 'through map into a header');
is($t->get('/who?mac=52:54:00:00:00:09')->{header}{'x-team'}, 'nobody',
   '... of an unknown machine');
is($t->get('/who')->{status}, 200, '... of a request that says nothing');
is($t->get("/denied?$mac")->{status}, 200, 'if ($ipxe_host = ""): known');
is($t->get('/denied')->{status}, 403, '... unknown');
$t->answers('/rewritten', { host => 'web1', result => 'host' }, 'after a rewrite');
is($t->get('/error')->{header}{'x-ipxe-host'}, 'web1', 'after an error_page');

# the profile decides the speed of the payload
for my $path (qw(images old-images)) {
    my %took;
    for my $host (1, 2) {
        my $start = time;
        is(length $t->get("/$path/file?mac=52:54:00:00:00:0$host")->{body}, 5000,
           "$path: the whole file");
        $took{$host} = time - $start;
    }
    cmp_ok($took{1}, '<', 1, "$path: a host that is not limited");
    cmp_ok($took{2}, '>', 1, "$path: a host of profile slow");
}

$t->done_testing;
