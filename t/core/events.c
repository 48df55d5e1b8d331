
/*
 * Events: real files, looked at by SQLite and by its shell.
 */


#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "ipxe_events.h"
#include "test.h"


#define NOBODY  65534


static ipxe_err_t  err;


static int64_t
now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


/* A token that was made at TIME, the N-th of it; good for the next 8 calls. */

static ipxe_str_t
token_of(int64_t time, unsigned n)
{
    static char      text[8][33];
    static unsigned  next;

    next = (next + 1) % 8;
    snprintf(text[next], sizeof(text[0]), "%012llx%020u",
             (unsigned long long) time, n);

    return str(text[next]);
}


static ipxe_str_t
token(unsigned n)
{
    return token_of(now() + 1000, n);
}


static void
again(void)
{
    err.len = 0;
    err.text[0] = '\0';
}


/* The first column of the first row, by another connection. */

static const char *
ask(const char *path, const char *select)
{
    sqlite3       *db;
    sqlite3_stmt  *stmt;

    static char  text[4096];

    strcpy(text, "nothing");

    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK
        || sqlite3_prepare_v2(db, select, -1, &stmt, NULL) != SQLITE_OK)
    {
        snprintf(text, sizeof(text), "%s", sqlite3_errmsg(db));

    } else {
        if (sqlite3_step(stmt) == SQLITE_ROW) {
            snprintf(text, sizeof(text), "%s", sqlite3_column_text(stmt, 0)
                     ? (const char *) sqlite3_column_text(stmt, 0) : "NULL");
        }
        sqlite3_finalize(stmt);
    }

    sqlite3_close(db);

    return text;
}


static void
test_ask(const char *path, const char *select, const char *want,
    const char *name)
{
    test_str(str(ask(path, select)), want, "%s", name);
}


/* A path where nothing is. */

static const char *
fresh(const char *name)
{
    const char  *path;

    path = test_path(name);
    run("rm -rf '%s' '%s-wal' '%s-shm'", path, path, path);

    return path;
}


/* Locks, as each who writes does. */

static ipxe_rc_e
make(ipxe_events_t *events, int64_t since)
{
    ipxe_rc_e  rc;

    again();

    rc = ipxe_events_lock(events, 10000, &err);

    if (rc == IPXE_OK) {
        rc = ipxe_events_make(events, since, &err);
        ipxe_events_unlock(events);
    }

    return rc;
}


static ipxe_rc_e
report(ipxe_events_t *events, ipxe_event_e event, ipxe_str_t tok,
    ipxe_str_t body, int armed)
{
    ipxe_rc_e      rc;
    ipxe_report_t  said;

    memset(&said, 0, sizeof(said));

    said.event = event;
    said.armed = (armed != 0);
    said.time = now();
    said.token = tok;
    said.host = str("web1");
    said.profile = str("debian-12");
    said.address = str("10.0.0.9");
    said.body = body;

    again();

    rc = ipxe_events_lock(events, 10000, &err);

    if (rc == IPXE_OK) {
        rc = ipxe_events_report(events, &said, &err);
        ipxe_events_unlock(events);
    }

    return rc;
}


static ipxe_rc_e
done(ipxe_events_t *events, ipxe_str_t tok)
{
    return report(events, IPXE_EVENT_DONE, tok, str(""), 1);
}


static ipxe_rc_e
spent(ipxe_events_t *events, ipxe_str_t tok)
{
    again();

    return ipxe_events_is_spent(events, tok, &err);
}


static void
test_reports(void)
{
    char            body[IPXE_MAX_BODY];
    ipxe_str_t      a, b, c;
    const char     *path;
    struct stat     st;
    ipxe_events_t  *w, *r;

    path = fresh("reports.db");
    w = ipxe_events_create(path, 10, 10);
    r = ipxe_events_create(path, 0, 0);

    a = token(1);
    b = token(2);
    c = token(3);

    test_rc(spent(r, a), IPXE_UNAVAILABLE, "no file: nobody knows");
    test_like(err.text, "\"*reports.db\" cannot be used: *", "... %s",
              err.text);
    test(stat(path, &st) == -1, "... who reads makes none");

    test_rc(make(w, 0), IPXE_OK, "who writes makes it");
    test(stat(path, &st) == 0 && (st.st_mode & 07) == 0,
         "... and others cannot read it");
    test_ask(path, "PRAGMA application_id", "1766872645", "its application");
    test_ask(path, "PRAGMA user_version", "1", "its version");
    test_ask(path, "PRAGMA journal_mode", "wal", "its journal");

    test_rc(spent(r, a), IPXE_DECLINED, "a token is not spent");
    test_rc(done(w, a), IPXE_OK, "done");
    test_rc(spent(r, a), IPXE_OK, "... is spent");
    test_rc(done(w, a), IPXE_DECLINED, "... is over");
    test_rc(report(w, IPXE_EVENT_FAILED, a, str("x"), 1), IPXE_DECLINED,
            "... whatever comes");
    test_ask(path, "SELECT count(*) || state || profile FROM spent",
             "1donedebian-12", "... once");
    test_ask(path, "SELECT count(*) FROM report", "1", "... and said once");
    test_rc(spent(r, b), IPXE_DECLINED, "another is not");

    memset(body, 0, sizeof(body));
    body[sizeof(body) - 1] = '!';
    test_rc(report(w, IPXE_EVENT_LOG, b, str_n(body, sizeof(body)), 1),
            IPXE_OK, "a log");
    test_rc(spent(r, b), IPXE_DECLINED, "... ends nothing");
    test_ask(path, "SELECT length(body) || hex(substr(body, -1)) FROM report"
             " WHERE event = 'log'", "6553621", "... and is kept whole");
    test_rc(report(w, IPXE_EVENT_FAILED, b, str("no disk"), 1), IPXE_OK,
            "failed");
    test_rc(spent(r, b), IPXE_OK, "... is spent");
    test_ask(path, "SELECT said FROM installed WHERE state = 'failed'",
             "no disk", "... and says why");

    test_rc(report(w, IPXE_EVENT_DONE, c, str(""), 0), IPXE_OK,
            "done where nothing is to be installed");
    test_rc(spent(r, c), IPXE_DECLINED, "... ends nothing");

    ipxe_events_destroy(w);
    ipxe_events_destroy(r);

    test_ask(path, "PRAGMA integrity_check", "ok", "the file is sound");
}


/* A thousand reports are kept. */

static void
test_trim(void)
{
    unsigned        n;
    const char     *path;
    ipxe_events_t  *w;

    path = fresh("trim.db");
    w = ipxe_events_create(path, 10, 10);

    (void) make(w, 0);
    sql(path, "INSERT INTO report (id, time, host, token, event, address, body)"
        " WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
        " SELECT i, i, 'web1', 'x', 'log', '', x'' FROM n;");

    for (n = 0; n < 3; n++) {
        (void) report(w, IPXE_EVENT_LOG, token(n), str("y"), 1);
    }

    test_ask(path, "SELECT count(*) || ' ' || min(id) FROM report",
             "1000 1004", "a thousand reports are kept");

    ipxe_events_destroy(w);
}


/* What a file cannot know. */

static void
test_memory(void)
{
    int64_t         begin;
    ipxe_str_t      old, new;
    const char     *path, *copy;
    ipxe_events_t  *w, *r;

    begin = now();
    path = fresh("memory.db");
    old = token_of(begin - 1, 1);
    new = token_of(begin + 60000, 1);

    w = ipxe_events_create(path, 10, 10);
    r = ipxe_events_create(path, 0, 0);

    (void) make(w, 0);
    test_rc(spent(r, old), IPXE_INVALID, "asked for before the file was made");
    test_rc(spent(r, new), IPXE_DECLINED, "... and after it");
    test_rc(spent(r, str("")), IPXE_INVALID, "no token");
    test_rc(spent(r, str("zz6f00000000000000000000000000zz")), IPXE_INVALID,
            "a token that tells no time");
    test_rc(done(w, old), IPXE_OK, "the end of an old one is good to know");
    test_rc(spent(r, old), IPXE_OK, "... and known then");

    /* opened again, it is still the same */

    ipxe_events_destroy(w);
    w = ipxe_events_create(path, 10, 10);
    new = token_of(now(), 2);
    (void) usleep(5000);
    (void) make(w, 0);
    test_rc(spent(r, new), IPXE_DECLINED, "the same file, opened again");

    /* a copy in its place */

    copy = test_path("copy.db");
    run("sqlite3 '%s' \"VACUUM INTO '%s'\" && mv '%s' '%s' && "
        "rm -f '%s-wal' '%s-shm'", path, fresh("copy.db"), copy, path, path,
        path);
    test_rc(spent(r, new), IPXE_INVALID, "a copy knows nothing yet");
    test_rc(spent(r, token_of(now() + 60000, 3)), IPXE_INVALID, "... at all");
    (void) make(w, 0);
    test_rc(spent(r, new), IPXE_INVALID, "... nor when nginx has seen it");
    test_rc(spent(r, old), IPXE_OK, "... but for what is in it");
    test_rc(spent(r, token_of(now() + 1, 3)), IPXE_DECLINED,
            "... and since then");

    /* who restores into the file */

    (void) usleep(5000);
    new = token_of(now(), 4);
    test_rc(spent(r, new), IPXE_DECLINED, "set again");
    sql(path, "DELETE FROM memory;");
    test_rc(spent(r, new), IPXE_INVALID, "told to forget");
    ipxe_events_destroy(w);
    (void) usleep(5000);
    w = ipxe_events_create(path, 10, 10);
    (void) make(w, 0);
    test_rc(spent(r, new), IPXE_INVALID, "... it begins anew");

    /* a clock that was wrong */

    sql(path, "UPDATE memory SET since = since + 1000000000;");
    new = token_of(now() + 60000, 5);
    test_rc(spent(r, new), IPXE_INVALID, "begun in the future");
    ipxe_events_destroy(w);
    w = ipxe_events_create(path, 10, 10);
    (void) make(w, 0);
    test_rc(spent(r, new), IPXE_DECLINED, "... is now, when nginx starts");

    ipxe_events_destroy(w);
    ipxe_events_destroy(r);

    /* nginx that runs for a while */

    path = fresh("since.db");
    w = ipxe_events_create(path, 10, 10);
    r = ipxe_events_create(path, 0, 0);
    (void) make(w, begin - 5000);
    test_rc(spent(r, token_of(begin - 5000, 1)), IPXE_DECLINED,
            "a file that is made knows all since it is told");
    test_rc(spent(r, token_of(begin - 5001, 1)), IPXE_INVALID,
            "... and nothing before");
    ipxe_events_destroy(w);
    ipxe_events_destroy(r);
}


static void
test_removed(void)
{
    ipxe_str_t      t;
    const char     *path;
    ipxe_events_t  *w, *r;

    path = fresh("removed.db");
    t = token(1);

    w = ipxe_events_create(path, 10, 10);
    r = ipxe_events_create(path, 0, 0);
    (void) make(w, 0);
    (void) done(w, t);
    test_rc(spent(r, t), IPXE_OK, "a file that is there");

    run("mv '%s' '%s.away'", path, path);
    test_rc(spent(r, t), IPXE_UNAVAILABLE, "it is missed by who reads");
    test_like(err.text, "\"*removed.db\" was removed while nginx runs, *"
              "put it back, or restart nginx to begin a new one",
              "... and said so");
    test_rc(done(w, token(2)), IPXE_UNAVAILABLE, "... and by who writes");
    test_like(err.text, "\"*removed.db\" was removed *", "... and said so");

    run("mv '%s.away' '%s'", path, path);
    test_rc(spent(r, t), IPXE_OK, "put back, it is read");
    test_rc(spent(r, token(2)), IPXE_DECLINED, "... and nothing else is in it");
    test_rc(done(w, token(2)), IPXE_OK, "... and written");

    ipxe_events_destroy(w);
    ipxe_events_destroy(r);
}


/* Files that are none. */

static void
test_unusable(void)
{
    size_t          i;
    ipxe_rc_e       rc;
    const char     *path;
    ipxe_events_t  *w, *r;

    static const struct {
        const char  *name, *how, *wants;
    } files[] = {
        { "another application",
          "sqlite3 '%s' 'PRAGMA application_id = 7; CREATE TABLE t (a)'",
          "its application_id is 7 and its user_version 0, not 1766872645 and "
          "1, * give another path, or move that file away" },
        { "no application",
          "sqlite3 '%s' 'CREATE TABLE spent (token)'",
          "its application_id is 0 *" },
        { "another version",
          "sqlite3 '%s' 'PRAGMA application_id = 1766872645;"
          " PRAGMA user_version = 9; CREATE TABLE t (a)'",
          "its application_id is 1766872645 and its user_version 9, not *" },
        { "something else", "seq 1 2000 > '%s'", "*not a database (26): *" },
        { "a directory", "mkdir '%s'", "it is not a file: give another path" },
        { "a pipe", "mkfifo '%s'", "it is not a file: give another path" },
        { "control bytes",
          "printf 'PRAGMA application_id = 1766872645;PRAGMA user_version = 1;"
          "CREATE VIEW \"a\\nb\" AS SELECT 1;PRAGMA writable_schema = ON;"
          "UPDATE sqlite_schema SET sql = 1;' | sqlite3 '%s'",
          "malformed database schema (a?b) *" }
    };

    for (i = 0; i < countof(files); i++) {

        path = fresh("unusable.db");
        run(files[i].how, path);

        w = ipxe_events_create(path, 10, 10);
        r = ipxe_events_create(path, 0, 0);

        rc = done(w, token(1));
        test_rc(rc, IPXE_UNAVAILABLE, "%s: not written", files[i].name);
        test_like(err.text[0] ? strstr(err.text, "used: ") + 6 : "",
                  files[i].wants, "... and said so");

        rc = spent(r, token(1));
        test_rc(rc, IPXE_UNAVAILABLE, "... nor read");
        test_like(err.text[0] ? strstr(err.text, "used: ") + 6 : "",
                  files[i].wants, "... and said so");

        ipxe_events_destroy(w);
        ipxe_events_destroy(r);
    }

    path = fresh("unusable.db");
    run(": > '%s'", path);
    w = ipxe_events_create(path, 10, 10);
    r = ipxe_events_create(path, 0, 0);
    test_rc(spent(r, token(1)), IPXE_UNAVAILABLE, "an empty file is not read");
    test_rc(done(w, token(1)), IPXE_OK, "... it becomes one");
    test_rc(spent(r, token(1)), IPXE_DECLINED, "... and is read then");
    ipxe_events_destroy(w);
    ipxe_events_destroy(r);

    w = ipxe_events_create(test_path("none/events.db"), 10, 10);
    test_rc(done(w, token(1)), IPXE_UNAVAILABLE, "no directory");
    test_like(err.text, "\"*events.db\" cannot be used: its directory cannot "
              "be locked (2: No such file or directory): nginx's user needs "
              "to read and write it", "... and said so");
    ipxe_events_destroy(w);
}


/* A file that is damaged, at any page, never takes anybody down. */

static void
test_damaged(void)
{
    int             fd;
    long            at, size;
    ipxe_rc_e       rc;
    unsigned        n, refused;
    const char     *path;
    ipxe_events_t  *w, *r;

    path = fresh("sound.db");
    w = ipxe_events_create(path, 10, 10);
    (void) make(w, 0);
    for (n = 0; n < 50; n++) {
        (void) done(w, token(n));
    }
    ipxe_events_destroy(w);

    refused = 0;
    srandom(1);

    for (n = 0; n < 60; n++) {

        run("cp '%s' '%s'", test_path("sound.db"), fresh("damaged.db"));
        path = test_path("damaged.db");

        fd = open(path, O_RDWR);
        size = lseek(fd, 0, SEEK_END);
        for (at = random() % 64; at < size; at += 1 + random() % 6000) {
            (void) !pwrite(fd, &at, 1, at);
        }
        (void) close(fd);

        w = ipxe_events_create(path, 10, 10);
        r = ipxe_events_create(path, 0, 0);

        rc = spent(r, token(1));
        refused += (rc == IPXE_UNAVAILABLE && err.len > 0);
        rc = done(w, token(1000 + n));
        refused += (rc == IPXE_UNAVAILABLE && err.len > 0);

        ipxe_events_destroy(w);
        ipxe_events_destroy(r);
    }

    test(refused > 10, "a damaged file is refused in words, %u of 120",
         refused);
}


static void
test_locked(void)
{
    int64_t         begin;
    sqlite3        *db;
    ipxe_str_t      t;
    const char     *path;
    ipxe_events_t  *w, *r;

    path = fresh("locked.db");
    t = token(1);
    w = ipxe_events_create(path, 10, 10);
    r = ipxe_events_create(path, 0, 0);
    (void) make(w, 0);
    ipxe_events_set_wait(w, 50);

    (void) sqlite3_open(path, &db);
    (void) sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL);

    begin = now();
    test_rc(done(w, t), IPXE_UNAVAILABLE, "another program has it locked");
    test(now() - begin >= 50, "... it is waited for");
    test_like(err.text, "*(5): another program has it locked",
              "... and said so");
    test_rc(spent(r, t), IPXE_DECLINED, "... it can be read");

    (void) sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    test_rc(done(w, t), IPXE_OK, "then it can be written");
    test_rc(spent(r, t), IPXE_OK, "... and is");

    (void) sqlite3_close(db);
    ipxe_events_destroy(w);
    ipxe_events_destroy(r);
}


/* What the disk and the rights do not allow, in a process of its own. */

static void
test_limits(void)
{
    int             status;
    ipxe_rc_e       rc;
    unsigned        n;
    const char     *path;
    struct rlimit   limit;
    ipxe_events_t  *w;

    path = fresh("limits.db");
    w = ipxe_events_create(path, 10, 10);
    (void) make(w, 0);
    ipxe_events_destroy(w);

    (void) fflush(stdout);

    if (fork() == 0) {

        (void) signal(SIGXFSZ, SIG_IGN);
        limit.rlim_cur = limit.rlim_max = 300000;
        (void) setrlimit(RLIMIT_FSIZE, &limit);

        w = ipxe_events_create(path, 10, 10);
        rc = IPXE_OK;

        for (n = 1; n < 100 && rc == IPXE_OK; n++) {
            rc = report(w, IPXE_EVENT_LOG, token(n), str_n(path, 4096), 1);
        }

        _exit(!(n > 10 && n < 100 && rc == IPXE_UNAVAILABLE
                && strstr(err.text, "is the disk full?")));
    }

    (void) wait(&status);
    test(status == 0, "a file that cannot grow is said to");

    (void) chmod(path, 0444);

    if (fork() == 0) {
        if (getuid() == 0 && setuid(NOBODY) != 0) {
            _exit(1);
        }
        w = ipxe_events_create(path, 10, 10);
        rc = done(w, token(1));
        _exit(!(rc == IPXE_UNAVAILABLE
                && strstr(err.text, "nginx's user needs to write")));
    }

    (void) wait(&status);
    test(status == 0, "a file that may not be written, too");

    w = ipxe_events_create(path, 10, 10);
    (void) chmod(path, 0660);
    test_rc(done(w, token(1000)), IPXE_OK, "it can be used afterwards");
    ipxe_events_destroy(w);
    test_ask(path, "PRAGMA integrity_check", "ok", "... and is sound");
}


/* Each writes so many tokens, waiting for its turn; says which on FD. */

static pid_t
writer(const char *path, unsigned first, unsigned last, int fd)
{
    pid_t           pid;
    ipxe_events_t  *w;

    (void) fflush(stdout);
    pid = fork();

    if (pid == 0) {
        w = ipxe_events_create(path, 10, 10);

        /* who closes the file keeps others from opening it, for a moment */

        ipxe_events_set_wait(w, 1000);

        for ( /* void */ ; first <= last; first++) {
            if (done(w, token_of(now(), first)) != IPXE_OK
                || write(fd, &first, sizeof(first)) != sizeof(first))
            {
                _exit(1);
            }
        }

        ipxe_events_destroy(w);
        _exit(0);
    }

    return pid;
}


static void
test_lock(void)
{
    int             status;
    pid_t           pid;
    int64_t         begin;
    const char     *path;
    ipxe_events_t  *a, *b;

    path = fresh("lock.db");
    a = ipxe_events_create(path, 10, 10);
    b = ipxe_events_create(path, 10, 10);

    again();
    test_rc(ipxe_events_lock(a, 0, &err), IPXE_OK, "a lock");
    begin = now();
    test_rc(ipxe_events_lock(b, 20, &err), IPXE_AGAIN, "... keeps others out");
    test(now() - begin >= 20, "... who wait for it");
    test_like(err.text, "\"*lock.db\" is being written by another process of "
              "nginx", "... and say so");
    ipxe_events_unlock(a);
    test_rc(ipxe_events_lock(b, 0, &err), IPXE_OK, "... until it is let go");
    ipxe_events_unlock(b);

    (void) fflush(stdout);
    pid = fork();

    if (pid == 0) {
        (void) ipxe_events_lock(a, 0, &err);
        (void) kill(getpid(), SIGSTOP);
    }

    (void) waitpid(pid, &status, WUNTRACED);
    test_rc(ipxe_events_lock(b, 0, &err), IPXE_AGAIN, "of another process");
    (void) kill(pid, SIGKILL);
    (void) waitpid(pid, &status, 0);
    test_rc(ipxe_events_lock(b, 0, &err), IPXE_OK, "... which is killed");
    ipxe_events_unlock(b);

    ipxe_events_destroy(a);
    ipxe_events_destroy(b);
}


static void
test_processes(void)
{
    int             fd[2], status, failed, i;
    pid_t           pid;
    char            select[200];
    unsigned        n, first, said, lost;
    const char     *path;

    path = fresh("processes.db");
    failed = 0;
    (void) !pipe(fd);

    for (i = 0; i < 4; i++) {
        (void) writer(path, 1000 * i, 1000 * i + 49, fd[1]);
    }

    while (wait(&status) != -1) {
        failed |= status;
    }

    test(!failed, "four processes write in turn");
    test_ask(path, "SELECT count(*) FROM spent", "200", "... and all of it");

    (void) close(fd[0]);
    (void) close(fd[1]);

    /* what was acknowledged stays, whenever it is killed; nobody is shut out */

    said = lost = 0;
    first = 10000;
    srandom(2);

    for (i = 0; i < 30; i++) {

        (void) !pipe(fd);
        pid = writer(path, first, first + 100000, fd[1]);
        (void) close(fd[1]);

        (void) usleep((unsigned) (random() % 30000));
        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, &status, 0);

        while (read(fd[0], &n, sizeof(n)) == sizeof(n)) {
            said++;
            snprintf(select, sizeof(select), "SELECT count(*) FROM spent"
                     " WHERE token LIKE '%%%020u'", n);
            lost += strcmp(ask(path, select), "1") != 0;
            first = n;
        }

        (void) close(fd[0]);
        first += 10;
    }

    test(said > 30, "%u were acknowledged before a kill", said);
    test(lost == 0, "... and each is there");
    test_ask(path, "PRAGMA integrity_check", "ok", "... and the file is sound");
}


static void
add(ipxe_ring_t *ring, const char *mac, const char *host, const char *product)
{
    ipxe_answer_t  answer;

    memset(&answer, 0, sizeof(answer));

    answer.time = 1764092153123 + (int64_t) ring->number;
    answer.string[IPXE_MAC] = str(mac);
    answer.string[IPXE_PRODUCT] = str(product);
    answer.string[IPXE_ANSWER_HOST] = str(host);
    answer.string[IPXE_ANSWER_KEY] = str(host ? "mac" : "");
    answer.string[IPXE_ANSWER_PROFILE] = str("local");
    answer.string[IPXE_ANSWER_RESULT] = str(host ? "host" : "default");
    answer.string[IPXE_ANSWER_ENDPOINT] = str("boot");
    answer.string[IPXE_ANSWER_ADDRESS] = str("10.0.0.9");
    answer.string[IPXE_ANSWER_LOADER] = str("iPXE/1.21.1");

    (void) ipxe_ring_add(ring, &answer);
}


static ipxe_rc_e
flush(ipxe_events_t *events, ipxe_ring_t *ring)
{
    ipxe_rc_e  rc;

    again();

    rc = ipxe_events_lock(events, 10000, &err);

    if (rc == IPXE_OK) {

        do {
            rc = ipxe_events_flush(events, ring, &err);
        } while (rc == IPXE_OK && ipxe_ring_used(ring));

        ipxe_events_unlock(events);
    }

    return rc;
}


static void
test_answers(void)
{
    char            mac[32];
    uint64_t        tail;
    unsigned        n;
    const char     *path;
    ipxe_ring_t    *ring;
    ipxe_events_t  *w;

    path = fresh("answers.db");
    w = ipxe_events_create(path, 20, 5);
    ring = malloc(3 * 1024 * 1024);
    ipxe_ring_init(ring, 3 * 1024 * 1024, 7);

    test_rc(flush(w, ring), IPXE_OK, "nothing is written");
    test_ask(path, "SELECT count(*) FROM boot", "0", "... to a new file");

    add(ring, "52:54:00:00:00:01", "web1", "P 1");
    add(ring, "52:54:00:00:00:01", "web1", NULL);
    add(ring, "52:54:00:00:00:02", NULL, "it's; --");
    add(ring, NULL, NULL, "no key");

    tail = ring->tail;
    test_rc(flush(w, ring), IPXE_OK, "answers are written");
    test(ipxe_ring_used(ring) == 0, "... and taken out");
    test_ask(path, "SELECT time || '|' || machine || '|' || host || '|' || key"
             " || '|' || profile || '|' || result || '|' || endpoint || '|'"
             " || address || '|' || loader FROM history ORDER BY time",
             "2025-11-25 17:35:53.123|52:54:00:00:00:01|web1|mac|local|host|"
             "boot|10.0.0.9|iPXE/1.21.1", "the history of it");
    test_ask(path, "SELECT count(*) FROM history", "4", "... of all");
    test_ask(path, "SELECT product || boots FROM machine WHERE host = 'web1'",
             "P 12", "a machine keeps what it showed");
    test_ask(path, "SELECT group_concat(product) FROM unknown", "it's; --",
             "one that no row knows");
    test_ask(path, "SELECT host || time FROM last_boot",
             "web12025-11-25 17:35:53.124", "its last boot");

    ring->tail = tail;
    test_rc(flush(w, ring), IPXE_OK, "killed before they were taken out");
    test_ask(path, "SELECT count(*) FROM history", "4", "... written once");

    ring->run++;
    ring->tail = tail;
    test_rc(flush(w, ring), IPXE_OK, "the same numbers of another run");
    test_ask(path, "SELECT count(*) FROM history", "8", "... are others");

    /* more than one batch, and more than is kept */

    ring->dropped = 3;

    for (n = 0; n < 12000; n++) {
        snprintf(mac, sizeof(mac), "52:54:00:01:%02x:%02x", n >> 8, n & 255);
        add(ring, mac, NULL, "a product with a rather long name");
    }

    test(ring->dropped == 3 && ring->head - ring->tail > 1024 * 1024,
         "many answers");
    test_rc(flush(w, ring), IPXE_OK, "... are written");
    test_ask(path, "SELECT count(*) FROM boot", "20", "... kept to the last");
    test_ask(path, "SELECT max(machine) FROM boot", "52:54:00:01:2e:df",
             "... of them");
    test_ask(path, "SELECT count(*) || min(machine) || max(machine) FROM"
             " machine", "552:54:00:00:00:0152:54:00:01:2e:df",
             "machines too, and the host stays");
    test_ask(path, "SELECT dropped FROM written WHERE run = 8", "3",
             "what was dropped is known");

    /* no file to write to */

    run("mv '%s' '%s.away'", path, path);
    add(ring, "52:54:00:00:00:09", NULL, NULL);
    tail = ring->tail;
    test_rc(flush(w, ring), IPXE_UNAVAILABLE, "no file");
    test(ring->tail == tail, "... they stay in the ring");
    run("mv '%s.away' '%s'", path, path);
    test_rc(flush(w, ring), IPXE_OK, "it is back");
    test_ask(path, "SELECT machine FROM history", "52:54:00:00:00:09",
             "... they are written");

    ipxe_events_destroy(w);
    free(ring);
}


/* SQLite has to know of the lock: who reads is never in the way. */

static void
test_beside(void)
{
    int             status;
    pid_t           pid;
    unsigned        n, wrong;
    ipxe_str_t      t;
    const char     *path;
    ipxe_events_t  *w, *r;

    path = fresh("beside.db");
    w = ipxe_events_create(path, 10, 10);
    r = ipxe_events_create(path, 0, 0);
    (void) make(w, 0);
    (void) spent(r, token(1));

    (void) fflush(stdout);
    pid = fork();

    if (pid == 0) {
        for (n = 0; ; n++) {
            (void) ask(path, "SELECT count(*) FROM history, last_boot,"
                       " unknown, installed, spent");
        }
    }

    wrong = 0;

    for (n = 0; n < 300; n++) {
        t = token(n);
        wrong += spent(r, t) != IPXE_DECLINED || done(w, t) != IPXE_OK
                 || spent(r, t) != IPXE_OK;
    }

    test(wrong == 0, "what was acknowledged is seen at once, by any reader");

    (void) kill(pid, SIGKILL);
    (void) waitpid(pid, &status, 0);
    ipxe_events_destroy(w);
    ipxe_events_destroy(r);
}


/* ---- no memory --------------------------------------------------------- */

static char            sweep_path[4096];
static unsigned        sweep_n;
static ipxe_ring_t    *sweep_ring;
static ipxe_events_t  *sweep_w;
static ipxe_events_t  *sweep_r;


/* Reports, writes answers, and looks. */

static const char *
sweep(void)
{
    size_t      used;
    ipxe_rc_e   rc, look;
    ipxe_str_t  t;

    t = token(++sweep_n);
    add(sweep_ring, "52:54:00:00:00:01", "web1", NULL);
    used = ipxe_ring_used(sweep_ring);

    rc = done(sweep_w, t);

    if (rc == IPXE_OK) {
        rc = flush(sweep_w, sweep_ring);
    }

    look = spent(sweep_r, t);

    if (rc == IPXE_OK && look == IPXE_OK
        && ipxe_ring_used(sweep_ring) < used)
    {
        return NULL;
    }

    if (!test_failed()) {
        return err.len ? err.text : "it fails without a reason";
    }

    if (rc != IPXE_OK && rc != IPXE_NOMEM) {
        return err.len ? err.text : "writing fails otherwise";
    }

    return rc == IPXE_OK && look != IPXE_OK && look != IPXE_NOMEM
           ? "what was acknowledged is not there" : NULL;
}


/* The same by who is new to it. */

static const char *
sweep_open(void)
{
    const char  *wrong;

    wrong = NULL;
    sweep_w = ipxe_events_create(sweep_path, 10, 10);
    sweep_r = sweep_w ? ipxe_events_create(sweep_path, 0, 0) : NULL;

    if (sweep_r) {
        wrong = sweep();
        ipxe_events_destroy(sweep_r);
    }

    if (sweep_w) {
        ipxe_events_destroy(sweep_w);
    }

    return wrong;
}


static void
sweep_unlink(void)
{
    char  path[4200];

    (void) unlink(sweep_path);
    snprintf(path, sizeof(path), "%s-wal", sweep_path);
    (void) unlink(path);
    snprintf(path, sizeof(path), "%s-shm", sweep_path);
    (void) unlink(path);
}


static void
sweep_before(void)
{
    (void) make(sweep_w, 0);
    (void) spent(sweep_r, token(1));
}


static void
test_sweeps(void)
{
    int            failed;
    const char    *wrong;
    unsigned long  n;

    /* thousands of times: where a disk is not waited for */

    snprintf(sweep_path, sizeof(sweep_path), "/dev/shm/ipxe-sweep-%d.db",
             (int) getpid());

    sweep_ring = malloc(1 << 20);
    ipxe_ring_init(sweep_ring, 1 << 20, 1);

    /* most of what a new file takes is alike: SQLite reads its tables */

    failed = 1;
    wrong = NULL;

    for (n = 1; failed && wrong == NULL; n += n < 50 ? 1 : 17) {
        sweep_unlink();
        test_fail(n);
        wrong = sweep_open();
        failed = test_failed();
        test_fail(0);
    }

    test(wrong == NULL, "a new file: allocations up to %lu fail once: %s", n,
         wrong ? wrong : "right");

    sweep_w = ipxe_events_create(sweep_path, 10, 10);
    sweep_r = ipxe_events_create(sweep_path, 0, 0);
    test_sweep(sweep_before, sweep, 10, "report, flush, look");
    ipxe_events_destroy(sweep_w);
    ipxe_events_destroy(sweep_r);

    free(sweep_ring);
    sweep_unlink();
}


int
main(void)
{
    unsigned  fds;

    test_sqlite();

    fds = test_descriptors();

    test_reports();
    test_trim();
    test_memory();
    test_removed();
    test_unusable();
    test_damaged();
    test_locked();
    test_limits();
    test_lock();
    test_processes();
    test_answers();
    test_beside();
    test_sweeps();

    test(test_descriptors() == fds, "no descriptor is left");

    return test_done();
}
