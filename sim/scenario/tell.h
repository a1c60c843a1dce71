/* Errors about a value, always in the same three parts: what was found, what was expected, what may
 * have been meant. */
#ifndef IKESIM_SIM_SCENARIO_TELL_H
#define IKESIM_SIM_SCENARIO_TELL_H

#include "sim/scenario/schema.h"
#include "sim/scenario/yaml.h"

struct reader {
    struct schema_draft *draft;
    struct problems problems;
    struct yaml_node *root;
};

/* Marks the node as bad, so that nothing further is said about it. `offset` octets into a plain
 * scalar. */
__attribute__((format(printf, 4, 5))) void tell(struct reader *reader, struct yaml_node *node,
                                                size_t offset, const char *format, ...);

/* "; did you mean 'x'?", or "" if `meant` is NULL. */
const char *tell_meant(struct reader *reader, const char *meant);

/* What the node is, for errors: "'abc'", "a list", "a mapping". Long texts are cut, control
 * characters shown as '?'. */
const char *tell_found(struct reader *reader, const struct yaml_node *node);

/* The same for any text. */
const char *tell_quoted(struct reader *reader, const char *text);

#endif
