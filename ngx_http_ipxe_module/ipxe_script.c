
/*
 * Boot: what does the profile say to this machine?  The template of the
 * profile is rendered with the names of the machine, the profile and the
 * server, and with the variables of host, profile and all.
 */


#include <stddef.h>

#include "ipxe_boot.h"
#include "ipxe_form.h"
#include "ipxe_lint.h"


/* More sorts of text than a dialect has to know. */

enum {
    IPXE_TEXT_PATH = IPXE_TEXT_SERVER + 1,      /* a URL, or one on base_url */
    IPXE_TEXT_FILE                              /* the last part of it */
};


/* A variable of the host. */

typedef struct {
    ipxe_str_t            name;
    ipxe_field_t          field;
} ipxe_host_var_t;


/* A profile in a menu: what it says can be rendered, or WHY not. */

typedef struct {
    ipxe_object_e          object;
    const ipxe_profile_t  *profile;
    ipxe_str_t             why;
} ipxe_choice_t;


typedef struct {
    ipxe_boot_t           *boot;
    const ipxe_dialect_t  *dialect;
    ipxe_scope_t           scope;
    ipxe_host_var_t       *vars;
    size_t                 n;
    size_t                 size;
    ipxe_draft_t          *draft;       /* of a form, or NULL */

    /* the usable choices, and from the end of ALL on the others */
    ipxe_choice_t         *choices;
    size_t                 usable;
    size_t                 unusable;
    size_t                 all;

    unsigned               loaded:1;    /* the variables are known */
    unsigned               chosen:1;    /* ... and the choices */
    unsigned               trying:1;    /* ... one of which is rendered */
} ipxe_scene_t;


/*
 * An initrd in a section.  Its name as a file is the last part of its URL.
 */

typedef struct {
    ipxe_object_e         object;
    ipxe_value_t          value;
    unsigned              last:1;
} ipxe_initrd_t;


/* A name that templates know by themselves, asked for in PROFILE. */

typedef struct {
    ipxe_scene_t          *scene;
    ipxe_boot_t           *boot;
    const ipxe_profile_t  *profile;
    uintptr_t              arg;
    ipxe_value_t          *value;
    ipxe_err_t            *err;
} ipxe_ask_t;


typedef struct {
    ipxe_str_t            name;
    ipxe_rc_e           (*get)(ipxe_ask_t *ask);
    uintptr_t             arg;
} ipxe_name_t;


static ipxe_rc_e ipxe_scene_fill(ipxe_scene_t *scene, ipxe_buf_t *out);
static ipxe_rc_e ipxe_scene_word(ipxe_scene_t *scene, const ipxe_word_t *word,
    ipxe_str_t *text);
static ipxe_rc_e ipxe_scene_draw(ipxe_scene_t *scene, ipxe_buf_t *out);
static ipxe_rc_e ipxe_scene_render(ipxe_scene_t *scene, ipxe_buf_t *out);
static ipxe_host_var_t *ipxe_scene_host_var(ipxe_scene_t *scene,
    ipxe_str_t name);
static ipxe_str_t ipxe_host_var_text(const ipxe_host_var_t *var);
static void ipxe_scene_note(ipxe_scene_t *scene, const ipxe_name_t *name,
    ipxe_value_t *value);
static ipxe_rc_e ipxe_scene_load_vars(ipxe_scene_t *scene, ipxe_err_t *err);
static ipxe_rc_e ipxe_scene_add_var(void *data, const ipxe_str_t *column,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_scene_get(void *data, const void *object,
    ipxe_str_t name, ipxe_value_t *value, ipxe_err_t *err);
static ipxe_rc_e ipxe_scene_get_initrd(const ipxe_initrd_t *initrd,
    ipxe_str_t name, ipxe_value_t *value);
static ipxe_rc_e ipxe_scene_get_var(ipxe_scene_t *scene,
    const ipxe_profile_t *profile, ipxe_str_t name, ipxe_value_t *value,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_scene_choose(ipxe_scene_t *scene, ipxe_err_t *err);
static ipxe_rc_e ipxe_scene_try(ipxe_scene_t *scene,
    const ipxe_template_t *tmpl, ipxe_choice_t *choice, ipxe_buf_t *out);
static ipxe_rc_e ipxe_scene_leave_out(ipxe_scene_t *scene,
    ipxe_choice_t *choice, const char *why);
static void ipxe_scene_menu_item(const ipxe_scene_t *scene,
    const ipxe_value_t *list, size_t i, ipxe_value_t *value);
static ipxe_rc_e ipxe_scene_item(void *data, const ipxe_value_t *list,
    size_t i, ipxe_value_t *value, ipxe_err_t *err);
static ipxe_rc_e ipxe_scene_partial(void *data, ipxe_str_t name,
    const ipxe_template_t **tmpl, ipxe_err_t *err);
static ipxe_rc_e ipxe_scene_escape(void *data, ipxe_buf_t *out, size_t from,
    const ipxe_value_t *value, unsigned how, ipxe_err_t *err);
static ipxe_rc_e ipxe_scene_absolute(ipxe_scene_t *scene, ipxe_buf_t *out,
    size_t from);
static void ipxe_scene_file(ipxe_buf_t *out, size_t from);
static void ipxe_scene_lint(ipxe_boot_t *boot, ipxe_str_t script);
static void ipxe_scene_hash(void *data, unsigned line, const char *what);
static void ipxe_scene_warn(void *data, unsigned line, const char *what);

static ipxe_rc_e ipxe_name_host(ipxe_ask_t *ask);
static ipxe_rc_e ipxe_name_token(ipxe_ask_t *ask);
static ipxe_rc_e ipxe_name_url(ipxe_ask_t *ask);
static ipxe_rc_e ipxe_name_fact(ipxe_ask_t *ask);
static ipxe_rc_e ipxe_name_profile(ipxe_ask_t *ask);
static ipxe_rc_e ipxe_name_field(ipxe_ask_t *ask);
static ipxe_rc_e ipxe_name_template(ipxe_ask_t *ask);
static ipxe_rc_e ipxe_name_initrds(ipxe_ask_t *ask);
static ipxe_rc_e ipxe_name_profiles(ipxe_ask_t *ask);
static ipxe_rc_e ipxe_name_menu(ipxe_ask_t *ask);
static ipxe_rc_e ipxe_name_is_default(ipxe_ask_t *ask);
static ipxe_rc_e ipxe_field_value(const ipxe_field_t *field,
    ipxe_value_t *value, ipxe_err_t *err);
static ipxe_rc_e ipxe_value_join(ipxe_value_t *value, ipxe_mem_t *mem,
    ipxe_str_t a, const char *b, ipxe_str_t c);


/* What templates know by themselves; var.name in schema.sql reserves these. */

static const ipxe_name_t  ipxe_names[] = {
    { ipxe_string("name"), ipxe_name_host, 0 },
    { ipxe_string("mac"), ipxe_name_fact, IPXE_MAC },
    { ipxe_string("uuid"), ipxe_name_fact, IPXE_UUID },
    { ipxe_string("asset"), ipxe_name_fact, IPXE_ASSET },
    { ipxe_string("serial"), ipxe_name_fact, IPXE_SERIAL },
    { ipxe_string("ip"), ipxe_name_fact, IPXE_IP },
    { ipxe_string("arch"), ipxe_name_fact, IPXE_ARCH },
    { ipxe_string("platform"), ipxe_name_fact, IPXE_PLATFORM },
    { ipxe_string("manufacturer"), ipxe_name_fact, IPXE_MANUFACTURER },
    { ipxe_string("product"), ipxe_name_fact, IPXE_PRODUCT },

    { ipxe_string("profile"), ipxe_name_profile, 0 },
    { ipxe_string("title"), ipxe_name_field, offsetof(ipxe_profile_t, title) },
    { ipxe_string("kernel"), ipxe_name_field,
      offsetof(ipxe_profile_t, kernel) },
    { ipxe_string("args"), ipxe_name_field, offsetof(ipxe_profile_t, args) },
    { ipxe_string("template"), ipxe_name_template, 0 },
    { ipxe_string("initrd"), ipxe_name_initrds, 0 },
    { ipxe_string("initrds"), ipxe_name_initrds, 1 },
    { ipxe_string("profiles"), ipxe_name_profiles, 0 },
    { ipxe_string("unusable"), ipxe_name_profiles, 1 },
    { ipxe_string("menu"), ipxe_name_menu, 0 },
    { ipxe_string("is_default"), ipxe_name_is_default, 0 },

    { ipxe_string("token"), ipxe_name_token, 0 },
    { ipxe_string("base_url"), ipxe_name_url, (uintptr_t) NULL },
    { ipxe_string("file_url"), ipxe_name_url, (uintptr_t) "/file/" },
    { ipxe_string("event_url"), ipxe_name_url, (uintptr_t) "/ipxe/event/" },
    { ipxe_null_string, NULL, 0 }
};


static const char  *ipxe_shown[IPXE_FACTS] = {
    "the MAC that the machine shows",
    "the UUID that the machine shows",
    "the asset tag that the machine shows",
    "the serial number that the machine shows",
    "the address that the machine shows",
    "the architecture that the machine shows",
    "the platform that the machine shows",
    "the manufacturer that the machine shows",
    "the product that the machine shows",
    "the host name that the machine shows"
};


ipxe_rc_e
ipxe_boot_render(ipxe_boot_t *boot, const ipxe_dialect_t *dialect,
    ipxe_buf_t *out)
{
    size_t                  from;
    ipxe_rc_e               rc;
    ipxe_str_t              script;
    ipxe_scene_t            scene;
    const ipxe_template_t  *tmpl;

    memset(&scene, 0, sizeof(ipxe_scene_t));

    scene.boot = boot;
    scene.dialect = dialect;

    from = out->len;

    if (boot->file.len
        && ipxe_catalog_template(boot->catalog, dialect->name, boot->file,
                                 &tmpl, NULL)
           == IPXE_DECLINED)
    {
        boot->result = IPXE_RESULT_UNKNOWN;
        return IPXE_OK;
    }

    rc = ipxe_scene_fill(&scene, out);

    if (rc == IPXE_DECLINED) {
        rc = ipxe_scene_draw(&scene, out);
    }

    if (rc == IPXE_OK && boot->warn && dialect == &ipxe_dialect_ipxe
        && out->len > from
        && boot->profile->linted != ipxe_store_generation(boot->store))
    {
        script.data = out->data + from;
        script.len = out->len - from;

        boot->profile->linted = ipxe_store_generation(boot->store);
        ipxe_scene_lint(boot, script);
    }

    if (rc == IPXE_OK) {
        rc = dialect->finish(out, &boot->err);
    }

    if (rc == IPXE_INVALID) {
        boot->result = IPXE_RESULT_ERROR;
        return IPXE_OK;
    }

    return rc;
}


/* Fills in the form that fits, or returns IPXE_DECLINED. */

static ipxe_rc_e
ipxe_scene_fill(ipxe_scene_t *scene, ipxe_buf_t *out)
{
    size_t        i;
    ipxe_rc_e     rc;
    ipxe_str_t    text[IPXE_MAX_WORDS];
    ipxe_form_t  *form;

    for (form = scene->boot->profile->forms; form; form = form->next) {

        if (form->dialect != scene->dialect
            || !ipxe_str_eq(form->base_url, scene->boot->base_url)
            || !ipxe_str_eq(form->file, scene->boot->file))
        {
            continue;
        }

        for (i = 0; i < form->n; i++) {

            rc = ipxe_scene_word(scene, &form->words[i], &text[i]);

            /* what is wrong is said with its place, which rendering knows */

            if (rc != IPXE_OK) {
                return rc == IPXE_INVALID ? IPXE_DECLINED : rc;
            }
        }

        rc = ipxe_form_fill(form, text, out);
        if (rc != IPXE_DECLINED) {
            return rc;
        }
    }

    return IPXE_DECLINED;
}


static ipxe_rc_e
ipxe_scene_word(ipxe_scene_t *scene, const ipxe_word_t *word, ipxe_str_t *text)
{
    ipxe_rc_e           rc;
    ipxe_ask_t          ask;
    ipxe_value_t        value;
    ipxe_host_var_t    *var;
    const ipxe_name_t  *name;

    static const ipxe_str_t  none = ipxe_null_string;

    *text = none;
    name = word->name;

    if (name == NULL) {

        rc = ipxe_scene_load_vars(scene, &scene->boot->err);
        if (rc != IPXE_OK) {
            return rc;
        }

        var = ipxe_scene_host_var(scene, word->var);

        if (var) {
            *text = ipxe_host_var_text(var);
        }

        return IPXE_OK;
    }

    memset(&value, 0, sizeof(ipxe_value_t));

    ask.scene = scene;
    ask.boot = scene->boot;
    ask.profile = scene->boot->profile;
    ask.arg = name->arg;
    ask.value = &value;
    ask.err = &scene->boot->err;

    rc = name->get(&ask);

    if (rc == IPXE_OK) {
        *text = value.text;
    }

    return rc == IPXE_DECLINED ? IPXE_OK : rc;
}


/* Renders the answer, and keeps the form of it. */

static ipxe_rc_e
ipxe_scene_draw(ipxe_scene_t *scene, ipxe_buf_t *out)
{
    size_t           from;
    ipxe_rc_e        rc;
    ipxe_mem_t      *mem;
    ipxe_form_t     *form;
    ipxe_draft_t     draft;
    ipxe_profile_t  *profile;

    profile = scene->boot->profile;
    mem = ipxe_catalog_mem(scene->boot->catalog);
    from = out->len;

    draft.n = 0;
    draft.nblanks = 0;
    draft.spoilt = (profile->nforms == IPXE_MAX_FORMS);

    scene->draft = &draft;

    rc = ipxe_scene_render(scene, out);
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_form_make(&form, &draft, out, from, mem);

    if (rc == IPXE_OK) {
        form->dialect = scene->dialect;

        rc = ipxe_str_copy(&form->base_url, scene->boot->base_url, mem);
    }

    if (rc == IPXE_OK) {
        rc = ipxe_str_copy(&form->file, scene->boot->file, mem);
    }

    if (rc == IPXE_OK) {
        form->next = profile->forms;
        profile->forms = form;
        profile->nforms++;
    }

    return rc == IPXE_DECLINED ? IPXE_OK : rc;
}


static ipxe_rc_e
ipxe_scene_render(ipxe_scene_t *scene, ipxe_buf_t *out)
{
    char                    row[IPXE_NAME_SIZE], name[IPXE_NAME_SIZE];
    ipxe_rc_e               rc;
    ipxe_ask_t              ask;
    ipxe_boot_t            *boot;
    ipxe_scope_t           *scope;
    ipxe_value_t            value;
    const ipxe_template_t  *tmpl;

    boot = scene->boot;

    memset(&value, 0, sizeof(ipxe_value_t));

    ask.scene = scene;
    ask.boot = boot;
    ask.profile = boot->profile;
    ask.arg = 0;
    ask.value = &value;
    ask.err = &boot->err;

    rc = ipxe_name_template(&ask);

    if (boot->file.len) {
        value.text = boot->file;
        rc = IPXE_OK;
    }

    (void) ipxe_name(row, boot->profile->name);

    if (rc == IPXE_DECLINED) {
        return ipxe_err(&boot->err, IPXE_INVALID, "profile.template of \"%s\" "
                        "and of its parents is NULL: set it to the name of a "
                        "template, such as 'linux'", row);
    }

    rc = ipxe_catalog_template(boot->catalog, scene->dialect->name, value.text,
                               &tmpl, &boot->err);

    if (rc == IPXE_DECLINED) {
        return ipxe_err(&boot->err, IPXE_INVALID, "profile.template of \"%s\" "
                        "is \"%s\", which has no row of dialect '%s' in "
                        "template: insert one, or give another template", row,
                        ipxe_name(name, value.text),
                        (const char *) scene->dialect->name.data);
    }

    if (rc != IPXE_OK) {
        return rc;
    }

    scope = &scene->scope;

    scope->get = ipxe_scene_get;
    scope->item = ipxe_scene_item;
    scope->partial = ipxe_scene_partial;
    scope->escape = ipxe_scene_escape;
    scope->data = scene;

    return ipxe_template_render(tmpl, scope, out, &boot->err);
}


/* The variables of the host are read when a template asks for one. */

static ipxe_rc_e
ipxe_scene_load_vars(ipxe_scene_t *scene, ipxe_err_t *err)
{
    ipxe_rc_e     rc;
    ipxe_boot_t  *boot;

    boot = scene->boot;

    if (scene->loaded || boot->host.name.len == 0) {
        return IPXE_OK;
    }

    rc = ipxe_store_query(boot->store, IPXE_QUERY_HOST_VARS, boot->host.name,
                          ipxe_scene_add_var, scene, err);

    if (rc != IPXE_OK && rc != IPXE_DECLINED) {
        return rc;
    }

    scene->loaded = 1;

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_scene_add_var(void *data, const ipxe_str_t *column, ipxe_err_t *err)
{
    ipxe_scene_t *scene = data;

    size_t            n;
    ipxe_rc_e         rc;
    ipxe_str_t        text;
    ipxe_mem_t       *mem;
    ipxe_origin_t     origin;
    ipxe_host_var_t  *vars;

    (void) err;

    mem = scene->boot->mem;

    if (scene->n == scene->size) {

        n = scene->size ? scene->size * 2 : 8;

        vars = mem->alloc(mem->data, n * sizeof(ipxe_host_var_t));
        if (vars == NULL) {
            return IPXE_NOMEM;
        }

        if (scene->n) {
            memcpy(vars, scene->vars, scene->n * sizeof(ipxe_host_var_t));
        }

        scene->vars = vars;
        scene->size = n;
    }

    vars = &scene->vars[scene->n];

    rc = ipxe_str_copy(&vars->name, column[0], mem);
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_str_copy(&text, column[1], mem);
    if (rc != IPXE_OK) {
        return rc;
    }

    origin.field = "var.value of host";
    origin.row = scene->boot->host.name;

    rc = ipxe_field_make(&vars->field, text, origin, mem);
    if (rc != IPXE_OK) {
        return rc;
    }

    scene->n++;

    return IPXE_OK;
}


static ipxe_host_var_t *
ipxe_scene_host_var(ipxe_scene_t *scene, ipxe_str_t name)
{
    size_t  i;

    for (i = 0; i < scene->n; i++) {
        if (ipxe_str_eq(scene->vars[i].name, name)) {
            return &scene->vars[i];
        }
    }

    return NULL;
}


/* As a word of a form: what is a template is not plain, and so is no word. */

static ipxe_str_t
ipxe_host_var_text(const ipxe_host_var_t *var)
{
    static const ipxe_str_t  tags = ipxe_string("");

    return var->field.value.type == IPXE_VALUE_TEXT ? var->field.value.text
                                                    : tags;
}


static ipxe_rc_e
ipxe_scene_get(void *data, const void *object, ipxe_str_t name,
    ipxe_value_t *value, ipxe_err_t *err)
{
    ipxe_scene_t *scene = data;

    ipxe_rc_e              rc;
    ipxe_ask_t             ask;
    const ipxe_name_t     *n;
    const ipxe_choice_t   *choice;
    const ipxe_object_e   *type;
    const ipxe_profile_t  *profile;

    static const ipxe_str_t  why = ipxe_string("why");

    type = object;

    if (type && *type == IPXE_OBJECT_INITRD) {
        return ipxe_scene_get_initrd(object, name, value);
    }

    rc = IPXE_DECLINED;
    profile = object ? object : scene->boot->profile;

    if (type && *type == IPXE_OBJECT_CHOICE) {

        choice = object;
        profile = choice->profile;

        if (ipxe_str_eq(name, why)) {
            value->type = IPXE_VALUE_TEXT;
            value->sort = IPXE_TEXT_SERVER;
            value->text = choice->why;
            return IPXE_OK;
        }
    }

    for (n = ipxe_names; n->name.len; n++) {

        if (n->name.len == name.len && n->name.data[0] == name.data[0]
            && ipxe_str_eq(n->name, name))
        {
            ask.scene = scene;
            ask.boot = scene->boot;
            ask.profile = profile;
            ask.arg = n->arg;
            ask.value = value;
            ask.err = err;

            rc = n->get(&ask);
            break;
        }
    }

    if (n->name.len == 0) {
        rc = ipxe_scene_get_var(scene, profile, name, value, err);

    } else if (rc == IPXE_OK || rc == IPXE_DECLINED) {
        ipxe_scene_note(scene, n, value);
    }

    /* what this profile lacks is not taken from the one that lists it */

    if (rc == IPXE_DECLINED && (object || n->get == ipxe_name_field)) {
        value->type = IPXE_VALUE_MISSING;
        value->origin.field = "profile";
        value->origin.row = profile->name;
        return IPXE_OK;
    }

    return rc;
}


/* Notes for a form that NAME was asked for, if it is the machine's. */

static void
ipxe_scene_note(ipxe_scene_t *scene, const ipxe_name_t *name,
    ipxe_value_t *value)
{
    ipxe_str_t          text;
    const ipxe_name_t  *word;

    static const ipxe_str_t  none = ipxe_null_string;

    word = name;
    text = value->text;

    if (name->get == ipxe_name_url && name->arg != (uintptr_t) NULL) {

        /* these URLs end with the token */

        for (word = ipxe_names; word->get != ipxe_name_token; word++) {
            /* void */
        }

        text = scene->boot->host.token;

    } else if (name->get != ipxe_name_host && name->get != ipxe_name_token
               && name->get != ipxe_name_fact)
    {
        return;
    }

    value->word = ipxe_draft_word(scene->draft, word, none, text);
}


static ipxe_rc_e
ipxe_scene_get_initrd(const ipxe_initrd_t *initrd, ipxe_str_t name,
    ipxe_value_t *value)
{
    static const ipxe_str_t  file = ipxe_string("file");
    static const ipxe_str_t  last = ipxe_string("last");

    if (ipxe_str_eq(name, file)) {
        *value = initrd->value;
        value->sort = IPXE_TEXT_FILE;
        value->object = NULL;
        return IPXE_OK;
    }

    if (ipxe_str_eq(name, last)) {
        value->type = initrd->last ? IPXE_VALUE_TRUE : IPXE_VALUE_FALSE;
        return IPXE_OK;
    }

    return IPXE_DECLINED;
}


/* The nearest wins: host, profile, its parents, all hosts. */

static ipxe_rc_e
ipxe_scene_get_var(ipxe_scene_t *scene, const ipxe_profile_t *profile,
    ipxe_str_t name, ipxe_value_t *value, ipxe_err_t *err)
{
    ipxe_rc_e            rc;
    ipxe_host_var_t     *var;
    const ipxe_field_t  *field;

    static const ipxe_str_t  none = ipxe_null_string;

    if (ipxe_catalog_is_host_var(scene->boot->catalog, name)) {

        rc = ipxe_scene_load_vars(scene, err);
        if (rc != IPXE_OK) {
            return rc;
        }

        var = ipxe_scene_host_var(scene, name);

        if (var) {
            rc = ipxe_field_value(&var->field, value, err);
            value->word = ipxe_draft_word(scene->draft, NULL, name,
                                          ipxe_host_var_text(var));
            return rc;
        }

        (void) ipxe_draft_word(scene->draft, NULL, name, none);
    }

    for ( /* void */ ; profile; profile = profile->parent) {

        field = ipxe_catalog_var(scene->boot->catalog, profile, name);

        if (field) {
            return ipxe_field_value(field, value, err);
        }
    }

    field = ipxe_catalog_var(scene->boot->catalog, NULL, name);

    return field ? ipxe_field_value(field, value, err) : IPXE_DECLINED;
}


static ipxe_rc_e
ipxe_scene_item(void *data, const ipxe_value_t *list, size_t i,
    ipxe_value_t *value, ipxe_err_t *err)
{
    ipxe_scene_t *scene = data;

    ipxe_rc_e              rc;
    ipxe_initrd_t         *initrd;
    const ipxe_profile_t  *profile;

    profile = list->object;

    if (profile) {

        /* a list of the initrds of a profile */

        initrd = scene->boot->mem->alloc(scene->boot->mem->data,
                                         sizeof(ipxe_initrd_t));
        if (initrd == NULL) {
            return IPXE_NOMEM;
        }

        rc = ipxe_field_value(&profile->initrd[i], value, err);
        if (rc != IPXE_OK) {
            return rc;
        }

        value->sort = IPXE_TEXT_PATH;

        initrd->object = IPXE_OBJECT_INITRD;
        initrd->value = *value;
        initrd->last = (i == list->n - 1);

        value->object = initrd;

        return IPXE_OK;
    }

    ipxe_scene_menu_item(scene, list, i, value);

    return IPXE_OK;
}


/* LIST is of the usable ones, or of the others. */

static void
ipxe_scene_menu_item(const ipxe_scene_t *scene, const ipxe_value_t *list,
    size_t i, ipxe_value_t *value)
{
    value->type = IPXE_VALUE_OBJECT;

    if (list->sort) {
        value->object = &scene->choices[scene->all - 1 - i];

    } else {
        value->object = scene->choices[i].profile;
    }
}


/*
 * Sees which of the profiles that have titles, but for the one that lists
 * them, this machine could boot.  One that is wrong is no reason to refuse
 * the others.
 */

static ipxe_rc_e
ipxe_scene_choose(ipxe_scene_t *scene, ipxe_err_t *err)
{
    size_t            i, n;
    ipxe_rc_e         rc;
    ipxe_buf_t        out;
    ipxe_mem_t       *mem;
    ipxe_choice_t     choice;
    ipxe_template_t  *tmpl;

    static const ipxe_str_t     body = ipxe_string("{{title}}\n"
                                                   "{{>*template}}");
    static const ipxe_origin_t  origin = { "the entry in a",
                                           ipxe_string("menu") };

    if (scene->chosen) {
        return IPXE_OK;
    }

    mem = scene->boot->mem;

    for (n = 0; ipxe_catalog_profile_at(scene->boot->catalog, n); n++) {
        /* void */
    }

    scene->choices = mem->alloc(mem->data, n * sizeof(ipxe_choice_t));
    if (scene->choices == NULL) {
        return IPXE_NOMEM;
    }

    rc = ipxe_template_compile(&tmpl, body, origin, mem, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    memset(&out, 0, sizeof(ipxe_buf_t));
    out.limit = IPXE_MAX_OUTPUT;
    out.mem = mem;

    scene->all = n;

    for (i = 0; i < n; i++) {

        memset(&choice, 0, sizeof(ipxe_choice_t));

        choice.object = IPXE_OBJECT_CHOICE;
        choice.profile = ipxe_catalog_profile_at(scene->boot->catalog, i);

        if (!choice.profile->title.set
            || choice.profile == scene->boot->profile)
        {
            continue;
        }

        rc = ipxe_scene_try(scene, tmpl, &choice, &out);
        if (rc != IPXE_OK) {
            return rc;
        }

        if (choice.why.len) {
            scene->unusable++;
            scene->choices[scene->all - scene->unusable] = choice;

        } else {
            scene->choices[scene->usable++] = choice;
        }
    }

    scene->chosen = 1;

    return IPXE_OK;
}


/*
 * Renders what CHOICE would be in a menu.  All that it asks of the machine is
 * noted for the form, as the menu itself depends on it.
 */

static ipxe_rc_e
ipxe_scene_try(ipxe_scene_t *scene, const ipxe_template_t *tmpl,
    ipxe_choice_t *choice, ipxe_buf_t *out)
{
    unsigned      blanks;
    ipxe_rc_e     rc;
    ipxe_err_t    err;
    ipxe_value_t  value;

    memset(&value, 0, sizeof(ipxe_value_t));

    value.type = IPXE_VALUE_OBJECT;
    value.object = choice->profile;

    err.len = 0;
    out->len = 0;
    blanks = scene->draft->nblanks;

    scene->trying = 1;

    rc = ipxe_template_render_in(tmpl, &scene->scope, &value, out, &err);

    if (rc == IPXE_OK) {
        rc = scene->dialect->finish(out, &err);
    }

    scene->trying = 0;
    scene->draft->nblanks = blanks;

    return rc == IPXE_INVALID ? ipxe_scene_leave_out(scene, choice, err.text)
                              : rc;
}


/* WHY as any dialect can hold it, in a comment too. */

static ipxe_rc_e
ipxe_scene_leave_out(ipxe_scene_t *scene, ipxe_choice_t *choice,
    const char *why)
{
    size_t           i, len;
    uint64_t         hash;
    ipxe_mem_t      *mem;
    unsigned char    c, *p;
    ipxe_profile_t  *profile;

    scene->draft->spoilt = 1;

    mem = scene->boot->mem;
    len = strlen(why);

    p = mem->alloc(mem->data, len);
    if (p == NULL) {
        return IPXE_NOMEM;
    }

    choice->why.data = p;
    choice->why.len = len;

    hash = 0;
    ipxe_scene_hash(&hash, 0, why);

    profile = ipxe_catalog_profile(scene->boot->catalog,
                                   choice->profile->name);

    if (profile->left_out != hash && scene->boot->leave_out) {
        profile->left_out = hash;
        scene->boot->leave_out(scene->boot->data, profile->name, why);
    }

    for (i = 0; i < len; i++) {

        c = (unsigned char) why[i];

        if (c == '"' || c == '\'') {
            c = '`';

        } else if (c < 0x20 || c == 0x7f || strchr("\\$|&;", c)
                   || (c == '#' && (i == 0 || why[i - 1] == ' ')))
        {
            c = '?';
        }

        p[i] = c;
    }

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_scene_partial(void *data, ipxe_str_t name, const ipxe_template_t **tmpl,
    ipxe_err_t *err)
{
    ipxe_scene_t *scene = data;

    unsigned  i;

    /* a machine that names a template itself may get another one */

    for (i = 0; i < scene->draft->n; i++) {
        if (ipxe_str_eq(scene->draft->words[i].text, name)) {
            scene->draft->spoilt = 1;
        }
    }

    return ipxe_catalog_template(scene->boot->catalog, scene->dialect->name,
                                 name, tmpl, err);
}


static ipxe_rc_e
ipxe_scene_escape(void *data, ipxe_buf_t *out, size_t from,
    const ipxe_value_t *value, unsigned how, ipxe_err_t *err)
{
    ipxe_scene_t *scene = data;

    char         row[IPXE_NAME_SIZE];
    size_t       len;
    unsigned     sort;
    ipxe_rc_e    rc;
    ipxe_err_t   what;

    sort = value->sort;

    if (value->word) {
        ipxe_draft_blank(scene->draft, value->word, out);
    }

    len = out->len;

    if (sort == IPXE_TEXT_PATH) {

        rc = ipxe_scene_absolute(scene, out, from);
        if (rc != IPXE_OK) {
            return rc;
        }

        ipxe_draft_move(scene->draft, from, out->len - len);

        sort = IPXE_TEXT_URL;

    } else if (sort == IPXE_TEXT_FILE) {
        ipxe_scene_file(out, from);
        ipxe_draft_spoil(scene->draft, from);

        sort = IPXE_TEXT_URL;
    }

    len = out->len;

    rc = scene->dialect->escape(out, from, (ipxe_text_e) sort, how, &what);

    if (out->len != len
        || (scene->dialect->renames && sort == IPXE_TEXT_URL))
    {
        ipxe_draft_spoil(scene->draft, from);
    }

    if (rc != IPXE_INVALID) {
        return rc;
    }

    if (value->origin.row.data == NULL) {
        return ipxe_err(err, rc, "%s holds %s",
                        value->origin.field ? value->origin.field
                                            : "the value", what.text);
    }

    return ipxe_err(err, rc, "%s \"%s\" holds %s", value->origin.field,
                    ipxe_name(row, value->origin.row), what.text);
}


/* A path is one on this server. */

static ipxe_rc_e
ipxe_scene_absolute(ipxe_scene_t *scene, ipxe_buf_t *out, size_t from)
{
    size_t      i;
    ipxe_rc_e   rc;
    ipxe_str_t  path, copy;

    path.data = out->data + from;
    path.len = out->len - from;

    for (i = 0; i < path.len; i++) {
        if (strchr("/?#:", path.data[i]) || path.data[i] == '\0') {
            break;
        }
    }

    if (path.len - i > 2 && memcmp(path.data + i, "://", 3) == 0) {
        return IPXE_OK;
    }

    rc = ipxe_str_copy(&copy, path, scene->boot->mem);
    if (rc != IPXE_OK) {
        return rc;
    }

    out->len = from;

    rc = ipxe_buf_str(out, scene->boot->base_url);

    if (rc == IPXE_OK && (copy.len == 0 || copy.data[0] != '/')) {
        rc = ipxe_buf_text(out, "/");
    }

    if (rc == IPXE_OK) {
        rc = ipxe_buf_str(out, copy);
    }

    return rc;
}


/* What iPXE calls an image: the last part of the path of its URL. */

static void
ipxe_scene_file(ipxe_buf_t *out, size_t from)
{
    size_t  i, start, end;

    start = from;
    end = out->len;

    for (i = from; i < end; i++) {

        if (out->data[i] == '?' || out->data[i] == '#') {
            end = i;
            break;
        }

        if (out->data[i] == '/') {
            start = i + 1;
        }
    }

    if (start > from) {
        memmove(out->data + from, out->data + start, end - start);
    }

    out->len = from + (end - start);
}


/* What was said of the profile already is not said again. */

static void
ipxe_scene_lint(ipxe_boot_t *boot, ipxe_str_t script)
{
    uint64_t  hash;

    hash = 0;
    ipxe_lint(script, ipxe_scene_hash, &hash);

    if (hash != boot->profile->warned) {
        boot->profile->warned = hash;
        ipxe_lint(script, ipxe_scene_warn, boot);
    }
}


static void
ipxe_scene_hash(void *data, unsigned line, const char *what)
{
    uint64_t *hash = data;

    *hash = (*hash ^ line) * 1099511628211ull + 1;

    while (*what) {
        *hash = (*hash ^ (unsigned char) *what++) * 1099511628211ull;
    }
}


static void
ipxe_scene_warn(void *data, unsigned line, const char *what)
{
    ipxe_boot_t *boot = data;

    boot->warn(boot->data, boot->profile->name, line, what);
}


static ipxe_rc_e
ipxe_name_host(ipxe_ask_t *ask)
{
    if (ask->boot->host.name.len == 0) {
        return IPXE_DECLINED;
    }

    ask->value->type = IPXE_VALUE_TEXT;
    ask->value->text = ask->boot->host.name;
    ask->value->origin.field = "host.name";

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_name_token(ipxe_ask_t *ask)
{
    if (ask->boot->host.name.len == 0) {
        return IPXE_DECLINED;
    }

    ask->value->type = IPXE_VALUE_TEXT;
    ask->value->text = ask->boot->host.token;
    ask->value->origin.field = "host.token of";
    ask->value->origin.row = ask->boot->host.name;

    return IPXE_OK;
}


/* ARG is the path that the host's token goes behind, or NULL. */

static ipxe_rc_e
ipxe_name_url(ipxe_ask_t *ask)
{
    ipxe_boot_t  *boot;

    boot = ask->boot;

    ask->value->type = IPXE_VALUE_TEXT;
    ask->value->sort = IPXE_TEXT_SERVER;
    ask->value->text = boot->base_url;
    ask->value->origin.field = "the value of ipxe_base_url";

    if (ask->arg == (uintptr_t) NULL) {
        return IPXE_OK;
    }

    if (boot->host.name.len == 0) {
        return IPXE_DECLINED;
    }

    return ipxe_value_join(ask->value, boot->mem, boot->base_url,
                           (const char *) ask->arg, boot->host.token);
}


/*
 * What the machine shows, or its row has.  The MAC is that of the card which
 * boots; the rest is as the administrator wrote it, in dmidecode's byte order
 * of a UUID, where the row has it.
 */

static ipxe_rc_e
ipxe_name_fact(ipxe_ask_t *ask)
{
    ipxe_rc_e      rc;
    ipxe_str_t     str;
    ipxe_boot_t   *boot;
    ipxe_facts_t   row;

    boot = ask->boot;
    ask->value->type = IPXE_VALUE_TEXT;

    str = boot->facts->text[ask->arg];

    if (ask->arg >= IPXE_KEYS || (ask->arg == IPXE_MAC && str.len)
        || boot->host.key[ask->arg].len == 0)
    {
        ask->value->text = str;
        ask->value->sort = IPXE_TEXT_MACHINE;

        /* these are what they are, or they would not be known */

        if (ask->arg == IPXE_MAC || ask->arg == IPXE_UUID
            || ask->arg == IPXE_IP)
        {
            ask->value->sort = IPXE_TEXT_SERVER;
        }

        ask->value->origin.field = ipxe_shown[ask->arg];

        return str.len ? IPXE_OK : IPXE_DECLINED;
    }

    str = boot->host.key[ask->arg];

    if (ask->arg == IPXE_MAC || ask->arg == IPXE_UUID) {

        memset(&row, 0, sizeof(ipxe_facts_t));

        rc = ipxe_facts_set(&row, (ipxe_fact_e) ask->arg, str, boot->mem);
        if (rc != IPXE_OK) {
            return rc;
        }

        str = row.text[ask->arg];
    }

    ask->value->text = str;
    ask->value->origin.field = "the row of host";
    ask->value->origin.row = boot->host.name;

    return str.len ? IPXE_OK : IPXE_DECLINED;
}


static ipxe_rc_e
ipxe_name_profile(ipxe_ask_t *ask)
{
    ask->value->type = IPXE_VALUE_TEXT;
    ask->value->text = ask->profile->name;
    ask->value->origin.field = "profile.name";

    return IPXE_OK;
}


/* ARG is the offset of title, kernel or args. */

static ipxe_rc_e
ipxe_name_field(ipxe_ask_t *ask)
{
    ipxe_rc_e              rc;
    const ipxe_field_t    *field;
    const ipxe_profile_t  *p;

    for (p = ask->profile; p; p = p->parent) {

        field = (const ipxe_field_t *) ((const char *) p + ask->arg);

        if (!field->set) {
            continue;
        }

        rc = ipxe_field_value(field, ask->value, ask->err);

        if (ask->arg == offsetof(ipxe_profile_t, kernel)) {
            ask->value->sort = IPXE_TEXT_PATH;

            /* nothing is no path on this server */

            if (rc == IPXE_OK && ask->value->text.len == 0) {
                return IPXE_DECLINED;
            }
        }

        return rc;
    }

    return IPXE_DECLINED;
}


static ipxe_rc_e
ipxe_name_template(ipxe_ask_t *ask)
{
    const ipxe_profile_t  *p;

    for (p = ask->profile; p; p = p->parent) {

        if (p->tmpl.data) {
            ask->value->type = IPXE_VALUE_TEXT;
            ask->value->text = p->tmpl;
            ask->value->origin.field = "profile.template of";
            ask->value->origin.row = p->name;
            return IPXE_OK;
        }
    }

    return IPXE_DECLINED;
}


/* ARG is 1 for the list, and 0 for whether there is anything in it. */

static ipxe_rc_e
ipxe_name_initrds(ipxe_ask_t *ask)
{
    const ipxe_profile_t  *p;

    p = ask->profile;

    while (p && p->initrd == NULL) {
        p = p->parent;
    }

    if (p && p->initrds) {
        ask->value->type = ask->arg ? IPXE_VALUE_LIST : IPXE_VALUE_TRUE;
        ask->value->n = p->initrds;
        ask->value->object = ask->arg ? p : NULL;
    }

    return IPXE_OK;
}


/* ARG is 1 for those that cannot be used. */

static ipxe_rc_e
ipxe_name_profiles(ipxe_ask_t *ask)
{
    ipxe_rc_e      rc;
    ipxe_scene_t  *scene;

    scene = ask->scene;

    if (scene->trying) {
        return ipxe_err(ask->err, IPXE_INVALID, "a menu is no entry of a "
                        "menu: set its profile.title to NULL");
    }

    rc = ipxe_scene_choose(scene, ask->err);
    if (rc != IPXE_OK) {
        return rc;
    }

    ask->value->type = IPXE_VALUE_LIST;
    ask->value->sort = (unsigned) ask->arg;
    ask->value->n = ask->arg ? scene->unusable : scene->usable;

    return IPXE_OK;
}


/* Whether what is asked for is an entry of a menu. */

static ipxe_rc_e
ipxe_name_menu(ipxe_ask_t *ask)
{
    ask->value->type = ask->profile == ask->boot->profile ? IPXE_VALUE_FALSE
                                                          : IPXE_VALUE_TRUE;

    return IPXE_OK;
}


/*
 * Whether it is the entry that the variable menu_default names.  A loader that
 * does not find its default boots the first entry, whatever that is: so a
 * menu is to wait for somebody unless one of its entries is the default.
 */

static ipxe_rc_e
ipxe_name_is_default(ipxe_ask_t *ask)
{
    ipxe_rc_e      rc;
    ipxe_value_t   value;
    ipxe_scene_t  *scene;

    static const ipxe_str_t  name = ipxe_string("menu_default");

    scene = ask->scene;
    ask->value->type = IPXE_VALUE_FALSE;

    if (ask->profile == ask->boot->profile) {
        return IPXE_OK;
    }

    /* a form has no blank for this */

    if (ipxe_catalog_is_host_var(ask->boot->catalog, name)) {
        scene->draft->spoilt = 1;
    }

    memset(&value, 0, sizeof(ipxe_value_t));

    rc = ipxe_scene_get_var(scene, ask->boot->profile, name, &value, ask->err);

    if (rc == IPXE_OK && value.type == IPXE_VALUE_TEXT
        && ipxe_str_eq(value.text, ask->profile->name))
    {
        ask->value->type = IPXE_VALUE_TRUE;
    }

    return rc == IPXE_DECLINED ? IPXE_OK : rc;
}


static ipxe_rc_e
ipxe_field_value(const ipxe_field_t *field, ipxe_value_t *value,
    ipxe_err_t *err)
{
    if (field->error) {
        return ipxe_err(err, IPXE_INVALID, "%s", field->error);
    }

    *value = field->value;

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_value_join(ipxe_value_t *value, ipxe_mem_t *mem, ipxe_str_t a,
    const char *b, ipxe_str_t c)
{
    ipxe_rc_e   rc;
    ipxe_buf_t  buf;

    memset(&buf, 0, sizeof(ipxe_buf_t));
    buf.limit = IPXE_MAX_OUTPUT;
    buf.mem = mem;

    rc = ipxe_buf_str(&buf, a);

    if (rc == IPXE_OK) {
        rc = ipxe_buf_text(&buf, b);
    }

    if (rc == IPXE_OK) {
        rc = ipxe_buf_str(&buf, c);
    }

    value->text.data = buf.data;
    value->text.len = buf.len;

    return rc;
}
