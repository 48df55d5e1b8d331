-- The boot script of a host, for both ways to ask SQLite from nginx's Lua.

local _M = {}

local text = [[
#!ipxe
echo $name: booting debian-12
imgfree ||
kernel $base$kernel initrd=$file auto=true priority=critical hostname=$name domain=boot.example.org url=http://deploy.boot.example.org:8080/preseed/$name.cfg mirror/http/hostname=mirror.boot.example.org mirror/http/directory=/debian time/zone=Europe/Paris asset=$asset netcfg/choose_interface=auto partman-auto/disk=/dev/nvme0n1 grub-installer/bootdev=/dev/nvme0n1 console=tty0 console=ttyS0,115200n8 DEBIAN_FRONTEND=text quiet --- || goto debian-12-failed
initrd $base$initrd || goto debian-12-failed
boot || goto debian-12-failed
:debian-12-failed
echo debian-12 could not be loaded, trying again from the start in 30 seconds
sleep 30
reboot
]]

-- the template, cut at its names once: text, name, text, ...
local pieces, pos = {}, 1
for from, name, to in text:gmatch("()%$(%l+)()") do
    pieces[#pieces + 1] = text:sub(pos, from - 1)
    pieces[#pieces + 1] = name
    pos = to
end
pieces[#pieces + 1] = text:sub(pos)

function _M.mac()
    return (ngx.var.arg_mac or ""):gsub("[:.-]", ""):lower()
end

function _M.answer(host)
    if not host then
        return ngx.exit(404)
    end
    host.base = ngx.var.base_url
    host.file = host.initrd:match("[^/]*$")
    local out = {}
    for i = 1, #pieces, 2 do
        out[i] = pieces[i]
        out[i + 1] = host[pieces[i + 1]]
    end
    ngx.header.content_type = "text/plain"
    ngx.print(out)
end

return _M
