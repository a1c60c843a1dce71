/* The way of a datagram: to its SA, through the window, out of its protection, to its exchange. */
#ifndef IKESIM_IKE_RECEIVE_H
#define IKESIM_IKE_RECEIVE_H

#include "ike/sa.h"

/* Takes call->datagram. */
void ike_receive(struct ike_call *call);

/* The SA that a datagram is for, found by its header (and for IKE_SA_INIT its bytes) alone; NULL if
 * there is none. */
struct ike_sa *ike_find_addressee(const struct ike_endpoint *endpoint,
                                  const struct ike_datagram *datagram,
                                  const struct ike_header *header, uint64_t datagram_hash);

/* True for what would make a new SA: only then is its hash needed. */
bool ike_header_is_first(const struct ike_header *header);

/* The message begins with what is sealed. In front of that there may be a puzzle's solution, and
 * nothing else (RFC 7296 §3.14, RFC 8019 §7.2.2): in a request of a half-open IKE SA. */
bool ike_header_is_sealed(const struct ike_header *header);

#endif
