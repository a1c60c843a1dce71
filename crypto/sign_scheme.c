/* The schemes and their names on the wire (RFC 7427 appendix A, RFC 8420 §2). */
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "crypto/sign_internal.h"

/* RSASSA-PSS: hash, MGF1 with the same hash, a salt as long as the hash, trailer field 1. */
#define PSS(name, last, salt)                                                                      \
    static const uint8_t name[] = {                                                                \
        0x30, 0x46, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x39,  \
        0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last,  \
        0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,  \
        0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last,  \
        0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, salt, 0xa3, 0x03, 0x02, 0x01, 0x01}
#define RSA_PKCS1(name, last)                                                                      \
    static const uint8_t name[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,                 \
                                   0xf7, 0x0d, 0x01, 0x01, last, 0x05, 0x00}
#define ECDSA(name, last)                                                                          \
    static const uint8_t name[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,                             \
                                   0x48, 0xce, 0x3d, 0x04, 0x03, last}

RSA_PKCS1(rsa_sha1, 0x05);
RSA_PKCS1(rsa_sha256, 0x0b);
RSA_PKCS1(rsa_sha384, 0x0c);
RSA_PKCS1(rsa_sha512, 0x0d);
PSS(pss_sha256, 0x01, 0x20);
PSS(pss_sha384, 0x02, 0x30);
PSS(pss_sha512, 0x03, 0x40);
ECDSA(ecdsa_sha256, 0x02);
ECDSA(ecdsa_sha384, 0x03);
ECDSA(ecdsa_sha512, 0x04);
static const uint8_t ecdsa_sha1[] = {0x30, 0x09, 0x06, 0x07, 0x2a, 0x86,
                                     0x48, 0xce, 0x3d, 0x04, 0x01};
static const uint8_t ed25519[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};
static const uint8_t ed448[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71};

#define IDENTIFIER(octets)                                                                         \
    {                                                                                              \
        octets, sizeof octets                                                                      \
    }

static const struct crypto_scheme schemes[] = {
    {"rsa-sha1", SIGN_RSA, CRYPTO_SIGN_SHA1, "SHA1", IDENTIFIER(rsa_sha1)},
    {"rsa-sha256", SIGN_RSA, CRYPTO_SIGN_SHA2_256, "SHA256", IDENTIFIER(rsa_sha256)},
    {"rsa-sha384", SIGN_RSA, CRYPTO_SIGN_SHA2_384, "SHA384", IDENTIFIER(rsa_sha384)},
    {"rsa-sha512", SIGN_RSA, CRYPTO_SIGN_SHA2_512, "SHA512", IDENTIFIER(rsa_sha512)},
    {"rsa/pss-sha256", SIGN_RSA_PSS, CRYPTO_SIGN_SHA2_256, "SHA256", IDENTIFIER(pss_sha256)},
    {"rsa/pss-sha384", SIGN_RSA_PSS, CRYPTO_SIGN_SHA2_384, "SHA384", IDENTIFIER(pss_sha384)},
    {"rsa/pss-sha512", SIGN_RSA_PSS, CRYPTO_SIGN_SHA2_512, "SHA512", IDENTIFIER(pss_sha512)},
    {"ecdsa-sha1", SIGN_ECDSA, CRYPTO_SIGN_SHA1, "SHA1", IDENTIFIER(ecdsa_sha1)},
    {"ecdsa-sha256", SIGN_ECDSA, CRYPTO_SIGN_SHA2_256, "SHA256", IDENTIFIER(ecdsa_sha256)},
    {"ecdsa-sha384", SIGN_ECDSA, CRYPTO_SIGN_SHA2_384, "SHA384", IDENTIFIER(ecdsa_sha384)},
    {"ecdsa-sha512", SIGN_ECDSA, CRYPTO_SIGN_SHA2_512, "SHA512", IDENTIFIER(ecdsa_sha512)},
    {"ed25519", SIGN_ED25519, CRYPTO_SIGN_IDENTITY, NULL, IDENTIFIER(ed25519)},
    {"ed448", SIGN_ED448, CRYPTO_SIGN_IDENTITY, NULL, IDENTIFIER(ed448)},
};

enum { SCHEMES = sizeof schemes / sizeof schemes[0] };

const struct crypto_scheme *crypto_scheme_table(size_t *count)
{
    *count = SCHEMES;
    return schemes;
}

const struct crypto_scheme *crypto_scheme_find(const char *name)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        if (strcmp(schemes[i].name, name) == 0) {
            return &schemes[i];
        }
    }
    return NULL;
}

static const struct crypto_scheme *find(enum crypto_sign_family family, const char *md)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        if (schemes[i].family == family && md != NULL && schemes[i].md != NULL &&
            strcmp(schemes[i].md, md) == 0) {
            return &schemes[i];
        }
    }
    return NULL;
}

/* ---- reading ---- */

static const char *md_of(int nid)
{
    switch (nid) {
    case NID_sha1:
        return "SHA1";
    case NID_sha256:
        return "SHA256";
    case NID_sha384:
        return "SHA384";
    case NID_sha512:
        return "SHA512";
    default:
        return NULL;
    }
}

static int algorithm_nid(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object = NULL;

    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    return OBJ_obj2nid(object);
}

/* The hash of RSASSA-PSS, if MGF1 has the same; the salt may have any length (RFC 8017 A.2.3). */
static const struct crypto_scheme *read_pss(const X509_ALGOR *algorithm)
{
    const struct crypto_scheme *scheme = NULL;
    const void *value = NULL;
    int type = V_ASN1_UNDEF;

    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    if (type != V_ASN1_SEQUENCE) {
        return NULL;
    }
    RSA_PSS_PARAMS *pss = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    if (pss != NULL && pss->hashAlgorithm != NULL && pss->maskGenAlgorithm != NULL &&
        algorithm_nid(pss->maskGenAlgorithm) == NID_mgf1) {
        int hash = algorithm_nid(pss->hashAlgorithm);
        X509_ALGOR_get0(NULL, &type, &value, pss->maskGenAlgorithm);
        X509_ALGOR *mask =
            type == V_ASN1_SEQUENCE ? ASN1_item_unpack(value, ASN1_ITEM_rptr(X509_ALGOR)) : NULL;
        if (mask != NULL && algorithm_nid(mask) == hash) {
            scheme = find(SIGN_RSA_PSS, md_of(hash));
        }
        X509_ALGOR_free(mask);
    }
    RSA_PSS_PARAMS_free(pss);
    return scheme;
}

static const struct crypto_scheme *read_algorithm(const X509_ALGOR *algorithm)
{
    switch (algorithm_nid(algorithm)) {
    case NID_sha1WithRSAEncryption:
        return find(SIGN_RSA, "SHA1");
    case NID_sha256WithRSAEncryption:
        return find(SIGN_RSA, "SHA256");
    case NID_sha384WithRSAEncryption:
        return find(SIGN_RSA, "SHA384");
    case NID_sha512WithRSAEncryption:
        return find(SIGN_RSA, "SHA512");
    case NID_rsassaPss:
        return read_pss(algorithm);
    case NID_ecdsa_with_SHA1:
        return find(SIGN_ECDSA, "SHA1");
    case NID_ecdsa_with_SHA256:
        return find(SIGN_ECDSA, "SHA256");
    case NID_ecdsa_with_SHA384:
        return find(SIGN_ECDSA, "SHA384");
    case NID_ecdsa_with_SHA512:
        return find(SIGN_ECDSA, "SHA512");
    case NID_ED25519:
        return crypto_scheme_find("ed25519");
    case NID_ED448:
        return crypto_scheme_find("ed448");
    default:
        return NULL;
    }
}

const struct crypto_scheme *crypto_scheme_read(struct crypto_bytes identifier)
{
    const uint8_t *at = identifier.data;
    const struct crypto_scheme *scheme = NULL;

    ERR_set_mark();
    X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &at, (long)identifier.len);
    if (algorithm != NULL && at == identifier.data + identifier.len) {
        scheme = read_algorithm(algorithm);
    }
    X509_ALGOR_free(algorithm);
    ERR_pop_to_mark();
    return scheme;
}

/* ---- choosing ---- */

bool crypto_scheme_fits(const struct crypto_scheme *scheme, enum crypto_key_kind kind)
{
    switch (kind) {
    case CRYPTO_KEY_RSA_2048:
    case CRYPTO_KEY_RSA_3072:
    case CRYPTO_KEY_RSA_4096:
        return scheme->family == SIGN_RSA || scheme->family == SIGN_RSA_PSS;
    case CRYPTO_KEY_ECDSA_256:
    case CRYPTO_KEY_ECDSA_384:
    case CRYPTO_KEY_ECDSA_521:
        return scheme->family == SIGN_ECDSA;
    case CRYPTO_KEY_ED25519:
        return scheme->family == SIGN_ED25519;
    case CRYPTO_KEY_ED448:
        return scheme->family == SIGN_ED448;
    case CRYPTO_KEY_NONE:
    case CRYPTO_KEY_KINDS:
        break;
    }
    return false;
}

/* The hash whose strength is the key's. */
static unsigned hash_for(enum crypto_key_kind kind)
{
    switch (kind) {
    case CRYPTO_KEY_RSA_4096:
    case CRYPTO_KEY_ECDSA_521:
        return CRYPTO_SIGN_SHA2_512;
    case CRYPTO_KEY_ECDSA_384:
        return CRYPTO_SIGN_SHA2_384;
    default:
        return CRYPTO_SIGN_SHA2_256;
    }
}

const struct crypto_scheme *crypto_scheme_for(enum crypto_key_kind kind, unsigned hashes)
{
    const struct crypto_scheme *best = NULL;
    unsigned wanted = hash_for(kind);

    for (size_t i = 0; i < SCHEMES; i++) {
        const struct crypto_scheme *scheme = &schemes[i];

        if (scheme->family == SIGN_RSA_PSS || scheme->hash == CRYPTO_SIGN_SHA1 ||
            !crypto_scheme_fits(scheme, kind) || (hashes & 1u << scheme->hash) == 0) {
            continue;
        }
        if (scheme->hash == wanted || best == NULL) {
            best = scheme;
        }
    }
    return best;
}
