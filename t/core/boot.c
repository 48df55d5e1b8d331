
/*
 * Boot: which host is it, which profile does it boot, what does that say.
 */


#include "ipxe_boot.h"
#include "ipxe_lint.h"
#include "script.h"
#include "test.h"


#define UUID1   "00112233-4455-6677-8899-aabbccddeeff"
#define SWAP1   "33221100-5544-7766-8899-aabbccddeeff"
#define UUID2   "01020304-0506-0708-090a-0b0c0d0e0f10"
#define SWAP2   "04030201-0605-0807-090a-0b0c0d0e0f10"
#define UUID3   "11223344-5566-7788-99aa-bbccddeeff00"
#define PALIN   "11111111-2222-3333-8899-aabbccddeeff"

#define ALL_EMPTY  "mac=&uuid=&arch=&platform=&ip=&manufacturer=&product=" \
                   "&serial=&asset="


static const ipxe_fact_e  keys_usual[] = { IPXE_MAC, IPXE_UUID, IPXE_ASSET };
static const ipxe_fact_e  keys_all[] = { IPXE_MAC, IPXE_UUID, IPXE_ASSET,
                                         IPXE_SERIAL };
static const ipxe_fact_e  keys_uuid[] = { IPXE_UUID, IPXE_MAC };
static const ipxe_fact_e  keys_asset[] = { IPXE_ASSET };

static char               path[4096];
static ipxe_store_t      *store;
static ipxe_catalog_t    *catalog;
static int64_t            now;

static ipxe_facts_t       facts;
static ipxe_boot_t        boot;
static ipxe_buf_t         out;

static unsigned           warnings;
static char               warned[1024];


static void
warn(void *data, ipxe_str_t profile, unsigned line, const char *what)
{
    (void) data;

    warnings++;
    snprintf(warned, sizeof(warned), "%s, line %u: %s", cstr(profile), line,
             what);
}


/* The facts in INPUT: a query, "f NAME" a file name, "c TEXT" a cookie. */

static ipxe_rc_e
show(const char *input)
{
    ipxe_file_e  kind;

    memset(&facts, 0, sizeof(facts));

    if (strncmp(input, "f ", 2) == 0) {
        return ipxe_facts_file(&facts, str(input + 2), &kind, &test_mem);
    }

    if (strncmp(input, "c ", 2) == 0) {
        return ipxe_facts_cookie(&facts, str(input + 2), &test_mem);
    }

    return ipxe_facts_query(&facts, str(input), &test_mem);
}


/* As the handler asks; everything may be changed before answer(). */

static void
usual(void)
{
    memset(&boot, 0, sizeof(boot));

    boot.mem = &test_mem;
    boot.facts = &facts;
    boot.keys = keys_usual;
    boot.n = countof(keys_usual);
    boot.can_ask = 1;
    boot.default_profile = str("default");
    boot.base_url = str("http://10.0.0.1:8080");
    boot.warn = warn;
}


/* The answer to INPUT in DIALECT, or who it is when that is NULL. */

static ipxe_rc_e
answer(const char *input, const ipxe_dialect_t *dialect)
{
    ipxe_rc_e   rc;
    ipxe_err_t  err;

    now += 10000;
    err.len = 0;

    memset(&out, 0, sizeof(out));
    out.limit = IPXE_MAX_OUTPUT;
    out.mem = &test_mem;

    rc = show(input);

    if (rc == IPXE_OK) {
        rc = ipxe_store_begin(store, now, &err);
    }

    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_catalog_refresh(&catalog, store, &boot.err);

    if (rc == IPXE_OK) {
        boot.store = store;
        boot.catalog = catalog;
        rc = ipxe_boot_find(&boot);
    }

    if (rc == IPXE_OK && dialect && boot.profile) {
        rc = ipxe_boot_render(&boot, dialect, &out);
    }

    (void) ipxe_store_end(store);
    ipxe_store_rest(store);

    return rc;
}


/* Who it is.  What is not said is not known. */

static const struct {
    const char         *input;
    const char         *how;        /* see find() */
    ipxe_result_e       result;
    const char         *host;
    const char         *key;
    const char         *profile;
    const char         *err;
} machines[] = {

    /* each key of a host */
    { "mac=52-54-00-00-00-01", "", IPXE_RESULT_HOST, "web1", "mac", "one", "" },
    { "mac=5254.0000.0001", "", IPXE_RESULT_HOST, "web1", "mac", "one", "" },
    { "mac=52:54:00:00:01:01", "", IPXE_RESULT_HOST, "web1", "mac", "one", "" },
    { "uuid=" UUID1, "", IPXE_RESULT_HOST, "web1", "uuid", "one", "" },
    { "asset=at%201", "", IPXE_RESULT_HOST, "web1", "asset", "one", "" },
    { "serial=SN-1", "", IPXE_RESULT_STUB, "", "", "", "" },
    { "serial=SN-1", "all", IPXE_RESULT_HOST, "web1", "serial", "one", "" },
    { "serial=SN-1&mac=x", "", IPXE_RESULT_STUB, "", "", "", "" },
    { "mac=52-54-00-00-00-01&uuid=" UUID1 "&asset=AT%201&serial=sn-1", "all",
      IPXE_RESULT_HOST, "web1", "mac", "one", "" },
    { "mac=52-54-00-00-00-01&uuid=" UUID1, "uuid", IPXE_RESULT_HOST, "web1",
      "uuid", "one", "" },
    { "f 01-52-54-00-00-00-01", "", IPXE_RESULT_HOST, "web1", "mac", "one",
      "" },
    { "c _Syslinux_BOOTIF=01-52-54-00-00-00-01", "", IPXE_RESULT_HOST, "web1",
      "mac", "one", "" },

    /* a host that has no row for a key says nothing about it */
    { "mac=52-54-00-00-00-05&uuid=" UUID3 "&asset=any&serial=any", "all",
      IPXE_RESULT_HOST, "plain", "mac", "one", "" },
    { "mac=52-54-00-99-99-99&asset=AT-3", "", IPXE_RESULT_HOST, "tag", "asset",
      "two", "" },

    /* both byte orders of a UUID */
    { "uuid=" SWAP2, "", IPXE_RESULT_HOST, "dell", "uuid", "two", "" },
    { "uuid=" UUID2, "", IPXE_RESULT_HOST, "dell", "uuid", "two", "" },
    { "f " SWAP2, "", IPXE_RESULT_HOST, "dell", "uuid", "two", "" },
    { "f " UUID2, "", IPXE_RESULT_HOST, "dell", "uuid", "two", "" },
    { "f " PALIN, "", IPXE_RESULT_HOST, "same", "uuid", "one", "" },
    { "c _Syslinux_SYSUUID=" SWAP2, "", IPXE_RESULT_HOST, "dell", "uuid",
      "two", "" },
    { "mac=52-54-00-00-00-06&uuid=" SWAP2, "", IPXE_RESULT_HOST, "dell", "mac",
      "two", "" },

    /* ... which two hosts have between them */
    { "uuid=" UUID1, "", IPXE_RESULT_HOST, "web1", "uuid", "one", "" },
    { "uuid=" SWAP1, "", IPXE_RESULT_HOST, "web2", "uuid", "two", "" },
    { "f " SWAP1, "", IPXE_RESULT_CONFLICT, "web2", "uuid", "", "host \"web2\" "
      "by its uuid and host \"web1\" by its uuid both claim this machine: "
      "correct one of the rows" },
    { "f " UUID1, "", IPXE_RESULT_CONFLICT, "web1", "uuid", "", "host \"web1\" "
      "by its uuid and host \"web2\" by its uuid both claim *" },
    { "f " SWAP1, "first", IPXE_RESULT_HOST, "web2", "uuid", "two", "" },
    { "mac=52-54-00-00-00-01&uuid=" SWAP1, "", IPXE_RESULT_CONFLICT, "web1",
      "mac", "", "host \"web1\" by its mac and host \"web2\" by its uuid *" },

    /* two hosts claim it */
    { "mac=52-54-00-00-00-01&uuid=" UUID2, "", IPXE_RESULT_CONFLICT, "web1",
      "mac", "", "host \"web1\" by its mac and host \"dell\" by its uuid both "
      "claim this machine: correct one of the rows" },
    { "mac=52-54-00-00-00-01&uuid=" UUID2, "first", IPXE_RESULT_HOST, "web1",
      "mac", "one", "" },
    { "mac=52-54-00-00-00-01&uuid=" UUID2, "uuid", IPXE_RESULT_CONFLICT,
      "dell", "uuid", "", "host \"dell\" by its uuid and host \"web1\" by its "
      "mac both *" },
    { "uuid=" UUID2 "&asset=AT%201", "", IPXE_RESULT_CONFLICT, "dell", "uuid",
      "", "host \"dell\" by its uuid and host \"web1\" by its asset both *" },
    { "mac=52-54-00-00-00-05&asset=AT-3", "", IPXE_RESULT_CONFLICT, "plain",
      "mac", "", "host \"plain\" by its mac and host \"tag\" by its asset *" },
    { "mac=52-54-00-00-00-05&serial=SN-1", "all", IPXE_RESULT_CONFLICT,
      "plain", "mac", "", "host \"plain\" by its mac and host \"web1\" by *" },
    { "mac=52-54-00-00-00-05&serial=SN-1", "", IPXE_RESULT_HOST, "plain",
      "mac", "one", "" },

    /* the row says another thing than the machine */
    { "mac=52-54-00-00-00-01&uuid=" UUID3, "", IPXE_RESULT_CONFLICT, "web1",
      "mac", "", "host.uuid of \"web1\" is \"" UUID1 "\", but the machine, "
      "found by its mac, shows \"" UUID3 "\": correct the row, or set it to "
      "NULL" },
    { "mac=52-54-00-00-00-01&uuid=" UUID3, "first", IPXE_RESULT_HOST, "web1",
      "mac", "one", "" },
    { "mac=52-54-00-00-00-01&asset=AT%20X", "", IPXE_RESULT_CONFLICT, "web1",
      "mac", "", "host.asset of \"web1\" is \"AT?1\", but the machine, found "
      "by its mac, shows \"AT?X\": *" },
    { "mac=52-54-00-00-00-01&serial=other", "", IPXE_RESULT_CONFLICT, "web1",
      "mac", "", "host.serial of \"web1\" is \"SN-1\", but *" },
    { "asset=AT-3&serial=other", "asset", IPXE_RESULT_HOST, "tag", "asset",
      "two", "" },
    { "uuid=" UUID1 "&mac=52-54-00-99-99-99", "", IPXE_RESULT_HOST, "web1",
      "uuid", "one", "" },

    /* a machine without a row */
    { "mac=52-54-00-99-99-99", "", IPXE_RESULT_DEFAULT, "", "", "default", "" },
    { "mac=52-54-00-99-99-99", "no default", IPXE_RESULT_UNKNOWN, "", "", "",
      "" },
    { "mac=52-54-00-99-99-99", "wrong default", IPXE_RESULT_UNKNOWN, "", "",
      "", "" },
    { "f 01-52-54-00-99-99-99", "", IPXE_RESULT_DEFAULT, "", "", "default",
      "" },
    { "f 0A00020F", "no ask", IPXE_RESULT_DEFAULT, "", "", "default", "" },

    /* a machine that shows nothing is asked, once */
    { "", "", IPXE_RESULT_STUB, "", "", "", "" },
    { "mac=&uuid=", "", IPXE_RESULT_STUB, "", "", "", "" },
    { "foo=bar&arch=x86_64", "", IPXE_RESULT_STUB, "", "", "", "" },
    { "mac=01:00:5e:00:00:01", "", IPXE_RESULT_STUB, "", "", "", "" },
    { ALL_EMPTY, "", IPXE_RESULT_DEFAULT, "", "", "default", "" },
    { ALL_EMPTY, "no default", IPXE_RESULT_UNKNOWN, "", "", "", "" },
    { "", "no ask", IPXE_RESULT_DEFAULT, "", "", "default", "" },
    { "asset=None&mac=&uuid=&arch=&platform=&ip=&manufacturer=&product=&serial"
      "=Unknown", "", IPXE_RESULT_DEFAULT, "", "", "default", "" },

    /* what means nothing */
    { "uuid=00000000-0000-0000-0000-000000000000", "", IPXE_RESULT_STUB, "",
      "", "", "" },
    { "uuid=03000200-0400-0500-0006-000700080009", "", IPXE_RESULT_STUB, "",
      "", "", "" },
    { "uuid=00020003-0004-0005-0006-000700080009", "", IPXE_RESULT_STUB, "",
      "", "", "" },
    { "asset=To%20be%20filled%20by%20O.E.M.", "", IPXE_RESULT_STUB, "", "", "",
      "" },
    { "mac=52-54-00-00-00-01&uuid=00000000-0000-0000-0000-000000000000"
      "&asset=Default%20string&serial=None", "", IPXE_RESULT_HOST, "web1",
      "mac", "one", "" },
    { "mac=52-54-00-00-99-01", "", IPXE_RESULT_STUB, "", "", "", "" },

    /* a row that cannot be booted */
    { "mac=52-54-00-00-00-07", "", IPXE_RESULT_ERROR, "inst", "mac", "",
      "host.install of \"inst\" is \"two\", but nothing can be installed "
      "without the directive ipxe_events, *" },
    { "mac=52-54-00-00-00-08", "", IPXE_RESULT_ERROR, "lost", "mac", "",
      "host.profile of \"lost\" is \"gone\", which is not in profile.name: "
      "insert that profile or give another" },
    { "mac=52-54-00-00-00-08&uuid=" UUID2, "", IPXE_RESULT_CONFLICT, "lost",
      "mac", "", "*both claim this machine*" }
};


static void
test_machines(void)
{
    size_t      i;
    ipxe_rc_e   rc;

    for (i = 0; i < countof(machines); i++) {

        usual();

        if (strcmp(machines[i].how, "all") == 0) {
            boot.keys = keys_all;
            boot.n = countof(keys_all);

        } else if (strcmp(machines[i].how, "uuid") == 0) {
            boot.keys = keys_uuid;
            boot.n = countof(keys_uuid);

        } else if (strcmp(machines[i].how, "asset") == 0) {
            boot.keys = keys_asset;
            boot.n = countof(keys_asset);
        }

        boot.first = strcmp(machines[i].how, "first") == 0;
        boot.can_ask = strcmp(machines[i].how, "no ask") != 0
                       && strncmp(machines[i].input, "f ", 2) != 0;

        if (strcmp(machines[i].how, "no default") == 0) {
            boot.default_profile = str("");
        }

        if (strcmp(machines[i].how, "wrong default") == 0) {
            boot.default_profile = str("no such");
        }

        rc = answer(machines[i].input, NULL);

        if (!test(rc == IPXE_OK && boot.result == machines[i].result
                  && ipxe_str_eq(boot.profile_name, str(machines[i].profile))
                  && (boot.profile != NULL) == (machines[i].profile[0] != 0)
                  && strcmp(ipxe_key_name(boot.key), machines[i].key) == 0
                  && ipxe_str_eq(boot.host.name, str(machines[i].host)),
                  "%s%s%s: %s%s%s", machines[i].input,
                  machines[i].how[0] ? ", " : "", machines[i].how,
                  ipxe_result_name(machines[i].result),
                  machines[i].host[0] ? " " : "", machines[i].host))
        {
            note("code %d, %s, host '%s' by '%s', profile '%s': %s", rc,
                 ipxe_result_name(boot.result), cstr(boot.host.name),
                 ipxe_key_name(boot.key), cstr(boot.profile_name),
                 boot.err.text);
        }

        if (machines[i].err[0]) {
            test_like(boot.err.text, machines[i].err, "... in words");
        } else {
            test(boot.err.len == 0, "... without a word");
        }
    }

    usual();
    (void) answer("mac=52-54-00-00-00-01", NULL);
    test_str(boot.host.key[IPXE_MAC], "52:54:00:00:00:01", "the row's MAC");
    test_str(boot.host.key[IPXE_ASSET], "AT 1", "the row's asset tag");
    test(boot.host.install.data == NULL, "install is NULL");
    test(boot.host.token.len == 32, "a token");
}


/* web1 is asked; "p" is its profile, "t" its template; "q" another profile. */

#define RESET  "DELETE FROM var WHERE host IS NOT NULL OR profile IS NOT NULL" \
               " OR name NOT LIKE '%\\_%' ESCAPE '\\';"                        \
               "UPDATE host SET profile = 'p' WHERE name = 'web1';"           \
               "UPDATE profile SET parent = NULL, title = NULL,"              \
               " template = 't', kernel = NULL, initrd = NULL, args = NULL"   \
               " WHERE name = 'p';"                                           \
               "UPDATE profile SET parent = NULL, title = NULL,"              \
               " template = NULL, kernel = NULL, initrd = NULL, args = NULL"  \
               " WHERE name = 'q';"                                           \
               "UPDATE profile SET title = NULL"                              \
               " WHERE name NOT IN ('p', 'q', 'local');"                      \
               "UPDATE profile SET title = 'Boot the local disk'"             \
               " WHERE name = 'local';"                                       \
               "UPDATE template SET body = 'x' WHERE name = 't2';"

#define P(what)   "UPDATE profile SET " what " WHERE name = 'p';"
#define Q(what)   "UPDATE profile SET " what " WHERE name = 'q';"
#define T(body)   "UPDATE template SET body = '" body "' WHERE name = 't';"
#define T2(body)  "UPDATE template SET body = '" body "' WHERE name = 't2';"
#define TEN(text)  text text text text text text text text text text
#define VAR(host, profile, name, value)                                       \
    "INSERT INTO var VALUES (" host ", " profile ", '" name "', '" value "');"

static const struct {
    const char  *sql;
    const char  *query;         /* behind the MAC of web1; NULL: of nobody */
    const char  *text;          /* without "#!ipxe" and a newline */
    const char  *err;
} scripts[] = {

    /* names of the machine and of the server */
    { T("{{name}} {{profile}} {{mac}} {{uuid}} {{asset}} {{serial}}"), "",
      "web1 p 52:54:00:00:00:01 " UUID1 " AT 1 SN-1", NULL },
    { T("{{mac}}"), "&mac=x", "52:54:00:00:00:01", NULL },
    { T("{{ip}} {{arch}} {{platform}} {{manufacturer}} {{product}}"),
      "&ip=10.0.0.7&arch=x86_64&platform=efi&manufacturer=Dell&product=R640",
      "10.0.0.7 x86_64 efi Dell R640", NULL },
    { T("{{#ip}}x{{/ip}}{{^arch}}y{{/arch}}{{#hostname}}z{{/hostname}}"), "",
      "y", NULL },
    { T("{{product}}"), "", NULL, "{{product}} in line 1 of template "
      "\"t/ipxe\": this name is unknown: *" },
    { T("{{base_url}}"), "", "http://10.0.0.1:8080", NULL },
    { T("{{file_url}}"), "", "http://10.0.0.1:8080/file/00000000000000000000"
      "000000000001", NULL },
    { T("{{event_url}}"), "", "http://10.0.0.1:8080/ipxe/event/00000000000000"
      "000000000000000001", NULL },
    { T("{{token}}"), "", "00000000000000000000000000000001", NULL },
    { T("{{title}}") P("title = 'T'"), "", "T", NULL },
    { T("{{template}} {{#initrd}}i{{/initrd}}"), "", "t ", NULL },
    { T("{{hostname}}"), "&hostname=x", NULL, "{{hostname}} in line 1 *" },

    /* a machine that no row knows */
    { "UPDATE profile SET template = 't' WHERE name = 'default';"
      T("{{#name}}n{{/name}}{{#token}}t{{/token}}{{#file_url}}f{{/file_url}}"
        "{{#event_url}}e{{/event_url}}{{mac}} {{profile}}"), NULL,
      "52:54:00:99:99:99 default", NULL },

    /* what the machine shows is one word */
    { T("{{product}}"), "&product=Power%20Edge", NULL, "{{product}} in line 1 "
      "of template \"t/ipxe\": the product that the machine shows holds "
      "something other than one word *" },
    { T("{{{product}}}"), "&product=x%20%7C%7C%20y", NULL, "{{product}} in "
      "line 1 of template \"t/ipxe\": the product that the machine shows "
      "holds something *" },
    { T("{{args}}") P("args = 'a={{{product}}}'"), "&product=a%20b", NULL,
      "{{product}} in line 1 of profile.args of \"p\": the product that *" },

    /* kernel, initrd and args */
    { T("{{kernel}}") P("kernel = '/images/k'"), "",
      "http://10.0.0.1:8080/images/k", NULL },
    { T("{{kernel}}") P("kernel = 'images/k'"), "",
      "http://10.0.0.1:8080/images/k", NULL },
    { T("{{kernel}}") P("kernel = 'https://h/k'"), "", "https://h/k", NULL },
    { T("{{kernel}}") P("kernel = 'tftp://h/k'"), "", "tftp://h/k", NULL },
    { T("{{kernel}}") P("kernel = '{{base_url}}/k'"), "",
      "http://10.0.0.1:8080/k", NULL },
    { T("{{kernel}}") P("kernel = '/k?u=http://x'"), "",
      "http://10.0.0.1:8080/k?u=http://x", NULL },
    { T("{{kernel}}") P("kernel = '/a b#c'"), "",
      "http://10.0.0.1:8080/a%20b%23c", NULL },
    { T("{{kernel}}") P("kernel = '/k/{{name}}/{{arch}}'"), "&arch=i386",
      "http://10.0.0.1:8080/k/web1/i386", NULL },
    { T("{{kernel}}"), "", NULL, "{{kernel}} in line 1 of template *: nothing "
      "is set for profile \"p\": *" },
    { T("{{args}}") P("args = 'host={{name}} v={{disk}}'")
      VAR("'web1'", "NULL", "disk", "sda"), "", "host=web1 v=sda", NULL },
    { T("{{#args}}[{{args}}]{{/args}}") P("args = ''"), "", "", NULL },
    { T("{{#initrds}}{{.}} {{file}}{{^last}}, {{/last}}{{/initrds}}")
      P("initrd = '/a/i.gz' || char(10) || 'http://h/x y.img?z=1'"), "",
      "http://10.0.0.1:8080/a/i.gz i.gz, http://h/x%20y.img?z=1 x%20y.img",
      NULL },
    { T("{{#initrds}}x{{/initrds}}{{^initrds}}none{{/initrds}}"), "", "none",
      NULL },
    { T("{{#initrd}}some{{/initrd}}{{^initrd}}none{{/initrd}}")
      P("initrd = char(10)"), "", "none", NULL },
    { T("{{#initrds}}{{.}}{{/initrds}}") P("initrd = '/i-{{arch}}'"),
      "&arch=i386", "http://10.0.0.1:8080/i-i386", NULL },
    { T("{{#initrds}}{{.}}{{/initrds}}") P("initrd = '/i-{{nothing}}'"), "",
      NULL, "{{nothing}} in line 1 of profile.initrd of \"p\": this name *" },

    /* tags that are wrong */
    { T("{{args}}") P("args = 'a={{b'"), "", NULL, "{{args}} in line 1 of "
      "template \"t/ipxe\": line 1 of profile.args of \"p\": a tag is never "
      "closed: *" },
    { T("x") P("args = 'a={{b'"), "", "x", NULL },
    { T("a" "\n" "{{#b}}"), "", NULL, "line 2 of template \"t/ipxe\": a *" },
    { T("{{>t2}}") T2("{{"), "", NULL, "{{t2}} in line 1 of template "
      "\"t/ipxe\": line 1 of template \"t2/ipxe\": a tag is never closed: *" },
    { T("{{>none}}"), "", NULL, "{{none}} in line 1 of template \"t/ipxe\": "
      "*there is no template*" },
    { T("{{v}}") VAR("'web1'", "NULL", "v", "{{#x}}"), "", NULL, "{{v}} in "
      "line 1 of template \"t/ipxe\": line 1 of var.value of host \"web1\": "
      "a section is opened *" },

    /* values that would break out, with the row that they are of */
    { T("{{args}}") P("args = 'a || reboot'"), "", NULL, "{{args}} in line 1 "
      "of template \"t/ipxe\": profile.args of \"p\" holds a double bar, *" },
    { T("{{args}}") P("args = 'a' || char(10) || 'reboot'"), "", NULL,
      "*profile.args of \"p\" holds a line break, *" },
    { T("{{v}}") VAR("'web1'", "NULL", "v", "${x}"), "", NULL, "*var.value of "
      "host \"web1\" holds a dollar sign and a brace, *" },
    { T("{{v}}") VAR("NULL", "'p'", "v", "#x"), "", NULL, "*var.value of "
      "profile \"p\" holds a word that starts with a number sign, *" },
    { T("{{v}}") VAR("NULL", "NULL", "v", "x\\"), "", NULL, "*var.value of all "
      "hosts, named \"v\" holds a backslash or a dollar sign at its end, *" },
    { T("{{title}}") P("title = 'x ; y'"), "", NULL, "*profile.title of \"p\" "
      "holds a double bar, *" },
    { T("{{kernel}}") P("kernel = '/${x}'"), "", NULL, "*profile.kernel of "
      "\"p\" holds a dollar sign and a brace, *" },
    { T("{{args}}") P("args = 'a={{v}} b'")
      VAR("'web1'", "NULL", "v", "x || y"), "", NULL, "{{v}} in line 1 of "
      "profile.args of \"p\": var.value of host \"web1\" holds a double *" },
    { T("{{args}}") P("args = 'a={{{v}}} b'")
      VAR("'web1'", "NULL", "v", "x || y"), "", NULL, "{{args}} in line 1 of "
      "template \"t/ipxe\": profile.args of \"p\" holds a double bar, *" },
    { T("{{{v}}}") VAR("'web1'", "NULL", "v", "x || y ${z}"), "",
      "x || y ${z}", NULL },

    /* the nearest variable wins: host, profile, its parents, all */
    { T("{{v}}") P("parent = 'q'") VAR("NULL", "NULL", "v", "all"), "", "all",
      NULL },
    { T("{{v}}") P("parent = 'q'") VAR("NULL", "NULL", "v", "all")
      VAR("NULL", "'q'", "v", "parent"), "", "parent", NULL },
    { T("{{v}}") P("parent = 'q'") VAR("NULL", "NULL", "v", "all")
      VAR("NULL", "'q'", "v", "parent") VAR("NULL", "'p'", "v", "profile"), "",
      "profile", NULL },
    { T("{{v}}") P("parent = 'q'") VAR("NULL", "NULL", "v", "all")
      VAR("NULL", "'q'", "v", "parent") VAR("NULL", "'p'", "v", "profile")
      VAR("'web1'", "NULL", "v", "host"), "", "host", NULL },
    { T("{{#v}}x{{/v}}{{^v}}empty{{/v}}") VAR("NULL", "NULL", "v", "all")
      VAR("'web1'", "NULL", "v", ""), "", "empty", NULL },
    { T("{{v}}") VAR("'web2'", "NULL", "v", "other"), "", NULL,
      "{{v}} in line 1 of *: this name is unknown: *" },
    { T("{{v}}") VAR("NULL", "'q'", "v", "other"), "", NULL,
      "{{v}} in line 1 of *: this name is unknown: *" },
    { T("{{v}}") VAR("'web1'", "NULL", "v", "{{w}}")
      VAR("NULL", "NULL", "w", "<{{name}}>"), "", "<web1>", NULL },

    /* what is NULL is the parent's */
    { T("{{kernel}} {{args}} {{title}} {{#initrds}}{{.}}{{/initrds}}")
      P("parent = 'q'")
      Q("kernel = '/qk', args = 'qa', title = 'qt', initrd = '/qi'"), "",
      "http://10.0.0.1:8080/qk qa qt http://10.0.0.1:8080/qi", NULL },
    { T("{{kernel}} {{args}}") P("parent = 'q', args = 'pa'")
      Q("kernel = '/qk', args = 'qa'"), "", "http://10.0.0.1:8080/qk pa",
      NULL },
    { T("[{{#initrds}}{{.}}{{/initrds}}]") P("parent = 'q', initrd = ''")
      Q("initrd = '/qi'"), "", "[]", NULL },
    { T("{{profile}} {{args}}") P("parent = 'q', template = NULL")
      Q("template = 't', args = 'of {{profile}}'"), "", "p of p", NULL },
    { P("template = NULL, parent = 'q'"), "", NULL, "profile.template of \"p\" "
      "and of its parents is NULL: set it to the name of a template, such as "
      "'linux'" },
    { P("template = 'only-pxelinux'"), "", NULL, "profile.template of \"p\" is "
      "\"only-pxelinux\", which has no row of dialect 'ipxe' in template: *" },

    /* all profiles that have a title, but for the one that lists them */
    { T("{{#profiles}}{{profile}}={{title}};{{/profiles}}")
      P("title = 'P'") Q("title = 'Q', template = 'local'"), "",
      "local=Boot the local disk;q=Q;", NULL },
    { T("{{#profiles}}{{>*template}};{{/profiles}}") T2("<{{profile}}>")
      Q("title = 'Q', template = 't2'") "UPDATE profile SET title = NULL WHERE "
      "name = 'local';", "", "<q>;", NULL },
    { T("{{#profiles}}{{profile}}:{{#args}}{{args}}{{/args}} {{/profiles}}")
      P("args = 'mine'") Q("title = 'Q', template = 'local'"), "",
      "local: q: ", NULL },
    { T("{{#profiles}}{{profile}}:{{#v}}{{v}}{{/v}} {{/profiles}}")
      Q("title = 'Q', template = 'local'") VAR("NULL", "'p'", "v", "p")
      VAR("NULL", "'q'", "v", "q"), "", "local: q:q ", NULL },
    { T("{{#profiles}}{{profile}}:{{v}} {{/profiles}}")
      Q("title = 'Q', template = 'local'")
      VAR("NULL", "NULL", "v", "all") VAR("NULL", "'q'", "v", "q"), "",
      "local:all q:q ", NULL },
    { T("{{#profiles}}{{profile}}:{{v}} {{/profiles}}")
      Q("title = 'Q', template = 'local'")
      VAR("NULL", "'q'", "v", "q") VAR("'web1'", "NULL", "v", "host"), "",
      "local:host q:host ", NULL },
    { T("{{#profiles}}{{#kernel}}{{profile}} {{kernel}}{{/kernel}}"
        "{{/profiles}}") Q("title = 'Q', kernel = '/q', template = 'linux'"),
      "", "q http://10.0.0.1:8080/q", NULL },
    { T("{{#profiles}}{{kernel}}{{/profiles}}") P("kernel = '/mine'"), "",
      NULL, "{{kernel}} in line 1 of template \"t/ipxe\": nothing is set for "
      "profile \"local\": *" },

    /* what a menu can offer this machine, and what it cannot */
    { T("{{#profiles}}{{profile}} {{/profiles}}{{#unusable}}[{{profile}}: "
        "{{why}}]{{/unusable}}")
      "INSERT INTO template VALUES ('other', 'grub', 'x');"
      Q("title = 'Q', template = 'other'"), "",
      "local [q: {{template}} in line 2 of the entry in a `menu`: "
      "profile.template of `q` is `other`, of which there is no template in "
      "this dialect: insert it into template, or write another name]", NULL },
    { T("{{#profiles}}{{profile}} {{/profiles}}{{#unusable}}-{{profile}}"
        "{{/unusable}}") Q("title = 'Q', template = 'linux', kernel = '/k',"
        " args = '{{v}}'") VAR("'web2'", "NULL", "v", "x"), "", "local -q",
      NULL },
    { T("{{#profiles}}{{profile}} {{/profiles}}{{#unusable}}-{{profile}}"
        "{{/unusable}}") Q("title = 'Q', template = 'linux', kernel = '/k',"
        " args = '{{v}}'") VAR("'web1'", "NULL", "v", "x"), "", "local q ",
      NULL },
    { T("{{#unusable}}-{{profile}}{{/unusable}}") Q("title = 'a || b',"
        " template = 'local'"), "", "-q", NULL },
    { T("{{why}}"), "", NULL, "{{why}} in line 1 *" },
    { T("{{#menu}}m{{/menu}}{{^menu}}-{{/menu}}{{#profiles}}{{#menu}}"
        "{{profile}}{{/menu}}{{/profiles}}"), "", "-local", NULL },
    { T("{{#is_default}}!{{/is_default}}{{#profiles}}{{profile}}"
        "{{#is_default}}*{{/is_default}} {{/profiles}}")
      Q("title = 'Q', template = 'local'"), "", "local* q ", NULL },
    { T("{{#profiles}}{{profile}}{{#is_default}}*{{/is_default}} {{/profiles}}")
      Q("title = 'Q', template = 'local'")
      VAR("'web1'", "NULL", "menu_default", "q"), "", "local q* ", NULL },
    { T("{{#profiles}}{{profile}}{{#is_default}}*{{/is_default}} {{/profiles}}")
      Q("title = 'Q', template = 'local'")
      VAR("NULL", "'p'", "menu_default", "none"), "", "local q ", NULL },

    /* what uses itself, and what is too much */
    { T("{{>t}}"), "", NULL, "*use each other too deep, at most 16: *" },
    { T("{{>t2}}") T2("{{>t}}"), "", NULL, "*use each other too deep, *" },
    { T("{{args}}") P("args = '{{args}}'"), "", NULL, "*profile.args of \"p\": "
      "templates, values and sections use each other too deep, *" },
    { T("{{v}}") VAR("NULL", "NULL", "v", "{{w}}")
      VAR("NULL", "NULL", "w", "{{v}}"), "", NULL, "*too deep, at most 16: *" },
    { T("{{{v}}}{{{v}}}{{{v}}}") "INSERT INTO var (name, value) VALUES "
      "('v', printf('%.*c', 400000, 'x'));", "", NULL, "*the answer is too "
      "long: at most 1048576 bytes*" },
    { T("{{#profiles}}{{profile}}{{/profiles}}{{#unusable}}-{{profile}}"
        "{{/unusable}}") Q("title = 'Q', template = 't'"), "", "local-q",
      NULL },
    { T(TEN("{{#initrds}}") "x" TEN("{{/initrds}}"))
      P("initrd = replace('aaaa', 'a', '/i' || char(10))"), "", NULL,
      "*template "
      "\"t/ipxe\": this takes more than 1000000 steps: *" },
    { T("{{kernel}}{{kernel}}{{kernel}}{{kernel}}{{kernel}}{{kernel}}")
      P("kernel = '/' || printf('%.*c', 65000, ' ')"), "",
      NULL, "*make it shorter" },

    /* the answer begins as iPXE wants it */
    { T("#!ipxe" "\n" "boot"), "", "boot", NULL },
    { T("boot"), "", "boot", NULL },
    { "UPDATE template SET body = 'x' || char(0) WHERE name = 't';", "", NULL,
      "*holds a NUL*" }
};


static void
test_scripts(void)
{
    char        query[512];
    size_t      i;
    ipxe_rc_e   rc;
    ipxe_str_t  text;

    for (i = 0; i < countof(scripts); i++) {

        sql(path, RESET);
        sql(path, scripts[i].sql);
        usual();

        snprintf(query, sizeof(query), "mac=%s%s",
                 scripts[i].query ? "52-54-00-00-00-01" : "52-54-00-99-99-99",
                 scripts[i].query ? scripts[i].query : "");

        rc = answer(query, &ipxe_dialect_ipxe);

        if (scripts[i].err) {

            if (!test(rc == IPXE_OK && boot.result == IPXE_RESULT_ERROR,
                      "cannot be rendered: %s", scripts[i].sql))
            {
                note("code %d, %s: '%.*s'", rc,
                     ipxe_result_name(boot.result), (int) out.len, out.data);
            }

            test_like(boot.err.text, scripts[i].err, "... in words");

        } else if (rc == IPXE_OK && boot.result != IPXE_RESULT_ERROR
                   && out.len >= 7 && memcmp(out.data, "#!ipxe\n", 7) == 0)
        {
            text = str_n(out.data + 7, out.len - 7);
            test_str(text, scripts[i].text, "%s", scripts[i].sql);

        } else {
            test(0, "%s", scripts[i].sql);
            note("code %d, %s: %s", rc, ipxe_result_name(boot.result),
                 boot.err.text);
        }
    }

    sql(path, RESET);
}


/* Every shipped template in every use does what it says and lint is silent. */

static const struct {
    const char  *sql;
    const char  *ipxe, *pxelinux;       /* a part of it */
} shipped[] = {
    { P("template = 'linux', kernel = '/k', initrd = '/a.gz' || char(10) ||"
        " '/b.gz', args = 'quiet', title = 'T'"),
      "kernel http://10.0.0.1:8080/k initrd=a.gz initrd=b.gz quiet || ",
      "LINUX http://10.0.0.1:8080/k\nINITRD http://10.0.0.1:8080/a.gz,http:"
      "//10.0.0.1:8080/b.gz\nAPPEND quiet\n" },
    { P("template = 'linux', kernel = '/k'"),
      "kernel http://10.0.0.1:8080/k || ",
      "LINUX http://10.0.0.1:8080/k\n" },
    { P("template = 'linux', kernel = '/k', args = 'a'"),
      "kernel http://10.0.0.1:8080/k a || ", "APPEND a\n" },
    { P("template = 'local'"), "sanboot --no-describe --drive 0x80 || exit 1",
      "LOCALBOOT -1\n" },
    { P("template = 'local', title = 'T'"), "iseq ${platform} efi && exit 1 ||",
      "MENU LABEL T\n" },
    { P("template = 'chain', kernel = '/x.efi'"),
      "http://10.0.0.1:8080/x.efi || ", "KERNEL http://10.0.0.1:8080/x.efi" },
    { P("template = 'chain', kernel = '/x.efi', args = 'a b'"),
      "http://10.0.0.1:8080/x.efi a b || ", "APPEND a b" },
    { P("template = 'wait'"), "sleep 30\n", "TIMEOUT 300\n" },
    { P("template = 'menu'"), "item local Boot the local disk\n",
      "MENU LABEL Boot the local disk\n" },
    { P("template = 'menu'")
      Q("title = 'Q', template = 'linux', kernel = '/k', initrd = '/i'"),
      "item q Q\n", "MENU LABEL Q\n" },
    { P("template = 'menu'") Q("title = 'Q', template = 'chain', "
      "kernel = '/k'"), "item q Q\n", "MENU LABEL Q\n" }
};


static int
has(const char *part)
{
    return out.len && memmem(out.data, out.len, part, strlen(part)) != NULL;
}


static void
test_shipped(void)
{
    int         ok;
    size_t      i, k;
    ipxe_rc_e   rc;

    static const char *queries[] = {
        "mac=52-54-00-00-00-01", "mac=52-54-00-99-99-99", ALL_EMPTY
    };

    for (i = 0; i < countof(shipped); i++) {

        sql(path, RESET "UPDATE profile SET template = 'wait' WHERE name = "
                        "'default';");
        sql(path, shipped[i].sql);

        for (k = 0; k < 2; k++) {
            usual();
            warnings = 0;

            rc = answer(queries[0], k ? &ipxe_dialect_pxelinux
                                      : &ipxe_dialect_ipxe);
            ok = rc == IPXE_OK && boot.result == IPXE_RESULT_HOST
                 && has(k ? shipped[i].pxelinux : shipped[i].ipxe);

            if (!test(ok, "%s: %s", k ? "pxelinux" : "ipxe", shipped[i].sql)) {
                note("code %d, %s, '%.*s' %s", rc,
                     ipxe_result_name(boot.result), (int) out.len, out.data,
                     boot.err.text);
            }

            if (!test(warnings == 0, "... lint says nothing")) {
                note("%s", warned);
            }
        }
    }

    for (i = 1; i < countof(queries); i++) {

        for (k = 0; k < 2; k++) {
            usual();
            warnings = 0;
            rc = answer(queries[i], k ? &ipxe_dialect_pxelinux
                                      : &ipxe_dialect_ipxe);
            test(rc == IPXE_OK && boot.result == IPXE_RESULT_DEFAULT
                 && has("INSERT INTO host"),
                 "%s: an unknown machine is told what to insert",
                 k ? "pxelinux" : "ipxe");
            test(i == 2 || has("52:54:00:99:99:99"), "... with its MAC");
            test(warnings == 0, "... lint says nothing (%s)", warned);
        }
    }

    /* lint is asked once for each change */

    sql(path, RESET T("chain x"));
    warnings = 0;

    for (i = 0; i < 3; i++) {
        usual();
        (void) answer(queries[0], &ipxe_dialect_pxelinux);
        test(warnings == 0, "pxelinux is not linted");
    }

    for (i = 0; i < 3; i++) {
        usual();
        (void) answer(queries[0], &ipxe_dialect_ipxe);
    }

    test(warnings == 2, "ipxe is, once (%u warnings, '%s')", warnings, warned);
    test_like(warned, "p, line 1: nothing says what to do when this fails, *",
              "... in words");

    sql(path, "UPDATE host SET note = 'x' WHERE name = 'web1';");
    usual();
    (void) answer(queries[0], &ipxe_dialect_ipxe);
    test(warnings == 2, "a change of a host is no reason to say it again");

    sql(path, P("args = 'x'"));
    usual();
    (void) answer(queries[0], &ipxe_dialect_ipxe);
    test(warnings == 4, "a change of a profile is (%u)", warnings);

    usual();
    boot.warn = NULL;
    sql(path, P("args = 'y'"));
    test_rc(answer(queries[0], &ipxe_dialect_ipxe), IPXE_OK,
            "nobody needs to listen");
}


/* A host of which the row has something, and of which it has not. */

static void
test_pxelinux(void)
{
    sql(path, RESET "UPDATE template SET body = 'DEFAULT {{name}} {{uuid}}'"
                    " WHERE name = 't' AND dialect = 'pxelinux';");
    usual();
    (void) answer("f " SWAP2, &ipxe_dialect_pxelinux);
    test(boot.result == IPXE_RESULT_ERROR
         && strstr(boot.err.text, "profile.template of \"two\""),
         "a profile without a template (%s)", boot.err.text);

    sql(path, "UPDATE profile SET template = 't' WHERE name = 'two';");
    usual();
    (void) answer("f " SWAP2, &ipxe_dialect_pxelinux);
    test_str(str_n(out.data, out.len), "DEFAULT dell " UUID2,
             "a UUID is shown in the row's byte order, not in the loader's");

    sql(path, "UPDATE template SET body = printf('%.*c', 5000, 'x')"
              " WHERE name = 't' AND dialect = 'pxelinux';");
    usual();
    (void) answer("f " SWAP2, &ipxe_dialect_pxelinux);
    test(boot.result == IPXE_RESULT_ERROR, "a line that is too long");
    test_like(boot.err.text, "*line 1 of the answer has 5000 bytes, *",
              "... in words");

    sql(path, "UPDATE template SET body = ''"
              " WHERE name = 't' AND dialect = 'pxelinux';");
    usual();
    (void) answer("f " SWAP2, &ipxe_dialect_pxelinux);
    test(boot.result == IPXE_RESULT_ERROR, "an empty configuration");
    test_like(boot.err.text, "*the template leaves nothing, *",
              "... in words");
}


/* A circle of parents, which schema.sql refuses, is said and has an end. */

static void
test_circle(void)
{
    sql(path, RESET T("[{{#args}}{{args}}{{/args}}]")
        "DROP TRIGGER profile_update;"
        P("parent = 'q'") Q("parent = 'p', args = 'of q'"));

    usual();
    test_rc(answer("mac=52-54-00-00-00-01", &ipxe_dialect_ipxe), IPXE_OK,
            "a circle of parents has an end");

    if (boot.result == IPXE_RESULT_HOST) {
        test(has("[of q]"), "... and all of it is inherited");
    } else {
        test_like(boot.err.text, "*profile.parent*", "... or it is said");
    }
}


/* The right answer, which does not fail, from an open database. */

static unsigned char  right[65536];
static size_t         right_len;


static void
sweep_before(void)
{
    usual();
    boot.warn = NULL;

    if (answer("mac=52-54-00-00-00-01&uuid=" UUID1 "&product=x",
               &ipxe_dialect_ipxe)
        != IPXE_OK || out.len > sizeof(right))
    {
        test(0, "an answer without a failure");
        return;
    }

    right_len = out.len;
    memcpy(right, out.data, out.len);
}


static const char *
sweep(void)
{
    ipxe_rc_e  rc;

    usual();
    boot.warn = NULL;

    rc = answer("mac=52-54-00-00-00-01&uuid=" UUID1 "&product=x",
                &ipxe_dialect_ipxe);

    if (rc == IPXE_NOMEM) {
        return test_failed() ? NULL : "IPXE_NOMEM without a reason";
    }

    if (rc != IPXE_OK) {
        return "the code is neither IPXE_NOMEM nor IPXE_OK";
    }

    return boot.result == IPXE_RESULT_HOST && out.len == right_len
           && memcmp(out.data, right, right_len) == 0 ? NULL
                                                      : "another answer";
}


static const char *
sweep_conflict(void)
{
    ipxe_rc_e  rc;

    usual();
    rc = answer("f " SWAP1, &ipxe_dialect_pxelinux);

    if (rc == IPXE_NOMEM) {
        return test_failed() ? NULL : "IPXE_NOMEM without a reason";
    }

    return rc == IPXE_OK && boot.result == IPXE_RESULT_CONFLICT
           ? NULL : "no conflict";
}


int
main(void)
{
    test_sqlite();

    strcpy(path, test_path("boot.db"));
    make_db(path);

    sql(path,
        "INSERT INTO template (name, dialect, body) VALUES ('t', 'ipxe', 'x'),"
        " ('t', 'pxelinux', 'x'), ('t2', 'ipxe', 'x'),"
        " ('only-pxelinux', 'pxelinux', 'x');"
        "INSERT INTO profile (name, template) VALUES ('one', 't'),"
        " ('two', NULL), ('p', 't'), ('q', NULL), ('gone', NULL);"
        "INSERT INTO host (name, mac, uuid, asset, serial, profile, token)"
        " VALUES ('web1', '52:54:00:00:00:01', '" UUID1 "', 'AT 1', 'SN-1',"
        " 'one', '00000000000000000000000000000001');"
        "INSERT INTO nic VALUES ('52:54:00:00:01:01', 'web1');"
        "INSERT INTO host (name, mac, uuid, profile) VALUES"
        " ('web2', '52:54:00:00:00:02', '" SWAP1 "', 'two'),"
        " ('dell', '52:54:00:00:00:06', '" UUID2 "', 'two'),"
        " ('same', NULL, '" PALIN "', 'one');"
        "INSERT INTO host (name, asset, profile) VALUES"
        " ('tag', 'at-3', 'two');"
        "INSERT INTO host (name, mac, profile, install) VALUES"
        " ('plain', '52:54:00:00:00:05', 'one', NULL),"
        " ('inst', '52:54:00:00:00:07', 'one', 'two'),"
        " ('lost', '52:54:00:00:00:08', 'gone', NULL);"
        "INSERT INTO placeholder (value) VALUES ('52:54:00:00:99:01');"
        "DROP TRIGGER profile_delete;"
        "DELETE FROM profile WHERE name = 'gone';");

    store = ipxe_store_create(path, 0);

    test_machines();
    test_scripts();
    test_shipped();
    test_pxelinux();

    sql(path, RESET
        P("template = 'menu', args = 'a={{v}}'")
        Q("title = 'Q', template = 'linux', kernel = '/k/{{name}}',"
          " initrd = '/a' || char(10) || '/b/{{v}}', args = 'x={{file_url}}"
          " {{event_url}} {{product}} {{uuid}}', parent = 'p'")
        VAR("'web1'", "NULL", "v", "host-{{name}}")
        VAR("'web1'", "NULL", "w1", "x") VAR("'web1'", "NULL", "w2", "x")
        VAR("'web1'", "NULL", "w3", "x") VAR("'web1'", "NULL", "w4", "x")
        VAR("'web1'", "NULL", "w5", "x") VAR("'web1'", "NULL", "w6", "x")
        VAR("'web1'", "NULL", "w7", "x") VAR("'web1'", "NULL", "w8", "x"));

    sweep_before();
    test(has("host-web1") && has("x=http://"), "an answer of %zu bytes",
         out.len);
    test_sweep(sweep_before, sweep, 40, "find and render");
    test_sweep(sweep_before, sweep_conflict, 15, "a conflict");

    test_circle();

    ipxe_catalog_destroy(catalog);
    ipxe_store_destroy(store);

    return test_done();
}
