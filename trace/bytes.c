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

void trace_buffer_grow(struct trace_buffer *buffer, size_t more)
{
    size_t cap = buffer->cap ? buffer->cap * 2 : 1024;
    while (cap - buffer->len < more) {
        cap *= 2;
    }
    buffer->data = trace_resize(buffer->data, cap);
    buffer->cap = cap;
}

void trace_buffer_free(struct trace_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct trace_buffer){0};
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
