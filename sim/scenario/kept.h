/* Which pairs of hosts are recorded (`record`): chosen by number, and by a draw of seed and names,
 * so that one pair more or less in the world chooses no other. */
#ifndef IKESIM_SIM_SCENARIO_KEPT_H
#define IKESIM_SIM_SCENARIO_KEPT_H

#include "sim/scenario/scenario.h"

struct kept;

/* The scenario is borrowed. */
struct kept *kept_new(const struct scenario *scenario);
void kept_free(struct kept *kept);

/* Whether the scope of a host, or of its dealings with a peer, is recorded. Whatever leads to an
 * event of a pair happens in a scope of the pair, or in one that is no pair's: these are all kept,
 * so each cause is there. */
bool kept_scope(const struct kept *kept, const char *host, const char *peer);

#endif
