/*
 * Tickets (RFC 5723): what a gateway has to know of an IKE SA to resume it, sealed under a key that
 * outlives a crash and given to the client to keep ("ticket by value"); and the client's store. For
 * ike/ only.
 */
#ifndef IKESIM_IKE_TICKET_H
#define IKESIM_IKE_TICKET_H

#include "ike/exchange.h"

/* What goes over from the old IKE SA to the resumed one: "from the ticket" in the table of §5. */
struct ike_session {
    uint64_t spi_i, spi_r; /* of the old one */
    uint64_t expires;      /* ns */
    struct crypto_suite suite;
    uint8_t sk_d[CRYPTO_PRF_MAX]; /* as long as the PRF's key */
    uint8_t auth;                 /* enum ike_auth_kind: how the client has proved who it is */
    uint8_t peer_id_type;         /* as this end knows the other one */
    uint16_t peer_id_len;
    uint8_t peer_id[IKE_ID_MAX];
    uint64_t hash; /* of the ticket */
    uint16_t ticket_len;
    uint8_t ticket[IKE_TICKET_MAX]; /* the client's, which is shown */
};

/* Client: writes TICKET_REQUEST, if the policy is for tickets (§4.1). */
void ike_ticket_request(struct ike_call *call, const struct ike_sa *sa);

/* Gateway: it gives tickets and takes them. Not without a secret: whoever knows that there is none
 * could write them. */
bool ike_ticket_is_giver(const struct ike_endpoint *endpoint);

/* Gateway: answers the TICKET_REQUEST in the message that came in with TICKET_LT_OPAQUE, TICKET_ACK
 * or TICKET_NACK; nothing if it has none. */
void ike_ticket_answer(struct ike_call *call, struct ike_sa *sa);

/* Client: takes such an answer. */
void ike_ticket_take(struct ike_call *call, struct ike_sa *sa);

/* Client: a copy of the session that may be resumed with that peer, NULL if there is none that is
 * good any more. Owned by the caller, ike_session_free. */
struct ike_session *ike_ticket_find(struct ike_call *call, const struct ike_address *remote);
void ike_session_free(struct ike_endpoint *endpoint, struct ike_session *session);

/* Client: the ticket of this IKE SA, or for this peer, is of no use any more (§6.2). */
void ike_ticket_drop_of(struct ike_endpoint *endpoint, const struct ike_sa *sa);
void ike_ticket_drop_for(struct ike_endpoint *endpoint, const struct ike_address *remote);

/* An IKE SA was rekeyed: its ticket is invalid, and another is asked for in the new one (§6.2). */
void ike_ticket_rekeyed(struct ike_call *call, const struct ike_sa *old, struct ike_sa *sa);

/* Gateway: opens a ticket that was shown. False with *why if it is not accepted; else *session is
 * what it says. */
bool ike_ticket_open(struct ike_call *call, struct crypto_bytes ticket, struct ike_session *session,
                     const char **why);

/* Gateway: an IKE SA was established with it: it is not taken again (§4.3.1). */
void ike_ticket_spend(struct ike_endpoint *endpoint, uint64_t hash);

/* The host has lost its memory, or ends. */
void ike_tickets_free(struct ike_endpoint *endpoint);

#endif
