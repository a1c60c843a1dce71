/* What the files of pair.h share. */
#ifndef IKESIM_TESTS_IKE_PAIR_INTERNAL_H
#define IKESIM_TESTS_IKE_PAIR_INTERNAL_H

#include "tests/ike/pair.h"

/* The observer's hook; `context` is the party. */
struct trace_ref pair_emit(void *context, enum trace_kind kind, const void *data);

#endif
