/*
 * The transforms of IKEv2 under their IANA names and numbers (RFC 7296 §3.3.2, "Internet Key
 * Exchange Version 2 (IKEv2) Parameters"), in one table. Those that this build computes carry
 * their sizes and OpenSSL names; the others are there to be named by the dissector.
 */
#ifndef IKESIM_CRYPTO_TRANSFORM_H
#define IKESIM_CRYPTO_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum crypto_transform_type {
    CRYPTO_ENCR = 1,  /* Encryption Algorithm */
    CRYPTO_PRF = 2,   /* Pseudorandom Function */
    CRYPTO_INTEG = 3, /* Integrity Algorithm */
    CRYPTO_KE = 4,    /* Key Exchange Method, once "Diffie-Hellman Group" */
    CRYPTO_ESN = 5,   /* Extended Sequence Numbers */
    /* Additional Key Exchange 1 to 7 (RFC 9370 §2.2.1): their IDs are those of KE. */
    CRYPTO_ADDKE1 = 6,
    CRYPTO_ADDKE7 = 12,
};

enum { CRYPTO_ADDKE_MAX = CRYPTO_ADDKE7 - CRYPTO_ADDKE1 + 1 };

static inline bool crypto_is_addke(unsigned type)
{
    return type >= CRYPTO_ADDKE1 && type <= CRYPTO_ADDKE7;
}

/* IANA numbers of the transforms that code outside the table names. */
enum {
    CRYPTO_ENCR_3DES = 3,
    CRYPTO_ENCR_NULL = 11,
    CRYPTO_ENCR_AES_CBC = 12,
    CRYPTO_ENCR_AES_CTR = 13,
    CRYPTO_ENCR_AES_CCM_8 = 14,
    CRYPTO_ENCR_AES_CCM_12 = 15,
    CRYPTO_ENCR_AES_CCM_16 = 16,
    CRYPTO_ENCR_AES_GCM_8 = 18,
    CRYPTO_ENCR_AES_GCM_12 = 19,
    CRYPTO_ENCR_AES_GCM_16 = 20,
    CRYPTO_ENCR_NULL_AUTH_AES_GMAC = 21,
    CRYPTO_ENCR_CHACHA20_POLY1305 = 28,
    CRYPTO_ENCR_AES_CCM_8_IIV = 29,
    CRYPTO_ENCR_AES_GCM_16_IIV = 30,
    CRYPTO_ENCR_CHACHA20_POLY1305_IIV = 31,
    CRYPTO_PRF_HMAC_SHA1 = 2,
    CRYPTO_PRF_AES128_XCBC = 4,
    CRYPTO_PRF_HMAC_SHA2_256 = 5,
    CRYPTO_PRF_HMAC_SHA2_384 = 6,
    CRYPTO_PRF_HMAC_SHA2_512 = 7,
    CRYPTO_PRF_AES128_CMAC = 8,
    CRYPTO_INTEG_NONE = 0,
    CRYPTO_INTEG_HMAC_SHA1_96 = 2,
    CRYPTO_INTEG_AES_XCBC_96 = 5,
    CRYPTO_INTEG_HMAC_SHA1_160 = 7,
    CRYPTO_INTEG_AES_CMAC_96 = 8,
    CRYPTO_INTEG_HMAC_SHA2_256_128 = 12,
    CRYPTO_INTEG_HMAC_SHA2_384_192 = 13,
    CRYPTO_INTEG_HMAC_SHA2_512_256 = 14,
    CRYPTO_KE_MODP_1024 = 2,
    CRYPTO_KE_MODP_1536 = 5,
    CRYPTO_KE_MODP_2048 = 14,
    CRYPTO_KE_MODP_3072 = 15,
    CRYPTO_KE_MODP_4096 = 16,
    CRYPTO_KE_MODP_6144 = 17,
    CRYPTO_KE_MODP_8192 = 18,
    CRYPTO_KE_ECP_256 = 19,
    CRYPTO_KE_ECP_384 = 20,
    CRYPTO_KE_ECP_521 = 21,
    CRYPTO_KE_BRAINPOOL_P224R1 = 27,
    CRYPTO_KE_BRAINPOOL_P256R1 = 28,
    CRYPTO_KE_BRAINPOOL_P384R1 = 29,
    CRYPTO_KE_BRAINPOOL_P512R1 = 30,
    CRYPTO_KE_CURVE25519 = 31,
    CRYPTO_KE_CURVE448 = 32,
    CRYPTO_KE_ML_KEM_512 = 35,
    CRYPTO_KE_ML_KEM_768 = 36,
    CRYPTO_KE_ML_KEM_1024 = 37,
    CRYPTO_ESN_NO = 0,
    CRYPTO_ESN_YES = 1,
};

struct crypto_transform {
    uint8_t type;        /* enum crypto_transform_type */
    uint16_t id;         /* IANA Transform ID */
    const char *name;    /* as in the IANA registry: "ENCR_AES_CBC" */
    const char *keyword; /* strongSwan's word, with %u where the key length stands: "aes%ugcm16",
                            "sha256"; NULL if it has none */
    const char *rfc;     /* where it is specified: "RFC 3602" */
    bool computed;       /* this build has the algorithm; all below is 0/NULL otherwise */
    bool aead;           /* ENCR: combined mode, negotiated without INTEG (RFC 5282 §8) */
    bool variable_key;   /* ENCR: needs the Key Length attribute (RFC 7296 §3.3.5) */
    bool counter_iv;     /* ENCR: the IV must never repeat under a key and may be counted up (RFC
                            3686 §3.1, 4106 §3.1); else it must not be foreseen (RFC 3602 §3) */
    bool implicit_iv;    /* ENCR: the IV is ESP's sequence number and is not sent (RFC 8750 §4) */
    bool esp_only;       /* ENCR: encrypts nothing, which IKE's own messages must (RFC 7296
                            §5, RFC 8247 §2.1), or has implicit IVs */
    uint8_t salt_len;    /* ENCR: octets of KEYMAT after the key, kept implicit in the nonce */
    uint8_t iv_len;      /* ENCR: explicit IV on the wire */
    uint8_t block_len;   /* ENCR: plaintext is padded to this, 1 if any length will do */
    uint8_t icv_len;     /* AEAD's tag, or INTEG's truncated output */
    uint8_t key_len;     /* PRF: preferred key length = output length; INTEG: key length; ENCR: key
                            length where there is but one, without the salt */
    uint16_t public_len; /* KE: length of Key Exchange Data (RFC 7296 §3.4) */
    uint16_t secret_len; /* KE: length of the shared secret g^ir as an octet string */
    bool kem; /* KE: a key encapsulation, for additional key exchanges only. `computed` is false:
                 whether it can be had is up to OpenSSL (crypto_kem_is_offered). public_len is
                 that of the encapsulation key in a request */
    uint16_t answer_len; /* KE, kem: of the ciphertext in an answer */
    const char *openssl; /* name that OpenSSL has: "SHA256", "X25519", "AES-%u-GCM", "P-256"; NULL
                            where it has none */
};

/* NULL when the number is in no registry entry that the table has. An additional key exchange is
 * found as the KE that it is. */
const struct crypto_transform *crypto_transform_find(enum crypto_transform_type type, uint16_t id);

/* All rows of the table in (type, id) order; *count gets their number. */
const struct crypto_transform *crypto_transform_table(size_t *count);

/* "ENCR", "PRF", "INTEG", "KE", "ESN", "ADDKE1", ...; "?" for others. */
const char *crypto_transform_type_name(unsigned type);

#endif
