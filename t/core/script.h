
/*
 * How iPXE reads a script, written down from its own source (image/script.c,
 * core/exec.c, core/settings.c) and from nothing of the module's, so that the
 * one can be held against the other.
 */


#ifndef _SCRIPT_H_INCLUDED_
#define _SCRIPT_H_INCLUDED_


#include <stddef.h>
#include <string.h>


/* core/ctype.c: isspace() */

static inline int
script_is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}


/* core/exec.c: what ends a command */

static inline char
script_terminator(const unsigned char *word, size_t len)
{
    if (len && word[0] == '#') {
        return '#';
    }

    if (len == 2 && word[0] == '|' && word[1] == '|') {
        return '|';
    }

    if (len == 2 && word[0] == '&' && word[1] == '&') {
        return '&';
    }

    return len == 1 && word[0] == ';' ? ';' : '\0';
}


/* One line without its end: "L" a label, "C" a command, and what ends it. */

static inline char *
script_line(const unsigned char *p, size_t len, char *shape, const char *end)
{
    char    t;
    int     command;
    size_t  i, n;

    /* a NUL ends a string of C */

    n = strnlen((const char *) p, len);
    len = n;
    i = 0;

    if (len && p[0] == ':') {
        while (i < len && !script_is_space(p[i])) {
            i++;
        }

        if (shape < end) {
            *shape++ = 'L';
        }
    }

    command = 0;

    while (i < len) {

        if (script_is_space(p[i])) {
            i++;
            continue;
        }

        for (n = 0; i + n < len && !script_is_space(p[i + n]); n++) {
            if (p[i + n] == '$' && i + n + 1 < len && p[i + n + 1] == '{'
                && shape < end)
            {
                *shape++ = '$';
            }
        }

        t = script_terminator(p + i, n);
        i += n;

        if (t && shape < end) {
            *shape++ = t;
        }

        if (t == '#') {
            break;
        }

        if (t) {
            command = 0;

        } else if (!command) {
            command = 1;

            if (shape < end) {
                *shape++ = 'C';
            }
        }
    }

    if (shape < end) {
        *shape++ = '.';
    }

    return shape;
}


/*
 * The shape of a script: its lines, labels, commands, what stands between
 * them, and what is expanded.  Two scripts of the same shape do the same
 * things, if with other words.  SCRIPT is written to.
 */

static inline const char *
script_shape(unsigned char *script, size_t len, char *shape, size_t size)
{
    char           *p;
    size_t          i, n;
    unsigned char  *line;

    p = shape;
    i = 0;

    while (i < len) {

        line = script + i;
        n = 0;

        while (i < len) {

            if (script[i] != '\n') {
                line[n++] = script[i++];
                continue;
            }

            i++;

            if (n && line[n - 1] == '\r') {
                n--;
            }

            if (n && line[n - 1] == '\\') {
                n--;
                continue;
            }

            break;
        }

        p = script_line(line, n, p, shape + size - 1);
    }

    *p = '\0';

    return shape;
}


#endif /* _SCRIPT_H_INCLUDED_ */
