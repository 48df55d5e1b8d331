
/*
 * Strings, sentences, output and memory of the core.
 */


#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ipxe.h"


#define IPXE_BUF_START    2048
#define IPXE_ARENA_BLOCK  16384


typedef union ipxe_block_u  ipxe_block_t;

union ipxe_block_u {
    struct {
        ipxe_block_t     *next;
        size_t            used;
        size_t            size;
    } s;
    long double           align;
};


struct ipxe_arena_s {
    ipxe_mem_t            mem;
    ipxe_block_t         *blocks;
    void               *(*alloc)(size_t);
    void                (*release)(void *);
};


static ipxe_rc_e ipxe_buf_grow(ipxe_buf_t *buf, size_t len, size_t size);
static void *ipxe_arena_alloc(void *data, size_t size);


ipxe_rc_e
ipxe_str_copy(ipxe_str_t *copy, ipxe_str_t str, ipxe_mem_t *mem)
{
    unsigned char  *p;

    if (str.data == NULL) {
        copy->len = 0;
        copy->data = NULL;
        return IPXE_OK;
    }

    /* an empty string is not a NULL */

    p = mem->alloc(mem->data, str.len ? str.len : 1);
    if (p == NULL) {
        return IPXE_NOMEM;
    }

    memcpy(p, str.data, str.len);

    copy->len = str.len;
    copy->data = p;

    return IPXE_OK;
}


int
ipxe_str_cmp(ipxe_str_t a, ipxe_str_t b)
{
    int     rc;
    size_t  n;

    n = a.len < b.len ? a.len : b.len;

    rc = n ? memcmp(a.data, b.data, n) : 0;
    if (rc) {
        return rc;
    }

    return (a.len > b.len) - (a.len < b.len);
}


ipxe_str_t
ipxe_str_trim(ipxe_str_t str)
{
    while (str.len && str.data[0] == ' ') {
        str.data++;
        str.len--;
    }

    while (str.len && str.data[str.len - 1] == ' ') {
        str.len--;
    }

    return str;
}


ipxe_rc_e
ipxe_err(ipxe_err_t *err, ipxe_rc_e rc, const char *fmt, ...)
{
    int      n;
    va_list  args;

    if (err == NULL) {
        return rc;
    }

    va_start(args, fmt);
    n = vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);

    if (n < 0) {
        n = 0;
    }

    err->len = (size_t) n < sizeof(err->text) ? (size_t) n
                                              : sizeof(err->text) - 1;

    return rc;
}


const char *
ipxe_name(char *name, ipxe_str_t str)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < str.len && i < IPXE_NAME_SIZE - 1; i++) {
        c = str.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || (c && strchr("0123456789._:/@+-", c)))
        {
            name[i] = (char) c;

        } else {
            name[i] = '?';
        }
    }

    name[i] = '\0';

    return name;
}


ipxe_rc_e
ipxe_buf_reserve(ipxe_buf_t *buf, size_t len)
{
    return ipxe_buf_grow(buf, len, len);
}


ipxe_rc_e
ipxe_buf_add(ipxe_buf_t *buf, const void *data, size_t len)
{
    ipxe_rc_e  rc;

    rc = ipxe_buf_grow(buf, len, IPXE_BUF_START);
    if (rc != IPXE_OK) {
        return rc;
    }

    if (len) {
        memcpy(buf->data + buf->len, data, len);
        buf->len += len;
    }

    return IPXE_OK;
}


/* Makes room for LEN bytes; what had none before gets SIZE, or more. */

static ipxe_rc_e
ipxe_buf_grow(ipxe_buf_t *buf, size_t len, size_t size)
{
    unsigned char  *p;

    if (len > buf->limit - buf->len) {
        return IPXE_INVALID;
    }

    if (len <= buf->size - buf->len) {
        return IPXE_OK;
    }

    if (buf->size) {
        size = buf->size * 2;
    }

    if (size < buf->len + len) {
        size = buf->len + len;
    }

    p = buf->mem->alloc(buf->mem->data, size);
    if (p == NULL) {
        return IPXE_NOMEM;
    }

    if (buf->len) {
        memcpy(p, buf->data, buf->len);
    }

    buf->data = p;
    buf->size = size;

    return IPXE_OK;
}


ipxe_rc_e
ipxe_buf_str(ipxe_buf_t *buf, ipxe_str_t str)
{
    return ipxe_buf_add(buf, str.data, str.len);
}


ipxe_rc_e
ipxe_buf_text(ipxe_buf_t *buf, const char *text)
{
    return ipxe_buf_add(buf, text, strlen(text));
}


ipxe_arena_t *
ipxe_arena_create(void *(*alloc)(size_t), void (*release)(void *))
{
    ipxe_arena_t  *arena;

    if (alloc == NULL) {
        alloc = malloc;
        release = free;
    }

    arena = alloc(sizeof(ipxe_arena_t));
    if (arena == NULL) {
        return NULL;
    }

    arena->mem.alloc = ipxe_arena_alloc;
    arena->mem.data = arena;
    arena->blocks = NULL;
    arena->alloc = alloc;
    arena->release = release;

    return arena;
}


void
ipxe_arena_destroy(ipxe_arena_t *arena)
{
    ipxe_block_t  *block, *next;

    for (block = arena->blocks; block; block = next) {
        next = block->s.next;
        arena->release(block);
    }

    arena->release(arena);
}


ipxe_mem_t *
ipxe_arena_mem(ipxe_arena_t *arena)
{
    return &arena->mem;
}


static void *
ipxe_arena_alloc(void *data, size_t size)
{
    ipxe_arena_t *arena = data;

    void          *p;
    size_t         room;
    ipxe_block_t  *block;

    if (size > IPXE_MAX_OUTPUT * 16) {
        return NULL;
    }

    size = (size + sizeof(long double) - 1) & ~(sizeof(long double) - 1);

    block = arena->blocks;

    if (block == NULL || size > block->s.size - block->s.used) {

        room = size > IPXE_ARENA_BLOCK ? size : IPXE_ARENA_BLOCK;

        block = arena->alloc(sizeof(ipxe_block_t) + room);
        if (block == NULL) {
            return NULL;
        }

        block->s.next = arena->blocks;
        block->s.used = 0;
        block->s.size = room;

        arena->blocks = block;
    }

    p = (unsigned char *) (block + 1) + block->s.used;
    block->s.used += size;

    return p;
}
