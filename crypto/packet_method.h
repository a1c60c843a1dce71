/* How the ciphers compute; for crypto/ only. crypto/packet.c finds contexts, counts and checks
 * lengths. */
#ifndef IKESIM_CRYPTO_PACKET_METHOD_H
#define IKESIM_CRYPTO_PACKET_METHOD_H

#include <stdbool.h>

#include "crypto/mac.h"
#include "crypto/packet.h"

/* ESP's header, and the half of an extended sequence number that it lacks. */
enum { PACKET_ESP_AAD_LEN = 8, PACKET_ESN_HIGH_LEN = 4 };

/* Where the parts of a packet are. */
struct packet_layout {
    uint8_t *packet;
    uint8_t *iv;
    uint8_t *text;
    uint8_t *icv;
    size_t aad_len;
    size_t text_len;
    size_t icv_len;
    const uint8_t *esn_high; /* octets that are covered and not sent, or NULL */
};

/* Keys `cipher` for packets under `key`, in one direction; `type` is NULL where it is of that type
 * already. False if OpenSSL fails. */
bool packet_aead_prepare(EVP_CIPHER_CTX *cipher, const EVP_CIPHER *type,
                         const struct crypto_packet_key *key, bool seal);
bool packet_cipher_prepare(EVP_CIPHER_CTX *cipher, const EVP_CIPHER *type,
                           const struct crypto_packet_key *key, bool seal);

/* With an AEAD. Opening is false if the ICV does not fit. */
bool packet_aead_seal(EVP_CIPHER_CTX *cipher, const struct crypto_packet_key *key,
                      const struct packet_layout *at);
bool packet_aead_open(EVP_CIPHER_CTX *cipher, const struct crypto_packet_key *key,
                      const struct packet_layout *at);

/* With a cipher, which is NULL for ENCR_NULL, and a MAC over its output. Opening is false if the
 * ICV does not fit. */
bool packet_cipher_seal(EVP_CIPHER_CTX *cipher, struct mac *mac,
                        const struct crypto_packet_key *key, const struct packet_layout *at);
bool packet_cipher_open(EVP_CIPHER_CTX *cipher, struct mac *mac,
                        const struct crypto_packet_key *key, const struct packet_layout *at);

/* The cipher alone. */
bool packet_cipher_run(EVP_CIPHER_CTX *cipher, const struct crypto_packet_key *key,
                       const struct packet_layout *at);

#endif
