/*
 * MS-CHAPv2 (RFC 2759) and the keys that EAP-MSCHAPv2 makes of it (RFC 3079 §3.4). MD4 and DES are
 * broken, and here for this alone: they come from OpenSSL's legacy provider in a context of its
 * own.
 */
#ifndef IKESIM_CRYPTO_MSCHAPV2_H
#define IKESIM_CRYPTO_MSCHAPV2_H

#include <stdbool.h>

#include "crypto/bytes.h"
#include "crypto/context.h"

enum {
    CRYPTO_MSCHAP_CHALLENGE = 16,
    CRYPTO_MSCHAP_RESPONSE = 24,
    CRYPTO_MSCHAP_PROOF = 42, /* "S=" and 40 hexadecimal digits (RFC 2759 §8.7) */
    CRYPTO_MSCHAP_PASSWORD_MAX = 256,
    CRYPTO_EAP_MSK = 64,
};

struct crypto_mschap {
    uint8_t authenticator_challenge[CRYPTO_MSCHAP_CHALLENGE];
    uint8_t peer_challenge[CRYPTO_MSCHAP_CHALLENGE];
    struct crypto_bytes user, password; /* UTF-8; of the password only ASCII is taken */
};

struct crypto_mschap_result {
    uint8_t response[CRYPTO_MSCHAP_RESPONSE]; /* NT-Response: the peer's proof */
    char proof[CRYPTO_MSCHAP_PROOF + 1];      /* the authenticator's, as text */
    uint8_t msk[CRYPTO_EAP_MSK];              /* receive key, send key of the server, zeros */
};

/* All that both ends compute from challenges and password. False with *why if the legacy provider
 * is not installed or the password is none that can be used. */
bool crypto_mschap_compute(struct crypto_context *ctx, const struct crypto_mschap *in,
                           struct crypto_mschap_result *out, const char **why);

#endif
