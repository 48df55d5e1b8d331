-- hosts.db: which machine boots what.
--
--     sqlite3 hosts.db < schema.sql
--
-- makes a complete database: tables, the shipped templates and profiles, the
-- list of placeholders.  On a database of the same version it changes no row.
-- Every rule about a row is made by the database itself, also when the
-- client has foreign keys off, as the sqlite3 shell has by default.

.bail on


-- Is this the right file for this script?  (RAISE works in triggers only.)

CREATE TEMP TABLE found (sqlite INTEGER, app INTEGER, version INTEGER,
                         tables INTEGER);

CREATE TEMP TRIGGER found_wrong BEFORE INSERT ON found
BEGIN
    SELECT RAISE(ABORT, 'schema.sql needs SQLite 3.37 or newer')
     WHERE NEW.sqlite < 37;
    SELECT RAISE(ABORT, 'this database belongs to another application: give schema.sql a new file')
     WHERE NEW.tables > 0 AND NEW.app <> 1766873157;
    SELECT RAISE(ABORT, 'this hosts.db is newer than this schema.sql (version 1): use the schema.sql of the installed module')
     WHERE NEW.tables > 0 AND NEW.version > 1;
END;

INSERT INTO found
SELECT CAST(substr(sqlite_version(), 3) AS INTEGER),
       (SELECT application_id FROM pragma_application_id),
       (SELECT user_version FROM pragma_user_version),
       (SELECT count(*) FROM main.sqlite_schema);


-- The header of a new file: 'iPXE', version 1, write-ahead log.  A pragma
-- cannot be conditional but ATTACH can: a database that is already there
-- keeps its header, and these lines then talk to an empty one in memory.

ATTACH (SELECT iif(tables = 0, file, ':memory:')
          FROM found, pragma_database_list WHERE name = 'main') AS fresh;
PRAGMA fresh.application_id = 1766873157;
PRAGMA fresh.user_version = 1;
.once /dev/null
PRAGMA fresh.journal_mode = WAL;
DETACH fresh;


BEGIN IMMEDIATE;

-- A profile says what to boot.  What is NULL is inherited from the parent.
-- kernel, initrd and args may hold template tags; kernel and initrd are URLs
-- or paths on this server; initrd holds one per line.  A profile with a title
-- of its own is shown in menus.

CREATE TABLE IF NOT EXISTS profile (
    name      TEXT NOT NULL PRIMARY KEY
              CONSTRAINT "profile.name must be letters, digits, '.', '_' and '-', at most 64, such as 'debian-12'"
              CHECK (length(name) BETWEEN 1 AND 64
                     AND name NOT GLOB '*[^A-Za-z0-9._-]*'
                     AND name GLOB '[A-Za-z0-9]*'
                     AND instr(name, char(0)) = 0),
    parent    TEXT REFERENCES profile (name),
    title     TEXT,
    template  TEXT,
    kernel    TEXT,
    initrd    TEXT,
    args      TEXT,
    CONSTRAINT "profile.kernel must be, with title, initrd and args, at most 65536 bytes, such as '/images/linux'"
    CHECK (length(CAST(ifnull(title, '') || ifnull(kernel, '')
                       || ifnull(initrd, '') || ifnull(args, '') AS BLOB)) <= 65536)
) STRICT;

CREATE INDEX IF NOT EXISTS profile_parent ON profile (parent);
CREATE INDEX IF NOT EXISTS profile_template ON profile (template);


-- The keys below are the canonical forms that machines are looked up by:
-- a MAC or UUID as bare lower-case hexadecimal digits, an asset tag or serial
-- number in lower case without the spaces around it.
-- (instr() looks for a NUL, at which GLOB, LIKE and length() end.)

CREATE TABLE IF NOT EXISTS host (
    name      TEXT NOT NULL COLLATE NOCASE PRIMARY KEY
              CONSTRAINT "host.name must be a host name (RFC 1123): letters, digits and '-' in labels of at most 63, joined by '.', such as 'web1' or 'web1.example.org'"
              CHECK (length(name) BETWEEN 1 AND 253
                     AND name NOT GLOB '*[^A-Za-z0-9.-]*'
                     AND '.' || name || '.' NOT GLOB '*[.-].*'
                     AND '.' || name || '.' NOT GLOB '*.[.-]*'
                     -- no label of 64 characters: '[^.]' sixty-four times
                     AND name NOT GLOB
                         '*' || replace(hex(zeroblob(32)), '0', '[^.]') || '*'
                     AND instr(name, char(0)) = 0),
    mac       TEXT
              CONSTRAINT "host.mac must be a MAC address of 6, 8 or 20 bytes, such as '52:54:00:12:34:56', '52-54-00-12-34-56', '5254.0012.3456' or '525400123456'"
              CHECK (instr(mac, char(0)) = 0
                     AND mac_key NOT GLOB '*[^0-9a-f]*'
                     AND length(mac_key) IN (12, 16, 40)
                     AND (length(mac) = length(mac_key)
                          OR mac LIKE rtrim(replace(hex(zeroblob(length(mac_key) / 2)), '00', '__:'), ':')
                          OR mac LIKE rtrim(replace(hex(zeroblob(length(mac_key) / 2)), '00', '__-'), '-')
                          OR mac LIKE rtrim(replace(hex(zeroblob(length(mac_key) / 2)), '0000', '____.'), '.')))
              CONSTRAINT "host.mac must be the address of one card, not all zeros and not multicast (the first byte of 6 is even), such as '52:54:00:12:34:56'"
              CHECK (rtrim(mac_key, '0') <> ''
                     AND (length(mac_key) <> 12
                          OR instr('13579bdf', substr(mac_key, 2, 1)) = 0)),
    uuid      TEXT
              CONSTRAINT "host.uuid must be a UUID of 32 hexadecimal digits, such as '11223344-5566-7788-99aa-bbccddeeff00'"
              CHECK (instr(uuid, char(0)) = 0
                     AND uuid_key NOT GLOB '*[^0-9a-f]*'
                     AND length(uuid_key) = 32
                     AND (length(uuid) = 32
                          OR uuid LIKE '________-____-____-____-____________'
                          OR uuid LIKE '{________-____-____-____-____________}')),
    asset     TEXT
              CONSTRAINT "host.asset must be the asset tag as the machine shows it: 1 to 255 bytes, all printable, such as 'AT-007'"
              CHECK (asset_key <> '' AND length(CAST(asset AS BLOB)) <= 255
                     AND instr(asset, char(0)) = 0
                     AND asset NOT GLOB '*[' || char(1) || '-' || char(31) || char(127) || ']*'),
    serial    TEXT
              CONSTRAINT "host.serial must be the serial number as the machine shows it: 1 to 255 bytes, all printable, such as 'SN-42'"
              CHECK (serial_key <> '' AND length(CAST(serial AS BLOB)) <= 255
                     AND instr(serial, char(0)) = 0
                     AND serial NOT GLOB '*[' || char(1) || '-' || char(31) || char(127) || ']*'),

    -- what it boots; without a word about it: its own disk
    profile   TEXT NOT NULL DEFAULT 'local' REFERENCES profile (name),
    -- what it boots instead, once, until that is reported done
    install   TEXT REFERENCES profile (name),
    -- what its answer files and reports are known by, new with each install
    token     TEXT NOT NULL DEFAULT (lower(hex(randomblob(16))))
              CONSTRAINT "host.token must be 32 hexadecimal digits; the database makes one whenever install is set"
              CHECK (length(token) = 32 AND token NOT GLOB '*[^0-9a-f]*'
                     AND instr(token, char(0)) = 0),

    note      TEXT,
    created   TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    updated   TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),

    mac_key    TEXT GENERATED ALWAYS AS
               (lower(replace(replace(replace(mac, ':', ''), '-', ''), '.', ''))),
    uuid_key   TEXT GENERATED ALWAYS AS
               (lower(replace(replace(replace(uuid, '-', ''), '{', ''), '}', ''))),
    asset_key  TEXT GENERATED ALWAYS AS (lower(trim(asset))),
    serial_key TEXT GENERATED ALWAYS AS (lower(trim(serial)))
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS host_mac ON host (mac_key);
CREATE UNIQUE INDEX IF NOT EXISTS host_uuid ON host (uuid_key);
CREATE UNIQUE INDEX IF NOT EXISTS host_asset ON host (asset_key);
CREATE UNIQUE INDEX IF NOT EXISTS host_serial ON host (serial_key);
CREATE UNIQUE INDEX IF NOT EXISTS host_token ON host (token);
CREATE INDEX IF NOT EXISTS host_profile ON host (profile);
CREATE INDEX IF NOT EXISTS host_install ON host (install)
 WHERE install IS NOT NULL;


-- The further network cards of a host.

CREATE TABLE IF NOT EXISTS nic (
    mac       TEXT NOT NULL PRIMARY KEY
              CONSTRAINT "nic.mac must be a MAC address of 6, 8 or 20 bytes, such as '52:54:00:12:34:56', '52-54-00-12-34-56', '5254.0012.3456' or '525400123456'"
              CHECK (instr(mac, char(0)) = 0
                     AND mac_key NOT GLOB '*[^0-9a-f]*'
                     AND length(mac_key) IN (12, 16, 40)
                     AND (length(mac) = length(mac_key)
                          OR mac LIKE rtrim(replace(hex(zeroblob(length(mac_key) / 2)), '00', '__:'), ':')
                          OR mac LIKE rtrim(replace(hex(zeroblob(length(mac_key) / 2)), '00', '__-'), '-')
                          OR mac LIKE rtrim(replace(hex(zeroblob(length(mac_key) / 2)), '0000', '____.'), '.')))
              CONSTRAINT "nic.mac must be the address of one card, not all zeros and not multicast (the first byte of 6 is even), such as '52:54:00:12:34:56'"
              CHECK (rtrim(mac_key, '0') <> ''
                     AND (length(mac_key) <> 12
                          OR instr('13579bdf', substr(mac_key, 2, 1)) = 0)),
    host      TEXT NOT NULL COLLATE NOCASE
              REFERENCES host (name),
    mac_key   TEXT GENERATED ALWAYS AS
              (lower(replace(replace(replace(mac, ':', ''), '-', ''), '.', '')))
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS nic_mac ON nic (mac_key);
CREATE INDEX IF NOT EXISTS nic_host ON nic (host);


-- Mustache templates.  A template is known by its name and its dialect, the
-- language of the loader that reads it.

CREATE TABLE IF NOT EXISTS template (
    name      TEXT NOT NULL
              CONSTRAINT "template.name must be letters, digits, '.', '_' and '-', at most 64, such as 'linux' or 'preseed.cfg'"
              CHECK (length(name) BETWEEN 1 AND 64
                     AND name NOT GLOB '*[^A-Za-z0-9._-]*'
                     AND name GLOB '[A-Za-z0-9]*'
                     AND instr(name, char(0)) = 0),
    dialect   TEXT NOT NULL
              CONSTRAINT "template.dialect must be 'ipxe', 'pxelinux', 'grub' or 'file'"
              CHECK (dialect IN ('ipxe', 'pxelinux', 'grub', 'file')),
    body      TEXT NOT NULL
              CONSTRAINT "template.body must be at most 500000 bytes, such as '#!ipxe': serve what is longer as a file"
              CHECK (length(CAST(body AS BLOB)) <= 500000),
    PRIMARY KEY (name, dialect)
) STRICT;


-- Variables for templates: of a host, of a profile, or of all (neither).
-- The nearest wins: host, profile, its parents, all.

CREATE TABLE IF NOT EXISTS var (
    host      TEXT COLLATE NOCASE
              REFERENCES host (name),
    profile   TEXT REFERENCES profile (name),
    name      TEXT NOT NULL
              CONSTRAINT "var.name must be a letter followed by letters, digits, '_' and '-', at most 64, such as 'disk'"
              CHECK (length(name) BETWEEN 1 AND 64
                     AND name NOT GLOB '*[^A-Za-z0-9_-]*'
                     AND name GLOB '[A-Za-z]*'
                     AND instr(name, char(0)) = 0)
              CONSTRAINT "var.name is reserved: templates know name, mac, uuid, asset, serial, ip, arch, platform, manufacturer, product, profile, profiles, unusable, why, menu, is_default, title, template, kernel, initrd, initrds, args, file, last, base_url, file_url, event_url and token by themselves; choose another, such as 'disk'"
              CHECK (name NOT IN ('name', 'mac', 'uuid', 'asset', 'serial',
                                  'ip', 'arch', 'platform', 'manufacturer',
                                  'product', 'profile', 'profiles',
                                  'unusable', 'why', 'menu', 'is_default',
                                  'title',
                                  'template', 'kernel', 'initrd', 'initrds',
                                  'args', 'file', 'last', 'base_url',
                                  'file_url', 'event_url', 'token')),
    value     TEXT NOT NULL
              CONSTRAINT "var.value must be at most 500000 bytes, such as '/dev/sda': serve what is longer as a file"
              CHECK (length(CAST(value AS BLOB)) <= 500000),
    CONSTRAINT "var.host and var.profile cannot both be set: give one of them, or neither for a variable of all hosts"
    CHECK (host IS NULL OR profile IS NULL)
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS var_host ON var (host, name)
 WHERE host IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS var_profile ON var (profile, name)
 WHERE profile IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS var_global ON var (name)
 WHERE host IS NULL AND profile IS NULL;
-- what the module reads whenever the database changes, among many of hosts
CREATE INDEX IF NOT EXISTS var_shared ON var (profile, name)
 WHERE host IS NULL;
-- ... and which variables hosts have at all
CREATE INDEX IF NOT EXISTS var_name ON var (name)
 WHERE host IS NOT NULL;


-- Identities that mean nothing: what firmware shows when nobody set it, the
-- MAC of a network adapter that wanders between machines.  Machines are not
-- looked up by them and rows cannot claim them.  Add yours.

CREATE TABLE IF NOT EXISTS placeholder (
    value     TEXT NOT NULL PRIMARY KEY,
    -- as an asset tag or serial number; as a MAC or UUID, where it can be one
    key       TEXT GENERATED ALWAYS AS (lower(trim(value))),
    hex       TEXT GENERATED ALWAYS AS
              (iif(length(replace(replace(replace(trim(value, ' {}'), '-', ''), ':', ''), '.', ''))
                   IN (12, 16, 32, 40),
                   lower(replace(replace(replace(trim(value, ' {}'), '-', ''), ':', ''), '.', '')),
                   NULL))
) STRICT;

CREATE INDEX IF NOT EXISTS placeholder_key ON placeholder (key);
CREATE INDEX IF NOT EXISTS placeholder_hex ON placeholder (hex);


-- Each profile with itself and its parents, nearest first.

CREATE VIEW IF NOT EXISTS profile_chain (profile, distance, ancestor) AS
WITH RECURSIVE up (profile, distance, ancestor) AS (
    SELECT name, 0, name FROM profile
    UNION
    SELECT up.profile, up.distance + 1, profile.parent
      FROM up JOIN profile ON profile.name = up.ancestor
     WHERE profile.parent IS NOT NULL AND up.distance < 64
)
SELECT profile, distance, ancestor FROM up ORDER BY profile, distance;


-- The rules that one row alone cannot tell.  Each stands once, in a trigger
-- on a view, which both the INSERT and the UPDATE of the table go through.

CREATE VIEW IF NOT EXISTS host_rule AS
SELECT name AS old, name, mac_key, uuid_key, asset_key, serial_key, profile,
       install, token
  FROM host;

CREATE TRIGGER IF NOT EXISTS host_rule_check INSTEAD OF INSERT ON host_rule
BEGIN
    SELECT RAISE(ABORT, 'host.mac is in the placeholder table, many machines show it: give the MAC of a card that is the host''s own, such as ''52:54:00:12:34:56''')
     WHERE EXISTS (SELECT 1 FROM placeholder WHERE hex = NEW.mac_key);
    SELECT RAISE(ABORT, 'host.mac belongs to another host already: give another MAC; SELECT name, mac FROM host shows whose it is')
     WHERE EXISTS (SELECT 1 FROM host
                    WHERE mac_key = NEW.mac_key
                      AND name NOT IN (NEW.name, NEW.old));
    SELECT RAISE(ABORT, 'host.mac is in nic.mac already: give a MAC that no row of nic has, such as ''52:54:00:12:34:56'', or delete that row first')
     WHERE EXISTS (SELECT 1 FROM nic WHERE mac_key = NEW.mac_key);
    SELECT RAISE(ABORT, 'host.uuid is in the placeholder table, many machines show it: leave it NULL or give the machine''s own, such as ''11223344-5566-7788-99aa-bbccddeeff00''')
     WHERE EXISTS (SELECT 1 FROM placeholder
                    WHERE hex IN (NEW.uuid_key,
                                  substr(NEW.uuid_key, 7, 2) || substr(NEW.uuid_key, 5, 2)
                                  || substr(NEW.uuid_key, 3, 2) || substr(NEW.uuid_key, 1, 2)
                                  || substr(NEW.uuid_key, 11, 2) || substr(NEW.uuid_key, 9, 2)
                                  || substr(NEW.uuid_key, 15, 2) || substr(NEW.uuid_key, 13, 2)
                                  || substr(NEW.uuid_key, 17)));
    SELECT RAISE(ABORT, 'host.uuid belongs to another host already: give a UUID that no host has, such as ''11223344-5566-7788-99aa-bbccddeeff00''')
     WHERE EXISTS (SELECT 1 FROM host
                    WHERE uuid_key = NEW.uuid_key
                      AND name NOT IN (NEW.name, NEW.old));
    SELECT RAISE(ABORT, 'host.asset is in the placeholder table, many machines show it: leave it NULL or give the machine''s own, such as ''AT-007''')
     WHERE EXISTS (SELECT 1 FROM placeholder WHERE key = NEW.asset_key);
    SELECT RAISE(ABORT, 'host.asset belongs to another host already: give an asset tag that no host has, such as ''AT-007''')
     WHERE EXISTS (SELECT 1 FROM host
                    WHERE asset_key = NEW.asset_key
                      AND name NOT IN (NEW.name, NEW.old));
    SELECT RAISE(ABORT, 'host.serial is in the placeholder table, many machines show it: leave it NULL or give the machine''s own, such as ''SN-42''')
     WHERE EXISTS (SELECT 1 FROM placeholder WHERE key = NEW.serial_key);
    SELECT RAISE(ABORT, 'host.serial belongs to another host already: give a serial number that no host has, such as ''SN-42''')
     WHERE EXISTS (SELECT 1 FROM host
                    WHERE serial_key = NEW.serial_key
                      AND name NOT IN (NEW.name, NEW.old));
    SELECT RAISE(ABORT, 'host.profile is not in profile.name: give one that SELECT name FROM profile lists, such as ''local''')
     WHERE NOT EXISTS (SELECT 1 FROM profile WHERE name = NEW.profile);
    SELECT RAISE(ABORT, 'host.install is not in profile.name: give NULL or one that SELECT name FROM profile lists, such as ''debian-12''')
     WHERE NEW.install IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM profile WHERE name = NEW.install);
    SELECT RAISE(ABORT, 'host.token belongs to another host already: leave it out, the database makes one')
     WHERE EXISTS (SELECT 1 FROM host
                    WHERE token = NEW.token
                      AND name NOT IN (NEW.name, NEW.old));
END;

CREATE TRIGGER IF NOT EXISTS host_insert BEFORE INSERT ON host
BEGIN
    INSERT INTO host_rule
    VALUES (NEW.name, NEW.name, NEW.mac_key, NEW.uuid_key, NEW.asset_key,
            NEW.serial_key, NEW.profile, NEW.install, NEW.token);
END;

-- An identity that stays as it is may have become a placeholder meanwhile.

CREATE TRIGGER IF NOT EXISTS host_update
BEFORE UPDATE OF name, mac, uuid, asset, serial, profile, install, token ON host
BEGIN
    SELECT RAISE(ABORT, 'host.name belongs to another host already: give a name that no host has, such as ''web2''')
     WHERE NEW.name <> OLD.name
       AND EXISTS (SELECT 1 FROM host WHERE name = NEW.name);
    INSERT INTO host_rule
    VALUES (OLD.name, NEW.name,
            iif(NEW.mac IS OLD.mac, NULL, NEW.mac_key),
            iif(NEW.uuid IS OLD.uuid, NULL, NEW.uuid_key),
            iif(NEW.asset IS OLD.asset, NULL, NEW.asset_key),
            iif(NEW.serial IS OLD.serial, NULL, NEW.serial_key),
            NEW.profile, NEW.install, NEW.token);
END;

-- Arming an install, with the same profile again too, makes a new token.

CREATE TRIGGER IF NOT EXISTS host_arm AFTER UPDATE OF install ON host
BEGIN
    UPDATE host SET token = lower(hex(randomblob(16))) WHERE name = NEW.name;
END;

CREATE TRIGGER IF NOT EXISTS host_touch AFTER UPDATE ON host
WHEN NEW.updated IS OLD.updated
 AND NEW.updated <> strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
BEGIN
    UPDATE host SET updated = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
     WHERE name = NEW.name;
END;

-- The cards and variables of a host go where the host goes.

CREATE TRIGGER IF NOT EXISTS host_rename AFTER UPDATE OF name ON host
WHEN NEW.name IS NOT OLD.name
BEGIN
    UPDATE nic SET host = NEW.name WHERE host = OLD.name;
    UPDATE var SET host = NEW.name WHERE host = OLD.name;
END;

CREATE TRIGGER IF NOT EXISTS host_delete AFTER DELETE ON host
BEGIN
    DELETE FROM nic WHERE host = OLD.name;
    DELETE FROM var WHERE host = OLD.name;
END;


CREATE VIEW IF NOT EXISTS nic_rule AS
SELECT mac_key AS old, mac_key, host FROM nic;

CREATE TRIGGER IF NOT EXISTS nic_rule_check INSTEAD OF INSERT ON nic_rule
BEGIN
    SELECT RAISE(ABORT, 'nic.mac is in the placeholder table, many machines show it: give the MAC of a card that is the host''s own, such as ''52:54:00:12:34:56''')
     WHERE EXISTS (SELECT 1 FROM placeholder WHERE hex = NEW.mac_key);
    SELECT RAISE(ABORT, 'nic.mac is in host.mac already: give a MAC that no host has, such as ''52:54:00:12:34:56''')
     WHERE EXISTS (SELECT 1 FROM host WHERE mac_key = NEW.mac_key);
    SELECT RAISE(ABORT, 'nic.mac belongs to another host already: give a MAC that no row of nic has, such as ''52:54:00:12:34:56''')
     WHERE EXISTS (SELECT 1 FROM nic
                    WHERE mac_key = NEW.mac_key AND mac_key IS NOT NEW.old
                      AND host <> NEW.host);
    SELECT RAISE(ABORT, 'nic.host is not in host.name: give one that SELECT name FROM host lists, such as ''web1''')
     WHERE NOT EXISTS (SELECT 1 FROM host WHERE name = NEW.host);
END;

CREATE TRIGGER IF NOT EXISTS nic_insert BEFORE INSERT ON nic
BEGIN
    INSERT INTO nic_rule VALUES (NULL, NEW.mac_key, NEW.host);
END;

CREATE TRIGGER IF NOT EXISTS nic_update BEFORE UPDATE OF mac, host ON nic
BEGIN
    INSERT INTO nic_rule
    VALUES (OLD.mac_key, iif(NEW.mac IS OLD.mac, NULL, NEW.mac_key), NEW.host);
END;


CREATE VIEW IF NOT EXISTS profile_rule AS
SELECT name AS old, name, parent, template FROM profile;

CREATE TRIGGER IF NOT EXISTS profile_rule_check
INSTEAD OF INSERT ON profile_rule
BEGIN
    SELECT RAISE(ABORT, 'profile.parent makes a circle: give NULL or a profile that does not inherit from this one')
     WHERE NEW.parent IN (NEW.name, NEW.old)
        OR (NEW.parent IS NOT NULL
            AND EXISTS (SELECT 1 FROM profile_chain
                         WHERE profile = NEW.parent AND ancestor = NEW.name));
    SELECT RAISE(ABORT, 'profile.parent is not in profile.name: give NULL or one that SELECT name FROM profile lists, such as ''local''')
     WHERE NEW.parent IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM profile WHERE name = NEW.parent);
    SELECT RAISE(ABORT, 'profile.parent makes a line of more than 16 profiles, which is as far as a profile inherits: give NULL or a profile with fewer parents, such as ''local''')
     WHERE NEW.parent IS NOT NULL
       AND (SELECT max(distance) FROM profile_chain WHERE profile = NEW.parent)
           + (SELECT ifnull(max(distance), 0) FROM profile_chain
               WHERE ancestor = NEW.name) >= 15;
    SELECT RAISE(ABORT, 'profile.template is not in template.name: give NULL or one that SELECT name FROM template lists, such as ''linux''')
     WHERE NEW.template IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM template WHERE name = NEW.template);
END;

CREATE TRIGGER IF NOT EXISTS profile_insert BEFORE INSERT ON profile
BEGIN
    INSERT INTO profile_rule
    VALUES (NEW.name, NEW.name, NEW.parent, NEW.template);
END;

CREATE TRIGGER IF NOT EXISTS profile_update
BEFORE UPDATE OF name, parent, template ON profile
BEGIN
    SELECT RAISE(ABORT, 'profile.name is in use (host.profile, host.install or profile.parent): insert a profile of the new name and point them to it first')
     WHERE NEW.name IS NOT OLD.name
       AND (EXISTS (SELECT 1 FROM host WHERE profile = OLD.name)
            OR EXISTS (SELECT 1 FROM host WHERE install = OLD.name)
            OR EXISTS (SELECT 1 FROM profile WHERE parent = OLD.name));
    SELECT RAISE(ABORT, 'profile.name belongs to another profile already: give a name that no profile has, such as ''debian-13''')
     WHERE NEW.name IS NOT OLD.name
       AND EXISTS (SELECT 1 FROM profile WHERE name = NEW.name);
    INSERT INTO profile_rule
    VALUES (OLD.name, NEW.name, NEW.parent, NEW.template);
END;

CREATE TRIGGER IF NOT EXISTS profile_rename AFTER UPDATE OF name ON profile
WHEN NEW.name IS NOT OLD.name
BEGIN
    UPDATE var SET profile = NEW.name WHERE profile = OLD.name;
END;

CREATE TRIGGER IF NOT EXISTS profile_delete BEFORE DELETE ON profile
BEGIN
    SELECT RAISE(ABORT, 'profile.name is in use: set host.profile, host.install and profile.parent to other profiles first')
     WHERE EXISTS (SELECT 1 FROM host WHERE profile = OLD.name)
        OR EXISTS (SELECT 1 FROM host WHERE install = OLD.name)
        OR EXISTS (SELECT 1 FROM profile WHERE parent = OLD.name);
    DELETE FROM var WHERE profile = OLD.name;
END;


CREATE TRIGGER IF NOT EXISTS template_rename
BEFORE UPDATE OF name, dialect ON template
WHEN NEW.name IS NOT OLD.name OR NEW.dialect IS NOT OLD.dialect
BEGIN
    SELECT RAISE(ABORT, 'template.name is in use (profile.template): insert a template of the new name or dialect and point the profiles to it first')
     WHERE EXISTS (SELECT 1 FROM profile WHERE template = OLD.name);
END;

CREATE TRIGGER IF NOT EXISTS template_delete BEFORE DELETE ON template
BEGIN
    SELECT RAISE(ABORT, 'template.name is in use: set profile.template to another template first')
     WHERE EXISTS (SELECT 1 FROM profile WHERE template = OLD.name);
END;


CREATE VIEW IF NOT EXISTS var_rule AS SELECT host, profile FROM var;

CREATE TRIGGER IF NOT EXISTS var_rule_check INSTEAD OF INSERT ON var_rule
BEGIN
    SELECT RAISE(ABORT, 'var.host is not in host.name: give NULL or one that SELECT name FROM host lists, such as ''web1''')
     WHERE NEW.host IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM host WHERE name = NEW.host);
    SELECT RAISE(ABORT, 'var.profile is not in profile.name: give NULL or one that SELECT name FROM profile lists, such as ''debian-12''')
     WHERE NEW.profile IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM profile WHERE name = NEW.profile);
END;

CREATE TRIGGER IF NOT EXISTS var_insert BEFORE INSERT ON var
BEGIN
    INSERT INTO var_rule VALUES (NEW.host, NEW.profile);
END;

CREATE TRIGGER IF NOT EXISTS var_update BEFORE UPDATE OF host, profile ON var
BEGIN
    INSERT INTO var_rule VALUES (NEW.host, NEW.profile);
END;


-- What ships with a new database.  All of it is yours to change; nothing
-- below touches a database that was there before.

INSERT INTO template (name, dialect, body)
WITH shipped (name, dialect, body) AS (VALUES

-- linux: a kernel, its initrds and its command line.  A server that was away
-- for a moment is asked again after a reboot.  Kernels that were started by
-- EFI without LoadFile2 find their initrds by initrd= arguments.
--
-- For PXELINUX a kernel is LINUX whatever its name ends with; Petitboot knows
-- KERNEL only, U-Boot both.  U-Boot looks for an initrd in APPEND unless it
-- has one before.  Petitboot takes a LABEL for its default that has its name
-- in a DEFAULT before; in a menu that is the menu's alone.

('linux', 'ipxe', '#!ipxe
echo {{#name}}{{name}}: {{/name}}booting {{profile}}
imgfree ||
kernel {{kernel}}{{#initrds}} initrd={{file}}{{/initrds}}{{#args}} {{args}}{{/args}} || goto {{profile}}-failed
{{#initrds}}
initrd {{.}} || goto {{profile}}-failed
{{/initrds}}
boot || goto {{profile}}-failed
:{{profile}}-failed
echo {{profile}} could not be loaded, trying again from the start in 30 seconds
sleep 30
reboot
'),

('linux', 'pxelinux', '{{^menu}}
DEFAULT {{profile}}
{{/menu}}
LABEL {{profile}}
{{#title}}
MENU LABEL {{title}}
{{/title}}
KERNEL {{kernel}}
LINUX {{kernel}}
{{#initrd}}
INITRD {{#initrds}}{{.}}{{^last}},{{/last}}{{/initrds}}
{{/initrd}}
{{#args}}
APPEND {{args}}
{{/args}}
'),

('linux', 'grub', 'echo "{{#name}}{{name}}: {{/name}}booting {{profile}}"
if linux {{kernel}}{{#args}} {{args}}{{/args}}
then
{{#initrd}}
    if initrd{{#initrds}} {{.}}{{/initrds}}
    then
        boot
    fi
{{/initrd}}
{{^initrd}}
    boot
{{/initrd}}
fi
echo "{{profile}} could not be loaded, trying again from the start in 30 seconds"
sleep 30
reboot
'),

-- local: boot the disk.  UEFI goes on to the next boot entry when iPXE exits
-- with an error; a BIOS is given its first disk.  GRUB cannot exit with an
-- error, and UEFI then shows its setup: it looks for a boot loader itself.

('local', 'ipxe', '#!ipxe
echo {{#name}}{{name}}: {{/name}}booting the local disk
iseq ${platform} efi && exit 1 ||
sanboot --no-describe --drive 0x80 || exit 1
'),

('local', 'pxelinux', '{{^menu}}
DEFAULT {{profile}}
{{/menu}}
LABEL {{profile}}
{{#title}}
MENU LABEL {{title}}
{{/title}}
LOCALBOOT -1
'),

('local', 'grub', 'echo "{{#name}}{{name}}: {{/name}}booting the local disk"
if [ "$grub_platform" = efi ]
then
    insmod part_gpt
    insmod part_msdos
    insmod fat
    set ipxe_cpu=x64
    if [ "$grub_cpu" = arm64 ]
    then
        set ipxe_cpu=aa64
    fi
    for ipxe_name in debian/shim debian/grub ubuntu/shim fedora/shim redhat/shim centos/shim rocky/shim almalinux/shim boot/boot
    do
        set ipxe_file=/efi/$ipxe_name$ipxe_cpu.efi
        if search --no-floppy --hint=hd0,gpt1 --set=ipxe_disk --file $ipxe_file
        then
            if chainloader ($ipxe_disk)$ipxe_file
            then
                boot
            fi
        fi
    done
else
    insmod biosdisk
    if chainloader (hd0)+1
    then
        boot
    fi
fi
exit 1
'),

-- chain: kernel is an EFI binary, a boot loader or another script.  GRUB of a
-- BIOS starts what PXE would start, without arguments.

('chain', 'ipxe', '#!ipxe
echo {{#name}}{{name}}: {{/name}}chaining {{profile}}
chain --replace --autofree {{kernel}}{{#args}} {{args}}{{/args}} || goto {{profile}}-failed
:{{profile}}-failed
echo {{profile}} could not be loaded, trying again from the start in 30 seconds
sleep 30
reboot
'),

('chain', 'pxelinux', '{{^menu}}
DEFAULT {{profile}}
{{/menu}}
LABEL {{profile}}
{{#title}}
MENU LABEL {{title}}
{{/title}}
KERNEL {{kernel}}
{{#args}}
APPEND {{args}}
{{/args}}
'),

('chain', 'grub', 'echo "{{#name}}{{name}}: {{/name}}chaining {{profile}}"
if [ "$grub_platform" = pc ]
then
    if pxechainloader {{kernel}}
    then
        boot
    fi
else
    if chainloader {{kernel}}{{#args}} {{args}}{{/args}}
    then
        boot
    fi
fi
echo "{{profile}} could not be loaded, trying again from the start in 30 seconds"
sleep 30
reboot
'),

-- menu: every other profile that has a title, each by its own template.  It
-- boots menu_default after menu_timeout seconds, or never if that is 0 or
-- there is no such entry.  PXELINUX that has no menu_ui shows its prompt, with
-- the names to type, and waits there.

('menu', 'ipxe', '#!ipxe
menu {{#name}}{{name}}{{/name}}{{^name}}Boot menu{{/name}}
{{#profiles}}
item {{profile}} {{title}}
{{/profiles}}
{{#unusable}}
# {{profile}}: {{why}}
item --gap {{profile}} cannot be used, see the error log
{{/unusable}}
set menu-timeout 0
{{#profiles}}
{{#is_default}}
set menu-timeout {{menu_timeout}}000
{{/is_default}}
{{/profiles}}
choose --default {{menu_default}} --timeout ${menu-timeout} selected || set selected {{menu_default}}
goto menu-${selected}
{{#profiles}}
:menu-{{profile}}
{{>*template}}
exit 1
{{/profiles}}
'),

('menu', 'pxelinux', 'UI {{menu_ui}}
MENU TITLE {{#name}}{{name}}{{/name}}{{^name}}Boot menu{{/name}}
{{#profiles}}
SAY {{profile}}: {{title}}
{{#is_default}}
DEFAULT {{profile}}
ONTIMEOUT {{profile}}
TIMEOUT {{menu_timeout}}0
{{/is_default}}
{{/profiles}}
{{#unusable}}
# {{profile}}: {{why}}
SAY {{profile}} cannot be used, see the error log
{{/unusable}}
{{#profiles}}
{{>*template}}
{{/profiles}}
'),

('menu', 'grub', 'set timeout=-1
{{#profiles}}
{{#is_default}}
set default={{profile}}
if [ {{menu_timeout}} != 0 ]
then
    set timeout={{menu_timeout}}
fi
{{/is_default}}
menuentry --id {{profile}} -- "{{title}}" {
{{>*template}}
}
{{/profiles}}
{{#unusable}}
# {{profile}}: {{why}}
menuentry "{{profile}} cannot be used, see the error log" {
    true
}
{{/unusable}}
'),

-- wait: say who this is and what to insert, wait, boot the disk.

('wait', 'ipxe', '#!ipxe
{{^name}}
echo This machine is not in the host database. To add it:
{{#mac}}
echo INSERT INTO host (name, mac, profile) VALUES (''NAME'', ''{{mac}}'', ''PROFILE'');
{{/mac}}
{{^mac}}
echo INSERT INTO host (name, mac, profile) VALUES (''NAME'', ''${mac}'', ''PROFILE'');
{{/mac}}
{{/name}}
echo MAC ${mac} UUID ${uuid}
echo ${manufacturer} ${product} serial ${serial} asset ${asset}
echo Booting the local disk in {{wait_seconds}} seconds
sleep {{wait_seconds}}
{{>local}}
'),

('wait', 'pxelinux', '{{^name}}
SAY This machine is not in the host database. To add it:
SAY INSERT INTO host (name, mac, profile)
SAY VALUES (''NAME'', ''{{#mac}}{{mac}}{{/mac}}{{^mac}}MAC{{/mac}}'', ''PROFILE'');
{{/name}}
SAY Booting the local disk in {{wait_seconds}} seconds
PROMPT 1
TIMEOUT {{wait_seconds}}0
{{>local}}
'),

('wait', 'grub', '{{^name}}
echo "This machine is not in the host database. To add it:"
echo "INSERT INTO host (name, mac, profile)"
echo "VALUES (''NAME'', ''{{#mac}}{{mac}}{{/mac}}{{^mac}}$net_default_mac{{/mac}}'', ''PROFILE'');"
{{/name}}
echo "MAC $net_default_mac"
echo "Booting the local disk in {{wait_seconds}} seconds"
sleep {{wait_seconds}}
{{>local}}
')

)
SELECT name, dialect, body FROM shipped, found WHERE found.tables = 0;


INSERT INTO profile (name, title, template)
WITH shipped (name, title, template) AS (VALUES
    ('local', 'Boot the local disk', 'local'),
    ('menu', NULL, 'menu'),
    -- for machines that no row knows
    ('default', NULL, 'wait')
)
SELECT name, title, template FROM shipped, found WHERE found.tables = 0;


INSERT INTO var (name, value)
WITH shipped (name, value) AS (VALUES
    ('menu_default', 'local'),
    ('menu_timeout', '30'),
    ('menu_ui', 'menu.c32'),
    ('wait_seconds', '30')
)
SELECT name, value FROM shipped, found WHERE found.tables = 0;


INSERT INTO placeholder (value)
WITH shipped (value) AS (VALUES
    -- UUIDs; the other byte order of each is meant too
    ('00000000-0000-0000-0000-000000000000'),
    ('ffffffff-ffff-ffff-ffff-ffffffffffff'),
    ('03000200-0400-0500-0006-000700080009'),
    ('03020100-0504-0706-0809-0a0b0c0d0e0f'),
    ('10000000-0000-8000-0040-000000000000'),
    ('02000100-0300-0400-0005-000600070008'),
    ('fefefefe-fefe-fefe-fefe-fefefefefefe'),
    ('12345678-1234-1234-1234-123456789abc'),
    ('12345678-1234-5678-90ab-cddeefaabbcc'),
    -- MACs
    ('ff:ff:ff:ff:ff:ff'),
    -- asset tags and serial numbers
    ('To be filled by O.E.M.'),
    ('To be filled by OEM'),
    ('Default string'),
    ('Not Specified'),
    ('Not Available'),
    ('Not Applicable'),
    ('Not Present'),
    ('Not Settable'),
    ('No Asset Tag'),
    ('No Asset Information'),
    ('Asset Tag'),
    ('Asset-1234567890'),
    ('Asset Tag#'),
    ('Chassis Asset Tag'),
    ('Chassis Serial Number'),
    ('System Serial Number'),
    ('Base Board Serial Number'),
    ('Serial Number'),
    ('Empty'),
    ('None'),
    ('Null'),
    ('Unknown'),
    ('N/A'),
    ('NA'),
    ('OEM'),
    ('INVALID'),
    ('0'),
    ('00'),
    ('000'),
    ('0000'),
    ('00000'),
    ('000000'),
    ('0000000'),
    ('00000000'),
    ('000000000'),
    ('0000000000'),
    ('000000000000'),
    ('0000000000000000'),
    ('xxxx'),
    ('xxxxxxxx'),
    ('xxxxxxxxxx'),
    ('xxxxxxxxxxxx'),
    ('.'),
    ('..'),
    ('....'),
    ('........'),
    ('-'),
    ('--'),
    ('----'),
    ('123456789'),
    ('0123456789'),
    ('1234567890'),
    -- the same chassis asset tag on every Azure machine
    ('7783-7084-3265-9085-8269-3286-77')
)
SELECT value FROM shipped, found WHERE found.tables = 0;

COMMIT;

DROP TABLE temp.found;
