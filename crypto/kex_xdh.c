/* Curve25519 and Curve448 (RFC 7748, RFC 8031): any 32 octets, or 56, are a private key and a
 * public value. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

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

static enum kex_result xdh_make_public(struct crypto_context *ctx,
                                       const struct crypto_transform *ke, const uint8_t *scalar,
                                       uint8_t *public)
{
    size_t len = ke->secret_len;
    EVP_PKEY *key =
        EVP_PKEY_new_raw_private_key_ex(ctx->lib, ke->openssl, NULL, scalar, ke->secret_len);
    int done = key != NULL && EVP_PKEY_get_raw_public_key(key, public, &len);

    EVP_PKEY_free(key);
    return done ? KEX_OK : KEX_FAILED;
}

/* A key for X25519(k, u), which looks at k alone. OpenSSL computes the public value of a private
 * key that comes without one, for half the price of the exchange: `any` keeps it from that. */
static EVP_PKEY *import_private(struct crypto_context *ctx, const struct crypto_transform *ke,
                                const uint8_t *scalar, const uint8_t *any)
{
    EVP_PKEY_CTX *import = context_import(ctx, ke);
    EVP_PKEY *key = NULL;
    /* OpenSSL's parameters have no const; an import reads. */
    OSSL_PARAM parts[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, (void *)(uintptr_t)scalar,
                                          ke->secret_len),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)any,
                                          ke->secret_len),
        OSSL_PARAM_construct_end(),
    };

    if (import == NULL || EVP_PKEY_fromdata(import, &key, EVP_PKEY_KEYPAIR, parts) <= 0)
        return NULL;
    return key;
}

static enum kex_result xdh_derive(struct crypto_context *ctx, const struct crypto_transform *ke,
                                  const uint8_t *scalar, const uint8_t *peer, uint8_t *secret,
                                  const char **why)
{
    enum kex_result result = KEX_FAILED;
    size_t len = ke->secret_len;
    EVP_PKEY *own = import_private(ctx, ke, scalar, peer);
    EVP_PKEY *peer_key =
        EVP_PKEY_new_raw_public_key_ex(ctx->lib, ke->openssl, NULL, peer, ke->secret_len);
    EVP_PKEY_CTX *exchange = own ? EVP_PKEY_CTX_new_from_pkey(ctx->lib, own, NULL) : NULL;

    if (peer_key == NULL || exchange == NULL || EVP_PKEY_derive_init(exchange) <= 0 ||
        EVP_PKEY_derive_set_peer_ex(exchange, peer_key, 0) <= 0)
        goto out;
    /* All that is left to go wrong is the check of RFC 7748 §6.1, which OpenSSL makes. */
    if (EVP_PKEY_derive(exchange, secret, &len) <= 0) {
        *why = "the shared secret is all zero: the public value is a point of small order";
        result = KEX_REFUSED;
        goto out;
    }
    result = KEX_OK;
out:
    EVP_PKEY_CTX_free(exchange);
    EVP_PKEY_free(peer_key);
    EVP_PKEY_free(own);
    return result;
}

const struct kex_method kex_xdh = {xdh_private_len, xdh_fit, xdh_make_public, xdh_derive};
