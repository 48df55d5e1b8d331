
/*
 * What an installer reports: POST /ipxe/event/<token>/done|failed|log.
 */


#include "ngx_http_ipxe_module.h"


static void ngx_http_ipxe_event_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_ipxe_event_post(ngx_http_request_t *r,
    ngx_http_ipxe_ctx_t *ctx);
static ngx_int_t ngx_http_ipxe_event_read(ngx_http_request_t *r,
    ipxe_str_t *body);
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


/* The answer waits until the report is written. */

static ngx_int_t
ngx_http_ipxe_event_post(ngx_http_request_t *r, ngx_http_ipxe_ctx_t *ctx)
{
    ngx_int_t                   rc;
    ngx_http_ipxe_post_t       *post;
    ngx_http_ipxe_main_conf_t  *imcf;

    imcf = ngx_http_get_module_main_conf(r, ngx_http_ipxe_module);

    post = ngx_pcalloc(r->pool, sizeof(ngx_http_ipxe_post_t));
    if (post == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_ipxe_event_read(r, &post->report.body);
    if (rc != NGX_OK) {
        return rc;
    }

    post->request = r;
    post->report.event = ctx->event;
    post->report.armed = ctx->armed;
    post->report.time = ngx_http_ipxe_now();

    ngx_http_ipxe_str(&post->report.token, ctx->token.data, ctx->token.len);
    ngx_http_ipxe_str(&post->report.host, ctx->host.data, ctx->host.len);
    ngx_http_ipxe_str(&post->report.profile, ctx->profile.data,
                      ctx->profile.len);
    ngx_http_ipxe_str(&post->report.address, r->connection->addr_text.data,
                      r->connection->addr_text.len);

    if (ngx_http_ipxe_post(imcf->events, post) != NGX_OK) {
        return ngx_http_ipxe_say_status(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                        "not recorded, repeat it\n");
    }

    ctx->post = post;

    r->main->blocked++;
    r->aio = 1;
    r->write_event_handler = ngx_http_ipxe_event_done;

    return NGX_DONE;
}


/* The body as a whole: part of it may be in a file. */

static ngx_int_t
ngx_http_ipxe_event_read(ngx_http_request_t *r, ipxe_str_t *body)
{
    u_char       *p, *last;
    size_t        size;
    ngx_buf_t    *b;
    ngx_chain_t  *cl, *in;

    in = r->request_body ? r->request_body->bufs : NULL;
    size = 0;

    for (cl = in; cl; cl = cl->next) {

        size += (size_t) ngx_buf_size(cl->buf);

        if (size > IPXE_MAX_BODY) {
            return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
        }
    }

    p = ngx_pnalloc(r->pool, size + 1);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_ipxe_str(body, p, size);

    for (cl = in; cl; cl = cl->next) {

        b = cl->buf;
        last = p + ngx_buf_size(b);

        if (last == p) {
            continue;
        }

        if (!b->in_file) {
            ngx_memcpy(p, b->pos, last - p);

        } else if (ngx_read_file(b->file, p, last - p, b->file_pos)
                   != last - p)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        p = last;
    }

    return NGX_OK;
}


void
ngx_http_ipxe_posted(ngx_http_ipxe_post_t *post)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

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
