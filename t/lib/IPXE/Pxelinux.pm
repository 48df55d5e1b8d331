package IPXE::Pxelinux;

# How three loaders read a PXELINUX configuration, each from its own source:
#
#   syslinux   com32/elflink/ldlinux/readconfig.c, kernel.c (6.04)
#   uboot      boot/pxe_utils.c (2024.01)
#   petitboot  discover/pxe-parser.c, parser-conf.c (1.13)
#
#   my $config = read_config('uboot', $text);
#
# Returns { default, timeout (in seconds, 0: none), title, ui, said => [...], labels => [...] },
# each label { name, title, kernel, initrds => [...], args, local }. Of what U-Boot and Petitboot
# do not know there is nothing. `default` is what boots when nobody does anything.

use strict;
use warnings;

use Carp qw(croak);
use Exporter 'import';

our @EXPORT_OK = qw(read_config);

my %READER = (syslinux => \&syslinux, uboot => \&uboot, petitboot => \&petitboot);

sub read_config {
    my ($who, $text) = @_;
    my $config = { labels => [], said => [], timeout => 0 };
    $READER{$who}->($config, $text);
    return $config;
}

# A line of over 4095 bytes is two. A keyword in any case, and white space behind it.
sub syslinux {
    my ($config, $text) = @_;
    my $label;
    for my $line (map { unpack '(a4095)*', s/\r.*//sr } split /\n/, $text) {
        my ($word, $rest) = $line =~ /^\s*(\w+)(?:[\x00-\x20]+(.*))?$/ or next;
        ($word, $rest) = (lc $word, $rest // '');
        if ($word eq 'menu') {
            $label->{title} = $1 if $label && $rest =~ /^label\s+(.*)/i;
            $config->{title} = $1 if $rest =~ /^title\s+(.*)/i;
        } elsif ($word eq 'label') {
            my ($name) = $rest =~ /^(\S*)/;
            push @{ $config->{labels} }, $label = { name => $name, kernel => $name, type => 'kernel' };
        } elsif ($word =~ /^(?:kernel|linux|boot|bss|pxe|fdimage|com32|config)$/) {
            @$label{qw(kernel type)} = ($rest, $word) if $label;
        } elsif ($word eq 'localboot') {
            @$label{qw(kernel type)} = ($rest, $word) if $label;
        } elsif ($word =~ /^(?:append|initrd)$/) {
            $label->{$word} = $rest if $label;
        } elsif ($word eq 'timeout') {
            $config->{timeout} = $rest / 10;
        } elsif ($word =~ /^(?:default|ontimeout|ui)$/) {
            $config->{$word} = $rest;
        } elsif ($word eq 'say') {
            push @{ $config->{said} }, $rest;
        }
    }
    for (@{ $config->{labels} }) {
        if (delete($_->{type}) eq 'localboot') {
            $_->{local} = delete $_->{kernel};
            next;
        }
        # what is behind the first "initrd=" is loaded, up to the next space; ours is its own
        my $line = ($_->{append} // '') . ($_->{initrd} ? " initrd=$_->{initrd}" : '');
        $_->{initrds} = [split /,/, $1] if $line =~ /initrd=(\S+)/;
        $_->{args} = delete $_->{append};
        delete $_->{initrd};
    }
    # without a default it stops at its prompt, where time runs out for ONTIMEOUT alone
    my $ontimeout = delete $config->{ontimeout};
    $config->{default} = $ontimeout if defined $config->{ui};
}

# What it does not know ends a label, and is passed over.
sub uboot {
    my ($config, $text) = @_;
    my ($label, $top);
    for my $line (split /\n/, $text) {
        next if $line =~ /^[ \t]*(?:#|$)/;
        my ($word, $rest) = $line =~ /^[ \t]*(\S+)[ \t]*(.*)$/;
        $word = lc $word;
        croak "U-Boot expects a text: $line"
            if $word =~ /^(?:label|kernel|linux|append|initrd|default|ontimeout|timeout)$/
               && $rest =~ /^(?:#|$)/;
        if ($label && $word =~ /^menu$/) {
            $label->{title} = $1 if $rest =~ /^label[ \t]+(.*)/i;
        } elsif ($label && $word =~ /^(?:kernel|linux)$/) {
            $label->{kernel} = $rest =~ s/#.*//r;
        } elsif ($label && $word eq 'initrd') {
            $label->{initrds} //= [$rest];
        } elsif ($label && $word eq 'append') {
            $label->{args} = $rest;
            next if $label->{initrds} || $rest !~ /initrd=([^ ]*)( ?)/;
            croak "U-Boot reads behind the end of: $line" if $2 eq '';
            $label->{initrds} = [$1];
        } elsif ($label && $word eq 'localboot') {
            $label->{local} = $rest;
        } elsif ($label && $word =~ /^(?:fdt|fdtdir|devicetree|devicetreedir|ipappend|kaslrseed)$/) {
            next;
        } elsif ($word eq 'label') {
            push @{ $config->{labels} }, $label = { name => $rest };
        } else {
            undef $label;
            $config->{default} = $rest if $word =~ /^(?:default|ontimeout)$/;
            $config->{timeout} = $rest / 10 if $word eq 'timeout';
            $config->{title} = $1 if $word eq 'menu' && $rest =~ /^title[ \t]+(.*)/i;
        }
    }
}

# Lines are "name value"; quotation marks and spaces around both go. The first label that a
# DEFAULT before it names is the default.
sub petitboot {
    my ($config, $text) = @_;
    my ($label, $default);
    for my $line (split /\n/, $text) {
        my ($name, $value) = map { s/^["'\s]+|["'\s]+$//gr } split / /, $line =~ tr/\t/ /r
            =~ s/^["'\s]+//r, 2;
        next if !defined $value || $value eq '' || $name =~ /^#/ || $value =~ /^#/;
        $name = lc $name;
        if ($name eq 'default') {
            $default = $value;
        } elsif ($name eq 'label') {
            push @{ $config->{labels} }, $label = { name => $value };
            $config->{default} //= $value if defined $default && $default eq $value;
        } elsif ($label && $name eq 'kernel') {
            $label->{kernel} = $value;
        } elsif ($label && $name eq 'initrd') {
            $label->{initrds} = [$value];
        } elsif ($label && $name eq 'append') {
            $label->{args} = $value;
            $label->{initrds} = [$1] if $value =~ /initrd=([^ ]*)/i;
        }
    }
}

1;
