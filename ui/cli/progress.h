/* How far a long piece of work is, on stderr: on a terminal one line that is written over,
 * elsewhere (a file, the log of a build) lines at growing intervals. */
#ifndef IKESIM_UI_CLI_PROGRESS_H
#define IKESIM_UI_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool wanted;   /* nothing is written otherwise */
    bool terminal; /* stderr is one */
    int shown;     /* columns on the terminal's line */
    double begin;  /* seconds of the wall clock */
    double next;   /* when the next line is due, where there is no terminal */
};

/* Seconds of a clock that only goes forwards. */
double progress_clock(void);

/* Begins at `now`. */
void progress_begin(struct progress *progress, bool wanted, double now);

/* Shows where the work is, if it has taken two seconds and it is time: virtual times in ns, events
 * executed so far. */
void progress_show(struct progress *progress, uint64_t at, uint64_t duration, uint64_t events,
                   double now);

/* What is done now, in the place of the terminal's line; "" takes it away. */
void progress_say(struct progress *progress, const char *text);

#endif
