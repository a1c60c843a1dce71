/* Certificates and revocation lists made here: small, and the same each time. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "crypto/x509_internal.h"

/* OpenSSL's name of the hash that a key signs certificates with; NULL for EdDSA. */
static const EVP_MD *hash_of(const struct crypto_context *ctx, const EVP_PKEY *key)
{
    const struct crypto_scheme *scheme = crypto_scheme_for(sign_key_kind(key), ~0u);

    for (size_t i = 0; scheme != NULL && scheme->md != NULL && i < CONTEXT_MDS; i++) {
        if (strcmp(ctx->mds[i].name, scheme->md) == 0) {
            return ctx->mds[i].md;
        }
    }
    return NULL;
}

static bool set_name(X509_NAME *name, const char *common_name)
{
    return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const uint8_t *)"ikesim", -1, -1,
                                      0) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)common_name, -1,
                                      -1, 0);
}

/* Eight octets, the first bit of which is 0 and the second 1: positive, and always as long. */
static bool set_serial(X509 *x509, const struct crypto_entropy *entropy, struct crypto_draw draw)
{
    uint8_t octets[8];
    BIGNUM *serial;

    draw.field = CRYPTO_DRAW_SERIAL;
    crypto_entropy_fill(entropy, &draw, octets, sizeof octets);
    octets[0] = (uint8_t)((octets[0] & 0x7f) | 0x40);
    serial = BN_bin2bn(octets, sizeof octets, NULL);
    bool good = serial != NULL && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x509)) != NULL;
    BN_free(serial);
    return good;
}

static bool add(X509 *x509, int nid, void *value, int critical)
{
    return value != NULL && X509_add1_ext_i2d(x509, nid, value, critical, 0) == 1;
}

static bool add_constraints(X509 *x509, bool ca)
{
    BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();

    if (constraints != NULL) {
        constraints->ca = ca ? 0xff : 0;
    }
    bool good = add(x509, NID_basic_constraints, constraints, 1);
    BASIC_CONSTRAINTS_free(constraints);
    return good;
}

/* Bits of RFC 5280 §4.2.1.3: an authority signs certificates and lists, a host signs AUTH. */
static bool add_usage(X509 *x509, bool ca)
{
    ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
    bool good = usage != NULL &&
                (ca ? ASN1_BIT_STRING_set_bit(usage, 5, 1) && ASN1_BIT_STRING_set_bit(usage, 6, 1)
                    : ASN1_BIT_STRING_set_bit(usage, 0, 1)) &&
                add(x509, NID_key_usage, usage, 1);

    ASN1_BIT_STRING_free(usage);
    return good;
}

/* Key identifiers (RFC 5280 §4.2.1.2): the SHA-1 of the key, which tells authorities of one name
 * apart. */
static bool add_key_id(const struct crypto_context *ctx, X509 *x509, const X509 *issuer)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
    const EVP_MD *sha1 = ctx->mds[0].md;
    bool good = id != NULL && authority != NULL && X509_pubkey_digest(x509, sha1, hash, &len) &&
                ASN1_OCTET_STRING_set(id, hash, (int)len) &&
                add(x509, NID_subject_key_identifier, id, 0);

    if (good && issuer != NULL) {
        authority->keyid = ASN1_OCTET_STRING_new();
        good = authority->keyid != NULL && X509_pubkey_digest(issuer, sha1, hash, &len) &&
               ASN1_OCTET_STRING_set(authority->keyid, hash, (int)len) &&
               add(x509, NID_authority_key_identifier, authority, 0);
    }
    AUTHORITY_KEYID_free(authority);
    ASN1_OCTET_STRING_free(id);
    return good;
}

static GENERAL_NAME *general_of(const struct crypto_name *name)
{
    GENERAL_NAME *general = GENERAL_NAME_new();
    ASN1_STRING *string =
        name->type == CRYPTO_NAME_IP ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();

    if (general == NULL || string == NULL ||
        !ASN1_STRING_set(string, name->data.data, (int)name->data.len)) {
        ASN1_STRING_free(string);
        GENERAL_NAME_free(general);
        return NULL;
    }
    GENERAL_NAME_set0_value(general,
                            name->type == CRYPTO_NAME_IP    ? GEN_IPADD
                            : name->type == CRYPTO_NAME_DNS ? GEN_DNS
                                                            : GEN_EMAIL,
                            string);
    return general;
}

static bool add_names(X509 *x509, const struct crypto_x509_spec *spec)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    bool good = names != NULL;

    for (size_t i = 0; good && i < spec->name_count; i++) {
        GENERAL_NAME *general = general_of(&spec->names[i]);
        good = general != NULL && sk_GENERAL_NAME_push(names, general) > 0;
    }
    good = good && (spec->name_count == 0 || add(x509, NID_subject_alt_name, names, 0));
    GENERAL_NAMES_free(names);
    return good;
}

static bool fill(struct crypto_context *ctx, X509 *x509, const struct crypto_x509_spec *spec,
                 const X509 *issuer, EVP_PKEY *key)
{
    const X509 *above = issuer == NULL ? x509 : issuer;

    return X509_set_version(x509, 2) && set_name(X509_get_subject_name(x509), spec->common_name) &&
           X509_set_issuer_name(x509, X509_get_subject_name(above)) &&
           ASN1_TIME_set(X509_getm_notBefore(x509), (time_t)spec->not_before) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(x509), (time_t)spec->not_after) != NULL &&
           X509_set_pubkey(x509, key) && add_constraints(x509, spec->ca) &&
           add_usage(x509, spec->ca) && add_key_id(ctx, x509, issuer) && add_names(x509, spec);
}

size_t crypto_x509_make(struct crypto_context *ctx, const struct crypto_x509_spec *spec,
                        const struct crypto_entropy *entropy, const struct crypto_draw *draw,
                        uint8_t **certificate, const char **why)
{
    X509 *x509 = X509_new_ex(ctx->lib, NULL), *issuer = NULL;
    EVP_PKEY *key = sign_private_key(ctx, spec->key), *signer;
    int len = 0;

    *certificate = NULL;
    *why = "the private key cannot be read";
    ERR_set_mark();
    if (spec->issuer != NULL) {
        issuer = x509_parse(ctx, spec->issuer->certificate);
    }
    if (x509 == NULL || key == NULL || (spec->issuer != NULL && issuer == NULL)) {
        goto out;
    }
    *why = "OpenSSL does not make the certificate";
    if (!fill(ctx, x509, spec, issuer, key) || !set_serial(x509, entropy, *draw)) {
        goto out;
    }
    signer = sign_private_key(ctx, spec->issuer == NULL ? spec->key : spec->issuer->key);
    if (signer == NULL) {
        goto out;
    }
    sign_begin(ctx, entropy, draw);
    if (X509_sign(x509, signer, hash_of(ctx, signer)) > 0) {
        len = i2d_X509(x509, certificate);
    }
    rand_stream_end(ctx->rand);
out:
    ERR_pop_to_mark();
    X509_free(issuer);
    X509_free(x509);
    return len > 0 ? (size_t)len : 0;
}

static bool add_revoked(X509_CRL *crl, const X509 *x509, int64_t at)
{
    X509_REVOKED *revoked = X509_REVOKED_new();
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)at);
    bool good =
        revoked != NULL && time != NULL &&
        X509_REVOKED_set_serialNumber(revoked,
                                      (ASN1_INTEGER *)(uintptr_t)X509_get0_serialNumber(x509)) &&
        X509_REVOKED_set_revocationDate(revoked, time) && X509_CRL_add0_revoked(crl, revoked);

    if (!good) {
        X509_REVOKED_free(revoked);
    }
    ASN1_TIME_free(time);
    return good;
}

static bool fill_crl(struct crypto_context *ctx, X509_CRL *crl, const struct crypto_crl_spec *spec,
                     const X509 *issuer)
{
    ASN1_TIME *this_update = ASN1_TIME_set(NULL, (time_t)spec->this_update);
    ASN1_TIME *next_update = ASN1_TIME_set(NULL, (time_t)spec->next_update);
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    bool good = this_update != NULL && next_update != NULL && number != NULL &&
                ASN1_INTEGER_set(number, 1) && X509_CRL_set_version(crl, 1) &&
                X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) &&
                X509_CRL_set1_lastUpdate(crl, this_update) &&
                X509_CRL_set1_nextUpdate(crl, next_update) &&
                X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1;

    for (size_t i = 0; good && i < spec->revoked_count; i++) {
        X509 *x509 = x509_parse(ctx, spec->revoked[i]);
        good = x509 != NULL && add_revoked(crl, x509, spec->revoked_at);
        X509_free(x509);
    }
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(next_update);
    ASN1_TIME_free(this_update);
    return good && X509_CRL_sort(crl);
}

size_t crypto_crl_make(struct crypto_context *ctx, const struct crypto_crl_spec *spec,
                       const struct crypto_entropy *entropy, const struct crypto_draw *draw,
                       uint8_t **crl, const char **why)
{
    X509_CRL *list = X509_CRL_new_ex(ctx->lib, NULL);
    X509 *issuer = x509_parse(ctx, spec->issuer->certificate);
    EVP_PKEY *signer = sign_private_key(ctx, spec->issuer->key);
    int len = 0;

    *crl = NULL;
    *why = "OpenSSL does not make the revocation list";
    ERR_set_mark();
    if (list != NULL && issuer != NULL && signer != NULL && fill_crl(ctx, list, spec, issuer)) {
        sign_begin(ctx, entropy, draw);
        if (X509_CRL_sign(list, signer, hash_of(ctx, signer)) > 0) {
            len = i2d_X509_CRL(list, crl);
        }
        rand_stream_end(ctx->rand);
    }
    ERR_pop_to_mark();
    X509_free(issuer);
    X509_CRL_free(list);
    return len > 0 ? (size_t)len : 0;
}
