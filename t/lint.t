use strict;
use warnings;

use FindBin;
use Test::More tests => 1;

my $output = `$FindBin::Bin/../tools/lint 2>&1`;
is("$?\n$output", "0\n", 'no warning');
