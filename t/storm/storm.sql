-- What the machines of a storm boot: those that have a row, and those that
-- have none.

.bail on
BEGIN;

INSERT INTO profile (name, template, kernel, initrd, args)
VALUES ('debian-12', 'linux', '/images/linux', '/images/initrd.gz',
        'hostname={{name}} console=ttyS0');

UPDATE profile
   SET template = 'linux', kernel = '/images/linux',
       initrd = '/images/initrd.gz', args = 'discover'
 WHERE name = 'default';

COMMIT;
