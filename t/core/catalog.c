
/*
 * The catalog: what hosts have in common, compiled once for each state.
 */


#include "ipxe_catalog.h"
#include "test.h"


static ipxe_store_t    *store;
static ipxe_catalog_t  *catalog;
static ipxe_err_t       err;
static int64_t          now;


static ipxe_rc_e
refresh(void)
{
    ipxe_rc_e  rc;

    now += 10000;
    err.len = 0;
    err.text[0] = '\0';

    rc = ipxe_store_begin(store, now, &err);

    if (rc == IPXE_OK) {
        rc = ipxe_catalog_refresh(&catalog, store, &err);
        (void) ipxe_store_end(store);
        ipxe_store_rest(store);
    }

    return rc;
}


static void
open_db(const char *path, const char *statements)
{
    make_db(path);
    sql(path, statements);

    catalog = NULL;
    store = ipxe_store_create(path, 0);
    test_rc(refresh(), IPXE_OK, "a catalog");
}


static void
close_db(void)
{
    ipxe_catalog_destroy(catalog);
    ipxe_store_destroy(store);
}


static const ipxe_profile_t *
profile(const char *name)
{
    return ipxe_catalog_profile(catalog, str(name));
}


static void
test_shipped(void)
{
    size_t                  i;
    ipxe_rc_e               rc;
    const ipxe_profile_t   *p;
    const ipxe_template_t  *tmpl;

    static const char *names[] = { "default", "local", "menu" };
    static const char *templates[] = { "chain", "linux", "local", "menu",
                                       "wait" };
    static const char *dialects[] = { "ipxe", "pxelinux" };

    open_db(test_path("shipped.db"), "");

    for (i = 0; i < countof(names); i++) {
        p = ipxe_catalog_profile_at(catalog, i);
        test(p && ipxe_str_eq(p->name, str(names[i]))
             && p == profile(names[i]), "the shipped profile %s", names[i]);
    }

    test(ipxe_catalog_profile_at(catalog, 3) == NULL
         && ipxe_catalog_profile_at(catalog, (size_t) -1) == NULL,
         "there are no more");
    test(profile("") == NULL && profile("Local") == NULL
         && profile("locale") == NULL && profile("loca") == NULL,
         "a profile is known by its exact name");

    for (i = 0; i < countof(templates) * 2; i++) {
        rc = ipxe_catalog_template(catalog, str(dialects[i % 2]),
                                   str(templates[i / 2]), &tmpl, &err);
        test(rc == IPXE_OK && tmpl, "the shipped template %s/%s",
             templates[i / 2], dialects[i % 2]);
    }

    test_rc(ipxe_catalog_template(catalog, str("file"), str("linux"), &tmpl,
                                  &err), IPXE_DECLINED,
            "a template of a dialect that it is not in");
    test_rc(ipxe_catalog_template(catalog, str("ipxe"), str("x"), &tmpl, &err),
            IPXE_DECLINED, "a template that is not there");

    close_db();
}


static void
test_rows(void)
{
    size_t                  i;
    ipxe_rc_e               rc;
    const ipxe_field_t     *field;
    const ipxe_profile_t   *p, *q;
    const ipxe_template_t  *tmpl;

    static const char *initrds[] = { "/a", "/b {{x}}", "/c d" };

    open_db(test_path("rows.db"),
        "INSERT INTO template VALUES ('bad', 'ipxe', 'x' || char(10) ||"
        " '{{#a}}');"
        "INSERT INTO template VALUES ('bad', 'pxelinux', 'good');"
        "INSERT INTO profile (name) VALUES ('base');"
        "INSERT INTO profile VALUES ('web', 'base', 'T', 'linux', '/k',"
        " ' /a ' || char(13, 10, 10) || '/b {{x}}' || char(10, 32, 10) ||"
        " '/c d' || char(10), 'a={{x}}');"
        "INSERT INTO profile VALUES ('none', 'web', '', NULL, '', '', '');"
        "INSERT INTO profile VALUES ('bad', NULL, NULL, NULL, '{{', 'x' ||"
        " char(10) || '{{y', 'b' || char(10) || '{{/z}}');"
        "INSERT INTO var VALUES (NULL, NULL, 'v', 'all');"
        "INSERT INTO var VALUES (NULL, 'web', 'v', 'of web {{x}}');"
        "INSERT INTO var VALUES (NULL, 'web', 'w', '');"
        "INSERT INTO var VALUES (NULL, 'web', 'bad', '{{}}');"
        "INSERT INTO var VALUES (NULL, NULL, 'bad', '{{a b}}');"
        "INSERT INTO placeholder (value) VALUES (' Dull '),"
        " ('52:54:00:AA:BB:CC'), ('9a-bc');");

    p = profile("web");
    q = profile("base");

    test(p->parent == q && q->parent == NULL, "a parent");
    test_str(p->tmpl, "linux", "a template's name");
    test(q->tmpl.data == NULL, "... or NULL");
    test(!q->title.set && !q->kernel.set && !q->args.set && q->initrd == NULL,
         "what is NULL is not set");
    test(p->title.set && p->title.value.type == IPXE_VALUE_TEXT
         && ipxe_str_eq(p->title.value.text, str("T")), "a text");
    test(p->args.set && p->args.value.type == IPXE_VALUE_TEMPLATE
         && p->args.value.tmpl != NULL, "a text with tags");
    test(p->object == IPXE_OBJECT_PROFILE && !p->linted, "a fresh profile");

    test(p->initrds == 3, "three initrds (%zu)", p->initrds);

    for (i = 0; i < 3 && i < p->initrds; i++) {
        test_str(p->initrd[i].value.text, initrds[i], "initrd %zu", i);
        test(p->initrd[i].value.type == (i == 1 ? IPXE_VALUE_TEMPLATE
                                                : IPXE_VALUE_TEXT),
             "... with tags or without");
    }

    q = profile("none");
    test(q->title.set && q->kernel.set && q->args.set && q->initrd != NULL
         && q->initrds == 0, "what is empty is set");

    p = profile("bad");
    test_str(str(p->kernel.error), "line 1 of profile.kernel of \"bad\": a tag "
             "is never closed: close it with }}", "a wrong tag in kernel");
    test_like(p->args.error ? p->args.error : "", "line 2 of profile.args of "
              "\"bad\": a section is closed that was not opened: *",
              "a wrong tag in args");
    test(p->initrds == 2 && p->initrd[0].error == NULL
         && p->initrd[1].error != NULL, "a wrong tag in the second initrd");
    test_like(p->initrds == 2 ? p->initrd[1].error : "", "line * of "
              "profile.initrd of \"bad\": a tag is never closed: *",
              "... in words");

    rc = ipxe_catalog_template(catalog, str("ipxe"), str("bad"), &tmpl, &err);
    test_rc(rc, IPXE_INVALID, "a template with a wrong tag");
    test_like(err.text, "line 2 of template \"bad/ipxe\": a section is opened "
              "here and never closed: *", "... in words");
    test_rc(ipxe_catalog_template(catalog, str("pxelinux"), str("bad"), &tmpl,
                                  &err), IPXE_OK, "its other dialect is good");

    p = profile("web");
    field = ipxe_catalog_var(catalog, p, str("v"));
    test(field && ipxe_str_eq(field->value.text, str("of web {{x}}"))
         && field->value.type == IPXE_VALUE_TEMPLATE, "a profile's variable");
    field = ipxe_catalog_var(catalog, NULL, str("v"));
    test(field && ipxe_str_eq(field->value.text, str("all")),
         "a variable of all hosts");
    field = ipxe_catalog_var(catalog, p, str("w"));
    test(field && field->set && field->value.text.len == 0, "an empty one");
    test(ipxe_catalog_var(catalog, profile("base"), str("v")) == NULL,
         "a variable of another profile is not found");
    test(ipxe_catalog_var(catalog, p, str("menu_default")) == NULL,
         "nor one of all hosts as that of a profile");
    test(ipxe_catalog_var(catalog, p, str("V")) == NULL
         && ipxe_catalog_var(catalog, NULL, str("")) == NULL,
         "a variable is known by its exact name");
    field = ipxe_catalog_var(catalog, p, str("bad"));
    test_like(field ? field->error : "", "line 1 of var.value of profile "
              "\"web\": a tag has no name: *", "a wrong tag in one");
    field = ipxe_catalog_var(catalog, NULL, str("bad"));
    test_like(field ? field->error : "", "line 1 of var.value of all hosts, "
              "named \"bad\": a name in a tag has a space in it: *",
              "a wrong tag in one of all hosts");

    close_db();
}


static void
test_placeholders(void)
{
    size_t  i;

    static const struct {
        ipxe_fact_e   fact;
        const char   *key;
        int           is;
    } keys[] = {
        { IPXE_ASSET, "to be filled by o.e.m.", 1 },
        { IPXE_SERIAL, "default string", 1 },
        { IPXE_ASSET, "none", 1 },
        { IPXE_ASSET, "0", 1 },
        { IPXE_ASSET, "at-007", 0 },
        { IPXE_ASSET, "", 0 },
        { IPXE_ASSET, "non", 0 },
        { IPXE_ASSET, "nonee", 0 },
        { IPXE_UUID, "00000000000000000000000000000000", 1 },
        { IPXE_UUID, "ffffffffffffffffffffffffffffffff", 1 },
        { IPXE_UUID, "03000200040005000006000700080009", 1 },
        { IPXE_UUID, "112233445566778899aabbccddeeff00", 0 },
        { IPXE_MAC, "ffffffffffff", 1 },
        { IPXE_MAC, "525400aabbcc", 1 },
        { IPXE_MAC, "525400aabbcd", 0 },
        { IPXE_MAC, "none", 0 },
        { IPXE_ASSET, "52:54:00:aa:bb:cc", 1 },
        { IPXE_ASSET, "dull", 1 },
        { IPXE_ASSET, " dull ", 0 }
    };

    open_db(test_path("placeholders.db"), "INSERT INTO placeholder (value) "
            "VALUES (' Dull '), ('52:54:00:AA:BB:CC'), ('9a-bc');");

    for (i = 0; i < countof(keys); i++) {
        test(ipxe_catalog_is_placeholder(catalog, keys[i].fact,
                                         str(keys[i].key)) == keys[i].is,
             "'%s' as fact %u means %s", keys[i].key, keys[i].fact,
             keys[i].is ? "nothing" : "something");
    }

    sql(test_path("placeholders.db"), "DELETE FROM placeholder;");
    test(refresh() == IPXE_OK
         && !ipxe_catalog_is_placeholder(catalog, IPXE_ASSET, str("none")),
         "an empty list");

    close_db();
}


static void
test_refresh(void)
{
    char             path[4096];
    ipxe_catalog_t  *was;

    strcpy(path, test_path("refresh.db"));
    open_db(path, "INSERT INTO host (name, mac) VALUES ('web1', "
                  "'52:54:00:00:00:01');"
                  "INSERT INTO var VALUES ('web1', NULL, 'x', 'y');");

    was = catalog;
    test(refresh() == IPXE_OK && catalog == was,
         "what did not change stays");

    test(ipxe_catalog_is_host_var(catalog, str("x"))
         && !ipxe_catalog_is_host_var(catalog, str("y")),
         "which variables hosts have is known");

    ipxe_catalog_profile(catalog, str("local"))->linted = 1;

    sql(path, "UPDATE host SET note = 'x';"
              "INSERT INTO host (name) VALUES ('web2');"
              "INSERT INTO var VALUES ('web2', NULL, 'x', 'y');");
    test(refresh() == IPXE_OK && catalog == was && profile("local")->linted,
         "a change of hosts changes no catalog, nor what was warned of");

    sql(path, "UPDATE profile SET title = 'x' WHERE name = 'menu';");
    test(refresh() == IPXE_OK && profile("menu")->title.set
         && !profile("local")->linted, "a change of a profile does");

    ipxe_catalog_profile(catalog, str("local"))->linted = 1;
    sql(path, "UPDATE template SET body = body || ' ' WHERE name = 'local';");
    test(refresh() == IPXE_OK && !profile("local")->linted,
         "a change of a template does");

    ipxe_catalog_profile(catalog, str("local"))->linted = 1;
    sql(path, "UPDATE var SET value = '7' WHERE name = 'wait_seconds';");
    test(refresh() == IPXE_OK && !profile("local")->linted,
         "a change of a variable does");

    /* the same bytes in another column are another catalog */

    sql(path, "UPDATE profile SET title = 'x', kernel = NULL"
              " WHERE name = 'menu';");
    (void) refresh();
    ipxe_catalog_profile(catalog, str("local"))->linted = 1;
    sql(path, "UPDATE profile SET title = NULL, kernel = 'x'"
              " WHERE name = 'menu';");
    test(refresh() == IPXE_OK && !profile("local")->linted
         && profile("menu")->kernel.set && !profile("menu")->title.set,
         "a text that moves to another column does");

    ipxe_catalog_profile(catalog, str("local"))->linted = 1;
    sql(path, "UPDATE profile SET title = '' WHERE name = 'menu';");
    test(refresh() == IPXE_OK && profile("menu")->title.set
         && !profile("local")->linted, "an empty text for NULL does");

    /* what cannot be read leaves what was read */

    was = catalog;
    sql(path, "ALTER TABLE placeholder RENAME TO p2;");
    test(refresh() == IPXE_UNAVAILABLE && catalog == was && err.len,
         "a table that is lost leaves the catalog as it was");
    test(profile("menu")->title.set, "... which is whole");
    sql(path, "ALTER TABLE p2 RENAME TO placeholder;");
    test_rc(refresh(), IPXE_OK, "... and it is refreshed again");

    /* a value that nobody means */

    sql(path, "PRAGMA ignore_check_constraints = 1;"
              "INSERT INTO template VALUES ('big', 'ipxe',"
              " printf('%.*c', 2000000, 'x'));");
    test(refresh() == IPXE_INVALID && err.len,
         "a template of 2 * 10^6 bytes: '%s'", err.text);
    sql(path, "DELETE FROM template WHERE name = 'big';");
    test_rc(refresh(), IPXE_OK, "... and it goes");

    close_db();
}


static void
test_many(void)
{
    int                    ok, kept;
    char                   name[32];
    size_t                 i, n;
    const ipxe_profile_t  *p;

    /* in lines of 17, each with 16 parents or fewer, and in a circle */

    open_db(test_path("many.db"),
        "DROP TRIGGER profile_insert; DROP TRIGGER profile_update;"
        "INSERT INTO profile (name, parent, args) WITH RECURSIVE n (i) AS"
        " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3400)"
        " SELECT printf('p%05d', i),"
        " iif(i % 17 = 0, NULL, printf('p%05d', i + 1)), 'x' || i FROM n;"
        "INSERT INTO profile (name, parent) WITH RECURSIVE n (i) AS"
        " (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)"
        " SELECT printf('r%05d', i), printf('r%05d', (i + 1) % 100) FROM n;"
        "INSERT INTO var (profile, name, value) SELECT name, 'v', '{{x}}' ||"
        " name FROM profile;");

    for (i = 1, ok = 1, kept = 1; i <= 3400; i++) {
        snprintf(name, sizeof(name), "p%05zu", i);
        p = profile(name);

        ok &= p && ipxe_str_eq(p->name, str(name))
              && ipxe_catalog_profile_at(catalog, i + 2) == p
              && ipxe_catalog_var(catalog, p, str("v"));

        for (n = 0; p->parent; n++) {
            p = p->parent;
        }

        kept &= n == (17 - i % 17) % 17;
    }

    test(ok, "3400 profiles are each found");
    test(kept, "each with its parents, up to 16");

    for (i = 0, n = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "r%05zu", i);

        for (p = profile(name), n = 0; p && n < 1000; n++) {
            p = p->parent;
        }

        if (n == 1000) {
            break;
        }
    }

    test(n < 1000, "a circle of parents has an end");

    close_db();
}


static const char *
sweep(void)
{
    int                     failed;
    ipxe_rc_e               rc;
    const char             *wrong;
    const ipxe_template_t  *tmpl;

    static char  path[4096];

    if (path[0] == '\0') {
        test_fail(0);
        strcpy(path, test_path("sweep.db"));
        make_db(path);
        sql(path, "INSERT INTO profile VALUES ('web', NULL, 'T{{x}}', 'linux',"
                  " '/k', '/a' || char(10) || '/b{{', 'a={{x}}');"
                  "INSERT INTO var VALUES (NULL, 'web', 'v', 'x{{y}}');");
        return NULL;
    }

    catalog = NULL;
    wrong = NULL;

    /* what SQLite does without memory is tested with the store */

    failed = test_failed();
    store = ipxe_store_create(path, 0);
    rc = store ? refresh() : IPXE_NOMEM;
    failed = test_failed();
    test_fail(0);

    if (failed) {

        if (rc != IPXE_NOMEM) {
            wrong = "the code is not IPXE_NOMEM";

        } else if (catalog) {
            wrong = "there is half a catalog";

        } else if (store && refresh() != IPXE_OK) {
            wrong = "it does not recover";
        }
    }

    if (catalog && wrong == NULL
        && (profile("web")->initrds != 2
            || ipxe_catalog_var(catalog, profile("web"), str("v")) == NULL
            || ipxe_catalog_template(catalog, str("ipxe"), str("linux"), &tmpl,
                                     &err) != IPXE_OK))
    {
        wrong = "the catalog is not whole";
    }

    if (catalog) {
        ipxe_catalog_destroy(catalog);
    }

    if (store) {
        ipxe_store_destroy(store);
    }

    /* for the sweep to see that it failed */

    if (failed) {
        test_fail(1);
        (void) ipxe_store_create(path, 0);
    }

    return wrong;
}


int
main(void)
{
    test_shipped();
    test_rows();
    test_placeholders();
    test_refresh();
    test_many();

    (void) sweep();
    test_sweep(NULL, sweep, 100, "a catalog");

    return test_done();
}
