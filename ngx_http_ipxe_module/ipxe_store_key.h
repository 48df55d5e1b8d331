
/*
 * The key that is looked up, as a table of SQLite's.
 *
 * ipxe_key() is a table of one column, value, and of one row for each key
 * that is set.  A statement that joins it to another table and is stepped
 * once for each key never ends, as long as each key has its row: it goes on
 * to the next one in the same state of the database.  To begin it anew each
 * time would cost as much as the looking up.
 */


#ifndef _IPXE_STORE_KEY_H_INCLUDED_
#define _IPXE_STORE_KEY_H_INCLUDED_


#include <sqlite3.h>

#include "ipxe.h"


#pragma GCC visibility push(hidden)


typedef struct {
    ipxe_str_t            value;
    unsigned              fresh:1;      /* it was not looked up yet */
} ipxe_store_key_t;


/*
 * Makes *KEY, which DB owns, and the table in DB.  Returns a result code of
 * SQLite's.
 */
int ipxe_store_key_create(sqlite3 *db, ipxe_store_key_t **key);

/* Sets it to VALUE, which has to live until a statement was stepped. */
void ipxe_store_key_set(ipxe_store_key_t *key, ipxe_str_t value);


#pragma GCC visibility pop


#endif /* _IPXE_STORE_KEY_H_INCLUDED_ */
