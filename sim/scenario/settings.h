/* --set: values from the command line in place of those in the file. */
#ifndef IKESIM_SIM_SCENARIO_SETTINGS_H
#define IKESIM_SIM_SCENARIO_SETTINGS_H

#include "sim/scenario/tell.h"

/* Puts "path=value" into the tree; what is wrong with the path is told. Values are read with the
 * tree later. */
void settings_apply(struct reader *reader, const char *setting);

#endif
