/*
 * The part of a record of an IKE SA (ike/handover.h) that is about what has been said in it: where
 * the peer can be (MOBIKE), which of the peer's requests are missing in its window, and the
 * responses that are kept for copies of their requests. For ike/ only.
 *
 * Requests and responses are told of where Message IDs cannot be synchronised (RFC 6311): a request
 * whose answer was lost with the member that gave it comes again under its old Message ID then, and
 * nobody else can answer it. Where they can, the peer asks anew (RFC 6311 §9).
 */
#ifndef IKESIM_IKE_HANDOVER_PAST_H
#define IKESIM_IKE_HANDOVER_PAST_H

#include "ike/reader.h"
#include "ike/sa.h"
#include "ike/sent.h"
#include "ike/writer.h"

/* An address with its port, of any family. */
void ike_write_address(struct ike_builder *out, const struct ike_address *address);
bool ike_read_address(struct ike_reader *in, struct ike_address *address);

/* A message that may have to be sent again. What is read views the record. */
struct ike_told_sent {
    uint32_t message_len;
    uint16_t datagrams;
    struct crypto_bytes octets; /* the message, then its words */
};
/* Octets that are room enough; writes a message that was sent; reads it, false if it is none. What
 * was read views the record. */
size_t ike_sent_room(const struct ike_sent *sent);
void ike_write_sent(struct ike_builder *out, const struct ike_sent *sent);
bool ike_read_sent(struct ike_reader *in, struct ike_told_sent *told);
/* Not sent yet by this member. */
struct ike_sent *ike_adopt_sent(struct ike_call *call, struct ike_sa *sa,
                                const struct ike_told_sent *told);

/* Octets that are room enough. */
size_t ike_past_room(const struct ike_sa *sa);

/* Writes where else the peer can be and, where Message IDs cannot be synchronised, what its
 * requests were answered. */
void ike_past_write(struct ike_builder *out, const struct ike_sa *sa);

/* False if these octets are none that ike_past_write has written of an IKE SA with the windows of
 * `sa`. `call` NULL: they are looked at and nothing else; otherwise `sa`, which has nothing of it
 * yet, goes on with them. */
bool ike_past_read(struct ike_reader *in, struct ike_call *call, struct ike_sa *sa);

#endif
