/* The state of two hosts at a cursor. */
#include "ui/term/pair_state.h"

#include "ui/memory.h"

/* Events from one snapshot to the next: half of them are folded for a step back on average. */
#define SPAN 256

void pair_state_reset(struct pair_state *pair)
{
    for (size_t i = 0; i < pair->snapshot_count; i++) {
        free(pair->snapshots[i].bytes);
    }
    free(pair->snapshots);
    free(pair->pair[0]);
    free(pair->pair[1]);
    trace_state_free(pair->state);
    memset(pair, 0, sizeof *pair);
}

/* What the run said of a host before anything happened. */
static void take_host(struct pair_state *pair, struct trace_reader *reader, const char *host)
{
    uint64_t at = 0;
    for (;;) {
        at =
            trace_reader_step(reader, at, 1, TRACE_KINDS_OF(TRACE_HOST_DECLARED_EVENT), host, NULL);
        const struct trace_record *record = at == UINT64_MAX ? NULL : trace_reader_get(reader, at);
        if (!record) {
            return;
        }
        if (strcmp(record->id.scope->host, host) == 0) {
            trace_state_apply(pair->state, record);
            return;
        }
    }
}

static void keep_snapshot(struct pair_state *pair)
{
    bool due = pair->folded % SPAN == 0;
    for (size_t i = 0; due && i < pair->snapshot_count; i++) {
        due = pair->snapshots[i].folded != pair->folded;
    }
    if (due) {
        UI_GROW(pair->snapshots, pair->snapshot_count, pair->snapshot_cap);
        struct pair_snapshot *snapshot = &pair->snapshots[pair->snapshot_count++];
        *snapshot = (struct pair_snapshot){.last = pair->last, .folded = pair->folded};
        snapshot->bytes = trace_state_save(pair->state, &snapshot->len);
    }
}

static void begin(struct pair_state *pair, struct trace_reader *reader, const char *a,
                  const char *b)
{
    pair_state_reset(pair);
    pair->pair[0] = ui_copy(a);
    pair->pair[1] = ui_copy(b);
    pair->state = trace_state_new();
    take_host(pair, reader, a);
    take_host(pair, reader, b);
    keep_snapshot(pair);
}

/* Back to the last snapshot that is not behind the event. */
static void go_back(struct pair_state *pair, uint64_t ordinal)
{
    size_t which = 0;
    for (size_t i = 0; i < pair->snapshot_count; i++) {
        bool later = pair->snapshots[i].folded > pair->snapshots[which].folded;
        which = pair->snapshots[i].last <= ordinal && later ? i : which;
    }
    const struct pair_snapshot *snapshot = &pair->snapshots[which];
    trace_state_free(pair->state);
    pair->state = trace_state_load(snapshot->bytes, snapshot->len);
    pair->last = snapshot->last;
    pair->folded = snapshot->folded;
    pair->count = 0;
}

static uint64_t next_of(struct pair_state *pair, struct trace_reader *reader)
{
    if (pair->count != trace_reader_count(reader)) {
        pair->count = trace_reader_count(reader);
        pair->next =
            trace_reader_step(reader, pair->last, 1, TRACE_ALL_KINDS, pair->pair[0], pair->pair[1]);
    }
    return pair->next;
}

const struct trace_state *pair_state_at(struct pair_state *pair, struct trace_reader *reader,
                                        const char *a, const char *b, uint64_t ordinal)
{
    bool same = pair->state && strcmp(pair->pair[0], a) == 0 && strcmp(pair->pair[1], b) == 0;
    if (!same) {
        begin(pair, reader, a, b);
    }
    if (ordinal < pair->last) {
        go_back(pair, ordinal);
    }
    for (uint64_t at = next_of(pair, reader); at <= ordinal; at = next_of(pair, reader)) {
        const struct trace_record *record = trace_reader_get(reader, at);
        if (record) {
            trace_state_apply(pair->state, record);
        }
        pair->last = at;
        pair->folded++;
        pair->count = 0;
        keep_snapshot(pair);
    }
    return pair->state;
}
