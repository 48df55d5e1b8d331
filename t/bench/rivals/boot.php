<?php
// What a boot script is made by in PHP: one connection for each process of PHP-FPM.

$db = new PDO('sqlite:' . $_SERVER['HOSTS_DB'], null, null, [PDO::ATTR_PERSISTENT => true]);

$query = $db->prepare('SELECT host.name, host.asset, profile.kernel, profile.initrd FROM host'
    . ' JOIN profile ON profile.name = host.profile WHERE host.mac_key = ?');
$query->execute([strtolower(str_replace([':', '-', '.'], '', $_GET['mac'] ?? ''))]);
$host = $query->fetch(PDO::FETCH_OBJ);

if (!$host) {
    http_response_code(404);
    exit;
}

header('Content-Type: text/plain');
$base = $_SERVER['BASE_URL'];
?>
#!ipxe
echo <?= $host->name ?>: booting debian-12
imgfree ||
kernel <?= $base . $host->kernel ?> initrd=<?= basename($host->initrd) ?> auto=true priority=critical hostname=<?= $host->name ?> domain=boot.example.org url=http://deploy.boot.example.org:8080/preseed/<?= $host->name ?>.cfg mirror/http/hostname=mirror.boot.example.org mirror/http/directory=/debian time/zone=Europe/Paris asset=<?= $host->asset ?> netcfg/choose_interface=auto partman-auto/disk=/dev/nvme0n1 grub-installer/bootdev=/dev/nvme0n1 console=tty0 console=ttyS0,115200n8 DEBIAN_FRONTEND=text quiet --- || goto debian-12-failed
initrd <?= $base . $host->initrd ?> || goto debian-12-failed
boot || goto debian-12-failed
:debian-12-failed
echo debian-12 could not be loaded, trying again from the start in 30 seconds
sleep 30
reboot
