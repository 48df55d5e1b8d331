
/*
 * Lint: what iPXE will not do as somebody meant it, found before it boots.
 */


#include "ipxe_lint.h"


/* A script with more labels than half of this is not looked at for gotos. */

#define IPXE_LINT_LABELS  2048


typedef struct {
    unsigned              line;
    unsigned              initrds:1;    /* the script loads an initrd */
    unsigned              many:1;       /* ... and has too many labels */

    ipxe_str_t            labels[IPXE_LINT_LABELS];     /* by their hash */
    size_t                n;
    void                (*warn)(void *data, unsigned line, const char *what);
    void                 *data;
} ipxe_lint_t;


static int ipxe_lint_line(ipxe_str_t *script, ipxe_str_t *line);
static int ipxe_lint_token(ipxe_str_t *line, ipxe_str_t *token);
static int ipxe_lint_is(ipxe_str_t token, const char *word);
static void ipxe_lint_command(ipxe_lint_t *l, ipxe_str_t line);
static ipxe_str_t *ipxe_lint_label(ipxe_lint_t *l, ipxe_str_t label);
static int ipxe_lint_loads(ipxe_str_t token);


void
ipxe_lint(ipxe_str_t script,
    void (*warn)(void *data, unsigned line, const char *what), void *data)
{
    size_t       i;
    ipxe_str_t   rest, line, token;
    ipxe_lint_t  l;

    memset(&l, 0, sizeof(ipxe_lint_t));

    l.line = 1;
    l.warn = warn;
    l.data = data;

    rest = script;

    while (ipxe_lint_line(&rest, &line)) {

        if (!ipxe_lint_token(&line, &token)) {
            continue;
        }

        if (ipxe_lint_is(token, "initrd")) {
            l.initrds = 1;
        }

        if (token.data[0] == ':' && !l.many) {
            token.data++;
            token.len--;

            *ipxe_lint_label(&l, token) = token;
            l.many = (++l.n > IPXE_LINT_LABELS / 2);
        }
    }

    rest = script;

    while (ipxe_lint_line(&rest, &line)) {

        if (l.line == 1 && !(line.len >= 6
                             && memcmp(line.data, "#!ipxe", 6) == 0))
        {
            warn(data, 1, "the template does not begin with #!ipxe; the "
                          "answer does, since BIOS iPXE would run it as "
                          "machine code");
        }

        ipxe_lint_command(&l, line);

        /* one that goes on in the next line counts as two */

        l.line++;

        for (i = 0; i < line.len; i++) {
            l.line += (line.data[i] == '\n');
        }
    }
}


static void
ipxe_lint_command(ipxe_lint_t *l, ipxe_str_t line)
{
    int         first, guarded, loads, kernel, initrd, is_goto;
    ipxe_str_t  token;

    first = 1;
    guarded = 0;
    loads = 0;
    kernel = 0;
    initrd = 0;
    is_goto = 0;

    while (ipxe_lint_token(&line, &token) && token.data[0] != '#') {

        if (first) {

            if (token.len > 1 && token.data[token.len - 1] == ':'
                && line.len == 0)
            {
                l->warn(l->data, l->line, "a label has its colon behind it; "
                                          "iPXE wants it in front, :label");
            }

            if (ipxe_lint_loads(token)) {
                loads = 1;
                guarded = 0;
            }

            kernel |= ipxe_lint_is(token, "kernel");
        }

        /* another command of the line comes next */

        first = ipxe_lint_is(token, "||") || ipxe_lint_is(token, "&&")
                || ipxe_lint_is(token, ";")
                || (first && token.data[0] == ':');

        if (ipxe_lint_is(token, "|") || ipxe_lint_is(token, "&")) {
            l->warn(l->data, l->line, "a single bar or ampersand is passed on "
                                      "as it is; iPXE wants || or &&");
        }

        if (ipxe_lint_is(token, "||")) {
            guarded = 1;
        }

        if (token.len > 7 && memcmp(token.data, "initrd=", 7) == 0) {
            initrd = 1;
        }

        if (is_goto && !l->many
            && memchr(token.data, '$', token.len) == NULL
            && ipxe_lint_label(l, token)->data == NULL)
        {
            l->warn(l->data, l->line, "goto names a label that is not in the "
                                      "script");
        }

        is_goto = ipxe_lint_is(token, "goto");
    }

    if (kernel && l->initrds && !initrd) {
        l->warn(l->data, l->line, "a kernel with initrds has no initrd= "
                                  "argument; under EFI many kernels do not "
                                  "find them without");
    }

    if (loads && !guarded) {
        l->warn(l->data, l->line, "nothing says what to do when this fails, "
                                  "and the script just ends; add || and a "
                                  "command");
    }
}


/* The next line of SCRIPT; one that ends with a backslash has the next one. */

static int
ipxe_lint_line(ipxe_str_t *script, ipxe_str_t *line)
{
    size_t  n, end;

    if (script->len == 0) {
        return 0;
    }

    line->data = script->data;

    for (n = 0; n < script->len; n++) {

        if (script->data[n] != '\n') {
            continue;
        }

        end = n;

        if (end && script->data[end - 1] == '\r') {
            end--;
        }

        if (end == 0 || script->data[end - 1] != '\\') {
            break;
        }
    }

    line->len = n;

    if (n < script->len) {
        n++;
    }

    script->data += n;
    script->len -= n;

    return 1;
}


static int
ipxe_lint_token(ipxe_str_t *line, ipxe_str_t *token)
{
    while (line->len && line->data[0] <= ' ') {
        line->data++;
        line->len--;
    }

    token->data = line->data;
    token->len = 0;

    while (line->len && line->data[0] > ' ') {
        line->data++;
        line->len--;
        token->len++;
    }

    return token->len != 0;
}


static int
ipxe_lint_is(ipxe_str_t token, const char *word)
{
    return token.len == strlen(word)
           && memcmp(token.data, word, token.len) == 0;
}


/* Where LABEL is, or where it can be put. */

static ipxe_str_t *
ipxe_lint_label(ipxe_lint_t *l, ipxe_str_t label)
{
    size_t    i;
    uint32_t  hash;

    hash = 2166136261u;

    for (i = 0; i < label.len; i++) {
        hash = (hash ^ label.data[i]) * 16777619u;
    }

    i = hash % IPXE_LINT_LABELS;

    while (l->labels[i].data && !ipxe_str_eq(l->labels[i], label)) {
        i = (i + 1) % IPXE_LINT_LABELS;
    }

    return &l->labels[i];
}


static int
ipxe_lint_loads(ipxe_str_t token)
{
    size_t  i;

    static const char  *loads[] = {
        "kernel", "initrd", "chain", "boot", "imgfetch", "imgexec", "module",
        "sanboot"
    };

    for (i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
        if (ipxe_lint_is(token, loads[i])) {
            return 1;
        }
    }

    return 0;
}
