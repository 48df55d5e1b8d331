
/*
 * The store in a worker: when it lets go of a state of the database, and how
 * it hears that a file was replaced.
 */


#include "ngx_http_ipxe_module.h"

#if (NGX_LINUX)
#include <sys/inotify.h>
#endif


#define NGX_HTTP_IPXE_REST  50          /* ms */


static void ngx_http_ipxe_rest_handler(ngx_event_t *ev);
static void ngx_http_ipxe_watch(ngx_http_ipxe_db_t *db);

#if (NGX_LINUX)
static void ngx_http_ipxe_watch_handler(ngx_event_t *rev);
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

    ngx_http_ipxe_watch(db);

    return db->store;
}


void
ngx_http_ipxe_close_store(ngx_http_ipxe_db_t *db)
{
    if (db->rest.timer_set) {
        ngx_del_timer(&db->rest);
    }

    if (db->watch) {
        ngx_close_connection(db->watch);
        db->watch = NULL;
    }

    if (db->catalog) {
        ipxe_catalog_destroy(db->catalog);
        db->catalog = NULL;
    }

    if (db->store) {
        ipxe_store_destroy(db->store);
        db->store = NULL;
    }
}


void
ngx_http_ipxe_rest_store(ngx_http_ipxe_db_t *db)
{
    if (!db->rest.timer_set) {
        ngx_add_timer(&db->rest, NGX_HTTP_IPXE_REST);
    }
}


static void
ngx_http_ipxe_rest_handler(ngx_event_t *ev)
{
    ngx_http_ipxe_db_t *db = ev->data;

    ipxe_store_rest(db->store);
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
    size_t             len;
    u_char             dir[NGX_MAX_PATH];
    ngx_connection_t  *c;

    len = db->path.len;

    while (len > 1 && db->path.data[len - 1] != '/') {
        len--;
    }

    if (len >= NGX_MAX_PATH) {
        return;
    }

    ngx_cpystrn(dir, db->path.data, len + 1);

    fd = inotify_init1(IN_NONBLOCK|IN_CLOEXEC);
    if (fd == -1) {
        return;
    }

    if (inotify_add_watch(fd, (char *) dir,
                          IN_MOVED_TO|IN_MOVED_FROM|IN_CREATE|IN_DELETE
                          |IN_CLOSE_WRITE|IN_ATTRIB|IN_ONLYDIR)
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
    ipxe_store_watch(db->store, 1);

#endif
}


#if (NGX_LINUX)

static void
ngx_http_ipxe_watch_handler(ngx_event_t *rev)
{
    ssize_t              n;
    u_char               buf[4096];
    ngx_connection_t    *c;
    ngx_http_ipxe_db_t  *db;

    c = rev->data;
    db = c->data;

    do {
        n = read(c->fd, buf, sizeof(buf));
    } while (n > 0);

    ipxe_store_look(db->store);

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ipxe_store_watch(db->store, 0);
    }
}

#endif
