# A machine that says nothing about itself gets a script that makes it ask again with everything
# it knows; a machine that has said everything is never told to ask again.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql("INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01')");
$t->write_config(server => <<'CONF');
location = /autoexec.ipxe { ipxe boot; }
location /up/ { ipxe boot; }
location = /based.ipxe { ipxe boot; ipxe_base_url http://boot.example:8080/pxe; }
CONF
$t->run;

my @names = qw(mac uuid arch platform ip manufacturer product serial asset);
my %setting = (mac => qr/mac/, arch => qr/buildarch/, ip => qr/ip/,
               map { $_ => qr/$_/ } qw(uuid platform manufacturer product serial asset));

my $here = 'http://127.0.0.1:' . $t->port;
for (
    ['/boot.ipxe', "$here/boot.ipxe", 'no query'],
    ['/boot.ipxe?', "$here/boot.ipxe", 'an empty query'],
    ['/boot.ipxe?mac=&uuid=', "$here/boot.ipxe", 'empty values'],
    ['/boot.ipxe?ip=10.0.0.9&platform=efi', "$here/boot.ipxe", 'facts that identify nobody'],
    ['/boot.ipxe?uuid=00000000-0000-0000-0000-000000000000', "$here/boot.ipxe",
     'only a placeholder'],
    ['/autoexec.ipxe', "$here/autoexec.ipxe", 'another location asks for itself'],
    ['/based.ipxe', 'http://boot.example:8080/pxe/based.ipxe', 'ipxe_base_url'],
    ['/up/a%20b%0Ashell%23', "$here/up/a%20b%0Ashell%23", 'a path that could break out'],
) {
    my ($uri, $self, $label) = @$_;
    my $r = $t->answers($uri, { result => 'stub', host => '', profile => '',
                                unlike => [qr/^\s*(?:kernel|initrd|sanboot)\b/m] },
                        "$label: a stub");
    my @chain = $r->{body} =~ /\bchain\s(?:\s*--\S+(?:\s+\d+)?)*\s*(http\S+)/g;
    is(scalar(@chain), 1, "$label: one chain");
    my ($path, $query) = split /\?/, $chain[0] // '', 2;
    is($path, $self, "$label: to itself");
    my @pair = map { [split /=/, $_, 2] } split /&/, $query // '';
    is(join(' ', map { $_->[0] } @pair), "@names", "$label: with the identity, in this order");
    my @wrong = grep { $_->[1] !~ m/^\$\{(?:net0\/|netX\/)?$setting{$_->[0]}(?::\w+)?\}$/ } @pair;
    is(join(' ', map { "$_->[0]=$_->[1]" } @wrong), '', "$label: each from its setting");
    my ($loop) = $r->{body} =~ /^\s*(?:.*(?:\|\||&&)\s*)?goto (\S+)$/m;
    ok($loop && index($r->{body}, ":$loop") < index($r->{body},
        'chain') && $r->{body} =~ /^sleep [1-9]/m,
       "$label: retries, and waits before it does");
}

# every name is there, not one value is usable: this machine has nothing more to say
my @empty = map { "$_=" } @names;
for (
    [join('&', @empty), 'nine empty values'],
    [join('&', map { $_ eq 'uuid' ? 'uuid=00000000-0000-0000-0000-000000000000'
                     : $_ eq 'asset' ? 'asset=Default%20string' : "$_=" } @names),
                         'only placeholders'],
    [join('&', map { $_ eq 'mac' ? 'mac=rubbish' : "$_=" } @names), 'a malformed MAC'],
    [join('&', map { /^(?:platform|arch|ip|manufacturer|product)$/ ? "$_=x" : "$_=" } @names),
     'facts that identify nobody'],
    [join('&', reverse @empty), 'in another order'],
) {
    my ($query, $label) = @$_;
    $t->answers("/boot.ipxe?$query", { result => 'default', profile => 'default', host => '',
                                       unlike => qr{chain.*/boot\.ipxe} },
                "$label: no second stub");
}

# the stub's own query, as real iPXE fills it in
$t->answers('/boot.ipxe?mac=52-54-00-00-00-01&uuid=&arch=i386&platform=pcbios&ip=10.0.0.9'
            . '&manufacturer=ACME%20&%20Co&product=Node+1&serial=SN%2042+%23x&asset=',
            { result => 'host', host => 'web1' }, 'the second question is answered');

$t->done_testing;
