
/*
 * Forms: an answer as it was rendered for one machine, with blanks where the
 * words of that machine stood, so that the next machine's can be filled in
 * without rendering again.
 */


#ifndef _IPXE_FORM_H_INCLUDED_
#define _IPXE_FORM_H_INCLUDED_


#include "ipxe.h"


#pragma GCC visibility push(hidden)


#define IPXE_MAX_WORDS   16             /* different ones in a form */
#define IPXE_MAX_BLANKS  64
#define IPXE_MAX_FORM    32768          /* bytes */


/* What a text is to an answer: see ipxe_form_fill(). */

typedef enum {
    IPXE_WORD_NONE = 0,
    IPXE_WORD_PLAIN,
    IPXE_WORD_COLON,                    /* plain, with a colon in it */
    IPXE_WORD_OTHER
} ipxe_word_e;


/*
 * What a template asked of the machine: by a NAME that the caller knows, and
 * of its host's variables by VAR too.  text.data is NULL when it has none.
 */

typedef struct {
    const void           *name;
    ipxe_str_t            var;
    ipxe_str_t            text;         /* while the answer is rendered */
    ipxe_word_e           kind;
} ipxe_word_t;


typedef struct {
    size_t                from;
    unsigned              word;
} ipxe_blank_t;


/* What is noted while an answer is rendered. */

typedef struct {
    ipxe_word_t           words[IPXE_MAX_WORDS];
    unsigned              n;
    ipxe_blank_t          blanks[IPXE_MAX_BLANKS];
    unsigned              nblanks;
    unsigned              spoilt:1;     /* no form can be made of it */
} ipxe_draft_t;


typedef struct ipxe_form_s  ipxe_form_t;

struct ipxe_form_s {
    ipxe_form_t          *next;

    /* for the caller: what else the answer depends on */
    const void           *dialect;
    ipxe_str_t            base_url;
    ipxe_str_t            file;

    ipxe_word_t          *words;
    size_t                n;
    ipxe_blank_t         *blanks;       /* in the order of their places */
    size_t                nblanks;
    ipxe_str_t            text;         /* without the words */
};


/*
 * Notes that NAME and VAR were asked for, and what was found.  Returns the
 * number of the word, from 1 on; 0 when no form can be made.
 */
unsigned ipxe_draft_word(ipxe_draft_t *draft, const void *name, ipxe_str_t var,
    ipxe_str_t text);

/* Notes that OUT ends with the word. */
void ipxe_draft_blank(ipxe_draft_t *draft, unsigned word,
    const ipxe_buf_t *out);

/* Notes that LEN bytes were put before what stood in OUT from FROM on. */
void ipxe_draft_move(ipxe_draft_t *draft, size_t from, size_t len);

/*
 * Notes that what stands in OUT from FROM on was changed otherwise, which no
 * form can show if there are words in it.
 */
void ipxe_draft_spoil(ipxe_draft_t *draft, size_t from);

/*
 * Makes a form of DRAFT and of the answer from FROM on in OUT, in memory of
 * MEM.  The names and variables have to live as long.  Returns IPXE_OK;
 * IPXE_DECLINED when there can be none; or IPXE_NOMEM.
 */
ipxe_rc_e ipxe_form_make(ipxe_form_t **form, const ipxe_draft_t *draft,
    const ipxe_buf_t *out, size_t from, ipxe_mem_t *mem);

/*
 * Fills FORM in with the N texts of TEXT, one for each of its words, at the
 * end of OUT.
 *
 * What a text does to the answer depends on no more than this: whether there
 * is one, for sections; whether it holds a colon, for URLs; and that it is
 * plain: letters, digits, '.', '_' and '-', with colons between, and a letter
 * or a digit first.  Such a text means nothing in any dialect, wherever it
 * stands, so that no check of an answer can end differently.
 *
 * Returns IPXE_OK; IPXE_DECLINED, having written nothing, when the answer has
 * to be rendered, as one has that would be over IPXE_MAX_FORM bytes or too
 * long for OUT; or IPXE_NOMEM.
 */
ipxe_rc_e ipxe_form_fill(const ipxe_form_t *form, const ipxe_str_t *text,
    ipxe_buf_t *out);


#pragma GCC visibility pop


#endif /* _IPXE_FORM_H_INCLUDED_ */
