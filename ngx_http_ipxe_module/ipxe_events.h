
/*
 * Events: events.db, what happened.  Answers that machines got, the machines
 * that were seen, what installers reported.
 *
 * A connection belongs to one process and to one thread at a time.  At most
 * one connection may write at any moment, in all processes together: SQLite
 * before 3.51.3 can damage a WAL database when two write or checkpoint at the
 * same instant (sqlite.org/wal.html#walresetbug).
 */


#ifndef _IPXE_EVENTS_H_INCLUDED_
#define _IPXE_EVENTS_H_INCLUDED_


#include "ipxe.h"
#include "ipxe_ring.h"


#pragma GCC visibility push(hidden)


#define IPXE_EVENTS_APPLICATION_ID  0x69505645   /* "iPVE" */
#define IPXE_EVENTS_USER_VERSION    1

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
    int64_t               time;         /* milliseconds since 1970 */
    ipxe_str_t            token;
    ipxe_str_t            host;
    ipxe_str_t            profile;
    ipxe_str_t            address;
    ipxe_str_t            body;
} ipxe_report_t;


/*
 * A connection to the zero-terminated PATH, which has to outlive it.  Opens
 * nothing.  Returns NULL when there is no memory.
 */
ipxe_events_t *ipxe_events_create(const char *path);
void ipxe_events_destroy(ipxe_events_t *events);

/*
 * Whether TOKEN is spent.  Returns IPXE_OK when it is; IPXE_DECLINED when it
 * is not; IPXE_UNAVAILABLE with a sentence; or IPXE_NOMEM.  Never waits for a
 * lock.  A file that was replaced is opened anew.
 */
ipxe_rc_e ipxe_events_is_spent(ipxe_events_t *events, ipxe_str_t token,
    ipxe_err_t *err);

/*
 * The functions below write, and may wait for the disk, and 5 seconds for
 * somebody who has the file locked.  A file that is not there is made.  They
 * return IPXE_OK when the change is on the disk; IPXE_UNAVAILABLE with a
 * sentence; or IPXE_NOMEM.
 */

/* Makes the file, so that the functions above find it. */
ipxe_rc_e ipxe_events_make(ipxe_events_t *events, ipxe_err_t *err);

/*
 * Keeps REPORT, and spends its token unless it is a log.  Returns
 * IPXE_DECLINED when the token is spent already, and keeps nothing.
 */
ipxe_rc_e ipxe_events_report(ipxe_events_t *events,
    const ipxe_report_t *report, ipxe_err_t *err);

/*
 * Writes the answers that were COPIED from the ring of RUN, but for those
 * that were written before; keeps the last HISTORY answers and MACHINES.
 */
ipxe_rc_e ipxe_events_write(ipxe_events_t *events, ipxe_str_t copied,
    uint64_t run, size_t history, size_t machines, ipxe_err_t *err);

/* "done", "failed", "log" */
const char *ipxe_event_name(ipxe_event_e event);


#pragma GCC visibility pop


#endif /* _IPXE_EVENTS_H_INCLUDED_ */
