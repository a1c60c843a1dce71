/* Key exchange (RFC 7296 §2.14, §3.4; RFC 8031 for X25519 and X448,
 * RFC 5903 for ECP, RFC 6954 for Brainpool, RFC 3526 for MODP). */
#ifndef IKESIM_CRYPTO_KEX_H
#define IKESIM_CRYPTO_KEX_H

#include <stdbool.h>

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/cost.h"
#include "crypto/entropy.h"
#include "crypto/transform.h"

/* An own key pair while its exchange is under way. */
struct crypto_kex;

#define CRYPTO_KEX_SECRET_MAX 1024 /* MODP-8192 */

/* Makes the key pair of Transform Type 4 `ke`, which this build computes, from a scalar drawn for
 * `draw` (field and instance are set here). It keeps `ctx`. NULL only if OpenSSL fails. Free with
 * crypto_kex_free, which wipes. */
struct crypto_kex *crypto_kex_new(struct crypto_context *ctx, const struct crypto_transform *ke,
                                  const struct crypto_entropy *entropy,
                                  const struct crypto_draw *draw, struct crypto_ledger *ledger);
void crypto_kex_free(struct crypto_kex *kex);

/* A pair that was made before, from crypto_kex_private and crypto_kex_public of it: its owner goes
 * on elsewhere. NULL if they are none of that method, which is no encapsulation. */
struct crypto_kex *crypto_kex_restore(struct crypto_context *ctx, const struct crypto_transform *ke,
                                      struct crypto_bytes scalar, struct crypto_bytes public);

/* The method of the pair. */
const struct crypto_transform *crypto_kex_transform(const struct crypto_kex *kex);

/* Key Exchange Data for the KE payload; lives as long as `kex`. */
struct crypto_bytes crypto_kex_public(const struct crypto_kex *kex);

/* The private scalar as an octet string, for the teacher's recording only; lives as long as `kex`.
 * X25519, X448: as drawn, before the clamping of RFC 7748 §5; the others: big-endian. */
struct crypto_bytes crypto_kex_private(const struct crypto_kex *kex);

/* Shared secret g^ir with the peer's Key Exchange Data, ke->secret_len octets, leading zeros kept.
 * Returns 0, or -1 when the public value is refused: wrong length, not on the curve, 0, 1 or p-1,
 * all-zero result of X25519 or X448 (RFC 6989 §2, RFC 7748 §6.1). `why` then says which. */
int crypto_kex_derive(struct crypto_kex *kex, struct crypto_bytes peer,
                      uint8_t secret[CRYPTO_KEX_SECRET_MAX], size_t *secret_len,
                      struct crypto_ledger *ledger, const char **why);

/* The responder's half in one step: a key pair and the shared secret with `peer`, or of a key
 * encapsulation the ciphertext for it. NULL if the value is refused, or OpenSSL fails; `why` says
 * which. crypto_kex_public is what answers `peer`. */
struct crypto_kex *crypto_kex_answer(struct crypto_context *ctx, const struct crypto_transform *ke,
                                     const struct crypto_entropy *entropy,
                                     const struct crypto_draw *draw, struct crypto_bytes peer,
                                     uint8_t secret[CRYPTO_KEX_SECRET_MAX], size_t *secret_len,
                                     struct crypto_ledger *ledger, const char **why);

/* ---- key encapsulation (kex_kem.c) ---- */

/* Whether OpenSSL has the algorithm, as this context finds it; as a context of its own does. */
bool crypto_kem_is_in(struct crypto_context *ctx, const struct crypto_transform *ke);
bool crypto_kem_is_offered(const struct crypto_transform *ke);

/* ---- the two computations by themselves ---- */

/*
 * One of the two expensive steps as a pure function of octets: whoever has a context of its own may
 * compute it, early or late, in any thread, with the same result. Views only.
 */
struct crypto_kex_work {
    const struct crypto_transform *ke;
    struct crypto_bytes scalar;
    struct crypto_bytes peer; /* its public value: the secret is wanted; length 0: the own one is */
    struct crypto_bytes stream; /* key for what OpenSSL draws for itself; no result depends on it */
};

/* Octets of the result. */
size_t crypto_kex_work_len(const struct crypto_kex_work *work);

/* Computes into `out`. 0, or -1 as crypto_kex_derive returns it. */
int crypto_kex_compute(struct crypto_context *ctx, const struct crypto_kex_work *work, uint8_t *out,
                       const char **why);

/*
 * Somebody who computes ahead (docs/design.md, "Computing ahead"): is told what is going to be
 * asked for, and asked before anything is computed here. What is taken from it must be what
 * crypto_kex_compute would return.
 */
struct crypto_kex_helper {
    void *context;
    void (*expect)(void *context, const struct crypto_kex_work *work);
    /* True if it has the answer, which is in out, *why and *result then. */
    bool (*take)(void *context, const struct crypto_kex_work *work, uint8_t *out, const char **why,
                 int *result);
};

/* `helper` is borrowed; NULL: none any more. */
void crypto_kex_set_helper(struct crypto_context *ctx, const struct crypto_kex_helper *helper);

/* Whether it is worth while to find out what will be asked for: a helper listens, and key pairs are
 * made anew. */
bool crypto_kex_is_helped(const struct crypto_context *ctx);

/* crypto_kex_new will be called with these arguments; and, if `peer` has bytes, crypto_kex_derive
 * with them and the new pair. Nothing but time is lost where it is not. */
void crypto_kex_expect(struct crypto_context *ctx, const struct crypto_transform *ke,
                       const struct crypto_entropy *entropy, const struct crypto_draw *draw,
                       struct crypto_bytes peer);

/* crypto_kex_derive will be called with these arguments. */
void crypto_kex_expect_derive(const struct crypto_kex *kex, struct crypto_bytes peer);

/* ---- a pool of key pairs (kex_pool.c) ---- */

/* Key pairs of one group. Their shared secrets are kept, each two have one: 528 of them. */
#define CRYPTO_KEX_POOL_SIZE 32

/*
 * From here on key pairs of `ctx` are taken from a pool and used again, as RFC 7296 §2.12 permits
 * if the peer's values are checked (RFC 6989 §2), and secrets that were computed once are looked
 * up. Octets are as real as before, and are counted at the full price. The pool's scalars are drawn
 * from `entropy`; which pair an exchange gets is drawn from the caller's. Returns false if memory
 * is out.
 */
bool crypto_kex_use_pool(struct crypto_context *ctx, const struct crypto_entropy *entropy);

#endif
