/* The library context's own randomness (docs/design.md, "Deterministic crypto"): what OpenSSL draws
 * for itself comes from a stream that is keyed anew for each operation, in every thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>

#include "crypto/context_internal.h"
#include "crypto/kex.h"
#include "tests/crypto/support.h"

static const uint8_t key_1[RAND_STREAM_KEY_LEN] = {1};
static const uint8_t key_2[RAND_STREAM_KEY_LEN] = {2};

static void every_rand_of_the_context_is_ours_and_the_default_one_is_not(void **state)
{
    struct crypto_context *ctx = context_or_die();
    EVP_RAND_CTX *rands[] = {RAND_get0_primary(ctx->lib), RAND_get0_public(ctx->lib),
                             RAND_get0_private(ctx->lib)};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(rands[i]);
        assert_string_equal(EVP_RAND_get0_name(EVP_RAND_CTX_get0_rand(rands[i])), "IKESIM-STREAM");
    }
    assert_string_not_equal(EVP_RAND_get0_name(EVP_RAND_CTX_get0_rand(RAND_get0_private(NULL))),
                            "IKESIM-STREAM");
    crypto_context_free(ctx);
}

static void a_draw_outside_of_an_operation_is_refused(void **state)
{
    struct crypto_context *ctx = context_or_die();
    uint8_t out[16];

    (void)state;
    assert_true(RAND_priv_bytes_ex(ctx->lib, out, sizeof out, 0) <= 0);
    assert_true(RAND_bytes_ex(ctx->lib, out, sizeof out, 0) <= 0);
    rand_stream_begin(ctx->rand, key_1);
    assert_int_equal(RAND_priv_bytes_ex(ctx->lib, out, sizeof out, 0), 1);
    rand_stream_end(ctx->rand);
    assert_true(RAND_priv_bytes_ex(ctx->lib, out, sizeof out, 0) <= 0);
    crypto_context_free(ctx);
}

/* The key stream, computed apart: ChaCha20 of zeros, counter and nonce zero (RFC 8439 §2.4). */
static void chacha20_stream(const uint8_t key[RAND_STREAM_KEY_LEN], uint8_t *out, int len)
{
    static const uint8_t iv[16];
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int written;

    memset(out, 0, (size_t)len);
    assert_int_equal(EVP_EncryptInit_ex(cipher, EVP_chacha20(), NULL, key, iv), 1);
    assert_int_equal(EVP_EncryptUpdate(cipher, out, &written, out, len), 1);
    EVP_CIPHER_CTX_free(cipher);
}

static void draws_are_the_octets_of_chacha20_under_the_key(void **state)
{
    struct crypto_context *ctx = context_or_die();
    uint8_t expected[300];
    uint8_t out[300];

    (void)state;
    chacha20_stream(key_1, expected, sizeof expected);
    rand_stream_begin(ctx->rand, key_1);
    assert_int_equal(RAND_priv_bytes_ex(ctx->lib, out, 100, 0), 1);
    assert_int_equal(RAND_bytes_ex(ctx->lib, out + 100, 200, 0), 1);
    rand_stream_end(ctx->rand);
    assert_memory_equal(out, expected, sizeof out);
    crypto_context_free(ctx);
}

static void an_operation_does_not_depend_on_how_much_the_one_before_drew(void **state)
{
    struct crypto_context *ctx = context_or_die();
    static const size_t before[] = {0, 1, 63, 64, 65, 4000};
    uint8_t first[32];
    uint8_t other[32];
    uint8_t out[4000];

    (void)state;
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        rand_stream_begin(ctx->rand, key_2);
        if (before[i] > 0) {
            assert_int_equal(RAND_priv_bytes_ex(ctx->lib, out, before[i], 0), 1);
        }
        rand_stream_end(ctx->rand);
        rand_stream_begin(ctx->rand, key_1);
        assert_int_equal(RAND_priv_bytes_ex(ctx->lib, i == 0 ? first : out, 32, 0), 1);
        rand_stream_end(ctx->rand);
        if (i > 0) {
            assert_memory_equal(out, first, 32);
        }
    }
    rand_stream_begin(ctx->rand, key_2);
    assert_int_equal(RAND_priv_bytes_ex(ctx->lib, other, 32, 0), 1);
    rand_stream_end(ctx->rand);
    assert_memory_not_equal(other, first, 32);
    crypto_context_free(ctx);
}

/* A key pair and a signature of OpenSSL's own making: the private key and ECDSA's k are drawn. */
static size_t generate_and_sign(struct crypto_context *ctx, const uint8_t key[RAND_STREAM_KEY_LEN],
                                uint8_t signature[256])
{
    size_t len = 256;
    EVP_MD_CTX *md = EVP_MD_CTX_new();

    rand_stream_begin(ctx->rand, key);
    EVP_PKEY *pair = EVP_PKEY_Q_keygen(ctx->lib, NULL, "EC", "P-256");
    assert_non_null(pair);
    assert_int_equal(EVP_DigestSignInit_ex(md, NULL, "SHA256", ctx->lib, NULL, pair, NULL), 1);
    assert_int_equal(EVP_DigestSign(md, signature, &len, (const uint8_t *)"message", 7), 1);
    rand_stream_end(ctx->rand);
    EVP_PKEY_free(pair);
    EVP_MD_CTX_free(md);
    return len;
}

static void what_openssl_draws_for_itself_is_reproducible(void **state)
{
    struct crypto_context *one = context_or_die();
    struct crypto_context *two = context_or_die();
    uint8_t a[256], b[256], c[256];

    (void)state;
    size_t a_len = generate_and_sign(one, key_1, a);
    size_t c_len = generate_and_sign(one, key_2, c);
    size_t b_len = generate_and_sign(two, key_1, b);
    assert_int_equal(a_len, b_len);
    assert_memory_equal(a, b, a_len);
    assert_true(a_len != c_len || memcmp(a, c, a_len) != 0);
    crypto_context_free(one);
    crypto_context_free(two);
}

/* All that a thread makes of the same draws. */
struct made {
    uint8_t publics[4][256];
    uint8_t secrets[4][256];
    uint8_t signature[256];
    size_t signature_len;
};

static void *make_all(void *data)
{
    static const uint16_t groups[4] = {CRYPTO_KE_CURVE25519, CRYPTO_KE_ECP_256, CRYPTO_KE_ECP_384,
                                       CRYPTO_KE_MODP_2048};
    const struct crypto_draw alice = {.entity = 1, .sa = 77, .exchange = 34};
    const struct crypto_draw bob = {.entity = 2, .sa = 77, .exchange = 34};
    struct made *made = data;
    struct crypto_context *ctx = context_or_die();

    for (size_t i = 0; i < 4; i++) {
        const struct crypto_transform *ke = crypto_transform_find(CRYPTO_KE, groups[i]);
        struct crypto_kex *a = crypto_kex_new(ctx, ke, &identity_entropy, &alice, NULL);
        struct crypto_kex *b = crypto_kex_new(ctx, ke, &identity_entropy, &bob, NULL);
        uint8_t secret[CRYPTO_KEX_SECRET_MAX];
        size_t len = 0;
        const char *why;
        if (a != NULL && b != NULL &&
            crypto_kex_derive(a, crypto_kex_public(b), secret, &len, NULL, &why) == 0) {
            memcpy(made->publics[i], crypto_kex_public(a).data, crypto_kex_public(a).len);
            memcpy(made->secrets[i], secret, len);
        }
        crypto_kex_free(a);
        crypto_kex_free(b);
    }
    made->signature_len = generate_and_sign(ctx, key_1, made->signature);
    crypto_context_free(ctx);
    return NULL;
}

static void the_same_draws_give_the_same_keys_in_every_thread(void **state)
{
    static struct made here;
    static struct made there[2];
    static const uint8_t nothing[256];
    pthread_t threads[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, make_all, &there[i]), 0);
    }
    make_all(&here);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_memory_not_equal(here.secrets[i], nothing, 32);
    }
    assert_memory_equal(&there[0], &here, sizeof here);
    assert_memory_equal(&there[1], &here, sizeof here);
}

static void contexts_of_one_thread_take_turns(void **state)
{
    struct crypto_context *one = context_or_die();
    struct crypto_context *two = context_or_die();
    uint8_t a[32], b[32];

    (void)state;
    rand_stream_begin(one->rand, key_1);
    assert_int_equal(RAND_priv_bytes_ex(one->lib, a, 32, 0), 1);
    rand_stream_end(one->rand);
    rand_stream_begin(two->rand, key_1);
    assert_int_equal(RAND_priv_bytes_ex(two->lib, b, 32, 0), 1);
    rand_stream_end(two->rand);
    assert_memory_equal(a, b, 32);
    crypto_context_free(one);
    assert_true(strncmp(crypto_openssl_version(), "OpenSSL 3.", 10) == 0);
    crypto_context_free(two);
    crypto_context_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rand_of_the_context_is_ours_and_the_default_one_is_not),
        cmocka_unit_test(a_draw_outside_of_an_operation_is_refused),
        cmocka_unit_test(draws_are_the_octets_of_chacha20_under_the_key),
        cmocka_unit_test(an_operation_does_not_depend_on_how_much_the_one_before_drew),
        cmocka_unit_test(what_openssl_draws_for_itself_is_reproducible),
        cmocka_unit_test(the_same_draws_give_the_same_keys_in_every_thread),
        cmocka_unit_test(contexts_of_one_thread_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
