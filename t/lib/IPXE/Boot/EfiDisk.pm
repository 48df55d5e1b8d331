package IPXE::Boot::EfiDisk;

# A disk for UEFI that does what disk.img of tools/payload does for a BIOS: its boot loader says a
# text and powers off. The text can be overwritten in place: it stands in the file as it is.
#
#   my $image = efi_disk($path, "This is the local disk.");

use strict;
use warnings;

use Carp qw(croak);
use Exporter 'import';

our @EXPORT_OK = qw(efi_disk);

# fn(image, system): prints the text behind it letter by letter, and shuts the machine down
my $CODE = join '', qw(
    4883ec38 4889d3 488d3532000000
    0fb606 84c0 7415 48ffc6 89442420 488b4b40 488d542420 ff5108 ebe4
    488b4358 b902000000 31d2 4531c0 4531c9 ff5068 ebfe
);

# A program for EFI: headers of 512 bytes, one section of 512 bytes with code and text.
sub program {
    my ($text) = @_;
    my $coff = pack 'v2 V3 v2', 0x8664, 1, 0, 0, 0, 240, 0x22;
    my $optional = pack 'v C2 V5 Q V2 v6 V4 v2 Q4 V2 x128', 0x20b, 0, 0,
        0x200, 0, 0, 0x1000, 0x1000,                # sizes; the entry, and where code begins
        0, 0x1000, 0x200, (0) x 6,                  # base; alignment in memory, in the file
        0, 0x2000, 0x200, 0, 10, 0,                 # size of all, of the headers; an application
        (0) x 4, 0, 16;
    my $section = pack 'a8 V6 v2 V', '.text', 0x200, 0x1000, 0x200, 0x200, 0, 0, 0, 0, 0x60000020;
    my $headers = pack('a60 V', 'MZ', 64) . "PE\0\0" . $coff . $optional . $section;
    return pack 'a512 a512', $headers, pack('H*', $CODE) . "\r\n$text\r\n\0";
}

sub efi_disk {
    my ($path, $text) = @_;
    open my $file, '>:raw', "$path.efi" or croak "$path.efi: $!";
    print $file program($text);
    close $file or croak "$path.efi: $!";
    for my $command ([qw(mformat -C -f 1440 ::)], [qw(mmd ::/EFI ::/EFI/BOOT)],
                     ['mcopy', "$path.efi", '::/EFI/BOOT/BOOTX64.EFI']) {
        my ($name, @argument) = @$command;
        system($name, '-i', $path, @argument) == 0 or croak "failed: @$command";
    }
}

1;
