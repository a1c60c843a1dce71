#include "crypto/sign.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>

#include "crypto/kdf.h"
#include "crypto/sign_internal.h"

void sign_begin(struct crypto_context *ctx, const struct crypto_entropy *entropy,
                const struct crypto_draw *draw)
{
    struct crypto_draw own = *draw;
    uint8_t key[RAND_STREAM_KEY_LEN];

    own.field = CRYPTO_DRAW_SIGN;
    crypto_entropy_fill(entropy, &own, key, sizeof key);
    rand_stream_begin(ctx->rand, key);
    OPENSSL_cleanse(key, sizeof key);
}

/* The parts in one piece: EdDSA takes its message at once (RFC 8032 §5.1.6 reads it twice). Free
 * with OPENSSL_free. */
static uint8_t *join(const struct crypto_bytes *parts, size_t part_count, size_t *len)
{
    uint8_t *joined;

    *len = 0;
    for (size_t i = 0; i < part_count; i++) {
        *len += parts[i].len;
    }
    joined = OPENSSL_malloc(*len + 1);
    if (joined == NULL) {
        return NULL;
    }
    for (size_t i = 0, at = 0; i < part_count; at += parts[i++].len) {
        if (parts[i].len > 0) {
            memcpy(joined + at, parts[i].data, parts[i].len);
        }
    }
    return joined;
}

/* PSS is signed with a salt as long as the hash and verified with a salt of any length. */
static bool set_padding(EVP_PKEY_CTX *key, const struct crypto_scheme *scheme, bool verify)
{
    if (scheme->family != SIGN_RSA_PSS) {
        return true;
    }
    return EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(key, verify ? RSA_PSS_SALTLEN_AUTO
                                                        : RSA_PSS_SALTLEN_DIGEST) > 0;
}

static size_t sign(struct crypto_context *ctx, const struct crypto_scheme *scheme, EVP_PKEY *key,
                   const uint8_t *data, size_t len, uint8_t signature[CRYPTO_SIGNATURE_MAX])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey = NULL;
    size_t signature_len = CRYPTO_SIGNATURE_MAX;

    if (md == NULL || !EVP_DigestSignInit_ex(md, &pkey, scheme->md, ctx->lib, NULL, key, NULL) ||
        !set_padding(pkey, scheme, false) ||
        EVP_DigestSign(md, signature, &signature_len, data, len) <= 0) {
        signature_len = 0;
    }
    EVP_MD_CTX_free(md);
    return signature_len;
}

size_t crypto_sign(struct crypto_context *ctx, const struct crypto_scheme *scheme,
                   struct crypto_bytes key, const struct crypto_bytes *parts, size_t part_count,
                   const struct crypto_entropy *entropy, const struct crypto_draw *draw,
                   uint8_t signature[CRYPTO_SIGNATURE_MAX], struct crypto_ledger *ledger,
                   const char **why)
{
    EVP_PKEY *pkey = sign_private_key(ctx, key);
    enum crypto_key_kind kind = pkey == NULL ? CRYPTO_KEY_NONE : sign_key_kind(pkey);
    size_t len = 0, data_len;

    if (!crypto_scheme_fits(scheme, kind)) {
        *why = "the private key is not one for this kind of signature";
        return 0;
    }
    uint8_t *data = join(parts, part_count, &data_len);
    *why = "OpenSSL failed";
    if (data == NULL) {
        return 0;
    }
    ERR_set_mark();
    sign_begin(ctx, entropy, draw);
    len = sign(ctx, scheme, pkey, data, data_len, signature);
    rand_stream_end(ctx->rand);
    ERR_pop_to_mark();
    OPENSSL_free(data);
    crypto_ledger_add(ledger, CRYPTO_COST_SIGN, (uint16_t)kind, (uint32_t)data_len);
    return len;
}

static bool verify(struct crypto_context *ctx, const struct crypto_scheme *scheme, EVP_PKEY *key,
                   const uint8_t *data, size_t len, struct crypto_bytes signature)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey = NULL;
    bool good = md != NULL &&
                EVP_DigestVerifyInit_ex(md, &pkey, scheme->md, ctx->lib, NULL, key, NULL) &&
                set_padding(pkey, scheme, true) &&
                EVP_DigestVerify(md, signature.data, signature.len, data, len) == 1;

    EVP_MD_CTX_free(md);
    return good;
}

bool crypto_verify(struct crypto_context *ctx, const struct crypto_scheme *scheme,
                   struct crypto_bytes key, const struct crypto_bytes *parts, size_t part_count,
                   struct crypto_bytes signature, struct crypto_ledger *ledger, const char **why)
{
    EVP_PKEY *pkey = sign_public_key(ctx, key);
    enum crypto_key_kind kind = pkey == NULL ? CRYPTO_KEY_NONE : sign_key_kind(pkey);
    size_t data_len;

    if (!crypto_scheme_fits(scheme, kind)) {
        *why = "the public key is not one for this kind of signature";
        return false;
    }
    uint8_t *data = join(parts, part_count, &data_len);
    *why = "the signature is not one of this key over these octets";
    if (data == NULL) {
        return false;
    }
    ERR_set_mark();
    bool good = verify(ctx, scheme, pkey, data, data_len, signature);
    ERR_pop_to_mark();
    OPENSSL_free(data);
    crypto_ledger_add(ledger, CRYPTO_COST_VERIFY, (uint16_t)kind, (uint32_t)data_len);
    return good;
}

/* ---- ECDSA's two forms ---- */

static size_t half_len(enum crypto_key_kind kind)
{
    switch (kind) {
    case CRYPTO_KEY_ECDSA_256:
        return 32;
    case CRYPTO_KEY_ECDSA_384:
        return 48;
    case CRYPTO_KEY_ECDSA_521:
        return 66;
    default:
        return 0;
    }
}

size_t crypto_ecdsa_to_raw(enum crypto_key_kind kind, struct crypto_bytes in,
                           uint8_t out[CRYPTO_SIGNATURE_MAX])
{
    size_t half = half_len(kind), len = 0;
    const uint8_t *at = in.data;

    ERR_set_mark();
    ECDSA_SIG *sig = half == 0 ? NULL : d2i_ECDSA_SIG(NULL, &at, (long)in.len);
    if (sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int)half) == (int)half &&
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + half, (int)half) == (int)half) {
        len = 2 * half;
    }
    ECDSA_SIG_free(sig);
    ERR_pop_to_mark();
    return len;
}

size_t crypto_ecdsa_from_raw(enum crypto_key_kind kind, struct crypto_bytes in,
                             uint8_t out[CRYPTO_SIGNATURE_MAX])
{
    size_t half = half_len(kind);
    int len = 0;

    if (half == 0 || in.len != 2 * half) {
        return 0;
    }
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(in.data, (int)half, NULL);
    BIGNUM *s = BN_bin2bn(in.data + half, (int)half, NULL);
    if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s)) {
        uint8_t *at = out;
        r = s = NULL;
        len = i2d_ECDSA_SIG(sig, &at);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return len > 0 ? (size_t)len : 0;
}
