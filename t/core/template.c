
/*
 * Templates: what the specification leaves to the implementation, errors and
 * where they are, limits.  What it does say is tested by t/mustache.t.
 */


#include <time.h>

#include "ipxe_template.h"
#include "test.h"


/* What there is to render: a tree of names. */

typedef struct node_s  node_t;

struct node_s {
    const char    *name;
    ipxe_value_e   type;
    const char    *text;
    const node_t  *child;
    size_t         n;
};

#define TEXT(name, text)      { name, IPXE_VALUE_TEXT, text, NULL, 0 }
#define TMPL(name, text)      { name, IPXE_VALUE_TEMPLATE, text, NULL, 0 }
#define BOOL(name, yes)       { name, yes ? IPXE_VALUE_TRUE                    \
                                          : IPXE_VALUE_FALSE, NULL, NULL, 0 }
#define LIST(name, items)     { name, IPXE_VALUE_LIST, NULL, items,           \
                                countof(items) }
#define OBJECT(name, items)   { name, IPXE_VALUE_OBJECT, NULL, items,         \
                                countof(items) }


static const node_t  inner[] = {
    TEXT("a", "inner-a"), TEXT("b", "inner-b"), TMPL("t", "<{{a}}>")
};

static const node_t  items[] = {
    TEXT("", "one"), TEXT("", "two"), TEXT("", "")
};

static const node_t  hosts[] = {
    OBJECT("", inner), OBJECT("", inner)
};

static const node_t  many[] = {
    TEXT("", "x"), TEXT("", "x"), TEXT("", "x"), TEXT("", "x"), TEXT("", "x"),
    TEXT("", "x"), TEXT("", "x"), TEXT("", "x"), TEXT("", "x"), TEXT("", "x")
};

static const node_t  root_names[] = {
    TEXT("a", "A"), TEXT("empty", ""), TEXT("long-name_2", "L"),
    TEXT("bad", "BAD"), TEXT("worse", "WORSE"),
    BOOL("yes", 1), BOOL("no", 0),
    LIST("items", items), { "none", IPXE_VALUE_LIST, NULL, NULL, 0 },
    LIST("hosts", hosts), OBJECT("o", inner), LIST("many", many),
    TMPL("t", "({{a}})"), TMPL("tt", "{{t}}{{t}}"), TMPL("self", "{{self}}"),
    TMPL("ping", "{{pong}}"), TMPL("pong", "{{ping}}"),
    TMPL("void", ""), TMPL("wrong", "\n\n{{nothing}}"),
    TMPL("line2", "x\n{{bad}}"),
    TEXT("part", "p"), TEXT("gone", "no-such-partial")
};

static const node_t  root = OBJECT("", root_names);


/* partials, by name */

static const char *partials[][2] = {
    { "p", "partial {{a}}" },
    { "lines", "1\n2\n" },
    { "tail", "1\n2" },
    { "nest", "n\n  {{>lines}}\nn\n" },
    { "rec", "{{>rec}}" },
    { "bad", "{{#a}}\nx {{bad}}\n{{/a}}" },
    { "unknown", "one\ntwo {{nothing}}" },
    { "delims", "{{=<% %>=}}<%a%>" },
    { "huge", NULL },
    { "broken", "" }
};


static ipxe_scope_t  scope;
static ipxe_err_t    err;
static int           marks;
static char          answer[4096];


static ipxe_rc_e
value_of(const node_t *node, ipxe_value_t *value)
{
    ipxe_rc_e         rc;
    ipxe_template_t  *tmpl;

    static const ipxe_origin_t  origin = { "value", { 3, (void *) "row" } };

    value->type = node->type;
    value->text = str(node->text);
    value->n = node->n;
    value->origin = origin;

    if (node->type == IPXE_VALUE_LIST || node->type == IPXE_VALUE_OBJECT) {
        value->object = node;
    }

    if (node->type == IPXE_VALUE_TEMPLATE) {
        rc = ipxe_template_compile(&tmpl, value->text, origin, &test_mem,
                                   &err);
        value->tmpl = tmpl;
        return rc;
    }

    return IPXE_OK;
}


static ipxe_rc_e
get(void *data, const void *object, ipxe_str_t name, ipxe_value_t *value,
    ipxe_err_t *e)
{
    size_t         i;
    const node_t  *node;

    if (data != &scope || e != &err) {
        return IPXE_UNAVAILABLE;
    }

    if (ipxe_str_eq(name, str("fails"))) {
        return ipxe_err(e, IPXE_UNAVAILABLE, "the database is away");
    }

    if (ipxe_str_eq(name, str("invalid"))) {
        return ipxe_err(e, IPXE_INVALID, "a row says nonsense");
    }

    node = object ? object : &root;

    for (i = 0; i < node->n && node->type == IPXE_VALUE_OBJECT; i++) {
        if (ipxe_str_eq(name, str(node->child[i].name))) {
            return value_of(&node->child[i], value);
        }
    }

    return IPXE_DECLINED;
}


static ipxe_rc_e
item(void *data, const ipxe_value_t *list, size_t i, ipxe_value_t *value,
    ipxe_err_t *e)
{
    const node_t *node = list->object;

    (void) data;
    (void) e;

    return value_of(&node->child[i], value);
}


static ipxe_rc_e
partial(void *data, ipxe_str_t name, const ipxe_template_t **tmpl,
    ipxe_err_t *e)
{
    size_t            i;
    ipxe_rc_e         rc;
    ipxe_str_t        body;
    ipxe_origin_t     origin;
    ipxe_template_t  *t;

    static char  huge[300 * 1024];

    (void) data;

    if (ipxe_str_eq(name, str("broken"))) {
        return ipxe_err(e, IPXE_INVALID, "line 7 of partial \"broken\": so");
    }

    for (i = 0; i < countof(partials); i++) {

        if (!ipxe_str_eq(name, str(partials[i][0]))) {
            continue;
        }

        body = str(partials[i][1]);

        if (body.data == NULL) {
            memset(huge, 'x', sizeof(huge));
            body = str_n(huge, sizeof(huge));
        }

        origin.field = "partial";
        origin.row = str(partials[i][0]);

        rc = ipxe_template_compile(&t, body, origin, &test_mem, e);
        *tmpl = t;
        return rc;
    }

    return IPXE_DECLINED;
}


/* "BAD" is refused; with marks, what was written how is shown. */

static ipxe_rc_e
escape(void *data, ipxe_buf_t *out, size_t from, const ipxe_value_t *value,
    unsigned how, ipxe_err_t *e)
{
    ipxe_str_t  text;

    (void) data;

    text = str_n(out->data + from, out->len - from);

    if (ipxe_str_eq(text, str("BAD"))) {
        return ipxe_err(e, IPXE_INVALID, "var \"x\" holds something");
    }

    if (ipxe_str_eq(text, str("WORSE"))) {
        return IPXE_NOMEM;
    }

    if (!marks) {
        return IPXE_OK;
    }

    return ipxe_buf_text(out, value->type == IPXE_VALUE_TEMPLATE
                              ? (how & IPXE_RAW ? "=r" : "=t")
                              : how & IPXE_RAW ? "-r" : "-t");
}


static ipxe_rc_e
compile(ipxe_template_t **tmpl, ipxe_str_t body)
{
    ipxe_origin_t  origin;

    origin.field = "template";
    origin.row = str("web/ipxe");

    err.len = 0;
    err.text[0] = '\0';

    return ipxe_template_compile(tmpl, body, origin, &test_mem, &err);
}


static ipxe_rc_e
render_n(ipxe_str_t body)
{
    ipxe_rc_e         rc;
    ipxe_buf_t        out;
    ipxe_template_t  *tmpl;

    scope.get = get;
    scope.item = item;
    scope.partial = partial;
    scope.escape = escape;
    scope.data = &scope;

    rc = compile(&tmpl, body);

    if (rc != IPXE_OK) {
        return rc;
    }

    memset(&out, 0, sizeof(out));
    out.limit = IPXE_MAX_OUTPUT;
    out.mem = &test_mem;

    rc = ipxe_template_render(tmpl, &scope, &out, &err);

    snprintf(answer, sizeof(answer), "%.*s", (int) (out.len < 4000 ? out.len
                                                                   : 4000),
             out.len ? (char *) out.data : "");

    return rc;
}


static ipxe_rc_e
render(const char *body)
{
    return render_n(str(body));
}


static const struct {
    const char  *body, *out;
} good[] = {
    { "", "" },
    { "plain } { text }}", "plain } { text }}" },
    { "{{a}}", "A" },
    { "{{ a }}{{\ta\n}}", "AA" },
    { "{{{a}}}{{&a}}{{& a }}{{{ a }}}", "AAAA" },
    { "{{long-name_2}}", "L" },
    { "[{{empty}}{{no}}]", "[]" },
    { "{{o.a}} {{o.b}}", "inner-a inner-b" },
    { "{{#o}}{{a}} {{b}}{{/o}} {{a}}", "inner-a inner-b A" },
    { "{{#o}}{{long-name_2}}{{/o}}", "L" },
    { "{{#hosts}}{{a}},{{/hosts}}", "inner-a,inner-a," },
    { "{{#items}}<{{.}}>{{/items}}", "<one><two><>" },
    { "{{#none}}x{{/none}}{{^none}}y{{/none}}", "y" },
    { "{{#empty}}x{{/empty}}{{^empty}}y{{/empty}}", "y" },
    { "{{#a}}{{.}}{{/a}}{{^a}}y{{/a}}", "A" },
    { "{{#yes}}x{{/yes}}{{^yes}}y{{/yes}}", "x" },
    { "{{#no}}x{{/no}}{{^no}}y{{/no}}", "y" },
    { "{{#nothing}}x{{/nothing}}{{^nothing}}y{{/nothing}}", "y" },
    { "{{#nothing.at.all}}x{{/nothing.at.all}}", "" },
    { "{{#o.nothing}}x{{/o.nothing}}", "" },
    { "{{^no}}{{^nothing}}{{a}}{{/nothing}}{{/no}}", "A" },

    /* values that are templates, rendered where they stand */
    { "{{t}} {{tt}}", "(A) (A)(A)" },
    { "{{#o}}{{t}}{{/o}} {{o.b}}", "<inner-a> inner-b" },
    { "{{#t}}[{{.}}]{{/t}}", "[(A)]" },
    { "{{#void}}x{{/void}}{{void}}", "" },

    /* partials, also by the value of a name */
    { "{{>p}}", "partial A" },
    { "{{>*part}} {{> * part }}", "partial A partial A" },
    { "{{#o}}{{>p}}{{/o}}", "partial inner-a" },
    { "  {{>lines}}", "  1\n  2\n" },
    { "  {{>tail}}\nx", "  1\n  2x" },
    { "  {{>nest}}\n", "  n\n    1\n    2\n  n\n" },
    { "\t{{>lines}}\n", "\t1\n\t2\n" },
    { "x {{>tail}}\n", "x 1\n2\n" },
    { "{{=<% %>=}}<%a%>{{a}}<%={{ }}=%>{{a}}", "A{{a}}A" },
    { "{{>delims}}{{a}}", "AA" },
    { "{{=| |=}}|#o||a||/o|", "inner-a" },
    { "{{=[[ ]]=}}[[{a}]]", "A" },

    /* comments and lines */
    { "x\n{{! a comment\nof two lines }}\ny", "x\ny" },
    { "a{{!}}b{{!{{}}c", "abc" },
    { "{{#yes}}\nx\n{{/yes}}\n", "x\n" },
    { "{{#yes}}\r\nx\r\n{{/yes}}\r\n", "x\r\n" },
    { "  {{#yes}}  \n  x\n\t{{/yes}}\t", "  x\n" },
    { "{{#yes}} x {{/yes}}\n", " x \n" },
    { "{{#yes}}\n{{#yes}}\nx\n{{/yes}}\n{{/yes}}\ny", "x\ny" },

    /* what means something elsewhere is text */
    { "$a ${a} {a} %{{a}}% \\{{a}}", "$a ${a} {a} %A% \\A" },
    { "{ {{a}} }", "{ A }" },
    { "{{{a}}}}", "A}" },
    { "{{a}}}", "A}" }
};


/* A body and the sentence, of compiling it or of rendering it. */

static const struct {
    const char  *body, *sentence;
} wrong[] = {
    { "{{a", "line 1 of template \"web/ipxe\": a tag is never closed: *" },
    { "x\ny\n{{a}\n", "line 3 of template \"web/ipxe\": a tag is never *" },
    { "{{{a}}", "line 1 of template \"web/ipxe\": a tag is never closed: *" },
    { "\n{{!x", "line 2 of template \"web/ipxe\": a tag is never closed: *" },
    { "{{", "line 1 of template \"web/ipxe\": a tag is never closed: *" },
    { "{{}}", "line 1 of template \"web/ipxe\": a tag has no name: *" },
    { "{{  }}", "line 1 of template \"web/ipxe\": a tag has no name: *" },
    { "{{#}}x{{/}}", "line 1 of *: a tag has no name: *" },
    { "\n\n\n{{>}}", "line 4 of *: a tag has no name: *" },
    { "{{{}}}", "line 1 of *: a tag has no name: *" },
    { "{{a b}}", "line 1 of *: a name in a tag has a space in it: *" },
    { "x\n{{#a\nb}}", "line 2 of *: a name in a tag has a space in it: *" },
    { "x\n{{#a}}\ny", "line 2 of *: a section is opened here and never closed: "
                      "close it with {{/name}}" },
    { "{{#a}}\n{{#b}}\n{{/b}}\n", "line 1 of *: a section is opened here *" },
    { "x\n{{/a}}", "line 2 of *: a section is closed that was not opened: *" },
    { "{{#a}}{{/a}}\n{{/a}}", "line 2 of *: a section is closed that was *" },
    { "{{#a}}\n{{#b}}\n{{/a}}\n{{/b}}", "line 3 of *: a section is closed by "
                                        "another name than it was opened: *" },
    { "{{=}}", "line 1 of *" },
    { "{{==}}", "line 1 of *: delimiters are set wrongly: *" },
    { "{{=x=}}", "line 1 of *: delimiters are set wrongly: *" },
    { "{{=a b c=}}", "line 1 of *: delimiters are set wrongly: *" },
    { "{{=a= =b=}}", "line 1 of *: delimiters are set wrongly: *" },
    { "\n{{=aaaaaaaaaaaaaaaaa b=}}", "line 2 of *: delimiters are set *" },
    { "{{=<% %>=}}<%", "line 1 of *: a tag is never closed: *" },

    { "\n{{nothing}}", "{{nothing}} in line 2 of template \"web/ipxe\": this "
                       "name is unknown: set it in var, or write a section "
                       "{{#name}}...{{/name}} around what may be missing" },
    { "{{{nothing}}}", "{{nothing}} in line 1 of *: this name is unknown: *" },
    { "{{&nothing}}", "{{nothing}} in line 1 of *: this name is unknown: *" },
    { "{{o.nothing}}", "{{o.nothing}} in line 1 of *: this name is unknown*" },
    { "{{a.b}}", "{{a.b}} in line 1 of *: this name is unknown: *" },
    { "{{nothing.a}}", "{{nothing.a}} in line 1 of *: this name is unknown*" },
    { "{{.}}", "{{.}} in line 1 of *: this name is unknown: *" },
    { "{{a.}}", "{{a.}} in line 1 of *: this name is unknown: *" },
    { "{{.a}}", "{{.a}} in line 1 of *: this name is unknown: *" },
    { "{{$x\x1b}}", "{{?x?}} in line 1 of *: this name is unknown: *" },
    { "{{yes}}", "{{yes}} in line 1 of *: this name has no text of its own*" },
    { "{{items}}", "{{items}} in line 1 of *: this name has no text *" },
    { "{{o}}", "{{o}} in line 1 of *: this name has no text of its own: *" },
    { "{{#hosts}}{{.}}{{/hosts}}", "{{.}} in line 1 of *: this name has no *" },
    { "\n {{>nowhere}}", "{{nowhere}} in line 2 of template \"web/ipxe\": "
                         "*there is no template*" },
    { "{{>*nothing}}", "{{nothing}} in line 1 of *: this name names no *" },
    { "{{>*o}}", "{{o}} in line 1 of *: this name names no template: *" },
    { "{{>*gone}}", "{{gone}} in line 1 of *\"no-such-partial\"*no template*" },
    { "{{>broken}}", "{{broken}} in line 1 of template \"web/ipxe\": line 7 "
                     "of partial \"broken\": so" },

    /* a sentence names the innermost template */
    { "{{bad}}", "{{bad}} in line 1 of template \"web/ipxe\": var \"x\" holds "
                 "something" },
    { "\n{{>bad}}", "{{bad}} in line 2 of partial \"bad\": var \"x\" holds *" },
    { "{{>unknown}}", "{{nothing}} in line 2 of partial \"unknown\": this *" },
    { "{{wrong}}", "{{nothing}} in line 3 of value \"row\": this name is *" },
    { "{{line2}}", "{{bad}} in line 2 of value \"row\": var \"x\" holds *" },
    { "{{invalid}}", "{{invalid}} in line 1 of template \"web/ipxe\": a row "
                     "says nonsense" },
    { "{{#invalid}}{{/invalid}}", "{{invalid}} in line 1 of *: a row says *" },

    /* what uses itself */
    { "{{self}}", "*value \"row\": templates, values and sections use each "
                  "other too deep, at most 16: does one use itself?" },
    { "{{ping}}", "*value \"row\": templates, values and sections use *" },
    { "{{>rec}}", "*partial \"rec\": templates, values and sections use *" }
};


static void
test_bodies(void)
{
    size_t     i;
    ipxe_rc_e  rc;

    for (i = 0; i < countof(good); i++) {
        rc = render(good[i].body);

        if (rc != IPXE_OK) {
            test_rc(rc, IPXE_OK, "'%s'", good[i].body);
            note("%s", err.text);
            continue;
        }

        test_str(str(answer), good[i].out, "'%s'", good[i].body);
    }

    for (i = 0; i < countof(wrong); i++) {
        rc = render(wrong[i].body);

        if (rc != IPXE_INVALID) {
            test_rc(rc, IPXE_INVALID, "'%s'", wrong[i].body);
            continue;
        }

        test_like(err.text, wrong[i].sentence, "'%s' is refused",
                  wrong[i].body);
    }

    test(ipxe_template_has_tags(str("a{{b"))
         && !ipxe_template_has_tags(str("a{b}"))
         && !ipxe_template_has_tags(str("{"))
         && !ipxe_template_has_tags(str_n("{{", 1))
         && !ipxe_template_has_tags(str("")), "whether a text holds tags");

    /* NUL is a byte like others, in texts and in names */

    test(render_n(str_n("a\0{{a}}\0", 8)) == IPXE_OK && answer[0] == 'a',
         "a NUL in a text");
    test(render_n(str_n("{{a\0b}}", 7)) == IPXE_INVALID
         && strncmp(err.text, "{{a?b}} in line 1 of", 20) == 0,
         "a NUL in a name ('%s')", err.text);
    test(render_n(str_n("{{\0a}}", 6)) == IPXE_INVALID, "a NUL as a sigil");
}


static void
test_marks(void)
{
    marks = 1;

    (void) render("{{a}} {{{a}}} {{&a}} {{t}} {{{t}}}");
    test_str(str(answer), "A-t A-r A-r (A-t)=t (A-t)=r",
             "each value is checked, and a template after its values");

    (void) render("{{empty}}|{{no}}|{{#items}}{{.}}{{/items}}");
    test_str(str(answer), "-t||one-ttwo-t-t",
             "the text of an item is checked too");

    marks = 0;

    test_rc(render("x{{fails}}"), IPXE_UNAVAILABLE,
            "what a function returns is returned");
    test_str(str(err.text), "the database is away", "with its sentence");
    test_rc(render("{{#fails}}{{/fails}}"), IPXE_UNAVAILABLE,
            "... for a section");
    test_rc(render("{{>*fails}}"), IPXE_UNAVAILABLE, "... for a partial");
    test_rc(render("{{#o}}{{fails}}{{/o}}"), IPXE_UNAVAILABLE,
            "... inside a section");
    test_rc(render("{{worse}}"), IPXE_NOMEM, "... of escape()");
}


/* N times a text around another. */

static const char *
nested(const char *before, const char *middle, const char *after, int n)
{
    int   i;
    char *p;

    static char  text[65536];

    p = text;

    for (i = 0; i < n; i++) {
        p += sprintf(p, before, i);
    }

    p += sprintf(p, "%s", middle);

    for (i = n; i > 0; i--) {
        p += sprintf(p, after, i - 1);
    }

    return text;
}


static void
test_limits(void)
{
    char       *big;
    size_t      i, n;
    clock_t     t;
    ipxe_rc_e   rc;

    test(render(nested("{{#yes}}", "x", "{{/yes}}", 15)) == IPXE_OK
         && strcmp(answer, "x") == 0, "15 sections in each other");
    test_rc(render(nested("{{#yes}}", "x", "{{/yes}}", 16)), IPXE_INVALID,
            "16 sections in a template are too deep");
    test_like(err.text, "*use each other too deep, at most 16*",
              "... in words");
    test_rc(render(nested("{{#no}}", "x", "{{/no}}", 16)), IPXE_OK,
            "16 that are not rendered are not");
    test_rc(render(nested("{{#no}}", "x", "{{/no}}", 17)), IPXE_INVALID,
            "17 cannot be compiled");
    test_like(err.text, "line 1 of template \"web/ipxe\": sections are nested "
              "too deep: at most 16 in each other", "... in words");

    /* 10^5 items are fine, 10^6 are too many steps */

    test_rc(render(nested("{{#many}}", "", "{{/many}}", 5)), IPXE_OK,
            "100000 steps");

    t = clock();
    rc = render(nested("{{#many}}", "", "{{/many}}", 15));
    test_rc(rc, IPXE_INVALID, "10^15 steps");
    test_like(err.text, "*this takes more than 1000000 steps: *",
              "... are refused in words");
    test(clock() - t < CLOCKS_PER_SEC * 2, "... soon");

    /* the output */

    test_rc(render("{{>huge}}{{>huge}}{{>huge}}"), IPXE_OK, "900 KiB");
    test_rc(render("{{>huge}}{{>huge}}{{>huge}}{{>huge}}"), IPXE_INVALID,
            "1200 KiB are refused");
    test_like(err.text, "*partial \"huge\": the answer is too long: at most "
              "1048576 bytes", "... in words");
    test_rc(render("{{#many}}{{>huge}}{{/many}}"), IPXE_INVALID,
            "in a section too");

    rc = render(nested("{{#many}}", "x", "{{/many}}", 6));
    test_rc(rc, IPXE_INVALID, "and so are 10^6 times one byte");

    /* compiling takes time in proportion to the length */

    n = 1024 * 1024;
    big = malloc(n);

    for (i = 0; i + 6 <= n; i += 6) {
        memcpy(big + i, "{{a}}\n", 6);
    }

    for (i = n / 16; i <= n; i *= 4) {
        t = clock();
        (void) render_n(str_n(big, i / 6 * 6));
        t = clock() - t;

        if (!test(t < CLOCKS_PER_SEC, "a template of %zu KiB with %zu tags",
                  i / 1024, i / 6))
        {
            note("takes %ld ms", (long) (t * 1000 / CLOCKS_PER_SEC));
            break;
        }
    }

    memset(big, ' ', n);
    memcpy(big + n - 5, "{{!}}", 5);
    t = clock();
    rc = render_n(str_n(big, n));
    test(rc == IPXE_OK && clock() - t < CLOCKS_PER_SEC,
         "a standalone tag behind 1 MiB of spaces");

    for (i = 0; i + 3 <= n; i += 3) {
        memcpy(big + i, "{{{", 3);
    }

    t = clock();
    rc = render_n(str_n(big, n));
    test(rc == IPXE_INVALID && clock() - t < CLOCKS_PER_SEC,
         "1 MiB of opening braces");

    free(big);
}


static const char *
sweep(void)
{
    ipxe_rc_e  rc;

    static const char  body[] = "{{a}} {{{t}}} {{#hosts}}\n"
                                "  {{>nest}}\n{{tt}} {{a}}{{/hosts}}"
                                "{{#o}}{{#items}}{{.}}{{/items}}{{/o}}"
                                "{{>*part}}{{^no}}{{=<% %>=}}<%&a%><%/no%>";

    static const char  out[] = "A (A) \n  n\n    1\n    2\n  n\n"
                               "<inner-a><inner-a> inner-a\n"
                               "  n\n    1\n    2\n  n\n"
                               "<inner-a><inner-a> inner-aonetwopartial AA";

    rc = render(body);

    if (test_failed()) {
        return rc == IPXE_NOMEM ? NULL : "the code is not IPXE_NOMEM";
    }

    if (rc != IPXE_OK) {
        return err.text;
    }

    return strcmp(answer, out) == 0 ? NULL : answer;
}


int
main(void)
{
    test_bodies();
    test_marks();
    test_limits();
    test_sweep(NULL, sweep, 20, "compile and render");

    return test_done();
}
