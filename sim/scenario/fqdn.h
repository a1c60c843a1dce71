/* Names of hosts in the DNS of the world. */
#ifndef IKESIM_SIM_SCENARIO_FQDN_H
#define IKESIM_SIM_SCENARIO_FQDN_H

#include "sim/scenario/scenario.h"

/* The host with that `fqdn`, NULL if none has it. Capitals and small letters are alike (RFC 4343).
 */
const struct scenario_host *fqdn_find(const struct scenario *scenario, const char *name);

#endif
