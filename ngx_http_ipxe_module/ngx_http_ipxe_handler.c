
#include "ngx_http_ipxe_module.h"


/* A database that changes under a request is read again so often. */

#define NGX_HTTP_IPXE_TRIES  3


/* Seconds before the log says again what came back. */

#define NGX_HTTP_IPXE_SILENCE  5


/* What an answer is: the one place where status and log level are chosen. */

typedef struct {
    ngx_uint_t                 status;
    ngx_uint_t                 level;
    const char                *words;
} ngx_http_ipxe_answer_t;


typedef struct {
    const char                *name;
    const ipxe_dialect_t      *dialect;
} ngx_http_ipxe_dialect_t;


static ngx_uint_t ngx_http_ipxe_can_wait(ngx_http_request_t *r);
static void ngx_http_ipxe_set_boot(ngx_http_request_t *r,
    ngx_http_ipxe_ctx_t *ctx, ipxe_boot_t *boot);
static void ngx_http_ipxe_keep(ngx_http_ipxe_ctx_t *ctx, ipxe_boot_t *boot);
static ngx_uint_t ngx_http_ipxe_shows_key(ngx_http_ipxe_ctx_t *ctx);
static ngx_int_t ngx_http_ipxe_try(ngx_http_request_t *r,
    ngx_http_ipxe_loc_conf_t *ilcf, ipxe_boot_t *boot,
    const ipxe_dialect_t *dialect, ipxe_buf_t *out);
static ngx_int_t ngx_http_ipxe_read(ngx_http_request_t *r,
    ngx_http_ipxe_loc_conf_t *ilcf, ipxe_boot_t *boot,
    const ipxe_dialect_t *dialect, ipxe_buf_t *out);
static ipxe_rc_e ngx_http_ipxe_refresh(ngx_http_ipxe_db_t *db,
    ipxe_err_t *err);
static void ngx_http_ipxe_say(ngx_http_ipxe_db_t *db, ngx_log_t *log,
    ngx_uint_t level, ipxe_err_t *err);
static void ngx_http_ipxe_warn(void *data, ipxe_str_t profile, unsigned line,
    const char *what);
static void ngx_http_ipxe_leave_out(void *data, ipxe_str_t profile,
    const char *why);
static ngx_int_t ngx_http_ipxe_get_base_url(ngx_http_request_t *r,
    ngx_http_ipxe_loc_conf_t *ilcf, ngx_http_ipxe_ctx_t *ctx);
static ngx_int_t ngx_http_ipxe_get_server(ngx_http_request_t *r,
    ngx_http_ipxe_loc_conf_t *ilcf, ngx_http_ipxe_ctx_t *ctx);
static ngx_int_t ngx_http_ipxe_get_default(ngx_http_request_t *r,
    ngx_http_ipxe_loc_conf_t *ilcf, ngx_http_ipxe_ctx_t *ctx,
    ipxe_str_t *profile);
static ngx_int_t ngx_http_ipxe_get_facts(ngx_http_request_t *r,
    ngx_http_ipxe_ctx_t *ctx);
static u_char *ngx_http_ipxe_last_part(u_char *path, u_char *end);
static ngx_int_t ngx_http_ipxe_get_cookies(ngx_http_request_t *r,
    ngx_http_ipxe_ctx_t *ctx);
static void *ngx_http_ipxe_palloc(void *data, size_t size);

static ngx_int_t ngx_http_ipxe_body(ngx_http_request_t *r,
    ngx_http_ipxe_ctx_t *ctx, const ipxe_dialect_t *dialect, ipxe_buf_t *out,
    ipxe_err_t *said);
static ngx_int_t ngx_http_ipxe_send(ngx_http_request_t *r, ngx_uint_t status,
    ipxe_buf_t *out);
static ngx_int_t ngx_http_ipxe_headers(ngx_http_request_t *r,
    ngx_http_ipxe_ctx_t *ctx, ngx_uint_t status);
static ngx_int_t ngx_http_ipxe_retry(ngx_http_request_t *r);
static ngx_int_t ngx_http_ipxe_header(ngx_http_request_t *r, const char *name,
    const u_char *value, size_t len);


static const ngx_http_ipxe_answer_t  ngx_http_ipxe_answers[IPXE_RESULTS] = {

    /* IPXE_RESULT_HOST */
    { NGX_HTTP_OK, NGX_LOG_DEBUG, "booting" },
    /* IPXE_RESULT_DEFAULT */
    { NGX_HTTP_OK, NGX_LOG_INFO, "unknown machine, default profile" },
    /* IPXE_RESULT_STUB */
    { NGX_HTTP_OK, NGX_LOG_DEBUG, "no identity, asking for it" },
    /* IPXE_RESULT_UNKNOWN */
    { NGX_HTTP_NOT_FOUND, NGX_LOG_INFO, "unknown machine" },
    /* IPXE_RESULT_CONFLICT */
    { NGX_HTTP_OK, NGX_LOG_ERR, "conflict" },
    /* IPXE_RESULT_ERROR */
    { NGX_HTTP_OK, NGX_LOG_ERR, "cannot be rendered" },
    /* IPXE_RESULT_UNAVAILABLE, of which ngx_http_ipxe_say() tells more */
    { NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_INFO, "database unavailable" },
    /* IPXE_RESULT_SPENT */
    { NGX_HTTP_IPXE_GONE, NGX_LOG_INFO, "the install is over" }
};


/* What is rendered for an endpoint, in the order of the endpoints. */

static const ngx_http_ipxe_dialect_t  ngx_http_ipxe_dialects[] = {
    { "", NULL },
    { "boot", &ipxe_dialect_ipxe },
    { "pxelinux", &ipxe_dialect_pxelinux },
    { "grub", &ipxe_dialect_grub },
    { "file", &ipxe_dialect_file }
};


ngx_int_t
ngx_http_ipxe_handler(ngx_http_request_t *r)
{
    char                           host[IPXE_NAME_SIZE];
    ngx_int_t                      rc;
    ngx_uint_t                     status;
    ipxe_buf_t                     out;
    ipxe_err_t                     said;
    ipxe_str_t                     name;
    const ipxe_dialect_t          *dialect;
    ngx_http_ipxe_ctx_t           *ctx;
    ngx_http_ipxe_loc_conf_t      *ilcf;
    const ngx_http_ipxe_answer_t  *answer;
    const ngx_http_ipxe_dialect_t *endpoint;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ctx = ngx_http_ipxe_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&out, sizeof(ipxe_buf_t));
    out.limit = IPXE_MAX_OUTPUT;
    out.mem = &ctx->mem;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_http_ipxe_not_allowed(r, "GET, HEAD");
    }

    ilcf = ngx_http_get_module_loc_conf(r, ngx_http_ipxe_module);
    endpoint = &ngx_http_ipxe_dialects[ilcf->endpoint];
    dialect = endpoint->dialect;

    if (ilcf->endpoint == NGX_HTTP_IPXE_FILE && ctx->name.len == 0) {
        return ngx_http_ipxe_say_status(r, NGX_HTTP_NOT_FOUND, NULL);
    }

    rc = ngx_http_ipxe_find(r, ctx, dialect, &out, &said);
    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    answer = &ngx_http_ipxe_answers[ctx->result];
    status = answer->status;

    if (ilcf->endpoint == NGX_HTTP_IPXE_FILE && ctx->result != IPXE_RESULT_HOST
        && status == NGX_HTTP_OK)
    {
        /* a program that reads it would take any text for what it asked */

        status = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    name.data = ctx->host.data;
    name.len = ctx->host.len;

    ngx_log_error(answer->level, r->connection->log, 0,
                  "%s: host \"%s\", mac \"%*s\", uuid \"%*s\"%s%s",
                  answer->words, ipxe_name(host, name),
                  ctx->facts.text[IPXE_MAC].len, ctx->facts.text[IPXE_MAC].data,
                  ctx->facts.text[IPXE_UUID].len,
                  ctx->facts.text[IPXE_UUID].data,
                  said.len ? ": " : "", said.len ? said.text : "");

    rc = ngx_http_ipxe_body(r, ctx, dialect, &out, &said);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_ipxe_headers(r, ctx, status) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_ipxe_add_event(r, ctx, endpoint->name);

    return ngx_http_ipxe_send(r, status, &out);
}


ngx_int_t
ngx_http_ipxe_not_allowed(ngx_http_request_t *r, const char *methods)
{
    if (ngx_http_ipxe_header(r, "Allow", (u_char *) methods,
                             ngx_strlen(methods))
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_ipxe_say_status(r, NGX_HTTP_NOT_ALLOWED, NULL);
}


ngx_int_t
ngx_http_ipxe_say_status(ngx_http_request_t *r, ngx_uint_t status,
    const char *text)
{
    ipxe_buf_t  out;

    ngx_memzero(&out, sizeof(ipxe_buf_t));

    if (text) {
        out.data = (u_char *) text;
        out.len = ngx_strlen(text);
    }

    if (status == NGX_HTTP_SERVICE_UNAVAILABLE
        && ngx_http_ipxe_retry(r) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_ipxe_send(r, status, &out);
}


ngx_http_ipxe_ctx_t *
ngx_http_ipxe_get_ctx(ngx_http_request_t *r)
{
    ngx_http_ipxe_ctx_t       *ctx;
    ngx_http_ipxe_loc_conf_t  *ilcf;

    ilcf = ngx_http_get_module_loc_conf(r, ngx_http_ipxe_module);
    ctx = ngx_http_get_module_ctx(r, ngx_http_ipxe_module);

    if (ctx && ctx->conf == ilcf
        && ctx->uri.data == r->uri.data && ctx->uri.len == r->uri.len
        && ctx->args.data == r->args.data && ctx->args.len == r->args.len)
    {
        return ctx;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_ipxe_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    ctx->mem.alloc = ngx_http_ipxe_palloc;
    ctx->mem.data = r->pool;
    ctx->conf = ilcf;
    ctx->uri = r->uri;
    ctx->args = r->args;

    if (ngx_http_ipxe_get_facts(r, ctx) != NGX_OK) {
        return NULL;
    }

    ngx_http_set_ctx(r, ctx, ngx_http_ipxe_module);

    return ctx;
}


ngx_int_t
ngx_http_ipxe_find(ngx_http_request_t *r, ngx_http_ipxe_ctx_t *ctx,
    const ipxe_dialect_t *dialect, ipxe_buf_t *out, ipxe_err_t *said)
{
    ngx_int_t                  rc;
    ipxe_boot_t                boot;
    ngx_http_ipxe_loc_conf_t  *ilcf;

    ilcf = ngx_http_get_module_loc_conf(r, ngx_http_ipxe_module);

    ngx_http_ipxe_set_boot(r, ctx, &boot);

    /* either may ask for what depends on it */

    ctx->finding = 1;

    rc = ngx_http_ipxe_get_default(r, ilcf, ctx, &boot.default_profile);

    if (rc == NGX_OK && dialect) {
        rc = ngx_http_ipxe_get_base_url(r, ilcf, ctx);
    }

    ctx->finding = 0;

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    boot.base_url = ctx->base_url;

    if (ilcf->endpoint == NGX_HTTP_IPXE_NONE && !ngx_http_ipxe_shows_key(ctx)) {

        /* a payload: nothing to look up */

        boot.result = IPXE_RESULT_UNKNOWN;
        rc = NGX_OK;

    } else {
        rc = ngx_http_ipxe_try(r, ilcf, &boot, dialect, out);
    }

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        boot.result = ngx_http_ipxe_can_wait(r) ? IPXE_RESULT_STUB
                                                : IPXE_RESULT_UNAVAILABLE;
        boot.key = IPXE_KEYS;
        boot.host.name.len = 0;
        boot.profile_name.len = 0;
    }

    ngx_http_ipxe_keep(ctx, &boot);

    said->len = boot.err.len;

    if (said->len) {
        *said = boot.err;
    }

    return NGX_OK;
}


/*
 * GRUB, which asks without arguments first, does not repeat what failed.  The
 * stub does, and needs no database.
 */

static ngx_uint_t
ngx_http_ipxe_can_wait(ngx_http_request_t *r)
{
    ngx_http_ipxe_loc_conf_t  *ilcf;

    ilcf = ngx_http_get_module_loc_conf(r, ngx_http_ipxe_module);

    return ilcf->endpoint == NGX_HTTP_IPXE_GRUB && r->args.len == 0;
}


/* What is asked of the core, but for what complex values say. */

static void
ngx_http_ipxe_set_boot(ngx_http_request_t *r, ngx_http_ipxe_ctx_t *ctx,
    ipxe_boot_t *boot)
{
    ngx_http_ipxe_loc_conf_t   *ilcf;
    ngx_http_ipxe_main_conf_t  *imcf;

    ilcf = ngx_http_get_module_loc_conf(r, ngx_http_ipxe_module);

    ngx_memzero(boot, offsetof(ipxe_boot_t, err));
    boot->err.len = 0;

    boot->mem = &ctx->mem;
    boot->facts = &ctx->facts;
    boot->keys = ilcf->keys;
    boot->n = ilcf->nkeys;
    boot->first = ilcf->conflict_first;
    boot->can_ask = (ilcf->endpoint == NGX_HTTP_IPXE_BOOT
                     || ilcf->endpoint == NGX_HTTP_IPXE_GRUB);
    boot->key = IPXE_KEYS;
    boot->warn = ngx_http_ipxe_warn;
    boot->leave_out = ngx_http_ipxe_leave_out;
    boot->data = r->connection->log;

    ngx_http_ipxe_str(&boot->token, ctx->token.data, ctx->token.len);
    ngx_http_ipxe_str(&boot->file, ctx->name.data, ctx->name.len);

    imcf = ngx_http_get_module_main_conf(r, ngx_http_ipxe_module);

    if (imcf->events) {

        /* what began already goes on */

        boot->is_spent = ilcf->endpoint >= NGX_HTTP_IPXE_FILE
                         ? ngx_http_ipxe_is_spent : ngx_http_ipxe_is_over;
        boot->events = imcf->events;
    }
}


/* Keeps what was found, for headers and variables. */

static void
ngx_http_ipxe_keep(ngx_http_ipxe_ctx_t *ctx, ipxe_boot_t *boot)
{
    /* a machine that two rows claim is neither of them */

    if (boot->result != IPXE_RESULT_CONFLICT) {
        ctx->host.data = (u_char *) boot->host.name.data;
        ctx->host.len = boot->host.name.len;
    }

    ctx->profile.data = (u_char *) boot->profile_name.data;
    ctx->profile.len = boot->profile_name.len;

    ctx->result = boot->result;
    ctx->key = boot->key;
    ctx->armed = (boot->host.install.data != NULL);
    ctx->found = 1;
}


static ngx_uint_t
ngx_http_ipxe_shows_key(ngx_http_ipxe_ctx_t *ctx)
{
    ngx_uint_t  key;

    for (key = 0; key < IPXE_KEYS; key++) {
        if (ctx->facts.key[key].len) {
            return 1;
        }
    }

    return 0;
}


/*
 * Reads one state of the database.  Returns NGX_OK, NGX_DECLINED when it
 * cannot be used, NGX_ERROR when there is no memory.
 */

static ngx_int_t
ngx_http_ipxe_try(ngx_http_request_t *r, ngx_http_ipxe_loc_conf_t *ilcf,
    ipxe_boot_t *boot, const ipxe_dialect_t *dialect, ipxe_buf_t *out)
{
    ngx_int_t            rc;
    ipxe_rc_e            again;
    ngx_uint_t           i;
    ipxe_err_t           err;
    ngx_http_ipxe_db_t  *db;

    db = ilcf->db;

    if (ngx_http_ipxe_get_store(db) == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_IPXE_TRIES; i++) {

        err.len = 0;

        if (out) {
            out->len = 0;
        }

        switch (ipxe_store_begin(db->store, (int64_t) ngx_current_msec, &err)) {

        case IPXE_OK:
            break;

        case IPXE_NOMEM:
            return NGX_ERROR;

        default:
            ngx_http_ipxe_leave_store(db);
            ngx_http_ipxe_say(db, r->connection->log,
                              ipxe_store_is_busy(db->store) ? NGX_LOG_WARN
                                                            : NGX_LOG_CRIT,
                              &err);
            return NGX_DECLINED;
        }

        rc = ngx_http_ipxe_read(r, ilcf, boot, dialect, out);

        again = ipxe_store_end(db->store);

        ngx_http_ipxe_leave_store(db);

        if (again == IPXE_AGAIN || (rc == NGX_DECLINED && i == 0)) {

            /* another state, or the copy of the last good one */

            continue;
        }

        if (rc == NGX_OK) {
            ngx_http_ipxe_say(db, r->connection->log, NGX_LOG_ERR, &err);
        }

        return rc;
    }

    if (out) {
        out->len = 0;
    }

    (void) ipxe_err(&err, IPXE_UNAVAILABLE, "\"%s\" changes faster than it "
                    "can be read: replace it with mv, not in place",
                    db->path.data);
    ngx_http_ipxe_say(db, r->connection->log, NGX_LOG_CRIT, &err);

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_ipxe_read(ngx_http_request_t *r, ngx_http_ipxe_loc_conf_t *ilcf,
    ipxe_boot_t *boot, const ipxe_dialect_t *dialect, ipxe_buf_t *out)
{
    ipxe_rc_e            rc;
    ngx_http_ipxe_db_t  *db;

    db = ilcf->db;

    rc = ngx_http_ipxe_refresh(db, &boot->err);

    if (rc == IPXE_OK) {
        boot->store = db->store;
        boot->catalog = db->catalog;

        rc = (ilcf->endpoint == NGX_HTTP_IPXE_FILE
              || ilcf->endpoint == NGX_HTTP_IPXE_EVENT)
             ? ipxe_boot_find_token(boot) : ipxe_boot_find(boot);
    }

    if (rc == IPXE_OK && dialect && boot->profile) {
        rc = ipxe_boot_render(boot, dialect, out);
    }

    if (rc == IPXE_UNAVAILABLE || rc == IPXE_INVALID) {
        ngx_http_ipxe_say(db, r->connection->log, NGX_LOG_CRIT,
                          &boot->err);
        return NGX_DECLINED;
    }

    return rc == IPXE_OK ? NGX_OK : NGX_ERROR;
}


/* What is wrong in a part of it that all answers share is wrong with all. */

static ipxe_rc_e
ngx_http_ipxe_refresh(ngx_http_ipxe_db_t *db, ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    rc = ipxe_catalog_refresh(&db->catalog, db->store, err);

    if (rc == IPXE_INVALID) {
        ipxe_store_distrust(db->store, err);
    }

    return rc;
}


void
ngx_http_ipxe_look_at(ngx_http_ipxe_db_t *db, ngx_log_t *log)
{
    ipxe_rc_e   rc;
    ipxe_err_t  err;

    err.len = 0;

    rc = ipxe_store_begin(db->store, (int64_t) ngx_current_msec, &err);

    if (rc == IPXE_OK) {
        rc = ngx_http_ipxe_refresh(db, &err);
        (void) ipxe_store_end(db->store);
    }

    ngx_http_ipxe_leave_store(db);

    /* nobody has asked: who is busy now may be done when somebody does */

    if (rc == IPXE_OK || (rc == IPXE_UNAVAILABLE
                          && !ipxe_store_is_busy(db->store)))
    {
        ngx_http_ipxe_say(db, log, rc == IPXE_OK ? NGX_LOG_ERR : NGX_LOG_CRIT,
                          &err);
    }
}


/* Says in the error log how the database is, when that changes. */

static void
ngx_http_ipxe_say(ngx_http_ipxe_db_t *db, ngx_log_t *log, ngx_uint_t level,
    ipxe_err_t *err)
{
    size_t                 i;
    ngx_http_ipxe_said_t  *said;

    /* part of it may be what somebody wrote into a file */

    for (i = 0; i < err->len; i++) {
        if ((u_char) err->text[i] < 0x20 || err->text[i] == 0x7f) {
            err->text[i] = '?';
        }
    }

    if (err->len == 0) {

        if (db->trouble) {
            ngx_log_error(NGX_LOG_NOTICE, log, 0,
                          "ipxe database \"%V\" is used again", &db->path);
        }

        db->trouble = NULL;
        return;
    }

    for (i = 0; i < NGX_HTTP_IPXE_SAID; i++) {

        said = &db->said[i];

        if (err->len == said->err.len
            && ngx_memcmp(err->text, said->err.text, err->len) == 0
            && (said == db->trouble
                || ngx_time() - said->time < NGX_HTTP_IPXE_SILENCE))
        {
            /* what comes and goes is not said each time */

            return;
        }
    }

    ngx_log_error(level, log, 0, "ipxe database %s", err->text);

    said = &db->said[db->nsaid++ % NGX_HTTP_IPXE_SAID];
    said->err = *err;
    said->time = ngx_time();
    db->trouble = said;
}


static void
ngx_http_ipxe_warn(void *data, ipxe_str_t profile, unsigned line,
    const char *what)
{
    ngx_log_t *log = data;

    char  name[IPXE_NAME_SIZE];

    ngx_log_error(NGX_LOG_WARN, log, 0,
                  "profile \"%s\", line %ud of its iPXE script: %s",
                  ipxe_name(name, profile), line, what);
}


static void
ngx_http_ipxe_leave_out(void *data, ipxe_str_t profile, const char *why)
{
    ngx_log_t *log = data;

    char  name[IPXE_NAME_SIZE];

    ngx_log_error(NGX_LOG_ERR, log, 0,
                  "profile \"%s\" cannot be offered in a menu: %s",
                  ipxe_name(name, profile), why);
}


static ngx_int_t
ngx_http_ipxe_get_base_url(ngx_http_request_t *r,
    ngx_http_ipxe_loc_conf_t *ilcf, ngx_http_ipxe_ctx_t *ctx)
{
    ngx_str_t   s;
    ipxe_buf_t  url;

    if (ilcf->base_url) {

        if (ngx_http_complex_value(r, ilcf->base_url, &s) != NGX_OK) {
            return NGX_ERROR;
        }

        while (s.len && s.data[s.len - 1] == '/') {
            s.len--;
        }

    } else if (r->connection->local_sockaddr->sa_family == AF_UNIX) {

        /* a loader completes paths from the URL that it asked */

        ngx_str_null(&s);

    } else {
        return ngx_http_ipxe_get_server(r, ilcf, ctx);
    }

    ngx_memzero(&url, sizeof(ipxe_buf_t));
    url.limit = IPXE_MAX_OUTPUT;
    url.mem = &ctx->mem;

    /* its variables may be text from the request */

    if (ipxe_buf_add(&url, s.data, s.len) != IPXE_OK
        || ipxe_url_encode(&url, 0, NULL) != IPXE_OK)
    {
        return NGX_ERROR;
    }

    ctx->base_url.data = url.data;
    ctx->base_url.len = url.len;

    return NGX_OK;
}


/*
 * Where the request came to: the Host header may lack the port.  Most come to
 * the same address as the one before.
 */

static ngx_int_t
ngx_http_ipxe_get_server(ngx_http_request_t *r,
    ngx_http_ipxe_loc_conf_t *ilcf, ngx_http_ipxe_ctx_t *ctx)
{
    u_char                  *p;
    ngx_str_t                s;
    ngx_uint_t               ssl;
    ngx_connection_t        *c;
    ngx_http_ipxe_server_t  *server;

    c = r->connection;
    server = &ilcf->server;

    if (ngx_connection_local_sockaddr(c, NULL, 0) != NGX_OK) {
        return NGX_ERROR;
    }

#if (NGX_HTTP_SSL)
    ssl = (c->ssl != NULL);
#else
    ssl = 0;
#endif

    if (server->ssl != ssl || server->socklen != c->local_socklen
        || ngx_memcmp(&server->sockaddr, c->local_sockaddr, c->local_socklen)
           != 0)
    {
        p = ngx_cpystrn(server->url, (u_char *) (ssl ? "https://" : "http://"),
                        sizeof("https://"));

        s.data = p;
        s.len = NGX_SOCKADDR_STRLEN;

        if (ngx_connection_local_sockaddr(c, &s, 1) != NGX_OK) {
            return NGX_ERROR;
        }

        server->len = p + s.len - server->url;
        server->ssl = ssl;
        server->socklen = c->local_socklen;
        ngx_memcpy(&server->sockaddr, c->local_sockaddr, c->local_socklen);
    }

    ctx->base_url.data = server->url;
    ctx->base_url.len = server->len;

    return NGX_OK;
}


/* PXELINUX goes on to the next name unless it asks for "default". */

static ngx_int_t
ngx_http_ipxe_get_default(ngx_http_request_t *r,
    ngx_http_ipxe_loc_conf_t *ilcf, ngx_http_ipxe_ctx_t *ctx,
    ipxe_str_t *profile)
{
    ngx_str_t  s;

    ngx_str_set(&s, "default");

    if (ilcf->endpoint == NGX_HTTP_IPXE_NONE
        || ilcf->endpoint >= NGX_HTTP_IPXE_FILE
        || (ilcf->endpoint == NGX_HTTP_IPXE_PXELINUX
            && ctx->file != IPXE_FILE_DEFAULT))
    {
        s.len = 0;

    } else if (ilcf->default_profile) {

        if (ngx_http_complex_value(r, ilcf->default_profile, &s) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    profile->data = s.data;
    profile->len = s.len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_ipxe_get_facts(ngx_http_request_t *r, ngx_http_ipxe_ctx_t *ctx)
{
    u_char                    *p, *end;
    ipxe_str_t                 str;
    ngx_http_ipxe_loc_conf_t  *ilcf;

    ilcf = ngx_http_get_module_loc_conf(r, ngx_http_ipxe_module);

    end = r->uri.data + r->uri.len;
    p = ngx_http_ipxe_last_part(r->uri.data, end);

    if (ilcf->endpoint >= NGX_HTTP_IPXE_FILE) {

        ctx->name.data = p;
        ctx->name.len = end - p;

        if (p > r->uri.data) {
            ctx->token.data = ngx_http_ipxe_last_part(r->uri.data, p - 1);
            ctx->token.len = p - 1 - ctx->token.data;
        }

        return NGX_OK;
    }

    if (ilcf->endpoint == NGX_HTTP_IPXE_PXELINUX) {

        ngx_http_ipxe_str(&str, p, end - p);

        if (ipxe_facts_file(&ctx->facts, str, &ctx->file, &ctx->mem)
            != IPXE_OK)
        {
            return NGX_ERROR;
        }
    }

    str.data = r->args.data;
    str.len = r->args.len;

    if (ipxe_facts_query(&ctx->facts, str, &ctx->mem) != IPXE_OK) {
        return NGX_ERROR;
    }

    return ngx_http_ipxe_get_cookies(r, ctx);
}


/* Where the last part of a path begins, behind its "/". */

static u_char *
ngx_http_ipxe_last_part(u_char *path, u_char *end)
{
    while (end > path && end[-1] != '/') {
        end--;
    }

    return end;
}


static ngx_int_t
ngx_http_ipxe_get_cookies(ngx_http_request_t *r, ngx_http_ipxe_ctx_t *ctx)
{
    ipxe_str_t         str;
    ngx_table_elt_t   *h;

#if (nginx_version >= 1023000)

    for (h = r->headers_in.cookie; h; h = h->next) {

#else

    ngx_uint_t         i;
    ngx_table_elt_t  **cookies;

    cookies = r->headers_in.cookies.elts;

    for (i = 0; i < r->headers_in.cookies.nelts; i++) {
        h = cookies[i];

#endif

        str.data = h->value.data;
        str.len = h->value.len;

        if (ipxe_facts_cookie(&ctx->facts, str, &ctx->mem) != IPXE_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void *
ngx_http_ipxe_palloc(void *data, size_t size)
{
    return ngx_palloc(data, size);
}


/* The texts that no template makes. */

static ngx_int_t
ngx_http_ipxe_body(ngx_http_request_t *r, ngx_http_ipxe_ctx_t *ctx,
    const ipxe_dialect_t *dialect, ipxe_buf_t *out, ipxe_err_t *said)
{
    u_char      *p;
    ipxe_rc_e    rc;
    ipxe_str_t   path;

    switch (ctx->result) {

    case IPXE_RESULT_STUB:

        /* the path that the machine asked, whatever it was rewritten to */

        path.data = r->unparsed_uri.data;
        path.len = r->unparsed_uri.len;

        p = ngx_strlchr(r->unparsed_uri.data,
                        r->unparsed_uri.data + r->unparsed_uri.len, '?');
        if (p) {
            path.len = p - r->unparsed_uri.data;
        }

        rc = dialect->stub(out, ctx->base_url, path);
        break;

    case IPXE_RESULT_CONFLICT:
    case IPXE_RESULT_ERROR:
        rc = dialect->refuse(out, said->text);
        break;

    case IPXE_RESULT_UNAVAILABLE:

        /* to GRUB, which reads the body of any answer, all is a comment */

        rc = ipxe_buf_text(out, dialect == &ipxe_dialect_ipxe ? "#!ipxe\n"
                                                              : "");
        if (rc == IPXE_OK) {
            rc = ipxe_buf_text(out, "# The hosts database cannot be used now. "
                               "The error log of nginx says why.\n");
        }

        break;

    default:
        rc = IPXE_OK;
        break;
    }

    return rc == IPXE_OK ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_int_t
ngx_http_ipxe_send(ngx_http_request_t *r, ngx_uint_t status, ipxe_buf_t *out)
{
    ngx_int_t                  rc;
    ngx_buf_t                 *b;
    ngx_chain_t                cl;
    ngx_http_ipxe_loc_conf_t  *ilcf;

    /* error_page must not put another status on a script */

    r->err_status = 0;

    r->headers_out.status = status;
    r->headers_out.content_length_n = out->len;

    ilcf = ngx_http_get_module_loc_conf(r, ngx_http_ipxe_module);

    if (ilcf->endpoint == NGX_HTTP_IPXE_FILE && status == NGX_HTTP_OK) {

        /* what the location says in "types" and "default_type" */

        if (ngx_http_set_content_type(r) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

    } else {
        ngx_str_set(&r->headers_out.content_type, "text/plain");
        r->headers_out.content_type_len = r->headers_out.content_type.len;
        r->headers_out.content_type_lowcase = NULL;
    }

    /*
     * Loaders read what they get as it is: never 206, 304 or 412, and no
     * encoding, whatever the request and the rest of the configuration say.
     */

    r->allow_ranges = 0;
    r->disable_not_modified = 1;

#if (NGX_HTTP_GZIP)
    r->gzip_tested = 1;
    r->gzip_ok = 0;
#endif

    if (ngx_http_ipxe_header(r, "Cache-Control", (u_char *) "no-store", 8)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (out->len == 0) {
        r->header_only = 1;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b->pos = out->data;
    b->last = out->data + out->len;
    b->memory = 1;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    cl.buf = b;
    cl.next = NULL;

    return ngx_http_output_filter(r, &cl);
}


static ngx_int_t
ngx_http_ipxe_headers(ngx_http_request_t *r, ngx_http_ipxe_ctx_t *ctx,
    ngx_uint_t status)
{
    const char  *result;

    result = ipxe_result_name(ctx->result);

    if (ngx_http_ipxe_header(r, "X-Ipxe-Result", (u_char *) result,
                             ngx_strlen(result))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* a token that is of no use any more tells nothing */

    if (ctx->token.len
        && (status == NGX_HTTP_NOT_FOUND || status == NGX_HTTP_IPXE_GONE))
    {
        return NGX_OK;
    }

    if (ngx_http_ipxe_header(r, "X-Ipxe-Host", ctx->host.data,
                                ctx->host.len)
           != NGX_OK
        || ngx_http_ipxe_header(r, "X-Ipxe-Profile", ctx->profile.data,
                                ctx->profile.len)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return status == NGX_HTTP_SERVICE_UNAVAILABLE ? ngx_http_ipxe_retry(r)
                                                  : NGX_OK;
}


static ngx_int_t
ngx_http_ipxe_retry(ngx_http_request_t *r)
{
    u_char                    *p;
    ngx_http_ipxe_loc_conf_t  *ilcf;

    ilcf = ngx_http_get_module_loc_conf(r, ngx_http_ipxe_module);

    p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    return ngx_http_ipxe_header(r, "Retry-After", p,
                                ngx_sprintf(p, "%T", ilcf->retry_after) - p);
}


/* Adds a header, if there is a value and it cannot end the header. */

static ngx_int_t
ngx_http_ipxe_header(ngx_http_request_t *r, const char *name,
    const u_char *value, size_t len)
{
    size_t            i;
    ngx_table_elt_t  *h;

    for (i = 0; i < len; i++) {
        if (value[i] < 0x20 || value[i] > 0x7e) {
            return NGX_OK;
        }
    }

    if (len == 0) {
        return NGX_OK;
    }

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value.data = (u_char *) value;
    h->value.len = len;

#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    return NGX_OK;
}
