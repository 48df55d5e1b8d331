
/*
 * Events: events.db, what happened.
 */


#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "ipxe_events.h"


#define IPXE_EVENTS_WAIT     5000       /* ms for somebody else's lock */
#define IPXE_EVENTS_REPORTS  1000       /* that are kept */


enum {
    IPXE_EVENTS_SPENT = 0,              /* all that who reads needs */
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


struct ipxe_events_s {
    const char           *path;
    sqlite3              *db;
    sqlite3_stmt         *stmt[IPXE_EVENTS_STMTS];
    dev_t                 dev;
    ino_t                 ino;
};


static ipxe_rc_e ipxe_events_open(ipxe_events_t *events, int write,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_events_connect(ipxe_events_t *events, int write,
    int fresh, ipxe_err_t *err);
static ipxe_rc_e ipxe_events_set_up(ipxe_events_t *events, ipxe_err_t *err);
static ipxe_rc_e ipxe_events_number(ipxe_events_t *events, const char *sql,
    sqlite3_int64 *number);
static void ipxe_events_close(ipxe_events_t *events);
static ipxe_rc_e ipxe_events_run(ipxe_events_t *events, unsigned i);
static void ipxe_events_bind(ipxe_events_t *events, unsigned i, int column,
    ipxe_str_t text);
static ipxe_rc_e ipxe_events_answers(ipxe_events_t *events, ipxe_str_t copied,
    uint64_t run);
static ipxe_rc_e ipxe_events_answer(ipxe_events_t *events,
    const ipxe_answer_t *answer);
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

    "SELECT state FROM spent WHERE token = ?1",

    "BEGIN IMMEDIATE",
    "COMMIT",
    "ROLLBACK",

    "INSERT INTO spent (token, host, profile, state, time, address)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",

    "INSERT INTO report (token, host, event, time, address, body)"
    " VALUES (?1, ?2, ?4, ?5, ?6, CAST(?7 AS BLOB))",

    "DELETE FROM report WHERE id <= (SELECT max(id) FROM report) - ?1",

    "SELECT number FROM written WHERE run = ?1",

    "INSERT OR REPLACE INTO written (run, number) VALUES (?1, ?2)",

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
    " LIMIT max(0, (SELECT count(*) FROM machine) - ?1))"
};


ipxe_events_t *
ipxe_events_create(const char *path)
{
    ipxe_events_t  *events;

    events = calloc(1, sizeof(ipxe_events_t));
    if (events == NULL) {
        return NULL;
    }

    events->path = path;

    return events;
}


void
ipxe_events_destroy(ipxe_events_t *events)
{
    ipxe_events_close(events);
    free(events);
}


ipxe_rc_e
ipxe_events_is_spent(ipxe_events_t *events, ipxe_str_t token, ipxe_err_t *err)
{
    int            step;
    ipxe_rc_e      rc;
    sqlite3_stmt  *stmt;

    rc = ipxe_events_open(events, 0, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    stmt = events->stmt[IPXE_EVENTS_SPENT];

    ipxe_events_bind(events, IPXE_EVENTS_SPENT, 1, token);

    step = sqlite3_step(stmt);

    if (step != SQLITE_ROW && step != SQLITE_DONE) {
        return ipxe_events_error(events, err);
    }

    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);

    return step == SQLITE_ROW ? IPXE_OK : IPXE_DECLINED;
}


ipxe_rc_e
ipxe_events_make(ipxe_events_t *events, ipxe_err_t *err)
{
    return ipxe_events_open(events, 1, err);
}


ipxe_rc_e
ipxe_events_report(ipxe_events_t *events, const ipxe_report_t *report,
    ipxe_err_t *err)
{
    unsigned    i, stmt[2];
    ipxe_rc_e   rc;
    ipxe_str_t  name;

    rc = ipxe_events_open(events, 1, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_events_run(events, IPXE_EVENTS_BEGIN);
    if (rc != IPXE_OK) {
        return ipxe_events_error(events, err);
    }

    rc = ipxe_events_is_spent(events, report->token, err);

    if (rc != IPXE_DECLINED) {
        rc = (rc == IPXE_OK) ? IPXE_DECLINED : rc;
        return ipxe_events_end(events, rc, err);
    }

    name.data = (const unsigned char *) ipxe_event_name(report->event);
    name.len = strlen(ipxe_event_name(report->event));

    stmt[0] = IPXE_EVENTS_SPEND;
    stmt[1] = IPXE_EVENTS_REPORT;

    rc = IPXE_OK;

    for (i = (report->event == IPXE_EVENT_LOG); i < 2 && rc == IPXE_OK; i++) {

        ipxe_events_bind(events, stmt[i], 1, report->token);
        ipxe_events_bind(events, stmt[i], 2, report->host);
        ipxe_events_bind(events, stmt[i], 4, name);
        sqlite3_bind_int64(events->stmt[stmt[i]], 5, report->time);
        ipxe_events_bind(events, stmt[i], 6, report->address);

        if (stmt[i] == IPXE_EVENTS_SPEND) {
            ipxe_events_bind(events, stmt[i], 3, report->profile);

        } else {
            sqlite3_bind_blob64(events->stmt[stmt[i]], 7,
                                report->body.len ? (const void *)
                                report->body.data : "", report->body.len,
                                SQLITE_STATIC);
        }

        rc = ipxe_events_run(events, stmt[i]);
    }

    if (rc == IPXE_OK) {
        sqlite3_bind_int64(events->stmt[IPXE_EVENTS_TRIM_REPORTS], 1,
                           IPXE_EVENTS_REPORTS);
        rc = ipxe_events_run(events, IPXE_EVENTS_TRIM_REPORTS);
    }

    return ipxe_events_end(events, rc, err);
}


ipxe_rc_e
ipxe_events_write(ipxe_events_t *events, ipxe_str_t copied, uint64_t run,
    size_t history, size_t machines, ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    rc = ipxe_events_open(events, 1, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_events_run(events, IPXE_EVENTS_BEGIN);
    if (rc != IPXE_OK) {
        return ipxe_events_error(events, err);
    }

    rc = ipxe_events_answers(events, copied, run);

    if (rc == IPXE_OK) {
        sqlite3_bind_int64(events->stmt[IPXE_EVENTS_TRIM_BOOTS], 1,
                           (sqlite3_int64) history);
        rc = ipxe_events_run(events, IPXE_EVENTS_TRIM_BOOTS);
    }

    if (rc == IPXE_OK) {
        sqlite3_bind_int64(events->stmt[IPXE_EVENTS_TRIM_MACHINES], 1,
                           (sqlite3_int64) machines);
        rc = ipxe_events_run(events, IPXE_EVENTS_TRIM_MACHINES);
    }

    return ipxe_events_end(events, rc, err);
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
    int          found;
    unsigned     i;
    ipxe_rc_e    rc;
    struct stat  st;

    found = (stat(events->path, &st) == 0);

    if (events->db && found && st.st_dev == events->dev
        && st.st_ino == events->ino)
    {
        return IPXE_OK;
    }

    /* a new file would know nothing of the installs that are done */

    if (!found && events->ino) {
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" was removed while "
                        "nginx runs, and with it what is known of installs "
                        "that are done: put it back, or restart nginx to "
                        "begin a new one", events->path);
    }

    ipxe_events_close(events);

    rc = ipxe_events_connect(events, write, !found, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    if (write) {

        sqlite3_busy_timeout(events->db, IPXE_EVENTS_WAIT);

        rc = ipxe_events_set_up(events, err);
        if (rc != IPXE_OK) {
            return rc;
        }
    }

    for (i = 0; i < IPXE_EVENTS_STMTS; i++) {

        if (sqlite3_prepare_v3(events->db, ipxe_events_statements[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &events->stmt[i],
                               NULL)
            != SQLITE_OK)
        {
            return ipxe_events_error(events, err);
        }

        if (!write) {
            break;
        }
    }

    if (stat(events->path, &st) == 0) {
        events->dev = st.st_dev;
        events->ino = st.st_ino;
    }

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_events_connect(ipxe_events_t *events, int write, int fresh,
    ipxe_err_t *err)
{
    int  fd, rc, flags;

    /* with rights that keep what it holds from other users */

    if (write && fresh) {

        fd = open(events->path, O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0660);

        if (fd != -1) {
            (void) close(fd);
        }
    }

    flags = write ? SQLITE_OPEN_READWRITE|SQLITE_OPEN_CREATE
                  : SQLITE_OPEN_READONLY;

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

    return IPXE_OK;
}


/* Makes the tables in a new file, and leaves any other application's alone. */

static ipxe_rc_e
ipxe_events_set_up(ipxe_events_t *events, ipxe_err_t *err)
{
    char           sql[128];
    unsigned       i;
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

    if (tables && (id != IPXE_EVENTS_APPLICATION_ID
                   || version != IPXE_EVENTS_USER_VERSION))
    {
        (void) ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: its "
                        "application_id is %lld and its user_version %lld, "
                        "not %d and %d, so that it is no events database of "
                        "this module: give another path, or move that file "
                        "away", events->path, id, version,
                        IPXE_EVENTS_APPLICATION_ID, IPXE_EVENTS_USER_VERSION);

        ipxe_events_close(events);

        return IPXE_UNAVAILABLE;
    }

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
        || (tables == 0
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


/* What is empty is NULL.  Out of memory shows when the statement is run. */

static void
ipxe_events_bind(ipxe_events_t *events, unsigned i, int column,
    ipxe_str_t text)
{
    (void) sqlite3_bind_text(events->stmt[i], column,
                             text.len ? (const char *) text.data : NULL,
                             (int) text.len, SQLITE_STATIC);
}


static ipxe_rc_e
ipxe_events_answers(ipxe_events_t *events, ipxe_str_t copied, uint64_t run)
{
    ipxe_rc_e       rc;
    uint64_t        written;
    sqlite3_stmt   *stmt;
    ipxe_answer_t   answer;

    stmt = events->stmt[IPXE_EVENTS_WRITTEN];
    written = 0;

    sqlite3_bind_int64(stmt, 1, (sqlite3_int64) run);

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

    sqlite3_bind_int64(stmt, 1, (sqlite3_int64) run);
    sqlite3_bind_int64(stmt, 2, (sqlite3_int64) written);

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

    if (events->db == NULL) {
        return rc;
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
    int  rc;

    rc = sqlite3_extended_errcode(events->db);

    if ((rc & 0xff) != SQLITE_NOMEM) {
        (void) ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: "
                        "%s (%d): %s", events->path,
                        sqlite3_errmsg(events->db), rc,
                        ipxe_events_advice(rc));
    }

    ipxe_events_close(events);

    return (rc & 0xff) == SQLITE_NOMEM ? IPXE_NOMEM : IPXE_UNAVAILABLE;
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
