-- What a boot script is made by in nginx's Lua by somebody who knows SQLite's C interface: one
-- connection and one prepared statement for each worker, by LuaJIT's FFI.

local ffi = require "ffi"
local script = require "script"

ffi.cdef [[
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
int sqlite3_open_v2(const char *, sqlite3 **, int, const char *);
int sqlite3_prepare_v2(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
int sqlite3_bind_text(sqlite3_stmt *, int, const char *, int, void *);
int sqlite3_step(sqlite3_stmt *);
int sqlite3_reset(sqlite3_stmt *);
const char *sqlite3_column_text(sqlite3_stmt *, int);
int sqlite3_column_bytes(sqlite3_stmt *, int);
]]

local sqlite = ffi.load("sqlite3.so.0")
local READONLY, ROW = 1, 100

local _M = {}
local stmt

local function prepare(path)
    local db, s = ffi.new("sqlite3 *[1]"), ffi.new("sqlite3_stmt *[1]")
    assert(sqlite.sqlite3_open_v2(path, db, READONLY, nil) == 0)
    assert(sqlite.sqlite3_prepare_v2(db[0], "SELECT host.name, host.asset, profile.kernel,"
        .. " profile.initrd FROM host JOIN profile ON profile.name = host.profile"
        .. " WHERE host.mac_key = ?", -1, s, nil) == 0)
    return s[0]
end

local function column(i)
    return ffi.string(sqlite.sqlite3_column_text(stmt, i), sqlite.sqlite3_column_bytes(stmt, i))
end

function _M.answer(path)
    stmt = stmt or prepare(path)
    local mac = script.mac()
    local host
    sqlite.sqlite3_bind_text(stmt, 1, mac, #mac, nil)
    if sqlite.sqlite3_step(stmt) == ROW then
        host = { name = column(0), asset = column(1), kernel = column(2), initrd = column(3) }
    end
    sqlite.sqlite3_reset(stmt)
    return script.answer(host)
end

return _M
