/*
 * Fragments (RFC 7383) on their way in: kept until all of a message are there. What goes out in
 * fragments is cut in sent.c. For ike/ only.
 */
#ifndef IKESIM_IKE_FRAGMENT_H
#define IKESIM_IKE_FRAGMENT_H

#include "ike/sa.h"

struct ike_reassembly;

/* True if the policy has the extension announced in IKE_SA_INIT (§2.3). */
bool ike_fragments_announced(const struct ike_policy *policy);

/* Octets of UDP payload that a message to the peer may have before it is sent in fragments; 0:
 * without limit. */
size_t ike_fragment_limit(const struct ike_endpoint *endpoint, const struct ike_sa *sa);

/* The message that came in was read and is a fragment of a message that is awaited. True if with it
 * the whole is there: its contents are in call->plain then and have been read; call->error tells if
 * that failed (*malformed). False: it was kept or dropped, and told. */
bool ike_fragment_take(struct ike_call *call, struct ike_sa *sa, bool *malformed);

/* IKE_TIMER_REASSEMBLY: what was to come with the rest has not. */
void ike_fragments_expire(struct ike_call *call, struct ike_sa *sa, uint32_t generation);

/* Forgets all. */
void ike_fragments_free(struct ike_endpoint *endpoint, struct ike_sa *sa);

#endif
