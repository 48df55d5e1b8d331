
/*
 * What the fuzz targets share.
 */


#ifndef _FUZZ_H_INCLUDED_
#define _FUZZ_H_INCLUDED_


#include <stdio.h>
#include <stdlib.h>

#include "ipxe.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* A property that has to hold whatever the input is. */

#define must(what)                                                            \
    do {                                                                      \
        if (!(what)) {                                                        \
            fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__,      \
                    __LINE__, #what);                                         \
            abort();                                                          \
        }                                                                     \
    } while (0)


/* The next part of an input: what is before the byte END. */

static inline ipxe_str_t
fuzz_part(const uint8_t **data, size_t *size, int end)
{
    ipxe_str_t      part;
    const uint8_t  *p;

    p = *size ? memchr(*data, end, *size) : NULL;

    part.data = *data;
    part.len = p ? (size_t) (p - *data) : *size;

    *data += part.len + (p != NULL);
    *size -= part.len + (p != NULL);

    return part;
}


#endif /* _FUZZ_H_INCLUDED_ */
