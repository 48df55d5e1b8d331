
/*
 * Identity: what a machine shows of itself, in one canonical form.
 */


#include <arpa/inet.h>

#include "ipxe_ident.h"


#define IPXE_MAC_BYTES  20


typedef struct {
    ipxe_str_t            name;
    ipxe_fact_e           fact;
} ipxe_fact_name_t;


typedef struct {
    ipxe_facts_t            *facts;
    ipxe_mem_t              *mem;

    /*
     * The value that a stray "&" goes on, in the query itself while it stands
     * there as it is, and the fact it is for.
     */
    ipxe_str_t               value;
    unsigned char            decoded[IPXE_MAX_FACT + 1];
    size_t                   stray;     /* "&" that nothing came behind yet */
    const ipxe_fact_name_t  *arg;
} ipxe_query_t;


static const ipxe_fact_name_t *ipxe_fact_find(const ipxe_fact_name_t *names,
    ipxe_str_t name);
static ipxe_rc_e ipxe_fact_set_mac(ipxe_facts_t *facts, ipxe_str_t value,
    ipxe_mem_t *mem);
static ipxe_rc_e ipxe_fact_set_uuid(ipxe_facts_t *facts, ipxe_str_t value,
    ipxe_mem_t *mem);
static ipxe_rc_e ipxe_fact_set_text(ipxe_facts_t *facts, ipxe_fact_e fact,
    ipxe_str_t value, ipxe_mem_t *mem);
static int ipxe_is_address(ipxe_str_t str);
static size_t ipxe_query_name(ipxe_str_t piece);
static void ipxe_query_more(ipxe_query_t *q, ipxe_str_t piece);
static void ipxe_query_decode(ipxe_query_t *q, ipxe_str_t str);
static ipxe_rc_e ipxe_query_end(ipxe_query_t *q);
static size_t ipxe_cookie_decode(ipxe_str_t value, unsigned char *text,
    int *odd);
static void ipxe_query_copy(ipxe_query_t *q);
static int ipxe_digits(unsigned char *key, const unsigned char *p, size_t n);
static int ipxe_hex(unsigned c);


static const ipxe_fact_name_t  ipxe_query_names[] = {
    { ipxe_string("mac"), IPXE_MAC },
    { ipxe_string("uuid"), IPXE_UUID },
    { ipxe_string("asset"), IPXE_ASSET },
    { ipxe_string("serial"), IPXE_SERIAL },
    { ipxe_string("ip"), IPXE_IP },
    { ipxe_string("arch"), IPXE_ARCH },
    { ipxe_string("platform"), IPXE_PLATFORM },
    { ipxe_string("manufacturer"), IPXE_MANUFACTURER },
    { ipxe_string("product"), IPXE_PRODUCT },
    { ipxe_string("hostname"), IPXE_HOSTNAME },
    { ipxe_null_string, IPXE_FACTS }
};


/* MBASSET is the board's asset tag, not the chassis' that iPXE shows */

static const ipxe_fact_name_t  ipxe_cookie_names[] = {
    { ipxe_string("_Syslinux_BOOTIF"), IPXE_MAC },
    { ipxe_string("_Syslinux_SYSUUID"), IPXE_UUID },
    { ipxe_string("_Syslinux_SYSSERIAL"), IPXE_SERIAL },
    { ipxe_string("_Syslinux_ip"), IPXE_IP },
    { ipxe_string("_Syslinux_SYSVENDOR"), IPXE_MANUFACTURER },
    { ipxe_string("_Syslinux_SYSPRODUCT"), IPXE_PRODUCT },
    { ipxe_null_string, IPXE_FACTS }
};


/* A hexadecimal digit in lower case; 0 for what is none. */

static const unsigned char  ipxe_digit[256] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
    ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
    ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e',
    ['f'] = 'f', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
    ['E'] = 'e', ['F'] = 'f'
};


/* What an argument's name is made of. */

static const unsigned char  ipxe_query_letter[256] = {
    ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1, ['_'] = 1,
    ['-'] = 1
};


size_t
ipxe_mac_key(ipxe_str_t str, unsigned char *key)
{
    size_t         i, n, group;
    unsigned char  sep, any, digits[(IPXE_MAC_BYTES + 1) * 2];

    /* the first character that is no digit says how the digits are grouped */

    sep = 0;
    group = str.len;

    if (str.len > 2 && (str.data[2] == ':' || str.data[2] == '-')) {
        sep = str.data[2];
        group = 2;

    } else if (str.len > 4 && str.data[4] == '.') {
        sep = '.';
        group = 4;
    }

    n = 0;

    for (i = 0; i < str.len; i += group + (sep != 0)) {

        if (n + group > sizeof(digits) || str.len - i < group
            || !ipxe_digits(digits + n, str.data + i, group))
        {
            return 0;
        }

        n += group;

        /* behind a group comes the end, or another group */

        if (str.len - i > group
            && (str.data[i + group] != sep || str.len - i == group + 1))
        {
            return 0;
        }
    }

    any = 0;
    i = 0;

    if (n == 14 || n == 18 || n == 42) {

        if (memcmp(digits, "01", 2) != 0 && memcmp(digits, "20", 2) != 0) {
            return 0;
        }

        i = 2;
        n -= 2;
    }

    if (n != 12 && n != 16 && n != 40) {
        return 0;
    }

    if (n == 12 && (ipxe_hex(digits[i + 1]) & 1)) {
        return 0;
    }

    memcpy(key, digits + i, n);

    for (i = 0; i < n; i++) {
        any |= key[i] ^ '0';
    }

    return any ? n : 0;
}


size_t
ipxe_uuid_key(ipxe_str_t str, unsigned char *key)
{
    size_t                i, n, from;
    unsigned char         c;
    const unsigned char  *p;

    /* where the hyphens are in the 36 characters, and the end */

    static const unsigned char  hyphens[] = { 8, 13, 18, 23, 36 };

    if (str.len == 38 && str.data[0] == '{' && str.data[37] == '}') {
        str.data++;
        str.len = 36;
    }

    p = str.data;

    if (str.len == 32) {
        return ipxe_digits(key, p, 32) ? 32 : 0;
    }

    if (str.len != 36) {
        return 0;
    }

    from = 0;
    n = 0;

    for (i = 0; i < sizeof(hyphens); i++) {

        c = hyphens[i];

        if (!ipxe_digits(key + n, p + from, c - from)
            || (c < 36 && p[c] != '-'))
        {
            return 0;
        }

        n += c - from;
        from = c + 1u;
    }

    return n;
}


/* Copies N hexadecimal digits in lower case; returns 0 if there is another. */

static int
ipxe_digits(unsigned char *key, const unsigned char *p, size_t n)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < n; i++) {

        c = ipxe_digit[p[i]];
        if (c == 0) {
            return 0;
        }

        key[i] = c;
    }

    return 1;
}


void
ipxe_uuid_swap(const unsigned char *key, unsigned char *swapped)
{
    size_t  i;

    static const unsigned char  order[16] = {
        3, 2, 1, 0,  5, 4,  7, 6,  8, 9, 10, 11, 12, 13, 14, 15
    };

    for (i = 0; i < 16; i++) {
        memcpy(swapped + 2 * i, key + 2 * order[i], 2);
    }
}


size_t
ipxe_text_key(ipxe_str_t str, unsigned char *key)
{
    size_t         i;
    unsigned char  c;

    str = ipxe_str_trim(str);

    for (i = 0; i < str.len; i++) {
        c = str.data[i];
        key[i] = (c >= 'A' && c <= 'Z') ? (unsigned char) (c | 0x20) : c;
    }

    return str.len;
}


ipxe_rc_e
ipxe_facts_query(ipxe_facts_t *facts, ipxe_str_t query, ipxe_mem_t *mem)
{
    size_t                n;
    ipxe_rc_e             rc;
    ipxe_str_t            piece, name;
    ipxe_query_t          q;
    const unsigned char  *end;

    q.facts = facts;
    q.mem = mem;
    q.value.len = 0;
    q.stray = 0;
    q.arg = NULL;

    while (query.len) {

        end = memchr(query.data, '&', query.len);

        piece.data = query.data;
        piece.len = end ? (size_t) (end - query.data) : query.len;

        n = piece.len + (end != NULL);
        query.data += n;
        query.len -= n;

        n = ipxe_query_name(piece);

        if (n == 0) {

            ipxe_query_more(&q, piece);
            continue;
        }

        rc = ipxe_query_end(&q);
        if (rc != IPXE_OK) {
            return rc;
        }

        name.data = piece.data;
        name.len = n - 1;

        q.arg = ipxe_fact_find(ipxe_query_names, name);
        q.value.data = piece.data + n;
        q.value.len = piece.len - n;
        q.stray = 0;

        if (q.arg && memchr(q.value.data, '%', q.value.len)) {

            piece = q.value;

            q.value.data = q.decoded;
            q.value.len = 0;

            ipxe_query_decode(&q, piece);
        }
    }

    return ipxe_query_end(&q);
}


ipxe_rc_e
ipxe_facts_file(ipxe_facts_t *facts, ipxe_str_t name, ipxe_file_e *kind,
    ipxe_mem_t *mem)
{
    int            c;
    size_t         i, n;
    ipxe_rc_e      rc;
    ipxe_str_t     ip;
    unsigned       address;
    unsigned char  text[sizeof("255.255.255.255")];

    static const ipxe_str_t  by_default = ipxe_string("default");

    *kind = IPXE_FILE_MACHINE;

    if (ipxe_str_eq(name, by_default)) {
        *kind = IPXE_FILE_DEFAULT;
        return IPXE_OK;
    }

    if (name.len == 8) {

        address = 0;

        for (i = 0; i < 8; i++) {

            c = ipxe_hex(name.data[i]);
            if (c < 0) {
                return IPXE_OK;
            }

            address = address << 4 | (unsigned) c;
        }

        n = 0;

        for (i = 0; i < 4; i++) {
            c = address >> (24 - 8 * i) & 0xff;

            if (c > 99) {
                text[n++] = (unsigned char) ('0' + c / 100);
            }

            if (c > 9) {
                text[n++] = (unsigned char) ('0' + c / 10 % 10);
            }

            text[n++] = (unsigned char) ('0' + c % 10);
            text[n++] = '.';
        }

        ip.data = text;
        ip.len = n - 1;

        return ipxe_facts_set(facts, IPXE_IP, ip, mem);
    }

    rc = ipxe_facts_set(facts, IPXE_MAC, name, mem);
    if (rc != IPXE_OK) {
        return rc;
    }

    n = facts->key[IPXE_UUID].len;

    rc = ipxe_facts_set(facts, IPXE_UUID, name, mem);
    if (rc != IPXE_OK) {
        return rc;
    }

    if (n == 0 && facts->key[IPXE_UUID].len) {
        facts->uuid_raw = 1;
    }

    return IPXE_OK;
}


ipxe_rc_e
ipxe_facts_cookie(ipxe_facts_t *facts, ipxe_str_t cookie, ipxe_mem_t *mem)
{
    int                      odd;
    size_t                   n, had;
    ipxe_rc_e                rc;
    ipxe_str_t               name, value;
    const ipxe_fact_name_t  *fact;
    unsigned char            text[IPXE_MAX_FACT + 1];

    while (cookie.len) {

        if (cookie.data[0] == ' ' || cookie.data[0] == ';') {
            cookie.data++;
            cookie.len--;
            continue;
        }

        name.data = cookie.data;
        name.len = 0;

        for (n = 0; n < cookie.len && cookie.data[n] != ';'; n++) {
            if (cookie.data[n] == '=' && name.len == 0) {
                name.len = n;
            }
        }

        value.data = cookie.data + name.len;
        value.len = n - name.len;

        cookie.data += n;
        cookie.len -= n;

        fact = ipxe_fact_find(ipxe_cookie_names, name);

        if (fact == NULL) {
            continue;
        }

        /* without the "=" */

        value.data++;
        value.len--;

        value.len = ipxe_cookie_decode(value, text, &odd);
        value.data = text;

        if (odd && fact->fact < IPXE_KEYS) {
            continue;
        }

        /* "client:server:gateway:netmask" */

        for (n = 0; fact->fact == IPXE_IP && n < value.len; n++) {
            if (text[n] == ':') {
                value.len = n;
            }
        }

        had = facts->key[IPXE_UUID].len;

        rc = ipxe_facts_set(facts, fact->fact, value, mem);
        if (rc != IPXE_OK) {
            return rc;
        }

        if (had == 0 && facts->key[IPXE_UUID].len) {
            facts->uuid_raw = 1;
        }
    }

    return IPXE_OK;
}


ipxe_rc_e
ipxe_facts_set(ipxe_facts_t *facts, ipxe_fact_e fact, ipxe_str_t value,
    ipxe_mem_t *mem)
{
    value = ipxe_str_trim(value);

    if (facts->text[fact].len || value.len == 0 || value.len > IPXE_MAX_FACT) {
        return IPXE_OK;
    }

    switch (fact) {

    case IPXE_MAC:
        return ipxe_fact_set_mac(facts, value, mem);

    case IPXE_UUID:
        return ipxe_fact_set_uuid(facts, value, mem);

    case IPXE_IP:
        if (!ipxe_is_address(value)) {
            return IPXE_OK;
        }

        /* fall through */

    default:
        return ipxe_fact_set_text(facts, fact, value, mem);
    }
}


static const ipxe_fact_name_t *
ipxe_fact_find(const ipxe_fact_name_t *names, ipxe_str_t name)
{
    for ( /* void */ ; names->name.len; names++) {
        if (ipxe_str_eq(names->name, name)) {
            return names;
        }
    }

    return NULL;
}


static ipxe_rc_e
ipxe_fact_set_mac(ipxe_facts_t *facts, ipxe_str_t value, ipxe_mem_t *mem)
{
    size_t          i, n;
    unsigned char  *p, key[IPXE_MAC_BYTES * 2];

    n = ipxe_mac_key(value, key);
    if (n == 0) {
        return IPXE_OK;
    }

    p = mem->alloc(mem->data, n + n / 2 * 3);
    if (p == NULL) {
        return IPXE_NOMEM;
    }

    memcpy(p, key, n);
    facts->key[IPXE_MAC].data = p;
    facts->key[IPXE_MAC].len = n;

    p += n;
    facts->text[IPXE_MAC].data = p;
    facts->text[IPXE_MAC].len = n / 2 * 3 - 1;

    for (i = 0; i < n; i += 2) {
        *p++ = key[i];
        *p++ = key[i + 1];
        *p++ = ':';
    }

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_fact_set_uuid(ipxe_facts_t *facts, ipxe_str_t value, ipxe_mem_t *mem)
{
    unsigned char  *p, key[32];

    if (ipxe_uuid_key(value, key) == 0) {
        return IPXE_OK;
    }

    p = mem->alloc(mem->data, 32 + 32 + 36);
    if (p == NULL) {
        return IPXE_NOMEM;
    }

    memcpy(p, key, 32);
    facts->key[IPXE_UUID].data = p;
    facts->key[IPXE_UUID].len = 32;

    p += 32;
    ipxe_uuid_swap(key, p);
    facts->swapped.data = p;
    facts->swapped.len = 32;

    p += 32;
    facts->text[IPXE_UUID].data = p;
    facts->text[IPXE_UUID].len = 36;

    memcpy(p, key, 8);
    memcpy(p + 9, key + 8, 4);
    memcpy(p + 14, key + 12, 4);
    memcpy(p + 19, key + 16, 4);
    memcpy(p + 24, key + 20, 12);

    p[8] = '-';
    p[13] = '-';
    p[18] = '-';
    p[23] = '-';

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_fact_set_text(ipxe_facts_t *facts, ipxe_fact_e fact, ipxe_str_t value,
    ipxe_mem_t *mem)
{
    size_t          i;
    ipxe_rc_e       rc;
    unsigned char  *p;

    for (i = 0; i < value.len; i++) {
        if (value.data[i] < 0x20 || value.data[i] == 0x7f) {
            return IPXE_OK;
        }
    }

    rc = ipxe_str_copy(&facts->text[fact], value, mem);
    if (rc != IPXE_OK || fact >= IPXE_KEYS) {
        return rc;
    }

    p = mem->alloc(mem->data, value.len);
    if (p == NULL) {
        return IPXE_NOMEM;
    }

    facts->key[fact].len = ipxe_text_key(value, p);
    facts->key[fact].data = p;

    return IPXE_OK;
}


static int
ipxe_is_address(ipxe_str_t str)
{
    char             text[INET6_ADDRSTRLEN];
    struct in6_addr  address;

    if (str.len >= sizeof(text)) {
        return 0;
    }

    memcpy(text, str.data, str.len);
    text[str.len] = '\0';

    return inet_pton(AF_INET, text, &address) == 1
           || inet_pton(AF_INET6, text, &address) == 1;
}


/*
 * Length of "name=" in front of PIECE; 0 when there is none, so that PIECE is
 * a rest of the value before it.
 */

static size_t
ipxe_query_name(ipxe_str_t piece)
{
    size_t  i;

    for (i = 0; i < piece.len; i++) {

        if (!ipxe_query_letter[piece.data[i]]) {
            return (i && piece.data[i] == '=') ? i + 1 : 0;
        }
    }

    return 0;
}


/* A piece that looks like no argument goes on a free text before it. */

static void
ipxe_query_more(ipxe_query_t *q, ipxe_str_t piece)
{
    if (q->arg == NULL) {
        return;
    }

    switch (q->arg->fact) {

    case IPXE_ASSET:
    case IPXE_SERIAL:
    case IPXE_MANUFACTURER:
    case IPXE_PRODUCT:
    case IPXE_HOSTNAME:
        break;

    default:
        return;
    }

    q->stray++;

    if (piece.len == 0) {
        return;
    }

    ipxe_query_copy(q);

    for ( /* void */ ; q->stray && q->value.len < sizeof(q->decoded);
          q->stray--)
    {
        q->decoded[q->value.len++] = '&';
    }

    ipxe_query_decode(q, piece);
}


/* From here on the value is another than what stands in the query. */

static void
ipxe_query_copy(ipxe_query_t *q)
{
    if (q->value.data == q->decoded) {
        return;
    }

    if (q->value.len > sizeof(q->decoded)) {
        q->value.len = sizeof(q->decoded);
    }

    memcpy(q->decoded, q->value.data, q->value.len);

    q->value.data = q->decoded;
}


static void
ipxe_query_decode(ipxe_query_t *q, ipxe_str_t str)
{
    int     hi, lo;
    size_t  i, k, n;

    n = q->value.len;

    for (i = 0; i < str.len && n < sizeof(q->decoded); i++) {

        if (str.data[i] == '%') {

            k = i + 1;

            /* iPXE prints a negative char with %02X, and some builds twice */

            while (str.len - k >= 8
                   && memcmp(str.data + k, "FFFFFF", 6) == 0
                   && ipxe_hex(str.data[k + 6]) >= 8
                   && ipxe_hex(str.data[k + 7]) >= 0)
            {
                k += 6;
            }

            if (str.len - k >= 2) {
                hi = ipxe_hex(str.data[k]);
                lo = ipxe_hex(str.data[k + 1]);

                if (hi >= 0 && lo >= 0) {
                    q->decoded[n++] = (unsigned char) (hi << 4 | lo);
                    i = k + 1;
                    continue;
                }
            }
        }

        q->decoded[n++] = str.data[i];
    }

    q->value.len = n;
}


static ipxe_rc_e
ipxe_query_end(ipxe_query_t *q)
{
    unsigned  bit;

    if (q->arg == NULL) {
        return IPXE_OK;
    }

    bit = 1u << q->arg->fact;

    /* a value that is not usable still keeps a later one out */

    q->facts->asked |= bit;

    if (q->value.len == 0 || (q->facts->given & bit)) {
        return IPXE_OK;
    }

    q->facts->given |= bit;

    /* what was cut is another value */

    if (q->value.len >= sizeof(q->decoded)) {
        return IPXE_OK;
    }

    return ipxe_facts_set(q->facts, q->arg->fact, q->value, q->mem);
}


/* ODD is set when the text may have been another before it was encoded. */

static size_t
ipxe_cookie_decode(ipxe_str_t value, unsigned char *text, int *odd)
{
    int     hi, lo;
    size_t  i, n;

    *odd = 0;
    n = 0;

    for (i = 0; i < value.len && n <= IPXE_MAX_FACT; i++) {

        if (value.data[i] == '+') {
            text[n++] = ' ';
            *odd = 1;
            continue;
        }

        hi = -1;
        lo = -1;

        if (value.data[i] == '%' && value.len - i > 2) {
            hi = ipxe_hex(value.data[i + 1]);
            lo = ipxe_hex(value.data[i + 2]);
        }

        if (hi >= 0 && lo >= 0) {
            text[n++] = (unsigned char) (hi << 4 | lo);
            i += 2;
            continue;
        }

        if (value.data[i] == '%') {
            *odd = 1;
        }

        text[n++] = value.data[i];
    }

    return n;
}


static int
ipxe_hex(unsigned c)
{
    if (c - '0' < 10) {
        return (int) (c - '0');
    }

    c |= 0x20;

    if (c - 'a' < 6) {
        return (int) (c - 'a' + 10);
    }

    return -1;
}
