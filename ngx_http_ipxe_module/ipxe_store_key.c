
/*
 * The key that is looked up, as a table of SQLite's.
 */


#include "ipxe_store_key.h"


typedef struct {
    sqlite3_vtab          base;
    ipxe_store_key_t     *key;
} ipxe_key_table_t;


typedef struct {
    sqlite3_vtab_cursor   base;
    int                   eof;
} ipxe_key_cursor_t;


static int ipxe_key_connect(sqlite3 *db, void *data, int argc,
    const char *const *argv, sqlite3_vtab **table, char **err);
static int ipxe_key_disconnect(sqlite3_vtab *table);
static int ipxe_key_best_index(sqlite3_vtab *table, sqlite3_index_info *info);
static int ipxe_key_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor);
static int ipxe_key_close(sqlite3_vtab_cursor *cursor);
static int ipxe_key_filter(sqlite3_vtab_cursor *cursor, int number,
    const char *name, int argc, sqlite3_value **argv);
static int ipxe_key_next(sqlite3_vtab_cursor *cursor);
static int ipxe_key_eof(sqlite3_vtab_cursor *cursor);
static int ipxe_key_column(sqlite3_vtab_cursor *cursor,
    sqlite3_context *context, int column);
static int ipxe_key_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid);


/* without xCreate it is there in each statement, and in no schema */

static const sqlite3_module  ipxe_key_module = {
    .xConnect = ipxe_key_connect,
    .xDisconnect = ipxe_key_disconnect,
    .xBestIndex = ipxe_key_best_index,
    .xOpen = ipxe_key_open,
    .xClose = ipxe_key_close,
    .xFilter = ipxe_key_filter,
    .xNext = ipxe_key_next,
    .xEof = ipxe_key_eof,
    .xColumn = ipxe_key_column,
    .xRowid = ipxe_key_rowid
};


int
ipxe_store_key_create(sqlite3 *db, ipxe_store_key_t **key)
{
    *key = sqlite3_malloc(sizeof(ipxe_store_key_t));
    if (*key == NULL) {
        return SQLITE_NOMEM;
    }

    memset(*key, 0, sizeof(ipxe_store_key_t));

    /* frees the key too when it fails */

    return sqlite3_create_module_v2(db, "ipxe_key", &ipxe_key_module, *key,
                                    sqlite3_free);
}


void
ipxe_store_key_set(ipxe_store_key_t *key, ipxe_str_t value)
{
    key->value = value;
    key->fresh = 1;
}


static int
ipxe_key_connect(sqlite3 *db, void *data, int argc, const char *const *argv,
    sqlite3_vtab **table, char **err)
{
    int                rc;
    ipxe_key_table_t  *t;

    (void) argc;
    (void) argv;
    (void) err;

    /* without a type: with one a join on a unique column looks for more */

    rc = sqlite3_declare_vtab(db, "CREATE TABLE ipxe_key (value)");
    if (rc != SQLITE_OK) {
        return rc;
    }

    t = sqlite3_malloc(sizeof(ipxe_key_table_t));
    if (t == NULL) {
        return SQLITE_NOMEM;
    }

    memset(t, 0, sizeof(ipxe_key_table_t));
    t->key = data;

    *table = &t->base;

    return SQLITE_OK;
}


static int
ipxe_key_disconnect(sqlite3_vtab *table)
{
    sqlite3_free(table);

    return SQLITE_OK;
}


static int
ipxe_key_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void) table;

    info->estimatedCost = 1;
    info->estimatedRows = 1;

    return SQLITE_OK;
}


static int
ipxe_key_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
    ipxe_key_cursor_t  *c;

    (void) table;

    c = sqlite3_malloc(sizeof(ipxe_key_cursor_t));
    if (c == NULL) {
        return SQLITE_NOMEM;
    }

    memset(c, 0, sizeof(ipxe_key_cursor_t));

    *cursor = &c->base;

    return SQLITE_OK;
}


static int
ipxe_key_close(sqlite3_vtab_cursor *cursor)
{
    sqlite3_free(cursor);

    return SQLITE_OK;
}


static int
ipxe_key_filter(sqlite3_vtab_cursor *cursor, int number, const char *name,
    int argc, sqlite3_value **argv)
{
    (void) number;
    (void) name;
    (void) argc;
    (void) argv;

    return ipxe_key_next(cursor);
}


static int
ipxe_key_next(sqlite3_vtab_cursor *cursor)
{
    ipxe_store_key_t   *key;
    ipxe_key_cursor_t  *c;

    c = (ipxe_key_cursor_t *) cursor;
    key = ((ipxe_key_table_t *) cursor->pVtab)->key;

    c->eof = !key->fresh;
    key->fresh = 0;

    return SQLITE_OK;
}


static int
ipxe_key_eof(sqlite3_vtab_cursor *cursor)
{
    return ((ipxe_key_cursor_t *) cursor)->eof;
}


static int
ipxe_key_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context,
    int column)
{
    ipxe_store_key_t  *key;

    (void) column;

    key = ((ipxe_key_table_t *) cursor->pVtab)->key;

    /* the statement goes on after the value is gone */

    sqlite3_result_text(context, (const char *) key->value.data,
                        (int) key->value.len, SQLITE_TRANSIENT);

    return SQLITE_OK;
}


static int
ipxe_key_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid)
{
    (void) cursor;

    *rowid = 0;

    return SQLITE_OK;
}
