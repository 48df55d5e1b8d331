
/*
 * What the tests of the core share: TAP, memory that can fail, strings, and
 * the real sqlite3 shell.
 */


#ifndef _TEST_H_INCLUDED_
#define _TEST_H_INCLUDED_


#include <stdio.h>
#include <stdlib.h>

#include "ipxe.h"


#define countof(a)  (sizeof(a) / sizeof((a)[0]))


/*
 * One case: prints "ok" or "not ok" with its name.  Returns OK, so that a
 * case can say more when it fails.
 */
int test(int ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Cases about strings, which show both when they differ. */
int test_str(ipxe_str_t got, const char *want, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int test_bytes(const void *got, size_t n, const char *want, size_t m,
    const char *name);
int test_rc(ipxe_rc_e got, ipxe_rc_e want, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A sentence that begins, holds, or ends as WANT, where "*" is anything. */
int test_like(const char *got, const char *want, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints the plan; what main() returns. */
int test_done(void);


/*
 * Memory in pieces of exactly the size asked for, so that the sanitizer sees
 * each byte too far.  test_free() gives back everything at once.
 */
extern ipxe_mem_t  test_mem;
void test_free(void);

/*
 * Makes allocation number N fail from here on, once; 0: none.  It counts
 * test_mem, the arenas of programs that are linked with them wrapped, malloc()
 * and calloc() of the core, and SQLite's when test_sqlite() was called.
 */
void test_fail(unsigned long n);

/* Whether it failed. */
int test_failed(void);

/* To be called before anything of SQLite. */
void test_sqlite(void);

/*
 * Runs BODY with allocation 1, 2, ... failing until none does, each time after
 * BEFORE, unless that is NULL, without a failure.  BODY returns NULL when what
 * it saw is right, or what was wrong.  One case; at least MIN failures have to
 * have happened.
 */
void test_sweep(void (*before)(void), const char *(*body)(void),
    unsigned long min, const char *name);


ipxe_str_t str(const char *text);
ipxe_str_t str_n(const void *data, size_t n);

/* STR as a string of C, for printing, good for the next 8 calls. */
const char *cstr(ipxe_str_t s);


/* How many files this process has open, and one. */
unsigned test_descriptors(void);


/* A path in the directory for temporary files, good for the next 8 calls. */
const char *test_path(const char *name);

/* Runs a command of the shell; ends the program when it fails. */
void run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Makes a hosts database, or runs statements in one, with the shell. */
void make_db(const char *path);
void sql(const char *path, const char *statements);


#endif /* _TEST_H_INCLUDED_ */
