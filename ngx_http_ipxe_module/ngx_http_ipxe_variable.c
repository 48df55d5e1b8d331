
#include "ngx_http_ipxe_module.h"


/* What follows the facts in the data of a variable. */

enum {
    NGX_HTTP_IPXE_HOST = IPXE_FACTS,
    NGX_HTTP_IPXE_PROFILE,
    NGX_HTTP_IPXE_KEY,
    NGX_HTTP_IPXE_RESULT
};


static ngx_int_t ngx_http_ipxe_variable_fact(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_ipxe_variable_found(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static void ngx_http_ipxe_variable_set(ngx_http_variable_value_t *v,
    const u_char *data, size_t len);


/* A rewrite may change the facts, the database what is found by them. */

static ngx_http_variable_t  ngx_http_ipxe_vars[] = {

    { ngx_string("ipxe_mac"), NULL, ngx_http_ipxe_variable_fact,
      IPXE_MAC, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("ipxe_uuid"), NULL, ngx_http_ipxe_variable_fact,
      IPXE_UUID, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("ipxe_asset"), NULL, ngx_http_ipxe_variable_fact,
      IPXE_ASSET, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("ipxe_serial"), NULL, ngx_http_ipxe_variable_fact,
      IPXE_SERIAL, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("ipxe_arch"), NULL, ngx_http_ipxe_variable_fact,
      IPXE_ARCH, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("ipxe_platform"), NULL, ngx_http_ipxe_variable_fact,
      IPXE_PLATFORM, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("ipxe_manufacturer"), NULL, ngx_http_ipxe_variable_fact,
      IPXE_MANUFACTURER, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("ipxe_product"), NULL, ngx_http_ipxe_variable_fact,
      IPXE_PRODUCT, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("ipxe_host"), NULL, ngx_http_ipxe_variable_found,
      NGX_HTTP_IPXE_HOST, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("ipxe_profile"), NULL, ngx_http_ipxe_variable_found,
      NGX_HTTP_IPXE_PROFILE, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("ipxe_key"), NULL, ngx_http_ipxe_variable_found,
      NGX_HTTP_IPXE_KEY, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("ipxe_result"), NULL, ngx_http_ipxe_variable_found,
      NGX_HTTP_IPXE_RESULT, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_ipxe_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_ipxe_vars; v->name.len; v++) {

        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_ipxe_variable_fact(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_ipxe_ctx_t  *ctx;

    ctx = ngx_http_ipxe_get_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ngx_http_ipxe_variable_set(v, ctx->facts.text[data].data,
                               ctx->facts.text[data].len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_ipxe_variable_found(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const char                *name;
    ipxe_err_t                 said;
    ngx_http_ipxe_ctx_t       *ctx;
    ngx_http_ipxe_loc_conf_t  *ilcf;

    ilcf = ngx_http_get_module_loc_conf(r, ngx_http_ipxe_module);

    ctx = ngx_http_ipxe_get_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    /* ipxe_default_profile may ask for what depends on it */

    if (ilcf->db == NULL || ctx->finding) {
        v->not_found = 1;
        return NGX_OK;
    }

    if (!ctx->found
        && ngx_http_ipxe_find(r, ctx, NULL, NULL, &said) != NGX_OK)
    {
        return NGX_ERROR;
    }

    switch (data) {

    case NGX_HTTP_IPXE_HOST:
        ngx_http_ipxe_variable_set(v, ctx->host.data, ctx->host.len);
        break;

    case NGX_HTTP_IPXE_PROFILE:
        ngx_http_ipxe_variable_set(v, ctx->profile.data, ctx->profile.len);
        break;

    case NGX_HTTP_IPXE_KEY:
        name = ipxe_key_name(ctx->key);
        ngx_http_ipxe_variable_set(v, (u_char *) name, ngx_strlen(name));
        break;

    default: /* NGX_HTTP_IPXE_RESULT */
        name = ipxe_result_name(ctx->result);
        ngx_http_ipxe_variable_set(v, (u_char *) name, ngx_strlen(name));
        break;
    }

    return NGX_OK;
}


static void
ngx_http_ipxe_variable_set(ngx_http_variable_value_t *v, const u_char *data,
    size_t len)
{
    if (len == 0) {
        v->not_found = 1;
        return;
    }

    v->valid = 1;
    v->no_cacheable = 1;
    v->not_found = 0;
    v->len = len;
    v->data = (u_char *) data;
}
