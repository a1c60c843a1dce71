/* Texts that live and die together: hex digits, sentences, commands. */
#ifndef IKESIM_UI_KEYS_POOL_H
#define IKESIM_UI_KEYS_POOL_H

#include <stddef.h>

#include "crypto/bytes.h"
#include "trace/event.h"

struct keys_pool {
    size_t count, cap;
    void **items;
};

/* Frees every text. The pool is empty then and may be used again. */
void keys_pool_dispose(struct keys_pool *pool);

/* Takes a malloc'ed block over. */
void *keys_keep(struct keys_pool *pool, void *block);

/* printf into a new text. */
const char *keys_print(struct keys_pool *pool, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Lower-case hex digits, two for each octet. */
const char *keys_hex(struct keys_pool *pool, struct crypto_bytes bytes);
const char *keys_hex_of(struct keys_pool *pool, struct trace_bytes bytes);

#endif
