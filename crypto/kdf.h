/* The key derivation of IKEv2: prf+, SKEYSEED, the seven SK_ keys, KEYMAT, shared-key AUTH. */
#ifndef IKESIM_CRYPTO_KDF_H
#define IKESIM_CRYPTO_KDF_H

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/cost.h"
#include "crypto/proposal.h"

#define CRYPTO_PRF_MAX 64      /* octets of HMAC-SHA2-512 */
#define CRYPTO_ENCR_KEY_MAX 36 /* AES-256 and a salt of 4 */
#define CRYPTO_INTEG_KEY_MAX 64

/* prf(key, parts[0] | parts[1] | ...), prf->key_len octets to `out` (RFC 7296 §2.13). */
void crypto_prf(struct crypto_context *ctx, const struct crypto_transform *prf,
                struct crypto_bytes key, const struct crypto_bytes *parts, size_t part_count,
                uint8_t out[CRYPTO_PRF_MAX], struct crypto_ledger *ledger);

/* prf+(key, parts...) = T1 | T2 | ..., the first `len` octets (RFC 7296 §2.13); len is at most
 * 255 blocks, which is asserted. */
void crypto_prf_plus(struct crypto_context *ctx, const struct crypto_transform *prf,
                     struct crypto_bytes key, const struct crypto_bytes *parts, size_t part_count,
                     uint8_t *out, size_t len, struct crypto_ledger *ledger);

enum crypto_sk {
    CRYPTO_SK_D,
    CRYPTO_SK_AI,
    CRYPTO_SK_AR,
    CRYPTO_SK_EI,
    CRYPTO_SK_ER,
    CRYPTO_SK_PI,
    CRYPTO_SK_PR,
    CRYPTO_SK_COUNT
};

/* The seven keys in the order in which prf+ gives them, one behind the other (RFC 7296 §2.14). */
struct crypto_sk_keys {
    uint16_t at[CRYPTO_SK_COUNT + 1]; /* SK_x is bytes[at[x] .. at[x + 1]) */
    uint8_t bytes[3 * CRYPTO_PRF_MAX + 2 * CRYPTO_INTEG_KEY_MAX + 2 * CRYPTO_ENCR_KEY_MAX];
};

/* SK_x as a view into `keys`; of length 0 for SK_ai and SK_ar with an AEAD. */
struct crypto_bytes crypto_sk(const struct crypto_sk_keys *keys, enum crypto_sk which);

/* "SK_d", "SK_ai", ... */
const char *crypto_sk_name(enum crypto_sk which);

/* SKEYSEED = prf(Ni | Nr, g^ir) (RFC 7296 §2.14), or prf(SK_d(old), g^ir(new) | Ni | Nr) for the
 * rekey of an IKE SA (§2.18) when `old_sk_d` has bytes; then `prf` is the old SA's, and the secrets
 * of additional key exchanges, one behind the other, come after Nr (RFC 9370 §2.2.4). Of PRF
 * AES-XCBC and AES-CMAC the first 8 octets of each nonce make the key (§2.14). Nonces of 16 to 256
 * octets (§2.10) are the caller's to check: asserted. */
void crypto_skeyseed(struct crypto_context *ctx, const struct crypto_transform *prf,
                     struct crypto_bytes old_sk_d, struct crypto_bytes ni, struct crypto_bytes nr,
                     struct crypto_bytes shared_secret, struct crypto_bytes additional,
                     uint8_t out[CRYPTO_PRF_MAX], struct crypto_ledger *ledger);

/* SKEYSEED = prf(SK_d(old), "Resumption" | Ni | Nr) (RFC 5723 §5.1). */
void crypto_skeyseed_resume(struct crypto_context *ctx, const struct crypto_transform *prf,
                            struct crypto_bytes old_sk_d, struct crypto_bytes ni,
                            struct crypto_bytes nr, uint8_t out[CRYPTO_PRF_MAX],
                            struct crypto_ledger *ledger);

/* Where in `out` the seven keys of a suite lie; the octets stay as they are. */
void crypto_sk_layout(const struct crypto_suite *suite, struct crypto_sk_keys *out);

/* {SK_d | SK_ai | ... | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr). SPIs in host order. */
void crypto_sk_derive(struct crypto_context *ctx, const struct crypto_suite *suite,
                      struct crypto_bytes skeyseed, struct crypto_bytes ni, struct crypto_bytes nr,
                      uint64_t spi_i, uint64_t spi_r, struct crypto_sk_keys *out,
                      struct crypto_ledger *ledger);

/* KEYMAT = prf+(SK_d, [g^ir(new)] | Ni | Nr) (RFC 7296 §2.17); shared_secret of length 0 for
 * none. `additional`, the secrets of additional key exchanges, comes after Nr (RFC 9370 §2.2.4). */
void crypto_keymat(struct crypto_context *ctx, const struct crypto_transform *prf,
                   struct crypto_bytes sk_d, struct crypto_bytes shared_secret,
                   struct crypto_bytes ni, struct crypto_bytes nr, struct crypto_bytes additional,
                   uint8_t *out, size_t len, struct crypto_ledger *ledger);

/* Octets of KEYMAT that one direction of a CHILD SA takes: encryption key with salt, then integrity
 * key. */
size_t crypto_keymat_direction_len(const struct crypto_suite *suite);

/* AUTH with a shared key (RFC 7296 §2.15):
 *   prf(prf(secret, "Key Pad for IKEv2"), message | nonce | prf(SK_p, ID')).
 * `message` is the own first message as sent, `nonce` the peer's, `id` the body of the own ID
 * payload without its generic header. `maced_id` gets prf(SK_p, ID'). */
void crypto_auth_psk(struct crypto_context *ctx, const struct crypto_transform *prf,
                     struct crypto_bytes secret, struct crypto_bytes message,
                     struct crypto_bytes nonce, struct crypto_bytes sk_p, struct crypto_bytes id,
                     uint8_t maced_id[CRYPTO_PRF_MAX], uint8_t auth[CRYPTO_PRF_MAX],
                     struct crypto_ledger *ledger);

/* The same where prf(SK_p, ID') is there already. */
void crypto_auth_secret(struct crypto_context *ctx, const struct crypto_transform *prf,
                        struct crypto_bytes secret, struct crypto_bytes message,
                        struct crypto_bytes nonce, struct crypto_bytes maced_id,
                        uint8_t auth[CRYPTO_PRF_MAX], struct crypto_ledger *ledger);

/* Equal in constant time. */
int crypto_equal(const void *a, const void *b, size_t len);

/* Wipes so that the compiler cannot leave it out. */
void crypto_wipe(void *p, size_t len);

#endif
