#include "crypto/key_cache.h"

#include <openssl/crypto.h>
#include <string.h>

enum { SLOTS = KEY_CACHE_SETS * KEY_CACHE_WAYS };

bool key_cache_new(struct key_cache *cache)
{
    cache->slots = OPENSSL_zalloc(SLOTS * sizeof cache->slots[0]);
    return cache->slots != NULL;
}

void key_cache_done(struct key_cache *cache)
{
    if (cache->slots == NULL) {
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        EVP_CIPHER_CTX_free(cache->slots[i].seal);
        EVP_CIPHER_CTX_free(cache->slots[i].open);
        mac_done(&cache->slots[i].mac);
    }
    OPENSSL_clear_free(cache->slots, SLOTS * sizeof cache->slots[0]);
    cache->slots = NULL;
}

/* Keys are output of a PRF: any of their bits are as good as a hash. ENCR_NULL has none, but then
 * INTEG has. */
static size_t set_of(const struct crypto_packet_key *key)
{
    return (key->encr_key[0] ^ key->integ_key[0]) % KEY_CACHE_SETS;
}

static bool same_key(const struct crypto_packet_key *a, const struct crypto_packet_key *b)
{
    return a->encr == b->encr && a->integ == b->integ && a->encr_key_len == b->encr_key_len &&
           memcmp(a->encr_key, b->encr_key, a->encr_key_len) == 0 &&
           a->integ_key_len == b->integ_key_len &&
           memcmp(a->integ_key, b->integ_key, a->integ_key_len) == 0;
}

struct keyed *key_cache_find(struct key_cache *cache, const struct crypto_packet_key *key)
{
    struct keyed *set = cache->slots + set_of(key) * KEY_CACHE_WAYS;
    struct keyed *oldest = &set[0];
    uint32_t now = ++cache->clock;

    for (size_t i = 0; i < KEY_CACHE_WAYS; i++) {
        if (same_key(&set[i].key, key)) {
            set[i].used_at = now;
            return &set[i];
        }
        /* As differences, so that the clock may wrap. */
        if (now - set[i].used_at > now - oldest->used_at) {
            oldest = &set[i];
        }
    }
    oldest->key = *key;
    oldest->seal_ready = false;
    oldest->open_ready = false;
    oldest->mac_ready = false;
    oldest->used_at = now;
    return oldest;
}
