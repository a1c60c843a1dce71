#include "sim/host/ip.h"

#include <assert.h>
#include <string.h>

#include "sim/host/octets.h"

enum { HOP_LIMIT = 64 };

size_t ip_header_len(const struct net_address *address)
{
    return address->family == 4 ? IPV4_HEADER_LEN : IPV6_HEADER_LEN;
}

/* ---- checksums ---- */

static uint32_t sum_words(uint32_t sum, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2) {
        sum += get16(data + i);
    }
    return len % 2 ? sum + ((uint32_t)data[len - 1] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

uint16_t ip_checksum(const uint8_t *data, size_t len)
{
    return fold(sum_words(0, data, len));
}

uint16_t ip_pseudo_checksum(const struct ip_packet *packet, const uint8_t *payload, size_t len)
{
    size_t octets = net_address_len(packet->source.family);
    uint32_t sum = sum_words(0, packet->source.octets, octets);
    sum = sum_words(sum, packet->destination.octets, octets);
    /* Lengths of packets have 16 bits: the upper half of IPv6's 32 is zero. */
    sum += (uint32_t)len + packet->protocol;
    return fold(sum_words(sum, payload, len));
}

/* ---- headers ---- */

size_t ip_header_build(const struct ip_packet *packet, size_t payload_len, uint8_t *out)
{
    size_t header = ip_header_len(&packet->source);
    assert(packet->source.family == packet->destination.family);
    memset(out, 0, header);
    if (packet->source.family == 4) {
        out[0] = 0x45;
        put16(out + 2, (uint16_t)(header + payload_len));
        put16(out + 4, packet->identification);
        out[8] = HOP_LIMIT;
        out[9] = packet->protocol;
        memcpy(out + 12, packet->source.octets, 4);
        memcpy(out + 16, packet->destination.octets, 4);
        put16(out + 10, ip_checksum(out, header));
    } else {
        out[0] = 0x60;
        put16(out + 4, (uint16_t)payload_len);
        out[6] = packet->protocol;
        out[7] = HOP_LIMIT;
        memcpy(out + 8, packet->source.octets, 16);
        memcpy(out + 24, packet->destination.octets, 16);
    }
    return header;
}

bool ip_packet_parse(struct crypto_bytes bytes, struct ip_packet *packet)
{
    const uint8_t *p = bytes.data;
    *packet = (struct ip_packet){0};
    if (bytes.len >= IPV4_HEADER_LEN && p[0] == 0x45) {
        if (get16(p + 2) != bytes.len || ip_checksum(p, IPV4_HEADER_LEN) != 0) {
            return false;
        }
        packet->source.family = packet->destination.family = 4;
        packet->protocol = p[9];
        packet->identification = get16(p + 4);
        memcpy(packet->source.octets, p + 12, 4);
        memcpy(packet->destination.octets, p + 16, 4);
    } else if (bytes.len >= IPV6_HEADER_LEN && p[0] >> 4 == 6) {
        if (get16(p + 4) != bytes.len - IPV6_HEADER_LEN) {
            return false;
        }
        packet->source.family = packet->destination.family = 6;
        packet->protocol = p[6];
        memcpy(packet->source.octets, p + 8, 16);
        memcpy(packet->destination.octets, p + 24, 16);
    } else {
        return false;
    }
    size_t header = ip_header_len(&packet->source);
    packet->payload = crypto_bytes(p + header, bytes.len - header);
    return true;
}
