
#include <dirent.h>
#include <stdarg.h>
#include <unistd.h>

#include <sqlite3.h>

#include "test.h"


typedef union test_piece_u  test_piece_t;

union test_piece_u {
    test_piece_t         *next;
    long double           align;
};


/* An arena for programs that are linked with --wrap=ipxe_arena_... */

typedef struct {
    ipxe_mem_t            mem;
    test_piece_t         *pieces;
} test_arena_t;


static unsigned long   test_number;
static unsigned long   test_bad;

static unsigned long   test_allocs;
static unsigned long   test_fail_at;

static sqlite3_mem_methods  test_sqlite_mem;

static void *test_alloc(void *data, size_t size);

static test_arena_t    test_arena = { { test_alloc, &test_arena }, NULL };

ipxe_mem_t             test_mem = { test_alloc, &test_arena };


/* the linker makes these of the names in the core */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
ipxe_arena_t *__wrap_ipxe_arena_create(void *(*alloc)(size_t),
    void (*release)(void *));
void __wrap_ipxe_arena_destroy(ipxe_arena_t *arena);
ipxe_mem_t *__wrap_ipxe_arena_mem(ipxe_arena_t *arena);


static void
test_print(const char *fmt, va_list args)
{
    char  text[2048], *p;

    vsnprintf(text, sizeof(text), fmt, args);

    /* a name of TAP is one line, and "#" begins a directive */

    for (p = text; *p; p++) {
        if ((unsigned char) *p < 0x20 || *p == '#' || (unsigned char) *p > 126)
        {
            *p = '?';
        }
    }

    fputs(text, stdout);
}


static int
test_vok(int ok, const char *fmt, va_list args)
{
    test_number++;
    test_bad += !ok;

    printf("%s %lu - ", ok ? "ok" : "not ok", test_number);
    test_print(fmt, args);
    putchar('\n');
    fflush(stdout);

    return ok;
}


int
test(int ok, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    (void) test_vok(ok, fmt, args);
    va_end(args);

    return ok;
}


void
note(const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    fputs("# ", stdout);
    test_print(fmt, args);
    putchar('\n');
    va_end(args);
}


int
test_str(ipxe_str_t got, const char *want, const char *fmt, ...)
{
    int      ok;
    va_list  args;

    ok = got.len == strlen(want)
         && (got.len == 0 || memcmp(got.data, want, got.len) == 0);

    va_start(args, fmt);
    (void) test_vok(ok, fmt, args);
    va_end(args);

    if (!ok) {
        note("     got: '%s'", cstr(got));
        note("expected: '%s'", want);
    }

    return ok;
}


int
test_bytes(const void *got, size_t n, const char *want, size_t m,
    const char *name)
{
    int  ok;

    ok = test(n == m && (n == 0 || memcmp(got, want, n) == 0), "%s", name);

    if (!ok) {
        note("     got: '%s'", cstr(str_n(got, n)));
        note("expected: '%s'", cstr(str_n(want, m)));
    }

    return ok;
}


int
test_rc(ipxe_rc_e got, ipxe_rc_e want, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    (void) test_vok(got == want, fmt, args);
    va_end(args);

    if (got != want) {
        note("     got: %d", got);
        note("expected: %d", want);
    }

    return got == want;
}


static int
test_match(const char *got, const char *want)
{
    for ( /* void */ ; *want != '*'; got++, want++) {

        if (*got != *want) {
            return 0;
        }

        if (*got == '\0') {
            return 1;
        }
    }

    for (want++; /* void */ ; got++) {

        if (test_match(got, want)) {
            return 1;
        }

        if (*got == '\0') {
            return 0;
        }
    }
}


int
test_like(const char *got, const char *want, const char *fmt, ...)
{
    int      ok;
    va_list  args;

    ok = test_match(got, want);

    va_start(args, fmt);
    (void) test_vok(ok, fmt, args);
    va_end(args);

    if (!ok) {
        note("     got: '%s'", got);
        note("expected: '%s'", want);
    }

    return ok;
}


int
test_done(void)
{
    test_free();

    printf("1..%lu\n", test_number);

    return test_bad != 0;
}


static int
test_refuse(void)
{
    return ++test_allocs == test_fail_at;
}


void
test_fail(unsigned long n)
{
    test_allocs = 0;
    test_fail_at = n;
}


int
test_failed(void)
{
    return test_fail_at && test_allocs >= test_fail_at;
}


static void *
test_alloc(void *data, size_t size)
{
    test_arena_t *arena = data;

    test_piece_t  *p;

    /* what the core asks for is bounded; malloc(0) would be a mistake */

    if (size == 0 || size > IPXE_MAX_OUTPUT * 16 || test_refuse()) {
        return NULL;
    }

    p = __real_malloc(sizeof(test_piece_t) + size);
    if (p == NULL) {
        return NULL;
    }

    p->next = arena->pieces;
    arena->pieces = p;

    /* so that what is not written to is not taken for zero */

    memset(p + 1, 0xa5, size);

    return p + 1;
}


static void
test_arena_free(test_arena_t *arena)
{
    test_piece_t  *p, *next;

    for (p = arena->pieces; p; p = next) {
        next = p->next;
        free(p);
    }

    arena->pieces = NULL;
}


void
test_free(void)
{
    test_arena_free(&test_arena);
}


ipxe_arena_t *
__wrap_ipxe_arena_create(void *(*alloc)(size_t), void (*release)(void *))
{
    test_arena_t  *arena;

    (void) alloc;
    (void) release;

    arena = __wrap_malloc(sizeof(test_arena_t));
    if (arena == NULL) {
        return NULL;
    }

    arena->mem.alloc = test_alloc;
    arena->mem.data = arena;
    arena->pieces = NULL;

    return (ipxe_arena_t *) arena;
}


void
__wrap_ipxe_arena_destroy(ipxe_arena_t *arena)
{
    test_arena_free((test_arena_t *) arena);
    free(arena);
}


ipxe_mem_t *
__wrap_ipxe_arena_mem(ipxe_arena_t *arena)
{
    return &((test_arena_t *) arena)->mem;
}


void *
__wrap_malloc(size_t size)
{
    return test_refuse() ? NULL : __real_malloc(size);
}


void *
__wrap_calloc(size_t n, size_t size)
{
    return test_refuse() ? NULL : __real_calloc(n, size);
}


static void *
test_sqlite_malloc(int size)
{
    return test_refuse() ? NULL : test_sqlite_mem.xMalloc(size);
}


static void *
test_sqlite_realloc(void *p, int size)
{
    return test_refuse() ? NULL : test_sqlite_mem.xRealloc(p, size);
}


void
test_sqlite(void)
{
    sqlite3_mem_methods  mem;

    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &test_sqlite_mem) != SQLITE_OK)
    {
        exit(99);
    }

    mem = test_sqlite_mem;
    mem.xMalloc = test_sqlite_malloc;
    mem.xRealloc = test_sqlite_realloc;

    /* each allocation of its own, none from a pool */

    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &mem) != SQLITE_OK
        || sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK
        || sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0) != SQLITE_OK)
    {
        exit(99);
    }
}


void
test_sweep(void (*before)(void), const char *(*body)(void), unsigned long min,
    const char *name)
{
    int            failed;
    const char    *wrong;
    unsigned long  n;

    for (n = 1; /* void */ ; n++) {

        if (before) {
            before();
            test_free();
        }

        test_fail(n);
        wrong = body();
        failed = test_failed();
        test_fail(0);
        test_free();

        if (wrong) {
            test(0, "%s: allocation %lu of it fails: %s", name, n, wrong);
            return;
        }

        if (!failed) {
            break;
        }
    }

    test(n > min, "%s: each of %lu allocations fails once", name, n - 1);
}


ipxe_str_t
str(const char *text)
{
    return str_n(text, text ? strlen(text) : 0);
}


ipxe_str_t
str_n(const void *data, size_t n)
{
    ipxe_str_t  s;

    s.data = data;
    s.len = n;

    return s;
}


const char *
cstr(ipxe_str_t s)
{
    size_t  n;

    static char      text[8][2048];
    static unsigned  next;

    next = (next + 1) % 8;

    n = s.len < sizeof(text[0]) ? s.len : sizeof(text[0]) - 1;

    if (n) {
        memcpy(text[next], s.data, n);
    }

    text[next][n] = '\0';

    return text[next];
}


unsigned
test_descriptors(void)
{
    DIR       *dir;
    unsigned   n;

    n = 0;
    dir = opendir("/proc/self/fd");

    while (readdir(dir)) {
        n++;
    }

    (void) closedir(dir);

    return n;
}


const char *
test_path(const char *name)
{
    const char  *dir;

    static char      path[8][4096];
    static unsigned  next;

    next = (next + 1) % 8;

    dir = getenv("TEST_DIR");

    snprintf(path[next], sizeof(path[0]), "%s/%s", dir ? dir : "/tmp", name);

    return path[next];
}


void
run(const char *fmt, ...)
{
    int      rc;
    char     command[16384];
    va_list  args;

    va_start(args, fmt);
    vsnprintf(command, sizeof(command), fmt, args);
    va_end(args);

    rc = system(command);

    if (rc != 0) {
        printf("Bail out! \"%s\" failed: %d\n", command, rc);
        exit(99);
    }
}


void
make_db(const char *path)
{
    run("rm -f '%s' '%s-wal' '%s-shm' && sqlite3 '%s' < sql/schema.sql", path,
        path, path, path);
}


void
sql(const char *path, const char *statements)
{
    int   rc;
    char  command[4200];
    FILE *f;

    snprintf(command, sizeof(command), "exec sqlite3 -bail '%s'", path);

    f = popen(command, "w");

    rc = f ? fputs(statements, f) < 0 : -1;

    if (f == NULL || (pclose(f) | rc) != 0) {
        printf("Bail out! sqlite3 \"%s\" failed: %s\n", path, statements);
        exit(99);
    }
}
