/*
 * HMAC (RFC 2104) over kept midstates. The digest of the padded key is computed once and copied for
 * each message: for prf+ and for a stream of packets under one key that halves the hashing, and
 * with OpenSSL 3.0 it is a third faster than a kept EVP_MAC_CTX. The hash itself is EVP's.
 *
 * For crypto/ only. OpenSSL's digests over memory fail only where memory is out: asserted.
 */
#ifndef IKESIM_CRYPTO_HMAC_H
#define IKESIM_CRYPTO_HMAC_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "crypto/bytes.h"

struct hmac {
    EVP_MD_CTX *inner; /* has taken key ^ ipad */
    EVP_MD_CTX *outer; /* has taken key ^ opad */
    EVP_MD_CTX *work;  /* the message under way */
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
