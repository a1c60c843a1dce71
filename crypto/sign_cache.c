#include "crypto/sign_cache.h"

#include <openssl/crypto.h>
#include <string.h>

static void empty(struct sign_cached *slot)
{
    EVP_PKEY_free(slot->key);
    OPENSSL_clear_free(slot->der, slot->len);
    *slot = (struct sign_cached){0};
}

void sign_cache_done(struct sign_cache *cache)
{
    for (size_t i = 0; i < SIGN_CACHE_SLOTS; i++) {
        empty(&cache->slots[i]);
    }
}

/* FNV-1a: the ends of a DER structure are alike in all keys of a kind, its middle is not. */
struct sign_cached *sign_cache_slot(struct sign_cache *cache, bool is_private,
                                    struct crypto_bytes der)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) + is_private;

    for (size_t i = 0; i < der.len; i++) {
        hash = (hash ^ der.data[i]) * UINT64_C(0x100000001b3);
    }
    return &cache->slots[(hash >> 32) % SIGN_CACHE_SLOTS];
}

bool sign_cache_holds(const struct sign_cached *slot, bool is_private, struct crypto_bytes der)
{
    return slot->key != NULL && slot->is_private == is_private && slot->len == der.len &&
           CRYPTO_memcmp(slot->der, der.data, der.len) == 0;
}

void sign_cache_put(struct sign_cached *slot, bool is_private, struct crypto_bytes der,
                    EVP_PKEY *key)
{
    uint8_t *copy = OPENSSL_memdup(der.data, der.len);

    empty(slot);
    if (copy == NULL) { /* then it is held without being found again */
        slot->key = key;
        return;
    }
    *slot = (struct sign_cached){.key = key, .is_private = is_private, .len = der.len, .der = copy};
}
