/*
 * Redirect (RFC 5685): a gateway names another one. In IKE_SA_INIT it has computed and kept nothing
 * yet (§3); in IKE_AUTH it knows who asks (§6); in INFORMATIONAL it sends somebody on whom it has
 * served so far (§5). For ike/ only.
 */
#ifndef IKESIM_IKE_REDIRECT_H
#define IKESIM_IKE_REDIRECT_H

#include "ike/sa.h"

/* As REDIRECT names it (§9.2): by its address or, where that has family 0, by its name. */
struct ike_gateway {
    struct ike_address address;
    struct crypto_bytes name; /* FQDN; views the message or the policy that it is from */
};

/* ---- the initiator ---- */

/* Writes REDIRECT_SUPPORTED, or REDIRECTED_FROM where a redirect has led here, into an IKE_SA_INIT
 * request (§3), and remembers that it has said so. */
void ike_redirect_announce(struct ike_call *call, struct ike_sa *sa);

/* A REDIRECT came in for the IKE_SA_INIT request that is out. If it is for this one (§3: it repeats
 * Ni) and may be followed, the SA is closed and the host told where to go. */
void ike_redirect_follow(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *notify,
                         struct trace_ref request);

/* The first answer of IKE_AUTH, whose AUTH is right, though EAP has not run yet: true if it holds a
 * REDIRECT that is followed; the SA is closed then (§6). */
bool ike_redirect_follow_first(struct ike_call *call, struct ike_sa *sa);

/* The last one; the SA is established. True if it holds a REDIRECT, and no CHILD SA therefore: it
 * is followed or, for the number of those before it, not; the SA is deleted in either case. */
bool ike_redirect_follow_last(struct ike_call *call, struct ike_sa *sa);

/* INFORMATIONAL: a REDIRECT in the request that came in is followed behind the answer, where the SA
 * is deleted (§5). Nothing if there is none. */
void ike_redirect_follow_told(struct ike_call *call, struct ike_sa *sa);

/* The SA is established: keeps how it came to this gateway, for the limit of redirects. */
void ike_redirect_keep(struct ike_call *call, struct ike_sa *sa);

/* ---- the gateway ---- */

/* IKE_SA_INIT: remembers whether the initiator can be redirected. */
void ike_redirect_take_support(const struct ike_call *call, struct ike_sa *sa);

/* The policy names another gateway. */
bool ike_redirect_has_target(const struct ike_policy *policy);

/* IKE_SA_INIT: true if the request that came in, with this Ni, was answered REDIRECT; or dropped,
 * since it came to an anycast address and its sender cannot be redirected from there (§4). */
bool ike_redirect_send(struct ike_call *call, struct crypto_bytes nonce);

/* Whether the initiator is to be redirected `where` (enum ike_redirect_in). */
bool ike_redirect_wanted(const struct ike_call *call, const struct ike_sa *sa, uint8_t where);

/* Writes REDIRECT into a protected message, without a nonce (§9.2). */
void ike_redirect_build(struct ike_call *call, const struct ike_sa *sa, const char *why);

/* The peer knows: it has some time to delete the SA itself (§5). */
void ike_redirect_wait(struct ike_call *call, const struct ike_sa *sa);

/* IKE_TIMER_REDIRECTED: the time is over. */
void ike_redirect_expire(struct ike_call *call, struct ike_sa *sa);

/* A new IKE SA takes the place of an old one. */
void ike_redirect_inherit(struct ike_call *call, const struct ike_sa *old, struct ike_sa *sa);

#endif
