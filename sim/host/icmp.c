#include "sim/host/icmp.h"

#include "sim/host/octets.h"

/* Types of the message, by family. */
enum {
    ICMP_ECHO_REPLY = 0,
    ICMP_ECHO_REQUEST = 8,
    ICMPV6_ECHO_REQUEST = 128,
    ICMPV6_ECHO_REPLY = 129,
};

/* ICMPv6 has a pseudo-header under its checksum (RFC 4443 §2.3), ICMP has not. */
static uint16_t checksum(const struct ip_packet *ip, const uint8_t *message, size_t len)
{
    return ip->source.family == 4 ? ip_checksum(message, len)
                                  : ip_pseudo_checksum(ip, message, len);
}

static uint8_t type_of(uint8_t family, bool reply)
{
    if (family == 4) {
        return reply ? ICMP_ECHO_REPLY : ICMP_ECHO_REQUEST;
    }
    return reply ? ICMPV6_ECHO_REPLY : ICMPV6_ECHO_REQUEST;
}

size_t icmp_echo_len(const struct icmp_echo *echo, size_t data_len)
{
    return ip_header_len(&echo->source) + ICMP_HEADER_LEN + data_len;
}

size_t icmp_echo_build(const struct icmp_echo *echo, size_t data_len, uint8_t *packet)
{
    struct ip_packet ip = {
        .source = echo->source,
        .destination = echo->destination,
        .protocol = echo->source.family == 4 ? IP_PROTOCOL_ICMP : IP_PROTOCOL_ICMPV6,
        .identification = echo->sequence,
    };
    size_t len = ICMP_HEADER_LEN + data_len;
    size_t header = ip_header_build(&ip, len, packet);
    uint8_t *icmp = packet + header;
    icmp[0] = type_of(echo->source.family, echo->reply);
    icmp[1] = 0;
    put16(icmp + 2, 0);
    put16(icmp + 4, echo->identifier);
    put16(icmp + 6, echo->sequence);
    uint8_t *data = icmp + ICMP_HEADER_LEN;
    put64(data, echo->sent_at);
    for (size_t i = ICMP_DATA_MIN; i < data_len; i++) {
        data[i] = (uint8_t)i;
    }
    put16(icmp + 2, checksum(&ip, icmp, len));
    return header + len;
}

bool icmp_echo_parse(struct crypto_bytes packet, struct icmp_echo *echo)
{
    struct ip_packet ip;
    if (!ip_packet_parse(packet, &ip) || ip.payload.len < ICMP_HEADER_LEN + ICMP_DATA_MIN ||
        ip.protocol != (ip.source.family == 4 ? IP_PROTOCOL_ICMP : IP_PROTOCOL_ICMPV6)) {
        return false;
    }
    const uint8_t *icmp = ip.payload.data;
    bool reply = icmp[0] == type_of(ip.source.family, true);
    if ((!reply && icmp[0] != type_of(ip.source.family, false)) || icmp[1] != 0 ||
        checksum(&ip, icmp, ip.payload.len) != 0) {
        return false;
    }
    *echo = (struct icmp_echo){
        .source = ip.source,
        .destination = ip.destination,
        .reply = reply,
        .identifier = get16(icmp + 4),
        .sequence = get16(icmp + 6),
        .sent_at = get64(icmp + ICMP_HEADER_LEN),
    };
    return true;
}
