
/*
 * Templates: a body and a partial, whatever is in them, compiled and rendered.
 * The input is both, parted by a line with "%" alone.
 */


#include "fuzz.h"
#include "ipxe_template.h"


typedef struct {
    int                type;
    ipxe_str_t         text;
} node_t;


static ipxe_template_t  *partials[2];
static ipxe_mem_t       *mem;
static ipxe_rc_e         partial_rc;


/*
 * The first byte of a name says what it is: an object "o", a list "l", a
 * template "p", true "t", false "f"; other lower-case letters are their own
 * text, and what is left is unknown.
 */

static ipxe_rc_e
make(ipxe_str_t name, ipxe_value_t *value)
{
    switch (name.len ? name.data[0] : 0) {

    case 'o':
        value->type = IPXE_VALUE_OBJECT;
        value->object = "o";
        return IPXE_OK;

    case 'l':
        value->type = IPXE_VALUE_LIST;
        value->n = name.len;
        return IPXE_OK;

    case 'p':
        if (partials[1] == NULL) {
            return IPXE_DECLINED;
        }

        value->type = IPXE_VALUE_TEMPLATE;
        value->tmpl = partials[1];
        value->text = name;
        return IPXE_OK;

    case 't':
        value->type = IPXE_VALUE_TRUE;
        return IPXE_OK;

    case 'f':
        value->type = IPXE_VALUE_FALSE;
        return IPXE_OK;

    default:
        if (name.len == 0 || name.data[0] < 'a' || name.data[0] > 'z') {
            return IPXE_DECLINED;
        }

        value->type = IPXE_VALUE_TEXT;
        value->text = name;
        return IPXE_OK;
    }
}


static ipxe_rc_e
get(void *data, const void *object, ipxe_str_t name, ipxe_value_t *value,
    ipxe_err_t *err)
{
    (void) data;
    (void) err;

    return object && name.len > 3 ? IPXE_DECLINED : make(name, value);
}


static ipxe_rc_e
item(void *data, const ipxe_value_t *list, size_t i, ipxe_value_t *value,
    ipxe_err_t *err)
{
    static const ipxe_str_t  kinds[] = {
        ipxe_string("o"), ipxe_string("x"), ipxe_string("ll")
    };

    (void) data;
    (void) err;

    must(i < list->n);

    return make(kinds[i % 3], value);
}


static ipxe_rc_e
partial(void *data, ipxe_str_t name, const ipxe_template_t **tmpl,
    ipxe_err_t *err)
{
    (void) data;

    if (name.len == 0 || name.data[0] > 'q') {
        return IPXE_DECLINED;
    }

    if (partial_rc != IPXE_OK) {
        return ipxe_err(err, IPXE_INVALID, "the partial is wrong");
    }

    *tmpl = partials[1];

    return IPXE_OK;
}


static ipxe_rc_e
escape(void *data, ipxe_buf_t *out, size_t from, const ipxe_value_t *value,
    unsigned how, ipxe_err_t *err)
{
    (void) data;
    (void) value;

    must(from <= out->len);

    if (!(how & IPXE_RAW) && out->len - from > 20) {
        return ipxe_err(err, IPXE_INVALID, "a value is too long");
    }

    return IPXE_OK;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t          i, n, tags;
    ipxe_rc_e       rc;
    ipxe_err_t      err;
    ipxe_buf_t      out;
    ipxe_str_t      body[2];
    ipxe_scope_t    scope;
    ipxe_arena_t   *arena;

    static const ipxe_origin_t  origin = { "template",
                                           ipxe_string("case") };

    body[0].data = data;
    body[0].len = size;
    body[1].data = data;
    body[1].len = 0;

    for (i = 0; i + 3 <= size; i++) {
        if (memcmp(data + i, "\n%\n", 3) == 0) {
            body[0].len = i + 1;
            body[1].data = data + i + 3;
            body[1].len = size - i - 3;
            break;
        }
    }

    arena = ipxe_arena_create(NULL, NULL);
    mem = ipxe_arena_mem(arena);

    partials[0] = NULL;
    partials[1] = NULL;

    err.len = 0;
    partial_rc = ipxe_template_compile(&partials[1], body[1], origin, mem,
                                       &err);
    must(partial_rc == IPXE_OK || (partial_rc == IPXE_INVALID && err.len));

    err.len = 0;
    rc = ipxe_template_compile(&partials[0], body[0], origin, mem, &err);
    must(rc == IPXE_OK || (rc == IPXE_INVALID && err.len));

    if (rc == IPXE_INVALID) {
        must(strncmp(err.text, "line ", 5) == 0);
    }

    if (rc == IPXE_OK) {

        memset(&out, 0, sizeof(out));
        out.limit = 65536;
        out.mem = mem;

        scope.get = get;
        scope.item = item;
        scope.partial = partial;
        scope.escape = escape;
        scope.data = NULL;

        err.len = 0;
        rc = ipxe_template_render(partials[0], &scope, &out, &err);

        must(rc == IPXE_OK || (rc == IPXE_INVALID && err.len));
        must(out.len <= out.limit);

        /* a body without tags is what it is */

        for (n = 0, tags = 0; n + 1 < body[0].len; n++) {
            tags += (body[0].data[n] == '{' && body[0].data[n + 1] == '{');
        }

        must((tags != 0) == ipxe_template_has_tags(body[0]));

        if (tags == 0) {
            must(rc == IPXE_OK && out.len == body[0].len
                 && (out.len == 0
                     || memcmp(out.data, body[0].data, out.len) == 0));
        }
    }

    /* a sentence is one line that can be printed */

    for (i = 0; i < err.len; i++) {
        must((unsigned char) err.text[i] >= 0x20 && err.text[i] != 0x7f);
    }

    ipxe_arena_destroy(arena);

    return 0;
}
