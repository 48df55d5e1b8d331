-- The hosts of the measurements: as many as :count says, the first one has the
-- number :from.  The MAC addresses are 40503 apart, so that neighbours in the
-- table are far from each other in the index.

.bail on
BEGIN;

INSERT INTO host (name, mac, uuid, asset, profile)
SELECT printf('node%07d', value),
       printf('52:54:00:%02x:%02x:%02x', value * 40503 >> 16 & 255,
              value * 40503 >> 8 & 255, value * 40503 & 255),
       printf('%08x-0000-4000-8000-%012x', value * 2654435761 & 0xffffffff,
              value),
       printf('AT-%07d', value),
       'debian-12'
  FROM generate_series(:from, :from + :count - 1);

COMMIT;
