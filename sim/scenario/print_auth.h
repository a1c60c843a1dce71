/* Authentication as YAML; a part of print.c. */
#ifndef IKESIM_SIM_SCENARIO_PRINT_AUTH_H
#define IKESIM_SIM_SCENARIO_PRINT_AUTH_H

#include <stdio.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/scenario.h"

/* The keys of a host's `ike` that are about authentication. */
void print_auth(FILE *out, struct arena *arena, const struct scenario *scenario,
                const struct scenario_host *host);

/* The scenario's `authorities`; nothing if it has none. */
void print_authorities(FILE *out, struct arena *arena, const struct scenario *scenario);

#endif
