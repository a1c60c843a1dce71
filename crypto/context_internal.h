/* What a crypto_context holds; for crypto/ only. */
#ifndef IKESIM_CRYPTO_CONTEXT_INTERNAL_H
#define IKESIM_CRYPTO_CONTEXT_INTERNAL_H

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "crypto/context.h"
#include "crypto/kex_pool.h"
#include "crypto/key_cache.h"
#include "crypto/mac.h"
#include "crypto/rand_provider.h"
#include "crypto/sign_cache.h"
#include "crypto/transform.h"

/* Fetching costs more than the hash of a short message, so all is fetched once. */
struct fetched_md {
    const char *name; /* as in crypto_transform.openssl */
    EVP_MD *md;
};

struct fetched_cipher {
    const char *name; /* as in crypto_transform.openssl */
    uint16_t key_bits;
    EVP_CIPHER *cipher;
};

struct fetched_group {
    uint16_t ke; /* Transform ID */
    EC_GROUP *group;
};

/* A MODP group: p, and what speeds up multiplication modulo p. */
struct modp_group {
    uint16_t ke; /* Transform ID */
    BIGNUM *p;
    BN_MONT_CTX *mont;
};

enum {
    CONTEXT_MDS = 4,
    CONTEXT_CIPHERS = 14,
    CONTEXT_GROUPS = 7,
    CONTEXT_MODPS = 7,
    CONTEXT_XDHS = 2, /* Curve25519 and Curve448 */
    /* Of a storm, the private keys of the last half second or so; half a kilobyte each. */
    CONTEXT_XDH_PRIVATES = 512,
};

/* The key of a scalar that was used lately. */
struct xdh_private {
    EVP_PKEY *key; /* NULL: none */
    uint16_t ke;
    uint8_t scalar[56];
};

/* The last secret of crypto_auth_psk, with prf(secret, "Key Pad for IKEv2"). */
struct padded_secret {
    const struct crypto_transform *prf; /* NULL: none */
    size_t secret_len;
    uint8_t secret[64], value[64];
};

struct crypto_context {
    OSSL_LIB_CTX *lib;
    OSSL_PROVIDER *default_provider;
    OSSL_PROVIDER *rand_provider;
    struct rand_stream *rand;

    struct fetched_md mds[CONTEXT_MDS];
    struct fetched_cipher ciphers[CONTEXT_CIPHERS];
    struct mac prf;     /* keyed anew by each call of crypto/kdf.c */
    EVP_MD_CTX *digest; /* of crypto/digest.c */
    struct padded_secret padded_secret;
    struct key_cache keys;
    struct sign_cache sign_keys;
    struct { /* of crypto/mschapv2.c; all NULL until needed */
        OSSL_LIB_CTX *lib;
        OSSL_PROVIDER *provider;
        EVP_MD *md4;
        EVP_CIPHER *des;
    } legacy;

    struct {                                 /* of crypto/kex_xdh.c */
        EVP_PKEY_CTX *imports[CONTEXT_XDHS]; /* of context_import, NULL until the first */
        EVP_PKEY *peers[CONTEXT_XDHS];
        struct xdh_private privates[CONTEXT_XDH_PRIVATES];
    } xdh;
    struct kex_pool *pool; /* NULL: key pairs are made anew */
    const struct crypto_kex_helper *helper;

    BN_CTX *bn;
    struct fetched_group groups[CONTEXT_GROUPS];
    struct modp_group modps[CONTEXT_MODPS];
};

/* Frees what MS-CHAPv2 has loaded. */
void context_legacy_done(struct crypto_context *ctx);

/* Frees the keys of Curve25519 and Curve448 that are kept. */
void context_xdh_done(struct crypto_context *ctx);

/* The hash of an HMAC transform (PRF or INTEG). */
const EVP_MD *context_md(const struct crypto_context *ctx, const struct crypto_transform *hmac);

/* AES-128-CBC, which the MACs over AES are made of. */
const EVP_CIPHER *context_aes_128_cbc(const struct crypto_context *ctx);

/* The cipher of a computed ENCR transform that has one; NULL if it has no such key length. */
const EVP_CIPHER *context_cipher(const struct crypto_context *ctx,
                                 const struct crypto_transform *encr, unsigned key_bits);

/* The group of an ECP transform. */
const EC_GROUP *context_group(const struct crypto_context *ctx, const struct crypto_transform *ke);

/* What imports keys of Curve25519 and Curve448, made once; NULL if OpenSSL fails. */
EVP_PKEY_CTX *context_import(struct crypto_context *ctx, const struct crypto_transform *xdh);

/* The group of a MODP transform. */
const struct modp_group *context_modp(const struct crypto_context *ctx,
                                      const struct crypto_transform *ke);

#endif
