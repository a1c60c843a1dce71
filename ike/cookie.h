/*
 * COOKIE (RFC 7296 §2.6): a responder that has many half-open IKE SAs makes no more before the
 * initiator has shown that it receives at the address that it sends from. Nothing is stored for it.
 * For ike/ only.
 */
#ifndef IKESIM_IKE_COOKIE_H
#define IKESIM_IKE_COOKIE_H

#include "ike/endpoint_internal.h"

/* True if as many IKE SAs are half-open that the policy asks for cookies. */
bool ike_cookie_wanted(const struct ike_endpoint *endpoint);

/* True if the IKE_SA_INIT request that came in may be worked on. Else a COOKIE was sent for it,
 * with a puzzle for `prf` where the load is such (RFC 8019), and told. `nonce` is its Ni. */
bool ike_cookie_admits(struct ike_call *call, struct crypto_bytes nonce,
                       const struct crypto_transform *prf);

/* IKE SAs of an address that are half-open. O(IKE SAs with that address). */
uint32_t ike_half_open_from(const struct ike_endpoint *endpoint, const struct ike_address *address);

#endif
