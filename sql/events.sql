-- events.db: what happened.  The module makes it where ipxe_events says, with
-- this very text; it may be read while nginx runs, and copied, and removed
-- when nginx is stopped: hosts that are to be installed are then told to have
-- host.install set again.
--
--     sqlite3 events.db 'SELECT * FROM history LIMIT 10'
--
-- Times are milliseconds since 1970; the views show them as people read them.


-- Each answer to a machine that booted, the oldest go first: history=N.

CREATE TABLE IF NOT EXISTS boot (
    id        INTEGER PRIMARY KEY,
    time      INTEGER NOT NULL,
    machine   TEXT,
    host      TEXT,
    key       TEXT,
    profile   TEXT,
    result    TEXT NOT NULL,
    endpoint  TEXT NOT NULL,
    address   TEXT NOT NULL,
    loader    TEXT
) STRICT;


-- Each machine that was seen, with what it showed last.  It is known by its
-- MAC, or else by its UUID, asset tag or serial number.  When there are more
-- than machines=N, a tenth goes: those that are no host, the longest unseen
-- first.

CREATE TABLE IF NOT EXISTS machine (
    machine       TEXT NOT NULL PRIMARY KEY,
    mac           TEXT,
    uuid          TEXT,
    asset         TEXT,
    serial        TEXT,
    ip            TEXT,
    arch          TEXT,
    platform      TEXT,
    manufacturer  TEXT,
    product       TEXT,
    hostname      TEXT,
    host          TEXT,
    profile       TEXT,
    result        TEXT NOT NULL,
    address       TEXT NOT NULL,
    loader        TEXT,
    first         INTEGER NOT NULL,
    last          INTEGER NOT NULL,
    boots         INTEGER NOT NULL
) STRICT;

-- Since when this file knows which installs are over, and which file that is
-- (inode and birth).  It cannot know about an install that was asked for
-- before it was made, or before a copy of it was put here: those are refused.
-- Who restores an older copy into the file itself removes this row.

CREATE TABLE IF NOT EXISTS memory (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    since     INTEGER NOT NULL,
    file      TEXT NOT NULL
) STRICT;


-- The tokens whose install is over.  A row that is removed here makes its host
-- install again if host.install and host.token are still the same: they stay.

CREATE TABLE IF NOT EXISTS spent (
    token     TEXT NOT NULL PRIMARY KEY,
    host      TEXT NOT NULL,
    profile   TEXT,
    state     TEXT NOT NULL CHECK (state IN ('done', 'failed')),
    time      INTEGER NOT NULL,
    address   TEXT NOT NULL
) STRICT, WITHOUT ROWID;


-- What installers said, the newest thousand.

CREATE TABLE IF NOT EXISTS report (
    id        INTEGER PRIMARY KEY,
    time      INTEGER NOT NULL,
    host      TEXT NOT NULL,
    token     TEXT NOT NULL,
    event     TEXT NOT NULL CHECK (event IN ('done', 'failed', 'log')),
    address   TEXT NOT NULL,
    body      BLOB NOT NULL
) STRICT;


-- The last answer that was written for each start of nginx, so that none is
-- written twice when the worker that writes is killed; and how many could not
-- be kept, since there were more than can be written.

CREATE TABLE IF NOT EXISTS written (
    run       INTEGER PRIMARY KEY,
    number    INTEGER NOT NULL,
    dropped   INTEGER NOT NULL
) STRICT;


CREATE VIEW IF NOT EXISTS history AS
SELECT strftime('%Y-%m-%d %H:%M:%f', time / 1000.0, 'unixepoch') AS time,
       machine, host, key, profile, result, endpoint, address, loader
  FROM boot
 ORDER BY id DESC;


CREATE VIEW IF NOT EXISTS last_boot AS
SELECT host, strftime('%Y-%m-%d %H:%M:%f', max(time) / 1000.0, 'unixepoch')
       AS time, machine, key, profile, result, endpoint, address, loader
  FROM boot
 WHERE host IS NOT NULL
   AND endpoint <> 'file'
 GROUP BY host
 ORDER BY host;


-- Machines that no row of host is for, the latest first.

CREATE VIEW IF NOT EXISTS unknown AS
SELECT machine, mac, uuid, asset, serial, manufacturer, product, ip,
       address, boots,
       strftime('%Y-%m-%d %H:%M:%f', first / 1000.0, 'unixepoch') AS first,
       strftime('%Y-%m-%d %H:%M:%f', last / 1000.0, 'unixepoch') AS last
  FROM machine
 WHERE host IS NULL
 ORDER BY machine.last DESC;


-- How each install ended, and what was said of it.

CREATE VIEW IF NOT EXISTS installed AS
SELECT spent.host, spent.profile, spent.state,
       strftime('%Y-%m-%d %H:%M:%f', spent.time / 1000.0, 'unixepoch')
       AS time,
       spent.address,
       (SELECT CAST(body AS TEXT) FROM report
         WHERE report.token = spent.token AND event = 'failed'
         ORDER BY id DESC LIMIT 1) AS said
  FROM spent
 ORDER BY spent.time DESC;
