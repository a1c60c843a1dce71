#include "crypto/kex_pool.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

#include "crypto/kex_method.h"

/* a <= b: the secret of a with b is that of b with a. */
enum { SECRETS = CRYPTO_KEX_POOL_SIZE * (CRYPTO_KEX_POOL_SIZE + 1) / 2 };

struct pool_pair {
    bool made;
    struct kex_draws draws;
};

/* The pairs of one group. */
struct pool_group {
    struct pool_group *next;
    const struct crypto_transform *ke;
    struct pool_pair pairs[CRYPTO_KEX_POOL_SIZE];
    bool computed[SECRETS];
    uint8_t *publics; /* behind the struct, of one length each */
    uint8_t *secrets; /* behind them */
    size_t size;      /* of the allocation */
};

struct kex_pool {
    struct crypto_entropy entropy;
    struct pool_group *groups;
};

struct kex_pool *kex_pool_new(const struct crypto_entropy *entropy)
{
    struct kex_pool *pool = OPENSSL_zalloc(sizeof *pool);

    if (pool != NULL) {
        pool->entropy = *entropy;
    }
    return pool;
}

void kex_pool_free(struct kex_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    for (struct pool_group *group = pool->groups, *next; group != NULL; group = next) {
        next = group->next;
        OPENSSL_clear_free(group, group->size);
    }
    OPENSSL_free(pool);
}

static struct pool_group *group_of(struct kex_pool *pool, const struct crypto_transform *ke)
{
    struct pool_group *group = pool->groups;

    while (group != NULL && group->ke != ke) {
        group = group->next;
    }
    if (group != NULL) {
        return group;
    }

    size_t publics = (size_t)CRYPTO_KEX_POOL_SIZE * ke->public_len;
    size_t size = sizeof *group + publics + (size_t)SECRETS * ke->secret_len;
    group = OPENSSL_zalloc(size);
    if (group == NULL) {
        return NULL;
    }
    group->ke = ke;
    group->size = size;
    group->publics = (uint8_t *)(group + 1);
    group->secrets = group->publics + publics;
    group->next = pool->groups;
    pool->groups = group;
    return group;
}

static struct crypto_bytes public_of(const struct pool_group *group, size_t i)
{
    return crypto_bytes(group->publics + i * group->ke->public_len, group->ke->public_len);
}

static struct crypto_bytes scalar_of(const struct pool_group *group, size_t i)
{
    return crypto_bytes(group->pairs[i].draws.scalar,
                        kex_method_of(group->ke)->private_len(group->ke));
}

static bool make_pair(struct crypto_context *ctx, struct pool_group *group, size_t i)
{
    struct pool_pair *pair = &group->pairs[i];
    const struct crypto_draw draw = {.exchange = group->ke->id, .sa = i};
    const char *why;

    if (!kex_draw(ctx, group->ke, &ctx->pool->entropy, &draw, &pair->draws)) {
        return false;
    }
    const struct crypto_kex_work work = {
        .ke = group->ke,
        .scalar = scalar_of(group, i),
        .stream = crypto_bytes(pair->draws.streams[0], RAND_STREAM_KEY_LEN),
    };
    pair->made =
        crypto_kex_compute(ctx, &work, group->publics + i * group->ke->public_len, &why) == 0;
    return pair->made;
}

bool kex_pool_pair(struct crypto_context *ctx, const struct crypto_transform *ke, uint64_t n,
                   struct crypto_bytes *scalar, struct crypto_bytes *public)
{
    struct pool_group *group = group_of(ctx->pool, ke);
    size_t i = (size_t)(n % CRYPTO_KEX_POOL_SIZE);

    if (group == NULL || (!group->pairs[i].made && !make_pair(ctx, group, i))) {
        return false;
    }
    *scalar = scalar_of(group, i);
    *public = public_of(group, i);
    return true;
}

/* CRYPTO_KEX_POOL_SIZE if the value is of none that was handed out. All octets are compared: a
 * value that was never checked is never taken for one that was. */
static size_t find_public(const struct pool_group *group, struct crypto_bytes public)
{
    size_t i = 0;

    while (i < CRYPTO_KEX_POOL_SIZE &&
           !(group->pairs[i].made && public.len == group->ke->public_len &&
             memcmp(public_of(group, i).data, public.data, public.len) == 0)) {
        i++;
    }
    return i;
}

struct crypto_bytes kex_pool_secret(struct crypto_context *ctx, const struct crypto_transform *ke,
                                    struct crypto_bytes own_public, struct crypto_bytes peer)
{
    struct pool_group *group = group_of(ctx->pool, ke);
    size_t a = group != NULL ? find_public(group, own_public) : CRYPTO_KEX_POOL_SIZE;
    size_t b = group != NULL ? find_public(group, peer) : CRYPTO_KEX_POOL_SIZE;

    if (a == CRYPTO_KEX_POOL_SIZE || b == CRYPTO_KEX_POOL_SIZE) {
        return crypto_bytes(NULL, 0);
    }
    if (a > b) {
        size_t swap = a;
        a = b;
        b = swap;
    }
    size_t i = b * (b + 1) / 2 + a;
    uint8_t *secret = group->secrets + i * ke->secret_len;
    if (!group->computed[i]) {
        const struct crypto_kex_work work = {
            .ke = ke,
            .scalar = scalar_of(group, a),
            .peer = public_of(group, b),
            .stream = crypto_bytes(group->pairs[a].draws.streams[1], RAND_STREAM_KEY_LEN),
        };
        const char *why;
        if (crypto_kex_compute(ctx, &work, secret, &why) != 0) {
            return crypto_bytes(NULL, 0);
        }
        group->computed[i] = true;
    }
    return crypto_bytes(secret, ke->secret_len);
}
