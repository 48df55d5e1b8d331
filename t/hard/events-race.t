# t/http/events_race.t in its long form.
use strict;
use warnings;

$ENV{TEST_HARD} = 1;
exec $^X, (map { "-I$_" } @INC), 't/http/events_race.t' or die "exec: $!";
