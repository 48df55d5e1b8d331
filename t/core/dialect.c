
/*
 * Dialects: what a value may hold, and the texts that are always right.
 */


#include "grub.h"
#include "ipxe_dialect.h"
#include "script.h"
#include "test.h"


#define IPXE  (&ipxe_dialect_ipxe)
#define PXE   (&ipxe_dialect_pxelinux)
#define GRUB  (&ipxe_dialect_grub)


static unsigned char  memory[64 * 1024];
static char           shape_a[4096], shape_b[4096];


/* A buffer over memory[], so that no allocation is needed. */

static ipxe_buf_t
buffer(const char *before)
{
    ipxe_buf_t  buf;

    buf.data = memory;
    buf.len = 0;
    buf.size = sizeof(memory);
    buf.limit = sizeof(memory);
    buf.mem = &test_mem;

    (void) ipxe_buf_text(&buf, before);

    return buf;
}


static const struct {
    const ipxe_dialect_t  *dialect;
    ipxe_text_e            sort;
    unsigned               how;
    const char            *before, *value;

    /* the value as it comes out, or what the sentence says */
    const char            *out, *error;
} values[] = {
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "", "", NULL },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "console=ttyS0 quiet -- x",
      "console=ttyS0 quiet -- x", NULL },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a||b a&&b a;b a#b ;; ||| &&&",
      "a||b a&&b a;b a#b ;; ||| &&&", NULL },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a\\b $5 {x} a$ b", "a\\b $5 {x} a$ b",
      NULL },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "\"it's\" `x` %41 \xc3\xa9",
      "\"it's\" `x` %41 \xc3\xa9", NULL },
    { IPXE, IPXE_TEXT_ADMIN, 0, "a", "{x}", "{x}", NULL },

    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a\nb", NULL,
      "a line break, which would begin another command: *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a\rb", NULL, "a line break, *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a\n", NULL, "a line break, *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a\tb", NULL,
      "the control byte 0x09: write printable characters only" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a\x0b" "b", NULL,
      "the control byte 0x0b: *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "\x1b[2J", NULL,
      "the control byte 0x1b: *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "\x7f", NULL, "the control byte 0x7f: *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a ${net0/mac}", NULL,
      "a dollar sign and a brace, which iPXE would expand: *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "${", NULL,
      "a dollar sign and a brace, *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "$", "{x}", NULL,
      "a brace at its start, behind a dollar sign, *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "cost $", NULL,
      "a backslash or a dollar sign at its end, *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "C:\\", NULL,
      "a backslash or a dollar sign at its end, *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a || reboot", NULL,
      "a double bar, a double ampersand or a semicolon as a word, *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "||", NULL, "a double bar, *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a && b", NULL, "a double bar, *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a ; b", NULL, "a double bar, *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a ;", NULL, "a double bar, *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "a #b", NULL,
      "a word that starts with a number sign, *" },
    { IPXE, IPXE_TEXT_ADMIN, 0, "", "#b", NULL,
      "a word that starts with a number sign, *" },

    /* what the administrator writes into three braces is his */
    { IPXE, IPXE_TEXT_ADMIN, 1, "", "a\nb ${x} || #y \\", "a\nb ${x} || #y \\",
      NULL },
    { IPXE, IPXE_TEXT_URL, 1, "", "http://h/a b", "http://h/a b", NULL },

    /* URLs are encoded, and what no URL can hold is refused */
    { IPXE, IPXE_TEXT_URL, 0, "k ", "http://h:8/a/b.gz?x=1&y=2;z",
      "http://h:8/a/b.gz?x=1&y=2;z", NULL },
    { IPXE, IPXE_TEXT_URL, 0, "k ", "http://h/a b", "http://h/a%20b", NULL },
    { IPXE, IPXE_TEXT_URL, 0, "k ", " ", "%20", NULL },
    { IPXE, IPXE_TEXT_URL, 0, "k ", "http://h/a%20b", "http://h/a%20b", NULL },
    { IPXE, IPXE_TEXT_URL, 0, "k ", "http://h/a#b", "http://h/a%23b", NULL },
    { IPXE, IPXE_TEXT_URL, 0, "k ", "http://h/\"<>\\^`{|}x",
      "http://h/%22%3C%3E%5C%5E%60%7B%7C%7Dx", NULL },
    { IPXE, IPXE_TEXT_URL, 0, "k ", "/caf\xc3\xa9", "/caf%C3%A9", NULL },
    { IPXE, IPXE_TEXT_URL, 0, "k ", "!$&'()*+,/:;=?@[]~_-.",
      "!$&'()*+,/:;=?@[]~_-.", NULL },
    { IPXE, IPXE_TEXT_URL, 0, "k ", "http://h/${x}", NULL,
      "a dollar sign and a brace, *" },
    { IPXE, IPXE_TEXT_URL, 0, "k ", "http://h/a\nb", NULL, "a line break, *" },

    /* what a machine shows is one plain word, in braces of any number */
    { IPXE, IPXE_TEXT_MACHINE, 0, "", "AT-007", "AT-007", NULL },
    { IPXE, IPXE_TEXT_MACHINE, 0, "", "a._:,/@+~()-9", "a._:,/@+~()-9", NULL },
    { IPXE, IPXE_TEXT_MACHINE, 1, "", "AT-007", "AT-007", NULL },
    { IPXE, IPXE_TEXT_MACHINE, 0, "", "two words", NULL,
      "something other than one word of letters, *" },
    { IPXE, IPXE_TEXT_MACHINE, 1, "", "two words", NULL,
      "something other than one word *" },
    { IPXE, IPXE_TEXT_MACHINE, 0, "", "-option", NULL,
      "something other than one word *" },
    { IPXE, IPXE_TEXT_MACHINE, 0, "", ":label", NULL,
      "something other than one word *" },
    { IPXE, IPXE_TEXT_MACHINE, 0, "", "a=b", NULL,
      "something other than one word *" },
    { IPXE, IPXE_TEXT_MACHINE, 0, "", "${serial}", NULL,
      "something other than one word *" },
    { IPXE, IPXE_TEXT_MACHINE, 0, "", "a;b", NULL,
      "something other than one word *" },
    { IPXE, IPXE_TEXT_MACHINE, 0, "", "a%20b", NULL,
      "something other than one word *" },
    { IPXE, IPXE_TEXT_MACHINE, 0, "", "caf\xc3\xa9", NULL,
      "something other than one word *" },
    { IPXE, IPXE_TEXT_MACHINE, 0, "", "", "", NULL },

    { IPXE, IPXE_TEXT_SERVER, 0, "", "52:54:00:12:34:56", "52:54:00:12:34:56",
      NULL },

    { PXE, IPXE_TEXT_ADMIN, 0, "", "console=ttyS0 a || b ${x} #y \\",
      "console=ttyS0 a || b ${x} #y \\", NULL },
    { PXE, IPXE_TEXT_ADMIN, 0, "", "", "", NULL },
    { PXE, IPXE_TEXT_ADMIN, 0, "", "a\nb", NULL, "a line break, *" },
    { PXE, IPXE_TEXT_ADMIN, 0, "", "a\rb", NULL, "a line break, *" },
    { PXE, IPXE_TEXT_ADMIN, 0, "", "a\tb", NULL, "the control byte 0x09: *" },
    { PXE, IPXE_TEXT_ADMIN, 0, "", "a\x7f", NULL, "the control byte 0x7f: *" },
    { PXE, IPXE_TEXT_ADMIN, 1, "", "a\nb", "a\nb", NULL },
    { PXE, IPXE_TEXT_URL, 0, "", "http://h/a b#c", "http://h/a%20b%23c", NULL },
    { PXE, IPXE_TEXT_URL, 0, "", "http://h/a\nb", NULL, "a line break, *" },
    { PXE, IPXE_TEXT_MACHINE, 0, "", "AT-007", "AT-007", NULL },
    { PXE, IPXE_TEXT_MACHINE, 1, "", "a b", NULL,
      "something other than one word *" },
    { PXE, IPXE_TEXT_SERVER, 0, "", "a b", "a b", NULL },

    /* GRUB: outside of quotation marks, within double ones, single ones */
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo ", "", "", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo ", "console=ttyS0,1 a-b (c) ~%^!@:/.",
      "console=ttyS0,1 a-b (c) ~%^!@:/.", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo ", "it's \"a\" #b $c \\d",
      "it\\'s \\\"a\\\" \\#b \\$c \\\\d", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo ", "a;b|c&d<e>f{g}h*i?j[k]l",
      "a\\;b\\|c\\&d\\<e\\>f\\{g\\}h\\*i\\?j\\[k\\]l", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "a\n\"b\" ", "c'", "c\\'", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo \"", "it's \"a\" #b $c \\d;|",
      "it's \\\"a\\\" #b \\$c \\\\d;|", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo $\"", "\"$\\", "\\\"\\$\\\\",
      NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo 'x' '", "it's \"$\\", "it'\\''s \"$\\",
      NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo 'x\\'\"", "'\"", "'\\\"", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo \"x\\\"", "\"", "\\\"", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo \\\"", "\"", "\\\"", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo ${a}", "b'", "b\\'", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo $a-", "b'", "b\\'", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo $#", "b'", "b\\'", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo $a", "-b", "-b", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo a#", "b'", "b\\'", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "# ", "a; b $c {", "a; b $c {", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "a;#", "b c", "b c", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "# it's\n", "'", "\\'", NULL },
    { GRUB, IPXE_TEXT_ADMIN, 0, "a\\\n# ", "'", "\\'", NULL },

    { GRUB, IPXE_TEXT_ADMIN, 0, "echo ", "a\nb", NULL, "a line break, *" },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo '", "a\tb", NULL,
      "the control byte 0x09: *" },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo \\", "a", NULL,
      "a text behind a backslash, *" },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo \"\\", "a", NULL,
      "a text behind a backslash, *" },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo $", "a", NULL,
      "a text that would become part of the name of a variable *" },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo \"$", "-", NULL,
      "a text that would become part of the name *" },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo $a", "b", NULL,
      "a text that would become part of the name *" },
    { GRUB, IPXE_TEXT_ADMIN, 0, "echo ${a", "}", NULL,
      "a text that would become part of the name *" },
    { GRUB, IPXE_TEXT_ADMIN, 0, "# ", "it's", NULL, "a quotation mark or *" },
    { GRUB, IPXE_TEXT_ADMIN, 0, "#", "a\\", NULL, "a quotation mark or *" },

    /* an inner value is quoted with the one that it is in, or not at all */
    { GRUB, IPXE_TEXT_ADMIN, IPXE_INNER, "echo ", "$a;", "$a;", NULL },
    { GRUB, IPXE_TEXT_ADMIN, IPXE_INNER, "echo ", "a\nb", NULL,
      "a line break, *" },
    { GRUB, IPXE_TEXT_ADMIN, IPXE_RAW, "echo ", "$a;\nb", "$a;\nb", NULL },
    { GRUB, IPXE_TEXT_ADMIN, IPXE_RAW | IPXE_INNER, "echo ", "$a\n", "$a\n",
      NULL },
    { GRUB, IPXE_TEXT_SERVER, IPXE_RAW, "echo ", "http://h/a;b", "http://h/a\\;b",
      NULL },
    { GRUB, IPXE_TEXT_MACHINE, 0, "echo ", "AT-007", "AT-007", NULL },
    { GRUB, IPXE_TEXT_MACHINE, IPXE_RAW, "echo ", "a b", NULL,
      "something other than one word *" },
    { GRUB, IPXE_TEXT_MACHINE, IPXE_INNER, "echo ", "$a", NULL,
      "something other than one word *" },

    /* a URL is the name of a file */
    { GRUB, IPXE_TEXT_URL, 0, "k ", "http://10.0.0.1:8080/a/b",
      "(http,10.0.0.1:8080)/a/b", NULL },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "http://10.0.0.1:80/a?b=c&d='",
      "(http,10.0.0.1)/a\\?b=c\\&d=\\'", NULL },
    { GRUB, IPXE_TEXT_URL, 0, "k \"", "http://h.example/a b/$c",
      "(http,h.example)/a%20b/\\$c", NULL },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "http://[fe80::1]:80/a",
      "(http,\\[fe80::1\\])/a", NULL },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "tftp://h:80/a", "(tftp,h:80)/a", NULL },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "http://h", "(http,h)/", NULL },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "http://h?x", "(http,h)/\\?x", NULL },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "http://h:80", "(http,h)/", NULL },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "/a/b", "/a/b", NULL },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "b.gz", "b.gz", NULL },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "/a?b://c", "/a\\?b://c", NULL },
    { GRUB, IPXE_TEXT_URL, IPXE_RAW, "k ", "http://h/a b", "(http,h)/a%20b",
      NULL },
    { GRUB, IPXE_TEXT_URL, IPXE_INNER, "k ", "http://h:80/a b",
      "http://h:80/a%20b", NULL },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "https://h/a", NULL,
      "a URL that GRUB has no name for: *" },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "HTTP://h/a", NULL,
      "a URL that GRUB has no name for: *" },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "ftp://h/a", NULL,
      "a URL that GRUB has no name for: *" },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "http:///a", NULL,
      "a URL without a server: *" },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "http://u@h/a", NULL,
      "a URL with a server that GRUB has no name for: *" },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "http://a)b/c", NULL,
      "a URL with a server that *" },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "http://a[b/c", NULL,
      "a URL with a server that *" },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "http://a b/c", NULL,
      "a URL with a server that *" },
    { GRUB, IPXE_TEXT_URL, 0, "k ", "http://h/a\nb", NULL, "a line break, *" }
};


static void
test_values(void)
{
    size_t      i, from;
    ipxe_rc_e   rc;
    ipxe_buf_t  out;
    ipxe_err_t  err;

    static const char *sorts[] = { "text", "URL", "machine's", "server's" };

    for (i = 0; i < countof(values); i++) {

        out = buffer(values[i].before);
        from = out.len;
        (void) ipxe_buf_text(&out, values[i].value);

        err.len = 0;
        err.text[0] = '\0';

        rc = values[i].dialect->escape(&out, from, values[i].sort,
                                       values[i].how, &err);

        if (values[i].error) {

            if (rc == IPXE_INVALID) {
                test_like(err.text, values[i].error, "%s: %s '%s'%s is "
                          "refused", cstr(values[i].dialect->name),
                          sorts[values[i].sort], values[i].value,
                          values[i].how & IPXE_RAW ? " raw" : "");
            } else {
                test_rc(rc, IPXE_INVALID, "%s: %s '%s'",
                        cstr(values[i].dialect->name), sorts[values[i].sort],
                        values[i].value);
            }

            continue;
        }

        if (rc != IPXE_OK) {
            test_rc(rc, IPXE_OK, "%s: %s '%s'%s",
                    cstr(values[i].dialect->name), sorts[values[i].sort],
                    values[i].value, values[i].how & IPXE_RAW ? " raw" : "");
            note("%s", err.text);
            continue;
        }

        test_str(str_n(out.data + from, out.len - from), values[i].out,
                 "%s: %s '%s'%s", cstr(values[i].dialect->name),
                 sorts[values[i].sort], values[i].value,
                 values[i].how & IPXE_RAW ? " raw" : "");
        test(memcmp(out.data, values[i].before, from) == 0,
             "... what stands before is as it was");
    }
}


static void
test_bytes_of_values(void)
{
    int            raw, ok;
    size_t         i, k;
    ipxe_rc_e      rc, want;
    ipxe_buf_t     out;
    ipxe_err_t     err;
    unsigned char  c;

    static const ipxe_dialect_t *dialects[] = { IPXE, PXE };

    /* each byte inside a word, in both dialects */

    for (k = 0; k < 2; k++) {

        for (raw = 0; raw < 2; raw++) {

            for (i = 0, ok = 1; i < 256 && ok; i++) {
                c = (unsigned char) i;

                out = buffer("x");
                (void) ipxe_buf_text(&out, "a");
                (void) ipxe_buf_add(&out, &c, 1);
                (void) ipxe_buf_text(&out, "b");

                rc = dialects[k]->escape(&out, 1, IPXE_TEXT_ADMIN, raw, &err);
                want = !raw && (c < 0x20 || c == 0x7f) ? IPXE_INVALID
                                                       : IPXE_OK;

                ok = rc == want && (rc || (out.len == 4 && out.data[2] == c));
            }

            test(ok, "%s: each of 256 bytes in a text%s (%02zx)",
                 cstr(dialects[k]->name), raw ? ", raw" : "", i & 0xff);

            for (i = 0, ok = 1; i < 256 && ok; i++) {
                c = (unsigned char) i;

                out = buffer("x");
                (void) ipxe_buf_text(&out, "a");
                (void) ipxe_buf_add(&out, &c, 1);

                rc = dialects[k]->escape(&out, 1, IPXE_TEXT_MACHINE, raw,
                                         &err);

                want = c && strchr("0123456789abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ._:,/@+~()-", c)
                       ? IPXE_OK : IPXE_INVALID;
                ok = rc == want;
            }

            test(ok, "%s: each of 256 bytes that a machine shows%s (%02zx)",
                 cstr(dialects[k]->name), raw ? ", raw" : "", i & 0xff);
        }

        /* RFC 3986: what a URL consists of stays, all else is encoded */

        for (i = 0x20, ok = 1; i < 256 && ok; i++) {
            char  hex[8];

            c = (unsigned char) i;

            if (c == 0x7f) {
                continue;
            }

            out = buffer("");
            (void) ipxe_buf_text(&out, "a");
            (void) ipxe_buf_add(&out, &c, 1);
            (void) ipxe_buf_text(&out, "z");

            rc = dialects[k]->escape(&out, 0, IPXE_TEXT_URL, 0, &err);

            if (strchr("0123456789abcdefghijklmnopqrstuvwxyz"
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._~:/?[]@!$&'()*+,;=%", c))
            {
                snprintf(hex, sizeof(hex), "a%cz", c);
            } else {
                snprintf(hex, sizeof(hex), "a%%%02Xz", c);
            }

            ok = rc == IPXE_OK
                 && ipxe_str_eq(str_n(out.data, out.len), str(hex));
        }

        test(ok, "%s: each byte in a URL (%02zx)", cstr(dialects[k]->name),
             i & 0xff);
    }
}


/* SCRIPT with each "@" replaced by a value that ESCAPE takes, or NULL. */

static const char *
shape_with(const char *script, const char *const *value, ipxe_text_e sort,
    char *shape)
{
    size_t      from;
    ipxe_buf_t  out;
    ipxe_err_t  err;

    out = buffer("");

    for ( /* void */ ; *script; script++) {

        if (*script != '@') {
            (void) ipxe_buf_add(&out, script, 1);
            continue;
        }

        from = out.len;
        (void) ipxe_buf_text(&out, *value++);

        if (IPXE->escape(&out, from, sort, 0, &err) != IPXE_OK) {
            return NULL;
        }
    }

    return script_shape(out.data, out.len, shape, sizeof(shape_a));
}


/* The next text over an alphabet; 0 after the last of LEN. */

static int
next_text(char *text, size_t len, const char *alphabet)
{
    size_t       i;
    const char  *p;

    for (i = 0; i < len; i++) {
        p = strchr(alphabet, text[i]);

        if (p[1]) {
            text[i] = p[1];
            return 1;
        }

        text[i] = alphabet[0];
    }

    return 0;
}


/*
 * Whatever value is taken, the script has the shape that it has with a plain
 * word: no command, label, line or expansion more or less.
 */

static void
test_breakout(void)
{
    int           ok;
    char          a[8], b[8];
    size_t        i, k, n, m, taken, refused;
    const char   *values[2], *plain[2] = { "x", "x" }, *got;

    static const char  alphabet[] = "a |&;#\\${}:\n\r\t\v\x7f-\"";

    static const char *scripts[] = {
        "echo @\nboot\n",
        "echo @ || reboot\nboot\n",
        "kernel http://h/@ a || goto f\n:f\n",
        "set y:@ z\nboot\n",
        "echo a@a\nboot\n",
        "echo $@\nboot\n",
        "echo @{y}\nboot\n",
        "echo |@\nboot\n",
        "echo @|\nboot\n",
        "echo &@\nboot\n",
        "echo @&\nboot\n",
        "echo @ # @\nboot\n",
        ":@\nboot\n",
        "boot\n:a-@\nboot\n",
        "echo x \\\n@\nboot\n",
        "echo @"
    };

    static const char *pairs[] = {
        "echo @@\nboot\n",
        "echo @ @\nboot\n",
        "kernel @@ || goto @\n",
        "echo @\necho @\n",
        "boot\n:@@\nboot\n",
        "boot\n:a-@ echo @\nboot\n"
    };

    static const char *sorts[] = { "text", "URL", "machine's text" };

    for (k = 0; k < 3; k++) {

        taken = 0;
        refused = 0;

        for (i = 0; i < countof(scripts); i++) {

            (void) shape_with(scripts[i], plain, (ipxe_text_e) k, shape_a);

            for (n = 0, ok = 1; n <= 4 && ok; n++) {

                memset(a, alphabet[0], n);
                a[n] = '\0';
                values[0] = values[1] = a;

                do {
                    got = shape_with(scripts[i], values, (ipxe_text_e) k,
                                     shape_b);
                    taken += got != NULL;
                    refused += got == NULL;
                    ok = got == NULL || strcmp(shape_b, shape_a) == 0;
                } while (ok && next_text(a, n, alphabet));
            }

            if (!test(ok, "ipxe: no %s adds a command to '%s'", sorts[k],
                      scripts[i]))
            {
                note("'%s' does", a);
            }
        }

        test(taken > 500 && refused > 100000,
             "ipxe: of the %ss %zu are taken and %zu refused", sorts[k], taken,
             refused);
    }

    for (i = 0; i < countof(pairs); i++) {

        (void) shape_with(pairs[i], (const char *[]) { "x", "x", "x" },
                          IPXE_TEXT_ADMIN, shape_a);
        ok = 1;

        for (n = 0; n <= 2 && ok; n++) {
            memset(a, alphabet[0], n);
            a[n] = '\0';

            do {
                for (m = 0; m <= 2 && ok; m++) {
                    memset(b, alphabet[0], m);
                    b[m] = '\0';

                    do {
                        got = shape_with(pairs[i],
                                         (const char *[]) { a, b, "x" },
                                         IPXE_TEXT_ADMIN, shape_b);
                        ok = got == NULL || strcmp(shape_b, shape_a) == 0;
                    } while (ok && next_text(b, m, alphabet));
                }
            } while (ok && next_text(a, n, alphabet));
        }

        if (!test(ok, "ipxe: no two texts together add a command to '%s'",
                  pairs[i]))
        {
            note("'%s' and '%s' do", a, b);
        }
    }
}


/*
 * SCRIPT with each "@" replaced by the value as ESCAPE writes it, or with
 * TEXT.  Returns what GRUB reads, or NULL when the value is refused.
 */

static const char *
grub_with(const char *script, const char *value, const char *text,
    ipxe_text_e sort, char *read)
{
    size_t      from;
    ipxe_buf_t  out;
    ipxe_err_t  err;

    out = buffer("");

    for ( /* void */ ; *script; script++) {

        if (*script != '@') {
            (void) ipxe_buf_add(&out, script, 1);
            continue;
        }

        if (text) {
            (void) ipxe_buf_text(&out, text);
            continue;
        }

        from = out.len;
        (void) ipxe_buf_text(&out, value);

        if (GRUB->escape(&out, from, sort, 0, &err) != IPXE_OK) {
            return NULL;
        }
    }

    if (text == NULL && GRUB->finish(&out, &err) != IPXE_OK) {
        return NULL;
    }

    return grub_read(out.data, out.len, 1, read, sizeof(shape_a));
}


/*
 * VALUE in the plainest way there is: between single quotation marks, of which
 * there are none in it but such as stand alone.  MARK is what it stands in.
 */

static const char *
grub_plain(const char *value, char mark)
{
    char        *p;
    int          word;

    static char  text[4096];

    p = text;
    word = 0;

    if (mark == '#') {
        return "x";
    }

    if (mark != ' ') {
        *p++ = mark;
    }

    for ( /* void */ ; *value; value++) {

        if (*value == ' ' && mark == ' ') {
            p += sprintf(p, "%s ", word ? "'" : "");
            word = 0;
            continue;
        }

        if (!word) {
            *p++ = '\'';
            word = 1;
        }

        p += sprintf(p, *value == '\'' ? "'\"%c\"'" : "%c", *value);
    }

    if (word) {
        *p++ = '\'';
    }

    if (mark != ' ') {
        *p++ = mark;
    }

    *p = '\0';

    return text;
}


/*
 * GRUB reads a value as what it is: outside of quotation marks as its words,
 * within them, single or double, as a part of one.
 */

static void
test_grub_words(void)
{
    int          ok;
    char         a[8];
    size_t       i, n, taken, refused;
    const char  *got;

    static const char  alphabet[] = "a |&;#\\${}\"'<*[]\n\x7f=";

    static const struct {
        char         mark;
        const char  *script;
    } scripts[] = {
        { ' ', "echo @\nboot\n" },
        { ' ', "echo a@b c\nboot\n" },
        { ' ', "set a=@;boot\n" },
        { ' ', "if [ x = @ ]; then\nboot\nfi\n" },
        { ' ', "menuentry @ {\nboot @\n}\n" },
        { ' ', "echo ${y}@{\n" },
        { ' ', "echo $#@\nboot\n" },
        { ' ', "echo $y-@\nboot\n" },
        { ' ', "echo \"x\"@'y'\nboot\n" },
        { ' ', "echo \\\"@\nboot\n" },
        { ' ', "echo 'x\\'@\nboot\n" },
        { ' ', "echo a#@\nboot\n" },
        { ' ', "# it's\necho @\n" },
        { ' ', "echo \\\n@ b\n" },
        { ' ', "echo a\\\n#@\nboot\n" },
        { ' ', "echo @" },
        { '"', "echo \"@\"\nboot\n" },
        { '"', "menuentry \"a @ b\" --id x {\nboot\n}\n" },
        { '"', "echo \"$y-@$z\"\nboot\n" },
        { '"', "echo \"${y}@\"\"@\"\n" },
        { '"', "echo \"it's \\\"@\\\"\"\nboot\n" },
        { '\'', "echo '@'\nboot\n" },
        { '\'', "echo 'a \\ $y \"@'\nboot\n" },
        { '#', "# @\nboot\n" },
        { '#', "#@\nboot\n" },
        { '#', "boot;#@\nboot\n" }
    };

    for (i = 0; i < countof(scripts); i++) {

        taken = 0;
        refused = 0;
        ok = 1;

        for (n = 0; n <= 3 && ok; n++) {

            memset(a, alphabet[0], n);
            a[n] = '\0';

            do {
                got = grub_with(scripts[i].script, a, NULL, IPXE_TEXT_ADMIN,
                                shape_a);
                taken += got != NULL;
                refused += got == NULL;

                if (got) {
                    (void) grub_with(scripts[i].script, NULL,
                                     grub_plain(a, scripts[i].mark),
                                     IPXE_TEXT_ADMIN, shape_b);
                    ok = strcmp(shape_a, shape_b) == 0;
                }
            } while (ok && next_text(a, n, alphabet));
        }

        if (!test(ok && taken > 2500 && refused > 500, "grub: '%s' has the "
                  "value as it is, %zu taken, %zu refused", scripts[i].script,
                  taken, refused))
        {
            note("'%s' is read '%s', not '%s'", a, shape_a, shape_b);
        }
    }
}


/* Where no value can be what it is, none is taken. */

static void
test_grub_places(void)
{
    int          ok;
    char         a[8];
    size_t       i, n;
    const char  *got;

    static const char  alphabet[] = "a |;#\\${}\"'?";

    static const char *scripts[] = {
        "echo \\@\nboot\n", "echo \"\\@\"\nboot\n", "echo $@\nboot\n",
        "echo \"$@\"\nboot\n", "echo ${@}\nboot\n", "echo ${a@}\nboot\n",
        "echo \"a\n@\"\nboot\n", "echo 'a\nb' @\nboot\n",
        "#it's\necho @\nboot'\n", "#a\"\n@\nboot\"\n", "#a\\\n@\nboot\n"
    };

    for (i = 0; i < countof(scripts); i++) {

        got = NULL;
        ok = 1;

        for (n = 1; n <= 3 && ok; n++) {
            memset(a, alphabet[0], n);
            a[n] = '\0';

            do {
                got = grub_with(scripts[i], a, NULL, IPXE_TEXT_ADMIN, shape_a);
                ok = (got == NULL);
            } while (ok && next_text(a, n, alphabet));
        }

        if (!test(ok, "grub: nothing is taken in '%s'", scripts[i])) {
            note("'%s' is, and read '%s'", a, shape_a);
        }
    }
}


static void
test_finish(void)
{
    ipxe_buf_t  out;
    ipxe_err_t  err;

    static char  line[5000];

    out = buffer("#!ipxe\nboot\n");
    test(IPXE->finish(&out, &err) == IPXE_OK
         && ipxe_str_eq(str_n(out.data, out.len), str("#!ipxe\nboot\n")),
         "ipxe: a script stays as it is");

    out = buffer("boot\n");
    test(IPXE->finish(&out, &err) == IPXE_OK
         && ipxe_str_eq(str_n(out.data, out.len), str("#!ipxe\nboot\n")),
         "ipxe: the magic is put in front");

    out = buffer("");
    test(IPXE->finish(&out, &err) == IPXE_OK
         && ipxe_str_eq(str_n(out.data, out.len), str("#!ipxe\n")),
         "ipxe: of nothing too");

    out = buffer("\xef\xbb\xbf#!ipxe\nboot\n");
    test(IPXE->finish(&out, &err) == IPXE_OK
         && memcmp(out.data, "#!ipxe\n", 7) == 0,
         "ipxe: a byte order mark does not come first");

    out = buffer("#!ipxex\nboot\n");
    test(IPXE->finish(&out, &err) == IPXE_OK
         && memcmp(out.data, "#!ipxe\n", 7) == 0,
         "ipxe: another word is not the magic");

    out = buffer("#!ipxe");
    test(IPXE->finish(&out, &err) == IPXE_OK
         && memcmp(out.data, "#!ipxe\n", 7) == 0,
         "ipxe: a newline follows the magic");

    out = buffer("#!ipxe\na");
    (void) ipxe_buf_add(&out, "", 1);
    test(IPXE->finish(&out, &err) == IPXE_INVALID
         && strncmp(err.text, "the answer holds a NUL", 22) == 0,
         "ipxe: a NUL is refused");

    out = buffer("boot\n");
    out.limit = 8;
    err.len = 0;
    err.text[0] = '\0';
    test(IPXE->finish(&out, &err) == IPXE_INVALID && err.len > 0,
         "ipxe: no room for the magic is said in words");

    out = buffer("DEFAULT x\n");
    test(PXE->finish(&out, &err) == IPXE_OK
         && ipxe_str_eq(str_n(out.data, out.len), str("DEFAULT x\n")),
         "pxelinux: a configuration stays as it is");

    out = buffer("");
    test(PXE->finish(&out, &err) == IPXE_INVALID
         && strncmp(err.text, "the template leaves nothing", 27) == 0,
         "pxelinux: an empty one is refused");

    memset(line, 'x', 4095);

    out = buffer("DEFAULT x\n");
    (void) ipxe_buf_text(&out, line);
    test_rc(PXE->finish(&out, &err), IPXE_OK,
            "pxelinux: a last line of 4095 bytes");

    (void) ipxe_buf_text(&out, "\nx\n");
    test_rc(PXE->finish(&out, &err), IPXE_OK, "pxelinux: a line of 4095 bytes");

    memset(line, 'x', 4096);
    (void) ipxe_buf_text(&out, line);
    err.len = 0;
    test_rc(PXE->finish(&out, &err), IPXE_INVALID,
            "pxelinux: a line of 4096 bytes");
    test_like(err.text, "line 4 of the answer has 4096 bytes, and PXELINUX "
              "would run what is over 4095 as another line: *",
              "pxelinux: ... is said in words");
}


static const struct {
    const char  *script;
    const char  *error;
} grub_answers[] = {
    { "echo a\n", NULL },
    { "echo a", NULL },
    { "echo 'it' \"it's\" it\\'s # it's\n# \"\nboot\n", NULL },
    { "#\n#a\n# 'a\n a#'\n '\n", "line 4 of the answer ends in a quotation, *" },
    { "", "the template leaves nothing, and GRUB would wait at its prompt: *" },
    { "echo 'a\nb'\n", "line 1 of the answer ends in a quotation, which would "
      "go on in the next one: close it" },
    { "\necho \"a\\\"", "line 2 of the answer ends in a quotation, *" },
    { "echo a\n#it's\n", "line 2 of the answer begins a quotation in the first "
      "word of a comment, which GRUB heeds: write a space behind the number "
      "sign" },
    { "#a\\\n", "line 1 of the answer begins a quotation in the first word *" },
    { "a;#;'\n", NULL },
    { "#${x}'\n", "line 1 of the answer begins a quotation *" },
    { "a;#b\"\n", "line 1 of the answer begins a quotation *" }
};


static void
test_grub_finish(void)
{
    size_t      i, k, n;
    ipxe_rc_e   rc;
    ipxe_buf_t  out;
    ipxe_err_t  err;

    static char  word[9000];

    static const struct {
        const char  *before;
        char         fill;
        const char  *after;
    } tokens[] = {
        { "", 'b', "" }, { "", ' ', "" }, { "# ", 'b', "" }, { "'", 'b', "'" },
        { "\"\\\"", ' ', "\"" }, { "$", 'b', "" }, { "${a}", 'b', "" },
        { "\\'", 'b', "" }, { "a\"b\"'", ';', "'" }, { "a\\\n", 'b', "" }
    };

    for (i = 0; i < countof(grub_answers); i++) {

        out = buffer(grub_answers[i].script);
        err.text[0] = '\0';

        rc = GRUB->finish(&out, &err);

        if (grub_answers[i].error == NULL) {
            test_rc(rc, IPXE_OK, "grub: '%s'", grub_answers[i].script);
            test_str(str_n(out.data, out.len), grub_answers[i].script,
                     "... as it is");
            continue;
        }

        test_like(err.text, grub_answers[i].error, "grub: '%s' is refused",
                  grub_answers[i].script);
    }

    out = buffer("boot\na");
    (void) ipxe_buf_add(&out, "", 1);
    test_rc(GRUB->finish(&out, &err), IPXE_INVALID, "grub: a NUL is refused");

    /* flex has room for a token of 8191 bytes */

    for (i = 0; i < 2 * countof(tokens); i++) {

        k = i / 2;
        n = 8191 + i % 2 - strlen(tokens[k].before) - strlen(tokens[k].after);

        memset(word, tokens[k].fill, n);
        word[n] = '\0';

        out = buffer("a;");
        (void) ipxe_buf_text(&out, tokens[k].before);
        (void) ipxe_buf_text(&out, word);
        (void) ipxe_buf_text(&out, tokens[k].after);
        (void) ipxe_buf_text(&out, "\n");

        err.len = 0;
        rc = GRUB->finish(&out, &err);

        test(i % 2 ? rc == IPXE_INVALID && strstr(err.text, "8191") != NULL
                   : rc == IPXE_OK, "grub: %d bytes of '%s%c...%s'",
             (int) (8191 + i % 2), tokens[k].before, tokens[k].fill,
             tokens[k].after);
    }

    /* as many words as there may be, each of them short */

    out = buffer("echo");

    for (i = 0; out.len < 32760; i++) {
        (void) ipxe_buf_text(&out, i % 8 ? " word" : " \\\n");
    }

    while (out.len < 32768) {
        (void) ipxe_buf_text(&out, " ");
    }

    n = out.len;
    (void) ipxe_buf_text(&out, "$");
    test_rc(GRUB->escape(&out, n, IPXE_TEXT_ADMIN, 0, &err), IPXE_OK,
            "grub: a value at the end of a line of 32768 bytes");
    test(out.data[n] == '\\' && out.data[n + 1] == '$', "... is quoted");

    test_rc(GRUB->finish(&out, &err), IPXE_INVALID, "... and the line refused");
    test_like(err.text, "line * of the answer is longer than 32768 bytes: *",
              "... in words");

    out.len = 32768;
    test_rc(GRUB->finish(&out, &err), IPXE_OK, "... which may be as long");
}


static void
test_refusals(void)
{
    int             ok;
    char            text[300], *p;
    size_t          i, k, n, width;
    ipxe_buf_t      out;
    unsigned char  *line;

    static const char  end[] = "echo Nothing is installed. Booting the next "
                               "device in 30 seconds\nsleep 30\nexit 1\n";

    static const ipxe_dialect_t *dialects[] = { IPXE, PXE };

    out = buffer("half of a script that kernel");
    test(IPXE->refuse(&out, "host \"web1\" is wrong: do this") == IPXE_OK,
         "ipxe: a refusal");
    test_str(str_n(out.data, out.len), "#!ipxe\n"
             "echo host \"web1\" is wrong: do this\n"
             "echo Nothing is installed. Booting the next device in 30 seconds"
             "\nsleep 30\nexit 1\n", "ipxe: ... is all there is");

    out = buffer("half of a configuration");
    test(PXE->refuse(&out, "host \"web1\" is wrong: do this") == IPXE_OK,
         "pxelinux: a refusal");
    test_str(str_n(out.data, out.len),
             "SAY host \"web1\" is wrong: do this\n"
             "SAY Nothing is installed. Booting the next device in 30 seconds\n"
             "DEFAULT next\nPROMPT 1\nTIMEOUT 300\nLABEL next\nLOCALBOOT -1\n",
             "pxelinux: ... is all there is");

    /* each byte of the text, at its start, inside, at its end, doubled */

    for (k = 0; k < 2; k++) {

        for (i = 1, ok = 1; i < 256 && ok; i++) {
            snprintf(text, sizeof(text), "%c a %c%c b%c{c} %c", (int) i,
                     (int) i, (int) i, (int) i, (int) i);

            out = buffer("");
            ok = dialects[k]->refuse(&out, text) == IPXE_OK;

            for (n = 0; n < out.len && ok; n++) {
                ok = (out.data[n] >= 0x20 && out.data[n] < 0x7f)
                     || out.data[n] == '\n';
            }

            if (k == 0) {
                (void) script_shape(out.data, out.len, shape_a,
                                    sizeof(shape_a));
                ok = ok && strcmp(shape_a, "#.C.C.C.C.") == 0;
            } else {
                ok = ok && memmem(out.data, out.len, "DEFAULT next\n", 13);
            }
        }

        test(ok, "%s: each byte in a text that is shown (%02zx)",
             cstr(dialects[k]->name), i);
    }

    /* a console has 80 columns */

    p = text;

    for (i = 0; p < text + sizeof(text) - 12; i++) {
        p += snprintf(p, 12, "%.*s ", (int) (i % 9 + 1), "wordwordword");
    }

    for (k = 0; k < 2; k++) {
        out = buffer("");
        (void) dialects[k]->refuse(&out, text);

        for (width = 0, i = 0; i < out.len; i += n + 1) {
            line = out.data + i;
            n = (size_t) ((unsigned char *) memchr(line, '\n', out.len - i)
                          - line);
            width = n > width ? n : width;
        }

        test(width < 80, "%s: a long text is shown in lines of %zu",
             cstr(dialects[k]->name), width);
    }

    out = buffer("");
    test(IPXE->refuse(&out, "") == IPXE_OK && out.len > strlen(end)
         && memcmp(out.data + out.len - strlen(end), end, strlen(end)) == 0,
         "ipxe: a refusal without words still boots nothing");

    memset(text, 'w', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    out = buffer("");
    test(IPXE->refuse(&out, text) == IPXE_OK
         && strcmp(script_shape(out.data, out.len, shape_a, sizeof(shape_a)),
                   "#.C.C.C.C.") == 0, "ipxe: one word of 299 bytes");
}


static void
test_stub(void)
{
    char       *p, *q;
    size_t      i;
    ipxe_buf_t  out;

    static const char *names[] = {
        "?mac=${mac:hexhyp}", "&uuid=${uuid}", "&arch=${buildarch}",
        "&platform=${platform}", "&ip=${ip}",
        "&manufacturer=${manufacturer:uristring}",
        "&product=${product:uristring}", "&serial=${serial:uristring}",
        "&asset=${asset:uristring} "
    };

    out = buffer("");
    test(IPXE->stub(&out, str("http://192.168.1.1:8080"),
                           str("/boot.ipxe")) == IPXE_OK
         && ipxe_buf_add(&out, "", 1) == IPXE_OK, "the stub");

    p = (char *) out.data;
    test(strncmp(p, "#!ipxe\n", 7) == 0, "it is a script");

    p = strstr(p, "http://192.168.1.1:8080/boot.ipxe");
    test(p != NULL, "it asks at the URL that it is given");

    for (i = 0; p && i < countof(names); i++) {
        q = strstr(p, names[i]);
        test(q != NULL, "it asks for %s, in this order", names[i]);
        p = q ? q : p;
    }

    /* shebang; set; :ask; chain ||; inc; iseq && exit ||; echo; sleep; goto */

    (void) script_shape(out.data, out.len - 1, shape_a, sizeof(shape_a));
    test(strcmp(shape_a, "#.C.L.C$$$$$$$$$|.C.C$&C|.C.C.C.") == 0,
         "its commands are what they should be (%s)", shape_a);

    for (i = 0; i < 2; i++) {
        out = buffer("");
        (void) IPXE->stub(&out, str("http://h"),
                                 str(i ? "/a b ${c}#|;\\\"" : "/a\n/\x7f\xff"));
        (void) script_shape(out.data, out.len, shape_b, sizeof(shape_b));
        test(strcmp(shape_a, shape_b) == 0,
             "a strange path adds nothing to it (%s)", shape_b);
    }
}


/* Output that would grow too long, and memory that is not there. */

static void
test_limits(void)
{
    size_t      i;
    ipxe_rc_e   rc;
    ipxe_buf_t  out;
    ipxe_err_t  err;

    out = buffer("http://h/   ");
    out.limit = 15;
    memset(&err, 0, sizeof(err));
    rc = IPXE->escape(&out, 0, IPXE_TEXT_URL, 0, &err);
    test(rc == IPXE_INVALID, "a URL that grows over the limit is refused");
    test(err.len > 0 && strstr(err.text, "shorter"), "... in words ('%s')",
         err.text);

    for (i = 0; i < 200; i++) {
        out = buffer("");
        out.limit = i;

        rc = IPXE->refuse(&out, "a text");

        if (rc == IPXE_OK) {
            break;
        }

        if (rc != IPXE_INVALID) {
            test_rc(rc, IPXE_INVALID, "a refusal of at most %zu bytes", i);
        }
    }

    test(i >= 100 && i < 200, "a refusal has %zu bytes, and not fewer", i);
}


static const char *
sweep(void)
{
    ipxe_rc_e   rc;
    ipxe_buf_t  out;
    ipxe_err_t  err;

    static char  path[3000];

    memset(path, ' ', sizeof(path) - 1);

    memset(&out, 0, sizeof(out));
    out.limit = IPXE_MAX_OUTPUT;
    out.mem = &test_mem;

    rc = IPXE->stub(&out, str("http://h"), str(path));

    if (rc == IPXE_OK) {
        rc = ipxe_buf_text(&out, path);
    }

    if (rc == IPXE_OK) {
        rc = IPXE->escape(&out, out.len - 2999, IPXE_TEXT_URL, 0, &err);
    }

    if (rc == IPXE_OK) {
        rc = IPXE->finish(&out, &err);
    }

    if (rc == IPXE_OK) {
        memset(&out, 0, sizeof(out));
        out.limit = IPXE_MAX_OUTPUT;
        out.mem = &test_mem;
        rc = PXE->refuse(&out, path);
    }

    if (rc == IPXE_OK) {
        memset(&out, 0, sizeof(out));
        out.limit = IPXE_MAX_OUTPUT;
        out.mem = &test_mem;
        rc = GRUB->stub(&out, str("http://h?"), str(path));
    }

    if (rc == IPXE_OK) {
        memset(&out, 0, sizeof(out));
        out.limit = IPXE_MAX_OUTPUT;
        out.mem = &test_mem;
        rc = ipxe_buf_text(&out, "http://h");
    }

    if (rc == IPXE_OK) {
        rc = GRUB->escape(&out, 0, IPXE_TEXT_URL, 0, &err);
    }

    if (rc == IPXE_OK) {
        memset(path, '\'', sizeof(path) - 1);
        rc = ipxe_buf_text(&out, path);
    }

    if (rc == IPXE_OK) {
        rc = GRUB->escape(&out, out.len - 2999, IPXE_TEXT_ADMIN, 0, &err);
    }

    if (rc == IPXE_OK) {
        memset(path, 'x', sizeof(path) - 1);
        rc = GRUB->refuse(&out, path);
    }

    if (test_failed()) {
        return rc == IPXE_NOMEM ? NULL : "the code is not IPXE_NOMEM";
    }

    return rc == IPXE_OK ? NULL : "it does not succeed";
}


int
main(void)
{
    test_values();
    test_bytes_of_values();
    test_breakout();
    test_grub_words();
    test_grub_places();
    test_finish();
    test_grub_finish();
    test_refusals();
    test_stub();
    test_limits();
    test_sweep(NULL, sweep, 4, "a stub, a URL and a refusal");

    return test_done();
}
