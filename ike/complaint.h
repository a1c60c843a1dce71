/*
 * What one end tells the other of, inside of their IKE SA and in an exchange of its own, because it
 * cannot use it: a Message ID above the window (RFC 7296 §2.3), an ESP or AH packet with an SPI
 * that it does not know (§1.5), or with another inside than its selectors say (§3.10.1). Nothing
 * comes of it at the receiver but that it knows. For ike/ only.
 */
#ifndef IKESIM_IKE_COMPLAINT_H
#define IKESIM_IKE_COMPLAINT_H

#include "ike/exchange.h"

/* Each not more often than once in IKE_HINT_CHECK_INTERVAL for one IKE SA. */

/* The request that came in is authentic, and its Message ID is above the window. */
void ike_complain_message_id(struct ike_call *call, struct ike_sa *sa);

/* ESP has got a packet with an SPI that nobody knows; if the policy wants that told. */
void ike_complain_unknown_spi(struct ike_call *call, struct ike_sa *sa, uint32_t spi);

/* An authentic packet of the CHILD SA with that inbound SPI was dropped, for its inner addresses or
 * ports are not of its selectors; if the policy wants that told. `inner` begins with its inner IP
 * header. */
void ike_complain_selectors(struct ike_call *call, struct ike_sa *sa, const struct ike_child *child,
                            struct crypto_bytes inner);

/* Writes the notify of an IKE_TASK_NOTIFY. */
void ike_complaint_build(struct ike_call *call, const struct ike_sa *sa,
                         const struct ike_task *task);

/* Tells of what the peer complains about in the request that came in. */
void ike_complaint_take(struct ike_call *call, const struct ike_sa *sa);

#endif
