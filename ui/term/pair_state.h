/* The state of two hosts at a cursor, folded from their own events alone: among 10,000 pairs the
 * state of all takes longer than a key may. */
#ifndef IKESIM_UI_TERM_PAIR_STATE_H
#define IKESIM_UI_TERM_PAIR_STATE_H

#include "trace/reader.h"

struct pair_state {
    char *pair[2];
    struct trace_state *state;
    uint64_t last, next; /* folded up to there; the pair's next event, UINT64_MAX if none */
    uint64_t count;      /* events of the reader when `next` was looked for */
    uint64_t folded;     /* events since the beginning */
    size_t snapshot_count, snapshot_cap;
    struct pair_snapshot {
        uint64_t last, folded;
        uint8_t *bytes;
        size_t len;
    } * snapshots;
};

/* Frees what it holds; zeroed memory needs none. */
void pair_state_reset(struct pair_state *pair);

/* State of `a` and `b` after event `ordinal`, as if nobody else was in the run; valid until the
 * next call. */
const struct trace_state *pair_state_at(struct pair_state *pair, struct trace_reader *reader,
                                        const char *a, const char *b, uint64_t ordinal);

#endif
