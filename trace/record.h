/* An event with its time, name and cause; scopes interned; copies and hashes of events. */
#ifndef IKESIM_TRACE_RECORD_H
#define IKESIM_TRACE_RECORD_H

#include "trace/event.h"

/* A set of kinds of events. There are more than 64 of them. */
__extension__ typedef unsigned __int128 trace_kinds;
#define TRACE_KINDS_OF(kind) ((trace_kinds)1 << (kind))
#define TRACE_ALL_KINDS (~(trace_kinds)0)
_Static_assert(TRACE_KIND_COUNT < 128, "a set of kinds has a bit for each");

struct trace_record {
    uint64_t time; /* ns since the epoch of the run */
    enum trace_kind kind;
    struct trace_ref id;
    struct trace_ref cause; /* scope NULL if none */
    const void *data;       /* the struct of `kind`, e.g. struct trace_net_sent */
};

/* The table's row of a kind. */
const struct trace_kind_info *trace_kind_info(enum trace_kind kind);

/* The kind with that name ("ike:state"); returns false if there is none. */
bool trace_kind_find(const char *name, enum trace_kind *kind);

/* ---- scopes ---- */

struct trace_scopes;
struct trace_scopes *trace_scopes_new(void);
void trace_scopes_free(struct trace_scopes *scopes);

/* The one scope of (host, peer); peer may be NULL. It lives as long as `scopes`; its strings are
 * copies. */
const struct trace_scope *trace_scopes_intern(struct trace_scopes *scopes, const char *host,
                                              const char *peer);

/* Writes "alice/gw#12" or "alice#3"; returns the length of the whole. */
size_t trace_ref_print(struct trace_ref ref, char *text, size_t cap);

/* Reads what trace_ref_print writes. Returns false if it is no such text. */
bool trace_ref_parse(struct trace_scopes *scopes, const char *text, struct trace_ref *ref);

/* ---- copies ---- */

/* A copy of an event's struct with everything that it points to (scopes excepted), one allocation
 * to free() with. Aborts when memory is out. */
void *trace_data_clone(enum trace_kind kind, const void *data);

/* ---- the hash of a run (docs/recording.md, "The hash") ---- */

/* XXH3-64 of the canonical binary form of an event's name and fields. */
uint64_t trace_digest(enum trace_kind kind, const void *data);

/* Folds one event, given by its digest, into the running hash of its host. */
uint64_t trace_fold(uint64_t host_hash, uint64_t time, struct trace_ref id, struct trace_ref cause,
                    uint64_t digest);

#endif
