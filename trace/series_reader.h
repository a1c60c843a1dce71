/* Reading series.csv back, also while it grows. */
#ifndef IKESIM_TRACE_SERIES_READER_H
#define IKESIM_TRACE_SERIES_READER_H

#include "trace/series.h"

struct trace_series_reader;

/* Opens DIR/series.csv. NULL with `error` filled if there is none or it is not one. The file may be
 * removed then. */
struct trace_series_reader *trace_series_reader_open(const char *dir, char *error,
                                                     size_t error_cap);
void trace_series_reader_close(struct trace_series_reader *reader);

/* Takes in the whole rows that have been added since. Returns how many. A row that is none is
 * passed over; a column that this program does not know too. */
size_t trace_series_reader_poll(struct trace_series_reader *reader);

/* Rows so far: of each interval that of all hosts ("*") comes first. They move when more are taken
 * in. */
size_t trace_series_reader_count(const struct trace_series_reader *reader);
const struct trace_series_row *trace_series_reader_row(const struct trace_series_reader *reader,
                                                       size_t i);

#endif
