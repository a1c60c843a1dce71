/*
 * IKE_INTERMEDIATE (RFC 9242) and the additional key exchanges in it (RFC 9370): between
 * IKE_SA_INIT and IKE_AUTH, one after the other. After each the SA has new keys, and AUTH covers
 * every message. For ike/ only.
 */
#ifndef IKESIM_IKE_INTERMEDIATE_H
#define IKESIM_IKE_INTERMEDIATE_H

#include "ike/exchange.h"

/* What AUTH covers of them (RFC 9242 §3.3.2): IntAuth_iN | IntAuth_rN | IKE_AUTH_MID. */
enum { IKE_INT_AUTH_MAX = 2 * CRYPTO_PRF_MAX + 4 };

/* True if the policy has an additional key exchange to offer, so that the extension is announced.
 */
bool ike_intermediate_announced(const struct ike_policy *policy);

/* True while exchanges are to come before IKE_AUTH. */
bool ike_intermediate_due(const struct ike_sa *sa);

/* The message that is built and not sealed yet, or the one that came in and was opened, is one of
 * an IKE_INTERMEDIATE exchange: counts it into the AUTH of its sender. */
void ike_intermediate_note_sent(struct ike_call *call, struct ike_sa *sa);
void ike_intermediate_note_received(struct ike_call *call, struct ike_sa *sa);

/* Responder: the answer has left under the old keys; from now on the new ones are used. */
void ike_intermediate_answered(struct ike_call *call, struct ike_sa *sa);

/* Writes IntAuth; its length, 0 if there was no such exchange. */
size_t ike_intermediate_auth(const struct ike_sa *sa, uint8_t octets[IKE_INT_AUTH_MAX]);

#endif
