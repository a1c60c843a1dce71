#include "crypto/digest.h"

#include <assert.h>

#include "crypto/context_internal.h"

void crypto_sha1(const struct crypto_context *ctx, struct crypto_bytes data,
                 uint8_t out[CRYPTO_SHA1_LEN])
{
    const struct crypto_transform *hmac = crypto_transform_find(CRYPTO_PRF, CRYPTO_PRF_HMAC_SHA1);
    unsigned len = 0;
    /* Over memory it fails only where memory is out. */
    int good = EVP_DigestInit_ex2(ctx->digest, context_md(ctx, hmac), NULL) &&
               EVP_DigestUpdate(ctx->digest, data.data, data.len) &&
               EVP_DigestFinal_ex(ctx->digest, out, &len);
    assert(good == 1 && len == CRYPTO_SHA1_LEN);
    (void)good;
}
