/* The inner packets of a ping: IPv4 (RFC 791) with ICMP echo (RFC 792) inside, checksums and all.
 */
#ifndef IKESIM_SIM_HOST_ICMP_H
#define IKESIM_SIM_HOST_ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/bytes.h"

#define ICMP_OVERHEAD 28 /* IPv4 header and ICMP header */
#define ICMP_DATA_MIN 8  /* room for the time of sending */

struct icmp_echo {
    uint8_t source[4], destination[4];
    bool reply;
    uint16_t identifier, sequence;
    uint64_t sent_at; /* ns; the first octets of the data, as ping does it */
};

/* Writes an echo with `data_len` octets of data (at least ICMP_DATA_MIN). `packet` has room for
 * ICMP_OVERHEAD + data_len. Returns the length. */
size_t icmp_echo_build(const struct icmp_echo *echo, size_t data_len, uint8_t *packet);

/* Reads an echo request or reply; false if it is none or a checksum is wrong. */
bool icmp_echo_parse(struct crypto_bytes packet, struct icmp_echo *echo);

#endif
