
/*
 * The catalog: profiles, templates, variables of profiles and of all hosts,
 * and placeholders, compiled once for each state of the database.
 */


#include <stdlib.h>

#include "ipxe_catalog.h"


#define IPXE_MARKS  1024


/* Rows of one kind, sorted as their query sorts them. */

typedef struct {
    void                 *items;
    size_t                n;
    size_t                size;
    size_t                item;
} ipxe_rows_t;


typedef struct {
    ipxe_str_t             dialect;
    ipxe_str_t             name;
    const ipxe_template_t *tmpl;
    const char            *error;
} ipxe_catalog_template_t;


typedef struct {
    ipxe_str_t            profile;
    ipxe_str_t            name;
    ipxe_field_t          field;
} ipxe_catalog_var_t;


struct ipxe_catalog_s {
    ipxe_arena_t         *arena;
    ipxe_mem_t           *mem;
    uint64_t              generation;
    uint64_t              hash;         /* of all that was read ... */
    uint64_t              shared;       /* ... and that is not of a host */

    ipxe_rows_t           profiles;     /* ipxe_profile_t */
    ipxe_rows_t           templates;    /* ipxe_catalog_template_t */
    ipxe_rows_t           vars;         /* ipxe_catalog_var_t */
    ipxe_rows_t           host_vars;    /* ipxe_str_t: names */
    ipxe_rows_t           keys;         /* ipxe_str_t, sorted here */
    ipxe_rows_t           hexes;        /* ipxe_str_t, sorted here */

    /* what is not marked is no placeholder: most machines show none */
    unsigned char         marks[IPXE_MARKS];
};


static ipxe_rc_e ipxe_catalog_load(ipxe_catalog_t *c, ipxe_store_t *store,
    ipxe_err_t *err);
static void ipxe_catalog_take_warned(ipxe_catalog_t *c,
    const ipxe_catalog_t *old);
static void ipxe_catalog_link(ipxe_catalog_t *c);
static ipxe_rc_e ipxe_catalog_add_profile(void *data, const ipxe_str_t *column,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_catalog_add_initrds(ipxe_catalog_t *c,
    ipxe_profile_t *profile, ipxe_str_t text);
static ipxe_rc_e ipxe_catalog_add_template(void *data,
    const ipxe_str_t *column, ipxe_err_t *err);
static ipxe_rc_e ipxe_catalog_add_var(void *data, const ipxe_str_t *column,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_catalog_add_host_var(void *data,
    const ipxe_str_t *column, ipxe_err_t *err);
static ipxe_rc_e ipxe_catalog_add_placeholder(void *data,
    const ipxe_str_t *column, ipxe_err_t *err);
static ipxe_rc_e ipxe_catalog_copy(ipxe_catalog_t *c, ipxe_str_t *copy,
    const ipxe_str_t *column, size_t n);
static size_t ipxe_mark(ipxe_str_t key);
static ipxe_rc_e ipxe_error_copy(const char **copy, const ipxe_err_t *err,
    ipxe_mem_t *mem);
static void *ipxe_rows_add(ipxe_catalog_t *c, ipxe_rows_t *rows, size_t size);
static void *ipxe_rows_find(const ipxe_rows_t *rows, const void *key,
    int (*cmp)(const void *, const void *));
static int ipxe_cmp_profile(const void *a, const void *b);
static int ipxe_cmp_template(const void *a, const void *b);
static int ipxe_cmp_var(const void *a, const void *b);
static int ipxe_cmp_str(const void *a, const void *b);


ipxe_rc_e
ipxe_catalog_refresh(ipxe_catalog_t **catalog, ipxe_store_t *store,
    ipxe_err_t *err)
{
    ipxe_rc_e        rc;
    ipxe_arena_t    *arena;
    ipxe_catalog_t  *c;

    if (*catalog
        && (*catalog)->generation == ipxe_store_generation(store))
    {
        return IPXE_OK;
    }

    arena = ipxe_arena_create(NULL, NULL);
    if (arena == NULL) {
        return IPXE_NOMEM;
    }

    c = ipxe_arena_mem(arena)->alloc(arena, sizeof(ipxe_catalog_t));
    if (c == NULL) {
        ipxe_arena_destroy(arena);
        return IPXE_NOMEM;
    }

    memset(c, 0, sizeof(ipxe_catalog_t));

    c->arena = arena;
    c->mem = ipxe_arena_mem(arena);
    c->generation = ipxe_store_generation(store);
    c->hash = 14695981039346656037ull;

    rc = ipxe_catalog_load(c, store, err);
    if (rc != IPXE_OK) {
        ipxe_catalog_destroy(c);
        return rc;
    }

    /* most changes are made to hosts; what was warned of stays warned of */

    if (*catalog && (*catalog)->hash == c->hash) {
        (*catalog)->generation = c->generation;
        ipxe_catalog_destroy(c);
        return IPXE_OK;
    }

    if (*catalog && (*catalog)->shared == c->shared) {
        ipxe_catalog_take_warned(c, *catalog);
    }

    if (*catalog) {
        ipxe_catalog_destroy(*catalog);
    }

    *catalog = c;

    return IPXE_OK;
}


void
ipxe_catalog_destroy(ipxe_catalog_t *catalog)
{
    ipxe_arena_destroy(catalog->arena);
}


ipxe_profile_t *
ipxe_catalog_profile(const ipxe_catalog_t *catalog, ipxe_str_t name)
{
    ipxe_profile_t  key;

    key.name = name;

    return ipxe_rows_find(&catalog->profiles, &key, ipxe_cmp_profile);
}


const ipxe_profile_t *
ipxe_catalog_profile_at(const ipxe_catalog_t *catalog, size_t i)
{
    const ipxe_profile_t  *profiles;

    profiles = catalog->profiles.items;

    return i < catalog->profiles.n ? &profiles[i] : NULL;
}


ipxe_rc_e
ipxe_catalog_template(const ipxe_catalog_t *catalog, ipxe_str_t dialect,
    ipxe_str_t name, const ipxe_template_t **tmpl, ipxe_err_t *err)
{
    ipxe_catalog_template_t  key, *found;

    key.dialect = dialect;
    key.name = name;

    found = ipxe_rows_find(&catalog->templates, &key, ipxe_cmp_template);

    if (found == NULL) {
        return IPXE_DECLINED;
    }

    if (found->error) {
        return ipxe_err(err, IPXE_INVALID, "%s", found->error);
    }

    *tmpl = found->tmpl;

    return IPXE_OK;
}


const ipxe_field_t *
ipxe_catalog_var(const ipxe_catalog_t *catalog, const ipxe_profile_t *profile,
    ipxe_str_t name)
{
    ipxe_catalog_var_t  key, *found;

    static const ipxe_str_t  all = ipxe_null_string;

    key.profile = profile ? profile->name : all;
    key.name = name;

    found = ipxe_rows_find(&catalog->vars, &key, ipxe_cmp_var);

    return found ? &found->field : NULL;
}


int
ipxe_catalog_is_host_var(const ipxe_catalog_t *catalog, ipxe_str_t name)
{
    return ipxe_rows_find(&catalog->host_vars, &name, ipxe_cmp_str) != NULL;
}


ipxe_mem_t *
ipxe_catalog_mem(const ipxe_catalog_t *catalog)
{
    return catalog->mem;
}


int
ipxe_catalog_is_placeholder(const ipxe_catalog_t *catalog, ipxe_fact_e fact,
    ipxe_str_t key)
{
    const ipxe_rows_t  *rows;

    rows = (fact == IPXE_MAC || fact == IPXE_UUID) ? &catalog->hexes
                                                   : &catalog->keys;

    return catalog->marks[ipxe_mark(key)]
           && ipxe_rows_find(rows, &key, ipxe_cmp_str) != NULL;
}


ipxe_rc_e
ipxe_field_make(ipxe_field_t *field, ipxe_str_t text, ipxe_origin_t origin,
    ipxe_mem_t *mem)
{
    ipxe_rc_e         rc;
    ipxe_err_t        err;
    ipxe_template_t  *tmpl;

    memset(field, 0, sizeof(ipxe_field_t));

    if (text.data == NULL) {
        return IPXE_OK;
    }

    field->set = 1;
    field->value.type = IPXE_VALUE_TEXT;
    field->value.text = text;
    field->value.origin = origin;

    if (!ipxe_template_has_tags(text)) {
        return IPXE_OK;
    }

    rc = ipxe_template_compile(&tmpl, text, origin, mem, &err);

    if (rc == IPXE_INVALID) {

        return ipxe_error_copy(&field->error, &err, mem);
    }

    if (rc != IPXE_OK) {
        return rc;
    }

    field->value.type = IPXE_VALUE_TEMPLATE;
    field->value.tmpl = tmpl;

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_catalog_load(ipxe_catalog_t *c, ipxe_store_t *store, ipxe_err_t *err)
{
    size_t     i;
    ipxe_rc_e  rc;

    static const struct {
        ipxe_query_e          query;
        ipxe_row_pt           row;
    } queries[] = {
        { IPXE_QUERY_PROFILES, ipxe_catalog_add_profile },
        { IPXE_QUERY_TEMPLATES, ipxe_catalog_add_template },
        { IPXE_QUERY_VARS, ipxe_catalog_add_var },
        { IPXE_QUERY_PLACEHOLDERS, ipxe_catalog_add_placeholder },
        { IPXE_QUERY_HOST_VAR_NAMES, ipxe_catalog_add_host_var }
    };

    static const ipxe_str_t  none = ipxe_null_string;

    for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {

        if (queries[i].query == IPXE_QUERY_HOST_VAR_NAMES) {
            c->shared = c->hash;
        }

        /* so that rows of two tables do not run together */

        c->hash = (c->hash ^ i) * 1099511628211ull;

        rc = ipxe_store_query(store, queries[i].query, none, queries[i].row, c,
                              err);

        if (rc != IPXE_OK && rc != IPXE_DECLINED) {
            return rc;
        }
    }

    ipxe_catalog_link(c);

    if (c->keys.n) {
        qsort(c->keys.items, c->keys.n, sizeof(ipxe_str_t), ipxe_cmp_str);
    }

    if (c->hexes.n) {
        qsort(c->hexes.items, c->hexes.n, sizeof(ipxe_str_t), ipxe_cmp_str);
    }

    return IPXE_OK;
}


/* What was warned of is not warned of again when a host gets a variable. */

static void
ipxe_catalog_take_warned(ipxe_catalog_t *c, const ipxe_catalog_t *old)
{
    size_t           i;
    ipxe_profile_t  *p, *profiles;

    profiles = c->profiles.items;

    for (i = 0; i < c->profiles.n; i++) {

        p = ipxe_catalog_profile(old, profiles[i].name);

        if (p) {
            profiles[i].warned = p->warned;
        }
    }
}


/* A line of parents that has no end, which schema.sql refuses, is cut. */

static void
ipxe_catalog_link(ipxe_catalog_t *c)
{
    size_t           i, n;
    ipxe_profile_t  *p, *profiles;

    profiles = c->profiles.items;

    for (i = 0; i < c->profiles.n; i++) {
        if (profiles[i].parent_name.data) {
            profiles[i].parent = ipxe_catalog_profile(c,
                                                      profiles[i].parent_name);
        }
    }

    for (i = 0; i < c->profiles.n; i++) {

        n = 0;

        for (p = &profiles[i]; p->parent; p = p->parent) {
            if (p->parent == &profiles[i] || ++n > IPXE_MAX_PARENTS) {
                p->parent = NULL;
                break;
            }
        }
    }
}


static ipxe_rc_e
ipxe_catalog_add_profile(void *data, const ipxe_str_t *column, ipxe_err_t *err)
{
    ipxe_catalog_t *c = data;

    size_t           i;
    ipxe_rc_e        rc;
    ipxe_str_t       copy[7];
    ipxe_field_t    *field[3];
    ipxe_origin_t    origin;
    ipxe_profile_t  *p;

    static const char  *names[] = {
        "profile.title of", "profile.kernel of", "profile.args of"
    };

    static const size_t  columns[] = { 2, 4, 6 };

    (void) err;

    rc = ipxe_catalog_copy(c, copy, column, 7);
    if (rc != IPXE_OK) {
        return rc;
    }

    p = ipxe_rows_add(c, &c->profiles, sizeof(ipxe_profile_t));
    if (p == NULL) {
        return IPXE_NOMEM;
    }

    memset(p, 0, sizeof(ipxe_profile_t));

    p->object = IPXE_OBJECT_PROFILE;
    p->name = copy[0];
    p->parent_name = copy[1];
    p->tmpl = copy[3];

    field[0] = &p->title;
    field[1] = &p->kernel;
    field[2] = &p->args;

    for (i = 0; i < 3; i++) {

        origin.field = names[i];
        origin.row = p->name;

        rc = ipxe_field_make(field[i], copy[columns[i]], origin, c->mem);
        if (rc != IPXE_OK) {
            return rc;
        }
    }

    return ipxe_catalog_add_initrds(c, p, copy[5]);
}


/* Initrds are written one a line; lines with nothing in them are passed. */

static ipxe_rc_e
ipxe_catalog_add_initrds(ipxe_catalog_t *c, ipxe_profile_t *profile,
    ipxe_str_t text)
{
    size_t                i, n;
    ipxe_rc_e             rc;
    ipxe_str_t            line;
    ipxe_origin_t         origin;
    const unsigned char  *end;

    if (text.data == NULL) {
        return IPXE_OK;
    }

    n = 1;

    for (i = 0; i < text.len; i++) {
        n += (text.data[i] == '\n');
    }

    profile->initrd = c->mem->alloc(c->mem->data, n * sizeof(ipxe_field_t));
    if (profile->initrd == NULL) {
        return IPXE_NOMEM;
    }

    origin.field = "profile.initrd of";
    origin.row = profile->name;

    while (text.len) {

        end = memchr(text.data, '\n', text.len);

        line.data = text.data;
        line.len = end ? (size_t) (end - text.data) : text.len;

        n = line.len + (end != NULL);
        text.data += n;
        text.len -= n;

        if (line.len && line.data[line.len - 1] == '\r') {
            line.len--;
        }

        line = ipxe_str_trim(line);

        if (line.len == 0) {
            continue;
        }

        rc = ipxe_field_make(&profile->initrd[profile->initrds++], line,
                             origin, c->mem);
        if (rc != IPXE_OK) {
            return rc;
        }
    }

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_catalog_add_template(void *data, const ipxe_str_t *column,
    ipxe_err_t *err)
{
    ipxe_catalog_t *c = data;

    ipxe_rc_e                 rc;
    ipxe_str_t                copy[3];
    ipxe_err_t                said;
    ipxe_buf_t                row;
    ipxe_origin_t             origin;
    ipxe_template_t          *tmpl;
    ipxe_catalog_template_t  *t;

    (void) err;

    rc = ipxe_catalog_copy(c, copy, column, 3);
    if (rc != IPXE_OK) {
        return rc;
    }

    t = ipxe_rows_add(c, &c->templates, sizeof(ipxe_catalog_template_t));
    if (t == NULL) {
        return IPXE_NOMEM;
    }

    memset(t, 0, sizeof(ipxe_catalog_template_t));

    t->dialect = copy[0];
    t->name = copy[1];

    memset(&row, 0, sizeof(ipxe_buf_t));
    row.limit = IPXE_MAX_OUTPUT;
    row.mem = c->mem;

    if (ipxe_buf_str(&row, t->name) != IPXE_OK
        || ipxe_buf_text(&row, "/") != IPXE_OK
        || ipxe_buf_str(&row, t->dialect) != IPXE_OK)
    {
        return IPXE_NOMEM;
    }

    origin.field = "template";
    origin.row.data = row.data;
    origin.row.len = row.len;

    rc = ipxe_template_compile(&tmpl, copy[2], origin, c->mem, &said);

    if (rc == IPXE_INVALID) {
        return ipxe_error_copy(&t->error, &said, c->mem);
    }

    t->tmpl = tmpl;

    return rc;
}


static ipxe_rc_e
ipxe_catalog_add_var(void *data, const ipxe_str_t *column, ipxe_err_t *err)
{
    ipxe_catalog_t *c = data;

    ipxe_rc_e            rc;
    ipxe_str_t           copy[3];
    ipxe_origin_t        origin;
    ipxe_catalog_var_t  *var;

    (void) err;

    rc = ipxe_catalog_copy(c, copy, column, 3);
    if (rc != IPXE_OK) {
        return rc;
    }

    var = ipxe_rows_add(c, &c->vars, sizeof(ipxe_catalog_var_t));
    if (var == NULL) {
        return IPXE_NOMEM;
    }

    var->profile = copy[0];
    var->name = copy[1];

    origin.field = copy[0].data ? "var.value of profile"
                                : "var.value of all hosts, named";
    origin.row = copy[0].data ? copy[0] : copy[1];

    return ipxe_field_make(&var->field, copy[2], origin, c->mem);
}


static ipxe_rc_e
ipxe_catalog_add_host_var(void *data, const ipxe_str_t *column,
    ipxe_err_t *err)
{
    ipxe_catalog_t *c = data;

    ipxe_str_t  *name;

    (void) err;

    name = ipxe_rows_add(c, &c->host_vars, sizeof(ipxe_str_t));
    if (name == NULL) {
        return IPXE_NOMEM;
    }

    return ipxe_catalog_copy(c, name, column, 1);
}


static ipxe_rc_e
ipxe_catalog_add_placeholder(void *data, const ipxe_str_t *column,
    ipxe_err_t *err)
{
    ipxe_catalog_t *c = data;

    ipxe_rc_e    rc;
    ipxe_str_t   copy[2], *p;

    (void) err;

    rc = ipxe_catalog_copy(c, copy, column, 2);
    if (rc != IPXE_OK) {
        return rc;
    }

    p = ipxe_rows_add(c, &c->keys, sizeof(ipxe_str_t));
    if (p == NULL) {
        return IPXE_NOMEM;
    }

    *p = copy[0];
    c->marks[ipxe_mark(copy[0])] = 1;

    if (copy[1].data == NULL) {
        return IPXE_OK;
    }

    p = ipxe_rows_add(c, &c->hexes, sizeof(ipxe_str_t));
    if (p == NULL) {
        return IPXE_NOMEM;
    }

    *p = copy[1];
    c->marks[ipxe_mark(copy[1])] = 1;

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_catalog_copy(ipxe_catalog_t *c, ipxe_str_t *copy,
    const ipxe_str_t *column, size_t n)
{
    size_t     i, j;
    uint64_t   hash;
    ipxe_rc_e  rc;

    hash = c->hash;

    for (i = 0; i < n; i++) {

        rc = ipxe_str_copy(&copy[i], column[i], c->mem);
        if (rc != IPXE_OK) {
            return rc;
        }

        /* FNV-1a, with the lengths so that texts do not run together */

        hash = (hash ^ (copy[i].data ? copy[i].len : ~0ull)) * 1099511628211ull;

        for (j = 0; j < copy[i].len; j++) {
            hash = (hash ^ copy[i].data[j]) * 1099511628211ull;
        }
    }

    c->hash = hash;

    return IPXE_OK;
}


static size_t
ipxe_mark(ipxe_str_t key)
{
    if (key.len == 0) {
        return 0;
    }

    return (key.len + 7u * key.data[0] + 29u * key.data[key.len / 2]
            + 113u * key.data[key.len - 1]) % IPXE_MARKS;
}


static ipxe_rc_e
ipxe_error_copy(const char **copy, const ipxe_err_t *err, ipxe_mem_t *mem)
{
    char  *p;

    p = mem->alloc(mem->data, err->len + 1);
    if (p == NULL) {
        return IPXE_NOMEM;
    }

    memcpy(p, err->text, err->len + 1);
    *copy = p;

    return IPXE_OK;
}


static void *
ipxe_rows_add(ipxe_catalog_t *c, ipxe_rows_t *rows, size_t size)
{
    void    *items;
    size_t   n;

    if (rows->n == rows->size) {

        n = rows->size ? rows->size * 2 : 16;

        items = c->mem->alloc(c->mem->data, n * size);
        if (items == NULL) {
            return NULL;
        }

        if (rows->n) {
            memcpy(items, rows->items, rows->n * size);
        }

        rows->items = items;
        rows->size = n;
        rows->item = size;
    }

    return (char *) rows->items + size * rows->n++;
}


static void *
ipxe_rows_find(const ipxe_rows_t *rows, const void *key,
    int (*cmp)(const void *, const void *))
{
    if (rows->n == 0) {
        return NULL;
    }

    return bsearch(key, rows->items, rows->n, rows->item, cmp);
}


static int
ipxe_cmp_profile(const void *a, const void *b)
{
    return ipxe_str_cmp(((const ipxe_profile_t *) a)->name,
                        ((const ipxe_profile_t *) b)->name);
}


static int
ipxe_cmp_template(const void *a, const void *b)
{
    int                             rc;
    const ipxe_catalog_template_t  *x = a, *y = b;

    rc = ipxe_str_cmp(x->dialect, y->dialect);

    return rc ? rc : ipxe_str_cmp(x->name, y->name);
}


/* as SQLite sorts: NULL, a variable of all hosts, comes first */

static int
ipxe_cmp_var(const void *a, const void *b)
{
    int                        rc;
    const ipxe_catalog_var_t  *x = a, *y = b;

    rc = (x->profile.data != NULL) - (y->profile.data != NULL);

    if (rc == 0) {
        rc = ipxe_str_cmp(x->profile, y->profile);
    }

    return rc ? rc : ipxe_str_cmp(x->name, y->name);
}


static int
ipxe_cmp_str(const void *a, const void *b)
{
    return ipxe_str_cmp(*(const ipxe_str_t *) a, *(const ipxe_str_t *) b);
}
