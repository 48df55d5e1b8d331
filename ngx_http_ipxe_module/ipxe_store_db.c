
/*
 * A connection to a database of hosts.
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ipxe_store_db.h"


#define IPXE_STORE_STEP        1000     /* SQLite's steps to a look at ... */
#define IPXE_STORE_STEPS       5000     /* ... how many of these there were */
#define IPXE_STORE_MAX_VALUE   (1024 * 1024)
#define IPXE_STORE_CACHE       "65536"  /* KiB of pages that are kept */
#define IPXE_STORE_INDEX       32768


/* the queries of at most one row, which is looked up by a key */

#define IPXE_LOOKUPS  (IPXE_QUERY_TOKEN + 1)


static int ipxe_store_db_uri(const char *path, char *uri, size_t size);
static ipxe_rc_e ipxe_store_db_row(sqlite3_stmt *stmt, ipxe_str_t *column);
static int ipxe_store_db_progress(void *data);


#define IPXE_HOST_COLUMNS                                                     \
    "host.name, host.mac, host.uuid, host.asset, host.serial, "               \
    "host.profile, host.install, host.token"


#define IPXE_HOST_BY(column)                                                  \
    "SELECT " IPXE_HOST_COLUMNS " FROM ipxe_key() AS asked"                   \
    " CROSS JOIN host ON host." column " = asked.value"


static const char  *ipxe_store_statements[IPXE_STMTS] = {

    IPXE_HOST_BY("mac_key"),
    IPXE_HOST_BY("uuid_key"),
    IPXE_HOST_BY("asset_key"),
    IPXE_HOST_BY("serial_key"),

    "SELECT host.name, nic.mac, host.uuid, host.asset, host.serial, "
    "host.profile, host.install, host.token FROM ipxe_key() AS asked"
    " CROSS JOIN nic ON nic.mac_key = asked.value"
    " CROSS JOIN host ON host.name = nic.host",

    IPXE_HOST_BY("token"),

    "SELECT name, value FROM var WHERE host = ?1",

    "SELECT name, parent, title, template, kernel, initrd, args FROM profile"
    " ORDER BY name",

    "SELECT dialect, name, body FROM template ORDER BY dialect, name",

    "SELECT profile, name, value FROM var WHERE host IS NULL"
    " ORDER BY profile, name",

    /* from one name to the next: there may be a million rows of each */

    "WITH RECURSIVE next (name) AS ("
    " SELECT min(name) FROM var WHERE host IS NOT NULL"
    " UNION ALL"
    " SELECT (SELECT min(name) FROM var"
    " WHERE host IS NOT NULL AND var.name > next.name)"
    " FROM next WHERE name IS NOT NULL)"
    " SELECT name FROM next WHERE name IS NOT NULL",

    "SELECT key, hex FROM placeholder",

    "BEGIN",
    "COMMIT",
    "PRAGMA data_version",
    "PRAGMA application_id",
    "PRAGMA user_version"
};


static const char  *ipxe_store_tables[IPXE_QUERIES] = {
    "host", "host", "host", "host", "nic", "host", "var",
    "profile", "template", "var", "var", "placeholder"
};


ipxe_rc_e
ipxe_store_db_open(ipxe_store_db_t **db, const char *path, int immutable,
    int *code, ipxe_err_t *err)
{
    int          flags;
    char         uri[4096 * 3 + 32];
    ipxe_rc_e    rc;
    const char  *name;

    *code = 0;
    *db = NULL;
    name = path;
    flags = SQLITE_OPEN_READONLY;

    if (immutable) {

        if (ipxe_store_db_uri(path, uri, sizeof(uri)) != 0) {
            return ipxe_err(err, IPXE_UNAVAILABLE, "the path of the database "
                            "is too long");
        }

        name = uri;
        flags |= SQLITE_OPEN_URI;
    }

    rc = ipxe_store_db_connect(db, path, name, flags, err);

    if (rc == IPXE_OK) {
        (*db)->immutable = immutable ? 1 : 0;
        rc = ipxe_store_db_prepare(*db, err);
    }

    if (rc == IPXE_OK) {
        ipxe_store_db_map(*db);
        return IPXE_OK;
    }

    if (*db) {
        *code = (*db)->code;
        ipxe_store_db_close(*db);
        *db = NULL;
    }

    return rc;
}


static int
ipxe_store_db_uri(const char *path, char *uri, size_t size)
{
    size_t  n;

    n = (size_t) snprintf(uri, size, "file:");

    for ( /* void */ ; *path; path++) {

        if (size - n < sizeof("%XX?immutable=1")) {
            return -1;
        }

        if (strchr("%?#", *path)) {
            n += (size_t) snprintf(uri + n, size - n, "%%%02X",
                                   (unsigned char) *path);
        } else {
            uri[n++] = *path;
        }
    }

    snprintf(uri + n, size - n, "?immutable=1");

    return 0;
}


ipxe_rc_e
ipxe_store_db_connect(ipxe_store_db_t **p, const char *path, const char *name,
    int flags, ipxe_err_t *err)
{
    int               rc;
    ipxe_store_db_t  *db;

    *p = NULL;

    db = calloc(1, sizeof(ipxe_store_db_t));
    if (db == NULL) {
        return IPXE_NOMEM;
    }

    db->path = path;

    rc = sqlite3_open_v2(name, &db->sqlite, flags | SQLITE_OPEN_NOMUTEX
                                            | SQLITE_OPEN_EXRESCODE, NULL);

    if (db->sqlite == NULL) {
        free(db);
        return IPXE_NOMEM;
    }

    *p = db;

    if (rc != SQLITE_OK) {
        return ipxe_store_db_error(db, err);
    }

    ipxe_store_db_limit(db);

    /* whoever wrote the file, reading it is all that happens here */

    sqlite3_busy_timeout(db->sqlite, 0);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_limit(db->sqlite, SQLITE_LIMIT_LENGTH, IPXE_STORE_MAX_VALUE);
    sqlite3_limit(db->sqlite, SQLITE_LIMIT_ATTACHED, 0);

    rc = sqlite3_exec(db->sqlite, "PRAGMA mmap_size = 0;"
                                  "PRAGMA cache_size = -" IPXE_STORE_CACHE ";"
                                  "PRAGMA cell_size_check = 1",
                      NULL, NULL, NULL);

    return rc == SQLITE_OK ? IPXE_OK : ipxe_store_db_error(db, err);
}


ipxe_rc_e
ipxe_store_db_prepare(ipxe_store_db_t *db, ipxe_err_t *err)
{
    unsigned   i;
    ipxe_rc_e  rc;

    if (sqlite3_exec(db->sqlite, "PRAGMA query_only = 1", NULL, NULL, NULL)
        != SQLITE_OK)
    {
        return ipxe_store_db_error(db, err);
    }

    if (ipxe_store_key_create(db->sqlite, &db->key) != SQLITE_OK) {
        return IPXE_NOMEM;
    }

    /* the numbers first: they say best what a strange file is */

    for (i = IPXE_STMTS; i-- > 0; /* void */ ) {

        if (sqlite3_prepare_v3(db->sqlite, ipxe_store_statements[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &db->stmt[i], NULL)
            != SQLITE_OK)
        {
            return ipxe_store_db_error(db, err);
        }

        if (i == IPXE_QUERIES) {

            rc = ipxe_store_db_check(db, err);
            if (rc != IPXE_OK) {
                return rc;
            }
        }
    }

    return ipxe_store_db_number(db, IPXE_STMT_DATA_VERSION, &db->data_version,
                                err);
}


ipxe_rc_e
ipxe_store_db_check(ipxe_store_db_t *db, ipxe_err_t *err)
{
    int64_t    id = 0, version = 0;
    ipxe_rc_e  rc;

    rc = ipxe_store_db_number(db, IPXE_STMT_APPLICATION_ID, &id, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_store_db_number(db, IPXE_STMT_USER_VERSION, &version, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    if (id != IPXE_APPLICATION_ID) {
        db->broken = 1;
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: it is "
                        "no hosts database, its application_id is %lld and "
                        "not %d: make one with sqlite3 and schema.sql",
                        db->path, (long long) id, IPXE_APPLICATION_ID);
    }

    if (version != IPXE_USER_VERSION) {
        db->broken = 1;
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: its "
                        "user_version is %lld and this module reads %d: %s",
                        db->path, (long long) version, IPXE_USER_VERSION,
                        version > IPXE_USER_VERSION
                            ? "install the module it was made for"
                            : "migrate it with the scripts beside schema.sql");
    }

    return IPXE_OK;
}


void
ipxe_store_db_map(ipxe_store_db_t *db)
{
    int             wal;
    const char     *mode;
    sqlite3_file   *file;
    sqlite3_stmt   *stmt;
    volatile void  *index;

    if (db->immutable
        || sqlite3_prepare_v2(db->sqlite, "PRAGMA journal_mode", -1, &stmt,
                              NULL)
           != SQLITE_OK)
    {
        return;
    }

    wal = 0;

    if (sqlite3_step(stmt) == SQLITE_ROW) {
        mode = (const char *) sqlite3_column_text(stmt, 0);
        wal = mode && strcmp(mode, "wal") == 0;
    }

    sqlite3_finalize(stmt);

    /* in rollback mode the call would make a file */

    index = NULL;

    if (wal
        && sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_FILE_POINTER,
                                &file)
           == SQLITE_OK
        && file->pMethods && file->pMethods->iVersion >= 2)
    {
        (void) file->pMethods->xShmMap(file, 0, IPXE_STORE_INDEX, 0, &index);
    }

    db->index = (const unsigned char *) (uintptr_t) index;
}


ipxe_rc_e
ipxe_store_db_number(ipxe_store_db_t *db, unsigned i, int64_t *number,
    ipxe_err_t *err)
{
    int            step;
    ipxe_rc_e      rc;
    sqlite3_stmt  *stmt;

    stmt = db->stmt[i];

    step = sqlite3_step(stmt);
    rc = IPXE_OK;

    if (step == SQLITE_ROW && number) {
        *number = sqlite3_column_int64(stmt, 0);

    } else if (step != SQLITE_DONE) {
        rc = ipxe_store_db_error(db, err);
    }

    sqlite3_reset(stmt);

    return rc;
}


ipxe_rc_e
ipxe_store_db_begin(ipxe_store_db_t *db, unsigned char *header,
    int64_t *version, ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    db->steps = 0;

    rc = ipxe_store_db_number(db, IPXE_STMT_BEGIN, NULL, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    if (db->index) {
        memcpy(header, db->index, IPXE_STORE_HEADER);
        __sync_synchronize();
    }

    rc = ipxe_store_db_number(db, IPXE_STMT_DATA_VERSION, version, err);

    if (rc != IPXE_OK) {
        ipxe_store_db_leave(db);
    }

    return rc;
}


void
ipxe_store_db_stamp(ipxe_store_db_t *db, ipxe_store_stamp_t *stamp,
    const ipxe_store_file_t *file)
{
    unsigned char  *state;

    state = stamp->state;

    stamp->dev = file->dev;
    stamp->ino = file->ino;

    if (db->index) {
        return;
    }

    memset(state, 0, IPXE_STORE_HEADER);

    if (db->immutable) {
        memcpy(state, &file->mtime, sizeof(struct timespec));
        memcpy(state + sizeof(struct timespec), &file->ctime,
               sizeof(struct timespec));
        memcpy(state + 2 * sizeof(struct timespec), &file->size,
               sizeof(off_t));

    } else {
        (void) ipxe_store_db_bytes(db, state, IPXE_STORE_COUNTER_LEN,
                                   IPXE_STORE_COUNTER);
    }
}


int
ipxe_store_db_is_current(const ipxe_store_db_t *db,
    const unsigned char *header)
{
    __sync_synchronize();

    return memcmp(header, db->index, IPXE_STORE_HEADER) == 0;
}


void
ipxe_store_db_leave(ipxe_store_db_t *db)
{
    unsigned  i;

    for (i = 0; i < IPXE_LOOKUPS; i++) {
        sqlite3_reset(db->stmt[i]);
    }

    /* an error may have ended it already */

    if (!sqlite3_get_autocommit(db->sqlite)) {
        (void) ipxe_store_db_number(db, IPXE_STMT_END, NULL, NULL);
    }
}


void
ipxe_store_db_close(ipxe_store_db_t *db)
{
    unsigned  i;

    if (db == NULL) {
        return;
    }

    for (i = 0; i < IPXE_STMTS; i++) {
        sqlite3_finalize(db->stmt[i]);
    }

    sqlite3_close(db->sqlite);
    free(db);
}


ipxe_rc_e
ipxe_store_db_query(ipxe_store_db_t *db, unsigned query, ipxe_str_t key,
    ipxe_row_pt row, void *data, ipxe_err_t *err)
{
    int            step, any;
    ipxe_rc_e      rc;
    ipxe_str_t     column[IPXE_MAX_COLUMNS];
    sqlite3_stmt  *stmt;

    stmt = db->stmt[query];
    any = 0;
    rc = IPXE_OK;

    if (query < IPXE_LOOKUPS) {
        ipxe_store_key_set(db->key, key);

    } else if (sqlite3_bind_parameter_count(stmt)
               && sqlite3_bind_text(stmt, 1, (const char *) key.data,
                                    (int) key.len, SQLITE_STATIC)
                  != SQLITE_OK)
    {
        rc = ipxe_store_db_error(db, err);
    }

    while (rc == IPXE_OK) {

        step = sqlite3_step(stmt);

        if (step != SQLITE_ROW) {

            if (step == SQLITE_TOOBIG) {
                rc = ipxe_err(err, IPXE_INVALID, "a row of the table \"%s\" in "
                              "\"%s\" has over %d bytes: make it shorter",
                              ipxe_store_tables[query], db->path,
                              IPXE_STORE_MAX_VALUE);

            } else if (step != SQLITE_DONE) {
                rc = ipxe_store_db_error(db, err);
            }

            break;
        }

        any = 1;

        rc = ipxe_store_db_row(stmt, column);

        if (rc == IPXE_OK) {
            rc = row(data, column, err);
        }

        if (query < IPXE_LOOKUPS) {

            /* one row is all there is; it waits for the next key */

            return rc;
        }
    }

    /* a statement that is not reset would keep its state of the database */

    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);

    if (rc == IPXE_OK && !any) {
        return IPXE_DECLINED;
    }

    return rc;
}


static ipxe_rc_e
ipxe_store_db_row(sqlite3_stmt *stmt, ipxe_str_t *column)
{
    int  i, n;

    n = sqlite3_column_count(stmt);

    for (i = 0; i < n; i++) {

        column[i].data = sqlite3_column_text(stmt, i);
        column[i].len = 0;

        if (column[i].data) {
            column[i].len = (size_t) sqlite3_column_bytes(stmt, i);

        } else if (sqlite3_column_type(stmt, i) != SQLITE_NULL) {
            return IPXE_NOMEM;
        }
    }

    return IPXE_OK;
}


int
ipxe_store_db_bytes(ipxe_store_db_t *db, void *buf, int len, int64_t offset)
{
    sqlite3_file  *file;

    if (sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_FILE_POINTER,
                             &file)
        != SQLITE_OK
        || file->pMethods == NULL)
    {
        return -1;
    }

    return file->pMethods->xRead(file, buf, len, offset) == SQLITE_OK ? 0 : -1;
}


int
ipxe_store_db_has_moved(ipxe_store_db_t *db)
{
    int  moved = 0;

    (void) sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_HAS_MOVED,
                                &moved);

    return moved;
}


const char *
ipxe_store_sql(unsigned query)
{
    return ipxe_store_statements[query];
}


ipxe_rc_e
ipxe_store_db_error(ipxe_store_db_t *db, ipxe_err_t *err)
{
    int  code, system;

    code = sqlite3_extended_errcode(db->sqlite);

    if ((code & 0xff) == SQLITE_NOMEM) {
        return IPXE_NOMEM;
    }

    if ((code & 0xff) == SQLITE_CANTOPEN) {
        system = sqlite3_system_errno(db->sqlite);

        if (system == EMFILE || system == ENFILE) {
            code = IPXE_STORE_NO_FILES;
        }
    }

    db->code = code;

    if (!ipxe_store_db_is_busy(code)) {
        db->broken = 1;
    }

    return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: %s (%d): %s",
                    db->path, sqlite3_errmsg(db->sqlite),
                    sqlite3_extended_errcode(db->sqlite),
                    ipxe_store_db_advice(code));
}


int
ipxe_store_db_is_busy(int code)
{
    return (code & 0xff) == SQLITE_BUSY || code == SQLITE_READONLY_ROLLBACK;
}


const char *
ipxe_store_db_advice(int code)
{
    switch (code) {

    case SQLITE_READONLY_ROLLBACK:
        return "a program was killed while it wrote: open the file once with "
               "sqlite3, which rolls that back";

    case IPXE_STORE_NO_FILES:
        return "nginx has too many files and connections open: raise "
               "worker_rlimit_nofile above worker_connections";
    }

    switch (code & 0xff) {

    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return "nginx's user needs to read the file and to write to its "
               "directory: chgrp both to its group, chmod 2770 the directory "
               "and 0660 the file";

    case SQLITE_BUSY:
        return "another program has it locked: a database with PRAGMA "
               "journal_mode=WAL is read all the same";

    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return "put a good copy in its place with sqlite3 and .restore, or "
               "with mv, and then remove its -wal and -shm";

    case SQLITE_INTERRUPT:
        return "reading it takes too long: is there a view where a table "
               "should be, or are there very many profiles?";

    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
        return "compare it with schema.sql";

    default:
        return "see what sqlite3 says about it";
    }
}


void
ipxe_store_db_limit(ipxe_store_db_t *db)
{
    sqlite3_progress_handler(db->sqlite, IPXE_STORE_STEP,
                             ipxe_store_db_progress, db);
}


static int
ipxe_store_db_progress(void *data)
{
    ipxe_store_db_t *db = data;

    return ++db->steps > IPXE_STORE_STEPS;
}
