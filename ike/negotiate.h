/*
 * SA payloads (RFC 7296 §2.7, §3.3): what is offered, chosen and accepted on our terms.
 */
#ifndef IKESIM_IKE_NEGOTIATE_H
#define IKESIM_IKE_NEGOTIATE_H

#include "ike/message.h"

/* What we would agree to for one SA. */
struct ike_terms {
    const struct crypto_proposal *own; /* in order of preference */
    size_t count;
    bool key_exchange; /* false: without Transform Type 4, as IKE_AUTH must be (§1.2) */
    bool
        additional; /* additional key exchanges can follow (RFC 9370); else what needs one is out */
    uint8_t spi_len; /* 0 in IKE_SA_INIT (§3.3.1) */
    uint8_t spi[8];  /* our own, network order */
};

/* What came of it. */
struct ike_agreement {
    struct ike_proposal proposal; /* chosen, with the own SPI: the responder's answer */
    struct crypto_suite suite;
    uint8_t peer_spi[8];
};

/* Writes the SA payload of a request. */
void ike_terms_offer(const struct ike_terms *terms, struct ike_builder *builder);

/* True if any proposal names an additional key exchange. */
bool ike_terms_have_additional(const struct ike_terms *terms);

/* Responder: the best of an offer; false if nothing is acceptable. */
bool ike_terms_choose(const struct ike_terms *terms, const struct ike_payload *sa,
                      struct ike_agreement *agreement);

/* Initiator: checks that an answer is one of what was offered, with exactly one transform of each
 * type. */
bool ike_terms_accept(const struct ike_terms *terms, const struct ike_payload *sa,
                      struct ike_agreement *agreement);

/* The key exchange method to try first: the most preferred one. NULL if the terms have none. */
const struct crypto_transform *ike_terms_first_ke(const struct ike_terms *terms);

/* The method `id` if the terms have it, else NULL: what INVALID_KE_PAYLOAD may demand of us. */
const struct crypto_transform *ike_terms_find_ke(const struct ike_terms *terms, uint16_t id);

/* Words for recordings: the own offer, or a peer's, proposals separated by commas. */
void ike_terms_print(const struct ike_terms *terms, char *text, size_t cap);
void ike_offer_print(const struct ike_payload *sa, char *text, size_t cap);

#endif
