
/*
 * Templates: the Mustache language of its public specification (interpolation,
 * sections, inverted sections, comments, partials, set-delimiters, standalone
 * lines, and dynamic names: {{>*name}} is the partial that the value of name
 * names).  Two differences: what a value may hold is up to the caller, and an
 * unknown name is an error.
 *
 * A template knows neither SQL nor HTTP: names, partials and the checking of
 * values are functions of the caller's.
 */


#ifndef _IPXE_TEMPLATE_H_INCLUDED_
#define _IPXE_TEMPLATE_H_INCLUDED_


#include "ipxe.h"


#pragma GCC visibility push(hidden)


typedef struct ipxe_template_s  ipxe_template_t;


/* Where a text comes from, as a sentence names it: 'profile.args of "web"' */

typedef struct {
    const char           *field;
    ipxe_str_t            row;
} ipxe_origin_t;


typedef enum {
    IPXE_VALUE_FALSE = 0,       /* known, and nothing */
    IPXE_VALUE_MISSING,         /* unknown to what ORIGIN names, and not to be
                                   looked for outside of it */
    IPXE_VALUE_TRUE,            /* known, for sections only */
    IPXE_VALUE_TEXT,            /* false in a section when it is empty */
    IPXE_VALUE_TEMPLATE,        /* text with tags */
    IPXE_VALUE_LIST,            /* N items; false when N is 0 */
    IPXE_VALUE_OBJECT
} ipxe_value_e;


typedef struct {
    ipxe_value_e            type;
    ipxe_str_t              text;
    const ipxe_template_t  *tmpl;
    size_t                  n;

    /*
     * For the caller: what names in a section of this value are looked up in
     * (NULL when it is none of its own), what sort of text this is, and the
     * number of the machine's word that it is or ends with.
     */
    const void             *object;
    unsigned                sort;
    unsigned                word;
    ipxe_origin_t           origin;
} ipxe_value_t;


/*
 * What a template is rendered with.  The functions return IPXE_OK,
 * IPXE_DECLINED when there is no such thing, or an error, having written the
 * sentence.
 */

typedef struct {
    /* NAME in OBJECT, or in what everything is in when OBJECT is NULL */
    ipxe_rc_e           (*get)(void *data, const void *object,
                               ipxe_str_t name, ipxe_value_t *value,
                               ipxe_err_t *err);

    /* item I of LIST */
    ipxe_rc_e           (*item)(void *data, const ipxe_value_t *list,
                                size_t i, ipxe_value_t *value,
                                ipxe_err_t *err);

    ipxe_rc_e           (*partial)(void *data, ipxe_str_t name,
                                   const ipxe_template_t **tmpl,
                                   ipxe_err_t *err);

    /*
     * Checks, and may change, the text that VALUE left in OUT from FROM on.
     * HOW has IPXE_RAW and IPXE_INNER; what is inner is escaped once more,
     * as a part of the value that it is in.
     */
    ipxe_rc_e           (*escape)(void *data, ipxe_buf_t *out, size_t from,
                                  const ipxe_value_t *value, unsigned how,
                                  ipxe_err_t *err);
    void                 *data;
} ipxe_scope_t;


/*
 * Compiles BODY, which has to live as long as the template.  TMPL and what it
 * holds are in memory of MEM.  Returns IPXE_OK; IPXE_INVALID with a sentence
 * that names ORIGIN and the line; or IPXE_NOMEM.
 */
ipxe_rc_e ipxe_template_compile(ipxe_template_t **tmpl, ipxe_str_t body,
    ipxe_origin_t origin, ipxe_mem_t *mem, ipxe_err_t *err);

/* Whether a text holds a tag at all, so that it has to be compiled. */
int ipxe_template_has_tags(ipxe_str_t body);

/*
 * Renders TMPL at the end of OUT in one pass.  Values that are templates are
 * rendered in place; the depth of everything together is IPXE_MAX_DEPTH, the
 * work IPXE_MAX_STEPS.  Returns IPXE_OK; IPXE_INVALID with a sentence that
 * names the template, the line and the tag; IPXE_NOMEM; or what a function of
 * SCOPE returned.  After an error the contents of OUT mean nothing.
 */
ipxe_rc_e ipxe_template_render(const ipxe_template_t *tmpl,
    const ipxe_scope_t *scope, ipxe_buf_t *out, ipxe_err_t *err);

/* The same in a section of VALUE, an object. */
ipxe_rc_e ipxe_template_render_in(const ipxe_template_t *tmpl,
    const ipxe_scope_t *scope, const ipxe_value_t *value, ipxe_buf_t *out,
    ipxe_err_t *err);


#pragma GCC visibility pop


#endif /* _IPXE_TEMPLATE_H_INCLUDED_ */
