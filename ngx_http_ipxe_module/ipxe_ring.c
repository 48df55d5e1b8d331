
/*
 * A ring of answers that are not written yet.
 */


#include "ipxe_ring.h"


/* An answer begins with its length, this included, its number and time. */

typedef struct {
    uint64_t              len;
    uint64_t              number;
    int64_t               time;
    unsigned char         strings[IPXE_ANSWER_STRINGS];     /* lengths */
} ipxe_ring_head_t;


static uint64_t ipxe_ring_put(ipxe_ring_t *ring, uint64_t to,
    const void *data, size_t len);
static void ipxe_ring_get(const ipxe_ring_t *ring, uint64_t from, void *data,
    size_t len);


void
ipxe_ring_init(ipxe_ring_t *ring, size_t size, uint64_t run)
{
    memset(ring, 0, sizeof(ipxe_ring_t));

    ring->size = size - sizeof(ipxe_ring_t);
    ring->run = run;
}


ipxe_rc_e
ipxe_ring_add(ipxe_ring_t *ring, const ipxe_answer_t *answer)
{
    size_t            i, n;
    uint64_t          to, tail;
    ipxe_ring_head_t  head;

    memset(&head, 0, sizeof(ipxe_ring_head_t));

    head.len = sizeof(ipxe_ring_head_t);

    for (i = 0; i < IPXE_ANSWER_STRINGS; i++) {
        n = answer->string[i].len;

        if (n > IPXE_RING_STRING) {
            n = IPXE_RING_STRING;
        }

        head.strings[i] = (unsigned char) n;
        head.len += n;
    }

    tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);

    if (head.len > ring->size - (size_t) (ring->head - tail)) {
        ring->dropped++;
        return IPXE_DECLINED;
    }

    head.number = ++ring->number;
    head.time = answer->time;

    to = ipxe_ring_put(ring, ring->head, &head, sizeof(ipxe_ring_head_t));

    for (i = 0; i < IPXE_ANSWER_STRINGS; i++) {
        to = ipxe_ring_put(ring, to, answer->string[i].data, head.strings[i]);
    }

    /* it is there at once, as a whole: its process may be killed before */

    __atomic_store_n(&ring->head, to, __ATOMIC_RELEASE);

    return IPXE_OK;
}


size_t
ipxe_ring_used(const ipxe_ring_t *ring)
{
    uint64_t  tail;

    tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);

    return (size_t) (__atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) - tail);
}


size_t
ipxe_ring_copy(const ipxe_ring_t *ring, unsigned char *buf, size_t size)
{
    size_t            len;
    uint64_t          at, head;
    ipxe_ring_head_t  answer;

    head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
    len = 0;

    for (at = ring->tail; at < head; at += answer.len) {

        ipxe_ring_get(ring, at, &answer, sizeof(ipxe_ring_head_t));

        if (answer.len > size - len) {
            break;
        }

        ipxe_ring_get(ring, at, buf + len, (size_t) answer.len);
        len += (size_t) answer.len;
    }

    return len;
}


void
ipxe_ring_remove(ipxe_ring_t *ring, size_t len)
{
    __atomic_store_n(&ring->tail, ring->tail + len, __ATOMIC_RELEASE);
}


ipxe_rc_e
ipxe_ring_next(ipxe_answer_t *answer, ipxe_str_t *copied)
{
    size_t                i;
    ipxe_ring_head_t      head;
    const unsigned char  *p;

    if (copied->len == 0) {
        return IPXE_DECLINED;
    }

    memcpy(&head, copied->data, sizeof(ipxe_ring_head_t));

    answer->number = head.number;
    answer->time = head.time;

    p = copied->data + sizeof(ipxe_ring_head_t);

    for (i = 0; i < IPXE_ANSWER_STRINGS; i++) {
        answer->string[i].data = p;
        answer->string[i].len = head.strings[i];
        p += head.strings[i];
    }

    copied->data += head.len;
    copied->len -= (size_t) head.len;

    return IPXE_OK;
}


static uint64_t
ipxe_ring_put(ipxe_ring_t *ring, uint64_t to, const void *data, size_t len)
{
    size_t                at, n;
    const unsigned char  *p;

    p = data;
    at = (size_t) (to % ring->size);
    n = ring->size - at;

    if (n > len) {
        n = len;
    }

    if (len) {
        memcpy(ring->data + at, p, n);
        memcpy(ring->data, p + n, len - n);
    }

    return to + len;
}


static void
ipxe_ring_get(const ipxe_ring_t *ring, uint64_t from, void *data, size_t len)
{
    size_t          at, n;
    unsigned char  *p;

    p = data;
    at = (size_t) (from % ring->size);
    n = ring->size - at;

    if (n > len) {
        n = len;
    }

    memcpy(p, ring->data + at, n);
    memcpy(p + n, ring->data, len - n);
}
