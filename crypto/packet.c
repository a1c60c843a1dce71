#include "crypto/packet.h"

#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

#include "crypto/context_internal.h"

enum { NONCE_LEN = 12, AEAD_TAG_MAX = 16 };

/* Where the parts of a packet are. */
struct layout {
    uint8_t *packet;
    uint8_t *iv;
    uint8_t *text;
    uint8_t *icv;
    size_t aad_len;
    size_t text_len;
    size_t icv_len;
};

static struct layout lay_out(const struct crypto_packet_key *key, uint8_t *packet, size_t aad_len,
                             size_t text_len)
{
    struct layout at = {
        .packet = packet,
        .iv = packet + aad_len,
        .text = packet + aad_len + key->encr->iv_len,
        .icv = packet + aad_len + key->encr->iv_len + text_len,
        .aad_len = aad_len,
        .text_len = text_len,
        .icv_len = crypto_packet_icv_len(key),
    };
    assert(aad_len <= INT_MAX && text_len <= INT_MAX);
    return at;
}

void crypto_packet_key_set(struct crypto_packet_key *key, const struct crypto_suite *suite,
                           struct crypto_bytes encr_key, struct crypto_bytes integ_key)
{
    assert(suite->encr->computed && suite->encr->aead == (suite->integ == NULL));
    assert(encr_key.len == suite->encr_key_bits / 8u + suite->encr->salt_len);
    assert(encr_key.len <= sizeof key->encr_key);
    assert(integ_key.len == (suite->integ != NULL ? suite->integ->key_len : 0u));
    assert(integ_key.len <= sizeof key->integ_key);

    memset(key, 0, sizeof *key);
    key->encr = suite->encr;
    key->integ = suite->integ;
    key->encr_key_len = (uint8_t)encr_key.len;
    key->integ_key_len = (uint8_t)integ_key.len;
    memcpy(key->encr_key, encr_key.data, encr_key.len);
    if (integ_key.len > 0)
        memcpy(key->integ_key, integ_key.data, integ_key.len);
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

    if (*ready)
        return *cipher;
    if (*cipher == NULL)
        *cipher = EVP_CIPHER_CTX_new();
    if (*cipher == NULL)
        return NULL;

    const struct crypto_packet_key *key = &keyed->key;
    unsigned key_bits = 8u * (key->encr_key_len - key->encr->salt_len);
    if (!EVP_CipherInit_ex2(*cipher, context_cipher(ctx, key->encr, key_bits), key->encr_key, NULL,
                            seal, NULL))
        return NULL;
    /* Both protocols pad by their own rules. An AEAD has no padding to switch off, and OpenSSL 3.0
     * would do it again with every IV. */
    if (!key->encr->aead && !EVP_CIPHER_CTX_set_padding(*cipher, 0))
        return NULL;
    *ready = true;
    return *cipher;
}

static struct hmac *ready_hmac(struct crypto_context *ctx, struct keyed *keyed)
{
    const struct crypto_packet_key *key = &keyed->key;

    if (keyed->hmac_ready)
        return &keyed->hmac;
    if (keyed->hmac.work == NULL && !hmac_new(&keyed->hmac)) {
        hmac_done(&keyed->hmac);
        return NULL;
    }
    hmac_key(&keyed->hmac, context_md(ctx, key->integ),
             crypto_bytes(key->integ_key, key->integ_key_len));
    keyed->hmac_ready = true;
    return &keyed->hmac;
}

/* ---- combined mode: RFC 5282 §3, RFC 4106 §3 ---- */

static bool start_aead(EVP_CIPHER_CTX *cipher, const struct crypto_packet_key *key,
                       const struct layout *at)
{
    uint8_t nonce[NONCE_LEN];
    size_t salt_len = key->encr->salt_len;
    int len;

    assert(salt_len + key->encr->iv_len == sizeof nonce);
    memcpy(nonce, key->encr_key + key->encr_key_len - salt_len, salt_len);
    memcpy(nonce + salt_len, at->iv, key->encr->iv_len);
    return EVP_CipherInit_ex2(cipher, NULL, NULL, nonce, -1, NULL) &&
           EVP_CipherUpdate(cipher, NULL, &len, at->packet, (int)at->aad_len);
}

static bool seal_aead(EVP_CIPHER_CTX *cipher, const struct crypto_packet_key *key,
                      const struct layout *at)
{
    int len;

    return start_aead(cipher, key, at) &&
           EVP_CipherUpdate(cipher, at->text, &len, at->text, (int)at->text_len) &&
           EVP_CipherFinal_ex(cipher, at->icv, &len) &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, (int)at->icv_len, at->icv) > 0;
}

static bool open_aead(EVP_CIPHER_CTX *cipher, const struct crypto_packet_key *key,
                      const struct layout *at)
{
    int len;
    uint8_t nothing[AEAD_TAG_MAX];

    return start_aead(cipher, key, at) &&
           EVP_CipherUpdate(cipher, at->text, &len, at->text, (int)at->text_len) &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, (int)at->icv_len, at->icv) > 0 &&
           EVP_CipherFinal_ex(cipher, nothing, &len) > 0;
}

/* ---- a cipher and an HMAC over its output: RFC 7296 §3.14, RFC 4303 §3.3.2 ---- */

static bool run_cbc(EVP_CIPHER_CTX *cipher, const struct layout *at)
{
    int len;

    return EVP_CipherInit_ex2(cipher, NULL, NULL, at->iv, -1, NULL) &&
           EVP_CipherUpdate(cipher, at->text, &len, at->text, (int)at->text_len) &&
           (size_t)len == at->text_len;
}

static void mac_packet(struct hmac *hmac, const struct layout *at, uint8_t *mac)
{
    hmac_begin(hmac);
    hmac_add(hmac, at->packet, (size_t)(at->icv - at->packet));
    hmac_end(hmac, mac);
}

static bool seal_cbc(EVP_CIPHER_CTX *cipher, struct hmac *hmac, const struct layout *at)
{
    uint8_t mac[EVP_MAX_MD_SIZE];

    if (!run_cbc(cipher, at))
        return false;
    mac_packet(hmac, at, mac);
    memcpy(at->icv, mac, at->icv_len);
    return true;
}

static bool open_cbc(EVP_CIPHER_CTX *cipher, struct hmac *hmac, const struct layout *at)
{
    uint8_t mac[EVP_MAX_MD_SIZE];

    mac_packet(hmac, at, mac);
    return CRYPTO_memcmp(mac, at->icv, at->icv_len) == 0 && run_cbc(cipher, at);
}

/* ---- both ---- */

size_t crypto_packet_seal(struct crypto_context *ctx, const struct crypto_packet_key *key,
                          uint8_t *packet, size_t aad_len, size_t plain_len,
                          struct crypto_ledger *ledger)
{
    struct layout at = lay_out(key, packet, aad_len, plain_len);
    struct keyed *keyed = key_cache_find(&ctx->keys, key);
    EVP_CIPHER_CTX *cipher = ready_cipher(ctx, keyed, true);
    bool done = false;

    assert(plain_len > 0 && plain_len % key->encr->block_len == 0);
    crypto_ledger_add(ledger, CRYPTO_COST_SEAL, key->encr->id, (uint32_t)plain_len);
    if (cipher != NULL && key->integ == NULL) {
        done = seal_aead(cipher, key, &at);
    } else if (cipher != NULL) {
        struct hmac *hmac = ready_hmac(ctx, keyed);
        done = hmac != NULL && seal_cbc(cipher, hmac, &at);
    }
    if (!done)
        ERR_clear_error();
    return done ? (size_t)(at.icv - packet) + at.icv_len : 0;
}

enum crypto_open_result crypto_packet_open(struct crypto_context *ctx,
                                           const struct crypto_packet_key *key, uint8_t *packet,
                                           size_t len, size_t aad_len, struct crypto_bytes *plain,
                                           struct crypto_ledger *ledger)
{
    size_t around = aad_len + key->encr->iv_len + crypto_packet_icv_len(key);
    bool done = false;

    if (len < around || len - around < key->encr->block_len ||
        (len - around) % key->encr->block_len != 0)
        return CRYPTO_OPEN_TOO_SHORT;

    struct layout at = lay_out(key, packet, aad_len, len - around);
    struct keyed *keyed = key_cache_find(&ctx->keys, key);
    EVP_CIPHER_CTX *cipher = ready_cipher(ctx, keyed, false);
    crypto_ledger_add(ledger, CRYPTO_COST_OPEN, key->encr->id, (uint32_t)at.text_len);
    if (cipher != NULL && key->integ == NULL) {
        done = open_aead(cipher, key, &at);
    } else if (cipher != NULL) {
        struct hmac *hmac = ready_hmac(ctx, keyed);
        done = hmac != NULL && open_cbc(cipher, hmac, &at);
    }
    if (!done) {
        ERR_clear_error();
        return CRYPTO_OPEN_BAD_ICV;
    }
    *plain = crypto_bytes(at.text, at.text_len);
    return CRYPTO_OPEN_OK;
}
