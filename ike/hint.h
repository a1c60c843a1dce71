/*
 * What ends tell each other without keys when they have lost each other: hints, which change no
 * state (RFC 7296 §1.5, §2.21.4). For ike/ only.
 */
#ifndef IKESIM_IKE_HINT_H
#define IKESIM_IKE_HINT_H

#include "ike/sa.h"

/* Answers the request that came in, which concerns no IKE SA of ours, with INVALID_IKE_SPI or
 * INVALID_MAJOR_VERSION in the clear: its SPIs, Message ID and exchange type copied. Responses are
 * never answered, and no address more often than once in IKE_HINT_INTERVAL. */
void ike_hint_send(struct ike_call *call, uint16_t notify);

/* An unprotected INVALID_IKE_SPI says that the peer may have lost this SA: asks whether it is alive
 * if nothing else is being asked, and not more often than once in IKE_HINT_CHECK_INTERVAL. */
void ike_hint_take(struct ike_call *call, struct ike_sa *sa);

/* ESP or AH with an SPI that nobody here knows came to `local` from `remote`, with which there is
 * no IKE SA: INVALID_SPI in the clear, in a message that is no exchange's (§1.5); if the policy
 * wants that told, and no address more often than once in IKE_HINT_CHECK_INTERVAL. */
void ike_hint_send_unknown_spi(struct ike_call *call, const struct ike_address *local,
                               const struct ike_address *remote, uint32_t spi);

/* True for such a message: a request with zeros for SPIs, in the clear. */
bool ike_header_is_hint(const struct ike_header *header);

/* Takes it, as ike_hint_take does, for the IKE SA with its sender that has a CHILD SA of that SPI.
 * It is never answered. */
void ike_hint_take_unknown_spi(struct ike_call *call);

/* The network says that it has not delivered what we have sent (`what`: "port unreachable",
 * static): an ICMP error, which nobody vouches for either. The same is asked, as rarely; nothing
 * ends (§2.4). `sa` is the one that had sent it; NULL: none of ours has. */
void ike_hint_unreachable(struct ike_call *call, struct ike_sa *sa, const char *what);

/* True once in IKE_HINT_CHECK_INTERVAL: the peer may be asked, or told, for something that anybody
 * can bring about. */
bool ike_hint_may_check(struct ike_call *call, struct ike_sa *sa);

#endif
