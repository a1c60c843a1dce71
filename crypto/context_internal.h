/* What a crypto_context holds; for crypto/ only. */
#ifndef IKESIM_CRYPTO_CONTEXT_INTERNAL_H
#define IKESIM_CRYPTO_CONTEXT_INTERNAL_H

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "crypto/context.h"
#include "crypto/hmac.h"
#include "crypto/key_cache.h"
#include "crypto/rand_provider.h"
#include "crypto/transform.h"

/* Fetching costs more than the hash of a short message, so all is fetched once. */
struct fetched_md {
    const char *name; /* as in crypto_transform.openssl */
    EVP_MD *md;
};

struct fetched_cipher {
    uint16_t encr; /* Transform ID */
    uint16_t key_bits;
    EVP_CIPHER *cipher;
};

struct fetched_group {
    uint16_t ke; /* Transform ID */
    EC_GROUP *group;
};

enum { CONTEXT_MDS = 3, CONTEXT_CIPHERS = 6, CONTEXT_GROUPS = 2 };

struct crypto_context {
    OSSL_LIB_CTX *lib;
    OSSL_PROVIDER *default_provider;
    OSSL_PROVIDER *rand_provider;
    struct rand_stream *rand;

    struct fetched_md mds[CONTEXT_MDS];
    struct fetched_cipher ciphers[CONTEXT_CIPHERS];
    struct hmac prf; /* keyed anew by each call of crypto/kdf.c */
    struct key_cache keys;

    BN_CTX *bn;
    struct fetched_group groups[CONTEXT_GROUPS];
    BIGNUM *modp_2048;
    BN_MONT_CTX *modp_2048_mont;
};

/* The hash of an HMAC transform (PRF or INTEG). */
const EVP_MD *context_md(const struct crypto_context *ctx, const struct crypto_transform *hmac);

/* The cipher of a computed ENCR transform; NULL if it has no such key length. */
const EVP_CIPHER *context_cipher(const struct crypto_context *ctx,
                                 const struct crypto_transform *encr, unsigned key_bits);

/* The group of an ECP transform. */
const EC_GROUP *context_group(const struct crypto_context *ctx, const struct crypto_transform *ke);

#endif
