package IPXE::Grub;

# GRUB itself, as a program (packages grub-common, grub-emu): what does it make of a script?
#
#   is(grub_error($script), '', 'a script that it can parse');
#   my @lines = grub_run($script);              # what it prints
#   my @lines = grub_run($script, qw(linux));   # ... with commands that only show their arguments

use strict;
use warnings;

use Carp qw(croak);
use Encode qw(decode encode);
use Exporter 'import';
use File::Temp;
use IPXE::Test;

our @EXPORT_OK = qw(grub_error grub_run);

# grub-script-check, with the parser that all GRUBs have: its complaint, or nothing.
sub grub_error {
    my ($script) = @_;
    my ($out, $err, $rc) = IPXE::Test::run_command($script, 'grub-script-check');
    return $rc == 0 ? '' : "$out$err";
}

# The commands named are those of a machine, or would end it: in their place the script has
# functions that print "name <first argument> <second argument> ...", and succeed. It ends at its
# end; a menu is to have `timeout` 0, and its entry to end with `exit`.
sub grub_run {
    my ($script, @shown) = @_;
    my $dir = File::Temp->newdir('ipxe-grub-XXXXXXXX', TMPDIR => 1);
    for my $command (@shown) {
        $script =~ s/^(\s*(?:if |then |do )?)\Q$command\E\b/${1}show_$command/mg;
        $script = <<"GRUB" . $script;
function show_$command {
    echo "\@$command"
    if [ \$# != 0 ]
    then
        for word in "\$@"
        do
            echo "\@<\$word>"
        done
    fi
}
GRUB
    }
    open my $file, '>:raw', "$dir/grub.cfg" or croak "$dir/grub.cfg: $!";
    print $file $script, $script =~ /^menuentry /m ? "\n" : "\nexit\n";
    close $file or croak "$dir/grub.cfg: $!";
    my ($out, $err, $rc) = IPXE::Test::run_command('', qw(timeout 30 grub-emu -m /dev/null -d),
                                                   "$dir");
    croak "grub-emu ended with $rc: $err" if $rc != 0;
    $out =~ s/\e\[[\d;]*[A-Za-z]//g;
    $out =~ s/\A.*?Welcome to GRUB!\s*//s or croak "this is not what GRUB prints: $out";
    my $text = decode('UTF-8', $out) =~ s/\n\r/\n/gr;
    $text =~ s/^(.{79})\n/$1/mg;                        # it wraps lines
    $text =~ s/\n\@</ </g;
    $text =~ s/^\@//mg;
    return map { encode('UTF-8', $_) } split /\n/, $text;
}

1;
