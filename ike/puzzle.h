/*
 * Client puzzles in IKE_SA_INIT (RFC 8019 §7.1): whoever wants an IKE SA from a responder under
 * attack pays with computing time. A puzzle comes with a COOKIE, which is what is computed with,
 * and which says under the responder's MAC how hard it was. For ike/ only.
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

#endif
