/*
 * AES-XCBC-MAC (RFC 3566) and AES-CMAC (RFC 4493): both are CBC-MAC with AES-128 whose last block
 * is mixed with one of two more keys, and differ in how those come about. The chaining is EVP's
 * AES-128-CBC; OpenSSL has CMAC too, but no XCBC, and a context of its own for each message.
 *
 * For crypto/ only. OpenSSL's ciphers over memory fail only where memory is out: asserted.
 */
#ifndef IKESIM_CRYPTO_CBC_MAC_H
#define IKESIM_CRYPTO_CBC_MAC_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "crypto/bytes.h"

enum { CBC_MAC_LEN = 16 }; /* of key, block and output */

enum cbc_mac_rule { CBC_MAC_XCBC, CBC_MAC_CMAC };

struct cbc_mac {
    EVP_CIPHER_CTX *chain;      /* keyed; has taken all blocks but the last */
    uint8_t whole[CBC_MAC_LEN]; /* what the last block is mixed with, if it is whole: K2 of XCBC */
    uint8_t cut[CBC_MAC_LEN];   /* and if it had to be padded: K3 of XCBC */
    uint8_t last[CBC_MAC_LEN];  /* the block under way */
    uint8_t last_len;
};

/* False if memory is out; cbc_mac_done frees what there is, and wipes. */
bool cbc_mac_new(struct cbc_mac *mac);
void cbc_mac_done(struct cbc_mac *mac);

/* Sets the key of 16 octets. `aes_cbc` is EVP's AES-128-CBC. */
void cbc_mac_key(struct cbc_mac *mac, const EVP_CIPHER *aes_cbc, enum cbc_mac_rule rule,
                 const uint8_t key[CBC_MAC_LEN]);

/* One message under the key that was set: begin, add..., end. */
void cbc_mac_begin(struct cbc_mac *mac);
void cbc_mac_add(struct cbc_mac *mac, const void *data, size_t len);
void cbc_mac_end(struct cbc_mac *mac, uint8_t out[CBC_MAC_LEN]);

#endif
