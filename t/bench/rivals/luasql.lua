-- What a boot script is made by in nginx's Lua with Debian's lua-sql-sqlite3, which cannot
-- prepare a statement.

local luasql = require "luasql.sqlite3"
local script = require "script"

local _M = {}
local db

function _M.answer(path)
    db = db or assert(luasql.sqlite3():connect(path))
    local mac = script.mac()
    local cursor = assert(db:execute("SELECT host.name, host.asset, profile.kernel,"
        .. " profile.initrd FROM host JOIN profile ON profile.name = host.profile"
        .. " WHERE host.mac_key = '" .. db:escape(mac) .. "'"))
    local host = cursor:fetch({}, "a")
    cursor:close()
    return script.answer(host)
end

return _M
