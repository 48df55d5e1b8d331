# A UUID is matched in both byte orders, since firmware swaps its first three fields or does not;
# an exact match beats a swapped one.
use strict;
use warnings;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO host(name, uuid) VALUES ('alone',   '11223344-5566-7788-99aa-bbccddeeff00');
INSERT INTO host(name, uuid) VALUES ('plain',   'A1A2A3A4-B1B2-C1C2-D1D2-E1E2E3E4E5E6');
INSERT INTO host(name, uuid) VALUES ('swapped', 'a4a3a2a1-b2b1-c2c1-d1d2-e1e2e3e4e5e6');
SQL
$t->write_config;
$t->run;

for (
    ['11223344-5566-7788-99aa-bbccddeeff00', 'alone'],
    ['44332211-6655-8877-99aa-bbccddeeff00', 'alone'],           # its first three fields swapped
    ['112233445566778899aabbccddeeff00', 'alone'],
    ['443322116655887799aabbccddeeff00', 'alone'],               # ${uuid:hexraw} of iPXE
    ['11223344-5566-7788-99AA-BBCCDDEEFF00', 'alone'],
    ['%7B11223344-5566-7788-99aa-bbccddeeff00%7D', 'alone'],
    ['a1a2a3a4-b1b2-c1c2-d1d2-e1e2e3e4e5e6', 'plain'],           # not "swapped"
    ['a4a3a2a1-b2b1-c2c1-d1d2-e1e2e3e4e5e6', 'swapped'],         # not "plain"
) {
    my ($uuid, $host) = @$_;
    $t->answers("/boot.ipxe?uuid=$uuid", { host => $host, result => 'host' }, "$uuid is $host");
}

# anything else swapped or cut is another machine
for my $uuid ('', '11223344', '11223344-5566-7788-99aa-bbccddeeff0',
              '11223344-5566-7788-99aa-bbccddeeff000',
              '22114433-6655-8877-99aa-bbccddeeff00', '00ffeedd-ccbb-aa99-8877-665544332211',
              '11223344-5566-7788-aa99-bbccddeeff00', '1122334455667788-99aa-bbccddeeff00',
              '11223344-5566-7788-99aa-bbccddeeffg0') {
    $t->answers("/boot.ipxe?uuid=$uuid&mac=52:54:00:00:00:09", { host => '', result => 'default' },
                "uuid '$uuid'");
}

$t->done_testing;
