/*
 * Signatures: RSASSA-PKCS1-v1_5, RSASSA-PSS, ECDSA, Ed25519 and Ed448, under the
 * AlgorithmIdentifiers of RFC 7427 and RFC 8420. Keys are plain octets, PKCS #8 and
 * SubjectPublicKeyInfo in DER, that belong to whoever has them; what OpenSSL makes of them lives in
 * a small cache of the context.
 */
#ifndef IKESIM_CRYPTO_SIGN_H
#define IKESIM_CRYPTO_SIGN_H

#include <stdbool.h>

#include "crypto/bytes.h"
#include "crypto/context.h"
#include "crypto/cost.h"
#include "crypto/entropy.h"

/* Kinds of keys. Numbers of our own, which the ledger has for SIGN and VERIFY: an authentication
 * method does not tell what its signature costs. RSA of other lengths counts as the next longer. */
enum crypto_key_kind {
    CRYPTO_KEY_NONE, /* no key that we can use */
    CRYPTO_KEY_RSA_2048,
    CRYPTO_KEY_RSA_3072,
    CRYPTO_KEY_RSA_4096,
    CRYPTO_KEY_ECDSA_256,
    CRYPTO_KEY_ECDSA_384,
    CRYPTO_KEY_ECDSA_521,
    CRYPTO_KEY_ED25519,
    CRYPTO_KEY_ED448,
    CRYPTO_KEY_KINDS
};

/* "rsa2048", "ecdsa256", "ed25519", ... as scenarios spell it; "?" for others. */
const char *crypto_key_kind_name(enum crypto_key_kind kind);

/* Hash algorithms of SIGNATURE_HASH_ALGORITHMS (RFC 7427 §7, RFC 8420 §2). */
enum crypto_sign_hash {
    CRYPTO_SIGN_SHA1 = 1,
    CRYPTO_SIGN_SHA2_256 = 2,
    CRYPTO_SIGN_SHA2_384 = 3,
    CRYPTO_SIGN_SHA2_512 = 4,
    CRYPTO_SIGN_IDENTITY = 5,
};

/* A way to sign: key family, padding and hash. */
struct crypto_scheme {
    const char *name;               /* in strongSwan's words: "rsa/pss-sha256" */
    uint8_t family;                 /* enum crypto_sign_family, for crypto/ only */
    uint8_t hash;                   /* enum crypto_sign_hash */
    const char *md;                 /* OpenSSL's name of the hash, NULL for Identity */
    struct crypto_bytes identifier; /* AlgorithmIdentifier in DER (RFC 7427 appendix A) */
};

#define CRYPTO_SIGNATURE_MAX 1024 /* RSA with 8192 bits */

/* All of them; *count gets their number. */
const struct crypto_scheme *crypto_scheme_table(size_t *count);

/* By name, NULL if there is none. */
const struct crypto_scheme *crypto_scheme_find(const char *name);

/* Which scheme an AlgorithmIdentifier means, whatever its encoding leaves out; NULL if it is none
 * that we know. */
const struct crypto_scheme *crypto_scheme_read(struct crypto_bytes identifier);

/* What a key of that kind signs with where nothing is demanded: the hash that fits its strength,
 * PKCS #1 for RSA, as strongSwan chooses. `hashes` has a bit for each hash that the verifier takes
 * (1 << CRYPTO_SIGN_...); NULL if none of them will do. */
const struct crypto_scheme *crypto_scheme_for(enum crypto_key_kind kind, unsigned hashes);

/* Whether a key of that kind can be used with it. */
bool crypto_scheme_fits(const struct crypto_scheme *scheme, enum crypto_key_kind kind);

/* The kind of a private key (PKCS #8 DER), of a public one (SubjectPublicKeyInfo DER). NONE if it
 * cannot be read. */
enum crypto_key_kind crypto_private_kind(struct crypto_context *ctx, struct crypto_bytes key);
enum crypto_key_kind crypto_public_kind(struct crypto_context *ctx, struct crypto_bytes key);

/* Whether a private key (PKCS #8 DER) and a public one (SubjectPublicKeyInfo DER) are a pair. */
bool crypto_key_pairs(struct crypto_context *ctx, struct crypto_bytes private,
                      struct crypto_bytes public);

/* Signs parts[0] | parts[1] | ... What OpenSSL draws (k, salt, blinding) comes from `draw`, whose
 * field is set here. ECDSA gives the DER of RFC 3279. Returns the length of the signature, 0 with
 * *why where key and scheme do not fit. */
size_t crypto_sign(struct crypto_context *ctx, const struct crypto_scheme *scheme,
                   struct crypto_bytes key, const struct crypto_bytes *parts, size_t part_count,
                   const struct crypto_entropy *entropy, const struct crypto_draw *draw,
                   uint8_t signature[CRYPTO_SIGNATURE_MAX], struct crypto_ledger *ledger,
                   const char **why);

/* True if `signature` is one of the holder of `key`; *why otherwise. */
bool crypto_verify(struct crypto_context *ctx, const struct crypto_scheme *scheme,
                   struct crypto_bytes key, const struct crypto_bytes *parts, size_t part_count,
                   struct crypto_bytes signature, struct crypto_ledger *ledger, const char **why);

/* ECDSA's DER signature as r | s of equal length and back (RFC 4754 §7). `kind` gives the length.
 * Returns the length written, 0 if `in` is none. */
size_t crypto_ecdsa_to_raw(enum crypto_key_kind kind, struct crypto_bytes in,
                           uint8_t out[CRYPTO_SIGNATURE_MAX]);
size_t crypto_ecdsa_from_raw(enum crypto_key_kind kind, struct crypto_bytes in,
                             uint8_t out[CRYPTO_SIGNATURE_MAX]);

/* Makes a private key of that kind from `draw`, whose field is set here: elliptic ones from a drawn
 * scalar, RSA as OpenSSL does it with our stream, about 0.1 s for 2048 bits. *key gets PKCS #8 DER,
 * to be freed with crypto_octets_free. Returns its length, 0 if OpenSSL fails. */
size_t crypto_key_make(struct crypto_context *ctx, enum crypto_key_kind kind,
                       const struct crypto_entropy *entropy, const struct crypto_draw *draw,
                       uint8_t **key);

/* SubjectPublicKeyInfo of a private key, to be freed with crypto_octets_free; its length, 0 if the
 * key cannot be read. */
size_t crypto_key_public(struct crypto_context *ctx, struct crypto_bytes key, uint8_t **public);

/* Frees what the functions that make keys and certificates gave; wipes it. NULL is allowed. */
void crypto_octets_free(uint8_t *octets, size_t len);

#endif
