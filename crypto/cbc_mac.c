#include "crypto/cbc_mac.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

static void must(int done)
{
    assert(done == 1);
    (void)done;
}

bool cbc_mac_new(struct cbc_mac *mac)
{
    mac->chain = EVP_CIPHER_CTX_new();
    return mac->chain != NULL;
}

void cbc_mac_done(struct cbc_mac *mac)
{
    EVP_CIPHER_CTX_free(mac->chain);
    OPENSSL_cleanse(mac, sizeof *mac);
}

/* ---- keys ---- */

static const uint8_t zeros[CBC_MAC_LEN];

static void set_key(EVP_CIPHER_CTX *chain, const EVP_CIPHER *aes_cbc, const uint8_t *key)
{
    must(EVP_EncryptInit_ex2(chain, aes_cbc, key, zeros, NULL));
    must(EVP_CIPHER_CTX_set_padding(chain, 0));
}

/* One block in CBC mode from an IV of zero is one block in ECB mode. */
static void encrypt_block(EVP_CIPHER_CTX *chain, const uint8_t *in, uint8_t *out)
{
    int len;

    must(EVP_EncryptInit_ex2(chain, NULL, NULL, zeros, NULL));
    must(EVP_EncryptUpdate(chain, out, &len, in, CBC_MAC_LEN));
    assert(len == CBC_MAC_LEN);
}

/* RFC 3566 §4: K1, K2, K3 are the encryptions of 0x01 0x01 ..., 0x02 0x02 ..., 0x03 0x03 ... */
static void make_xcbc_keys(struct cbc_mac *mac, const EVP_CIPHER *aes_cbc)
{
    uint8_t input[CBC_MAC_LEN], chain_key[CBC_MAC_LEN];

    memset(input, 1, sizeof input);
    encrypt_block(mac->chain, input, chain_key);
    memset(input, 2, sizeof input);
    encrypt_block(mac->chain, input, mac->whole);
    memset(input, 3, sizeof input);
    encrypt_block(mac->chain, input, mac->cut);
    set_key(mac->chain, aes_cbc, chain_key);
    OPENSSL_cleanse(chain_key, sizeof chain_key);
}

/* Times x in GF(2^128), in constant time. */
static void double_block(const uint8_t *in, uint8_t *out)
{
    uint8_t carry = (uint8_t) - (in[0] >> 7) & 0x87;

    for (size_t i = 0; i < CBC_MAC_LEN - 1; i++) {
        out[i] = (uint8_t)(in[i] << 1 | in[i + 1] >> 7);
    }
    out[CBC_MAC_LEN - 1] = (uint8_t)(in[CBC_MAC_LEN - 1] << 1) ^ carry;
}

/* RFC 4493 §2.3: L is the encryption of zeros, K1 twice that, K2 four times. */
static void make_cmac_keys(struct cbc_mac *mac)
{
    uint8_t l[CBC_MAC_LEN];

    encrypt_block(mac->chain, zeros, l);
    double_block(l, mac->whole);
    double_block(mac->whole, mac->cut);
    OPENSSL_cleanse(l, sizeof l);
}

void cbc_mac_key(struct cbc_mac *mac, const EVP_CIPHER *aes_cbc, enum cbc_mac_rule rule,
                 const uint8_t key[CBC_MAC_LEN])
{
    set_key(mac->chain, aes_cbc, key);
    if (rule == CBC_MAC_XCBC) {
        make_xcbc_keys(mac, aes_cbc);
    } else {
        make_cmac_keys(mac);
    }
}

/* ---- messages ---- */

void cbc_mac_begin(struct cbc_mac *mac)
{
    must(EVP_EncryptInit_ex2(mac->chain, NULL, NULL, zeros, NULL));
    mac->last_len = 0;
}

void cbc_mac_add(struct cbc_mac *mac, const void *data, size_t len)
{
    const uint8_t *from = data;
    uint8_t chained[CBC_MAC_LEN];
    int chained_len;

    /* A whole block waits until more comes: it may be the last. */
    while (len > 0) {
        if (mac->last_len == CBC_MAC_LEN) {
            must(EVP_EncryptUpdate(mac->chain, chained, &chained_len, mac->last, CBC_MAC_LEN));
            mac->last_len = 0;
        }
        size_t room = (size_t)(CBC_MAC_LEN - mac->last_len);
        size_t take = len < room ? len : room;
        memcpy(mac->last + mac->last_len, from, take);
        mac->last_len = (uint8_t)(mac->last_len + take);
        from += take;
        len -= take;
    }
}

void cbc_mac_end(struct cbc_mac *mac, uint8_t out[CBC_MAC_LEN])
{
    const uint8_t *mix = mac->last_len == CBC_MAC_LEN ? mac->whole : mac->cut;
    int len;

    if (mac->last_len < CBC_MAC_LEN) {
        memset(mac->last + mac->last_len, 0, (size_t)(CBC_MAC_LEN - mac->last_len));
        mac->last[mac->last_len] = 0x80;
    }
    for (size_t i = 0; i < CBC_MAC_LEN; i++) {
        mac->last[i] ^= mix[i];
    }
    must(EVP_EncryptUpdate(mac->chain, out, &len, mac->last, CBC_MAC_LEN));
    assert(len == CBC_MAC_LEN);
    OPENSSL_cleanse(mac->last, sizeof mac->last);
}
