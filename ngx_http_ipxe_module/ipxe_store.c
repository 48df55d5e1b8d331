
/*
 * The store: hosts.db, read only.
 */


#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1                   /* statx() */
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "ipxe_store.h"
#include "ipxe_store_key.h"


#define IPXE_STORE_RETRY       1000     /* ms before the same file is tried */
#define IPXE_STORE_STEP        1000     /* SQLite's steps to a look at ... */
#define IPXE_STORE_STEPS       5000     /* ... how many of these there were */
#define IPXE_STORE_MAX_VALUE   (1024 * 1024)
#define IPXE_STORE_CACHE       "65536"  /* KiB of pages that are kept */


/*
 * The WAL-index begins with a header of 48 bytes that every commit changes
 * (wal.c: WalIndexHdr); SQLite itself sees by it that there was one.
 */

#define IPXE_STORE_HEADER      48
#define IPXE_STORE_INDEX       32768


/* the queries of at most one row, which is looked up by a key */

#define IPXE_LOOKUPS  (IPXE_QUERY_TOKEN + 1)


enum {
    IPXE_STMT_BEGIN = IPXE_QUERIES,
    IPXE_STMT_END,
    IPXE_STMT_DATA_VERSION,
    IPXE_STMT_APPLICATION_ID,
    IPXE_STMT_USER_VERSION,
    IPXE_STMTS
};


/* What tells one file from another, and a changed one from itself. */

typedef struct {
    dev_t                 dev;
    ino_t                 ino;
    off_t                 size;
    struct timespec       mtime;
    struct timespec       ctime;
    int                   regular;
    int                   link;         /* its name is one, to somewhere else */
} ipxe_file_t;


struct ipxe_store_s {
    const char           *path;
    sqlite3              *db;
    sqlite3_stmt         *stmt[IPXE_STMTS];
    ipxe_store_key_t     *key;          /* of the lookups, owned by db */

    ipxe_file_t           file;         /* what is open */
    ipxe_file_t           wal;          /* ... and its log, if there is one */
    uint64_t              generation;
    int64_t               data_version;
    unsigned              steps;
    int64_t               now;

    /* the header of the WAL-index, and what it was when reading began */
    const void           *index;
    unsigned char         header[IPXE_STORE_HEADER];

    unsigned              published:1;
    unsigned              immutable:1;  /* read without locks */
    unsigned              broken:1;     /* to be opened again */
    unsigned              kept:1;       /* a state is kept open */
    unsigned              watched:1;    /* somebody tells of new files */
    unsigned              look:1;       /* ... and there may be one */
    unsigned              has_wal:1;    /* the log is known */
    unsigned              left_wal:1;   /* it is of a file that was replaced */

    /* what could not be opened, when, and why */
    ipxe_file_t           bad;
    int64_t               bad_since;
    ipxe_err_t            why;

    /* what there is to say about a state that can be read all the same */
    ipxe_err_t            note;
};


static ipxe_rc_e ipxe_store_row(sqlite3_stmt *stmt, ipxe_str_t *column);
static void ipxe_store_leave(ipxe_store_t *store);
static ipxe_rc_e ipxe_store_find(ipxe_store_t *store, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_read(ipxe_store_t *store, ipxe_err_t *err);
static int ipxe_store_is_current(ipxe_store_t *store);
static void ipxe_store_map(ipxe_store_t *store);
static ipxe_rc_e ipxe_store_open(ipxe_store_t *store,
    const ipxe_file_t *file, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_meet_wal(const ipxe_store_t *store,
    ipxe_store_t *fresh, const ipxe_file_t *file, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_connect(ipxe_store_t *store, int immutable,
    ipxe_err_t *err);
static int ipxe_store_uri(const char *path, char *uri, size_t size);
static ipxe_rc_e ipxe_store_prepare(ipxe_store_t *store, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_check(ipxe_store_t *store, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_number(ipxe_store_t *store, unsigned stmt,
    int64_t *number, ipxe_err_t *err);
static void ipxe_store_close(ipxe_store_t *store);
static ipxe_rc_e ipxe_store_error(ipxe_store_t *store, ipxe_err_t *err);
static const char *ipxe_store_advice(int rc);
static int ipxe_store_stat(const char *path, ipxe_file_t *file);
static int ipxe_store_stat_wal(const ipxe_store_t *store, ipxe_file_t *wal);
static int ipxe_store_has_wal(const ipxe_store_t *store);
static int ipxe_store_wal_is_strange(const ipxe_store_t *store,
    const ipxe_file_t *file);
static int ipxe_store_born(const ipxe_store_t *store, const char *suffix,
    struct timespec *born);
static int ipxe_time_cmp(const struct timespec *a, const struct timespec *b);
static int ipxe_store_has_left_wal(ipxe_store_t *store);
static int ipxe_file_is(const ipxe_file_t *a, const ipxe_file_t *b);
static int ipxe_file_same(const ipxe_file_t *a, const ipxe_file_t *b);
static int ipxe_store_progress(void *data);


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


ipxe_store_t *
ipxe_store_create(const char *path, int published)
{
    ipxe_store_t  *store;

    /*
     * SQLite counts its memory under a lock, for statistics that nobody here
     * reads, unless it is told so before it is used first in a process.
     */

    (void) sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);

    store = calloc(1, sizeof(ipxe_store_t));
    if (store == NULL) {
        return NULL;
    }

    store->path = path;
    store->published = published ? 1 : 0;

    return store;
}


void
ipxe_store_destroy(ipxe_store_t *store)
{
    ipxe_store_close(store);
    free(store);
}


ipxe_rc_e
ipxe_store_begin(ipxe_store_t *store, int64_t now, ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    store->steps = 0;
    store->now = now;

    if (store->kept) {

        if (store->watched && !store->file.link && !store->look
            && ipxe_store_is_current(store))
        {
            if (store->note.len) {
                *err = store->note;
            }

            return IPXE_OK;
        }

        ipxe_store_rest(store);
    }

    store->look = 0;

    rc = ipxe_store_find(store, err);

    if (store->db == NULL || store->broken || rc == IPXE_NOMEM) {
        return rc;
    }

    /* the new file is not usable, or there is none: read on in the old one */

    rc = ipxe_store_read(store, err);

    if (rc == IPXE_OK && (err == NULL || err->len == 0)
        && ipxe_store_has_left_wal(store))
    {
        (void) ipxe_err(err, rc, "\"%s\" was replaced and \"%s-wal\" of the "
                        "old file is still there: remove it and \"%s-shm\" "
                        "before anything writes", store->path, store->path,
                        store->path);
    }

    /* what is not as it should be stays so while the state is kept */

    store->note.len = 0;

    if (err && err->len) {
        store->note = *err;
    }

    return rc;
}


ipxe_rc_e
ipxe_store_end(ipxe_store_t *store)
{
    ipxe_file_t  file;

    if (store->index && !store->broken) {
        store->kept = 1;
        return IPXE_OK;
    }

    ipxe_store_leave(store);

    if (!store->immutable) {
        return IPXE_OK;
    }

    if (ipxe_store_stat(store->path, &file) == 0
        && ipxe_file_is(&file, &store->file)
        && !ipxe_file_same(&file, &store->file))
    {
        store->broken = 1;
        return IPXE_AGAIN;
    }

    return IPXE_OK;
}


int
ipxe_store_is_kept(ipxe_store_t *store)
{
    return store->kept;
}


void
ipxe_store_rest(ipxe_store_t *store)
{
    if (store->kept) {
        store->kept = 0;
        ipxe_store_leave(store);
    }
}


/* Lets go of the state: a lookup that waits for a key would keep it. */

static void
ipxe_store_leave(ipxe_store_t *store)
{
    unsigned  i;

    for (i = 0; i < IPXE_LOOKUPS; i++) {
        sqlite3_reset(store->stmt[i]);
    }

    (void) ipxe_store_number(store, IPXE_STMT_END, NULL, NULL);
}


void
ipxe_store_watch(ipxe_store_t *store, int watched)
{
    store->watched = watched ? 1 : 0;
}


void
ipxe_store_look(ipxe_store_t *store)
{
    store->look = 1;
}


uint64_t
ipxe_store_generation(ipxe_store_t *store)
{
    return store->generation;
}


ipxe_rc_e
ipxe_store_query(ipxe_store_t *store, unsigned query, ipxe_str_t key,
    ipxe_row_pt row, void *data, ipxe_err_t *err)
{
    int            step, any;
    ipxe_rc_e      rc;
    ipxe_str_t     column[IPXE_MAX_COLUMNS];
    sqlite3_stmt  *stmt;

    stmt = store->stmt[query];
    any = 0;
    rc = IPXE_OK;

    if (query < IPXE_LOOKUPS) {
        ipxe_store_key_set(store->key, key);

    } else if (sqlite3_bind_parameter_count(stmt)
               && sqlite3_bind_text(stmt, 1, (const char *) key.data,
                                    (int) key.len, SQLITE_STATIC)
                  != SQLITE_OK)
    {
        rc = ipxe_store_error(store, err);
    }

    while (rc == IPXE_OK) {

        step = sqlite3_step(stmt);

        if (step != SQLITE_ROW) {

            if (step == SQLITE_TOOBIG) {
                rc = ipxe_err(err, IPXE_INVALID, "a row of the table \"%s\" in "
                              "\"%s\" has over %d bytes: make it shorter",
                              ipxe_store_tables[query], store->path,
                              IPXE_STORE_MAX_VALUE);

            } else if (step != SQLITE_DONE) {
                rc = ipxe_store_error(store, err);
            }

            break;
        }

        any = 1;

        rc = ipxe_store_row(stmt, column);

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
ipxe_store_row(sqlite3_stmt *stmt, ipxe_str_t *column)
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


const char *
ipxe_store_sql(unsigned query)
{
    return ipxe_store_statements[query];
}


/* Opens the file if it is not open, or another one than is open. */

static ipxe_rc_e
ipxe_store_find(ipxe_store_t *store, ipxe_err_t *err)
{
    ipxe_file_t  file;

    if (ipxe_store_stat(store->path, &file) != 0) {
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: %s: %s",
                        store->path, strerror(errno),
                        errno == EACCES ? ipxe_store_advice(SQLITE_CANTOPEN)
                                        : "make it with sqlite3 and "
                                          "schema.sql, or correct "
                                          "ipxe_database");
    }

    if (!file.regular) {

        /* opening a FIFO would wait for somebody to write to it */

        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: it is "
                        "no regular file: make it with sqlite3 and "
                        "schema.sql, or correct ipxe_database", store->path);
    }

    if (store->db == NULL || store->broken
        || !ipxe_file_is(&file, &store->file)
        || (store->immutable && !ipxe_file_same(&file, &store->file))
        || (store->immutable && !store->published
            && ipxe_store_has_wal(store)))
    {
        return ipxe_store_open(store, &file, err);
    }

    return IPXE_OK;
}


/* Begins a read transaction, and sees whether there was a change. */

static ipxe_rc_e
ipxe_store_read(ipxe_store_t *store, ipxe_err_t *err)
{
    int64_t    version = 0;
    ipxe_rc_e  rc;

    rc = ipxe_store_number(store, IPXE_STMT_BEGIN, NULL, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    /* before the first page is read: what changes later is seen later */

    if (store->index) {
        memcpy(store->header, store->index,
               IPXE_STORE_HEADER);
        __sync_synchronize();
    }

    rc = ipxe_store_number(store, IPXE_STMT_DATA_VERSION, &version, err);

    if (rc == IPXE_OK && version != store->data_version) {
        store->data_version = version;
        store->generation++;

        rc = ipxe_store_check(store, err);
    }

    if (rc != IPXE_OK) {
        store->kept = 1;
        ipxe_store_rest(store);
    }

    return rc;
}


static int
ipxe_store_is_current(ipxe_store_t *store)
{
    __sync_synchronize();

    return memcmp(store->header, store->index,
                  IPXE_STORE_HEADER)
           == 0;
}


/*
 * Finds the WAL-index of a database in WAL mode, which SQLite maps with the
 * first read.  It stays where it is as long as the connection is open.
 */

static void
ipxe_store_map(ipxe_store_t *store)
{
    volatile void  *index;
    sqlite3_file   *file;
    sqlite3_stmt   *stmt;
    const char     *mode;
    int             wal;

    if (store->immutable
        || sqlite3_prepare_v2(store->db, "PRAGMA journal_mode", -1, &stmt,
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

    index = NULL;

    if (wal
        && sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER,
                                &file)
           == SQLITE_OK
        && file->pMethods && file->pMethods->iVersion >= 2)
    {
        (void) file->pMethods->xShmMap(file, 0, IPXE_STORE_INDEX, 0, &index);
    }

    store->index = (const void *) (uintptr_t) index;
}


/* Opens FILE beside what is open, and changes over when it is good. */

static ipxe_rc_e
ipxe_store_open(ipxe_store_t *store, const ipxe_file_t *file, ipxe_err_t *err)
{
    ipxe_rc_e     rc;
    ipxe_store_t  fresh;

    if (ipxe_file_same(file, &store->bad)
        && store->now - store->bad_since < IPXE_STORE_RETRY)
    {
        *err = store->why;
        return IPXE_UNAVAILABLE;
    }

    memset(&fresh, 0, sizeof(ipxe_store_t));

    fresh.path = store->path;
    fresh.published = store->published;
    fresh.now = store->now;

    rc = ipxe_store_meet_wal(store, &fresh, file, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_store_connect(&fresh, store->published || fresh.left_wal, err);

    if (rc == IPXE_UNAVAILABLE && !fresh.immutable
        && sqlite3_extended_errcode(fresh.db) == SQLITE_READONLY_DIRECTORY
        && !ipxe_store_has_wal(&fresh))
    {
        /*
         * A WAL database at rest in a directory where this process cannot
         * make the files that WAL needs.  Nobody writes to it now, so that it
         * can be read as it is until it changes.
         */

        ipxe_store_close(&fresh);
        rc = ipxe_store_connect(&fresh, 1, err);
    }

    if (rc != IPXE_OK) {

        /* who is busy now may be done in a moment */

        if (rc == IPXE_UNAVAILABLE
            && (sqlite3_errcode(fresh.db) & 0xff) != SQLITE_BUSY)
        {
            store->bad = *file;
            store->bad_since = store->now;
            store->why = *err;
        }

        ipxe_store_close(&fresh);

        return rc;
    }

    /* what the first try said is not so any more */

    memset(&fresh.bad, 0, sizeof(ipxe_file_t));
    err->len = 0;

    ipxe_store_close(store);

    fresh.file = *file;
    fresh.generation = store->generation + 1;
    fresh.watched = store->watched;

    ipxe_store_map(&fresh);

    if (!fresh.immutable) {
        fresh.has_wal = (ipxe_store_stat_wal(&fresh, &fresh.wal) == 0);
    }

    *store = fresh;

    sqlite3_progress_handler(store->db, IPXE_STORE_STEP, ipxe_store_progress,
                             store);

    return IPXE_OK;
}


/*
 * A file that is moved over a WAL database does not take the log of the old
 * one away, and SQLite would read that log into the new file.  A store that
 * had the old file open knows the log; else its time has to tell.
 */

static ipxe_rc_e
ipxe_store_meet_wal(const ipxe_store_t *store, ipxe_store_t *fresh,
    const ipxe_file_t *file, ipxe_err_t *err)
{
    if (store->has_wal && !ipxe_file_is(file, &store->file)
        && ipxe_store_stat_wal(store, &fresh->wal) == 0
        && ipxe_file_is(&fresh->wal, &store->wal))
    {
        fresh->has_wal = 1;
        fresh->left_wal = 1;

        return IPXE_OK;
    }

    if (store->published || !ipxe_store_wal_is_strange(store, file)) {
        return IPXE_OK;
    }

    return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: it was "
                    "moved here, or its rights were changed, after "
                    "\"%s-wal\" was written: remove \"%s-wal\" and \"%s-shm\" "
                    "if they are of a file that it replaced, or else open it "
                    "once with sqlite3 and commit a change", store->path,
                    store->path, store->path, store->path);
}


static ipxe_rc_e
ipxe_store_connect(ipxe_store_t *store, int immutable, ipxe_err_t *err)
{
    int          rc, flags;
    char         uri[4096 * 3 + 32];
    const char  *name;

    name = store->path;
    flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

    if (immutable) {

        if (ipxe_store_uri(store->path, uri, sizeof(uri)) != 0) {
            return ipxe_err(err, IPXE_UNAVAILABLE, "the path of the database "
                            "is too long");
        }

        name = uri;
        flags |= SQLITE_OPEN_URI;
    }

    store->immutable = immutable ? 1 : 0;

    rc = sqlite3_open_v2(name, &store->db, flags, NULL);

    if (store->db == NULL) {
        return IPXE_NOMEM;
    }

    if (rc != SQLITE_OK) {
        return ipxe_store_error(store, err);
    }

    sqlite3_progress_handler(store->db, IPXE_STORE_STEP, ipxe_store_progress,
                             store);

    /* whoever wrote the file, reading it is all that happens here */

    sqlite3_busy_timeout(store->db, 0);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, IPXE_STORE_MAX_VALUE);
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);

    rc = sqlite3_exec(store->db, "PRAGMA query_only = 1;"
                                 "PRAGMA mmap_size = 0;"
                                 "PRAGMA cache_size = -" IPXE_STORE_CACHE ";"
                                 "PRAGMA cell_size_check = 1",
                      NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        return ipxe_store_error(store, err);
    }

    if (ipxe_store_key_create(store->db, &store->key) != SQLITE_OK) {
        return IPXE_NOMEM;
    }

    return ipxe_store_prepare(store, err);
}


static int
ipxe_store_uri(const char *path, char *uri, size_t size)
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


static ipxe_rc_e
ipxe_store_prepare(ipxe_store_t *store, ipxe_err_t *err)
{
    unsigned   i;
    ipxe_rc_e  rc;

    /* the numbers first: they say best what a strange file is */

    for (i = IPXE_STMTS; i-- > 0; /* void */ ) {

        if (sqlite3_prepare_v3(store->db, ipxe_store_statements[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &store->stmt[i], NULL)
            != SQLITE_OK)
        {
            return ipxe_store_error(store, err);
        }

        if (i == IPXE_QUERIES) {

            rc = ipxe_store_check(store, err);
            if (rc != IPXE_OK) {
                return rc;
            }
        }
    }

    return ipxe_store_number(store, IPXE_STMT_DATA_VERSION,
                             &store->data_version, err);
}


/* Whether this is a database of ours, of the version that is read here. */

static ipxe_rc_e
ipxe_store_check(ipxe_store_t *store, ipxe_err_t *err)
{
    int64_t    id = 0, version = 0;
    ipxe_rc_e  rc;

    rc = ipxe_store_number(store, IPXE_STMT_APPLICATION_ID, &id, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_store_number(store, IPXE_STMT_USER_VERSION, &version, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    if (id != IPXE_APPLICATION_ID) {
        store->broken = 1;
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: it is "
                        "no hosts database, its application_id is %lld and "
                        "not %d: make one with sqlite3 and schema.sql",
                        store->path, (long long) id, IPXE_APPLICATION_ID);
    }

    if (version != IPXE_USER_VERSION) {
        store->broken = 1;
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: its "
                        "user_version is %lld and this module reads %d: %s",
                        store->path, (long long) version, IPXE_USER_VERSION,
                        version > IPXE_USER_VERSION
                            ? "install the module it was made for"
                            : "migrate it with the scripts beside schema.sql");
    }

    return IPXE_OK;
}


/* Runs a statement that yields one number, or none. */

static ipxe_rc_e
ipxe_store_number(ipxe_store_t *store, unsigned i, int64_t *number,
    ipxe_err_t *err)
{
    int            step;
    ipxe_rc_e      rc;
    sqlite3_stmt  *stmt;

    stmt = store->stmt[i];

    step = sqlite3_step(stmt);
    rc = IPXE_OK;

    if (step == SQLITE_ROW && number) {
        *number = sqlite3_column_int64(stmt, 0);

    } else if (step != SQLITE_DONE) {
        rc = ipxe_store_error(store, err);
    }

    sqlite3_reset(stmt);

    return rc;
}


static void
ipxe_store_close(ipxe_store_t *store)
{
    unsigned  i;

    for (i = 0; i < IPXE_STMTS; i++) {
        sqlite3_finalize(store->stmt[i]);
        store->stmt[i] = NULL;
    }

    sqlite3_close(store->db);
    store->db = NULL;
}


/* The sentence for the error of the last call. */

static ipxe_rc_e
ipxe_store_error(ipxe_store_t *store, ipxe_err_t *err)
{
    int          rc;
    const char  *text;

    rc = sqlite3_extended_errcode(store->db);

    if ((rc & 0xff) == SQLITE_NOMEM) {
        return IPXE_NOMEM;
    }

    text = sqlite3_errmsg(store->db);

    (void) ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: %s (%d): %s",
                    store->path, text, rc, ipxe_store_advice(rc));

    if ((rc & 0xff) == SQLITE_BUSY) {
        return IPXE_UNAVAILABLE;
    }

    /* what is wrong with the file is the same until it changes */

    store->broken = 1;

    if (err && ipxe_store_stat(store->path, &store->bad) == 0) {
        store->bad_since = store->now;
        store->why = *err;
    }

    return IPXE_UNAVAILABLE;
}


static const char *
ipxe_store_advice(int rc)
{
    switch (rc) {

    case SQLITE_READONLY_ROLLBACK:
        return "a program was killed while it wrote: open the file once with "
               "sqlite3, which rolls that back";
    }

    switch (rc & 0xff) {

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


static int
ipxe_store_stat(const char *path, ipxe_file_t *file)
{
    struct stat  st;

    if (stat(path, &st) != 0) {
        return -1;
    }

    /* compared as a whole, so that padding matters */

    memset(file, 0, sizeof(ipxe_file_t));

    file->dev = st.st_dev;
    file->ino = st.st_ino;
    file->size = st.st_size;
    file->mtime = st.st_mtim;
    file->ctime = st.st_ctim;
    file->regular = S_ISREG(st.st_mode);
    file->link = (lstat(path, &st) == 0 && S_ISLNK(st.st_mode));

    return 0;
}


static int
ipxe_store_stat_wal(const ipxe_store_t *store, ipxe_file_t *wal)
{
    int   n;
    char  path[4096 + sizeof("-wal")];

    n = snprintf(path, sizeof(path), "%s-wal", store->path);

    return (size_t) n < sizeof(path) ? ipxe_store_stat(path, wal) : -1;
}


/* Whether there is a log that holds something and belongs to the file. */

static int
ipxe_store_has_wal(const ipxe_store_t *store)
{
    ipxe_file_t  wal;

    return ipxe_store_stat_wal(store, &wal) == 0 && wal.size > 0
           && !(store->left_wal && ipxe_file_is(&wal, &store->wal));
}


/*
 * Whether FILE came to its place after its log was written, so that the log
 * may be of another file: a file is older than its log, and moving a file
 * changes its ctime alone, writing to it both its times.
 */

static int
ipxe_store_wal_is_strange(const ipxe_store_t *store, const ipxe_file_t *file)
{
    ipxe_file_t      wal;
    struct timespec  born, wal_born;

    if (ipxe_store_stat_wal(store, &wal) != 0 || wal.size == 0) {
        return 0;
    }

    /* what happens within a tick of the clock has the same time */

    if (ipxe_time_cmp(&wal.mtime, &file->ctime) <= 0
        && ipxe_time_cmp(&file->mtime, &file->ctime) < 0)
    {
        return 1;
    }

    return ipxe_store_born(store, "", &born) == 0
           && (ipxe_time_cmp(&wal.mtime, &born) <= 0
               || (ipxe_store_born(store, "-wal", &wal_born) == 0
                   && ipxe_time_cmp(&wal_born, &born) < 0));
}


/* When the file was made, or the log, if the file system knows. */

static int
ipxe_store_born(const ipxe_store_t *store, const char *suffix,
    struct timespec *born)
{
#ifdef STATX_BTIME

    char          path[4096 + sizeof("-wal")];
    struct statx  st;

    (void) snprintf(path, sizeof(path), "%s%s", store->path, suffix);

    if (statx(AT_FDCWD, path, 0, STATX_BTIME, &st) == 0
        && (st.stx_mask & STATX_BTIME))
    {
        born->tv_sec = (time_t) st.stx_btime.tv_sec;
        born->tv_nsec = (long) st.stx_btime.tv_nsec;
        return 0;
    }

#endif

    return -1;
}


static int
ipxe_time_cmp(const struct timespec *a, const struct timespec *b)
{
    if (a->tv_sec != b->tv_sec) {
        return a->tv_sec < b->tv_sec ? -1 : 1;
    }

    return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}


/* Whether the log of the file that was replaced is still there. */

static int
ipxe_store_has_left_wal(ipxe_store_t *store)
{
    ipxe_file_t  wal;

    if (!store->left_wal) {
        return 0;
    }

    if (ipxe_store_stat_wal(store, &wal) != 0
        || !ipxe_file_is(&wal, &store->wal))
    {
        store->left_wal = 0;
        return 0;
    }

    return wal.size > 0;
}


/* Whether it is the one file, changed or not. */

static int
ipxe_file_is(const ipxe_file_t *a, const ipxe_file_t *b)
{
    return a->dev == b->dev && a->ino == b->ino;
}


static int
ipxe_file_same(const ipxe_file_t *a, const ipxe_file_t *b)
{
    return memcmp(a, b, sizeof(ipxe_file_t)) == 0;
}


/* No request may keep a worker, whatever the schema of the file says. */

static int
ipxe_store_progress(void *data)
{
    ipxe_store_t *store = data;

    return ++store->steps > IPXE_STORE_STEPS;
}
