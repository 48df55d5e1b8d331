
/*
 * Boot: which host is it, and which profile does it boot?
 */


#include "ipxe_boot.h"


/* What the stub asks for; a machine that was asked all this has no more. */

#define IPXE_ASKED  (1u << IPXE_MAC | 1u << IPXE_UUID | 1u << IPXE_ASSET      \
                     | 1u << IPXE_SERIAL | 1u << IPXE_IP | 1u << IPXE_ARCH    \
                     | 1u << IPXE_PLATFORM | 1u << IPXE_MANUFACTURER          \
                     | 1u << IPXE_PRODUCT)


/* Where a row of host goes. */

typedef struct {
    ipxe_host_t           *host;
    ipxe_mem_t            *mem;
} ipxe_host_row_t;


static void ipxe_boot_begin(ipxe_boot_t *boot);
static unsigned ipxe_boot_identity(const ipxe_boot_t *boot);
static int ipxe_boot_has_identity(const ipxe_boot_t *boot);
static int ipxe_boot_uses(const ipxe_boot_t *boot, ipxe_fact_e fact);
static ipxe_rc_e ipxe_boot_match(ipxe_boot_t *boot, ipxe_fact_e fact,
    ipxe_host_t *host);
static ipxe_rc_e ipxe_boot_match_uuid(ipxe_boot_t *boot, ipxe_host_t *host);
static ipxe_rc_e ipxe_boot_lookup(ipxe_boot_t *boot, unsigned query,
    ipxe_fact_e fact, ipxe_str_t key, ipxe_host_t *host);
static ipxe_rc_e ipxe_boot_host_row(void *data, const ipxe_str_t *column,
    ipxe_err_t *err);
static int ipxe_boot_disagrees(ipxe_boot_t *boot, ipxe_fact_e fact);
static int ipxe_boot_row_has(const ipxe_boot_t *boot, ipxe_fact_e fact,
    int swapped);
static int ipxe_boot_row_is(const ipxe_boot_t *boot, const ipxe_host_t *host,
    ipxe_fact_e fact, ipxe_str_t key);
static void ipxe_boot_conflict(ipxe_boot_t *boot, ipxe_fact_e fact,
    const ipxe_host_t *other);
static int ipxe_token_is(ipxe_str_t token, ipxe_str_t other);
static void ipxe_boot_choose(ipxe_boot_t *boot);
static ipxe_rc_e ipxe_boot_is_armed(ipxe_boot_t *boot, int *armed);


ipxe_rc_e
ipxe_boot_find(ipxe_boot_t *boot)
{
    size_t       i;
    ipxe_rc_e    rc;
    ipxe_host_t  other;
    ipxe_fact_e  fact;

    ipxe_boot_begin(boot);

    boot->identity = ipxe_boot_identity(boot);

    if (!ipxe_boot_has_identity(boot) && boot->can_ask
        && (boot->facts->asked & IPXE_ASKED) != IPXE_ASKED)
    {
        boot->result = IPXE_RESULT_STUB;
        return IPXE_OK;
    }

    for (i = 0; i < boot->n; i++) {

        fact = boot->keys[i];

        if (!ipxe_boot_uses(boot, fact)
            || (boot->key != IPXE_KEYS && ipxe_boot_row_has(boot, fact, 0)))
        {
            continue;
        }

        rc = ipxe_boot_match(boot, fact, &other);

        if (rc == IPXE_DECLINED) {
            continue;
        }

        if (rc == IPXE_INVALID) {
            boot->result = IPXE_RESULT_ERROR;
            return IPXE_OK;
        }

        if (rc != IPXE_OK || boot->result == IPXE_RESULT_CONFLICT) {
            return rc;
        }

        if (boot->key == IPXE_KEYS) {
            boot->key = fact;
            boot->host = other;

            if (boot->first) {
                break;
            }

            continue;
        }

        if (!ipxe_str_eq(other.name, boot->host.name)) {
            ipxe_boot_conflict(boot, fact, &other);
            return IPXE_OK;
        }
    }

    if (boot->key != IPXE_KEYS && !boot->first) {

        for (fact = IPXE_UUID; fact < IPXE_KEYS; fact++) {
            if (ipxe_boot_disagrees(boot, fact)) {
                ipxe_boot_conflict(boot, fact, NULL);
                return IPXE_OK;
            }
        }
    }

    ipxe_boot_choose(boot);

    return IPXE_OK;
}


ipxe_rc_e
ipxe_boot_find_token(ipxe_boot_t *boot)
{
    ipxe_rc_e        rc, spent;
    ipxe_err_t       why;
    ipxe_host_row_t  row;

    ipxe_boot_begin(boot);

    row.host = &boot->host;
    row.mem = boot->mem;

    rc = ipxe_store_query(boot->store, IPXE_QUERY_TOKEN, boot->token,
                          ipxe_boot_host_row, &row, &boot->err);

    if (rc != IPXE_OK && rc != IPXE_DECLINED) {
        return rc;
    }

    /* asked for any token, so that all take the same time */

    spent = boot->is_spent
            ? boot->is_spent(boot->events, boot->token, &why) : IPXE_DECLINED;

    if (rc == IPXE_DECLINED || !ipxe_token_is(boot->token, boot->host.token)) {
        memset(&boot->host, 0, sizeof(ipxe_host_t));
        boot->result = IPXE_RESULT_UNKNOWN;
        return IPXE_OK;
    }

    if (spent == IPXE_OK) {
        boot->result = IPXE_RESULT_SPENT;
        return IPXE_OK;
    }

    boot->key = IPXE_MAC;
    ipxe_boot_choose(boot);
    boot->key = IPXE_KEYS;

    return IPXE_OK;
}


const char *
ipxe_key_name(ipxe_fact_e key)
{
    static const char  *names[] = { "mac", "uuid", "asset", "serial", "" };

    return names[key];
}


const char *
ipxe_result_name(ipxe_result_e result)
{
    static const char  *names[] = {
        "host", "default", "stub", "unknown", "conflict", "error",
        "unavailable", "spent"
    };

    return names[result];
}


static void
ipxe_boot_begin(ipxe_boot_t *boot)
{
    memset(&boot->host, 0, sizeof(ipxe_host_t));

    boot->key = IPXE_KEYS;
    boot->profile = NULL;
    boot->profile_name.len = 0;
    boot->err.len = 0;
    boot->result = IPXE_RESULT_HOST;
}


/* The keys that the machine shows and that mean something, a bit for each. */

static unsigned
ipxe_boot_identity(const ipxe_boot_t *boot)
{
    unsigned             identity;
    ipxe_fact_e          fact;
    const ipxe_facts_t  *facts;

    facts = boot->facts;
    identity = 0;

    for (fact = IPXE_MAC; fact < IPXE_KEYS; fact++) {

        if (facts->key[fact].len
            && !ipxe_catalog_is_placeholder(boot->catalog, fact,
                                            facts->key[fact])
            && (fact != IPXE_UUID
                || !ipxe_catalog_is_placeholder(boot->catalog, fact,
                                                facts->swapped)))
        {
            identity |= 1u << fact;
        }
    }

    return identity;
}


static int
ipxe_boot_has_identity(const ipxe_boot_t *boot)
{
    size_t  i;

    for (i = 0; i < boot->n; i++) {
        if (ipxe_boot_uses(boot, boot->keys[i])) {
            return 1;
        }
    }

    return 0;
}


static int
ipxe_boot_uses(const ipxe_boot_t *boot, ipxe_fact_e fact)
{
    return boot->identity >> fact & 1;
}


static ipxe_rc_e
ipxe_boot_match(ipxe_boot_t *boot, ipxe_fact_e fact, ipxe_host_t *host)
{
    ipxe_rc_e  rc;

    if (fact == IPXE_UUID) {
        return ipxe_boot_match_uuid(boot, host);
    }

    rc = ipxe_boot_lookup(boot, IPXE_QUERY_HOST + fact, fact,
                          boot->facts->key[fact], host);

    if (rc == IPXE_DECLINED && fact == IPXE_MAC) {
        rc = ipxe_boot_lookup(boot, IPXE_QUERY_NIC, fact,
                              boot->facts->key[fact], host);
    }

    return rc;
}


static ipxe_rc_e
ipxe_boot_match_uuid(ipxe_boot_t *boot, ipxe_host_t *host)
{
    ipxe_rc_e            rc;
    ipxe_host_t          swapped;
    const ipxe_facts_t  *facts;

    facts = boot->facts;

    rc = ipxe_boot_lookup(boot, IPXE_QUERY_HOST + IPXE_UUID, IPXE_UUID,
                          facts->key[IPXE_UUID], host);

    if (rc == IPXE_DECLINED) {
        return ipxe_boot_lookup(boot, IPXE_QUERY_HOST + IPXE_UUID, IPXE_UUID,
                                facts->swapped, host);
    }

    if (rc != IPXE_OK || !facts->uuid_raw
        || ipxe_str_eq(facts->key[IPXE_UUID], facts->swapped))
    {
        return rc;
    }

    rc = ipxe_boot_lookup(boot, IPXE_QUERY_HOST + IPXE_UUID, IPXE_UUID,
                          facts->swapped, &swapped);

    if (rc != IPXE_OK) {
        return rc == IPXE_DECLINED ? IPXE_OK : rc;
    }

    /* the loader may mean the one or the other */

    if (!boot->first) {
        boot->host = *host;
        boot->key = IPXE_UUID;
        ipxe_boot_conflict(boot, IPXE_UUID, &swapped);
    }

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_boot_lookup(ipxe_boot_t *boot, unsigned query, ipxe_fact_e fact,
    ipxe_str_t key, ipxe_host_t *host)
{
    char             name[IPXE_NAME_SIZE];
    ipxe_rc_e        rc;
    ipxe_host_row_t  row;

    row.host = host;
    row.mem = boot->mem;

    rc = ipxe_store_query(boot->store, query, key, ipxe_boot_host_row, &row,
                          &boot->err);

    /* an index that was damaged may lead to any row */

    if (rc == IPXE_OK && !ipxe_boot_row_is(boot, host, fact, key)) {
        return ipxe_err(&boot->err, IPXE_UNAVAILABLE, "is damaged: its index "
                        "of host.%s leads to host \"%s\", which has another: "
                        "put a good copy in its place with sqlite3 and "
                        ".restore", ipxe_key_name(fact),
                        ipxe_name(name, host->name));
    }

    return rc;
}


static ipxe_rc_e
ipxe_boot_host_row(void *data, const ipxe_str_t *column, ipxe_err_t *err)
{
    ipxe_host_row_t *row = data;

    size_t          i, len;
    ipxe_host_t    *host;
    ipxe_str_t     *copy[8];
    unsigned char  *p;

    (void) err;

    host = row->host;

    copy[0] = &host->name;
    copy[1] = &host->key[IPXE_MAC];
    copy[2] = &host->key[IPXE_UUID];
    copy[3] = &host->key[IPXE_ASSET];
    copy[4] = &host->key[IPXE_SERIAL];
    copy[5] = &host->profile;
    copy[6] = &host->install;
    copy[7] = &host->token;

    len = 1;

    for (i = 0; i < 8; i++) {
        len += column[i].len;
    }

    p = row->mem->alloc(row->mem->data, len);
    if (p == NULL) {
        return IPXE_NOMEM;
    }

    for (i = 0; i < 8; i++) {
        *copy[i] = column[i];

        if (column[i].data) {
            memcpy(p, column[i].data, column[i].len);
            copy[i]->data = p;
            p += column[i].len;
        }
    }

    return IPXE_OK;
}


/* Whether the row names another UUID, asset tag or serial number. */

static int
ipxe_boot_disagrees(ipxe_boot_t *boot, ipxe_fact_e fact)
{
    return boot->host.key[fact].len && ipxe_boot_uses(boot, fact)
           && !ipxe_boot_row_has(boot, fact, 1);
}


/*
 * Whether the row names what the machine shows: SWAPPED accepts a UUID in the
 * other byte order, which another row may have as it is.
 */

static int
ipxe_boot_row_has(const ipxe_boot_t *boot, ipxe_fact_e fact, int swapped)
{
    const ipxe_facts_t  *facts;

    facts = boot->facts;

    return ipxe_boot_row_is(boot, &boot->host, fact, facts->key[fact])
           || (swapped && fact == IPXE_UUID
               && ipxe_boot_row_is(boot, &boot->host, fact, facts->swapped));
}


/* Whether KEY is the canonical form of what HOST has. */

static int
ipxe_boot_row_is(const ipxe_boot_t *boot, const ipxe_host_t *host,
    ipxe_fact_e fact, ipxe_str_t key)
{
    ipxe_str_t     str, own;
    unsigned char  text[IPXE_MAX_FACT];

    str = host->key[fact];
    own.data = text;

    if (str.len == 0 || str.len > sizeof(text)) {
        return 0;
    }

    /* as it is mostly written */

    if (key.data == boot->facts->key[fact].data
        && ipxe_str_eq(str, boot->facts->text[fact]))
    {
        return 1;
    }

    switch (fact) {

    case IPXE_MAC:
        own.len = ipxe_mac_key(str, text);
        break;

    case IPXE_UUID:
        own.len = ipxe_uuid_key(str, text);
        break;

    default:
        own.len = ipxe_text_key(str, text);
        break;
    }

    return ipxe_str_eq(own, key);
}


static void
ipxe_boot_conflict(ipxe_boot_t *boot, ipxe_fact_e fact,
    const ipxe_host_t *other)
{
    char  a[IPXE_NAME_SIZE], b[IPXE_NAME_SIZE], c[IPXE_NAME_SIZE];

    boot->result = IPXE_RESULT_CONFLICT;

    (void) ipxe_name(a, boot->host.name);

    if (other == NULL) {
        (void) ipxe_err(&boot->err, IPXE_INVALID, "host.%s of \"%s\" is "
                        "\"%s\", but the machine, found by its %s, shows "
                        "\"%s\": correct the row, or set it to NULL",
                        ipxe_key_name(fact), a,
                        ipxe_name(b, boot->host.key[fact]),
                        ipxe_key_name(boot->key),
                        ipxe_name(c, boot->facts->text[fact]));
        return;
    }

    (void) ipxe_err(&boot->err, IPXE_INVALID, "host \"%s\" by its %s and host "
                    "\"%s\" by its %s both claim this machine: correct one "
                    "of the rows", a, ipxe_key_name(boot->key),
                    ipxe_name(b, other->name), ipxe_key_name(fact));
}


/* In a time that does not tell how much of it is right. */

static int
ipxe_token_is(ipxe_str_t token, ipxe_str_t other)
{
    size_t         i;
    unsigned char  differ;

    if (token.len != other.len) {
        return 0;
    }

    differ = 0;

    for (i = 0; i < token.len; i++) {
        differ |= token.data[i] ^ other.data[i];
    }

    return differ == 0;
}


/* Which profile does it boot? */

static void
ipxe_boot_choose(ipxe_boot_t *boot)
{
    int          armed;
    char         a[IPXE_NAME_SIZE], b[IPXE_NAME_SIZE];
    const char  *column;

    if (boot->key == IPXE_KEYS) {

        boot->profile = ipxe_catalog_profile(boot->catalog,
                                             boot->default_profile);
        boot->profile_name = boot->default_profile;
        boot->result = IPXE_RESULT_DEFAULT;

        if (boot->profile == NULL) {
            boot->profile_name.len = 0;
            boot->result = IPXE_RESULT_UNKNOWN;
        }

        return;
    }

    if (ipxe_boot_is_armed(boot, &armed) != IPXE_OK) {
        boot->result = IPXE_RESULT_ERROR;
        return;
    }

    column = armed ? "install" : "profile";
    boot->profile_name = armed ? boot->host.install : boot->host.profile;
    boot->profile = ipxe_catalog_profile(boot->catalog, boot->profile_name);

    if (boot->profile == NULL) {
        boot->result = IPXE_RESULT_ERROR;
        (void) ipxe_err(&boot->err, IPXE_INVALID, "host.%s of \"%s\" is "
                        "\"%s\", which is not in profile.name: insert that "
                        "profile or give another", column,
                        ipxe_name(a, boot->host.name),
                        ipxe_name(b, boot->profile_name));
        boot->profile_name.len = 0;
    }
}


/*
 * Whether the host is to be installed: install is set, and its token is not
 * spent.  Where nobody knows that, nothing is installed.
 */

static ipxe_rc_e
ipxe_boot_is_armed(ipxe_boot_t *boot, int *armed)
{
    char        a[IPXE_NAME_SIZE], b[IPXE_NAME_SIZE];
    ipxe_err_t  why;

    *armed = 0;

    if (boot->host.install.data == NULL) {
        return IPXE_OK;
    }

    (void) ipxe_name(a, boot->host.name);
    (void) ipxe_name(b, boot->host.install);

    if (boot->is_spent == NULL) {
        return ipxe_err(&boot->err, IPXE_INVALID, "host.install of \"%s\" is "
                        "\"%s\", but nothing can be installed without the "
                        "directive ipxe_events, which remembers that it was "
                        "done: configure it, or set host.install to NULL", a,
                        b);
    }

    why.len = 0;

    switch (boot->is_spent(boot->events, boot->host.token, &why)) {

    case IPXE_OK:
        return IPXE_OK;

    case IPXE_DECLINED:

        /* a file belongs to an install that has begun */

        if (boot->token.len == 0 && ipxe_store_is_stale(boot->store)) {
            return ipxe_err(&boot->err, IPXE_INVALID, "host.install of \"%s\" "
                            "was \"%s\", but whether it still is cannot be "
                            "known: the error log of nginx says why the hosts "
                            "database cannot be read", a, b);
        }

        *armed = 1;
        return IPXE_OK;

    case IPXE_INVALID:
        return ipxe_err(&boot->err, IPXE_INVALID, "host.install of \"%s\" is "
                        "\"%s\", but the file of ipxe_events was begun, or "
                        "put there, after that was set, and cannot know "
                        "whether it is done: set host.install again", a, b);

    default:
        return ipxe_err(&boot->err, IPXE_INVALID, "host.install of \"%s\" is "
                        "\"%s\", but whether it is done cannot be known: %s",
                        a, b, why.len ? why.text : "there is no memory");
    }
}
