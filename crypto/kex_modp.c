/*
 * The 2048-bit MODP group (RFC 3526 §3): generator 2, p = 2q + 1 with q prime.
 *
 * BN_mod_exp_mont_consttime is what EVP's DH ends in; it is called here because EVP computes no
 * public value from a given exponent.
 */
#include <assert.h>

#include "crypto/kex_method.h"

/* 256 bits: twice the 110 to 160 bits of strength that RFC 3526 §8 gives this group is 220 to 320.
 */
enum { EXPONENT_LEN = 32 };

static size_t modp_private_len(const struct crypto_transform *ke)
{
    assert(ke->id == CRYPTO_KE_MODP_2048);
    return EXPONENT_LEN;
}

bool kex_modp_power(struct crypto_context *ctx, const struct crypto_transform *ke,
                    const BIGNUM *base, struct crypto_bytes exponent, uint8_t *out)
{
    bool done = false;
    BIGNUM *e = BN_bin2bn(exponent.data, (int)exponent.len, NULL);
    BIGNUM *r = BN_new();

    if (e == NULL || r == NULL)
        goto out;
    BN_set_flags(e, BN_FLG_CONSTTIME);
    done = BN_mod_exp_mont_consttime(r, base, e, ctx->modp_2048, ctx->bn, ctx->modp_2048_mont) &&
           BN_bn2binpad(r, out, ke->secret_len) == ke->secret_len;
out:
    BN_clear_free(r);
    BN_clear_free(e);
    return done;
}

static enum kex_result modp_make_public(struct crypto_context *ctx,
                                        const struct crypto_transform *ke, const uint8_t *scalar,
                                        uint8_t *public, EVP_PKEY **kept)
{
    enum kex_result result = KEX_FAILED;
    BIGNUM *generator = BN_new();

    (void)kept;
    /* An exponent of 0 or 1 would give itself away: 2^0 = 1, 2^1 = 2. */
    uint8_t high = 0;
    for (size_t i = 0; i < EXPONENT_LEN - 1; i++)
        high |= scalar[i];
    if ((high | (scalar[EXPONENT_LEN - 1] & ~1)) == 0)
        result = KEX_REFUSED;
    else if (generator != NULL && BN_set_word(generator, 2) &&
             kex_modp_power(ctx, ke, generator, crypto_bytes(scalar, EXPONENT_LEN), public))
        result = KEX_OK;
    BN_free(generator);
    return result;
}

/* RFC 6989 §2.1: for p = 2q + 1 with q prime, 1 < r < p - 1 is all there is to check. */
static const char *refuse_public(const struct crypto_context *ctx, const BIGNUM *r,
                                 const BIGNUM *p_minus_1)
{
    if (BN_is_zero(r))
        return "the public value is 0";
    if (BN_is_one(r))
        return "the public value is 1";
    if (BN_cmp(r, p_minus_1) == 0)
        return "the public value is p - 1";
    if (BN_cmp(r, ctx->modp_2048) >= 0)
        return "the public value is not below p";
    return NULL;
}

static enum kex_result modp_derive(struct crypto_context *ctx, const struct crypto_transform *ke,
                                   const uint8_t *scalar, EVP_PKEY *kept, const uint8_t *peer,
                                   uint8_t *secret, const char **why)
{
    enum kex_result result = KEX_FAILED;
    BIGNUM *r = BN_bin2bn(peer, ke->public_len, NULL);
    BIGNUM *p_minus_1 = BN_dup(ctx->modp_2048);

    (void)kept;
    if (r == NULL || p_minus_1 == NULL || !BN_sub_word(p_minus_1, 1))
        goto out;
    const char *refusal = refuse_public(ctx, r, p_minus_1);
    if (refusal != NULL) {
        *why = refusal;
        result = KEX_REFUSED;
    } else if (kex_modp_power(ctx, ke, r, crypto_bytes(scalar, EXPONENT_LEN), secret)) {
        result = KEX_OK;
    }
out:
    BN_free(p_minus_1);
    BN_free(r);
    return result;
}

const struct kex_method kex_modp = {modp_private_len, modp_make_public, modp_derive};
