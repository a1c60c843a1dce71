/* The inner packets of a ping: ICMP echo (RFC 792) in IPv4, ICMPv6 echo (RFC 4443 §4) in IPv6. */
#ifndef IKESIM_SIM_HOST_ICMP_H
#define IKESIM_SIM_HOST_ICMP_H

#include "sim/host/ip.h"

#define ICMP_HEADER_LEN 8
#define ICMP_DATA_MIN 8 /* room for the time of sending */

struct icmp_echo {
    struct net_address source, destination; /* of one family */
    bool reply;
    uint16_t identifier, sequence;
    uint64_t sent_at; /* ns; the first octets of the data, as ping does it */
};

/* Octets of a packet with `data_len` octets of data. */
size_t icmp_echo_len(const struct icmp_echo *echo, size_t data_len);

/* Writes an echo with `data_len` octets of data (at least ICMP_DATA_MIN). `packet` has room for
 * icmp_echo_len of them. Returns the length. */
size_t icmp_echo_build(const struct icmp_echo *echo, size_t data_len, uint8_t *packet);

/* Reads an echo request or reply; false if it is none or a checksum is wrong. */
bool icmp_echo_parse(struct crypto_bytes packet, struct icmp_echo *echo);

#endif
