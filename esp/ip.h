/* Numbers of IPv4 (RFC 791) and IPv6 (RFC 8200) headers, for esp/ only. */
#ifndef IKESIM_ESP_IP_H
#define IKESIM_ESP_IP_H

#include <stdint.h>

enum {
    IPV4_HEADER_MIN = 20,
    IPV4_MORE_FRAGMENTS = 0x2000,
    IPV4_FRAGMENT_OFFSET = 0x1fff,
    IPV6_HEADER = 40,
    IPV6_FRAGMENT_OFFSET = 0xfff8,
    IPV6_HOP_BY_HOP = 0,
    IPV6_ROUTING = 43,
    IPV6_FRAGMENT = 44,
    IPV6_DESTINATION_OPTIONS = 60,
};

static inline uint16_t ip_read_16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

#endif
