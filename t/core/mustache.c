
/*
 * Renders what t/mustache.t asks for with the engine of the module: on the
 * input, for each case, a template, its partials and its data; on the output
 * the text or the sentence.  Values are escaped as the specification says,
 * for HTML.
 *
 * A text is its length, a newline and its bytes.  A value is "n" (null), "t",
 * "f", "s" and a text, "a" and a number and that many values, or "o" and a
 * number and that many pairs of a text and a value; a newline follows the
 * numbers.  A case is a text, a number and that many pairs of texts, and a
 * value.  An answer is "ok" or "error", a newline, and a text.
 */


#include "ipxe_template.h"
#include "test.h"


typedef struct value_s  value_t;

struct value_s {
    int                type;
    ipxe_str_t         text;
    size_t             n;
    ipxe_str_t        *names;
    value_t           *values;
};


typedef struct {
    ipxe_str_t         name;
    ipxe_template_t   *tmpl;
} partial_t;


static value_t    root;
static partial_t  partials[64];
static size_t     npartials;


static void
fail(const char *what)
{
    fprintf(stderr, "mustache: %s\n", what);
    exit(2);
}


static void *
take(size_t size)
{
    void  *p;

    p = test_mem.alloc(test_mem.data, size ? size : 1);
    if (p == NULL) {
        fail("no memory");
    }

    return p;
}


static size_t
read_number(void)
{
    size_t  n;

    if (scanf("%zu", &n) != 1 || getchar() != '\n' || n > 1000000) {
        fail("this is no number");
    }

    return n;
}


static ipxe_str_t
read_text(void)
{
    void        *p;
    ipxe_str_t   s;

    s.len = read_number();
    s.data = p = take(s.len);

    if (fread(p, 1, s.len, stdin) != s.len) {
        fail("a text is too short");
    }

    return s;
}


static void
read_value(value_t *value)
{
    size_t  i;

    memset(value, 0, sizeof(value_t));

    value->type = getchar();

    switch (value->type) {

    case 'n':
    case 't':
    case 'f':
        return;

    case 's':
        value->text = read_text();
        return;

    case 'a':
    case 'o':
        break;

    default:
        fail("this is no value");
    }

    value->n = read_number();
    value->names = take(value->n * sizeof(ipxe_str_t));
    value->values = take(value->n * sizeof(value_t));

    for (i = 0; i < value->n; i++) {

        if (value->type == 'o') {
            value->names[i] = read_text();
        }

        read_value(&value->values[i]);
    }
}


static ipxe_rc_e
set(ipxe_value_t *to, const value_t *from)
{
    to->text = from->text;
    to->n = from->n;

    switch (from->type) {

    case 't':
        to->type = IPXE_VALUE_TRUE;
        break;

    case 's':
        to->type = IPXE_VALUE_TEXT;
        break;

    case 'a':
        to->type = IPXE_VALUE_LIST;
        to->object = from;
        break;

    case 'o':
        to->type = IPXE_VALUE_OBJECT;
        to->object = from;
        break;

    default:
        to->type = IPXE_VALUE_FALSE;
        break;
    }

    return IPXE_OK;
}


static ipxe_rc_e
get(void *data, const void *object, ipxe_str_t name, ipxe_value_t *value,
    ipxe_err_t *err)
{
    size_t          i;
    const value_t  *in;

    (void) data;
    (void) err;

    in = object ? object : &root;

    /* what everything is in may be one value, "." */

    if (object == NULL && ipxe_str_eq(name, str("."))) {
        return set(value, &root);
    }

    for (i = 0; in->type == 'o' && i < in->n; i++) {
        if (ipxe_str_eq(in->names[i], name)) {
            return set(value, &in->values[i]);
        }
    }

    return IPXE_DECLINED;
}


static ipxe_rc_e
item(void *data, const ipxe_value_t *list, size_t i, ipxe_value_t *value,
    ipxe_err_t *err)
{
    const value_t *in = list->object;

    (void) data;
    (void) err;

    return set(value, &in->values[i]);
}


static ipxe_rc_e
partial(void *data, ipxe_str_t name, const ipxe_template_t **tmpl,
    ipxe_err_t *err)
{
    size_t  i;

    (void) data;
    (void) err;

    for (i = 0; i < npartials; i++) {
        if (ipxe_str_eq(partials[i].name, name)) {
            *tmpl = partials[i].tmpl;
            return IPXE_OK;
        }
    }

    return IPXE_DECLINED;
}


static ipxe_rc_e
escape(void *data, ipxe_buf_t *out, size_t from, const ipxe_value_t *value,
    unsigned how, ipxe_err_t *err)
{
    size_t          i, n;
    ipxe_rc_e       rc;
    unsigned char  *copy;

    (void) data;
    (void) value;
    (void) err;

    if (how & IPXE_RAW) {
        return IPXE_OK;
    }

    n = out->len - from;
    copy = take(n);

    if (n) {
        memcpy(copy, out->data + from, n);
    }

    out->len = from;
    rc = IPXE_OK;

    for (i = 0; i < n && rc == IPXE_OK; i++) {

        switch (copy[i]) {
        case '&':
            rc = ipxe_buf_text(out, "&amp;");
            break;

        case '<':
            rc = ipxe_buf_text(out, "&lt;");
            break;

        case '>':
            rc = ipxe_buf_text(out, "&gt;");
            break;

        case '"':
            rc = ipxe_buf_text(out, "&quot;");
            break;

        default:
            rc = ipxe_buf_add(out, &copy[i], 1);
        }
    }

    return rc;
}


static void
render(void)
{
    size_t            i;
    ipxe_rc_e         rc;
    ipxe_buf_t        out;
    ipxe_err_t        err;
    ipxe_str_t        body;
    ipxe_scope_t      scope;
    ipxe_origin_t     origin;
    ipxe_template_t  *tmpl;

    err.len = 0;
    rc = IPXE_OK;

    body = read_text();
    npartials = read_number();

    if (npartials > countof(partials)) {
        fail("too many partials");
    }

    for (i = 0; i < npartials; i++) {
        ipxe_str_t  text;

        partials[i].name = read_text();
        text = read_text();

        origin.field = "partial";
        origin.row = partials[i].name;

        if (rc == IPXE_OK) {
            rc = ipxe_template_compile(&partials[i].tmpl, text, origin,
                                       &test_mem, &err);
        }
    }

    read_value(&root);

    origin.field = "template";
    origin.row = str("case");

    memset(&out, 0, sizeof(out));
    out.limit = IPXE_MAX_OUTPUT;
    out.mem = &test_mem;

    if (rc == IPXE_OK) {
        rc = ipxe_template_compile(&tmpl, body, origin, &test_mem, &err);
    }

    if (rc == IPXE_OK) {
        scope.get = get;
        scope.item = item;
        scope.partial = partial;
        scope.escape = escape;
        scope.data = NULL;

        rc = ipxe_template_render(tmpl, &scope, &out, &err);
    }

    if (rc == IPXE_OK) {
        printf("ok\n%zu\n", out.len);
        fwrite(out.data, 1, out.len, stdout);

    } else {
        printf("error\n%zu\n", err.len);
        fwrite(err.text, 1, err.len, stdout);
    }

    test_free();
}


int
main(void)
{
    int  c;

    while ((c = getchar()) != EOF) {
        (void) ungetc(c, stdin);
        render();
    }

    return 0;
}
