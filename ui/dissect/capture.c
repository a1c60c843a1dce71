#include "ui/dissect/capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* A capture of this size does not come from teaching or debugging, and what unpacks to more may be
 * a trap. */
#define UNPACKED_MAX_MIB 1024LL

enum { PROTOCOL_UDP = 17, PROTOCOL_ESP = 50, PROTOCOL_AH = 51 };
enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_QINQ = 0x88a8
};

struct capture {
    pcap_t *pcap;
    int link;
    unsigned frames;
    bool unpacking_ended_early;
    char path[256];
};

/* ---- files ---- */

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* What libpcap reads from: a temporary file with the contents of `path`, unpacked, "-" being stdin.
 * gzip's library passes files that are not compressed through as they are. *early: the packed file
 * ends before its contents do. */
static FILE *open_unpacked(const char *path, bool *early, char *error, size_t error_cap)
{
    gzFile packed = NULL;
    FILE *file = NULL;
    long long total = 0;
    static const size_t chunk_len = 65536;
    char *chunk = malloc(chunk_len);
    int got = 0, code = 0;

    if (chunk == NULL) {
        abort();
    }
    errno = 0;
    packed = is_stdin(path) ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path, "rb");
    if (packed == NULL) {
        snprintf(error, error_cap, "%s: %s", path, strerror(errno != 0 ? errno : ENOMEM));
        goto out;
    }
    file = tmpfile();
    if (file == NULL) {
        snprintf(error, error_cap, "no temporary file to read %s: %s", path, strerror(errno));
        goto out;
    }
    while ((got = gzread(packed, chunk, (unsigned)chunk_len)) > 0) {
        total += got;
        if (total > UNPACKED_MAX_MIB * 1024 * 1024) {
            snprintf(error, error_cap, "%s: more than %lld MiB unpacked", path, UNPACKED_MAX_MIB);
            goto fail;
        }
        if (fwrite(chunk, 1, (size_t)got, file) != (size_t)got) {
            snprintf(error, error_cap, "no room for a temporary copy of %s: %s", path,
                     strerror(errno));
            goto fail;
        }
    }
    if (got < 0) {
        const char *why = gzerror(packed, &code), *behind = strrchr(why, ':');

        /* Its own words begin with a path. */
        why = behind != NULL && behind[1] == ' ' ? behind + 2 : why;
        snprintf(error, error_cap, "%s: %s", path, code == Z_ERRNO ? strerror(errno) : why);
        goto fail;
    }
    gzerror(packed, &code);
    *early = code == Z_BUF_ERROR;
    rewind(file);
    goto out;
fail:
    fclose(file);
    file = NULL;
out:
    if (packed != NULL) {
        gzclose(packed);
    }
    free(chunk);
    return file;
}

static bool link_is_read(int link)
{
    return link == DLT_EN10MB || link == DLT_RAW || link == DLT_IPV4 || link == DLT_IPV6 ||
           link == DLT_NULL || link == DLT_LOOP || link == DLT_LINUX_SLL || link == DLT_LINUX_SLL2;
}

struct capture *capture_open(const char *path, char *error, size_t error_cap)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    struct capture *capture = NULL;
    struct stat status;
    bool early = false;
    FILE *file;

    if (!is_stdin(path) && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        snprintf(error, error_cap, "%s: a directory, a capture file (pcap or pcapng) was expected",
                 path);
        return NULL;
    }
    file = open_unpacked(path, &early, error, error_cap);
    if (file == NULL) {
        return NULL;
    }
    capture = calloc(1, sizeof *capture);
    if (capture == NULL) {
        abort();
    }
    snprintf(capture->path, sizeof capture->path, "%s", path);
    capture->unpacking_ended_early = early;
    capture->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
    if (capture->pcap == NULL) {
        snprintf(error, error_cap, "%s: not a capture file, pcap or pcapng was expected (%s)", path,
                 why);
        fclose(file);
        free(capture);
        return NULL;
    }
    capture->link = pcap_datalink(capture->pcap);
    if (!link_is_read(capture->link)) {
        const char *name = pcap_datalink_val_to_name(capture->link);

        snprintf(error, error_cap,
                 "%s: link type %d%s%s; Ethernet, raw IP, Linux cooked or loopback was expected",
                 path, capture->link, name != NULL ? ", " : "", name != NULL ? name : "");
        capture_close(capture);
        return NULL;
    }
    return capture;
}

void capture_close(struct capture *capture)
{
    if (capture != NULL) {
        pcap_close(capture->pcap); /* closes the file, too */
        free(capture);
    }
}

/* ---- headers ---- */

/* What is left of a packet while its headers are taken off: octets captured, and octets that were
 * sent. */
struct rest {
    const uint8_t *data;
    size_t len;
    size_t sent;
};

static unsigned be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* Takes `count` octets off. False if the capture does not hold them. */
static bool pull(struct rest *rest, size_t count)
{
    if (rest->len < count) {
        return false;
    }
    rest->data += count;
    rest->len -= count;
    rest->sent -= count <= rest->sent ? count : rest->sent;
    return true;
}

static void __attribute__((format(printf, 3, 4)))
settle(struct capture_packet *packet, enum capture_state state, const char *format, ...)
{
    va_list arguments;

    packet->state = state;
    va_start(arguments, format);
    vsnprintf(packet->note, sizeof packet->note, format, arguments);
    va_end(arguments);
}

/* Ends in `what`: broken, or only cut off by the capture. */
static void settle_short(struct capture_packet *packet, const struct rest *rest, const char *what)
{
    settle(packet, CAPTURE_BROKEN, "ends inside of the %s, after %zu octets of it%s", what,
           rest->len, rest->sent > rest->len ? " (the capture holds no more)" : "");
}

/* The link's header; returns the EtherType, 0 where the packet is settled. */
static unsigned read_ethernet(struct rest *rest, struct capture_packet *packet)
{
    unsigned type;

    if (rest->len < 14) {
        settle_short(packet, rest, "Ethernet header");
        return 0;
    }
    type = be16(rest->data + 12);
    pull(rest, 14);
    while (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ) {
        if (rest->len < 4) {
            settle_short(packet, rest, "VLAN tag");
            return 0;
        }
        type = be16(rest->data + 2);
        pull(rest, 4);
    }
    return type;
}

static unsigned read_link(const struct capture *capture, struct rest *rest,
                          struct capture_packet *packet)
{
    unsigned version, type;

    switch (capture->link) {
    case DLT_EN10MB:
        return read_ethernet(rest, packet);
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2: {
        size_t header_len = capture->link == DLT_LINUX_SLL ? 16 : 20;

        if (rest->len < header_len) {
            settle_short(packet, rest, "Linux cooked header");
            return 0;
        }
        type = be16(rest->data + (capture->link == DLT_LINUX_SLL ? 14 : 0));
        pull(rest, header_len);
        return type;
    }
    case DLT_NULL:
    case DLT_LOOP:
        /* Four octets with the address family, whose numbers differ between systems: the version
         * in the IP header behind tells more. */
        if (!pull(rest, 4)) {
            settle_short(packet, rest, "loopback header");
            return 0;
        }
        break;
    default:
        break;
    }
    version = rest->len > 0 ? rest->data[0] >> 4 : 0;
    return version == 4 ? ETHERTYPE_IPV4 : version == 6 ? ETHERTYPE_IPV6 : 1;
}

/* The length that an IP header claims: padding behind it is cut off, and what is missing counts as
 * sent. */
static void bound(struct rest *rest, size_t claimed)
{
    rest->sent = claimed;
    if (rest->len > claimed) {
        rest->len = claimed;
    }
}

static bool read_ipv4(struct rest *rest, struct capture_packet *packet)
{
    const uint8_t *p = rest->data;
    size_t header_len, total;
    unsigned fragment;

    if (rest->len < 20) {
        settle_short(packet, rest, "IPv4 header");
        return false;
    }
    header_len = (size_t)(p[0] & 15) * 4;
    total = be16(p + 2);
    fragment = be16(p + 6);
    packet->protocol = p[9];
    inet_ntop(AF_INET, p + 12, packet->source, sizeof packet->source);
    inet_ntop(AF_INET, p + 16, packet->destination, sizeof packet->destination);
    if (total == 0) {
        total = rest->sent; /* filled in by the network card later (TSO) */
    }
    if (p[0] >> 4 != 4 || header_len < 20 || total < header_len) {
        settle(packet, CAPTURE_BROKEN, "IPv4 header: version %u, header of %zu octets, %zu in all",
               p[0] >> 4, header_len, total);
        return false;
    }
    bound(rest, total);
    if (!pull(rest, header_len)) {
        settle_short(packet, rest, "IPv4 options");
        return false;
    }
    if ((fragment & 0x3fff) != 0) {
        settle(packet, CAPTURE_FRAGMENT,
               "a fragment of an IP packet (from octet %u%s); fragments are not put together",
               (fragment & 0x1fff) * 8, (fragment & 0x2000) != 0 ? ", more follow" : ", the last");
        return false;
    }
    return true;
}

static bool read_ipv6(struct rest *rest, struct capture_packet *packet)
{
    const uint8_t *p = rest->data;
    unsigned next;

    if (rest->len < 40 || p[0] >> 4 != 6) {
        settle_short(packet, rest, "IPv6 header");
        return false;
    }
    next = p[6];
    inet_ntop(AF_INET6, p + 8, packet->source, sizeof packet->source);
    inet_ntop(AF_INET6, p + 24, packet->destination, sizeof packet->destination);
    bound(rest, be16(p + 4) + 40u);
    pull(rest, 40);
    /* Hop-by-Hop Options, Routing, Destination Options have one form (RFC 8200 §4). */
    while (next == 0 || next == 43 || next == 60) {
        size_t len;

        if (rest->len < 8 || rest->len < (len = ((size_t)rest->data[1] + 1) * 8)) {
            settle_short(packet, rest, "IPv6 extension headers");
            return false;
        }
        next = rest->data[0];
        pull(rest, len);
    }
    packet->protocol = (uint8_t)next;
    if (next == 44) {
        settle(packet, CAPTURE_FRAGMENT,
               "a fragment of an IPv6 packet; fragments are not put together");
        return false;
    }
    return true;
}

static void read_udp(struct rest *rest, struct capture_packet *packet)
{
    size_t length;

    if (rest->len < 8) {
        settle_short(packet, rest, "UDP header");
        return;
    }
    packet->source_port = (uint16_t)be16(rest->data);
    packet->destination_port = (uint16_t)be16(rest->data + 2);
    length = be16(rest->data + 4);
    if (length == 0) {
        length = rest->sent; /* filled in by the network card later */
    }
    if (length < 8 || length > rest->sent) {
        settle(packet, CAPTURE_BROKEN, "UDP header: Length %zu, IP carries %zu octets", length,
               rest->sent);
        return;
    }
    bound(rest, length);
    pull(rest, 8);
    packet->payload = crypto_bytes(rest->data, rest->len);
}

static void read_ip(struct rest *rest, unsigned type, struct capture_packet *packet)
{
    bool whole;

    if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6) {
        settle(packet, CAPTURE_OTHER, "not IP (EtherType 0x%04x)", type);
        return;
    }
    whole = type == ETHERTYPE_IPV4 ? read_ipv4(rest, packet) : read_ipv6(rest, packet);
    if (!whole) {
        return;
    }
    if (packet->protocol == PROTOCOL_UDP) {
        read_udp(rest, packet);
    } else if (packet->protocol == PROTOCOL_ESP || packet->protocol == PROTOCOL_AH) {
        packet->payload = crypto_bytes(rest->data, rest->len);
    } else {
        settle(packet, CAPTURE_OTHER, "IP protocol %u, neither UDP, ESP nor AH", packet->protocol);
        return;
    }
    if (packet->state == CAPTURE_WHOLE && rest->len < rest->sent) {
        settle(packet, CAPTURE_CUT, "cut off: the capture holds %zu of %zu octets", rest->len,
               rest->sent);
    }
}

/* Nanoseconds. A file may say anything: before 1970 is 1970, and beyond 2255 is 2255, so that the
 * difference of two is a number. */
static int64_t time_of(const struct timeval *at)
{
    static const int64_t most = 9000000000;
    int64_t seconds = at->tv_sec;

    seconds = seconds > most ? most : seconds < 0 ? 0 : seconds;
    return seconds * 1000000000 + at->tv_usec;
}

int capture_next(struct capture *capture, struct capture_packet *packet, char *error,
                 size_t error_cap)
{
    struct pcap_pkthdr *header = NULL;
    const u_char *data = NULL;
    struct rest rest;
    unsigned type;
    int got;

    memset(packet, 0, sizeof *packet);
    got = pcap_next_ex(capture->pcap, &header, &data);
    if ((got == PCAP_ERROR_BREAK || got == 0) && !capture->unpacking_ended_early) {
        return 0;
    }
    if (got != 1) {
        /* Damaged, cut off, or of a form that libpcap does not read: it says which. */
        snprintf(error, error_cap, "%s: nothing can be read behind frame %u: %s", capture->path,
                 capture->frames,
                 got < 0 && got != PCAP_ERROR_BREAK ? pcap_geterr(capture->pcap)
                                                    : "the compressed file is cut off");
        return -1;
    }
    packet->frame = ++capture->frames;
    packet->time_ns = time_of(&header->ts);
    rest = (struct rest){.data = data, .len = header->caplen, .sent = header->len};
    if (rest.sent < rest.len) {
        rest.sent = rest.len;
    }
    type = read_link(capture, &rest, packet);
    if (type != 0) {
        read_ip(&rest, type, packet);
    }
    return 1;
}
