/* Where the value of a key goes, for the tables of the schema. */
#ifndef IKESIM_SIM_SCENARIO_SCHEMA_FIELDS_H
#define IKESIM_SIM_SCENARIO_SCHEMA_FIELDS_H

#include "sim/scenario/schema.h"

/* A member of the block's struct. */
#define FIELD(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

/* A pointer to an array, and the member that has its length. */
#define ARRAY(type, member, counter)                                                               \
    .offset = offsetof(type, member), .count_offset = offsetof(type, counter)

/* The blocks of the file, each with its keys in a file of its own. */
extern const struct schema schema_authority, schema_certificate;
extern const struct schema schema_ike, schema_child, schema_traffic, schema_cluster;
extern const struct schema schema_nat, schema_attacker, schema_host, schema_link_block,
    schema_script, schema_expect, schema_record, schema_series;

#endif
