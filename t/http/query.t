# Queries as real clients write them: nothing in them is an error, and nothing that comes late
# overrides what came first.
use strict;
use warnings;
use Test::More;
use IPXE::Test qw(curl);

my $t = IPXE::Test->new;
my $long = 'A' x 255;
$t->sql(<<'SQL' =~ s/%%LONG%%/$long/r);
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01'), ('web2', '52:54:00:00:00:02');
INSERT INTO host(name, asset) VALUES ('plus', 'A+B'), ('space', 'A B'), ('amp', 'ACME&B'),
    ('high', 'Büro'), ('short', 'AT-1'), ('long', '%%LONG%%');
INSERT INTO template(name, dialect, body)
    VALUES ('ip', 'ipxe', '#!ipxe' || char(10) || 'echo <{{#ip}}{{ip}}{{/ip}}>' || char(10));
INSERT INTO profile(name, template) VALUES ('ip', 'ip');
INSERT INTO host(name, mac, profile) VALUES ('ip', '52:54:00:00:00:03', 'ip');
SQL
$t->write_config;
$t->run;

my $mac = 'mac=52:54:00:00:00:01';
for (
    ["$mac&mac=52:54:00:00:00:02", 'web1', 'the first of two wins'],
    ["mac=52:54:00:00:00:02&$mac", 'web2', 'the first of two wins, the other way round'],
    ["$mac&asset=AT&mac=52:54:00:00:00:02", 'web1', 'text after asset= cannot override'],
    ["&$mac", 'web1', 'a stray & in front'],
    ["&&&$mac&&&", 'web1', 'stray &s everywhere'],
    ["$mac&manufacturer=ACME%20&%20Co/&product=x", 'web1', 'a value that old iPXE split at its &'],
    ["uuid=&asset=&serial=&$mac&ip=", 'web1', 'unset settings are empty'],
    ["uuid&asset&$mac", 'web1', 'names without ='],
    ["=&=x&$mac&=", 'web1', 'values without a name'],
    ["$mac&unknown=1&xmac=52:54:00:00:00:02&macx=1", 'web1', 'names of nobody'],
    ["$mac#mac=52:54:00:00:00:02", 'web1', 'a fragment'],
    ['mac=%35%32:54:00:00:00:01', 'web1', 'percent-encoded digits'],
    ['mac=52%3a54%3A00%3a00%3A00%3a01', 'web1', 'percent-encoded colons, in both cases'],
    ['%6Dac=52:54:00:00:00:01&mac=52:54:00:00:00:01', 'web1', 'a percent-encoded name'],
    ['asset=A+B', 'plus', 'a + is a plus'],
    ['asset=A%2BB', 'plus', 'and so is %2B'],
    ['asset=A%20B', 'space', 'a space is %20'],
    ['asset=ACME%26B', 'amp', 'a & is %26'],
    ['asset=ACME&B', 'amp', '... which old iPXE decodes before it sends it'],
    ["$mac&", 'web1', 'a stray & at the end'],
    ['asset=B%C3%BCro', 'high', 'bytes above 127'],
    ['asset=B%FFFFFFC3%FFFFFFBCro', 'high', 'as iPXE on x86 writes them'],
    ['asset=B%FFFFFFFFFFFFC3%FFFFFFFFFFFFBCro', 'high', 'as old iPXE doubles that'],
    ["$mac&asset=%", 'web1', 'a lone %'],
    ["$mac&asset=%4", 'web1', 'half an escape'],
    ["$mac&asset=%zz%g1%", 'web1', 'no escapes at all'],
    ["$mac&asset=%FFFFFF", 'web1', 'half a long escape'],
    ["$mac&asset=\"'`\\|[]<>{}\$^~", 'web1', 'what iPXE does not encode'],
    ["$mac&asset=\${serial}", 'web1', 'a setting that was not expanded'],
    [$mac . '&x=1' x 1000, 'web1', '1000 further arguments'],
    ['x=1&' x 1000 . $mac, 'web1', '1000 arguments in front'],
    ["$mac&asset=" . 'x' x 7900, 'web1', 'an asset tag of 7900 bytes'],
    ["$mac&product=" . '%FFFFFFC3' x 800, 'web1', '800 long escapes'],
) {
    my ($query, $host, $label) = @$_;
    $t->answers("/boot.ipxe?$query", { host => $host, result => 'host' }, $label);
}

# a question mark inside the first value makes that value unusable, not another machine's
$t->answers("/boot.ipxe?$mac?mac=52:54:00:00:00:02&platform=efi&arch=i386&serial=S", { host => '' },
            'a second ? belongs to the value');

# a value that is too long to be one of a row is no value; what is cut off may be spaces, or not
for (
    ['AT-1', 'short', 'an asset tag'],
    ['%20AT-1%20%20', 'short', '... with spaces around it'],
    ['AT-1' . '%20' x 300, '', '... with 300 behind it'],
    ['AT-1' . '%20' x 300 . 'x', '', '... and a letter behind these'],
    ['%20' x 300 . 'AT-1', '', '... with 300 in front'],
    [$long, 'long', 'the longest there is'],
    ["${long}x", '', '... and one byte more'],
    ["$long%20", '', '... or a space more'],
) {
    my ($asset, $host, $label) = @$_;
    $t->answers("/boot.ipxe?asset=$asset", { host => $host, result => $host ? 'host' : 'stub' },
                $label);
}

# an address that is none is not there
for (
    ['10.0.0.9', '10.0.0.9'], ['fd00::1', 'fd00::1'], ['2001:db8::10.0.0.9', '2001:db8::10.0.0.9'],
    map { [$_, ''] } ':::', '999.1.1.1', '1.2.3', '1.2.3.4.5', '1::2::3', 'a.b.c.d', '...', '::g',
                     '10.0.0.9x', '10.0.0.9/24', '1:2:3:4:5:6:7:8:9', '',
) {
    my ($ip, $shown) = @$_;
    $t->answers("/boot.ipxe?mac=52:54:00:00:00:03&ip=$ip", { result => 'host',
                body => "#!ipxe\necho <$shown>\n" }, "ip=$ip is " . ($shown || 'not used'));
}

# the same text for the same query, whoever asks
my $one = $t->get("/boot.ipxe?$mac");
is($t->get("/boot.ipxe?$mac", headers => ['User-Agent: iPXE/1.21.1 (gabcd)'])->{body}, $one->{body},
   'iPXE and an administrator get the same bytes');
is($t->get("/boot.ipxe?$mac", version => '1.0')->{body}, $one->{body}, '... and HTTP/1.0');
is(curl('-g', 'http://127.0.0.1:' . $t->port . "/boot.ipxe?$mac"), $one->{body}, '... and curl');

$t->done_testing;
