/* Events of a recording by what a lesson says of them, and what their fields say. */
#ifndef IKESIM_UI_LEARN_FIND_H
#define IKESIM_UI_LEARN_FIND_H

#include "sim/scenario/yaml.h"
#include "trace/reader.h"

/* Most conditions that one event is looked for with. */
#define LEARN_CONDITIONS_MAX 12

/* Which events: all of a kind, on a host, about a peer, with these values in these fields. */
struct learn_match {
    enum trace_kind kind;
    const char *host; /* NULL: any */
    const char *peer; /* whom it concerns; NULL: any */
    size_t count;
    struct {
        const struct trace_field_info *field;
        const char *value; /* as the recording writes it; "x*": begins so, "*x*": has it */
    } where[LEARN_CONDITIONS_MAX];
};

/* Reads `event: NAME`, `host:`, `peer:` and `where: {FIELD: VALUE, ...}` of a mapping. False after
 * the problems were told. */
bool learn_match_read(const struct yaml_node *node, struct learn_match *match,
                      struct problems *problems);

/* The first match behind (dir 1) or before (-1) `from`, excluded; UINT64_MAX if there is none. */
uint64_t learn_match_step(const struct learn_match *match, struct trace_reader *reader,
                          uint64_t from, int dir);

/* The field of that name; NULL if the kind has none. */
const struct trace_field_info *learn_field_find(enum trace_kind kind, const char *name);

/* A field's value as the recording writes it, without quotes. */
const char *learn_field_text(struct arena *arena, const struct trace_record *record,
                             const struct trace_field_info *field);

/* The same for people: times and durations with units. */
const char *learn_field_words(struct arena *arena, const struct trace_record *record,
                              const struct trace_field_info *field);

#endif
