/* What the files of trace/ share and nobody else needs. */
#ifndef IKESIM_TRACE_INTERNAL_H
#define IKESIM_TRACE_INTERNAL_H

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

/* Room for `more` bytes after the end; the caller fills them and adds to len. */
uint8_t *trace_buffer_reserve(struct trace_buffer *buffer, size_t more);
void trace_buffer_free(struct trace_buffer *buffer);
void trace_put_bytes(struct trace_buffer *buffer, const void *bytes, size_t len);
void trace_put_u8(struct trace_buffer *buffer, uint8_t value);
void trace_put_u32(struct trace_buffer *buffer, uint32_t value);
void trace_put_u64(struct trace_buffer *buffer, uint64_t value);
/* u32 length and the bytes; NULL is the length 0xffffffff and nothing. */
void trace_put_text(struct trace_buffer *buffer, const char *text);

/* Reads from `bytes` on; past the end everything reads as 0 and `bad` is set. */
struct trace_cursor {
    const uint8_t *bytes;
    size_t len;
    bool bad;
};

uint8_t trace_take_u8(struct trace_cursor *cursor);
uint32_t trace_take_u32(struct trace_cursor *cursor);
uint64_t trace_take_u64(struct trace_cursor *cursor);
const uint8_t *trace_take_bytes(struct trace_cursor *cursor, size_t len);
/* The text's bytes (not NUL-terminated) and length; NULL if the text is NULL. */
const char *trace_take_text(struct trace_cursor *cursor, uint32_t *len);

uint32_t trace_load_u32(const uint8_t *bytes);
uint64_t trace_load_u64(const uint8_t *bytes);

/* ---- kind.c ---- */

/* trace_kind_find for a name that is not NUL-terminated. */
bool trace_kind_find_n(const char *name, size_t len, enum trace_kind *kind);

/* ---- scope.c: scopes of one collection are numbered from 0 in order of first mention ---- */

#define TRACE_NO_SCOPE UINT32_MAX

uint32_t trace_scope_number(const struct trace_scope *scope);
uint32_t trace_scopes_count(const struct trace_scopes *scopes);
const struct trace_scope *trace_scopes_at(const struct trace_scopes *scopes, uint32_t number);
/* The scope if it is known, else NULL. peer may be NULL. */
const struct trace_scope *trace_scopes_find(const struct trace_scopes *scopes, const char *host,
                                            const char *peer);
/* Interns names that are not NUL-terminated. */
const struct trace_scope *trace_scopes_intern_n(struct trace_scopes *scopes, const char *host,
                                                size_t host_len, const char *peer, size_t peer_len);
bool trace_ref_parse_n(struct trace_scopes *scopes, const char *text, size_t len,
                       struct trace_ref *ref);

/* ---- line.c ---- */

/* Appends the event's line, newline included. */
void trace_line_append(struct trace_buffer *buffer, const struct trace_record *record);

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
