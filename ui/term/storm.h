/* The whole run in figures over time, out of its series.csv: of all hosts or of one that has rows
 * of its own. */
#ifndef IKESIM_UI_TERM_STORM_H
#define IKESIM_UI_TERM_STORM_H

#include "trace/series_reader.h"
#include "ui/term/model.h"
#include "ui/term/overview.h"

/* How a figure is read: as it stands, for each second, in per mille, as a length of time. */
enum storm_unit { STORM_PLAIN, STORM_RATE, STORM_PERMILLE, STORM_TIME };

/* FIGURE(symbol, column, unit, heading, what the overview is to show of it) */
#define STORM_FIGURES(FIGURE)                                                                      \
    FIGURE(ESTABLISHED, ESTABLISHED, PLAIN, "established", "up")                                   \
    FIGURE(HALF_OPEN, HALF_OPEN, PLAIN, "half-open", "init")                                       \
    FIGURE(ATTEMPTS, ATTEMPTS, RATE, "attempts/s", "")                                             \
    FIGURE(SETUPS, SETUPS, RATE, "setups/s", "up")                                                 \
    FIGURE(AGAIN, RETRANSMISSIONS, RATE, "retransmitted/s", "")                                    \
    FIGURE(LOST, DATAGRAMS_LOST, RATE, "lost/s", "")                                               \
    FIGURE(CPU, CPU_PERMILLE, PERMILLE, "CPU", "")                                                 \
    FIGURE(QUEUE, QUEUE_MAX, PLAIN, "longest queue", "")                                           \
    FIGURE(DROPPED, CPU_DROPPED, RATE, "queue full/s", "")                                         \
    FIGURE(WAIT, WAIT_P99, TIME, "core wait", "")                                                  \
    FIGURE(SETUP, SETUP_P99, TIME, "set-up", "")                                                   \
    FIGURE(REKEYS, CHILD_REKEYS, RATE, "rekeys/s", "")                                             \
    FIGURE(PACKETS, ESP_SENT, RATE, "ESP/s", "")                                                   \
    FIGURE(DELAY, DELAY_P99, TIME, "delay", "")                                                    \
    FIGURE(GAVE_UP, GAVE_UP, RATE, "gave up/s", "")

enum storm_figure {
#define FIGURE(symbol, column, unit, heading, filter) STORM_##symbol,
    STORM_FIGURES(FIGURE)
#undef FIGURE
        STORM_FIGURE_COUNT
};

struct storm;

/* `reader` is borrowed; NULL: the recording has no series. */
struct storm *storm_new(struct trace_series_reader *reader);
void storm_free(struct storm *storm);

/* True if there is a series, which may have no rows yet. */
bool storm_has_series(const struct storm *storm);

/* Takes in what a growing series has got since. Call before asking. */
void storm_prepare(struct storm *storm, struct model *model);

/* Rows of the host that is shown; 0 if there is no series. */
size_t storm_count(const struct storm *storm);
const char *storm_host(const struct storm *storm); /* "*": all */

/* A figure in row `i`: for each second in thousandths, else as it stands. */
uint64_t storm_value(const struct storm *storm, enum storm_figure figure, size_t i);
/* Of a length of time, which is the 99th of hundred: the 50th, in ns. */
uint64_t storm_median(const struct storm *storm, enum storm_figure figure, size_t i);
uint64_t storm_time(const struct storm *storm, size_t i); /* end of its interval */

/* The row in whose interval the cursor is; storm_count() if the run has not come so far. */
size_t storm_row_at(const struct storm *storm, uint64_t time);

/* The figure that the screen is about, and moving on to others. */
enum storm_figure storm_selected(const struct storm *storm);
void storm_move(struct storm *storm, int steps);
void storm_select(struct storm *storm, enum storm_figure figure);
/* The rows of the next (1) or previous host. */
void storm_turn(struct storm *storm, int dir);

/* Makes the overview show the pairs behind the selected figure. */
void storm_open(const struct storm *storm, struct overview *overview);

/* In words what the figures at the cursor mean together: what feeds the storm, if it is one.
 * malloc'ed. */
char *storm_words(const struct storm *storm, uint64_t time);

/* As the table above has them. */
const char *storm_heading(enum storm_figure figure);
enum storm_unit storm_unit(enum storm_figure figure);

#endif
