/* Curve25519 and Curve448 (RFC 7748, RFC 8031): any 32 octets, or 56, are a private key and a
 * public value. */
#include <openssl/err.h>

#include "crypto/kex_method.h"

static size_t xdh_private_len(const struct crypto_transform *ke)
{
    return ke->secret_len;
}

/* The public key is kept: OpenSSL would compute it once more, for half the price of the exchange,
 * each time that the private one is imported. */
static enum kex_result xdh_make_public(struct crypto_context *ctx,
                                       const struct crypto_transform *ke, uint8_t *scalar,
                                       uint8_t *public, EVP_PKEY **kept)
{
    size_t len = ke->secret_len;

    *kept = EVP_PKEY_new_raw_private_key_ex(ctx->lib, ke->openssl, NULL, scalar, ke->secret_len);
    if (*kept == NULL || !EVP_PKEY_get_raw_public_key(*kept, public, &len))
        return KEX_FAILED;
    return KEX_OK;
}

static enum kex_result xdh_derive(struct crypto_context *ctx, const struct crypto_transform *ke,
                                  const uint8_t *scalar, EVP_PKEY *kept, const uint8_t *peer,
                                  uint8_t *secret, const char **why)
{
    enum kex_result result = KEX_FAILED;
    size_t len = ke->secret_len;
    EVP_PKEY *peer_key =
        EVP_PKEY_new_raw_public_key_ex(ctx->lib, ke->openssl, NULL, peer, ke->secret_len);
    EVP_PKEY_CTX *exchange = EVP_PKEY_CTX_new_from_pkey(ctx->lib, kept, NULL);

    (void)scalar;
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
    return result;
}

const struct kex_method kex_xdh = {xdh_private_len, xdh_make_public, xdh_derive};
