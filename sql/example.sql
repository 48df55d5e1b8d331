-- Example rows: a small Linux that any machine can boot, and three machines.
--
--     sqlite3 hosts.db < example.sql

.bail on
BEGIN;

INSERT INTO profile (name, title, template, kernel, initrd, args)
VALUES ('demo', 'Demo Linux', 'linux', '/images/vmlinuz', '/images/initrd.gz',
        'console=ttyS0 quiet host={{name}} report={{base_url}}/report/{{name}}');

-- inherits all that it does not say itself
INSERT INTO profile (name, parent, title, args)
VALUES ('demo-debug', 'demo', 'Demo Linux, all messages',
        'console=ttyS0 loglevel=7 host={{name}} rack={{rack}} report={{base_url}}/report/{{name}}');

INSERT INTO host (name, mac, profile)
VALUES ('web1', '52:54:00:12:34:56', 'demo');

INSERT INTO host (name, mac, uuid, asset, profile, note)
VALUES ('db1', '5254.0012.3457', '11223344-5566-7788-99aa-bbccddeeff00',
        'AT-007', 'local', 'installed, boots its disk');

INSERT INTO nic (mac, host) VALUES ('52-54-00-12-34-58', 'db1');

INSERT INTO host (name, mac, profile)
VALUES ('desk1', '525400123459', 'menu');

INSERT INTO var (name, value) VALUES ('rack', 'unknown');
INSERT INTO var (host, name, value) VALUES ('web1', 'rack', 'R2');

COMMIT;
