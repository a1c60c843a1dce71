/* The state at a cursor that goes backwards. */
#include "ui/term/rewind.h"

#include "ui/memory.h"

/* Events that one keyframe serves: half of them are folded for a step on average, some 100 us. */
#define SPAN 256

/* A longer way back is a jump, not a step. */
#define STEP_MAX 4096

void rewind_reset(struct rewind *rewind)
{
    trace_state_free(rewind->state);
    free(rewind->bytes);
    *rewind = (struct rewind){.last = UINT64_MAX};
}

static bool serves(const struct rewind *rewind, uint64_t ordinal)
{
    return rewind->bytes && ordinal >= rewind->base && ordinal - rewind->base < SPAN;
}

static bool fold(struct rewind *rewind, struct trace_reader *reader, uint64_t ordinal)
{
    trace_state_free(rewind->state);
    rewind->state = trace_state_load(rewind->bytes, rewind->len);
    for (uint64_t i = rewind->base + 1; rewind->state && i <= ordinal; i++) {
        const struct trace_record *record = trace_reader_get(reader, i);
        if (record) {
            trace_state_apply(rewind->state, record);
        } else {
            rewind->state->events++; /* a damaged line changes nothing */
        }
    }
    return rewind->state != NULL;
}

const struct trace_state *rewind_state(struct rewind *rewind, struct trace_reader *reader,
                                       uint64_t ordinal)
{
    bool back =
        rewind->last != UINT64_MAX && ordinal < rewind->last && rewind->last - ordinal <= STEP_MAX;
    rewind->last = ordinal;
    if (!back) {
        return trace_reader_state(reader, ordinal);
    }
    if (!serves(rewind, ordinal)) {
        rewind->base = ordinal >= SPAN ? ordinal - SPAN + 1 : 0;
        free(rewind->bytes);
        rewind->bytes = trace_state_save(trace_reader_state(reader, rewind->base), &rewind->len);
    }
    return fold(rewind, reader, ordinal) ? rewind->state : trace_reader_state(reader, ordinal);
}
