/*
 * What IKE_SA_INIT and IKE_SESSION_RESUME, which takes its place (RFC 5723 §4.3.2), have in common:
 * the first exchange of an IKE SA. For ike/ only.
 */
#ifndef IKESIM_IKE_INIT_H
#define IKESIM_IKE_INIT_H

#include "ike/exchange.h"

/* Draws the own nonce of the exchange; copies the peer's. */
void ike_init_draw_nonce(struct ike_call *call, const struct ike_sa *sa, bool response,
                         uint8_t nonce[IKE_NONCE_MAX], uint16_t *len);
void ike_init_keep_nonce(uint8_t kept[IKE_NONCE_MAX], uint16_t *len,
                         const struct ike_payload *nonce);

/* §2.10: at least half the key size of the negotiated PRF. */
bool ike_init_nonce_fits(const struct ike_payload *nonce, const struct crypto_suite *suite);

/* Initiator: COOKIE, and the solution of its puzzle, in front of the request. */
void ike_init_build_cookie(struct ike_call *call, const struct ike_sa *sa);

/* Initiator: a COOKIE came for the request: the same again with it in front (§2.6). What is no
 * cookie, and a cookie that came back already, is not followed: a copy of the answer must not start
 * the next round. */
void ike_init_follow_cookie(struct ike_call *call, struct ike_sa *sa, struct ike_task *task,
                            const struct ike_payload *notify);

/* Initiator: an error, which anybody can have sent, ends nothing: the request goes on until its
 * retransmissions are used up (§2.21.1). */
void ike_init_disregard_error(struct ike_call *call, struct ike_sa *sa, uint16_t error);

/* Takes what both ends have to announce there: fragments (RFC 7383 §2.3). */
void ike_init_take_extensions(struct ike_call *call, struct ike_sa *sa);

/* Responder: false if so many IKE SAs are half-open that there is none for this stranger. Told. */
bool ike_init_has_room(struct ike_call *call);

/* Responder: a half-open SA for the request that came in, which is remembered, with both nonces. */
void ike_init_keep_request(struct ike_call *call, struct ike_sa *sa,
                           const struct ike_payload *nonce);

/* Responder: what goes into the answer behind Nr, but what is about key exchanges and proofs. */
void ike_init_build_extensions(struct ike_call *call, const struct ike_sa *sa);

/* Responder: sends the answer; `why` is told of the new state. */
void ike_init_answered(struct ike_call *call, struct ike_sa *sa, const char *why);

#endif
