#include "crypto/kdf.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

#include "crypto/context_internal.h"

/* ---- prf and prf+ (RFC 7296 §2.13) ---- */

static size_t total_len(const struct crypto_bytes *parts, size_t part_count)
{
    size_t len = 0;

    for (size_t i = 0; i < part_count; i++) {
        len += parts[i].len;
    }
    return len;
}

static void mac_add_parts(struct mac *mac, const struct crypto_bytes *parts, size_t part_count)
{
    for (size_t i = 0; i < part_count; i++) {
        mac_add(mac, parts[i].data, parts[i].len);
    }
}

void crypto_prf(struct crypto_context *ctx, const struct crypto_transform *prf,
                struct crypto_bytes key, const struct crypto_bytes *parts, size_t part_count,
                uint8_t out[CRYPTO_PRF_MAX], struct crypto_ledger *ledger)
{
    assert(prf->type == CRYPTO_PRF);
    mac_key(&ctx->prf, ctx, prf, key);
    mac_begin(&ctx->prf);
    mac_add_parts(&ctx->prf, parts, part_count);
    mac_end(&ctx->prf, out);
    crypto_ledger_add(ledger, CRYPTO_COST_PRF, prf->id, (uint32_t)total_len(parts, part_count));
}

void crypto_prf_plus(struct crypto_context *ctx, const struct crypto_transform *prf,
                     struct crypto_bytes key, const struct crypto_bytes *parts, size_t part_count,
                     uint8_t *out, size_t len, struct crypto_ledger *ledger)
{
    uint8_t block[CRYPTO_PRF_MAX];
    size_t seed_len = total_len(parts, part_count);
    size_t previous = 0; /* length of T(n-1): T0 is empty */

    assert(prf->type == CRYPTO_PRF);
    assert(len <= (size_t)255 * prf->key_len);
    mac_key(&ctx->prf, ctx, prf, key);
    for (uint8_t n = 1; len > 0; n++) {
        mac_begin(&ctx->prf);
        mac_add(&ctx->prf, block, previous);
        mac_add_parts(&ctx->prf, parts, part_count);
        mac_add(&ctx->prf, &n, 1);
        mac_end(&ctx->prf, block);
        crypto_ledger_add(ledger, CRYPTO_COST_PRF, prf->id, (uint32_t)(previous + seed_len + 1));

        previous = prf->key_len;
        size_t take = len < previous ? len : previous;
        memcpy(out, block, take);
        out += take;
        len -= take;
    }
    crypto_wipe(block, sizeof block);
}

/* ---- the keys of an IKE SA (RFC 7296 §2.14, §2.18) ---- */

struct crypto_bytes crypto_sk(const struct crypto_sk_keys *keys, enum crypto_sk which)
{
    assert(which < CRYPTO_SK_COUNT);
    return crypto_bytes(keys->bytes + keys->at[which],
                        (size_t)(keys->at[which + 1] - keys->at[which]));
}

const char *crypto_sk_name(enum crypto_sk which)
{
    static const char *const names[CRYPTO_SK_COUNT] = {"SK_d",  "SK_ai", "SK_ar", "SK_ei",
                                                       "SK_er", "SK_pi", "SK_pr"};

    assert(which < CRYPTO_SK_COUNT);
    return names[which];
}

void crypto_skeyseed(struct crypto_context *ctx, const struct crypto_transform *prf,
                     struct crypto_bytes old_sk_d, struct crypto_bytes ni, struct crypto_bytes nr,
                     struct crypto_bytes shared_secret, struct crypto_bytes additional,
                     uint8_t out[CRYPTO_PRF_MAX], struct crypto_ledger *ledger)
{
    if (old_sk_d.len > 0) {
        const struct crypto_bytes parts[] = {shared_secret, ni, nr, additional};
        crypto_prf(ctx, prf, old_sk_d, parts, 4, out, ledger);
        return;
    }

    /* The nonces are the key here. A PRF of variable key length takes all of them; of AES-XCBC and
     * AES-CMAC, though they do too, §2.14 wants the first 8 octets of each, as when their keys were
     * of fixed length. A nonce has 16 to 256 octets (§2.10). */
    uint8_t key[512];
    if (prf->id == CRYPTO_PRF_AES128_XCBC || prf->id == CRYPTO_PRF_AES128_CMAC) {
        assert(ni.len >= prf->key_len / 2u && nr.len >= prf->key_len / 2u);
        ni.len = nr.len = prf->key_len / 2u;
    }
    assert(ni.len + nr.len <= sizeof key);
    memcpy(key, ni.data, ni.len);
    memcpy(key + ni.len, nr.data, nr.len);
    crypto_prf(ctx, prf, crypto_bytes(key, ni.len + nr.len), &shared_secret, 1, out, ledger);
}

void crypto_skeyseed_resume(struct crypto_context *ctx, const struct crypto_transform *prf,
                            struct crypto_bytes old_sk_d, struct crypto_bytes ni,
                            struct crypto_bytes nr, uint8_t out[CRYPTO_PRF_MAX],
                            struct crypto_ledger *ledger)
{
    const struct crypto_bytes parts[] = {crypto_bytes("Resumption", 10), ni, nr};

    crypto_prf(ctx, prf, old_sk_d, parts, 3, out, ledger);
}

static size_t encr_key_len(const struct crypto_suite *suite)
{
    return suite->encr != NULL ? suite->encr_key_bits / 8u + suite->encr->salt_len : 0;
}

static size_t integ_key_len(const struct crypto_suite *suite)
{
    return suite->integ != NULL ? suite->integ->key_len : 0;
}

static void write_u64(uint8_t out[8], uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

void crypto_sk_layout(const struct crypto_suite *suite, struct crypto_sk_keys *out)
{
    const size_t integ = integ_key_len(suite);
    const size_t encr = encr_key_len(suite);
    const size_t lens[CRYPTO_SK_COUNT] = {
        [CRYPTO_SK_D] = suite->prf->key_len,
        [CRYPTO_SK_AI] = integ,
        [CRYPTO_SK_AR] = integ,
        [CRYPTO_SK_EI] = encr,
        [CRYPTO_SK_ER] = encr,
        [CRYPTO_SK_PI] = suite->prf->key_len,
        [CRYPTO_SK_PR] = suite->prf->key_len,
    };

    out->at[0] = 0;
    for (int i = 0; i < CRYPTO_SK_COUNT; i++) {
        out->at[i + 1] = (uint16_t)(out->at[i] + lens[i]);
    }
    assert(out->at[CRYPTO_SK_COUNT] <= sizeof out->bytes);
}

void crypto_sk_derive(struct crypto_context *ctx, const struct crypto_suite *suite,
                      struct crypto_bytes skeyseed, struct crypto_bytes ni, struct crypto_bytes nr,
                      uint64_t spi_i, uint64_t spi_r, struct crypto_sk_keys *out,
                      struct crypto_ledger *ledger)
{
    uint8_t spis[16];

    crypto_sk_layout(suite, out);
    write_u64(spis, spi_i);
    write_u64(spis + 8, spi_r);
    const struct crypto_bytes parts[] = {ni, nr, crypto_bytes(spis, sizeof spis)};
    crypto_prf_plus(ctx, suite->prf, skeyseed, parts, 3, out->bytes, out->at[CRYPTO_SK_COUNT],
                    ledger);
}

/* ---- the keys of a CHILD SA (RFC 7296 §2.17) ---- */

void crypto_keymat(struct crypto_context *ctx, const struct crypto_transform *prf,
                   struct crypto_bytes sk_d, struct crypto_bytes shared_secret,
                   struct crypto_bytes ni, struct crypto_bytes nr, struct crypto_bytes additional,
                   uint8_t *out, size_t len, struct crypto_ledger *ledger)
{
    const struct crypto_bytes parts[] = {shared_secret, ni, nr, additional};

    crypto_prf_plus(ctx, prf, sk_d, parts, 4, out, len, ledger);
}

size_t crypto_keymat_direction_len(const struct crypto_suite *suite)
{
    return encr_key_len(suite) + integ_key_len(suite);
}

/* ---- AUTH with a shared key (RFC 7296 §2.15) ---- */

void crypto_auth_psk(struct crypto_context *ctx, const struct crypto_transform *prf,
                     struct crypto_bytes secret, struct crypto_bytes message,
                     struct crypto_bytes nonce, struct crypto_bytes sk_p, struct crypto_bytes id,
                     uint8_t maced_id[CRYPTO_PRF_MAX], uint8_t auth[CRYPTO_PRF_MAX],
                     struct crypto_ledger *ledger)
{
    crypto_prf(ctx, prf, sk_p, &id, 1, maced_id, ledger);
    crypto_auth_secret(ctx, prf, secret, message, nonce, crypto_bytes(maced_id, prf->key_len), auth,
                       ledger);
}

void crypto_auth_secret(struct crypto_context *ctx, const struct crypto_transform *prf,
                        struct crypto_bytes secret, struct crypto_bytes message,
                        struct crypto_bytes nonce, struct crypto_bytes maced_id,
                        uint8_t auth[CRYPTO_PRF_MAX], struct crypto_ledger *ledger)
{
    static const char pad[] = "Key Pad for IKEv2"; /* 17 ASCII octets, without the NUL */
    const struct crypto_bytes pad_part = crypto_bytes(pad, sizeof pad - 1);
    const struct crypto_bytes signed_octets[] = {message, nonce, maced_id};
    struct padded_secret *padded = &ctx->padded_secret;

    /* Hosts of a group share their secret: the last one is remembered, and counted all the same. */
    if (padded->prf == prf && padded->secret_len == secret.len &&
        memcmp(padded->secret, secret.data, secret.len) == 0) {
        crypto_ledger_add(ledger, CRYPTO_COST_PRF, prf->id, (uint32_t)pad_part.len);
    } else {
        crypto_prf(ctx, prf, secret, &pad_part, 1, padded->value, ledger);
        padded->prf = secret.len <= sizeof padded->secret ? prf : NULL;
        padded->secret_len = secret.len;
        if (padded->prf != NULL) {
            memcpy(padded->secret, secret.data, secret.len);
        }
    }
    crypto_prf(ctx, prf, crypto_bytes(padded->value, prf->key_len), signed_octets, 3, auth, ledger);
}

/* ---- handling of secrets ---- */

int crypto_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

void crypto_wipe(void *p, size_t len)
{
    OPENSSL_cleanse(p, len);
}
