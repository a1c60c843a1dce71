/*
 * Between which hosts a CHILD SA is being rekeyed: from the request with N(REKEY_SA) to the answer
 * of the Delete for the old one (RFC 7296 §2.8), or to whatever else ends it. Part of the observer:
 * learnt from what both ends tell.
 */
#ifndef IKESIM_SIM_SCENARIO_REKEYS_H
#define IKESIM_SIM_SCENARIO_REKEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/event.h"

struct rekeys;

/* No pair is known, and no rekey under way. */
struct rekeys *rekeys_new(void);
void rekeys_free(struct rekeys *rekeys);

/* The pair of two hosts, in either order; it stays what it is. Hosts are numbers below 2^32. */
uint32_t rekeys_pair(struct rekeys *rekeys, size_t host, size_t peer);

/* `host` tells something of its dealings with `peer`. */
void rekeys_told(struct rekeys *rekeys, size_t host, size_t peer, enum trace_kind kind,
                 const void *data, uint64_t now);

/* Whether a rekey was under way at any time from `since` (ns) to now. */
bool rekeys_since(const struct rekeys *rekeys, uint32_t pair, uint64_t since);

#endif
