/*
 * The headers of inner packets: IPv4 (RFC 791) and IPv6 (RFC 8200), and the checksum that what they
 * carry has over them.
 */
#ifndef IKESIM_SIM_HOST_IP_H
#define IKESIM_SIM_HOST_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/bytes.h"
#include "sim/net/address.h"

enum { IP_PROTOCOL_ICMP = 1, IP_PROTOCOL_UDP = 17, IP_PROTOCOL_ICMPV6 = 58 };

enum { IPV4_HEADER_LEN = 20, IPV6_HEADER_LEN = 40 };

/* One packet: both addresses are of one family. */
struct ip_packet {
    struct net_address source, destination;
    uint8_t protocol;
    uint16_t identification;     /* of IPv4 */
    struct crypto_bytes payload; /* of a packet that was read; views it */
};

/* Octets of the plainest header of the address's family. */
size_t ip_header_len(const struct net_address *address);

/* Writes the header before `payload_len` octets. Returns its length. */
size_t ip_header_build(const struct ip_packet *packet, size_t payload_len, uint8_t *out);

/* Reads a whole packet without IPv4 options or IPv6 extension headers; false if it is none, or the
 * checksum of the IPv4 header is wrong. */
bool ip_packet_parse(struct crypto_bytes bytes, struct ip_packet *packet);

/* Internet checksum (RFC 1071) of the octets. 0 over what holds its own right checksum. */
uint16_t ip_checksum(const uint8_t *data, size_t len);

/* The same with the pseudo-header of the packet before it (RFC 768; RFC 8200 §8.1). */
uint16_t ip_pseudo_checksum(const struct ip_packet *packet, const uint8_t *payload, size_t len);

#endif
