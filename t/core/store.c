
/*
 * The store: real files, made and changed by the real sqlite3 shell.
 */


#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ipxe_ident.h"
#include "ipxe_store.h"
#include "test.h"


#define NOBODY  65534


/* A shell that keeps a database open between statements. */

typedef struct {
    FILE        *f;
    const char  *path;
} writer_t;


static const ipxe_str_t  none = ipxe_null_string;

static int64_t           now;
static ipxe_err_t        err;

/* whether states are kept from one request to the next, as nginx keeps them */

static int               keep;
static int               kept;

/* what the last query found */

static unsigned          rows;
static char              row[8][2048];
static int               is_null[8];


/* whether it is SQLite that writes */

static int               foreign;


static void
tell(void *data)
{
    if (!foreign) {
        ipxe_store_wrote(data);
    }
}


static ipxe_rc_e
take(void *data, const ipxe_str_t *column, ipxe_err_t *e)
{
    size_t  i, n;

    (void) e;

    n = *(size_t *) data;

    for (i = 0; i < n && rows == 0; i++) {
        is_null[i] = column[i].data == NULL;
        snprintf(row[i], sizeof(row[i]), "%s", cstr(column[i]));
    }

    rows++;

    return IPXE_OK;
}


static ipxe_rc_e
ask(ipxe_store_t *store, unsigned query, const char *key, size_t columns)
{
    rows = 0;
    memset(row, 0, sizeof(row));

    return ipxe_store_query(store, query, key ? str(key) : none, take,
                            &columns, &err);
}


/* Begins ten seconds later than the last time. */

static ipxe_rc_e
begin(ipxe_store_t *store)
{
    now += 10000;
    err.len = 0;
    err.text[0] = '\0';

    return ipxe_store_begin(store, now, &err);
}


static ipxe_rc_e
end(ipxe_store_t *store)
{
    ipxe_rc_e  rc;

    rc = ipxe_store_end(store);
    kept = ipxe_store_is_kept(store);

    if (kept && !keep) {
        ipxe_store_rest(store);
    }

    return rc;
}


/* The profile of host "web1", or the code as a number. */

static const char *
look(ipxe_store_t *store)
{
    ipxe_rc_e  rc, rc_end;

    static char  text[64];

    rc = begin(store);

    if (rc == IPXE_OK) {
        rc = ask(store, IPXE_QUERY_HOST + IPXE_MAC, "525400000001", 8);
        rc_end = end(store);

        if (rc == IPXE_OK) {
            rc = rc_end;
        }
    }

    if (rc == IPXE_OK) {
        return row[5];
    }

    snprintf(text, sizeof(text), "code %d", rc);

    return text;
}


static void
sees(ipxe_store_t *store, const char *what, const char *name)
{
    const char  *got;

    got = look(store);

    if (!test(strcmp(got, what) == 0, "%s", name)) {
        note("got '%s', expected '%s': %s", got, what, err.text);
    }
}


/* A good database of which web1 boots PROFILE. */

static const char *
make(const char *name, const char *profile)
{
    char  text[512];

    const char  *path = test_path(name);

    make_db(path);

    snprintf(text, sizeof(text),
             "INSERT INTO profile (name) VALUES ('one'), ('two'), ('three');"
             "INSERT INTO host (name, mac, profile)"
             " VALUES ('web1', '52:54:00:00:00:01', '%s');", profile);
    sql(path, text);

    return path;
}


static void
set_profile(const char *path, const char *profile)
{
    char  text[128];

    snprintf(text, sizeof(text), "UPDATE host SET profile = '%s';", profile);
    sql(path, text);
}


static void
writer_do(writer_t *w, const char *statements)
{
    int          i;
    struct stat  st;
    const char  *done = test_path("done");

    fprintf(w->f, "%s\n.shell touch '%s'\n", statements, done);
    fflush(w->f);

    for (i = 0; i < 1000; i++) {
        if (stat(done, &st) == 0) {
            (void) unlink(done);
            return;
        }

        usleep(10000);
    }

    printf("Bail out! sqlite3 does not do \"%s\"\n", statements);
    exit(99);
}


static writer_t
writer_open(const char *path)
{
    char      command[4200];
    writer_t  w;

    snprintf(command, sizeof(command), "exec sqlite3 '%s' >/dev/null", path);
    w.f = popen(command, "w");
    w.path = path;

    return w;
}


static void
writer_close(writer_t *w)
{
    (void) pclose(w->f);
}


/* The rights of nobody, whatever the test runs as. */

static void
be_nobody(int yes)
{
    static int  root = -1;

    if (root == -1) {
        root = (geteuid() == 0);
    }

    if (root && setresuid(yes ? NOBODY : 0, yes ? NOBODY : 0, 0) != 0) {
        exit(99);
    }
}


static void
test_queries(void)
{
    size_t         i;
    ipxe_rc_e      rc;
    const char    *path;
    ipxe_store_t  *store;

    static const struct {
        unsigned     query;
        const char  *key;
        size_t       columns;
        unsigned     rows;
        const char  *first;     /* its columns, joined by "|", "-" for NULL */
    } queries[] = {
        { IPXE_QUERY_HOST + IPXE_MAC, "525400000001", 7, 1,
          "web1|52:54:00:00:00:01|-|AT 1|-|one|-" },
        { IPXE_QUERY_HOST + IPXE_UUID, "112233445566778899aabbccddeeff00", 7,
          1, "db1|-|11223344-5566-7788-99AA-BBCCDDEEFF00|-|Sn|two|one" },
        { IPXE_QUERY_HOST + IPXE_ASSET, "at 1", 7, 1,
          "web1|52:54:00:00:00:01|-|AT 1|-|one|-" },
        { IPXE_QUERY_HOST + IPXE_SERIAL, "sn", 1, 1, "db1" },
        { IPXE_QUERY_NIC, "525400000002", 1, 1, "web1" },
        { IPXE_QUERY_HOST_VARS, "web1", 2, 2, "disk|sda" },
        { IPXE_QUERY_HOST_VARS, "WEB1", 2, 2, "disk|sda" },
        { IPXE_QUERY_PROFILES, NULL, 7, 5,
          "default|-|-|wait|-|-|-" },
        { IPXE_QUERY_TEMPLATES, NULL, 2, 15, "grub|chain" },
        { IPXE_QUERY_VARS, NULL, 3, 5, "-|menu_default|local" },
        { IPXE_QUERY_PLACEHOLDERS, NULL, 2, 0, NULL },

        { IPXE_QUERY_HOST + IPXE_MAC, "52:54:00:00:00:01", 7, 0, NULL },
        { IPXE_QUERY_HOST + IPXE_MAC, "525400000002", 7, 0, NULL },
        { IPXE_QUERY_HOST + IPXE_MAC, "", 7, 0, NULL },
        { IPXE_QUERY_HOST + IPXE_UUID, NULL, 7, 0, NULL },
        { IPXE_QUERY_NIC, "525400000001", 7, 0, NULL },
        { IPXE_QUERY_HOST + IPXE_ASSET, "x' OR 1 --", 7, 0, NULL },
        { IPXE_QUERY_HOST_VARS, "db1", 2, 0, NULL }
    };

    path = test_path("queries.db");
    make_db(path);
    sql(path, "DELETE FROM placeholder;"
              "INSERT INTO profile (name) VALUES ('one'), ('two');"
              "INSERT INTO host (name, mac, asset, profile) VALUES"
              " ('web1', '52:54:00:00:00:01', 'AT 1', 'one');"
              "INSERT INTO host (name, uuid, serial, profile, install) VALUES"
              " ('db1', '11223344-5566-7788-99AA-BBCCDDEEFF00', 'Sn', 'two',"
              " 'one');"
              "INSERT INTO nic VALUES ('52-54-00-00-00-02', 'web1');"
              "INSERT INTO var VALUES ('web1', NULL, 'disk', 'sda'),"
              " ('web1', NULL, 'empty', ''), (NULL, 'one', 'p', 'q');");

    store = ipxe_store_create(path, 0);

    test_rc(begin(store), IPXE_OK, "begin");

    for (i = 0; i < countof(queries); i++) {
        size_t  k;
        char    joined[4096], *p;

        rc = ask(store, queries[i].query, queries[i].key, queries[i].columns);

        test(rc == (queries[i].rows ? IPXE_OK : IPXE_DECLINED)
             && rows == queries[i].rows, "query %u, key '%s': %u rows",
             queries[i].query, queries[i].key ? queries[i].key : "NULL", rows);

        for (k = 0, p = joined; k < queries[i].columns; k++) {
            p += snprintf(p, 500, "%s%s", k ? "|" : "",
                          is_null[k] ? "-" : row[k]);
        }

        if (queries[i].rows) {
            test_str(str(joined), queries[i].first, "... the first of them");
        }
    }

    test_rc(end(store), IPXE_OK, "end");

    ipxe_store_destroy(store);
}


static ipxe_rc_e
stop(void *data, const ipxe_str_t *column, ipxe_err_t *e)
{
    (void) column;

    return ++*(int *) data == 2 ? ipxe_err(e, IPXE_INVALID, "enough") : IPXE_OK;
}


static void
test_stop(void)
{
    int            n;
    ipxe_store_t  *store;
    const char    *path = make("stop.db", "one");

    store = ipxe_store_create(path, 0);

    (void) begin(store);

    n = 0;
    test_rc(ipxe_store_query(store, IPXE_QUERY_PROFILES, none, stop, &n, &err),
            IPXE_INVALID, "a row can end a query");
    test(n == 2 && strcmp(err.text, "enough") == 0, "with a sentence");

    test(ask(store, IPXE_QUERY_PROFILES, NULL, 7) == IPXE_OK && rows == 6,
         "the next query starts from the first row");

    (void) end(store);
    sees(store, "one", "and the store goes on");
    ipxe_store_destroy(store);
}


/* What stands at the path, and what is said of it. */

static const struct {
    const char  *name, *command, *sentence;
} unusable[] = {
    { "nothing", "true",
      "*No such file or directory: make it with sqlite3 and schema.sql, or "
      "correct ipxe_database" },
    { "a link to nothing", "ln -s /nonexistent/x $P",
      "*No such file or directory: make it with *" },
    { "a directory", "mkdir $P", "*" },
    { "an empty file", ": > $P",
      "*it is no hosts database, its application_id is 0 and not "
      "1766873157: make one with sqlite3 and schema.sql" },
    { "a text", "head -c 10000 /dev/zero | tr '\\0' x > $P",
      "*file is not a database (26): put a good copy in its place *" },
    { "one byte", "printf x > $P", "*its application_id is 0 and not *" },
    { "zeros", "head -c 8192 /dev/zero > $P", "*file is not a database (26)*" },
    { "somebody's database", "sqlite3 $P 'CREATE TABLE host (x)'",
      "*it is no hosts database, its application_id is 0 and not *" },
    { "another application's",
      "sqlite3 $P 'PRAGMA application_id = 252006673; CREATE TABLE t (x)'",
      "*its application_id is 252006673 and not 1766873157: *" },
    { "a newer version", "cp $G $P; sqlite3 $P 'PRAGMA user_version = 7'",
      "*its user_version is 7 and this module reads 1: install the module it "
      "was made for" },
    { "an older version", "cp $G $P; sqlite3 $P 'PRAGMA user_version = 0'",
      "*its user_version is 0 and this module reads 1: migrate it with the "
      "scripts beside schema.sql" },
    { "half of a database", "head -c 6000 $G > $P",
      "*malformed*put a good copy in its place *" },
    { "a database without tables", "sqlite3 $P 'PRAGMA application_id = "
      "1766873157; PRAGMA user_version = 1'", "*no such table*compare it with "
      "schema.sql" },
    { "a table without a column", "cp $G $P; sqlite3 $P 'DROP TRIGGER "
      "host_insert; ALTER TABLE profile RENAME args TO arguments' 2>/dev/null "
      "|| sqlite3 $P 'DROP TABLE nic; CREATE TABLE nic (x)'",
      "*no such column*compare it with schema.sql" },
    { "a view for a table", "cp $G $P; sqlite3 $P 'DROP TABLE placeholder; "
      "CREATE VIEW placeholder AS SELECT 1 AS key, 2 AS hex'", "*" },
    { "what nobody may read", "cp $G $P; chmod 0 $P",
      "*nginx?s user needs to read the file and to write to its directory: *" },
    { "what is in a directory that nobody may enter", "mkdir $P.d; cp $G "
      "$P.d/x; chmod 0 $P.d; ln -s $P.d/x $P",
      "*Permission denied: nginx?s user needs to read the file *" }
};


/* as test_like(), but "?" is any byte, since TAP and C quote differently */

static int
like(const char *got, const char *want)
{
    char  *p, text[1024];

    snprintf(text, sizeof(text), "%s", got);

    for (p = text; *p; p++) {
        if (*p == '\'') {
            *p = '?';
        }
    }

    return test_like(text, want, "... is said in words");
}


static void
test_unusable(void)
{
    char           good[4096], bad[4096];
    size_t         i;
    unsigned       fds;
    ipxe_rc_e      rc;
    ipxe_store_t  *store;

    strcpy(good, make("good.db", "one"));
    run("chmod 644 '%s'", good);
    strcpy(bad, test_path("bad.db"));

    for (i = 0; i < countof(unusable); i++) {

        run("chmod -R u+rwx '%s'* 2>/dev/null; rm -rf '%s'*; P='%s' G='%s'; %s",
            bad, bad, bad, good, unusable[i].command);

        fds = test_descriptors();
        store = ipxe_store_create(bad, 0);

        be_nobody(1);
        rc = begin(store);

        if (!test_rc(rc, IPXE_UNAVAILABLE, "%s", unusable[i].name)) {
            if (rc == IPXE_OK) {
                (void) end(store);
            }
        }

        test(strncmp(err.text, "\"", 1) == 0
             && strncmp(err.text + 1, bad, strlen(bad)) == 0,
             "... the path is named");
        like(err.text, unusable[i].sentence);

        /* asked again at once and later, the answer is the same */

        rc = ipxe_store_begin(store, now + 1, &err);
        test(rc == IPXE_UNAVAILABLE && err.len, "... at once again");
        test(begin(store) == IPXE_UNAVAILABLE && err.len, "... and later");
        be_nobody(0);

        /* a good one takes its place, and is used at once */

        run("chmod -R u+rwx '%s'*  2>/dev/null; rm -rf '%s'*; cp '%s' '%s.new';"
            " mv '%s.new' '%s'", bad, bad, good, bad, bad, bad);

        now -= 10000;
        sees(store, "one", "... and then a good one is read");
        test(err.len == 0, "... without a word");

        ipxe_store_destroy(store);
        test(test_descriptors() == fds, "... and nothing stays open");
    }
}


/* What is no regular file is not opened: a FIFO would never open. */

static void
test_fifo(void)
{
    int            i, status;
    pid_t          pid;
    ipxe_store_t  *store;

    run("rm -f '%s' && mkfifo '%s'", test_path("fifo.db"),
        test_path("fifo.db"));

    fflush(stdout);
    pid = fork();

    if (pid == 0) {
        store = ipxe_store_create(test_path("fifo.db"), 0);
        i = begin(store);
        _exit(i == IPXE_UNAVAILABLE && err.len ? 0 : 1);
    }

    for (i = 0; i < 300 && waitpid(pid, &status, WNOHANG) == 0; i++) {
        usleep(10000);
    }

    if (i == 300) {
        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, &status, 0);
    }

    test(i < 300 && WIFEXITED(status) && WEXITSTATUS(status) == 0,
         "a FIFO is refused and not waited for");
}


static void
test_changes(void)
{
    uint64_t       g;
    writer_t       w;
    ipxe_store_t  *store;
    char           path[4096];
    size_t         i;

    static const struct {
        const char  *mode;
        int          keep, watched;
    } modes[] = {
        { "WAL", 0, 0 },
        { "WAL", 1, 0 },
        { "WAL", 1, 1 },
        { "DELETE", 1, 1 },
        { "TRUNCATE", 0, 0 }
    };

    for (i = 0; i < countof(modes); i++) {

        strcpy(path, make("changes.db", "one"));
        run("sqlite3 '%s' 'PRAGMA journal_mode = %s' >/dev/null", path,
            modes[i].mode);

        store = ipxe_store_create(path, 0);
        ipxe_store_watch(store, modes[i].watched ? tell : NULL, store);
        keep = modes[i].keep;

        sees(store, "one", modes[i].mode);
        test(kept == (strcmp(modes[i].mode, "WAL") == 0),
             "... a state of it is kept: %d", kept);

        g = ipxe_store_generation(store);
        sees(store, "one", "... again");
        test(ipxe_store_generation(store) == g,
             "... the generation of what did not change is the same");

        set_profile(path, "two");
        sees(store, "two", "... changed");
        test(ipxe_store_generation(store) != g, "... is another generation");

        g = ipxe_store_generation(store);
        sees(store, "two", "... again");
        test(ipxe_store_generation(store) == g, "... is the same");

        /* one state between begin and end, whoever writes meanwhile */

        (void) begin(store);

        if (i < 3) {
            w = writer_open(path);
            (void) ask(store, IPXE_QUERY_HOST + IPXE_MAC, "525400000001", 8);
            writer_do(&w, "UPDATE host SET profile = 'three';");
            (void) ask(store, IPXE_QUERY_HOST + IPXE_MAC, "525400000001", 8);
            test_str(str(row[5]), "two",
                     "... what is read is of one state of the database");
            (void) end(store);
            sees(store, "three", "... the next is of the next");

            writer_do(&w, "BEGIN IMMEDIATE; UPDATE host SET profile = 'one';");
            sees(store, "three", "... a writer that has not finished "
                 "is not waited for");
            writer_do(&w, "COMMIT;");
            sees(store, "one", "... and seen when it has");

            writer_do(&w, "BEGIN EXCLUSIVE; UPDATE host SET profile = 'two';");
            sees(store, "one", "... nor is an exclusive one");
            writer_do(&w, "ROLLBACK;");
            sees(store, "one", "... or what it takes back");
            writer_close(&w);

        } else {
            (void) end(store);

            w = writer_open(path);
            writer_do(&w, "BEGIN IMMEDIATE; UPDATE host SET profile = 'one';");
            sees(store, "two", "... a reserved lock does not matter");
            writer_do(&w, "COMMIT;");
            sees(store, "one", "... changed");

            writer_do(&w, "BEGIN EXCLUSIVE;");

            {
                struct timespec  a, b;

                clock_gettime(CLOCK_MONOTONIC, &a);
                test_rc(begin(store), IPXE_UNAVAILABLE, "... locked");
                clock_gettime(CLOCK_MONOTONIC, &b);

                test((b.tv_sec - a.tv_sec) * 1000
                     + (b.tv_nsec - a.tv_nsec) / 1000000 < 200,
                     "... is not waited for");
                test_like(err.text, "*database is locked*another program has "
                          "it locked: *journal_mode=WAL*", "... in words");
            }

            writer_do(&w, "COMMIT;");
            sees(store, "one", "... until it is open again");
            writer_close(&w);
        }

        /* the version changes under the connection */

        sql(path, "PRAGMA user_version = 2;");
        test_rc(begin(store), IPXE_UNAVAILABLE, "... another version");
        test_like(err.text, "*its user_version is 2 and this module reads 1:*",
                  "... in words");
        sql(path, "PRAGMA user_version = 1;");
        sees(store, "one", "... the right version again");

        sql(path, "PRAGMA application_id = 2;");
        test_rc(begin(store), IPXE_UNAVAILABLE, "... another application");
        sql(path, "PRAGMA application_id = 1766873157;");
        sees(store, "one", "... ours again");

        ipxe_store_destroy(store);
        keep = 0;
    }

    /* a table is lost and comes back */

    strcpy(path, make("changes.db", "one"));
    store = ipxe_store_create(path, 0);
    sees(store, "one", "a table is there");

    sql(path, "ALTER TABLE placeholder RENAME TO p2;");
    (void) begin(store);
    test_rc(ask(store, IPXE_QUERY_PLACEHOLDERS, NULL, 2), IPXE_UNAVAILABLE,
            "... lost");
    test_like(err.text, "*no such table*compare it with schema.sql",
              "... in words");
    (void) end(store);

    sql(path, "ALTER TABLE p2 RENAME TO placeholder;");
    (void) begin(store);
    test_rc(ask(store, IPXE_QUERY_PLACEHOLDERS, NULL, 2), IPXE_OK,
            "... and back");
    (void) end(store);

    ipxe_store_destroy(store);
}


static void
test_replaced(void)
{
    char           path[4096], other[4096];
    uint64_t       g;
    unsigned       fds;
    ipxe_store_t  *store;

    strcpy(path, make("replaced.db", "one"));
    strcpy(other, make("other.db", "two"));

    fds = test_descriptors();
    store = ipxe_store_create(path, 0);
    sees(store, "one", "a database");
    g = ipxe_store_generation(store);

    run("mv '%s' '%s'", other, path);
    sees(store, "two", "... another one moved over it");
    test(ipxe_store_generation(store) != g, "... is another generation");
    g = ipxe_store_generation(store);

    run("echo rubbish > '%s.x' && mv '%s.x' '%s'", path, path, path);
    sees(store, "two", "... rubbish moved over it: the last good one is read");
    test_like(err.text, "*file is not a database*", "... but it is said");
    test(ipxe_store_generation(store) == g, "... which is the same");

    strcpy(other, make("other.db", "three"));
    run("mv '%s' '%s'", other, path);
    sees(store, "three", "... a good one at last");
    test(err.len == 0, "... and nothing more to say (%s)", err.text);

    run("rm '%s'", path);
    sees(store, "three", "... removed: the last good one is read");
    test_like(err.text, "*No such file*", "... but it is said");
    sees(store, "three", "... for as long as it takes");

    strcpy(other, make("other.db", "one"));
    run("mv '%s' '%s'", other, path);
    sees(store, "one", "... and back");
    test(err.len == 0, "... and nothing more to say (%s)", err.text);

    ipxe_store_destroy(store);
    test(test_descriptors() == fds, "... nothing stays open");

    /* the log of the old file does not go into the new one */

    strcpy(path, make("replaced.db", "one"));
    strcpy(other, make("other.db", "one"));
    sql(other, "UPDATE host SET profile = 'three';");

    store = ipxe_store_create(path, 0);
    sees(store, "one", "a WAL database");
    set_profile(path, "two");
    sees(store, "two", "... with something in its log");

    run("test -s '%s-wal'", path);
    run("mv '%s' '%s'", other, path);
    sees(store, "three", "... replaced: what is in the old log is not read");
    test_like(err.text, "*was replaced and *-wal\" of the old file is still "
              "there: remove it *", "... and this is said");

    run("rm -f '%s-wal' '%s-shm'", path, path);
    sees(store, "three", "... the log removed");
    test(err.len == 0, "... nothing more to say (%s)", err.text);

    set_profile(path, "two");
    sees(store, "two", "... and the new file changes");

    ipxe_store_destroy(store);
}


/* A state that is kept between requests, while somebody tells of new files. */

static void
test_kept(void)
{
    char           path[4096], other[4096];
    uint64_t       g;
    unsigned       fds;
    ipxe_store_t  *store;

    strcpy(path, make("kept.db", "one"));

    fds = test_descriptors();
    store = ipxe_store_create(path, 0);
    ipxe_store_watch(store, tell, store);
    keep = 1;

    sees(store, "one", "a database that is watched");
    g = ipxe_store_generation(store);
    sees(store, "one", "... again");
    test(ipxe_store_generation(store) == g, "... is the same");

    /* the log cannot start again while a state is kept */

    set_profile(path, "two");
    sees(store, "two", "... changed");
    run("sqlite3 '%s' 'PRAGMA wal_checkpoint(TRUNCATE)' | grep -q '^1|'",
        path);
    ipxe_store_rest(store);
    run("sqlite3 '%s' 'PRAGMA wal_checkpoint(TRUNCATE)' | grep -q '^0|'",
        path);
    test(1, "... its log can be emptied as soon as it rests");
    sees(store, "two", "... and is the same then");
    set_profile(path, "one");
    sees(store, "one", "... and changes");

    /* a rollback of another connection is no change */

    g = ipxe_store_generation(store);
    sql(path, "BEGIN; UPDATE host SET profile = 'three'; ROLLBACK;");
    sees(store, "one", "... somebody takes back a change");
    test(ipxe_store_generation(store) == g, "... which is none");

    strcpy(other, make("other.db", "three"));
    run("rm -f '%s-wal' '%s-shm'; mv '%s' '%s'", path, path, other, path);
    ipxe_store_look(store);
    sees(store, "three", "... replaced and told of");

    strcpy(other, make("other.db", "two"));
    run("rm -f '%s-wal' '%s-shm'; mv '%s' '%s'", path, path, other, path);
    ipxe_store_rest(store);
    sees(store, "two", "... replaced and not told of, after a rest");

    run("rm -f '%s-wal' '%s-shm'; echo rubbish > '%s.x' && mv '%s.x' '%s'",
        path, path, path, path, path);
    ipxe_store_look(store);
    sees(store, "two", "... rubbish: the last good one is read");
    test_like(err.text, "*file is not a database*", "... and it is said");
    sees(store, "two", "... again");
    test_like(err.text, "*file is not a database*",
              "... and still said, so that nobody takes it for good again");

    run("rm -f '%s'", path);
    ipxe_store_look(store);
    sees(store, "two", "... removed: the last good one is read");
    test_like(err.text, "*No such file*", "... and it is said");
    sees(store, "two", "... again");
    test_like(err.text, "*No such file*", "... and still said");

    strcpy(other, make("other.db", "one"));
    run("rm -f '%s-wal' '%s-shm'; mv '%s' '%s'", path, path, other, path);
    ipxe_store_look(store);
    sees(store, "one", "... and back");
    test(err.len == 0, "... nothing more to say (%s)", err.text);

    ipxe_store_destroy(store);
    test(test_descriptors() == fds, "... nothing stays open");

    /* nobody tells of the directory that a link leads to */

    strcpy(path, make("target.db", "one"));
    run("ln -sf '%s' '%s'", path, test_path("link.db"));

    strcpy(other, test_path("link.db"));
    store = ipxe_store_create(other, 0);
    ipxe_store_watch(store, tell, store);
    sees(store, "one", "a link that is watched");
    sees(store, "one", "... again");

    make("moved.db", "two");
    run("rm -f '%s-wal' '%s-shm'; mv '%s' '%s'", path, path,
        test_path("moved.db"), path);
    sees(store, "two", "... leads to another file without a word");
    set_profile(path, "three");
    sees(store, "three", "... which changes");

    ipxe_store_destroy(store);

    keep = 0;
}


static void
test_published(void)
{
    char           path[4096], other[4096];
    writer_t       w;
    ipxe_store_t  *store;

    strcpy(path, make("published.db", "one"));
    run("sqlite3 '%s' 'PRAGMA journal_mode = DELETE' > /dev/null", path);

    store = ipxe_store_create(path, 1);
    sees(store, "one", "published");

    w = writer_open(path);
    writer_do(&w, "BEGIN EXCLUSIVE;");
    sees(store, "one", "... is read without locks");
    writer_do(&w, "COMMIT;");
    writer_close(&w);

    strcpy(other, make("other.db", "two"));
    run("mv '%s' '%s'", other, path);
    sees(store, "two", "... replaced");

    (void) begin(store);
    strcpy(other, make("other.db", "three"));
    run("mv '%s' '%s'", other, path);
    test_rc(end(store), IPXE_OK,
            "... replaced while it is read: what was read is good");
    sees(store, "three", "... and the next is of the new file");

    (void) begin(store);
    set_profile(path, "one");
    test_rc(end(store), IPXE_AGAIN,
            "... changed in place while it is read: what was read is void");
    sees(store, "one", "... and is read again");

    run("test ! -e '%s-shm'", path);
    test(1, "... nothing was made beside it");

    ipxe_store_destroy(store);
}


/* A WAL database in a directory that this process cannot write to. */

static void
test_rights(void)
{
    char           path[4096], dir[4096];
    writer_t       w;
    ipxe_store_t  *store;

    strcpy(dir, test_path("rights"));
    run("mkdir '%s'", dir);
    strcpy(path, make("rights/hosts.db", "one"));
    run("chmod 644 '%s'; chmod 555 '%s'", path, dir);

    store = ipxe_store_create(path, 0);

    be_nobody(1);
    sees(store, "one", "a WAL database at rest, in a directory without rights");
    test(err.len == 0, "... and nothing to say (%s)", err.text);
    be_nobody(0);

    run("chmod 755 '%s'", dir);
    set_profile(path, "two");
    run("chmod 555 '%s'", dir);

    be_nobody(1);
    sees(store, "two", "... changed and at rest again");
    be_nobody(0);

    /* somebody writes through a log that cannot be read without rights */

    run("chmod 755 '%s'", dir);
    w = writer_open(path);
    writer_do(&w, "UPDATE host SET profile = 'three';");
    run("chmod 555 '%s'; chmod 600 '%s-shm' '%s-wal'", dir, path, path);

    be_nobody(1);

    {
        const char  *got = look(store);

        test(strcmp(got, "three") != 0 ? err.len > 0 : err.len == 0,
             "... with a log that cannot be read: '%s' is read, and '%s' is "
             "said", got, err.text);
    }

    be_nobody(0);

    run("chmod 755 '%s'", dir);
    writer_close(&w);
    run("chmod 555 '%s'", dir);

    be_nobody(1);
    sees(store, "three", "... and at rest again");
    test(err.len == 0, "... and nothing to say (%s)", err.text);
    be_nobody(0);

    run("chmod 755 '%s'", dir);
    ipxe_store_destroy(store);
}


static void
test_paths(void)
{
    char           path[5000];
    size_t         i;
    ipxe_store_t  *store;

    static const char *names[] = {
        "a b.db", "a?b.db", "a#b.db", "a%41b.db", "file:x.db", "a&mode=rw.db",
        "caf\xc3\xa9.db", "a\"b.db", "a;b.db", "%", "?immutable=0"
    };

    make("paths.db", "one");

    for (i = 0; i < countof(names) * 2; i++) {

        strcpy(path, test_path(names[i / 2]));
        run("cp '%s' '%s'", test_path("paths.db"), path);

        store = ipxe_store_create(path, (int) (i % 2));
        sees(store, "one", path);
        ipxe_store_destroy(store);
    }

    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    path[0] = '/';

    for (i = 0; i < 2; i++) {
        store = ipxe_store_create(path, (int) i);
        test(begin(store) == IPXE_UNAVAILABLE && err.len,
             "a path of 5000 bytes is refused");
        ipxe_store_destroy(store);
    }
}


/* Values and tables of a size that nobody means. */

static void
test_sizes(void)
{
    char           path[4096];
    clock_t        t;
    ipxe_rc_e      rc;
    ipxe_store_t  *store;

    strcpy(path, make("sizes.db", "one"));
    sql(path, "PRAGMA ignore_check_constraints = 1;"
              "INSERT INTO template VALUES ('big', 'ipxe',"
              " printf('%.*c', 1000000, 'x'));");

    store = ipxe_store_create(path, 0);
    (void) begin(store);
    test_rc(ask(store, IPXE_QUERY_TEMPLATES, NULL, 3), IPXE_OK,
            "a template of 10^6 bytes");
    (void) end(store);

    sql(path, "PRAGMA ignore_check_constraints = 1;"
              "UPDATE template SET body = body || body WHERE name = 'big';");
    (void) begin(store);
    rc = ask(store, IPXE_QUERY_TEMPLATES, NULL, 3);
    test(rc != IPXE_OK && err.len,
         "a template of 2 * 10^6 bytes is refused: '%s'", err.text);
    (void) end(store);
    sees(store, "one", "... hosts are still found");

    sql(path, "DELETE FROM template WHERE name = 'big';");
    (void) begin(store);
    test_rc(ask(store, IPXE_QUERY_TEMPLATES, NULL, 3), IPXE_OK,
            "... and it goes");
    (void) end(store);

    sql(path, "DROP TABLE placeholder; CREATE TABLE placeholder (key, hex);"
              "INSERT INTO placeholder WITH RECURSIVE n (i) AS (SELECT 1 UNION "
              "ALL SELECT i + 1 FROM n WHERE i < 1500000) SELECT i, i FROM n;");
    (void) begin(store);
    t = clock();
    test_rc(ask(store, IPXE_QUERY_PLACEHOLDERS, NULL, 2), IPXE_UNAVAILABLE,
            "1500000 rows are not read");
    test_like(err.text, "*reading it takes too long: *", "... in words");
    test(clock() - t < CLOCKS_PER_SEC * 5, "... and not for long");
    (void) end(store);

    sql(path, "DELETE FROM placeholder;");
    sees(store, "one", "... the store goes on");

    ipxe_store_destroy(store);
}


/* What a writer leaves behind that is killed. */

static void
test_killed(void)
{
    char           path[4096], other[4096];
    ipxe_store_t  *store;

    /* in rollback mode: a journal, and half of a change in the database */

    strcpy(path, make("killed.db", "one"));
    run("sqlite3 '%s' \"PRAGMA journal_mode = DELETE; INSERT INTO host (name,"
        " note) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 300) SELECT 'x' || i, 'y' FROM n\" >/dev/null", path);

    store = ipxe_store_create(path, 0);
    sees(store, "one", "rollback mode");

    run("exec 2>/dev/null; printf '%%s\\n' \"PRAGMA cache_size = 2; BEGIN;"
        " UPDATE host SET profile = 'two', note = hex(randomblob(200));\""
        " '.shell kill -9 $PPID' | sqlite3 '%s' > /dev/null; test -s"
        " '%s-journal'", path, path);

    test_rc(begin(store), IPXE_UNAVAILABLE, "... a killed writer's journal");
    test_like(err.text, "*a program was killed while it wrote: open the file "
              "once with sqlite3, which rolls that back", "... in words");
    sql(path, "BEGIN IMMEDIATE; COMMIT;");
    sees(store, "one", "... rolled back");

    ipxe_store_destroy(store);

    /* in WAL mode: a log that is whole */

    strcpy(path, make("killed.db", "one"));
    run("exec 2>/dev/null; printf '%%s\\n' \"UPDATE host SET profile = 'two';\""
        " 'BEGIN; DELETE FROM host;' '.shell kill -9 $PPID'"
        " | sqlite3 '%s' > /dev/null; test -s '%s-wal'", path, path);

    store = ipxe_store_create(path, 0);
    sees(store, "two", "a killed writer's log is read");
    ipxe_store_destroy(store);

    /* ... and one that is of another file is not */

    strcpy(path, make("killed.db", "one"));
    strcpy(other, make("other.db", "one"));
    run("exec 2>/dev/null; printf '%%s\\n' \"UPDATE host SET profile = 'two';\""
        " '.shell kill -9 $PPID' | sqlite3 '%s' >/dev/null; sleep 0.02;"
        " test -s '%s-wal' && mv '%s' '%s'", path, path, other, path);

    store = ipxe_store_create(path, 0);
    test_rc(begin(store), IPXE_UNAVAILABLE,
            "a log that was there before the file is not read into it");
    test_like(err.text, "*it was moved here, *-wal\" was written: remove *",
              "... in words");
    run("rm -f '%s-wal' '%s-shm'", path, path);
    sees(store, "one", "... and without it the file is");
    test(err.len == 0, "... nothing more to say (%s)", err.text);
    ipxe_store_destroy(store);
}


/* As a thread of nginx does it, with the state that was read last. */

static ipxe_rc_e
copy(ipxe_store_t *store)
{
    ipxe_rc_e           rc;
    ipxe_store_copy_t  *c;

    if (!ipxe_store_wants_copy(store)) {
        return IPXE_DECLINED;
    }

    c = ipxe_store_copy_create(store);
    if (c == NULL) {
        return IPXE_NOMEM;
    }

    do {
        err.len = 0;
        rc = ipxe_store_copy_step(c, &err);
    } while (rc == IPXE_AGAIN);

    ipxe_store_copy_adopt(store, c);

    return rc;
}


/* Like sees(), and whether the state may be an old one, and what is said. */

static void
sees_copy(ipxe_store_t *store, const char *what, const char *name, int stale,
    const char *said)
{
    const char  *got;
    ipxe_err_t   e;

    got = look(store);

    if (strcmp(got, "code 4") == 0) {

        /* what is wrong may show when it is read, and is known then */

        got = look(store);
    }

    e = err;

    if (test(strcmp(got, name) == 0, "%s", what) == 0) {
        printf("# got '%s': %s\n", got, e.text);
    }

    test(ipxe_store_is_stale(store) == stale, "... %s",
         stale ? "which may be old" : "which is the last");

    if (said) {
        test_like(e.text, said, "... in words");

    } else {
        test(e.len == 0, "... without a word (%s)", e.text);
    }
}


/* What can be done to the file "$P"; a good one is at "$G". */

static const struct {
    const char  *name;
    const char  *command;
    const char  *said;
} destroy[] = {
    { "rubbish written over it",
      "head -c 40000 /dev/urandom | dd of=\"$P\" conv=notrunc status=none",
      "*cannot be used*" },
    { "a page of zeroes for each but the first",
      "dd if=/dev/zero of=\"$P\" conv=notrunc bs=4096 seek=1 count=40 "
      "status=none", "*cannot be used*" },
    { "truncated to nothing", ": > \"$P\"", "*cannot be used*" },
    { "truncated within the first page", "truncate -s 1000 \"$P\"",
      "*cannot be used*" },
    { "truncated behind the first page", "truncate -s 4096 \"$P\"",
      "*cannot be used*" },
    { "truncated in the middle", "truncate -s 20480 \"$P\"",
      "*cannot be used*" },
    { "text copied over it", "seq 9999 > \"$P\"",
      "*cannot be used*" },
    { "a database of somebody else copied over it",
      "rm -f \"$P.x\"; sqlite3 \"$P.x\" 'CREATE TABLE t (a)'; "
      "cat \"$P.x\" > \"$P\"", "*cannot be used*" },
    { "another version of it copied over it",
      "cp \"$G\" \"$P.x\"; sqlite3 \"$P.x\" 'PRAGMA user_version = 7'; "
      "cat \"$P.x\" > \"$P\"; rm -f \"$P.x\"*", "*cannot be used*" }
};


static void
test_destroyed(void)
{
    char           path[4096], good[4096];
    size_t         i;
    unsigned       fds, wal, log;
    ipxe_store_t  *store;

    strcpy(good, make("good.db", "two"));
    fds = test_descriptors();

    for (i = 0; i < countof(destroy) * 3; i++) {

        wal = i % 3 > 0;
        log = i % 3 > 1;

        strcpy(path, make("destroyed.db", "three"));
        run("sqlite3 '%s' 'PRAGMA journal_mode = %s' >/dev/null", path,
            wal ? "WAL" : "DELETE");
        run("sqlite3 '%s' 'PRAGMA journal_mode = %s' >/dev/null", good,
            wal ? "WAL" : "DELETE");

        store = ipxe_store_create(path, 0);
        ipxe_store_watch(store, tell, store);
        keep = 1;

        sees(store, "three", destroy[i / 3].name);
        ipxe_store_look(store);

        if (log) {
            set_profile(path, "one");

        } else {
            ipxe_store_rest(store);
            sql(path, "UPDATE host SET profile = 'one';\n"
                      ".once /dev/null\nPRAGMA wal_checkpoint(TRUNCATE);");
        }

        sees(store, "one", wal ? log ? "... WAL, with a log" : "... WAL"
                               : "... rollback mode");
        ipxe_store_rest(store);
        test_rc(copy(store), IPXE_OK, "... copied");
        test_rc(copy(store), IPXE_DECLINED, "... once");

        foreign = 1;
        run("P='%s' G='%s'; %s", path, good, destroy[i / 3].command);
        ipxe_store_look(store);
        sees_copy(store, "... destroyed: the last good state is read", "one", 1,
                  destroy[i / 3].said);
        sees_copy(store, "... for as long as it takes", "one", 1,
                  destroy[i / 3].said);

        /* right again, in each of the ways that README names */

        switch (i % 4) {

        case 0:
            run("cp '%s' '%s.new'; mv '%s.new' '%s'; rm -f '%s-wal' '%s-shm'",
                good, path, path, path, path, path);
            break;

        case 1:
            run("rm -f '%s-wal' '%s-shm'; cat '%s' > '%s'; sleep 0.03", path,
                path, good, path);
            ipxe_store_look(store);
            (void) look(store);
            (void) copy(store);
            break;

        default:
            run("rm -f '%s' '%s-wal' '%s-shm'; cp '%s' '%s'", path, path, path,
                good, path);
        }

        ipxe_store_look(store);
        sees_copy(store, "... right again, and read", "two", 0, NULL);

        foreign = 0;
        set_profile(path, "three");
        ipxe_store_look(store);
        sees_copy(store, "... as is its next change", "three", 0, NULL);

        ipxe_store_rest(store);
        ipxe_store_destroy(store);
        test(test_descriptors() == fds, "... nothing stays open");
    }

    keep = 0;
}


/* The copy is read only if no commit can have come after it. */

static void
test_copied(void)
{
    char           path[4096];
    writer_t       w;
    ipxe_store_t  *store;

    strcpy(path, make("copied.db", "one"));
    run("sqlite3 '%s' 'PRAGMA journal_mode = DELETE' >/dev/null", path);

    store = ipxe_store_create(path, 0);
    test_rc(copy(store), IPXE_DECLINED, "nothing was read: nothing is copied");
    sees(store, "one", "rollback mode");
    test_rc(copy(store), IPXE_OK, "... copied");

    w = writer_open(path);
    writer_do(&w, "BEGIN EXCLUSIVE; UPDATE host SET profile = 'two';");
    sees_copy(store, "... locked: nobody has committed", "one", 0, NULL);
    writer_do(&w, "COMMIT;");
    sees_copy(store, "... committed", "two", 0, NULL);

    writer_do(&w, "BEGIN EXCLUSIVE; UPDATE host SET profile = 'three';");
    sees(store, "code 4", "... locked, and not copied since");
    writer_do(&w, "COMMIT;");
    sees(store, "three", "... committed");
    test_rc(copy(store), IPXE_OK, "... copied");

    writer_do(&w, "UPDATE host SET profile = 'one'; BEGIN EXCLUSIVE;");
    sees(store, "code 4", "... locked again after a commit that was not seen");
    test_like(err.text, "*database is locked*", "... in words");
    writer_do(&w, "COMMIT;");
    sees(store, "one", "... and seen");
    test_rc(copy(store), IPXE_OK, "... copied");
    writer_close(&w);

    run("exec 2>/dev/null; printf '%%s\\n' \"PRAGMA cache_size = 2; BEGIN;"
        " INSERT INTO host (name, note) WITH RECURSIVE n (i) AS (SELECT 1 UNION"
        " ALL SELECT i + 1 FROM n WHERE i < 300) SELECT 'x' || i,"
        " hex(randomblob(200)) FROM n; UPDATE host SET profile = 'two';\""
        " '.shell kill -9 $PPID' | sqlite3 '%s' > /dev/null; test -s"
        " '%s-journal'", path, path);
    sees_copy(store, "... a killed writer's journal: the state before it",
              "one", 0, "*a program was killed while it wrote*");
    sql(path, "BEGIN IMMEDIATE; COMMIT;");
    sees_copy(store, "... rolled back", "one", 0, NULL);

    /* not SQLite wrote it, whatever the counter says */

    test_rc(copy(store), IPXE_OK, "... copied");
    ipxe_store_watch(store, tell, store);
    foreign = 1;
    make("other.db", "three");
    run("sqlite3 '%s' 'PRAGMA journal_mode = DELETE' >/dev/null; sleep 0.03;"
        "cat '%s' > '%s'; sleep 0.03", test_path("other.db"),
        test_path("other.db"), path);
    sees_copy(store, "... another one copied over it", "one", 1,
              "*written to by another program*");
    test_rc(copy(store), IPXE_OK, "... copied");
    sees_copy(store, "... and read when all of it is good", "three", 0, NULL);
    run("touch '%s'; sleep 0.03", path);
    sees_copy(store, "... touched", "three", 1,
              "*written to by another program*");
    foreign = 0;
    set_profile(path, "two");
    sees_copy(store, "... and changed by SQLite", "two", 0, NULL);

    ipxe_store_destroy(store);

    /* a state that was read and is newer than the copy */

    strcpy(path, make("copied.db", "one"));
    store = ipxe_store_create(path, 0);
    sees(store, "one", "WAL");
    test_rc(copy(store), IPXE_OK, "... copied");
    set_profile(path, "two");
    sees(store, "two", "... changed");
    run(": > '%s'", path);
    sees(store, "code 4", "... destroyed: nothing is read that is older");
    ipxe_store_destroy(store);
}


/* The log and its index belong to the file as long as it is open. */

static void
test_apart(void)
{
    char           path[4096];
    size_t         i;
    ipxe_store_t  *store;

    static const char *removed[] = {
        "rm \"$P\"-shm", "rm \"$P\"-wal", "rm \"$P\"-wal \"$P\"-shm"
    };

    for (i = 0; i < countof(removed); i++) {

        strcpy(path, make("apart.db", "one"));
        store = ipxe_store_create(path, 0);
        ipxe_store_watch(store, tell, store);
        keep = 1;
        sees(store, "one", removed[i]);
        set_profile(path, "two");
        sees(store, "two", "... changed");
        ipxe_store_rest(store);
        sql(path, ".once /dev/null\nPRAGMA wal_checkpoint(TRUNCATE);");

        run("P='%s'; %s", path, removed[i]);
        ipxe_store_look(store);
        sees_copy(store, "... removed", "two", 0, NULL);
        set_profile(path, "three");
        sees_copy(store, "... changed by others", "three", 0, NULL);
        ipxe_store_destroy(store);
        keep = 0;
    }

    strcpy(path, make("apart.db", "one"));
    store = ipxe_store_create(path, 0);
    ipxe_store_watch(store, tell, store);
    sees(store, "one", "a log");
    set_profile(path, "two");
    sees(store, "two", "... with a change that is nowhere else");
    run("rm '%s-wal' '%s-shm'", path, path);
    ipxe_store_look(store);
    sees_copy(store, "... removed: the change is read on", "two", 1,
              "*-wal\" was removed while it held changes *");
    sees_copy(store, "... again", "two", 1, "*-wal\" was removed while *");
    sql(path, "UPDATE host SET note = 'x';");
    ipxe_store_look(store);
    sees_copy(store, "... until a writer comes, who knows nothing of it", "one",
              0, NULL);
    ipxe_store_destroy(store);

    /* nobody but SQLite wrote to it, although it looks like that */

    strcpy(path, make("apart.db", "one"));
    store = ipxe_store_create(path, 0);
    sees(store, "one", "a file with a log");
    set_profile(path, "two");
    sees(store, "two", "... changed");
    test_rc(copy(store), IPXE_OK, "... copied");
    run("sleep 0.03; touch '%s'", path);
    sees_copy(store, "... touched", "two", 1,
              "*written to by another program*");
    test_rc(copy(store), IPXE_OK, "... read as a whole, and good");
    sees_copy(store, "... and used again", "two", 0, NULL);
    set_profile(path, "three");
    sees_copy(store, "... and changed", "three", 0, NULL);

    run("touch -d '3 seconds ago' '%s'; sleep 0.03", path);
    sees(store, "code 4", "... touched, and not copied since");
    set_profile(path, "one");
    sees_copy(store, "... and changed by SQLite", "one", 0, NULL);
    ipxe_store_destroy(store);
}


/* A state that was found to be of no use is not kept. */

static void
test_distrusted(void)
{
    char           path[4096];
    ipxe_err_t     e;
    ipxe_store_t  *store;

    strcpy(path, make("distrusted.db", "one"));
    store = ipxe_store_create(path, 0);
    ipxe_store_watch(store, tell, store);
    keep = 1;
    sees(store, "one", "a state that is kept");
    test_rc(copy(store), IPXE_OK, "... and copied");

    (void) begin(store);
    (void) ipxe_err(&e, IPXE_UNAVAILABLE, "it is of no use");
    ipxe_store_distrust(store, &e);
    (void) end(store);
    test(!ipxe_store_is_kept(store), "... is not when it is of no use");

    e.len = 0;
    test_rc(ipxe_store_begin(store, now + 1, &e), IPXE_OK,
            "... and the copy is read");
    test(ipxe_store_is_stale(store), "... which may be old");
    test_like(e.text, "it is of no use", "... in words");
    (void) end(store);

    set_profile(path, "two");
    sees_copy(store, "... until there is another", "two", 0, NULL);
    ipxe_store_destroy(store);
    keep = 0;
}


/* What a file that was refused or is gone has left behind. */

static void
test_left(void)
{
    char           path[4096], other[4096];
    writer_t       w;
    ipxe_store_t  *store;

    strcpy(path, make("left.db", "one"));
    w = writer_open(path);
    writer_do(&w, "PRAGMA wal_autocheckpoint = 0;"
                  "UPDATE host SET profile = 'two';");
    store = ipxe_store_create(path, 0);
    ipxe_store_watch(store, tell, store);
    sees(store, "two", "a log with a change");
    run("mv '%s' '%s.old'; echo bad > '%s'", path, path, path);
    ipxe_store_look(store);
    sees(store, "two", "... the file replaced by a bad one");
    run("mv '%s.old' '%s'", path, path);
    ipxe_store_look(store);
    sees_copy(store, "... and put back: its log is its own", "two", 0, NULL);

    run("rm '%s-wal' '%s-shm'", path, path);
    ipxe_store_look(store);
    sees_copy(store, "... removed", "two", 1, "*was removed while *");
    strcpy(other, make("other.db", "three"));
    run("mv '%s' '%s'", other, path);
    ipxe_store_look(store);
    sees_copy(store, "... and another file moved there", "three", 0, NULL);
    run("rm '%s-wal' '%s-shm'", path, path);
    ipxe_store_look(store);
    sees_copy(store, "... whose log is not missed", "three", 0, NULL);
    ipxe_store_destroy(store);
    writer_close(&w);

    /* from rollback mode to WAL while it is open */

    strcpy(path, make("left.db", "one"));
    run("sqlite3 '%s' 'PRAGMA journal_mode = DELETE' >/dev/null", path);
    store = ipxe_store_create(path, 0);
    ipxe_store_watch(store, tell, store);
    sees(store, "one", "rollback mode");
    w = writer_open(path);
    writer_do(&w, "PRAGMA journal_mode = WAL; UPDATE host SET profile = 'two';");
    ipxe_store_look(store);
    sees_copy(store, "... and WAL from now on", "two", 0, NULL);
    strcpy(other, make("other.db", "three"));
    run("mv '%s' '%s'", other, path);
    ipxe_store_look(store);
    sees_copy(store, "... another file moved there, and the log is not its own",
              "three", 0, "*was replaced and *-wal\" of the old file *");
    ipxe_store_destroy(store);
    writer_close(&w);
}


/* The log that was lost is not forgotten when there are no descriptors. */

static void
test_lost(void)
{
    char           path[4096];
    writer_t       w;
    struct rlimit  few, many;
    ipxe_store_t  *store;

    strcpy(path, make("lost.db", "one"));
    store = ipxe_store_create(path, 0);
    ipxe_store_watch(store, tell, store);
    set_profile(path, "two");
    sees(store, "two", "a log");
    set_profile(path, "three");
    sees(store, "three", "... with a change");
    run("rm '%s-wal' '%s-shm'", path, path);
    ipxe_store_look(store);
    sees_copy(store, "... removed", "three", 1, "*was removed while *");
    w = writer_open(path);
    writer_do(&w, "SELECT * FROM host;");
    ipxe_store_look(store);

    (void) getrlimit(RLIMIT_NOFILE, &many);
    few = many;
    few.rlim_cur = 3;
    (void) setrlimit(RLIMIT_NOFILE, &few);
    sees(store, "code 4", "... and made again, while no file can be opened");
    (void) setrlimit(RLIMIT_NOFILE, &many);
    test_like(err.text, "*raise worker_rlimit_nofile*", "... in words");

    sees(store, "code 4", "... then: what is older than what was read is not");
    writer_do(&w, "UPDATE host SET profile = 'one';");
    ipxe_store_look(store);
    sees_copy(store, "... but the next commit is", "one", 0, NULL);
    ipxe_store_destroy(store);
    writer_close(&w);
}


/* A thread copies from the log that is removed meanwhile. */

static void
test_in_flight(void)
{
    char                path[4096];
    ipxe_rc_e           rc;
    writer_t            w;
    ipxe_store_t       *store;
    ipxe_store_copy_t  *c;

    strcpy(path, make("flight.db", "one"));
    store = ipxe_store_create(path, 0);
    ipxe_store_watch(store, tell, store);
    set_profile(path, "two");
    sees(store, "two", "a log");
    ipxe_store_rest(store);
    sql(path, ".once /dev/null\nPRAGMA wal_checkpoint;");
    sees(store, "two", "... that is in the file too");

    c = ipxe_store_copy_create(store);
    test_rc(ipxe_store_copy_step(c, &err), IPXE_AGAIN, "... being copied");
    run("rm '%s-wal' '%s-shm'", path, path);
    w = writer_open(path);
    writer_do(&w, "UPDATE host SET profile = 'three';");
    ipxe_store_look(store);
    sees(store, "code 4", "... removed and made again: it waits for the copy");
    test_like(err.text, "*as soon as its copy has ended*", "... in words");

    do {
        rc = ipxe_store_copy_step(c, &err);
    } while (rc == IPXE_AGAIN);

    test_rc(rc, IPXE_UNAVAILABLE, "... which ends at once");
    ipxe_store_copy_adopt(store, c);

    ipxe_store_look(store);
    sees_copy(store, "... and then it is read", "three", 0, NULL);
    writer_do(&w, "UPDATE host SET profile = 'one';");
    sees_copy(store, "... as is its next change", "one", 0, NULL);
    ipxe_store_destroy(store);
    writer_close(&w);
}


/* A link: the log is beside the file itself. */

static void
test_link(void)
{
    char           path[4096];
    writer_t       w;
    ipxe_store_t  *store;

    strcpy(path, make("real.db", "one"));
    run("mkdir -p '%s'; mv '%s' '%s/real.db'; ln -sf '%s/real.db' '%s'",
        test_path("real"), path, test_path("real"), test_path("real"), path);
    w = writer_open(path);
    writer_do(&w, "UPDATE host SET profile = 'two';");
    store = ipxe_store_create(path, 0);
    ipxe_store_watch(store, tell, store);
    keep = 1;
    sees_copy(store, "a link to a file with a log", "two", 0, NULL);
    sees_copy(store, "... again", "two", 0, NULL);
    writer_do(&w, "UPDATE host SET profile = 'three';");
    sees_copy(store, "... changed", "three", 0, NULL);
    ipxe_store_destroy(store);
    writer_close(&w);
    keep = 0;
}


static char  sweep_path[4096];


/* The whole life of a store, then the same store with memory again. */

static const char *
sweep(void)
{
    int            failed;
    ipxe_rc_e      rc;
    const char    *wrong;
    ipxe_store_t  *store;

    store = ipxe_store_create(sweep_path, 0);
    if (store == NULL) {
        return test_failed() ? NULL : "there is no store";
    }

    wrong = NULL;
    rc = begin(store);

    if (rc == IPXE_OK) {
        rc = ask(store, IPXE_QUERY_HOST + IPXE_MAC, "525400000001", 8);

        if (rc == IPXE_OK && strcmp(row[5], "one") != 0) {
            wrong = "another row is found";
        }

        if (rc == IPXE_OK) {
            rc = ask(store, IPXE_QUERY_PROFILES, NULL, 7);

            if (rc == IPXE_OK && rows != 6) {
                wrong = "not all rows are found";
            }
        }

        if (end(store) != IPXE_OK) {
            wrong = "it does not end";
        }
    }

    failed = test_failed();

    if (rc != IPXE_OK && (rc != IPXE_NOMEM || !failed)) {
        static char  text[1024];

        snprintf(text, sizeof(text), "the code is %d: %s", rc, err.text);
        wrong = text;
    }

    if (failed && wrong == NULL) {

        /* not this one: the sweep asks whether the N-th of all failed */

        if (strcmp(look(store), "one") != 0) {
            wrong = "the store does not recover";
        }
    }

    ipxe_store_destroy(store);

    return wrong;
}


static ipxe_store_t  *sweep_store;


static void
sweep_before(void)
{
    if (strcmp(look(sweep_store), "one") != 0) {
        test(0, "the database can be read");
    }
}


static const char *
sweep_again(void)
{
    ipxe_rc_e  rc;

    rc = begin(sweep_store);

    if (rc == IPXE_OK) {
        rc = ask(sweep_store, IPXE_QUERY_HOST + IPXE_MAC, "525400000001", 8);
        (void) end(sweep_store);
    }

    if (rc == IPXE_NOMEM) {
        return test_failed() ? NULL : "IPXE_NOMEM without a reason";
    }

    return rc == IPXE_OK && strcmp(row[5], "one") == 0
           ? NULL : "it is neither IPXE_NOMEM nor the right answer";
}


/* A copy that is not made is no harm, and one that is made is good. */

static const char *
sweep_copy(void)
{
    ipxe_rc_e           rc;
    const char         *wrong;
    ipxe_store_copy_t  *c;

    sql(sweep_path, "UPDATE host SET note = hex(randomblob(8));");

    if (strcmp(look(sweep_store), "one") != 0) {
        return test_failed() ? NULL : "the database cannot be read";
    }

    rc = copy(sweep_store);

    if (rc == IPXE_NOMEM) {
        wrong = test_failed() ? NULL : "IPXE_NOMEM without a reason";

    } else {
        wrong = rc == IPXE_OK ? NULL : err.text;
    }

    c = ipxe_store_copy_create(sweep_store);
    if (c) {
        ipxe_store_copy_adopt(sweep_store, c);
    }

    return wrong;
}


/* The database is another one, or another file, each time it is asked. */

static const char *
sweep_change(void)
{
    sql(sweep_path, "UPDATE host SET note = hex(randomblob(8));");

    return sweep_again();
}


/* In this process, since there are many; nothing is opened and closed. */

static const char *
sweep_replace(void)
{
    static unsigned  n;

    (void) unlink(test_path("sweep.db-wal"));
    (void) unlink(test_path("sweep.db-shm"));

    if (link(test_path(n++ % 2 ? "a.db" : "b.db"), test_path("new.db")) != 0
        || rename(test_path("new.db"), sweep_path) != 0)
    {
        return "the file cannot be replaced";
    }

    return sweep_again();
}


static void
test_sweeps(void)
{
    int   i;
    char  name[64];

    /* the tables alone: the rest of the schema takes long to read */

    strcpy(sweep_path, test_path("sweep.db"));
    sql(sweep_path,
        ".once /dev/null\nPRAGMA journal_mode = WAL;\n"
        "PRAGMA application_id = 1766873157;"
        "PRAGMA user_version = 1;"
        "CREATE TABLE host (name, mac, uuid, asset, serial, profile, install,"
        " token, note, mac_key, uuid_key, asset_key, serial_key);"
        "CREATE TABLE nic (mac, mac_key, host);"
        "CREATE TABLE var (host, profile, name, value);"
        "CREATE TABLE profile (name, parent, title, template, kernel, initrd,"
        " args);"
        "CREATE TABLE template (name, dialect, body);"
        "CREATE TABLE placeholder (key, hex);"
        "INSERT INTO profile (name) VALUES (1), (2), (3), (4), (5), (6);"
        "INSERT INTO host (name, mac_key, profile)"
        " VALUES ('web1', '525400000001', 'one');");

    for (i = 0; i < 2; i++) {
        run("cp '%s' '%s'", sweep_path, test_path(i ? "b.db" : "a.db"));
    }

    test_sweep(NULL, sweep, 100, "open, ask, close");

    for (i = 0; i < 3; i++) {
        keep = i > 0;

        sweep_store = ipxe_store_create(sweep_path, 0);
        ipxe_store_watch(sweep_store, i > 1 ? tell : NULL, sweep_store);

        snprintf(name, sizeof(name), "kept %d, watched %d: ", i > 0, i > 1);
        strcat(name, "ask again");
        test_sweep(sweep_before, sweep_again, i < 2, name);

        strcpy(strstr(name, ": "), ": changed");
        test_sweep(sweep_before, sweep_change, 1, name);

        ipxe_store_destroy(sweep_store);
    }

    keep = 0;
    sweep_store = ipxe_store_create(sweep_path, 0);
    test_sweep(NULL, sweep_copy, 100, "copied");
    ipxe_store_destroy(sweep_store);

    sweep_store = ipxe_store_create(sweep_path, 0);
    test_sweep(sweep_before, sweep_replace, 100, "replaced");
    ipxe_store_destroy(sweep_store);
}


int
main(void)
{
    unsigned  fds;

    test_sqlite();

    (void) test_path("");
    fds = test_descriptors();

    test_queries();
    test_stop();
    test_unusable();
    test_fifo();
    test_changes();
    test_replaced();
    test_kept();
    test_published();
    test_rights();
    test_paths();
    test_sizes();
    test_killed();
    test_destroyed();
    test_copied();
    test_apart();
    test_distrusted();
    test_left();
    test_lost();
    test_in_flight();
    test_link();

    test_sweeps();

    test(test_descriptors() == fds, "no descriptor is left");

    return test_done();
}
