/* A run in a process of its own, so that it can be stopped at any time and looked at meanwhile. */
#ifndef IKESIM_UI_CLI_CHILD_H
#define IKESIM_UI_CLI_CHILD_H

#include <sys/types.h>

#include "ui/cli/run.h"

/* Begins it, with `dir` as in run_scenario and without a terminal. The process, or -1 with errno;
 * it exits 0 if the run came to its end. */
pid_t child_run(const struct scenario *scenario, const char *dir,
                const struct run_options *options);

/* True when it is over; *well if it exited 0. */
bool child_ended(pid_t child, bool *well);

/* Why the last run that failed did; that it did, where it has not come to say it. */
const char *child_why(void);

/* Ends it; 0 is none. */
void child_stop(pid_t child);

#endif
