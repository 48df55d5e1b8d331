
/*
 * How GRUB reads a script, written down from its own source (grub-core/script/
 * yylex.l and execute.c) and from nothing of the module's, so that the one can
 * be held against the other.  t/http/grub_words.t holds GRUB itself against
 * the module.
 */


#ifndef _GRUB_H_INCLUDED_
#define _GRUB_H_INCLUDED_


#include <stddef.h>
#include <string.h>


typedef struct {
    const unsigned char  *p, *end;
    char                 *out, *last;
} grub_reader_t;


static inline void
grub_put(grub_reader_t *r, int c)
{
    if (r->out < r->last) {
        *r->out++ = (char) c;
    }
}


static inline int
grub_is_alpha(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}


static inline int
grub_is_digit(int c)
{
    return c >= '0' && c <= '9';
}


/* {VARIABLE}; where there is none, the parser stops */

static inline int
grub_variable(grub_reader_t *r)
{
    int                   brace;
    const unsigned char  *name;

    brace = (r->end - r->p > 1 && r->p[1] == '{');
    name = r->p + 1 + brace;
    r->p = name;

    if (r->p < r->end && grub_is_alpha(*r->p)) {
        while (r->p < r->end && (grub_is_alpha(*r->p) || grub_is_digit(*r->p)))
        {
            r->p++;
        }

    } else if (r->p < r->end && grub_is_digit(*r->p)) {
        while (r->p < r->end && grub_is_digit(*r->p)) {
            r->p++;
        }

    } else if (r->p < r->end && strchr("?#*@", *r->p)) {
        r->p++;
    }

    if (r->p == name || (brace && (r->p == r->end || *r->p != '}'))) {
        return 0;
    }

    grub_put(r, 1);

    while (name < r->p) {
        grub_put(r, *name++);
    }

    grub_put(r, 2);

    r->p += brace;

    return 1;
}


/* {DQSTR} and {SQSTR} behind their first mark, in one line or in several */

static inline int
grub_string(grub_reader_t *r, int mark)
{
    while (r->p < r->end && *r->p != mark) {

        if (mark == '"' && *r->p == '$') {
            if (!grub_variable(r)) {
                return 0;
            }

            continue;
        }

        if (mark == '"' && *r->p == '\\' && r->p + 1 < r->end) {

            if (r->p[1] == '\n') {
                r->p += 2;
                continue;
            }

            if (strchr("$\\\"", r->p[1])) {
                r->p++;

            } else {
                grub_put(r, *r->p++);
            }
        }

        grub_put(r, *r->p++);
    }

    if (r->p == r->end) {
        return 0;
    }

    r->p++;

    return 1;
}


/* {WORD} */

static inline int
grub_word(grub_reader_t *r)
{
    int  c;

    grub_put(r, '<');

    while (r->p < r->end && strchr(" \t\n{}|&;<>", *r->p) == NULL) {
        c = *r->p;

        if (c == '$' && r->end - r->p > 1 && r->p[1] == '"') {
            c = '"';
            r->p++;
        }

        switch (c) {

        case '\'':
        case '"':
            r->p++;

            if (!grub_string(r, c)) {
                return 0;
            }

            break;

        case '$':
            if (!grub_variable(r)) {
                return 0;
            }

            break;

        case '\\':
            if (r->end - r->p < 2) {
                return 0;
            }

            if (r->p[1] != '\n') {
                grub_put(r, r->p[1]);
            }

            r->p += 2;
            break;

        case '*':
        case '?':

            /* may be taken for names of files */

            grub_put(r, 3);

            /* fall through */

        default:
            grub_put(r, c);
            r->p++;
        }
    }

    grub_put(r, '>');

    return 1;
}


/*
 * {COMMENT}, unless {MULTILINE} or {POS_MULTILINE}, which are longer then,
 * match from the same byte on.
 */

static inline int
grub_comment(grub_reader_t *r)
{
    int  first;

    first = 1;

    for ( /* void */ ; r->p < r->end && *r->p != '\n'; r->p++) {

        /* a brace may be that of a variable in a word */

        first = first && strchr(" \t|&;<>", *r->p) == NULL;

        if (first && strchr("'\"\\", *r->p)) {
            return 0;
        }
    }

    return 1;
}


/*
 * What GRUB finds in SCRIPT: "<word>", with variables between 1 and 2 and 3
 * before what could be a pattern, and all else as it is; "!" where it stops.
 * Without WORDS one "w" for any number of them.
 */

static inline const char *
grub_read(const unsigned char *script, size_t len, int words, char *text,
    size_t size)
{
    int             fine;
    char           *start;
    grub_reader_t   r;

    r.p = script;
    r.end = script + len;
    r.out = text;
    r.last = text + size - 1;

    while (r.p < r.end) {

        if (*r.p == ' ' || *r.p == '\t') {
            r.p++;
            continue;
        }

        if (strchr("\n{}|&;<>", *r.p)) {
            grub_put(&r, *r.p++);
            continue;
        }

        start = r.out;

        fine = (*r.p == '#') ? grub_comment(&r) : grub_word(&r);

        if (!words && (r.out > start || !fine)) {
            r.out = start;

            if (start == text || start[-1] != 'w') {
                grub_put(&r, 'w');
            }
        }

        if (!fine) {
            grub_put(&r, '!');
            break;
        }
    }

    *r.out = '\0';

    return text;
}


#endif /* _GRUB_H_INCLUDED_ */
