/* Runs a scenario once more with lines of script added, in a process of its own, for `what if` in
 * the terminal. */
#ifndef IKESIM_UI_CLI_RERUN_H
#define IKESIM_UI_CLI_RERUN_H

#include "ui/cli/options.h"
#include "ui/term/whatif.h"

struct rerun;

/* `target` is SCENARIO|DIR as given; both arguments are borrowed. Nothing is read before the first
 * run is asked for. */
struct rerun *rerun_new(const char *target, const struct options_scenario *options);

/* The readers that it gave are closed with it. */
void rerun_free(struct rerun *rerun);

/* Lives as long as `rerun`. */
const struct whatif_runner *rerun_runner(const struct rerun *rerun);

#endif
