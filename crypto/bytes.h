/* A view of bytes that somebody else owns. */
#ifndef IKESIM_CRYPTO_BYTES_H
#define IKESIM_CRYPTO_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct crypto_bytes {
    const uint8_t *data;
    size_t len;
};

static inline struct crypto_bytes crypto_bytes(const void *data, size_t len)
{
    return (struct crypto_bytes){(const uint8_t *)data, len};
}

#endif
