/*
 * The MODP groups of RFC 7296 appendix B and RFC 3526: generator 2, p = 2q + 1 with q prime.
 *
 * BN_mod_exp_mont_consttime is what EVP's DH ends in; it is called here because EVP computes no
 * public value from a given exponent.
 */
#include <assert.h>

#include "crypto/kex_method.h"

/* Twice the strength that RFC 3526 §8 gives a group, between its lower and its higher estimate: 180
 * to 240 bits for 1536, 220 to 320 for 2048, 260 to 420, 300 to 480, 340 to 540, 380 to 620 for
 * 8192. That of 1024, which it does not list, is no longer than the next. */
static size_t modp_private_len(const struct crypto_transform *ke)
{
    switch (ke->id) {
    case CRYPTO_KE_MODP_1024:
    case CRYPTO_KE_MODP_1536:
        return 28;
    case CRYPTO_KE_MODP_2048:
        return 32;
    case CRYPTO_KE_MODP_3072:
        return 40;
    case CRYPTO_KE_MODP_4096:
        return 48;
    case CRYPTO_KE_MODP_6144:
        return 56;
    case CRYPTO_KE_MODP_8192:
        return 64;
    default:
        assert(!"a MODP group");
        return 0;
    }
}

bool kex_modp_power(struct crypto_context *ctx, const struct crypto_transform *ke,
                    const BIGNUM *base, struct crypto_bytes exponent, uint8_t *out)
{
    const struct modp_group *group = context_modp(ctx, ke);
    bool done = false;
    BIGNUM *e = BN_bin2bn(exponent.data, (int)exponent.len, NULL);
    BIGNUM *r = BN_new();

    if (e == NULL || r == NULL) {
        goto out;
    }
    BN_set_flags(e, BN_FLG_CONSTTIME);
    done = BN_mod_exp_mont_consttime(r, base, e, group->p, ctx->bn, group->mont) &&
           BN_bn2binpad(r, out, ke->secret_len) == ke->secret_len;
out:
    BN_clear_free(r);
    BN_clear_free(e);
    return done;
}

/* An exponent of 0 or 1 would give itself away: 2^0 = 1, 2^1 = 2. */
static bool modp_fit(const struct crypto_context *ctx, const struct crypto_transform *ke,
                     uint8_t *scalar)
{
    const size_t len = modp_private_len(ke);
    uint8_t high = 0;

    (void)ctx;
    for (size_t i = 0; i < len - 1; i++) {
        high |= scalar[i];
    }
    return (high | (scalar[len - 1] & ~1)) != 0;
}

static enum kex_result modp_make_public(struct crypto_context *ctx,
                                        const struct crypto_transform *ke, const uint8_t *scalar,
                                        uint8_t *public)
{
    BIGNUM *generator = BN_new();
    bool done =
        generator != NULL && BN_set_word(generator, 2) &&
        kex_modp_power(ctx, ke, generator, crypto_bytes(scalar, modp_private_len(ke)), public);

    BN_free(generator);
    return done ? KEX_OK : KEX_FAILED;
}

/* RFC 6989 §2.1: for p = 2q + 1 with q prime, 1 < r < p - 1 is all there is to check. */
static const char *refuse_public(const BIGNUM *r, const BIGNUM *p, const BIGNUM *p_minus_1)
{
    if (BN_is_zero(r)) {
        return "the public value is 0";
    }
    if (BN_is_one(r)) {
        return "the public value is 1";
    }
    if (BN_cmp(r, p_minus_1) == 0) {
        return "the public value is p - 1";
    }
    if (BN_cmp(r, p) >= 0) {
        return "the public value is not below p";
    }
    return NULL;
}

static enum kex_result modp_derive(struct crypto_context *ctx, const struct crypto_transform *ke,
                                   const uint8_t *scalar, const uint8_t *peer, uint8_t *secret,
                                   const char **why)
{
    enum kex_result result = KEX_FAILED;
    const BIGNUM *p = context_modp(ctx, ke)->p;
    BIGNUM *r = BN_bin2bn(peer, ke->public_len, NULL);
    BIGNUM *p_minus_1 = BN_dup(p);

    if (r == NULL || p_minus_1 == NULL || !BN_sub_word(p_minus_1, 1)) {
        goto out;
    }
    const char *refusal = refuse_public(r, p, p_minus_1);
    if (refusal != NULL) {
        *why = refusal;
        result = KEX_REFUSED;
    } else if (kex_modp_power(ctx, ke, r, crypto_bytes(scalar, modp_private_len(ke)), secret)) {
        result = KEX_OK;
    }
out:
    BN_free(p_minus_1);
    BN_free(r);
    return result;
}

const struct kex_method kex_modp = {modp_private_len, modp_fit, modp_make_public, modp_derive};
