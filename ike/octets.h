/* Numbers as the wire has them: SPIs, window sizes. */
#ifndef IKESIM_IKE_OCTETS_H
#define IKESIM_IKE_OCTETS_H

#include <stdint.h>

static inline void ike_store_u32(uint8_t out[4], uint32_t value)
{
    out[0] = (uint8_t)(value >> 24);
    out[1] = (uint8_t)(value >> 16);
    out[2] = (uint8_t)(value >> 8);
    out[3] = (uint8_t)value;
}

static inline uint32_t ike_load_u32(const uint8_t *octets)
{
    return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
           octets[3];
}

static inline void ike_store_u64(uint8_t out[8], uint64_t value)
{
    ike_store_u32(out, (uint32_t)(value >> 32));
    ike_store_u32(out + 4, (uint32_t)value);
}

static inline uint64_t ike_load_u64(const uint8_t *octets)
{
    return (uint64_t)ike_load_u32(octets) << 32 | ike_load_u32(octets + 4);
}

#endif
