/* Keys to sign with: read, made, told apart. */
#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "crypto/sign_internal.h"

static const char *const kind_names[CRYPTO_KEY_KINDS] = {
    [CRYPTO_KEY_RSA_2048] = "rsa2048",   [CRYPTO_KEY_RSA_3072] = "rsa3072",
    [CRYPTO_KEY_RSA_4096] = "rsa4096",   [CRYPTO_KEY_ECDSA_256] = "ecdsa256",
    [CRYPTO_KEY_ECDSA_384] = "ecdsa384", [CRYPTO_KEY_ECDSA_521] = "ecdsa521",
    [CRYPTO_KEY_ED25519] = "ed25519",    [CRYPTO_KEY_ED448] = "ed448",
};

const char *crypto_key_kind_name(enum crypto_key_kind kind)
{
    return kind > CRYPTO_KEY_NONE && kind < CRYPTO_KEY_KINDS ? kind_names[kind] : "?";
}

/* ---- reading ---- */

static EVP_PKEY *read_private(struct crypto_context *ctx, struct crypto_bytes key)
{
    const uint8_t *at = key.data;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)key.len);
    EVP_PKEY *pkey = info == NULL ? NULL : EVP_PKCS82PKEY_ex(info, ctx->lib, NULL);

    PKCS8_PRIV_KEY_INFO_free(info);
    return pkey;
}

static EVP_PKEY *read_public(struct crypto_context *ctx, struct crypto_bytes key)
{
    const uint8_t *at = key.data;
    EVP_PKEY *pkey = d2i_PUBKEY_ex(NULL, &at, (long)key.len, ctx->lib, NULL);

    if (pkey != NULL && at != key.data + key.len) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    return pkey;
}

static EVP_PKEY *cached(struct crypto_context *ctx, bool is_private, struct crypto_bytes key)
{
    struct sign_cached *slot = sign_cache_slot(&ctx->sign_keys, is_private, key);

    if (sign_cache_holds(slot, is_private, key)) {
        return slot->key;
    }
    ERR_set_mark();
    EVP_PKEY *pkey = is_private ? read_private(ctx, key) : read_public(ctx, key);
    ERR_pop_to_mark();
    if (pkey != NULL) {
        sign_cache_put(slot, is_private, key, pkey);
    }
    return pkey;
}

EVP_PKEY *sign_private_key(struct crypto_context *ctx, struct crypto_bytes key)
{
    return cached(ctx, true, key);
}

EVP_PKEY *sign_public_key(struct crypto_context *ctx, struct crypto_bytes key)
{
    return cached(ctx, false, key);
}

static enum crypto_key_kind rsa_kind(int bits)
{
    if (bits < 1024 || bits > 8 * CRYPTO_SIGNATURE_MAX) {
        return CRYPTO_KEY_NONE;
    }
    return bits <= 2048   ? CRYPTO_KEY_RSA_2048
           : bits <= 3072 ? CRYPTO_KEY_RSA_3072
                          : CRYPTO_KEY_RSA_4096;
}

static enum crypto_key_kind ec_kind(const EVP_PKEY *key)
{
    char group[32];

    if (!EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                        NULL)) {
        return CRYPTO_KEY_NONE;
    }
    if (strcmp(group, "prime256v1") == 0) {
        return CRYPTO_KEY_ECDSA_256;
    }
    if (strcmp(group, "secp384r1") == 0) {
        return CRYPTO_KEY_ECDSA_384;
    }
    return strcmp(group, "secp521r1") == 0 ? CRYPTO_KEY_ECDSA_521 : CRYPTO_KEY_NONE;
}

enum crypto_key_kind sign_key_kind(const EVP_PKEY *key)
{
    if (EVP_PKEY_is_a(key, "RSA")) {
        return rsa_kind(EVP_PKEY_get_bits(key));
    }
    if (EVP_PKEY_is_a(key, "EC")) {
        return ec_kind(key);
    }
    if (EVP_PKEY_is_a(key, "ED25519")) {
        return CRYPTO_KEY_ED25519;
    }
    return EVP_PKEY_is_a(key, "ED448") ? CRYPTO_KEY_ED448 : CRYPTO_KEY_NONE;
}

static enum crypto_key_kind kind_of(EVP_PKEY *key)
{
    ERR_set_mark();
    enum crypto_key_kind kind = key == NULL ? CRYPTO_KEY_NONE : sign_key_kind(key);
    ERR_pop_to_mark();
    return kind;
}

enum crypto_key_kind crypto_private_kind(struct crypto_context *ctx, struct crypto_bytes key)
{
    return kind_of(sign_private_key(ctx, key));
}

enum crypto_key_kind crypto_public_kind(struct crypto_context *ctx, struct crypto_bytes key)
{
    return kind_of(sign_public_key(ctx, key));
}

bool crypto_key_pairs(struct crypto_context *ctx, struct crypto_bytes private,
                      struct crypto_bytes public)
{
    EVP_PKEY *own = sign_private_key(ctx, private), *told;
    /* The cache may put the other one in its place. */
    if (own == NULL || !EVP_PKEY_up_ref(own)) {
        return false;
    }
    told = sign_public_key(ctx, public);
    ERR_set_mark();
    bool pair = told != NULL && EVP_PKEY_eq(own, told) == 1;
    ERR_pop_to_mark();
    EVP_PKEY_free(own);
    return pair;
}

/* ---- making ---- */

static EVP_PKEY *make_edwards(struct crypto_context *ctx, enum crypto_key_kind kind,
                              const struct crypto_entropy *entropy, struct crypto_draw draw)
{
    uint8_t scalar[57];
    size_t len = kind == CRYPTO_KEY_ED25519 ? 32 : 57;

    draw.field = CRYPTO_DRAW_KE_PRIVATE;
    crypto_entropy_fill(entropy, &draw, scalar, len);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(
        ctx->lib, kind == CRYPTO_KEY_ED25519 ? "ED25519" : "ED448", NULL, scalar, len);
    OPENSSL_cleanse(scalar, sizeof scalar);
    return key;
}

static EVP_PKEY *import_ec(struct crypto_context *ctx, const char *name, const BIGNUM *scalar,
                           const uint8_t *point, size_t point_len)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *from = EVP_PKEY_CTX_new_from_name(ctx->lib, "EC", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (build == NULL || from == NULL ||
        !OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, name, 0) ||
        !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar) ||
        !OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, point_len)) {
        goto out;
    }
    params = OSSL_PARAM_BLD_to_param(build);
    if (params == NULL || EVP_PKEY_fromdata_init(from) <= 0 ||
        EVP_PKEY_fromdata(from, &key, EVP_PKEY_KEYPAIR, params) <= 0) {
        key = NULL;
    }
out:
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(from);
    return key;
}

/* A scalar from 64 bits more than the order has, reduced: its bias is of no account (FIPS 186-5
 * A.2.1). */
static EVP_PKEY *make_ec(struct crypto_context *ctx, enum crypto_key_kind kind,
                         const struct crypto_entropy *entropy, struct crypto_draw draw)
{
    static const struct {
        uint16_t ke;
        const char *name;
        size_t len;
    } curves[] = {{CRYPTO_KE_ECP_256, "prime256v1", 32},
                  {CRYPTO_KE_ECP_384, "secp384r1", 48},
                  {CRYPTO_KE_ECP_521, "secp521r1", 66}};
    size_t which = (size_t)kind - CRYPTO_KEY_ECDSA_256;
    const EC_GROUP *group = context_group(ctx, crypto_transform_find(CRYPTO_KE, curves[which].ke));
    uint8_t octets[66 + 8], point[1 + 2 * 66];
    size_t len = curves[which].len, point_len = 1 + 2 * len;
    BIGNUM *order = BN_dup(EC_GROUP_get0_order(group)), *scalar = BN_new();
    EC_POINT *public = EC_POINT_new(group);
    EVP_PKEY *key = NULL;

    draw.field = CRYPTO_DRAW_KE_PRIVATE;
    crypto_entropy_fill(entropy, &draw, octets, len + 8);
    if (order != NULL && scalar != NULL && public != NULL && BN_sub_word(order, 1) &&
        BN_bin2bn(octets, (int)len + 8, scalar) != NULL && BN_mod(scalar, scalar, order, ctx->bn) &&
        BN_add_word(scalar, 1) && EC_POINT_mul(group, public, scalar, NULL, NULL, ctx->bn) &&
        EC_POINT_point2oct(group, public, POINT_CONVERSION_UNCOMPRESSED, point, point_len,
                           ctx->bn) == point_len) {
        key = import_ec(ctx, curves[which].name, scalar, point, point_len);
    }
    OPENSSL_cleanse(octets, sizeof octets);
    EC_POINT_free(public);
    BN_clear_free(scalar);
    BN_free(order);
    return key;
}

static EVP_PKEY *make_rsa(struct crypto_context *ctx, unsigned bits)
{
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(ctx->lib, "RSA", NULL);
    EVP_PKEY *key = NULL;

    if (maker == NULL || EVP_PKEY_keygen_init(maker) <= 0 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(maker, (int)bits) <= 0 ||
        EVP_PKEY_generate(maker, &key) <= 0) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(maker);
    return key;
}

static EVP_PKEY *make(struct crypto_context *ctx, enum crypto_key_kind kind,
                      const struct crypto_entropy *entropy, const struct crypto_draw *draw)
{
    switch (kind) {
    case CRYPTO_KEY_RSA_2048:
        return make_rsa(ctx, 2048);
    case CRYPTO_KEY_RSA_3072:
        return make_rsa(ctx, 3072);
    case CRYPTO_KEY_RSA_4096:
        return make_rsa(ctx, 4096);
    case CRYPTO_KEY_ECDSA_256:
    case CRYPTO_KEY_ECDSA_384:
    case CRYPTO_KEY_ECDSA_521:
        return make_ec(ctx, kind, entropy, *draw);
    case CRYPTO_KEY_ED25519:
    case CRYPTO_KEY_ED448:
        return make_edwards(ctx, kind, entropy, *draw);
    case CRYPTO_KEY_NONE:
    case CRYPTO_KEY_KINDS:
        break;
    }
    assert(!"a kind of key");
    return NULL;
}

/* PKCS #8 without attributes. */
static size_t write_private(EVP_PKEY *key, uint8_t **der)
{
    PKCS8_PRIV_KEY_INFO *info = key == NULL ? NULL : EVP_PKEY2PKCS8(key);
    int len = info == NULL ? 0 : i2d_PKCS8_PRIV_KEY_INFO(info, der);

    PKCS8_PRIV_KEY_INFO_free(info);
    return len > 0 ? (size_t)len : 0;
}

size_t crypto_key_make(struct crypto_context *ctx, enum crypto_key_kind kind,
                       const struct crypto_entropy *entropy, const struct crypto_draw *draw,
                       uint8_t **key)
{
    *key = NULL;
    ERR_set_mark();
    sign_begin(ctx, entropy, draw);
    EVP_PKEY *made = make(ctx, kind, entropy, draw);
    size_t len = write_private(made, key);
    rand_stream_end(ctx->rand);
    EVP_PKEY_free(made);
    ERR_pop_to_mark();
    return len;
}

size_t crypto_key_public(struct crypto_context *ctx, struct crypto_bytes key, uint8_t **public)
{
    EVP_PKEY *pkey = sign_private_key(ctx, key);
    int len;

    *public = NULL;
    ERR_set_mark();
    len = pkey == NULL ? 0 : i2d_PUBKEY(pkey, public);
    ERR_pop_to_mark();
    return len > 0 ? (size_t)len : 0;
}

void crypto_octets_free(uint8_t *octets, size_t len)
{
    OPENSSL_clear_free(octets, len);
}
