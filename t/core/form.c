
/*
 * Forms: what is noted while an answer is rendered, what a form is made of,
 * and which words it takes.
 */


#include "ipxe_form.h"
#include "test.h"


/* What words are known by; only the addresses mean something. */

static const char    names[IPXE_MAX_WORDS + 1];

static ipxe_draft_t  draft;
static ipxe_buf_t    out;
static ipxe_form_t  *form;


static const ipxe_str_t  none;


static void
begin(void)
{
    memset(&out, 0, sizeof(out));
    out.limit = IPXE_MAX_OUTPUT;
    out.mem = &test_mem;

    draft.n = 0;
    draft.nblanks = 0;
    draft.spoilt = 0;

    form = NULL;
}


static void
text(const char *s)
{
    if (ipxe_buf_text(&out, s) != IPXE_OK) {
        test(0, "no room");
    }
}


/* Word number I, from 0 on, as it is rendered. */

static void
word(unsigned i, const char *s)
{
    unsigned  n;

    n = ipxe_draft_word(&draft, &names[i], none, str(s));
    text(s);
    ipxe_draft_blank(&draft, n, &out);
}


static ipxe_rc_e
make(size_t from)
{
    return ipxe_form_make(&form, &draft, &out, from, &test_mem);
}


/* Fills in WORDS behind "before", and says what is there then. */

static ipxe_rc_e
fill(const ipxe_str_t *words, ipxe_str_t *got)
{
    ipxe_rc_e  rc;

    memset(&out, 0, sizeof(out));
    out.limit = IPXE_MAX_OUTPUT;
    out.mem = &test_mem;

    text("before ");

    rc = ipxe_form_fill(form, words, &out);

    got->data = out.data + 7;
    got->len = out.len - 7;

    return rc;
}


/* Words are known by the name that was asked for, and by the variable. */

static void
test_words(void)
{
    unsigned  i, n, ok;
    char      copy[] = "disk";

    begin();
    test(ipxe_draft_word(&draft, &names[0], none, str("a")) == 1
         && ipxe_draft_word(&draft, &names[1], none, str("a")) == 2
         && ipxe_draft_word(&draft, &names[0], none, str("a")) == 1,
         "words are numbered from 1 on, each once");
    test(ipxe_draft_word(&draft, NULL, str("disk"), str("a")) == 3
         && ipxe_draft_word(&draft, NULL, str("disk2"), str("a")) == 4
         && ipxe_draft_word(&draft, NULL, str_n(copy, 4), str("a")) == 3,
         "... variables by what they are called");
    test(ipxe_draft_word(&draft, &names[2], none, none) == 5
         && ipxe_draft_word(&draft, &names[2], none, none) == 5,
         "... and so is one that there is not");
    test(make(0) == IPXE_OK && form->n == 5 && form->words[0].name == &names[0]
         && form->words[2].name == NULL
         && ipxe_str_eq(form->words[2].var, str("disk")),
         "a form knows them");

    for (i = 0, ok = 1; i < form->n; i++) {
        ok &= form->words[i].text.data == NULL && form->words[i].text.len == 0;
    }

    test(ok, "... and not what they were");

    /* how many */

    begin();

    for (i = 0, ok = 1; i < IPXE_MAX_WORDS; i++) {
        ok &= ipxe_draft_word(&draft, &names[i], none, str("a")) == i + 1;
    }

    test(ok && make(0) == IPXE_OK, "%d words", IPXE_MAX_WORDS);
    n = ipxe_draft_word(&draft, &names[3], none, str("a"));
    test(n == 4 && make(0) == IPXE_OK, "... one of them once more");
    n = ipxe_draft_word(&draft, &names[i], none, str("a"));
    test(n == 0 && make(0) == IPXE_DECLINED, "... and one too many");
}


/* What a text is: 'n'one, 'p'lain, with a 'c'olon, 'o'ther */

static const struct {
    const char  *text;
    char         kind;
} kinds[] = {
    { NULL, 'n' }, { "", 'o' }, { "a", 'p' }, { "Z", 'p' }, { "0", 'p' },
    { "web-1.example_org", 'p' }, { "a-", 'p' }, { "a.", 'p' }, { "a_", 'p' },
    { "52:54:00:00:00:01", 'c' }, { "a:b", 'c' }, { "fe80::1", 'c' },
    { "a.:-b", 'c' },

    /* at an edge a colon would make a label, or a URL, with what is beside */
    { ":", 'o' }, { ":a", 'o' }, { "a:", 'o' }, { "::1", 'o' }, { "a::", 'o' },

    /* what a machine shows has to begin with a letter or a digit */
    { "-a", 'o' }, { ".a", 'o' }, { "_a", 'o' }, { "-", 'o' },

    { "a b", 'o' }, { "a/b", 'o' }, { "a%20b", 'o' }, { "a,b", 'o' },
    { "a=b", 'o' }, { "a{b", 'o' }, { "a$b", 'o' }, { "caf\xc3\xa9", 'o' }
};


static int
takes(const char *a, const char *b)
{
    ipxe_rc_e   rc;
    ipxe_str_t  words[1], got;

    begin();
    (void) ipxe_draft_word(&draft, &names[0], none, str(a));

    if (make(0) != IPXE_OK) {
        return -1;
    }

    words[0] = str(b);
    rc = fill(words, &got);

    return rc == IPXE_OK ? 1 : rc == IPXE_DECLINED ? 0 : -2;
}


static void
test_kinds(void)
{
    int         want, got, ok;
    char        c, s[4][4];
    size_t      i, k, n;
    ipxe_str_t  words[1], answer;

    for (i = 0; i < countof(kinds); i++) {

        n = 0;

        for (k = 0; k < countof(kinds); k++) {

            want = kinds[i].kind == 'o' ? -1 : kinds[i].kind == kinds[k].kind;
            got = takes(kinds[i].text, kinds[k].text);

            if (got != want) {
                note("'%s' is '%s': %d", cstr(str(kinds[i].text)),
                     cstr(str(kinds[k].text)), got);
                n++;
            }
        }

        test(n == 0, "a form of '%s' takes what is like it, or is none",
             cstr(str(kinds[i].text)));
    }

    /* each byte, wherever it stands in a word */

    for (i = 0, n = 0; i < 256; i++) {
        c = (char) i;

        sprintf(s[0], "ab");
        sprintf(s[1], "ab");
        sprintf(s[2], "ab");
        s[0][0] = c;
        s[1][1] = c;
        memcpy(s[3], (char[]) { 'a', c, 'b', 0 }, 4);

        ok = i && strchr("abcdefghijklmnopqrstuvwxyz"
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", c);

        begin();
        word(0, "x");
        (void) make(0);

        words[0] = str_n(s[0], 2);
        n += (fill(words, &answer) == IPXE_OK) != ok;

        ok = ok || (i && strchr("._-", c));

        words[0] = str_n(s[1], 2);
        n += (fill(words, &answer) == IPXE_OK) != ok;
        words[0] = str_n(s[3], 3);
        n += (fill(words, &answer) == IPXE_OK) != ok;
    }

    test(n == 0, "each byte at the start, in the middle and at the end (%zu)",
         n);
}


/* Where the words stand. */

static void
test_blanks(void)
{
    size_t      i;
    unsigned    n;
    ipxe_rc_e   rc;
    ipxe_str_t  words[3], got;

    begin();
    text("else");
    word(0, "web1");
    text(" is ");
    word(1, "10.0.0.1");
    word(0, "web1");
    text("|");
    (void) ipxe_draft_word(&draft, &names[2], none, str("unseen"));
    test_rc(make(4), IPXE_OK, "a form");

    /* the draft and the answer are gone when it is used */

    memset(&draft, 0xa5, sizeof(draft));
    memset(out.data, 0xa5, out.size);

    words[0] = str("b");
    words[1] = str("a-long-name");
    words[2] = str("x");
    test_rc(fill(words, &got), IPXE_OK, "... filled in");
    test_str(got, "b is a-long-nameb|", "... each blank with its word");
    test_bytes(out.data, 7, "before ", 7, "... behind what was there");

    words[2] = none;
    test_rc(fill(words, &got), IPXE_DECLINED, "a word that is not there");
    test(got.len == 0, "... and nothing is written");

    /* nothing but words, no words, nothing */

    begin();
    word(0, "a");
    (void) make(0);
    words[0] = str("bcd");
    (void) fill(words, &got);
    test_str(got, "bcd", "one word is all");

    begin();
    text("text");
    (void) make(0);
    test(fill(NULL, &got) == IPXE_OK, "no word");
    test_str(got, "text", "... is the same for all");

    begin();
    test_rc(make(0), IPXE_OK, "an answer that is empty");
    test_rc(ipxe_form_fill(form, NULL, &out), IPXE_OK, "... filled in");
    test(out.len == 0, "... is empty");

    /* what is not there cannot be blank */

    begin();
    n = ipxe_draft_word(&draft, &names[0], none, str("abc"));
    text("abd");
    ipxe_draft_blank(&draft, n, &out);
    test_rc(make(0), IPXE_DECLINED, "the word is not what OUT ends with");

    begin();
    n = ipxe_draft_word(&draft, &names[0], none, str("abc"));
    text("bc");
    ipxe_draft_blank(&draft, n, &out);
    test_rc(make(0), IPXE_DECLINED, "... nor is there room for it");

    begin();
    n = ipxe_draft_word(&draft, &names[0], none, none);
    ipxe_draft_blank(&draft, n, &out);
    test_rc(make(0), IPXE_DECLINED, "a word that there is not");

    begin();
    word(0, "a b");
    test_rc(make(0), IPXE_DECLINED, "a word that is not plain");

    /* how many */

    begin();

    for (i = 0; i < IPXE_MAX_BLANKS; i++) {
        word(0, "ab");
    }

    words[0] = str("c");
    test(make(0) == IPXE_OK && fill(words, &got) == IPXE_OK
         && got.len == IPXE_MAX_BLANKS, "%d blanks", IPXE_MAX_BLANKS);

    begin();

    for (i = 0; i < IPXE_MAX_BLANKS + 1; i++) {
        word(0, "ab");
    }

    rc = make(0);
    test_rc(rc, IPXE_DECLINED, "... and one too many");
}


/* What is done to a text after its words were noted. */

static void
test_moves(void)
{
    ipxe_str_t  words[2], got;

    begin();
    word(0, "a");
    text("/");
    word(1, "b");
    text("/");
    word(0, "a");

    out.len = 2;
    text("xyz:b/a");
    ipxe_draft_move(&draft, 2, 4);
    test_rc(make(0), IPXE_OK, "something is put before words");

    words[0] = str("AA");
    words[1] = str("BB");
    (void) fill(words, &got);
    test_str(got, "AA/xyz:BB/AA", "... which stand behind it then");

    begin();
    word(0, "a");
    ipxe_draft_move(&draft, 0, 0);
    ipxe_draft_spoil(&draft, 1);
    text("/c");
    ipxe_draft_spoil(&draft, 1);
    ipxe_draft_move(&draft, 1, 5);
    test_rc(make(0), IPXE_OK, "what is behind a word is changed");
    (void) fill(words, &got);
    test_str(got, "AA/c", "... and it stays where it is");

    ipxe_draft_spoil(&draft, 0);
    test_rc(make(0), IPXE_DECLINED, "a word is in what is changed");

    begin();
    word(0, "a");
    text("/");
    word(1, "b");
    ipxe_draft_spoil(&draft, 1);
    test_rc(make(0), IPXE_DECLINED, "... and so is the last one");

    begin();
    ipxe_draft_spoil(&draft, 0);
    test_rc(make(0), IPXE_OK, "no word is");
}


static void
test_limits(void)
{
    char        *big;
    ipxe_str_t   words[1], got;

    big = test_mem.alloc(test_mem.data, IPXE_MAX_FORM + 1);
    memset(big, 'x', IPXE_MAX_FORM);
    big[IPXE_MAX_FORM] = '\0';

    begin();
    text("else");
    text(big);
    test(make(4) == IPXE_OK && form->text.len == IPXE_MAX_FORM,
         "a form of %d bytes", IPXE_MAX_FORM);
    text("x");
    test_rc(make(4), IPXE_DECLINED, "... and one of one byte more");

    /* a word that was long in one answer, and is in another */

    begin();
    text("else");
    word(0, big);
    test(make(4) == IPXE_OK && form->text.len == 0, "a word as long");

    words[0] = str("a");
    test(fill(words, &got) == IPXE_OK && got.len == 1, "... and a short one");
    words[0] = str(big);
    test(fill(words, &got) == IPXE_OK && got.len == IPXE_MAX_FORM,
         "... and a long one");

    begin();
    word(0, "a");
    text("|");
    (void) make(0);
    test_rc(fill(words, &got), IPXE_DECLINED, "an answer that is too long");
    test(got.len == 0, "... of which nothing is written");

    /* what else is in OUT counts there */

    begin();
    word(0, "a");
    text("bcd");
    (void) make(0);

    words[0] = str("a");

    memset(&out, 0, sizeof(out));
    out.mem = &test_mem;
    out.limit = 10;
    text("123456");
    test(ipxe_form_fill(form, words, &out) == IPXE_OK && out.len == 10,
         "as much as there is room for");

    out.len = 7;
    test(ipxe_form_fill(form, words, &out) == IPXE_DECLINED && out.len == 7,
         "... and more");
}


static const char *
sweep(void)
{
    ipxe_rc_e   rc;
    ipxe_str_t  words[2], got;

    static unsigned char  space[64];

    begin();

    /* what is rendered is not what is tested here */

    out.data = space;
    out.size = sizeof(space);

    word(0, "web1");
    text(" is ");
    word(1, "10.0.0.1");

    rc = make(0);

    if (rc == IPXE_OK) {
        memset(&out, 0, sizeof(out));
        out.limit = IPXE_MAX_OUTPUT;
        out.mem = &test_mem;

        words[0] = str("a");
        words[1] = str("b");
        rc = ipxe_form_fill(form, words, &out);

    } else if (form) {
        return "there is half a form";
    }

    if (rc == IPXE_NOMEM) {
        return test_failed() && (form == NULL || out.len == 0)
               ? NULL : "IPXE_NOMEM without a reason, or with a text";
    }

    got = str_n(out.data, out.len);

    return rc == IPXE_OK && ipxe_str_eq(got, str("a is b"))
           ? NULL : "another answer";
}


int
main(void)
{
    test_words();
    test_kinds();
    test_blanks();
    test_moves();
    test_limits();
    test_sweep(NULL, sweep, 3, "a form");

    return test_done();
}
