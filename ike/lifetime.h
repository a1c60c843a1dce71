/*
 * Lifetimes: when an SA is replaced and when it ends (RFC 7296 §2.8). Each end watches its own, and
 * whoever comes first begins the rekey. For ike/ only.
 */
#ifndef IKESIM_IKE_LIFETIME_H
#define IKESIM_IKE_LIFETIME_H

#include "ike/child.h"

/* The IKE SA is established: its rekey_time runs, or its end is near. */
void ike_lifetime_watch_sa(struct ike_call *call, struct ike_sa *sa);

/* The CHILD SA is installed: its rekey_time runs; `out` gets the limits that ESP watches. */
void ike_lifetime_watch_child(struct ike_call *call, const struct ike_sa *sa,
                              const struct ike_child *child, struct ike_child_sa *out);

/* IKE_TIMER_SA_REKEY, IKE_TIMER_SA_EXPIRE, IKE_TIMER_CHILD_REKEY, IKE_TIMER_CHILD_EXPIRE. */
void ike_lifetime_sa_ends(struct ike_call *call, struct ike_sa *sa, bool hard);
void ike_lifetime_child_ends(struct ike_call *call, struct ike_child *child, bool hard);

/* ESP has counted up to a limit, "rekey_bytes" or the like. */
void ike_lifetime_child_limit(struct ike_call *call, struct ike_child *child, bool hard,
                              const char *limit);

#endif
