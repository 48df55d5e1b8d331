
/*
 * Events: events.db, what happened.  Answers that machines got, the machines
 * that were seen, what installers reported.
 *
 * A connection belongs to one process and to one thread at a time.  Those
 * that write hold a lock that all processes share: SQLite before 3.51.3 can
 * damage a WAL database when two connections write or checkpoint at the same
 * instant (sqlite.org/wal.html#walresetbug).
 */


#ifndef _IPXE_EVENTS_H_INCLUDED_
#define _IPXE_EVENTS_H_INCLUDED_


#include "ipxe.h"
#include "ipxe_ring.h"


#pragma GCC visibility push(hidden)


#define IPXE_EVENTS_APPLICATION_ID  0x69505645   /* "iPVE" */
#define IPXE_EVENTS_USER_VERSION    1

#define IPXE_EVENTS_BATCH  (1024 * 1024)

#define IPXE_MAX_BODY  65536            /* bytes that an installer may say */


typedef struct ipxe_events_s  ipxe_events_t;


typedef enum {
    IPXE_EVENT_DONE = 0,
    IPXE_EVENT_FAILED,
    IPXE_EVENT_LOG,
    IPXE_EVENTS
} ipxe_event_e;


/* What an installer said. */

typedef struct {
    ipxe_event_e          event;
    unsigned              armed:1;      /* there is an install to be over */
    int64_t               time;         /* milliseconds since 1970 */
    ipxe_str_t            token;
    ipxe_str_t            host;
    ipxe_str_t            profile;
    ipxe_str_t            address;
    ipxe_str_t            body;
} ipxe_report_t;


/*
 * A connection to the zero-terminated PATH, which has to outlive it, that
 * keeps the last HISTORY answers and MACHINES.  Opens nothing.  Returns NULL
 * when there is no memory.
 */
ipxe_events_t *ipxe_events_create(const char *path, size_t history,
    size_t machines);
void ipxe_events_destroy(ipxe_events_t *events);

/*
 * Whether TOKEN is spent.  Returns IPXE_OK when it is; IPXE_DECLINED when it
 * is not; IPXE_INVALID when the file cannot know, since it was begun, or put
 * where it is, after the token was made; IPXE_UNAVAILABLE with a sentence; or
 * IPXE_NOMEM.  Never waits for a lock.  A file that was replaced is opened
 * anew; one that was removed is missed.
 */
ipxe_rc_e ipxe_events_is_spent(ipxe_events_t *events, ipxe_str_t token,
    ipxe_err_t *err);

/*
 * Waits for WAIT milliseconds at most until no other connection writes, and
 * keeps them from it.  Returns IPXE_OK; IPXE_AGAIN when another still does, or
 * IPXE_UNAVAILABLE, with a sentence.
 */
ipxe_rc_e ipxe_events_lock(ipxe_events_t *events, int wait, ipxe_err_t *err);
void ipxe_events_unlock(ipxe_events_t *events);

/*
 * The functions below write, by who has the lock.  They wait for the disk,
 * and for another program that has the file locked if
 * ipxe_events_set_wait() says so.  A file that is not there is made.  They
 * return IPXE_OK when the change is on the disk; IPXE_UNAVAILABLE with a
 * sentence; or IPXE_NOMEM.
 */

/*
 * Makes the file if it is not there, so that the functions above find it.  It
 * knows which installs are over since SINCE, milliseconds since 1970, or since
 * now if that is 0.
 */
ipxe_rc_e ipxe_events_make(ipxe_events_t *events, int64_t since,
    ipxe_err_t *err);

/*
 * Keeps REPORT, and spends its token if that is armed and no log.  Returns
 * IPXE_DECLINED when the token is spent already, and keeps nothing.
 */
ipxe_rc_e ipxe_events_report(ipxe_events_t *events,
    const ipxe_report_t *report, ipxe_err_t *err);

/*
 * Writes the oldest answers of RING, at most IPXE_EVENTS_BATCH bytes of it,
 * each of them once, and takes out those that are written.
 */
ipxe_rc_e ipxe_events_flush(ipxe_events_t *events, ipxe_ring_t *ring,
    ipxe_err_t *err);

/* Milliseconds that a lock is waited for; 0, as at first, is not at all. */
void ipxe_events_set_wait(ipxe_events_t *events, int wait);

/* "done", "failed", "log" */
const char *ipxe_event_name(ipxe_event_e event);


#pragma GCC visibility pop


#endif /* _IPXE_EVENTS_H_INCLUDED_ */
