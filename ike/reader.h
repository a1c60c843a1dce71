/*
 * Reads bytes that nobody vouches for, integers big-endian (RFC 7296 §3.1). Every function answers
 * false and moves nothing where too few octets are left, so that reading past the end is not
 * possible.
 */
#ifndef IKESIM_IKE_READER_H
#define IKESIM_IKE_READER_H

#include <stdbool.h>

#include "crypto/bytes.h"

struct ike_reader {
    const uint8_t *data;
    size_t len;
    size_t at; /* next octet; never greater than len */
};

static inline struct ike_reader ike_reader(struct crypto_bytes bytes)
{
    return (struct ike_reader){bytes.data, bytes.len, 0};
}

static inline size_t ike_reader_left(const struct ike_reader *reader)
{
    return reader->len - reader->at;
}

static inline bool ike_read_u8(struct ike_reader *reader, uint8_t *value)
{
    if (ike_reader_left(reader) < 1) {
        return false;
    }
    *value = reader->data[reader->at++];
    return true;
}

static inline bool ike_read_u16(struct ike_reader *reader, uint16_t *value)
{
    const uint8_t *p = reader->data + reader->at;

    if (ike_reader_left(reader) < 2) {
        return false;
    }
    *value = (uint16_t)(p[0] << 8 | p[1]);
    reader->at += 2;
    return true;
}

static inline bool ike_read_u32(struct ike_reader *reader, uint32_t *value)
{
    const uint8_t *p = reader->data + reader->at;

    if (ike_reader_left(reader) < 4) {
        return false;
    }
    *value = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    reader->at += 4;
    return true;
}

static inline bool ike_read_u64(struct ike_reader *reader, uint64_t *value)
{
    uint32_t high = 0, low = 0;

    if (ike_reader_left(reader) < 8) {
        return false;
    }
    (void)ike_read_u32(reader, &high);
    (void)ike_read_u32(reader, &low);
    *value = (uint64_t)high << 32 | low;
    return true;
}

/* A view of the next `len` octets. */
static inline bool ike_read_bytes(struct ike_reader *reader, size_t len, struct crypto_bytes *view)
{
    if (ike_reader_left(reader) < len) {
        return false;
    }
    *view = crypto_bytes(reader->data + reader->at, len);
    reader->at += len;
    return true;
}

/* A view of all that is left. */
static inline struct crypto_bytes ike_read_rest(struct ike_reader *reader)
{
    struct crypto_bytes view = crypto_bytes(reader->data + reader->at, reader->len - reader->at);

    reader->at = reader->len;
    return view;
}

#endif
