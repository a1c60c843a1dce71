/* The octets of run.index. */
#include <string.h>
#include <xxhash.h>

#include "trace/index.h"

/* Starts a record; returns where it starts. */
static size_t record_begin(struct trace_buffer *out, enum trace_index_type type)
{
    size_t start = out->len;
    trace_put_u32(out, type);
    trace_put_u32(out, 0);
    trace_put_u64(out, 0);
    return start;
}

uint64_t trace_index_hash(const uint8_t *header, const uint8_t *payload, size_t len)
{
    return XXH3_64bits_withSeed(payload, len, trace_load_u64(header));
}

/* Fills in the length and the hash, and pads to a multiple of 8. */
static void record_end(struct trace_buffer *out, size_t start)
{
    uint8_t *record = out->data + start;
    size_t len = out->len - start - TRACE_RECORD_HEADER;
    trace_store_u64(record, trace_load_u32(record) | (uint64_t)len << 32);
    trace_store_u64(record + 8, trace_index_hash(record, record + TRACE_RECORD_HEADER, len));
    while (out->len % 8 != start % 8) {
        trace_put_u8(out, 0);
    }
}

void trace_index_put_header(struct trace_buffer *out)
{
    trace_put_bytes(out, TRACE_INDEX_MAGIC, 8);
    trace_put_u32(out, TRACE_INDEX_VERSION);
    trace_put_u32(out, 0);
}

void trace_index_put_kinds(struct trace_buffer *out)
{
    size_t start = record_begin(out, TRACE_INDEX_KINDS);
    trace_put_u32(out, TRACE_KIND_COUNT);
    for (int kind = 0; kind < TRACE_KIND_COUNT; kind++) {
        trace_put_text(out, trace_kind_info((enum trace_kind)kind)->name);
    }
    record_end(out, start);
}

void trace_index_put_scopes(struct trace_buffer *out, const struct trace_scopes *scopes,
                            uint32_t first)
{
    uint32_t count = trace_scopes_count(scopes);
    size_t start = record_begin(out, TRACE_INDEX_SCOPES);
    trace_put_u32(out, first);
    trace_put_u32(out, count - first);
    for (uint32_t i = first; i < count; i++) {
        const struct trace_scope *scope = trace_scopes_at(scopes, i);
        trace_put_text(out, scope->host);
        trace_put_text(out, scope->peer);
    }
    record_end(out, start);
}

void trace_index_put_block(struct trace_buffer *out, const struct trace_block *block)
{
    size_t start = record_begin(out, TRACE_INDEX_BLOCK);
    trace_put_u64(out, block->first);
    trace_put_u64(out, block->offset);
    trace_put_u64(out, block->length);
    trace_put_u64(out, block->text_hash);
    trace_put_u32(out, block->count);
    trace_put_u32(out, 0);
    for (uint32_t i = 0; i < block->count; i++) {
        trace_put_u64(out, block->time[i]);
    }
    for (uint32_t i = 0; i < block->count; i++) {
        trace_put_u64(out, block->n[i]);
    }
    for (uint32_t i = 0; i < block->count; i++) {
        trace_put_u32(out, block->line[i]);
    }
    for (uint32_t i = 0; i < block->count; i++) {
        trace_put_u32(out, block->scope[i]);
    }
    trace_put_bytes(out, block->kind, block->count);
    record_end(out, start);
}

void trace_index_put_keyframe(struct trace_buffer *out, uint64_t events, const uint8_t *state,
                              size_t len)
{
    size_t start = record_begin(out, TRACE_INDEX_KEYFRAME);
    trace_put_u64(out, events);
    trace_put_bytes(out, state, len);
    record_end(out, start);
}

void trace_index_put_end(struct trace_buffer *out, uint64_t events, uint64_t length)
{
    size_t start = record_begin(out, TRACE_INDEX_END);
    trace_put_u64(out, events);
    trace_put_u64(out, length);
    record_end(out, start);
}

bool trace_index_read_header(const uint8_t *bytes, size_t len)
{
    return len >= TRACE_INDEX_HEADER && memcmp(bytes, TRACE_INDEX_MAGIC, 8) == 0 &&
           trace_load_u32(bytes + 8) == TRACE_INDEX_VERSION;
}

bool trace_index_read_block(const uint8_t *payload, size_t len, struct trace_block *block)
{
    struct trace_cursor cursor = {.bytes = payload, .len = len};
    block->first = trace_take_u64(&cursor);
    block->offset = trace_take_u64(&cursor);
    block->length = trace_take_u64(&cursor);
    block->text_hash = trace_take_u64(&cursor);
    block->count = trace_take_u32(&cursor);
    trace_take_u32(&cursor);
    if (cursor.bad || block->count == 0 || block->count > TRACE_BLOCK_EVENTS) {
        return false;
    }
    for (uint32_t i = 0; i < block->count; i++) {
        block->time[i] = trace_take_u64(&cursor);
    }
    for (uint32_t i = 0; i < block->count; i++) {
        block->n[i] = trace_take_u64(&cursor);
    }
    for (uint32_t i = 0; i < block->count; i++) {
        block->line[i] = trace_take_u32(&cursor);
    }
    for (uint32_t i = 0; i < block->count; i++) {
        block->scope[i] = trace_take_u32(&cursor);
    }
    const uint8_t *kinds = trace_take_bytes(&cursor, block->count);
    if (!kinds || cursor.len != 0) {
        return false;
    }
    memcpy(block->kind, kinds, block->count);
    /* Lines follow one another: each starts after the one before and within the block. */
    if (block->line[0] != 0 || block->line[block->count - 1] >= block->length) {
        return false;
    }
    for (uint32_t i = 1; i < block->count; i++) {
        if (block->line[i] <= block->line[i - 1] || block->time[i] < block->time[i - 1]) {
            return false;
        }
    }
    return true;
}
