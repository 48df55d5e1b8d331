# The console that the other tests read: a firmware's serial output as a terminal shows it,
# whatever pieces it comes in.

use strict;
use warnings;

use IPXE::Boot::Console;
use Test::More;

my %case = (
    'carriage return overwrites'    => ["abc\rX\n", "Xbc\n"],
    'backspace erases in step'      => ["Press key\x08 \x08\x08!\n", "Press k!\n"],
    'a word sent around the screen' => ["\e[2J\n\n\@MAR\r\e[3;5HKER\n", "\n\n\n\@MARKER\n"],
    'colours are not text'          => ["\e[0;1mbold\e[0m plain\n", "bold plain\n"],
    'a full line goes on'           => ['x' x 80 . "\r\nyz\n", 'x' x 80 . "yz\n"],
    'a cleared screen stays'        => ["old\r\n\e[2J\e[1;1Hnew\n", "old\n\nnew\n"],
    'a scrolled screen'             => ["row\r\n" x 30 . "\e[25;1HLast\n", "row\n" x 30 . "Last\n"],
    'reset and modes are not text'  => ["\ec\e[?7lSeaBIOS\r\n", "SeaBIOS\n"],
);
for my $what (sort keys %case) {
    my ($bytes, $want) = @{ $case{$what} };
    for my $size (1, 3, 7, 4096) {
        my $console = IPXE::Boot::Console->new;
        $console->write($_) for unpack "(a$size)*", $bytes;
        is($console->text =~ s/\n+\z/\n/r, $want, "$what, in pieces of $size");
    }
}

done_testing();
