/*
 * What a world will take, told before it is built (docs/design.md, "Memory and ownership"): the sum
 * of what hosts, pairs and packets take at their worst moment. The constants are rounded up from
 * what bench_memory and whole runs show; docs/performance.md has the figures.
 */
#ifndef IKESIM_SIM_SCENARIO_ESTIMATE_H
#define IKESIM_SIM_SCENARIO_ESTIMATE_H

#include "sim/scenario/scenario.h"

#define ESTIMATE_BASE                                                                              \
    (UINT64_C(32) << 20)   /* program, OpenSSL, caches, buffers of the recording                   \
                            */
#define ESTIMATE_HOST 1400 /* with its share of what the scenario says */
#define ESTIMATE_PATH 600  /* two hosts that a link joins */
/* Two hosts with an IKE SA and a CHILD SA, both ends, while all pairs have an exchange under way at
 * once: requests, a datagram and a work item among it. */
#define ESTIMATE_PAIR 9500
#define ESTIMATE_CHILD 1300 /* each further CHILD SA of a pair */
#define ESTIMATE_PACKET 96  /* an inner packet, which the observer remembers to the end */

struct estimate {
    uint64_t hosts, pairs, packets; /* pairs: hosts that connect */
    uint64_t octets;
};

/* O(hosts of the file). Never less than ESTIMATE_BASE; UINT64_MAX where the sum is beyond. */
struct estimate estimate_memory(const struct scenario *scenario);

#endif
