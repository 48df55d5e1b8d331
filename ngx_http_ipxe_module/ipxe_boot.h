
/*
 * Boot: from what a machine shows to the text it boots from.  Which host is
 * it, which profile does it boot, what does that say.
 */


#ifndef _IPXE_BOOT_H_INCLUDED_
#define _IPXE_BOOT_H_INCLUDED_


#include "ipxe.h"
#include "ipxe_catalog.h"
#include "ipxe_dialect.h"
#include "ipxe_ident.h"
#include "ipxe_store.h"


#pragma GCC visibility push(hidden)


typedef enum {
    IPXE_RESULT_HOST = 0,       /* a host's own profile */
    IPXE_RESULT_DEFAULT,        /* the default profile */
    IPXE_RESULT_STUB,           /* asks again with an identity */
    IPXE_RESULT_UNKNOWN,        /* nothing is known and there is no default */
    IPXE_RESULT_CONFLICT,       /* two rows claim the machine */
    IPXE_RESULT_ERROR,          /* a row cannot be used as it is */
    IPXE_RESULT_UNAVAILABLE,    /* the database cannot be used */
    IPXE_RESULT_SPENT,          /* the token's install is over */
    IPXE_RESULTS
} ipxe_result_e;


typedef struct {
    /* what is asked, set by the caller */

    ipxe_store_t          *store;
    ipxe_catalog_t        *catalog;
    ipxe_mem_t            *mem;
    const ipxe_facts_t    *facts;
    const ipxe_fact_e     *keys;        /* most trusted first */
    size_t                 n;
    unsigned               first:1;     /* the first match decides */
    unsigned               can_ask:1;   /* a stub can be the answer */
    ipxe_str_t             default_profile;
    ipxe_str_t             base_url;

    /* a file is asked for: by the token of a host, and a template's name */
    ipxe_str_t             token;
    ipxe_str_t             file;

    /*
     * Whether TOKEN is spent, as ipxe_events_is_spent() returns it.  NULL when
     * nobody knows, and so nothing can be installed.
     */
    ipxe_rc_e            (*is_spent)(void *events, ipxe_str_t token,
                                     ipxe_err_t *err);
    void                  *events;

    /* called for each thing that lint finds; may be NULL */
    void                 (*warn)(void *data, ipxe_str_t profile,
                                 unsigned line, const char *what);

    /* called for a profile that no menu can offer; may be NULL */
    void                 (*leave_out)(void *data, ipxe_str_t profile,
                                      const char *why);
    void                  *data;

    /* what was found */

    ipxe_result_e          result;
    ipxe_host_t            host;        /* of the first match, or no name */
    unsigned               identity;    /* bit N: key N is shown and used */
    ipxe_fact_e            key;         /* what matched; IPXE_KEYS: nothing */
    ipxe_profile_t        *profile;
    ipxe_str_t             profile_name;
    ipxe_err_t             err;         /* why result is not better */
} ipxe_boot_t;


/*
 * Finds the host and the profile that it boots now, between
 * ipxe_store_begin() and ipxe_store_end().  Sets result (any but
 * IPXE_RESULT_UNAVAILABLE) and what goes with it; what is not IPXE_RESULT_HOST
 * or IPXE_RESULT_DEFAULT has no profile.  Returns IPXE_OK; IPXE_UNAVAILABLE
 * with a sentence in err; or IPXE_NOMEM.
 *
 * A host is found by the first of the keys that names one.  A key that names
 * another host, and a UUID, asset tag or serial number of the row that is
 * another than the machine's, make a conflict, unless the first match
 * decides.  A UUID names a host in the other byte order too, if none has it
 * as it is; where the loader does not say which order it uses, and both name
 * a host, that is a conflict.
 */
ipxe_rc_e ipxe_boot_find(ipxe_boot_t *boot);

/*
 * The same by the token of a host alone: a token that no host has makes
 * IPXE_RESULT_UNKNOWN, one that is spent IPXE_RESULT_SPENT, in the same time.
 */
ipxe_rc_e ipxe_boot_find_token(ipxe_boot_t *boot);

/*
 * Renders the answer for IPXE_RESULT_HOST and IPXE_RESULT_DEFAULT in DIALECT
 * to the end of OUT, in the same state of the database.  A template or value
 * that cannot be rendered makes result IPXE_RESULT_ERROR and is no failure.
 * Returns IPXE_OK, IPXE_UNAVAILABLE or IPXE_NOMEM.
 */
ipxe_rc_e ipxe_boot_render(ipxe_boot_t *boot, const ipxe_dialect_t *dialect,
    ipxe_buf_t *out);

/* "mac", "uuid", "asset", "serial", or "" for IPXE_KEYS; "host", "default" */
const char *ipxe_key_name(ipxe_fact_e key);
const char *ipxe_result_name(ipxe_result_e result);


#pragma GCC visibility pop


#endif /* _IPXE_BOOT_H_INCLUDED_ */
