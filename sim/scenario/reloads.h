/* Hosts whose configuration is another from a time on: the policies that the lines `reload` of a
 * script come to, each on top of the one before it. */
#ifndef IKESIM_SIM_SCENARIO_RELOADS_H
#define IKESIM_SIM_SCENARIO_RELOADS_H

#include "sim/scenario/scenario.h"

struct reloads;

/* NULL if the script has no such line; the scenario is borrowed. */
struct reloads *reloads_new(const struct scenario *scenario);
void reloads_free(struct reloads *reloads);

/* What holds of the line's host from then on. *what gets what has changed, for people: "window 4,
 * proposals aes256-sha384-ecp384". Both live as long as `reloads`. */
const struct ike_policy *reloads_policy(const struct reloads *reloads,
                                        const struct scenario_line *line, const char **what);

#endif
