
/*
 * The catalog: profiles, templates, variables of profiles and of all hosts,
 * and placeholders, compiled once for each state of the database.
 */


#ifndef _IPXE_CATALOG_H_INCLUDED_
#define _IPXE_CATALOG_H_INCLUDED_


#include "ipxe.h"
#include "ipxe_store.h"
#include "ipxe_template.h"


#pragma GCC visibility push(hidden)


/*
 * A text of the database that may hold tags, ready to render.  set is 0 for
 * NULL.  A text whose tags are wrong has a sentence instead of a value.
 */

typedef struct {
    ipxe_value_t          value;
    const char           *error;
    unsigned              set:1;
} ipxe_field_t;


#define IPXE_MAX_FORMS  8


/* What a section of a template can be about. */

typedef enum {
    IPXE_OBJECT_PROFILE = 1,
    IPXE_OBJECT_INITRD,
    IPXE_OBJECT_CHOICE
} ipxe_object_e;


typedef struct ipxe_profile_s  ipxe_profile_t;

struct ipxe_profile_s {
    ipxe_object_e          object;
    ipxe_str_t             name;
    ipxe_str_t             parent_name;
    ipxe_profile_t        *parent;
    ipxe_str_t             tmpl;        /* of its own; NULL inherits */
    ipxe_field_t           title;
    ipxe_field_t           kernel;
    ipxe_field_t           args;
    ipxe_field_t          *initrd;      /* one a line; NULL inherits */
    size_t                 initrds;

    /* the state of the database that lint saw, and what it said then */
    uint64_t               linted;
    uint64_t               warned;

    /* why it was left out of a menu last, as a number */
    uint64_t               left_out;

    /* what its answers look like, at most IPXE_MAX_FORMS */
    struct ipxe_form_s    *forms;
    size_t                 nforms;
};


typedef struct ipxe_catalog_s  ipxe_catalog_t;


/*
 * Makes *CATALOG, NULL at first, what STORE holds now, between
 * ipxe_store_begin() and ipxe_store_end().  A catalog that would be the same
 * stays.  Returns IPXE_OK; IPXE_INVALID or IPXE_UNAVAILABLE with a sentence; or
 * IPXE_NOMEM; *CATALOG is as it was then.
 */
ipxe_rc_e ipxe_catalog_refresh(ipxe_catalog_t **catalog, ipxe_store_t *store,
    ipxe_err_t *err);

void ipxe_catalog_destroy(ipxe_catalog_t *catalog);

/* The profile NAME, or NULL; the profile number I, or NULL after the last. */
ipxe_profile_t *ipxe_catalog_profile(const ipxe_catalog_t *catalog,
    ipxe_str_t name);
const ipxe_profile_t *ipxe_catalog_profile_at(const ipxe_catalog_t *catalog,
    size_t i);

/*
 * The template NAME of DIALECT.  Returns IPXE_OK, IPXE_DECLINED, or
 * IPXE_INVALID with the sentence of its error.
 */
ipxe_rc_e ipxe_catalog_template(const ipxe_catalog_t *catalog,
    ipxe_str_t dialect, ipxe_str_t name, const ipxe_template_t **tmpl,
    ipxe_err_t *err);

/*
 * The variable NAME of PROFILE itself, or of all hosts when PROFILE is NULL.
 * Returns NULL when there is none.
 */
const ipxe_field_t *ipxe_catalog_var(const ipxe_catalog_t *catalog,
    const ipxe_profile_t *profile, ipxe_str_t name);

/* Whether any host may have a variable NAME of its own. */
int ipxe_catalog_is_host_var(const ipxe_catalog_t *catalog, ipxe_str_t name);

/* Memory that lasts as long as CATALOG. */
ipxe_mem_t *ipxe_catalog_mem(const ipxe_catalog_t *catalog);

/* Whether KEY, a canonical key of FACT, means nothing. */
int ipxe_catalog_is_placeholder(const ipxe_catalog_t *catalog,
    ipxe_fact_e fact, ipxe_str_t key);

/*
 * Makes FIELD of TEXT, compiled when it holds tags.  TEXT has to live as long
 * as the field.  Returns IPXE_OK or IPXE_NOMEM.
 */
ipxe_rc_e ipxe_field_make(ipxe_field_t *field, ipxe_str_t text,
    ipxe_origin_t origin, ipxe_mem_t *mem);


#pragma GCC visibility pop


#endif /* _IPXE_CATALOG_H_INCLUDED_ */
