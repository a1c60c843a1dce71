/* What the makers of the steps share; the rest of the program includes steps.h only. */
#ifndef IKESIM_UI_KEYS_BUILD_H
#define IKESIM_UI_KEYS_BUILD_H

#include "crypto/packet.h"
#include "crypto/transform.h"
#include "ike/message.h"
#include "ui/keys/command.h"
#include "ui/keys/steps.h"

/* Making the steps of one IKE SA. A side is 0 or 1 as in the story. */
struct keys_build {
    struct crypto_context *ctx;
    const struct keys_story *story;
    const struct trace_ike_keys_derived *keys;
    struct keys_derivation *out;
    struct keys_pool *pool;       /* of `out` */
    int initiator;                /* side of the IKE SA's initiator */
    const struct keys_sa *before; /* whose SK_d its keys come from, or NULL */
    bool updated; /* the same IKE SA: an additional key exchange has made new keys */
    /* NULL where this build does not compute the algorithm, or a key has not its length. */
    const struct crypto_transform *encr, *prf, *integ, *ke;
};

/* Who can compute a step. */
enum keys_knower { KEYS_ANYBODY, KEYS_BOTH, KEYS_INITIATOR, KEYS_RESPONDER };

/* Adds a step whose value is hex digits, or words where `words` is set in what is returned.
 * `lacks` is NULL for KEYS_ANYBODY. */
struct keys_step *keys_add(struct keys_build *build, enum keys_topic topic, const char *name,
                           const char *value, enum keys_knower knower, const char *lacks,
                           const char *reference);

/* Adds words only: what is absent and why. */
void keys_add_words(struct keys_build *build, enum keys_topic topic, const char *name,
                    const char *words, const char *reference);

/* Name of the host that has that part in the IKE SA: 0 initiator, 1 responder. */
const char *keys_host(const struct keys_build *build, int part);

/* Looks the algorithms of `keys` up for `build`. */
void keys_build_begin(struct keys_build *build, const struct keys_sa *sa);

/* The transforms by their numbers; NULL if this build does not compute them. */
const struct crypto_transform *keys_transform(enum crypto_transform_type type, uint64_t id);

/* The last IKE message whose nonce is `nonce`, a request or a response; SK is opened where it has
 * one. The last: a request that was refused for its key exchange method or for want of a cookie
 * comes again with the same nonce (RFC 7296 §1.2, §2.6). NULL if there is none. */
const struct keys_message *keys_find_nonce(struct keys_build *build, struct trace_bytes nonce,
                                           bool response, struct ike_message *parsed);

/* Reads a message and opens its SK; false if that is not possible. */
bool keys_open_message(struct keys_build *build, const struct keys_message *message,
                       struct ike_message *parsed);

/* The key pair whose public value is in the KE payload of `parsed`; NULL if it has none. */
const struct trace_ike_key_pair *keys_find_pair(struct keys_build *build,
                                                const struct ike_message *parsed);

/* Key of one direction; false if a part has not the length that the algorithms ask for. */
bool keys_packet_key(struct crypto_packet_key *key, const struct crypto_transform *encr,
                     uint64_t key_bits, const struct crypto_transform *integ,
                     struct trace_bytes encr_key, struct trace_bytes integ_key);

/* Steps T1, T2, ... of prf+(key, seed), which `material` is the result of (RFC 7296 §2.13). `made`
 * names key and seed: "SKEYSEED", "S". */
void keys_add_blocks(struct keys_build *build, enum keys_topic topic, const char *prefix,
                     const char *key_name, const char *key, const char *seed, const char *material,
                     const char *lacks);

/* What cuts octets [at, at + len) out of `material`, of the blocks that have them alone. */
const char *keys_cut_blocks(struct keys_build *build, const char *material, size_t at, size_t len);

/* Steps of a packet that crypto_packet_seal made: ICV, IV, plaintext. */
struct keys_sealed {
    enum keys_topic topic;
    struct crypto_bytes packet;
    size_t aad_len;
    const struct crypto_transform *encr, *integ; /* integ NULL with an AEAD */
    unsigned key_bits;
    const char *encr_name, *integ_name; /* "SK_ei" */
    struct trace_bytes encr_key, integ_key;
    bool high_behind; /* INTEG covers the high half of an extended sequence number, which is 0 */
    const char *lacks;
    const char *reference;
    const char *contents; /* what the plaintext is, in a sentence */
};
void keys_add_sealed(struct keys_build *build, const struct keys_sealed *sealed,
                     struct crypto_bytes plain);

/* Steps of the AH packet of a CHILD SA. */
void keys_add_ah(struct keys_build *build, const struct keys_child *child);

/* Steps of the key exchanges that followed a CREATE_CHILD_SA whose responder is that side, in the
 * IKE SA `carrier` (NULL: the one of `build`), up to SK(1), SK(2), ...; `additional` is what they
 * have brought. Returns " | SK(1) | SK(2)", "" if there were none. */
const char *keys_add_followup(struct keys_build *build, const struct keys_sa *carrier,
                              enum keys_topic topic, const char *prefix, int responder,
                              struct trace_bytes additional);

/* The topics. */
void keys_add_proposal(struct keys_build *build);
void keys_add_exchange(struct keys_build *build);
void keys_add_skeyseed(struct keys_build *build);
void keys_add_rekey(struct keys_build *build); /* exchange and SKEYSEED of a rekey */
void keys_add_sk(struct keys_build *build);

/* The ticket with which the IKE SA was resumed (RFC 5723), NULL if it was not; and all up to
 * SKEYSEED then. */
const struct trace_ike_ticket *keys_find_session(const struct keys_build *build);
void keys_add_resumption(struct keys_build *build, const struct trace_ike_ticket *ticket);
void keys_add_ppk(struct keys_build *build);
void keys_add_auth(struct keys_build *build);
void keys_add_keymat(struct keys_build *build);
void keys_add_message(struct keys_build *build);
void keys_add_esp(struct keys_build *build);

#endif
