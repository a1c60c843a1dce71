/* MS-CHAPv2: the examples of RFC 2759 §9.2 and RFC 3079 §3.5.3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/mschapv2.h"
#include "tests/crypto/support.h"

static struct crypto_mschap example(const char *user, const char *password)
{
    struct crypto_mschap in = {.user = crypto_bytes(user, strlen(user)),
                               .password = crypto_bytes(password, strlen(password))};

    memcpy(in.authenticator_challenge, "[]|}{?/><,`!2&&(", 16);
    memcpy(in.peer_challenge, "!@#$%^&*()_+:3|~", 16);
    return in;
}

static void the_example_of_rfc_2759_9_2(void **state)
{
    struct crypto_context *ctx = context_or_die();
    struct crypto_mschap in = example("User", "clientPass");
    struct crypto_mschap_result out;
    struct octets response, send_key;
    const char *why;

    (void)state;
    octets_from_hex(&response, "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
    octets_from_hex(&send_key, "8b7cdc149b993a1ba118cb153f56dccb");
    assert_true(crypto_mschap_compute(ctx, &in, &out, &why));
    assert_memory_equal(out.response, response.data, response.len);
    assert_string_equal(out.proof, "S=407A5589115FD0D6209F510FE9C04566932CDA56");
    /* The server's send key (RFC 3079 §3.5.3) is the second part of the MSK. */
    assert_memory_equal(out.msk + 16, send_key.data, send_key.len);
    /* A domain in front is not part of the name (RFC 2759 §8.2). */
    in.user = crypto_bytes("DOMAIN\\User", 11);
    assert_true(crypto_mschap_compute(ctx, &in, &out, &why));
    assert_memory_equal(out.response, response.data, response.len);
    crypto_context_free(ctx);
}

static void each_input_counts(void **state)
{
    struct crypto_context *ctx = context_or_die();
    struct crypto_mschap base = example("User", "clientPass"), other;
    struct crypto_mschap_result first, second;
    const char *why;

    (void)state;
    assert_true(crypto_mschap_compute(ctx, &base, &first, &why));
    for (int i = 0; i < 4; i++) {
        other = base;
        other.authenticator_challenge[15] ^= i == 0;
        other.peer_challenge[0] ^= i == 1;
        other.user.len -= i == 2;
        other.password.len -= i == 3;
        assert_true(crypto_mschap_compute(ctx, &other, &second, &why));
        assert_memory_not_equal(first.response, second.response, CRYPTO_MSCHAP_RESPONSE);
        assert_string_not_equal(first.proof, second.proof);
        assert_memory_not_equal(first.msk, second.msk, 32);
    }
    base.password = crypto_bytes("caf\xc3\xa9", 5);
    assert_false(crypto_mschap_compute(ctx, &base, &second, &why));
    assert_non_null(strstr(why, "ASCII"));
    crypto_context_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_rfc_2759_9_2),
        cmocka_unit_test(each_input_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
