
/*
 * Identity: what a machine shows of itself, in one canonical form.
 */


#ifndef _IPXE_IDENT_H_INCLUDED_
#define _IPXE_IDENT_H_INCLUDED_


#include "ipxe.h"


#pragma GCC visibility push(hidden)


/*
 * The facts of one request.  text[] is for people: a MAC as
 * "52:54:00:12:34:56", a UUID as "11223344-5566-7788-99aa-bbccddeeff00", the
 * rest as shown, without spaces around it.  key[] is what rows are looked up
 * by, the form of the *_key columns of hosts.db.  What was not shown, or is
 * not what it should be, has the length 0.
 */

typedef struct {
    ipxe_str_t            text[IPXE_FACTS];
    ipxe_str_t            key[IPXE_KEYS];

    /* the UUID with its first three fields in the other byte order */
    ipxe_str_t            swapped;

    /* the UUID came from a loader that does not say which order it uses */
    unsigned              uuid_raw:1;

    /* bit N: the query has an argument for fact N; one that is not empty */
    unsigned              asked;
    unsigned              given;
} ipxe_facts_t;


typedef enum {
    IPXE_FILE_MACHINE = 0,      /* a UUID, a MAC, an IP address, anything */
    IPXE_FILE_DEFAULT
} ipxe_file_e;


/*
 * Canonical key of a MAC address of 6, 8 or 20 bytes, written with ':' or '-'
 * between bytes, '.' between pairs of bytes or bare, in either case; one ARP
 * hardware type (01 or 20) in front is taken off, as PXELINUX puts it there.
 * KEY holds 40 bytes.  Returns the key's length, or 0 when STR is no MAC, or
 * that of no single card (all zeros; a multicast address).
 */
size_t ipxe_mac_key(ipxe_str_t str, unsigned char *key);

/*
 * Canonical key of a UUID, bare, with hyphens, or in braces, in either case.
 * KEY holds 32 bytes.  Returns 32, or 0 when STR is no UUID.
 */
size_t ipxe_uuid_key(ipxe_str_t str, unsigned char *key);

/* The 32 bytes of KEY with the first three fields in the other byte order. */
void ipxe_uuid_swap(const unsigned char *key, unsigned char *swapped);

/*
 * Canonical key of an asset tag or a serial number: in lower case, without
 * spaces around it.  KEY holds STR.len bytes.  Returns the key's length.
 */
size_t ipxe_text_key(ipxe_str_t str, unsigned char *key);


/*
 * Takes facts from a query string.  The first argument of a name that has a
 * value wins; a value that is not usable is dropped, and nothing is an error.
 * "+" is a plus.  "%FFFFFFhh", which iPXE sends on x86 for a byte over 127,
 * is that byte.  Old iPXE cannot send "&" inside a value (ipxe before commit
 * 1844aacc8 decodes and encodes the query again): what follows one and does
 * not look like "name=" goes on the free text before it.
 *
 * Fills what is still empty in FACTS, which starts zeroed.  The strings are
 * in memory of MEM.  Returns IPXE_OK or IPXE_NOMEM.
 */
ipxe_rc_e ipxe_facts_query(ipxe_facts_t *facts, ipxe_str_t query,
    ipxe_mem_t *mem);

/*
 * Takes facts from the name of a configuration file that PXELINUX asks for
 * (core/fs/pxe/pxe.c): a UUID as DHCP option 97 has it, "01-" and a MAC, an
 * IPv4 address in hexadecimal.  KIND says whether it is "default".
 */
ipxe_rc_e ipxe_facts_file(ipxe_facts_t *facts, ipxe_str_t name,
    ipxe_file_e *kind, ipxe_mem_t *mem);

/*
 * Takes facts from a Cookie header of lpxelinux or syslinux.efi
 * (core/fs/pxe/http.c), where a space is sent as "+", and "+" and "%" as they
 * are: an identity that holds one of these cannot be trusted and is dropped.
 * Other cookies are passed over.
 */
ipxe_rc_e ipxe_facts_cookie(ipxe_facts_t *facts, ipxe_str_t cookie,
    ipxe_mem_t *mem);

/*
 * Sets a fact that is not known yet, from any spelling, if VALUE is usable.
 */
ipxe_rc_e ipxe_facts_set(ipxe_facts_t *facts, ipxe_fact_e fact,
    ipxe_str_t value, ipxe_mem_t *mem);


#pragma GCC visibility pop


#endif /* _IPXE_IDENT_H_INCLUDED_ */
