
#ifndef _NGX_HTTP_IPXE_MODULE_H_INCLUDED_
#define _NGX_HTTP_IPXE_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <ngx_thread_pool.h>

#include "ipxe_boot.h"
#include "ipxe_events.h"


#define NGX_HTTP_IPXE_GONE  410


typedef enum {
    NGX_HTTP_IPXE_NONE = 0,
    NGX_HTTP_IPXE_BOOT,
    NGX_HTTP_IPXE_PXELINUX,
    NGX_HTTP_IPXE_GRUB,
    NGX_HTTP_IPXE_FILE,
    NGX_HTTP_IPXE_EVENT
} ngx_http_ipxe_endpoint_e;


/*
 * One database file, shared by all locations that name it.  Nothing of it is
 * open before a worker answers the first request.
 */

typedef struct {
    ngx_str_t                  path;
    ipxe_store_t              *store;
    ipxe_catalog_t            *catalog;

    /* what was said last in the error log, so that it is said once */
    ipxe_err_t                 said;

    ngx_event_t                rest;        /* lets go of a state */
    ngx_connection_t          *watch;       /* of the directory */

    unsigned                   published:1;
    unsigned                   known:1;     /* published is set */
} ngx_http_ipxe_db_t;


typedef struct ngx_http_ipxe_shared_s  ngx_http_ipxe_shared_t;


/* events.db, one for all */

typedef struct {
    ngx_str_t                  path;
    ngx_uint_t                 history;     /* answers that are kept */
    ngx_uint_t                 machines;    /* ... and machines */

    ngx_shm_zone_t            *zone;
    ngx_http_ipxe_shared_t    *shared;

    ipxe_events_t             *reader;      /* of the event loop */

    /* used by who has the mutex in the shared memory */
    ipxe_events_t             *writer;
    u_char                    *batch;

    ngx_thread_pool_t         *pool;
    ngx_thread_task_t         *task;
    ngx_event_t                timer;
    uint64_t                   dropped;     /* that were spoken of */
    ipxe_err_t                 said;

    unsigned                   flushing:1;
} ngx_http_ipxe_events_t;


typedef struct {
    ngx_array_t                dbs;         /* ngx_http_ipxe_db_t * */
    ngx_http_ipxe_events_t    *events;
} ngx_http_ipxe_main_conf_t;


/* The address that a request came to last, as a URL. */

typedef struct {
    ngx_sockaddr_t             sockaddr;
    socklen_t                  socklen;
    ngx_uint_t                 ssl;
    size_t                     len;
    u_char                     url[sizeof("https://") + NGX_SOCKADDR_STRLEN];
} ngx_http_ipxe_server_t;


typedef struct {
    ngx_http_ipxe_db_t        *db;
    ngx_http_ipxe_server_t     server;

    ngx_http_ipxe_endpoint_e   endpoint;

    ngx_http_complex_value_t  *base_url;
    ngx_http_complex_value_t  *default_profile;

    ipxe_fact_e                keys[IPXE_KEYS];
    ngx_uint_t                 nkeys;

    ngx_uint_t                 conflict_first;
    time_t                     retry_after;
} ngx_http_ipxe_loc_conf_t;


typedef struct {
    ipxe_mem_t                 mem;         /* of the request's pool */

    /* what the facts were taken from: a rewrite may change it */
    ngx_str_t                  uri;
    ngx_str_t                  args;
    ngx_http_ipxe_loc_conf_t  *conf;

    ipxe_facts_t               facts;
    ipxe_file_e                file;        /* that PXELINUX asks for */

    /* the last two parts of the path of a file or an event */
    ngx_str_t                  token;
    ngx_str_t                  name;

    ngx_uint_t                 event;       /* ipxe_event_e */
    void                      *post;        /* ... while it is written */

    ipxe_result_e              result;
    ipxe_fact_e                key;
    ngx_str_t                  host;
    ngx_str_t                  profile;
    ipxe_str_t                 base_url;

    unsigned                   found:1;     /* the four above are set */
    unsigned                   finding:1;   /* ... and are being set */
} ngx_http_ipxe_ctx_t;


#pragma GCC visibility push(hidden)

/* The facts of a request, taken when they are asked for first. */
ngx_http_ipxe_ctx_t *ngx_http_ipxe_get_ctx(ngx_http_request_t *r);

/*
 * Finds the host and profile of a request, and renders the answer in DIALECT
 * unless that is NULL.  SAID tells why the result is not better.
 */
ngx_int_t ngx_http_ipxe_find(ngx_http_request_t *r, ngx_http_ipxe_ctx_t *ctx,
    const ipxe_dialect_t *dialect, ipxe_buf_t *out, ipxe_err_t *said);

/* The store of a worker, made when it is asked for first; and its end. */
ipxe_store_t *ngx_http_ipxe_get_store(ngx_http_ipxe_db_t *db);
void ngx_http_ipxe_close_store(ngx_http_ipxe_db_t *db);

/* Lets go of the state of the database soon. */
void ngx_http_ipxe_rest_store(ngx_http_ipxe_db_t *db);

/* Shared memory and events.db: the directive, a worker's begin and end. */
char *ngx_http_ipxe_events(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
void ngx_http_ipxe_open_events(ngx_http_ipxe_events_t *events);
void ngx_http_ipxe_close_events(ngx_http_ipxe_events_t *events);

/* Keeps the answer to a machine, if there is an events.db. */
void ngx_http_ipxe_add_event(ngx_http_request_t *r, ngx_http_ipxe_ctx_t *ctx,
    const char *endpoint);

/* ipxe_events_is_spent() of DATA, an ngx_http_ipxe_events_t */
ipxe_rc_e ngx_http_ipxe_is_spent(void *data, ipxe_str_t token,
    ipxe_err_t *err);

/* ipxe_events_report(), which waits for the disk: for threads only */
ipxe_rc_e ngx_http_ipxe_report(ngx_http_ipxe_events_t *events,
    const ipxe_report_t *report, ipxe_err_t *err);

/* An answer without a script: 405 with METHODS; STATUS with TEXT, or none */
ngx_int_t ngx_http_ipxe_not_allowed(ngx_http_request_t *r,
    const char *methods);
ngx_int_t ngx_http_ipxe_say_status(ngx_http_request_t *r, ngx_uint_t status,
    const char *text);

ngx_int_t ngx_http_ipxe_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_ipxe_event_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_ipxe_add_variables(ngx_conf_t *cf);

/* Milliseconds since 1970. */

static ngx_inline int64_t
ngx_http_ipxe_now(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (int64_t) tp->sec * 1000 + tp->msec;
}


static ngx_inline void
ngx_http_ipxe_str(ipxe_str_t *str, const void *data, size_t len)
{
    str->data = data;
    str->len = len;
}


#pragma GCC visibility pop


extern ngx_module_t  ngx_http_ipxe_module;


#endif /* _NGX_HTTP_IPXE_MODULE_H_INCLUDED_ */
