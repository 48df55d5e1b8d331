
/*
 * Dialects: the languages of the loaders, what may stand in them, and the few
 * texts that have to be right whatever the database holds.
 */


#ifndef _IPXE_DIALECT_H_INCLUDED_
#define _IPXE_DIALECT_H_INCLUDED_


#include "ipxe.h"


#pragma GCC visibility push(hidden)


/* Where a text that stands in a template comes from. */

typedef enum {
    IPXE_TEXT_ADMIN = 0,        /* somebody wrote it into the database */
    IPXE_TEXT_URL,              /* ... as a URL */
    IPXE_TEXT_MACHINE,          /* the machine showed it */
    IPXE_TEXT_SERVER            /* the module itself made it */
} ipxe_text_e;


typedef struct ipxe_dialect_s  ipxe_dialect_t;

struct ipxe_dialect_s {
    ipxe_str_t            name;         /* template.dialect */

    /*
     * Checks the text in OUT from FROM on, which came from where SORT says,
     * and encodes it when it is a URL.  HOW has IPXE_RAW and IPXE_INNER: raw
     * text of an administrator may be anything; a dialect that can quote
     * leaves that to the value which an inner one is a part of.  Returns
     * IPXE_OK; IPXE_INVALID with what is wrong and what is wanted, in words
     * that follow "... holds"; or IPXE_NOMEM.
     */
    ipxe_rc_e           (*escape)(ipxe_buf_t *out, size_t from,
                                  ipxe_text_e sort, unsigned how,
                                  ipxe_err_t *err);

    /*
     * Makes a rendered answer one that the loader takes for what it is, or
     * says why it cannot be.
     */
    ipxe_rc_e           (*finish)(ipxe_buf_t *out, ipxe_err_t *err);

    /*
     * Writes an answer that says TEXT on the console, waits and boots the
     * next device.
     */
    ipxe_rc_e           (*refuse)(ipxe_buf_t *out, const char *text);

    /*
     * Writes an answer that makes the loader ask at the URL of BASE and PATH,
     * which is encoded here, with all that a machine has to show, the texts of
     * its firmware last.  It asks 12 times and then leaves the machine to its
     * next device.  NULL for a loader that cannot.
     */
    ipxe_rc_e           (*stub)(ipxe_buf_t *out, ipxe_str_t base,
                                ipxe_str_t path);

    /* a URL is written as a name of the loader's own */
    unsigned              renames:1;
};


extern const ipxe_dialect_t  ipxe_dialect_ipxe;
extern const ipxe_dialect_t  ipxe_dialect_pxelinux;
extern const ipxe_dialect_t  ipxe_dialect_grub;
extern const ipxe_dialect_t  ipxe_dialect_file;


/*
 * Percent-encodes what is no part of a URL (RFC 3986) from FROM to the end of
 * OUT.  A "%" stays, since what is written may be encoded already.  Returns
 * IPXE_OK, IPXE_INVALID with a sentence, or IPXE_NOMEM.
 */
ipxe_rc_e ipxe_url_encode(ipxe_buf_t *out, size_t from, ipxe_err_t *err);


/* What dialects have in common. */

typedef ipxe_rc_e (*ipxe_check_pt)(const unsigned char *p, size_t len,
    ipxe_err_t *err);

/* escape() of a dialect; CHECK is what its values may not hold. */
ipxe_rc_e ipxe_dialect_escape(ipxe_buf_t *out, size_t from, ipxe_text_e sort,
    unsigned how, ipxe_check_pt check, ipxe_err_t *err);

/* Refuses control bytes. */
ipxe_rc_e ipxe_dialect_control(const unsigned char *p, size_t len,
    ipxe_err_t *err);

/* RC, with a sentence when OUT has become too long. */
ipxe_rc_e ipxe_dialect_full(ipxe_rc_e rc, ipxe_err_t *err);

/*
 * Writes TEXT as commands that print it, in lines that a console shows whole,
 * each between BEFORE and AFTER.  Whatever means something to a loader becomes
 * a "?"; a double quote becomes a single one when AFTER is to end it.
 */
ipxe_rc_e ipxe_dialect_say(ipxe_buf_t *out, const char *before,
    const char *text, const char *after);


#pragma GCC visibility pop


#endif /* _IPXE_DIALECT_H_INCLUDED_ */
