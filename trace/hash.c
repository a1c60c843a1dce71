/* The hash of a run: XXH3-64 over a canonical binary form (docs/recording.md, "The hash"). */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "trace/internal.h"

/* Little endian; a text is its u32 length and bytes, 0xffffffff for NULL. */
#define TEXT_IS_NULL UINT32_MAX

/* The canonical form grows in memory on the stack and, past that, on the heap: emitters call this
 * for every event of a run, and few events are longer than a datagram. What is put goes to `at`,
 * which callers keep in a register: the writes of numbers are what most events consist of. */
#define STACK_FORM 2304

struct form {
    uint8_t *end;
    uint8_t *start;
    uint8_t *heap; /* NULL while on the stack */
};

static uint8_t *form_grow(struct form *form, uint8_t *at, size_t more)
{
    size_t used = (size_t)(at - form->start);
    size_t cap = (used + more) * 2;
    uint8_t *heap = trace_alloc(cap);
    memcpy(heap, form->start, used);
    free(form->heap);
    form->heap = form->start = heap;
    form->end = heap + cap;
    return heap + used;
}

static inline uint8_t *form_reserve(struct form *form, uint8_t *at, size_t more)
{
    return (size_t)(form->end - at) < more ? form_grow(form, at, more) : at;
}

/* A length and the octets. */
static inline uint8_t *put_counted(struct form *form, uint8_t *at, const void *bytes, size_t len)
{
    at = form_reserve(form, at, 4 + len);
    trace_store_u32(at, (uint32_t)len);
    if (len > 0) {
        memcpy(at + 4, bytes, len);
    }
    return at + 4 + len;
}

static inline uint8_t *put_null(struct form *form, uint8_t *at)
{
    at = form_reserve(form, at, 4);
    trace_store_u32(at, TEXT_IS_NULL);
    return at + 4;
}

static uint8_t *put_ref(struct form *form, uint8_t *at, const struct trace_ref *ref)
{
    if (!ref->scope) {
        return put_null(form, at);
    }
    at = form_reserve(form, at, trace_scope_form_len(ref->scope) + 8);
    at = trace_scope_form(ref->scope, at);
    trace_store_u64(at, ref->n);
    return at + 8;
}

static inline uint8_t *put_field(struct form *form, uint8_t *at, enum trace_type type,
                                 const void *value)
{
    at = form_reserve(form, at, 8);
    switch (type) {
    case TRACE_U64:
    case TRACE_TIME:
    case TRACE_DURATION:
    case TRACE_SPI8:
        trace_store_u64(at, *(const uint64_t *)value);
        return at + 8;
    case TRACE_SPI4:
        trace_store_u32(at, *(const uint32_t *)value);
        return at + 4;
    case TRACE_BOOL:
        *at = *(const bool *)value ? 1 : 0;
        return at + 1;
    case TRACE_TEXT: {
        const char *text = *(const char *const *)value;
        return text ? put_counted(form, at, text, strlen(text)) : put_null(form, at);
    }
    case TRACE_HEX: {
        const struct trace_bytes *bytes = value;
        return put_counted(form, at, bytes->data, bytes->len);
    }
    case TRACE_REF:
        return put_ref(form, at, value);
    case TRACE_TYPE_COUNT:
        break;
    }
    abort();
}

static uint64_t form_finish(struct form *form, const uint8_t *at)
{
    uint64_t hash = XXH3_64bits(form->start, (size_t)(at - form->start));
    free(form->heap);
    return hash;
}

uint64_t trace_digest(enum trace_kind kind, const void *data)
{
    uint8_t stack[STACK_FORM];
    struct form form = {.start = stack, .end = stack + sizeof stack};
    const struct trace_kind_info *info = trace_kind_info(kind);
    uint8_t *at = put_counted(&form, stack, info->name, info->name_len);
    for (unsigned i = 0; i < info->field_count; i++) {
        at = put_field(&form, at, info->fields[i].type,
                       (const uint8_t *)data + info->fields[i].offset);
    }
    return form_finish(&form, at);
}

uint64_t trace_fold(uint64_t host_hash, uint64_t time, struct trace_ref id, struct trace_ref cause,
                    uint64_t digest)
{
    uint8_t stack[512];
    struct form form = {.start = stack, .end = stack + sizeof stack};
    trace_store_u64(stack, host_hash);
    trace_store_u64(stack + 8, time);
    uint8_t *at = put_ref(&form, stack + 16, &id);
    at = put_ref(&form, at, &cause);
    at = form_reserve(&form, at, 8);
    trace_store_u64(at, digest);
    return form_finish(&form, at + 8);
}
