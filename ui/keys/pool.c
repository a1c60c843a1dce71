#include "ui/keys/pool.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/memory.h"

void keys_pool_dispose(struct keys_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++) {
        free(pool->items[i]);
    }
    free(pool->items);
    *pool = (struct keys_pool){0};
}

void *keys_keep(struct keys_pool *pool, void *block)
{
    UI_GROW(pool->items, pool->count, pool->cap);
    pool->items[pool->count++] = block;
    return block;
}

const char *keys_print(struct keys_pool *pool, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    int len = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (len < 0) {
        abort(); /* memory is out */
    }
    return keys_keep(pool, text);
}

const char *keys_hex(struct keys_pool *pool, struct crypto_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *text = keys_keep(pool, ui_resize(NULL, 2 * bytes.len + 1));

    for (size_t i = 0; i < bytes.len; i++) {
        text[2 * i] = digits[bytes.data[i] >> 4];
        text[2 * i + 1] = digits[bytes.data[i] & 15];
    }
    text[2 * bytes.len] = '\0';
    return text;
}

const char *keys_hex_of(struct keys_pool *pool, struct trace_bytes bytes)
{
    return keys_hex(pool, crypto_bytes(bytes.data, bytes.len));
}
