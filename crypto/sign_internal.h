/* Keys as OpenSSL objects; for crypto/ only. */
#ifndef IKESIM_CRYPTO_SIGN_INTERNAL_H
#define IKESIM_CRYPTO_SIGN_INTERNAL_H

#include <openssl/evp.h>

#include "crypto/context_internal.h"
#include "crypto/rand_provider.h"
#include "crypto/sign.h"

enum crypto_sign_family { SIGN_RSA, SIGN_RSA_PSS, SIGN_ECDSA, SIGN_ED25519, SIGN_ED448 };

/* The key that these octets are, from the cache; NULL if they are none. It belongs to the cache and
 * is valid until the next call. */
EVP_PKEY *sign_private_key(struct crypto_context *ctx, struct crypto_bytes key);
EVP_PKEY *sign_public_key(struct crypto_context *ctx, struct crypto_bytes key);

/* What a key is; its curve or length is part of that. */
enum crypto_key_kind sign_key_kind(const EVP_PKEY *key);

/* Keys the stream of this thread for one operation of OpenSSL; end with rand_stream_end(ctx->rand).
 */
void sign_begin(struct crypto_context *ctx, const struct crypto_entropy *entropy,
                const struct crypto_draw *draw);

#endif
