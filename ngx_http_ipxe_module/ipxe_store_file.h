
/*
 * What the file system says of hosts.db and of the log beside it.  Nothing is
 * opened here: closing a file drops the locks that SQLite holds on it.
 */


#ifndef _IPXE_STORE_FILE_H_INCLUDED_
#define _IPXE_STORE_FILE_H_INCLUDED_


#include <sys/types.h>
#include <time.h>

#include "ipxe.h"


#pragma GCC visibility push(hidden)


/* What tells one file from another, and a changed one from itself. */

typedef struct {
    dev_t                 dev;
    ino_t                 ino;
    off_t                 size;
    struct timespec       mtime;
    struct timespec       ctime;
    int                   regular;
    int                   link;         /* its name is one, to somewhere else */
} ipxe_store_file_t;


/*
 * Looks at PATH with SUFFIX, "" or "-wal" or "-shm".  Returns 0, or -1 with
 * errno.
 */
int ipxe_store_file_stat(const char *path, const char *suffix,
    ipxe_store_file_t *file);

/* Whether it is the one file, changed or not; and whether it is as it was. */
int ipxe_store_file_is(const ipxe_store_file_t *a, const ipxe_store_file_t *b);
int ipxe_store_file_same(const ipxe_store_file_t *a,
    const ipxe_store_file_t *b);

/* Whether what it holds is as it was, whatever its rights are now. */
int ipxe_store_file_holds_same(const ipxe_store_file_t *a,
    const ipxe_store_file_t *b);

/* Milliseconds since it was written to. */
int64_t ipxe_store_file_age(const ipxe_store_file_t *file);

/* What is younger may be written to again without another time. */

#define IPXE_STORE_TICK  20

/*
 * Whether FILE came to PATH after its log was written, so that the log may be
 * of another file: a file is older than its log, and moving a file changes its
 * ctime alone, writing to it both its times.
 */
int ipxe_store_file_is_strange(const char *path,
    const ipxe_store_file_t *file);


#pragma GCC visibility pop


#endif /* _IPXE_STORE_FILE_H_INCLUDED_ */
