/* Groups: `count: N` on a host, and `pairs: N`. */
#ifndef IKESIM_SIM_SCENARIO_GROUPS_H
#define IKESIM_SIM_SCENARIO_GROUPS_H

#include "sim/scenario/check.h"

/* Checks what is said about groups; `pairs` becomes the count of both hosts. Before all that asks
 * for a host's count. */
void check_groups(struct reader *reader);

/* Puts the members in the place of their groups: scenario->hosts gets all of them, in the order of
 * the file, and scenario->templates what was read. After everything that goes through hosts and
 * nodes of the file together. Linear in the number of members. */
void expand_groups(struct reader *reader, const struct check_names *names);

/* Tells each link which hosts it joins; after expand_groups. */
void expand_links(struct reader *reader, const struct check_names *names);

#endif
