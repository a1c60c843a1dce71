/* The state at a cursor that goes backwards. The recording's keyframes are thousands of events
 * apart, and each step back would fold anew from the last one; here a keyframe of our own stands
 * close behind the cursor. */
#ifndef IKESIM_UI_TERM_REWIND_H
#define IKESIM_UI_TERM_REWIND_H

#include "trace/reader.h"

struct rewind {
    uint64_t last;  /* asked for before; UINT64_MAX: nothing yet */
    uint64_t base;  /* event of the keyframe */
    uint8_t *bytes; /* the keyframe, NULL if there is none */
    size_t len;
    struct trace_state *state; /* made from it */
};

/* Frees what it holds and is as new. */
void rewind_reset(struct rewind *rewind);

/* State after event `ordinal`; valid until the next call. */
const struct trace_state *rewind_state(struct rewind *rewind, struct trace_reader *reader,
                                       uint64_t ordinal);

#endif
