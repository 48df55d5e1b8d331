package IPXE::Load::State;

# A hosts.db in numbered states, and the judge of answers. A state is one commit; its number stands
# in each table: in two templates, the arguments of all profiles, variables of all hosts, of each
# profile and of the first hosts, and in the serial numbers of these. An answer is right if it is,
# to the last byte, what the machine that asked gets in one state, and that state may be shown.

use strict;
use warnings;

use Exporter 'import';
use IPXE::Test;

our @EXPORT_OK = qw(stamp mac_of hosts_sql state_sql restamp judge);

use constant {
    MARKED => 40,                  # so many hosts change with each state
    PROFILES => 4,
};

# The same length for each number, so that restamp() can make a state of another one.
sub stamp { my ($n) = @_; return sprintf 'state%08d', $n }

sub mac_of { my ($n) = @_; return sprintf '52:54:%02x:%02x:%02x:%02x', map { $n >> $_ & 255 }
             24, 16, 8, 0 }


# ---- the rows ----------------------------------------------------------------------------

my $FACTS = '{{#name}}{{name}}{{/name}}{{^name}}nobody{{/name}} {{#serial}}{{serial}} {{/serial}}'
            . '{{profile}}';

# What a profile's template says, of which the answer is made.
sub body_of {
    my ($dialect, $stamp) = @_;
    return "#!ipxe\necho $FACTS {{mac}} $stamp\necho {{args}} {{everywhere}} {{group}} {{mine}}\n"
           . "exit\n" if $dialect eq 'ipxe';
    return "SAY $FACTS $stamp\nSAY {{args}} {{everywhere}} {{group}} {{mine}}\n";
}

# Rows for so many hosts, in state 1, and for templates that only take room.
sub hosts_sql {
    my ($hosts, $pad) = @_;
    my $s = stamp(1);
    my ($ipxe, $pxelinux) = map { body_of($_, $s) } qw(ipxe pxelinux);
    my $profiles = join ', ', map { "('p$_', 'base')" } 0 .. PROFILES - 1;
    return <<"SQL";
BEGIN;
INSERT INTO template(name, dialect, body)
VALUES ('state', 'ipxe', '$ipxe'), ('state', 'pxelinux', '$pxelinux');
INSERT INTO template(name, dialect, body)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $pad)
  SELECT 'pad' || i, 'file', hex(zeroblob(2000)) FROM n WHERE $pad;
INSERT INTO profile(name, template, args) VALUES ('base', 'state', '$s');
INSERT INTO profile(name, parent) VALUES $profiles;
UPDATE profile SET template = 'state', args = '$s' WHERE name = 'default';
INSERT INTO host(name, mac, serial, profile)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $hosts)
  SELECT printf('host%07d', i),
         printf('52:54:%02x:%02x:%02x:%02x', i >> 24 & 255, i >> 16 & 255, i >> 8 & 255, i & 255),
         printf('SN-%07d%s', i, iif(i <= @{[ MARKED ]}, '-$s', '')),
         'p' || (i % @{[ PROFILES ]})
    FROM n;
INSERT INTO var(host, name, value)
  SELECT name, 'mine', '$s' FROM host ORDER BY name LIMIT @{[ MARKED ]};
INSERT INTO var(profile, name, value) VALUES ('base', 'group', '$s'), ('default', 'group', '$s');
INSERT INTO var(name, value) VALUES ('everywhere', '$s'), ('mine', '$s');
COMMIT;
SQL
}

# The statements between BEGIN and COMMIT that make it state N.
sub state_sql {
    my ($n) = @_;
    my $s = stamp($n);
    return join ' ', map({ my $body = body_of($_, $s);
                           "UPDATE template SET body = '$body'
                             WHERE name = 'state' AND dialect = '$_';" } qw(ipxe pxelinux)),
        "UPDATE profile SET args = '$s' WHERE name IN ('base', 'default');
         UPDATE host SET serial = substr(serial, 1, 11) || '$s' WHERE name <= '"
        . sprintf("host%07d';", MARKED),
        "UPDATE var SET value = '$s' WHERE name IN ('everywhere', 'group', 'mine');";
}

# The bytes of a database at rest in another state: no page of it moves, no length changes.
sub restamp {
    my ($bytes, $n) = @_;
    my $s = stamp($n);
    return $bytes =~ s/state\d{8}/$s/gr;
}


# ---- the judge ---------------------------------------------------------------------------

# What a machine asks: an endpoint and the number of a host, or of a machine that no row knows.
sub uri {
    my ($asked) = @_;
    my $mac = $asked->{known} ? mac_of($asked->{n}) : mac_of($asked->{n} + 0x80000000);
    return $asked->{pxelinux} ? '/pxelinux.cfg/01-' . $mac =~ tr/:/-/r : "/boot.ipxe?mac=$mac";
}

# What it has to get.
sub script {
    my ($asked, $state) = @_;
    my ($n, $s) = ($asked->{n}, stamp($state));
    my $facts = $asked->{known}
        ? sprintf('host%07d SN-%07d%s p%d', $n, $n, $n <= MARKED ? "-$s" : '', $n % PROFILES)
        : 'nobody default';
    return "SAY $facts $s\nSAY $s $s $s $s\n" if $asked->{pxelinux};
    my ($mac) = uri($asked) =~ /mac=(.*)/;
    return "#!ipxe\necho $facts $mac $s\necho $s $s $s $s\nexit\n";
}

# Judges an answer. LIMIT: floor, the last state that was acknowledged before it was asked for;
# ceiling, the last one whose commit had begun when it came; last, what the same worker showed
# before; served, true if it must not be a 503. Returns the state that it shows (0: none), and what
# is wrong.
sub judge {
    my ($r, $asked, $limit) = @_;
    my @wrong = IPXE::Test::flaws($r);
    my $result = $r->{header}{'x-ipxe-result'} // '';
    if ($r->{status} == 503) {
        push @wrong, 'no Retry-After' if ($r->{header}{'retry-after'} // '') !~ /^[1-9]\d*$/;
        push @wrong, "the result is '$result'" if $result ne 'unavailable';
        push @wrong, 'a 503, where the last state is known' if $limit->{served};
        return (0, @wrong);
    }
    if ($asked->{pxelinux} && !$asked->{known}) {
        push @wrong, 'not the empty 404 of an unknown machine'
            if "$r->{status} $result '$r->{body}'" ne "404 unknown ''";
        return (0, @wrong);
    }
    return (0, @wrong, "status $r->{status}") if $r->{status} != 200;

    my ($host, $profile) = $asked->{known}
        ? (sprintf('host%07d', $asked->{n}), 'p' . $asked->{n} % PROFILES) : ('', 'default');
    my $head = join ' ', $result,
        map { $_ // '' } @{ $r->{header} }{qw(x-ipxe-host x-ipxe-profile)};
    my $wanted = join ' ', $asked->{known} ? 'host' : 'default', $host, $profile;
    push @wrong, "it says '$head', not '$wanted'" if $head ne $wanted;

    my %shown = map { $_ => 1 } $r->{body} =~ /state(\d{8})/g;
    my ($state) = sort keys %shown;
    return (0, @wrong, 'it shows no state') if !$state;
    push @wrong, 'torn: it shows the states ' . join ', ', sort keys %shown if keys %shown > 1;
    $state = int $state;
    push @wrong, 'not the script of the machine that asked' if $r->{body} ne script($asked, $state);
    push @wrong, "state $state, when $limit->{floor} was acknowledged" if $state < $limit->{floor};
    push @wrong, "state $state, after the same worker showed $limit->{last}"
        if $state < $limit->{last};
    push @wrong, "state $state, which was never committed" if $state > $limit->{ceiling};
    return ($state, @wrong);
}

1;
