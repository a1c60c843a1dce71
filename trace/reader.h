/*
 * A recording as it is read: events by ordinal (0 is the first line), positions by pair and kind,
 * state at a cursor. Opens by the index; where that is missing or cut off, by scanning the lines. A
 * recording that still grows is refreshed. What was cut off is readable to its last whole event.
 */
#ifndef IKESIM_TRACE_READER_H
#define IKESIM_TRACE_READER_H

#include "trace/record.h"
#include "trace/state.h"

struct trace_reader;

/* `path` is a result directory or a run.ndjson. NULL with `error` filled (file, line, what). */
struct trace_reader *trace_reader_open(const char *path, char *error, size_t error_cap);
void trace_reader_close(struct trace_reader *reader);

/* Takes in what has been written since; returns the number of events now. */
uint64_t trace_reader_refresh(struct trace_reader *reader);

/* Events that were there when it was opened or last refreshed. */
uint64_t trace_reader_count(const struct trace_reader *reader);

/* False if the last line is no run:end: the run was cut off, or still grows. */
bool trace_reader_complete(const struct trace_reader *reader);

/* The event's line, parsed. The record and all that it points to stay valid until the reader has
 * been asked for 64 other events, or is closed. NULL if the ordinal is out of range or the line is
 * damaged; trace_reader_error then says why. */
const struct trace_record *trace_reader_get(struct trace_reader *reader, uint64_t ordinal);
const char *trace_reader_error(const struct trace_reader *reader);

/* The ordinal of an event by its name; UINT64_MAX if it is not recorded. */
uint64_t trace_reader_find(struct trace_reader *reader, struct trace_ref id);

/* Next event (dir +1) or previous one (dir -1) from `from` on, `from` itself excluded, that is of
 * one of the kinds in `kinds` and, where they are not NULL, concerns host `a` and
 * host `b` in either order (host-only events of `a` or `b` are not included). With one of them
 * alone: events of that host and of anybody's dealings with it. UINT64_MAX if there is none. */
uint64_t trace_reader_step(struct trace_reader *reader, uint64_t from, int dir, trace_kinds kinds,
                           const char *a, const char *b);

/* Adds to counts[kind] the events that host `a` had about host `b` between two ordinals, both
 * excluded. Costs a nanosecond or two for each. */
void trace_reader_tally(const struct trace_reader *reader, const char *a, const char *b,
                        uint64_t after, uint64_t before, uint64_t counts[TRACE_KIND_COUNT]);

/* State after event `ordinal` (nearest keyframe plus what follows); valid until the next call. */
const struct trace_state *trace_reader_state(struct trace_reader *reader, uint64_t ordinal);

/* Time and kind of an event without parsing its data. TRACE_KIND_COUNT for a kind that this program
 * does not know, a damaged line, or an ordinal out of range. */
uint64_t trace_reader_time(struct trace_reader *reader, uint64_t ordinal);
enum trace_kind trace_reader_kind(const struct trace_reader *reader, uint64_t ordinal);

/* True if the lines of two events, of this recording and of another, are the same to the octet. */
bool trace_reader_same(struct trace_reader *reader, uint64_t ordinal, struct trace_reader *other,
                       uint64_t others);

/* The last event at or before a time; UINT64_MAX if there is none. */
uint64_t trace_reader_at(struct trace_reader *reader, uint64_t time);

#endif
