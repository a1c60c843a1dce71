#include "crypto/x509.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "crypto/x509_internal.h"

X509 *x509_parse(struct crypto_context *ctx, struct crypto_bytes der)
{
    const uint8_t *at = der.data;
    X509 *certificate = X509_new_ex(ctx->lib, NULL);

    ERR_set_mark();
    if (certificate != NULL &&
        (d2i_X509(&certificate, &at, (long)der.len) == NULL || at != der.data + der.len)) {
        X509_free(certificate);
        certificate = NULL;
    }
    ERR_pop_to_mark();
    return certificate;
}

X509_CRL *x509_parse_crl(struct crypto_context *ctx, struct crypto_bytes der)
{
    const uint8_t *at = der.data;
    X509_CRL *crl = X509_CRL_new_ex(ctx->lib, NULL);

    ERR_set_mark();
    if (crl != NULL &&
        (d2i_X509_CRL(&crl, &at, (long)der.len) == NULL || at != der.data + der.len)) {
        X509_CRL_free(crl);
        crl = NULL;
    }
    ERR_pop_to_mark();
    return crl;
}

/* ---- facts ---- */

static void print_name(const X509_NAME *name, char text[CRYPTO_X509_TEXT])
{
    BIO *out = BIO_new(BIO_s_mem());
    int len = 0;

    if (out != NULL &&
        X509_NAME_print_ex(out, name, 0, XN_FLAG_ONELINE & ~(unsigned long)XN_FLAG_SPC_EQ) >= 0) {
        len = BIO_read(out, text, CRYPTO_X509_TEXT - 1);
    }
    text[len > 0 ? len : 0] = '\0';
    BIO_free(out);
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;

    if (epoch != NULL && !ASN1_TIME_diff(&days, &seconds, epoch, time)) {
        days = seconds = 0;
    }
    ASN1_TIME_free(epoch);
    return (int64_t)days * 86400 + seconds;
}

static void print_serial(const X509 *certificate, char text[64])
{
    BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *hex = serial == NULL ? NULL : BN_bn2hex(serial);

    snprintf(text, 64, "%s", hex == NULL ? "" : hex);
    OPENSSL_free(hex);
    BN_free(serial);
}

bool crypto_x509_read(struct crypto_context *ctx, struct crypto_bytes certificate,
                      struct crypto_x509_facts *facts)
{
    X509 *x509 = x509_parse(ctx, certificate);
    EVP_PKEY *key;

    *facts = (struct crypto_x509_facts){0};
    if (x509 == NULL) {
        return false;
    }
    ERR_set_mark();
    print_name(X509_get_subject_name(x509), facts->subject);
    print_name(X509_get_issuer_name(x509), facts->issuer);
    print_serial(x509, facts->serial);
    facts->not_before = seconds_of(X509_get0_notBefore(x509));
    facts->not_after = seconds_of(X509_get0_notAfter(x509));
    key = X509_get0_pubkey(x509);
    facts->key = key == NULL ? CRYPTO_KEY_NONE : sign_key_kind(key);
    facts->ca = X509_check_ca(x509) != 0;
    ERR_pop_to_mark();
    X509_free(x509);
    return true;
}

size_t crypto_x509_public_key(struct crypto_context *ctx, struct crypto_bytes certificate,
                              uint8_t **public)
{
    X509 *x509 = x509_parse(ctx, certificate);
    int len;

    *public = NULL;
    len = x509 == NULL ? 0 : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), public);
    X509_free(x509);
    return len > 0 ? (size_t)len : 0;
}

size_t crypto_x509_subject(struct crypto_context *ctx, struct crypto_bytes certificate,
                           uint8_t **subject)
{
    X509 *x509 = x509_parse(ctx, certificate);
    int len;

    *subject = NULL;
    len = x509 == NULL ? 0 : i2d_X509_NAME(X509_get_subject_name(x509), subject);
    X509_free(x509);
    return len > 0 ? (size_t)len : 0;
}

bool crypto_x509_key_hash(struct crypto_context *ctx, struct crypto_bytes certificate,
                          uint8_t hash[20])
{
    uint8_t *public = NULL;
    size_t len = crypto_x509_public_key(ctx, certificate, &public);
    bool good = len > 0 && EVP_Q_digest(ctx->lib, "SHA1", NULL, public, len, hash, NULL);

    crypto_octets_free(public, len);
    return good;
}

/* ---- names ---- */

static bool same_octets(const ASN1_STRING *string, struct crypto_bytes data, bool fold_case)
{
    const uint8_t *octets = ASN1_STRING_get0_data(string);

    if (ASN1_STRING_length(string) != (int)data.len) {
        return false;
    }
    if (!fold_case) {
        return memcmp(octets, data.data, data.len) == 0;
    }
    return OPENSSL_strncasecmp((const char *)octets, (const char *)data.data, data.len) == 0;
}

static bool is_general(const GENERAL_NAME *general, const struct crypto_name *name)
{
    switch (name->type) {
    case CRYPTO_NAME_DNS:
        return general->type == GEN_DNS && same_octets(general->d.dNSName, name->data, true);
    case CRYPTO_NAME_EMAIL:
        return general->type == GEN_EMAIL && same_octets(general->d.rfc822Name, name->data, false);
    case CRYPTO_NAME_IP:
        return general->type == GEN_IPADD && same_octets(general->d.iPAddress, name->data, false);
    case CRYPTO_NAME_DN:
        break;
    }
    return false;
}

static bool has_subject(const X509 *x509, struct crypto_bytes dn)
{
    const uint8_t *at = dn.data;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)dn.len);
    bool same = name != NULL && at == dn.data + dn.len &&
                X509_NAME_cmp(name, X509_get_subject_name(x509)) == 0;

    X509_NAME_free(name);
    return same;
}

static bool has_general(const X509 *x509, const struct crypto_name *name)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    bool found = false;

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        found = found || is_general(sk_GENERAL_NAME_value(names, i), name);
    }
    GENERAL_NAMES_free(names);
    return found;
}

bool crypto_x509_is_for(struct crypto_context *ctx, struct crypto_bytes certificate,
                        const struct crypto_name *name)
{
    X509 *x509 = x509_parse(ctx, certificate);
    bool found = false;

    ERR_set_mark();
    if (x509 != NULL) {
        found =
            name->type == CRYPTO_NAME_DN ? has_subject(x509, name->data) : has_general(x509, name);
    }
    ERR_pop_to_mark();
    X509_free(x509);
    return found;
}

/* ---- PEM ---- */

/* Nobody is asked for the passphrase of an encrypted key: OpenSSL would, at the terminal. */
static int no_passphrase(char *text, int cap, int writing, void *context)
{
    (void)text;
    (void)cap;
    (void)writing;
    (void)context;
    return -1;
}

/* Any private key as PKCS #8. */
static size_t read_key(struct crypto_context *ctx, BIO *in, bool pem, uint8_t **der)
{
    EVP_PKEY *key = pem ? PEM_read_bio_PrivateKey_ex(in, NULL, no_passphrase, NULL, ctx->lib, NULL)
                        : d2i_PrivateKey_ex_bio(in, NULL, ctx->lib, NULL);
    PKCS8_PRIV_KEY_INFO *info = key == NULL ? NULL : EVP_PKEY2PKCS8(key);
    int len = info == NULL ? 0 : i2d_PKCS8_PRIV_KEY_INFO(info, der);

    PKCS8_PRIV_KEY_INFO_free(info);
    EVP_PKEY_free(key);
    return len > 0 ? (size_t)len : 0;
}

/* The next block of that label; those of others are passed over. */
static size_t read_block(BIO *in, const char *label, uint8_t **der)
{
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long len = 0;
    size_t found = 0;

    while (found == 0 && PEM_read_bio(in, &name, &header, &data, &len)) {
        if (strcmp(name, label) == 0) {
            *der = OPENSSL_memdup(data, (size_t)len);
            found = *der == NULL ? 0 : (size_t)len;
        }
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(data);
    }
    return found;
}

static bool is_pem(struct crypto_bytes text)
{
    static const char mark[] = "-----BEGIN ";

    for (size_t i = 0; i + sizeof mark <= text.len; i++) {
        if (memcmp(text.data + i, mark, sizeof mark - 1) == 0) {
            return true;
        }
    }
    return false;
}

size_t crypto_pem_read(struct crypto_context *ctx, const char *label, struct crypto_bytes text,
                       struct crypto_bytes *rest, uint8_t **der)
{
    bool pem = is_pem(text), key = strcmp(label, "PRIVATE KEY") == 0;
    BIO *in = text.len > 0 ? BIO_new_mem_buf(text.data, (int)text.len) : NULL;
    size_t len = 0, left = 0;

    *der = NULL;
    ERR_set_mark();
    if (in != NULL && key) {
        len = read_key(ctx, in, pem, der);
    } else if (in != NULL && pem) {
        len = read_block(in, label, der);
        left = BIO_ctrl_pending(in);
    } else if (in != NULL) {
        *der = OPENSSL_memdup(text.data, text.len);
        len = *der == NULL ? 0 : text.len;
    }
    BIO_free(in);
    ERR_pop_to_mark();
    if (rest != NULL) {
        *rest = crypto_bytes(text.data + text.len - left, left);
    }
    return len;
}

/* ---- checking ---- */

const char *crypto_x509_result_name(enum crypto_x509_result result)
{
    static const char *const names[] = {
        [CRYPTO_X509_GOOD] = "good",
        [CRYPTO_X509_MALFORMED] = "malformed",
        [CRYPTO_X509_UNKNOWN_CA] = "unknown_ca",
        [CRYPTO_X509_EXPIRED] = "expired",
        [CRYPTO_X509_NOT_YET_VALID] = "not_yet_valid",
        [CRYPTO_X509_REVOKED] = "revoked",
        [CRYPTO_X509_NO_CRL] = "no_crl",
        [CRYPTO_X509_CRL_EXPIRED] = "crl_expired",
        [CRYPTO_X509_BAD_SIGNATURE] = "bad_signature",
        [CRYPTO_X509_INVALID] = "invalid",
    };
    return names[result];
}

static enum crypto_x509_result result_of(int error, const char **why)
{
    switch (error) {
    case X509_V_OK:
        *why = "it leads to a trusted authority, is valid now and not revoked";
        return CRYPTO_X509_GOOD;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        *why = "it leads to no authority that is trusted here";
        return CRYPTO_X509_UNKNOWN_CA;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        *why = "its validity is over";
        return CRYPTO_X509_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        *why = "its validity has not begun";
        return CRYPTO_X509_NOT_YET_VALID;
    case X509_V_ERR_CERT_REVOKED:
        *why = "its authority has revoked it";
        return CRYPTO_X509_REVOKED;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
        *why = "there is no revocation list of its authority, and one is demanded";
        return CRYPTO_X509_NO_CRL;
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
        *why = "the revocation list of its authority is not of this time";
        return CRYPTO_X509_CRL_EXPIRED;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
        *why = "a signature of the chain is wrong";
        return CRYPTO_X509_BAD_SIGNATURE;
    default:
        *why = X509_verify_cert_error_string(error);
        return CRYPTO_X509_INVALID;
    }
}

/* Without `strict`, a missing or outdated list is no reason to refuse: what it does not say, nobody
 * knows. */
static int forgive(int good, X509_STORE_CTX *store)
{
    if (good) {
        return 1;
    }
    switch (X509_STORE_CTX_get_error(store)) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    default:
        return 0;
    }
}

struct pile {
    X509 *leaf;
    STACK_OF(X509) * sent;
    STACK_OF(X509) * anchors;
    STACK_OF(X509_CRL) * crls;
};

static void pile_free(struct pile *pile)
{
    X509_free(pile->leaf);
    sk_X509_pop_free(pile->sent, X509_free);
    sk_X509_pop_free(pile->anchors, X509_free);
    sk_X509_CRL_pop_free(pile->crls, X509_CRL_free);
}

static void push(struct crypto_context *ctx, STACK_OF(X509) * stack, struct crypto_bytes der)
{
    X509 *x509 = x509_parse(ctx, der);

    if (x509 != NULL && !sk_X509_push(stack, x509)) {
        X509_free(x509);
    }
}

/* What cannot be read is left out: it helps nobody. False if the peer's own certificate is such. */
static bool gather(struct crypto_context *ctx, const struct crypto_x509_question *question,
                   struct pile *pile)
{
    *pile = (struct pile){
        .sent = sk_X509_new_null(), .anchors = sk_X509_new_null(), .crls = sk_X509_CRL_new_null()};
    if (pile->sent == NULL || pile->anchors == NULL || pile->crls == NULL) {
        return false;
    }
    if (question->chain_count > 0) {
        pile->leaf = x509_parse(ctx, question->chain[0]);
    }
    for (size_t i = 1; i < question->chain_count; i++) {
        push(ctx, pile->sent, question->chain[i]);
    }
    for (size_t i = 0; i < question->anchor_count; i++) {
        push(ctx, pile->anchors, question->anchors[i]);
    }
    for (size_t i = 0; i < question->crl_count; i++) {
        X509_CRL *crl = x509_parse_crl(ctx, question->crls[i]);
        if (crl != NULL && !sk_X509_CRL_push(pile->crls, crl)) {
            X509_CRL_free(crl);
        }
    }
    return pile->leaf != NULL;
}

/* A signature of each certificate below the anchor was checked, with the key of the one above. */
static void count_signatures(const X509_STORE_CTX *store, struct crypto_ledger *ledger)
{
    const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(store);

    for (int i = 1; i < sk_X509_num(chain); i++) {
        const EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(chain, i));
        if (key != NULL) {
            crypto_ledger_add(ledger, CRYPTO_COST_VERIFY, (uint16_t)sign_key_kind(key), 0);
        }
    }
}

/* RFC 4945 §5.1.3.2: a key that signs for its holder has to be one for that, if its certificate
 * says at all what it is for. */
static bool may_sign(X509 *leaf)
{
    return (X509_get_key_usage(leaf) & (X509v3_KU_DIGITAL_SIGNATURE | X509v3_KU_NON_REPUDIATION)) !=
           0;
}

static void verify(struct crypto_context *ctx, const struct crypto_x509_question *question,
                   const struct pile *pile, struct crypto_x509_verdict *verdict,
                   struct crypto_ledger *ledger)
{
    X509_STORE *anchors = X509_STORE_new();
    X509_STORE_CTX *store = X509_STORE_CTX_new_ex(ctx->lib, NULL);

    if (anchors == NULL || store == NULL ||
        !X509_STORE_CTX_init(store, anchors, pile->leaf, pile->sent)) {
        goto out;
    }
    X509_STORE_CTX_set0_trusted_stack(store, pile->anchors);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(store);
    X509_VERIFY_PARAM_set_time(param, (time_t)question->time);
    if (question->strict || question->crl_count > 0) {
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }
    X509_STORE_CTX_set0_crls(store, pile->crls);
    if (!question->strict) {
        X509_STORE_CTX_set_verify_cb(store, forgive);
    }
    bool good = X509_verify_cert(store) == 1;
    int error = X509_STORE_CTX_get_error(store);
    verdict->result = result_of(good ? X509_V_OK : error, &verdict->why);
    verdict->depth = good ? 0 : X509_STORE_CTX_get_error_depth(store);
    if (good && !may_sign(pile->leaf)) {
        verdict->result = CRYPTO_X509_INVALID;
        verdict->why = "its key is not one for signatures";
    }
    verdict->length = sk_X509_num(X509_STORE_CTX_get0_chain(store));
    if (verdict->length < 0) {
        verdict->length = 0;
    }
    count_signatures(store, ledger);
out:
    X509_STORE_CTX_free(store);
    X509_STORE_free(anchors);
}

bool crypto_x509_check(struct crypto_context *ctx, const struct crypto_x509_question *question,
                       struct crypto_x509_verdict *verdict, struct crypto_ledger *ledger)
{
    struct pile pile;

    *verdict = (struct crypto_x509_verdict){.result = CRYPTO_X509_MALFORMED,
                                            .why = "it is no certificate that can be read"};
    ERR_set_mark();
    if (gather(ctx, question, &pile)) {
        verify(ctx, question, &pile, verdict, ledger);
    }
    pile_free(&pile);
    ERR_pop_to_mark();
    return verdict->result == CRYPTO_X509_GOOD;
}
