#!/bin/sh
# What a boot script is made by in a shell script: CGI, the database opened for each request.

mac=${QUERY_STRING#*mac=}
mac=$(printf %s "${mac%%&*}" | tr -d ':.-' | tr A-F a-f)

row=
case $mac in
*[!0-9a-f]*) ;;
*)  row=$(sqlite3 -readonly "$HOSTS_DB" \
        "SELECT host.name, host.asset, profile.kernel, profile.initrd FROM host
         JOIN profile ON profile.name = host.profile WHERE host.mac_key = '$mac'") ;;
esac

if [ -z "$row" ]; then
    printf 'Status: 404 Not Found\r\n\r\n'
    exit
fi

IFS='|' read -r name asset kernel initrd <<END
$row
END

printf 'Content-Type: text/plain\r\n\r\n'
cat <<END
#!ipxe
echo $name: booting debian-12
imgfree ||
kernel $BASE_URL$kernel initrd=${initrd##*/} auto=true priority=critical hostname=$name domain=boot.example.org url=http://deploy.boot.example.org:8080/preseed/$name.cfg mirror/http/hostname=mirror.boot.example.org mirror/http/directory=/debian time/zone=Europe/Paris asset=$asset netcfg/choose_interface=auto partman-auto/disk=/dev/nvme0n1 grub-installer/bootdev=/dev/nvme0n1 console=tty0 console=ttyS0,115200n8 DEBIAN_FRONTEND=text quiet --- || goto debian-12-failed
initrd $BASE_URL$initrd || goto debian-12-failed
boot || goto debian-12-failed
:debian-12-failed
echo debian-12 could not be loaded, trying again from the start in 30 seconds
sleep 30
reboot
END
