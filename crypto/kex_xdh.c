/* Curve25519 and Curve448 (RFC 7748, RFC 8031): any 32 octets, or 56, are a private key and a
 * public value. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <string.h>

#include "crypto/kex_method.h"

static size_t xdh_private_len(const struct crypto_transform *ke)
{
    return ke->secret_len;
}

static bool xdh_fit(const struct crypto_context *ctx, const struct crypto_transform *ke,
                    uint8_t *scalar)
{
    (void)ctx;
    (void)ke;
    (void)scalar;
    return true;
}

/*
 * Each EVP_PKEY that is made looks through all names that OpenSSL has for anything, which is a
 * tenth of the price of a key exchange. So a private key that was made stays for the shared secret
 * that is wanted of it soon, and the peer's is one object that takes one public value after the
 * other.
 */

/* A key of its private or its public octets, or both; NULL is left out. */
static EVP_PKEY *import(struct crypto_context *ctx, const struct crypto_transform *ke,
                        const uint8_t *private, const uint8_t *public)
{
    EVP_PKEY_CTX *import = context_import(ctx, ke);
    EVP_PKEY *key = NULL;
    OSSL_PARAM parts[3], *end = parts;

    /* OpenSSL's parameters have no const; an import reads. */
    if (private != NULL) {
        *end++ = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY,
                                                   (void *)(uintptr_t) private, ke->secret_len);
    }
    if (public != NULL) {
        *end++ = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                   (void *)(uintptr_t) public, ke->secret_len);
    }
    *end = OSSL_PARAM_construct_end();

    if (import == NULL ||
        EVP_PKEY_fromdata(import, &key, private != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                          parts) <= 0) {
        return NULL;
    }
    return key;
}

/* Where the private key is, if it is kept: scalars are drawn, so any of their bits will do. */
static struct xdh_private *slot_of(struct crypto_context *ctx, const uint8_t *scalar)
{
    return &ctx->xdh.privates[(scalar[1] << 8 | scalar[2]) % CONTEXT_XDH_PRIVATES];
}

/* A private key with its public value, which OpenSSL computes. Belongs to the context. */
static EVP_PKEY *make_private(struct crypto_context *ctx, const struct crypto_transform *ke,
                              const uint8_t *scalar)
{
    struct xdh_private *slot = slot_of(ctx, scalar);

    EVP_PKEY_free(slot->key);
    slot->ke = ke->id;
    memcpy(slot->scalar, scalar, ke->secret_len);
    slot->key = import(ctx, ke, scalar, NULL);
    return slot->key;
}

/* A private key for X25519(k, u), which looks at k alone; to be freed. If it is kept no more, `any`
 * stands for its public value, which would cost half of the exchange. */
static EVP_PKEY *find_private(struct crypto_context *ctx, const struct crypto_transform *ke,
                              const uint8_t *scalar, const uint8_t *any)
{
    struct xdh_private *slot = slot_of(ctx, scalar);

    if (slot->key != NULL && slot->ke == ke->id &&
        memcmp(slot->scalar, scalar, ke->secret_len) == 0) {
        return EVP_PKEY_up_ref(slot->key) ? slot->key : NULL;
    }
    return import(ctx, ke, scalar, any);
}

/* Belongs to the context, and is the peer's until the next call. */
static EVP_PKEY *peer_key(struct crypto_context *ctx, const struct crypto_transform *ke,
                          const uint8_t *public)
{
    EVP_PKEY **peer = &ctx->xdh.peers[ke->id == CRYPTO_KE_CURVE448];

    if (*peer == NULL) {
        *peer = import(ctx, ke, NULL, public);
        return *peer;
    }
    return EVP_PKEY_set1_encoded_public_key(*peer, public, ke->secret_len) ? *peer : NULL;
}

static enum kex_result xdh_make_public(struct crypto_context *ctx,
                                       const struct crypto_transform *ke, const uint8_t *scalar,
                                       uint8_t *public)
{
    size_t len = ke->secret_len;
    EVP_PKEY *key = make_private(ctx, ke, scalar);

    return key != NULL && EVP_PKEY_get_raw_public_key(key, public, &len) ? KEX_OK : KEX_FAILED;
}

static enum kex_result xdh_derive(struct crypto_context *ctx, const struct crypto_transform *ke,
                                  const uint8_t *scalar, const uint8_t *peer, uint8_t *secret,
                                  const char **why)
{
    enum kex_result result = KEX_FAILED;
    size_t len = ke->secret_len;
    EVP_PKEY *own = find_private(ctx, ke, scalar, peer);
    EVP_PKEY *theirs = peer_key(ctx, ke, peer);
    EVP_PKEY_CTX *exchange = own ? EVP_PKEY_CTX_new_from_pkey(ctx->lib, own, NULL) : NULL;

    if (theirs == NULL || exchange == NULL || EVP_PKEY_derive_init(exchange) <= 0 ||
        EVP_PKEY_derive_set_peer_ex(exchange, theirs, 0) <= 0) {
        goto out;
    }
    /* All that is left to go wrong is the check of RFC 7748 §6.1, which OpenSSL makes. */
    if (EVP_PKEY_derive(exchange, secret, &len) <= 0) {
        *why = "the shared secret is all zero: the public value is a point of small order";
        result = KEX_REFUSED;
        goto out;
    }
    result = KEX_OK;
out:
    EVP_PKEY_CTX_free(exchange);
    EVP_PKEY_free(own);
    return result;
}

void context_xdh_done(struct crypto_context *ctx)
{
    for (size_t i = 0; i < CONTEXT_XDH_PRIVATES; i++) {
        EVP_PKEY_free(ctx->xdh.privates[i].key);
    }
    for (size_t i = 0; i < CONTEXT_XDHS; i++) {
        EVP_PKEY_free(ctx->xdh.peers[i]);
        EVP_PKEY_CTX_free(ctx->xdh.imports[i]);
    }
}

const struct kex_method kex_xdh = {xdh_private_len, xdh_fit, xdh_make_public, xdh_derive};
