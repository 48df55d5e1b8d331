# What lint finds in a script is in the log once for each change: not for each machine or each
# request, and without delaying an answer.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time sleep);
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO template(name, dialect, body) VALUES ('odd', 'ipxe', '#!ipxe
goto nowhere
exit 1
{{#extra}}
{{{extra}}}
{{/extra}}
'), ('other', 'ipxe', '#!ipxe
exit 0
');
INSERT INTO profile(name, template) VALUES ('odd', 'odd'), ('other', 'other'), ('huge', NULL);
INSERT INTO host(name, mac, profile) VALUES ('web1', '52:54:00:00:00:01', 'odd'),
    ('web2', '52:54:00:00:00:02', 'odd'), ('web3', '52:54:00:00:00:03', 'other'),
    ('huge', '52:54:00:00:00:04', 'huge');
SQL
$t->write_config;
$t->run;

# The warnings that came since the last call; each machine asks twice, over two kept states.
my $seen = 0;
sub ask {
    for (1, 2) {
        for my $n (1, 2, 3) {
            my $r = $t->get("/boot.ipxe?mac=52:54:00:00:00:0$n");
            is("$r->{status} $r->{header}{'x-ipxe-host'}", "200 web$n", "web$n") or diag $r->{body};
        }
        sleep 0.1;
    }
    my @all = grep { /\[warn\].*profile "/ } split /^/m, $t->log;
    my @new = map { /profile "(\S+)", line (\d+) .*?: (.*?), client/ ? "$1:$2 $3" : $_ }
              @all[$seen .. $#all];
    $seen = @all;
    return join "\n", sort @new;
}

my $goto = 'goto names a label that is not in the script';
my $single = 'a single bar or ampersand is passed on as it is; iPXE wants || or &&';
is(ask(), "odd:2 $goto", 'one warning for two requests of two hosts');
is(ask(), '', '... and it was given');

$t->sql("UPDATE host SET note = 'x' WHERE name = 'web1'");
is(ask(), '', 'an edit of a host that changes nothing says nothing');
$t->sql("INSERT INTO host(name, mac, profile) VALUES ('web5', '52:54:00:00:00:05', 'odd')");
is(ask(), '', '... nor does another host');
$t->sql("INSERT INTO var(host, name, value) VALUES ('web1', 'colour', 'red')");
is(ask(), '', '... nor a variable that nothing reads');

# a change of the rows of a host can change its script as well
$t->sql("INSERT INTO var(host, name, value) VALUES ('web1', 'extra', 'echo a | b')");
is(ask(), "odd:2 $goto\nodd:4 $single", 'a variable of a host that makes a warning says it');
$t->sql("DELETE FROM var WHERE host = 'web1' AND name = 'extra'");
ask();

$t->sql("UPDATE template SET body = replace(body, 'exit 1', 'exit 1
goto nobody') WHERE name = 'odd'");
is(ask(), "odd:2 $goto\nodd:4 $goto", 'a change of the template that makes another warning');
$t->sql("UPDATE template SET body = replace(replace(body, 'goto nowhere', 'exit 2'), 'goto nobody',
         'exit 3') WHERE name = 'odd'");
is(ask(), '', 'one that makes none');
$t->sql("UPDATE template SET body = replace(body, 'exit 3', 'goto nobody') WHERE name = 'odd'");
is(ask(), "odd:4 $goto", 'and back again');

# a script of half a megabyte with as many gotos as it has lines: found quickly, once
my $gotos = join '', map { sprintf "goto label-%04d\n", $_ % 1000 } 1 .. 30_000;
my $labels = join '', map { sprintf ":label-%04d\n", $_ } 0 .. 999;
$t->sql("INSERT INTO template(name, dialect, body)
         VALUES ('huge', 'ipxe', '#!ipxe\n$gotos${labels}goto nowhere\nexit 1\n');
         UPDATE profile SET template = 'huge' WHERE name = 'huge'");
my $start = time;
my $r = $t->get('/boot.ipxe?mac=52:54:00:00:00:04');
cmp_ok(time - $start, '<', 1, 'a script of half a megabyte is answered at once');
is($r->{status}, 200, '... with the script');
cmp_ok(length $r->{body}, '>', 490_000, '... all of it');
my @huge = grep { /\[warn\].*profile "huge"/ } split /^/m, $t->log;
is(scalar(@huge), 1, '... and the one goto that leads nowhere was found') or diag @huge[0 .. 5];

$t->done_testing;
