/*
 * HMAC (RFC 2104) over kept midstates. The digest of the padded key is computed once and copied for
 * each message: for prf+ and for a stream of packets under one key that halves the hashing, and
 * with OpenSSL 3.0 it is a third faster than a kept EVP_MAC_CTX. Most keys of a handshake have one
 * message, though, for which the copies would cost more than they spare: midstates are made for the
 * second. The hash itself is EVP's.
 *
 * For crypto/ only. OpenSSL's digests over memory fail only where memory is out: asserted.
 */
#ifndef IKESIM_CRYPTO_HMAC_H
#define IKESIM_CRYPTO_HMAC_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "crypto/bytes.h"

/* Octets of SHA2-384's and SHA2-512's block, the longest that we have. */
enum { HMAC_BLOCK_MAX = 128 };

struct hmac {
    EVP_MD_CTX *inner; /* from the second message on: has taken key ^ ipad */
    EVP_MD_CTX *outer; /* has taken key ^ opad */
    EVP_MD_CTX *work;  /* the message under way */
    const EVP_MD *md;
    uint32_t messages; /* begun under this key; 2 for more */
    size_t block_len;
    uint8_t block[HMAC_BLOCK_MAX]; /* key ^ ipad */
};

/* False if memory is out; hmac_done frees what there is, and wipes. */
bool hmac_new(struct hmac *hmac);
void hmac_done(struct hmac *hmac);

/* Sets the key, of any length. */
void hmac_key(struct hmac *hmac, const EVP_MD *md, struct crypto_bytes key);

/* One message under the key that was set: begin, add..., end. `out` gets as many octets as the
 * hash has, at most EVP_MAX_MD_SIZE. */
void hmac_begin(struct hmac *hmac);
void hmac_add(struct hmac *hmac, const void *data, size_t len);
void hmac_end(struct hmac *hmac, uint8_t *out);

#endif
