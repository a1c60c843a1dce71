/* The table of transforms (RFC 7296 §3.3.2 and the IANA registry). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/transform.h"

static void the_table_is_sorted_and_every_row_is_found(void **state)
{
    size_t count;
    const struct crypto_transform *rows = crypto_transform_table(&count);

    (void)state;
    assert_true(count > 80);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(crypto_transform_find(rows[i].type, rows[i].id), &rows[i]);
        if (i > 0) {
            assert_true(rows[i - 1].type < rows[i].type ||
                        (rows[i - 1].type == rows[i].type && rows[i - 1].id < rows[i].id));
        }
    }
}

static void numbers_out_of_the_registry_are_not_found(void **state)
{
    (void)state;
    assert_null(crypto_transform_find(CRYPTO_ENCR, 0));
    assert_null(crypto_transform_find(CRYPTO_ENCR, 17));
    assert_null(crypto_transform_find(CRYPTO_ENCR, 1024));
    assert_null(crypto_transform_find(CRYPTO_KE, 3));
    assert_null(crypto_transform_find((enum crypto_transform_type)13, 1));
}

static void names_and_keywords_are_unique_within_their_type(void **state)
{
    size_t count;
    const struct crypto_transform *rows = crypto_transform_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_non_null(rows[i].name);
        for (size_t j = 0; j < i; j++) {
            if (rows[i].type == rows[j].type) {
                assert_string_not_equal(rows[i].name, rows[j].name);
            }
            if (rows[i].keyword != NULL && rows[j].keyword != NULL) {
                assert_string_not_equal(rows[i].keyword, rows[j].keyword);
            }
        }
    }
}

/* clang-format off */
static const struct crypto_transform expected[] = {
    {.type = 1, .id = 3, .name = "ENCR_3DES", .iv_len = 8, .block_len = 8, .key_len = 24},
    {.type = 1, .id = 11, .name = "ENCR_NULL", .block_len = 1},
    {.type = 1, .id = 12, .name = "ENCR_AES_CBC", .variable_key = true, .iv_len = 16,
     .block_len = 16},
    {.type = 1, .id = 13, .name = "ENCR_AES_CTR", .variable_key = true, .salt_len = 4,
     .iv_len = 8, .block_len = 1},
    {.type = 1, .id = 14, .name = "ENCR_AES_CCM_8", .aead = true, .variable_key = true,
     .salt_len = 3, .iv_len = 8, .block_len = 1, .icv_len = 8},
    {.type = 1, .id = 15, .name = "ENCR_AES_CCM_12", .aead = true, .variable_key = true,
     .salt_len = 3, .iv_len = 8, .block_len = 1, .icv_len = 12},
    {.type = 1, .id = 16, .name = "ENCR_AES_CCM_16", .aead = true, .variable_key = true,
     .salt_len = 3, .iv_len = 8, .block_len = 1, .icv_len = 16},
    {.type = 1, .id = 18, .name = "ENCR_AES_GCM_8", .aead = true, .variable_key = true,
     .salt_len = 4, .iv_len = 8, .block_len = 1, .icv_len = 8},
    {.type = 1, .id = 19, .name = "ENCR_AES_GCM_12", .aead = true, .variable_key = true,
     .salt_len = 4, .iv_len = 8, .block_len = 1, .icv_len = 12},
    {.type = 1, .id = 20, .name = "ENCR_AES_GCM_16", .aead = true, .variable_key = true,
     .salt_len = 4, .iv_len = 8, .block_len = 1, .icv_len = 16},
    {.type = 1, .id = 21, .name = "ENCR_NULL_AUTH_AES_GMAC", .aead = true,
     .variable_key = true, .salt_len = 4, .iv_len = 8, .block_len = 1, .icv_len = 16},
    {.type = 1, .id = 28, .name = "ENCR_CHACHA20_POLY1305", .aead = true, .salt_len = 4,
     .iv_len = 8, .block_len = 1, .icv_len = 16, .key_len = 32},
    {.type = 1, .id = 29, .name = "ENCR_AES_CCM_8_IIV", .aead = true, .variable_key = true,
     .salt_len = 3, .block_len = 1, .icv_len = 8},
    {.type = 1, .id = 30, .name = "ENCR_AES_GCM_16_IIV", .aead = true, .variable_key = true,
     .salt_len = 4, .block_len = 1, .icv_len = 16},
    {.type = 1, .id = 31, .name = "ENCR_CHACHA20_POLY1305_IIV", .aead = true, .salt_len = 4,
     .block_len = 1, .icv_len = 16, .key_len = 32},
    {.type = 2, .id = 2, .name = "PRF_HMAC_SHA1", .key_len = 20},
    {.type = 2, .id = 4, .name = "PRF_AES128_XCBC", .key_len = 16},
    {.type = 2, .id = 5, .name = "PRF_HMAC_SHA2_256", .key_len = 32},
    {.type = 2, .id = 6, .name = "PRF_HMAC_SHA2_384", .key_len = 48},
    {.type = 2, .id = 7, .name = "PRF_HMAC_SHA2_512", .key_len = 64},
    {.type = 2, .id = 8, .name = "PRF_AES128_CMAC", .key_len = 16},
    {.type = 3, .id = 2, .name = "AUTH_HMAC_SHA1_96", .key_len = 20, .icv_len = 12},
    {.type = 3, .id = 5, .name = "AUTH_AES_XCBC_96", .key_len = 16, .icv_len = 12},
    {.type = 3, .id = 7, .name = "AUTH_HMAC_SHA1_160", .key_len = 20, .icv_len = 20},
    {.type = 3, .id = 8, .name = "AUTH_AES_CMAC_96", .key_len = 16, .icv_len = 12},
    {.type = 3, .id = 12, .name = "AUTH_HMAC_SHA2_256_128", .key_len = 32, .icv_len = 16},
    {.type = 3, .id = 13, .name = "AUTH_HMAC_SHA2_384_192", .key_len = 48, .icv_len = 24},
    {.type = 3, .id = 14, .name = "AUTH_HMAC_SHA2_512_256", .key_len = 64, .icv_len = 32},
    {.type = 4, .id = 2, .name = "1024-bit MODP Group", .public_len = 128, .secret_len = 128},
    {.type = 4, .id = 5, .name = "1536-bit MODP Group", .public_len = 192, .secret_len = 192},
    {.type = 4, .id = 14, .name = "2048-bit MODP Group", .public_len = 256, .secret_len = 256},
    {.type = 4, .id = 15, .name = "3072-bit MODP Group", .public_len = 384, .secret_len = 384},
    {.type = 4, .id = 16, .name = "4096-bit MODP Group", .public_len = 512, .secret_len = 512},
    {.type = 4, .id = 17, .name = "6144-bit MODP Group", .public_len = 768, .secret_len = 768},
    {.type = 4, .id = 18, .name = "8192-bit MODP Group", .public_len = 1024,
     .secret_len = 1024},
    {.type = 4, .id = 19, .name = "256-bit random ECP group", .public_len = 64,
     .secret_len = 32},
    {.type = 4, .id = 20, .name = "384-bit random ECP group", .public_len = 96,
     .secret_len = 48},
    {.type = 4, .id = 21, .name = "521-bit random ECP group", .public_len = 132,
     .secret_len = 66},
    {.type = 4, .id = 27, .name = "brainpoolP224r1", .public_len = 56, .secret_len = 28},
    {.type = 4, .id = 28, .name = "brainpoolP256r1", .public_len = 64, .secret_len = 32},
    {.type = 4, .id = 29, .name = "brainpoolP384r1", .public_len = 96, .secret_len = 48},
    {.type = 4, .id = 30, .name = "brainpoolP512r1", .public_len = 128, .secret_len = 64},
    {.type = 4, .id = 31, .name = "Curve25519", .public_len = 32, .secret_len = 32},
    {.type = 4, .id = 32, .name = "Curve448", .public_len = 56, .secret_len = 56},
    {.type = 5, .id = 0, .name = "No Extended Sequence Numbers"},
    {.type = 5, .id = 1, .name = "Extended Sequence Numbers"},
};
/* clang-format on */

/* IANA's number, name and the sizes of the RFC that specifies each: RFC 2451 §2, RFC 2410 §2, RFC
 * 3602 §2, RFC 3686 §3-5, RFC 4309 §3-7, RFC 4106 §3-6, RFC 4543 §3-4, RFC 7634 §2; RFC 2104, RFC
 * 4434, RFC 4615; RFC 2404 §2-3, RFC 3566 §4, RFC 4494, RFC 4595, RFC 4868 §2; RFC 3526, RFC 5903
 * §7, RFC 6954 §2, RFC 8031 §3. */
static void the_transforms_of_this_build_have_the_sizes_of_their_rfcs(void **state)
{
    size_t count;
    size_t computed = 0;
    const struct crypto_transform *rows = crypto_transform_table(&count);

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct crypto_transform *row =
            crypto_transform_find(expected[i].type, expected[i].id);
        assert_non_null(row);
        assert_true(row->computed);
        assert_string_equal(row->name, expected[i].name);
        assert_int_equal(row->aead, expected[i].aead);
        assert_int_equal(row->variable_key, expected[i].variable_key);
        assert_int_equal(row->salt_len, expected[i].salt_len);
        assert_int_equal(row->iv_len, expected[i].iv_len);
        assert_int_equal(row->block_len, expected[i].block_len);
        assert_int_equal(row->icv_len, expected[i].icv_len);
        assert_int_equal(row->key_len, expected[i].key_len);
        assert_int_equal(row->public_len, expected[i].public_len);
        assert_int_equal(row->secret_len, expected[i].secret_len);
    }
    for (size_t i = 0; i < count; i++) {
        computed += rows[i].computed;
    }
    assert_int_equal(computed, sizeof expected / sizeof expected[0]);
}

static void what_is_only_named_has_no_sizes(void **state)
{
    const struct crypto_transform *row = crypto_transform_find(CRYPTO_ENCR, 23);

    (void)state;
    assert_string_equal(row->name, "ENCR_CAMELLIA_CBC");
    assert_string_equal(row->rfc, "RFC 5529");
    assert_false(row->computed);
    assert_int_equal(row->icv_len, 0);
}

static void types_have_the_short_names(void **state)
{
    (void)state;
    assert_string_equal(crypto_transform_type_name(CRYPTO_ENCR), "ENCR");
    assert_string_equal(crypto_transform_type_name(CRYPTO_PRF), "PRF");
    assert_string_equal(crypto_transform_type_name(CRYPTO_INTEG), "INTEG");
    assert_string_equal(crypto_transform_type_name(CRYPTO_KE), "KE");
    assert_string_equal(crypto_transform_type_name(CRYPTO_ESN), "ESN");
    assert_string_equal(crypto_transform_type_name(0), "?");
    assert_string_equal(crypto_transform_type_name(6), "ADDKE1");
    assert_string_equal(crypto_transform_type_name(13), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sorted_and_every_row_is_found),
        cmocka_unit_test(numbers_out_of_the_registry_are_not_found),
        cmocka_unit_test(names_and_keywords_are_unique_within_their_type),
        cmocka_unit_test(the_transforms_of_this_build_have_the_sizes_of_their_rfcs),
        cmocka_unit_test(what_is_only_named_has_no_sizes),
        cmocka_unit_test(types_have_the_short_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
