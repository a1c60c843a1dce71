/*
 * One IKE SA between two identities: INITIAL_CONTACT (RFC 7296 §2.4) and the policy on uniqueness.
 * For ike/ only.
 */
#ifndef IKESIM_IKE_UNIQUE_H
#define IKESIM_IKE_UNIQUE_H

#include "ike/sa.h"

/* True if there is no other IKE SA with that peer, so that INITIAL_CONTACT may be said. */
bool ike_unique_is_first(const struct ike_endpoint *endpoint, const struct ike_sa *sa);

/* Responder, AUTH having been checked: deals with the older SAs of the identity in `id` as policy
 * and INITIAL_CONTACT want it. False if the new one is to be refused. Those that are to be deleted
 * are left to ike_unique_replace: the answer is being built. */
bool ike_unique_admit(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *id);

/* Behind the answer: deletes the older SAs that ike_unique_admit found replaced. */
void ike_unique_replace(struct ike_call *call, struct ike_sa *sa);

#endif
