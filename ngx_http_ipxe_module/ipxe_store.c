
/*
 * The store: hosts.db, read only.
 *
 * What is read comes from the file, or, when the file cannot be used, from a
 * copy of the state that was read last.  This part decides which, and when the
 * file has to be opened again.
 */


#include <errno.h>
#include <stdlib.h>

#include "ipxe_store_copy.h"
#include "ipxe_store_db.h"
#include "ipxe_store_file.h"
#include "ipxe_store_wal.h"


#define IPXE_STORE_TRIES          5     /* to open what is being replaced */
#define IPXE_STORE_RETRY          1000  /* ms before the same file is tried */
#define IPXE_STORE_RETRY_FRESH    20    /* ... that was written to just then */
#define IPXE_STORE_CALM           50    /* ms after a change */
#define IPXE_STORE_CALM_LONG      2000


/* A database begins with a header (sqlite.org/fileformat2.html). */

#define IPXE_FILE_HEADER          100


struct ipxe_store_s {
    const char           *path;
    char                 *target;       /* what path is a link to, or NULL */
    ipxe_store_db_t      *live;         /* the file */
    ipxe_store_db_t      *copy;         /* the last good state, or NULL */
    ipxe_store_db_t      *reading;      /* the one that is read now */

    ipxe_store_file_t     file;         /* what is open */
    ipxe_store_file_t     wal;          /* ... and its log, if there is one */
    ipxe_store_file_t     shm;          /* ... and the index of that */
    ipxe_store_wal_t      index;        /* ... when the file was as it is */
    unsigned char         begins[IPXE_FILE_HEADER];

    uint64_t              generation;   /* of the file */
    uint64_t              epoch;        /* ... between writes of others */
    ipxe_store_stamp_t    stamp;        /* of the state that was begun */
    ipxe_store_stamp_t    good;         /* of the last that could be used */
    uint64_t              good_generation;
    ipxe_store_stamp_t    copied;       /* of the copy */
    ipxe_store_copy_t    *copying;      /* the next one */
    int64_t               now;

    /* says what happened to the names of the files, or NULL */
    ipxe_store_tell_pt    tell;
    void                 *data;

    unsigned              published:1;
    unsigned              kept:1;       /* a state is kept open */
    unsigned              stale:1;      /* there may be a newer one */
    unsigned              look:1;       /* there may be another file */
    unsigned              relook:1;     /* ... the next time too */
    unsigned              wrote:1;      /* SQLite wrote a journal or a log */
    unsigned              changed:1;    /* other rows than its stamp says */
    unsigned              has_wal:1;    /* the log is known */
    unsigned              left_wal:1;   /* it is of a file that was replaced */
    unsigned              touched:1;    /* somebody wrote to the file */
    unsigned              doubt:1;      /* ... and it may not be SQLite */
    unsigned              outdated:1;   /* another file cannot be opened yet */
    unsigned              lost:1;       /* the log was removed */
    unsigned              damaged:1;    /* not SQLite wrote to the file */
    unsigned              replaced:1;   /* ... but all of it */
    unsigned              verified:1;   /* ... and the copy is of it */
    unsigned              bad_fresh:1;  /* what was bad may change unseen */

    /* what could not be used, when, and why */
    ipxe_store_file_t     bad;
    unsigned char         bad_header[IPXE_STORE_HEADER];
    int64_t               bad_since;
    int                   code;         /* SQLite's */
    int                   misses;       /* pages read from the file so far */
    ipxe_err_t            why;

    /* what there is to say about a state that can be read all the same */
    ipxe_err_t            note;
};


static int ipxe_store_is_torn(ipxe_store_t *store);
static ipxe_rc_e ipxe_store_find(ipxe_store_t *store, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_find_immutable(ipxe_store_t *store,
    const ipxe_store_file_t *file, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_judge(ipxe_store_t *store, int64_t version,
    ipxe_err_t *err);
static int ipxe_store_was_writer(ipxe_store_t *store);
static ipxe_rc_e ipxe_store_find_wal(ipxe_store_t *store,
    const ipxe_store_file_t *file, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_find_writer(ipxe_store_t *store,
    const ipxe_store_file_t *file, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_find_rollback(ipxe_store_t *store,
    const ipxe_store_file_t *file, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_find_log(ipxe_store_t *store, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_suspect(ipxe_store_t *store,
    const ipxe_store_file_t *file, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_reopen(ipxe_store_t *store,
    const ipxe_store_file_t *file, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_open(ipxe_store_t *store,
    const ipxe_store_file_t *file, ipxe_err_t *err);
static int ipxe_store_is_open(ipxe_store_t *store, ipxe_store_db_t *db,
    const ipxe_store_file_t *file);
static ipxe_rc_e ipxe_store_connect(ipxe_store_t *store,
    ipxe_store_db_t **db, int immutable, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_meet_wal(ipxe_store_t *store,
    const ipxe_store_file_t *file, ipxe_err_t *err);
static void ipxe_store_adopt_file(ipxe_store_t *store,
    const ipxe_store_file_t *file);
static ipxe_rc_e ipxe_store_read(ipxe_store_t *store, ipxe_err_t *err);
static ipxe_rc_e ipxe_store_read_copy(ipxe_store_t *store, ipxe_err_t *err);
static void ipxe_store_see_index(ipxe_store_t *store);
static int ipxe_store_is_bad(ipxe_store_t *store,
    const ipxe_store_file_t *file);
static void ipxe_store_set_bad(ipxe_store_t *store,
    const ipxe_store_file_t *file, const ipxe_err_t *err);
static const char *ipxe_store_name(const ipxe_store_t *store);
static int ipxe_store_stat(const ipxe_store_t *store, const char *suffix,
    ipxe_store_file_t *file);
static int ipxe_store_has_commits(const ipxe_store_t *store);
static void ipxe_store_see_log(ipxe_store_t *store);
static int ipxe_store_has_wal(const ipxe_store_t *store);
static int ipxe_store_has_left_wal(ipxe_store_t *store);
static void ipxe_store_close_copy(ipxe_store_t *store);


void
ipxe_store_init(void)
{
    /*
     * SQLite counts its memory under a lock, for statistics that nobody here
     * reads.
     */

    (void) sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}


ipxe_store_t *
ipxe_store_create(const char *path, int published)
{
    ipxe_store_t  *store;

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
    ipxe_store_db_close(store->live);
    ipxe_store_db_close(store->copy);
    free(store->target);
    free(store);
}


ipxe_rc_e
ipxe_store_begin(ipxe_store_t *store, int64_t now, ipxe_err_t *err)
{
    int        tries;
    ipxe_rc_e  rc = IPXE_AGAIN;

    store->now = now;
    store->code = 0;

    if (store->kept) {

        if (store->tell && !store->file.link && !store->look
            && ipxe_store_db_is_current(store->live, store->stamp.state))
        {
            store->live->steps = 0;

            if (store->note.len) {
                *err = store->note;
            }

            return IPXE_OK;
        }

        ipxe_store_rest(store);
    }

    store->doubt = 0;

    for (tries = 0; tries < IPXE_STORE_TRIES; tries++) {

        err->len = 0;
        store->outdated = 0;

        rc = ipxe_store_find(store, err);

        if (rc != IPXE_AGAIN && !store->outdated) {
            break;
        }
    }

    if (rc == IPXE_NOMEM || store->outdated) {
        return rc == IPXE_AGAIN ? IPXE_UNAVAILABLE : rc;
    }

    /* the new file is not usable, or there is none: read on in the old one */

    store->look = store->relook;
    store->relook = 0;
    store->stale = (rc != IPXE_OK);

    if (store->doubt && ipxe_store_read_copy(store, err) == IPXE_OK) {
        store->stale = 0;
        return IPXE_OK;
    }

    if (store->live && !store->live->broken) {
        rc = ipxe_store_read(store, err);
    }

    if (rc == IPXE_UNAVAILABLE) {
        rc = ipxe_store_read_copy(store, err);
    }

    /* what is not as it should be stays so while the state is kept */

    store->note.len = 0;

    if (err->len) {
        store->note = *err;
    }

    return rc;
}


ipxe_rc_e
ipxe_store_end(ipxe_store_t *store)
{
    ipxe_rc_e          rc;
    ipxe_store_db_t   *db;
    ipxe_store_file_t  file;

    db = store->reading;
    rc = IPXE_OK;

    if (db == store->live && !db->broken && ipxe_store_is_torn(store)) {
        store->look = 1;
        rc = IPXE_AGAIN;
    }

    store->kept = (db == store->live && db->index && !db->broken
                   && rc == IPXE_OK);

    if (!store->kept) {
        ipxe_store_db_leave(db);

        if (db->immutable
            && ipxe_store_file_stat(store->path, "", &file) == 0
            && ipxe_store_file_is(&file, &store->file)
            && !ipxe_store_file_same(&file, &store->file))
        {
            db->broken = 1;
            rc = IPXE_AGAIN;
        }
    }

    if (db->broken && db == store->copy) {
        ipxe_store_close_copy(store);

    } else if (!db->broken && db == store->live && rc == IPXE_OK) {
        store->good = store->stamp;
        store->good_generation = store->generation;
    }

    if (!store->kept) {
        store->reading = NULL;
    }

    return rc;
}


/*
 * Whether others than SQLite wrote to the file while it was read.  What was in
 * memory already is whole.
 */

static int
ipxe_store_is_torn(ipxe_store_t *store)
{
    int                misses, most;
    ipxe_store_db_t   *live;
    ipxe_store_file_t  file;

    live = store->live;

    if (live->immutable
        || sqlite3_db_status(live->sqlite, SQLITE_DBSTATUS_CACHE_MISS, &misses,
                             &most, 0)
           != SQLITE_OK
        || misses == store->misses)
    {
        return 0;
    }

    store->misses = misses;

    if (ipxe_store_file_stat(store->path, "", &file) != 0
        || !ipxe_store_file_is(&file, &store->file)
        || ipxe_store_file_holds_same(&file, &store->file))
    {
        return 0;
    }

    /* in rollback mode SQLite does not write while somebody reads */

    return live->index == NULL
           || ipxe_store_wal_wrote(live, ipxe_store_name(store),
                                   &store->index)
              == IPXE_DECLINED;
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
        store->reading = NULL;
        ipxe_store_db_leave(store->live);
    }
}


int
ipxe_store_is_stale(ipxe_store_t *store)
{
    return store->stale;
}


int
ipxe_store_is_busy(ipxe_store_t *store)
{
    return ipxe_store_db_is_busy(store->code);
}


void
ipxe_store_distrust(ipxe_store_t *store, const ipxe_err_t *err)
{
    ipxe_store_file_t  file;

    if (store->reading == NULL) {
        return;
    }

    store->reading->broken = 1;

    if (store->reading != store->live) {
        return;
    }

    if (ipxe_store_file_stat(store->path, "", &file) == 0) {
        ipxe_store_set_bad(store, &file, err);
    }
}


void
ipxe_store_watch(ipxe_store_t *store, ipxe_store_tell_pt tell, void *data)
{
    store->tell = tell;
    store->data = data;
}


void
ipxe_store_wrote(ipxe_store_t *store)
{
    store->wrote = 1;
}


void
ipxe_store_look(ipxe_store_t *store)
{
    store->look = 1;
}


uint64_t
ipxe_store_generation(ipxe_store_t *store)
{
    return store->reading && store->reading == store->copy
           ? store->good_generation : store->generation;
}


ipxe_rc_e
ipxe_store_query(ipxe_store_t *store, unsigned query, ipxe_str_t key,
    ipxe_row_pt row, void *data, ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    rc = ipxe_store_db_query(store->reading, query, key, row, data, err);

    if (rc == IPXE_UNAVAILABLE && store->reading->broken) {
        ipxe_store_distrust(store, err);
    }

    return rc;
}


/*
 * Opens the file if it is not open, or another one than is open, and sees to
 * what happened to it.  Returns IPXE_OK when what is live is the file.
 */

static ipxe_rc_e
ipxe_store_find(ipxe_store_t *store, ipxe_err_t *err)
{
    ipxe_store_db_t    *live;
    ipxe_store_file_t   file;

    if (ipxe_store_file_stat(store->path, "", &file) != 0) {
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: %s: %s",
                        store->path, strerror(errno),
                        errno == EACCES ? ipxe_store_db_advice(SQLITE_CANTOPEN)
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

    if (file.link || store->target) {
        free(store->target);
        store->target = file.link ? realpath(store->path, NULL) : NULL;
    }

    live = store->live;

    if (live == NULL || !ipxe_store_file_is(&file, &store->file)) {
        return ipxe_store_open(store, &file, err);
    }

    if (live->immutable) {
        return ipxe_store_find_immutable(store, &file, err);
    }

    return live->index ? ipxe_store_find_wal(store, &file, err)
                       : ipxe_store_find_rollback(store, &file, err);
}


static ipxe_rc_e
ipxe_store_find_immutable(ipxe_store_t *store, const ipxe_store_file_t *file,
    ipxe_err_t *err)
{
    if (store->published) {

        return store->live->broken || !ipxe_store_file_same(file, &store->file)
               ? ipxe_store_open(store, file, err) : IPXE_OK;
    }

    if (!ipxe_store_has_wal(store) && !store->damaged && !store->live->broken
        && ipxe_store_file_holds_same(file, &store->file))
    {
        ipxe_store_adopt_file(store, file);
        return IPXE_OK;
    }

    if (ipxe_store_has_wal(store) || ipxe_store_was_writer(store)) {
        store->damaged = 0;
        return ipxe_store_open(store, file, err);
    }

    return store->live->broken && !store->damaged
           ? ipxe_store_open(store, file, err)
           : ipxe_store_suspect(store, file, err);
}


/*
 * In rollback mode SQLite sees by a counter in the file whether its pages are
 * still what the file has; it cannot see what others than SQLite wrote.
 */

static ipxe_rc_e
ipxe_store_find_rollback(ipxe_store_t *store, const ipxe_store_file_t *file,
    ipxe_err_t *err)
{
    if (store->live->broken) {
        return ipxe_store_open(store, file, err);
    }

    if (!ipxe_store_file_holds_same(file, &store->file)) {
        store->touched = 1;
    }

    if (store->touched || ipxe_store_file_age(file) < IPXE_STORE_TICK) {
        (void) sqlite3_db_release_memory(store->live->sqlite);
    }

    ipxe_store_adopt_file(store, file);

    return IPXE_OK;
}


/*
 * Whether what is begun can be read: in rollback mode a commit changes the
 * counter, and writes a journal before.
 */

static ipxe_rc_e
ipxe_store_judge(ipxe_store_t *store, int64_t version, ipxe_err_t *err)
{
    ipxe_store_db_t  *live;

    live = store->live;

    if (live->index || live->immutable) {
        return IPXE_OK;
    }

    if (version == live->data_version && !store->touched && !store->damaged) {

        /* who begins to write now touches the journal again at the end */

        store->wrote = 0;
        return IPXE_OK;
    }

    if (ipxe_store_was_writer(store)) {
        store->epoch += (version == live->data_version);
        store->damaged = 0;
        store->touched = 0;
        store->changed = 1;
        return IPXE_OK;
    }

    live->data_version = version;

    return ipxe_store_suspect(store, &store->file, err);
}


/*
 * Whether SQLite wrote a journal or a log since this was asked last; it is
 * taken for granted when nobody watches them.
 */

static int
ipxe_store_was_writer(ipxe_store_t *store)
{
    int  wrote;

    if (store->tell == NULL || store->file.link) {
        return 1;
    }

    store->tell(store->data);

    wrote = store->wrote || store->tell == NULL;
    store->wrote = 0;

    return wrote;
}


static ipxe_rc_e
ipxe_store_find_wal(ipxe_store_t *store, const ipxe_store_file_t *file,
    ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    if (store->look || store->tell == NULL || store->file.link || store->lost
        || store->damaged)
    {
        rc = ipxe_store_find_log(store, err);

        if (rc != IPXE_OK) {
            return rc == IPXE_AGAIN ? ipxe_store_reopen(store, file, err) : rc;
        }
    }

    if (store->damaged) {

        if (ipxe_store_db_is_current(store->live, store->bad_header)) {
            return ipxe_store_suspect(store, file, err);
        }

        /* SQLite wrote to it, whatever it is */

        store->damaged = 0;

        return ipxe_store_reopen(store, file, err);
    }

    if (store->live->broken) {

        if (!ipxe_store_is_bad(store, file)) {
            return ipxe_store_reopen(store, file, err);
        }

        *err = store->why;
        return IPXE_UNAVAILABLE;
    }

    return ipxe_store_file_holds_same(file, &store->file)
           ? IPXE_OK : ipxe_store_find_writer(store, file, err);
}


/* Who wrote to the file: a checkpoint, or somebody who must not. */

static ipxe_rc_e
ipxe_store_find_writer(ipxe_store_t *store, const ipxe_store_file_t *file,
    ipxe_err_t *err)
{
    switch (ipxe_store_wal_wrote(store->live, ipxe_store_name(store),
                                 &store->index)) {

    case IPXE_OK:
        ipxe_store_adopt_file(store, file);
        return IPXE_OK;

    case IPXE_DECLINED:
        return ipxe_store_suspect(store, file, err);

    case IPXE_INVALID:

        if (!ipxe_store_has_wal(store)) {
            return ipxe_store_reopen(store, file, err);
        }

        ipxe_store_adopt_file(store, file);
        return IPXE_OK;

    case IPXE_NOMEM:
        return IPXE_NOMEM;

    default:

        /*
         * It is looked at again when the checkpoint has ended, if it is one.
         * Until then the copy is as good, if there was no commit since.
         */

        if (ipxe_store_file_age(file) >= IPXE_STORE_CALM_LONG) {
            return ipxe_store_suspect(store, file, err);
        }

        store->doubt = store->copy
                       && ipxe_store_db_is_current(store->live,
                                                   store->copied.state);

        return IPXE_OK;
    }
}


/*
 * Whether the log and its index are those that others use.  When somebody
 * removed them they are still here; what is in the log and not in the file is
 * in nothing else, and is read until a writer has made another log.
 */

static ipxe_rc_e
ipxe_store_find_log(ipxe_store_t *store, ipxe_err_t *err)
{
    ipxe_store_wal_t   index;
    ipxe_store_file_t  wal, shm;

    if (ipxe_store_stat(store, "-wal", &wal) != 0) {

        ipxe_store_wal_see(&index, store->live->index);

        if (index.frames == index.written && store->copying
            && !store->damaged)
        {
            /* all is in the file: it is opened again after the copy */

            store->copying->stop = 1;
            store->relook = 1;

            return IPXE_OK;
        }

        if (index.frames == index.written || store->damaged) {
            return IPXE_AGAIN;
        }

        store->lost = 1;

        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s-wal\" was removed while "
                        "it held changes that are not in \"%s\" yet: put a "
                        "good copy in its place with mv, or make these changes "
                        "again", store->path, store->path);
    }

    return ipxe_store_file_is(&wal, &store->wal)
           && ipxe_store_stat(store, "-shm", &shm) == 0
           && ipxe_store_file_is(&shm, &store->shm)
           ? IPXE_OK : IPXE_AGAIN;
}


/*
 * The file was written to, and not by SQLite.  Part of it may be old, and more
 * may be written yet: it is not read until nothing has happened to it for a
 * while and all of it was found good, or until SQLite writes to it.  Another
 * file that was copied over it begins in another way, and its log is not the
 * one that is there.
 */

static ipxe_rc_e
ipxe_store_suspect(ipxe_store_t *store, const ipxe_store_file_t *file,
    ipxe_err_t *err)
{
    unsigned char      begins[IPXE_FILE_HEADER];
    ipxe_store_db_t   *live;
    ipxe_store_file_t  wal;

    live = store->live;

    if (store->damaged && ipxe_store_file_holds_same(file, &store->bad)) {
        *err = store->why;
        return IPXE_UNAVAILABLE;
    }

    (void) ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: it was "
                    "written to by another program than SQLite: it is used "
                    "again when all of it is good and nothing has changed for "
                    "two seconds; replace it with mv and not with cp",
                    store->path);

    store->damaged = 1;
    store->epoch++;
    ipxe_store_set_bad(store, file, err);

    if (live->index || live->immutable) {
        live->broken = 1;
    }

    if (live->index) {
        store->replaced =
            (ipxe_store_stat(store, "-wal", &wal) == 0
             && wal.size > 0
             && ipxe_store_db_bytes(live, begins, sizeof(begins), 0) == 0
             && memcmp(begins, store->begins, sizeof(begins)) != 0);
    }

    return IPXE_UNAVAILABLE;
}


/*
 * Opens the file that is open anew.  It has to be closed first: SQLite has one
 * index of the log for all connections of a process to one file.
 */

static ipxe_rc_e
ipxe_store_reopen(ipxe_store_t *store, const ipxe_store_file_t *file,
    ipxe_err_t *err)
{
    if (store->copying) {

        /* ... and so it is with the connection that a thread copies from */

        store->copying->stop = 1;
        store->outdated = 1;

        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: it is "
                        "opened again as soon as its copy has ended",
                        store->path);
    }

    store->epoch += !store->verified;
    store->verified = 0;

    ipxe_store_db_close(store->live);
    store->live = NULL;
    store->has_wal = 0;

    memset(&store->bad, 0, sizeof(ipxe_store_file_t));

    return ipxe_store_open(store, file, err);
}


/* Opens FILE beside what is open, and changes over when it is good. */

static ipxe_rc_e
ipxe_store_open(ipxe_store_t *store, const ipxe_store_file_t *file,
    ipxe_err_t *err)
{
    int               again, left_wal;
    ipxe_rc_e         rc;
    ipxe_store_db_t  *db;

    left_wal = store->left_wal;

    if (ipxe_store_is_bad(store, file)) {
        *err = store->why;
        return IPXE_UNAVAILABLE;
    }

    rc = ipxe_store_meet_wal(store, file, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_store_connect(store, &db, store->published || store->left_wal,
                            err);

    if (rc != IPXE_OK) {
        store->left_wal = left_wal;

        /*
         * Who is busy now may be done in a moment: another worker, which makes
         * the index of the log, in less than one.
         */

        if (rc == IPXE_UNAVAILABLE && !ipxe_store_db_is_busy(store->code)) {
            ipxe_store_set_bad(store, file, err);

        } else if (rc == IPXE_UNAVAILABLE) {
            store->outdated = !ipxe_store_file_is(file, &store->file);
        }

        return rc;
    }

    if (!ipxe_store_is_open(store, db, file)) {
        ipxe_store_db_close(db);
        store->left_wal = left_wal;
        store->outdated = 1;

        return ipxe_err(err, IPXE_AGAIN, "\"%s\" was replaced while it was "
                        "opened", store->path);
    }

    memset(&store->bad, 0, sizeof(ipxe_store_file_t));

    ipxe_store_db_close(store->live);

    store->live = db;

    again = ipxe_store_file_is(file, &store->file)
            && (store->damaged
                || (store->lost && !ipxe_store_has_commits(store)));

    store->generation++;
    store->changed = 1;
    store->touched = 0;
    store->wrote = 0;
    store->lost = 0;
    store->damaged = 0;
    store->replaced = 0;

    ipxe_store_see_log(store);
    ipxe_store_adopt_file(store, file);

    return again ? ipxe_store_suspect(store, file, err) : IPXE_OK;
}


/*
 * Whether a log that was made anew has a commit: if not, the file is older than
 * what was read of the log before.
 */

static int
ipxe_store_has_commits(const ipxe_store_t *store)
{
    ipxe_store_wal_t  index;

    if (store->live->index == NULL) {
        return 0;
    }

    ipxe_store_wal_see(&index, store->live->index);

    return index.frames > 0;
}


/* Remembers which files are the log and its index. */

static void
ipxe_store_see_log(ipxe_store_t *store)
{
    if (!store->live->immutable) {
        store->has_wal = (ipxe_store_stat(store, "-wal", &store->wal) == 0);
        (void) ipxe_store_stat(store, "-shm", &store->shm);
    }
}


/*
 * Whether FILE is what DB has open: it may have been replaced meanwhile, and
 * the number of one that is gone comes again.
 */

static int
ipxe_store_is_open(ipxe_store_t *store, ipxe_store_db_t *db,
    const ipxe_store_file_t *file)
{
    ipxe_store_file_t  now;

    return ipxe_store_file_stat(store->path, "", &now) == 0
           && ipxe_store_file_is(&now, file)
           && (db->immutable ? ipxe_store_file_same(&now, file)
                             : !ipxe_store_db_has_moved(db));
}


static ipxe_rc_e
ipxe_store_connect(ipxe_store_t *store, ipxe_store_db_t **db, int immutable,
    ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    rc = ipxe_store_db_open(db, store->path, immutable, &store->code, err);

    if (rc == IPXE_UNAVAILABLE && store->code == IPXE_STORE_NO_FILES
        && store->live)
    {
        /* what is open now is not the file any more */

        ipxe_store_db_close(store->live);
        store->live = NULL;

        rc = ipxe_store_db_open(db, store->path, immutable, &store->code, err);
    }

    if (rc != IPXE_UNAVAILABLE || immutable) {
        return rc;
    }

    switch (store->code & 0xff) {

    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_FULL:

        /*
         * A WAL database at rest where this process cannot make the files that
         * WAL needs.  Nobody writes to it now, so that it can be read as it is
         * until it changes.
         */

        if (store->code != SQLITE_READONLY_ROLLBACK
            && !ipxe_store_has_wal(store))
        {
            rc = ipxe_store_db_open(db, store->path, 1, &store->code, err);
        }
    }

    if (rc == IPXE_OK) {

        /* what the first try said is not so any more */

        err->len = 0;
    }

    return rc;
}


/*
 * A file that is moved over a WAL database does not take the log of the old
 * one away, and SQLite would read that log into the new file.  A store that
 * had the old file open knows the log; else its time has to tell.
 */

static ipxe_rc_e
ipxe_store_meet_wal(ipxe_store_t *store, const ipxe_store_file_t *file,
    ipxe_err_t *err)
{
    ipxe_store_file_t  wal;

    if (store->left_wal || store->has_wal) {

        if (ipxe_store_stat(store, "-wal", &wal) == 0
            && ipxe_store_file_is(&wal, &store->wal))
        {
            if (!ipxe_store_file_is(file, &store->file)) {
                store->left_wal = 1;
            }

            if (store->left_wal) {
                return IPXE_OK;
            }
        }

        store->left_wal = 0;
        store->has_wal = 0;
    }

    if (store->published
        || !ipxe_store_file_is_strange(ipxe_store_name(store), file))
    {
        return IPXE_OK;
    }

    return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: it was "
                    "moved here, or its rights were changed, after "
                    "\"%s-wal\" was written: remove \"%s-wal\" and \"%s-shm\" "
                    "if they are of a file that it replaced, or else open it "
                    "once with sqlite3 and commit a change", store->path,
                    store->path, store->path, store->path);
}


/* Remembers how the file is, so that it is seen when it is not as it was. */

static void
ipxe_store_adopt_file(ipxe_store_t *store, const ipxe_store_file_t *file)
{
    store->file = *file;

    if (store->live->index) {
        ipxe_store_wal_see(&store->index, store->live->index);
        (void) ipxe_store_db_bytes(store->live, store->begins,
                                   sizeof(store->begins), 0);
    }
}


/* Begins a read transaction, and sees whether there was a change. */

static ipxe_rc_e
ipxe_store_read(ipxe_store_t *store, ipxe_err_t *err)
{
    int64_t           version = 0;
    ipxe_rc_e         rc;
    ipxe_store_db_t  *live;

    live = store->live;

    rc = ipxe_store_db_begin(live, store->stamp.state, &version, err);

    if (rc == IPXE_OK && ipxe_store_judge(store, version, err) != IPXE_OK) {
        ipxe_store_db_leave(live);
        return IPXE_UNAVAILABLE;
    }

    if (rc == IPXE_OK && (version != live->data_version || store->changed)) {
        live->data_version = version;
        store->generation++;

        if (live->index == NULL) {
            ipxe_store_db_map(live);

            if (live->index) {
                ipxe_store_see_log(store);
                ipxe_store_adopt_file(store, &store->file);
            }
        }

        rc = ipxe_store_db_check(live, err);
        store->changed = 0;

        ipxe_store_see_index(store);

        ipxe_store_db_stamp(live, &store->stamp, &store->file);

        if (rc != IPXE_OK) {
            ipxe_store_db_leave(live);
        }
    }

    if (rc != IPXE_OK) {
        store->code = live->code;

        if (live->broken) {
            ipxe_store_set_bad(store, &store->file, err);
        }

        return rc;
    }

    /* a commit while reading began: nobody knows which of the two is read */

    store->stamp.ino = live->index
                       && !ipxe_store_db_is_current(live, store->stamp.state)
                       ? 0 : store->file.ino;

    store->stamp.epoch = store->epoch;
    store->reading = live;

    if (err->len == 0 && ipxe_store_has_left_wal(store)) {
        (void) ipxe_err(err, rc, "\"%s\" was replaced and \"%s-wal\" of the "
                        "old file is still there: remove it and \"%s-shm\" "
                        "before anything writes", store->path, store->path,
                        store->path);
    }

    return rc;
}


/*
 * The file cannot be used now.  The copy can if it is of the state that was
 * read last, and the fault is the file's.  While a writer has the file locked,
 * or left it to be repaired, the counter in it tells whether that is the state
 * of the last commit, unless others than SQLite wrote to it.
 */

static ipxe_rc_e
ipxe_store_read_copy(ipxe_store_t *store, ipxe_err_t *err)
{
    ipxe_rc_e      rc;
    unsigned char  counter[IPXE_STORE_COUNTER_LEN];

    if (store->copy == NULL || store->code == IPXE_STORE_NO_FILES
        || memcmp(&store->copied, &store->good, sizeof(ipxe_store_stamp_t))
           != 0)
    {
        return IPXE_UNAVAILABLE;
    }

    store->stale = 1;

    if (store->live && ipxe_store_db_is_busy(store->code) && !store->damaged) {

        if (ipxe_store_db_bytes(store->live, counter, IPXE_STORE_COUNTER_LEN,
                                IPXE_STORE_COUNTER)
            == 0
            && memcmp(counter, store->copied.state, IPXE_STORE_COUNTER_LEN)
               == 0)
        {
            store->stale = 0;
        }

        if ((store->code & 0xff) == SQLITE_BUSY) {

            if (store->stale) {

                /* so it is in WAL mode too, where it is for a moment */

                return IPXE_UNAVAILABLE;
            }

            err->len = 0;
        }
    }

    store->copy->steps = 0;

    rc = ipxe_store_db_number(store->copy, IPXE_STMT_BEGIN, NULL, NULL);
    if (rc != IPXE_OK) {
        return rc;
    }

    store->reading = store->copy;

    return IPXE_OK;
}


/*
 * Remembers how the log is while the file is as it was: what is in the log by
 * then was not written to the file.
 */

static void
ipxe_store_see_index(ipxe_store_t *store)
{
    ipxe_store_wal_t   index;
    ipxe_store_file_t  file;

    if (store->live->index) {

        ipxe_store_wal_see(&index, store->live->index);

        if (ipxe_store_file_stat(store->path, "", &file) == 0
            && ipxe_store_file_holds_same(&file, &store->file))
        {
            store->index = index;
        }
    }
}


/* Whether FILE was tried, is as it was then, and that was not long ago. */

static int
ipxe_store_is_bad(ipxe_store_t *store, const ipxe_store_file_t *file)
{
    if (!ipxe_store_file_same(file, &store->bad)
        || store->now - store->bad_since
           >= (store->bad_fresh ? IPXE_STORE_RETRY_FRESH : IPXE_STORE_RETRY))
    {
        return 0;
    }

    return store->live == NULL || store->live->index == NULL
           || !ipxe_store_file_is(file, &store->file)
           || memcmp(store->live->index, store->bad_header, IPXE_STORE_HEADER)
              == 0;
}


static void
ipxe_store_set_bad(ipxe_store_t *store, const ipxe_store_file_t *file,
    const ipxe_err_t *err)
{
    store->bad = *file;
    store->bad_since = store->now;
    store->why = *err;

    if (store->live && store->live->index) {
        memcpy(store->bad_header, store->live->index, IPXE_STORE_HEADER);
    }

    store->bad_fresh = ipxe_store_file_age(file) < IPXE_STORE_TICK;
}


/* SQLite has the log beside the file itself, not beside a link to it. */

static const char *
ipxe_store_name(const ipxe_store_t *store)
{
    return store->target ? store->target : store->path;
}


static int
ipxe_store_stat(const ipxe_store_t *store, const char *suffix,
    ipxe_store_file_t *file)
{
    return ipxe_store_file_stat(ipxe_store_name(store), suffix, file);
}


/* Whether there is a log that holds something and belongs to the file. */

static int
ipxe_store_has_wal(const ipxe_store_t *store)
{
    ipxe_store_file_t  wal;

    return ipxe_store_stat(store, "-wal", &wal) == 0 && wal.size > 0
           && !(store->left_wal && ipxe_store_file_is(&wal, &store->wal));
}


/* Whether the log of the file that was replaced is still there. */

static int
ipxe_store_has_left_wal(ipxe_store_t *store)
{
    ipxe_store_file_t  wal;

    if (!store->left_wal) {
        return 0;
    }

    if (ipxe_store_stat(store, "-wal", &wal) != 0
        || !ipxe_store_file_is(&wal, &store->wal))
    {
        store->left_wal = 0;
        return 0;
    }

    return wal.size > 0;
}


static void
ipxe_store_close_copy(ipxe_store_t *store)
{
    ipxe_store_db_close(store->copy);
    store->copy = NULL;
    memset(&store->copied, 0, sizeof(ipxe_store_stamp_t));
}


unsigned
ipxe_store_calm(ipxe_store_t *store)
{
    return store->live && !store->damaged
           && (store->live->index || store->live->immutable)
           ? IPXE_STORE_CALM : IPXE_STORE_CALM_LONG;
}


int
ipxe_store_is_calm(ipxe_store_t *store)
{
    return !store->damaged
           || ipxe_store_file_age(&store->bad) >= IPXE_STORE_CALM_LONG;
}


int
ipxe_store_wants_copy(ipxe_store_t *store)
{
    if (store->published || store->live == NULL) {
        return 0;
    }

    return store->damaged
           || (!store->live->broken && store->good.ino
               && memcmp(&store->copied, &store->good,
                         sizeof(ipxe_store_stamp_t))
                  != 0);
}


ipxe_store_copy_t *
ipxe_store_copy_create(ipxe_store_t *store)
{
    ipxe_store_copy_t  *copy;

    copy = calloc(1, sizeof(ipxe_store_copy_t));
    if (copy == NULL) {
        return NULL;
    }

    store->copying = copy;

    copy->path = store->path;
    copy->stamp.epoch = store->epoch;
    copy->immutable = store->live->immutable || store->replaced;

    return copy;
}


void
ipxe_store_copy_adopt(ipxe_store_t *store, ipxe_store_copy_t *copy)
{
    int                better;
    ipxe_store_file_t  file;

    store->copying = NULL;

    if (!copy->done) {
        ipxe_store_copy_destroy(copy);
        return;
    }

    better = store->copy == NULL
             || memcmp(&store->copied, &store->good,
                       sizeof(ipxe_store_stamp_t))
                != 0;

    if (store->damaged && store->live
        && ipxe_store_file_stat(store->path, "", &file) == 0
        && ipxe_store_file_holds_same(&file, &copy->file))
    {
        /* all of it was read, and nothing in it is wrong */

        better = 1;
        store->damaged = 0;
        store->verified = 1;
        store->live->broken = 1;
        store->left_wal = store->left_wal || store->replaced;
        memset(&store->bad, 0, sizeof(ipxe_store_file_t));
        (void) ipxe_store_stat(store, "-wal", &store->wal);
    }

    if (better) {
        ipxe_store_db_close(store->copy);
        store->copy = copy->to;
        store->copied = copy->stamp;
        copy->to = NULL;
    }

    ipxe_store_copy_destroy(copy);
}
