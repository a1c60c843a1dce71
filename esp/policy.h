/*
 * Selectors (RFC 4301 §4.4.1.1): what of an inner packet decides which CHILD SA it belongs to, and
 * whether it fits. Inner packets are IPv4 here.
 */
#ifndef IKESIM_ESP_POLICY_H
#define IKESIM_ESP_POLICY_H

#include "esp/esp.h"

/* Port of a packet that shows none: no transport header that has ports, or not the first fragment.
 * RFC 4301 calls it OPAQUE. */
#define ESP_PORT_OPAQUE (-1)
/* Not asked for. ICMP's type and code are compared with the sender's selector only, so that "may
 * send, may not receive" can be said (RFC 4301 §4.4.1.3). */
#define ESP_PORT_UNUSED (-2)

/* Addresses in host order. Ports: 0 to 65535, or one of the above; for ICMP, type and code as one
 * 16-bit number in source_port. */
struct esp_flow {
    uint32_t source, destination;
    int32_t source_port, destination_port;
    uint8_t ip_protocol;
};

/* A selector as it is kept, 16 octets. Host order. */
struct esp_range {
    uint32_t start, end;
    uint16_t start_port, end_port;
    uint8_t ip_protocol; /* 0 = any */
};

struct esp_ranges {
    const struct esp_range *items;
    size_t count;
};

/* Reads the header of an IPv4 packet. *len gets its Total Length, which is at most packet.len;
 * what lies behind is not part of it. False if this is not a whole IPv4 packet. */
bool esp_flow_read(struct crypto_bytes packet, struct esp_flow *flow, size_t *len);

/* Copies the selectors that IPv4 packets can match and returns how many they are, at most `count`;
 * `out` may be NULL, to count. */
size_t esp_ranges_from(struct esp_range *out, const struct esp_selector *selectors, size_t count);

/* Whether a packet going from `source` to `destination` is one that these selectors mean. */
bool esp_policy_allows(const struct esp_flow *flow, struct esp_ranges source,
                       struct esp_ranges destination);

#endif
