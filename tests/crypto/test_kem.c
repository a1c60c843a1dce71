/* Key encapsulation as an additional key exchange, over a toy of the tests (toy_kem.h): who draws
 * what, lengths, refusals. ML-KEM itself is OpenSSL's business, and no witness of it is here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "crypto/context_internal.h"
#include "crypto/kex.h"
#include "crypto/proposal.h"
#include "tests/crypto/support.h"
#include "tests/crypto/toy_kem.h"

/* Octets that say whose draw it is. */
static void fill(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    uint8_t seed = (uint8_t)(*(const uint8_t *)context + 3 * draw->sa + draw->field);

    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(seed * 7 + i * 31);
    }
}

static const struct crypto_transform *ml_kem(void)
{
    return crypto_transform_find(CRYPTO_KE, CRYPTO_KE_ML_KEM_768);
}

/* What one exchange is about. */
struct run {
    size_t public_len, answer_len;
    uint8_t public[2048], answer[2048], secret[2][CRYPTO_KEX_SECRET_MAX];
};

static void exchange(struct crypto_context *ctx, uint64_t sa, struct run *run)
{
    uint8_t alice = 1, gw = 2;
    struct crypto_entropy of_alice = {.fill = fill, .context = &alice};
    struct crypto_entropy of_gw = {.fill = fill, .context = &gw};
    struct crypto_draw draw = {.sa = sa, .field = CRYPTO_DRAW_KE_PRIVATE};
    struct crypto_kex *first = crypto_kex_new(ctx, ml_kem(), &of_alice, &draw, NULL), *second;
    const char *why;
    size_t len;

    assert_non_null(first);
    run->public_len = crypto_kex_public(first).len;
    memcpy(run->public, crypto_kex_public(first).data, run->public_len);
    second = crypto_kex_answer(ctx, ml_kem(), &of_gw, &draw, crypto_kex_public(first),
                               run->secret[1], &len, NULL, &why);
    assert_non_null(second);
    assert_int_equal(len, 32);
    run->answer_len = crypto_kex_public(second).len;
    memcpy(run->answer, crypto_kex_public(second).data, run->answer_len);
    assert_int_equal(
        crypto_kex_derive(first, crypto_kex_public(second), run->secret[0], &len, NULL, &why), 0);
    assert_int_equal(len, 32);
    assert_memory_equal(run->secret[0], run->secret[1], 32);
    crypto_kex_free(first);
    crypto_kex_free(second);
}

/* Lengths of FIPS 203 §8, and a request that is longer than its answer. */
static void both_ends_have_the_secret_of_the_ciphertext_fips203(void **state)
{
    struct run run;

    exchange(*state, 1, &run);
    assert_int_equal(run.public_len, 1184);
    assert_int_equal(run.answer_len, 1088);
}

/* The stream is keyed anew before each operation, with what was drawn and nothing else. */
static void the_same_draws_give_the_same_octets(void **state)
{
    struct run first, again, other;

    exchange(*state, 1, &first);
    exchange(*state, 2, &other);
    exchange(*state, 1, &again);
    assert_memory_equal(first.public, again.public, first.public_len);
    assert_memory_equal(first.answer, again.answer, first.answer_len);
    assert_memory_equal(first.secret[0], again.secret[0], 32);
    assert_memory_not_equal(first.public, other.public, first.public_len);
    assert_memory_not_equal(first.answer, other.answer, first.answer_len);
    assert_memory_not_equal(first.secret[0], other.secret[0], 32);
}

/* FIPS 203 §7.2, §7.3. */
static void what_is_no_key_or_no_ciphertext_is_refused_fips203_7(void **state)
{
    uint8_t who = 1, secret[CRYPTO_KEX_SECRET_MAX], bad[2048] = {'X'};
    struct crypto_entropy entropy = {.fill = fill, .context = &who};
    struct crypto_draw draw = {.sa = 1, .field = CRYPTO_DRAW_KE_PRIVATE};
    struct crypto_kex *kex = crypto_kex_new(*state, ml_kem(), &entropy, &draw, NULL);
    const char *why = NULL;
    size_t len;

    for (size_t n = 1183; n <= 1185; n++) {
        why = NULL;
        assert_null(crypto_kex_answer(*state, ml_kem(), &entropy, &draw, crypto_bytes(bad, n),
                                      secret, &len, NULL, &why));
        assert_non_null(why);
        assert_int_equal(len, 0);
    }
    for (size_t n = 1087; n <= 1089; n += 2) {
        assert_int_equal(crypto_kex_derive(kex, crypto_bytes(bad, n), secret, &len, NULL, &why),
                         -1);
    }
    crypto_kex_free(kex);
}

/* Both ends of the others come to the same in one step. */
static void a_group_is_answered_in_one_step_too(void **state)
{
    const struct crypto_transform *x25519 = crypto_transform_find(CRYPTO_KE, CRYPTO_KE_CURVE25519);
    uint8_t one = 1, two = 2, secrets[2][CRYPTO_KEX_SECRET_MAX], zeros[32] = {0};
    struct crypto_entropy of_one = {.fill = fill, .context = &one};
    struct crypto_entropy of_two = {.fill = fill, .context = &two};
    struct crypto_draw draw = {.sa = 1, .field = CRYPTO_DRAW_KE_PRIVATE};
    struct crypto_kex *first = crypto_kex_new(*state, x25519, &of_one, &draw, NULL), *second;
    const char *why;
    size_t len;

    second = crypto_kex_answer(*state, x25519, &of_two, &draw, crypto_kex_public(first), secrets[0],
                               &len, NULL, &why);
    assert_non_null(second);
    assert_int_equal(
        crypto_kex_derive(first, crypto_kex_public(second), secrets[1], &len, NULL, &why), 0);
    assert_memory_equal(secrets[0], secrets[1], 32);
    assert_null(crypto_kex_answer(*state, x25519, &of_two, &draw, crypto_bytes(zeros, 32),
                                  secrets[0], &len, NULL, &why));
    crypto_kex_free(first);
    crypto_kex_free(second);
}

/* OpenSSL is asked, not its version: without ML-KEM the word is refused, where it stands. */
static void words_depend_on_what_openssl_has(void **state)
{
    struct crypto_proposal_error error;
    struct crypto_proposal proposal;
    bool offered = crypto_kem_is_offered(ml_kem());
    int read = crypto_proposal_parse(CRYPTO_PROTO_IKE, "aes128-sha256-x25519-ke1_mlkem768",
                                     &proposal, &error);

    (void)state;
    assert_true(crypto_kem_is_in(*state, ml_kem()));
    assert_int_equal(read, offered ? 0 : -1);
    if (!offered) {
        assert_int_equal(error.offset, 21);
        assert_non_null(strstr(error.message, "ML-KEM-768, which this OpenSSL (3."));
    }
    assert_int_equal(
        crypto_proposal_parse(CRYPTO_PROTO_IKE, "aes128-sha256-mlkem768", &proposal, &error), -1);
    assert_non_null(strstr(error.message, "such as ke1_mlkem768"));
}

static int set_up(void **state)
{
    struct crypto_context *ctx = context_or_die();

    *state = ctx;
    return toy_kem_install(ctx->lib) ? 0 : -1;
}

static int tear_down(void **state)
{
    toy_kem_remove();
    crypto_context_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_have_the_secret_of_the_ciphertext_fips203),
        cmocka_unit_test(the_same_draws_give_the_same_octets),
        cmocka_unit_test(what_is_no_key_or_no_ciphertext_is_refused_fips203_7),
        cmocka_unit_test(a_group_is_answered_in_one_step_too),
        cmocka_unit_test(words_depend_on_what_openssl_has),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
