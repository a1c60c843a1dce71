/* Buffers that grow, and little-endian integers in and out of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/internal.h"

#define TEXT_IS_NULL UINT32_MAX

static void *checked(void *memory)
{
    if (!memory) {
        fputs("ikesim: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *trace_alloc(size_t size)
{
    return checked(malloc(size ? size : 1));
}

void *trace_alloc_zero(size_t size)
{
    return checked(calloc(1, size ? size : 1));
}

void *trace_resize(void *old, size_t size)
{
    return checked(realloc(old, size ? size : 1));
}

uint8_t *trace_buffer_reserve(struct trace_buffer *buffer, size_t more)
{
    if (buffer->cap - buffer->len < more) {
        size_t cap = buffer->cap ? buffer->cap * 2 : 1024;
        while (cap - buffer->len < more) {
            cap *= 2;
        }
        buffer->data = trace_resize(buffer->data, cap);
        buffer->cap = cap;
    }
    return buffer->data + buffer->len;
}

void trace_buffer_free(struct trace_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct trace_buffer){0};
}

void trace_put_bytes(struct trace_buffer *buffer, const void *bytes, size_t len)
{
    uint8_t *to = trace_buffer_reserve(buffer, len);
    if (len > 0) {
        memcpy(to, bytes, len);
    }
    buffer->len += len;
}

void trace_put_u8(struct trace_buffer *buffer, uint8_t value)
{
    *trace_buffer_reserve(buffer, 1) = value;
    buffer->len += 1;
}

void trace_put_u32(struct trace_buffer *buffer, uint32_t value)
{
    uint8_t *to = trace_buffer_reserve(buffer, 4);
    for (int i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
    buffer->len += 4;
}

void trace_put_u64(struct trace_buffer *buffer, uint64_t value)
{
    uint8_t *to = trace_buffer_reserve(buffer, 8);
    for (int i = 0; i < 8; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
    buffer->len += 8;
}

void trace_put_text(struct trace_buffer *buffer, const char *text)
{
    if (!text) {
        trace_put_u32(buffer, TEXT_IS_NULL);
        return;
    }
    size_t len = strlen(text);
    trace_put_u32(buffer, (uint32_t)len);
    trace_put_bytes(buffer, text, len);
}

uint32_t trace_load_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

uint64_t trace_load_u64(const uint8_t *bytes)
{
    return (uint64_t)trace_load_u32(bytes) | (uint64_t)trace_load_u32(bytes + 4) << 32;
}

const uint8_t *trace_take_bytes(struct trace_cursor *cursor, size_t len)
{
    if (cursor->bad || cursor->len < len) {
        cursor->bad = true;
        return NULL;
    }
    const uint8_t *at = cursor->bytes;
    cursor->bytes += len;
    cursor->len -= len;
    return at;
}

uint8_t trace_take_u8(struct trace_cursor *cursor)
{
    const uint8_t *at = trace_take_bytes(cursor, 1);
    return at ? *at : 0;
}

uint32_t trace_take_u32(struct trace_cursor *cursor)
{
    const uint8_t *at = trace_take_bytes(cursor, 4);
    return at ? trace_load_u32(at) : 0;
}

uint64_t trace_take_u64(struct trace_cursor *cursor)
{
    const uint8_t *at = trace_take_bytes(cursor, 8);
    return at ? trace_load_u64(at) : 0;
}

const char *trace_take_text(struct trace_cursor *cursor, uint32_t *len)
{
    *len = trace_take_u32(cursor);
    if (*len == TEXT_IS_NULL || cursor->bad) {
        *len = 0;
        return NULL;
    }
    const char *text = (const char *)trace_take_bytes(cursor, *len);
    if (text && memchr(text, '\0', *len)) {
        cursor->bad = true; /* no C string says that */
        text = NULL;
    }
    if (!text) {
        *len = 0;
    }
    return text;
}
