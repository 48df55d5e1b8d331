
/*
 * Dialects: the languages of the loaders, what may stand in them, and the few
 * texts that have to be right whatever the database holds.
 *
 * The languages here cannot quote, so a value that would end its word or its
 * line is refused.  It is never changed: what boots must be what somebody
 * wrote.
 */


#include "ipxe_dialect.h"


/* com32/elflink/ldlinux/readconfig.c: MAX_LINE; the rest is a new directive */

#define IPXE_PXELINUX_LINE  4095


/* of a console that is 80 wide, behind "echo " */

#define IPXE_COLUMNS        72


static ipxe_rc_e ipxe_script_escape(ipxe_buf_t *out, size_t from,
    ipxe_text_e sort, unsigned how, ipxe_err_t *err);
static int ipxe_script_in_label(const ipxe_buf_t *out, size_t from);
static ipxe_rc_e ipxe_script_check(const unsigned char *p, size_t len,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_script_finish(ipxe_buf_t *out, ipxe_err_t *err);
static ipxe_rc_e ipxe_script_refuse(ipxe_buf_t *out, const char *text);
static ipxe_rc_e ipxe_script_stub(ipxe_buf_t *out, ipxe_str_t base,
    ipxe_str_t path);
static ipxe_rc_e ipxe_script_tokens(const unsigned char *p, size_t len,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_line_escape(ipxe_buf_t *out, size_t from,
    ipxe_text_e sort, unsigned how, ipxe_err_t *err);
static ipxe_rc_e ipxe_pxelinux_finish(ipxe_buf_t *out, ipxe_err_t *err);
static ipxe_rc_e ipxe_pxelinux_refuse(ipxe_buf_t *out, const char *text);

static ipxe_rc_e ipxe_file_finish(ipxe_buf_t *out, ipxe_err_t *err);
static ipxe_rc_e ipxe_file_refuse(ipxe_buf_t *out, const char *text);

static ipxe_rc_e ipxe_check_word(const unsigned char *p, size_t len,
    ipxe_err_t *err);


/* Control bytes, and " # $ & ; \ { |" of which something can be made. */

static const unsigned char  ipxe_script_special[256] = {
    [0x00 ... 0x1f] = 1, [0x7f] = 1, ['#'] = 1, ['$'] = 1, ['&'] = 1,
    [';'] = 1, ['\\'] = 1, ['{'] = 1, ['|'] = 1
};


/* What a URL cannot hold, and control bytes and what is not ASCII. */

static const unsigned char  ipxe_url_special[256] = {
    [0x00 ... 0x20] = 1, [0x7f ... 0xff] = 1, ['"'] = 1, ['#'] = 1, ['<'] = 1,
    ['>'] = 1, ['\\'] = 1, ['^'] = 1, ['`'] = 1, ['{'] = 1, ['|'] = 1,
    ['}'] = 1
};


const ipxe_dialect_t  ipxe_dialect_ipxe = {
    ipxe_string("ipxe"),
    ipxe_script_escape,
    ipxe_script_finish,
    ipxe_script_refuse,
    ipxe_script_stub,
    0
};


const ipxe_dialect_t  ipxe_dialect_pxelinux = {
    ipxe_string("pxelinux"),
    ipxe_line_escape,
    ipxe_pxelinux_finish,
    ipxe_pxelinux_refuse,
    NULL,
    0
};


const ipxe_dialect_t  ipxe_dialect_file = {
    ipxe_string("file"),
    ipxe_line_escape,
    ipxe_file_finish,
    ipxe_file_refuse,
    NULL,
    0
};


ipxe_rc_e
ipxe_url_encode(ipxe_buf_t *out, size_t from, ipxe_err_t *err)
{
    size_t          i, n, len;
    ipxe_rc_e       rc;
    unsigned char   c, *p;

    static const char  hex[] = "0123456789ABCDEF";

    len = out->len;
    n = 0;

    for (i = from; i < len; i++) {
        n += ipxe_url_special[out->data[i]];
    }

    for (i = 0; i < n; i++) {
        rc = ipxe_buf_add(out, "  ", 2);
        if (rc != IPXE_OK) {
            return ipxe_dialect_full(rc, err);
        }
    }

    /* from the end, so that it can be done in place */

    p = out->data + out->len;

    while (n) {
        c = out->data[--len];

        if (!ipxe_url_special[c]) {
            *--p = c;
            continue;
        }

        *--p = (unsigned char) hex[c & 0xf];
        *--p = (unsigned char) hex[c >> 4];
        *--p = '%';
        n--;
    }

    return IPXE_OK;
}


ipxe_rc_e
ipxe_dialect_escape(ipxe_buf_t *out, size_t from, ipxe_text_e sort,
    unsigned how, ipxe_check_pt check, ipxe_err_t *err)
{
    size_t                len;
    ipxe_rc_e             rc;
    const unsigned char  *p;

    len = out->len - from;

    if (sort == IPXE_TEXT_SERVER || len == 0) {
        return IPXE_OK;
    }

    p = out->data + from;

    if (sort == IPXE_TEXT_MACHINE) {
        return ipxe_check_word(p, len, err);
    }

    if (how & IPXE_RAW) {
        return IPXE_OK;
    }

    rc = check(p, len, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    return sort == IPXE_TEXT_URL ? ipxe_url_encode(out, from, err) : IPXE_OK;
}


static ipxe_rc_e
ipxe_script_escape(ipxe_buf_t *out, size_t from, ipxe_text_e sort,
    unsigned how, ipxe_err_t *err)
{
    int  raw;

    raw = how & IPXE_RAW;

    /* with what stands before it, a brace may become an expansion */

    if (from && from < out->len && !raw
        && out->data[from] == '{' && out->data[from - 1] == '$')
    {
        return ipxe_err(err, IPXE_INVALID, "a brace at its start, behind a "
                        "dollar sign, which iPXE would expand: write it "
                        "without");
    }

    if (sort == IPXE_TEXT_ADMIN && !raw && ipxe_script_in_label(out, from)) {
        return ipxe_err(err, IPXE_INVALID, "a space, behind which iPXE would "
                        "find a command in the line of a label: write it "
                        "without");
    }

    return ipxe_dialect_escape(out, from, sort, how, ipxe_script_check, err);
}


/* Whether what stands from FROM on has a space, and is part of a label. */

static int
ipxe_script_in_label(const ipxe_buf_t *out, size_t from)
{
    size_t  i;

    if (from == out->len
        || memchr(out->data + from, ' ', out->len - from) == NULL)
    {
        return 0;
    }

    for (i = from; i && out->data[i - 1] > ' '; i--) {
        /* void */
    }

    return i < from && out->data[i] == ':'
           && (i == 0 || out->data[i - 1] == '\n');
}


/*
 * iPXE splits a line into tokens at white space, ends a command at the tokens
 * "||", "&&" and ";", drops what follows a token that starts with "#"
 * (core/exec.c), joins a line that ends with "\" to the next one
 * (image/script.c), and expands "${...}" again and again (core/settings.c).
 *
 * Nearly every byte means nothing by itself, so that the first look at a value
 * is for those that may.
 */

static ipxe_rc_e
ipxe_script_check(const unsigned char *p, size_t len, ipxe_err_t *err)
{
    size_t     i;
    ipxe_rc_e  rc;

    for (i = 0; i < len; i++) {
        if (ipxe_script_special[p[i]]) {
            break;
        }
    }

    if (i == len) {
        return IPXE_OK;
    }

    rc = ipxe_dialect_control(p, len, err);
    if (rc != IPXE_OK) {
        return rc;
    }

    for (i = 1; i < len; i++) {
        if (p[i] == '{' && p[i - 1] == '$') {
            return ipxe_err(err, IPXE_INVALID, "a dollar sign and a brace, "
                            "which iPXE would expand: write it without, or "
                            "use three braces in the template");
        }
    }

    if (p[len - 1] == '\\' || p[len - 1] == '$') {
        return ipxe_err(err, IPXE_INVALID, "a backslash or a dollar sign at "
                        "its end, which would take in what follows: write it "
                        "without");
    }

    return ipxe_script_tokens(p, len, err);
}


static ipxe_rc_e
ipxe_script_tokens(const unsigned char *p, size_t len, ipxe_err_t *err)
{
    size_t  i, n;

    for (i = 0; i < len; i += n + 1) {

        for (n = 0; i + n < len && p[i + n] != ' '; n++) {
            /* void */
        }

        if (n && p[i] == '#') {
            return ipxe_err(err, IPXE_INVALID, "a word that starts with a "
                            "number sign, which begins a comment in iPXE: "
                            "write it without");
        }

        if ((n == 2 && (memcmp(p + i, "||", 2) == 0
                        || memcmp(p + i, "&&", 2) == 0))
            || (n == 1 && p[i] == ';'))
        {
            return ipxe_err(err, IPXE_INVALID, "a double bar, a double "
                            "ampersand or a semicolon as a word, which ends "
                            "a command in iPXE: write it without");
        }

        /* with what stands beside the value it may become a double one */

        if (n == 1 && (p[i] == '|' || p[i] == '&') && (i == 0 || i == len - 1))
        {
            return ipxe_err(err, IPXE_INVALID, "a bar or an ampersand as its "
                            "first or last word, where it may become a double "
                            "one, which ends a command in iPXE: write it "
                            "without");
        }
    }

    return IPXE_OK;
}


/* BIOS iPXE runs what does not start so as machine code (pxe_image.c). */

static ipxe_rc_e
ipxe_script_finish(ipxe_buf_t *out, ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    static const char  magic[] = "#!ipxe\n";

    if (out->len && memchr(out->data, '\0', out->len)) {
        return ipxe_err(err, IPXE_INVALID, "the answer holds a NUL, which "
                        "ends a line in iPXE: write it without");
    }

    if (out->len >= sizeof(magic) - 1
        && memcmp(out->data, magic, sizeof(magic) - 1) == 0)
    {
        return IPXE_OK;
    }

    rc = ipxe_buf_text(out, magic);
    if (rc != IPXE_OK) {
        return ipxe_err(err, rc, "the answer is too long: at most 1048576 "
                        "bytes");
    }

    memmove(out->data + sizeof(magic) - 1, out->data,
            out->len - (sizeof(magic) - 1));
    memcpy(out->data, magic, sizeof(magic) - 1);

    return IPXE_OK;
}


/* A BIOS and UEFI both go on to the next device when iPXE fails. */

static ipxe_rc_e
ipxe_script_refuse(ipxe_buf_t *out, const char *text)
{
    ipxe_rc_e  rc;

    out->len = 0;

    rc = ipxe_buf_text(out, "#!ipxe\n");
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_dialect_say(out, "echo ", text, "\n");
    if (rc != IPXE_OK) {
        return rc;
    }

    return ipxe_buf_text(out, "echo Nothing is installed. "
                         "Booting the next device in 30 seconds\n"
                         "sleep 30\n"
                         "exit 1\n");
}


/*
 * The SMBIOS strings come last, since old iPXE cannot keep a "&" in them from
 * ending the argument.
 */

static ipxe_rc_e
ipxe_script_stub(ipxe_buf_t *out, ipxe_str_t base, ipxe_str_t path)
{
    size_t     from;
    ipxe_rc_e  rc;

    rc = ipxe_buf_text(out, "#!ipxe\n"
                       "set n:int32 0\n"
                       ":ask\n"
                       "chain --replace --autofree --timeout 15000 ");
    if (rc != IPXE_OK) {
        return rc;
    }

    from = out->len;

    rc = ipxe_buf_str(out, base);
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_buf_str(out, path);
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_url_encode(out, from, NULL);
    if (rc != IPXE_OK) {
        return rc;
    }

    return ipxe_buf_text(out, "?mac=${mac:hexhyp}"
                         "&uuid=${uuid}"
                         "&arch=${buildarch}"
                         "&platform=${platform}"
                         "&ip=${ip}"
                         "&manufacturer=${manufacturer:uristring}"
                         "&product=${product:uristring}"
                         "&serial=${serial:uristring}"
                         "&asset=${asset:uristring} ||\n"
                         "inc n\n"
                         "iseq ${n} 12 && exit 1 ||\n"
                         "echo No boot script yet, asking again\n"
                         "sleep 5\n"
                         "goto ask\n");
}


/*
 * A line is a directive and what follows it; PXELINUX has no comments behind
 * a value, no quotes and no escapes.  Nor can a file of which nothing is known
 * be given more than one line where the template has one.
 */

static ipxe_rc_e
ipxe_line_escape(ipxe_buf_t *out, size_t from, ipxe_text_e sort, unsigned how,
    ipxe_err_t *err)
{
    return ipxe_dialect_escape(out, from, sort, how, ipxe_dialect_control,
                               err);
}


static ipxe_rc_e
ipxe_pxelinux_finish(ipxe_buf_t *out, ipxe_err_t *err)
{
    size_t                n, left;
    unsigned              line;
    const unsigned char  *p, *end;

    if (out->len == 0) {
        return ipxe_err(err, IPXE_INVALID, "the template leaves nothing, and "
                        "PXELINUX would stop at an empty file: write at "
                        "least a DEFAULT and a LABEL");
    }

    p = out->data;
    left = out->len;

    for (line = 1; left; line++) {

        end = memchr(p, '\n', left);
        n = end ? (size_t) (end - p) : left;

        if (n > IPXE_PXELINUX_LINE) {
            return ipxe_err(err, IPXE_INVALID, "line %u of the answer has %zu "
                            "bytes, and PXELINUX would run what is over %d "
                            "as another line: make it shorter", line, n,
                            IPXE_PXELINUX_LINE);
        }

        n += (end != NULL);
        p += n;
        left -= n;
    }

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_pxelinux_refuse(ipxe_buf_t *out, const char *text)
{
    ipxe_rc_e  rc;

    out->len = 0;

    rc = ipxe_dialect_say(out, "SAY ", text, "\n");
    if (rc != IPXE_OK) {
        return rc;
    }

    return ipxe_buf_text(out, "SAY Nothing is installed. "
                         "Booting the next device in 30 seconds\n"
                         "DEFAULT next\n"
                         "PROMPT 1\n"
                         "TIMEOUT 300\n"
                         "LABEL next\n"
                         "LOCALBOOT -1\n");
}


/* Whatever the template says is what its reader gets. */

static ipxe_rc_e
ipxe_file_finish(ipxe_buf_t *out, ipxe_err_t *err)
{
    (void) out;
    (void) err;

    return IPXE_OK;
}


static ipxe_rc_e
ipxe_file_refuse(ipxe_buf_t *out, const char *text)
{
    out->len = 0;

    return ipxe_dialect_say(out, "", text, "\n");
}


ipxe_rc_e
ipxe_dialect_control(const unsigned char *p, size_t len, ipxe_err_t *err)
{
    size_t  i;

    for (i = 0; i < len; i++) {

        if (p[i] == '\n' || p[i] == '\r') {
            return ipxe_err(err, IPXE_INVALID, "a line break, which would "
                            "begin another command: write it in one line");
        }

        if (p[i] < 0x20 || p[i] == 0x7f) {
            return ipxe_err(err, IPXE_INVALID, "the control byte 0x%02x: "
                            "write printable characters only", p[i]);
        }
    }

    return IPXE_OK;
}


/*
 * What a machine shows is whatever somebody wrote into its firmware: it may
 * be one plain word and nothing else, whatever stands around it.
 */

static ipxe_rc_e
ipxe_check_word(const unsigned char *p, size_t len, ipxe_err_t *err)
{
    size_t  i;

    for (i = 0; i < len; i++) {

        if ((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z')
            || (p[i] >= '0' && p[i] <= '9'))
        {
            continue;
        }

        if (i == 0 || p[i] == '\0' || strchr("._:,/@+~()-", p[i]) == NULL) {
            return ipxe_err(err, IPXE_INVALID, "something other than one word "
                            "of letters, digits and . _ : , / @ + ~ ( ) - "
                            "that starts with a letter or digit: the machine "
                            "showed it, so it is not used here");
        }
    }

    return IPXE_OK;
}


/* Out of memory, or out of what an answer may have. */

ipxe_rc_e
ipxe_dialect_full(ipxe_rc_e rc, ipxe_err_t *err)
{
    if (rc != IPXE_INVALID) {
        return rc;
    }

    return ipxe_err(err, rc, "more than an answer can, 1048576 bytes: make it "
                    "shorter");
}


ipxe_rc_e
ipxe_dialect_say(ipxe_buf_t *out, const char *before, const char *text,
    const char *after)
{
    char       c;
    size_t     i, n, column;
    ipxe_rc_e  rc;

    column = 0;
    rc = IPXE_OK;

    while (*text && rc == IPXE_OK) {

        n = strcspn(text, " ");

        if (column == 0 || column + 1 + n > IPXE_COLUMNS) {
            rc = ipxe_buf_text(out, column ? after : "");

            if (rc == IPXE_OK) {
                rc = ipxe_buf_text(out, before);
            }

            column = 0;

        } else {
            rc = ipxe_buf_text(out, " ");
        }

        for (i = 0; i < n && rc == IPXE_OK; i++) {
            c = text[i];

            /* a word with a dash is an option where it comes first */

            if (c < 0x20 || c == 0x7f || strchr("$|&;\\", c)
                || (c == '#' && i == 0) || (c == '-' && i + column == 0))
            {
                c = '?';
            }

            if (c == '"' && after[0] == '"') {
                c = '\'';
            }

            rc = ipxe_buf_add(out, &c, 1);
        }

        column += n + 1;

        text += n;
        text += strspn(text, " ");
    }

    return rc == IPXE_OK && column ? ipxe_buf_text(out, after) : rc;
}
