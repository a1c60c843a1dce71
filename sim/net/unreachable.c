#include "sim/net/unreachable.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "trace/pcapng.h"

enum {
    ERROR_HEADER_LEN = 8, /* type, code, checksum, and four octets that errors use for a pointer */
    ETHERNET_LEN = 14,
    IPV4_LEN = 20,
    IPV6_LEN = 40,
    UDP_LEN = 8,
};

/* No error is longer than what every host takes in one piece: RFC 1812 §4.3.2.3, RFC 4443 §2.4. */
enum { IPV4_ERROR_MAX = 576, IPV6_ERROR_MAX = 1280 };

/* RFC 792; RFC 4443 §3.1, §3.4. An unknown protocol is for IPv6 an unknown Next Header, at which
 * the pointer points. */
static const struct kind {
    uint8_t family, type, code, pointer;
    const char *what;
} kinds[] = {
    {4, 3, 3, 0, "port unreachable"},         {4, 3, 2, 0, "protocol unreachable"},
    {4, 3, 1, 0, "host unreachable"},         {6, 1, 4, 0, "port unreachable"},
    {6, 4, 1, 6, "unrecognized next header"}, {6, 1, 3, 0, "address unreachable"},
};

static const struct kind *kind_about(const struct net_datagram *about)
{
    bool udp = about->protocol == NET_PROTOCOL_UDP;
    return &kinds[(about->source.family == 4 ? 0 : 3) + (udp ? 0 : 1)];
}

bool net_is_icmp(const struct net_datagram *datagram)
{
    return datagram->protocol ==
           (datagram->source.family == 4 ? NET_PROTOCOL_ICMP : NET_PROTOCOL_ICMPV6);
}

/* ---- octets ---- */

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* Of an ICMP message (RFC 792), with the pseudo-header of IPv6 (RFC 4443 §2.3); 0 over one that has
 * its own in it. */
static uint16_t checksum(const struct net_datagram *error)
{
    uint32_t sum = 0;
    if (error->source.family == 6) {
        for (size_t i = 0; i < 16; i += 2) {
            sum += get16(error->source.octets + i) + get16(error->destination.octets + i);
        }
        sum += (uint32_t)error->len + NET_PROTOCOL_ICMPV6;
    }
    for (size_t i = 0; i + 1 < error->len; i += 2) {
        sum += get16(error->bytes + i);
    }
    sum += error->len % 2 ? (uint32_t)error->bytes[error->len - 1] << 8 : 0;
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_checksum(struct net_datagram *error)
{
    memset(error->bytes + 2, 0, 2);
    put16(error->bytes + 2, checksum(error));
}

/* A checksum over 16 bits that are others now (RFC 1624 §3). Its octets may not all be here. */
static void update(uint8_t *sum, unsigned before, unsigned after)
{
    uint32_t updated = (~get16(sum) & 0xffff) + (~before & 0xffff) + after;
    updated = (updated & 0xffff) + (updated >> 16);
    put16(sum, ~((updated & 0xffff) + (updated >> 16)) & 0xffff);
}

/* The packet as it was on the wire, which the exported capture has too. */
static void put_frame(struct trace_buffer *frame, const struct net_datagram *about)
{
    struct pcapng_datagram whole = {
        .family = about->source.family,
        .protocol = about->protocol,
        .source_port = about->source_port,
        .destination_port = about->destination_port,
        .identification = (uint16_t)about->number,
        .header = about->header,
        .header_len = about->header_len,
        .payload = about->bytes,
        .payload_len = about->len,
    };
    memcpy(whole.source, about->source.octets, sizeof whole.source);
    memcpy(whole.destination, about->destination.octets, sizeof whole.destination);
    pcapng_put_frame(frame, &whole);
}

/* ---- made and read ---- */

struct net_datagram *net_unreachable_new(const struct net_datagram *about, struct net_path *path)
{
    const struct kind *kind = kind_about(about);
    struct trace_buffer frame = {0};
    assert(!net_is_icmp(about));
    put_frame(&frame, about);
    bool ipv4 = kind->family == 4;
    size_t room = (ipv4 ? IPV4_ERROR_MAX - IPV4_LEN : IPV6_ERROR_MAX - IPV6_LEN) - ERROR_HEADER_LEN;
    size_t quoted = frame.len - ETHERNET_LEN;
    quoted = quoted < room ? quoted : room;
    struct net_datagram *error = net_datagram_new(about->net, path, ERROR_HEADER_LEN + quoted);
    error->protocol = ipv4 ? NET_PROTOCOL_ICMP : NET_PROTOCOL_ICMPV6;
    error->source = about->destination;
    error->destination = about->source;
    memset(error->bytes, 0, ERROR_HEADER_LEN);
    error->bytes[0] = kind->type;
    error->bytes[1] = kind->code;
    error->bytes[7] = kind->pointer;
    memcpy(error->bytes + ERROR_HEADER_LEN, frame.data + ETHERNET_LEN, quoted);
    trace_buffer_free(&frame);
    put_checksum(error);
    return error;
}

void net_unreachable_translate(struct net_datagram *error, enum net_quoted which,
                               const struct net_address *address, uint16_t port)
{
    uint8_t *header = error->bytes + ERROR_HEADER_LEN;
    bool ipv4 = error->source.family == 4, second = which == NET_QUOTED_DESTINATION;
    size_t len = ipv4 ? 4 : 16;
    uint8_t *quoted = header + (ipv4 ? 12 : 8) + (second ? len : 0);
    uint8_t *udp = header + (ipv4 ? IPV4_LEN : IPV6_LEN), *sum = udp + 6;
    bool summed = get16(sum) != 0; /* RFC 768: 0 is none */
    assert(address->family == error->source.family);
    for (size_t i = 0; i < len; i += 2) {
        unsigned before = get16(quoted + i), after = get16(address->octets + i);
        if (ipv4) {
            update(header + 10, before, after);
        }
        if (summed) {
            update(sum, before, after); /* its pseudo-header has it */
        }
        put16(quoted + i, after);
    }
    if (summed) {
        update(sum, get16(udp + (second ? 2 : 0)), port);
        put16(sum, get16(sum) ? get16(sum) : 0xffff);
    }
    put16(udp + (second ? 2 : 0), port);
    put_checksum(error);
}

bool net_unreachable_read(const struct net_datagram *datagram, struct net_unreachable *out)
{
    const uint8_t *bytes = datagram->bytes, *quoted = bytes + ERROR_HEADER_LEN;
    uint8_t family = datagram->source.family;
    size_t header = family == 4 ? IPV4_LEN : IPV6_LEN;
    *out = (struct net_unreachable){0};
    if (!net_is_icmp(datagram) || datagram->len < ERROR_HEADER_LEN + header ||
        checksum(datagram) != 0 || quoted[0] >> 4 != family || (family == 4 && quoted[0] != 0x45)) {
        return false;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct kind *kind = &kinds[i];
        if (kind->family == family && kind->type == bytes[0] && kind->code == bytes[1]) {
            out->what = kind->what;
        }
    }
    size_t rest = datagram->len - ERROR_HEADER_LEN - header;
    out->protocol = quoted[family == 4 ? 9 : 6];
    out->source = net_address_of(family, quoted + (family == 4 ? 12 : 8));
    out->destination = net_address_of(family, quoted + (family == 4 ? 16 : 24));
    out->payload = (struct trace_bytes){quoted + header, rest};
    if (out->protocol == NET_PROTOCOL_UDP) {
        if (rest < UDP_LEN) {
            return false;
        }
        out->source_port = (uint16_t)get16(quoted + header);
        out->destination_port = (uint16_t)get16(quoted + header + 2);
        out->payload = (struct trace_bytes){quoted + header + UDP_LEN, rest - UDP_LEN};
    }
    return out->what != NULL;
}
