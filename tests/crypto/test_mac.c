/* AES-XCBC and AES-CMAC as PRF and as INTEG, truncated HMACs, and the keys that a PRF over AES
 * takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "crypto/kdf.h"
#include "crypto/mac.h"
#include "crypto/packet.h"
#include "tests/crypto/group_context.h"

static void prf_over_aes_gives_the_macs_of_rfc_3566_4434_4493_and_4615(void **state)
{
    json_t *root = load_data("crypto_vectors.json");
    size_t i;
    json_t *item;

    (void)state;
    assert_int_equal(json_array_size(json_object_get(root, "aes_mac")), 17);
    json_array_foreach(json_object_get(root, "aes_mac"), i, item)
    {
        const struct crypto_transform *prf = transform_named(CRYPTO_PRF, json_text(item, "prf"));
        struct octets key, data, mac;
        uint8_t out[CRYPTO_PRF_MAX];
        octets_get(&key, item, "key");
        octets_get(&data, item, "data");
        octets_get(&mac, item, "mac");
        /* Wherever it is cut, the result is that of the whole. */
        for (size_t cut = 0; cut <= data.len; cut += 1 + data.len / 40) {
            const struct crypto_bytes parts[] = {crypto_bytes(data.data, cut),
                                                 crypto_bytes(data.data + cut, data.len - cut)};
            crypto_prf(ctx, prf, octets_view(&key), parts, 2, out, NULL);
            assert_memory_equal(out, mac.data, 16);
        }
    }
    json_decref(root);
}

/* CMAC against OpenSSL's own, whose code is not the same: every length up to four blocks. */
static void cmac_is_openssls_cmac(void **state)
{
    EVP_MAC *cmac = EVP_MAC_fetch(NULL, "CMAC", NULL);
    EVP_MAC_CTX *theirs = EVP_MAC_CTX_new(cmac);
    char cipher[] = "AES-128-CBC";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("cipher", cipher, 0),
                                 OSSL_PARAM_construct_end()};
    uint8_t key[16], data[64];

    (void)state;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(7 * i + 3);
    }
    for (size_t len = 0; len <= sizeof data; len++) {
        uint8_t expected[16], out[CRYPTO_PRF_MAX];
        size_t expected_len;
        const struct crypto_bytes part = crypto_bytes(data, len);
        memset(key, (int)(0x80 + len), sizeof key);
        assert_int_equal(EVP_MAC_init(theirs, key, sizeof key, params), 1);
        assert_int_equal(EVP_MAC_update(theirs, data, len), 1);
        assert_int_equal(EVP_MAC_final(theirs, expected, &expected_len, sizeof expected), 1);
        crypto_prf(ctx, crypto_transform_find(CRYPTO_PRF, CRYPTO_PRF_AES128_CMAC),
                   crypto_bytes(key, sizeof key), &part, 1, out, NULL);
        assert_memory_equal(out, expected, 16);
    }
    EVP_MAC_CTX_free(theirs);
    EVP_MAC_free(cmac);
}

/* ---- INTEG ---- */

/* The MAC of `data` as INTEG: the ICV of a packet that ENCR_NULL leaves as it is. */
static size_t icv_of(const char *word, const struct octets *key, const struct octets *data,
                     uint8_t icv[64])
{
    char text[32];
    struct octets packet = *data;
    struct crypto_packet_key packet_key;

    snprintf(text, sizeof text, "null-%s", word);
    struct crypto_suite suite = suite_of(CRYPTO_PROTO_ESP, text);
    crypto_packet_key_set(&packet_key, &suite, crypto_bytes(NULL, 0), octets_view(key));
    size_t len = crypto_packet_seal(ctx, &packet_key, packet.data, data->len - 1, 1, NULL);
    memcpy(icv, packet.data + data->len, len - data->len);
    return len - data->len;
}

static void strongswans_vectors_of_integ(void **state)
{
    static const struct {
        const char *member, *alg, *word;
        size_t icv_len, count;
    } rows[] = {{"sha1_hmac", "AUTH_HMAC_SHA1_96", "sha1", 12, 2},
                {"sha1_hmac", "AUTH_HMAC_SHA1_160", "sha1_160", 20, 2},
                {"aes_xcbc", "AUTH_AES_XCBC_96", "aesxcbc", 12, 4},
                {"aes_cmac", "AUTH_AES_CMAC_96", "aescmac", 12, 3}};
    json_t *root = load_shared("vectors/strongswan_test_vectors.json");

    (void)state;
    if (root == NULL) {
        skip();
    }
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const json_t *vectors = json_object_get(root, "vectors");
        size_t i, checked = 0;
        json_t *item;
        json_array_foreach(json_object_get(vectors, rows[r].member), i, item)
        {
            struct octets key, data, mac;
            uint8_t icv[64];
            octets_get(&data, item, "data");
            octets_get(&key, item, "key");
            if (strcmp(json_text(item, "alg"), rows[r].alg) != 0 || data.len == 0) {
                continue;
            }
            octets_get(&mac, item, "mac");
            assert_true(mac.len >= rows[r].icv_len); /* some are told whole */
            assert_int_equal(icv_of(rows[r].word, &key, &data, icv), rows[r].icv_len);
            assert_memory_equal(icv, mac.data, rows[r].icv_len);
            checked++;
        }
        assert_int_equal(checked, rows[r].count);
    }
    json_decref(root);
}

/* RFC 2404 §2, RFC 3566 §4.4, RFC 4494 §2, RFC 4595 §4: INTEG sends the first octets of the PRF. */
static void integ_is_the_truncated_prf(void **state)
{
    static const struct {
        const char *word;
        uint16_t prf;
        size_t key_len, icv_len;
    } cases[] = {{"sha1", CRYPTO_PRF_HMAC_SHA1, 20, 12},
                 {"sha1_160", CRYPTO_PRF_HMAC_SHA1, 20, 20},
                 {"aesxcbc", CRYPTO_PRF_AES128_XCBC, 16, 12},
                 {"aescmac", CRYPTO_PRF_AES128_CMAC, 16, 12}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct octets key = {.len = cases[i].key_len}, data = {.len = 77};
        uint8_t icv[64], mac[CRYPTO_PRF_MAX];
        memset(key.data, 0x5a, key.len);
        memset(data.data, 0xc3, data.len);
        const struct crypto_bytes part = octets_view(&data);
        crypto_prf(ctx, crypto_transform_find(CRYPTO_PRF, cases[i].prf), octets_view(&key), &part,
                   1, mac, NULL);
        assert_int_equal(icv_of(cases[i].word, &key, &data, icv), cases[i].icv_len);
        assert_memory_equal(icv, mac, cases[i].icv_len);
    }
}

/* ---- the key that nonces make (RFC 7296 §2.14) ---- */

static void skeyseed_of_a_prf_over_aes_takes_8_octets_of_each_nonce(void **state)
{
    static const uint16_t prfs[] = {CRYPTO_PRF_AES128_XCBC, CRYPTO_PRF_AES128_CMAC};
    uint8_t ni[32], nr[40], key[16], seed[CRYPTO_PRF_MAX], expected[CRYPTO_PRF_MAX];
    const struct crypto_bytes secret = crypto_bytes("a shared secret", 15);

    (void)state;
    for (size_t i = 0; i < sizeof ni; i++) {
        ni[i] = (uint8_t)i;
    }
    for (size_t i = 0; i < sizeof nr; i++) {
        nr[i] = (uint8_t)(0xff - i);
    }
    memcpy(key, ni, 8);
    memcpy(key + 8, nr, 8);
    for (size_t p = 0; p < 2; p++) {
        const struct crypto_transform *prf = crypto_transform_find(CRYPTO_PRF, prfs[p]);
        crypto_prf(ctx, prf, crypto_bytes(key, sizeof key), &secret, 1, expected, NULL);
        crypto_skeyseed(ctx, prf, crypto_bytes(NULL, 0), crypto_bytes(ni, sizeof ni),
                        crypto_bytes(nr, sizeof nr), secret, crypto_bytes(NULL, 0), seed, NULL);
        assert_memory_equal(seed, expected, 16);
        /* With HMAC all of them count: see test_kdf.c. The rekey has whole nonces (§2.18). */
        const struct crypto_bytes parts[] = {secret, crypto_bytes(ni, sizeof ni),
                                             crypto_bytes(nr, sizeof nr)};
        crypto_prf(ctx, prf, crypto_bytes(key, sizeof key), parts, 3, expected, NULL);
        crypto_skeyseed(ctx, prf, crypto_bytes(key, sizeof key), crypto_bytes(ni, sizeof ni),
                        crypto_bytes(nr, sizeof nr), secret, crypto_bytes(NULL, 0), seed, NULL);
        assert_memory_equal(seed, expected, 16);
    }
}

/* One MAC after another with one object: the kind changes, and nothing of the key before stays. */
static void a_mac_takes_keys_of_another_kind(void **state)
{
    static const uint16_t prfs[] = {CRYPTO_PRF_AES128_XCBC, CRYPTO_PRF_HMAC_SHA1,
                                    CRYPTO_PRF_AES128_CMAC, CRYPTO_PRF_HMAC_SHA2_512,
                                    CRYPTO_PRF_AES128_XCBC};
    uint8_t first[CRYPTO_PRF_MAX] = {0}, out[CRYPTO_PRF_MAX];
    const struct crypto_bytes key = crypto_bytes("sixteen octets..", 16);
    const struct crypto_bytes part = crypto_bytes("data", 4);

    (void)state;
    for (size_t i = 0; i < sizeof prfs / sizeof prfs[0]; i++) {
        crypto_prf(ctx, crypto_transform_find(CRYPTO_PRF, prfs[i]), key, &part, 1, out, NULL);
        if (i == 0) {
            memcpy(first, out, 16);
        } else {
            assert_int_equal(memcmp(first, out, 16) == 0, i == 4);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prf_over_aes_gives_the_macs_of_rfc_3566_4434_4493_and_4615),
        cmocka_unit_test(cmac_is_openssls_cmac),
        cmocka_unit_test(strongswans_vectors_of_integ),
        cmocka_unit_test(integ_is_the_truncated_prf),
        cmocka_unit_test(skeyseed_of_a_prf_over_aes_takes_8_octets_of_each_nonce),
        cmocka_unit_test(a_mac_takes_keys_of_another_kind),
    };
    return cmocka_run_group_tests(tests, make_context, free_context);
}
