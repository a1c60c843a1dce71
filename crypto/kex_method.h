/* How one family of groups computes; for crypto/ only. crypto/kex.c draws, counts and wipes. */
#ifndef IKESIM_CRYPTO_KEX_METHOD_H
#define IKESIM_CRYPTO_KEX_METHOD_H

#include <stdbool.h>

#include "crypto/context_internal.h"
#include "crypto/kex.h"
#include "crypto/rand_provider.h"

/* Octets of the longest private scalar: ECP-521's. */
enum { KEX_PRIVATE_MAX = 66 };

enum kex_result {
    KEX_OK,
    KEX_REFUSED, /* a bad public value */
    KEX_FAILED,  /* OpenSSL */
};

struct kex_method {
    /* Octets of the private scalar. */
    size_t (*private_len)(const struct crypto_transform *ke);

    /* Clears the bits of a scalar as drawn that the group has no use for; false asks for another
     * scalar. */
    bool (*fit)(const struct crypto_context *ctx, const struct crypto_transform *ke,
                uint8_t *scalar);

    /* Makes the public value of a fit scalar, ke->public_len octets. */
    enum kex_result (*make_public)(struct crypto_context *ctx, const struct crypto_transform *ke,
                                   const uint8_t *scalar, uint8_t *public);

    /* Makes the shared secret, ke->secret_len octets. `peer` has ke->public_len octets. With
     * KEX_REFUSED *why says what is wrong with it. */
    enum kex_result (*derive)(struct crypto_context *ctx, const struct crypto_transform *ke,
                              const uint8_t *scalar, const uint8_t *peer, uint8_t *secret,
                              const char **why);
};

extern const struct kex_method kex_xdh;
extern const struct kex_method kex_ecp;
extern const struct kex_method kex_modp;
extern const struct kex_method kex_kem;

/* A ciphertext for the encapsulation key `peer` of ke->public_len octets, and the secret in it; 0,
 * or -1 with *why. */
int kex_kem_encapsulate(struct crypto_context *ctx, const struct crypto_transform *ke,
                        const uint8_t *scalar, const uint8_t *peer, uint8_t *ciphertext,
                        uint8_t *secret, const char **why);

/* The method of a computed group. */
const struct kex_method *kex_method_of(const struct crypto_transform *ke);

/* The scalar and the keys of the streams of its two computations, drawn for `draw`; false if the
 * source gives none that fits. */
struct kex_draws {
    uint8_t scalar[KEX_PRIVATE_MAX];
    uint8_t streams[2][RAND_STREAM_KEY_LEN];
};
bool kex_draw(const struct crypto_context *ctx, const struct crypto_transform *ke,
              const struct crypto_entropy *entropy, const struct crypto_draw *draw,
              struct kex_draws *draws);

/* out = base ^ exponent mod p of the MODP group `ke`, ke->secret_len octets. Any length of
 * exponent, so that a test can take other implementations' exchanges. */
bool kex_modp_power(struct crypto_context *ctx, const struct crypto_transform *ke,
                    const BIGNUM *base, struct crypto_bytes exponent, uint8_t *out);

#endif
