
/*
 * Templates: compile a body to a list of operations, render it in one pass.
 */


#include "ipxe_template.h"


#define IPXE_MAX_DELIMITER  16


typedef enum {
    IPXE_OP_TEXT = 0,
    IPXE_OP_VALUE,                      /* {{name}} */
    IPXE_OP_RAW,                        /* {{{name}}} */
    IPXE_OP_SECTION,                    /* {{#name}} */
    IPXE_OP_INVERTED,                   /* {{^name}} */
    IPXE_OP_END,                        /* {{/name}} */
    IPXE_OP_PARTIAL,                    /* {{>name}} */
    IPXE_OP_DYNAMIC                     /* {{>*name}} */
} ipxe_op_e;


typedef struct {
    ipxe_op_e             type;

    /* the first in its line, where the indentation of a partial goes */
    unsigned              first:1;

    unsigned              line;
    ipxe_str_t            text;         /* the text, or the name in the tag */
    ipxe_str_t            indent;       /* of a partial that has its own line */
    size_t                end;          /* of a section: its IPXE_OP_END */
} ipxe_op_t;


struct ipxe_template_s {
    ipxe_origin_t         origin;
    ipxe_op_t            *ops;
    size_t                n;
};


typedef struct {
    ipxe_str_t            body;
    ipxe_origin_t         origin;
    ipxe_op_t            *ops;
    size_t                n;
    size_t                size;
    size_t                text;         /* where text not yet added starts */
    size_t                counted;      /* up to where lines were counted */
    unsigned              line;
    unsigned              fresh:1;      /* at the start of a line of output */
    size_t                open[IPXE_MAX_DEPTH];     /* sections */
    size_t                depth;
    ipxe_str_t            left, right;  /* delimiters */
    ipxe_mem_t           *mem;
    ipxe_err_t           *err;
} ipxe_compile_t;


/* One tag of a body. */

typedef struct {
    size_t                start;        /* of the left delimiter */
    size_t                end;          /* behind the right one */
    unsigned char         sigil;        /* 0 for {{name}}, * for {{>*name}} */
    ipxe_str_t            name;
} ipxe_tag_t;


/* Names are looked for in the innermost context first. */

typedef struct ipxe_context_s  ipxe_context_t;

struct ipxe_context_s {
    const ipxe_value_t     *value;
    const ipxe_context_t   *outer;
};


typedef struct {
    const ipxe_scope_t   *scope;
    ipxe_buf_t           *out;
    ipxe_err_t           *err;
    unsigned              depth;
    unsigned              steps;
    unsigned              values;       /* {{name}} that this is part of */
    unsigned              located:1;    /* the sentence says where it is */
} ipxe_render_t;


static ipxe_rc_e ipxe_compile_body(ipxe_compile_t *c);
static ipxe_rc_e ipxe_compile_tag(ipxe_compile_t *c, ipxe_tag_t *tag);
static ipxe_rc_e ipxe_compile_name(ipxe_compile_t *c, const ipxe_tag_t *tag);
static ipxe_rc_e ipxe_compile_op(ipxe_compile_t *c, const ipxe_tag_t *tag,
    ipxe_str_t indent, int standalone);
static ipxe_rc_e ipxe_compile_delimiters(ipxe_compile_t *c,
    const ipxe_tag_t *tag);
static ipxe_rc_e ipxe_compile_close(ipxe_compile_t *c, const ipxe_tag_t *tag);
static int ipxe_compile_standalone(const ipxe_compile_t *c,
    const ipxe_tag_t *tag, size_t *line, size_t *next);
static ipxe_rc_e ipxe_compile_text(ipxe_compile_t *c, size_t end);
static ipxe_rc_e ipxe_compile_add(ipxe_compile_t *c, ipxe_op_e type,
    size_t at, ipxe_str_t text);
static ipxe_rc_e ipxe_compile_error(ipxe_compile_t *c, size_t at,
    const char *what);
static unsigned ipxe_compile_line(ipxe_compile_t *c, size_t at);
static int ipxe_find(ipxe_str_t body, size_t from, ipxe_str_t what,
    size_t *at);
static ipxe_str_t ipxe_strip(ipxe_str_t str);
static int ipxe_is_space(unsigned c);

static ipxe_rc_e ipxe_render_ops(ipxe_render_t *r, const ipxe_template_t *t,
    size_t from, size_t to, const ipxe_context_t *ctx, ipxe_str_t indent);
static ipxe_rc_e ipxe_render_text(ipxe_render_t *r, ipxe_str_t text,
    ipxe_str_t indent);
static ipxe_rc_e ipxe_render_value(ipxe_render_t *r, const ipxe_template_t *t,
    const ipxe_op_t *op, const ipxe_context_t *ctx);
static ipxe_rc_e ipxe_render_section(ipxe_render_t *r,
    const ipxe_template_t *t, const ipxe_op_t *op, const ipxe_context_t *ctx,
    ipxe_str_t indent);
static ipxe_rc_e ipxe_render_partial(ipxe_render_t *r,
    const ipxe_template_t *t, const ipxe_op_t *op, const ipxe_context_t *ctx,
    ipxe_str_t indent);
static ipxe_rc_e ipxe_render_lookup(ipxe_render_t *r,
    const ipxe_context_t *ctx, ipxe_str_t name, ipxe_value_t *value);
static ipxe_rc_e ipxe_render_error(ipxe_render_t *r, const ipxe_template_t *t,
    const ipxe_op_t *op, ipxe_rc_e rc, const char *what);
static ipxe_rc_e ipxe_render_missing(ipxe_render_t *r,
    const ipxe_template_t *t, const ipxe_op_t *op, const ipxe_value_t *value);
static int ipxe_value_is_true(const ipxe_value_t *value);


static const ipxe_str_t  ipxe_no_text = ipxe_string("");


ipxe_rc_e
ipxe_template_compile(ipxe_template_t **tmpl, ipxe_str_t body,
    ipxe_origin_t origin, ipxe_mem_t *mem, ipxe_err_t *err)
{
    ipxe_rc_e         rc;
    ipxe_compile_t    c;
    ipxe_template_t  *t;

    static const ipxe_str_t  left = ipxe_string("{{");
    static const ipxe_str_t  right = ipxe_string("}}");

    memset(&c, 0, sizeof(ipxe_compile_t));

    c.body = body;
    c.origin = origin;
    c.left = left;
    c.right = right;
    c.fresh = 1;
    c.mem = mem;
    c.err = err;

    t = mem->alloc(mem->data, sizeof(ipxe_template_t));
    if (t == NULL) {
        return IPXE_NOMEM;
    }

    rc = ipxe_compile_body(&c);
    if (rc != IPXE_OK) {
        return rc;
    }

    t->origin = origin;
    t->ops = c.ops;
    t->n = c.n;

    *tmpl = t;

    return IPXE_OK;
}


int
ipxe_template_has_tags(ipxe_str_t body)
{
    size_t  i;

    for (i = 0; i + 1 < body.len; i++) {
        if (body.data[i] == '{' && body.data[i + 1] == '{') {
            return 1;
        }
    }

    return 0;
}


ipxe_rc_e
ipxe_template_render(const ipxe_template_t *tmpl, const ipxe_scope_t *scope,
    ipxe_buf_t *out, ipxe_err_t *err)
{
    return ipxe_template_render_in(tmpl, scope, NULL, out, err);
}


ipxe_rc_e
ipxe_template_render_in(const ipxe_template_t *tmpl, const ipxe_scope_t *scope,
    const ipxe_value_t *value, ipxe_buf_t *out, ipxe_err_t *err)
{
    ipxe_render_t   r;
    ipxe_context_t  ctx;

    r.scope = scope;
    r.out = out;
    r.err = err;
    r.depth = 0;
    r.steps = 0;
    r.values = 0;
    r.located = 0;

    ctx.value = value;
    ctx.outer = NULL;

    return ipxe_render_ops(&r, tmpl, 0, tmpl->n, value ? &ctx : NULL,
                           ipxe_no_text);
}


static ipxe_rc_e
ipxe_compile_body(ipxe_compile_t *c)
{
    int         standalone;
    size_t      at, line, next;
    ipxe_rc_e   rc;
    ipxe_tag_t  tag;
    ipxe_str_t  indent;

    at = 0;
    memset(&tag, 0, sizeof(ipxe_tag_t));

    while (ipxe_find(c->body, at, c->left, &tag.start)) {

        rc = ipxe_compile_tag(c, &tag);
        if (rc != IPXE_OK) {
            return rc;
        }

        /* a tag alone in its line takes the line away with it */

        standalone = ipxe_compile_standalone(c, &tag, &line, &next);

        rc = ipxe_compile_text(c, line);
        if (rc != IPXE_OK) {
            return rc;
        }

        indent.data = c->body.data + line;
        indent.len = tag.start - line;

        rc = ipxe_compile_op(c, &tag, indent, standalone);
        if (rc != IPXE_OK) {
            return rc;
        }

        at = next;
        c->text = next;
    }

    if (c->depth) {
        at = (size_t) (c->ops[c->open[c->depth - 1]].text.data - c->body.data);
        return ipxe_compile_error(c, at, "a section is opened here and never "
                                  "closed: close it with {{/name}}");
    }

    return ipxe_compile_text(c, c->body.len);
}


static ipxe_rc_e
ipxe_compile_tag(ipxe_compile_t *c, ipxe_tag_t *tag)
{
    size_t         from, close;
    ipxe_str_t     name;
    unsigned char  sigil, extra;

    from = tag->start + c->left.len;

    while (from < c->body.len && ipxe_is_space(c->body.data[from])) {
        from++;
    }

    sigil = 0;

    if (from < c->body.len && c->body.data[from]
        && strchr("#^/>!&={", c->body.data[from]))
    {
        sigil = c->body.data[from++];
    }

    extra = (sigil == '{') ? '}' : (sigil == '=') ? '=' : 0;

    for (close = from; /* void */ ; close++) {

        if (!ipxe_find(c->body, close, c->right, &close)) {
            return ipxe_compile_error(c, tag->start, "a tag is never closed: "
                                      "close it with }}");
        }

        /* {{{name}}} and {{=x y=}} close with one byte more */

        if (extra == 0) {
            break;
        }

        if (close > from && c->body.data[close - 1] == extra) {
            close--;
            break;
        }

        if (sigil == '{' && close + c->right.len < c->body.len
            && c->body.data[close] == '}'
            && c->body.data[close + c->right.len] == '}')
        {
            break;
        }
    }

    name.data = c->body.data + from;
    name.len = close - from;
    name = ipxe_strip(name);

    if (sigil == '>' && name.len && name.data[0] == '*') {
        sigil = '*';
        name.data++;
        name.len--;
        name = ipxe_strip(name);
    }

    tag->sigil = sigil;
    tag->name = name;
    tag->end = close + c->right.len + (extra ? 1 : 0);

    return ipxe_compile_name(c, tag);
}


static ipxe_rc_e
ipxe_compile_name(ipxe_compile_t *c, const ipxe_tag_t *tag)
{
    size_t  i;

    if (tag->sigil == '!' || tag->sigil == '=') {
        return IPXE_OK;
    }

    if (tag->name.len == 0) {
        return ipxe_compile_error(c, tag->start, "a tag has no name: write "
                                  "{{name}}");
    }

    for (i = 0; i < tag->name.len; i++) {
        if (ipxe_is_space(tag->name.data[i])) {
            return ipxe_compile_error(c, tag->start, "a name in a tag has a "
                                      "space in it: write {{name}}");
        }
    }

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_compile_op(ipxe_compile_t *c, const ipxe_tag_t *tag, ipxe_str_t indent,
    int standalone)
{
    ipxe_op_e    type;
    ipxe_rc_e    rc;
    ipxe_op_t   *op;
    unsigned     fresh;

    fresh = c->fresh;

    switch (tag->sigil) {

    case '!':
        return IPXE_OK;

    case '=':
        return ipxe_compile_delimiters(c, tag);

    case '#':
        type = IPXE_OP_SECTION;
        break;

    case '^':
        type = IPXE_OP_INVERTED;
        break;

    case '/':
        type = IPXE_OP_END;
        break;

    case '>':
        type = IPXE_OP_PARTIAL;
        break;

    case '*':
        type = IPXE_OP_DYNAMIC;
        break;

    case 0:
        type = IPXE_OP_VALUE;
        break;

    default:
        type = IPXE_OP_RAW;
    }

    rc = ipxe_compile_add(c, type, tag->start, tag->name);
    if (rc != IPXE_OK) {
        return rc;
    }

    op = &c->ops[c->n - 1];

    if (standalone) {
        op->first = 0;
        op->indent = indent;
        c->fresh = fresh;
    }

    if (type == IPXE_OP_END) {
        return ipxe_compile_close(c, tag);
    }

    if (type == IPXE_OP_SECTION || type == IPXE_OP_INVERTED) {

        if (c->depth == IPXE_MAX_DEPTH) {
            return ipxe_compile_error(c, tag->start, "sections are nested too "
                                      "deep: at most 16 in each other");
        }

        c->open[c->depth++] = c->n - 1;
    }

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_compile_delimiters(ipxe_compile_t *c, const ipxe_tag_t *tag)
{
    size_t      i;
    ipxe_str_t  left, right;

    left = tag->name;

    for (i = 0; i < left.len && !ipxe_is_space(left.data[i]); i++) {
        /* void */
    }

    right.data = left.data + i;
    right.len = left.len - i;
    right = ipxe_strip(right);

    left.len = i;

    for (i = 0; i < right.len; i++) {
        if (ipxe_is_space(right.data[i])) {
            right.len = 0;
        }
    }

    if (left.len == 0 || right.len == 0
        || left.len > IPXE_MAX_DELIMITER || right.len > IPXE_MAX_DELIMITER
        || memchr(left.data, '=', left.len)
        || memchr(right.data, '=', right.len))
    {
        return ipxe_compile_error(c, tag->start, "delimiters are set wrongly: "
                                  "write two of them without '=', such as "
                                  "{{=<% %>=}}");
    }

    c->left = left;
    c->right = right;

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_compile_close(ipxe_compile_t *c, const ipxe_tag_t *tag)
{
    size_t  open;

    if (c->depth == 0) {
        return ipxe_compile_error(c, tag->start, "a section is closed that "
                                  "was not opened: open it with {{#name}}");
    }

    open = c->open[--c->depth];

    if (!ipxe_str_eq(c->ops[open].text, tag->name)) {
        return ipxe_compile_error(c, tag->start, "a section is closed by "
                                  "another name than it was opened: close "
                                  "the inner section first");
    }

    c->ops[open].end = c->n - 1;

    return IPXE_OK;
}


/*
 * Whether the tag is alone in its line and of a kind that leaves no text.
 * The tag then reaches from LINE, the start of its line, to NEXT.
 */

static int
ipxe_compile_standalone(const ipxe_compile_t *c, const ipxe_tag_t *tag,
    size_t *line, size_t *next)
{
    size_t                start, end;
    const unsigned char  *p;

    *line = tag->start;
    *next = tag->end;

    if (tag->sigil == 0 || tag->sigil == '{' || tag->sigil == '&') {
        return 0;
    }

    p = c->body.data;
    start = tag->start;
    end = tag->end;

    while (start && (p[start - 1] == ' ' || p[start - 1] == '\t')) {
        start--;
    }

    if (start && p[start - 1] != '\n') {
        return 0;
    }

    while (end < c->body.len && (p[end] == ' ' || p[end] == '\t')) {
        end++;
    }

    if (end < c->body.len && p[end] == '\r') {
        end++;
    }

    if (end < c->body.len && p[end++] != '\n') {
        return 0;
    }

    *line = start;
    *next = end;

    return 1;
}


static ipxe_rc_e
ipxe_compile_text(ipxe_compile_t *c, size_t end)
{
    ipxe_rc_e   rc;
    ipxe_str_t  text;

    /* the white space before a standalone tag may be behind us already */

    if (end <= c->text) {
        return IPXE_OK;
    }

    text.data = c->body.data + c->text;
    text.len = end - c->text;

    rc = ipxe_compile_add(c, IPXE_OP_TEXT, c->text, text);

    c->fresh = (text.data[text.len - 1] == '\n');

    return rc;
}


static ipxe_rc_e
ipxe_compile_add(ipxe_compile_t *c, ipxe_op_e type, size_t at, ipxe_str_t text)
{
    size_t      size;
    ipxe_op_t  *ops;

    if (c->n == c->size) {

        size = c->size ? c->size * 2 : 16;

        ops = c->mem->alloc(c->mem->data, size * sizeof(ipxe_op_t));
        if (ops == NULL) {
            return IPXE_NOMEM;
        }

        if (c->n) {
            memcpy(ops, c->ops, c->n * sizeof(ipxe_op_t));
        }

        c->ops = ops;
        c->size = size;
    }

    ops = &c->ops[c->n++];

    memset(ops, 0, sizeof(ipxe_op_t));

    ops->type = type;
    ops->first = c->fresh;
    ops->line = ipxe_compile_line(c, at);
    ops->text = text;

    c->fresh = 0;

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_compile_error(ipxe_compile_t *c, size_t at, const char *what)
{
    char  row[IPXE_NAME_SIZE];

    return ipxe_err(c->err, IPXE_INVALID, "line %u of %s \"%s\": %s",
                    ipxe_compile_line(c, at), c->origin.field,
                    ipxe_name(row, c->origin.row), what);
}


/* The number of the line, counted on from where it was asked for last. */

static unsigned
ipxe_compile_line(ipxe_compile_t *c, size_t at)
{
    if (at < c->counted) {
        c->counted = 0;
        c->line = 0;
    }

    for ( /* void */ ; c->counted < at; c->counted++) {
        c->line += (c->body.data[c->counted] == '\n');
    }

    return c->line + 1;
}


static int
ipxe_find(ipxe_str_t body, size_t from, ipxe_str_t what, size_t *at)
{
    for ( /* void */ ; from + what.len <= body.len; from++) {
        if (memcmp(body.data + from, what.data, what.len) == 0) {
            *at = from;
            return 1;
        }
    }

    return 0;
}


static ipxe_str_t
ipxe_strip(ipxe_str_t str)
{
    while (str.len && ipxe_is_space(str.data[0])) {
        str.data++;
        str.len--;
    }

    while (str.len && ipxe_is_space(str.data[str.len - 1])) {
        str.len--;
    }

    return str;
}


static int
ipxe_is_space(unsigned c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}


static ipxe_rc_e
ipxe_render_ops(ipxe_render_t *r, const ipxe_template_t *t, size_t from,
    size_t to, const ipxe_context_t *ctx, ipxe_str_t indent)
{
    size_t            i;
    ipxe_rc_e         rc;
    const ipxe_op_t  *op;

    if (r->depth == IPXE_MAX_DEPTH) {
        return ipxe_render_error(r, t, from < t->n ? &t->ops[from] : NULL,
                                 IPXE_INVALID, "templates, values and "
                                 "sections use each other too deep, at most "
                                 "16: does one use itself?");
    }

    r->depth++;

    for (i = from; i < to; i++) {
        op = &t->ops[i];

        if (++r->steps > IPXE_MAX_STEPS) {
            return ipxe_render_error(r, t, op, IPXE_INVALID, "this takes more "
                                     "than 1000000 steps: make it shorter");
        }

        rc = IPXE_OK;

        if (op->first && indent.len) {
            rc = ipxe_buf_str(r->out, indent);
        }

        if (rc == IPXE_OK) {

            switch (op->type) {

            case IPXE_OP_TEXT:
                rc = ipxe_render_text(r, op->text, indent);
                break;

            case IPXE_OP_VALUE:
            case IPXE_OP_RAW:
                rc = ipxe_render_value(r, t, op, ctx);
                break;

            case IPXE_OP_SECTION:
            case IPXE_OP_INVERTED:
                rc = ipxe_render_section(r, t, op, ctx, indent);
                i = op->end;
                break;

            case IPXE_OP_PARTIAL:
            case IPXE_OP_DYNAMIC:
                rc = ipxe_render_partial(r, t, op, ctx, indent);
                break;

            case IPXE_OP_END:
                break;
            }
        }

        if (rc != IPXE_OK) {
            return ipxe_render_error(r, t, op, rc, NULL);
        }
    }

    r->depth--;

    return IPXE_OK;
}


/* The indentation of a partial goes before each line of its text. */

static ipxe_rc_e
ipxe_render_text(ipxe_render_t *r, ipxe_str_t text, ipxe_str_t indent)
{
    size_t                n;
    ipxe_rc_e             rc;
    const unsigned char  *p;

    while (indent.len && text.len) {

        p = memchr(text.data, '\n', text.len);
        n = p ? (size_t) (p - text.data) + 1 : text.len;

        if (n == text.len) {
            break;
        }

        rc = ipxe_buf_add(r->out, text.data, n);
        if (rc != IPXE_OK) {
            return rc;
        }

        rc = ipxe_buf_str(r->out, indent);
        if (rc != IPXE_OK) {
            return rc;
        }

        text.data += n;
        text.len -= n;
    }

    return ipxe_buf_str(r->out, text);
}


static ipxe_rc_e
ipxe_render_value(ipxe_render_t *r, const ipxe_template_t *t,
    const ipxe_op_t *op, const ipxe_context_t *ctx)
{
    size_t        from;
    unsigned      raw;
    ipxe_rc_e     rc;
    ipxe_value_t  value;

    rc = ipxe_render_lookup(r, ctx, op->text, &value);

    if (rc == IPXE_OK && value.type == IPXE_VALUE_MISSING) {
        return ipxe_render_missing(r, t, op, &value);
    }

    if (rc == IPXE_DECLINED) {
        return ipxe_render_error(r, t, op, IPXE_INVALID, "this name is "
                                 "unknown: set it in var, or write a section "
                                 "{{#name}}...{{/name}} around what may be "
                                 "missing");
    }

    if (rc != IPXE_OK) {
        return rc;
    }

    from = r->out->len;
    raw = (op->type == IPXE_OP_RAW);

    switch (value.type) {

    case IPXE_VALUE_FALSE:
        return IPXE_OK;

    case IPXE_VALUE_TEXT:
        rc = ipxe_buf_str(r->out, value.text);
        break;

    case IPXE_VALUE_TEMPLATE:
        r->values += !raw;
        rc = ipxe_render_ops(r, value.tmpl, 0, value.tmpl->n, ctx,
                             ipxe_no_text);
        r->values -= !raw;
        break;

    default:
        return ipxe_render_error(r, t, op, IPXE_INVALID, "this name has no "
                                 "text of its own: use it as a section, "
                                 "{{#name}}...{{/name}}");
    }

    if (rc != IPXE_OK) {
        return rc;
    }

    return r->scope->escape(r->scope->data, r->out, from, &value,
                            (raw ? IPXE_RAW : 0)
                            | (r->values ? IPXE_INNER : 0), r->err);
}


static ipxe_rc_e
ipxe_render_section(ipxe_render_t *r, const ipxe_template_t *t,
    const ipxe_op_t *op, const ipxe_context_t *ctx, ipxe_str_t indent)
{
    size_t          i, from, to;
    ipxe_rc_e       rc;
    ipxe_value_t    value, item;
    ipxe_context_t  inner;

    from = (size_t) (op - t->ops) + 1;
    to = op->end + 1;

    rc = ipxe_render_lookup(r, ctx, op->text, &value);

    if (rc == IPXE_DECLINED) {
        value.type = IPXE_VALUE_FALSE;
        rc = IPXE_OK;
    }

    if (rc != IPXE_OK) {
        return rc;
    }

    if (ipxe_value_is_true(&value) == (op->type == IPXE_OP_INVERTED)) {
        return IPXE_OK;
    }

    if (op->type == IPXE_OP_INVERTED) {
        return ipxe_render_ops(r, t, from, to, ctx, indent);
    }

    inner.value = &value;
    inner.outer = ctx;

    if (value.type != IPXE_VALUE_LIST) {
        return ipxe_render_ops(r, t, from, to, &inner, indent);
    }

    inner.value = &item;

    for (i = 0; i < value.n; i++) {

        memset(&item, 0, sizeof(ipxe_value_t));

        rc = r->scope->item(r->scope->data, &value, i, &item, r->err);
        if (rc != IPXE_OK) {
            return rc;
        }

        rc = ipxe_render_ops(r, t, from, to, &inner, indent);
        if (rc != IPXE_OK) {
            return rc;
        }
    }

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_render_partial(ipxe_render_t *r, const ipxe_template_t *t,
    const ipxe_op_t *op, const ipxe_context_t *ctx, ipxe_str_t indent)
{
    char                    row[IPXE_NAME_SIZE], text[IPXE_NAME_SIZE];
    ipxe_rc_e               rc;
    ipxe_buf_t              joined;
    ipxe_str_t              name;
    ipxe_value_t            value;
    ipxe_origin_t           origin;
    const ipxe_template_t  *tmpl;

    name = op->text;
    origin.field = "the name in";
    origin.row = t->origin.row;

    if (op->type == IPXE_OP_DYNAMIC) {

        rc = ipxe_render_lookup(r, ctx, op->text, &value);

        if (rc == IPXE_OK && value.type == IPXE_VALUE_MISSING) {
            return ipxe_render_missing(r, t, op, &value);
        }

        if (rc == IPXE_DECLINED
            || (rc == IPXE_OK && value.type != IPXE_VALUE_TEXT))
        {
            return ipxe_render_error(r, t, op, IPXE_INVALID, "this name names "
                                     "no template: set it to the name of one");
        }

        if (rc != IPXE_OK) {
            return rc;
        }

        name = value.text;
        origin = value.origin;
    }

    rc = r->scope->partial(r->scope->data, name, &tmpl, r->err);

    if (rc == IPXE_DECLINED) {
        (void) ipxe_err(r->err, IPXE_INVALID, "%s \"%s\" is \"%s\", of which "
                        "there is no template in this dialect: insert it "
                        "into template, or write another name", origin.field,
                        ipxe_name(row, origin.row), ipxe_name(text, name));

        return ipxe_render_error(r, t, op, IPXE_INVALID, NULL);
    }

    if (rc != IPXE_OK) {
        return rc;
    }

    /* indentation adds up only where the partial has a line of its own */

    if (op->indent.data == NULL) {
        indent = ipxe_no_text;

    } else if (indent.len == 0) {
        indent = op->indent;

    } else if (op->indent.len) {

        memset(&joined, 0, sizeof(ipxe_buf_t));
        joined.limit = IPXE_MAX_OUTPUT;
        joined.mem = r->out->mem;

        if (ipxe_buf_str(&joined, indent) != IPXE_OK
            || ipxe_buf_str(&joined, op->indent) != IPXE_OK)
        {
            return IPXE_NOMEM;
        }

        indent.data = joined.data;
        indent.len = joined.len;
    }

    return ipxe_render_ops(r, tmpl, 0, tmpl->n, ctx, indent);
}


/*
 * Looks up a dotted name: its first part in the contexts from the innermost
 * outwards, the other parts each in the one before.
 */

static ipxe_rc_e
ipxe_render_lookup(ipxe_render_t *r, const ipxe_context_t *ctx,
    ipxe_str_t name, ipxe_value_t *value)
{
    ipxe_rc_e             rc;
    ipxe_str_t            part;
    const void           *object;
    const unsigned char  *dot;

    memset(value, 0, sizeof(ipxe_value_t));

    if (name.len == 1 && name.data[0] == '.') {

        if (ctx == NULL) {
            return r->scope->get(r->scope->data, NULL, name, value, r->err);
        }

        *value = *ctx->value;
        return IPXE_OK;
    }

    rc = IPXE_DECLINED;
    object = NULL;

    do {
        part = name;
        dot = memchr(name.data, '.', name.len);

        if (dot) {
            part.len = (size_t) (dot - name.data);
        }

        if (object) {
            memset(value, 0, sizeof(ipxe_value_t));
            rc = r->scope->get(r->scope->data, object, part, value, r->err);

        } else {

            for ( /* void */ ; ctx && rc == IPXE_DECLINED; ctx = ctx->outer) {
                if (ctx->value->object) {
                    rc = r->scope->get(r->scope->data, ctx->value->object,
                                       part, value, r->err);
                }
            }

            if (rc == IPXE_DECLINED) {
                rc = r->scope->get(r->scope->data, NULL, part, value, r->err);
            }
        }

        if (rc != IPXE_OK || dot == NULL) {
            return rc;
        }

        object = value->object;

        name.data += part.len + 1;
        name.len -= part.len + 1;

    } while (object && name.len);

    return IPXE_DECLINED;
}


/*
 * Says where something is wrong, once, at the innermost template.  WHAT is
 * the sentence, or NULL when a function of the scope wrote it.
 */

static ipxe_rc_e
ipxe_render_error(ipxe_render_t *r, const ipxe_template_t *t,
    const ipxe_op_t *op, ipxe_rc_e rc, const char *what)
{
    char        row[IPXE_NAME_SIZE], name[IPXE_NAME_SIZE];
    ipxe_err_t  said;

    if (rc != IPXE_INVALID || r->located || r->err == NULL) {
        return rc;
    }

    r->located = 1;

    if (what == NULL) {
        said = *r->err;
        what = said.len ? said.text : "the answer is too long: at most "
                                      "1048576 bytes";
    }

    if (op == NULL || op->type == IPXE_OP_TEXT || op->type == IPXE_OP_END) {
        return ipxe_err(r->err, rc, "%s \"%s\": %s", t->origin.field,
                        ipxe_name(row, t->origin.row), what);
    }

    return ipxe_err(r->err, rc, "{{%s}} in line %u of %s \"%s\": %s",
                    ipxe_name(name, op->text), op->line, t->origin.field,
                    ipxe_name(row, t->origin.row), what);
}


static ipxe_rc_e
ipxe_render_missing(ipxe_render_t *r, const ipxe_template_t *t,
    const ipxe_op_t *op, const ipxe_value_t *value)
{
    char  row[IPXE_NAME_SIZE];

    (void) ipxe_err(r->err, IPXE_INVALID, "nothing is set for %s \"%s\": set "
                    "it in its row, in a parent or in var, or write a section "
                    "{{#name}}...{{/name}} around what may be missing",
                    value->origin.field, ipxe_name(row, value->origin.row));

    return ipxe_render_error(r, t, op, IPXE_INVALID, NULL);
}


static int
ipxe_value_is_true(const ipxe_value_t *value)
{
    switch (value->type) {

    case IPXE_VALUE_FALSE:
    case IPXE_VALUE_MISSING:
        return 0;

    case IPXE_VALUE_TEXT:
    case IPXE_VALUE_TEMPLATE:
        return value->text.len != 0;

    case IPXE_VALUE_LIST:
        return value->n != 0;

    default:
        return 1;
    }
}
