
/*
 * Answers that are filled into forms are those that would have been rendered:
 * each answer of a catalog that has met all the others is compared with that
 * of a catalog which has met nothing.
 */


#include <stdarg.h>

#include "ipxe_boot.h"
#include "ipxe_form.h"
#include "test.h"


#define HOSTS     16
#define UNKNOWN   6                     /* machines without a row */
#define MACHINES  (2 * HOSTS + UNKNOWN)
#define RANDOM    16                    /* profiles of a round */
#define ROUNDS    5


typedef struct {
    unsigned               machine;
    unsigned               profile;
    const ipxe_dialect_t  *dialect;
    const char            *base_url;
    const char            *file;
} question_t;


typedef struct {
    ipxe_rc_e              rc;
    ipxe_result_e          result;
    ipxe_str_t             text;
    ipxe_str_t             err;
} answer_t;


/* Templates, and what a profile that has them may have. */

static const struct {
    const char  *body, *kernel, *initrd, *args;
} cases[] = {

    /* nothing of the machine's, and nothing at all */
    { "", NULL, NULL, NULL },
    { "#!ipxe\nboot {{profile}} {{base_url}} {{g}} {{p}}", NULL, NULL, NULL },

    /* what a machine shows, is, and may not have */
    { "{{#name}}{{name}}{{/name}}{{^name}}nobody{{/name}} {{profile}}", NULL,
      NULL, NULL },
    { "{{#mac}}m={{.}}{{/mac}} {{#uuid}}u={{.}}{{/uuid}} {{#asset}}a={{{.}}}"
      "{{/asset}} {{#serial}}s={{.}}{{/serial}} {{#ip}}i={{.}}{{/ip}}", NULL,
      NULL, NULL },
    { "{{#arch}}a={{.}}{{/arch}} {{#platform}}p={{{platform}}}{{/platform}}\n"
      "{{#product}}{{#manufacturer}}{{manufacturer}}-{{product}}"
      "{{/manufacturer}}{{/product}}", NULL, NULL, NULL },
    { "{{#token}}{{token}} {{file_url}} {{&event_url}} {{base_url}}{{/token}}"
      "{{^file_url}}no file{{/file_url}}", NULL, NULL, NULL },
    { "{{#file_url}}{{.}}/x {{#name}}{{.}}/{{name}}{{/name}}{{/file_url}}",
      NULL, NULL, NULL },
    { "{{mac}}", NULL, NULL, NULL },
    { "{{product}}", NULL, NULL, NULL },
    { "{{^product}}none{{/product}}{{#asset}}some{{/asset}}", NULL, NULL,
      NULL },

    /* variables: of the host, before those of the profile and of all */
    { "{{v}} {{g}} {{p}}", NULL, NULL, NULL },
    { "{{#v}}[{{v}}|{{{v}}}|{{.}}]{{/v}}{{^v}}no v{{/v}}", NULL, NULL, NULL },
    { "{{#w}}{{{w}}}{{/w}}\n{{#name}}{{#w}}{{.}}{{/w}}{{/name}}", NULL, NULL,
      NULL },
    { "{{#h1}}{{h1}}{{/h1}}{{#h2}}{{h2}}{{/h2}}{{#h3}}{{h3}}{{/h3}}{{#h4}}"
      "{{h4}}{{/h4}}{{#h5}}{{h5}}{{/h5}}{{#h6}}{{h6}}{{/h6}}", NULL, NULL,
      NULL },
    { "{{#big}}{{big}}{{big}}{{big}}{{/big}}.", NULL, NULL, NULL },

    /* at the start of a line, in labels, behind what means something */
    { "{{#v}}{{v}}{{/v}}{{g}}\n{{#name}}\n{{name}} x\n{{/name}}\n"
      ":{{#v}}{{v}}{{/v}}{{args}}", NULL, NULL, "a b" },
    { ":l{{args}}\n{{args}}", NULL, NULL, "{{#v}}{{{v}}}{{/v}} b" },
    { "{{args}}", NULL, NULL, ":{{#v}}{{v}}{{/v}}{{#w}} {{w}}{{/w}}" },
    { "{{{args}}}", NULL, NULL, "${{#v}}{{{v}}}{{/v}}}" },
    { "${{#v}}{{v}}{{/v}} #{{#v}}{{v}}{{/v}} {{#name}}#{{name}}{{/name}}",
      NULL, NULL, NULL },
    { "{{args}}", NULL, NULL, "x |{{#v}}{{{v}}}{{/v}}| {{#w}}{{{w}}}{{/w}}"
      "#{{#arch}}{{arch}}{{/arch}} {{#product}}{{product}}{{/product}}" },
    { "{{args}}", NULL, NULL, "a=\\{{#v}}{{{v}}}{{/v}}" },

    /* between quotation marks, in comments */
    { "{{#v}}\"{{v}}\" '{{v}}' \"{{{v}}}\" #{{v}}\n# {{v}}\n{{/v}}"
      "{{#w}}\"$x{{w}}\" '\\{{w}}'{{/w}}", NULL, NULL, NULL },
    { "{{#args}}\"{{args}}\" '{{{args}}}'{{/args}}", NULL, NULL,
      "a=\"{{#v}}{{v}}{{/v}}\" b=${{#w}}{{{w}}}{{/w}}" },
    { "{{#v}}\"{{kernel}}\" '{{kernel}}'{{/v}}", "http://{{v}}.a:80/{{v}}",
      NULL, NULL },
    { "{{#v}}{{kernel}} {{{kernel}}}{{/v}}", "tftp://{{v}}?{{v}}", NULL, NULL },

    /* URLs and paths */
    { "{{kernel}}", "/k/{{#name}}{{name}}{{/name}}/{{#arch}}{{arch}}{{/arch}}",
      NULL, NULL },
    { "{{kernel}} {{kernel}}", "{{#v}}{{v}}{{/v}}", NULL, NULL },
    { "{{#v}}{{kernel}}{{/v}}", "{{v}}://h/{{v}}", NULL, NULL },
    { "{{#v}}{{kernel}}{{/v}}", "{{v}}//h/{{v}}", NULL, NULL },
    { "{{#v}}{{{kernel}}}{{/v}}", "x{{{v}}}:k?{{{v}}}#", NULL, NULL },
    { "{{#ip}}{{kernel}}{{/ip}}", "http://[{{ip}}]/k", NULL, NULL },
    { "{{#name}}{{name}}{{/name}} {{kernel}} {{#name}}{{name}}{{/name}}",
      "/a b/c#d", NULL, NULL },
    { "{{kernel}}", "/a b/{{#name}}{{name}}{{/name}}", NULL, NULL },
    { "{{kernel}}", "{{#file_url}}{{file_url}}/k{{/file_url}}", NULL, NULL },
    { "{{#initrds}}{{.}} {{file}}{{^last}}, {{/last}}{{/initrds}}", NULL,
      "/a/i.gz\nhttp://h/x y.img?z=1", NULL },
    { "{{#initrds}}{{.}}\n{{/initrds}}", NULL, "/{{#name}}{{name}}{{/name}}\n"
      "{{#v}}{{v}}{{/v}}/i\n/{{g}}/{{#arch}}{{arch}}{{/arch}}.gz", NULL },
    { "{{#initrds}}{{{.}}} initrd={{file}} {{/initrds}}{{#v}}{{v}}{{/v}}",
      NULL, "/a/{{#name}}{{name}}{{/name}}.gz\n/{{#v}}{{v}}{{/v}}/b", NULL },
    { "{{#name}}{{name}}{{/name}}{{#initrds}} {{file}}{{/initrds}}", NULL,
      "/a/b", NULL },

    /* partials, and such as a machine names itself */
    { "a\n  {{>c2}}\n{{>c3}} {{>c8}}", NULL, NULL, NULL },
    { "{{#name}}{{>*name}}{{/name}}{{^name}}?{{/name}}", NULL, NULL, NULL },
    { "{{#uuid}}{{>*uuid}}{{/uuid}}{{^uuid}}?{{/uuid}}", NULL, NULL, NULL },
    { "{{>*uuid}}", NULL, NULL, NULL },
    { "{{#v}}{{>*v}}{{/v}}", NULL, NULL, NULL },
    { "{{#w}}{{v}}{{>*.}}{{/w}}", NULL, NULL, NULL },
    { "{{>*v}}{{>*template}}", NULL, NULL, NULL },
    { "{{>t1}}{{#name}}{{name}}{{/name}}{{>*t}}", NULL, NULL, NULL },

    /* the words of this machine in the texts of other profiles */
    { "{{#profiles}}{{profile}} {{title}} {{#name}}{{name}}{{/name}} {{#v}}"
      "{{v}}{{/v}} {{#kernel}}{{kernel}}{{/kernel}}\n{{/profiles}}", NULL,
      NULL, NULL },

    /* more words, and more of them, than a form has */
    { "{{#name}}1{{/name}}{{#mac}}2{{/mac}}{{#uuid}}3{{/uuid}}{{#asset}}4"
      "{{/asset}}{{#serial}}5{{/serial}}{{#ip}}6{{/ip}}{{#arch}}7{{/arch}}"
      "{{#platform}}8{{/platform}}{{#product}}9{{/product}}{{#manufacturer}}"
      "10{{/manufacturer}}{{#token}}11{{/token}}{{#v}}12{{/v}}{{#w}}13{{/w}}"
      "{{#h1}}14{{/h1}}{{#h2}}15{{/h2}}{{#h3}}16{{/h3}}{{#h4}}17{{/h4}}"
      "{{#h4}}{{h4}}{{/h4}}", NULL, NULL, NULL },
    { "{{>ten}}{{>ten}}{{>ten}}{{>ten}}{{>ten}}{{>ten}}{{>ten}}", NULL, NULL,
      NULL }
};


/* Profiles of what is shipped, which are in menus. */

static const struct {
    const char  *template, *kernel, *initrd, *args;
} shipped[] = {
    { "linux", "/k", "/a.gz\n/b.gz", "quiet host={{#name}}{{name}}{{/name}}" },
    { "linux", "/{{#arch}}{{arch}}{{/arch}}/k", NULL, NULL },
    { "chain", "/x.efi", NULL, "{{#file_url}}{{file_url}}{{/file_url}}" },
    { "local", NULL, NULL, NULL },
    { "menu", NULL, NULL, NULL },
    { "wait", NULL, NULL, NULL }
};


static const char *const  dialects[] = { "ipxe", "pxelinux", "grub",
                                        "file" };


/* Plain words, some of which are the names of templates. */

static const char *const  plain[] = {
    "web1", "x86_64", "R640", "a-b", "a.b-", "0", "t1", "t2", "t1", "efi",
    "a_b.", "Z"
};


static const char *const  odd[] = {
    "", " ", "a b", " a", "-x", "_x", ".x", "a$", "$a", "$", "{", "${x}", "}",
    "a|b", "||", "|", "#x", "a#b", "#", ":", ":a", "a:", "a:b", "a::b:c", "a/b",
    "/a", "//a", "a%20b", "%", "caf\xc3\xa9", "a;b", ";", "a\\", "a,b", "a+b",
    "a@b~(c)", "::1", "a=b", "&&", "\"", "a?b", "http://h/x", "."
};


static const char *const  colons[] = {
    "a:b", "x::y:z", "http:", "http", ":a", "fe80::1"
};


static const char *const  tags[] = {
    "{{name}}", "<{{#product}}{{product}}{{/product}}>", "{{", "{{w}}",
    "{{#v}}x{{/v}}", "{{>t1}}"
};


static const char *const  addresses[] = {
    "10.0.0.7", "192.168.100.200", "fe80::5054:ff:fe00:1", "::1", "fe80::",
    "2001:db8::7", "nonsense", ""
};


static const char *const  vars[] = {
    "v", "w", "t", "g", "p", "h1", "h2", "h3", "h4", "h5", "h6", "big"
};


static char               path[4096];
static ipxe_store_t      *store;
static ipxe_catalog_t    *warm, *cold;
static int64_t            now;
static uint64_t           seed;
static unsigned long      filled, tried;

static char               queries[MACHINES][2048];
static char               profiles[countof(cases) + countof(shipped) + RANDOM]
                                  [16];
static unsigned           nprofiles;


/* the linker makes these of the name in the core */

ipxe_rc_e __real_ipxe_form_fill(const ipxe_form_t *form,
    const ipxe_str_t *text, ipxe_buf_t *out);
ipxe_rc_e __wrap_ipxe_form_fill(const ipxe_form_t *form,
    const ipxe_str_t *text, ipxe_buf_t *out);


ipxe_rc_e
__wrap_ipxe_form_fill(const ipxe_form_t *form, const ipxe_str_t *text,
    ipxe_buf_t *out)
{
    ipxe_rc_e  rc;

    rc = __real_ipxe_form_fill(form, text, out);

    tried++;
    filled += (rc == IPXE_OK);

    return rc;
}


/* xorshift64* */

static unsigned
any(unsigned n)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;

    return (unsigned) ((seed * 0x2545f4914f6cdd1dull) >> 33) % n;
}


#define pick(list)  (list)[any(countof(list))]


/* SQL: "%s" is quoted, and NULL is NULL. */

static void
add(FILE *f, const char *fmt, ...)
{
    va_list      args;
    const char  *s;

    va_start(args, fmt);

    for ( /* void */ ; *fmt; fmt++) {

        if (*fmt != '%') {
            fputc(*fmt, f);
            continue;
        }

        s = va_arg(args, const char *);

        if (s == NULL) {
            fputs("NULL", f);
            continue;
        }

        fputc('\'', f);

        for ( /* void */ ; *s; s++) {
            fputs(*s == '\'' ? "''" : (char[]) { *s, 0 }, f);
        }

        fputc('\'', f);
    }

    va_end(args);
}


static void
add_template(FILE *f, const char *name, const char *body)
{
    size_t  i;

    for (i = 0; i < countof(dialects); i++) {
        add(f, "INSERT INTO template VALUES (%, %, %);\n", name, dialects[i],
            body);
    }
}


/*
 * Variables at random, none for the last host; the first ones have such as a
 * form may not be right for.
 */

static void
add_vars(FILE *f, unsigned host, const char *name)
{
    size_t       i;
    const char  *value;

    for (i = 0; i < countof(vars); i++) {

        if (any(3) == 0 || host == HOSTS - 1) {
            continue;
        }

        value = any(3) ? pick(plain) : any(3) ? pick(odd)
                : any(2) ? pick(colons) : pick(tags);

        add(f, "INSERT INTO var VALUES (%, NULL, %, %);\n", name, vars[i],
            value);
    }

    if (host < countof(colons)) {
        add(f, "INSERT OR REPLACE INTO var VALUES (%, NULL, 'v', %);\n", name,
            colons[host]);
    }

    if (host < 4) {
        fprintf(f, "INSERT OR REPLACE INTO var VALUES ('%s', NULL, 'big', "
                "printf('%%.*c', %u, 'x'));\n", name,
                host ? 9000 * host : 400000);
    }
}


/* An argument of a query; now and then there is none. */

static void
argument(char *query, const char *name, const char *value)
{
    size_t  n;

    if (any(4) == 0) {
        return;
    }

    n = strlen(query);
    n += (size_t) sprintf(query + n, "&%s=", name);

    for ( /* void */ ; *value; value++) {
        n += (size_t) sprintf(query + n, "%%%02X", (unsigned char) *value);
    }
}


static void
make_query(char *query, const char *mac, const char *uuid)
{
    size_t  i;

    static const char  *const  names[] = {
        "asset", "serial", "arch", "platform", "manufacturer", "product"
    };

    sprintf(query, "mac=%s", mac);

    if (uuid && any(2)) {
        sprintf(query + strlen(query), "&uuid=%s", uuid);
    }

    for (i = 0; i < countof(names); i++) {
        argument(query, names[i], any(3) ? pick(plain) : pick(odd));
    }

    argument(query, "ip", pick(addresses));
}


/* Each host shows itself in two ways; then there are those without a row. */

static void
make_machines(FILE *f)
{
    char        name[300], mac[64], uuid[64], asset[300], serial[32], token[33];
    size_t      n;
    unsigned    i, k;

    static const char *const  tails[] = { "", ":00:01", ":00:01:02:03:04:05"
                                          ":06:07:08:09:0a:0b:0c:0d" };

    for (i = 0; i < HOSTS; i++) {

        /* two of them are called as templates are */

        sprintf(name, i < 2 ? "t%u" : "web%u.example.org", i + 1);
        sprintf(mac, "52:54:00:00:00:%02x%s", i, tails[i % 7 % 3]);
        sprintf(uuid, i % 5 ? "%08x-1111-4222-8333-444455556666"
                            : "{%08X-1111-4222-8333-AAAABBBBCCCC}", i + 1);
        sprintf(asset, "%sT%s%u", i % 4 ? "a" : "-", i % 3 ? "-" : " :$", i);
        sprintf(serial, "SN%u", i);
        sprintf(token, "%032x", i + 1);

        add(f, "INSERT INTO host (name, mac, uuid, asset, serial, profile,"
            " token) VALUES (%, %, %, %, %, 'local', %);\n", name,
            mac, i % 4 == 3 ? NULL : uuid, i % 3 ? asset : NULL,
            i % 2 ? serial : NULL, token);
        add_vars(f, i, name);

        make_query(queries[2 * i], mac, uuid);
        make_query(queries[2 * i + 1], mac, NULL);
    }

    for (k = 0; k < UNKNOWN; k++) {
        sprintf(mac, "52:54:00:99:00:%02x%s", k, pick(tails));
        sprintf(uuid, "%08x-1111-4222-8333-444455556666", 1000 + k);
        make_query(queries[2 * i + k], mac, uuid);
    }

    /* a machine that shows all it has, which is nothing */

    n = 2 * i + k - 1;
    strcpy(queries[n], "mac=&uuid=&arch=&platform=&ip=&manufacturer=&product="
                       "&serial=&asset=");
}


static void
add_profile(FILE *f, const char *prefix, unsigned i, const char *tmpl,
    const char *parent, const char *title, const char *kernel,
    const char *initrd, const char *args)
{
    char  *name;

    name = profiles[nprofiles++];
    sprintf(name, "%s%u", prefix, i);

    add(f, "INSERT INTO profile VALUES (%, %, %, %, %, %, %);\n", name, parent,
        title, tmpl, kernel, initrd, args);
}


static void
make_cases(FILE *f)
{
    char      name[64];
    unsigned  i;

    add_template(f, "t1", "<one {{#name}}{{name}}{{/name}}>");
    add_template(f, "t2", "<two>\n");
    add_template(f, "ten", "{{#name}}{{name}}{{name}}{{name}}{{name}}{{name}}"
                 "{{name}}{{name}}{{name}}{{name}}{{name}}{{/name}}");

    for (i = 1; i < 6; i++) {
        sprintf(name, "%08x-1111-4222-8333-444455556666", i);
        add_template(f, name, name);
    }

    for (i = 0; i < countof(cases); i++) {
        sprintf(name, "c%u", i);
        add_template(f, name, cases[i].body);
        add_profile(f, "c", i, name, NULL, NULL, cases[i].kernel,
                    cases[i].initrd, cases[i].args);
        add(f, "INSERT INTO var VALUES (NULL, %, 'p', 'of the profile');",
            profiles[nprofiles - 1]);
    }

    for (i = 0; i < countof(shipped); i++) {
        add_profile(f, "s", i, shipped[i].template, NULL, "Title",
                    shipped[i].kernel, shipped[i].initrd, shipped[i].args);
    }

    add(f, "INSERT INTO var VALUES (NULL, NULL, 'g', 'all of them'),"
        " (NULL, NULL, 't', 't2'), (NULL, NULL, 'p', 'nobody''s'),"
        " (NULL, 'c10', 'v', 'v of the profile'), (NULL, NULL, 'w', 't1');");
}


/* Pieces of a template, or of a value, at random. */

static void
grow(FILE *f, unsigned depth, int value)
{
    unsigned     n;
    const char  *name;

    static const char *const  words[] = {
        "name", "mac", "uuid", "asset", "serial", "ip", "arch", "platform",
        "manufacturer", "product", "token", "file_url", "event_url", "v", "w",
        "h1", "h2", "g", "t", "p", "title", "base_url", "profile"
    };

    static const char *const  fields[] = { "args", "kernel" };

    static const char *const  texts[] = {
        "a", " ", "\n", ":", "$", "/", "//", "://", "#", "?", "|", "|| ", "x=",
        "\n:", "{", "}", "\\", ";", "echo ", "http://", "%20", "\xc3\xa9", "."
    };

    for (n = 1 + any(4); n; n--) {

        name = any(6) || value ? pick(words) : pick(fields);

        switch (depth ? any(12) : any(4)) {

        case 0:
        case 1:
            fputs(value && any(2) ? "/" : pick(texts), f);
            break;

        case 2:
        case 3:
        case 4:
        case 5:
            fprintf(f, any(4) ? "{{#%s}}{{%s}}{{/%s}}" : "{{#%s}}{{{%s}}}"
                    "{{/%s}}", name, name, name);
            break;

        case 6:
            fprintf(f, "{{#%s}}", name);
            grow(f, depth - 1, value);
            fprintf(f, "{{.}}{{/%s}}", name);
            break;

        case 7:
            fprintf(f, "{{^%s}}", name);
            grow(f, depth - 1, value);
            fprintf(f, "{{/%s}}", name);
            break;

        case 8:
            fprintf(f, any(8) ? "{{>t%u}}" : "{{#v}}{{>*v}}{{/v}}", 1 + any(2));
            break;

        case 9:
            fputs(value || any(2) ? "{{g}}" : "{{#initrds}}{{.}} {{/initrds}}",
                  f);
            break;

        case 10:
            fputs(any(3) ? "\n" : any(2) ? "{{v}}" : "{{#initrds}}{{file}}"
                  "{{/initrds}}", f);
            break;

        default:
            fprintf(f, "{{#%s}}{{/%s}}", name, name);
        }
    }
}


static const char *
grown(unsigned depth, int value)
{
    FILE  *f;
    char  *text;
    size_t  len;

    static char      kept[8][65536];
    static unsigned  next;

    f = open_memstream(&text, &len);
    grow(f, depth, value);
    fclose(f);

    next = (next + 1) % countof(kept);
    snprintf(kept[next], sizeof(kept[0]), "%s", text);
    free(text);

    return kept[next];
}


static void
make_random(FILE *f)
{
    char         name[16];
    unsigned     i;
    const char  *parent;

    for (i = 0; i < RANDOM; i++) {
        sprintf(name, "r%u", i);
        parent = i && any(3) == 0 ? profiles[nprofiles - 1] : NULL;

        add_template(f, name, grown(3, 0));
        add_profile(f, "r", i, name, parent, any(4) ? NULL : pick(plain),
                    any(2) ? grown(1, 1) : NULL, any(2) ? grown(1, 1) : NULL,
                    any(2) ? grown(1, 1) : NULL);

        add(f, "INSERT INTO var VALUES (NULL, %, %, %);\n",
            profiles[nprofiles - 1], pick(vars),
            any(2) ? pick(plain) : pick(odd));
    }
}


static void
make_round(unsigned round)
{
    FILE    *f;
    char    *statements;
    size_t   len;

    make_db(path);

    nprofiles = 0;

    f = open_memstream(&statements, &len);
    fputs("BEGIN;", f);

    make_cases(f);

    if (round) {
        nprofiles = 0;
    }

    make_random(f);
    make_machines(f);
    fputs("COMMIT;", f);
    fclose(f);

    sql(path, statements);
    free(statements);
}


/* Q is answered as the handler does it; without FORMS none is there yet. */

static answer_t
ask(const question_t *q, ipxe_catalog_t **catalog, int forms)
{
    answer_t      a;
    ipxe_buf_t    out;
    ipxe_boot_t   boot;
    ipxe_facts_t  facts;

    static const ipxe_fact_e  keys[] = { IPXE_MAC, IPXE_UUID };

    memset(&a, 0, sizeof(a));
    memset(&boot, 0, sizeof(boot));
    memset(&facts, 0, sizeof(facts));
    memset(&out, 0, sizeof(out));

    out.limit = IPXE_MAX_OUTPUT;
    out.mem = &test_mem;

    boot.store = store;
    boot.mem = &test_mem;
    boot.facts = &facts;
    boot.keys = keys;
    boot.n = countof(keys);
    boot.first = 1;
    boot.default_profile = str("default");
    boot.base_url = str(q->base_url);
    boot.file = str(q->file);

    now += 10000;

    a.rc = ipxe_facts_query(&facts, str(queries[q->machine]), &test_mem);

    if (a.rc == IPXE_OK) {
        a.rc = ipxe_store_begin(store, now, &boot.err);
    }

    if (a.rc != IPXE_OK) {
        return a;
    }

    a.rc = ipxe_catalog_refresh(catalog, store, &boot.err);

    if (a.rc == IPXE_OK) {
        boot.catalog = *catalog;
        a.rc = ipxe_boot_find(&boot);
    }

    /* any machine may boot any profile */

    if (a.rc == IPXE_OK && boot.profile) {
        boot.profile = ipxe_catalog_profile(*catalog,
                                            str(profiles[q->profile]));

        if (!forms) {
            boot.profile->forms = NULL;
            boot.profile->nforms = 0;
        }

        a.rc = ipxe_boot_render(&boot, q->dialect, &out);
    }

    a.result = boot.result;
    a.text = str_n(out.data, a.result == IPXE_RESULT_ERROR ? 0 : out.len);
    (void) ipxe_str_copy(&a.err, str_n(boot.err.text, boot.err.len),
                         &test_mem);

    (void) ipxe_store_end(store);
    ipxe_store_rest(store);

    return a;
}


static int
same(const question_t *q, const answer_t *a, const answer_t *b)
{
    if (a->rc == b->rc && a->result == b->result
        && ipxe_str_eq(a->text, b->text) && ipxe_str_eq(a->err, b->err))
    {
        return 1;
    }

    note("%s, profile %s, %s %s, %s", queries[q->machine],
         profiles[q->profile], cstr(q->dialect->name), q->file, q->base_url);
    note("rendered: %d, %s, '%.400s' %s", a->rc, ipxe_result_name(a->result),
         cstr(a->text), cstr(a->err));
    note("  filled: %d, %s, '%.400s' %s", b->rc, ipxe_result_name(b->result),
         cstr(b->text), cstr(b->err));

    return 0;
}


static void
shuffle(question_t *questions, size_t n)
{
    size_t      i, k;
    question_t  q;

    for (i = n; i > 1; i--) {
        k = any((unsigned) i);
        q = questions[i - 1];
        questions[i - 1] = questions[k];
        questions[k] = q;
    }
}


/*
 * Each machine boots each profile, as each loader, by each name of ours, and
 * asks for files: those of its own profile's template, or of the next one's.
 */

static size_t
make_questions(question_t *questions)
{
    size_t    n;
    unsigned  i, k, m;

    static const struct {
        const ipxe_dialect_t  *dialect;
        const char            *base_url;
        unsigned               files;
    } hows[] = {
        { &ipxe_dialect_ipxe, "http://10.0.0.1:8080", 0 },
        { &ipxe_dialect_ipxe, "http://boot.example.org", 0 },
        { &ipxe_dialect_pxelinux, "http://10.0.0.1:8080", 0 },
        { &ipxe_dialect_pxelinux, "http://boot.example.org", 0 },
        { &ipxe_dialect_grub, "http://10.0.0.1:80", 0 },
        { &ipxe_dialect_grub, "http://10.0.0.1:8080", 0 },
        { &ipxe_dialect_file, "http://10.0.0.1:8080", 2 }
    };

    n = 0;

    for (i = 0; i < nprofiles; i++) {
        for (k = 0; k < countof(hows); k++) {
            for (m = 0; m < MACHINES; m++) {
                questions[n].machine = m;
                questions[n].profile = i;
                questions[n].dialect = hows[k].dialect;
                questions[n].base_url = hows[k].base_url;
                questions[n].file = hows[k].files
                    ? profiles[(i + any(hows[k].files)) % nprofiles] : "";
                n++;
            }
        }
    }

    return n;
}


static void
test_round(unsigned round)
{
    size_t         i, n, bad, good, errors;
    answer_t       rendered, answer;
    unsigned       turn;
    question_t    *q;
    unsigned long  before;

    make_round(round);

    store = ipxe_store_create(path, 0);
    warm = NULL;
    cold = NULL;

    q = malloc(nprofiles * MACHINES * 7 * sizeof(question_t));
    n = make_questions(q);

    bad = 0;
    good = 0;
    errors = 0;
    filled = 0;

    for (turn = 0; turn < 2; turn++) {

        shuffle(q, n);

        for (i = 0; i < n && bad < 5; i++) {

            before = filled;
            answer = ask(&q[i], &warm, 1);
            good += filled - before;

            before = filled;
            rendered = ask(&q[i], &cold, 0);
            bad += (filled != before);

            bad += !same(&q[i], &rendered, &answer);
            errors += (rendered.result == IPXE_RESULT_ERROR);

            test_free();

            if (any(500) == 0) {
                ipxe_catalog_destroy(cold);
                cold = NULL;
            }
        }
    }

    test(bad == 0, "round %u: %zu answers are as rendered", round, 2 * n);
    test(good > n / 4, "... %zu of them from forms, %zu are errors", good,
         errors);

    free(q);
    ipxe_catalog_destroy(warm);

    if (cold) {
        ipxe_catalog_destroy(cold);
    }

    ipxe_store_destroy(store);
}


/*
 * What changes is seen at once, and what does not keeps its forms: hosts "a"
 * and "b" ask after each change, and FORMS of their answers are filled in.
 */

static const struct {
    const char  *sql;
    const char  *a, *b;
    unsigned     forms;
} changes[] = {
    { "-- nothing yet", "a 1 all", "b 2 all", 1 },
    { "-- nothing", "a 1 all", "b 2 all", 2 },

    /* a change of a host */
    { "UPDATE host SET note = 'x';", "a 1 all", "b 2 all", 2 },
    { "UPDATE host SET name = 'c' WHERE name = 'b';", "a 1 all", "c 2 all",
      2 },
    { "UPDATE var SET value = '3' WHERE host = 'a';", "a 3 all", "c 2 all",
      2 },
    { "UPDATE var SET value = 'x y' WHERE host = 'a';", "a x y all",
      "c 2 all", 1 },
    { "UPDATE var SET value = '{{name}}' WHERE host = 'a';", "a a all",
      "c 2 all", 1 },
    { "DELETE FROM var WHERE host = 'a';", "a of p all", "c 2 all", 1 },
    { "-- nothing", "a of p all", "c 2 all", 2 },

    /* a change of what hosts have in common */
    { "UPDATE var SET value = 'new' WHERE name = 'g';", "a of p new",
      "c 2 new", 0 },
    { "UPDATE var SET value = 'p''s' WHERE profile = 'p';", "a p's new",
      "c 2 new", 0 },
    { "UPDATE profile SET args = 'args' WHERE name = 'p';", "a p's new args",
      "c 2 new args", 0 },
    { "UPDATE template SET body = '{{name}}{{#w}} {{w}}{{/w}}{{/name}}'"
      " WHERE name = 't';", NULL, NULL, 0 },
    { "UPDATE template SET body = '{{name}}{{#w}} {{w}}{{/w}}'"
      " WHERE name = 't';", "a", "c", 1 },
    { "INSERT INTO var VALUES ('c', NULL, 'w', 'W');", "a", "c W", 0 },
    { "DELETE FROM var WHERE name = 'w';", "a", "c", 1 },
    { "INSERT INTO var VALUES (NULL, NULL, 'w', 'all');", "a all", "c all",
      1 },
    { "UPDATE profile SET parent = 'q', template = NULL WHERE name = 'p';",
      "of q a", "of q c", 1 }
};


static void
check(const question_t *q, const char *want, const char *statements)
{
    answer_t  rendered, answer;

    answer = ask(q, &warm, 1);
    rendered = ask(q, &cold, 0);

    if (want) {
        test_str(answer.text, want, "%c: %s", "ab"[q->machine], statements);
    }

    test(same(q, &rendered, &answer) && (want || answer.err.len),
         "... %s", want ? "as rendered" : "an error, in the same words");
}


static question_t
small(void)
{
    question_t  q;

    make_db(path);
    sql(path,
        "INSERT INTO template VALUES ('t', 'file', '{{name}} {{v}} {{g}}"
        "{{#args}} {{args}}{{/args}}'), ('u', 'file', 'of q {{name}}');"
        "INSERT INTO profile (name, template) VALUES ('p', 't'), ('q', 'u');"
        "INSERT INTO host (name, mac) VALUES ('a', '52:54:00:00:00:0a'),"
        " ('b', '52:54:00:00:00:0b');"
        "INSERT INTO var VALUES ('a', NULL, 'v', '1'), ('b', NULL, 'v', '2'),"
        " (NULL, NULL, 'g', 'all'), (NULL, 'p', 'v', 'of p');");

    strcpy(queries[0], "mac=52:54:00:00:00:0a");
    strcpy(queries[1], "mac=52:54:00:00:00:0b");
    strcpy(profiles[0], "p");

    memset(&q, 0, sizeof(q));
    q.dialect = &ipxe_dialect_file;
    q.base_url = "http://10.0.0.1:8080";
    q.file = "";

    store = ipxe_store_create(path, 0);
    warm = NULL;
    cold = NULL;

    return q;
}


static void
test_changes(void)
{
    size_t      i;
    question_t  q;

    q = small();

    for (i = 0; i < countof(changes); i++) {

        sql(path, changes[i].sql);
        filled = 0;

        q.machine = 0;
        check(&q, changes[i].a, changes[i].sql);
        q.machine = 1;
        check(&q, changes[i].b, changes[i].sql);

        test(filled == changes[i].forms, "... %u of them from forms (%lu)",
             changes[i].forms, filled);
    }

    /* a row that schema.sql would refuse */

    sql(path, "UPDATE profile SET template = 't' WHERE name = 'p';"
              "UPDATE template SET body = '{{name}} {{v}}' WHERE name = 't';"
              "INSERT INTO var VALUES ('a', NULL, 'v', 'x');");
    q.machine = 0;
    check(&q, "a x", "a variable that is short");
    sql(path, "PRAGMA ignore_check_constraints = ON;"
              "UPDATE var SET value = printf('%.*c', 1100000, 'x')"
              " WHERE host = 'a';");
    check(&q, NULL, NULL);

    ipxe_catalog_destroy(warm);
    ipxe_catalog_destroy(cold);
    ipxe_store_destroy(store);
    test_free();
}


/*
 * A menu has a form, which depends on what its entries ask for; but not where
 * hosts have defaults of their own, or an entry cannot be used.
 */

static const struct {
    const char  *sql;
    const char  *a, *b;
    unsigned     forms;
} menus[] = {
    { "UPDATE var SET value = 'q' WHERE name = 'menu_default';",
      "a:q* r ", "b:q* r ", 1 },
    { "-- nothing", "a:q* r ", "b:q* r ", 2 },
    { "INSERT INTO var VALUES ('a', NULL, 'menu_default', 'r');",
      "a:q r* ", "b:q* r ", 0 },
    { "INSERT INTO var VALUES ('b', NULL, 'menu_default', 'none');",
      "a:q r* ", "b:q r ", 0 },
    { "DELETE FROM var WHERE name = 'menu_default' AND host IS NOT NULL;",
      "a:q* r ", "b:q* r ", 1 },
    { "UPDATE profile SET args = '{{w}}' WHERE name = 'r';"
      "UPDATE template SET body = 'of {{name}}{{#args}} {{args}}{{/args}}'"
      " WHERE name = 'u';", "a:q* (r)", "b:q* (r)", 0 },
    { "INSERT INTO var VALUES ('b', NULL, 'w', 'x');", "a:q* (r)", "b:q* r ",
      0 },
    { "-- nothing", "a:q* (r)", "b:q* r ", 1 },
    { "INSERT INTO var VALUES ('a', NULL, 'w', 'y');", "a:q* r ", "b:q* r ",
      2 }
};


static void
test_menus(void)
{
    size_t      i;
    question_t  q;

    q = small();
    sql(path, "UPDATE template SET body = '{{name}}:{{#profiles}}{{profile}}"
              "{{#is_default}}*{{/is_default}} {{/profiles}}{{#unusable}}"
              "({{profile}}){{/unusable}}' WHERE name = 't';"
              "UPDATE profile SET title = NULL;"
              "UPDATE profile SET title = 'Q' WHERE name = 'q';"
              "INSERT INTO profile (name, template, title)"
              " VALUES ('r', 'u', 'R');");

    for (i = 0; i < countof(menus); i++) {

        sql(path, menus[i].sql);
        filled = 0;

        q.machine = 0;
        check(&q, menus[i].a, menus[i].sql);
        q.machine = 1;
        check(&q, menus[i].b, menus[i].sql);

        test(filled == menus[i].forms, "... %u of them from forms (%lu)",
             menus[i].forms, filled);
    }

    ipxe_catalog_destroy(warm);
    ipxe_catalog_destroy(cold);
    ipxe_store_destroy(store);
    test_free();
}


/* Without memory an answer is the right one, or none, and so is the next. */

static question_t  swept;
static unsigned    wrong;


static void
sweep_before(void)
{
    answer_t  a;

    swept.machine = 1;
    a = ask(&swept, &warm, 1);
    wrong += a.rc != IPXE_OK || !ipxe_str_eq(a.text, str("b 2 all"));

    swept.machine = 0;
    a = ask(&swept, &warm, 0);
    wrong += a.rc != IPXE_OK || !ipxe_str_eq(a.text, str("a 1 all"));
}


static const char *
sweep_answer(int forms)
{
    answer_t  a;

    if (wrong) {
        return "the answer before";
    }

    swept.machine = 1;
    a = ask(&swept, &warm, forms);

    if (a.rc == IPXE_NOMEM) {
        return test_failed() ? NULL : "IPXE_NOMEM without a reason";
    }

    return a.rc == IPXE_OK && ipxe_str_eq(a.text, str("b 2 all"))
           ? NULL : "another answer";
}


static const char *
sweep_fill(void)
{
    return sweep_answer(1);
}


static const char *
sweep_draw(void)
{
    return sweep_answer(0);
}


static void
test_memory(void)
{
    swept = small();

    filled = 0;
    test_sweep(sweep_before, sweep_fill, 5, "a form is filled in");
    test(filled > 5, "... which it was, %lu times", filled);
    test_sweep(sweep_before, sweep_draw, 10, "a form is made");

    ipxe_catalog_destroy(warm);
    ipxe_store_destroy(store);
}


int
main(void)
{
    unsigned     i;
    const char  *s;

    s = getenv("TEST_SEED");
    seed = s ? strtoull(s, NULL, 0) : 20240229;
    note("TEST_SEED=%llu", (unsigned long long) seed);

    strcpy(path, test_path("forms.db"));

    for (i = 0; i < ROUNDS; i++) {
        test_round(i);
    }

    test_changes();
    test_menus();
    test_memory();

    return test_done();
}
