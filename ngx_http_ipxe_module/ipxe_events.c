
/*
 * Events: events.db, what happened.
 */


#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1                   /* statx() */
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "ipxe_events.h"


#define IPXE_EVENTS_REPORTS  1000       /* that are kept */
#define IPXE_EVENTS_PAUSE    2          /* ms between two looks at a lock */

/* a token begins with the milliseconds since 1970 in hexadecimal digits */

#define IPXE_EVENTS_STAMP    12


enum {
    IPXE_EVENTS_SPENT = 0,              /* all that who reads needs */
    IPXE_EVENTS_REMEMBER,
    IPXE_EVENTS_BEGIN,
    IPXE_EVENTS_COMMIT,
    IPXE_EVENTS_ROLLBACK,
    IPXE_EVENTS_SPEND,
    IPXE_EVENTS_REPORT,
    IPXE_EVENTS_TRIM_REPORTS,
    IPXE_EVENTS_WRITTEN,
    IPXE_EVENTS_SET_WRITTEN,
    IPXE_EVENTS_BOOT,
    IPXE_EVENTS_TRIM_BOOTS,
    IPXE_EVENTS_MACHINE,
    IPXE_EVENTS_TRIM_MACHINES,
    IPXE_EVENTS_STMTS
};


/* What tells one file from another, and from its copies. */

typedef struct {
    uint64_t              dev;
    uint64_t              ino;
    int64_t               born;         /* nanoseconds since 1970 */
    unsigned              regular:1;
} ipxe_events_file_t;


struct ipxe_events_s {
    const char           *path;
    size_t                history;
    size_t                machines;
    int                   wait;
    int64_t               since;        /* of a file that is made, or 0 */

    sqlite3              *db;
    sqlite3_stmt         *stmt[IPXE_EVENTS_STMTS];
    ipxe_events_file_t    file;         /* that is open, or was */
    char                  name[64];     /* ... in words */

    unsigned char        *batch;

    int                   lock;         /* the directory, or -1 */
    char                  dir[];
};


static ipxe_rc_e ipxe_events_open(ipxe_events_t *events, int write,
    ipxe_err_t *err);
static int ipxe_events_stat(const char *path, ipxe_events_file_t *file);
static void ipxe_events_touch(const char *path);
static ipxe_rc_e ipxe_events_connect(ipxe_events_t *events, int write,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_events_check(ipxe_events_t *events, int *fresh,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_events_set_up(ipxe_events_t *events, int fresh,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_events_prepare(ipxe_events_t *events, int write,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_events_remember(ipxe_events_t *events,
    ipxe_err_t *err);
static ipxe_str_t ipxe_events_file(ipxe_events_t *events);
static ipxe_rc_e ipxe_events_number(ipxe_events_t *events, const char *sql,
    sqlite3_int64 *number);
static void ipxe_events_close(ipxe_events_t *events);
static ipxe_rc_e ipxe_events_look(ipxe_events_t *events, ipxe_str_t token,
    ipxe_err_t *err);
static int64_t ipxe_events_stamp(ipxe_str_t token);
static ipxe_rc_e ipxe_events_keep(ipxe_events_t *events,
    const ipxe_report_t *report);
static ipxe_rc_e ipxe_events_write(ipxe_events_t *events,
    const ipxe_ring_t *ring, ipxe_str_t copied, ipxe_err_t *err);
static ipxe_rc_e ipxe_events_answers(ipxe_events_t *events,
    const ipxe_ring_t *ring, ipxe_str_t copied);
static ipxe_rc_e ipxe_events_answer(ipxe_events_t *events,
    const ipxe_answer_t *answer);
static ipxe_rc_e ipxe_events_run(ipxe_events_t *events, unsigned i);
static ipxe_rc_e ipxe_events_trim(ipxe_events_t *events, unsigned i,
    size_t keep);
static int ipxe_events_bind(ipxe_events_t *events, unsigned i, int column,
    ipxe_str_t text);
static ipxe_rc_e ipxe_events_end(ipxe_events_t *events, ipxe_rc_e rc,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_events_error(ipxe_events_t *events, ipxe_err_t *err);
static const char *ipxe_events_advice(int rc);


/* sql/events.sql, statement by statement */

static const char  *ipxe_events_sql[] = {
#include "ipxe_events_sql.h"
    NULL
};


static const char  *ipxe_events_statements[IPXE_EVENTS_STMTS] = {

    "SELECT file = ?2 AND since <= ?3,"
    " (SELECT state FROM spent WHERE token = ?1)"
    " FROM memory",

    "INSERT INTO memory (id, since, file) VALUES (1, ?1, ?2)"
    " ON CONFLICT (id) DO UPDATE"
    " SET since = excluded.since, file = excluded.file"
    " WHERE file <> excluded.file OR since > excluded.since",

    "BEGIN IMMEDIATE",
    "COMMIT",
    "ROLLBACK",

    "INSERT INTO spent (token, host, profile, state, time, address)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",

    "INSERT INTO report (token, host, event, time, address, body)"
    " VALUES (?1, ?2, ?4, ?5, ?6, CAST(?7 AS BLOB))",

    "DELETE FROM report WHERE id <= (SELECT max(id) FROM report) - ?1",

    "SELECT number FROM written WHERE run = ?1",

    "INSERT OR REPLACE INTO written (run, number, dropped)"
    " VALUES (?1, ?2, ?3)",

    "INSERT INTO boot (time, machine, host, key, profile, result, endpoint,"
    " address, loader) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",

    "DELETE FROM boot WHERE id <= (SELECT max(id) FROM boot) - ?1",

    "INSERT INTO machine (machine, mac, uuid, asset, serial, ip, arch,"
    " platform, manufacturer, product, hostname, host, profile, result,"
    " address, loader, first, last, boots)"
    " VALUES (?2, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?3, ?5,"
    " ?6, ?8, ?9, ?1, ?1, 1)"
    " ON CONFLICT (machine) DO UPDATE SET"
    " mac = ifnull(excluded.mac, mac), uuid = ifnull(excluded.uuid, uuid),"
    " asset = ifnull(excluded.asset, asset),"
    " serial = ifnull(excluded.serial, serial),"
    " ip = ifnull(excluded.ip, ip), arch = ifnull(excluded.arch, arch),"
    " platform = ifnull(excluded.platform, platform),"
    " manufacturer = ifnull(excluded.manufacturer, manufacturer),"
    " product = ifnull(excluded.product, product),"
    " hostname = ifnull(excluded.hostname, hostname),"
    " host = excluded.host, profile = excluded.profile,"
    " result = excluded.result, address = excluded.address,"
    " loader = excluded.loader, last = excluded.last, boots = boots + 1",

    "DELETE FROM machine WHERE rowid IN"
    " (SELECT rowid FROM machine ORDER BY host IS NOT NULL, last"
    " LIMIT (SELECT iif(count(*) > ?1, count(*) - ?1 + ?1 / 10, 0)"
    " FROM machine))"
};


ipxe_events_t *
ipxe_events_create(const char *path, size_t history, size_t machines)
{
    size_t          len;
    const char     *p;
    ipxe_events_t  *events;

    p = strrchr(path, '/');
    len = p ? (size_t) (p - path) + 1 : 1;

    events = calloc(1, sizeof(ipxe_events_t) + len + 1);
    if (events == NULL) {
        return NULL;
    }

    events->path = path;
    events->history = history;
    events->machines = machines;
    events->lock = -1;

    memcpy(events->dir, p ? path : ".", len);

    return events;
}


void
ipxe_events_destroy(ipxe_events_t *events)
{
    ipxe_events_close(events);
    free(events->batch);
    free(events);
}


ipxe_rc_e
ipxe_events_is_spent(ipxe_events_t *events, ipxe_str_t token, ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    rc = ipxe_events_open(events, 0, err);

    return rc == IPXE_OK ? ipxe_events_look(events, token, err) : rc;
}


ipxe_rc_e
ipxe_events_lock(ipxe_events_t *events, int wait, ipxe_err_t *err)
{
    int  rc;

    static const struct timespec  pause = { 0, IPXE_EVENTS_PAUSE * 1000000 };

    rc = -1;
    events->lock = open(events->dir, O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    if (events->lock != -1) {
        rc = flock(events->lock, LOCK_EX|LOCK_NB);
    }

    while (rc == -1 && errno == EWOULDBLOCK && wait > 0) {
        (void) nanosleep(&pause, NULL);
        wait -= IPXE_EVENTS_PAUSE;
        rc = flock(events->lock, LOCK_EX|LOCK_NB);
    }

    if (rc == 0) {
        return IPXE_OK;
    }

    if (errno == EWOULDBLOCK) {
        rc = ipxe_err(err, IPXE_AGAIN, "\"%s\" is being written by another "
                      "process of nginx", events->path);

    } else {
        rc = ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: its "
                      "directory cannot be locked (%d: %s): nginx's user "
                      "needs to read and write it", events->path, errno,
                      strerror(errno));
    }

    ipxe_events_unlock(events);

    return rc;
}


void
ipxe_events_unlock(ipxe_events_t *events)
{
    if (events->lock != -1) {
        (void) close(events->lock);
        events->lock = -1;
    }
}


void
ipxe_events_set_wait(ipxe_events_t *events, int wait)
{
    events->wait = wait;

    if (events->db) {
        sqlite3_busy_timeout(events->db, wait);
    }
}


ipxe_rc_e
ipxe_events_make(ipxe_events_t *events, int64_t since, ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    events->since = since;
    rc = ipxe_events_open(events, 1, err);
    events->since = 0;

    return rc;
}


ipxe_rc_e
ipxe_events_report(ipxe_events_t *events, const ipxe_report_t *report,
    ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    rc = ipxe_events_open(events, 1, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    if (ipxe_events_run(events, IPXE_EVENTS_BEGIN) != IPXE_OK) {
        return ipxe_events_error(events, err);
    }

    rc = ipxe_events_look(events, report->token, err);

    switch (rc) {

    case IPXE_OK:
        rc = IPXE_DECLINED;
        break;

    case IPXE_DECLINED:
    case IPXE_INVALID:

        /* that it is over is good to know, whenever it was asked for */

        rc = ipxe_events_keep(events, report);
        break;

    default:
        return rc;
    }

    return ipxe_events_end(events, rc, err);
}


ipxe_rc_e
ipxe_events_flush(ipxe_events_t *events, ipxe_ring_t *ring, ipxe_err_t *err)
{
    ipxe_rc_e   rc;
    ipxe_str_t  copied;

    rc = ipxe_events_open(events, 1, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    if (events->batch == NULL) {
        events->batch = malloc(IPXE_EVENTS_BATCH);
        if (events->batch == NULL) {
            return IPXE_NOMEM;
        }
    }

    copied.data = events->batch;
    copied.len = ipxe_ring_copy(ring, events->batch, IPXE_EVENTS_BATCH);

    if (copied.len == 0) {
        return IPXE_OK;
    }

    rc = ipxe_events_write(events, ring, copied, err);

    if (rc == IPXE_OK) {
        ipxe_ring_remove(ring, copied.len);
    }

    return rc;
}


const char *
ipxe_event_name(ipxe_event_e event)
{
    static const char  *names[] = { "done", "failed", "log" };

    return names[event];
}


/* Opens the file if it is not open, or another one than is open. */

static ipxe_rc_e
ipxe_events_open(ipxe_events_t *events, int write, ipxe_err_t *err)
{
    int                 found, fresh;
    ipxe_rc_e           rc;
    ipxe_events_file_t  file;

    found = ipxe_events_stat(events->path, &file);

    if (events->db && found && file.ino == events->file.ino
        && file.dev == events->file.dev && file.born == events->file.born)
    {
        return IPXE_OK;
    }

    /* a new file would know nothing of the installs that are over */

    if (!found && events->file.ino) {
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" was removed while "
                        "nginx runs, and with it what is known of installs "
                        "that are over: put it back, or restart nginx to "
                        "begin a new one", events->path);
    }

    /* to open anything else might wait */

    if (found && !file.regular) {
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: it is "
                        "not a file: give another path", events->path);
    }

    ipxe_events_close(events);

    if (write && !found) {
        ipxe_events_touch(events->path);
        found = ipxe_events_stat(events->path, &file);
    }

    rc = ipxe_events_connect(events, write, err);

    if (rc == IPXE_OK) {
        rc = ipxe_events_check(events, &fresh, err);
    }

    if (rc == IPXE_OK && write) {
        rc = ipxe_events_set_up(events, fresh, err);
    }

    if (rc == IPXE_OK) {
        rc = ipxe_events_prepare(events, write, err);
    }

    if (rc != IPXE_OK) {
        return rc;
    }

    events->file = file;

    return write ? ipxe_events_remember(events, err) : IPXE_OK;
}


static int
ipxe_events_stat(const char *path, ipxe_events_file_t *file)
{
    struct statx  st;

    if (statx(AT_FDCWD, path, 0, STATX_TYPE|STATX_INO|STATX_BTIME, &st) == -1)
    {
        return 0;
    }

    file->regular = S_ISREG(st.stx_mode);
    file->dev = (uint64_t) st.stx_dev_major << 32 | st.stx_dev_minor;
    file->ino = st.stx_ino;
    file->born = 0;

    if (st.stx_mask & STATX_BTIME) {
        file->born = st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec;
    }

    return 1;
}


/* An empty file, with rights that keep what comes into it from other users. */

static void
ipxe_events_touch(const char *path)
{
    int  fd;

    fd = open(path, O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0660);

    if (fd != -1) {
        (void) close(fd);
    }
}


static ipxe_rc_e
ipxe_events_connect(ipxe_events_t *events, int write, ipxe_err_t *err)
{
    int  rc, flags;

    flags = write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;

    rc = sqlite3_open_v2(events->path, &events->db,
                         flags|SQLITE_OPEN_NOMUTEX|SQLITE_OPEN_EXRESCODE, NULL);

    if (events->db == NULL) {
        return IPXE_NOMEM;
    }

    if (rc != SQLITE_OK) {
        return ipxe_events_error(events, err);
    }

    sqlite3_db_config(events->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(events->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(events->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);

    if (write) {
        sqlite3_busy_timeout(events->db, events->wait);
    }

    return IPXE_OK;
}


/* Is it a file of this module, or a new one? */

static ipxe_rc_e
ipxe_events_check(ipxe_events_t *events, int *fresh, ipxe_err_t *err)
{
    sqlite3_int64  id, version, tables;

    if (ipxe_events_number(events, "PRAGMA application_id", &id) != IPXE_OK
        || ipxe_events_number(events, "PRAGMA user_version", &version)
           != IPXE_OK
        || ipxe_events_number(events, "SELECT count(*) FROM sqlite_schema",
                              &tables)
           != IPXE_OK)
    {
        return ipxe_events_error(events, err);
    }

    *fresh = (tables == 0);

    if (*fresh || (id == IPXE_EVENTS_APPLICATION_ID
                   && version == IPXE_EVENTS_USER_VERSION))
    {
        return IPXE_OK;
    }

    ipxe_events_close(events);

    return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: its "
                    "application_id is %lld and its user_version %lld, not %d "
                    "and %d, so that it is no events database of this module: "
                    "give another path, or move that file away",
                    events->path, id, version, IPXE_EVENTS_APPLICATION_ID,
                    IPXE_EVENTS_USER_VERSION);
}


static ipxe_rc_e
ipxe_events_set_up(ipxe_events_t *events, int fresh, ipxe_err_t *err)
{
    char      sql[128];
    unsigned  i;

    (void) sqlite3_snprintf(sizeof(sql), sql,
                            "PRAGMA application_id = %d;"
                            "PRAGMA user_version = %d;",
                            IPXE_EVENTS_APPLICATION_ID,
                            IPXE_EVENTS_USER_VERSION);

    if (sqlite3_exec(events->db, "PRAGMA journal_mode = WAL;"
                                 "PRAGMA synchronous = FULL;"
                                 "PRAGMA journal_size_limit = 16777216;"
                                 "BEGIN IMMEDIATE", NULL, NULL, NULL)
        != SQLITE_OK
        || (fresh
            && sqlite3_exec(events->db, sql, NULL, NULL, NULL) != SQLITE_OK))
    {
        return ipxe_events_error(events, err);
    }

    for (i = 0; ipxe_events_sql[i]; i++) {
        if (sqlite3_exec(events->db, ipxe_events_sql[i], NULL, NULL, NULL)
            != SQLITE_OK)
        {
            return ipxe_events_error(events, err);
        }
    }

    if (sqlite3_exec(events->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        return ipxe_events_error(events, err);
    }

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_events_prepare(ipxe_events_t *events, int write, ipxe_err_t *err)
{
    unsigned  i, n;

    n = write ? IPXE_EVENTS_STMTS : IPXE_EVENTS_SPENT + 1;

    for (i = 0; i < n; i++) {

        if (sqlite3_prepare_v3(events->db, ipxe_events_statements[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &events->stmt[i],
                               NULL)
            != SQLITE_OK)
        {
            return ipxe_events_error(events, err);
        }
    }

    return IPXE_OK;
}


/*
 * From now on this file knows which installs are over: if it is new, or is a
 * copy that was put here, or says so of a time that is not yet.
 */

static ipxe_rc_e
ipxe_events_remember(ipxe_events_t *events, ipxe_err_t *err)
{
    int64_t          since;
    struct timespec  now;

    since = events->since;

    if (since == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        since = (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
    }

    sqlite3_bind_int64(events->stmt[IPXE_EVENTS_REMEMBER], 1, since);

    ipxe_events_bind(events, IPXE_EVENTS_REMEMBER, 2,
                     ipxe_events_file(events));

    return ipxe_events_run(events, IPXE_EVENTS_REMEMBER) == IPXE_OK
           ? IPXE_OK : ipxe_events_error(events, err);
}


/* The file that is open, as memory.file has it. */

static ipxe_str_t
ipxe_events_file(ipxe_events_t *events)
{
    ipxe_str_t  name;

    name.data = (const unsigned char *) events->name;
    name.len = (size_t) snprintf(events->name, sizeof(events->name),
                                 "%llu-%lld",
                                 (unsigned long long) events->file.ino,
                                 (long long) events->file.born);

    return name;
}


static ipxe_rc_e
ipxe_events_number(ipxe_events_t *events, const char *sql,
    sqlite3_int64 *number)
{
    int            step;
    sqlite3_stmt  *stmt;

    if (sqlite3_prepare_v2(events->db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        return IPXE_UNAVAILABLE;
    }

    step = sqlite3_step(stmt);

    if (step == SQLITE_ROW) {
        *number = sqlite3_column_int64(stmt, 0);
    }

    sqlite3_finalize(stmt);

    return step == SQLITE_ROW ? IPXE_OK : IPXE_UNAVAILABLE;
}


static void
ipxe_events_close(ipxe_events_t *events)
{
    unsigned  i;

    for (i = 0; i < IPXE_EVENTS_STMTS; i++) {
        sqlite3_finalize(events->stmt[i]);
        events->stmt[i] = NULL;
    }

    sqlite3_close(events->db);
    events->db = NULL;
}


static ipxe_rc_e
ipxe_events_look(ipxe_events_t *events, ipxe_str_t token, ipxe_err_t *err)
{
    int            step, knows, spent;
    sqlite3_stmt  *stmt;

    stmt = events->stmt[IPXE_EVENTS_SPENT];

    /* another token than that would not be spent */

    if (ipxe_events_bind(events, IPXE_EVENTS_SPENT, 1, token) != SQLITE_OK) {
        return ipxe_events_error(events, err);
    }

    ipxe_events_bind(events, IPXE_EVENTS_SPENT, 2, ipxe_events_file(events));
    sqlite3_bind_int64(stmt, 3, ipxe_events_stamp(token));

    step = sqlite3_step(stmt);

    if (step != SQLITE_ROW && step != SQLITE_DONE) {
        return ipxe_events_error(events, err);
    }

    knows = (step == SQLITE_ROW && sqlite3_column_int(stmt, 0));
    spent = (step == SQLITE_ROW
             && sqlite3_column_type(stmt, 1) != SQLITE_NULL);

    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);

    if (spent) {
        return IPXE_OK;
    }

    return knows ? IPXE_DECLINED : IPXE_INVALID;
}


/* When it was made, as it says itself; 0 when it says nothing. */

static int64_t
ipxe_events_stamp(ipxe_str_t token)
{
    size_t         i;
    int64_t        stamp;
    unsigned char  c;

    if (token.len < IPXE_EVENTS_STAMP) {
        return 0;
    }

    stamp = 0;

    for (i = 0; i < IPXE_EVENTS_STAMP; i++) {

        c = token.data[i];

        if (c >= '0' && c <= '9') {
            c -= '0';

        } else if (c >= 'a' && c <= 'f') {
            c -= 'a' - 10;

        } else {
            return 0;
        }

        stamp = stamp << 4 | c;
    }

    return stamp;
}


static ipxe_rc_e
ipxe_events_keep(ipxe_events_t *events, const ipxe_report_t *report)
{
    unsigned      i, stmt[2];
    ipxe_rc_e     rc;
    ipxe_str_t    name;
    const void   *body;

    name.data = (const unsigned char *) ipxe_event_name(report->event);
    name.len = strlen(ipxe_event_name(report->event));

    stmt[0] = IPXE_EVENTS_REPORT;
    stmt[1] = IPXE_EVENTS_SPEND;

    for (i = 0; i < 2; i++) {

        if (stmt[i] == IPXE_EVENTS_SPEND
            && (!report->armed || report->event == IPXE_EVENT_LOG))
        {
            break;
        }

        ipxe_events_bind(events, stmt[i], 1, report->token);
        ipxe_events_bind(events, stmt[i], 2, report->host);
        ipxe_events_bind(events, stmt[i], 4, name);
        sqlite3_bind_int64(events->stmt[stmt[i]], 5, report->time);
        ipxe_events_bind(events, stmt[i], 6, report->address);

        if (stmt[i] == IPXE_EVENTS_SPEND) {
            ipxe_events_bind(events, stmt[i], 3, report->profile);

        } else {
            body = report->body.len ? (const void *) report->body.data : "";
            sqlite3_bind_blob64(events->stmt[stmt[i]], 7, body,
                                report->body.len, SQLITE_STATIC);
        }

        rc = ipxe_events_run(events, stmt[i]);
        if (rc != IPXE_OK) {
            return rc;
        }
    }

    return ipxe_events_trim(events, IPXE_EVENTS_TRIM_REPORTS,
                            IPXE_EVENTS_REPORTS);
}


/* Writes what was copied from the ring, and keeps the tables to their size. */

static ipxe_rc_e
ipxe_events_write(ipxe_events_t *events, const ipxe_ring_t *ring,
    ipxe_str_t copied, ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    if (ipxe_events_run(events, IPXE_EVENTS_BEGIN) != IPXE_OK) {
        return ipxe_events_error(events, err);
    }

    rc = ipxe_events_answers(events, ring, copied);

    if (rc == IPXE_OK) {
        rc = ipxe_events_trim(events, IPXE_EVENTS_TRIM_BOOTS, events->history);
    }

    if (rc == IPXE_OK) {
        rc = ipxe_events_trim(events, IPXE_EVENTS_TRIM_MACHINES,
                              events->machines);
    }

    return ipxe_events_end(events, rc, err);
}


static ipxe_rc_e
ipxe_events_answers(ipxe_events_t *events, const ipxe_ring_t *ring,
    ipxe_str_t copied)
{
    uint64_t       written;
    ipxe_rc_e      rc;
    sqlite3_stmt  *stmt;
    ipxe_answer_t  answer;

    stmt = events->stmt[IPXE_EVENTS_WRITTEN];
    written = 0;

    sqlite3_bind_int64(stmt, 1, (sqlite3_int64) ring->run);

    if (sqlite3_step(stmt) == SQLITE_ROW) {
        written = (uint64_t) sqlite3_column_int64(stmt, 0);
    }

    if (sqlite3_reset(stmt) != SQLITE_OK) {
        return IPXE_UNAVAILABLE;
    }

    while (ipxe_ring_next(&answer, &copied) == IPXE_OK) {

        if (answer.number <= written) {
            continue;
        }

        rc = ipxe_events_answer(events, &answer);
        if (rc != IPXE_OK) {
            return rc;
        }

        written = answer.number;
    }

    stmt = events->stmt[IPXE_EVENTS_SET_WRITTEN];

    sqlite3_bind_int64(stmt, 1, (sqlite3_int64) ring->run);
    sqlite3_bind_int64(stmt, 2, (sqlite3_int64) written);
    sqlite3_bind_int64(stmt, 3, (sqlite3_int64) ring->dropped);

    return ipxe_events_run(events, IPXE_EVENTS_SET_WRITTEN);
}


static ipxe_rc_e
ipxe_events_answer(ipxe_events_t *events, const ipxe_answer_t *answer)
{
    int            column;
    unsigned       i, fact;
    ipxe_rc_e      rc;
    ipxe_str_t     machine;
    ipxe_answer_e  string;

    static const ipxe_answer_e  strings[] = {
        IPXE_ANSWER_HOST, IPXE_ANSWER_KEY, IPXE_ANSWER_PROFILE,
        IPXE_ANSWER_RESULT, IPXE_ANSWER_ENDPOINT, IPXE_ANSWER_ADDRESS,
        IPXE_ANSWER_LOADER
    };

    machine.len = 0;
    machine.data = NULL;

    for (fact = 0; fact < IPXE_KEYS && machine.len == 0; fact++) {
        machine = answer->string[fact];
    }

    for (i = IPXE_EVENTS_BOOT; i <= IPXE_EVENTS_MACHINE; i++) {

        if (i == IPXE_EVENTS_TRIM_BOOTS
            || (i == IPXE_EVENTS_MACHINE && machine.len == 0))
        {
            continue;
        }

        sqlite3_bind_int64(events->stmt[i], 1, answer->time);
        ipxe_events_bind(events, i, 2, machine);

        for (column = 0; column < 7; column++) {
            string = strings[column];

            /* the endpoint is no column of a machine */

            if (i == IPXE_EVENTS_BOOT || string != IPXE_ANSWER_ENDPOINT) {
                ipxe_events_bind(events, i, 3 + column,
                                 answer->string[string]);
            }
        }

        if (i == IPXE_EVENTS_MACHINE) {
            for (fact = 0; fact < IPXE_FACTS; fact++) {
                ipxe_events_bind(events, i, 10 + (int) fact,
                                 answer->string[fact]);
            }
        }

        rc = ipxe_events_run(events, i);
        if (rc != IPXE_OK) {
            return rc;
        }
    }

    return IPXE_OK;
}


/* Runs a statement that yields nothing. */

static ipxe_rc_e
ipxe_events_run(ipxe_events_t *events, unsigned i)
{
    int  step;

    step = sqlite3_step(events->stmt[i]);

    if (step != SQLITE_DONE) {
        return IPXE_UNAVAILABLE;
    }

    sqlite3_reset(events->stmt[i]);
    sqlite3_clear_bindings(events->stmt[i]);

    return IPXE_OK;
}


/* Deletes all rows of a table but KEEP. */

static ipxe_rc_e
ipxe_events_trim(ipxe_events_t *events, unsigned i, size_t keep)
{
    sqlite3_bind_int64(events->stmt[i], 1, (sqlite3_int64) keep);

    return ipxe_events_run(events, i);
}


/* What is empty is NULL.  Only a file of another encoding needs memory. */

static int
ipxe_events_bind(ipxe_events_t *events, unsigned i, int column,
    ipxe_str_t text)
{
    return sqlite3_bind_text(events->stmt[i], column,
                             text.len ? (const char *) text.data : NULL,
                             (int) text.len, SQLITE_STATIC);
}


/* Commits when all went well, or else leaves everything as it was. */

static ipxe_rc_e
ipxe_events_end(ipxe_events_t *events, ipxe_rc_e rc, ipxe_err_t *err)
{
    if (rc == IPXE_OK
        && ipxe_events_run(events, IPXE_EVENTS_COMMIT) == IPXE_OK)
    {
        return IPXE_OK;
    }

    if (rc == IPXE_DECLINED
        && ipxe_events_run(events, IPXE_EVENTS_ROLLBACK) == IPXE_OK)
    {
        return IPXE_DECLINED;
    }

    return ipxe_events_error(events, err);
}


/*
 * The sentence for the error of the last call.  The connection is closed, so
 * that nothing is left half done and the next call begins anew.
 */

static ipxe_rc_e
ipxe_events_error(ipxe_events_t *events, ipxe_err_t *err)
{
    int     rc;
    size_t  i;

    rc = sqlite3_extended_errcode(events->db);

    if (rc == SQLITE_IOERR_NOMEM) {
        rc = SQLITE_NOMEM;
    }

    if (rc != SQLITE_NOMEM) {

        (void) ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: "
                        "%s (%d): %s", events->path,
                        sqlite3_errmsg(events->db), rc,
                        ipxe_events_advice(rc));

        /* part of it may be what somebody wrote into a file */

        for (i = 0; i < err->len; i++) {
            if ((unsigned char) err->text[i] < 0x20 || err->text[i] == 0x7f) {
                err->text[i] = '?';
            }
        }
    }

    ipxe_events_close(events);

    return rc == SQLITE_NOMEM ? IPXE_NOMEM : IPXE_UNAVAILABLE;
}


static const char *
ipxe_events_advice(int rc)
{
    switch (rc & 0xff) {

    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return "nginx's user needs to write to the file and to its "
               "directory: chown both to it";

    case SQLITE_FULL:
    case SQLITE_IOERR:
        return "is the disk full?";

    case SQLITE_BUSY:
        return "another program has it locked";

    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return "stop nginx and move the file away; what it held of installs "
               "that are done is lost, so set host.install to NULL where "
               "they are";

    default:
        return "see what sqlite3 says about it";
    }
}
