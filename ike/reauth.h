/*
 * Authentication that is not for ever (RFC 7296 §2.8.3, RFC 4478): the end that began makes another
 * IKE SA from the beginning and deletes the old one, before or after. For ike/ only.
 *
 * Of RFC 4478 the abstract and the description of the notify were at hand, not the whole text.
 */
#ifndef IKESIM_IKE_REAUTH_H
#define IKESIM_IKE_REAUTH_H

#include "ike/sa.h"

/* IKE_AUTH has succeeded: reauth_time, or what AUTH_LIFETIME of the response says if that is
 * sooner, runs at the end that began. */
void ike_reauth_watch(struct ike_call *call, struct ike_sa *sa);

/* Responder: writes AUTH_LIFETIME into the last response of IKE_AUTH, and watches over it. */
void ike_reauth_announce(struct ike_call *call, struct ike_sa *sa);

/* AUTH_LIFETIME in a message of an established SA (RFC 4478 §3). */
void ike_reauth_take_lifetime(struct ike_call *call, struct ike_sa *sa);

/* A rekey authenticates nobody: the successor has as long as `old` had. */
void ike_reauth_inherit(struct ike_call *call, const struct ike_sa *old, struct ike_sa *sa);

/* IKE_TIMER_SA_REAUTH and IKE_TIMER_SA_AUTH_END. */
void ike_reauth_due(struct ike_call *call, struct ike_sa *sa);
void ike_reauth_missed(struct ike_call *call, struct ike_sa *sa);

/* The peer has answered a rekey with NO_ADDITIONAL_SAS, as one does that knows nothing but the
 * initial exchanges: the end that began makes all of it anew (RFC 7296 §4). */
void ike_reauth_instead(struct ike_call *call, struct ike_sa *sa);

/* The old SA is closed: the new one is begun when the call is over. */
void ike_reauth_closed(struct ike_call *call, const struct ike_sa *sa);

/* The new SA is established: the old one goes, if it is still there. */
void ike_reauth_done(struct ike_call *call, const struct ike_sa *sa);

/* For ike_call_end: begins what was put off until nothing else is being written. */
void ike_reauth_run(struct ike_call *call);

#endif
