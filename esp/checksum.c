#include "esp/checksum.h"

#include "esp/ip.h"

enum { TCP = 6, UDP = 17, ICMPV6 = 58 };

/* Where in the header it is; 0: that protocol has none over the addresses. */
static size_t checksum_at(uint8_t ip_protocol)
{
    switch (ip_protocol) {
    case TCP:
        return 16;
    case UDP:
        return 6;
    case ICMPV6:
        return 2; /* unlike ICMP (RFC 4443 §2.3) */
    default:
        return 0;
    }
}

/* In one's complement, to be folded. */
static uint32_t sum_of(const uint8_t *octets, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i += 2) {
        sum += ip_read_16(octets + i);
    }
    return sum;
}

void esp_checksum_fix(uint8_t *packet, const struct esp_front *front, uint8_t ip_protocol,
                      size_t len, const struct esp_outer *real)
{
    bool ipv4 = front->family == 4;
    size_t at = checksum_at(ip_protocol), address = ipv4 ? 4 : 16;
    if (at == 0 || len < at + 2 || (ipv4 && ip_protocol == ICMPV6) ||
        real->family != front->family) {
        return;
    }
    uint8_t *checksum = packet + front->len + at;
    uint32_t before = ip_read_16(checksum);
    if (ip_protocol == UDP && before == 0) {
        return; /* its sender has made none */
    }
    /* HC' = ~(~HC + ~m + m'), with m' what the receiver will count (RFC 1624). */
    uint32_t gone = ip_fold(sum_of(real->remote, address) + sum_of(real->local, address));
    uint32_t come = sum_of(packet + (ipv4 ? 12 : 8), 2 * address);
    uint32_t sum = ~ip_fold((~before & 0xffff) + (~gone & 0xffff) + come) & 0xffff;
    if (ip_protocol == UDP && sum == 0) {
        sum = 0xffff;
    }
    checksum[0] = (uint8_t)(sum >> 8);
    checksum[1] = (uint8_t)sum;
}
