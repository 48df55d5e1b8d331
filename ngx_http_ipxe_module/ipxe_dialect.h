
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
     * and encodes it when it is a URL.  RAW text of an administrator may be
     * anything.  Returns IPXE_OK; IPXE_INVALID with what is wrong and what is
     * wanted, in words that follow "... holds"; or IPXE_NOMEM.
     */
    ipxe_rc_e           (*escape)(ipxe_buf_t *out, size_t from,
                                  ipxe_text_e sort, int raw, ipxe_err_t *err);

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
};


extern const ipxe_dialect_t  ipxe_dialect_ipxe;
extern const ipxe_dialect_t  ipxe_dialect_pxelinux;
extern const ipxe_dialect_t  ipxe_dialect_file;


/*
 * Percent-encodes what is no part of a URL (RFC 3986) from FROM to the end of
 * OUT.  A "%" stays, since what is written may be encoded already.  Returns
 * IPXE_OK, IPXE_INVALID with a sentence, or IPXE_NOMEM.
 */
ipxe_rc_e ipxe_url_encode(ipxe_buf_t *out, size_t from, ipxe_err_t *err);

/*
 * Writes the script that makes iPXE ask again, with all that a machine
 * has to show: the SMBIOS strings last, since old iPXE cannot keep a "&" in
 * them from ending the argument.  It asks 12 times and then leaves the machine
 * to its next device.  The URL, BASE and PATH, is percent-encoded here.
 */
ipxe_rc_e ipxe_dialect_stub(ipxe_buf_t *out, ipxe_str_t base, ipxe_str_t path);


#pragma GCC visibility pop


#endif /* _IPXE_DIALECT_H_INCLUDED_ */
