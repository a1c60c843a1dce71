/*
 * Key encapsulation (ML-KEM, FIPS 203) as a key exchange: the initiator sends an encapsulation key,
 * the responder a ciphertext, and the secret is in it. OpenSSL has it from 3.5 on, and is asked
 * when the program runs. draft-ietf-ipsecme-ikev2-mlkem was not at hand: that KEi is the
 * encapsulation key and KEr the ciphertext, as they are, and the secret goes into the keys as g^ir
 * would, is built from memory of it.
 *
 * What is drawn, "the scalar", is the key of the stream from which OpenSSL takes its random
 * numbers: so the same draw gives the same decapsulation key, however OpenSSL makes it.
 */
#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <string.h>

#include "crypto/kex_method.h"

static size_t kem_private_len(const struct crypto_transform *ke)
{
    (void)ke;
    return RAND_STREAM_KEY_LEN;
}

static bool kem_fit(const struct crypto_context *ctx, const struct crypto_transform *ke,
                    uint8_t *scalar)
{
    (void)ctx;
    (void)ke;
    (void)scalar;
    return true;
}

/* The key pair of a scalar. */
static EVP_PKEY *make_pair(struct crypto_context *ctx, const struct crypto_transform *ke,
                           const uint8_t *scalar)
{
    EVP_PKEY_CTX *generator = EVP_PKEY_CTX_new_from_name(ctx->lib, ke->openssl, NULL);
    EVP_PKEY *pair = NULL;

    rand_stream_end(ctx->rand);
    rand_stream_begin(ctx->rand, scalar);
    if (generator == NULL || EVP_PKEY_keygen_init(generator) <= 0 ||
        EVP_PKEY_generate(generator, &pair) <= 0) {
        pair = NULL;
    }
    EVP_PKEY_CTX_free(generator);
    return pair;
}

static enum kex_result kem_make_public(struct crypto_context *ctx,
                                       const struct crypto_transform *ke, const uint8_t *scalar,
                                       uint8_t *public)
{
    EVP_PKEY *pair = make_pair(ctx, ke, scalar);
    unsigned char *encoded = NULL;
    size_t len = pair != NULL ? EVP_PKEY_get1_encoded_public_key(pair, &encoded) : 0;
    bool made = encoded != NULL && len == ke->public_len;

    if (made) {
        memcpy(public, encoded, len);
    }
    OPENSSL_free(encoded);
    EVP_PKEY_free(pair);
    return made ? KEX_OK : KEX_FAILED;
}

/* The initiator: `peer` is the ciphertext. A ciphertext of the right length always has a secret,
 * though it may be one that nobody else has (FIPS 203 §6.3). */
static enum kex_result kem_derive(struct crypto_context *ctx, const struct crypto_transform *ke,
                                  const uint8_t *scalar, const uint8_t *peer, uint8_t *secret,
                                  const char **why)
{
    EVP_PKEY *pair = make_pair(ctx, ke, scalar);
    EVP_PKEY_CTX *opener = pair != NULL ? EVP_PKEY_CTX_new_from_pkey(ctx->lib, pair, NULL) : NULL;
    size_t len = ke->secret_len;
    bool opened = opener != NULL && EVP_PKEY_decapsulate_init(opener, NULL) > 0 &&
                  EVP_PKEY_decapsulate(opener, secret, &len, peer, ke->answer_len) > 0 &&
                  len == ke->secret_len;

    EVP_PKEY_CTX_free(opener);
    EVP_PKEY_free(pair);
    *why = "the ciphertext cannot be opened";
    return opened ? KEX_OK : KEX_REFUSED;
}

const struct kex_method kex_kem = {
    .private_len = kem_private_len,
    .fit = kem_fit,
    .make_public = kem_make_public,
    .derive = kem_derive,
};

/* The peer's encapsulation key; NULL if it is none (FIPS 203 §7.2). */
static EVP_PKEY *import(struct crypto_context *ctx, const struct crypto_transform *ke,
                        const uint8_t *public)
{
    EVP_PKEY_CTX *import = EVP_PKEY_CTX_new_from_name(ctx->lib, ke->openssl, NULL);
    EVP_PKEY *key = NULL;
    /* OpenSSL's parameters have no const; an import reads. */
    OSSL_PARAM parts[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t) public,
                                          ke->public_len),
        OSSL_PARAM_construct_end(),
    };

    if (import == NULL || EVP_PKEY_fromdata_init(import) <= 0 ||
        EVP_PKEY_fromdata(import, &key, EVP_PKEY_PUBLIC_KEY, parts) <= 0) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(import);
    return key;
}

int kex_kem_encapsulate(struct crypto_context *ctx, const struct crypto_transform *ke,
                        const uint8_t *scalar, const uint8_t *peer, uint8_t *ciphertext,
                        uint8_t *secret, const char **why)
{
    size_t len = ke->answer_len, secret_len = ke->secret_len;
    EVP_PKEY_CTX *closer;
    EVP_PKEY *key;
    bool closed;

    ERR_set_mark();
    rand_stream_begin(ctx->rand, scalar);
    key = import(ctx, ke, peer);
    closer = key != NULL ? EVP_PKEY_CTX_new_from_pkey(ctx->lib, key, NULL) : NULL;
    closed = closer != NULL && EVP_PKEY_encapsulate_init(closer, NULL) > 0 &&
             EVP_PKEY_encapsulate(closer, ciphertext, &len, secret, &secret_len) > 0 &&
             len == ke->answer_len && secret_len == ke->secret_len;
    rand_stream_end(ctx->rand);
    ERR_pop_to_mark();
    EVP_PKEY_CTX_free(closer);
    EVP_PKEY_free(key);
    *why = closed ? NULL : "the encapsulation key is none (FIPS 203 §7.2)";
    return closed ? 0 : -1;
}

bool crypto_kem_is_in(struct crypto_context *ctx, const struct crypto_transform *ke)
{
    EVP_KEM *kem;

    assert(ke->kem);
    ERR_set_mark();
    kem = EVP_KEM_fetch(ctx->lib, ke->openssl, NULL);
    ERR_pop_to_mark();
    EVP_KEM_free(kem);
    return kem != NULL;
}

bool crypto_kem_is_offered(const struct crypto_transform *ke)
{
    char why[128];
    struct crypto_context *ctx = crypto_context_new(why, sizeof why);
    bool offered = ctx != NULL && crypto_kem_is_in(ctx, ke);

    crypto_context_free(ctx);
    return offered;
}
