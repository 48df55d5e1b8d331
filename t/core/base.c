
/*
 * Strings, sentences, output and memory.
 */


#include "test.h"


static unsigned  released, taken, refuse_at;


static void *
take(size_t size)
{
    if (refuse_at && --refuse_at == 0) {
        return NULL;
    }

    taken++;

    return malloc(size);
}


static void
release(void *p)
{
    released++;
    free(p);
}


static void
test_strings(void)
{
    size_t      i;
    ipxe_str_t  copy, null = ipxe_null_string;

    static const struct {
        const char  *a, *b;
        int          eq, cmp;
    } pairs[] = {
        { "", "", 1, 0 },
        { "a", "a", 1, 0 },
        { "a", "A", 0, 1 },
        { "a", "b", 0, -1 },
        { "a", "ab", 0, -1 },
        { "", "a", 0, -1 },
        { "Web-1", "wEB-1", 0, -1 },
        { "@", "`", 0, -1 },
        { "[", "{", 0, -1 },
        { "Z", "z", 0, -1 },
        { "\xc3\x84", "\xc3\xa4", 0, -1 },
        { "\x7f", "\x80", 0, -1 }
    };

    static const char *trims[][2] = {
        { "", "" }, { " ", "" }, { "   ", "" }, { "a", "a" }, { " a", "a" },
        { "a ", "a" }, { "  a b  ", "a b" }, { "\ta\n", "\ta\n" }
    };

    for (i = 0; i < countof(pairs); i++) {
        ipxe_str_t  a = str(pairs[i].a), b = str(pairs[i].b);
        int         ab = ipxe_str_cmp(a, b), ba = ipxe_str_cmp(b, a);

        test(ipxe_str_eq(a, b) == pairs[i].eq
             && ipxe_str_eq(b, a) == pairs[i].eq,
             "'%s' = '%s': %d", pairs[i].a, pairs[i].b, pairs[i].eq);
        test((ab > 0) - (ab < 0) == pairs[i].cmp
             && (ba > 0) - (ba < 0) == -pairs[i].cmp,
             "order of '%s' and '%s': %d", pairs[i].a, pairs[i].b,
             pairs[i].cmp);
    }

    test(ipxe_str_eq(null, str("")) && ipxe_str_cmp(null, str("")) == 0,
         "a NULL compares as an empty string");
    test(ipxe_str_cmp(str_n("a\0a", 3), str_n("a\0b", 3)) < 0
         && !ipxe_str_eq(str_n("a\0a", 3), str_n("a\0b", 3)),
         "a NUL does not end a comparison");

    for (i = 0; i < countof(trims); i++) {
        test_str(ipxe_str_trim(str(trims[i][0])), trims[i][1],
                 "trim '%s'", trims[i][0]);
    }

    test(ipxe_str_copy(&copy, str("abc"), &test_mem) == IPXE_OK
         && ipxe_str_eq(copy, str("abc")), "a copy is equal");
    test(ipxe_str_copy(&copy, str(""), &test_mem) == IPXE_OK
         && copy.len == 0 && copy.data != NULL,
         "the copy of an empty string is no NULL");
    test(ipxe_str_copy(&copy, null, &test_mem) == IPXE_OK
         && copy.len == 0 && copy.data == NULL, "the copy of NULL is NULL");

    test_fail(1);
    test_rc(ipxe_str_copy(&copy, str("abc"), &test_mem), IPXE_NOMEM,
            "a copy without memory");
    test_fail(0);
}


static void
test_sentences(void)
{
    int         i, j, ok;
    char        name[IPXE_NAME_SIZE + 1], text[1000];
    ipxe_err_t  err;

    static const char  plain[] = "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789._:/@+-";

    test_rc(ipxe_err(&err, IPXE_INVALID, "%s %d", "x", 7), IPXE_INVALID,
            "a sentence returns the code it is given");
    test(err.len == 3 && strcmp(err.text, "x 7") == 0, "it is printed");

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';

    (void) ipxe_err(&err, IPXE_INVALID, "%s", text);
    test(err.len == sizeof(err.text) - 1 && strlen(err.text) == err.len,
         "a long sentence is cut");

    test_rc(ipxe_err(NULL, IPXE_NOMEM, "%s", text), IPXE_NOMEM,
            "a sentence for nobody");

    for (i = 0; i < 256; i++) {
        unsigned char  c = (unsigned char) i;

        (void) ipxe_name(name, str_n(&c, 1));
        ok = name[0] == (c && strchr(plain, c) ? (char) c : '?')
             && name[1] == '\0';

        if (!ok) {
            break;
        }
    }

    test(i == 256, "what may stand in a sentence: each of 256 bytes (%d)", i);

    for (i = 0, ok = 1; i < 200; i++) {
        memset(name, '!', sizeof(name));

        ok &= ipxe_name(name, str_n(text, (size_t) i)) == name;
        j = i < 64 ? i : 64;
        ok &= (int) strlen(name) == j && name[IPXE_NAME_SIZE] == '!';
    }

    test(ok, "at most 64 bytes of a name are kept");
    test(ipxe_name(name, str_n(NULL, 0))[0] == '\0', "the name of a NULL");
}


static void
test_buffers(void)
{
    int         ok;
    size_t      i;
    ipxe_buf_t  buf;

    memset(&buf, 0, sizeof(buf));
    buf.limit = 10000;
    buf.mem = &test_mem;

    test(ipxe_buf_add(&buf, NULL, 0) == IPXE_OK && buf.len == 0,
         "nothing can be added to nothing");

    for (i = 0, ok = 1; i < 10000; i++) {
        ok &= ipxe_buf_add(&buf, i % 2 ? "a" : "b", 1) == IPXE_OK;
        ok &= buf.len == i + 1 && buf.len <= buf.size;
    }

    for (i = 0; i < 10000; i++) {
        ok &= buf.data[i] == (i % 2 ? 'a' : 'b');
    }

    test(ok, "a buffer grows to its limit, byte by byte");

    test_rc(ipxe_buf_text(&buf, "x"), IPXE_INVALID, "and not over it");
    test(buf.len == 10000, "what does not fit changes nothing");
    test_rc(ipxe_buf_text(&buf, ""), IPXE_OK, "nothing fits a full buffer");

    memset(&buf, 0, sizeof(buf));
    buf.limit = 100000;
    buf.mem = &test_mem;

    test(ipxe_buf_text(&buf, "x") == IPXE_OK
         && ipxe_buf_add(&buf, test_mem.data, 0) == IPXE_OK
         && ipxe_buf_str(&buf, str("yz")) == IPXE_OK
         && buf.len == 3 && memcmp(buf.data, "xyz", 3) == 0,
         "texts and strings");

    {
        static char  big[50000];

        memset(big, 'q', sizeof(big));

        test(ipxe_buf_add(&buf, big, sizeof(big)) == IPXE_OK
             && buf.len == 50003 && buf.data[0] == 'x'
             && buf.data[50002] == 'q', "one piece of many times the size");

        test_fail(1);
        test(ipxe_buf_add(&buf, big, sizeof(big) - 10) == IPXE_NOMEM
             && buf.len == 50003, "a buffer without memory stays as it is");
        test_fail(0);
    }
}


static void
test_arenas(void)
{
    int             ok;
    size_t          i, n;
    ipxe_mem_t     *mem;
    ipxe_arena_t   *arena;
    unsigned char  *p[1000];

    arena = ipxe_arena_create(take, release);
    mem = ipxe_arena_mem(arena);

    for (i = 0, ok = 1; i < 1000; i++) {
        n = i % 97 * (i % 13 + 1) + 1;
        p[i] = mem->alloc(mem->data, n);
        ok &= p[i] && (uintptr_t) p[i] % __alignof__(long double) == 0;
        memset(p[i], (int) (i & 0xff), n);
    }

    for (i = 0; i < 1000; i++) {
        n = i % 97 * (i % 13 + 1) + 1;
        ok &= p[i][0] == (i & 0xff) && p[i][n - 1] == (i & 0xff);
    }

    test(ok, "1000 pieces of an arena, aligned, none in another");

    test(mem->alloc(mem->data, 1024 * 1024) != NULL, "a large piece");
    test(mem->alloc(mem->data, (size_t) -1) == NULL
         && mem->alloc(mem->data, (size_t) -1 / 2) == NULL
         && mem->alloc(mem->data, (size_t) -17) == NULL,
         "a size that cannot be meant");

    refuse_at = 1;
    test(mem->alloc(mem->data, 1024 * 1024) == NULL, "no memory for a piece");

    refuse_at = 0;
    test(mem->alloc(mem->data, 1024 * 1024) != NULL, "the arena goes on");

    ipxe_arena_destroy(arena);
    test(taken == released && taken > 5, "an arena releases what it took");

    refuse_at = 1;
    test(ipxe_arena_create(take, release) == NULL, "no memory for an arena");

    arena = ipxe_arena_create(NULL, NULL);
    mem = ipxe_arena_mem(arena);
    test(mem->alloc(mem->data, 1) != NULL, "an arena over malloc()");
    ipxe_arena_destroy(arena);
}


int
main(void)
{
    test_strings();
    test_sentences();
    test_buffers();
    test_arenas();

    return test_done();
}
