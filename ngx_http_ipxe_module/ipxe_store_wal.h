
/*
 * The log of a database in WAL mode, and its index in shared memory: whether
 * a checkpoint wrote to the file, or somebody else.  Only for the store.
 */


#ifndef _IPXE_STORE_WAL_H_INCLUDED_
#define _IPXE_STORE_WAL_H_INCLUDED_


#include "ipxe_store_db.h"


#pragma GCC visibility push(hidden)


/*
 * What the index says (wal.c: WalIndexHdr, WalCkptInfo).  A log that begins
 * anew has another salt.  A checkpoint says how many frames of the log it is
 * going to write to the file, writes them, and says how many it has written.
 */

typedef struct {
    unsigned char         salt[8];
    uint32_t              frames;
    uint32_t              attempted;
    uint32_t              written;
    uint32_t              page_size;
} ipxe_store_wal_t;


void ipxe_store_wal_see(ipxe_store_wal_t *wal, const unsigned char *index);

/*
 * The file of DB, whose log is beside PATH, is not as it was when the log was
 * as BEFORE.  Returns IPXE_OK when a checkpoint can have written to it;
 * IPXE_AGAIN when one may be writing now: it may also have been killed, or the
 * index was made anew from the log; IPXE_DECLINED when it was none;
 * IPXE_INVALID when that cannot be known; or IPXE_NOMEM.
 */
ipxe_rc_e ipxe_store_wal_wrote(ipxe_store_db_t *db, const char *path,
    const ipxe_store_wal_t *before);


#pragma GCC visibility pop


#endif /* _IPXE_STORE_WAL_H_INCLUDED_ */
