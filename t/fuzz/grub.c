
/*
 * The GRUB dialect: whatever values are taken, GRUB reads the commands that it
 * reads with plain words in their places.
 *
 * The input is, line by line: the template, then the values of {{a}}, {{b}}
 * and {{c}}, which are a text, a URL, and what a machine shows.  In the
 * template "%" is a newline; {{d}} is "a={{a}} b={{b}}", as arguments are.
 */


#include "fuzz.h"
#include "grub.h"
#include "ipxe_dialect.h"
#include "ipxe_template.h"


static ipxe_str_t              values[3];
static const ipxe_template_t  *nested;


static ipxe_rc_e
get(void *data, const void *object, ipxe_str_t name, ipxe_value_t *value,
    ipxe_err_t *err)
{
    (void) data;
    (void) object;
    (void) err;

    if (name.len != 1 || name.data[0] < 'a' || name.data[0] > 'd') {
        return IPXE_DECLINED;
    }

    if (name.data[0] == 'd') {
        value->type = IPXE_VALUE_TEMPLATE;
        value->tmpl = nested;
        return IPXE_OK;
    }

    value->type = IPXE_VALUE_TEXT;
    value->text = values[name.data[0] - 'a'];
    value->sort = (unsigned) (name.data[0] - 'a');

    return IPXE_OK;
}


static ipxe_rc_e
partial(void *data, ipxe_str_t name, const ipxe_template_t **tmpl,
    ipxe_err_t *err)
{
    (void) data;
    (void) name;
    (void) tmpl;
    (void) err;

    return IPXE_DECLINED;
}


/* A text between three braces is the administrator's own. */

static ipxe_rc_e
escape(void *data, ipxe_buf_t *out, size_t from, const ipxe_value_t *value,
    unsigned how, ipxe_err_t *err)
{
    static const ipxe_text_e  sorts[] = { IPXE_TEXT_ADMIN, IPXE_TEXT_URL,
                                          IPXE_TEXT_MACHINE };

    (void) data;

    return ipxe_dialect_grub.escape(out, from, sorts[value->sort],
                                    how & ~(unsigned) IPXE_RAW, err);
}


static int
render(const ipxe_template_t *tmpl, ipxe_mem_t *mem, char *shape, size_t size)
{
    ipxe_err_t    err;
    ipxe_buf_t    out;
    ipxe_scope_t  scope;

    memset(&out, 0, sizeof(out));
    out.limit = 65536;
    out.mem = mem;

    scope.get = get;
    scope.item = NULL;
    scope.partial = partial;
    scope.escape = escape;
    scope.data = NULL;

    if (ipxe_template_render(tmpl, &scope, &out, &err) != IPXE_OK
        || ipxe_dialect_grub.finish(&out, &err) != IPXE_OK)
    {
        return 0;
    }

    (void) grub_read(out.data, out.len, 0, shape, size);

    return 1;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t            i;
    ipxe_mem_t       *mem;
    ipxe_err_t        err;
    ipxe_str_t        body, given[3];
    ipxe_buf_t        buf;
    ipxe_arena_t     *arena;
    ipxe_template_t  *tmpl, *args;

    static char  with[65536], without[65536];

    static const ipxe_origin_t  origin = { "template", ipxe_string("case") };
    static const ipxe_str_t     word = ipxe_string("x");
    static const ipxe_str_t     inner = ipxe_string("a={{a}} b={{b}}");

    arena = ipxe_arena_create(NULL, NULL);
    mem = ipxe_arena_mem(arena);

    memset(&buf, 0, sizeof(buf));
    buf.limit = 65536;
    buf.mem = mem;

    body = fuzz_part(&data, &size, '\n');

    for (i = 0; i < body.len; i++) {
        (void) ipxe_buf_add(&buf, body.data[i] == '%' ? (void *) "\n"
                                                      : &body.data[i], 1);
    }

    body.data = buf.data;
    body.len = buf.len;

    for (i = 0; i < 3; i++) {
        given[i] = fuzz_part(&data, &size, i < 2 ? '\n' : 256);
    }

    if (memchr(body.data ? body.data : inner.data, '\0', body.len) == NULL
        && ipxe_template_compile(&args, inner, origin, mem, &err) == IPXE_OK
        && ipxe_template_compile(&tmpl, body, origin, mem, &err) == IPXE_OK)
    {
        nested = args;
        memcpy(values, given, sizeof(values));

        if (render(tmpl, mem, with, sizeof(with))) {

            /* what is empty, or spaces, is no word */

            for (i = 0; i < 3; i++) {
                values[i] = ipxe_str_trim(given[i]).len ? word : given[i];
            }

            if (render(tmpl, mem, without, sizeof(without))) {

                if (strcmp(with, without) != 0) {
                    fprintf(stderr, "with the values: %s\nwith words:      "
                            "%s\n", with, without);
                }

                must(strcmp(with, without) == 0);
            }
        }
    }

    ipxe_arena_destroy(arena);

    return 0;
}
