# Each server, and each location, may have its own hosts.db.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
for my $name (qw(hosts lab third)) {
    my $path = $name eq 'hosts' ? $t->db : $t->make_db("db/$name.db");
    $t->sql("INSERT INTO host(name, mac) VALUES ('$name', '52:54:00:00:00:01')", $path);
}
$t->write_config(server => <<'CONF', http => <<'HTTP');
location = /third.ipxe { ipxe boot; ipxe_database %%DIR%%/db/third.db; }
location = /again.ipxe { ipxe boot; ipxe_database %%DIR%%/db/hosts.db; }
location = /who { return 200 "$ipxe_host"; }
location = /third-who { ipxe_database %%DIR%%/db/third.db; return 200 "$ipxe_host"; }
CONF
server { listen 127.0.0.1:%%PORT2%%; ipxe_database %%DIR%%/db/lab.db;
         location = /boot.ipxe { ipxe boot; } location = /who { return 200 "$ipxe_host"; } }
HTTP
$t->run;

my $mac = 'mac=52:54:00:00:00:01';
my @lab = (port => $t->port(2));
for my $round (1, 2) {
    my $suffix = $round == 1 ? '' : '-edited';
    $t->answers("/boot.ipxe?$mac", { host => "hosts$suffix" }, 'the database of http');
    $t->answers("/boot.ipxe?$mac", { host => "lab$suffix" }, 'the database of a server', @lab);
    $t->answers("/third.ipxe?$mac", { host => "third$suffix" }, 'the database of a location');
    $t->answers("/again.ipxe?$mac", { host => "hosts$suffix" }, 'one file named twice');
    is($t->get("/who?$mac")->{body}, "hosts$suffix", '$ipxe_host in the first server');
    is($t->get("/who?$mac", @lab)->{body}, "lab$suffix", '... in the second');
    is($t->get("/third-who?$mac")->{body}, "third$suffix", '... in a location');
    $t->sql("UPDATE host SET name = name || '-edited'", $_)
        for map { $t->dir . "/db/$_.db" } qw(hosts lab third);
}
my ($worker) = $t->workers;
my @open = grep { m{/db/hosts\.db$} } map { readlink // '' } glob "/proc/$worker/fd/*";

# SQLite keeps the one that the copy was made by, since closing it would end the other's locks
cmp_ok(scalar(@open), '<=', 2, 'one file, one connection, and one for copies');

$t->done_testing;
