#include "sim/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct net_address net_address_of(uint8_t family, const uint8_t *octets)
{
    struct net_address address = {.family = family};
    memcpy(address.octets, octets, net_address_len(family));
    return address;
}

const char *net_address_print(const struct net_address *address, char text[NET_ADDRESS_TEXT])
{
    const uint8_t *octets = address->octets;
    if (address->family == 6) {
        return inet_ntop(AF_INET6, octets, text, NET_ADDRESS_TEXT);
    }
    /* By hand: each datagram's event has two of them. */
    char *at = text;
    for (int i = 0; i < 4; i++) {
        unsigned octet = octets[i];
        if (octet >= 100) {
            *at++ = (char)('0' + octet / 100);
        }
        if (octet >= 10) {
            *at++ = (char)('0' + octet / 10 % 10);
        }
        *at++ = (char)('0' + octet % 10);
        *at++ = i < 3 ? '.' : '\0';
    }
    return text;
}

static bool parse_ipv4(const char *text, uint8_t octets[4])
{
    for (int i = 0; i < 4; i++) {
        unsigned value = 0;
        int digits = 0;
        while (*text >= '0' && *text <= '9' && digits < 3) {
            value = value * 10 + (unsigned)(*text++ - '0');
            digits++;
        }
        if (digits == 0 || value > 255 || (i < 3 ? *text++ != '.' : *text != '\0')) {
            return false;
        }
        octets[i] = (uint8_t)value;
    }
    return true;
}

bool net_address_parse(const char *text, struct net_address *address)
{
    *address = (struct net_address){.family = strchr(text, ':') ? 6 : 4};
    return address->family == 6 ? inet_pton(AF_INET6, text, address->octets) == 1
                                : parse_ipv4(text, address->octets);
}

bool net_address_equal(const struct net_address *a, const struct net_address *b)
{
    return a->family == b->family && memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

bool net_address_add(struct net_address *address, uint64_t by)
{
    for (size_t i = net_address_len(address->family); i > 0; i--) {
        uint64_t sum = address->octets[i - 1] + (by & 0xff);
        address->octets[i - 1] = (uint8_t)sum;
        by = (by >> 8) + (sum >> 8);
    }
    return by == 0;
}

bool net_address_is_host(const struct net_address *address)
{
    static const uint8_t zeros[15] = {0};
    const uint8_t *octets = address->octets;
    if (address->family == 6) {
        /* Neither :: nor ::1, nor multicast. */
        return octets[0] != 0xff && (memcmp(octets, zeros, 15) != 0 || octets[15] > 1);
    }
    return octets[0] != 0 && octets[0] != 127 && octets[0] < 224;
}
