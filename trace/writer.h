/*
 * The recording as it is written: run.ndjson, one event a line in order of time, and run.index
 * beside it with offsets, keyframes and positions (docs/recording.md). A line is written whole or
 * not at all, and the index never names a byte that is not yet in the file.
 */
#ifndef IKESIM_TRACE_WRITER_H
#define IKESIM_TRACE_WRITER_H

#include "trace/record.h"

struct trace_writer;

/* Creates DIR/run.ndjson and DIR/run.index. NULL with `error` filled if that fails. */
struct trace_writer *trace_writer_open(const char *dir, char *error, size_t error_cap);

/* Appends one event. Errors of the disk are kept and told by trace_writer_close. */
void trace_writer_add(struct trace_writer *writer, const struct trace_record *record);

/* Makes all that was added visible to readers. */
void trace_writer_flush(struct trace_writer *writer);

/* True once the disk has refused something: nothing is written any more. */
bool trace_writer_failed(const struct trace_writer *writer);

/* Lines written so far. */
uint64_t trace_writer_count(const struct trace_writer *writer);

/* Closes both files and frees. Returns 0, or -1 with `error` filled if anything could not be
 * written. */
int trace_writer_close(struct trace_writer *writer, char *error, size_t error_cap);

/* One event as its NDJSON line, without the newline, NUL-terminated; returns the length of the
 * whole (snprintf's way). */
size_t trace_line_print(const struct trace_record *record, char *line, size_t cap);

#endif
