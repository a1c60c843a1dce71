/* The `links` of a scenario as YAML; nothing if there are none. */
#ifndef IKESIM_SIM_SCENARIO_PRINT_LINKS_H
#define IKESIM_SIM_SCENARIO_PRINT_LINKS_H

#include <stdio.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/scenario.h"

/* Texts on their way out live in `arena`. */
void print_links(FILE *out, struct arena *arena, const struct scenario *scenario);

#endif
