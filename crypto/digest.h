/* SHA-1 where a protocol names it outside of any negotiation: NAT_DETECTION_*_IP (RFC 7296 §2.23).
 */
#ifndef IKESIM_CRYPTO_DIGEST_H
#define IKESIM_CRYPTO_DIGEST_H

#include "crypto/bytes.h"
#include "crypto/context.h"

enum { CRYPTO_SHA1_LEN = 20 };

/* Not in any ledger: a block or two are lost beside what a message costs. */
void crypto_sha1(const struct crypto_context *ctx, struct crypto_bytes data,
                 uint8_t out[CRYPTO_SHA1_LEN]);

#endif
