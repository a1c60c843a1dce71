/*
 * A YAML document as a tree of our own, each node with its line and column. Of YAML, scenarios use
 * mappings, lists and scalars; anchors, aliases, tags and further documents are refused, so that
 * what is read is what is written.
 */
#ifndef IKESIM_SIM_SCENARIO_YAML_H
#define IKESIM_SIM_SCENARIO_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/problem.h"

/* Scenarios nest six deep; what goes deeper is no scenario. */
#define YAML_DEPTH_MAX 32
/* A hundred thousand hosts written out one by one fit. */
#define YAML_SIZE_MAX ((size_t)64 << 20)

enum yaml_kind { YAML_SCALAR, YAML_MAPPING, YAML_LIST };

struct yaml_node {
    enum yaml_kind kind;
    bool plain; /* a scalar without quotes on one line: the text starts at line:column */
    bool bad;   /* something was told about it already */
    struct problem_place place;
    const char *meant; /* of a misspelt key: the one it is probably meant to be */
    const char *text;  /* of a scalar, NUL-terminated; no NUL within */
    size_t count;      /* items of a list, pairs of a mapping */
    size_t cap;
    struct yaml_node **items; /* items or values */
    struct yaml_node **keys;  /* scalars; mappings only */
};

/* Reads `len` octets. `place` says where the text begins. NULL if it is no YAML that we read; then
 * `problems` has been told. An empty document is an empty scalar. */
struct yaml_node *yaml_read(struct arena *arena, const char *text, size_t len,
                            struct problem_place place, struct problems *problems);

/* Value of a key (of the first, if it is there twice), NULL if absent or `node` is no mapping or
 * NULL. */
struct yaml_node *yaml_get(const struct yaml_node *node, const char *key);

/* i-th item of a list, NULL if absent or `node` is no list or NULL. */
struct yaml_node *yaml_item(const struct yaml_node *node, size_t i);

/* True if a mapping has the key, or a misspelt one that is probably meant to be it: then nothing
 * more is to be said about its absence. */
bool yaml_has(const struct yaml_node *node, const char *key);

/* True if something was told about the node or what is in it. NULL is not bad. */
bool yaml_is_bad(const struct yaml_node *node);

/* Tells about the first octet that is not text, and returns false. yaml_read does this itself. */
bool yaml_check_text(const char *text, size_t len, struct problem_place place,
                     struct problems *problems);

/* Adds a pair to a mapping, an item to a list (`key` NULL). */
void yaml_add(struct arena *arena, struct yaml_node *node, struct yaml_node *key,
              struct yaml_node *value);

/* A scalar as YAML reads it back: plain where that is safe, quoted otherwise. `flow`: inside
 * brackets, where commas and brackets end a plain scalar. */
char *yaml_quote(struct arena *arena, const char *text, bool flow);

#endif
