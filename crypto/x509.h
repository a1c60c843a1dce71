/*
 * X.509 certificates and revocation lists (RFC 5280): read, checked with OpenSSL at a time that is
 * an argument, and made, deterministically, for worlds that need some. All of them are DER octets
 * of the caller's.
 */
#ifndef IKESIM_CRYPTO_X509_H
#define IKESIM_CRYPTO_X509_H

#include "crypto/sign.h"

/* A name that a certificate may be for. */
enum crypto_name_type {
    CRYPTO_NAME_DNS,   /* subjectAltName dNSName; text without NUL */
    CRYPTO_NAME_EMAIL, /* subjectAltName rfc822Name */
    CRYPTO_NAME_IP,    /* subjectAltName iPAddress: 4 or 16 octets */
    CRYPTO_NAME_DN,    /* the subject: DER of a Name */
};

struct crypto_name {
    enum crypto_name_type type;
    struct crypto_bytes data;
};

/* ---- reading ---- */

#define CRYPTO_X509_TEXT 256

/* What a certificate says; texts are cut off at their room. */
struct crypto_x509_facts {
    char subject[CRYPTO_X509_TEXT], issuer[CRYPTO_X509_TEXT]; /* "CN=alice, O=ikesim" */
    char serial[64];                                          /* hexadecimal digits */
    int64_t not_before, not_after;                            /* seconds since 1970 */
    enum crypto_key_kind key;
    bool ca;
};

/* False if these octets are no certificate. */
bool crypto_x509_read(struct crypto_context *ctx, struct crypto_bytes certificate,
                      struct crypto_x509_facts *facts);

/* SubjectPublicKeyInfo of a certificate, to be freed with crypto_octets_free; its length, 0 if it
 * cannot be read. */
size_t crypto_x509_public_key(struct crypto_context *ctx, struct crypto_bytes certificate,
                              uint8_t **public);

/* DER of the subject, alike. */
size_t crypto_x509_subject(struct crypto_context *ctx, struct crypto_bytes certificate,
                           uint8_t **subject);

/* SHA-1 of a certificate's SubjectPublicKeyInfo, by which CERTREQ names an authority (RFC 7296
 * §3.7). False if it cannot be read. */
bool crypto_x509_key_hash(struct crypto_context *ctx, struct crypto_bytes certificate,
                          uint8_t hash[20]);

/* Whether the certificate is for that name: exactly, without wildcards. */
bool crypto_x509_is_for(struct crypto_context *ctx, struct crypto_bytes certificate,
                        const struct crypto_name *name);

/* DER of the first certificate, key or revocation list of a PEM file's text, or the octets
 * themselves where they are DER already; `label` is "CERTIFICATE", "PRIVATE KEY" or "X509 CRL".
 * *rest, if not NULL, gets what is behind it. Freed with crypto_octets_free; the length, 0 if there
 * is none. A key becomes PKCS #8; one that is encrypted is none. */
size_t crypto_pem_read(struct crypto_context *ctx, const char *label, struct crypto_bytes text,
                       struct crypto_bytes *rest, uint8_t **der);

/* ---- checking ---- */

enum crypto_x509_result {
    CRYPTO_X509_GOOD,
    CRYPTO_X509_MALFORMED,
    CRYPTO_X509_UNKNOWN_CA,
    CRYPTO_X509_EXPIRED,
    CRYPTO_X509_NOT_YET_VALID,
    CRYPTO_X509_REVOKED,
    CRYPTO_X509_NO_CRL,
    CRYPTO_X509_CRL_EXPIRED,
    CRYPTO_X509_BAD_SIGNATURE,
    CRYPTO_X509_INVALID, /* all else: constraints, a CA that is none, ... */
};

/* "good", "expired", "unknown_ca", ... as recordings spell it. */
const char *crypto_x509_result_name(enum crypto_x509_result result);

struct crypto_x509_question {
    const struct crypto_bytes *chain; /* the peer's certificate first, then what it sent with it */
    size_t chain_count;
    const struct crypto_bytes *anchors; /* CA certificates that are trusted */
    size_t anchor_count;
    const struct crypto_bytes *crls;
    size_t crl_count;
    bool strict;  /* a certificate whose CA has no valid revocation list is refused */
    int64_t time; /* seconds since 1970 */
};

struct crypto_x509_verdict {
    enum crypto_x509_result result;
    const char *why; /* one plain sentence; static text */
    int depth;       /* of the certificate that is at fault: 0 the peer's own */
    int length;      /* of the chain that was built, 0 if none was */
};

/* Builds a chain to an anchor and checks signatures, validity, revocation and that the peer's own
 * key may sign (KeyUsage). Each signature that is checked is counted. Returns true if the
 * certificate is good. */
bool crypto_x509_check(struct crypto_context *ctx, const struct crypto_x509_question *question,
                       struct crypto_x509_verdict *verdict, struct crypto_ledger *ledger);

/* ---- making ---- */

struct crypto_x509_issuer {
    struct crypto_bytes certificate, key;
};

struct crypto_x509_spec {
    const char *common_name;
    const struct crypto_name *names; /* subjectAltName, in order; type DN is not allowed */
    size_t name_count;
    bool ca;
    int64_t not_before, not_after;
    struct crypto_bytes key;                 /* the holder's private key */
    const struct crypto_x509_issuer *issuer; /* NULL: signs itself */
};

/* A certificate with a serial number drawn for `draw` (whose field is set here), signed with the
 * hash that fits the issuer's key. Freed with crypto_octets_free; the length, 0 with *why if it
 * cannot be made. */
size_t crypto_x509_make(struct crypto_context *ctx, const struct crypto_x509_spec *spec,
                        const struct crypto_entropy *entropy, const struct crypto_draw *draw,
                        uint8_t **certificate, const char **why);

struct crypto_crl_spec {
    const struct crypto_x509_issuer *issuer;
    const struct crypto_bytes *revoked; /* certificates */
    size_t revoked_count;
    int64_t this_update, next_update, revoked_at;
};

/* A revocation list, alike. */
size_t crypto_crl_make(struct crypto_context *ctx, const struct crypto_crl_spec *spec,
                       const struct crypto_entropy *entropy, const struct crypto_draw *draw,
                       uint8_t **crl, const char **why);

#endif
