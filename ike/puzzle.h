/*
 * Client puzzles (RFC 8019). In IKE_SA_INIT (§7.1): whoever wants an IKE SA from a responder under
 * attack pays with computing time. A puzzle comes with a COOKIE, which is what is computed with,
 * and which says under the responder's MAC how hard it was. In IKE_AUTH (§7.2), or in the
 * IKE_INTERMEDIATE before it, for who has solved that: the responder computes no secret before. For
 * ike/ only.
 */
#ifndef IKESIM_IKE_PUZZLE_H
#define IKESIM_IKE_PUZZLE_H

#include "ike/sa.h"

enum { IKE_PUZZLE_KEYS = 4, IKE_PUZZLE_KEY_LEN = 4 };

/* The difficulty that a request has to have solved now; 0: none. */
uint8_t ike_puzzle_wanted(const struct ike_endpoint *endpoint);

/* Writes N(PUZZLE). */
void ike_puzzle_build(struct ike_call *call, const struct crypto_transform *prf,
                      uint8_t difficulty);

/* Responder: whether the request that came in solves the puzzle that went with its cookie. */
bool ike_puzzle_is_solved(struct ike_call *call, const struct crypto_transform *prf,
                          uint8_t difficulty, struct crypto_bytes cookie);

/* Initiator: solves the puzzle that came in with a COOKIE, if it is willing to: the next request
 * has the solution. 2^difficulty applications of the PRF for each of four keys, on average. */
void ike_puzzle_solve(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *puzzle);

/* ---- in IKE_AUTH ---- */

/* Responder: whether the IKE SA whose IKE_SA_INIT request is being answered pays once more. */
bool ike_puzzle_charges(const struct ike_call *call);

/* Responder: keeps the key exchange, which it takes over, and the peer's value for it, until the
 * puzzle is solved; writes N(PUZZLE). */
void ike_puzzle_charge(struct ike_call *call, struct ike_sa *sa, struct crypto_kex *kex,
                       struct crypto_bytes peer_public);

/* Responder: the first protected request that came in, of IKE_AUTH or of IKE_INTERMEDIATE, of which
 * what is in the clear was read, has the solution: the keys are there now, and the puzzle is not
 * asked for again. Else it is dropped. */
bool ike_puzzle_take_payment(struct ike_call *call, struct ike_sa *sa);

/* Initiator: the IKE_SA_INIT response that came in may have a puzzle: solves it if it is willing
 * to.
 */
void ike_puzzle_solve_auth(struct ike_call *call, struct ike_sa *sa);

/* Initiator: writes the solution in front of what is sealed, where the request that is begun is the
 * first one of IKE_AUTH or of IKE_INTERMEDIATE. */
void ike_puzzle_build_payment(struct ike_call *call, const struct ike_sa *sa, uint8_t exchange);

#endif
