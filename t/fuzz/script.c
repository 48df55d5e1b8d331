
/*
 * The iPXE dialect: whatever values are taken, the script that they stand in
 * has the commands that it has with plain words.
 *
 * The input is, line by line: the template, then the values of {{a}}, {{b}}
 * and {{c}}, which are a text, a URL, and what a machine shows.  In the
 * template "%" is a newline.
 */


#include "fuzz.h"
#include "ipxe_dialect.h"
#include "ipxe_template.h"
#include "script.h"


static ipxe_str_t  values[3];


static ipxe_rc_e
get(void *data, const void *object, ipxe_str_t name, ipxe_value_t *value,
    ipxe_err_t *err)
{
    (void) data;
    (void) object;
    (void) err;

    if (name.len != 1 || name.data[0] < 'a' || name.data[0] > 'c') {
        return IPXE_DECLINED;
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


static ipxe_rc_e
escape(void *data, ipxe_buf_t *out, size_t from, const ipxe_value_t *value,
    unsigned how, ipxe_err_t *err)
{
    static const ipxe_text_e  sorts[] = { IPXE_TEXT_ADMIN, IPXE_TEXT_URL,
                                          IPXE_TEXT_MACHINE };

    (void) data;
    (void) how;

    return ipxe_dialect_ipxe.escape(out, from, sorts[value->sort], 0, err);
}


static int
render(const ipxe_template_t *tmpl, ipxe_mem_t *mem, char *shape, size_t size)
{
    ipxe_err_t    err;
    ipxe_buf_t    out;
    ipxe_scope_t  scope;

    memset(&out, 0, sizeof(out));
    out.limit = 8192;
    out.mem = mem;

    scope.get = get;
    scope.item = NULL;
    scope.partial = partial;
    scope.escape = escape;
    scope.data = NULL;

    if (ipxe_template_render(tmpl, &scope, &out, &err) != IPXE_OK
        || ipxe_dialect_ipxe.finish(&out, &err) != IPXE_OK)
    {
        return 0;
    }

    must(out.len >= 7 && memcmp(out.data, "#!ipxe\n", 7) == 0);

    (void) script_shape(out.data, out.len, shape, size);

    return 1;
}


/*
 * Whether a template uses values in arguments and labels: in no place of a
 * command, and with nothing right beside them that means something itself.
 * What an author does there is his own.
 */

static int
is_usual(const unsigned char *p, size_t len)
{
    int            first, label;
    size_t         i;
    unsigned char  c, before, after;

    first = 1;
    label = 0;

    for (i = 0; i < len; i++) {
        c = p[i];
        before = i ? p[i - 1] : '\n';
        after = i + 1 < len ? p[i + 1] : '\n';

        switch (c) {

        case '\n':
            first = 1;
            label = 0;
            break;

        case ' ':

            /* a command may follow a label */

            first |= label;
            label = 0;
            break;

        case '{':
        case '}':
            if (first) {
                return 0;
            }

            break;

        case ':':
            if (before == '\n') {
                first = 0;
                label = 1;
                break;
            }

            /* fall through */

        case '#':
        case '|':
        case '&':
        case ';':
            if ((before != ' ' && before != '\n' && before != c)
                || after == '{')
            {
                return 0;
            }

            first = 1;
            break;

        default:
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '/'
                && c != '-')
            {
                return 0;
            }

            first = 0;
        }
    }

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
    ipxe_template_t  *tmpl;

    static char  with[32768], without[32768];

    static const ipxe_origin_t  origin = { "template", ipxe_string("case") };
    static const ipxe_str_t     word = ipxe_string("x");

    arena = ipxe_arena_create(NULL, NULL);
    mem = ipxe_arena_mem(arena);

    /* the first line of a script is no command, whatever it is */

    memset(&buf, 0, sizeof(buf));
    buf.limit = 65536;
    buf.mem = mem;
    (void) ipxe_buf_text(&buf, "#!ipxe\n");

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

    if (is_usual(body.data + 7, body.len - 7)
        && ipxe_template_compile(&tmpl, body, origin, mem, &err) == IPXE_OK)
    {
        memcpy(values, given, sizeof(values));

        if (render(tmpl, mem, with, sizeof(with))) {

            /* an empty value is an empty value */

            for (i = 0; i < 3; i++) {
                values[i] = given[i].len ? word : given[i];
            }

            must(render(tmpl, mem, without, sizeof(without)));

            if (strcmp(with, without) != 0) {
                fprintf(stderr, "with the values: %s\nwith words:      %s\n",
                        with, without);
            }

            must(strcmp(with, without) == 0);
        }
    }

    ipxe_arena_destroy(arena);

    return 0;
}
