/*
 * A small cache of keyed cipher and MAC contexts, found by the octets of the key. An SA keeps its
 * key as plain data and no OpenSSL object (docs/design.md, "Memory and ownership"); an SA that is
 * hot finds its contexts here, one that is not pays the key set-up, about 240 ns for AES-GCM.
 *
 * For crypto/ only.
 */
#ifndef IKESIM_CRYPTO_KEY_CACHE_H
#define IKESIM_CRYPTO_KEY_CACHE_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "crypto/mac.h"
#include "crypto/packet.h"

/* 64 contexts of about 2 kB: both directions of the handful of SAs that a burst of packets goes
 * through, and no more memory than one processor cache holds. */
enum { KEY_CACHE_SETS = 16, KEY_CACHE_WAYS = 4 };

/* The contexts of one key. Each is made ready by who uses it first. */
struct keyed {
    struct crypto_packet_key key; /* .encr is NULL in a slot that is free */
    EVP_CIPHER_CTX *seal;
    EVP_CIPHER_CTX *open;
    struct mac mac;
    bool seal_ready;
    bool open_ready;
    bool mac_ready;
    uint32_t used_at; /* of key_cache.clock */
};

struct key_cache {
    uint32_t clock; /* counts look-ups */
    struct keyed *slots;
};

/* False if memory is out; key_cache_done frees what there is, and wipes. */
bool key_cache_new(struct key_cache *cache);
void key_cache_done(struct key_cache *cache);

/* The contexts of `key`; where it is new, of the slot whose key was not used for longest. Never
 * NULL. Valid until the next call. */
struct keyed *key_cache_find(struct key_cache *cache, const struct crypto_packet_key *key);

#endif
