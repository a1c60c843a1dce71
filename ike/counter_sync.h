/*
 * Counters after a failover (RFC 6311): a member of a cluster that has taken an IKE SA over knows
 * Message IDs and sequence numbers as they were some time ago. It says so in an exchange with
 * Message ID 0, and both ends go on with the higher values. For ike/ only.
 */
#ifndef IKESIM_IKE_COUNTER_SYNC_H
#define IKESIM_IKE_COUNTER_SYNC_H

#include "ike/exchange.h"

/* What both ends of an IKE SA can do: a set of these in ike_sa.syncs. */
enum ike_sync {
    IKE_SYNC_MESSAGE_IDS = 1, /* IKEV2_MESSAGE_ID_SYNC_SUPPORTED (§6.1) */
    IKE_SYNC_REPLAY = 2,      /* IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED (§6.2) */
};

enum { IKE_SYNC_NONCE_LEN = 4 };

/* What an IKE SA remembers of synchronisations; few ever have one. */
struct ike_counter_sync {
    struct ike_task *task; /* member: its request, which is out; NULL: none */
    uint8_t nonce[IKE_SYNC_NONCE_LEN];
    bool esn;                  /* member: the CHILD SAs have extended sequence numbers */
    bool asked;                /* peer: a request was answered */
    uint32_t highest;          /* peer: the M1 of it (§5.1) */
    struct ike_sent *response; /* peer: until the counters move on */
};

/* Writes the two notifies into a message of IKE_AUTH: what our policy says and, as the responder,
 * the initiator has said (§5). */
void ike_sync_announce(struct ike_call *call, const struct ike_sa *sa);

/* Takes them from the message of IKE_AUTH that came in. */
void ike_sync_take(struct ike_call *call, struct ike_sa *sa);

/* Member: an IKE SA was taken over, whose CHILD SAs have extended sequence numbers (`esn`) or not.
 * Asks for what was agreed on; nothing where nothing was (§5, the fourth case). */
void ike_sync_begin(struct ike_call *call, struct ike_sa *sa, bool esn);

/* Writes the notifies of such a request. */
void ike_sync_build(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task);

/* Until the answer is there nothing else is sent or accepted: a strict implementation (§8.1). */
bool ike_sync_is_out(const struct ike_sa *sa);

/* A request with Message ID 0 that may be a synchronisation, by what its header says; whether it is
 * one can be seen when it is opened. */
bool ike_sync_is_likely(const struct ike_call *call, const struct ike_sa *sa);

/* A copy of the last request that was answered: answers again, bitwise the same. */
bool ike_sync_repeat(struct ike_call *call, struct ike_sa *sa);

/* Peer: the message that was opened is no synchronisation: false. Else it was answered, or dropped
 * without a word (§5.1). */
bool ike_sync_answer(struct ike_call *call, struct ike_sa *sa);

/* Member: the response to `task`, with Message ID 0; false if it is dropped and the request stays
 * outstanding. */
bool ike_sync_answered(struct ike_call *call, struct ike_sa *sa, const struct ike_task *task);

/* Peer: IPSEC_REPLAY_COUNTER_SYNC alone, in an ordinary exchange. */
void ike_sync_take_replay(struct ike_call *call, const struct ike_sa *sa);

/* Something new has come under another Message ID: the last answer is not repeated any more. */
void ike_sync_is_over(struct ike_call *call, struct ike_sa *sa);

/* Forgets what was agreed on and answered; nothing happens if there is nothing. */
void ike_sync_free(struct ike_endpoint *endpoint, struct ike_sa *sa);

#endif
