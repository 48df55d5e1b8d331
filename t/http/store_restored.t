# A database is replaced with the shell's .restore, as README says: the next answer is of the new one.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql("INSERT INTO host(name, mac) VALUES ('old', '52:54:00:00:00:01')");
$t->write_config(workers => 2);
$t->run;
my $uri = '/boot.ipxe?mac=52:54:00:00:00:01';
$t->answers($uri, { host => 'old' }, 'old') for 1..6;
$t->sql("UPDATE host SET name='edited'");
$t->answers($uri, { host => 'edited' }, 'edited') for 1..6;
my $next = $t->make_db('db/next.db');
$t->sql("INSERT INTO host(name, mac) VALUES ('new', '52:54:00:00:00:01')", $next);
$t->sql(".restore $next");
$t->answers($uri, { host => 'new' }, 'restored') for 1..6;
$t->sql("UPDATE host SET name='newer'");
$t->answers($uri, { host => 'newer' }, 'newer') for 1..6;
$t->check;

done_testing;
