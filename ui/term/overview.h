/* All pairs as a list: filtered, sorted, one of them selected, each with how busy it is over the
 * time of the run. */
#ifndef IKESIM_UI_TERM_OVERVIEW_H
#define IKESIM_UI_TERM_OVERVIEW_H

#include "ui/term/grid.h"
#include "ui/term/model.h"

/* COLUMN(symbol, heading, columns) */
#define OVERVIEW_COLUMNS(COLUMN)                                                                   \
    COLUMN(PAIR, "pair", 24)                                                                       \
    COLUMN(STATE, "state", 12)                                                                     \
    COLUMN(CHILDREN, "SAs", 5)                                                                     \
    COLUMN(RTT, "RTT", 9)                                                                          \
    COLUMN(AGAIN, "again", 7)                                                                      \
    COLUMN(LOST, "lost", 7)                                                                        \
    COLUMN(REFUSED, "refused", 9)                                                                  \
    COLUMN(PACKETS, "ESP", 8)                                                                      \
    COLUMN(BYTES, "bytes", 9)                                                                      \
    COLUMN(LAST, "last", 12)

enum overview_column {
#define COLUMN(symbol, heading, width) OVERVIEW_##symbol,
    OVERVIEW_COLUMNS(COLUMN)
#undef COLUMN
        OVERVIEW_COLUMN_COUNT
};

#define OVERVIEW_SPARKS 16

struct overview;
struct overview *overview_new(void);
void overview_free(struct overview *overview);

/* Filters and sorts the pairs of the model's state, and counts some more for the sparklines. */
void overview_prepare(struct overview *overview, const struct model *model);
bool overview_busy(const struct overview *overview, const struct model *model);

/* The rows that are shown: indices into state->pairs. */
uint32_t overview_count(const struct overview *overview);
uint32_t overview_pair(const struct overview *overview, uint32_t row);

/* The row of the selected pair; overview_count() if the filter hides it. */
uint32_t overview_selected(const struct overview *overview, const struct model *model);

/* Datagrams in each sixteenth of the run, as 0 (none) to 8 (the most of any); NULL if they are not
 * counted yet. */
const uint8_t *overview_sparks(const struct overview *overview, uint32_t pair);

/* Selects another row; sorts by the next column, or, `turn`, the other way round; sorts by a
 * column; shows those only that have the text (copied, "": all). */
void overview_move(struct overview *overview, struct model *model, int64_t steps);
void overview_sort(struct overview *overview, bool turn);
void overview_sort_by(struct overview *overview, enum overview_column column);
enum overview_column overview_sorted_by(const struct overview *overview, bool *turned);
void overview_set_filter(struct overview *overview, const char *filter);
const char *overview_filter(const struct overview *overview);

/* One word for both ends: "up", "half", "init", "closed", "-". */
const char *overview_word(const struct trace_pair_state *pair, enum style *style);
/* Octets that its CHILD SAs have carried, as the connecting end counts them. */
uint64_t overview_bytes(const struct trace_pair_state *pair);

#endif
