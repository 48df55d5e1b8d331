
#include "ngx_http_ipxe_module.h"


static void *ngx_http_ipxe_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_ipxe_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_ipxe_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_ipxe_init_process(ngx_cycle_t *cycle);
static void ngx_http_ipxe_exit_process(ngx_cycle_t *cycle);
static void ngx_http_ipxe_cleanup(void *data);
static void ngx_http_ipxe_close(ngx_http_ipxe_main_conf_t *imcf);

static char *ngx_http_ipxe(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_ipxe_database(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_http_ipxe_db_t *ngx_http_ipxe_get_db(ngx_conf_t *cf,
    ngx_str_t *path);
static char *ngx_http_ipxe_base_url(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ipxe_identity(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ipxe_conflict(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ipxe_retry_after(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* What a location can be. */

static struct {
    const char                *name;
    ngx_http_ipxe_endpoint_e   endpoint;
    ngx_http_handler_pt        handler;
} ngx_http_ipxe_endpoints[] = {
    { "boot", NGX_HTTP_IPXE_BOOT, ngx_http_ipxe_handler },
    { "pxelinux", NGX_HTTP_IPXE_PXELINUX, ngx_http_ipxe_handler },
    { "grub", NGX_HTTP_IPXE_GRUB, ngx_http_ipxe_handler },
    { "file", NGX_HTTP_IPXE_FILE, ngx_http_ipxe_handler },
    { "event", NGX_HTTP_IPXE_EVENT, ngx_http_ipxe_event_handler },
    { NULL, NGX_HTTP_IPXE_NONE, NULL }
};


static ngx_command_t  ngx_http_ipxe_commands[] = {

    { ngx_string("ipxe"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_ipxe,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ipxe_database"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_ipxe_database,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ipxe_events"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE123,
      ngx_http_ipxe_events,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ipxe_base_url"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_ipxe_base_url,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ipxe_loc_conf_t, base_url),
      NULL },

    { ngx_string("ipxe_identity"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_ipxe_identity,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ipxe_conflict"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_ipxe_conflict,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ipxe_default_profile"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ipxe_loc_conf_t, default_profile),
      NULL },

    { ngx_string("ipxe_retry_after"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_ipxe_retry_after,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_ipxe_module_ctx = {
    ngx_http_ipxe_add_variables,           /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_ipxe_create_main_conf,        /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_ipxe_create_loc_conf,         /* create location configuration */
    ngx_http_ipxe_merge_loc_conf           /* merge location configuration */
};


ngx_module_t  ngx_http_ipxe_module = {
    NGX_MODULE_V1,
    &ngx_http_ipxe_module_ctx,             /* module context */
    ngx_http_ipxe_commands,                /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_ipxe_init_process,            /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_ipxe_exit_process,            /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static void *
ngx_http_ipxe_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_ipxe_main_conf_t  *imcf;

    imcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_ipxe_main_conf_t));
    if (imcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&imcf->dbs, cf->pool, 1, sizeof(ngx_http_ipxe_db_t *))
        != NGX_OK)
    {
        return NULL;
    }

    /* without a master process no process ends on reload, only the pool does */

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_ipxe_cleanup;
    cln->data = imcf;

    return imcf;
}


static void *
ngx_http_ipxe_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_ipxe_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_ipxe_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->endpoint = NGX_HTTP_IPXE_NONE;
     *     conf->keys = { 0 };
     *     conf->nkeys = 0;
     */

    conf->db = NGX_CONF_UNSET_PTR;
    conf->base_url = NGX_CONF_UNSET_PTR;
    conf->default_profile = NGX_CONF_UNSET_PTR;
    conf->conflict_first = NGX_CONF_UNSET_UINT;
    conf->retry_after = NGX_CONF_UNSET;

    return conf;
}


static char *
ngx_http_ipxe_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_ipxe_loc_conf_t  *prev = parent;
    ngx_http_ipxe_loc_conf_t  *conf = child;

    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_ipxe_main_conf_t  *imcf;

    ngx_conf_merge_ptr_value(conf->db, prev->db, NULL);
    ngx_conf_merge_ptr_value(conf->base_url, prev->base_url, NULL);
    ngx_conf_merge_ptr_value(conf->default_profile, prev->default_profile,
                             NULL);
    ngx_conf_merge_uint_value(conf->conflict_first, prev->conflict_first, 0);
    ngx_conf_merge_sec_value(conf->retry_after, prev->retry_after, 5);

    if (conf->nkeys == 0) {

        if (prev->nkeys) {
            ngx_memcpy(conf->keys, prev->keys, sizeof(conf->keys));
            conf->nkeys = prev->nkeys;

        } else {
            conf->keys[0] = IPXE_MAC;
            conf->keys[1] = IPXE_UUID;
            conf->keys[2] = IPXE_ASSET;
            conf->nkeys = 3;
        }
    }

    /* "if" and "limit_except" are locations of their own */

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (conf->endpoint == NGX_HTTP_IPXE_NONE && clcf->handler == NULL
        && (clcf->noname || clcf->lmt_excpt))
    {
        conf->endpoint = prev->endpoint;

        if (clcf->lmt_excpt && conf->endpoint != NGX_HTTP_IPXE_NONE) {
            clcf->handler = (conf->endpoint == NGX_HTTP_IPXE_EVENT)
                            ? ngx_http_ipxe_event_handler
                            : ngx_http_ipxe_handler;
        }
    }

    if (conf->endpoint != NGX_HTTP_IPXE_NONE && conf->db == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"ipxe\" is used without \"ipxe_database\": name the "
                      "file of the hosts, such as "
                      "\"ipxe_database /var/lib/nginx/ipxe/hosts.db;\"");
        return NGX_CONF_ERROR;
    }

    imcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ipxe_module);

    if (conf->endpoint == NGX_HTTP_IPXE_EVENT && imcf->events == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"ipxe event\" is used without \"ipxe_events\": name "
                      "the file of the events, such as "
                      "\"ipxe_events /var/lib/nginx/ipxe/events.db;\"");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_ipxe_init_process(ngx_cycle_t *cycle)
{
    ngx_http_ipxe_main_conf_t  *imcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    ipxe_store_init();

    imcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_ipxe_module);

    if (imcf && imcf->events) {
        ngx_http_ipxe_open_events(imcf->events);
    }

    return NGX_OK;
}


static void
ngx_http_ipxe_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_ipxe_main_conf_t  *imcf;

    imcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_ipxe_module);

    if (imcf) {
        ngx_http_ipxe_close(imcf);
    }
}


static void
ngx_http_ipxe_cleanup(void *data)
{
    ngx_http_ipxe_close(data);
}


static void
ngx_http_ipxe_close(ngx_http_ipxe_main_conf_t *imcf)
{
    ngx_uint_t            i;
    ngx_http_ipxe_db_t  **dbs;

    dbs = imcf->dbs.elts;

    for (i = 0; i < imcf->dbs.nelts; i++) {
        ngx_http_ipxe_close_store(dbs[i]);
    }

    if (imcf->events) {
        ngx_http_ipxe_close_events(imcf->events);
    }
}


static char *
ngx_http_ipxe(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ipxe_loc_conf_t *ilcf = conf;

    ngx_str_t                 *value;
    ngx_uint_t                 i;
    ngx_http_core_loc_conf_t  *clcf;

    if (ilcf->endpoint != NGX_HTTP_IPXE_NONE) {
        return "is duplicate: a location is for one thing";
    }

    value = cf->args->elts;

    for (i = 0; ngx_http_ipxe_endpoints[i].name; i++) {
        if (ngx_strcmp(value[1].data, ngx_http_ipxe_endpoints[i].name) == 0) {
            break;
        }
    }

    if (ngx_http_ipxe_endpoints[i].name == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ipxe\" cannot be \"%V\": it is \"boot\", "
                           "\"pxelinux\", \"grub\", \"file\" or \"event\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    ilcf->endpoint = ngx_http_ipxe_endpoints[i].endpoint;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_ipxe_endpoints[i].handler;

    return NGX_CONF_OK;
}


static char *
ngx_http_ipxe_database(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ipxe_loc_conf_t *ilcf = conf;

    ngx_str_t   *value, path;
    ngx_uint_t   published;

    if (ilcf->db != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;
    published = 0;

    if (value[1].len == 0 || ngx_http_script_variables_count(&value[1])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ipxe_database\" cannot be \"%V\": it is the "
                           "path of a file, without variables", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 3) {

        if (ngx_strcmp(value[2].data, "published") != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"ipxe_database\" has no parameter \"%V\": it "
                               "is \"published\" or nothing", &value[2]);
            return NGX_CONF_ERROR;
        }

        published = 1;
    }

    path = value[1];

    if (ngx_conf_full_name(cf->cycle, &path, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    ilcf->db = ngx_http_ipxe_get_db(cf, &path);

    if (ilcf->db == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ilcf->db->known && ilcf->db->published != published) {
        return "names the same file with \"published\" and without: write it "
               "everywhere or nowhere";
    }

    ilcf->db->known = 1;
    ilcf->db->published = published;

    return NGX_CONF_OK;
}


/* The database of a path, the same one wherever it is named. */

static ngx_http_ipxe_db_t *
ngx_http_ipxe_get_db(ngx_conf_t *cf, ngx_str_t *path)
{
    ngx_uint_t                   i;
    ngx_http_ipxe_db_t          *db, **dbs;
    ngx_http_ipxe_main_conf_t   *imcf;

    imcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ipxe_module);

    dbs = imcf->dbs.elts;

    for (i = 0; i < imcf->dbs.nelts; i++) {
        if (dbs[i]->path.len == path->len
            && ngx_strcmp(dbs[i]->path.data, path->data) == 0)
        {
            return dbs[i];
        }
    }

    db = ngx_pcalloc(cf->pool, sizeof(ngx_http_ipxe_db_t));
    if (db == NULL) {
        return NULL;
    }

    db->path = *path;

    db->pool = ngx_thread_pool_add(cf, NULL);
    if (db->pool == NULL) {
        return NULL;
    }

    dbs = ngx_array_push(&imcf->dbs);
    if (dbs == NULL) {
        return NULL;
    }

    *dbs = db;

    return db;
}


static char *
ngx_http_ipxe_base_url(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    /* a value that begins with a variable is seen when it is used */

    if (value[1].data[0] != '$'
        && ((ngx_strncmp(value[1].data, "http://", 7) != 0
             && ngx_strncmp(value[1].data, "https://", 8) != 0)
            || ngx_strlchr(value[1].data, value[1].data + value[1].len, ' ')
            || ngx_strlchr(value[1].data, value[1].data + value[1].len, '?')))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ipxe_base_url\" cannot be \"%V\": it is the "
                           "start of a URL, such as \"http://10.0.0.1:8080\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    return ngx_http_set_complex_value_slot(cf, cmd, conf);
}


static char *
ngx_http_ipxe_identity(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ipxe_loc_conf_t *ilcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i, k, key;

    if (ilcf->nkeys) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        for (key = 0; key < IPXE_KEYS; key++) {
            if (ngx_strcmp(value[i].data, ipxe_key_name(key)) == 0) {
                break;
            }
        }

        if (key == IPXE_KEYS) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"ipxe_identity\" cannot be \"%V\": a key is "
                               "\"mac\", \"uuid\", \"asset\" or \"serial\"",
                               &value[i]);
            return NGX_CONF_ERROR;
        }

        for (k = 0; k < ilcf->nkeys; k++) {
            if (ilcf->keys[k] == key) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "\"ipxe_identity\" has \"%V\" twice: write "
                                   "each key once", &value[i]);
                return NGX_CONF_ERROR;
            }
        }

        ilcf->keys[ilcf->nkeys++] = key;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_ipxe_conflict(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ipxe_loc_conf_t *ilcf = conf;

    ngx_str_t  *value;

    if (ilcf->conflict_first != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "refuse") == 0) {
        ilcf->conflict_first = 0;

    } else if (ngx_strcmp(value[1].data, "first") == 0) {
        ilcf->conflict_first = 1;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ipxe_conflict\" cannot be \"%V\": it is "
                           "\"refuse\" or \"first\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_ipxe_retry_after(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ipxe_loc_conf_t *ilcf = conf;

    ngx_str_t  *value;

    if (ilcf->retry_after != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    /* with 0 iPXE would ask thousands of times a second */

    ilcf->retry_after = ngx_parse_time(&value[1], 1);

    if (ilcf->retry_after == (time_t) NGX_ERROR || ilcf->retry_after < 1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ipxe_retry_after\" cannot be \"%V\": it is a "
                           "number of seconds, 1 or more", &value[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
