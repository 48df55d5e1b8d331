
/*
 * Forms: an answer with blanks, and the words that fill them.
 */


#include "ipxe_form.h"


static ipxe_word_e ipxe_word_kind(ipxe_str_t text);


/*
 * 0 for what a word may begin with, 1 for what is not plain, 2 for a colon,
 * 4 for what is plain behind something
 */

static const unsigned char  ipxe_word_bytes[256] = {
    [0x00 ... ','] = 1, ['-' ... '.'] = 4, ['/'] = 1, [':'] = 2,
    [';' ... '@'] = 1, ['[' ... '^'] = 1, ['_'] = 4, ['`'] = 1,
    ['{' ... 0xff] = 1
};


unsigned
ipxe_draft_word(ipxe_draft_t *draft, const void *name, ipxe_str_t var,
    ipxe_str_t text)
{
    unsigned      i;
    ipxe_word_e   kind;
    ipxe_word_t  *word;

    for (i = 0; i < draft->n; i++) {
        word = &draft->words[i];

        if (word->name == name && ipxe_str_eq(word->var, var)) {
            return i + 1;
        }
    }

    kind = ipxe_word_kind(text);

    if (i == IPXE_MAX_WORDS || kind == IPXE_WORD_OTHER) {
        draft->spoilt = 1;
        return 0;
    }

    word = &draft->words[i];

    word->name = name;
    word->var = var;
    word->text = text;
    word->kind = kind;

    return ++draft->n;
}


void
ipxe_draft_blank(ipxe_draft_t *draft, unsigned word, const ipxe_buf_t *out)
{
    ipxe_str_t     text;
    ipxe_blank_t  *blank;

    if (word == 0 || draft->nblanks == IPXE_MAX_BLANKS) {
        draft->spoilt = 1;
        return;
    }

    text = draft->words[word - 1].text;

    if (text.len == 0 || text.len > out->len
        || memcmp(out->data + out->len - text.len, text.data, text.len) != 0)
    {
        draft->spoilt = 1;
        return;
    }

    blank = &draft->blanks[draft->nblanks++];

    blank->from = out->len - text.len;
    blank->word = word - 1;
}


void
ipxe_draft_move(ipxe_draft_t *draft, size_t from, size_t len)
{
    unsigned  i;

    for (i = draft->nblanks; i && draft->blanks[i - 1].from >= from; i--) {
        draft->blanks[i - 1].from += len;
    }
}


void
ipxe_draft_spoil(ipxe_draft_t *draft, size_t from)
{
    if (draft->nblanks && draft->blanks[draft->nblanks - 1].from >= from) {
        draft->spoilt = 1;
    }
}


ipxe_rc_e
ipxe_form_make(ipxe_form_t **form, const ipxe_draft_t *draft,
    const ipxe_buf_t *out, size_t from, ipxe_mem_t *mem)
{
    size_t         i, at, len;
    ipxe_rc_e      rc;
    ipxe_buf_t     text;
    ipxe_form_t   *f;

    if (draft->spoilt || out->len - from > IPXE_MAX_FORM) {
        return IPXE_DECLINED;
    }

    f = mem->alloc(mem->data, sizeof(ipxe_form_t)
                              + draft->n * sizeof(ipxe_word_t)
                              + draft->nblanks * sizeof(ipxe_blank_t));
    if (f == NULL) {
        return IPXE_NOMEM;
    }

    memset(f, 0, sizeof(ipxe_form_t));

    f->n = draft->n;
    f->words = (ipxe_word_t *) (f + 1);
    f->nblanks = draft->nblanks;
    f->blanks = (ipxe_blank_t *) (f->words + f->n);

    for (i = 0; i < f->n; i++) {
        f->words[i] = draft->words[i];
        f->words[i].text.data = NULL;
        f->words[i].text.len = 0;
    }

    memset(&text, 0, sizeof(ipxe_buf_t));
    text.limit = IPXE_MAX_FORM;
    text.mem = mem;

    at = from;

    for (i = 0; i < f->nblanks; i++) {

        len = draft->blanks[i].from - at;

        rc = ipxe_buf_add(&text, out->data + at, len);
        if (rc != IPXE_OK) {
            return rc;
        }

        f->blanks[i].from = text.len;
        f->blanks[i].word = draft->blanks[i].word;

        at += len + draft->words[draft->blanks[i].word].text.len;
    }

    rc = ipxe_buf_add(&text, out->data + at, out->len - at);
    if (rc != IPXE_OK) {
        return rc;
    }

    f->text.data = text.data;
    f->text.len = text.len;

    *form = f;

    return IPXE_OK;
}


ipxe_rc_e
ipxe_form_fill(const ipxe_form_t *form, const ipxe_str_t *text,
    ipxe_buf_t *out)
{
    size_t                i, n, at, len;
    ipxe_rc_e             rc;
    ipxe_str_t            word;
    unsigned char        *p;
    const unsigned char  *from;

    for (i = 0; i < form->n; i++) {
        if (ipxe_word_kind(text[i]) != form->words[i].kind) {
            return IPXE_DECLINED;
        }
    }

    len = form->text.len;

    for (i = 0; i < form->nblanks; i++) {
        len += text[form->blanks[i].word].len;
    }

    if (len > IPXE_MAX_FORM || len > out->limit - out->len) {
        return IPXE_DECLINED;
    }

    rc = ipxe_buf_reserve(out, len);
    if (rc != IPXE_OK) {
        return rc;
    }

    p = out->data + out->len;
    from = form->text.data;
    at = 0;

    for (i = 0; i < form->nblanks; i++) {

        n = form->blanks[i].from - at;
        word = text[form->blanks[i].word];

        if (n) {
            memcpy(p, from + at, n);
            p += n;
            at += n;
        }

        memcpy(p, word.data, word.len);
        p += word.len;
    }

    if (at < form->text.len) {
        memcpy(p, from + at, form->text.len - at);
    }

    out->len += len;

    return IPXE_OK;
}


static ipxe_word_e
ipxe_word_kind(ipxe_str_t text)
{
    size_t    i;
    unsigned  any;

    if (text.data == NULL) {
        return IPXE_WORD_NONE;
    }

    if (text.len == 0 || ipxe_word_bytes[text.data[0]]
        || text.data[text.len - 1] == ':')
    {
        return IPXE_WORD_OTHER;
    }

    any = 0;

    for (i = 0; i < text.len; i++) {
        any |= ipxe_word_bytes[text.data[i]];
    }

    if (any & 1) {
        return IPXE_WORD_OTHER;
    }

    return (any & 2) ? IPXE_WORD_COLON : IPXE_WORD_PLAIN;
}
