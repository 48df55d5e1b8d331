
/*
 * A copy of one state of the database.
 */


#include <stdlib.h>

#include "ipxe_store_copy.h"


#define IPXE_STORE_PAGES           1000 /* in one step */
#define IPXE_STORE_PAGES_ROLLBACK  100  /* while nobody can write */


static int ipxe_store_copy_is_rollback(const ipxe_store_copy_t *copy);
static ipxe_rc_e ipxe_store_copy_begin(ipxe_store_copy_t *copy,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_store_copy_check(ipxe_store_copy_t *copy,
    ipxe_err_t *err);
static int ipxe_store_copy_progress(void *data);
static int ipxe_store_copy_row(void *data, int argc, char **argv,
    char **column);


void
ipxe_store_copy_destroy(ipxe_store_copy_t *copy)
{
    (void) sqlite3_backup_finish(copy->backup);
    ipxe_store_db_close(copy->from);
    ipxe_store_db_close(copy->to);
    free(copy);
}


ipxe_rc_e
ipxe_store_copy_step(ipxe_store_copy_t *copy, ipxe_err_t *err)
{
    ipxe_store_stamp_t  stamp;

    if (copy->stop) {
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" is opened again",
                        copy->path);
    }

    if (copy->backup == NULL) {
        return ipxe_store_copy_begin(copy, err);
    }

    switch (sqlite3_backup_step(copy->backup,
                                ipxe_store_copy_is_rollback(copy)
                                ? IPXE_STORE_PAGES_ROLLBACK : IPXE_STORE_PAGES))
    {
    case SQLITE_OK:
        return IPXE_AGAIN;

    case SQLITE_DONE:
        break;

    default:

        /* says what was wrong */

        (void) sqlite3_backup_finish(copy->backup);
        copy->backup = NULL;

        return ipxe_store_db_error(copy->to, err);
    }

    (void) sqlite3_backup_finish(copy->backup);
    copy->backup = NULL;

    if (ipxe_store_copy_is_rollback(copy)) {

        /* when there was a change SQLite began again with the new state */

        stamp = copy->stamp;
        (void) ipxe_store_db_bytes(copy->from, stamp.state,
                                   IPXE_STORE_COUNTER_LEN, IPXE_STORE_COUNTER);

        if (memcmp(&stamp, &copy->stamp, sizeof(ipxe_store_stamp_t)) != 0) {
            return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" changes",
                            copy->path);
        }
    }

    ipxe_store_db_close(copy->from);
    copy->from = NULL;

    return ipxe_store_copy_check(copy, err);
}


static int
ipxe_store_copy_is_rollback(const ipxe_store_copy_t *copy)
{
    return copy->from->index == NULL && !copy->immutable;
}


/* All of the copy is of the state that is begun here. */

static ipxe_rc_e
ipxe_store_copy_begin(ipxe_store_copy_t *copy, ipxe_err_t *err)
{
    int                code;
    int64_t            version;
    ipxe_rc_e          rc;
    ipxe_store_file_t  again;

    if (ipxe_store_file_stat(copy->path, "", &copy->file) != 0) {
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" is gone", copy->path);
    }

    rc = ipxe_store_db_open(&copy->from, copy->path, copy->immutable, &code,
                            err);
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_store_db_begin(copy->from, copy->stamp.state, &version, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    ipxe_store_db_stamp(copy->from, &copy->stamp, &copy->file);

    if ((copy->from->index
         && !ipxe_store_db_is_current(copy->from, copy->stamp.state))
        || ipxe_store_file_stat(copy->path, "", &again) != 0
        || !ipxe_store_file_is(&copy->file, &again)
        || (copy->immutable && !ipxe_store_file_same(&copy->file, &again)))
    {
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" changes", copy->path);
    }

    if (ipxe_store_copy_is_rollback(copy)) {
        ipxe_store_db_leave(copy->from);
    }

    /* a database without a name is SQLite's own, and goes when it is closed */

    rc = ipxe_store_db_connect(&copy->to, copy->path, "",
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    (void) sqlite3_exec(copy->to->sqlite, "PRAGMA journal_mode = OFF", NULL,
                        NULL, NULL);

    copy->backup = sqlite3_backup_init(copy->to->sqlite, "main",
                                       copy->from->sqlite, "main");

    return copy->backup ? IPXE_AGAIN : ipxe_store_db_error(copy->to, err);
}


/* What is damaged inside shows only when all of it is read. */

static ipxe_rc_e
ipxe_store_copy_check(ipxe_store_copy_t *copy, ipxe_err_t *err)
{
    int        ok = 0;
    ipxe_rc_e  rc;

    sqlite3_progress_handler(copy->to->sqlite, 1000, ipxe_store_copy_progress,
                             copy);

    if (sqlite3_exec(copy->to->sqlite, "PRAGMA quick_check(1)",
                     ipxe_store_copy_row, &ok, NULL)
        != SQLITE_OK)
    {
        return ipxe_store_db_error(copy->to, err);
    }

    if (!ok) {
        return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be used: it is "
                        "damaged: %s", copy->path,
                        ipxe_store_db_advice(SQLITE_CORRUPT));
    }

    rc = ipxe_store_db_prepare(copy->to, err);

    if (rc == IPXE_OK) {
        ipxe_store_db_limit(copy->to);
        copy->done = 1;
    }

    return rc;
}


static int
ipxe_store_copy_progress(void *data)
{
    ipxe_store_copy_t *copy = data;

    return copy->stop;
}


static int
ipxe_store_copy_row(void *data, int argc, char **argv, char **column)
{
    int *ok = data;

    (void) column;

    *ok = argc == 1 && argv[0] && strcmp(argv[0], "ok") == 0;

    return 0;
}
