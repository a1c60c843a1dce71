/* A tree read by the schema into structs: types, units, ranges, unknown and missing keys. What
 * follows from several keys together is checked later. */
#ifndef IKESIM_SIM_SCENARIO_READ_VALUE_H
#define IKESIM_SIM_SCENARIO_READ_VALUE_H

#include "sim/scenario/tell.h"

/* Reads a mapping into the struct at `base`. What is wrong is told; its field stays zero. `node`
 * NULL: all defaults. */
void read_block(struct reader *reader, const struct schema *schema, struct yaml_node *node,
                void *base);

/* "name, address, connect": the keys of a block, for errors. */
const char *read_key_names(struct reader *reader, const struct schema *schema);

/* "unknown key ..." about a word that is no key of the block. `*meant` gets the key that it is
 * probably meant to be, or NULL. */
const char *read_unknown_key(struct reader *reader, const struct schema *schema, const char *word,
                             const char **meant);

#endif
