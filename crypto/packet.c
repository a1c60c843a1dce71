#include "crypto/packet.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>
#include <string.h>

#include "crypto/context_internal.h"
#include "crypto/packet_method.h"

static struct packet_layout lay_out(const struct crypto_packet_key *key, uint8_t *packet,
                                    size_t aad_len, size_t text_len, const uint8_t *esn_high)
{
    struct packet_layout at = {
        .packet = packet,
        .iv = packet + aad_len,
        .text = packet + aad_len + key->encr->iv_len,
        .icv = packet + aad_len + key->encr->iv_len + text_len,
        .aad_len = aad_len,
        .text_len = text_len,
        .icv_len = crypto_packet_icv_len(key),
        .esn_high = esn_high,
    };
    assert(aad_len <= INT_MAX && text_len <= INT_MAX);
    assert(esn_high == NULL || aad_len == PACKET_ESP_AAD_LEN);
    return at;
}

void crypto_packet_key_set(struct crypto_packet_key *key, const struct crypto_suite *suite,
                           struct crypto_bytes encr_key, struct crypto_bytes integ_key)
{
    bool aead = suite->encr != NULL && suite->encr->aead;
    size_t salt_len = suite->encr != NULL ? suite->encr->salt_len : 0;

    assert(aead == (suite->integ == NULL));
    assert(encr_key.len == suite->encr_key_bits / 8u + salt_len);
    assert(encr_key.len <= sizeof key->encr_key);
    assert(integ_key.len == (suite->integ != NULL ? suite->integ->key_len : 0u));
    assert(integ_key.len <= sizeof key->integ_key);

    memset(key, 0, sizeof *key);
    key->encr = suite->encr;
    key->integ = suite->integ;
    key->encr_key_len = (uint8_t)encr_key.len;
    key->integ_key_len = (uint8_t)integ_key.len;
    if (encr_key.len > 0) {
        memcpy(key->encr_key, encr_key.data, encr_key.len);
    }
    if (integ_key.len > 0) {
        memcpy(key->integ_key, integ_key.data, integ_key.len);
    }
}

size_t crypto_packet_icv_len(const struct crypto_packet_key *key)
{
    return key->integ != NULL ? key->integ->icv_len : key->encr->icv_len;
}

/* ---- contexts ---- */

static EVP_CIPHER_CTX *ready_cipher(struct crypto_context *ctx, struct keyed *keyed, bool seal)
{
    EVP_CIPHER_CTX **cipher = seal ? &keyed->seal : &keyed->open;
    bool *ready = seal ? &keyed->seal_ready : &keyed->open_ready;

    if (*ready) {
        return *cipher;
    }
    if (*cipher == NULL) {
        *cipher = EVP_CIPHER_CTX_new();
    }
    if (*cipher == NULL) {
        return NULL;
    }

    const struct crypto_packet_key *key = &keyed->key;
    unsigned key_bits = 8u * (key->encr_key_len - key->encr->salt_len);
    const EVP_CIPHER *type = context_cipher(ctx, key->encr, key_bits);
    /* A cipher that is named anew is made anew, though it be the same. */
    if (EVP_CIPHER_CTX_get0_cipher(*cipher) == type) {
        type = NULL;
    }
    *ready = key->encr->aead ? packet_aead_prepare(*cipher, type, key, seal)
                             : packet_cipher_prepare(*cipher, type, key, seal);
    return *ready ? *cipher : NULL;
}

static struct mac *ready_mac(struct crypto_context *ctx, struct keyed *keyed)
{
    const struct crypto_packet_key *key = &keyed->key;

    if (keyed->mac_ready) {
        return &keyed->mac;
    }
    if (keyed->mac.cbc.chain == NULL && !mac_new(&keyed->mac)) {
        mac_done(&keyed->mac);
        return NULL;
    }
    mac_key(&keyed->mac, ctx, key->integ, crypto_bytes(key->integ_key, key->integ_key_len));
    keyed->mac_ready = true;
    return &keyed->mac;
}

/* False if the ICV does not fit, or OpenSSL fails. */
static bool run(struct crypto_context *ctx, const struct crypto_packet_key *key,
                const struct packet_layout *at, bool seal)
{
    struct keyed *keyed = key_cache_find(&ctx->keys, key);
    bool enciphers = key->encr->openssl != NULL;
    EVP_CIPHER_CTX *cipher = enciphers ? ready_cipher(ctx, keyed, seal) : NULL;
    bool done = false;

    if (cipher != NULL && key->encr->aead) {
        done = seal ? packet_aead_seal(cipher, key, at) : packet_aead_open(cipher, key, at);
    } else if (cipher != NULL || !enciphers) {
        struct mac *mac = ready_mac(ctx, keyed);
        if (mac != NULL) {
            done = seal ? packet_cipher_seal(cipher, mac, key, at)
                        : packet_cipher_open(cipher, mac, key, at);
        }
    }
    if (!done) {
        ERR_clear_error();
    }
    return done;
}

/* ---- INTEG alone ---- */

void crypto_packet_icv(struct crypto_context *ctx, const struct crypto_packet_key *key,
                       const struct crypto_bytes *parts, size_t count, enum crypto_cost_kind kind,
                       uint8_t icv[CRYPTO_ICV_MAX], struct crypto_ledger *ledger)
{
    struct mac *mac = ready_mac(ctx, key_cache_find(&ctx->keys, key));
    uint8_t whole[MAC_MAX];
    size_t len = 0;

    assert(mac != NULL); /* for lack of memory only */
    mac_begin(mac);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0) {
            mac_add(mac, parts[i].data, parts[i].len);
        }
        len += parts[i].len;
    }
    mac_end(mac, whole);
    assert(key->integ->icv_len <= CRYPTO_ICV_MAX);
    memcpy(icv, whole, key->integ->icv_len);
    crypto_ledger_add(ledger, kind, CRYPTO_ENCR_NULL, (uint32_t)len);
}

/* ---- seal and open ---- */

static size_t seal_packet(struct crypto_context *ctx, const struct crypto_packet_key *key,
                          uint8_t *packet, size_t aad_len, size_t plain_len,
                          const uint8_t *esn_high, struct crypto_ledger *ledger)
{
    struct packet_layout at = lay_out(key, packet, aad_len, plain_len, esn_high);

    assert(plain_len > 0 && plain_len % key->encr->block_len == 0);
    crypto_ledger_add(ledger, CRYPTO_COST_SEAL, key->encr->id, (uint32_t)plain_len);
    return run(ctx, key, &at, true) ? (size_t)(at.icv - packet) + at.icv_len : 0;
}

/* False if that cannot be a packet. */
static bool take_apart(const struct crypto_packet_key *key, uint8_t *packet, size_t len,
                       size_t aad_len, const uint8_t *esn_high, struct packet_layout *at)
{
    size_t around = aad_len + key->encr->iv_len + crypto_packet_icv_len(key);

    if (len < around || len - around < key->encr->block_len ||
        (len - around) % key->encr->block_len != 0) {
        return false;
    }
    *at = lay_out(key, packet, aad_len, len - around, esn_high);
    return true;
}

static enum crypto_open_result open_packet(struct crypto_context *ctx,
                                           const struct crypto_packet_key *key, uint8_t *packet,
                                           size_t len, size_t aad_len, const uint8_t *esn_high,
                                           struct crypto_bytes *plain, struct crypto_ledger *ledger)
{
    struct packet_layout at;

    if (!take_apart(key, packet, len, aad_len, esn_high, &at)) {
        return CRYPTO_OPEN_TOO_SHORT;
    }
    crypto_ledger_add(ledger, CRYPTO_COST_OPEN, key->encr->id, (uint32_t)at.text_len);
    if (!run(ctx, key, &at, false)) {
        return CRYPTO_OPEN_BAD_ICV;
    }
    *plain = crypto_bytes(at.text, at.text_len);
    return CRYPTO_OPEN_OK;
}

enum crypto_open_result crypto_packet_decrypt(struct crypto_context *ctx,
                                              const struct crypto_packet_key *key, uint8_t *packet,
                                              size_t len, size_t aad_len,
                                              struct crypto_bytes *plain)
{
    struct packet_layout at;

    assert(!key->encr->aead);
    if (!take_apart(key, packet, len, aad_len, NULL, &at)) {
        return CRYPTO_OPEN_TOO_SHORT;
    }
    if (key->encr->openssl != NULL) {
        struct keyed *keyed = key_cache_find(&ctx->keys, key);
        EVP_CIPHER_CTX *cipher = ready_cipher(ctx, keyed, false);
        if (cipher == NULL || !packet_cipher_run(cipher, key, &at)) {
            ERR_clear_error();
            return CRYPTO_OPEN_BAD_ICV;
        }
    }
    *plain = crypto_bytes(at.text, at.text_len);
    return CRYPTO_OPEN_OK;
}

size_t crypto_packet_seal(struct crypto_context *ctx, const struct crypto_packet_key *key,
                          uint8_t *packet, size_t aad_len, size_t plain_len,
                          struct crypto_ledger *ledger)
{
    return seal_packet(ctx, key, packet, aad_len, plain_len, NULL, ledger);
}

enum crypto_open_result crypto_packet_open(struct crypto_context *ctx,
                                           const struct crypto_packet_key *key, uint8_t *packet,
                                           size_t len, size_t aad_len, struct crypto_bytes *plain,
                                           struct crypto_ledger *ledger)
{
    return open_packet(ctx, key, packet, len, aad_len, NULL, plain, ledger);
}

static void write_high(uint8_t high[PACKET_ESN_HIGH_LEN], uint32_t value)
{
    for (int i = 0; i < PACKET_ESN_HIGH_LEN; i++) {
        high[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

size_t crypto_packet_seal_esn(struct crypto_context *ctx, const struct crypto_packet_key *key,
                              uint8_t *packet, uint32_t sequence_high, size_t plain_len,
                              struct crypto_ledger *ledger)
{
    uint8_t high[PACKET_ESN_HIGH_LEN];

    write_high(high, sequence_high);
    return seal_packet(ctx, key, packet, PACKET_ESP_AAD_LEN, plain_len, high, ledger);
}

enum crypto_open_result crypto_packet_open_esn(struct crypto_context *ctx,
                                               const struct crypto_packet_key *key, uint8_t *packet,
                                               size_t len, uint32_t sequence_high,
                                               struct crypto_bytes *plain,
                                               struct crypto_ledger *ledger)
{
    uint8_t high[PACKET_ESN_HIGH_LEN];

    write_high(high, sequence_high);
    return open_packet(ctx, key, packet, len, PACKET_ESP_AAD_LEN, high, plain, ledger);
}
