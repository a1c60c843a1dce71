/*
 * MOBIKE (RFC 4555): an IKE SA and its CHILD SAs go on between other addresses. The initiator
 * decides which ones; the responder says which it has. For ike/ only.
 */
#ifndef IKESIM_IKE_MOBIKE_H
#define IKESIM_IKE_MOBIKE_H

#include "crypto/digest.h"
#include "ike/exchange.h"

/* What an IKE SA knows of addresses beside the ones that it uses; NULL until there is something. */
struct ike_mobike {
    uint32_t count; /* further addresses of the peer (§3.4), without ports */
    struct ike_address addresses[IKE_PEER_ADDRESSES_MAX];
    uint32_t next;    /* initiator: the one that is tried next */
    uint32_t retries; /* of a request that was answered UNEXPECTED_NAT_DETECTED */
    uint32_t newest;  /* Message ID of the newest word of the peer about addresses (§3.5, §3.6) */
    /* Initiator: the last UPDATE_SA_ADDRESSES, its Message ID and the addresses that it is about.
     */
    uint32_t update;
    struct ike_address local, remote;
    /* Initiator: as whom the peer saw it last, the hash in NAT_DETECTION_DESTINATION_IP (§3.8). */
    bool seen;
    uint8_t seen_as[CRYPTO_SHA1_LEN];
};

/* Writes what a message of IKE_AUTH says of it, if the policy is for it: MOBIKE_SUPPORTED, further
 * addresses (§3.4), and in a request without NAT traversal NO_NATS_ALLOWED (§3.9). */
void ike_mobike_announce(struct ike_call *call, const struct ike_sa *sa);

/* Learns from the message of IKE_AUTH that came in whether the peer speaks it too. */
void ike_mobike_take(struct ike_call *call, struct ike_sa *sa);

/* Responder of IKE_AUTH or INFORMATIONAL: false if the message says that there is to be no NAT, and
 * its addresses were changed on the way (§3.9). */
bool ike_mobike_is_untouched(const struct ike_call *call);

/* IKE_TASK_UPDATE_ADDRESSES, of the initiator: UPDATE_SA_ADDRESSES and the hashes of NAT detection
 * (§3.5); IKE_TASK_ADDRESSES, of either: which ones it has (§3.6); IKE_TASK_ROUTABILITY, of the
 * responder: COOKIE2 to the new address (§3.7). */
void ike_mobike_build(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task);
void ike_mobike_answered(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task);

/* A liveness check of an initiator behind a NAT asks as whom the peer sees it, too: if that has
 * changed, or nobody knows as whom it was before, the peer is told with UPDATE_SA_ADDRESSES
 * (§3.8). */
void ike_mobike_build_check(struct ike_call *call, struct ike_sa *sa);
void ike_mobike_checked(struct ike_call *call, struct ike_sa *sa);

/* The other end of these, in a request of INFORMATIONAL. */
void ike_mobike_answer(struct ike_call *call, struct ike_sa *sa);

/* This host has another address: whom it tells what. NULL: nobody. */
struct ike_task *ike_mobike_moved(struct ike_endpoint *endpoint, const struct ike_sa *sa);

/* Initiator: a request was sent so often without an answer: perhaps the peer is at another of its
 * addresses, and the SA goes on there (§3.5). */
void ike_mobike_unanswered(struct ike_call *call, struct ike_sa *sa, uint32_t tries);

/* The successor goes on with it; Message IDs begin anew. */
void ike_mobike_inherit(struct ike_endpoint *endpoint, struct ike_sa *old, struct ike_sa *sa);

/* Forgets what is known of the SA's addresses; nothing happens if there is nothing. */
void ike_mobike_free(struct ike_endpoint *endpoint, struct ike_sa *sa);

#endif
