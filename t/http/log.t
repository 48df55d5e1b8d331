# What a client sends never reaches the error log as it is: no forged line, no control byte, no
# terminal escape.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO template(name, dialect, body) VALUES ('asked', 'ipxe', '#!ipxe
echo {{asset}} {{product}} {{manufacturer}} {{serial}} {{ip}} {{arch}} {{platform}}
');
INSERT INTO profile(name, template) VALUES ('asked', 'asked');
INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:00:00:01', 'asked');
INSERT INTO host(name, mac, uuid, asset, serial) VALUES
    ('web2', '52:54:00:00:00:02', '11223344-5566-7788-99aa-bbccddeeff00', 'AT-2', 'SN-2');
SQL
$t->write_config(log => 'info', server => <<'CONF');
location = /any.ipxe { ipxe boot; ipxe_default_profile $arg_profile; }
CONF
$t->run;

my $line = '2026/01/01 00:00:00 [emerg] 1#1: forged';
my @evil = (
    join('', map { sprintf '%%%02x', ord } split //, "x\n$line\n"),
    "x%0a$line" =~ s/ /%20/gr, 'x%0d%0ax', '%1b%5b31mred%1b%5b0m', '%1b%5d0;title%07', 'a%00b',
        '%7f', '%C2%9b31m', '%FF%FE', '%FFFFFF0A',
    "\xc2\x9b31m", '%s%n%V%Z%25s%25n',
);
my @cookie = qw(BOOTIF SYSUUID SYSSERIAL);
my $requests = 0;
for my $evil (@evil) {
    for my $name (qw(mac uuid asset serial ip arch platform manufacturer product hostname)) {
        for my $mac (1, 2, 9) {
            my $uri = $name eq 'mac' ? "/boot.ipxe?mac=$evil&asset=AT-2"
                : "/boot.ipxe?mac=52:54:00:00:00:0$mac&$name=$evil";
            $requests++ if $t->get($uri)->{status} == 200;
        }
    }
    $t->get("/any.ipxe?mac=52:54:00:00:00:09&profile=$evil");
    $t->get('/pxelinux.cfg/default',
            headers => ['Cookie: ' . join ';', map { "_Syslinux_$_=$evil" } @cookie]);
    $t->get('/pxelinux.cfg/default',
            headers => ["Cookie: _Syslinux_BOOTIF=01-52-54-00-00-00-02;"
                        . "_Syslinux_SYSSERIAL=$evil;"]);
    $t->get("/pxelinux.cfg/$evil") if $evil !~ /%00/;
}
is($requests, @evil * 30, 'every question is answered');

my @forged = grep { /^\Q$line\E/ || !m{^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] } } split /\n/,
    $t->log;
is(join("\n", @forged), '', 'every line of the error log is one of nginx');
my @control = grep { /[\x00-\x08\x0b-\x1f\x7f]/ } split /\n/, $t->log;
is(join("\n", map { s/([^\x20-\x7e])/sprintf '\\x%02x', ord $1/ger } @control), '',
   'no control bytes in the error log');
my @answers = map { $t->get("/any.ipxe?mac=52:54:00:00:00:09&profile=$_") } @evil;
is(join(' ', grep { $_->{bad_header} } @answers), '', 'nor in the headers');
like($t->log, qr/web2/, 'though it does say which host has a conflict');

$t->done_testing;
