/*
 * A small cache of asymmetric keys, found by the octets of their DER: reading a key takes longer
 * than signing with it, and a gateway signs with one key only. For crypto/ only.
 */
#ifndef IKESIM_CRYPTO_SIGN_CACHE_H
#define IKESIM_CRYPTO_SIGN_CACHE_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "crypto/bytes.h"

/* A key of RSA is some 5 kB with what OpenSSL precomputes; 64 of them serve a burst of handshakes.
 */
enum { SIGN_CACHE_SLOTS = 64 };

struct sign_cache {
    struct sign_cached {
        EVP_PKEY *key; /* NULL: free */
        bool is_private;
        size_t len;
        uint8_t *der;
    } slots[SIGN_CACHE_SLOTS];
};

/* Frees all keys in it and wipes their octets. */
void sign_cache_done(struct sign_cache *cache);

/* The slot in which these octets are or would be. */
struct sign_cached *sign_cache_slot(struct sign_cache *cache, bool is_private,
                                    struct crypto_bytes der);
bool sign_cache_holds(const struct sign_cached *slot, bool is_private, struct crypto_bytes der);

/* Puts a key there, in the place of another; takes it over. */
void sign_cache_put(struct sign_cached *slot, bool is_private, struct crypto_bytes der,
                    EVP_PKEY *key);

#endif
