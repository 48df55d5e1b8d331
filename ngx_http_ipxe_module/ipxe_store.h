
/*
 * The store: hosts.db, read only.  The only part that knows SQLite.
 *
 * A store belongs to one process: it must not be opened before a fork() and
 * used after it.  While it is open nothing else in the process may open and
 * close its file, since close() drops the locks that SQLite holds on it.
 */


#ifndef _IPXE_STORE_H_INCLUDED_
#define _IPXE_STORE_H_INCLUDED_


#include "ipxe.h"


#pragma GCC visibility push(hidden)


/* "iPXE", and the version of sql/schema.sql */

#define IPXE_APPLICATION_ID  0x69505845
#define IPXE_USER_VERSION    1

#define IPXE_MAX_COLUMNS     8


typedef struct ipxe_store_s  ipxe_store_t;


/*
 * What can be asked, the parameter, and the columns of its rows.  The hosts
 * are looked up by canonical keys (ipxe_ident.h), in the order of
 * ipxe_fact_e.
 */

typedef enum {
    IPXE_QUERY_HOST = 0,        /* + ipxe_fact_e: name, mac, uuid, asset,
                                   serial, profile, install, token */
    IPXE_QUERY_NIC = IPXE_KEYS, /* a MAC in nic: the same columns, but mac is
                                   nic.mac */
    IPXE_QUERY_TOKEN,           /* host.token: the same columns */
    IPXE_QUERY_HOST_VARS,       /* host.name: name, value */

    IPXE_QUERY_PROFILES,        /* -: name, parent, title, template, kernel,
                                   initrd, args; by name */
    IPXE_QUERY_TEMPLATES,       /* -: dialect, name, body; by both */
    IPXE_QUERY_VARS,            /* -: profile (NULL: of all), name, value;
                                   by both */
    IPXE_QUERY_HOST_VAR_NAMES,  /* -: name, of any host; by name */
    IPXE_QUERY_PLACEHOLDERS,    /* -: key, hex */
    IPXE_QUERIES
} ipxe_query_e;


/*
 * Called for each row with its columns, whose strings last until it returns.
 * A code other than IPXE_OK ends the query, which returns it.
 */
typedef ipxe_rc_e (*ipxe_row_pt)(void *data, const ipxe_str_t *column,
    ipxe_err_t *err);


/*
 * To be called before SQLite is used first in a process; it is slower when it
 * is not.
 */
void ipxe_store_init(void);

/*
 * A store for the zero-terminated PATH, which has to outlive it.  PUBLISHED
 * says that the file is only ever replaced by rename(2), so that it is read
 * without locks.  Opens nothing.  Returns NULL when there is no memory.
 */
ipxe_store_t *ipxe_store_create(const char *path, int published);

/* Closes what is open. */
void ipxe_store_destroy(ipxe_store_t *store);

/*
 * Begins to read one state of the database, at NOW milliseconds of any clock
 * that does not go back.  Opens the file if it is not open, and again when it
 * was replaced; the old one is closed when the new one can be opened and is a
 * database of ours, and read on otherwise.  When the file cannot be read at
 * all, the copy is, if it is of the state that was read last.
 *
 * Returns IPXE_OK, and ipxe_store_end() has to follow.  ERR then may hold a
 * sentence all the same: that the file is not usable.  Returns
 * IPXE_UNAVAILABLE with a sentence that names the path and says what to do,
 * or IPXE_NOMEM.  Never waits for a lock.
 */
ipxe_rc_e ipxe_store_begin(ipxe_store_t *store, int64_t now, ipxe_err_t *err);

/*
 * Ends it.  Returns IPXE_OK, or IPXE_AGAIN when a file that is read without
 * locks was changed meanwhile, or one that others than SQLite wrote to, so that
 * what was read is void.
 *
 * A WAL database stays open to the state that was read, so that the next
 * ipxe_store_begin() has nothing to do but compare 48 bytes, which SQLite
 * changes with each commit.  The state must not be kept for long, since the
 * log cannot be used again from its start meanwhile: while
 * ipxe_store_is_kept(), ipxe_store_rest() has to be called after some 50 ms.
 */
ipxe_rc_e ipxe_store_end(ipxe_store_t *store);

/* Whether a state is kept; lets go of it. */
int ipxe_store_is_kept(ipxe_store_t *store);
void ipxe_store_rest(ipxe_store_t *store);

/*
 * Between begin and end: whether the state may be an old one, which goes on
 * being read because the file is not usable.
 */
int ipxe_store_is_stale(ipxe_store_t *store);

/* Whether ipxe_store_begin() failed only since others have the file locked. */
int ipxe_store_is_busy(ipxe_store_t *store);

/*
 * Says between begin and end that what is read cannot be used, for the reason
 * of ERR: the state is not read again before it changes, or after a second.
 */
void ipxe_store_distrust(ipxe_store_t *store, const ipxe_err_t *err);

/*
 * Says that somebody watches the directory of the file: only then is a WAL
 * database not looked at for each request.  TELL is called with DATA when the
 * store has to know at once what happened; then and before,
 * ipxe_store_look() is to be called for the file itself, and for what was
 * made, moved or removed beside it, and ipxe_store_wrote() for whatever
 * happened to its journal or log.  TELL is NULL when nobody watches any more.
 */
typedef void (*ipxe_store_tell_pt)(void *data);

void ipxe_store_watch(ipxe_store_t *store, ipxe_store_tell_pt tell,
    void *data);
void ipxe_store_look(ipxe_store_t *store);
void ipxe_store_wrote(ipxe_store_t *store);

/*
 * A number that is another one when the database may hold other rows.
 */
uint64_t ipxe_store_generation(ipxe_store_t *store);

/*
 * Asks QUERY with KEY, between ipxe_store_begin() and ipxe_store_end().
 * Returns IPXE_OK; IPXE_DECLINED when there was no row; IPXE_INVALID or
 * IPXE_UNAVAILABLE with a sentence; IPXE_NOMEM; or what ROW returned.
 */
ipxe_rc_e ipxe_store_query(ipxe_store_t *store, unsigned query,
    ipxe_str_t key, ipxe_row_pt row, void *data, ipxe_err_t *err);

/*
 * The copy of the last good state.  When ipxe_store_wants_copy(), one is
 * begun, outside of begin and end; ipxe_store_copy_step(), which may be called
 * in another thread, returns IPXE_AGAIN until it is done, after some
 * milliseconds each time, but for the last time, which reads all of it, and is
 * best called with pauses, for writers; ipxe_store_copy_adopt() ends it,
 * whatever came of it.  A WAL database is read in one transaction, so that its
 * log cannot begin again meanwhile.  A copy keeps at most
 * 64 MiB of memory, and the rest in a temporary file.
 */
typedef struct ipxe_store_copy_s  ipxe_store_copy_t;

int ipxe_store_wants_copy(ipxe_store_t *store);

/*
 * So many milliseconds after the last change the database may be read without
 * need.  In rollback mode who reads is in the way of who writes, and sqlite3
 * gives up at once.
 */
unsigned ipxe_store_calm(ipxe_store_t *store);

/* Whether as much time has passed since somebody wrote to a damaged file. */
int ipxe_store_is_calm(ipxe_store_t *store);

/* Returns NULL when there is no memory. */
ipxe_store_copy_t *ipxe_store_copy_create(ipxe_store_t *store);

/*
 * Returns IPXE_AGAIN; IPXE_OK; IPXE_UNAVAILABLE with a sentence; IPXE_NOMEM.
 */
ipxe_rc_e ipxe_store_copy_step(ipxe_store_copy_t *copy, ipxe_err_t *err);

void ipxe_store_copy_adopt(ipxe_store_t *store, ipxe_store_copy_t *copy);

/* The text of a query. */
const char *ipxe_store_sql(unsigned query);


#pragma GCC visibility pop


#endif /* _IPXE_STORE_H_INCLUDED_ */
