#include "sim/host/icmp.h"

#include <string.h>

enum {
    IPV4_HEADER = 20,
    ICMP_HEADER = 8,
    ICMP_ECHO_REPLY = 0,
    ICMP_ECHO_REQUEST = 8,
    PROTOCOL_ICMP = 1,
    TTL = 64,
};

static void put16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* Internet checksum (RFC 1071); 0 over a header that holds its own right checksum. */
static uint16_t checksum(const uint8_t *data, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < len; i += 2) {
        sum += get16(data + i);
    }
    if (len % 2) {
        sum += (uint32_t)data[len - 1] << 8;
    }
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

size_t icmp_echo_build(const struct icmp_echo *echo, size_t data_len, uint8_t *packet)
{
    size_t len = ICMP_OVERHEAD + data_len;
    memset(packet, 0, ICMP_OVERHEAD);
    packet[0] = 0x45;
    put16(packet + 2, (uint16_t)len);
    put16(packet + 4, echo->sequence);
    packet[8] = TTL;
    packet[9] = PROTOCOL_ICMP;
    memcpy(packet + 12, echo->source, 4);
    memcpy(packet + 16, echo->destination, 4);
    put16(packet + 10, checksum(packet, IPV4_HEADER));

    uint8_t *icmp = packet + IPV4_HEADER;
    icmp[0] = echo->reply ? ICMP_ECHO_REPLY : ICMP_ECHO_REQUEST;
    put16(icmp + 4, echo->identifier);
    put16(icmp + 6, echo->sequence);
    uint8_t *data = icmp + ICMP_HEADER;
    for (size_t i = 0; i < data_len; i++) {
        data[i] = (uint8_t)(i < 8 ? echo->sent_at >> (56 - 8 * i) : i);
    }
    put16(icmp + 2, checksum(icmp, ICMP_HEADER + data_len));
    return len;
}

bool icmp_echo_parse(struct crypto_bytes packet, struct icmp_echo *echo)
{
    const uint8_t *p = packet.data;
    if (packet.len < ICMP_OVERHEAD + ICMP_DATA_MIN || p[0] != 0x45 || get16(p + 2) != packet.len ||
        p[9] != PROTOCOL_ICMP || checksum(p, IPV4_HEADER) != 0) {
        return false;
    }
    const uint8_t *icmp = p + IPV4_HEADER;
    if ((icmp[0] != ICMP_ECHO_REPLY && icmp[0] != ICMP_ECHO_REQUEST) || icmp[1] != 0 ||
        checksum(icmp, packet.len - IPV4_HEADER) != 0) {
        return false;
    }
    *echo = (struct icmp_echo){
        .reply = icmp[0] == ICMP_ECHO_REPLY,
        .identifier = get16(icmp + 4),
        .sequence = get16(icmp + 6),
    };
    memcpy(echo->source, p + 12, 4);
    memcpy(echo->destination, p + 16, 4);
    for (size_t i = 0; i < 8; i++) {
        echo->sent_at = echo->sent_at << 8 | icmp[ICMP_HEADER + i];
    }
    return true;
}
