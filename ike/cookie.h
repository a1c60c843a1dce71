/*
 * COOKIE (RFC 7296 §2.6): a responder that has many half-open IKE SAs makes no more before the
 * initiator has shown that it receives at the address that it sends from. Nothing is stored for it.
 * For ike/ only.
 */
#ifndef IKESIM_IKE_COOKIE_H
#define IKESIM_IKE_COOKIE_H

#include "ike/endpoint_internal.h"
#include "ike/sa.h"

/* True if the IKE_SA_INIT request that came in may be worked on. Else a COOKIE was sent for it,
 * with a puzzle for `prf` where the load is such (RFC 8019), and told. `nonce` is its Ni. */
bool ike_cookie_admits(struct ike_call *call, struct crypto_bytes nonce,
                       const struct crypto_transform *prf);

/*
 * An initiator repeats its request with a COOKIE in front (and a puzzle's solution behind that),
 * all else as it was, and its AUTH covers what it has sent last (§2.15). When a copy of the one
 * without was taken after all, neither end can tell from the other's messages which one it was. So
 * both are one request, answered once; and whoever checks AUTH tries what can have been covered.
 */

/* Hash by which an IKE_SA_INIT request is known again, with or without a COOKIE; of any other
 * message, of all of it. */
uint64_t ike_request_hash(struct crypto_bytes message);

/* Responder: a copy of the request that has made `sa` has come in: keeps it if it has a COOKIE. */
void ike_cookie_keep(struct ike_call *call, struct ike_sa *sa);

/* Responder: puts another request in the place of the one that is kept, which AUTH can cover as
 * well: number `n`, from 0, of those with each COOKIE that this host can have demanded, and the one
 * without. False if there are no more. */
bool ike_cookie_restore(struct ike_call *call, struct ike_sa *sa, unsigned n);

/* IKE SAs of an address that are half-open. O(IKE SAs with that address). */
uint32_t ike_half_open_from(const struct ike_endpoint *endpoint, const struct ike_address *address);

#endif
