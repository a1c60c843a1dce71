/*
 * What stands in front of ESP or AH in a packet: the IP header, IPv4's with its options, IPv6's
 * with the extension headers that routers on the way look at (RFC 4303 §3.1.1, RFC 4302 §3.1.1). In
 * transport mode it is the packet's own header, in tunnel mode a new one.
 */
#ifndef IKESIM_ESP_FRONT_H
#define IKESIM_ESP_FRONT_H

#include "esp/esp.h"

struct esp_front {
    uint8_t family;      /* 4 or 6 */
    size_t len;          /* octets, ESP_FRONT_MAX of esp/limits.h at most */
    size_t protocol_at;  /* the octet that says what follows */
    uint8_t ip_protocol; /* and what it says */
};

/* Where ESP or AH is to go into a whole packet: behind Hop-by-Hop Options, Routing and the
 * Destination Options that belong to Routing; the other Destination Options come behind ESP or AH,
 * which protects them. ESP_OK; ESP_FRAGMENT for a fragment, which transport mode does not take
 * (RFC 4301 §7.1); ESP_BAD_INNER if the headers do not end in the packet, or are too long. */
enum esp_verdict esp_front_before(struct crypto_bytes packet, struct esp_front *front);

/* Where ESP or AH begins in a packet that came in: its sender may have left Destination Options in
 * front. ESP_OK; ESP_FRAGMENT for what should have been reassembled first (RFC 4303 §3.4.1);
 * ESP_BAD_INNER if there is neither of the two. */
enum esp_verdict esp_front_read(struct crypto_bytes packet, struct esp_front *front);

/* Length of the packet as its header says it, the front included. */
size_t esp_front_total(struct crypto_bytes packet, const struct esp_front *front);

/* Makes the front say that `ip_protocol` and `rest` octets follow: protocol, length, and IPv4's
 * checksum. `packet` holds the front. */
void esp_front_set(uint8_t *packet, const struct esp_front *front, uint8_t ip_protocol,
                   size_t rest);

/* The plainest header from `outer.local` to `outer.remote`: hop limit 64, IPv4 not to be
 * fragmented. Length and protocol are left to esp_front_set. `packet` has room for 40 octets. */
void esp_front_make(uint8_t *packet, const struct esp_outer *outer, struct esp_front *front);

#endif
