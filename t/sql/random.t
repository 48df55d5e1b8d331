# Thousands of random statements, good and bad: after each one every rule of the tables holds, a
# statement that failed changed nothing, and no host is lost but by DELETE.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Attempt;
use Test::More;

my $seed = $ENV{TEST_SEED} // time;
my $rounds = $ENV{TEST_ROUNDS} // 1000;

sub pick { return $_[int rand @_] }
sub quote {
    my ($text) = @_;
    return 'NULL' if !defined $text;
    return $text =~ /\A[1-9]\d*\z/ && rand() < 0.5 ? $text : "'$text'";    # a number now and then
}

# Few values, so that rows get in each other's way; some are no values at all.
my @host = (qw(a b c A d.e 7), undef, '', 'b_');
my @mac = map { ("20:00:00:00:00:0$_", "20-00-00-00-00-0$_", "20000000000$_") } 1 .. 5;
my @uuid = map { ("11223344-5566-7788-99aa-bbccddeeff0$_",
                  "{11223344-5566-7788-99AA-BBCCDDEEFF0$_}") } 1 .. 3;
my @profile = (qw(local menu default p q r s t), 'nowhere');
my @token = map { $_ x 32 } 1 .. 4;
my %value = (
    'host.name' => sub { quote(pick(@host)) },
    'host.mac' => sub { quote(pick(@mac, undef, undef, 'zz', '20:00:00:00:00:f0')) },
    'host.uuid' => sub { quote(pick(@uuid, undef, undef, '44332211-6655-8877-99aa-bbccddeeff01',
                                    '03000200-0400-0500-0006-000700080009')) },
    'host.asset' => sub { quote(pick(qw(1 2 3 x X), ' 1', undef, undef, '', 'None')) },
    'host.serial' => sub { quote(pick(qw(1 2 3 x X), ' 1', undef, undef, '', 'None')) },
    'host.profile' => sub { quote(pick(@profile)) },
    'host.install' => sub { quote(pick(@profile, undef, undef)) },
    'host.token' => sub { quote(pick(@token)) },
    'nic.mac' => sub { quote(pick(@mac, '20:00:00:00:00:f0')) },
    'nic.host' => sub { quote(pick(@host)) },
    'profile.name' => sub { quote(pick(@profile, 'q q')) },
    'profile.parent' => sub { quote(pick(@profile, undef)) },
    'profile.template' => sub { quote(pick(qw(linux local menu t u), undef)) },
    'template.name' => sub { quote(pick(qw(linux local menu wait t u))) },
    'template.dialect' => sub { quote(pick(qw(ipxe pxelinux file html))) },
    'template.body' => sub { quote(pick('', 'x')) },
    'var.host' => sub { quote(pick(@host, undef)) },
    'var.profile' => sub { quote(pick(@profile, undef, undef)) },
    'var.name' => sub { quote(pick(qw(disk d kernel))) },
    'var.value' => sub { quote(pick('', 'x', undef)) },
    'placeholder.value' => sub { quote(pick('20:00:00:00:00:f0', '200000000005', '3', 'None',
                                            '{11223344-5566-7788-99aa-bbccddeeff03}')) },
);
my %columns;
push @{ $columns{ (split /\./)[0] } }, (split /\./)[1] for sort keys %value;
my %key = (host => [qw(name)], nic => [qw(mac)], profile => [qw(name)],
           template => [qw(name dialect)], var => [qw(host name)], placeholder => ['value']);
my %must = (host => ['name'], nic => [qw(mac host)], profile => ['name'],
            template => [qw(name dialect body)], var => [qw(name value)], placeholder => ['value']);
my @tables = qw(host host host nic nic profile profile profile template var placeholder);

sub value { my ($table, $column) = @_; return $value{"$table.$column"}->() }
sub some { my ($table, $chance) = @_; return grep { rand() < $chance } @{ $columns{$table} } }

sub where {
    my ($table) = @_;
    return '' if rand() < 0.05;
    my $column = pick(@{ $key{$table} }, pick(@{ $columns{$table} }));
    return " WHERE $column IS " . value($table, $column);
}

sub statement {
    my ($table) = pick(@tables);
    my $kind = rand;
    return "DELETE FROM $table" . where($table) if $kind < 0.12;
    if ($kind < 0.5) {
        my @set = some($table, 0.3) or return statement();
        my $or = pick('', '', '', 'OR REPLACE ', 'OR IGNORE ', 'OR FAIL ', 'OR ROLLBACK ');
        return "UPDATE $or$table SET " . join(', ', map { "$_ = " . value($table, $_) } @set)
            . where($table);
    }
    my %named = map { $_ => 1 } @{ $must{$table} }, some($table, 0.4);
    delete $named{token} if rand() < 0.8;
    my @named = sort keys %named;
    my $verb = pick('INSERT', 'INSERT', 'INSERT', 'REPLACE', 'INSERT OR IGNORE', 'INSERT OR FAIL');
    my @rows = map { join ', ', map { value($table, $_) } @named } 1 .. pick(1, 1, 1, 2, 3);
    my $sql = "$verb INTO $table(" . join(', ', @named) . ') VALUES '
            . join ', ', map { "($_)" } @rows;
    return $sql if rand() < 0.7;
    return "$sql ON CONFLICT DO NOTHING" if rand() < 0.3 || $table eq 'var';
    return "$sql ON CONFLICT (" . join(', ', @{ $key{$table} }) . ') DO UPDATE SET '
           . join ', ', map { "$_ = " . (rand() < 0.7 ? "excluded.$_" : value($table, $_)) } @named;
}

# What must hold whatever was said: one query, which prints what does not.
my $rules = <<'SQL' =~ s/\n\s*/ /gr;
SELECT 'BROKEN: refers to nothing: ' || "table" FROM pragma_foreign_key_check
UNION ALL SELECT 'BROKEN: a MAC of a host and of a card: ' || mac_key FROM host
    WHERE mac_key IN (SELECT mac_key FROM nic)
UNION ALL SELECT 'BROKEN: a key twice' FROM host WHERE mac_key IS NOT NULL
    GROUP BY mac_key HAVING count(*) > 1
UNION ALL SELECT 'BROKEN: a name twice' FROM host GROUP BY lower(name) HAVING count(*) > 1
UNION ALL SELECT 'BROKEN: a template of no name: ' || template FROM profile
    WHERE template NOT IN (SELECT name FROM template)
UNION ALL SELECT 'BROKEN: a line of profiles: ' || profile FROM profile_chain WHERE distance > 15
UNION ALL SELECT 'BROKEN: a circle: ' || profile FROM profile_chain
    WHERE profile = ancestor AND distance > 0
UNION ALL SELECT 'BROKEN: host.profile: ' || name FROM host
    WHERE profile NOT IN (SELECT name FROM profile)
UNION ALL SELECT 'BROKEN: host.install: ' || name FROM host
    WHERE install IS NOT NULL AND install NOT IN (SELECT name FROM profile)
UNION ALL SELECT 'BROKEN: var.host: ' || name FROM var
    WHERE host IS NOT NULL AND host NOT IN (SELECT name FROM host)
UNION ALL SELECT 'BROKEN: var.profile: ' || name FROM var
    WHERE profile IS NOT NULL AND profile NOT IN (SELECT name FROM profile)
UNION ALL SELECT 'BROKEN: nic.host: ' || mac FROM nic WHERE host NOT IN (SELECT name FROM host)
UNION ALL SELECT 'BROKEN: ' || integrity_check FROM pragma_integrity_check
    WHERE integrity_check <> 'ok';
SQL
my $content = <<'SQL' =~ s/\n\s*/ /gr;
SELECT (SELECT group_concat(quote(name) || quote(mac) || quote(uuid) || quote(asset)
                            || quote(serial) || quote(profile) || quote(install) || token
                            || created || updated) FROM host),
       (SELECT group_concat(quote(mac) || quote(host)) FROM nic),
       (SELECT group_concat(name || quote(parent) || quote(template)) FROM profile),
       (SELECT group_concat(name || dialect || length(body)) FROM template),
       (SELECT group_concat(quote(host) || quote(profile) || name || value) FROM var),
       (SELECT group_concat(value) FROM placeholder);
SQL
my $hosts = 'SELECT count(*) FROM host;';

# Words of SQLite itself that may be heard; all others are the schema's.
my $plain = qr/^(?:UNIQUE|NOT\ NULL)\ constraint\ failed:
               \ (?:host|nic|profile|template|var|placeholder)\.\w+/x;

for my $pragma ('', 'PRAGMA foreign_keys = ON;',
                'PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON;') {
    note "TEST_SEED=$seed TEST_ROUNDS=$rounds $pragma";
    srand $seed;
    my ($t, $db) = new_db("DELETE FROM placeholder; INSERT INTO placeholder VALUES ('None'),"
                          . " ('20:00:00:00:00:f0'), ('03000200-0400-0500-0006-000700080009');");
    my $schema = rows($db, 'SELECT sql FROM sqlite_schema');
    my %sentence = map { $_ => 1 } sentences($schema);

    # five lines each: the statement, the content, the number of hosts, what is broken
    my @statements = map { statement() } 1 .. $rounds;
    my $script = join '', "$pragma\n",
                 map { "$_;\n$content\n$hosts\n$rules\n.print --next--\n" } @statements;
    my ($out, $err, $rc) = IPXE::Test::run_command($script, 'sqlite3', '-batch', $db);
    ok($rc == 1 && $out =~ /--next--\n\z/, 'sqlite3 comes to the end') or next;
    my %error;
    for (split /^(?=(?:Runtime error|Parse error|Error))/m, $err) {
        my ($line) = /near line (\d+):/ or die "cannot read: $_";
        $error{ ($line - 2) / 5 } = sentence($_);
    }
    my @answers = split /--next--\n/, $out;
    is(scalar @answers, $rounds, "$rounds statements " . ($pragma || 'as the shell is')) or next;

    my ($before, $count) = ('', 0);
    my (%wrong, %done);
    for my $i (0 .. $#answers) {
        my ($now, $n, @broken) = split /\n/, $answers[$i];
        my $sql = $statements[$i];
        my $said = $error{$i};
        my $verb = $sql =~ /^(\w+)/ ? $1 : '';
        $done{ defined $said ? 'refused' : $now eq $before ? 'without effect' : 'done' }++;
        push @{ $wrong{rules} }, "$sql: @broken" if @broken;
        push @{ $wrong{sentence} }, "$sql: $said" if defined $said && !$sentence{$said}
            && $said !~ $plain;
        push @{ $wrong{half} }, "$sql: $said\n$before\n$now" if defined $said && $i
            && $now ne $before && $sql !~ / OR FAIL /;
        push @{ $wrong{lost} }, "$sql: $count hosts, now $n" if $n < $count && $verb ne 'DELETE';
        ($before, $count) = ($now, $n);
    }
    is($wrong{$_->[0]}[0], undef, "... $_->[1]")
        for ['rules', 'every rule holds after each'], ['sentence', 'every refusal is a sentence'],
            ['half', 'a refused one changes nothing'], ['lost', 'no host is lost'];
    cmp_ok($done{$_} // 0, '>', $rounds / 20, "... $done{$_} $_") for 'done', 'refused';
    $t->clean_up;
}
done_testing();
