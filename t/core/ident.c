
/*
 * Identity: MAC addresses, UUIDs, queries, file names, cookies.
 */


#include "ipxe_ident.h"
#include "test.h"


#define IB  "80000048fe8000000000000000f452140300abcd"


/* A canonical key, or NULL for what is no MAC. */

static const struct {
    const char  *text, *key;
} macs[] = {
    { "52:54:00:12:34:56", "525400123456" },
    { "52-54-00-12-34-56", "525400123456" },
    { "5254.0012.3456", "525400123456" },
    { "525400123456", "525400123456" },
    { "52:54:00:AB:CD:EF", "525400abcdef" },
    { "52-54-00-aB-Cd-eF", "525400abcdef" },
    { "525400ABCDEF", "525400abcdef" },
    { "01-52-54-00-12-34-56", "525400123456" },
    { "01:52:54:00:12:34:56", "525400123456" },
    { "20-52-54-00-12-34-56", "525400123456" },
    { "01525400123456", "525400123456" },
    { "fe:00:00:00:00:00", "fe0000000000" },
    { "00:00:00:00:00:01", "000000000001" },
    { "00:02:c9:03:00:ab:cd:05", "0002c90300abcd05" },
    { "0002.C903.00AB.CD05", "0002c90300abcd05" },
    { "20-00-02-c9-03-00-ab-cd-05", "0002c90300abcd05" },
    { "01:00:02:c9:03:00:ab:cd", "010002c90300abcd" },
    { "03:00:02:c9:03:00:ab:cd", "030002c90300abcd" },
    { IB, IB },
    { "80:00:00:48:fe:80:00:00:00:00:00:00:00:f4:52:14:03:00:ab:cd", IB },
    { "8000.0048.fe80.0000.0000.0000.00f4.5214.0300.abcd", IB },
    { "20-80-00-00-48-FE-80-00-00-00-00-00-00-00-f4-52-14-03-00-ab-cd", IB },
    { "81:00:00:48:fe:80:00:00:00:00:00:00:00:f4:52:14:03:00:ab:cd",
      "81000048fe8000000000000000f452140300abcd" },

    { "", NULL },
    { "0", NULL },
    { ":", NULL },
    { "01", NULL },
    { "20-", NULL },
    { "52", NULL },
    { "web1", NULL },
    { "52:54:00:12:34", NULL },
    { "52:54:00:12:34:5", NULL },
    { "52:54:00:12:34:567", NULL },
    { "52:54:00:12:34:56:", NULL },
    { ":52:54:00:12:34:56", NULL },
    { "52::54:00:12:34:56", NULL },
    { "52:54:00:12:34:56:78", NULL },
    { "5:25:40:01:23:45:6", NULL },
    { "525:400:123:456", NULL },
    { "52:54:00-12-34-56", NULL },
    { "52:54:0012:34:56", NULL },
    { "5254:0012:3456", NULL },
    { "52.54.00.12.34.56", NULL },
    { "5254.0012.345", NULL },
    { "5254.0012.34567", NULL },
    { "5254-0012-3456", NULL },
    { "52_54_00_12_34_56", NULL },
    { "52 54 00 12 34 56", NULL },
    { "52540012345", NULL },
    { "5254001234567", NULL },
    { "52:54:00:12:34:5g", NULL },
    { "0x525400123456", NULL },
    { "02-52-54-00-12-34-56", NULL },
    { "00:00:00:00:00:00", NULL },
    { "01-00-00-00-00-00-00", NULL },
    { "0000000000000000", NULL },
    { "0000000000000000000000000000000000000000", NULL },
    { "01:00:5e:00:00:01", NULL },
    { "33:33:00:00:00:01", NULL },
    { "ff:ff:ff:ff:ff:ff", NULL },
    { "01-53-54-00-12-34-56", NULL },
    { "0101-5254-0012-3456", NULL },
    { "01.5254.0012.3456", NULL },
    { IB "00", NULL },
    { IB "0", NULL },
    { "20" IB "00", NULL },
    { "525400123456525400123456525400123456525400123456525400123456", NULL }
};


static const struct {
    const char  *text, *key;
} uuids[] = {
    { "11223344-5566-7788-99aa-bbccddeeff00",
      "112233445566778899aabbccddeeff00" },
    { "11223344-5566-7788-99AA-BBCCDDEEFF00",
      "112233445566778899aabbccddeeff00" },
    { "112233445566778899aAbBcCdDeEfF00", "112233445566778899aabbccddeeff00" },
    { "{11223344-5566-7788-99aa-bbccddeeff00}",
      "112233445566778899aabbccddeeff00" },
    { "00000000-0000-0000-0000-000000000000",
      "00000000000000000000000000000000" },

    { "", NULL },
    { "-", NULL },
    { "11223344-5566-7788-99aa-bbccddeeff0", NULL },
    { "11223344-5566-7788-99aa-bbccddeeff000", NULL },
    { "11223344-5566-7788-99aabbccddeeff00", NULL },
    { "112233445566-7788-99aa-bbccddeeff00-", NULL },
    { "1122334-45566-7788-99aa-bbccddeeff00", NULL },
    { "11223344 5566 7788 99aa bbccddeeff00", NULL },
    { "11223344:5566:7788:99aa:bbccddeeff00", NULL },
    { "11223344-5566-7788-99aa-bbccddeeffg0", NULL },
    { "{112233445566778899aabbccddeeff00}", NULL },
    { "{11223344-5566-7788-99aa-bbccddeeff00", NULL },
    { "11223344-5566-7788-99aa-bbccddeeff00}", NULL },
    { "(11223344-5566-7788-99aa-bbccddeeff00)", NULL },
    { "112233445566778899aabbccddeeff0", NULL },
    { "112233445566778899aabbccddeeff000", NULL },
    { "--------------------------------", NULL },
    { "------------------------------------", NULL }
};


/* A query, and the facts it holds: "m u a s ip arch plat manu prod host" */

#define ff64  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define ff255  ff64 ff64 ff64                                                 \
               "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"              \
               "xxxxxxxxxxxxxxxx"

static const struct {
    const char  *query;
    const char  *text[IPXE_FACTS];
} queries[] = {
    { "", { NULL } },
    { "mac=52-54-00-12-34-56", { "52:54:00:12:34:56" } },
    { "mac=52%3A54%3a00%3A12%3A34%3A56", { "52:54:00:12:34:56" } },
    { "mac=20-00-02-c9-03-00-ab-cd-05", { "00:02:c9:03:00:ab:cd:05" } },
    { "uuid=112233445566778899AABBCCDDEEFF00",
      { [IPXE_UUID] = "11223344-5566-7788-99aa-bbccddeeff00" } },

    /* everything that the stub asks for, in its order */
    { "mac=52-54-00-12-34-56&uuid=11223344-5566-7788-99aa-bbccddeeff00"
      "&arch=x86_64&platform=efi&ip=10.0.0.7&manufacturer=Dell%20Inc."
      "&product=R640&serial=SN%201&asset=AT-007",
      { "52:54:00:12:34:56", "11223344-5566-7788-99aa-bbccddeeff00", "AT-007",
        "SN 1", "10.0.0.7", "x86_64", "efi", "Dell Inc.", "R640", NULL } },

    /* the first one that has a value wins, usable or not */
    { "asset=a&asset=b", { [IPXE_ASSET] = "a" } },
    { "asset=&asset=b", { [IPXE_ASSET] = "b" } },
    { "asset=&asset=&asset=", { NULL } },
    { "asset&asset=b", { [IPXE_ASSET] = "b" } },
    { "mac=nonsense&mac=52-54-00-12-34-56", { NULL } },
    { "asset=%0a&asset=b", { NULL } },
    { "mac=52-54-00-12-34-56&asset=x&mac=52-54-00-12-34-57",
      { "52:54:00:12:34:56", [IPXE_ASSET] = "x" } },

    /* names are exact, unknown ones are passed over */
    { "MAC=52-54-00-12-34-56&Asset=x&assets=y&xasset=z", { NULL } },
    { "foo=1&asset=x&bar=2", { [IPXE_ASSET] = "x" } },
    { "asset", { NULL } },
    { "=x&asset=y", { [IPXE_ASSET] = "y" } },
    { "net0/mac=52-54-00-12-34-56", { NULL } },
    { "asset=a=b=c", { [IPXE_ASSET] = "a=b=c" } },
    { "%61sset=x", { NULL } },

    /* "&" that old iPXE lets through inside a value */
    { "&asset=x", { [IPXE_ASSET] = "x" } },
    { "asset=x&", { [IPXE_ASSET] = "x" } },
    { "asset=x&&serial=y", { [IPXE_ASSET] = "x", [IPXE_SERIAL] = "y" } },
    { "&&&asset=x&&&", { [IPXE_ASSET] = "x" } },
    { "asset=A&B&serial=y", { [IPXE_ASSET] = "A&B", [IPXE_SERIAL] = "y" } },
    { "asset=A&&B", { [IPXE_ASSET] = "A&&B" } },
    { "product=Q & A&asset=x", { [IPXE_PRODUCT] = "Q & A",
                                 [IPXE_ASSET] = "x" } },
    { "manufacturer=A&%42", { [IPXE_MANUFACTURER] = "A&B" } },
    { "foo=A&B&asset=x", { [IPXE_ASSET] = "x" } },
    { "mac=52-54-00-12-34-56&&uuid=", { "52:54:00:12:34:56" } },
    { "mac=52-54-00-12-34-56&x&asset=y",
      { "52:54:00:12:34:56", [IPXE_ASSET] = "y" } },
    { "arch=i386&x", { [IPXE_ARCH] = "i386" } },

    /* "+" is a plus, "%" is one byte, once */
    { "asset=a+b", { [IPXE_ASSET] = "a+b" } },
    { "asset=a%2Bb", { [IPXE_ASSET] = "a+b" } },
    { "asset=a%20b", { [IPXE_ASSET] = "a b" } },
    { "asset=a%26b%3Dc", { [IPXE_ASSET] = "a&b=c" } },
    { "asset=%2541", { [IPXE_ASSET] = "%41" } },
    { "asset=100%", { [IPXE_ASSET] = "100%" } },
    { "asset=%4", { [IPXE_ASSET] = "%4" } },
    { "asset=%zz", { [IPXE_ASSET] = "%zz" } },
    { "asset=%4g%", { [IPXE_ASSET] = "%4g%" } },
    { "asset=%%41", { [IPXE_ASSET] = "%A" } },
    { "asset=caf%C3%A9", { [IPXE_ASSET] = "caf\xc3\xa9" } },

    /* what iPXE on x86 makes of a byte over 127, and of that again */
    { "asset=%FFFFFFC3%FFFFFFA9", { [IPXE_ASSET] = "\xc3\xa9" } },
    { "asset=%FFFFFFFFFFFFC3x", { [IPXE_ASSET] = "\xc3x" } },
    { "asset=%FFFFFF41", { [IPXE_ASSET] = "\xff" "FFFF41" } },
    { "asset=%FFFFFFFF", { [IPXE_ASSET] = "\xff" } },
    { "asset=%FFFFFF8", { [IPXE_ASSET] = "\xff" "FFFF8" } },
    { "asset=%FFFFFF", { [IPXE_ASSET] = "\xff" "FFFF" } },
    { "asset=%FF", { [IPXE_ASSET] = "\xff" } },

    /* spaces around it are not part of a value, control bytes spoil it */
    { "asset=%20%20x%20y%20", { [IPXE_ASSET] = "x y" } },
    { "asset=%20%20", { NULL } },
    { "asset=%00", { NULL } },
    { "asset=a%00b&serial=s", { [IPXE_SERIAL] = "s" } },
    { "asset=a%0ab", { NULL } },
    { "asset=a%09b", { NULL } },
    { "asset=a%7f", { NULL } },
    { "mac=52-54-00-12-34-56%00", { NULL } },

    /* 255 bytes are kept, more are not cut but dropped */
    { "asset=" ff255, { [IPXE_ASSET] = ff255 } },
    { "asset=" ff255 "x&serial=y", { [IPXE_SERIAL] = "y" } },
    { "asset=" ff255 ff255 ff255 "&serial=y", { [IPXE_SERIAL] = "y" } },
    { "asset=" ff255 "&x&y&serial=y", { [IPXE_SERIAL] = "y" } },
    { "product=" ff255 "&" ff255, { NULL } },

    { "ip=10.0.0.7", { [IPXE_IP] = "10.0.0.7" } },
    { "ip=fe80::1", { [IPXE_IP] = "fe80::1" } },
    { "ip=::", { [IPXE_IP] = "::" } },
    { "ip=10.0.0", { NULL } },
    { "ip=10.0.0.7%0a", { NULL } },
    { "ip=reboot", { NULL } },
    { "ip=1.1.1.1;reboot", { NULL } },
    { "hostname=web1.example.org", { [IPXE_HOSTNAME] = "web1.example.org" } }
};


static ipxe_facts_t
facts_of_query(const char *query)
{
    ipxe_rc_e     rc;
    ipxe_facts_t  facts;

    memset(&facts, 0, sizeof(facts));

    rc = ipxe_facts_query(&facts, str(query), &test_mem);

    if (rc != IPXE_OK) {
        test_rc(rc, IPXE_OK, "query '%s'", query);
    }

    return facts;
}


static void
test_facts(const ipxe_facts_t *facts, const char *const *text,
    const char *what)
{
    int     ok;
    size_t  i;

    ok = 1;

    for (i = 0; i < IPXE_FACTS; i++) {
        ok &= ipxe_str_eq(facts->text[i], str(text[i] ? text[i] : ""));
    }

    if (!test(ok, "%.150s", what)) {
        for (i = 0; i < IPXE_FACTS; i++) {
            note("fact %zu: got '%s', expected '%s'", i,
                 cstr(facts->text[i]), text[i] ? text[i] : "");
        }
    }
}


static void
test_keys(void)
{
    size_t         i, n, k;
    ipxe_str_t     s;
    unsigned char  key[64];

    for (i = 0; i < countof(macs); i++) {
        n = ipxe_mac_key(str(macs[i].text), key);
        test_str(str_n(key, n), macs[i].key ? macs[i].key : "",
                 "MAC '%s'", macs[i].text);
    }

    test(ipxe_mac_key(str_n("52:54:00:12:34:56\0", 18), key) == 0
         && ipxe_mac_key(str_n("\0" "52:54:00:12:34:56", 18), key) == 0
         && ipxe_mac_key(str_n("52\0" "54\0" "00\0" "12\0" "34\0" "56", 17),
                         key) == 0,
         "a NUL is no part of a MAC");

    for (i = 0; i < countof(uuids); i++) {
        n = ipxe_uuid_key(str(uuids[i].text), key);
        test_str(str_n(key, n), uuids[i].key ? uuids[i].key : "",
                 "UUID '%s'", uuids[i].text);
    }

    ipxe_uuid_swap((const unsigned char *) "00112233445566778899aabbccddeeff",
                   key);
    test_str(str_n(key, 32), "33221100554477668899aabbccddeeff",
             "the other byte order of a UUID");
    ipxe_uuid_swap(key, key + 32);
    test_str(str_n(key + 32, 32), "00112233445566778899aabbccddeeff",
             "swapped twice is as it was");

    n = ipxe_text_key(str("  AT-007 Z[z] \xc3\x84 "), key);
    test_str(str_n(key, n), "at-007 z[z] \xc3\x84", "the key of an asset tag");
    test(ipxe_text_key(str("   "), key) == 0
         && ipxe_text_key(str(""), key) == 0, "the key of nothing");

    /* nothing is written behind the 40 or 32 bytes of a key */

    memset(key, '!', sizeof(key));
    s = str("ff" IB IB IB);

    for (k = 0; k <= s.len; k++) {
        (void) ipxe_mac_key(str_n(s.data, k), key);
        (void) ipxe_mac_key(str_n(s.data + 2, k < s.len - 2 ? k : 0), key);
    }

    test(key[40] == '!', "a key of a MAC has at most 40 bytes");
}


static void
test_queries(void)
{
    int            ok;
    char           query[32];
    size_t         i;
    ipxe_facts_t   facts;
    unsigned char  c;

    for (i = 0; i < countof(queries); i++) {
        facts = facts_of_query(queries[i].query);
        test_facts(&facts, queries[i].text, queries[i].query);
    }

    facts = facts_of_query("mac=52-54-00-AB-34-56"
                           "&uuid=00112233-4455-6677-8899-AABBCCDDEEFF"
                           "&asset=AT%20Z&serial=SN");

    test_str(facts.key[IPXE_MAC], "525400ab3456", "the key of a MAC");
    test_str(facts.key[IPXE_UUID], "00112233445566778899aabbccddeeff",
             "the key of a UUID");
    test_str(facts.swapped, "33221100554477668899aabbccddeeff",
             "... and the swapped one");
    test_str(facts.key[IPXE_ASSET], "at z", "the key of an asset tag");
    test_str(facts.key[IPXE_SERIAL], "sn", "the key of a serial number");
    test(!facts.uuid_raw, "iPXE says which byte order it uses");

    facts = facts_of_query("mac=&uuid=x&asset=A&foo=1&serial");
    test(facts.asked == (1u << IPXE_MAC | 1u << IPXE_UUID | 1u << IPXE_ASSET),
         "asked: an argument that is there, empty and unusable ones too (%x)",
         facts.asked);
    test(facts.given == (1u << IPXE_UUID | 1u << IPXE_ASSET),
         "given: one that is not empty (%x)", facts.given);

    /* each byte, percent-encoded and as it is */

    for (i = 0, ok = 1; i < 256; i++) {
        c = (unsigned char) i;
        snprintf(query, sizeof(query), "asset=x%%%02Xy", c);
        facts = facts_of_query(query);

        ok = (c < 0x20 || c == 0x7f)
             ? facts.text[IPXE_ASSET].len == 0
             : facts.text[IPXE_ASSET].len == 3
               && facts.text[IPXE_ASSET].data[1] == c;

        if (!ok) {
            break;
        }
    }

    test(ok, "each byte of 256 percent-encoded (%02zx)", i & 0xff);

    for (i = 0, ok = 1; i < 256 && ok; i++) {
        c = (unsigned char) i;
        memcpy(query, "asset=x?y", 9);
        query[7] = (char) c;

        memset(&facts, 0, sizeof(facts));
        ok = ipxe_facts_query(&facts, str_n(query, 9), &test_mem) == IPXE_OK;

        ok &= (c < 0x20 || c == 0x7f)
              ? facts.text[IPXE_ASSET].len == 0
              : facts.text[IPXE_ASSET].len == 3
                && facts.text[IPXE_ASSET].data[1] == c;
    }

    test(ok, "each byte of 256 as it is");

    /* what is there stays: the file name comes before the query */

    memset(&facts, 0, sizeof(facts));
    (void) ipxe_facts_set(&facts, IPXE_ASSET, str("first"), &test_mem);
    (void) ipxe_facts_query(&facts, str("asset=second&serial=s"), &test_mem);
    test_str(facts.text[IPXE_ASSET], "first", "a fact that is known stays");
    test_str(facts.text[IPXE_SERIAL], "s", "what is not is filled");
}


static const struct {
    const char   *name;
    const char   *fact[2];          /* mac or uuid or ip, as text */
    ipxe_fact_e   which;
} files[] = {
    { "01-52-54-00-ab-cd-ef", { "52:54:00:ab:cd:ef" }, IPXE_MAC },
    { "20-52-54-00-ab-cd-ef", { "52:54:00:ab:cd:ef" }, IPXE_MAC },
    { "01-52-54-00-AB-CD-EF", { "52:54:00:ab:cd:ef" }, IPXE_MAC },
    { "52-54-00-ab-cd-ef", { "52:54:00:ab:cd:ef" }, IPXE_MAC },
    { "33221100-5544-7766-8899-aabbccddeeff",
      { "33221100-5544-7766-8899-aabbccddeeff" }, IPXE_UUID },
    { "0A00020F", { "10.0.2.15" }, IPXE_IP },
    { "FFFFFFFF", { "255.255.255.255" }, IPXE_IP },
    { "00000000", { "0.0.0.0" }, IPXE_IP },
    { "7f00000a", { "127.0.0.10" }, IPXE_IP },
    { "64636261", { "100.99.98.97" }, IPXE_IP },
    { "20", { NULL }, IPXE_MAC },
    { "0A00020", { NULL }, IPXE_IP },
    { "0", { NULL }, IPXE_IP },
    { "0A00020G", { NULL }, IPXE_IP },
    { "", { NULL }, IPXE_MAC },
    { "../../etc/passwd", { NULL }, IPXE_MAC },
    { "ldlinux.c32", { NULL }, IPXE_MAC },
    { "default-x86", { NULL }, IPXE_MAC },
    { "defaults", { NULL }, IPXE_MAC },
    { "Default", { NULL }, IPXE_MAC },
    { "02-52-54-00-ab-cd-ef", { NULL }, IPXE_MAC }
};


static void
test_files(void)
{
    size_t        i;
    ipxe_facts_t  facts;
    ipxe_file_e   kind;
    const char   *text[IPXE_FACTS];

    for (i = 0; i < countof(files); i++) {
        memset(&facts, 0, sizeof(facts));
        memset(text, 0, sizeof(text));
        text[files[i].which] = files[i].fact[0];
        kind = IPXE_FILE_DEFAULT;

        if (ipxe_facts_file(&facts, str(files[i].name), &kind, &test_mem)
            != IPXE_OK)
        {
            test(0, "file '%s'", files[i].name);
        }

        test_facts(&facts, text, files[i].name);
        test(kind == IPXE_FILE_MACHINE
             && facts.uuid_raw == (files[i].which == IPXE_UUID),
             "'%s' is a machine's", files[i].name);
    }

    memset(&facts, 0, sizeof(facts));
    kind = IPXE_FILE_MACHINE;
    test(ipxe_facts_file(&facts, str("default"), &kind, &test_mem) == IPXE_OK
         && kind == IPXE_FILE_DEFAULT, "'default' is everybody's");

    memset(&facts, 0, sizeof(facts));
    (void) ipxe_facts_query(&facts, str("uuid=00112233-4455-6677-8899-"
                                        "aabbccddeeff"), &test_mem);
    (void) ipxe_facts_file(&facts, str("33221100-5544-7766-8899-aabbccddeeff"),
                           &kind, &test_mem);
    test_str(facts.text[IPXE_UUID], "00112233-4455-6677-8899-aabbccddeeff",
             "a UUID that is known stays");
    test(!facts.uuid_raw, "... and its byte order is known");
}


static const struct {
    const char  *cookie;
    const char  *text[IPXE_FACTS];
    int          raw;
} cookies[] = {
    { "", { NULL }, 0 },
    { "_Syslinux_ip=10.0.2.15:10.0.2.2:10.0.2.2:255.255.255.0;"
      "_Syslinux_BOOTIF=01-52-54-00-ab-cd-ef;"
      "_Syslinux_SYSUUID=33221100-5544-7766-8899-aabbccddeeff;"
      "_Syslinux_CPU=6PVSL;_Syslinux_SYSVENDOR=Ac+me%3Bx;"
      "_Syslinux_SYSPRODUCT=R640;_Syslinux_SYSVERSION=1;"
      "_Syslinux_SYSSERIAL=SN-42;_Syslinux_MBASSET=board;",
      { "52:54:00:ab:cd:ef", "33221100-5544-7766-8899-aabbccddeeff", NULL,
        "SN-42", "10.0.2.15", NULL, NULL, "Ac me;x", "R640", NULL }, 1 },
    { "_Syslinux_BOOTIF=01-52-54-00-ab-cd-ef", { "52:54:00:ab:cd:ef" }, 0 },
    { "a=b; _Syslinux_BOOTIF=01-52-54-00-ab-cd-ef; c=d",
      { "52:54:00:ab:cd:ef" }, 0 },
    { ";;; ;_Syslinux_BOOTIF=01-52-54-00-ab-cd-ef;;",
      { "52:54:00:ab:cd:ef" }, 0 },
    { "_Syslinux_SYSSERIAL=A%2DB", { [IPXE_SERIAL] = "A-B" }, 0 },
    { "_Syslinux_SYSSERIAL=A+B", { NULL }, 0 },
    { "_Syslinux_SYSSERIAL=A%B", { NULL }, 0 },
    { "_Syslinux_SYSSERIAL=A%", { NULL }, 0 },
    { "_Syslinux_SYSSERIAL=A%2", { NULL }, 0 },
    { "_Syslinux_SYSPRODUCT=50%+off", { [IPXE_PRODUCT] = "50% off" }, 0 },
    { "_Syslinux_SYSSERIAL=a;_Syslinux_SYSSERIAL=b",
      { [IPXE_SERIAL] = "a" }, 0 },
    { "_Syslinux_SYSSERIAL=;_Syslinux_SYSSERIAL=b",
      { [IPXE_SERIAL] = "b" }, 0 },
    { "_Syslinux_SYSSERIAL=a=b=c", { [IPXE_SERIAL] = "a=b=c" }, 0 },
    { "_Syslinux_SYSSERIAL=a%0ab", { NULL }, 0 },
    { "_Syslinux_SYSSERIAL=" ff255, { [IPXE_SERIAL] = ff255 }, 0 },
    { "_Syslinux_SYSSERIAL=" ff255 "x;_Syslinux_ip=1.2.3.4",
      { [IPXE_IP] = "1.2.3.4" }, 0 },
    { "_Syslinux_SYSSERIAL", { NULL }, 0 },
    { "_Syslinux_SYSSERIAL;_Syslinux_ip=1.2.3.4", { [IPXE_IP] = "1.2.3.4" },
      0 },
    { "=x;_Syslinux_ip=1.2.3.4", { [IPXE_IP] = "1.2.3.4" }, 0 },
    { "_syslinux_ip=1.2.3.4", { NULL }, 0 },
    { "mac=52-54-00-12-34-56; asset=x", { NULL }, 0 },
    { "_Syslinux_ip=:::", { NULL }, 0 },
    { "_Syslinux_SYSUUID=+", { NULL }, 0 }
};


static void
test_cookies(void)
{
    size_t        i;
    ipxe_facts_t  facts;

    for (i = 0; i < countof(cookies); i++) {
        memset(&facts, 0, sizeof(facts));

        if (ipxe_facts_cookie(&facts, str(cookies[i].cookie), &test_mem)
            != IPXE_OK)
        {
            test(0, "cookie '%s'", cookies[i].cookie);
        }

        test_facts(&facts, cookies[i].text, cookies[i].cookie);

        if (facts.uuid_raw != (unsigned) cookies[i].raw) {
            test(0, "uuid_raw of '%s'", cookies[i].cookie);
        }
    }

    memset(&facts, 0, sizeof(facts));
    (void) ipxe_facts_query(&facts, str("uuid=00112233-4455-6677-8899-"
                                        "aabbccddeeff"), &test_mem);
    (void) ipxe_facts_cookie(&facts, str("_Syslinux_SYSUUID=33221100-5544-7766"
                                         "-8899-aabbccddeeff"), &test_mem);
    test_str(facts.text[IPXE_UUID], "00112233-4455-6677-8899-aabbccddeeff",
             "a UUID that is known stays");
    test(!facts.uuid_raw, "... and its byte order is known");
}


static void
test_rows(void)
{
    size_t        i;
    ipxe_facts_t  facts;

    static const struct {
        ipxe_fact_e   fact;
        const char   *value, *text, *key;
    } rows[] = {
        { IPXE_MAC, "5254.00AB.CDEF", "52:54:00:ab:cd:ef", "525400abcdef" },
        { IPXE_UUID, "{00112233-4455-6677-8899-AABBCCDDEEFF}",
          "00112233-4455-6677-8899-aabbccddeeff",
          "00112233445566778899aabbccddeeff" },
        { IPXE_ASSET, " AT-007 ", "AT-007", "at-007" },
        { IPXE_SERIAL, "Sn", "Sn", "sn" },
        { IPXE_MAC, "x", "", "" },
        { IPXE_UUID, "x", "", "" },
        { IPXE_ASSET, "", "", "" }
    };

    for (i = 0; i < countof(rows); i++) {
        memset(&facts, 0, sizeof(facts));
        (void) ipxe_facts_set(&facts, rows[i].fact, str(rows[i].value),
                              &test_mem);
        test_str(facts.text[rows[i].fact], rows[i].text, "text of row '%s'",
                 rows[i].value);
        test_str(facts.key[rows[i].fact], rows[i].key, "key of row '%s'",
                 rows[i].value);
    }
}


static const char *
sweep(void)
{
    ipxe_rc_e     rc;
    ipxe_file_e   kind;
    ipxe_facts_t  facts;

    memset(&facts, 0, sizeof(facts));

    rc = ipxe_facts_file(&facts, str("01-52-54-00-12-34-56"), &kind,
                         &test_mem);

    if (rc == IPXE_OK) {
        rc = ipxe_facts_query(&facts, str("uuid=00112233445566778899aabbccdd"
                                          "eeff&asset=A&serial=S&arch=x"),
                              &test_mem);
    }

    if (rc == IPXE_OK) {
        rc = ipxe_facts_cookie(&facts, str("_Syslinux_ip=1.2.3.4:;"
                                           "_Syslinux_SYSPRODUCT=x+y"),
                               &test_mem);
    }

    if (test_failed()) {
        return rc == IPXE_NOMEM ? NULL : "the code is not IPXE_NOMEM";
    }

    return rc == IPXE_OK && ipxe_str_eq(facts.key[IPXE_ASSET], str("a"))
           && ipxe_str_eq(facts.text[IPXE_PRODUCT], str("x y"))
           ? NULL : "wrong facts";
}


int
main(void)
{
    test_keys();
    test_queries();
    test_files();
    test_cookies();
    test_rows();
    test_sweep(NULL, sweep, 7, "facts");

    return test_done();
}
