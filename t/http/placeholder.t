# What firmware shows when nobody set it identifies nobody, and contradicts nobody.
use strict;
use warnings;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO host(name, mac, uuid, asset, serial) VALUES
    ('web1', '52:54:00:00:00:01', '11223344-5566-7788-99aa-bbccddeeff00', 'AT-1', 'SN-1');
INSERT INTO host(name, asset) VALUES ('by-asset', 'Rack 7');
SQL
$t->write_config;
$t->run;

my @junk = (
    'uuid=00000000-0000-0000-0000-000000000000',
    'uuid=FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
    'uuid=03000200-0400-0500-0006-000700080009',
    'uuid=00020003-0004-0005-0006-000700080009',       # the same, swapped
    'uuid=03020100-0504-0706-0809-0a0b0c0d0e0f',
    'uuid=00010203-0405-0607-0809-0a0b0c0d0e0f',       # the same, swapped
    'asset=To%20be%20filled%20by%20O.E.M.',
    'asset=TO%20BE%20FILLED%20BY%20o.e.m.',
    'asset=%20Default%20string%20',
    'asset=No%20Asset%20Tag',
    'serial=System%20Serial%20Number',
    'serial=0',
    'serial=None',
);
for my $junk (@junk) {
    $t->answers("/boot.ipxe?mac=52:54:00:00:00:01&$junk", { host => 'web1', result => 'host' },
                "beside a MAC: $junk");
    $t->answers("/boot.ipxe?mac=52:54:00:00:00:09&$junk", { host => '', result => 'default' },
                "beside an unknown MAC: $junk");
}

# the list belongs to the administrator: the next answer follows it
$t->answers('/boot.ipxe?asset=Rack%207', { host => 'by-asset' }, 'an asset tag of its own');
$t->sql("INSERT INTO placeholder(value) VALUES ('Rack 7'), ('52:54:00:00:00:01')");
$t->answers('/boot.ipxe?asset=Rack%207&mac=52:54:00:00:00:09', { host => '', result => 'default' },
            'declared a placeholder');
$t->answers('/boot.ipxe?mac=52:54:00:00:00:01&asset=AT-1', { host => 'web1' },
            'a MAC declared a placeholder: asset finds the host');
$t->answers('/boot.ipxe?mac=52:54:00:00:00:01&platform=efi&ip=10.0.0.9', { host => '' },
            '... the MAC alone no more');
$t->sql("DELETE FROM placeholder WHERE value = 'Rack 7'");
$t->answers('/boot.ipxe?asset=Rack%207', { host => 'by-asset' }, 'and back');

$t->done_testing;
