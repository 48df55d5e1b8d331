
/*
 * What an installer reports: POST /ipxe/event/<token>/done|failed|log.
 */


#include "ngx_http_ipxe_module.h"


typedef struct {
    ngx_http_request_t        *request;
    ngx_http_ipxe_events_t    *events;
    ipxe_report_t              report;
    ipxe_rc_e                  rc;
    ipxe_err_t                 err;
} ngx_http_ipxe_post_t;


static void ngx_http_ipxe_event_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_ipxe_event_post(ngx_http_request_t *r,
    ngx_http_ipxe_ctx_t *ctx);
static ngx_int_t ngx_http_ipxe_event_read(ngx_http_request_t *r,
    ipxe_str_t *body);
static ngx_int_t ngx_http_ipxe_event_copy(ngx_http_request_t *r, u_char *p,
    u_char *end, size_t *len);
static void ngx_http_ipxe_event_thread(void *data, ngx_log_t *log);
static void ngx_http_ipxe_event_wake(ngx_event_t *ev);
static void ngx_http_ipxe_event_done(ngx_http_request_t *r);


ngx_int_t
ngx_http_ipxe_event_handler(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_uint_t            event;
    ngx_http_ipxe_ctx_t  *ctx;

    if (!(r->method & NGX_HTTP_POST)) {

        rc = ngx_http_discard_request_body(r);
        if (rc != NGX_OK) {
            return rc;
        }

        return ngx_http_ipxe_not_allowed(r, "POST");
    }

    ctx = ngx_http_ipxe_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    for (event = 0; event < IPXE_EVENTS; event++) {
        if (ctx->name.len == ngx_strlen(ipxe_event_name(event))
            && ngx_strncmp(ctx->name.data, ipxe_event_name(event),
                           ctx->name.len)
               == 0)
        {
            break;
        }
    }

    ctx->event = event;

    if (event == IPXE_EVENTS) {

        rc = ngx_http_discard_request_body(r);
        if (rc != NGX_OK) {
            return rc;
        }

        return ngx_http_ipxe_say_status(r, NGX_HTTP_NOT_FOUND, NULL);
    }

    if (r->headers_in.content_length_n > IPXE_MAX_BODY) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    rc = ngx_http_read_client_request_body(r, ngx_http_ipxe_event_body);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


static void
ngx_http_ipxe_event_body(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ipxe_err_t            said;
    ngx_http_ipxe_ctx_t  *ctx;

    ctx = ngx_http_ipxe_get_ctx(r);

    if (ctx == NULL
        || ngx_http_ipxe_find(r, ctx, NULL, NULL, &said) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    switch (ctx->result) {

    case IPXE_RESULT_UNKNOWN:
        rc = ngx_http_ipxe_say_status(r, NGX_HTTP_NOT_FOUND, NULL);
        break;

    case IPXE_RESULT_SPENT:
        rc = ngx_http_ipxe_say_status(r, NGX_HTTP_IPXE_GONE, NULL);
        break;

    case IPXE_RESULT_UNAVAILABLE:
        rc = ngx_http_ipxe_say_status(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                      "not recorded, repeat it\n");
        break;

    default:
        rc = ngx_http_ipxe_event_post(r, ctx);

        if (rc == NGX_DONE) {
            return;
        }

        break;
    }

    ngx_http_finalize_request(r, rc);
}


/* Has a thread write the report; the answer waits for it. */

static ngx_int_t
ngx_http_ipxe_event_post(ngx_http_request_t *r, ngx_http_ipxe_ctx_t *ctx)
{
    ngx_int_t                   rc;
    ngx_thread_task_t          *task;
    ngx_http_ipxe_post_t       *post;
    ngx_http_ipxe_main_conf_t  *imcf;

    imcf = ngx_http_get_module_main_conf(r, ngx_http_ipxe_module);

    task = ngx_thread_task_alloc(r->pool, sizeof(ngx_http_ipxe_post_t));
    if (task == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    post = task->ctx;
    post->request = r;
    post->events = imcf->events;

    rc = ngx_http_ipxe_event_read(r, &post->report.body);
    if (rc != NGX_OK) {
        return rc;
    }

    post->report.event = ctx->event;
    post->report.time = ngx_http_ipxe_now();

    ngx_http_ipxe_str(&post->report.token, ctx->token.data, ctx->token.len);
    ngx_http_ipxe_str(&post->report.host, ctx->host.data, ctx->host.len);
    ngx_http_ipxe_str(&post->report.profile, ctx->profile.data,
                      ctx->profile.len);
    ngx_http_ipxe_str(&post->report.address, r->connection->addr_text.data,
                      r->connection->addr_text.len);

    task->handler = ngx_http_ipxe_event_thread;
    task->event.handler = ngx_http_ipxe_event_wake;
    task->event.data = post;

    ctx->post = post;

    if (ngx_thread_task_post(post->events->pool, task) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->main->blocked++;
    r->aio = 1;
    r->write_event_handler = ngx_http_ipxe_event_done;

    return NGX_DONE;
}


static ngx_int_t
ngx_http_ipxe_event_read(ngx_http_request_t *r, ipxe_str_t *body)
{
    u_char       *p;
    size_t        len;
    ngx_int_t     rc;

    p = ngx_palloc(r->pool, IPXE_MAX_BODY + 1);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    len = 0;

    if (r->request_body && r->request_body->bufs) {

        rc = ngx_http_ipxe_event_copy(r, p, p + IPXE_MAX_BODY + 1, &len);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    body->data = p;
    body->len = len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_ipxe_event_copy(ngx_http_request_t *r, u_char *p, u_char *end,
    size_t *len)
{
    size_t        size;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {

        b = cl->buf;
        size = (size_t) ngx_buf_size(b);

        if (size > (size_t) (end - p) - *len - 1) {
            return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
        }

        if (b->in_file) {

            n = ngx_read_file(b->file, p + *len, size, b->file_pos);

            if (n != (ssize_t) size) {
                return NGX_HTTP_INTERNAL_SERVER_ERROR;
            }

        } else if (size) {
            ngx_memcpy(p + *len, b->pos, size);
        }

        *len += size;
    }

    return NGX_OK;
}


static void
ngx_http_ipxe_event_thread(void *data, ngx_log_t *log)
{
    ngx_http_ipxe_post_t *post = data;

    post->rc = ngx_http_ipxe_report(post->events, &post->report, &post->err);
}


static void
ngx_http_ipxe_event_wake(ngx_event_t *ev)
{
    ngx_connection_t      *c;
    ngx_http_request_t    *r;
    ngx_http_ipxe_post_t  *post;

    post = ev->data;
    r = post->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    r->main->blocked--;
    r->aio = 0;

    r->write_event_handler(r);

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_ipxe_event_done(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_http_ipxe_ctx_t   *ctx;
    ngx_http_ipxe_post_t  *post;

    if (r->aio) {
        return;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_ipxe_module);
    post = ctx->post;

    switch (post->rc) {

    case IPXE_OK:
        rc = ngx_http_ipxe_say_status(r, NGX_HTTP_OK, "recorded\n");
        break;

    case IPXE_DECLINED:

        /* another request was faster */

        rc = ngx_http_ipxe_say_status(r, NGX_HTTP_IPXE_GONE, NULL);
        break;

    default:
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                      "ipxe event \"%s\" of host \"%V\" was not recorded: %s",
                      ipxe_event_name(ctx->event), &ctx->host,
                      post->err.len ? post->err.text : "there is no memory");

        rc = ngx_http_ipxe_say_status(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                      "not recorded, repeat it\n");
        break;
    }

    ngx_http_finalize_request(r, rc);
}
