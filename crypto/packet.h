/*
 * Sealing and opening what both the SK payload (RFC 7296 §3.14, RFC 5282) and ESP (RFC 4303)
 * carry: one contiguous run of bytes
 *
 *     associated data | IV | plaintext, padded | ICV
 *
 * encrypted in place. With an AEAD the ICV is its tag over associated data and ciphertext and the
 * nonce is salt | IV; otherwise it is INTEG over everything before it. ENCR_NULL and
 * ENCR_NULL_AUTH_AES_GMAC leave the plaintext as it is.
 */
#ifndef IKESIM_CRYPTO_PACKET_H
#define IKESIM_CRYPTO_PACKET_H

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/cost.h"
#include "crypto/kdf.h"
#include "crypto/transform.h"

#define CRYPTO_ICV_MAX 32 /* HMAC-SHA2-512-256 */

/* Key of one direction. Plain data: copy, store and wipe it at will. */
struct crypto_packet_key {
    const struct crypto_transform *encr;  /* NULL for AH */
    const struct crypto_transform *integ; /* NULL with an AEAD */
    uint8_t encr_key_len;                 /* with the salt */
    uint8_t integ_key_len;
    uint8_t encr_key[CRYPTO_ENCR_KEY_MAX];
    uint8_t integ_key[CRYPTO_INTEG_KEY_MAX];
};

/* Takes the keys of one direction: `encr_key` with salt (SK_ei, or KEYMAT's part), `integ_key`. */
void crypto_packet_key_set(struct crypto_packet_key *key, const struct crypto_suite *suite,
                           struct crypto_bytes encr_key, struct crypto_bytes integ_key);

/* Length of the ICV that this key makes. */
size_t crypto_packet_icv_len(const struct crypto_packet_key *key);

/* The ICV of INTEG alone over `count` parts, one behind the other: AH (RFC 4302 §3.3.3). Counted as
 * one `kind` (CRYPTO_COST_SEAL or _OPEN) of ENCR_NULL, which does the same work. */
void crypto_packet_icv(struct crypto_context *ctx, const struct crypto_packet_key *key,
                       const struct crypto_bytes *parts, size_t count, enum crypto_cost_kind kind,
                       uint8_t icv[CRYPTO_ICV_MAX], struct crypto_ledger *ledger);

/* Encrypts in place and writes the ICV. `packet` holds `aad_len` octets of associated data, the IV
 * that the caller wrote, `plain_len` octets of plaintext (blocks, at least one) and has
 * room for the ICV. Returns the length of the whole, or 0 if OpenSSL fails. */
size_t crypto_packet_seal(struct crypto_context *ctx, const struct crypto_packet_key *key,
                          uint8_t *packet, size_t aad_len, size_t plain_len,
                          struct crypto_ledger *ledger);

enum crypto_open_result {
    CRYPTO_OPEN_OK,
    CRYPTO_OPEN_TOO_SHORT, /* no room for IV, one block and ICV, or not whole blocks */
    CRYPTO_OPEN_BAD_ICV,
};

/* Checks the ICV, then decrypts in place. *plain gets the plaintext, a view into `packet`. After
 * CRYPTO_OPEN_BAD_ICV the bytes behind the IV are undefined. */
enum crypto_open_result crypto_packet_open(struct crypto_context *ctx,
                                           const struct crypto_packet_key *key, uint8_t *packet,
                                           size_t len, size_t aad_len, struct crypto_bytes *plain,
                                           struct crypto_ledger *ledger);

/* Decrypts in place and does not look at the ICV, for a viewer who has not the key of INTEG; not
 * for an AEAD (asserted). CRYPTO_OPEN_BAD_ICV if OpenSSL fails. */
enum crypto_open_result crypto_packet_decrypt(struct crypto_context *ctx,
                                              const struct crypto_packet_key *key, uint8_t *packet,
                                              size_t len, size_t aad_len,
                                              struct crypto_bytes *plain);

/* The same for an ESP packet of an SA with extended sequence numbers, its 8 octets of associated
 * data being SPI and the low half of the number. The high half is not sent: an AEAD covers it
 * between the two (RFC 4106 §5), INTEG covers it behind the packet (RFC 4303 §2.2.1). */
size_t crypto_packet_seal_esn(struct crypto_context *ctx, const struct crypto_packet_key *key,
                              uint8_t *packet, uint32_t sequence_high, size_t plain_len,
                              struct crypto_ledger *ledger);
enum crypto_open_result crypto_packet_open_esn(struct crypto_context *ctx,
                                               const struct crypto_packet_key *key, uint8_t *packet,
                                               size_t len, uint32_t sequence_high,
                                               struct crypto_bytes *plain,
                                               struct crypto_ledger *ledger);

#endif
