
/*
 * A ring of answers that are not written yet, in memory that processes share.
 * It has a fixed size and never waits: what does not fit is dropped and
 * counted.  Who adds has a lock, who takes out another: both go on at a time.
 * A process that is killed leaves it whole.
 */


#ifndef _IPXE_RING_H_INCLUDED_
#define _IPXE_RING_H_INCLUDED_


#include "ipxe.h"


#pragma GCC visibility push(hidden)


#define IPXE_RING_STRING  255           /* bytes of a string that are kept */


/* What is known of an answer; a string may be empty. */

typedef enum {
    IPXE_ANSWER_RESULT = IPXE_FACTS,    /* behind what the machine showed */
    IPXE_ANSWER_ENDPOINT,
    IPXE_ANSWER_HOST,
    IPXE_ANSWER_KEY,
    IPXE_ANSWER_PROFILE,
    IPXE_ANSWER_ADDRESS,
    IPXE_ANSWER_LOADER,
    IPXE_ANSWER_STRINGS
} ipxe_answer_e;


typedef struct {
    uint64_t              number;       /* from 1 on, in the order of adding */
    int64_t               time;         /* milliseconds since 1970 */
    ipxe_str_t            string[IPXE_ANSWER_STRINGS];
} ipxe_answer_t;


typedef struct {
    uint64_t              run;          /* which ring it is */
    uint64_t              number;       /* of the answer that was added last */
    uint64_t              dropped;
    uint64_t              head;         /* bytes ever added ... */
    uint64_t              tail;         /* ... and removed */
    size_t                size;
    unsigned char         data[];
} ipxe_ring_t;


/* Makes an empty ring of SIZE bytes of memory.  RUN is another for each. */
void ipxe_ring_init(ipxe_ring_t *ring, size_t size, uint64_t run);

/* Adds ANSWER, whose number is set here.  Returns IPXE_OK or IPXE_DECLINED. */
ipxe_rc_e ipxe_ring_add(ipxe_ring_t *ring, const ipxe_answer_t *answer);

/* The bytes of the answers that are in it. */
size_t ipxe_ring_used(const ipxe_ring_t *ring);

/*
 * Copies the oldest answers to BUF of SIZE bytes, as many as fit whole.
 * Returns the bytes that were copied.
 */
size_t ipxe_ring_copy(const ipxe_ring_t *ring, unsigned char *buf,
    size_t size);

/* Takes the oldest answers out, LEN bytes of them. */
void ipxe_ring_remove(ipxe_ring_t *ring, size_t len);

/*
 * Takes the first of the answers that were copied, whose strings stay in
 * them.  Returns IPXE_OK, or IPXE_DECLINED behind the last.
 */
ipxe_rc_e ipxe_ring_next(ipxe_answer_t *answer, ipxe_str_t *copied);


#pragma GCC visibility pop


#endif /* _IPXE_RING_H_INCLUDED_ */
