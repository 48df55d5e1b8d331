
/*
 * What the file system says of hosts.db.
 */


#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1                   /* statx() */
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "ipxe_store_file.h"


static int ipxe_store_file_born(const char *path, const char *suffix,
    struct timespec *born);
static int ipxe_time_cmp(const struct timespec *a, const struct timespec *b);


int
ipxe_store_file_stat(const char *path, const char *suffix,
    ipxe_store_file_t *file)
{
    int          n;
    char         name[4096 + sizeof("-wal")];
    struct stat  st;

    n = snprintf(name, sizeof(name), "%s%s", path, suffix);

    if ((size_t) n >= sizeof(name)) {
        errno = ENAMETOOLONG;
        return -1;
    }

    if (stat(name, &st) != 0) {
        return -1;
    }

    /* compared as a whole, so that padding matters */

    memset(file, 0, sizeof(ipxe_store_file_t));

    file->dev = st.st_dev;
    file->ino = st.st_ino;
    file->size = st.st_size;
    file->mtime = st.st_mtim;
    file->ctime = st.st_ctim;
    file->regular = S_ISREG(st.st_mode);
    file->link = (lstat(name, &st) == 0 && S_ISLNK(st.st_mode));

    return 0;
}


int
ipxe_store_file_is(const ipxe_store_file_t *a, const ipxe_store_file_t *b)
{
    return a->dev == b->dev && a->ino == b->ino;
}


int
ipxe_store_file_same(const ipxe_store_file_t *a, const ipxe_store_file_t *b)
{
    return memcmp(a, b, sizeof(ipxe_store_file_t)) == 0;
}


int
ipxe_store_file_holds_same(const ipxe_store_file_t *a,
    const ipxe_store_file_t *b)
{
    return ipxe_store_file_is(a, b) && a->size == b->size
           && ipxe_time_cmp(&a->mtime, &b->mtime) == 0;
}


int64_t
ipxe_store_file_age(const ipxe_store_file_t *file)
{
    struct timespec  now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        return 0;
    }

    return (int64_t) (now.tv_sec - file->mtime.tv_sec) * 1000
           + (now.tv_nsec - file->mtime.tv_nsec) / 1000000;
}


int
ipxe_store_file_is_strange(const char *path, const ipxe_store_file_t *file)
{
    struct timespec    born, wal_born;
    ipxe_store_file_t  wal;

    if (ipxe_store_file_stat(path, "-wal", &wal) != 0 || wal.size == 0) {
        return 0;
    }

    /* what happens within a tick of the clock has the same time */

    if (ipxe_time_cmp(&wal.mtime, &file->ctime) <= 0
        && ipxe_time_cmp(&file->mtime, &file->ctime) < 0)
    {
        return 1;
    }

    return ipxe_store_file_born(path, "", &born) == 0
           && (ipxe_time_cmp(&wal.mtime, &born) <= 0
               || (ipxe_store_file_born(path, "-wal", &wal_born) == 0
                   && ipxe_time_cmp(&wal_born, &born) < 0));
}


/* When the file was made, or the log, if the file system knows. */

static int
ipxe_store_file_born(const char *path, const char *suffix,
    struct timespec *born)
{
#ifdef STATX_BTIME

    char          name[4096 + sizeof("-wal")];
    struct statx  st;

    (void) snprintf(name, sizeof(name), "%s%s", path, suffix);

    if (statx(AT_FDCWD, name, 0, STATX_BTIME, &st) == 0
        && (st.stx_mask & STATX_BTIME))
    {
        born->tv_sec = (time_t) st.stx_btime.tv_sec;
        born->tv_nsec = (long) st.stx_btime.tv_nsec;
        return 0;
    }

#endif

    return -1;
}


static int
ipxe_time_cmp(const struct timespec *a, const struct timespec *b)
{
    if (a->tv_sec != b->tv_sec) {
        return a->tv_sec < b->tv_sec ? -1 : 1;
    }

    return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}
