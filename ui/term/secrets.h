/* The keys that a recording tells of, as the dissector wants them: what a screen may decrypt is
 * what one of the two ends could by then. */
#ifndef IKESIM_UI_TERM_SECRETS_H
#define IKESIM_UI_TERM_SECRETS_H

#include "trace/reader.h"
#include "ui/dissect/dissect.h"

/* Kinds of events that tell of keys. */
trace_kinds secrets_kinds(void);

/* Adds the keys of one event; other kinds, and algorithms that this build does not have, add none.
 */
void secrets_add(struct dissect_keys *keys, const struct trace_record *record);

/* The datagram of a net:sent event, taken apart. NULL if the record is of another kind. */
struct dissect_tree *secrets_dissect(struct crypto_context *ctx, const struct dissect_keys *keys,
                                     const struct trace_record *record);

#endif
