# A rewrite changes what is asked: the answer is about the arguments and the name that came out
# of it, also when a variable was used before. Only the stub keeps the path the machine asked.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new;
$t->sql(<<'SQL');
INSERT INTO host(name, mac) VALUES ('web1', '52:54:00:00:00:01'), ('web2', '52:54:00:00:00:02');
SQL
$t->write_config(server => <<'CONF');
set $before $ipxe_mac;
set $host_before $ipxe_host;
rewrite ^/m/(.*)$ /boot.ipxe?mac=$1? last;
rewrite ^/p/(.*)$ /pxelinux.cfg/01-$1 last;
rewrite ^/d/ /pxelinux.cfg/default last;
add_header X-Before "$before,$host_before" always;
add_header X-After "$ipxe_mac,$ipxe_host,$ipxe_result" always;
location /rw { rewrite ^ /internal.ipxe last; }
location = /internal.ipxe { internal; ipxe boot; }
location /try { try_files $uri.none /internal.ipxe; }
location /tried { try_files $uri.none /internal.ipxe?$args; }
CONF
$t->run;

sub after { my ($r, $wanted, $label) = @_; is($r->{header}{'x-after'}, $wanted, $label) }

my $r = $t->answers('/m/52:54:00:00:00:01', { host => 'web1', result => 'host' },
                    'an argument that a rewrite made');
after($r, '52:54:00:00:00:01,web1,host', '... and the variables are about it');
$r = $t->answers('/m/52:54:00:00:00:01?mac=52:54:00:00:00:02', { host => 'web1', result => 'host' },
                 'an argument that a rewrite replaced');
is($r->{header}{'x-before'}, '52:54:00:00:00:02,web2', '... which the variables had seen');
after($r, '52:54:00:00:00:01,web1,host', '... and the variables are about the new one');
$t->answers('/boot.ipxe?mac=52:54:00:00:00:02', { host => 'web2' }, 'no rewrite');

# the name of the file is read in the location, not where the variable was used first
for (
    ['/pxelinux.cfg/01-52-54-00-00-00-01', 'web1', 'host', 200],
    ['/pxelinux.cfg/default', '', 'default', 200],
    ['/pxelinux.cfg/01-52-54-00-00-00-09', '', 'unknown', 404],
    ['/p/52-54-00-00-00-02', 'web2', 'host', 200],
    ['/d/', '', 'default', 200],
) {
    my ($uri, $host, $result, $status) = @$_;
    $t->answers($uri, { host => $host, result => $result, status => $status }, $uri);
}

# the stub asks the outside again, where the internal location does not answer
my $here = 'http://127.0.0.1:' . $t->port;
for (['/rw', '/rw'], ['/rw/a%20b?x=1', '/rw/a%20b'], ['/try', '/try'], ['/tried?x=1', '/tried']) {
    my ($uri, $path) = @$_;
    my $stub = $t->answers($uri, { result => 'stub' }, "$uri: a stub");
    my @url = $stub->{body} =~ m{\b(http://[^?\s]*)\?}g;
    is("@url", "$here$path", '... that asks for the same path');
}
$t->answers('/rw?mac=52:54:00:00:00:01', { host => 'web1', result => 'host' },
            '... and gets an answer there');
$t->answers('/tried?mac=52:54:00:00:00:02', { host => 'web2', result => 'host' }, '... and here');

$t->done_testing;
