/* The hash of a run: XXH3-64 over a canonical binary form (docs/recording.md, "The hash"). */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "trace/internal.h"

/* Little endian; a text is its u32 length and bytes, 0xffffffff for NULL. */
#define TEXT_IS_NULL UINT32_MAX

/* The canonical form grows in memory on the stack and, past that, on the heap: emitters call this
 * for every event of a run, and few events are longer than a datagram. Behind `end` there is room
 * for what a whole event has apart from octets of texts, so only these look whether they fit. */
enum { STACK_FORM = 2304, FIXED_MAX = 768, FIELD_FIXED_MAX = 16 };

struct form {
    uint8_t *end;
    uint8_t *start;
    uint8_t *heap; /* NULL while on the stack */
};

static uint8_t *form_grow(struct form *form, uint8_t *at, size_t more)
{
    size_t used = (size_t)(at - form->start);
    size_t cap = (used + more) * 2;
    uint8_t *heap = trace_alloc(cap + FIXED_MAX);
    memcpy(heap, form->start, used);
    free(form->heap);
    form->heap = form->start = heap;
    form->end = heap + cap;
    return heap + used;
}

/* A length and the octets. Not inline, nor is put_TEXT: the functions below are called in turns, so
 * that their size is what they cost. */
static uint8_t *put_counted(struct form *form, uint8_t *at, const void *bytes, size_t len)
{
    if (at > form->end || (size_t)(form->end - at) < len) {
        at = form_grow(form, at, len);
    }
    trace_store_u32(at, (uint32_t)len);
    if (len > 0) {
        memcpy(at + 4, bytes, len);
    }
    return at + 4 + len;
}

/* ---- one function for each type of a field ---- */

static inline uint8_t *put_U64(struct form *form, uint8_t *at, uint64_t value)
{
    (void)form;
    trace_store_u64(at, value);
    return at + 8;
}

static inline uint8_t *put_TIME(struct form *form, uint8_t *at, uint64_t value)
{
    return put_U64(form, at, value);
}

static inline uint8_t *put_DURATION(struct form *form, uint8_t *at, uint64_t value)
{
    return put_U64(form, at, value);
}

static inline uint8_t *put_SPI8(struct form *form, uint8_t *at, uint64_t value)
{
    return put_U64(form, at, value);
}

static inline uint8_t *put_SPI4(struct form *form, uint8_t *at, uint32_t value)
{
    (void)form;
    trace_store_u32(at, value);
    return at + 4;
}

static inline uint8_t *put_BOOL(struct form *form, uint8_t *at, bool value)
{
    (void)form;
    *at = value ? 1 : 0;
    return at + 1;
}

static uint8_t *put_TEXT(struct form *form, uint8_t *at, const char *text)
{
    if (text) {
        return put_counted(form, at, text, strlen(text));
    }
    trace_store_u32(at, TEXT_IS_NULL);
    return at + 4;
}

static inline uint8_t *put_HEX(struct form *form, uint8_t *at, struct trace_bytes bytes)
{
    return put_counted(form, at, bytes.data, bytes.len);
}

static inline uint8_t *put_REF(struct form *form, uint8_t *at, struct trace_ref ref)
{
    (void)form;
    trace_store_u64(at, ref.scope ? trace_scope_hash(ref.scope) : 0);
    trace_store_u64(at + 8, ref.scope ? ref.n : 0);
    return at + 16;
}

/* ---- one function for each kind of event ---- */

/* The name, then the fields in the order of the table. Types and offsets are known when this is
 * compiled: a loop over the table's rows takes three times as long. */
#define FIELD(type, name, meaning) at = put_##type(form, at, event->name);
#define COUNT(type, name, meaning) +FIELD_FIXED_MAX
#define EVENT(symbol, lower, ename, emeaning)                                                      \
    static uint8_t *put_##lower(struct form *form, uint8_t *at, const void *data)                  \
    {                                                                                              \
        _Static_assert(sizeof ename + 4 TRACE_FIELDS_##symbol(COUNT) <= FIXED_MAX, ename);         \
        const struct trace_##lower *event = data;                                                  \
        trace_store_u32(at, sizeof ename - 1);                                                     \
        memcpy(at + 4, ename, sizeof ename - 1);                                                   \
        at += 4 + sizeof ename - 1;                                                                \
        TRACE_FIELDS_##symbol(FIELD) return at;                                                    \
    }
TRACE_EVENTS(EVENT)
#undef EVENT
#undef COUNT
#undef FIELD

typedef uint8_t *put_event(struct form *form, uint8_t *at, const void *data);

static put_event *const put_of[TRACE_KIND_COUNT] = {
#define EVENT(symbol, lower, ename, emeaning) put_##lower,
    TRACE_EVENTS(EVENT)
#undef EVENT
};

uint64_t trace_digest(enum trace_kind kind, const void *data)
{
    uint8_t stack[STACK_FORM];
    struct form form = {.start = stack, .end = stack + sizeof stack - FIXED_MAX};
    const uint8_t *at = put_of[kind](&form, stack, data);
    uint64_t hash = XXH3_64bits(form.start, (size_t)(at - form.start));
    free(form.heap);
    return hash;
}

uint64_t trace_fold(uint64_t host_hash, uint64_t time, struct trace_ref id, struct trace_ref cause,
                    uint64_t digest)
{
    uint8_t form[56];
    trace_store_u64(form, host_hash);
    trace_store_u64(form + 8, time);
    put_REF(NULL, form + 16, id);
    put_REF(NULL, form + 32, cause);
    trace_store_u64(form + 48, digest);
    return XXH3_64bits(form, sizeof form);
}
