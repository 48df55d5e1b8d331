# Every wrong use of a directive: nginx -t names the directive, says what is wanted, and where.
use strict;
use warnings;
use Test::More;
use IPXE::Test;

my $t = IPXE::Test->new(db => 0);
my $boot = 'location = /x { ipxe boot; %s }';
my $db = 'ipxe_database %%DIR%%/db/hosts.db;';

# where the text goes, the text, what nginx -t has to say
my @wrong = (
    [server => 'location /x { ipxe; }', qr/number of arguments in "ipxe"/],
    [server => 'location /x { ipxe boot pxelinux; }', qr/number of arguments in "ipxe"/],
    [server => 'location /x { ipxe bott; }', qr/"ipxe".*"bott"|"bott".*"ipxe"/,
     qr/"?boot"?.*"?pxelinux"?/],
    [server => 'location /x { ipxe BOOT; }', qr/"BOOT"/, qr/boot/],
    [server => 'location /x { ipxe ""; }', qr/"ipxe"|in "ipxe"/, qr/boot/],
    [server => 'location /x { ipxe boot; ipxe pxelinux; }', qr/"ipxe" directive is duplicate/],
    [server => 'ipxe boot;', qr/"ipxe" directive is not allowed here/],
    [http => 'ipxe boot;', qr/"ipxe" directive is not allowed here/],
    [main => "$db", qr/"ipxe_database" directive is not allowed here/],

    [http => 'ipxe_database;', qr/number of arguments in "ipxe_database"/],
    [http => 'ipxe_database "";', qr/"?ipxe_database"?/, qr/path|file/i],
    [http => 'ipxe_database /a.db /b.db;', qr{"/b\.db".*ipxe_database|ipxe_database.*"/b\.db"},
     qr/published/],
    [http => 'ipxe_database /a.db publish;', qr/"publish".*ipxe_database|ipxe_database.*"publish"/,
     qr/published/],
    [http => "$db $db", qr/"ipxe_database" directive is duplicate/],
    [nodb => 'location /x { ipxe boot; }', qr/"ipxe(?: boot)?"/, qr/ipxe_database/],
    [nodb => 'location /pxelinux.cfg/ { ipxe pxelinux; }', qr/ipxe_database/],

    [http => 'ipxe_identity;', qr/number of arguments in "ipxe_identity"/],
    [http => 'ipxe_identity mac hostname;', qr/"hostname".*ipxe_identity|ipxe_identity.*"hostname"/,
     qr/mac.*uuid.*asset.*serial/],
    [http => 'ipxe_identity mac uuid mac;', qr/"mac".*ipxe_identity|ipxe_identity.*"mac"/,
     qr/twice|duplicate|once|repeat/],
    [http => 'ipxe_identity "";', qr/ipxe_identity/, qr/mac/],
    [http => 'ipxe_identity mac; ipxe_identity uuid;', qr/"ipxe_identity" directive is duplicate/],

    [http => 'ipxe_conflict;', qr/number of arguments in "ipxe_conflict"/],
    [http => 'ipxe_conflict last;',
     qr/"last".*ipxe_conflict|ipxe_conflict.*"last"|invalid value "last"/, qr/refuse.*first/],
    [http => 'ipxe_conflict first refuse;', qr/number of arguments in "ipxe_conflict"/],
    [http => 'ipxe_conflict first; ipxe_conflict refuse;',
     qr/"ipxe_conflict" directive is duplicate/],

    [http => 'ipxe_default_profile;', qr/number of arguments in "ipxe_default_profile"/],
    [http => 'ipxe_default_profile a b;', qr/number of arguments in "ipxe_default_profile"/],
    [http => 'ipxe_default_profile $no_such_thing;', qr/unknown "no_such_thing" variable/],
    [http => 'ipxe_default_profile a; ipxe_default_profile b;',
     qr/"ipxe_default_profile" directive is duplicate/],

    [http => 'ipxe_base_url;', qr/number of arguments in "ipxe_base_url"/],
    [http => 'ipxe_base_url http://a http://b;', qr/number of arguments in "ipxe_base_url"/],
    [http => 'ipxe_base_url $no_such_thing;', qr/unknown "no_such_thing" variable/],
    [http => 'ipxe_base_url http://a; ipxe_base_url http://b;',
     qr/"ipxe_base_url" directive is duplicate/],
    [http => 'ipxe_base_url boot.example;', qr/ipxe_base_url/, qr{http://}],

    [http => 'ipxe_retry_after;', qr/number of arguments in "ipxe_retry_after"/],
    [http => 'ipxe_retry_after soon;', qr/"soon".*ipxe_retry_after|ipxe_retry_after.*"soon"/,
     qr/second/],
    [http => 'ipxe_retry_after -1;', qr/"-1".*ipxe_retry_after|ipxe_retry_after.*"-1"/, qr/second/],
    # iPXE would ask in a tight loop
    [http => 'ipxe_retry_after 0;',
     qr/"0".*ipxe_retry_after|ipxe_retry_after.*"0"/, qr/second/],
    [http => 'ipxe_retry_after 5; ipxe_retry_after 6;',
     qr/"ipxe_retry_after" directive is duplicate/],
);
for (@wrong) {
    my ($where, $text, @wanted) = @$_;
    my %part = (locations => '', database => '');
    $part{database} = '%%DIR%%/db/hosts.db' if $where eq 'server';
    $part{$where eq 'nodb' ? 'server' : $where} = $text;
    my ($words, $rc) = $t->config_error(%part);
    my ($line) = $words =~ /^nginx: \[emerg\] (.*)$/m;
    my @missing = grep { ($line // '') !~ $_ } @wanted;
    push @missing, 'exit code 1' if $rc != 1;
    push @missing, 'file and line'                     # which nginx itself leaves out here
        if ($line // '') !~ /check\.conf:\d+$/ && $text !~ /no_such_thing/ && $where ne 'nodb';
    is("@missing", '', $text) or diag($words);
}

# what is right is accepted, in each place it may be
for (
    [server => 'location = /a { ipxe boot; } location /b/ { ipxe pxelinux; }
                location ~ ^/c/(.*)\.ipxe$ { ipxe boot; }'],
    [http => 'ipxe_identity mac; ipxe_conflict refuse; ipxe_default_profile "";
              ipxe_base_url http://a; ipxe_retry_after 5;'],
    [server => 'ipxe_identity serial asset uuid mac; ipxe_conflict first;
                ipxe_default_profile a; ipxe_base_url $scheme://$host; ipxe_retry_after 600;'],
    [server => 'location = /x { ipxe boot; ipxe_identity uuid; ipxe_conflict first;
                ipxe_default_profile $arg_p; ipxe_base_url https://a:1/b; ipxe_retry_after 1; }'],
    [server => 'ipxe_database %%DIR%%/db/other.db published; location = /x { ipxe boot; }'],
    [server => 'location = /x { ipxe_database relative.db; ipxe boot; }'],
    [http => 'map $ipxe_host $a { default $ipxe_profile$ipxe_key$ipxe_result; }
              map $a $b { default $ipxe_mac$ipxe_uuid$ipxe_asset$ipxe_serial; }
              log_format x "$b $ipxe_manufacturer $ipxe_product $ipxe_arch $ipxe_platform";'],
    [server => 'if ($ipxe_host) { return 200; }'],
) {
    my ($where, $text) = @$_;
    my ($words, $rc) = $t->config_error($where => $text);
    is($rc, 0, $text) or diag($words);
}
is(join(' ', glob($t->dir . '/db/*')), '', 'nginx -t creates no database');

$t->done_testing;
