/* The field that a step of a lesson points at: found in the message of its event, or in the event.
 */
#ifndef IKESIM_UI_LEARN_POINT_H
#define IKESIM_UI_LEARN_POINT_H

#include "crypto/context.h"
#include "sim/scenario/arena.h"
#include "trace/reader.h"

struct learn_point {
    const char *name;
    const char *path;      /* of a field of the message: dissect_tree_find leads to it */
    const char *value;     /* as the dissector or the recording writes it */
    const char *reference; /* "RFC 7296 §3.4"; NULL: none */
    const char *meaning;   /* one sentence; NULL: none */
    bool decrypted;        /* it was encrypted on the wire */
    bool in_message;       /* a field of the message, not of the event */
};

/* The datagram (its net:sent) that an event speaks of: its own, the one that it was sent in, or the
 * one that brought it about. UINT64_MAX if there is none. */
uint64_t learn_point_datagram(struct trace_reader *reader, uint64_t ordinal);

/* Looks for a field called `name` (of a dissector's tree: see dissect_tree_find; of an event: by
 * the recording's name) at event `ordinal`. False if there is none. Texts go to `arena`.
 */
bool learn_point_find(struct arena *arena, struct crypto_context *crypto,
                      struct trace_reader *reader, uint64_t ordinal, const char *name,
                      struct learn_point *point);

#endif
