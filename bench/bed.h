/* What benches of whole worlds stand on: pairs of hosts that set up their SAs. */
#ifndef IKESIM_BENCH_BED_H
#define IKESIM_BENCH_BED_H

#include "sim/scenario/world.h"

#define BED_MS UINT64_C(1000000)

/* Hosts "i-1" and "r-1" to "i-N" and "r-N": `keys` "fresh" or "pooled", X25519, shared key,
 * AES-128-GCM, HMAC-SHA-256, links of 20 ms. They connect at random times within
 * pairs * `apart` ns; the run ends two seconds after that, plus `longer` ns. Free with
 * scenario_free. */
struct scenario *bed_pairs(size_t pairs, const char *keys, uint64_t apart, uint64_t longer);

/* A scenario that ships, with settings as --set has them; the bench ends if it cannot be read. */
struct scenario *bed_read(const char *path, const char *const *set, size_t set_count);

/* World of a scenario; the bench ends if there is none. */
struct world *bed_world(const struct scenario *scenario, const struct world_options *options);

/* Runs to `until`, or to the scenario's end. */
void bed_run(struct world *world, uint64_t until);

/* Ends the bench unless so many ends have their CHILD SA. */
void bed_check(const struct world *world, uint64_t child_sas);

#endif
