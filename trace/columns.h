/*
 * What a reader keeps of every event without having parsed it: when, which, where in the file.
 * Filled from the index's blocks, and by scanning where the index does not reach.
 */
#ifndef IKESIM_TRACE_COLUMNS_H
#define IKESIM_TRACE_COLUMNS_H

#include "trace/index.h"

/* So many events of a scope have a set of their kinds, so that who looks for a rare one passes over
 * them at once. */
#define TRACE_POSTING_BLOCK 256

/* The events of one scope, in order. */
struct trace_posting {
    uint64_t *ordinals;
    uint64_t count, cap;
    trace_kinds *kinds; /* of each whole block; of an unknown kind the highest bit */
    /* Their n grows with their ordinal. Not where two cores worked on one scope at once: events are
     * named when the work is done and written when its price is paid. */
    bool ascending;
    uint64_t *by_n; /* where it does not: the first by_n_count ordinals, in order of n */
    uint64_t by_n_count;
};

struct trace_columns {
    uint64_t count, cap;
    uint64_t *time, *n, *offset;
    uint32_t *scope; /* number in scopes; TRACE_NO_SCOPE for a line that is no event */
    uint8_t *kind;   /* TRACE_KIND_UNKNOWN for such a line */
    uint64_t end;    /* offset after the last whole line */
    struct trace_scopes *scopes;
    struct trace_posting *postings; /* by number of scope */
    uint32_t posting_count;
};

/* Empty. Freeing frees scopes and postings too. */
void trace_columns_init(struct trace_columns *columns);
void trace_columns_free(struct trace_columns *columns);
/* Forgets the events; scopes stay, since others hold pointers to them. */
void trace_columns_clear(struct trace_columns *columns);

/* Appends the event whose line starts at columns->end and is `length` octets long, newline
 * included. */
void trace_columns_add(struct trace_columns *columns, uint64_t length,
                       const struct trace_line_head *head);
/* Appends a line that is no event: it has its ordinal and nothing else. */
void trace_columns_add_damaged(struct trace_columns *columns, uint64_t length);

/* Length of a line without its newline. */
uint64_t trace_columns_length(const struct trace_columns *columns, uint64_t ordinal);

/* Takes in whole lines of the file from columns->end on; what follows the last newline stays.
 * Returns false if the file cannot be read. */
bool trace_columns_scan(struct trace_columns *columns, int fd);

/* The events of a scope; NULL if it has none. */
const struct trace_posting *trace_columns_posting(const struct trace_columns *columns,
                                                  const char *host, const char *peer);

/* The ordinal of the scope's n-th event; UINT64_MAX if it is not recorded. */
uint64_t trace_columns_find(struct trace_columns *columns, const char *host, const char *peer,
                            uint64_t n);

#endif
