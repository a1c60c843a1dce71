/* The state with what it needs to find its way; for state.c and state_bytes.c. */
#ifndef IKESIM_TRACE_STATE_INTERNAL_H
#define IKESIM_TRACE_STATE_INTERNAL_H

#include "trace/state.h"

/* Tables of names are trace_scopes: they give a lasting copy and a dense number to each. */
struct whole_state {
    struct trace_state state;   /* first: what others see */
    struct trace_scopes *texts; /* every text that the state points to, once */
    struct trace_scopes *hosts; /* number = place in state.hosts */
    struct trace_scopes *ends;  /* number / 2 = place in state.pairs, number % 2 = its end */
    uint32_t host_cap, pair_cap;
};

static inline struct whole_state *whole_of(struct trace_state *state)
{
    return (struct whole_state *)(void *)state;
}

/* The state's own copy of a text; NULL stays NULL. */
const char *state_text(struct whole_state *whole, const char *text);

/* The host of that name, made on its first mention. */
struct trace_host_state *state_host(struct whole_state *whole, const char *name);

/* Appends the pair (a, b), which must be new. */
struct trace_pair_state *state_pair_add(struct whole_state *whole, const char *a, const char *b);

/* Whether trace_state_apply looks into the data of events of that kind: for others it may be NULL.
 */
bool trace_state_reads_data(enum trace_kind kind);

#endif
