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

enum { IP_PROTOCOL_ICMP = 1, IP_PROTOCOL_UDP = 17, IP_PROTOCOL_ICMPV6 = 58 };

enum { IPV4_HEADER_LEN = 20, IPV6_HEADER_LEN = 40 };

/* Room for any address in text. */
#define IP_ADDRESS_TEXT 46

struct ip_address {
    uint8_t family;     /* 4 or 6; 0: none */
    uint8_t octets[16]; /* network order; 4 of them used with IPv4, the others 0 */
};

/* One packet: both addresses are of one family. */
struct ip_packet {
    struct ip_address source, destination;
    uint8_t protocol;
    uint16_t identification;     /* of IPv4 */
    struct crypto_bytes payload; /* of a packet that was read; views it */
};

size_t ip_header_len(const struct ip_address *address);

/* "192.0.2.1" or "2001:db8::1" (RFC 5952); returns `text`. */
const char *ip_address_print(const struct ip_address *address, char text[IP_ADDRESS_TEXT]);

/* Reads an address of either family; false if the text is none. */
bool ip_address_parse(const char *text, struct ip_address *address);

bool ip_address_equal(const struct ip_address *a, const struct ip_address *b);

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
