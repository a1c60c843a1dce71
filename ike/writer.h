/*
 * Writes into the builder's buffer, integers big-endian (RFC 7296 §3.1). What does not fit is not
 * written and sets `overflow`, which stays set: callers check once, at the end.
 */
#ifndef IKESIM_IKE_WRITER_H
#define IKESIM_IKE_WRITER_H

#include <string.h>

#include "ike/message.h"
#include "ike/octets.h"

/* Room for `len` octets, NULL if there is none. */
static inline uint8_t *ike_write_room(struct ike_builder *builder, size_t len)
{
    uint8_t *room = NULL;

    if (builder->overflow || builder->cap - builder->len < len) {
        builder->overflow = true;
        return NULL;
    }
    room = builder->data + builder->len;
    builder->len += len;
    return room;
}

static inline void ike_write_u8(struct ike_builder *builder, uint8_t value)
{
    uint8_t *p = ike_write_room(builder, 1);

    if (p != NULL) {
        p[0] = value;
    }
}

static inline void ike_write_u16(struct ike_builder *builder, uint16_t value)
{
    uint8_t *p = ike_write_room(builder, 2);

    if (p != NULL) {
        p[0] = (uint8_t)(value >> 8);
        p[1] = (uint8_t)value;
    }
}

static inline void ike_write_u32(struct ike_builder *builder, uint32_t value)
{
    uint8_t *p = ike_write_room(builder, 4);

    if (p != NULL) {
        ike_store_u32(p, value);
    }
}

static inline void ike_write_u64(struct ike_builder *builder, uint64_t value)
{
    uint8_t *p = ike_write_room(builder, 8);

    if (p != NULL) {
        ike_store_u64(p, value);
    }
}

static inline void ike_write_bytes(struct ike_builder *builder, struct crypto_bytes bytes)
{
    uint8_t *p = ike_write_room(builder, bytes.len);

    if (p != NULL && bytes.len != 0) {
        memcpy(p, bytes.data, bytes.len);
    }
}

static inline void ike_write_zeros(struct ike_builder *builder, size_t len)
{
    uint8_t *p = ike_write_room(builder, len);

    if (p != NULL && len != 0) {
        memset(p, 0, len);
    }
}

/* Writes over two octets that are there already. */
static inline void ike_write_u16_at(struct ike_builder *builder, size_t at, uint16_t value)
{
    if (!builder->overflow) {
        builder->data[at] = (uint8_t)(value >> 8);
        builder->data[at + 1] = (uint8_t)value;
    }
}

#endif
