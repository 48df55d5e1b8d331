
/*
 * A connection to a database of hosts: its statements, and what SQLite says.
 * Only for the parts of the store.
 */


#ifndef _IPXE_STORE_DB_H_INCLUDED_
#define _IPXE_STORE_DB_H_INCLUDED_


#include <sqlite3.h>

#include "ipxe.h"
#include "ipxe_store.h"
#include "ipxe_store_file.h"
#include "ipxe_store_key.h"


#pragma GCC visibility push(hidden)


/*
 * The WAL-index begins with a header of 48 bytes that every commit changes
 * (wal.c: WalIndexHdr); SQLite itself sees by it that there was one.
 */

#define IPXE_STORE_HEADER  48


enum {
    IPXE_STMT_BEGIN = IPXE_QUERIES,
    IPXE_STMT_END,
    IPXE_STMT_DATA_VERSION,
    IPXE_STMT_APPLICATION_ID,
    IPXE_STMT_USER_VERSION,
    IPXE_STMTS
};


typedef struct {
    const char           *path;         /* as sentences name it */
    sqlite3              *sqlite;
    sqlite3_stmt         *stmt[IPXE_STMTS];
    ipxe_store_key_t     *key;          /* of the lookups, owned by sqlite */
    const unsigned char  *index;        /* the WAL-index, or NULL */
    int64_t               data_version;
    unsigned              steps;
    int                   code;         /* of SQLite's, of the last failure */
    unsigned              immutable:1;  /* read without locks */
    unsigned              broken:1;     /* what it holds cannot be used */
} ipxe_store_db_t;


/*
 * Which state of which file was read.  Two states that are told apart by
 * SQLite itself have other stamps: by the header of the WAL-index, by the
 * change counter in rollback mode, by the file's times when it is read without
 * locks.  What others write changes none of these, but begins another epoch.
 * A stamp that is all zero is of no state.
 */

typedef struct {
    dev_t                 dev;
    ino_t                 ino;
    uint64_t              epoch;
    unsigned char         state[IPXE_STORE_HEADER];
} ipxe_store_stamp_t;


/*
 * Opens PATH, IMMUTABLE or with locks, checks that it is a database of ours,
 * and prepares all statements.  Returns IPXE_OK; IPXE_UNAVAILABLE with a
 * sentence, and *CODE is SQLite's extended result code, or 0 when it is no
 * database of ours; or IPXE_NOMEM.
 */
ipxe_rc_e ipxe_store_db_open(ipxe_store_db_t **db, const char *path,
    int immutable, int *code, ipxe_err_t *err);

/*
 * The parts of it: a connection to NAME that is opened with FLAGS; and what
 * makes one fit for lookups that already holds a database.
 */
ipxe_rc_e ipxe_store_db_connect(ipxe_store_db_t **db, const char *path,
    const char *name, int flags, ipxe_err_t *err);
ipxe_rc_e ipxe_store_db_prepare(ipxe_store_db_t *db, ipxe_err_t *err);

void ipxe_store_db_close(ipxe_store_db_t *db);

/* No request may keep a worker, whatever the schema of the file says. */
void ipxe_store_db_limit(ipxe_store_db_t *db);

/*
 * Finds the WAL-index of a database in WAL mode, which SQLite maps with the
 * first read.  It stays where it is as long as the connection is open.
 */
void ipxe_store_db_map(ipxe_store_db_t *db);

/* Whether there is an application_id and user_version that are read here. */
ipxe_rc_e ipxe_store_db_check(ipxe_store_db_t *db, ipxe_err_t *err);

/* Runs a statement that yields one number, or none. */
ipxe_rc_e ipxe_store_db_number(ipxe_store_db_t *db, unsigned stmt,
    int64_t *number, ipxe_err_t *err);

/*
 * Begins to read one state, whose *VERSION is another one after each change.
 * HEADER becomes the header of the WAL-index, if there is one, as it was
 * before the first page was read: what changes later is seen later.  When this
 * fails nothing was begun.
 */
ipxe_rc_e ipxe_store_db_begin(ipxe_store_db_t *db, unsigned char *header,
    int64_t *version, ipxe_err_t *err);

/*
 * The stamp of that state, of FILE; in WAL mode it holds the header already.
 */
void ipxe_store_db_stamp(ipxe_store_db_t *db, ipxe_store_stamp_t *stamp,
    const ipxe_store_file_t *file);

/* Whether HEADER is still that of the WAL-index. */
int ipxe_store_db_is_current(const ipxe_store_db_t *db,
    const unsigned char *header);

/* Ends the transaction: a lookup that waits for a key would keep it. */
void ipxe_store_db_leave(ipxe_store_db_t *db);

/* ipxe_store_query() of one connection */
ipxe_rc_e ipxe_store_db_query(ipxe_store_db_t *db, unsigned query,
    ipxe_str_t key, ipxe_row_pt row, void *data, ipxe_err_t *err);

/* Whether another file is where it was opened, as far as SQLite looks. */
int ipxe_store_db_has_moved(ipxe_store_db_t *db);

/* In rollback mode every commit changes these bytes of the file. */

#define IPXE_STORE_COUNTER      24
#define IPXE_STORE_COUNTER_LEN  16


/*
 * Reads LEN bytes at OFFSET of the file itself, past SQLite's cache and
 * without a lock.  Returns 0, or -1 when there are not as many.
 */
int ipxe_store_db_bytes(ipxe_store_db_t *db, void *buf, int len,
    int64_t offset);

/* The sentence for the error of the last call; sets code and broken. */
ipxe_rc_e ipxe_store_db_error(ipxe_store_db_t *db, ipxe_err_t *err);

/* SQLITE_CANTOPEN since the process has as many files open as it may have. */

#define IPXE_STORE_NO_FILES  (SQLITE_CANTOPEN | 255 << 8)

/* What to do about a result code of SQLite's. */
const char *ipxe_store_db_advice(int code);

/* Whether others have the file locked, or it waits for one to repair it. */
int ipxe_store_db_is_busy(int code);


#pragma GCC visibility pop


#endif /* _IPXE_STORE_DB_H_INCLUDED_ */
