/* Certificates and keys of a scenario's hosts: read from files, or made by its authorities. */
#ifndef IKESIM_SIM_SCENARIO_CREDENTIALS_H
#define IKESIM_SIM_SCENARIO_CREDENTIALS_H

#include "crypto/x509.h"
#include "sim/scenario/check.h"

/* Gives each host that signs, or that believes in signatures, what it needs for that. Keys and
 * certificates follow from the seed and the names of hosts and authorities, so that one more host
 * changes nobody's. After check_addresses; does nothing where something is wrong already. Reads
 * files. */
void make_credentials(struct reader *reader, const struct check_names *names);

/* ---- files: credentials_files.c ---- */

/* All blocks with that label in a file that the scenario names, as DER in the arena, behind the
 * `*count` that are in `items` already (room for `max`). Told if there are none. */
void read_credentials_file(struct reader *reader, struct crypto_context *crypto,
                           struct yaml_node *node, const char *key, const char *path,
                           const char *label, struct crypto_bytes *items, size_t max,
                           size_t *count);

/* The file's name as the program finds it: beside the scenario's, unless it begins with a slash. */
const char *credentials_path(struct arena *arena, const struct scenario *scenario,
                             const char *path);

#endif
