
/*
 * A copy of one state of the database, for the time when the file cannot be
 * used.  Only for the parts of the store.
 */


#ifndef _IPXE_STORE_COPY_H_INCLUDED_
#define _IPXE_STORE_COPY_H_INCLUDED_


#include "ipxe_store_db.h"


#pragma GCC visibility push(hidden)


struct ipxe_store_copy_s {
    const char           *path;
    ipxe_store_db_t      *from;
    ipxe_store_db_t      *to;
    sqlite3_backup       *backup;
    ipxe_store_file_t     file;         /* as it was then */
    ipxe_store_stamp_t    stamp;        /* of the state that is copied */
    volatile int          stop;         /* set by who does not step it */
    int                   immutable;
    int                   done;
};


void ipxe_store_copy_destroy(ipxe_store_copy_t *copy);

#pragma GCC visibility pop


#endif /* _IPXE_STORE_COPY_H_INCLUDED_ */
