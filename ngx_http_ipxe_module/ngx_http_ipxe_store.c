
/*
 * The store in a worker: when it lets go of a state of the database, how it
 * hears that a file was changed or replaced, and when a copy of it is made.
 */


#include "ngx_http_ipxe_module.h"

#if (NGX_LINUX)
#include <sys/inotify.h>
#endif

#ifdef __GLIBC__
#include <malloc.h>
#endif


#define NGX_HTTP_IPXE_REST   50         /* ms */
#define NGX_HTTP_IPXE_PAUSE  5          /* ms between steps of copying */
#define NGX_HTTP_IPXE_AGAIN  1000       /* ms to a copy after one failed */
#define NGX_HTTP_IPXE_SHARE  4          /* one part of time is for copying */


/* What a thread copies. */

typedef struct {
    ipxe_store_copy_t         *copy;
    ngx_msec_t                 took;        /* of the processor */
    ipxe_rc_e                  rc;
    ipxe_err_t                 err;
} ngx_http_ipxe_copy_t;


static void ngx_http_ipxe_rest_handler(ngx_event_t *ev);
static void ngx_http_ipxe_tend_handler(ngx_event_t *ev);
static void ngx_http_ipxe_copy(ngx_http_ipxe_db_t *db);
static void ngx_http_ipxe_copy_thread(void *data, ngx_log_t *log);
static void ngx_http_ipxe_copy_done(ngx_event_t *ev);
static void ngx_http_ipxe_watch(ngx_http_ipxe_db_t *db);

#if (NGX_LINUX)
static void ngx_http_ipxe_watch_handler(ngx_event_t *rev);
static void ngx_http_ipxe_tell(void *data);
static void ngx_http_ipxe_unwatch(ngx_http_ipxe_db_t *db);
static void ngx_http_ipxe_watch_event(ngx_http_ipxe_db_t *db,
    struct inotify_event *event);
#endif


ipxe_store_t *
ngx_http_ipxe_get_store(ngx_http_ipxe_db_t *db)
{
    if (db->store) {
        return db->store;
    }

    db->store = ipxe_store_create((char *) db->path.data, db->published);
    if (db->store == NULL) {
        return NULL;
    }

    db->rest.handler = ngx_http_ipxe_rest_handler;
    db->rest.data = db;
    db->rest.log = ngx_cycle->log;
    db->rest.cancelable = 1;

    db->tend.handler = ngx_http_ipxe_tend_handler;
    db->tend.data = db;
    db->tend.log = ngx_cycle->log;
    db->tend.cancelable = 1;
    db->copy_after = ngx_current_msec;

    ngx_http_ipxe_watch(db);

    return db->store;
}


void
ngx_http_ipxe_close_store(ngx_http_ipxe_db_t *db)
{
    if (db->rest.timer_set) {
        ngx_del_timer(&db->rest);
    }

    if (db->tend.timer_set) {
        ngx_del_timer(&db->tend);
    }

    if (db->watch) {
        ngx_close_connection(db->watch);
        db->watch = NULL;
    }

    if (db->catalog) {
        ipxe_catalog_destroy(db->catalog);
        db->catalog = NULL;
    }

    /* what a thread copies now ends with the process */

    if (db->store) {
        ipxe_store_destroy(db->store);
        db->store = NULL;
    }
}


void
ngx_http_ipxe_leave_store(ngx_http_ipxe_db_t *db)
{
    if (ipxe_store_is_kept(db->store) && !db->rest.timer_set) {
        ngx_add_timer(&db->rest, NGX_HTTP_IPXE_REST);
    }

    if (!db->tend.timer_set && !db->copying && !ngx_exiting
        && ipxe_store_wants_copy(db->store))
    {
        ngx_add_timer(&db->tend, ipxe_store_calm(db->store));
    }
}


static void
ngx_http_ipxe_rest_handler(ngx_event_t *ev)
{
    ngx_http_ipxe_db_t *db = ev->data;

    ipxe_store_rest(db->store);
}


/*
 * What was changed is read even when no machine asks, so that the copy that is
 * made of it is never older than the last change.
 */

static void
ngx_http_ipxe_tend_handler(ngx_event_t *ev)
{
    ngx_http_ipxe_db_t *db = ev->data;

    if (db->watch == NULL) {
        ngx_http_ipxe_watch(db);
    }

    ngx_http_ipxe_look_at(db, ev->log);

    if (db->copying || !ipxe_store_wants_copy(db->store)) {
        return;
    }

    if (!ipxe_store_is_calm(db->store)) {
        ngx_add_timer(ev, ipxe_store_calm(db->store));
        return;
    }

    if ((ngx_msec_int_t) (db->copy_after - ngx_current_msec) > 0) {

        /* the one before took long, or failed */

        if (!ev->timer_set) {
            ngx_add_timer(ev, db->copy_after - ngx_current_msec);
        }

        return;
    }

    ngx_http_ipxe_copy(db);
}


static void
ngx_http_ipxe_copy(ngx_http_ipxe_db_t *db)
{
    ngx_thread_task_t     *task;
    ngx_http_ipxe_copy_t  *ctx;

    task = db->task;

    if (task == NULL) {
        task = ngx_thread_task_alloc(ngx_cycle->pool,
                                     sizeof(ngx_http_ipxe_copy_t));
        if (task == NULL) {
            return;
        }

        task->handler = ngx_http_ipxe_copy_thread;
        task->event.handler = ngx_http_ipxe_copy_done;
        task->event.data = db;

        db->task = task;
    }

    ctx = task->ctx;

    ctx->rc = IPXE_AGAIN;
    ctx->err.len = 0;

    ctx->copy = ipxe_store_copy_create(db->store);
    if (ctx->copy == NULL) {
        return;
    }

    if (ngx_thread_task_post(db->pool, task) != NGX_OK) {
        ipxe_store_copy_adopt(db->store, ctx->copy);
        return;
    }

    db->copying = 1;
}


static void
ngx_http_ipxe_copy_thread(void *data, ngx_log_t *log)
{
    ngx_http_ipxe_copy_t *ctx = data;

    struct timespec  from, to;

    (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);

    while (ctx->rc == IPXE_AGAIN && !ngx_exiting && !ngx_quit && !ngx_terminate)
    {
        ctx->rc = ipxe_store_copy_step(ctx->copy, &ctx->err);
        ngx_msleep(NGX_HTTP_IPXE_PAUSE);
    }

#ifdef __GLIBC__

    /* each thread of the pool keeps what the copies before have left there */

    (void) malloc_trim(0);

#endif

    (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);

    ctx->took = (to.tv_sec - from.tv_sec) * 1000
                + (to.tv_nsec - from.tv_nsec) / 1000000;
}


static void
ngx_http_ipxe_copy_done(ngx_event_t *ev)
{
    ngx_msec_t             pause;
    ngx_http_ipxe_db_t    *db;
    ngx_http_ipxe_copy_t  *ctx;

    db = ev->data;
    ctx = db->task->ctx;

    db->copying = 0;

    if (db->store == NULL) {
        return;
    }

    ipxe_store_copy_adopt(db->store, ctx->copy);

    pause = ctx->took * NGX_HTTP_IPXE_SHARE;

    if (ctx->rc != IPXE_OK) {
        pause = NGX_HTTP_IPXE_AGAIN;

        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "ipxe database \"%V\" is not copied: %s", &db->path,
                      ctx->err.len ? ctx->err.text : "no memory");
    }

    db->copy_after = ngx_current_msec + pause;

    ngx_http_ipxe_leave_store(db);
}


/*
 * A file that is moved to the place of the database is heard of before a
 * request that was sent after it.  Without inotify the store looks at the
 * file for each request.
 */

static void
ngx_http_ipxe_watch(ngx_http_ipxe_db_t *db)
{
#if (NGX_LINUX)

    int                fd;
    char              *real;
    size_t             len;
    u_char             dir[NGX_MAX_PATH];
    ngx_int_t          moves;
    ngx_connection_t  *c;

    len = db->path.len;

    while (len > 1 && db->path.data[len - 1] != '/') {
        len--;
    }

    if (len >= NGX_MAX_PATH) {
        return;
    }

    ngx_cpystrn(dir, db->path.data, len + 1);

    if (len > 1) {
        dir[len - 1] = '\0';
    }

    /* nobody tells of a link on the way that leads to somewhere else now */

    real = realpath((char *) dir, NULL);
    moves = (real == NULL || ngx_strcmp(real, dir) != 0);
    free(real);

    if (moves) {
        return;
    }

    fd = inotify_init1(IN_NONBLOCK|IN_CLOEXEC);
    if (fd == -1) {
        return;
    }

    if (inotify_add_watch(fd, (char *) dir,
                          IN_MOVED_TO|IN_MOVED_FROM|IN_CREATE|IN_DELETE
                          |IN_MODIFY|IN_CLOSE_WRITE|IN_ATTRIB|IN_MOVE_SELF
                          |IN_DELETE_SELF|IN_ONLYDIR)
        == -1)
    {
        (void) close(fd);
        return;
    }

    c = ngx_get_connection(fd, ngx_cycle->log);
    if (c == NULL) {
        (void) close(fd);
        return;
    }

    c->data = db;
    c->log = ngx_cycle->log;
    c->read->log = ngx_cycle->log;
    c->read->handler = ngx_http_ipxe_watch_handler;

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_close_connection(c);
        return;
    }

    db->watch = c;
    ipxe_store_watch(db->store, ngx_http_ipxe_tell, db);

#endif
}


#if (NGX_LINUX)

static void
ngx_http_ipxe_watch_handler(ngx_event_t *rev)
{
    ngx_connection_t    *c;
    ngx_http_ipxe_db_t  *db;

    c = rev->data;
    db = c->data;

    ngx_http_ipxe_tell(db);

    if (db->watch && ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_http_ipxe_unwatch(db);
    }
}


/* Tells the store what has happened up to now. */

static void
ngx_http_ipxe_tell(void *data)
{
    ngx_http_ipxe_db_t *db = data;

    u_char                *p;
    ssize_t                n;
    ngx_uint_t             gone;
    struct inotify_event  *event;
    u_char                 buf[4096]
                           __attribute__((aligned(sizeof(uint64_t))));

    gone = 0;

    for ( ;; ) {
        n = read(db->watch->fd, buf, sizeof(buf));

        if (n <= 0) {
            break;
        }

        for (p = buf; p < buf + n; p += sizeof(*event) + event->len) {
            event = (struct inotify_event *) p;
            ngx_http_ipxe_watch_event(db, event);

            gone |= event->mask & (IN_MOVE_SELF|IN_DELETE_SELF|IN_IGNORED
                                   |IN_UNMOUNT);
        }
    }

    if (gone) {
        ngx_http_ipxe_unwatch(db);
    }
}


/* It is watched again when there is one where it was. */

static void
ngx_http_ipxe_unwatch(ngx_http_ipxe_db_t *db)
{
    ngx_close_connection(db->watch);
    db->watch = NULL;

    ipxe_store_watch(db->store, NULL, NULL);
}


/* Others write to the same directory, and to the log with each commit. */

static void
ngx_http_ipxe_watch_event(ngx_http_ipxe_db_t *db, struct inotify_event *event)
{
    size_t       len;
    u_char      *name;
    ngx_msec_t   calm;
    const char  *suffix;

    len = db->path.len;
    name = db->path.data + len;

    while (name > db->path.data && name[-1] != '/') {
        name--;
    }

    len -= name - db->path.data;

    suffix = event->len ? event->name + len : "";

    if (event->len
        && (ngx_strncmp(event->name, name, len) != 0
            || (*suffix && ngx_strcmp(suffix, "-journal") != 0
                && ngx_strcmp(suffix, "-wal") != 0
                && ngx_strcmp(suffix, "-shm") != 0)))
    {
        return;
    }

    if (*suffix == '\0'
        || (event->mask & (IN_CREATE|IN_DELETE|IN_MOVED_FROM|IN_MOVED_TO)))
    {
        ipxe_store_look(db->store);
    }

    /* when there were too many to tell, they were of anything */

    if (event->len == 0 || ngx_strcmp(suffix, "-journal") == 0
        || ngx_strcmp(suffix, "-wal") == 0)
    {
        ipxe_store_wrote(db->store);
    }

    /* when somebody keeps on writing in rollback mode it waits for the end */

    calm = ipxe_store_calm(db->store);

    if (!db->tend.timer_set || calm > NGX_TIMER_LAZY_DELAY) {
        ngx_add_timer(&db->tend, calm);
    }
}

#endif
