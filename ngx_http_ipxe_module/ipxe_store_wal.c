
/*
 * The log of a database in WAL mode, and its index.
 */


#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipxe_store_wal.h"


/* where the index has what */

#define IPXE_INDEX_PAGE_SIZE  14
#define IPXE_INDEX_FRAMES     16
#define IPXE_INDEX_SALT       32
#define IPXE_INDEX_WRITTEN    96
#define IPXE_INDEX_ATTEMPTED  128


/* the log (sqlite.org/fileformat2.html, "The Write-Ahead Log") */

#define IPXE_WAL_HEADER       32
#define IPXE_WAL_FRAME        24        /* page number, ..., salt at 8 */


static ipxe_rc_e ipxe_store_wal_compare(ipxe_store_db_t *db,
    const char *path, const ipxe_store_wal_t *wal, unsigned char *buf);
static int ipxe_store_wal_read(const char *path, unsigned char *buf,
    size_t len, off_t offset);


void
ipxe_store_wal_see(ipxe_store_wal_t *wal, const unsigned char *index)
{
    uint16_t  size;

    memset(wal, 0, sizeof(ipxe_store_wal_t));

    __sync_synchronize();

    memcpy(wal->salt, index + IPXE_INDEX_SALT, sizeof(wal->salt));
    memcpy(&wal->frames, index + IPXE_INDEX_FRAMES, sizeof(wal->frames));
    memcpy(&wal->written, index + IPXE_INDEX_WRITTEN, sizeof(wal->written));
    memcpy(&wal->attempted, index + IPXE_INDEX_ATTEMPTED,
           sizeof(wal->attempted));
    memcpy(&size, index + IPXE_INDEX_PAGE_SIZE, sizeof(size));

    /* 1 is for 65536 */

    wal->page_size = size == 1 ? 65536 : size;
}


ipxe_rc_e
ipxe_store_wal_wrote(ipxe_store_db_t *db, const char *path,
    const ipxe_store_wal_t *before)
{
    int                same;
    ipxe_rc_e          rc;
    unsigned char     *buf;
    ipxe_store_wal_t   now, then;

    ipxe_store_wal_see(&now, db->index);

    same = memcmp(now.salt, before->salt, sizeof(now.salt)) == 0;

    if (now.written != now.attempted) {
        return IPXE_AGAIN;
    }

    if (now.written == 0) {

        if (same) {
            return IPXE_DECLINED;
        }

        /* it began anew, since all that was in it was written */

        return before->frames > before->written ? IPXE_OK : IPXE_INVALID;
    }

    buf = malloc(IPXE_WAL_FRAME + 2 * (size_t) now.page_size);
    if (buf == NULL) {
        return IPXE_NOMEM;
    }

    rc = ipxe_store_wal_compare(db, path, &now, buf);

    free(buf);

    ipxe_store_wal_see(&then, db->index);

    return then.attempted == now.attempted
           && memcmp(then.salt, now.salt, sizeof(now.salt)) == 0
           ? rc : IPXE_AGAIN;
}


/* Whether the last frame that was written is in the file. */

static ipxe_rc_e
ipxe_store_wal_compare(ipxe_store_db_t *db, const char *path,
    const ipxe_store_wal_t *wal, unsigned char *buf)
{
    off_t     at;
    uint32_t  page;

    at = IPXE_WAL_HEADER
         + (off_t) (wal->written - 1) * (IPXE_WAL_FRAME + wal->page_size);

    if (ipxe_store_wal_read(path, buf, IPXE_WAL_FRAME + wal->page_size, at)
        != 0
        || memcmp(buf + 8, wal->salt, sizeof(wal->salt)) != 0)
    {
        return IPXE_INVALID;
    }

    page = (uint32_t) buf[0] << 24 | (uint32_t) buf[1] << 16
           | (uint32_t) buf[2] << 8 | buf[3];

    buf += IPXE_WAL_FRAME;

    return page
           && ipxe_store_db_bytes(db, buf + wal->page_size,
                                  (int) wal->page_size,
                                  (int64_t) (page - 1) * wal->page_size)
              == 0
           && memcmp(buf, buf + wal->page_size, wal->page_size) == 0
           ? IPXE_OK : IPXE_DECLINED;
}


/* SQLite has no locks on the log: it may be opened and closed. */

static int
ipxe_store_wal_read(const char *path, unsigned char *buf, size_t len,
    off_t offset)
{
    int      fd;
    char     name[4096 + sizeof("-wal")];
    ssize_t  n;

    (void) snprintf(name, sizeof(name), "%s-wal", path);

    fd = open(name, O_RDONLY|O_CLOEXEC);
    if (fd == -1) {
        return -1;
    }

    n = pread(fd, buf, len, offset);

    (void) close(fd);

    return n == (ssize_t) len ? 0 : -1;
}
