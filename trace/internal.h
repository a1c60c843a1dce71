/* What the files of trace/ share and nobody else needs. */
#ifndef IKESIM_TRACE_INTERNAL_H
#define IKESIM_TRACE_INTERNAL_H

#include <endian.h>
#include <string.h>

#include "trace/record.h"

/* malloc, calloc and realloc that abort when memory is out: a recording with a hole is worth
 * nothing, and no caller could go on. */
void *trace_alloc(size_t size);
void *trace_alloc_zero(size_t size);
void *trace_resize(void *old, size_t size);

/* ---- bytes.c: a growing buffer, and a bounds-checked reader; little endian ---- */

struct trace_buffer {
    uint8_t *data;
    size_t len, cap;
};

/* Makes room for `more` octets after the end. */
void trace_buffer_grow(struct trace_buffer *buffer, size_t more);
void trace_buffer_free(struct trace_buffer *buffer);

/* Room for `more` octets after the end; the caller fills them and adds to len. */
static inline uint8_t *trace_buffer_reserve(struct trace_buffer *buffer, size_t more)
{
    if (buffer->cap - buffer->len < more) {
        trace_buffer_grow(buffer, more);
    }
    return buffer->data + buffer->len;
}

static inline void trace_put_bytes(struct trace_buffer *buffer, const void *bytes, size_t len)
{
    uint8_t *to = trace_buffer_reserve(buffer, len);
    if (len > 0) {
        memcpy(to, bytes, len);
    }
    buffer->len += len;
}

static inline void trace_put_u8(struct trace_buffer *buffer, uint8_t value)
{
    *trace_buffer_reserve(buffer, 1) = value;
    buffer->len += 1;
}

static inline void trace_store_u32(uint8_t *to, uint32_t value)
{
    value = htole32(value);
    memcpy(to, &value, sizeof value);
}

static inline void trace_store_u64(uint8_t *to, uint64_t value)
{
    value = htole64(value);
    memcpy(to, &value, sizeof value);
}

static inline uint32_t trace_load_u32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return le32toh(value);
}

static inline uint64_t trace_load_u64(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return le64toh(value);
}

static inline void trace_put_u32(struct trace_buffer *buffer, uint32_t value)
{
    trace_store_u32(trace_buffer_reserve(buffer, 4), value);
    buffer->len += 4;
}

static inline void trace_put_u64(struct trace_buffer *buffer, uint64_t value)
{
    trace_store_u64(trace_buffer_reserve(buffer, 8), value);
    buffer->len += 8;
}

/* u32 length and the bytes; NULL is the length 0xffffffff and nothing. */
void trace_put_text(struct trace_buffer *buffer, const char *text);

/* Reads from `bytes` on; past the end everything reads as 0 and `bad` is set. */
struct trace_cursor {
    const uint8_t *bytes;
    size_t len;
    bool bad;
};

static inline const uint8_t *trace_take_bytes(struct trace_cursor *cursor, size_t len)
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

static inline uint32_t trace_take_u32(struct trace_cursor *cursor)
{
    const uint8_t *at = trace_take_bytes(cursor, 4);
    return at ? trace_load_u32(at) : 0;
}

static inline uint64_t trace_take_u64(struct trace_cursor *cursor)
{
    const uint8_t *at = trace_take_bytes(cursor, 8);
    return at ? trace_load_u64(at) : 0;
}

/* The text's bytes (not NUL-terminated) and length; NULL if the text is NULL. */
const char *trace_take_text(struct trace_cursor *cursor, uint32_t *len);

/* ---- kind.c ---- */

/* trace_kind_find for a name that is not NUL-terminated. */
bool trace_kind_find_n(const char *name, size_t len, enum trace_kind *kind);

/* ---- scope.c: scopes of one collection are numbered from 0 in order of first mention ---- */

#define TRACE_NO_SCOPE UINT32_MAX

/* Its number, how many there are, and the one of a number, which there must be. */
uint32_t trace_scope_number(const struct trace_scope *scope);
uint32_t trace_scopes_count(const struct trace_scopes *scopes);
const struct trace_scope *trace_scopes_at(const struct trace_scopes *scopes, uint32_t number);
/* Scopes that have so many octets each for whoever makes them, zeroed at first. */
struct trace_scopes *trace_scopes_new_with(size_t extra);
void *trace_scope_extra(const struct trace_scope *scope);
/* The scope if it is known, else NULL. peer may be NULL. */
const struct trace_scope *trace_scopes_find(const struct trace_scopes *scopes, const char *host,
                                            const char *peer);
/* Zeroed memory that lives as long as the scopes. */
void *trace_scopes_place(struct trace_scopes *scopes, size_t size);
/* XXH3-64 of the scope as docs/recording.md has it: of the host's octets and, where there is a
 * peer, of the peer's with that as seed. */
uint64_t trace_scope_hash(const struct trace_scope *scope);
/* Interns names that are not NUL-terminated. */
const struct trace_scope *trace_scopes_intern_n(struct trace_scopes *scopes, const char *host,
                                                size_t host_len, const char *peer, size_t peer_len);
bool trace_ref_parse_n(struct trace_scopes *scopes, const char *text, size_t len,
                       struct trace_ref *ref);

/* ---- line.c ---- */

/* Appends the event's line, newline included. */
void trace_line_append(struct trace_buffer *out, const struct trace_record *record);

/* ---- parse.c: lines back into events ---- */

/* What a line begins with, read without parsing the rest. */
struct trace_line_head {
    uint64_t time;
    struct trace_ref id;
    enum trace_kind kind;
};

/* Reads a line (without newline) up to its id; false if it is no event that this program knows. */
bool trace_line_head(struct trace_scopes *scopes, const char *line, size_t len,
                     struct trace_line_head *head);

/* Parses a whole line. record->data is to be freed with free(). False with `error` filled. */
bool trace_line_parse(struct trace_scopes *scopes, const char *line, size_t len,
                      struct trace_record *record, char *error, size_t error_cap);

#endif
