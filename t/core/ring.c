
/*
 * The ring: what goes in comes out, in order, whole and once, or is counted.
 */


#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipxe_ring.h"
#include "test.h"


#define RING  8192


static ipxe_ring_t *
make(size_t size, uint64_t run)
{
    ipxe_ring_t  *ring;

    ring = malloc(size);
    ipxe_ring_init(ring, size, run);

    return ring;
}


/* An answer whose strings are told by a number: each is as long as it says. */

static void
fill(ipxe_answer_t *answer, uint64_t n)
{
    size_t  i;

    static unsigned char  text[IPXE_ANSWER_STRINGS][IPXE_RING_STRING];

    memset(answer, 0, sizeof(ipxe_answer_t));

    answer->time = (int64_t) n * 3;

    for (i = 0; i < IPXE_ANSWER_STRINGS; i++) {
        answer->string[i].len = (n * (i + 7)) % (i == 3 ? 256 : 40);
        answer->string[i].data = text[i];
        memset(text[i], (int) ('a' + (n + i) % 26), answer->string[i].len);
    }
}


static int
is_filled(const ipxe_answer_t *got, uint64_t n)
{
    size_t         i;
    ipxe_answer_t  want;

    fill(&want, n);

    if (got->time != want.time) {
        return 0;
    }

    for (i = 0; i < IPXE_ANSWER_STRINGS; i++) {
        if (!ipxe_str_eq(got->string[i], want.string[i])) {
            return 0;
        }
    }

    return 1;
}


static ipxe_str_t
copy(ipxe_ring_t *ring, unsigned char *buf, size_t size)
{
    return str_n(buf, ipxe_ring_copy(ring, buf, size));
}


static void
test_one(void)
{
    ipxe_str_t      copied;
    ipxe_ring_t    *ring;
    unsigned char   buf[RING], longer[300];
    ipxe_answer_t   answer;

    ring = make(RING, 42);

    test(ring->run == 42, "a ring knows its run");
    test(ipxe_ring_used(ring) == 0, "it is empty");
    test(copy(ring, buf, sizeof(buf)).len == 0, "... nothing is copied");

    copied = str_n(buf, 0);
    test_rc(ipxe_ring_next(&answer, &copied), IPXE_DECLINED, "... or found");

    memset(&answer, 0, sizeof(answer));
    memset(longer, 'x', sizeof(longer));

    answer.time = 1764092153123;
    answer.string[IPXE_MAC] = str("52:54:00:00:00:01");
    answer.string[IPXE_PRODUCT] = str_n(longer, sizeof(longer));
    answer.string[IPXE_ANSWER_LOADER] = str("iPXE/1.21.1");

    test_rc(ipxe_ring_add(ring, &answer), IPXE_OK, "an answer");
    test(ipxe_ring_used(ring) > 0, "... is there");

    memset(&answer, 0xff, sizeof(answer));
    copied = copy(ring, buf, sizeof(buf));

    test_rc(ipxe_ring_next(&answer, &copied), IPXE_OK, "... comes out");
    test(answer.number == 1, "... as the first");
    test(answer.time == 1764092153123, "... with its time");
    test_str(answer.string[IPXE_MAC], "52:54:00:00:00:01", "... a string");
    test(answer.string[IPXE_PRODUCT].len == 255, "... a long one is cut");
    test_str(answer.string[IPXE_UUID], "", "... none is empty");
    test_str(answer.string[IPXE_ANSWER_LOADER], "iPXE/1.21.1", "... the last");
    test_rc(ipxe_ring_next(&answer, &copied), IPXE_DECLINED, "... no other");

    test(copy(ring, buf, sizeof(buf)).len > 0, "it stays until removed");
    ipxe_ring_remove(ring, copy(ring, buf, sizeof(buf)).len);
    test(ipxe_ring_used(ring) == 0, "... and is gone");

    free(ring);
}


static void
test_full(void)
{
    size_t          n, len;
    ipxe_str_t      copied;
    ipxe_ring_t    *ring;
    unsigned char   buf[RING];
    ipxe_answer_t   answer;

    ring = make(RING, 1);

    for (n = 1; ; n++) {
        fill(&answer, n);
        if (ipxe_ring_add(ring, &answer) != IPXE_OK) {
            break;
        }
    }

    test(n > 10, "a ring holds some");
    test(ring->dropped == 1, "... and counts what does not fit");
    (void) ipxe_ring_add(ring, &answer);
    test(ring->dropped == 2, "... each time");
    test(ring->head - ring->tail <= ring->size, "... and holds no more");

    copied = copy(ring, buf, sizeof(buf));
    len = copied.len;
    for (n = 1; ipxe_ring_next(&answer, &copied) == IPXE_OK; n++) {
        if (answer.number != n || !is_filled(&answer, n)) {
            break;
        }
    }
    test(copied.len == 0 && n > 10, "what is in it is whole");

    copied = copy(ring, buf, 500);
    test(copied.len > 0 && copied.len <= 500, "as much is copied as fits");
    while (ipxe_ring_next(&answer, &copied) == IPXE_OK) { /* void */ }
    test(copied.len == 0, "... of whole answers");

    ipxe_ring_remove(ring, len);
    fill(&answer, 5);
    test_rc(ipxe_ring_add(ring, &answer), IPXE_OK, "then there is room again");

    free(ring);
}


/* Adds and takes out at random, around the end many times. */

static void
test_around(void)
{
    size_t          want, added, len;
    ipxe_str_t      copied;
    ipxe_ring_t    *ring;
    unsigned char   buf[RING];
    ipxe_answer_t   answer;

    ring = make(1000 + sizeof(ipxe_ring_t), 1);
    srandom(1);
    added = 0;
    want = 0;

    while (added < 100000) {

        if (random() % 3) {
            fill(&answer, added + 1);
            added += ipxe_ring_add(ring, &answer) == IPXE_OK;
            continue;
        }

        copied = copy(ring, buf, 300 + (size_t) random() % 1000);
        len = copied.len;

        while (ipxe_ring_next(&answer, &copied) == IPXE_OK) {
            want++;
            if (answer.number != want || !is_filled(&answer, want)) {
                test(0, "answer %zu is another", want);
                return;
            }
        }

        ipxe_ring_remove(ring, len);
    }

    test(want > 90000 && ring->head > 1000 * ring->size,
         "around the end: in order, whole and once");
    test(ring->dropped > 0, "... or counted");

    free(ring);
}


/* In another process; ends when it is killed, or has added LAST. */

static pid_t
producer(ipxe_ring_t *ring, uint64_t first, uint64_t last)
{
    pid_t          pid;
    ipxe_answer_t  answer;

    pid = fork();

    if (pid == 0) {
        while (first <= last) {
            fill(&answer, first);
            if (ipxe_ring_add(ring, &answer) == IPXE_OK) {
                first++;
            } else {
                (void) sched_yield();
            }
        }
        _exit(0);
    }

    return pid;
}


/* All that is in the ring; each has to be right for its time. */

static uint64_t
consume(ipxe_ring_t *ring, uint64_t number, int *right)
{
    size_t          len;
    ipxe_str_t      copied;
    ipxe_answer_t   answer;

    static unsigned char  buf[RING];

    copied = copy(ring, buf, sizeof(buf));
    len = copied.len;

    if (len == 0) {
        (void) sched_yield();
    }

    while (ipxe_ring_next(&answer, &copied) == IPXE_OK) {
        *right &= answer.number > number
                  && is_filled(&answer, (uint64_t) answer.time / 3);
        number = answer.number;
    }

    ipxe_ring_remove(ring, len);

    return number;
}


static void
test_processes(void)
{
    int           i, right, status;
    pid_t         pid;
    uint64_t      number;
    ipxe_ring_t  *ring;

    ring = mmap(NULL, RING, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS,
                -1, 0);
    ipxe_ring_init(ring, RING, 1);

    number = 0;
    right = 1;
    pid = producer(ring, 1, 20000);

    while (number < 20000 && right) {
        number = consume(ring, number, &right);
    }

    (void) waitpid(pid, &status, 0);

    test(right && number == 20000 && status == 0,
         "one process adds while another takes out");

    for (i = 0; i < 100 && right; i++) {

        pid = producer(ring, 1, UINT64_MAX);

        (void) usleep((unsigned) (random() % 2000));
        number = consume(ring, number, &right);

        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, &status, 0);

        number = consume(ring, number, &right);
    }

    test(right && number > 20000, "a process that is killed leaves it whole");

    (void) munmap(ring, RING);
}


int
main(void)
{
    test_one();
    test_full();
    test_around();
    test_processes();

    return test_done();
}
