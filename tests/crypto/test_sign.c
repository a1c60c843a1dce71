/* Signatures: known answers, names on the wire, and the same signature each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sign.h"
#include "tests/crypto/group_context.h"

static bool verifies(const char *scheme, const struct octets *key, const char *message,
                     struct crypto_bytes signature)
{
    const struct crypto_bytes part = crypto_bytes(message, strlen(message));
    const char *why;

    return crypto_verify(ctx, crypto_scheme_find(scheme), octets_view(key), &part, 1, signature,
                         NULL, &why);
}

/* ---- known answers ---- */

/* RFC 4754 §8: "abc" signed with ECDSA over the three curves. */
static const struct {
    enum crypto_key_kind kind;
    const char *scheme, *spki, *point, *signature;
} rfc4754[] = {
    {CRYPTO_KEY_ECDSA_256, "ecdsa-sha256", "3059301306072a8648ce3d020106082a8648ce3d03010703420004",
     "2442a5cc0ecd015fa3ca31dc8e2bbc70bf42d60cbca20085e0822cb04235e970"
     "6fc98bd7e50211a4a27102fa3549df79ebcb4bf246b80945cddfe7d509bbfd7d",
     "cb28e0999b9c7715fd0a80d8e47a77079716cbbf917dd72e97566ea1c066957c"
     "86fa3bb4e26cad5bf90b7f81899256ce7594bb1ea0c89212748bff3b3d5b0315"},
    {CRYPTO_KEY_ECDSA_384, "ecdsa-sha384", "3076301006072a8648ce3d020106052b8104002203620004",
     "96281bf8dd5e0525ca049c048d345d3082968d10fedf5c5aca0c64e6465a97ea"
     "5ce10c9dfec21797415710721f437922447688ba94708eb6e2e4d59f6ab6d7ed"
     "ff9301d249fe49c33096655f5d502fad3d383b91c5e7edaa2b714cc99d5743ca",
     "fb017b914e29149432d8bac29a514640b46f53ddab2c69948084e2930f1c8f7e"
     "08e07c9c63f2d21a07dcb56a6af56eb3b263a1305e057f984d38726a1b468741"
     "09f417bca112674c528262a40a629af1cbb9f516ce0fa7d2ff630863a00e8b9f"},
    {CRYPTO_KEY_ECDSA_521, "ecdsa-sha512", "30819b301006072a8648ce3d020106052b810400230381860004",
     "0151518f1af0f563517edd5485190df95a4bf57b5cba4cf2a9a3f6474725a35f"
     "7afe0a6ddeb8bedbcd6a197e592d40188901cecd650699c9b5e456aea5add190"
     "52a8006f3b142ea1bfff7e2837ad44c9e4ff6d2d34c73184bbad90026dd5e6e8"
     "5317d9df45cad7803c6c20035b2f3ff63aff4e1ba64d1c077577da3f4286c58f"
     "0aeae643",
     "0154fd3836af92d0dca57dd5341d3053988534fde8318fc6aaaab68e2e6f4339"
     "b19f2f281a7e0b22c269d93cf8794a9278880ed7dbb8d9362caeacee54432055"
     "2251017705a7030290d1ceb605a9a1bb03ff9cdd521e87a696ec926c8c10c836"
     "2df4975367101f67d1cf9bccbf2f3d239534fa509e70aac851ae01aac68d62f8"
     "66472660"},
};

static void ecdsa_over_the_groups_of_rfc_4754_8(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc4754 / sizeof rfc4754[0]; i++) {
        struct octets key, raw;
        char hex[1024];
        uint8_t der[CRYPTO_SIGNATURE_MAX], back[CRYPTO_SIGNATURE_MAX];

        snprintf(hex, sizeof hex, "%s%s", rfc4754[i].spki, rfc4754[i].point);
        octets_from_hex(&key, hex);
        octets_from_hex(&raw, rfc4754[i].signature);
        assert_int_equal(crypto_public_kind(ctx, octets_view(&key)), rfc4754[i].kind);
        size_t len = crypto_ecdsa_from_raw(rfc4754[i].kind, octets_view(&raw), der);
        assert_true(len > raw.len);
        assert_true(verifies(rfc4754[i].scheme, &key, "abc", crypto_bytes(der, len)));
        assert_false(verifies(rfc4754[i].scheme, &key, "abd", crypto_bytes(der, len)));
        assert_int_equal(crypto_ecdsa_to_raw(rfc4754[i].kind, crypto_bytes(der, len), back),
                         raw.len);
        assert_memory_equal(back, raw.data, raw.len);
        assert_int_equal(
            crypto_ecdsa_from_raw(rfc4754[i].kind, crypto_bytes(raw.data, raw.len - 1), der), 0);
    }
}

/* RFC 8032 §7.1, TEST 2: one octet, 72. */
static void ed25519_as_in_rfc_8032_7_1(void **state)
{
    struct octets key, public, wanted;
    uint8_t signature[CRYPTO_SIGNATURE_MAX], *made;
    const struct crypto_bytes part = crypto_bytes("r", 1);
    const struct crypto_draw draw = {.entity = 1};
    const char *why;

    (void)state;
    octets_from_hex(&key, "302e020100300506032b657004220420"
                          "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    octets_from_hex(&public, "302a300506032b6570032100"
                             "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    octets_from_hex(&wanted, "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                             "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    assert_int_equal(crypto_sign(ctx, crypto_scheme_find("ed25519"), octets_view(&key), &part, 1,
                                 &identity_entropy, &draw, signature, NULL, &why),
                     wanted.len);
    assert_memory_equal(signature, wanted.data, wanted.len);
    assert_int_equal(crypto_key_public(ctx, octets_view(&key), &made), public.len);
    assert_memory_equal(made, public.data, public.len);
    crypto_octets_free(made, public.len);
}

/* ---- made keys ---- */

static const enum crypto_key_kind quick_kinds[] = {
    CRYPTO_KEY_RSA_2048,  CRYPTO_KEY_ECDSA_256, CRYPTO_KEY_ECDSA_384,
    CRYPTO_KEY_ECDSA_521, CRYPTO_KEY_ED25519,   CRYPTO_KEY_ED448,
};

static size_t make_key(struct crypto_context *in, enum crypto_key_kind kind, uint64_t who,
                       uint8_t **key)
{
    const struct crypto_draw draw = {.entity = who};
    size_t len = crypto_key_make(in, kind, &identity_entropy, &draw, key);

    assert_true(len > 0);
    assert_int_equal(crypto_private_kind(in, crypto_bytes(*key, len)), kind);
    return len;
}

/* Another context, with another history, makes the same key and the same signature; another draw
 * makes others. Where the scheme is randomised (PSS, ECDSA), the draw shows in the signature. */
static void keys_and_signatures_are_functions_of_the_draw(void **state)
{
    struct crypto_context *other = context_or_die();
    size_t scheme_count, checked = 0;
    const struct crypto_scheme *schemes = crypto_scheme_table(&scheme_count);

    (void)state;
    for (size_t k = 0; k < sizeof quick_kinds / sizeof quick_kinds[0]; k++) {
        uint8_t *key, *again, *public;
        size_t len = make_key(ctx, quick_kinds[k], 7, &key);

        assert_int_equal(make_key(other, quick_kinds[k], 7, &again), len);
        assert_memory_equal(key, again, len);
        size_t public_len = crypto_key_public(ctx, crypto_bytes(key, len), &public);
        assert_int_equal(crypto_public_kind(ctx, crypto_bytes(public, public_len)), quick_kinds[k]);
        for (size_t s = 0; s < scheme_count; s++) {
            const struct crypto_bytes parts[] = {crypto_bytes("a message", 9),
                                                 crypto_bytes(NULL, 0), crypto_bytes("nonce", 5)};
            const struct crypto_draw draw = {.entity = 1}, later = {.entity = 2};
            uint8_t signature[3][CRYPTO_SIGNATURE_MAX];
            struct crypto_ledger ledger = {0};
            const char *why = NULL;

            size_t n = crypto_sign(ctx, &schemes[s], crypto_bytes(key, len), parts, 3,
                                   &identity_entropy, &draw, signature[0], &ledger, &why);
            assert_int_equal(n > 0, crypto_scheme_fits(&schemes[s], quick_kinds[k]));
            if (n == 0) {
                assert_non_null(why);
                continue;
            }
            assert_int_equal(ledger.items[0].kind, CRYPTO_COST_SIGN);
            assert_int_equal(ledger.items[0].transform, quick_kinds[k]);
            size_t twice = crypto_sign(other, &schemes[s], crypto_bytes(again, len), parts, 3,
                                       &identity_entropy, &draw, signature[1], NULL, &why);
            assert_int_equal(twice, n);
            assert_memory_equal(signature[0], signature[1], n);
            size_t third = crypto_sign(ctx, &schemes[s], crypto_bytes(key, len), parts, 3,
                                       &identity_entropy, &later, signature[2], NULL, &why);
            bool randomised = strstr(schemes[s].name, "pss") || strstr(schemes[s].name, "ecdsa");
            assert_int_equal(third != n || memcmp(signature[0], signature[2], n) != 0, randomised);
            assert_true(crypto_verify(ctx, &schemes[s], crypto_bytes(public, public_len), parts, 3,
                                      crypto_bytes(signature[0], n), &ledger, &why));
            assert_int_equal(ledger.items[1].kind, CRYPTO_COST_VERIFY);
            signature[0][n / 2] ^= 1;
            assert_false(crypto_verify(ctx, &schemes[s], crypto_bytes(public, public_len), parts, 3,
                                       crypto_bytes(signature[0], n), NULL, &why));
            checked++;
        }
        crypto_octets_free(public, public_len);
        crypto_octets_free(again, len);
        crypto_octets_free(key, len);
    }
    assert_int_equal(checked, 7 + 3 * 4 + 2);
    crypto_context_free(other);
}

/* ---- names on the wire ---- */

static void identifiers_read_back_as_their_schemes_7427_a(void **state)
{
    size_t count;
    const struct crypto_scheme *schemes = crypto_scheme_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(crypto_scheme_read(schemes[i].identifier), &schemes[i]);
    }
}

/* RFC 7427 A.4: parameters that are left out have defaults, SHA-1, which we do not take for PSS;
 * a trailer field that is left out is 1. */
static void pss_without_its_trailer_field_is_pss_7427_a_4(void **state)
{
    struct octets identifier;

    (void)state;
    octets_from_hex(&identifier,
                    "304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
                    "a11c301a06092a864886f70d010108300d06096086480165030402010500a2030201"
                    "20");
    assert_ptr_equal(crypto_scheme_read(octets_view(&identifier)),
                     crypto_scheme_find("rsa/pss-sha256"));
    octets_from_hex(&identifier, "300d06092a864886f70d01010a3000");
    assert_null(crypto_scheme_read(octets_view(&identifier)));
    octets_from_hex(&identifier, "300b0609608648016503040302"); /* DSA, A.2 */
    assert_null(crypto_scheme_read(octets_view(&identifier)));
    octets_from_hex(&identifier, "300a06082a8648ce3d04030200");
    assert_null(crypto_scheme_read(octets_view(&identifier)));
}

static void a_key_signs_with_a_hash_that_the_verifier_takes_7427_4(void **state)
{
    const unsigned sha256 = 1u << CRYPTO_SIGN_SHA2_256, sha512 = 1u << CRYPTO_SIGN_SHA2_512;

    (void)state;
    assert_string_equal(crypto_scheme_for(CRYPTO_KEY_RSA_2048, sha256 | sha512)->name,
                        "rsa-sha256");
    assert_string_equal(crypto_scheme_for(CRYPTO_KEY_RSA_2048, sha512)->name, "rsa-sha512");
    assert_string_equal(crypto_scheme_for(CRYPTO_KEY_ECDSA_384, ~0u)->name, "ecdsa-sha384");
    assert_null(crypto_scheme_for(CRYPTO_KEY_ED25519, sha256 | sha512));
    assert_string_equal(crypto_scheme_for(CRYPTO_KEY_ED25519, 1u << CRYPTO_SIGN_IDENTITY)->name,
                        "ed25519");
    assert_null(crypto_scheme_for(CRYPTO_KEY_ECDSA_256, 1u << CRYPTO_SIGN_SHA1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ecdsa_over_the_groups_of_rfc_4754_8),
        cmocka_unit_test(ed25519_as_in_rfc_8032_7_1),
        cmocka_unit_test(keys_and_signatures_are_functions_of_the_draw),
        cmocka_unit_test(identifiers_read_back_as_their_schemes_7427_a),
        cmocka_unit_test(pss_without_its_trailer_field_is_pss_7427_a_4),
        cmocka_unit_test(a_key_signs_with_a_hash_that_the_verifier_takes_7427_4),
    };
    return cmocka_run_group_tests(tests, make_context, free_context);
}
