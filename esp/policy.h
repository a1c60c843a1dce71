/*
 * Selectors (RFC 4301 §4.4.1.1): what of an inner packet decides which CHILD SA it belongs to, and
 * whether it fits. IPv4 and IPv6 packets alike.
 */
#ifndef IKESIM_ESP_POLICY_H
#define IKESIM_ESP_POLICY_H

#include "esp/address.h"
#include "esp/esp.h"

/* Port of a packet that shows none: no transport header that has ports, or not the first fragment.
 * RFC 4301 calls it OPAQUE. */
#define ESP_PORT_OPAQUE (-1)
/* Not asked for. ICMP's type and code and the Mobility Header's type are compared with the sender's
 * selector only, so that "may send, may not receive" can be said (RFC 4301 §4.4.1.3). */
#define ESP_PORT_UNUSED (-2)

/* Ports: 0 to 65535, or one of the above; for ICMP, type and code as one 16-bit number in
 * source_port, for the Mobility Header its type times 256. */
struct esp_flow {
    struct esp_address source, destination;
    int32_t source_port, destination_port;
    uint8_t family; /* 4 or 6 */
    uint8_t ip_protocol;
};

/* A selector as it is kept, 40 octets. */
struct esp_range {
    struct esp_address start, end; /* the end padded with ones */
    uint16_t start_port, end_port; /* host order */
    uint8_t family;
    uint8_t ip_protocol; /* 0 = any */
};

struct esp_ranges {
    const struct esp_range *items;
    size_t count;
};

/* Reads the headers of an IPv4 or IPv6 packet. IPv6's Hop-by-Hop Options, Routing, Fragment and
 * Destination Options are skipped on the way to the protocol (RFC 4301 §4.4.1.1). *len gets the
 * length that the header says, which is at most packet.len; what lies behind is not part of the
 * packet. False if this is no whole packet, or its extension headers do not end in it. */
bool esp_flow_read(struct crypto_bytes packet, struct esp_flow *flow, size_t *len);

/* Copies `count` selectors into their kept form. */
void esp_ranges_from(struct esp_range *out, const struct esp_selector *selectors, size_t count);

/* Whether a packet going from `source` to `destination` is one that these selectors mean. */
bool esp_policy_allows(const struct esp_flow *flow, struct esp_ranges source,
                       struct esp_ranges destination);

#endif
