/* Looking for a text in what events say. */
#ifndef IKESIM_UI_TERM_SEARCH_H
#define IKESIM_UI_TERM_SEARCH_H

#include "trace/reader.h"

enum search_result { SEARCH_FOUND, SEARCH_END, SEARCH_GOES_ON };

/* True if `query` stands in `text` in any case of letters (ASCII). Either may be NULL: then not. */
bool search_in(const char *text, const char *query);

/* Goes from *at on (dir 1) or back (-1) through events that concern `a` and `b` (NULL: anybody),
 * `steps` of them at most; *at gets where it came to. */
enum search_result search_events(struct trace_reader *reader, uint64_t *at, int dir,
                                 const char *query, const char *a, const char *b, unsigned steps);

#endif
