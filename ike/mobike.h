/*
 * MOBIKE (RFC 4555): an IKE SA and its CHILD SAs go on when the initiator's address changes. For
 * ike/ only.
 */
#ifndef IKESIM_IKE_MOBIKE_H
#define IKESIM_IKE_MOBIKE_H

#include "ike/exchange.h"

/* Writes MOBIKE_SUPPORTED into a message of IKE_AUTH, if the policy says so. */
void ike_mobike_announce(struct ike_call *call, const struct ike_sa *sa);

/* Learns from the message of IKE_AUTH that came in whether the peer speaks it too. */
void ike_mobike_take(struct ike_call *call, struct ike_sa *sa);

/* IKE_TASK_UPDATE_ADDRESSES, of the initiator: UPDATE_SA_ADDRESSES and the hashes of NAT detection
 * (§3.5); IKE_TASK_ROUTABILITY, of the responder: COOKIE2 to the new address (§3.7). */
void ike_mobike_build(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task);
void ike_mobike_answered(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task);

/* The other end of both, in a request of INFORMATIONAL. */
void ike_mobike_answer(struct ike_call *call, struct ike_sa *sa);

#endif
