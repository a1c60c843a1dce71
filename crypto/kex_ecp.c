/*
 * Random ECP groups (RFC 5903) and Brainpool's (RFC 6954). A public value is x | y without a
 * prefix, the secret is x.
 *
 * EC_POINT rather than EVP_PKEY: EVP computes no public point from a given private scalar, and its
 * import of a key costs more than what it would save. EC_POINT_oct2point refuses coordinates that
 * are out of range and points that are not on the curve, which is what RFC 6989 §2.3 asks for; as
 * the cofactor is 1, multiplying by the group's order on top would find nothing more.
 */
#include <assert.h>
#include <string.h>

#include "crypto/kex_method.h"

enum { POINT_MAX = 1 + 132, UNCOMPRESSED = 0x04 };

static size_t ecp_private_len(const struct crypto_transform *ke)
{
    return ke->secret_len;
}

/* A scalar that OpenSSL handles in constant time; the caller frees it with BN_clear_free. */
static BIGNUM *read_scalar(const struct crypto_transform *ke, const uint8_t *scalar)
{
    BIGNUM *k = BN_new();

    if (k == NULL || BN_bin2bn(scalar, ke->secret_len, k) == NULL) {
        BN_clear_free(k);
        return NULL;
    }
    BN_set_flags(k, BN_FLG_CONSTTIME);
    return k;
}

static bool ecp_fit(const struct crypto_context *ctx, const struct crypto_transform *ke,
                    uint8_t *scalar)
{
    const EC_GROUP *group = context_group(ctx, ke);

    /* ECP-521's order has 7 bits less than its octets: with them, one scalar of 128 would fit. */
    scalar[0] &= (uint8_t)(0xff >> (8 * ke->secret_len - EC_GROUP_order_bits(group)));
    BIGNUM *k = read_scalar(ke, scalar);
    bool fits = k != NULL && !BN_is_zero(k) && BN_cmp(k, EC_GROUP_get0_order(group)) < 0;
    BN_clear_free(k);
    return fits;
}

static enum kex_result ecp_make_public(struct crypto_context *ctx,
                                       const struct crypto_transform *ke, const uint8_t *scalar,
                                       uint8_t *public)
{
    const EC_GROUP *group = context_group(ctx, ke);
    enum kex_result result = KEX_FAILED;
    uint8_t octets[POINT_MAX];
    size_t len = 1u + ke->public_len;
    BIGNUM *k = read_scalar(ke, scalar);
    EC_POINT *point = EC_POINT_new(group);

    assert(len <= sizeof octets);
    if (k == NULL || point == NULL) {
        goto out;
    }
    if (!EC_POINT_mul(group, point, k, NULL, NULL, ctx->bn) ||
        EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, octets, len, ctx->bn) !=
            len) {
        goto out;
    }
    memcpy(public, octets + 1, ke->public_len);
    result = KEX_OK;
out:
    EC_POINT_free(point);
    BN_clear_free(k);
    return result;
}

static enum kex_result ecp_derive(struct crypto_context *ctx, const struct crypto_transform *ke,
                                  const uint8_t *scalar, const uint8_t *peer, uint8_t *secret,
                                  const char **why)
{
    const EC_GROUP *group = context_group(ctx, ke);
    enum kex_result result = KEX_FAILED;
    uint8_t octets[POINT_MAX] = {UNCOMPRESSED};
    BIGNUM *k = read_scalar(ke, scalar);
    BIGNUM *x = BN_new();
    EC_POINT *point = EC_POINT_new(group);

    memcpy(octets + 1, peer, ke->public_len);
    if (k == NULL || x == NULL || point == NULL) {
        goto out;
    }
    if (!EC_POINT_oct2point(group, point, octets, 1u + ke->public_len, ctx->bn)) {
        *why = "the public value is not a point of the curve";
        result = KEX_REFUSED;
        goto out;
    }
    /* The group's order is prime and k is below it: the product is never the point at infinity. */
    if (EC_POINT_mul(group, point, NULL, point, k, ctx->bn) &&
        EC_POINT_get_affine_coordinates(group, point, x, NULL, ctx->bn) &&
        BN_bn2binpad(x, secret, ke->secret_len) == ke->secret_len) {
        result = KEX_OK;
    }
out:
    EC_POINT_clear_free(point);
    BN_clear_free(x);
    BN_clear_free(k);
    return result;
}

const struct kex_method kex_ecp = {ecp_private_len, ecp_fit, ecp_make_public, ecp_derive};
