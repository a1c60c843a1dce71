#include "crypto/kex.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

#include "crypto/kex_method.h"

/* Draws until a scalar is fit. Of the scalars for brainpoolP384r1, whose order begins with 0x8c,
 * 45% are refused, so that this many in a row mean a broken source. */
enum { DRAWS_MAX = 128 };

struct crypto_kex {
    struct crypto_context *ctx;
    const struct crypto_transform *ke;
    const struct kex_method *method;
    EVP_PKEY *kept;
    uint8_t rand_key[RAND_STREAM_KEY_LEN]; /* for what OpenSSL draws in crypto_kex_derive */
    uint16_t private_len;
    uint8_t private[KEX_PRIVATE_MAX];
    uint8_t public[]; /* ke->public_len octets */
};

static const struct kex_method *find_method(const struct crypto_transform *ke)
{
    switch (ke->id) {
    case CRYPTO_KE_CURVE25519:
    case CRYPTO_KE_CURVE448:
        return &kex_xdh;
    case CRYPTO_KE_ECP_256:
    case CRYPTO_KE_ECP_384:
    case CRYPTO_KE_ECP_521:
    case CRYPTO_KE_BRAINPOOL_P224R1:
    case CRYPTO_KE_BRAINPOOL_P256R1:
    case CRYPTO_KE_BRAINPOOL_P384R1:
    case CRYPTO_KE_BRAINPOOL_P512R1:
        return &kex_ecp;
    case CRYPTO_KE_MODP_1024:
    case CRYPTO_KE_MODP_1536:
    case CRYPTO_KE_MODP_2048:
    case CRYPTO_KE_MODP_3072:
    case CRYPTO_KE_MODP_4096:
    case CRYPTO_KE_MODP_6144:
    case CRYPTO_KE_MODP_8192:
        return &kex_modp;
    default:
        return NULL;
    }
}

/* Draws the scalar and makes the public value. */
static enum kex_result make_key_pair(struct crypto_kex *kex, const struct crypto_entropy *entropy,
                                     struct crypto_draw draw)
{
    enum kex_result result = KEX_REFUSED;

    draw.field = CRYPTO_DRAW_KE_PRIVATE;
    for (draw.instance = 0; result == KEX_REFUSED && draw.instance < DRAWS_MAX; draw.instance++) {
        crypto_entropy_fill(entropy, &draw, kex->private, kex->private_len);
        result = kex->method->make_public(kex->ctx, kex->ke, kex->private, kex->public, &kex->kept);
    }
    return result;
}

struct crypto_kex *crypto_kex_new(struct crypto_context *ctx, const struct crypto_transform *ke,
                                  const struct crypto_entropy *entropy,
                                  const struct crypto_draw *draw, struct crypto_ledger *ledger)
{
    assert(ke->type == CRYPTO_KE && ke->computed);
    struct crypto_kex *kex = OPENSSL_zalloc(sizeof *kex + ke->public_len);
    if (kex == NULL)
        return NULL;
    kex->ctx = ctx;
    kex->ke = ke;
    kex->method = find_method(ke);
    assert(kex->method != NULL);
    kex->private_len = (uint16_t)kex->method->private_len(ke);
    assert(kex->private_len <= sizeof kex->private);

    /* One key for the making of the pair, one kept for its use. */
    uint8_t rand_keys[2][RAND_STREAM_KEY_LEN];
    struct crypto_draw rand_draw = *draw;
    rand_draw.field = CRYPTO_DRAW_OPENSSL;
    rand_draw.instance = 0;
    crypto_entropy_fill(entropy, &rand_draw, rand_keys[0], sizeof rand_keys);
    memcpy(kex->rand_key, rand_keys[1], sizeof kex->rand_key);

    ERR_set_mark();
    rand_stream_begin(ctx->rand, rand_keys[0]);
    enum kex_result result = make_key_pair(kex, entropy, *draw);
    rand_stream_end(ctx->rand);
    ERR_pop_to_mark();
    OPENSSL_cleanse(rand_keys, sizeof rand_keys);

    if (result != KEX_OK) {
        crypto_kex_free(kex);
        return NULL;
    }
    crypto_ledger_add(ledger, CRYPTO_COST_KEYGEN, ke->id, ke->public_len);
    return kex;
}

void crypto_kex_free(struct crypto_kex *kex)
{
    if (kex == NULL)
        return;
    EVP_PKEY_free(kex->kept); /* wipes what it holds */
    OPENSSL_clear_free(kex, sizeof *kex + kex->ke->public_len);
}

const struct crypto_transform *crypto_kex_transform(const struct crypto_kex *kex)
{
    return kex->ke;
}

struct crypto_bytes crypto_kex_public(const struct crypto_kex *kex)
{
    return crypto_bytes(kex->public, kex->ke->public_len);
}

struct crypto_bytes crypto_kex_private(const struct crypto_kex *kex)
{
    return crypto_bytes(kex->private, kex->private_len);
}

int crypto_kex_derive(struct crypto_kex *kex, struct crypto_bytes peer,
                      uint8_t secret[CRYPTO_KEX_SECRET_MAX], size_t *secret_len,
                      struct crypto_ledger *ledger, const char **why)
{
    *secret_len = 0;
    if (peer.len != kex->ke->public_len) {
        *why = "the public value has not the length of its group";
        return -1;
    }

    *why = "OpenSSL failed";
    ERR_set_mark();
    rand_stream_begin(kex->ctx->rand, kex->rand_key);
    enum kex_result result =
        kex->method->derive(kex->ctx, kex->ke, kex->private, kex->kept, peer.data, secret, why);
    rand_stream_end(kex->ctx->rand);
    ERR_pop_to_mark();
    crypto_ledger_add(ledger, CRYPTO_COST_DERIVE, kex->ke->id, kex->ke->public_len);
    if (result != KEX_OK) {
        OPENSSL_cleanse(secret, kex->ke->secret_len);
        return -1;
    }
    *secret_len = kex->ke->secret_len;
    *why = NULL;
    return 0;
}
