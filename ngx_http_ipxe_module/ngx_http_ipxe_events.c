
/*
 * Events in the workers: answers go through a ring in shared memory to
 * events.db, written in batches by a thread of one worker at a time; what
 * installers report is written before it is acknowledged.
 */


#include "ngx_http_ipxe_module.h"


#define NGX_HTTP_IPXE_RING      (8 * 1024 * 1024)
#define NGX_HTTP_IPXE_INTERVAL  500     /* ms between two times of writing */
#define NGX_HTTP_IPXE_REST      100     /* ... or so often what the last took */
#define NGX_HTTP_IPXE_WAIT      1000    /* ms for what others write ... */
#define NGX_HTTP_IPXE_LAST      100     /* ... and when a worker ends */
#define NGX_HTTP_IPXE_DROPPED   60000   /* ms between two lines about that */
#define NGX_HTTP_IPXE_LOADER    128     /* bytes of User-Agent that are kept */


/* What the workers share. */

struct ngx_http_ipxe_shared_s {
    ngx_atomic_t               known;       /* there was a file in this run */
    ngx_atomic_t               failing;     /* it cannot be written */
    ngx_atomic_t               told;        /* how many were dropped ... */
    ngx_atomic_t               told_at;     /* ... and when that was */
    ipxe_ring_t                ring;
};


/* What the thread does next, and how it went. */

typedef struct {
    ngx_http_ipxe_events_t    *events;
    ngx_queue_t                posts;
    ngx_uint_t                 flush;       /* unsigned flush:1; */
    ngx_msec_t                 took;        /* microseconds of processor */
    ipxe_err_t                 err;         /* of the answers */
} ngx_http_ipxe_work_t;


static ngx_int_t ngx_http_ipxe_init_zone(ngx_shm_zone_t *zone, void *data);
static void ngx_http_ipxe_find_events(ngx_http_ipxe_events_t *events);
static ipxe_rc_e ngx_http_ipxe_make_events(ngx_http_ipxe_events_t *events,
    ipxe_err_t *err);
static ngx_int_t ngx_http_ipxe_work(ngx_http_ipxe_events_t *events);
static void ngx_http_ipxe_work_thread(void *data, ngx_log_t *log);
static void ngx_http_ipxe_work_posts(ngx_http_ipxe_work_t *work,
    ipxe_rc_e rc);
static void ngx_http_ipxe_work_done(ngx_event_t *ev);
static void ngx_http_ipxe_events_timer(ngx_event_t *ev);
static void ngx_http_ipxe_events_say(ngx_http_ipxe_events_t *events,
    ipxe_err_t *err);
static void ngx_http_ipxe_dropped(ngx_http_ipxe_events_t *events);
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

    ngx_memzero(shared, offsetof(ngx_http_ipxe_shared_t, ring));

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
    ngx_http_ipxe_work_t  *work;

    events->reader = ipxe_events_create((char *) events->path.data, 0, 0);
    events->writer = ipxe_events_create((char *) events->path.data,
                                        events->history, events->machines);

    if (events->reader && events->writer) {
        events->task = ngx_thread_task_alloc(ngx_cycle->pool,
                                             sizeof(ngx_http_ipxe_work_t));
    }

    if (events->task == NULL) {
        ngx_http_ipxe_close_events(events);
        return;
    }

    work = events->task->ctx;
    work->events = events;

    events->task->handler = ngx_http_ipxe_work_thread;
    events->task->event.handler = ngx_http_ipxe_work_done;
    events->task->event.data = events;

    events->timer.handler = ngx_http_ipxe_events_timer;
    events->timer.data = events;
    events->timer.log = ngx_cycle->log;
    events->timer.cancelable = 1;

    ngx_queue_init(&events->posts);

    ngx_http_ipxe_find_events(events);

    /* a worker that was killed may have left answers */

    events->due = 1;
    (void) ngx_http_ipxe_work(events);
}


/*
 * The first worker makes the file if it is not there, before any answers.  Who
 * has the file open sees when it is taken away.
 */

static void
ngx_http_ipxe_find_events(ngx_http_ipxe_events_t *events)
{
    ipxe_err_t  err;

    static const ipxe_str_t  none = ipxe_null_string;

    if (!events->shared->known
        && ipxe_events_lock(events->writer, NGX_HTTP_IPXE_WAIT, &err)
           == IPXE_OK)
    {
        (void) ngx_http_ipxe_make_events(events, &err);
        ipxe_events_unlock(events->writer);
    }

    /* from now on a thread waits, not the worker */

    ipxe_events_set_wait(events->writer, NGX_HTTP_IPXE_WAIT);

    (void) ipxe_events_is_spent(events->reader, none, &err);
}


/*
 * The first file of a run knows all since nginx started: no report could be
 * acknowledged without it.
 */

static ipxe_rc_e
ngx_http_ipxe_make_events(ngx_http_ipxe_events_t *events, ipxe_err_t *err)
{
    ipxe_rc_e                rc;
    ngx_http_ipxe_shared_t  *shared;

    shared = events->shared;

    if (shared->known) {
        return IPXE_OK;
    }

    rc = ipxe_events_make(events->writer, (int64_t) shared->ring.run, err);

    if (rc == IPXE_OK) {
        shared->known = 1;
    }

    return rc;
}


/* What is in the ring is written before the worker ends. */

void
ngx_http_ipxe_close_events(ngx_http_ipxe_events_t *events)
{
    ipxe_rc_e     rc;
    ipxe_err_t    err;
    ipxe_ring_t  *ring;

    if (events->timer.timer_set) {
        ngx_del_timer(&events->timer);
    }

    if (events->task) {

        err.len = 0;
        ipxe_events_set_wait(events->writer, NGX_HTTP_IPXE_LAST);

        rc = ipxe_events_lock(events->writer, NGX_HTTP_IPXE_LAST, &err);

        if (rc == IPXE_OK) {

            ring = &events->shared->ring;

            while (ipxe_ring_used(ring)
                   && ipxe_events_flush(events->writer, ring, &err) == IPXE_OK)
            {
                /* void */
            }

            ipxe_events_unlock(events->writer);
        }

        /* who else writes them says how it went */

        if (rc != IPXE_AGAIN) {
            ngx_http_ipxe_events_say(events, &err);
        }

        events->task = NULL;
    }

    if (events->reader) {
        ipxe_events_destroy(events->reader);
        events->reader = NULL;
    }

    if (events->writer) {
        ipxe_events_destroy(events->writer);
        events->writer = NULL;
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

    if (events == NULL || events->task == NULL) {
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

    if (!events->timer.timer_set && !events->busy) {
        ngx_add_timer(&events->timer, NGX_HTTP_IPXE_INTERVAL);
    }
}


ipxe_rc_e
ngx_http_ipxe_is_spent(void *data, ipxe_str_t token, ipxe_err_t *err)
{
    ngx_http_ipxe_events_t *events = data;

    if (events->task == NULL) {
        return IPXE_NOMEM;
    }

    return ipxe_events_is_spent(events->reader, token, err);
}


ipxe_rc_e
ngx_http_ipxe_is_over(void *data, ipxe_str_t token, ipxe_err_t *err)
{
    ipxe_rc_e                rc;
    ngx_http_ipxe_events_t  *events;

    events = data;
    rc = ngx_http_ipxe_is_spent(data, token, err);

    if (rc == IPXE_OK || rc == IPXE_NOMEM || !events->shared->failing) {
        return rc;
    }

    if (events->said.len) {
        *err = events->said;
        return IPXE_UNAVAILABLE;
    }

    return ipxe_err(err, IPXE_UNAVAILABLE, "\"%s\" cannot be written: the "
                    "error log says why", events->path.data);
}


ngx_int_t
ngx_http_ipxe_post(ngx_http_ipxe_events_t *events, ngx_http_ipxe_post_t *post)
{
    if (events->task == NULL) {
        return NGX_ERROR;
    }

    ngx_queue_insert_tail(&events->posts, &post->queue);

    if (ngx_http_ipxe_work(events) != NGX_OK) {
        ngx_queue_remove(&post->queue);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Gives the thread what there is to do, unless it is at work. */

static ngx_int_t
ngx_http_ipxe_work(ngx_http_ipxe_events_t *events)
{
    ngx_http_ipxe_work_t  *work;

    if (events->busy || (ngx_queue_empty(&events->posts) && !events->due)) {
        return NGX_OK;
    }

    work = events->task->ctx;

    ngx_queue_init(&work->posts);
    ngx_queue_add(&work->posts, &events->posts);
    ngx_queue_init(&events->posts);

    work->flush = events->due;

    if (ngx_thread_task_post(events->pool, events->task) != NGX_OK) {
        ngx_queue_add(&events->posts, &work->posts);
        return NGX_ERROR;
    }

    events->busy = 1;
    events->due = 0;

    return NGX_OK;
}


static void
ngx_http_ipxe_work_thread(void *data, ngx_log_t *log)
{
    ngx_http_ipxe_work_t *work = data;

    ipxe_rc_e                rc;
    struct timespec          begin, end;
    ngx_http_ipxe_events_t  *events;

    events = work->events;

    work->err.len = 0;
    work->took = 0;

    rc = ipxe_events_lock(events->writer, NGX_HTTP_IPXE_WAIT, &work->err);

    if (rc == IPXE_OK) {
        rc = ngx_http_ipxe_make_events(events, &work->err);
    }

    ngx_http_ipxe_work_posts(work, rc);

    if (rc == IPXE_AGAIN) {

        /* who has it may write these answers as well */

        work->flush = 0;
        work->err.len = 0;
    }

    if (rc == IPXE_OK && work->flush) {

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);

        rc = ipxe_events_flush(events->writer, &events->shared->ring,
                               &work->err);

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);

        work->took = (end.tv_sec - begin.tv_sec) * 1000000
                     + (end.tv_nsec - begin.tv_nsec) / 1000;
    }

    if (rc == IPXE_NOMEM) {
        (void) ipxe_err(&work->err, rc, "\"%s\" cannot be written: there is "
                        "no memory", events->path.data);
    }

    ipxe_events_unlock(events->writer);
}


static void
ngx_http_ipxe_work_posts(ngx_http_ipxe_work_t *work, ipxe_rc_e rc)
{
    ipxe_err_t             err;
    ngx_queue_t           *q;
    ngx_http_ipxe_post_t  *post;

    err = work->err;

    for (q = ngx_queue_head(&work->posts);
         q != ngx_queue_sentinel(&work->posts);
         q = ngx_queue_next(q))
    {
        post = ngx_queue_data(q, ngx_http_ipxe_post_t, queue);

        /* when one could not be written, the others do not wait in turn */

        if (rc == IPXE_OK || rc == IPXE_DECLINED) {
            err.len = 0;
            rc = ipxe_events_report(work->events->writer, &post->report, &err);
        }

        post->rc = rc;
        post->err = err;
    }
}


static void
ngx_http_ipxe_work_done(ngx_event_t *ev)
{
    size_t                   used;
    ngx_msec_t               rest;
    ngx_queue_t             *q;
    ngx_http_ipxe_work_t    *work;
    ngx_http_ipxe_events_t  *events;

    events = ev->data;
    work = events->task->ctx;

    if (work->flush || work->err.len) {
        events->shared->failing = (work->err.len != 0);
        ngx_http_ipxe_events_say(events, &work->err);
        ngx_http_ipxe_dropped(events);
    }

    while (!ngx_queue_empty(&work->posts)) {

        q = ngx_queue_head(&work->posts);
        ngx_queue_remove(q);

        ngx_http_ipxe_posted(ngx_queue_data(q, ngx_http_ipxe_post_t, queue));
    }

    events->busy = 0;

    /* so that it takes no more of a processor than a hundredth */

    used = ipxe_ring_used(&events->shared->ring);
    rest = NGX_HTTP_IPXE_REST * work->took / 1000;

    if (used < IPXE_EVENTS_BATCH || work->err.len) {
        rest = ngx_max(rest, NGX_HTTP_IPXE_INTERVAL);
    }

    if ((ngx_http_ipxe_work(events) != NGX_OK || used)
        && !events->timer.timer_set)
    {
        ngx_add_timer(&events->timer, rest);
    }
}


static void
ngx_http_ipxe_events_timer(ngx_event_t *ev)
{
    ngx_http_ipxe_events_t *events = ev->data;

    if (ipxe_ring_used(&events->shared->ring)) {
        events->due = 1;
    }

    if (ngx_http_ipxe_work(events) != NGX_OK) {
        ngx_add_timer(ev, NGX_HTTP_IPXE_INTERVAL);
    }
}


/* Says in the error log how events.db is, when that changes. */

static void
ngx_http_ipxe_events_say(ngx_http_ipxe_events_t *events, ipxe_err_t *err)
{
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


/* One of the workers tells how many answers were dropped. */

static void
ngx_http_ipxe_dropped(ngx_http_ipxe_events_t *events)
{
    ngx_atomic_uint_t        dropped, told, now, at;
    ngx_http_ipxe_shared_t  *shared;

    shared = events->shared;
    dropped = (ngx_atomic_uint_t) shared->ring.dropped;
    told = shared->told;
    at = shared->told_at;
    now = (ngx_atomic_uint_t) ngx_http_ipxe_now();

    if (dropped == told || now - at < NGX_HTTP_IPXE_DROPPED
        || !ngx_atomic_cmp_set(&shared->told_at, at, now))
    {
        return;
    }

    shared->told = dropped;

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "ipxe events: %uA answers could not be kept, since there "
                  "were more than can be written", dropped - told);
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
