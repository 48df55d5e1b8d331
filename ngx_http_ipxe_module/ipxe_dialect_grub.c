
/*
 * The dialect of GRUB, which can quote: a value is written so that GRUB reads
 * it as what it is, wherever in its line the template has it.  Outside of
 * quotation marks its spaces separate words, as in the other dialects; within
 * them it is a part of one word.
 *
 * How GRUB reads a line is in grub-core/script/yylex.l.
 */


#include "ipxe_dialect.h"


/* flex, %option array: YYLMAX; GRUB stops for good at a longer token */

#define IPXE_GRUB_WORD  8191


/* of a line, with those that a backslash joins to it: it is read for each
   value in it */

#define IPXE_GRUB_LINE  32768


/* What the next byte is to GRUB's lexer. */

typedef struct {
    unsigned char         quote;        /* the mark that it is between, or 0 */
    unsigned char         inner;        /* what goes on: see below */
    unsigned              between:1;    /* no word has begun */
    unsigned              comment:1;
    unsigned              first:1;      /* ... and its first word goes on */
    unsigned              odd:1;        /* a quotation began in that */
    size_t                len;          /* of the word, or between words */
} ipxe_grub_t;


/* ipxe_grub_t.inner: a backslash, a dollar sign, "${", the name behind them */

enum {
    IPXE_GRUB_ESCAPE = 1,
    IPXE_GRUB_DOLLAR,
    IPXE_GRUB_BRACE,
    IPXE_GRUB_NAME
};


static ipxe_rc_e ipxe_grub_escape(ipxe_buf_t *out, size_t from,
    ipxe_text_e sort, unsigned how, ipxe_err_t *err);
static ipxe_rc_e ipxe_grub_finish(ipxe_buf_t *out, ipxe_err_t *err);
static ipxe_rc_e ipxe_grub_refuse(ipxe_buf_t *out, const char *text);
static ipxe_rc_e ipxe_grub_stub(ipxe_buf_t *out, ipxe_str_t base,
    ipxe_str_t path);

static ipxe_rc_e ipxe_grub_file(ipxe_buf_t *out, size_t from,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_grub_quote(ipxe_buf_t *out, size_t from,
    ipxe_err_t *err);
static int ipxe_grub_place(ipxe_grub_t *g, const ipxe_buf_t *out, size_t from);
static int ipxe_grub_is_line(const unsigned char *p, size_t i);
static ipxe_rc_e ipxe_grub_fits(const ipxe_grub_t *g, unsigned char c,
    ipxe_err_t *err);
static ipxe_rc_e ipxe_grub_insert(ipxe_buf_t *out, size_t from,
    const char *special, const char *before, ipxe_err_t *err);

static void ipxe_grub_begin(ipxe_grub_t *g);
static void ipxe_grub_read(ipxe_grub_t *g, unsigned char c);
static void ipxe_grub_read_bare(ipxe_grub_t *g, unsigned char c);
static int ipxe_grub_goes_on(ipxe_grub_t *g, unsigned char c);
static int ipxe_grub_is_name(unsigned char c);
static const char *ipxe_grub_wrong(const ipxe_grub_t *g, unsigned char c);


/* It asks with one plain word of each text: GRUB encodes nothing in a path. */

static const char  ipxe_grub_ask[] =
    "function ipxe_show {\n"
    "    set ipxe_text=\n"
    "    smbios --type $2 --get-string $3 --set ipxe_text\n"
    "    if regexp '^[A-Za-z0-9][A-Za-z0-9._:,/@+~()-]*$' \"$ipxe_text\"\n"
    "    then\n"
    "        set ipxe_shown=\"$ipxe_shown&$1=$ipxe_text\"\n"
    "    else\n"
    "        set ipxe_shown=\"$ipxe_shown&$1=\"\n"
    "    fi\n"
    "}\n"
    "set ipxe_uuid=\n"
    "smbios --type 1 --get-uuid 8 --set ipxe_uuid\n"
    "set ipxe_platform=$grub_platform\n"
    "if [ \"$ipxe_platform\" = pc ]; then set ipxe_platform=pcbios; fi\n"
    "set ipxe_shown=\"mac=$net_default_mac&uuid=$ipxe_uuid\"\n"
    "set ipxe_shown=\"$ipxe_shown&arch=$grub_cpu&platform=$ipxe_platform\"\n"
    "set ipxe_shown=\"$ipxe_shown&ip=$net_default_ip\"\n"
    "ipxe_show manufacturer 1 4\n"
    "ipxe_show product 1 5\n"
    "ipxe_show serial 1 7\n"
    "ipxe_show asset 3 8\n"
    "for ipxe_try in 1 2 3 4 5 6 7 8 9 10 11 12; do\n"
    "    configfile \"";

static const char  ipxe_grub_again[] =
    "?$ipxe_shown\"\n"
    "    echo \"No boot script yet, asking again\"\n"
    "    sleep 5\n"
    "done\n";


/*
 * Boots the disk, as the template "local" in schema.sql: GRUB exits without an
 * error, after which UEFI shows its setup.
 */

static const char  ipxe_grub_next[] =
    "if [ \"$grub_platform\" = efi ]\n"
    "then\n"
    "    insmod part_gpt\n"
    "    insmod part_msdos\n"
    "    insmod fat\n"
    "    set ipxe_cpu=x64\n"
    "    if [ \"$grub_cpu\" = arm64 ]\n"
    "    then\n"
    "        set ipxe_cpu=aa64\n"
    "    fi\n"
    "    for ipxe_name in debian/shim debian/grub ubuntu/shim "
    "fedora/shim redhat/shim centos/shim rocky/shim almalinux/shim "
    "boot/boot\n"
    "    do\n"
    "        set ipxe_file=/efi/$ipxe_name$ipxe_cpu.efi\n"
    "        if search --no-floppy --hint=hd0,gpt1 --set=ipxe_disk "
    "--file $ipxe_file\n"
    "        then\n"
    "            if chainloader ($ipxe_disk)$ipxe_file\n"
    "            then\n"
    "                boot\n"
    "            fi\n"
    "        fi\n"
    "    done\n"
    "else\n"
    "    insmod biosdisk\n"
    "    if chainloader (hd0)+1\n"
    "    then\n"
    "        boot\n"
    "    fi\n"
    "fi\n"
    "exit 1\n";


const ipxe_dialect_t  ipxe_dialect_grub = {
    ipxe_string("grub"),
    ipxe_grub_escape,
    ipxe_grub_finish,
    ipxe_grub_refuse,
    ipxe_grub_stub,
    1
};


static ipxe_rc_e
ipxe_grub_escape(ipxe_buf_t *out, size_t from, ipxe_text_e sort, unsigned how,
    ipxe_err_t *err)
{
    ipxe_rc_e  rc;

    /* whatever is part of a URL may have come from a request */

    if (sort != IPXE_TEXT_ADMIN) {
        how &= ~(unsigned) IPXE_RAW;
    }

    rc = ipxe_dialect_escape(out, from, sort, how, ipxe_dialect_control, err);

    if (rc != IPXE_OK || (how & (IPXE_RAW|IPXE_INNER)) || out->len == from) {
        return rc;
    }

    if (sort == IPXE_TEXT_URL) {
        rc = ipxe_grub_file(out, from, err);
        if (rc != IPXE_OK) {
            return rc;
        }
    }

    return ipxe_grub_quote(out, from, err);
}


/* "http://server/path" is "(http,server)/path", which has the same length. */

static ipxe_rc_e
ipxe_grub_file(ipxe_buf_t *out, size_t from, ipxe_err_t *err)
{
    size_t          i, n, len;
    ipxe_rc_e       rc;
    unsigned char  *p;

    p = out->data + from;
    len = out->len - from;

    for (i = 0; i < len && strchr("/?#:", p[i]) == NULL; i++) {
        /* void */
    }

    if (len - i < 3 || memcmp(p + i, "://", 3) != 0) {
        return IPXE_OK;
    }

    if (i != 4 || (memcmp(p, "http", 4) != 0 && memcmp(p, "tftp", 4) != 0)) {
        return ipxe_err(err, IPXE_INVALID, "a URL that GRUB has no name for: "
                        "write http://server/path or tftp://server/path");
    }

    for (n = 7; n < len && p[n] != '/' && p[n] != '?'; n++) {

        if (strchr("()[],;&'*$!=+@%", p[n])
            && ((p[n] != '[' && p[n] != ']') || (p[n] == '[') != (n == 7)))
        {
            return ipxe_err(err, IPXE_INVALID, "a URL with a server that GRUB "
                            "has no name for: write http://server/path or "
                            "http://server:port/path");
        }
    }

    if (n == 7) {
        return ipxe_err(err, IPXE_INVALID, "a URL without a server: write "
                        "http://server/path");
    }

    p[0] = '(';
    memcpy(p + 1, p[1] == 't' ? "http" : "tftp", 4);
    p[5] = ',';
    memmove(p + 6, p + 7, n - 7);
    p[n - 1] = ')';

    /* GRUB before 2.12 knows no ports, but for the patches of some */

    if (n > 10 && p[1] == 'h' && memcmp(p + n - 4, ":80", 3) == 0) {
        memmove(p + n - 4, p + n - 1, len - n + 1);
        out->len -= 3;
        n -= 3;
    }

    if (out->len > from + n && out->data[from + n] == '/') {
        return IPXE_OK;
    }

    rc = ipxe_buf_add(out, "/", 1);
    if (rc != IPXE_OK) {
        return ipxe_dialect_full(rc, err);
    }

    p = out->data + from + n;
    memmove(p + 1, p, (size_t) (out->data + out->len - 1 - p));
    *p = '/';

    return IPXE_OK;
}


/* Writes what stands from FROM on as GRUB takes it for itself there. */

static ipxe_rc_e
ipxe_grub_quote(ipxe_buf_t *out, size_t from, ipxe_err_t *err)
{
    size_t       i;
    ipxe_rc_e    rc;
    ipxe_grub_t  g;

    /* too far for a line: ipxe_grub_finish() says so */

    if (!ipxe_grub_place(&g, out, from)) {
        return IPXE_OK;
    }

    rc = ipxe_grub_fits(&g, out->data[from], err);
    if (rc != IPXE_OK) {
        return rc;
    }

    if (g.comment) {

        for (i = from; i < out->len; i++) {
            if (strchr("'\"\\", out->data[i])) {
                return ipxe_err(err, IPXE_INVALID, "a quotation mark or a "
                                "backslash, which GRUB may heed in a comment "
                                "too: write it without");
            }
        }

        return IPXE_OK;
    }

    switch (g.quote) {

    case '\'':
        return ipxe_grub_insert(out, from, "'", "'\\'", err);

    case '"':
        return ipxe_grub_insert(out, from, "\"$\\", "\\", err);

    default:
        return ipxe_grub_insert(out, from, "\"#$&'*;<>?[\\]{|}", "\\", err);
    }
}


/* What the byte at FROM is, by the line that leads to it. */

static int
ipxe_grub_place(ipxe_grub_t *g, const ipxe_buf_t *out, size_t from)
{
    size_t                i;
    const unsigned char  *p;

    p = out->data;

    /* ipxe_grub_finish() sees to it that no quotation goes over its line */

    for (i = from; !ipxe_grub_is_line(p, i); i--) {
        if (from - i == IPXE_GRUB_LINE) {
            return 0;
        }
    }

    ipxe_grub_begin(g);

    for ( /* void */ ; i < from; i++) {
        ipxe_grub_read(g, p[i]);
    }

    return 1;
}


/* Whether a line begins at I that no backslash joins to the one before. */

static int
ipxe_grub_is_line(const unsigned char *p, size_t i)
{
    return i == 0
           || (p[i - 1] == '\n' && (i == 1 || p[i - 2] != '\\'));
}


/* Whether a value that begins with C can stand where G is. */

static ipxe_rc_e
ipxe_grub_fits(const ipxe_grub_t *g, unsigned char c, ipxe_err_t *err)
{
    switch (g->inner) {

    case IPXE_GRUB_ESCAPE:
        return ipxe_err(err, IPXE_INVALID, "a text behind a backslash, which "
                        "would change it: write the template without, values "
                        "are quoted for GRUB already");

    case IPXE_GRUB_NAME:
        if (!ipxe_grub_is_name(c)) {
            return IPXE_OK;
        }

        /* fall through */

    case IPXE_GRUB_DOLLAR:
    case IPXE_GRUB_BRACE:
        return ipxe_err(err, IPXE_INVALID, "a text that would become part of "
                        "the name of a variable of GRUB: write ${name} in the "
                        "template, and the value behind it");

    default:
        return IPXE_OK;
    }
}


/* Puts BEFORE before each byte of SPECIAL; for a quote, behind it too. */

static ipxe_rc_e
ipxe_grub_insert(ipxe_buf_t *out, size_t from, const char *special,
    const char *before, ipxe_err_t *err)
{
    size_t          i, n, len, more;
    ipxe_rc_e       rc;
    unsigned char   c, *p;

    len = out->len;
    more = strlen(before);
    n = 0;

    for (i = from; i < len; i++) {
        n += (strchr(special, out->data[i]) != NULL);
    }

    rc = ipxe_buf_reserve(out, n * more);
    if (rc != IPXE_OK) {
        return ipxe_dialect_full(rc, err);
    }

    out->len += n * more;
    p = out->data + out->len;

    while (n) {
        c = out->data[--len];
        *--p = c;

        if (strchr(special, c)) {
            p -= more;
            memcpy(p, before, more);
            n--;
        }
    }

    return IPXE_OK;
}


/*
 * A configuration that ends its quotations in their lines is read as
 * ipxe_grub_place() takes it to be.
 */

static ipxe_rc_e
ipxe_grub_finish(ipxe_buf_t *out, ipxe_err_t *err)
{
    size_t       i, from;
    unsigned     line;
    const char  *wrong;
    ipxe_grub_t  g;

    if (out->len == 0) {
        return ipxe_err(err, IPXE_INVALID, "the template leaves nothing, and "
                        "GRUB would wait at its prompt: write at least a "
                        "command");
    }

    ipxe_grub_begin(&g);
    line = 1;
    from = 0;

    for (i = 0; i < out->len; i++) {

        if (ipxe_grub_is_line(out->data, i)) {
            from = i;
        }

        wrong = (i - from > IPXE_GRUB_LINE)
                ? "is longer than 32768 bytes: make several of it"
                : ipxe_grub_wrong(&g, out->data[i]);

        if (wrong) {
            return ipxe_err(err, IPXE_INVALID, "line %u of the answer %s",
                            line, wrong);
        }

        ipxe_grub_read(&g, out->data[i]);
        line += (out->data[i] == '\n');
    }

    wrong = ipxe_grub_wrong(&g, '\n');

    return wrong ? ipxe_err(err, IPXE_INVALID, "line %u of the answer %s",
                            line, wrong)
                 : IPXE_OK;
}


/* What is wrong with C at G, or NULL. */

static const char *
ipxe_grub_wrong(const ipxe_grub_t *g, unsigned char c)
{
    if (c == '\0') {
        return "holds a NUL, which ends a line in GRUB: write it without";
    }

    if (g->len > IPXE_GRUB_WORD) {
        return "has a word of more than 8191 bytes, at which GRUB stops: "
               "make it shorter";
    }

    if (c != '\n') {
        return NULL;
    }

    if (g->quote) {
        return "ends in a quotation, which would go on in the next one: "
               "close it";
    }

    if (g->odd) {
        return "begins a quotation in the first word of a comment, which "
               "GRUB heeds: write a space behind the number sign";
    }

    return NULL;
}


static ipxe_rc_e
ipxe_grub_refuse(ipxe_buf_t *out, const char *text)
{
    ipxe_rc_e  rc;

    out->len = 0;

    rc = ipxe_dialect_say(out, "echo \"", text, "\"\n");
    if (rc != IPXE_OK) {
        return rc;
    }

    rc = ipxe_buf_text(out, "echo \"Nothing is installed. "
                       "Booting the next device in 30 seconds\"\n"
                       "sleep 30\n");
    if (rc != IPXE_OK) {
        return rc;
    }

    return ipxe_buf_text(out, ipxe_grub_next);
}


static ipxe_rc_e
ipxe_grub_stub(ipxe_buf_t *out, ipxe_str_t base, ipxe_str_t path)
{
    size_t     from;
    ipxe_rc_e  rc;

    rc = ipxe_buf_text(out, ipxe_grub_ask);
    if (rc != IPXE_OK) {
        return rc;
    }

    from = out->len;

    rc = ipxe_buf_str(out, base);

    if (rc == IPXE_OK) {
        rc = ipxe_grub_file(out, from, NULL);
    }

    /* without a name for the server it is the one that GRUB came from */

    if (rc == IPXE_INVALID) {
        out->len = from;
        rc = IPXE_OK;
    }

    /* the name ends with a slash, as the path begins */

    if (rc == IPXE_OK && out->len > from && out->data[out->len - 1] == '/') {
        out->len--;
    }

    if (rc == IPXE_OK) {
        rc = ipxe_buf_str(out, path);
    }

    if (rc == IPXE_OK) {
        rc = ipxe_url_encode(out, from, NULL);
    }

    if (rc == IPXE_OK && out->len > from) {
        rc = ipxe_grub_quote(out, from, NULL);
    }

    if (rc == IPXE_OK) {
        rc = ipxe_buf_text(out, ipxe_grub_again);
    }

    return rc == IPXE_OK ? ipxe_buf_text(out, ipxe_grub_next) : rc;
}


static void
ipxe_grub_begin(ipxe_grub_t *g)
{
    memset(g, 0, sizeof(ipxe_grub_t));
    g->between = 1;
}


/* Takes in the next byte of a line; a new line begins anew. */

static void
ipxe_grub_read(ipxe_grub_t *g, unsigned char c)
{
    if (g->between && c != ' ' && c != '\t') {
        g->len = 0;
    }

    g->len++;

    if (g->comment) {

        if (c == '\n') {
            ipxe_grub_begin(g);
            return;
        }

        /*
         * A word is longer than a comment when a quotation goes on in the next
         * line; a brace may be that of a variable in it.
         */

        g->first &= (strchr(" \t|&;<>", c) == NULL);
        g->odd |= (g->first && strchr("'\"\\", c));
        return;
    }

    if (ipxe_grub_goes_on(g, c)) {
        return;
    }

    if (g->quote == '\'') {
        g->quote = (c == '\'') ? 0 : g->quote;

    } else if (c == '\\' || c == '$') {
        g->inner = (c == '$') ? IPXE_GRUB_DOLLAR : IPXE_GRUB_ESCAPE;
        g->between = 0;

    } else if (g->quote) {
        g->quote = (c == '"') ? 0 : g->quote;

    } else {
        ipxe_grub_read_bare(g, c);
    }
}


static void
ipxe_grub_read_bare(ipxe_grub_t *g, unsigned char c)
{
    switch (c) {

    case '\'':
    case '"':
        g->quote = c;
        g->between = 0;
        break;

    case ' ':
    case '\t':
        g->len = g->between ? g->len : 1;
        g->between = 1;
        break;

    case '\n':
    case '{':
    case '}':
    case '|':
    case '&':
    case ';':
    case '<':
    case '>':
        g->between = 1;
        g->len = 0;
        break;

    case '#':
        g->comment = g->between;
        g->first = g->between;
        g->between = 0;
        break;

    default:
        g->between = 0;
    }
}


/* Whether C belongs to what a backslash or a dollar sign began. */

static int
ipxe_grub_goes_on(ipxe_grub_t *g, unsigned char c)
{
    switch (g->inner) {

    case IPXE_GRUB_ESCAPE:
        g->inner = 0;
        return 1;

    case IPXE_GRUB_BRACE:
        g->inner = (c == '}' || c == '\n') ? 0 : g->inner;
        return c != '\n';

    case IPXE_GRUB_DOLLAR:

        if (c == '{') {
            g->inner = IPXE_GRUB_BRACE;
            return 1;
        }

        g->inner = ipxe_grub_is_name(c) ? IPXE_GRUB_NAME : 0;

        return g->inner || c == '?' || c == '#' || c == '*' || c == '@';

    case IPXE_GRUB_NAME:
        g->inner = ipxe_grub_is_name(c) ? IPXE_GRUB_NAME : 0;
        return g->inner != 0;

    default:
        return 0;
    }
}


static int
ipxe_grub_is_name(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_';
}
