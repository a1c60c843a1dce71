/*
 * Addresses of inner packets, IPv4 and IPv6 alike: 128 bits with the address at the top. An IPv4
 * address is 32 bits and what follows is padding, all zeros in a first address and all ones in a
 * last one, so that the arithmetic of prefixes needs no family.
 */
#ifndef IKESIM_ESP_ADDRESS_H
#define IKESIM_ESP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ESP_ADDRESS_BITS 128

struct esp_address {
    uint64_t high, low;
};

/* From network order: 4 octets with family 4, 16 with family 6. The padding is zeros. */
static inline struct esp_address esp_address_read(const uint8_t *at, unsigned family)
{
    uint64_t half[2] = {0, 0};
    size_t len = family == 4 ? 4 : 16;
    for (size_t i = 0; i < len; i++) {
        half[i / 8] |= (uint64_t)at[i] << (56 - 8 * (i % 8));
    }
    return (struct esp_address){half[0], half[1]};
}

/* What lies behind a prefix of `len` bits, 0 to 128, as ones. */
static inline struct esp_address esp_address_tail(unsigned len)
{
    if (len >= 64) {
        return (struct esp_address){0, len == 128 ? 0 : UINT64_MAX >> (len - 64)};
    }
    return (struct esp_address){UINT64_MAX >> len, UINT64_MAX};
}

/* The first address of the prefix that `address` is in, and the last one. */
static inline struct esp_address esp_address_first(struct esp_address address, unsigned len)
{
    struct esp_address tail = esp_address_tail(len);
    return (struct esp_address){address.high & ~tail.high, address.low & ~tail.low};
}

static inline struct esp_address esp_address_last(struct esp_address address, unsigned len)
{
    struct esp_address tail = esp_address_tail(len);
    return (struct esp_address){address.high | tail.high, address.low | tail.low};
}

static inline bool esp_address_equal(struct esp_address a, struct esp_address b)
{
    return a.high == b.high && a.low == b.low;
}

/* a <= b */
static inline bool esp_address_in_order(struct esp_address a, struct esp_address b)
{
    return a.high < b.high || (a.high == b.high && a.low <= b.low);
}

/* The next address; the first of all behind the last. */
static inline struct esp_address esp_address_next(struct esp_address address)
{
    address.low++;
    address.high += address.low == 0;
    return address;
}

#endif
