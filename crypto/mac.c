#include "crypto/mac.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

#include "crypto/context_internal.h"

bool mac_new(struct mac *mac)
{
    bool hmac = hmac_new(&mac->hmac);

    return cbc_mac_new(&mac->cbc) && hmac;
}

void mac_done(struct mac *mac)
{
    hmac_done(&mac->hmac);
    cbc_mac_done(&mac->cbc);
}

/* False for an HMAC. */
static bool find_rule(const struct crypto_transform *transform, enum cbc_mac_rule *rule)
{
    bool prf = transform->type == CRYPTO_PRF;

    assert(transform->computed && (prf || transform->type == CRYPTO_INTEG));
    *rule = CBC_MAC_XCBC;
    if (transform->id == (prf ? CRYPTO_PRF_AES128_XCBC : CRYPTO_INTEG_AES_XCBC_96)) {
        return true;
    }
    *rule = CBC_MAC_CMAC;
    return transform->id == (prf ? CRYPTO_PRF_AES128_CMAC : CRYPTO_INTEG_AES_CMAC_96);
}

/* A key of any length as 16 octets: where it has not as many, its own MAC under a key of zeros, but
 * a short one of XCBC is filled up with zeros. */
static void fit_key(struct cbc_mac *mac, const EVP_CIPHER *aes_cbc, enum cbc_mac_rule rule,
                    struct crypto_bytes key, uint8_t fit[CBC_MAC_LEN])
{
    static const uint8_t zeros[CBC_MAC_LEN];

    if (key.len == CBC_MAC_LEN || (key.len < CBC_MAC_LEN && rule == CBC_MAC_XCBC)) {
        memset(fit, 0, CBC_MAC_LEN);
        if (key.len > 0) {
            memcpy(fit, key.data, key.len);
        }
        return;
    }
    cbc_mac_key(mac, aes_cbc, rule, zeros);
    cbc_mac_begin(mac);
    cbc_mac_add(mac, key.data, key.len);
    cbc_mac_end(mac, fit);
}

void mac_key(struct mac *mac, const struct crypto_context *ctx,
             const struct crypto_transform *transform, struct crypto_bytes key)
{
    enum cbc_mac_rule rule;

    mac->is_hmac = !find_rule(transform, &rule);
    if (mac->is_hmac) {
        if (mac->transform != transform) {
            mac->md = context_md(ctx, transform);
        }
        mac->transform = transform;
        hmac_key(&mac->hmac, mac->md, key);
        return;
    }
    const EVP_CIPHER *aes_cbc = context_aes_128_cbc(ctx);
    uint8_t fit[CBC_MAC_LEN];
    assert(transform->type == CRYPTO_PRF || key.len == CBC_MAC_LEN);
    fit_key(&mac->cbc, aes_cbc, rule, key, fit);
    cbc_mac_key(&mac->cbc, aes_cbc, rule, fit);
    OPENSSL_cleanse(fit, sizeof fit);
}

void mac_begin(struct mac *mac)
{
    if (mac->is_hmac) {
        hmac_begin(&mac->hmac);
    } else {
        cbc_mac_begin(&mac->cbc);
    }
}

void mac_add(struct mac *mac, const void *data, size_t len)
{
    if (mac->is_hmac) {
        hmac_add(&mac->hmac, data, len);
    } else {
        cbc_mac_add(&mac->cbc, data, len);
    }
}

void mac_end(struct mac *mac, uint8_t out[MAC_MAX])
{
    if (mac->is_hmac) {
        hmac_end(&mac->hmac, out);
    } else {
        cbc_mac_end(&mac->cbc, out);
    }
}
