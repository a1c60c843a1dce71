/* What a recording says about the keys of two hosts, gathered once, for the steps to be made from.
 */
#ifndef IKESIM_UI_KEYS_STORY_H
#define IKESIM_UI_KEYS_STORY_H

#include "crypto/bytes.h"
#include "trace/reader.h"
#include "ui/keys/pool.h"

/* An event of one of the two hosts. */
struct keys_event {
    int side; /* of the host that it happened on: 0 or 1 */
    enum trace_kind kind;
    const void *data; /* the struct of `kind` */
};

/* An IKE message of an exchange that has to do with keys, as first sent. */
struct keys_message {
    int side; /* of the sender */
    const struct trace_ike_message_sent *sent;
    struct crypto_bytes bytes; /* without a non-ESP marker; empty if it never left the host */
};

/* A CHILD SA, told by the end that initiated the exchange where the recording has that. */
struct keys_child {
    int side; /* of the end that tells */
    const struct trace_ike_child_keys *keys;
    bool both;                           /* the other end tells of it too */
    const struct trace_esp_sent *packet; /* the first ESP or AH packet, NULL if there was none */
    int packet_side;                     /* of its sender */
    struct crypto_bytes packet_bytes;
    struct crypto_bytes packet_header; /* IP header of its own; empty: none */
};

/* An IKE SA of which the keys were derived, told by its initiator where the recording has that. */
struct keys_sa {
    int side; /* of the end that tells */
    const struct trace_ike_keys_derived *keys;
    const struct trace_ike_keys_derived *other; /* as the other end told it; NULL if it did not */
};

/* The keys from whose SK_d these were made: those of the SA that this one took the place of, or of
 * the same SA before an additional key exchange; NULL if it was made with IKE_SA_INIT alone. */
struct keys_story;
const struct keys_sa *keys_sa_before(const struct keys_story *story, const struct keys_sa *sa);

/* Only the latter (RFC 9370 §2.2.2). */
const struct keys_sa *keys_sa_updated(const struct keys_story *story, const struct keys_sa *sa);

/* True if no later keys of the same SA have taken their place. */
bool keys_sa_is_last(const struct keys_story *story, const struct keys_sa *sa);

struct keys_story {
    const char *host[2];
    uint64_t last; /* no later event was read */
    size_t event_count, event_cap;
    struct keys_event *events; /* ike:proposal_chosen, ike:key_pair, ike:auth_computed, ike:ppk,
                                   ike:followup, ike:sa_rekeyed, ike:ticket, attack:acted in
                                   order */
    size_t message_count, message_cap;
    struct keys_message *messages;
    size_t sa_count, sa_cap;
    struct keys_sa *sas;
    size_t child_count, child_cap;
    struct keys_child *children;
    struct keys_pool pool; /* owns all that the above points to */
};

/* Reads what concerns `a` and `b`, which need not outlive the story, up to the event `last`
 * (UINT64_MAX: all of it). Free with keys_story_free. */
struct keys_story *keys_story_read(struct trace_reader *reader, const char *a, const char *b,
                                   uint64_t last);
void keys_story_free(struct keys_story *story);

/* Side of the IKE SA's initiator. */
int keys_sa_initiator(const struct keys_sa *sa);

/* Side of the initiator of the exchange that made the CHILD SA. */
int keys_child_initiator(const struct keys_child *child);

#endif
