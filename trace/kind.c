/* The event table of event.h as data: one row a kind, one a field. */
#include <stddef.h>
#include <string.h>

#include "trace/internal.h"
#include "trace/record.h"

/* A function for each kind, so that each has a typedef `self` for offsetof. */
#define F(type, fname, meaning) {TRACE_##type, (uint16_t)offsetof(self, fname), #fname, meaning},
#define EVENT(symbol, lower, ename, emeaning)                                                      \
    static const struct trace_kind_info *info_of_##lower(void)                                     \
    {                                                                                              \
        typedef struct trace_##lower self;                                                         \
        static const struct trace_field_info fields[] = {TRACE_FIELDS_##symbol(F)};                \
        static const struct trace_kind_info info = {                                               \
            .name = ename,                                                                         \
            .name_len = sizeof ename - 1,                                                          \
            .meaning = emeaning,                                                                   \
            .fields = fields,                                                                      \
            .field_count = sizeof fields / sizeof fields[0],                                       \
            .size = sizeof(self),                                                                  \
        };                                                                                         \
        return &info;                                                                              \
    }
TRACE_EVENTS(EVENT)
#undef EVENT
#undef F

static const struct trace_kind_info *(*const info_of[TRACE_KIND_COUNT])(void) = {
#define EVENT(symbol, lower, ename, emeaning) info_of_##lower,
    TRACE_EVENTS(EVENT)
#undef EVENT
};

static const struct {
    const char *text;
    size_t len;
} names[TRACE_KIND_COUNT] = {
#define EVENT(symbol, lower, ename, emeaning) {ename, sizeof ename - 1},
    TRACE_EVENTS(EVENT)
#undef EVENT
};

/* How many there may be, reader.h says (a set of them has a bit for each). */
_Static_assert(TRACE_KIND_COUNT <= UINT8_MAX, "an index spells a kind in one byte");

const struct trace_kind_info *trace_kind_info(enum trace_kind kind)
{
    return info_of[kind]();
}

bool trace_kind_find_n(const char *name, size_t len, enum trace_kind *kind)
{
    for (unsigned i = 0; i < TRACE_KIND_COUNT; i++) {
        if (names[i].len == len && memcmp(names[i].text, name, len) == 0) {
            *kind = (enum trace_kind)i;
            return true;
        }
    }
    return false;
}

bool trace_kind_find(const char *name, enum trace_kind *kind)
{
    return trace_kind_find_n(name, strlen(name), kind);
}
