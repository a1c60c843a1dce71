/*
 * Key pairs that are used again, and the shared secrets of each two of them, computed when they are
 * first asked for. What is in it is a function of the entropy alone, never of who asked first.
 *
 * For crypto/ only.
 */
#ifndef IKESIM_CRYPTO_KEX_POOL_H
#define IKESIM_CRYPTO_KEX_POOL_H

#include "crypto/kex.h"

struct kex_pool;

/* An empty pool; its scalars are drawn from `entropy`, which is copied. NULL if memory is out. */
struct kex_pool *kex_pool_new(const struct crypto_entropy *entropy);
void kex_pool_free(struct kex_pool *pool); /* wipes */

/* Pair number `n` modulo the size of the pool, its scalar and public value as views that live as
 * long as the pool. False only if OpenSSL fails. */
bool kex_pool_pair(struct crypto_context *ctx, const struct crypto_transform *ke, uint64_t n,
                   struct crypto_bytes *scalar, struct crypto_bytes *public);

/* The secret of two pairs of the pool; of length 0 if one of the two values is not of the pool, or
 * they have none. */
struct crypto_bytes kex_pool_secret(struct crypto_context *ctx, const struct crypto_transform *ke,
                                    struct crypto_bytes own_public, struct crypto_bytes peer);

#endif
