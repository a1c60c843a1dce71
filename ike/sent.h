/*
 * Messages that were sent and may have to be sent again, bitwise the same (RFC 7296 §2.1): a
 * request until it is answered, a response until it is superseded. For ike/ only.
 */
#ifndef IKESIM_IKE_SENT_H
#define IKESIM_IKE_SENT_H

#include "ike/sa.h"

struct ike_sent {
    struct trace_ref first; /* the event of the first transmission */
    uint64_t identity;      /* of these bytes, for all transmissions */
    uint64_t request_hash;  /* response: of the request that it answers */
    uint64_t sent_at;       /* ns; of the last transmission */
    uint32_t transmissions;
    uint32_t message_len, text_len;
    /* In so many datagrams (RFC 7383), one behind the other in `bytes`, each as long as its header
     * says; their identities count up from the first one's. */
    uint16_t datagrams;
    uint16_t turn; /* response: the one that goes next to where the peer has not been heard */
    struct trace_ref *others; /* as `first`, of the second datagram on; NULL if there is one */
    uint8_t bytes[];          /* the message, then its payload chain in words, NUL-terminated */
};

static inline struct crypto_bytes ike_sent_message(const struct ike_sent *sent)
{
    return crypto_bytes(sent->bytes, sent->message_len);
}

/* NULL is nothing. */
void ike_sent_free(struct ike_endpoint *endpoint, struct ike_sent *sent);

/* Begins a message of the SA in call->builder: header, and the SK payload if the exchange is
 * protected. */
void ike_message_begin(struct ike_call *call, struct ike_sa *sa, uint8_t exchange, bool response,
                       uint32_t message_id);

/* Ends and seals what ike_message_begin began, and keeps it. Not sent yet. */
struct ike_sent *ike_message_end(struct ike_call *call, struct ike_sa *sa);

/* Sends it, for the first time or again. */
void ike_sent_transmit(struct ike_call *call, struct ike_sent *sent,
                       const struct ike_address *source, const struct ike_address *destination);

/* Answers the request that came in with what was built, and keeps the answer (§2.1). */
void ike_response_send(struct ike_call *call, struct ike_sa *sa);

/* An answer in the clear to a request for which there is no SA; payloads go in between. */
void ike_answer_begin(struct ike_call *call);
void ike_answer_end(struct ike_call *call);

/* Sends what was built, which no SA is to remember. */
void ike_stray_end(struct ike_call *call, const struct ike_address *source,
                   const struct ike_address *destination);

/* Answers a request for which there is no SA and none is made, with one notify and nothing else, in
 * the clear. */
void ike_answer_without_sa(struct ike_call *call, uint16_t notify, struct crypto_bytes data);

/* Serves a request that was answered before: the same bytes again if this is the same request and
 * the response is still kept, silence otherwise. */
void ike_response_repeat(struct ike_call *call, struct ike_sa *sa);

/* Sees to it that responses, and a closed SA, are forgotten after response_keep. */
void ike_responses_watch(struct ike_call *call, struct ike_sa *sa);

/* IKE_TIMER_RESPONSE_KEEP: forgets the responses that have been kept long enough. */
void ike_responses_expire(struct ike_call *call, struct ike_sa *sa);
void ike_responses_free(struct ike_endpoint *endpoint, struct ike_sa *sa);

/* Hash of the datagram that came in, computed once. */
uint64_t ike_call_datagram_hash(struct ike_call *call);

#endif
