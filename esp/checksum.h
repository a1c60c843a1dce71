/* Checksums of TCP and UDP behind a NAT (RFC 3948 §3.1.2). */
#ifndef IKESIM_ESP_CHECKSUM_H
#define IKESIM_ESP_CHECKSUM_H

#include "esp/front.h"

/* A packet of transport mode whose sender has made the checksum with its own addresses, while the
 * header has what a NAT made of them: adjusts the checksum so that it fits the header. `packet` is
 * whole, `len` octets of `ip_protocol` behind its front; what has no such checksum stays as it is.
 * `real` are the addresses as the sender has them: remote its own, local ours. Of IPv6 the header's
 * addresses count, whatever a routing header says. */
void esp_checksum_fix(uint8_t *packet, const struct esp_front *front, uint8_t ip_protocol,
                      size_t len, const struct esp_outer *real);

#endif
