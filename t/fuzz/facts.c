
/*
 * Facts: a query, a file name and a cookie, whatever is in them.
 */


#include "fuzz.h"
#include "ipxe_ident.h"


static int
is_hex(ipxe_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (!strchr("0123456789abcdef", s.data[i]) || s.data[i] == 0) {
            return 0;
        }
    }

    return 1;
}


/* What is promised of facts, wherever they come from. */

static void
check(const ipxe_facts_t *facts)
{
    size_t      i, k;
    ipxe_str_t  mac, uuid;

    for (i = 0; i < IPXE_FACTS; i++) {
        must(facts->text[i].len <= IPXE_MAX_FACT);

        for (k = 0; k < facts->text[i].len; k++) {
            must(facts->text[i].data[k] >= 0x20
                 && facts->text[i].data[k] != 0x7f);
        }

        must(facts->text[i].len == 0
             || (facts->text[i].data[0] != ' '
                 && facts->text[i].data[facts->text[i].len - 1] != ' '));

        if (i < IPXE_KEYS) {
            must((facts->text[i].len != 0) == (facts->key[i].len != 0));
        }
    }

    mac = facts->key[IPXE_MAC];
    uuid = facts->key[IPXE_UUID];

    must(mac.len == 0 || mac.len == 12 || mac.len == 16 || mac.len == 40);
    must(uuid.len == 0 || uuid.len == 32);
    must(is_hex(mac) && is_hex(uuid) && is_hex(facts->swapped));
    must(facts->swapped.len == uuid.len);
    must(!facts->uuid_raw || uuid.len);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ipxe_str_t      query, file, cookie;
    ipxe_mem_t     *mem;
    ipxe_file_e     kind;
    ipxe_facts_t    facts, again;
    ipxe_arena_t   *arena;

    query = fuzz_part(&data, &size, '\n');
    file = fuzz_part(&data, &size, '\n');
    cookie = fuzz_part(&data, &size, '\n');

    arena = ipxe_arena_create(NULL, NULL);
    mem = ipxe_arena_mem(arena);

    memset(&facts, 0, sizeof(facts));

    must(ipxe_facts_query(&facts, query, mem) == IPXE_OK);
    check(&facts);
    again = facts;

    must(ipxe_facts_file(&facts, file, &kind, mem) == IPXE_OK);
    check(&facts);

    must(ipxe_facts_cookie(&facts, cookie, mem) == IPXE_OK);
    check(&facts);

    /* what was known stays */

    must(again.key[IPXE_MAC].len == 0
         || ipxe_str_eq(again.key[IPXE_MAC], facts.key[IPXE_MAC]));
    must(again.text[IPXE_ASSET].len == 0
         || ipxe_str_eq(again.text[IPXE_ASSET], facts.text[IPXE_ASSET]));

    /* what people are shown is the same machine when it is typed in again */

    memset(&again, 0, sizeof(again));
    must(ipxe_facts_set(&again, IPXE_MAC, facts.text[IPXE_MAC], mem)
         == IPXE_OK);
    must(ipxe_facts_set(&again, IPXE_UUID, facts.text[IPXE_UUID], mem)
         == IPXE_OK);
    must(ipxe_facts_set(&again, IPXE_ASSET, facts.text[IPXE_ASSET], mem)
         == IPXE_OK);
    must(ipxe_str_eq(again.key[IPXE_MAC], facts.key[IPXE_MAC]));
    must(ipxe_str_eq(again.key[IPXE_UUID], facts.key[IPXE_UUID]));
    must(ipxe_str_eq(again.key[IPXE_ASSET], facts.key[IPXE_ASSET]));

    ipxe_arena_destroy(arena);

    return 0;
}
