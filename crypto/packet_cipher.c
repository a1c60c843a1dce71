/*
 * A cipher and a MAC over all that comes out of it (RFC 7296 §3.14, RFC 4303 §3.3.2): AES-CBC (RFC
 * 3602), 3DES-CBC (RFC 2451), AES-CTR (RFC 3686, RFC 5930), and ENCR_NULL (RFC 2410), which has no
 * cipher.
 */
#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

#include "crypto/packet_method.h"

enum { CHAIN_MAX = 16 };

bool packet_cipher_prepare(EVP_CIPHER_CTX *cipher, const EVP_CIPHER *type,
                           const struct crypto_packet_key *key, bool seal)
{
    /* Both protocols pad by their own rules. */
    return EVP_CipherInit_ex2(cipher, type, key->encr_key, NULL, seal, NULL) &&
           EVP_CIPHER_CTX_set_padding(cipher, 0);
}

/* What EVP takes for an IV: the packet's, or for CTR its first counter block (RFC 3686 §4):
 * nonce | IV | 1. */
static const uint8_t *chain_start(const struct crypto_packet_key *key,
                                  const struct packet_layout *at, uint8_t block[CHAIN_MAX])
{
    static const uint8_t first_count[4] = {0, 0, 0, 1};
    size_t salt_len = key->encr->salt_len, iv_len = key->encr->iv_len;

    if (key->encr->id != CRYPTO_ENCR_AES_CTR) {
        return at->iv;
    }
    assert(salt_len + iv_len + sizeof first_count == CHAIN_MAX);
    memcpy(block, key->encr_key + key->encr_key_len - salt_len, salt_len);
    memcpy(block + salt_len, at->iv, iv_len);
    memcpy(block + salt_len + iv_len, first_count, sizeof first_count);
    return block;
}

bool packet_cipher_run(EVP_CIPHER_CTX *cipher, const struct crypto_packet_key *key,
                       const struct packet_layout *at)
{
    uint8_t block[CHAIN_MAX];
    int len;

    if (cipher == NULL) {
        return true;
    }
    return EVP_CipherInit_ex2(cipher, NULL, NULL, chain_start(key, at, block), -1, NULL) &&
           EVP_CipherUpdate(cipher, at->text, &len, at->text, (int)at->text_len) &&
           (size_t)len == at->text_len;
}

static void make_icv(struct mac *mac, const struct packet_layout *at, uint8_t out[MAC_MAX])
{
    mac_begin(mac);
    mac_add(mac, at->packet, (size_t)(at->icv - at->packet));
    if (at->esn_high != NULL) {
        mac_add(mac, at->esn_high, PACKET_ESN_HIGH_LEN);
    }
    mac_end(mac, out);
}

bool packet_cipher_seal(EVP_CIPHER_CTX *cipher, struct mac *mac,
                        const struct crypto_packet_key *key, const struct packet_layout *at)
{
    uint8_t icv[MAC_MAX];

    if (!packet_cipher_run(cipher, key, at)) {
        return false;
    }
    make_icv(mac, at, icv);
    memcpy(at->icv, icv, at->icv_len);
    return true;
}

bool packet_cipher_open(EVP_CIPHER_CTX *cipher, struct mac *mac,
                        const struct crypto_packet_key *key, const struct packet_layout *at)
{
    uint8_t icv[MAC_MAX];

    make_icv(mac, at, icv);
    return CRYPTO_memcmp(icv, at->icv, at->icv_len) == 0 && packet_cipher_run(cipher, key, at);
}
