package IPXE::Boot::Console;

# What a serial terminal would have shown: the bytes of a BIOS console, with cursor movements
# carried out, so that a word that was sent in pieces is found whole. Nothing scrolls away and
# nothing is erased: a cleared screen starts below the old one.

use strict;
use warnings;

use constant { HEIGHT => 25, WIDTH => 80 };

sub new {
    my ($class) = @_;
    return bless { rows => [''], row => 0, column => 0, top => 0, rest => '' }, $class;
}

# Bytes may come in any pieces; an escape sequence that has not ended yet waits for the rest.
sub write {
    my ($c, $bytes) = @_;
    $c->{rest} .= $bytes;
    for ($c->{rest}) {
        while (length) {
            if    (s/^([^\x00-\x1f\x7f]+)//)      { $c->print($1) }
            elsif (s/^\r//)                       { $c->{column} = 0 }
            elsif (s/^\n//)                       { $c->down }
            elsif (s/^\x08//)                     { $c->{column}-- if $c->{column} > 0 }
            elsif (s/^\t//)                       { $c->{column} += 8 - $c->{column} % 8 }
            elsif (s/^\x1b\[([?\d;]*)([\@-~])//)  { $c->control($2, split /;/, $1) }
            elsif (/^\x1b(?:\[[?\d;]*)?\z/)       { last }
            elsif (s/^\x1b[^\[]//)                { }
            else                                  { s/^.//s }
        }
    }
    return $c;
}

sub print {
    my ($c, $text) = @_;
    my $row = \$c->{rows}[ $c->{row} ];
    $$row .= ' ' x ($c->{column} - length $$row) if length $$row < $c->{column};
    substr($$row, $c->{column}, length $text) = $text;
    $c->{column} += length $text;
}

sub down {
    my ($c) = @_;
    $c->{row}++;
    $c->{rows}[ $c->{row} ] //= '';
    $c->{top}++ if $c->{row} >= $c->{top} + HEIGHT;
}

sub control {
    my ($c, $what, @number) = @_;
    if ($what eq 'H' || $what eq 'f') {
        $c->{row} = $c->{top} + ($number[0] || 1) - 1;
        $c->{column} = ($number[1] || 1) - 1;
    }
    elsif ($what eq 'J' && ($number[0] // 0) eq '2') {
        $c->{top} = $c->{row} = @{ $c->{rows} };
        $c->{column} = 0;
    }
    $c->{rows}[$_] //= '' for @{ $c->{rows} } .. $c->{row};
}

# All rows as text. A full row goes on in the next one.
sub text {
    my ($c) = @_;
    return join '', map { s/ +$//r . (length == WIDTH ? '' : "\n") } @{ $c->{rows} };
}

1;
