/* Faulty senders of a scenario: the lines of its script that edit a message before it is sealed. */
#ifndef IKESIM_SIM_SCENARIO_FAULTS_H
#define IKESIM_SIM_SCENARIO_FAULTS_H

#include "ike/faults.h"
#include "sim/host/esp_faults.h"
#include "sim/scenario/scenario.h"

struct faults;

/* NULL if the script has no such line; the scenario is borrowed. */
struct faults *faults_new(const struct scenario *scenario);
void faults_free(struct faults *faults);

/* Those of a host, for its endpoint and for its ESP stack; NULL if it has none, or `faults` is
 * NULL.
 */
struct ike_faults *faults_of(struct faults *faults, const char *host);
struct esp_faults *faults_of_esp(struct faults *faults, const char *host);

#endif
