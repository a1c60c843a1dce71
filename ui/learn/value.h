/* What a lesson wants to know of a run: a value, computed from the recording (docs/lessons.md). */
#ifndef IKESIM_UI_LEARN_VALUE_H
#define IKESIM_UI_LEARN_VALUE_H

#include "sim/scenario/yaml.h"
#include "trace/reader.h"
#include "trace/series_reader.h"

/* A value with its name, in the order of the file. */
struct learn_named {
    const char *name;
    const char *text;
};

struct learn_values {
    struct arena *arena;       /* gets the texts */
    struct problems *problems; /* are told what cannot be computed */
    struct trace_reader *reader;
    struct trace_series_reader *series; /* NULL: the run has none */
    const char *pair[2];
    uint64_t ordinal; /* of the step that asks; UINT64_MAX: none, the whole run */
    size_t count, cap;
    struct learn_named *named;
};

/* Computes the value that a node asks for; NULL after the problems were told. */
const char *learn_value(struct learn_values *values, const struct yaml_node *node);

/* Remembers a value under a name. */
void learn_values_add(struct learn_values *values, const char *name, const char *text);

/* The text with every {name} replaced: {x} a value, {event.FIELD} a field of the step's event,
 * {event.time} its time. NULL after the problems were told. */
const char *learn_values_fill(struct learn_values *values, const struct yaml_node *text);

#endif
