
/*
 * The vocabulary that the core shares.  The core knows no nginx type, gets
 * its memory from its caller, returns result codes with a bounded text for
 * people, and never logs.
 */


#ifndef _IPXE_H_INCLUDED_
#define _IPXE_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <string.h>


/* nginx loads modules with RTLD_GLOBAL: the core's names stay in the module */

#pragma GCC visibility push(hidden)


#define IPXE_MAX_FACT      255          /* bytes in what a machine shows */
#define IPXE_MAX_OUTPUT    (1024 * 1024)   /* bytes in a rendered answer */
#define IPXE_MAX_DEPTH     16           /* of templates, values, sections */
#define IPXE_MAX_STEPS     1000000      /* tags and texts in one rendering */
#define IPXE_MAX_PARENTS   16           /* of a profile */


/* How a value stands in a template, of which any may be set. */

#define IPXE_RAW    1                   /* as {{{name}}} or {{&name}} */
#define IPXE_INNER  2                   /* in the value of a {{name}} */


typedef enum {
    IPXE_OK = 0,
    IPXE_DECLINED,                      /* there is no such thing */
    IPXE_AGAIN,                         /* the database changed meanwhile */
    IPXE_INVALID,                       /* a row cannot be used as it is */
    IPXE_UNAVAILABLE,                   /* the database cannot be used now */
    IPXE_NOMEM
} ipxe_rc_e;


/* Not zero-terminated.  data is NULL for a NULL of the database. */

typedef struct {
    size_t                len;
    const unsigned char  *data;
} ipxe_str_t;

#define ipxe_string(s)    { sizeof(s) - 1, (const unsigned char *) s }
#define ipxe_null_string  { 0, NULL }


/*
 * Memory of one owner, a request or a catalog, released by the owner as a
 * whole.  alloc() returns memory aligned for any type, or NULL.
 */

typedef struct {
    void               *(*alloc)(void *data, size_t size);
    void                 *data;
} ipxe_mem_t;


/* What is wrong and what is wanted, in words; empty when nothing is. */

typedef struct {
    size_t                len;
    char                  text[768];
} ipxe_err_t;


/* Output that grows up to a limit. */

typedef struct {
    unsigned char        *data;
    size_t                len;
    size_t                size;
    size_t                limit;
    ipxe_mem_t           *mem;
} ipxe_buf_t;


/* What machines are known by, in the order of the columns of host. */

typedef enum {
    IPXE_MAC = 0,
    IPXE_UUID,
    IPXE_ASSET,
    IPXE_SERIAL,
    IPXE_KEYS,

    /* ... and what else they show */

    IPXE_IP = IPXE_KEYS,
    IPXE_ARCH,
    IPXE_PLATFORM,
    IPXE_MANUFACTURER,
    IPXE_PRODUCT,
    IPXE_HOSTNAME,
    IPXE_FACTS
} ipxe_fact_e;


/* A row of host; the strings belong to the request. */

typedef struct {
    ipxe_str_t            name;
    ipxe_str_t            key[IPXE_KEYS];   /* mac, uuid, asset, serial */
    ipxe_str_t            profile;
    ipxe_str_t            install;
    ipxe_str_t            token;
} ipxe_host_t;


/*
 * Copies STR into memory of MEM.  Returns IPXE_OK or IPXE_NOMEM.
 */
ipxe_rc_e ipxe_str_copy(ipxe_str_t *copy, ipxe_str_t str, ipxe_mem_t *mem);

/* Whether two strings are equal, byte for byte. */

static inline int
ipxe_str_eq(ipxe_str_t a, ipxe_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Orders strings as SQLite's BINARY collation does. */
int ipxe_str_cmp(ipxe_str_t a, ipxe_str_t b);

/* STR without spaces around it. */
ipxe_str_t ipxe_str_trim(ipxe_str_t str);


/*
 * Writes a sentence, cut at the size of ERR; ERR may be NULL.  A string given
 * as "%.*s" has to be a name that was checked, or to come from ipxe_name().
 * Returns RC, so that a caller can return what it says.
 */
ipxe_rc_e ipxe_err(ipxe_err_t *err, ipxe_rc_e rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * STR as it may stand in any sentence, log line or script: bytes other than
 * letters, digits and . _ : / @ + - become '?', and at most 64 are kept.
 * NAME holds at least 65 bytes.  Returns NAME.
 */
const char *ipxe_name(char *name, ipxe_str_t str);

#define IPXE_NAME_SIZE  65


/*
 * Appends to BUF.  Returns IPXE_OK, IPXE_NOMEM, or IPXE_INVALID when BUF
 * would grow over its limit.
 */
ipxe_rc_e ipxe_buf_add(ipxe_buf_t *buf, const void *data, size_t len);
ipxe_rc_e ipxe_buf_str(ipxe_buf_t *buf, ipxe_str_t str);
ipxe_rc_e ipxe_buf_text(ipxe_buf_t *buf, const char *text);

/* Makes room for LEN bytes behind what BUF holds.  Returns the same. */
ipxe_rc_e ipxe_buf_reserve(ipxe_buf_t *buf, size_t len);


/* Memory that is taken piece by piece and released at once. */

typedef struct ipxe_arena_s  ipxe_arena_t;

/*
 * An arena over malloc(), or over the given functions when ALLOC is not NULL.
 * Returns NULL when there is no memory.
 */
ipxe_arena_t *ipxe_arena_create(void *(*alloc)(size_t),
    void (*release)(void *));
void ipxe_arena_destroy(ipxe_arena_t *arena);
ipxe_mem_t *ipxe_arena_mem(ipxe_arena_t *arena);


#pragma GCC visibility pop


#endif /* _IPXE_H_INCLUDED_ */
