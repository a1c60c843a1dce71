/*
 * A faulty sender: octets of its own messages that it changes after they are built and before they
 * are sealed, so that the peer finds them authentic. What it knows of its message is what it meant
 * to send.
 */
#ifndef IKESIM_IKE_FAULTS_H
#define IKESIM_IKE_FAULTS_H

#include "ike/endpoint.h"

enum { IKE_REPEAT_MAX = 64 };

/* One change. Fields that are 0, or -1 where they are signed, match any message. */
struct ike_edit {
    uint8_t exchange;      /* enum ike_exchange */
    int8_t response;       /* 0 request, 1 response */
    int64_t message_id;    /* */
    struct ike_address to; /* IP address of the receiver; its port is not looked at */
    uint32_t nth;          /* the n-th message that is built and matches, from 1 */
    uint8_t payload;       /* enum ike_payload_type; 0: `octet` counts from the IKE header */
    uint32_t which;        /* the n-th payload of that type, from 1 */
    uint32_t octet;        /* the first to be changed, 0 being the first of the generic header */
    struct crypto_bytes value; /* borrowed */
    /* In the place of `value`: so many octets as they were in the first message that matched, for
     * a sender that says something once more. At most IKE_REPEAT_MAX; 0: `value`. */
    uint32_t repeat;
    uint8_t first[IKE_REPEAT_MAX];
    uint32_t seen; /* messages that have matched so far */
};

struct ike_faults {
    size_t count;
    struct ike_edit *edits;
};

struct ike_call;

/* The call's message to `remote` is whole but for its ICV: makes the changes that are due and tells
 * them (ike:edited). Lengths stay as they are. Does nothing where the endpoint has no faults. */
void ike_faults_apply(struct ike_call *call, const struct ike_address *remote);

#endif
