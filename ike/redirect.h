/*
 * Redirect in IKE_SA_INIT (RFC 5685): a gateway that has enough names another one before it has
 * computed or kept anything. For ike/ only.
 */
#ifndef IKESIM_IKE_REDIRECT_H
#define IKESIM_IKE_REDIRECT_H

#include "ike/sa.h"

/* Writes REDIRECT_SUPPORTED, or REDIRECTED_FROM where a redirect has led here, into an IKE_SA_INIT
 * request (§3). */
void ike_redirect_announce(struct ike_call *call, const struct ike_sa *sa);

/* Responder: true if the request that came in, with this Ni, was answered REDIRECT. */
bool ike_redirect_send(struct ike_call *call, struct crypto_bytes nonce);

/* Initiator: a REDIRECT came in for the request that is out. If it is for this one (§3: it repeats
 * Ni) and may be followed, the SA is closed and the host told where to go. */
void ike_redirect_follow(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *notify,
                         struct trace_ref request);

#endif
