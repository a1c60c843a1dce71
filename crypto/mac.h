/*
 * The MAC of a PRF or an INTEG transform under one key: HMAC, AES-XCBC or AES-CMAC.
 *
 * For crypto/ only.
 */
#ifndef IKESIM_CRYPTO_MAC_H
#define IKESIM_CRYPTO_MAC_H

#include "crypto/cbc_mac.h"
#include "crypto/context.h"
#include "crypto/hmac.h"
#include "crypto/transform.h"

enum { MAC_MAX = EVP_MAX_MD_SIZE };

struct mac {
    bool is_hmac;                             /* which of the two was keyed last */
    const struct crypto_transform *transform; /* that it was keyed for; NULL: not yet */
    const EVP_MD *md;                         /* of that, if it is an HMAC */
    struct hmac hmac;
    struct cbc_mac cbc;
};

/* False if memory is out; mac_done frees what there is, and wipes. */
bool mac_new(struct mac *mac);
void mac_done(struct mac *mac);

/* Sets the key of a computed PRF or INTEG. A PRF takes any length; AES-XCBC makes of it the 16
 * octets that AES-128 has as in RFC 4434 §2, AES-CMAC as in RFC 4615 §3. INTEG takes its own. */
void mac_key(struct mac *mac, const struct crypto_context *ctx,
             const struct crypto_transform *transform, struct crypto_bytes key);

/* One message under the key that was set: begin, add..., end. `out` gets the whole output,
 * untruncated, at most MAC_MAX octets. */
void mac_begin(struct mac *mac);
void mac_add(struct mac *mac, const void *data, size_t len);
void mac_end(struct mac *mac, uint8_t out[MAC_MAX]);

#endif
