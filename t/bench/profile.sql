-- What the hosts of the measurements boot: a profile that describes an install,
-- with variables; an answer has 800 bytes.

.bail on
BEGIN;

INSERT INTO profile (name, title, template, kernel, initrd, args)
VALUES ('debian-12', 'Debian 12', 'linux',
        '/images/debian-12/amd64/linux', '/images/debian-12/amd64/initrd.gz',
        'auto=true priority=critical hostname={{name}} domain={{domain}} '
     || 'url=http://{{server}}/preseed/{{name}}.cfg '
     || 'mirror/http/hostname={{mirror}} mirror/http/directory=/debian '
     || 'time/zone={{zone}} asset={{asset}} netcfg/choose_interface=auto '
     || 'partman-auto/disk={{disk}} grub-installer/bootdev={{disk}} '
     || 'console=tty0 console={{console}} DEBIAN_FRONTEND=text quiet ---');

INSERT INTO var (profile, name, value)
VALUES ('debian-12', 'domain', 'boot.example.org'),
       ('debian-12', 'server', 'deploy.boot.example.org:8080'),
       ('debian-12', 'mirror', 'mirror.boot.example.org'),
       ('debian-12', 'zone', 'Europe/Paris'),
       ('debian-12', 'disk', '/dev/nvme0n1'),
       ('debian-12', 'console', 'ttyS0,115200n8');

COMMIT;
