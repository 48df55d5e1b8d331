
/*
 * The store and the catalog: a file that is a damaged database, or none at
 * all.  It is refused or read, and nothing else happens.
 *
 * An input that begins with "f" is the file.  Any other is damage to a good
 * database: after the first byte four bytes each, of which the first three
 * are a place and the last one is what is written there.
 */


#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"
#include "ipxe_boot.h"


int LLVMFuzzerInitialize(int *argc, char ***argv);


static char            path[4096];
static unsigned char  *good;
static size_t          good_len;


/* Makes the good one with the sqlite3 shell; the working directory is here. */

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    int          fd;
    char         command[16384];
    const char  *dir;

    (void) argc;
    (void) argv;

    dir = getenv("FUZZ_DIR");
    snprintf(path, sizeof(path), "%s/fuzz-%d.db", dir ? dir : "/tmp",
             (int) getpid());

    snprintf(command, sizeof(command),
             "sqlite3 '%s' < sql/schema.sql && sqlite3 '%s' \""
             "PRAGMA journal_mode = DELETE; "
             "INSERT INTO profile (name, template, kernel, initrd, args)"
             " VALUES ('web', 'linux', '/k', '/i', 'a={{name}}'); "
             "INSERT INTO host (name, mac, uuid, profile) VALUES ('web1',"
             " '52:54:00:00:00:01', '00112233-4455-6677-8899-aabbccddeeff',"
             " 'web'); "
             "INSERT INTO var VALUES ('web1', NULL, 'x', 'y'); VACUUM\""
             " > /dev/null", path, path);

    must(system(command) == 0);

    fd = open(path, O_RDONLY);
    must(fd != -1);

    good_len = (size_t) lseek(fd, 0, SEEK_END);
    good = malloc(good_len);

    must(good && pread(fd, good, good_len, 0) == (ssize_t) good_len);

    (void) close(fd);
    (void) unlink(path);

    return 0;
}


static ipxe_rc_e
row(void *data, const ipxe_str_t *column, ipxe_err_t *err)
{
    (void) data;
    (void) err;

    must(column[0].data != NULL || column[0].len == 0);

    return IPXE_OK;
}


static void
make(const uint8_t *data, size_t size)
{
    int             fd;
    size_t          i, at;
    unsigned char  *bad;

    fd = open(path, O_WRONLY|O_CREAT|O_TRUNC, 0600);
    must(fd != -1);

    if (size && data[0] == 'f') {
        must(write(fd, data + 1, size - 1) == (ssize_t) size - 1);
        (void) close(fd);
        return;
    }

    bad = malloc(good_len);
    memcpy(bad, good, good_len);

    for (i = 1; i + 4 <= size; i += 4) {
        at = (size_t) data[i] << 16 | (size_t) data[i + 1] << 8 | data[i + 2];
        bad[at % good_len] = data[i + 3];
    }

    must(write(fd, bad, good_len) == (ssize_t) good_len);

    free(bad);
    (void) close(fd);
}


/* A machine boots, whatever that gives. */

static void
boot_it(ipxe_store_t *store, ipxe_catalog_t *catalog)
{
    ipxe_rc_e      rc;
    ipxe_buf_t     out;
    ipxe_boot_t    boot;
    ipxe_facts_t   facts;
    ipxe_arena_t  *arena;

    static const ipxe_fact_e  keys[] = { IPXE_MAC, IPXE_UUID, IPXE_ASSET };
    static const ipxe_str_t   query = ipxe_string("mac=52-54-00-00-00-01");
    static const ipxe_str_t   by_default = ipxe_string("default");
    static const ipxe_str_t   url = ipxe_string("http://h");

    arena = ipxe_arena_create(NULL, NULL);

    memset(&boot, 0, sizeof(boot));
    memset(&facts, 0, sizeof(facts));
    memset(&out, 0, sizeof(out));

    boot.store = store;
    boot.catalog = catalog;
    boot.mem = ipxe_arena_mem(arena);
    boot.facts = &facts;
    boot.keys = keys;
    boot.n = 3;
    boot.default_profile = by_default;
    boot.base_url = url;

    out.limit = IPXE_MAX_OUTPUT;
    out.mem = boot.mem;

    must(ipxe_facts_query(&facts, query, boot.mem) == IPXE_OK);

    rc = ipxe_boot_find(&boot);
    must(rc == IPXE_OK || (rc == IPXE_UNAVAILABLE && boot.err.len));

    if (rc == IPXE_OK && boot.profile) {
        rc = ipxe_boot_render(&boot, &ipxe_dialect_ipxe, &out);
        must(rc == IPXE_OK || (rc == IPXE_UNAVAILABLE && boot.err.len));

        if (rc == IPXE_OK && boot.result != IPXE_RESULT_ERROR) {
            must(out.len >= 7 && memcmp(out.data, "#!ipxe\n", 7) == 0);
        } else {
            must(boot.err.len);
        }
    }

    ipxe_arena_destroy(arena);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned         i;
    ipxe_rc_e        rc;
    ipxe_err_t       err;
    ipxe_store_t    *store;
    ipxe_catalog_t  *catalog;

    static const ipxe_str_t  mac = ipxe_string("525400000001");

    make(data, size);

    err.len = 0;
    catalog = NULL;
    store = ipxe_store_create(path, 0);

    rc = ipxe_store_begin(store, 0, &err);
    must(rc == IPXE_OK || (rc == IPXE_UNAVAILABLE && err.len));

    if (rc == IPXE_OK) {

        for (i = 0; i < IPXE_QUERIES; i++) {
            err.len = 0;
            rc = ipxe_store_query(store, i, mac, row, NULL, &err);
            must(rc == IPXE_OK || rc == IPXE_DECLINED || err.len);
            must(rc != IPXE_NOMEM && rc != IPXE_AGAIN);
        }

        err.len = 0;
        rc = ipxe_catalog_refresh(&catalog, store, &err);
        must(rc == IPXE_OK || err.len);

        if (rc == IPXE_OK) {
            boot_it(store, catalog);
            ipxe_catalog_destroy(catalog);
        }

        (void) ipxe_store_end(store);
    }

    ipxe_store_destroy(store);
    (void) unlink(path);

    return 0;
}
