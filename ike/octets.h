/* Numbers as the wire has them: SPIs, window sizes. */
#ifndef IKESIM_IKE_OCTETS_H
#define IKESIM_IKE_OCTETS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void ike_store_u32(uint8_t *out, uint32_t value)
{
    value = htobe32(value);
    memcpy(out, &value, sizeof(value));
}

static inline uint32_t ike_load_u32(const uint8_t *octets)
{
    uint32_t value;

    memcpy(&value, octets, sizeof(value));
    return be32toh(value);
}

static inline void ike_store_u64(uint8_t *out, uint64_t value)
{
    value = htobe64(value);
    memcpy(out, &value, sizeof(value));
}

static inline uint64_t ike_load_u64(const uint8_t *octets)
{
    uint64_t value;

    memcpy(&value, octets, sizeof(value));
    return be64toh(value);
}

#endif
