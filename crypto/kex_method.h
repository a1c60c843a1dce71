/* How one family of groups computes; for crypto/ only. crypto/kex.c draws, counts and wipes. */
#ifndef IKESIM_CRYPTO_KEX_METHOD_H
#define IKESIM_CRYPTO_KEX_METHOD_H

#include <stdbool.h>

#include "crypto/context_internal.h"
#include "crypto/kex.h"

/* Octets of the longest private scalar: ECP-521's. */
enum { KEX_PRIVATE_MAX = 66 };

enum kex_result {
    KEX_OK,
    KEX_REFUSED, /* the input is not fit: another scalar, or a bad public value */
    KEX_FAILED,  /* OpenSSL */
};

struct kex_method {
    /* Octets of the private scalar. */
    size_t (*private_len)(const struct crypto_transform *ke);

    /* Makes the public value from a scalar as drawn, in which bits that the group has no use for
     * are cleared. KEX_REFUSED asks for another scalar. A method may keep an object in *kept for
     * `derive`. */
    enum kex_result (*make_public)(struct crypto_context *ctx, const struct crypto_transform *ke,
                                   uint8_t *scalar, uint8_t *public, EVP_PKEY **kept);

    /* Makes the shared secret, ke->secret_len octets. `peer` has ke->public_len octets. With
     * KEX_REFUSED *why says what is wrong with it. */
    enum kex_result (*derive)(struct crypto_context *ctx, const struct crypto_transform *ke,
                              const uint8_t *scalar, EVP_PKEY *kept, const uint8_t *peer,
                              uint8_t *secret, const char **why);
};

extern const struct kex_method kex_xdh;
extern const struct kex_method kex_ecp;
extern const struct kex_method kex_modp;

/* out = base ^ exponent mod p of the MODP group `ke`, ke->secret_len octets. Any length of
 * exponent, so that a test can take other implementations' exchanges. */
bool kex_modp_power(struct crypto_context *ctx, const struct crypto_transform *ke,
                    const BIGNUM *base, struct crypto_bytes exponent, uint8_t *out);

#endif
