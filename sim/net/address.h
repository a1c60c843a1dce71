/* Addresses of hosts, IPv4 and IPv6 alike, in bytes and text. */
#ifndef IKESIM_SIM_NET_ADDRESS_H
#define IKESIM_SIM_NET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the longest IPv6 address, with the end of the string. */
#define NET_ADDRESS_TEXT 46

/* Whole objects are compared and hashed, so what an IPv4 address leaves free is zeros. */
struct net_address {
    uint8_t family;     /* 4 or 6; 0: none */
    uint8_t octets[16]; /* network order; the first 4 with IPv4 */
};

/* Octets of an address of that family. */
static inline size_t net_address_len(uint8_t family)
{
    return family == 6 ? 16 : family == 4 ? 4 : 0;
}

/* From network order: net_address_len(family) octets. */
struct net_address net_address_of(uint8_t family, const uint8_t *octets);

/* Writes "192.0.2.10" or "2001:db8::10" (RFC 5952); returns `text`. */
const char *net_address_print(const struct net_address *address, char text[NET_ADDRESS_TEXT]);

/* Reads exactly four decimal octets, or an IPv6 address without a zone. */
bool net_address_parse(const char *text, struct net_address *address);

/* Of one family and the same octets. */
bool net_address_equal(const struct net_address *a, const struct net_address *b);

/* The address `by` steps further; false if there are not so many behind it. */
bool net_address_add(struct net_address *address, uint64_t by);

/* True if one host can have it: neither 0, loopback, multicast nor reserved. */
bool net_address_is_host(const struct net_address *address);

#endif
