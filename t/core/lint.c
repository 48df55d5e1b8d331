
/*
 * Lint: each warning by a script that has it and one that has not.
 */


#include "ipxe_lint.h"
#include "test.h"


static char      said[4096];
static unsigned  count;


static void
warn(void *data, unsigned line, const char *what)
{
    size_t  n;

    (void) data;

    count++;
    n = strlen(said);
    snprintf(said + n, sizeof(said) - n, "%u: %s\n", line, what);
}


/* "x" is any; what is warned of as "LINE: beginning of the sentence" */

static const struct {
    const char  *script;
    const char  *warning;
} scripts[] = {

    /* the magic */
    { "#!ipxe\necho x\n", NULL },
    { "#!ipxe", NULL },
    { "echo x\n", "1: the template does not begin with #!ipxe; *" },
    { "#!ipx\necho x\n", "1: the template does not begin with #!ipxe; *" },
    { " #!ipxe\necho x\n", "1: the template does not begin with #!ipxe; *" },
    { "\xef\xbb\xbf#!ipxe\necho x\n", "1: the template does not begin *" },

    /* goto */
    { "#!ipxe\n:a\ngoto a\n", NULL },
    { "#!ipxe\ngoto a\n:a\n", NULL },
    { "#!ipxe\nisset x || goto a\n:a\n", NULL },
    { "#!ipxe\ngoto a\n:a echo x\n", NULL },
    { "#!ipxe\ngoto menu-${selected}\n", NULL },
    { "#!ipxe\n# goto a\n", NULL },
    { "#!ipxe\necho x # goto a\n", NULL },
    { "#!ipxe\ngoto a\n", "2: goto names a label that is not in the script*" },
    { "#!ipxe\n:ab\nisset x && goto a ||\n", "3: goto names a label *" },
    { "#!ipxe\n:a\ngoto ab\n", "3: goto names a label *" },
    { "#!ipxe\n:a\ngoto A\n", "3: goto names a label *" },
    { "#!ipxe\necho x\n\n\ngoto b\n:a\n", "5: goto names a label *" },
    { "#!ipxe\r\ngoto a\r\n", "2: goto names a label *" },
    { "#!ipxe\n\tgoto\ta\n", "2: goto names a label *" },

    /* a label with its colon behind it */
    { "#!ipxe\n:again\ngoto again\n", NULL },
    { "#!ipxe\nset note: x\n", NULL },
    { "#!ipxe\nagain:\n", "2: a label has its colon behind it; *" },
    { "#!ipxe\necho x\n  again:\n", "3: a label has its colon behind it; *" },

    /* a single bar or ampersand */
    { "#!ipxe\necho x || echo y && echo z\n", NULL },
    { "#!ipxe\necho a|b a&b\n", NULL },
    { "#!ipxe\necho x | echo y\n", "2: a single bar or ampersand *" },
    { "#!ipxe\nisset x & echo y\n", "2: a single bar or ampersand *" },

    /* a kernel that is not told of its initrds */
    { "#!ipxe\nkernel k initrd=i || exit\ninitrd i || exit\nboot || exit\n",
      NULL },
    { "#!ipxe\nkernel k || exit\nboot || exit\n", NULL },
    { "#!ipxe\nkernel k a=b || exit\ninitrd i || exit\nboot || exit\n",
      "2: a kernel with initrds has no initrd= argument; *" },
    { "#!ipxe\nkernel k initrd= || exit\ninitrd i || exit\nboot || exit\n",
      "2: a kernel with initrds has no initrd= argument; *" },

    /* what loads something and says nothing about failure */
    { "#!ipxe\nchain x || shell\n", NULL },
    { "#!ipxe\nchain x ||\n", NULL },
    { "#!ipxe\necho boot\n", NULL },
    { "#!ipxe\nchain x\n", "2: nothing says what to do when this fails, *" },
    { "#!ipxe\nkernel k\n", "2: nothing says what to do when this fails, *" },
    { "#!ipxe\ninitrd k\n", "2: nothing says what to do when this fails, *" },
    { "#!ipxe\nboot\n", "2: nothing says what to do when this fails, *" },
    { "#!ipxe\nimgfetch x\n", "2: nothing says what to do when this fails, *" },
    { "#!ipxe\nsanboot x\n", "2: nothing says what to do when this fails, *" },
    { "#!ipxe\nchain x # || shell\n", "2: nothing says what to do when *" },

    /* lines as iPXE joins them, counted as people do */
    { "#!ipxe\nchain x \\\n  || shell\n", NULL },
    { "#!ipxe\nchain x \\\r\n  || shell\r\n", NULL },
    { "#!ipxe\nkernel k \\\n initrd=i \\\n || exit\ninitrd i || exit\n", NULL },
    { "#!ipxe\necho a \\\n b\ngoto c\n", "4: goto names a label *" },

    /* a command behind a label or another command */
    { "#!ipxe\n:a chain x\ngoto a\n", "2: nothing says what to do when *" },
    { "#!ipxe\nisset x && chain x\n", "2: nothing says what to do when *" },
    { "#!ipxe\nisset x || echo y ; chain x\n", "2: nothing says what to do *" },
    { "#!ipxe\n:a chain x ||\ngoto a\n", NULL },

    { "#!ipxe\n\n\n#\n# a comment: x |\n\n", NULL },
    { "", NULL }
};


static void
lint(ipxe_str_t script)
{
    count = 0;
    said[0] = '\0';

    ipxe_lint(script, warn, NULL);
}


static void
test_scripts(void)
{
    char    *exact;
    size_t   i, n;

    for (i = 0; i < countof(scripts); i++) {

        /* no byte behind the script is looked at */

        n = strlen(scripts[i].script);
        exact = malloc(n ? n : 1);
        memcpy(exact, scripts[i].script, n);

        lint(str_n(exact, n));
        free(exact);

        if (scripts[i].warning == NULL) {
            if (!test(count == 0, "nothing to say of '%s'", scripts[i].script))
            {
                note("%s", said);
            }

            continue;
        }

        test_like(said, scripts[i].warning, "one thing to say of '%s'",
                  scripts[i].script);

        if (count != 1) {
            test(0, "just one: %s", said);
        }
    }

    lint(str("echo x | y\ngoto z\nkernel k\nagain:\n"));
    test(count == 5, "five things in four lines (%u)", count);

    lint(str_n("#!ipxe\necho \0 | x\n", 18));
    test(count <= 1, "a NUL does no harm");
}


/* Labels by the hundred, as a menu of all profiles has them. */

static void
test_labels(void)
{
    char      *script, *p;
    unsigned   i, n;

    static const unsigned  numbers[] = { 10, 1000, 1024, 1025, 5000 };

    script = malloc(300000);

    for (n = 0; n < countof(numbers); n++) {

        p = script + sprintf(script, "#!ipxe\n");

        for (i = 0; i < numbers[n]; i++) {
            p += sprintf(p, "goto label-%u\n:label-%u\necho %u\n",
                         (i * 7 + 3) % numbers[n], i, i);
        }

        lint(str(script));
        test(count == 0, "%u labels that are all there", numbers[n]);

        (void) sprintf(p, "goto label-%u\n", numbers[n]);
        lint(str(script));
        test(count == (numbers[n] <= 1024), "... and one that is not: %u",
             count);
    }

    free(script);
}


int
main(void)
{
    test_scripts();
    test_labels();

    return test_done();
}
