/*
 * Two rekeys of one SA at the same time (RFC 7296 §2.8.1, §2.8.2). Each end has asked for a
 * successor and answers the peer's request meanwhile: two successors come to be, made with four
 * nonces. The one whose exchange has the lowest of them is redundant and deleted by the end that
 * asked for it; the end that asked for the other deletes the old SA. For ike/ only.
 */
#ifndef IKESIM_IKE_RIVAL_H
#define IKESIM_IKE_RIVAL_H

#include "ike/sa.h"

/* What an end whose request is out knows of the peer's exchange, which it has answered. */
struct ike_rival {
    uint64_t sa;              /* rekey of an IKE SA: id of the successor that the peer wants */
    uint32_t spi_in, spi_out; /* rekey of a CHILD SA: the same */
    bool settled;             /* the peer has shown that it goes on with its successor */
    uint16_t ni_len, nr_len;
    uint8_t ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
};

/* Keeps copies of the nonces of the peer's exchange. */
struct ike_rival *ike_rival_new(struct ike_endpoint *endpoint, struct crypto_bytes ni,
                                struct crypto_bytes nr);
void ike_rival_free(struct ike_endpoint *endpoint, struct ike_rival *rival); /* NULL is fine */

/* Octet by octet; of two that are equal as far as they go the shorter is the lower (§2.8.1). */
bool ike_nonce_lower(struct crypto_bytes a, struct crypto_bytes b);

/* True if the exchange with these nonces, which is ours, has the lowest of the four: the peer's
 * successor survives. Tells of the collision. `child` is the CHILD SA that was to be replaced, or
 * NULL; `own_spi`, `peer_spi` are our SPIs of both successors. */
struct ike_collision {
    const struct ike_sa *sa;
    const char *child;
    struct crypto_bytes ni, nr;
    uint64_t own_spi, peer_spi;
};
bool ike_rival_wins(struct ike_call *call, const struct ike_rival *rival,
                    const struct ike_collision *collision);

/* The same where the peer has refused our request, or has not seen it in time: it goes on with its
 * own successor, whatever the nonces are. */
void ike_rival_tell_refused(struct ike_call *call, const struct ike_rival *rival,
                            const struct ike_collision *collision);

#endif
