/*
 * Proposals: what an SA payload offers (RFC 7296 §2.7, §3.3) in memory and in strongSwan's
 * notation, "aes128-sha256-x25519" or "aes128gcm16-prfsha256-x25519" for IKE,
 * "aes128gcm16" or "aes256-sha256" for ESP and "sha256" for AH.
 */
#ifndef IKESIM_CRYPTO_PROPOSAL_H
#define IKESIM_CRYPTO_PROPOSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/transform.h"

enum crypto_protocol { CRYPTO_PROTO_IKE = 1, CRYPTO_PROTO_AH = 2, CRYPTO_PROTO_ESP = 3 };

/* 32: strongSwan's own default offer has 28 transforms in one proposal. */
#define CRYPTO_PROPOSAL_TRANSFORMS_MAX 32

struct crypto_transform_choice {
    uint8_t type; /* enum crypto_transform_type, or a number unknown to us */
    uint16_t id;
    uint16_t key_bits; /* Key Length attribute; 0 if absent */
};

struct crypto_proposal {
    uint8_t number;   /* Proposal Num as received; ignored when own */
    uint8_t protocol; /* enum crypto_protocol */
    uint8_t count;
    struct crypto_transform_choice transforms[CRYPTO_PROPOSAL_TRANSFORMS_MAX];
};

/* One transform of each type that was agreed on; NULL where the type is absent. */
struct crypto_suite {
    const struct crypto_transform *encr;  /* NULL for AH */
    const struct crypto_transform *prf;   /* IKE only */
    const struct crypto_transform *integ; /* NULL with an AEAD */
    const struct crypto_transform *ke; /* NULL for a CHILD SA without a key exchange of its own */
    uint16_t encr_key_bits; /* of the key without salt, whether or not it is negotiated */
    bool esn;
    /* Additional key exchanges in their order (RFC 9370); those that are "none" are left out. */
    uint8_t additional_count;
    uint16_t additional[CRYPTO_ADDKE_MAX];
};

struct crypto_proposal_error {
    size_t offset;     /* of the word in the text */
    char word[32];     /* the word that is wrong, "" if one is missing */
    char message[160]; /* what is wrong and what was expected, no offset in it */
};

/* Reads strongSwan's notation; transforms that this build does not compute are refused. With an
 * AEAD and no PRF named, the integrity algorithms of an IKE proposal stand for the PRFs. IKE
 * proposals must come out with ENCR, PRF (implied by the integrity algorithm where not named),
 * INTEG unless AEAD, and KE; ESP proposals with ENCR, INTEG unless AEAD, and ESN ("noesn" is
 * implied); AH proposals with INTEG and ESN. Returns 0, or -1 with *error filled. */
int crypto_proposal_parse(enum crypto_protocol protocol, const char *text,
                          struct crypto_proposal *out, struct crypto_proposal_error *error);

/* Writes strongSwan's notation, NUL-terminated and cut off at `cap`; returns the length that the
 * whole text has. Implied words (the PRF of an HMAC, noesn) are left out. */
size_t crypto_proposal_print(const struct crypto_proposal *proposal, char *text, size_t cap);

/* The same for a suite that was agreed on. */
size_t crypto_suite_print(enum crypto_protocol protocol, const struct crypto_suite *suite,
                          char *text, size_t cap);

/* Responder's choice (RFC 7296 §2.7, §3.3.6): the first of `own` (in order of preference) that one
 * of `offered` matches in every transform type. Transforms that we do not compute never match; a
 * proposal that has a mandatory type we do not know is passed over. `chosen` gets exactly one
 * transform of each type and the number of the offered proposal, `suite` its resolved form.
 * Returns false when nothing is acceptable. */
bool crypto_proposal_choose(const struct crypto_proposal *offered, size_t offered_count,
                            const struct crypto_proposal *own, size_t own_count,
                            struct crypto_proposal *chosen, struct crypto_suite *suite);

/* Initiator's check of an answer (RFC 7296 §3.3.6): one transform of each type, all of them among
 * those of the offered proposal with that number (proposals are numbered from 1). Fills `suite`. */
bool crypto_proposal_accept(const struct crypto_proposal *answer,
                            const struct crypto_proposal *offered, size_t offered_count,
                            struct crypto_suite *suite);

/* Resolves a proposal with exactly one transform of each type. False if that does not hold or a
 * transform is not computed by this build. */
bool crypto_suite_resolve(const struct crypto_proposal *proposal, struct crypto_suite *suite);

#endif
