/* The hash of a run: XXH3-64 over a canonical binary form (docs/recording.md, "The hash"). */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "trace/internal.h"

/* Little endian; a text is its u32 length and bytes, 0xffffffff for NULL. */
#define TEXT_IS_NULL UINT32_MAX

/* The canonical form grows in memory on the stack and, past that, on the heap: emitters call this
 * for every event of a run, and few events are longer than a datagram. */
#define STACK_FORM 2304

struct form {
    uint8_t *at, *end;
    uint8_t *start;
    uint8_t *heap; /* NULL while on the stack */
};

static void form_grow(struct form *form, size_t more)
{
    size_t used = (size_t)(form->at - form->start);
    size_t cap = (used + more) * 2;
    uint8_t *heap = trace_alloc(cap);
    memcpy(heap, form->start, used);
    free(form->heap);
    form->heap = form->start = heap;
    form->at = heap + used;
    form->end = heap + cap;
}

static inline void form_reserve(struct form *form, size_t more)
{
    if ((size_t)(form->end - form->at) < more) {
        form_grow(form, more);
    }
}

static inline void put_u32(struct form *form, uint32_t value)
{
    form_reserve(form, 4);
    for (int i = 0; i < 4; i++) {
        form->at[i] = (uint8_t)(value >> (8 * i));
    }
    form->at += 4;
}

static inline void put_u64(struct form *form, uint64_t value)
{
    form_reserve(form, 8);
    for (int i = 0; i < 8; i++) {
        form->at[i] = (uint8_t)(value >> (8 * i));
    }
    form->at += 8;
}

static inline void put_counted(struct form *form, const void *bytes, size_t len)
{
    put_u32(form, (uint32_t)len);
    form_reserve(form, len);
    if (len > 0) {
        memcpy(form->at, bytes, len);
    }
    form->at += len;
}

static inline void put_text(struct form *form, const char *text)
{
    if (text) {
        put_counted(form, text, strlen(text));
    } else {
        put_u32(form, TEXT_IS_NULL);
    }
}

static void put_ref(struct form *form, const struct trace_ref *ref)
{
    if (!ref->scope) {
        put_u32(form, TEXT_IS_NULL);
        return;
    }
    put_text(form, ref->scope->host);
    put_text(form, ref->scope->peer);
    put_u64(form, ref->n);
}

static void put_field(struct form *form, enum trace_type type, const void *value)
{
    switch (type) {
    case TRACE_U64:
    case TRACE_TIME:
    case TRACE_DURATION:
    case TRACE_SPI8:
        put_u64(form, *(const uint64_t *)value);
        break;
    case TRACE_SPI4:
        put_u32(form, *(const uint32_t *)value);
        break;
    case TRACE_BOOL:
        form_reserve(form, 1);
        *form->at++ = *(const bool *)value ? 1 : 0;
        break;
    case TRACE_TEXT:
        put_text(form, *(const char *const *)value);
        break;
    case TRACE_HEX: {
        const struct trace_bytes *bytes = value;
        put_counted(form, bytes->data, bytes->len);
        break;
    }
    case TRACE_REF:
        put_ref(form, value);
        break;
    case TRACE_TYPE_COUNT:
        abort();
    }
}

static uint64_t form_finish(struct form *form)
{
    uint64_t hash = XXH3_64bits(form->start, (size_t)(form->at - form->start));
    free(form->heap);
    return hash;
}

uint64_t trace_digest(enum trace_kind kind, const void *data)
{
    uint8_t stack[STACK_FORM];
    struct form form = {.at = stack, .start = stack, .end = stack + sizeof stack};
    const struct trace_kind_info *info = trace_kind_info(kind);
    put_text(&form, info->name);
    for (unsigned i = 0; i < info->field_count; i++) {
        put_field(&form, info->fields[i].type, (const uint8_t *)data + info->fields[i].offset);
    }
    return form_finish(&form);
}

uint64_t trace_fold(uint64_t host_hash, uint64_t time, struct trace_ref id, struct trace_ref cause,
                    uint64_t digest)
{
    uint8_t stack[512];
    struct form form = {.at = stack, .start = stack, .end = stack + sizeof stack};
    put_u64(&form, host_hash);
    put_u64(&form, time);
    put_ref(&form, &id);
    put_ref(&form, &cause);
    put_u64(&form, digest);
    return form_finish(&form);
}
