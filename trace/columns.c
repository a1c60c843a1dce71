/* Columns over all events of a recording, and the scan that fills them from the lines. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/columns.h"

#define SCAN_PIECE ((size_t)128 * 1024)

void trace_columns_init(struct trace_columns *columns)
{
    *columns = (struct trace_columns){.scopes = trace_scopes_new()};
}

void trace_columns_clear(struct trace_columns *columns)
{
    columns->count = 0;
    columns->end = 0;
    for (uint32_t i = 0; i < columns->posting_count; i++) {
        columns->postings[i].count = 0;
        columns->postings[i].ascending = true;
        columns->postings[i].by_n_count = 0;
    }
}

void trace_columns_free(struct trace_columns *columns)
{
    for (uint32_t i = 0; i < columns->posting_count; i++) {
        free(columns->postings[i].ordinals);
        free(columns->postings[i].kinds);
        free(columns->postings[i].by_n);
    }
    free(columns->postings);
    free(columns->time);
    free(columns->n);
    free(columns->offset);
    free(columns->scope);
    free(columns->kind);
    trace_scopes_free(columns->scopes);
}

static void grow(struct trace_columns *columns)
{
    if (columns->count < columns->cap) {
        return;
    }
    size_t cap = columns->cap ? columns->cap * 2 : 1024;
    columns->time = trace_resize(columns->time, cap * sizeof *columns->time);
    columns->n = trace_resize(columns->n, cap * sizeof *columns->n);
    columns->offset = trace_resize(columns->offset, cap * sizeof *columns->offset);
    columns->scope = trace_resize(columns->scope, cap * sizeof *columns->scope);
    columns->kind = trace_resize(columns->kind, cap * sizeof *columns->kind);
    columns->cap = cap;
}

/* Of the block that has just become whole. */
static void note_kinds(const struct trace_columns *columns, struct trace_posting *posting)
{
    uint64_t blocks = posting->count / TRACE_POSTING_BLOCK;
    trace_kinds kinds = 0;
    for (uint64_t i = posting->count - TRACE_POSTING_BLOCK; i < posting->count; i++) {
        uint8_t kind = columns->kind[posting->ordinals[i]];
        kinds |= TRACE_KINDS_OF(kind < TRACE_KIND_COUNT ? kind : 127);
    }
    posting->kinds = trace_resize(posting->kinds, blocks * sizeof *posting->kinds);
    posting->kinds[blocks - 1] = kinds;
}

static void post(struct trace_columns *columns, uint32_t scope, uint64_t ordinal, uint64_t n)
{
    if (scope >= columns->posting_count) {
        uint32_t count = trace_scopes_count(columns->scopes);
        columns->postings = trace_resize(columns->postings, count * sizeof *columns->postings);
        for (uint32_t i = columns->posting_count; i < count; i++) {
            columns->postings[i] = (struct trace_posting){.ascending = true};
        }
        columns->posting_count = count;
    }
    struct trace_posting *posting = &columns->postings[scope];
    if (posting->count == posting->cap) {
        posting->cap = posting->cap ? posting->cap * 2 : 16;
        posting->ordinals = trace_resize(posting->ordinals, posting->cap * sizeof(uint64_t));
    }
    if (posting->count > 0 && n <= columns->n[posting->ordinals[posting->count - 1]]) {
        posting->ascending = false;
    }
    posting->ordinals[posting->count++] = ordinal;
    if (posting->count % TRACE_POSTING_BLOCK == 0) {
        note_kinds(columns, posting);
    }
}

void trace_columns_add(struct trace_columns *columns, uint64_t length,
                       const struct trace_line_head *head)
{
    grow(columns);
    uint64_t i = columns->count;
    uint32_t scope = trace_scope_number(head->id.scope);
    columns->time[i] = head->time;
    columns->n[i] = head->id.n;
    columns->offset[i] = columns->end;
    columns->scope[i] = scope;
    columns->kind[i] = (uint8_t)head->kind;
    post(columns, scope, i, head->id.n);
    columns->count++;
    columns->end += length;
}

void trace_columns_add_damaged(struct trace_columns *columns, uint64_t length)
{
    grow(columns);
    uint64_t i = columns->count;
    columns->time[i] = i > 0 ? columns->time[i - 1] : 0;
    columns->n[i] = 0;
    columns->offset[i] = columns->end;
    columns->scope[i] = TRACE_NO_SCOPE;
    columns->kind[i] = TRACE_KIND_UNKNOWN;
    columns->count++;
    columns->end += length;
}

uint64_t trace_columns_length(const struct trace_columns *columns, uint64_t ordinal)
{
    uint64_t next = ordinal + 1 < columns->count ? columns->offset[ordinal + 1] : columns->end;
    return next - columns->offset[ordinal] - 1;
}

static void add_line(struct trace_columns *columns, const char *line, size_t len)
{
    struct trace_line_head head;
    uint64_t before = columns->count > 0 ? columns->time[columns->count - 1] : 0;
    if (trace_line_head(columns->scopes, line, len, &head) && head.time >= before) {
        trace_columns_add(columns, len + 1, &head);
    } else {
        trace_columns_add_damaged(columns, len + 1);
    }
}

bool trace_columns_scan(struct trace_columns *columns, int fd)
{
    size_t cap = SCAN_PIECE, have = 0;
    char *buffer = trace_alloc(cap);
    uint64_t at = columns->end; /* file offset after what the buffer holds */
    bool good = true;
    for (;;) {
        ssize_t n = pread(fd, buffer + have, cap - have, (off_t)at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            good = n == 0;
            break;
        }
        size_t searched = have, start = 0;
        have += (size_t)n;
        at += (uint64_t)n;
        const char *newline;
        while ((newline = memchr(buffer + searched, '\n', have - searched))) {
            size_t end = (size_t)(newline - buffer);
            add_line(columns, buffer + start, end - start);
            start = searched = end + 1;
        }
        memmove(buffer, buffer + start, have - start);
        have -= start;
        if (have == cap) {
            cap *= 2;
            buffer = trace_resize(buffer, cap);
        }
    }
    free(buffer);
    return good;
}

const struct trace_posting *trace_columns_posting(const struct trace_columns *columns,
                                                  const char *host, const char *peer)
{
    const struct trace_scope *scope = trace_scopes_find(columns->scopes, host, peer);
    uint32_t number = scope ? trace_scope_number(scope) : TRACE_NO_SCOPE;
    if (number >= columns->posting_count || columns->postings[number].count == 0) {
        return NULL;
    }
    return &columns->postings[number];
}

static int compare_n(const void *a, const void *b, void *context)
{
    const uint64_t *n = context;
    uint64_t x = n[*(const uint64_t *)a], y = n[*(const uint64_t *)b];
    return (x > y) - (x < y);
}

/* Finds n among ordinals in order of n. */
static uint64_t search(const struct trace_columns *columns, const uint64_t *ordinals,
                       uint64_t count, uint64_t n)
{
    uint64_t low = 0, high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (columns->n[ordinals[middle]] < n) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && columns->n[ordinals[low]] == n ? ordinals[low] : UINT64_MAX;
}

uint64_t trace_columns_find(struct trace_columns *columns, const char *host, const char *peer,
                            uint64_t n)
{
    const struct trace_scope *scope = trace_scopes_find(columns->scopes, host, peer);
    uint32_t number = scope ? trace_scope_number(scope) : TRACE_NO_SCOPE;
    if (number >= columns->posting_count) {
        return UINT64_MAX;
    }
    struct trace_posting *posting = &columns->postings[number];
    if (posting->ascending) {
        return search(columns, posting->ordinals, posting->count, n);
    }
    /* A recording grows between questions: sort anew only when the rest has become long. */
    if (posting->count - posting->by_n_count > 64 + posting->by_n_count / 8) {
        posting->by_n = trace_resize(posting->by_n, posting->count * sizeof(uint64_t));
        memcpy(posting->by_n, posting->ordinals, posting->count * sizeof(uint64_t));
        qsort_r(posting->by_n, posting->count, sizeof(uint64_t), compare_n, columns->n);
        posting->by_n_count = posting->count;
    }
    for (uint64_t i = posting->by_n_count; i < posting->count; i++) {
        if (columns->n[posting->ordinals[i]] == n) {
            return posting->ordinals[i];
        }
    }
    return search(columns, posting->by_n, posting->by_n_count, n);
}
