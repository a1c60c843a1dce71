/* Key exchange (RFC 7296 §2.14, §3.4; RFC 8031 for X25519 and X448,
 * RFC 5903 for ECP, RFC 6954 for Brainpool, RFC 3526 for MODP). */
#ifndef IKESIM_CRYPTO_KEX_H
#define IKESIM_CRYPTO_KEX_H

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

#endif
