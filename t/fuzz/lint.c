
/*
 * Lint: a script, whatever is in it.
 */


#include "fuzz.h"
#include "ipxe_lint.h"


typedef struct {
    unsigned  lines;
    unsigned  last;
} lint_t;


static void
warn(void *data, unsigned line, const char *what)
{
    lint_t *l = data;

    must(line >= 1 && line <= l->lines);
    must(line >= l->last);
    must(what[0] != '\0');

    l->last = line;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t      i;
    lint_t      l;
    ipxe_str_t  script;

    l.lines = 1;
    l.last = 0;

    for (i = 0; i < size; i++) {
        l.lines += (data[i] == '\n');
    }

    script.data = data;
    script.len = size;

    ipxe_lint(script, warn, &l);

    return 0;
}
