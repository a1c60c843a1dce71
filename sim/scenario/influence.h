/* Whom a change in a scenario can reach: everything else of the run stays as it was, octet by octet
 * (design, "Identity, never order"). */
#ifndef IKESIM_SIM_SCENARIO_INFLUENCE_H
#define IKESIM_SIM_SCENARIO_INFLUENCE_H

#include "sim/scenario/scenario.h"

/* By index of scenario.hosts, true for those that the script's first `lines` lines are about and
 * for all whom they have to do with: peers, and who shares a link or a peer with them. NULL if
 * nobody can be left out: a line is about anybody, or the scenario has what stands between many.
 * malloc'ed. */
bool *influence_of(const struct scenario *scenario, size_t lines);

#endif
