
/*
 * Machines that boot from the network, thousands at once: each asks what
 * iPXE or lpxelinux.0 asks, byte for byte, from an address of its own, and
 * checks each answer.  Usage: machines name=value ..., the names are in
 * settings[].  It ends when all machines have their kernel and initrd, or
 * after "limit" seconds, and prints what it saw as JSON.
 *
 * A machine that an answer does not reach does what firmware does: iPXE asks
 * once more at once when a connection that has been used before is gone,
 * waits as long as the Retry-After of a 503 says, and the stub asks again for
 * the script; lpxelinux goes on to the next name; and what else fails starts
 * from the beginning, "again" seconds later.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


#define BUFFER   4096              /* an answer's head, and a script with it */
#define TICKS    100               /* a second, of the clock of who waits */
#define EVENTS   512
#define NAMES    12                /* that lpxelinux asks for */
#define HEX      3                 /* the first of those of the address */

#define AGENT    "iPXE/1.0.0+git-20190125.36a4c85-5.1"


typedef enum { IPXE, PXELINUX, STRAY } kind_t;

/* the steps of a machine, and what else is counted */
typedef enum {
    STUB, SCRIPT, CONFIG, KERNEL, INITRD, MISS, BOOT, SERIES
} step_t;

typedef struct machine_s  machine_t;

struct machine_s {
    machine_t    *next;            /* of those who wait for the same tick */
    int           fd;
    kind_t        kind;
    step_t        step;
    unsigned      name;            /* what lpxelinux asks for, of NAMES */
    unsigned      busy:1;          /* a request is on its way */
    unsigned      connected:1;
    unsigned      used:1;          /* the connection has had an answer */
    double        began;
    double        asked;
    size_t        filled;          /* of buf */
    size_t        head;            /* length of the head; 0: not there yet */
    unsigned      status;
    uint64_t      length;          /* of the body */
    uint64_t      got;
    char          kernel[128];
    char          initrd[128];
    char          buf[BUFFER + 1];
};

typedef struct {
    float        *times;
    size_t        count;
    size_t        room;
    uint64_t      bytes;
    size_t        status[600];
} series_t;


static const char  *server = "127.0.0.1:80";
static const char  *from = "127.65.0.0";
static const char  *script_file, *config_file, *stray_file;
static const char  *count = "1", *pxelinux = "0", *stray = "0", *ramp = "1";
static const char  *limit = "60", *again = "2", *kernel = "0", *initrd = "0";
static const char  *payload = "1";

static const struct {
    const char   *name;
    const char  **value;
} settings[] = {
    { "server", &server },         /* address:port */
    { "from", &from },             /* the machines have the addresses after */
    { "script", &script_file },    /* what iPXE has to get, with {name} in it */
    { "config", &config_file },    /* ... and lpxelinux */
    { "stray", &stray_file },      /* ... and one that no row knows */
    { "machines", &count },
    { "pxelinux", &pxelinux },     /* so many in a hundred are lpxelinux */
    { "strays", &stray },          /* ... or lpxelinux that no row knows */
    { "ramp", &ramp },             /* seconds in which they arrive */
    { "limit", &limit },
    { "again", &again },
    { "kernel", &kernel },         /* its size */
    { "initrd", &initrd },
    { "payload", &payload },       /* 0: a script is all they want */
};

static const char *const series_name[SERIES] = {
    "stub", "script", "config", "kernel", "initrd", "miss", "boot"
};

static struct sockaddr_in  server_addr;
static struct in_addr      first_addr;
static char                host[64];
static char               *form[3];         /* by kind */
static uint64_t            sizes[2];
static unsigned            machines_n;
static double              wait_again;
static int                 want_payload;

static machine_t          *machines;
static machine_t         **wheel;           /* who waits, by tick */
static size_t              ticks, tick;
static int                 ep;
static double              start, now, first_payload, last_payload;

static series_t            series[SERIES];
static unsigned            done, wrong, refused, cut, restarts, waits, retries;


static void ask(machine_t *m);


static void
die(const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    fprintf(stderr, "machines: ");
    vfprintf(stderr, fmt, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(2);
}


static double
clock_now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9 - start;
}


static unsigned
number(const machine_t *m)
{
    return m - machines;
}


static void
record(step_t what, double seconds, unsigned status, uint64_t bytes)
{
    series_t  *s = &series[what];

    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 1024;
        s->times = realloc(s->times, s->room * sizeof(float));
        if (s->times == NULL) {
            die("no memory");
        }
    }
    s->times[s->count++] = seconds;
    s->status[status]++;
    s->bytes += bytes;
}


/* ---- who a machine is: as t/bench/hosts.sql has it --------------------- */

static void
print_uuid(const machine_t *m, int swapped, char *text, size_t size)
{
    unsigned  n = number(m), first = n * 2654435761u;
    unsigned  version = m->kind == STRAY ? 0x4001 : 0x4000;

    if (swapped) {
        first = __builtin_bswap32(first);
        version = __builtin_bswap16(version);
    }
    snprintf(text, size, "%08x-0000-%04x-8000-%012x", first, version, n);
}


static void
print_mac(const machine_t *m, char *text, size_t size)
{
    unsigned  n = number(m) * 40503;

    snprintf(text, size, "52-54-%02x-%02x-%02x-%02x", m->kind == STRAY,
             n >> 16 & 255, n >> 8 & 255, n & 255);
}


static struct in_addr
address(const machine_t *m)
{
    struct in_addr  a;

    a.s_addr = htonl(ntohl(first_addr.s_addr) + 1 + number(m));
    return a;
}


/* ---- requests ---------------------------------------------------------- */

/* The file names of lpxelinux: the one of option 209 is the first. */
static void
print_name(const machine_t *m, char *text, size_t size)
{
    char  id[32];

    if (m->name == 0) {
        snprintf(text, size, "site.cfg");
    } else if (m->name == 1) {
        print_uuid(m, 1, text, size);
    } else if (m->name == 2) {
        print_mac(m, id, sizeof(id));
        snprintf(text, size, "01-%s", id);
    } else if (m->name < NAMES - 1) {
        snprintf(text, size, "%08X", ntohl(address(m).s_addr));
        text[8 - (m->name - HEX)] = '\0';
    } else {
        snprintf(text, size, "default");
    }
}


static void
print_path(const machine_t *m, char *text, size_t size)
{
    char  mac[32], uuid[48], name[64];

    switch (m->step) {
    case SCRIPT:
        print_mac(m, mac, sizeof(mac));
        print_uuid(m, 0, uuid, sizeof(uuid));
        snprintf(text, size, "/boot.ipxe?mac=%s&uuid=%s&arch=i386"
                 "&platform=pcbios&ip=%s&manufacturer=ACME&product=Node1"
                 "&serial=SN-%u&asset=AT-%07u", mac, uuid,
                 inet_ntoa(address(m)), number(m), number(m));
        break;
    case CONFIG:
        print_name(m, name, sizeof(name));
        snprintf(text, size, "/pxelinux.cfg/%s", name);
        break;
    case KERNEL:
        snprintf(text, size, "%s", m->kernel);
        break;
    case INITRD:
        snprintf(text, size, "%s", m->initrd);
        break;
    default:
        snprintf(text, size, "/boot.ipxe");
    }
}


static int
print_request(const machine_t *m, char *text, size_t size)
{
    char  path[512], mac[32], uuid[48], ip[32];

    print_path(m, path, sizeof(path));

    if (m->kind == IPXE) {
        return snprintf(text, size,
                        "GET %s HTTP/1.1\r\nConnection: keep-alive\r\n"
                        "User-Agent: " AGENT "\r\nHost: %s\r\n\r\n",
                        path, host);
    }

    print_mac(m, mac, sizeof(mac));
    print_uuid(m, 1, uuid, sizeof(uuid));
    snprintf(ip, sizeof(ip), "%s", inet_ntoa(address(m)));

    return snprintf(text, size,
                    "GET %s HTTP/1.0\r\nHost: %s\r\n"
                    "User-Agent: Syslinux/6.04\r\nConnection: close\r\n"
                    "Cookie: _Syslinux_ip=%s%%3A10.77.0.1%%3A10.77.0.1%%3A"
                    "255.255.0.0;_Syslinux_BOOTIF=01-%s;_Syslinux_SYSUUID=%s;"
                    "_Syslinux_CPU=6PXLS;_Syslinux_SYSVENDOR=ACME;"
                    "_Syslinux_SYSPRODUCT=Node1;"
                    "_Syslinux_SYSVERSION=pc-i440fx-7.2;"
                    "_Syslinux_SYSSERIAL=SN-%u;_Syslinux_BIOSVENDOR=SeaBIOS;"
                    "_Syslinux_BIOSVERSION=1.16.2;_Syslinux_SYSFF=1;\r\n\r\n",
                    path, host, ip, mac, uuid, number(m));
}


/* ---- waiting ----------------------------------------------------------- */

/* Whoever would wait for longer than the program runs is not waited for. */
static void
wait_until(machine_t *m, double when)
{
    size_t  t = when * TICKS;

    if (t <= tick) {
        t = tick + 1;
    }
    if (t >= ticks) {
        return;
    }
    m->next = wheel[t];
    wheel[t] = m;
}


static void
run_wheel(void)
{
    machine_t  *m, *next;

    while (tick < ticks - 1 && tick < (size_t) (now * TICKS)) {
        tick++;
        for (m = wheel[tick]; m; m = next) {
            next = m->next;
            ask(m);
        }
    }
}


/* ---- connections ------------------------------------------------------- */

static void
hang_up(machine_t *m)
{
    if (m->fd != -1) {
        close(m->fd);
    }
    m->fd = -1;
    m->connected = 0;
    m->used = 0;
}


static void
over(machine_t *m)
{
    hang_up(m);
    m->busy = 0;
    restarts++;
    if (m->step != SCRIPT) {
        m->step = m->kind == IPXE ? STUB : CONFIG;
        m->name = 0;
    }
    wait_until(m, now + wait_again);
}


/* No answer, or none that is of use. */
static void
failed(machine_t *m)
{
    if (m->step == CONFIG && m->name < NAMES - 1) {
        hang_up(m);
        m->busy = 0;
        m->name++;
        ask(m);
        return;
    }
    over(m);
}


static void
lost(machine_t *m, int error)
{
    int  once_more = m->used && m->filled == 0;

    hang_up(m);
    if (!m->busy) {
        return;
    }
    if (once_more) {
        retries++;
        ask(m);
        return;
    }
    if (error == ECONNREFUSED) {
        refused++;
    } else {
        cut++;
    }
    failed(m);
}


static void
dial(machine_t *m)
{
    int                 on = 1;
    struct epoll_event  ev = { .events = EPOLLOUT, .data.ptr = m };
    struct sockaddr_in  self = { .sin_family = AF_INET };

    self.sin_addr = address(m);
    m->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (m->fd == -1) {
        die("socket: %s", strerror(errno));
    }
    if (setsockopt(m->fd, SOL_IP, IP_FREEBIND, &on, sizeof(on)) == -1
        || bind(m->fd, (struct sockaddr *) &self, sizeof(self)) == -1
        || epoll_ctl(ep, EPOLL_CTL_ADD, m->fd, &ev) == -1)
    {
        die("machine %u: %s", number(m), strerror(errno));
    }
    if (connect(m->fd, (struct sockaddr *) &server_addr, sizeof(server_addr))
        == -1 && errno != EINPROGRESS)
    {
        lost(m, errno);
    }
}


static void
say(machine_t *m)
{
    int   n;
    char  text[2048];

    n = print_request(m, text, sizeof(text));
    if (send(m->fd, text, n, MSG_NOSIGNAL) != n) {
        lost(m, errno);
    }
}


static void
ask(machine_t *m)
{
    if (!m->busy) {
        m->asked = now;
    }
    m->busy = 1;
    m->filled = 0;
    m->head = 0;
    m->got = 0;
    if (m->fd == -1) {
        dial(m);
        return;
    }
    say(m);
}


static void
writable(machine_t *m)
{
    int                 error = 0;
    socklen_t           len = sizeof(error);
    struct epoll_event  ev = { .events = EPOLLIN, .data.ptr = m };

    getsockopt(m->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if (error) {
        lost(m, error);
        return;
    }
    m->connected = 1;
    if (epoll_ctl(ep, EPOLL_CTL_MOD, m->fd, &ev) == -1) {
        die("epoll: %s", strerror(errno));
    }
    say(m);
}


/* ---- answers ----------------------------------------------------------- */

static void
is_wrong(machine_t *m, const char *what)
{
    char  path[512];

    if (wrong++ < 10) {
        print_path(m, path, sizeof(path));
        fprintf(stderr, "machines: number %u: %s: %s: status %u, %.*s\n",
                number(m), path, what, m->status,
                m->step < KERNEL ? (int) m->filled : 0, m->buf);
    }
}


static const char *
header(const machine_t *m, const char *name)
{
    size_t       len = strlen(name);
    const char  *p;

    for (p = m->buf; p < m->buf + m->head; p = strchr(p, '\n') + 1) {
        if (strncasecmp(p, name, len) == 0 && p[len] == ':') {
            return p + len + 1 + strspn(p + len + 1, " ");
        }
    }
    return NULL;
}


/* Is the body the text of the form, filled in for this machine? */
static int
is_own(machine_t *m)
{
    int          n;
    size_t       len;
    char         name[32];
    const char  *p, *tag, *body = m->buf + m->head;
    const char  *end = m->buf + m->filled;

    n = snprintf(name, sizeof(name), "node%07u", number(m));
    for (p = form[m->kind]; ; p = tag + sizeof("{name}") - 1) {
        tag = strstr(p, "{name}");
        len = tag ? (size_t) (tag - p) : strlen(p);
        if ((size_t) (end - body) < len || memcmp(body, p, len) != 0) {
            return 0;
        }
        body += len;
        if (tag == NULL) {
            return body == end;
        }
        if (end - body < n || memcmp(body, name, n) != 0) {
            return 0;
        }
        body += n;
    }
}


/* The path of the URL that follows a word at the beginning of a line. */
static int
find_url(machine_t *m, const char *word, char *path)
{
    size_t       len;
    const char  *p = strstr(m->buf + m->head, word);

    p = p ? strstr(p, "://") : NULL;
    p = p ? strchr(p + 3, '/') : NULL;
    len = p ? strcspn(p, " \n") : 0;
    if (len == 0 || len >= sizeof(m->kernel)) {
        return 0;
    }
    memcpy(path, p, len);
    path[len] = '\0';
    return 1;
}


static void
finished(machine_t *m)
{
    hang_up(m);
    m->busy = 0;
    done++;
    record(BOOT, now - m->began, 200, 0);
}


static void
next_step(machine_t *m, step_t step)
{
    m->busy = 0;
    m->step = step;
    ask(m);
}


static void
script_came(machine_t *m)
{
    const char  *words[2][2] = { { "\nkernel ", "\ninitrd " },
                                 { "\nLINUX ", "\nINITRD " } };
    const char **word = words[m->kind != IPXE];

    if (!is_own(m)) {
        is_wrong(m, "not its own script");
        finished(m);
        return;
    }
    if (!want_payload) {
        finished(m);
        return;
    }
    if (!find_url(m, word[0], m->kernel) || !find_url(m, word[1], m->initrd)) {
        die("no kernel or no initrd in: %s", m->buf + m->head);
    }
    next_step(m, KERNEL);
}


/* lpxelinux: a machine that has a row is known by its UUID. */
static void
name_missing(machine_t *m)
{
    if (m->length || (m->kind == PXELINUX && m->name == 1)
        || m->name == NAMES - 1)
    {
        is_wrong(m, "not to be missing");
    }
    failed(m);
}


static void
payload_came(machine_t *m)
{
    if (first_payload == 0) {
        first_payload = m->asked;
    }
    last_payload = now;
    if (m->length != sizes[m->step == INITRD]) {
        is_wrong(m, "not its size");
    }
    if (m->step == INITRD) {
        finished(m);
        return;
    }
    next_step(m, INITRD);
}


static void
answered(machine_t *m)
{
    const char  *p;
    step_t       what;

    what = m->step == CONFIG && m->status == 404 ? MISS : m->step;
    record(what, now - m->asked, m->status, m->length);

    p = header(m, "Connection");
    m->used = 1;
    if (p && strncasecmp(p, "close", 5) == 0) {
        hang_up(m);
    }

    p = header(m, "Retry-After");
    if (m->status == 503 && p && m->kind == IPXE) {
        waits++;
        m->busy = 0;
        wait_until(m, now + atoi(p));
        return;
    }
    if (what == MISS) {
        name_missing(m);
        return;
    }
    if (m->status != 200) {
        if (m->status < 500) {
            is_wrong(m, "not the status");
        }
        failed(m);
        return;
    }

    switch (m->step) {
    case STUB:
        p = m->buf + m->head;
        if (strncmp(p, "#!ipxe\n", 7) != 0 || !strstr(p, "?mac=${mac:hexhyp}&"))
        {
            is_wrong(m, "no stub");
        }
        next_step(m, SCRIPT);
        break;
    case SCRIPT:
    case CONFIG:
        script_came(m);
        break;
    default:
        payload_came(m);
    }
}


/* Returns 0 if more of the head has to come. */
static int
read_head(machine_t *m)
{
    char        *end;
    const char  *p;

    m->buf[m->filled] = '\0';
    end = strstr(m->buf, "\r\n\r\n");
    if (end == NULL) {
        if (m->filled == BUFFER) {
            die("a head that is too long: %s", m->buf);
        }
        return 0;
    }
    m->head = end + 4 - m->buf;
    m->got = m->filled - m->head;
    p = header(m, "Content-Length");
    if (sscanf(m->buf, "HTTP/1.1 %3u", &m->status) != 1 || m->status >= 600
        || p == NULL)
    {
        die("no answer of HTTP: %s", m->buf);
    }
    m->length = strtoull(p, NULL, 10);
    return 1;
}


static void
readable(machine_t *m)
{
    ssize_t  n;
    int      drain = m->head && (m->step >= KERNEL || m->status != 200);

    if (drain) {
        n = recv(m->fd, NULL, m->length - m->got, MSG_TRUNC);
    } else {
        n = recv(m->fd, m->buf + m->filled, BUFFER - m->filled, 0);
    }
    if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0 || !m->busy) {
        lost(m, n == -1 ? errno : 0);
        return;
    }
    if (!drain) {
        m->filled += n;
    }
    if (m->head) {
        m->got += n;
    } else if (!read_head(m)) {
        return;
    }
    if (m->got > m->length) {
        die("more than the answer: %s", m->buf);
    }
    if (m->got == m->length) {
        m->buf[m->filled] = '\0';
        answered(m);
    }
}


/* ---- the whole --------------------------------------------------------- */

static char *
slurp(const char *name)
{
    char   *text;
    FILE   *f;

    f = name ? fopen(name, "r") : NULL;
    text = calloc(1, BUFFER);
    if (f == NULL || text == NULL || fread(text, 1, BUFFER - 1, f) == 0) {
        die("%s: %s", name ? name : "a form is missing", strerror(errno));
    }
    fclose(f);
    return text;
}


static void
read_settings(int argc, char **argv)
{
    size_t  i;
    char   *value;

    while (--argc) {
        argv++;
        value = strchr(*argv, '=');
        if (value == NULL) {
            die("not name=value: %s", *argv);
        }
        *value++ = '\0';
        for (i = 0; strcmp(settings[i].name, *argv) != 0; /* void */ ) {
            if (++i == sizeof(settings) / sizeof(settings[0])) {
                die("there is no \"%s\"", *argv);
            }
        }
        *settings[i].value = value;
    }
}


static void
set_up(void)
{
    unsigned       port = 80;
    char           ip[32];
    struct rlimit  files;

    if (sscanf(server, "%31[0-9.]:%u", ip, &port) < 1
        || inet_pton(AF_INET, ip, &server_addr.sin_addr) != 1
        || inet_pton(AF_INET, from, &first_addr) != 1)
    {
        die("no addresses: %s, %s", server, from);
    }
    server_addr.sin_family = AF_INET;
    server_addr.sin_port = htons(port);
    snprintf(host, sizeof(host), port == 80 ? "%s" : "%s:%u", ip, port);

    form[IPXE] = slurp(script_file);
    form[PXELINUX] = atoi(pxelinux) ? slurp(config_file) : NULL;
    form[STRAY] = atoi(stray) ? slurp(stray_file) : NULL;
    sizes[0] = strtoull(kernel, NULL, 10);
    sizes[1] = strtoull(initrd, NULL, 10);
    machines_n = atoi(count);
    wait_again = atof(again);
    want_payload = atoi(payload);

    files.rlim_cur = files.rlim_max = machines_n + 64;
    if (setrlimit(RLIMIT_NOFILE, &files) == -1) {
        die("%u open files: %s", machines_n + 64, strerror(errno));
    }
    ticks = (atof(limit) + 1) * TICKS;
    machines = calloc(machines_n, sizeof(machine_t));
    wheel = calloc(ticks, sizeof(machine_t *));
    ep = epoll_create1(0);
    if (machines == NULL || wheel == NULL || ep == -1) {
        die("%s", strerror(errno));
    }
}


static void
switch_on(void)
{
    unsigned    i;
    machine_t  *m;

    for (i = 0; i < machines_n; i++) {
        m = &machines[i];
        m->fd = -1;
        m->began = atof(ramp) * i / machines_n;
        m->kind = i % 100 < (unsigned) atoi(stray) ? STRAY
                  : i % 100 < (unsigned) atoi(stray) + atoi(pxelinux) ? PXELINUX
                  : IPXE;
        m->step = m->kind == IPXE ? STUB : CONFIG;
        wait_until(m, m->began);
    }
}


static int
by_time(const void *a, const void *b)
{
    float  x = *(const float *) a, y = *(const float *) b;

    return (x > y) - (x < y);
}


static double
part(const series_t *s, double p)
{
    return s->count ? s->times[(size_t) (p * (s->count - 1))] : 0;
}


static void
print_series(const char *name, series_t *s)
{
    size_t       i;
    const char  *comma = "";

    qsort(s->times, s->count, sizeof(float), by_time);
    printf(",\n\"%s\":{\"count\":%zu,\"bytes\":%llu,\"p50\":%.6f,\"p99\":%.6f,"
           "\"p999\":%.6f,\"max\":%.6f,\"status\":{", name, s->count,
           (unsigned long long) s->bytes, part(s, 0.5), part(s, 0.99),
           part(s, 0.999), part(s, 1));
    for (i = 0; i < 600; i++) {
        if (s->status[i]) {
            printf("%s\"%zu\":%zu", comma, i, s->status[i]);
            comma = ",";
        }
    }
    printf("}}");
}


int
main(int argc, char **argv)
{
    int                 i, n;
    machine_t          *m;
    struct epoll_event  events[EVENTS];

    read_settings(argc, argv);
    set_up();
    switch_on();
    start = clock_now();

    while (done < machines_n && now < atof(limit)) {
        n = epoll_wait(ep, events, EVENTS, 1000 / TICKS);
        now = clock_now();
        for (i = 0; i < n; i++) {
            m = events[i].data.ptr;
            if (m->fd == -1) {
                continue;
            }
            if (m->connected) {
                readable(m);
            } else {
                writable(m);
            }
        }
        run_wheel();
    }

    printf("{\"machines\":%u,\"done\":%u,\"wrong\":%u,\"refused\":%u,"
           "\"cut\":%u,\"restarts\":%u,\"waits\":%u,\"retries\":%u,"
           "\"seconds\":%.3f,\"loaded\":%.3f", machines_n, done, wrong,
           refused, cut, restarts, waits, retries, now,
           last_payload - first_payload);
    for (i = 0; i < SERIES; i++) {
        print_series(series_name[i], &series[i]);
    }
    printf("}\n");
    return 0;
}
