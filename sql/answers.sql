-- Answer files: profiles that install a system once, by its own installer.
--
--     sqlite3 hosts.db < answers.sql
--     sqlite3 hosts.db "UPDATE host SET install = 'debian-12-install' WHERE name = 'web1'"
--
-- They are examples to change: loaded again, this changes no row that is
-- there.  Each of them erases the disk that the variable disk names, makes a
-- user without a password who may do everything by sudo, gives that user the
-- key in the variable ssh_key, and reports the end.  Without that key the first
-- file of each is refused, before anything is erased.  doc/answers.md tells more.

.bail on
BEGIN IMMEDIATE;

INSERT OR IGNORE INTO var (name, value) VALUES
    ('disk', '/dev/sda'),
    ('user', 'admin'),
    ('timezone', 'UTC');


-- ---- Debian ----------------------------------------------------------------
-- linux and initrd.gz are those of the netboot archive, or of the package
-- debian-installer-12-netboot-amd64.  The host name is an argument since the
-- installer wants it before it has its preseed; DEBCONF_DEBUG makes it log what
-- it asks, for debian-early.

INSERT OR IGNORE INTO profile (name, template, kernel, initrd, args) VALUES
('debian-12-install', 'linux', '/images/debian-12/linux', '/images/debian-12/initrd.gz',
 'auto=true priority=critical interface=auto hostname={{name}} url={{file_url}}/preseed.cfg'
 || ' DEBCONF_DEBUG=developer');

INSERT OR IGNORE INTO template (name, dialect, body) VALUES
('preseed.cfg', 'file', '# {{name}}: erases {{disk}}, installs Debian on it, and lets in
# {{ssh_key}}
d-i debian-installer/locale string en_US.UTF-8
d-i keyboard-configuration/xkb-keymap select us
d-i clock-setup/utc boolean true
d-i time/zone string {{timezone}}

{{! The installer knows a mirror by itself; name yours in a variable. }}
{{#debian_mirror}}
d-i mirror/country string manual
d-i mirror/http/hostname string {{debian_mirror}}
d-i mirror/http/directory string /debian
{{/debian_mirror}}
d-i mirror/http/proxy string

d-i passwd/root-login boolean false
d-i passwd/user-fullname string {{user}}
d-i passwd/username string {{user}}
d-i passwd/user-password-crypted password !

d-i partman-auto/disk string {{disk}}
d-i partman-auto/method string regular
d-i partman-auto/choose_recipe select atomic
d-i partman-partitioning/confirm_write_new_label boolean true
d-i partman/choose_partition select finish
d-i partman/confirm boolean true
d-i partman/confirm_nooverwrite boolean true
d-i grub-installer/only_debian boolean true
d-i grub-installer/bootdev string {{disk}}

tasksel tasksel/first multiselect standard, ssh-server
d-i pkgsel/include string sudo
popularity-contest popularity-contest/participate boolean false
d-i finish-install/reboot_in_progress note

d-i preseed/early_command string wget -q -O /tmp/early {{file_url}}/debian-early && sh /tmp/early
d-i preseed/late_command string wget -q -O /tmp/late {{file_url}}/debian-late && sh /tmp/late
'),

('debian-report', 'file', 'report() {
    wget -q -O /dev/null --tries=100 --waitretry=10 --retry-connrefused \
        --retry-on-http-error=503 --post-file="$2" {{event_url}}/"$1"
}
'),

('debian-early', 'file', '#!/bin/sh
# {{name}}: runs in the installer before it does anything
{{>debian-report}}
echo "the installer has its preseed" >/tmp/report
report log /tmp/report

# The installer calls nobody when something fails: it asks on the console what
# to do. All other questions have their answers, so the first that it asks is it.
{
    until grep -q "debconf: <-- 0 question will be asked" /var/log/syslog; do
        sleep 5
    done
    tail -c 60000 /var/log/syslog >/tmp/report
    report failed /tmp/report
} </dev/null >/dev/null 2>&1 &
'),

('debian-late', 'file', '#!/bin/sh
# {{name}}: runs in the installer when all is installed, below /target
set -e
{{>debian-report}}
home=/target/home/{{user}}
mkdir -p -m 700 "$home/.ssh"
cat >"$home/.ssh/authorized_keys" <<"END OF KEYS"
{{ssh_key}}
END OF KEYS
in-target chown -R {{user}}: /home/{{user}}/.ssh
echo "{{user}} ALL=(ALL) NOPASSWD: ALL" >/target/etc/sudoers.d/{{user}}
report done /dev/null
');


-- ---- cloud-init: what its data source NoCloud reads below file_url ----------
-- user-data is the template that the profile names in its variable user_data.
-- A YAML block (|-) holds any line as it is, with no quotes around it.

INSERT OR IGNORE INTO template (name, dialect, body) VALUES
('user-data', 'file', '{{>*user_data}}'),

('meta-data', 'file', 'instance-id: "{{token}}"
local-hostname: "{{name}}"
'),

('vendor-data', 'file', '#cloud-config
{}
'),

('network-config', 'file', 'version: 2
ethernets:
  boot:
    match:
      {{#mac}}
      macaddress: "{{mac}}"
      {{/mac}}
      {{^mac}}
      name: "e*"
      {{/mac}}
    dhcp4: true
');


-- ---- Ubuntu ----------------------------------------------------------------
-- The server''s ISO image, and vmlinuz and initrd from its directory casper.

INSERT OR IGNORE INTO profile (name, template, kernel, initrd, args) VALUES
('ubuntu-24.04-install', 'linux', '/images/ubuntu-24.04/vmlinuz', '/images/ubuntu-24.04/initrd',
 'ip=dhcp url={{base_url}}/images/ubuntu-24.04/server.iso cloud-config-url=/dev/null'
 || ' autoinstall ds=nocloud;s={{file_url}}/');

INSERT OR IGNORE INTO var (profile, name, value) VALUES
    ('ubuntu-24.04-install', 'user_data', 'ubuntu-autoinstall');

INSERT OR IGNORE INTO template (name, dialect, body) VALUES
('ubuntu-autoinstall', 'file', '#cloud-config
# {{name}}: erases {{disk}} and installs Ubuntu on it
autoinstall:
  version: 1
  locale: en_US.UTF-8
  keyboard:
    layout: us
  timezone: "{{timezone}}"
  identity:
    hostname: "{{name}}"
    username: "{{user}}"
    password: "!"
  ssh:
    install-server: true
    allow-pw: false
    authorized-keys:
      - |-
        {{ssh_key}}
  storage:
    layout:
      name: direct
      match:
        path: "{{disk}}"
  late-commands:
    - |-
      echo "{{user}} ALL=(ALL) NOPASSWD: ALL" >/target/etc/sudoers.d/{{user}}
    - curl -sf --retry 100 -d "" {{event_url}}/done
  error-commands:
    - |-
      tail -c 60000 /var/log/installer/subiquity-server-debug.log |
      curl -sf --retry 100 -H Expect: --data-binary @- {{event_url}}/failed
');


-- ---- a cloud image -----------------------------------------------------------
-- An image whose initrd fetches its root file system into memory, as those of
-- Ubuntu do; cloud-init sets it up and reports.

INSERT OR IGNORE INTO profile (name, template, kernel, initrd, args) VALUES
('cloud-image', 'linux', '/images/cloud/vmlinuz', '/images/cloud/initrd',
 'ip=dhcp root=squash:{{base_url}}/images/cloud/root.squashfs overlayroot=tmpfs'
 || ' ds=nocloud;s={{file_url}}/');

INSERT OR IGNORE INTO var (profile, name, value) VALUES
    ('cloud-image', 'user_data', 'cloud-config');

INSERT OR IGNORE INTO template (name, dialect, body) VALUES
('cloud-config', 'file', '#cloud-config
hostname: "{{name}}"
timezone: "{{timezone}}"
users:
  - name: "{{user}}"
    shell: /bin/bash
    lock_passwd: true
    sudo: "ALL=(ALL) NOPASSWD: ALL"
    ssh_authorized_keys:
      - |-
        {{ssh_key}}
phone_home:
  url: "{{event_url}}/done"
  post: [instance_id, hostname, pub_key_ed25519]
  tries: 100
');


-- ---- Fedora, RHEL and what is made of it --------------------------------------
-- The contents of the DVD are below /images/fedora.

INSERT OR IGNORE INTO profile (name, template, kernel, initrd, args) VALUES
('fedora-install', 'linux', '/images/fedora/images/pxeboot/vmlinuz',
 '/images/fedora/images/pxeboot/initrd.img',
 'ip=dhcp inst.text inst.repo={{base_url}}/images/fedora inst.ks={{file_url}}/ks.cfg');

INSERT OR IGNORE INTO template (name, dialect, body) VALUES
('ks.cfg', 'file', '# {{name}}: erases {{disk}} and installs onto it
text
lang en_US.UTF-8
keyboard us
timezone {{timezone}} --utc
network --bootproto=dhcp --hostname={{name}}
rootpw --lock
user --name={{user}} --groups=wheel

zerombr
ignoredisk --only-use={{disk}}
clearpart --all --initlabel
autopart
reboot

%packages
@core
%end

%post --erroronfail
set -e
mkdir -p -m 700 /home/{{user}}/.ssh
cat >/home/{{user}}/.ssh/authorized_keys <<"END OF KEYS"
{{ssh_key}}
END OF KEYS
chown -R {{user}}: /home/{{user}}/.ssh
restorecon -R /home/{{user}}/.ssh
echo "{{user}} ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/{{user}}
%end

%post --nochroot
curl -sf --retry 100 -d "" {{event_url}}/done
%end

%onerror
cat /tmp/anaconda.log /tmp/program.log /tmp/packaging.log 2>&1 | tail -c 60000 |
    curl -sf --retry 100 -H Expect: --data-binary @- {{event_url}}/failed
%end
');


-- ---- CoreOS ------------------------------------------------------------------
-- The live kernel, initramfs and root file system.  coreos-live.ign is for the
-- system that installs and reports, coreos.ign for the one that is installed.
-- JSON cannot hold a " or \ as it is: a value for these has \" and \\ for them.

INSERT OR IGNORE INTO profile (name, template, kernel, initrd, args) VALUES
('coreos-install', 'linux', '/images/coreos/kernel', '/images/coreos/initramfs.img',
 'ip=dhcp coreos.live.rootfs_url={{base_url}}/images/coreos/rootfs.img'
 || ' ignition.firstboot ignition.platform.id=metal'
 || ' ignition.config.url={{file_url}}/coreos-live.ign'
 || ' coreos.inst.install_dev={{disk}} coreos.inst.ignition_url={{file_url}}/coreos.ign');

INSERT OR IGNORE INTO template (name, dialect, body) VALUES
('coreos-live.ign', 'file', '{
  "ignition": { "version": "3.3.0" },
  "passwd": {
    "users": [ { "name": "core", "sshAuthorizedKeys": [ "{{ssh_key}}" ] } ]
  },
  "storage": {
    "files": [
      {
        "path": "/etc/systemd/system/report-done.service",
        "contents": { "source": "{{file_url}}/coreos-done" }
      },
      {
        "path": "/etc/systemd/system/report-failed.service",
        "contents": { "source": "{{file_url}}/coreos-failed" }
      }
    ]
  },
  "systemd": {
    "units": [
      { "name": "report-done.service", "enabled": true },
      {
        "name": "coreos-installer.service",
        "dropins": [
          { "name": "report.conf", "contents": "[Unit]\nOnFailure=report-failed.service\n" }
        ]
      }
    ]
  }
}
'),

('coreos-done', 'file', '[Unit]
After=coreos-installer.service
Before=coreos-installer.target
[Service]
Type=oneshot
ExecStart=/usr/bin/curl -sf --retry 100 -d "" {{event_url}}/done
[Install]
RequiredBy=coreos-installer.target
'),

('coreos-failed', 'file', '[Service]
Type=oneshot
ExecStart=/bin/sh -c "journalctl -u coreos-installer | tail -c 60000 \
    | curl -sf --retry 100 -H Expect: --data-binary @- {{event_url}}/failed"
'),

('coreos.ign', 'file', '{
  "ignition": { "version": "3.3.0" },
  "passwd": {
    "users": [
      {
        "name": "{{user}}",
        "groups": ["sudo", "wheel"],
        "sshAuthorizedKeys": ["{{ssh_key}}"]
      }
    ]
  },
  "storage": {
    "files": [
      {
        "path": "/etc/hostname",
        "mode": 420,
        "contents": { "source": "data:,{{name}}" }
      }
    ]
  }
}
');

COMMIT;
