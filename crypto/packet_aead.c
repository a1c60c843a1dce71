/*
 * Combined modes: AES-GCM (RFC 4106 §3, RFC 5282 §3), AES-CCM (RFC 4309 §3), ChaCha20-Poly1305
 * (RFC 7634 §2), and AES-GMAC (RFC 4543 §3.2), which is GCM with nothing to encrypt. The nonce is
 * salt | IV: of 12 octets, of 11 with CCM. With an implicit IV (RFC 8750) the packet has none.
 */
#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

#include "crypto/packet_method.h"

enum { NONCE_MAX = 12, NONCE_IV_LEN = 8, TAG_MAX = 16 };

/* CCM begins with the lengths: EVP is to be told of them before the data, and of the tag before it
 * decrypts. */
static bool is_ccm(const struct crypto_packet_key *key)
{
    return (key->encr->id >= CRYPTO_ENCR_AES_CCM_8 && key->encr->id <= CRYPTO_ENCR_AES_CCM_16) ||
           key->encr->id == CRYPTO_ENCR_AES_CCM_8_IIV;
}

static bool is_gmac(const struct crypto_packet_key *key)
{
    return key->encr->id == CRYPTO_ENCR_NULL_AUTH_AES_GMAC;
}

static int nonce_len(const struct crypto_packet_key *key)
{
    return key->encr->salt_len + NONCE_IV_LEN;
}

/* The IV of the nonce: of the packet, or its whole sequence number (RFC 8750 §4). */
static void fill_nonce_iv(const struct crypto_packet_key *key, const struct packet_layout *at,
                          uint8_t iv[NONCE_IV_LEN])
{
    static const uint8_t zeros[PACKET_ESN_HIGH_LEN];

    if (!key->encr->implicit_iv) {
        assert(key->encr->iv_len == NONCE_IV_LEN);
        memcpy(iv, at->iv, NONCE_IV_LEN);
        return;
    }
    assert(at->aad_len == PACKET_ESP_AAD_LEN);
    memcpy(iv, at->esn_high != NULL ? at->esn_high : zeros, PACKET_ESN_HIGH_LEN);
    memcpy(iv + PACKET_ESN_HIGH_LEN, at->packet + 4, 4);
}

bool packet_aead_prepare(EVP_CIPHER_CTX *cipher, const EVP_CIPHER *type,
                         const struct crypto_packet_key *key, bool seal)
{
    if (is_ccm(key) &&
        (!EVP_CipherInit_ex2(cipher, type, NULL, NULL, seal, NULL) ||
         EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_IVLEN, nonce_len(key), NULL) <= 0 ||
         EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, key->encr->icv_len, NULL) <= 0)) {
        return false;
    }
    return EVP_CipherInit_ex2(cipher, is_ccm(key) ? NULL : type, key->encr_key, NULL, seal, NULL);
}

/* SPI, then the whole 64-bit number (RFC 4106 §5). In one piece: CCM takes its associated data
 * once. GMAC's goes on behind it. */
static bool add_whole_number(EVP_CIPHER_CTX *cipher, const struct crypto_packet_key *key,
                             const struct packet_layout *at)
{
    uint8_t aad[PACKET_ESP_AAD_LEN + PACKET_ESN_HIGH_LEN];
    int len;

    memcpy(aad, at->packet, 4);
    memcpy(aad + 4, at->esn_high, PACKET_ESN_HIGH_LEN);
    memcpy(aad + 8, at->packet + 4, 4);
    return EVP_CipherUpdate(cipher, NULL, &len, aad, sizeof aad) &&
           (!is_gmac(key) || EVP_CipherUpdate(cipher, NULL, &len, at->iv, (int)(at->icv - at->iv)));
}

/* Sets nonce and associated data. GMAC's associated data is everything: SPI, sequence number, IV
 * and what would be encrypted otherwise. */
static bool start(EVP_CIPHER_CTX *cipher, const struct crypto_packet_key *key,
                  const struct packet_layout *at)
{
    uint8_t nonce[NONCE_MAX];
    size_t salt_len = key->encr->salt_len;
    size_t aad_len = is_gmac(key) ? (size_t)(at->icv - at->packet) : at->aad_len;
    int len;

    assert((size_t)nonce_len(key) <= sizeof nonce);
    memcpy(nonce, key->encr_key + key->encr_key_len - salt_len, salt_len);
    fill_nonce_iv(key, at, nonce + salt_len);
    if (!EVP_CipherInit_ex2(cipher, NULL, NULL, nonce, -1, NULL) ||
        (is_ccm(key) && !EVP_CipherUpdate(cipher, NULL, &len, NULL, (int)at->text_len))) {
        return false;
    }
    if (at->esn_high != NULL) {
        return add_whole_number(cipher, key, at);
    }
    return aad_len == 0 || EVP_CipherUpdate(cipher, NULL, &len, at->packet, (int)aad_len);
}

static bool run(EVP_CIPHER_CTX *cipher, const struct crypto_packet_key *key,
                const struct packet_layout *at)
{
    int len;

    return is_gmac(key) ||
           EVP_CipherUpdate(cipher, at->text, &len, at->text, (int)at->text_len) > 0;
}

bool packet_aead_seal(EVP_CIPHER_CTX *cipher, const struct crypto_packet_key *key,
                      const struct packet_layout *at)
{
    int len;

    return start(cipher, key, at) && run(cipher, key, at) &&
           EVP_CipherFinal_ex(cipher, at->icv, &len) &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, (int)at->icv_len, at->icv) > 0;
}

static bool set_icv(EVP_CIPHER_CTX *cipher, const struct packet_layout *at)
{
    return EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, (int)at->icv_len, at->icv) > 0;
}

bool packet_aead_open(EVP_CIPHER_CTX *cipher, const struct crypto_packet_key *key,
                      const struct packet_layout *at)
{
    uint8_t nothing[TAG_MAX];
    int len;

    if (is_ccm(key)) { /* checks the tag with the data; there is nothing left to finish */
        return set_icv(cipher, at) && start(cipher, key, at) && run(cipher, key, at);
    }
    return start(cipher, key, at) && run(cipher, key, at) && set_icv(cipher, at) &&
           EVP_CipherFinal_ex(cipher, nothing, &len) > 0;
}
