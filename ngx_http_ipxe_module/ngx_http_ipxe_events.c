
/*
 * Events in the workers: answers go through a ring in shared memory to
 * events.db, written in batches by a thread of one worker at a time; what
 * installers report is written before it is acknowledged.
 */


#include "ngx_http_ipxe_module.h"


#define NGX_HTTP_IPXE_RING      (8 * 1024 * 1024)
#define NGX_HTTP_IPXE_BATCH     (1024 * 1024)
#define NGX_HTTP_IPXE_INTERVAL  500     /* ms */
#define NGX_HTTP_IPXE_LOADER    128     /* bytes of User-Agent that are kept */


/* What the workers share. */

struct ngx_http_ipxe_shared_s {
    pthread_mutex_t            writing;     /* one at a time in all workers */
    ipxe_ring_t                ring;
};


typedef struct {
    ngx_http_ipxe_events_t    *events;
    ipxe_rc_e                  rc;
    ipxe_err_t                 err;
} ngx_http_ipxe_flush_t;


static ngx_int_t ngx_http_ipxe_init_zone(ngx_shm_zone_t *zone, void *data);
static void ngx_http_ipxe_events_timer(ngx_event_t *ev);
static void ngx_http_ipxe_flush_thread(void *data, ngx_log_t *log);
static void ngx_http_ipxe_flush_done(ngx_event_t *ev);
static ipxe_rc_e ngx_http_ipxe_flush(ngx_http_ipxe_events_t *events,
    ipxe_err_t *err);
static ngx_uint_t ngx_http_ipxe_pending(ngx_http_ipxe_events_t *events);
static ngx_int_t ngx_http_ipxe_lock(ngx_http_ipxe_shared_t *shared);
static void ngx_http_ipxe_events_say(ngx_http_ipxe_events_t *events,
    ipxe_err_t *err);
static void ngx_http_ipxe_loader(ngx_http_request_t *r, ipxe_str_t *loader,
    u_char *buf);


char *
ngx_http_ipxe_events(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ipxe_main_conf_t *imcf = conf;

    size_t                   size;
    ngx_int_t                n;
    ngx_str_t               *value, name;
    ngx_uint_t               i;
    ngx_http_ipxe_events_t  *events;

    if (imcf->events) {
        return "is duplicate: there is one for all servers";
    }

    events = ngx_pcalloc(cf->pool, sizeof(ngx_http_ipxe_events_t));
    if (events == NULL) {
        return NGX_CONF_ERROR;
    }

    events->history = 100000;
    events->machines = 100000;

    value = cf->args->elts;

    for (i = 2; i < cf->args->nelts; i++) {

        n = NGX_ERROR;

        if (ngx_strncmp(value[i].data, "history=", 8) == 0) {
            n = ngx_atoi(value[i].data + 8, value[i].len - 8);
            events->history = n;

        } else if (ngx_strncmp(value[i].data, "machines=", 9) == 0) {
            n = ngx_atoi(value[i].data + 9, value[i].len - 9);
            events->machines = n;
        }

        if (n < 1) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"ipxe_events\" cannot have \"%V\": it has "
                               "\"history=NUMBER\" and \"machines=NUMBER\", "
                               "such as \"history=100000\"", &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    events->path = value[1];

    if (ngx_conf_full_name(cf->cycle, &events->path, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    events->pool = ngx_thread_pool_add(cf, NULL);
    if (events->pool == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_str_set(&name, "ipxe_events");

    /* a slab keeps a record of each page */

    size = NGX_HTTP_IPXE_RING + NGX_HTTP_IPXE_RING / 64 + 32 * ngx_pagesize;

    events->zone = ngx_shared_memory_add(cf, &name, size,
                                         &ngx_http_ipxe_module);
    if (events->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    events->zone->init = ngx_http_ipxe_init_zone;
    events->zone->data = events;

    imcf->events = events;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_ipxe_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_http_ipxe_events_t *old = data;

    ngx_slab_pool_t         *shpool;
    pthread_mutexattr_t      attr;
    ngx_http_ipxe_events_t  *events;
    ngx_http_ipxe_shared_t  *shared;

    events = zone->data;
    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (old) {
        events->shared = old->shared;
        return NGX_OK;
    }

    if (zone->shm.exists) {
        events->shared = shpool->data;
        return NGX_OK;
    }

    shared = ngx_slab_alloc(shpool, NGX_HTTP_IPXE_RING);
    if (shared == NULL) {
        return NGX_ERROR;
    }

    if (pthread_mutexattr_init(&attr) != 0
        || pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) != 0
        || pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) != 0
        || pthread_mutex_init(&shared->writing, &attr) != 0)
    {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                      "a mutex for \"ipxe_events\" cannot be made");
        return NGX_ERROR;
    }

    ipxe_ring_init(&shared->ring,
                   NGX_HTTP_IPXE_RING
                   - offsetof(ngx_http_ipxe_shared_t, ring),
                   (uint64_t) ngx_http_ipxe_now());

    shpool->data = shared;
    events->shared = shared;

    return NGX_OK;
}


void
ngx_http_ipxe_open_events(ngx_http_ipxe_events_t *events)
{
    ipxe_rc_e                rc;
    ipxe_err_t               err;
    ngx_http_ipxe_flush_t   *flush;

    static const ipxe_str_t  none = ipxe_null_string;

    events->reader = ipxe_events_create((char *) events->path.data);
    events->writer = ipxe_events_create((char *) events->path.data);
    events->batch = ngx_alloc(NGX_HTTP_IPXE_BATCH, ngx_cycle->log);
    events->task = ngx_thread_task_alloc(ngx_cycle->pool,
                                         sizeof(ngx_http_ipxe_flush_t));

    if (events->reader == NULL || events->writer == NULL
        || events->batch == NULL || events->task == NULL)
    {
        ngx_http_ipxe_close_events(events);
        return;
    }

    flush = events->task->ctx;
    flush->events = events;

    events->task->handler = ngx_http_ipxe_flush_thread;
    events->task->event.handler = ngx_http_ipxe_flush_done;
    events->task->event.data = events;

    events->timer.handler = ngx_http_ipxe_events_timer;
    events->timer.data = events;
    events->timer.log = ngx_cycle->log;
    events->timer.cancelable = 1;

    /*
     * A machine that is to be installed looks for it at once; and who has it
     * open sees when it is taken away.
     */

    if (ngx_http_ipxe_lock(events->shared) == NGX_OK) {

        err.len = 0;
        rc = ipxe_events_make(events->writer, &err);

        pthread_mutex_unlock(&events->shared->writing);

        if (rc == IPXE_OK) {
            (void) ipxe_events_is_spent(events->reader, none, &err);
        }

        ngx_http_ipxe_events_say(events, &err);
    }

    /* a worker that was killed may have left some */

    ngx_add_timer(&events->timer, NGX_HTTP_IPXE_INTERVAL);
}


/* What is in the ring is written before the worker ends. */

void
ngx_http_ipxe_close_events(ngx_http_ipxe_events_t *events)
{
    ipxe_err_t  err;

    if (events->timer.timer_set) {
        ngx_del_timer(&events->timer);
    }

    if (events->writer && events->reader && events->batch && events->task) {

        err.len = 0;
        (void) ngx_http_ipxe_flush(events, &err);
        ngx_http_ipxe_events_say(events, &err);
    }

    if (events->reader) {
        ipxe_events_destroy(events->reader);
        events->reader = NULL;
    }

    if (events->writer) {
        ipxe_events_destroy(events->writer);
        events->writer = NULL;
    }

    if (events->batch) {
        ngx_free(events->batch);
        events->batch = NULL;
    }
}


void
ngx_http_ipxe_add_event(ngx_http_request_t *r, ngx_http_ipxe_ctx_t *ctx,
    const char *endpoint)
{
    u_char                      buf[NGX_HTTP_IPXE_LOADER];
    ngx_uint_t                  i;
    const char                 *key, *result;
    ipxe_answer_t               answer;
    ngx_slab_pool_t            *shpool;
    ngx_http_ipxe_events_t     *events;
    ngx_http_ipxe_main_conf_t  *imcf;

    imcf = ngx_http_get_module_main_conf(r, ngx_http_ipxe_module);
    events = imcf->events;

    if (events == NULL || events->writer == NULL) {
        return;
    }

    answer.time = ngx_http_ipxe_now();

    for (i = 0; i < IPXE_FACTS; i++) {
        answer.string[i] = ctx->facts.text[i];
    }

    key = ipxe_key_name(ctx->key);
    result = ipxe_result_name(ctx->result);

    ngx_http_ipxe_str(&answer.string[IPXE_ANSWER_RESULT], result,
                      ngx_strlen(result));
    ngx_http_ipxe_str(&answer.string[IPXE_ANSWER_ENDPOINT], endpoint,
                      ngx_strlen(endpoint));
    ngx_http_ipxe_str(&answer.string[IPXE_ANSWER_HOST], ctx->host.data,
                      ctx->host.len);
    ngx_http_ipxe_str(&answer.string[IPXE_ANSWER_KEY], key, ngx_strlen(key));
    ngx_http_ipxe_str(&answer.string[IPXE_ANSWER_PROFILE], ctx->profile.data,
                      ctx->profile.len);
    ngx_http_ipxe_str(&answer.string[IPXE_ANSWER_ADDRESS],
                      r->connection->addr_text.data,
                      r->connection->addr_text.len);

    ngx_http_ipxe_loader(r, &answer.string[IPXE_ANSWER_LOADER], buf);

    shpool = (ngx_slab_pool_t *) events->zone->shm.addr;

    ngx_shmtx_lock(&shpool->mutex);
    (void) ipxe_ring_add(&events->shared->ring, &answer);
    ngx_shmtx_unlock(&shpool->mutex);

    if (!events->timer.timer_set && !events->flushing) {
        ngx_add_timer(&events->timer, NGX_HTTP_IPXE_INTERVAL);
    }
}


ipxe_rc_e
ngx_http_ipxe_is_spent(void *data, ipxe_str_t token, ipxe_err_t *err)
{
    ngx_http_ipxe_events_t *events = data;

    if (events->reader == NULL) {
        return IPXE_NOMEM;
    }

    return ipxe_events_is_spent(events->reader, token, err);
}


ipxe_rc_e
ngx_http_ipxe_report(ngx_http_ipxe_events_t *events,
    const ipxe_report_t *report, ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    if (events->writer == NULL || ngx_http_ipxe_lock(events->shared) != NGX_OK)
    {
        return IPXE_NOMEM;
    }

    rc = ipxe_events_report(events->writer, report, err);

    pthread_mutex_unlock(&events->shared->writing);

    return rc;
}


static void
ngx_http_ipxe_events_timer(ngx_event_t *ev)
{
    ngx_http_ipxe_events_t *events = ev->data;

    if (events->flushing || !ngx_http_ipxe_pending(events)) {
        return;
    }

    if (ngx_thread_task_post(events->pool, events->task) == NGX_OK) {
        events->flushing = 1;
        return;
    }

    ngx_add_timer(ev, NGX_HTTP_IPXE_INTERVAL);
}


static void
ngx_http_ipxe_flush_thread(void *data, ngx_log_t *log)
{
    ngx_http_ipxe_flush_t *flush = data;

    flush->err.len = 0;
    flush->rc = ngx_http_ipxe_flush(flush->events, &flush->err);
}


static void
ngx_http_ipxe_flush_done(ngx_event_t *ev)
{
    ngx_http_ipxe_flush_t   *flush;
    ngx_http_ipxe_events_t  *events;

    events = ev->data;
    flush = events->task->ctx;

    events->flushing = 0;

    ngx_http_ipxe_events_say(events, &flush->err);

    if (ngx_http_ipxe_pending(events)) {
        ngx_add_timer(&events->timer, NGX_HTTP_IPXE_INTERVAL);
    }
}


/* Writes what is in the ring, in a thread or when the worker ends. */

static ipxe_rc_e
ngx_http_ipxe_flush(ngx_http_ipxe_events_t *events, ipxe_err_t *err)
{
    uint64_t          head;
    ipxe_rc_e         rc;
    ipxe_str_t        copied;
    ipxe_ring_t      *ring;
    ngx_slab_pool_t  *shpool;

    shpool = (ngx_slab_pool_t *) events->zone->shm.addr;
    ring = &events->shared->ring;
    rc = IPXE_OK;

    if (ngx_http_ipxe_lock(events->shared) != NGX_OK) {
        return IPXE_NOMEM;
    }

    ngx_shmtx_lock(&shpool->mutex);
    head = ring->head;
    ngx_shmtx_unlock(&shpool->mutex);

    while (ring->tail < head) {

        copied.data = events->batch;
        copied.len = ipxe_ring_copy(ring, head, events->batch,
                                    NGX_HTTP_IPXE_BATCH);

        rc = ipxe_events_write(events->writer, copied, ring->run,
                               events->history, events->machines, err);
        if (rc != IPXE_OK) {
            break;
        }

        ngx_shmtx_lock(&shpool->mutex);
        ipxe_ring_remove(ring, copied.len);
        ngx_shmtx_unlock(&shpool->mutex);
    }

    pthread_mutex_unlock(&events->shared->writing);

    return rc;
}


static ngx_uint_t
ngx_http_ipxe_pending(ngx_http_ipxe_events_t *events)
{
    return events->shared->ring.tail != events->shared->ring.head;
}


/* The worker that had it may have been killed. */

static ngx_int_t
ngx_http_ipxe_lock(ngx_http_ipxe_shared_t *shared)
{
    int  rc;

    rc = pthread_mutex_lock(&shared->writing);

    if (rc == EOWNERDEAD) {
        rc = pthread_mutex_consistent(&shared->writing);
    }

    return rc == 0 ? NGX_OK : NGX_ERROR;
}


/* Says in the error log how events.db is, when that changes. */

static void
ngx_http_ipxe_events_say(ngx_http_ipxe_events_t *events, ipxe_err_t *err)
{
    uint64_t  dropped;

    dropped = events->shared->ring.dropped;

    if (dropped != events->dropped) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "ipxe events: %uL answers could not be kept, since "
                      "there were more than can be written",
                      dropped - events->dropped);
        events->dropped = dropped;
    }

    if (err->len == events->said.len
        && ngx_memcmp(err->text, events->said.text, err->len) == 0)
    {
        return;
    }

    if (err->len) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0, "ipxe events %s",
                      err->text);

    } else {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "ipxe events \"%V\" are written again", &events->path);
    }

    events->said = *err;
}


static void
ngx_http_ipxe_loader(ngx_http_request_t *r, ipxe_str_t *loader, u_char *buf)
{
    size_t      i, len;
    ngx_str_t  *value;

    loader->len = 0;
    loader->data = buf;

    if (r->headers_in.user_agent == NULL) {
        return;
    }

    value = &r->headers_in.user_agent->value;
    len = ngx_min(value->len, NGX_HTTP_IPXE_LOADER);

    for (i = 0; i < len; i++) {
        buf[i] = (value->data[i] < 0x20 || value->data[i] > 0x7e)
                 ? '?' : value->data[i];
    }

    loader->len = len;
}
