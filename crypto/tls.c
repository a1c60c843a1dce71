#include "crypto/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "crypto/x509_internal.h"

enum { SENT_MAX = 16 }; /* certificates of a peer's chain that are looked at */

struct crypto_tls {
    struct crypto_context *ctx;
    struct crypto_tls_options own;
    SSL_CTX *ssl_ctx;
    SSL *ssl;
    BIO *in, *out; /* of `ssl` */
    uint8_t *output;
    size_t output_len;
    uint8_t *peer;
    size_t peer_len;
    struct crypto_x509_verdict verdict;
    struct crypto_ledger *ledger; /* of the step that runs */
};

/* ---- the peer's certificate ---- */

static size_t chain_of(X509_STORE_CTX *store, uint8_t *der[SENT_MAX],
                       struct crypto_bytes chain[SENT_MAX])
{
    const STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    size_t count = 0;

    for (int i = -1; i < sk_X509_num(sent) && count < SENT_MAX; i++) {
        X509 *x509 = i < 0 ? leaf : sk_X509_value(sent, i);
        if (x509 == NULL || (i >= 0 && X509_cmp(x509, leaf) == 0)) {
            continue;
        }
        der[count] = NULL;
        int len = i2d_X509(x509, &der[count]);
        if (len > 0) {
            chain[count] = crypto_bytes(der[count], (size_t)len);
            count++;
        }
    }
    return count;
}

/* In the place of OpenSSL's own judgement: the one that IKE's certificates get, at the same time.
 */
static int judge(X509_STORE_CTX *store, void *context)
{
    struct crypto_tls *tls = context;
    struct crypto_x509_question question = tls->own.trust;
    struct crypto_bytes chain[SENT_MAX];
    uint8_t *der[SENT_MAX];
    size_t count = chain_of(store, der, chain);

    question.chain = chain;
    question.chain_count = count;
    bool good = crypto_x509_check(tls->ctx, &question, &tls->verdict, tls->ledger);
    OPENSSL_free(tls->peer);
    tls->peer = count > 0 ? der[0] : NULL;
    tls->peer_len = count > 0 ? chain[0].len : 0;
    for (size_t i = 1; i < count; i++) {
        OPENSSL_free(der[i]);
    }
    if (!good) {
        X509_STORE_CTX_set_error(
            store, tls->verdict.result == CRYPTO_X509_UNKNOWN_CA
                       ? X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
                   : tls->verdict.result == CRYPTO_X509_EXPIRED ? X509_V_ERR_CERT_HAS_EXPIRED
                   : tls->verdict.result == CRYPTO_X509_REVOKED ? X509_V_ERR_CERT_REVOKED
                                                                : X509_V_ERR_CERT_REJECTED);
    }
    return good;
}

/* ---- life ---- */

static bool use_own(struct crypto_tls *tls)
{
    const struct crypto_tls_options *own = &tls->own;
    EVP_PKEY *key = sign_private_key(tls->ctx, own->key);
    X509 *leaf = own->cert_count > 0 ? x509_parse(tls->ctx, own->certs[0]) : NULL;
    bool good = key != NULL && leaf != NULL && SSL_CTX_use_certificate(tls->ssl_ctx, leaf) == 1 &&
                SSL_CTX_use_PrivateKey(tls->ssl_ctx, key) == 1;

    for (size_t i = 1; good && i < own->cert_count; i++) {
        X509 *above = x509_parse(tls->ctx, own->certs[i]);
        good = above != NULL && SSL_CTX_add1_chain_cert(tls->ssl_ctx, above) == 1;
        X509_free(above);
    }
    X509_free(leaf);
    return good;
}

/* A server names the authorities that it trusts (RFC 5246 §7.4.4). */
static bool name_authorities(struct crypto_tls *tls)
{
    const struct crypto_x509_question *trust = &tls->own.trust;
    bool good = true;

    for (size_t i = 0; good && tls->own.server && i < trust->anchor_count; i++) {
        X509 *anchor = x509_parse(tls->ctx, trust->anchors[i]);
        good = anchor != NULL && SSL_CTX_add_client_CA(tls->ssl_ctx, anchor) == 1;
        X509_free(anchor);
    }
    return good;
}

static bool set_up(struct crypto_tls *tls, const char **why)
{
    *why = "OpenSSL does not give TLS 1.2";
    tls->ssl_ctx = SSL_CTX_new_ex(tls->ctx->lib, NULL,
                                  tls->own.server ? TLS_server_method() : TLS_client_method());
    if (tls->ssl_ctx == NULL || !SSL_CTX_set_min_proto_version(tls->ssl_ctx, TLS1_2_VERSION) ||
        !SSL_CTX_set_max_proto_version(tls->ssl_ctx, TLS1_2_VERSION) ||
        !SSL_CTX_set_cipher_list(tls->ssl_ctx, "ECDHE+AESGCM") ||
        !SSL_CTX_set1_groups_list(tls->ssl_ctx, "X25519:P-256:P-384:P-521")) {
        return false;
    }
    SSL_CTX_set_options(tls->ssl_ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(tls->ssl_ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(tls->ssl_ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(tls->ssl_ctx, judge, tls);
    *why = "key and certificate do not go together";
    if (!use_own(tls) || !name_authorities(tls)) {
        return false;
    }
    *why = "OpenSSL failed";
    tls->ssl = SSL_new(tls->ssl_ctx);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL) {
        BIO_free(tls->in);
        BIO_free(tls->out);
        return false;
    }
    SSL_set_bio(tls->ssl, tls->in, tls->out); /* which owns them now */
    if (tls->own.server) {
        SSL_set_accept_state(tls->ssl);
    } else {
        SSL_set_connect_state(tls->ssl);
    }
    return true;
}

struct crypto_tls *crypto_tls_new(struct crypto_context *ctx,
                                  const struct crypto_tls_options *options,
                                  const struct crypto_entropy *entropy,
                                  const struct crypto_draw *draw, const char **why)
{
    struct crypto_tls *tls = OPENSSL_zalloc(sizeof *tls);

    *why = "memory";
    if (tls == NULL) {
        return NULL;
    }
    tls->ctx = ctx;
    tls->own = *options;
    ERR_set_mark();
    sign_begin(ctx, entropy, draw);
    bool good = set_up(tls, why);
    rand_stream_end(ctx->rand);
    ERR_pop_to_mark();
    if (good) {
        return tls;
    }
    crypto_tls_free(tls);
    return NULL;
}

void crypto_tls_free(struct crypto_tls *tls)
{
    if (tls == NULL) {
        return;
    }
    SSL_free(tls->ssl);
    SSL_CTX_free(tls->ssl_ctx);
    OPENSSL_free(tls->peer);
    OPENSSL_clear_free(tls->output, tls->output_len);
    OPENSSL_clear_free(tls, sizeof *tls);
}

/* ---- the handshake ---- */

static void take_output(struct crypto_tls *tls)
{
    size_t len = BIO_ctrl_pending(tls->out);

    OPENSSL_clear_free(tls->output, tls->output_len);
    tls->output = len > 0 ? OPENSSL_malloc(len) : NULL;
    tls->output_len = 0;
    if (tls->output != NULL) {
        int got = BIO_read(tls->out, tls->output, (int)len);
        tls->output_len = got > 0 ? (size_t)got : 0;
    }
}

/* Each end makes a key pair, derives, signs with its key and checks the other's signature. */
static void count_handshake(const struct crypto_tls *tls)
{
    const EVP_PKEY *own = sign_private_key(tls->ctx, tls->own.key);
    struct crypto_x509_facts facts;

    crypto_ledger_add(tls->ledger, CRYPTO_COST_KEYGEN, CRYPTO_KE_CURVE25519, 32);
    crypto_ledger_add(tls->ledger, CRYPTO_COST_DERIVE, CRYPTO_KE_CURVE25519, 32);
    if (own != NULL) {
        crypto_ledger_add(tls->ledger, CRYPTO_COST_SIGN, (uint16_t)sign_key_kind(own), 0);
    }
    if (crypto_x509_read(tls->ctx, crypto_bytes(tls->peer, tls->peer_len), &facts)) {
        crypto_ledger_add(tls->ledger, CRYPTO_COST_VERIFY, (uint16_t)facts.key, 0);
    }
}

static enum crypto_tls_state shake(struct crypto_tls *tls, struct crypto_bytes in, const char **why)
{
    *why = "OpenSSL failed";
    if (in.len > 0 && BIO_write(tls->in, in.data, (int)in.len) != (int)in.len) {
        return CRYPTO_TLS_FAILED;
    }
    int result = SSL_do_handshake(tls->ssl);
    if (result == 1) {
        return CRYPTO_TLS_DONE;
    }
    int error = SSL_get_error(tls->ssl, result);
    if (error == SSL_ERROR_WANT_READ) {
        return CRYPTO_TLS_GOES_ON;
    }
    *why = tls->peer != NULL && tls->verdict.result != CRYPTO_X509_GOOD
               ? tls->verdict.why
               : "the other end refuses TLS, or what it sent is none";
    return CRYPTO_TLS_FAILED;
}

enum crypto_tls_state crypto_tls_step(struct crypto_tls *tls, struct crypto_bytes in,
                                      const struct crypto_entropy *entropy,
                                      const struct crypto_draw *draw, struct crypto_ledger *ledger,
                                      const char **why)
{
    bool before = SSL_is_init_finished(tls->ssl) == 1;

    tls->ledger = ledger;
    ERR_set_mark();
    sign_begin(tls->ctx, entropy, draw);
    enum crypto_tls_state state = shake(tls, in, why);
    rand_stream_end(tls->ctx->rand);
    ERR_pop_to_mark();
    take_output(tls);
    if (state == CRYPTO_TLS_DONE && !before) {
        count_handshake(tls);
    }
    tls->ledger = NULL;
    return state;
}

struct crypto_bytes crypto_tls_output(const struct crypto_tls *tls)
{
    return crypto_bytes(tls->output, tls->output_len);
}

struct crypto_bytes crypto_tls_peer(const struct crypto_tls *tls,
                                    const struct crypto_x509_verdict **verdict)
{
    *verdict = &tls->verdict;
    return crypto_bytes(tls->peer, tls->peer_len);
}

bool crypto_tls_msk(const struct crypto_tls *tls, uint8_t msk[64])
{
    static const char label[] = "client EAP encryption";

    return SSL_is_init_finished(tls->ssl) &&
           SSL_export_keying_material(tls->ssl, msk, 64, label, sizeof label - 1, NULL, 0, 0) == 1;
}
