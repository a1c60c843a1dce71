/* What the files of read_value.h share. For each of these `base` is the struct that the key's field
 * is in; what is wrong is told, and the field stays zero. */
#ifndef IKESIM_SIM_SCENARIO_READ_INTERNAL_H
#define IKESIM_SIM_SCENARIO_READ_INTERNAL_H

#include "sim/scenario/read_value.h"
#include "sim/scenario/values.h"

/* ---- read_value.c ---- */

/* Puts an array of the arena where the key wants it, with its count. */
void read_store_array(const struct schema_key *key, void *base, const void *items, size_t count);

/* What the key expects, in words. */
const char *read_expected(struct reader *reader, const struct schema_key *key);

/* The text of a scalar, or an error and NULL. */
const char *read_scalar_text(struct reader *reader, const struct schema_key *key,
                             struct yaml_node *node);

/* "KEY FOUND WRONG; expected ...; did you mean ...?", at the place where reading stopped. */
void read_tell_wrong(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
                     const char *wrong, const struct values_reader *values);

/* ---- read_scalar.c ---- */

/* A key whose value is one scalar. */
void read_scalar(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
                 void *base);

/* ---- read_list.c ---- */

/* A key whose value is a list of scalars. */
void read_list(struct reader *reader, const struct schema_key *key, struct yaml_node *node,
               void *base);

#endif
