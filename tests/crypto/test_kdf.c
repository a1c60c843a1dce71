/* prf, prf+, SKEYSEED, SK_*, KEYMAT and AUTH (RFC 7296 §2.13-2.18) against others' numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/hmac.h>

#include "crypto/kdf.h"
#include "tests/crypto/group_context.h"

static const struct crypto_transform *prf_of_case(const json_t *item)
{
    const char *name = json_text(item, "prf");

    if (strcmp(name, "hmac-sha256") == 0) {
        name = "PRF_HMAC_SHA2_256";
    }
    if (strcmp(name, "hmac-sha512") == 0) {
        name = "PRF_HMAC_SHA2_512";
    }
    return transform_named(CRYPTO_PRF, name);
}

static void prf_gives_the_macs_of_rfc_4231_and_2202(void **state)
{
    json_t *root = load_data("crypto_vectors.json");
    size_t i;
    json_t *item;

    (void)state;
    assert_int_equal(json_array_size(json_object_get(root, "hmac")), 28);
    json_array_foreach(json_object_get(root, "hmac"), i, item)
    {
        struct octets key, data, mac;
        uint8_t out[CRYPTO_PRF_MAX];
        octets_get(&key, item, "key");
        octets_get(&data, item, "data");
        octets_get(&mac, item, "mac");
        /* In two parts, as prf(K, a | b) is used. */
        const struct crypto_bytes parts[] = {
            crypto_bytes(data.data, data.len / 2),
            crypto_bytes(data.data + data.len / 2, data.len - data.len / 2)};
        crypto_prf(ctx, prf_of_case(item), octets_view(&key), parts, 2, out, NULL);
        assert_memory_equal(out, mac.data, mac.len);
    }
    json_decref(root);
}

/* The key is named "key" and the nonces "salt": prf(salt, key) here, prf+(key, salt) below. */
static size_t check_skeyseeds(const json_t *cases, const char *prf_key)
{
    size_t i;
    json_t *item;

    json_array_foreach(cases, i, item)
    {
        const struct crypto_transform *prf = transform_named(CRYPTO_PRF, json_text(item, prf_key));
        struct octets secret, nonces, out;
        uint8_t skeyseed[CRYPTO_PRF_MAX];
        octets_get(&secret, item, "key");
        octets_get(&nonces, item, "salt");
        octets_get(&out, item, "out");
        crypto_skeyseed(ctx, prf, crypto_bytes(NULL, 0), crypto_bytes(nonces.data, nonces.len / 2),
                        crypto_bytes(nonces.data + nonces.len / 2, nonces.len / 2),
                        octets_view(&secret), crypto_bytes(NULL, 0), skeyseed, NULL);
        assert_int_equal(out.len, prf->key_len);
        assert_memory_equal(skeyseed, out.data, out.len);
    }
    return json_array_size(cases);
}

static size_t check_streams(const json_t *cases, const char *prf_key)
{
    size_t i;
    json_t *item;

    json_array_foreach(cases, i, item)
    {
        const struct crypto_transform *prf = transform_named(CRYPTO_PRF, json_text(item, prf_key));
        struct octets key, salt, out, got;
        octets_get(&key, item, "key");
        octets_get(&salt, item, "salt");
        octets_get(&out, item, "out");
        const struct crypto_bytes seed = octets_view(&salt);
        crypto_prf_plus(ctx, prf, octets_view(&key), &seed, 1, got.data, out.len, NULL);
        assert_memory_equal(got.data, out.data, out.len);
    }
    return json_array_size(cases);
}

/* NIST CAVP SP 800-135: nonces of 8 and of 256 octets. */
static void skeyseed_is_prf_of_nonces_and_secret(void **state)
{
    json_t *root = load_data("ikev2_kdf.json");

    (void)state;
    assert_int_equal(check_skeyseeds(json_object_get(root, "prf"), "prf"), 6);
    json_decref(root);
}

static void prf_plus_gives_the_published_streams(void **state)
{
    json_t *root = load_data("ikev2_kdf.json");

    (void)state;
    assert_int_equal(check_streams(json_object_get(root, "prf_plus"), "prf"), 6);
    json_decref(root);
}

static void strongswans_vectors_of_our_prfs(void **state)
{
    json_t *root = load_shared("vectors/strongswan_test_vectors.json");
    const json_t *vectors = json_object_get(root, "vectors");
    size_t hmacs = 0;
    size_t i;
    json_t *item;

    (void)state;
    if (root == NULL) {
        skip();
    }
    assert_int_equal(check_skeyseeds(json_object_get(vectors, "kdf_prf"), "arg.prf"), 6);
    assert_int_equal(check_streams(json_object_get(vectors, "kdf_prf_plus"), "arg.prf"), 7);
    json_array_foreach(json_object_get(vectors, "sha2_hmac"), i, item)
    {
        bool prf = strcmp(json_text(item, "kind"), "prf") == 0;
        struct octets key, data, mac;
        uint8_t out[CRYPTO_PRF_MAX];
        /* A signer is the PRF of its hash, cut off: AUTH_HMAC_SHA2_256_128. */
        char name[] = "PRF_HMAC_SHA2_256";
        memcpy(name + 14, json_text(item, "alg") + (prf ? 14 : 15), 3);
        octets_get(&key, item, "key");
        octets_get(&data, item, prf ? "seed" : "data");
        octets_get(&mac, item, prf ? "out" : "mac");
        const struct crypto_bytes part = octets_view(&data);
        crypto_prf(ctx, transform_named(CRYPTO_PRF, name), octets_view(&key), &part, 1, out, NULL);
        assert_memory_equal(out, mac.data, mac.len);
        hmacs++;
    }
    assert_int_equal(hmacs, 24);
    json_decref(root);
}

/* The first `len` octets, whatever the block: a shorter stream is the beginning of a longer one. */
static void prf_plus_writes_exactly_the_length_asked_for(void **state)
{
    const struct crypto_transform *prf = crypto_transform_find(CRYPTO_PRF, 5);
    const struct crypto_bytes part = crypto_bytes("seed", 4);
    enum { LONGEST = 255 * 32 };
    static uint8_t whole[LONGEST];
    static uint8_t got[LONGEST + 1];
    static const size_t lens[] = {0, 1, 31, 32, 33, 64, 65, LONGEST};

    (void)state;
    crypto_prf_plus(ctx, prf, crypto_bytes("key", 3), &part, 1, whole, LONGEST, NULL);
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        memset(got, 0xee, sizeof got);
        crypto_prf_plus(ctx, prf, crypto_bytes("key", 3), &part, 1, got, lens[i], NULL);
        assert_memory_equal(got, whole, lens[i]);
        assert_int_equal(got[lens[i]], 0xee);
    }
}

static uint64_t read_u64(const struct octets *octets)
{
    uint64_t value = 0;

    for (size_t i = 0; i < 8; i++) {
        value = value << 8 | octets->data[i];
    }
    return value;
}

struct kdf_case {
    struct octets ni, nr, gir, gir_new, spii, spir, skeyseed, dkm, child, child_dh, rekey;
};

static void check_kdf_case(const struct crypto_transform *prf, const struct kdf_case *c)
{
    const char *suites[] = {"aes256-sha256", "aes128gcm16"};
    uint8_t skeyseed[CRYPTO_PRF_MAX];
    struct octets out;
    const struct crypto_bytes none = crypto_bytes(NULL, 0);
    const struct crypto_bytes ni = octets_view(&c->ni);
    const struct crypto_bytes nr = octets_view(&c->nr);

    crypto_skeyseed(ctx, prf, none, ni, nr, octets_view(&c->gir), none, skeyseed, NULL);
    assert_memory_equal(skeyseed, c->skeyseed.data, c->skeyseed.len);

    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        char text[64];
        struct crypto_sk_keys keys;
        snprintf(text, sizeof text, "%s-%s-x25519", suites[i], prf->keyword);
        struct crypto_suite suite = suite_of(CRYPTO_PROTO_IKE, text);
        crypto_sk_derive(ctx, &suite, crypto_bytes(skeyseed, prf->key_len), ni, nr,
                         read_u64(&c->spii), read_u64(&c->spir), &keys, NULL);
        size_t len = keys.at[CRYPTO_SK_COUNT];
        assert_memory_equal(keys.bytes, c->dkm.data, len < c->dkm.len ? len : c->dkm.len);
    }

    const struct crypto_bytes sk_d = crypto_bytes(c->dkm.data, prf->key_len);
    crypto_keymat(ctx, prf, sk_d, none, ni, nr, none, out.data, c->child.len, NULL);
    assert_memory_equal(out.data, c->child.data, c->child.len);
    crypto_keymat(ctx, prf, sk_d, octets_view(&c->gir_new), ni, nr, none, out.data, c->child_dh.len,
                  NULL);
    assert_memory_equal(out.data, c->child_dh.data, c->child_dh.len);
    crypto_skeyseed(ctx, prf, sk_d, ni, nr, octets_view(&c->gir_new), none, out.data, NULL);
    assert_memory_equal(out.data, c->rekey.data, c->rekey.len);
}

static size_t check_kdf_cases(const json_t *cases)
{
    static struct kdf_case c;
    size_t checked = 0;
    size_t i;
    json_t *item;

    json_array_foreach(cases, i, item)
    {
        if (strcmp(json_text(item, "prf"), "hmac-sha1") == 0) {
            continue; /* this build has no PRF_HMAC_SHA1 */
        }
        octets_get(&c.ni, item, "ni");
        octets_get(&c.nr, item, "nr");
        octets_get(&c.gir, item, "gir");
        octets_get(&c.gir_new, item, "gir_new");
        octets_get(&c.spii, item, "spii");
        octets_get(&c.spir, item, "spir");
        octets_get(&c.skeyseed, item, "skeyseed");
        octets_get(&c.dkm, item, "dkm");
        octets_get(&c.child, item, "child");
        octets_get(&c.child_dh, item, "child_dh");
        octets_get(&c.rekey, item, "rekey");
        assert_true(c.dkm.len > 0 && c.child.len > 0 && c.child_dh.len > 0 && c.rekey.len > 0);
        check_kdf_case(prf_of_case(item), &c);
        checked++;
    }
    return checked;
}

static void whole_derivations_of_nist_acvp_and_openssl(void **state)
{
    json_t *root = load_data("ikev2_kdf.json");

    (void)state;
    assert_int_equal(check_kdf_cases(json_object_get(root, "cases")), 3);
    json_decref(root);
}

static void every_case_of_the_collection_with_a_prf_of_ours(void **state)
{
    json_t *root = load_shared("vectors/ikev2_kdf_acvp.json");

    (void)state;
    if (root == NULL) {
        skip();
    }
    assert_true(check_kdf_cases(json_object_get(root, "cases")) >= 3);
    json_decref(root);
}

/* {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr}, §2.14. */
static void the_seven_keys_follow_one_another_in_the_order_of_the_rfc(void **state)
{
    static const struct {
        const char *suite;
        size_t lens[CRYPTO_SK_COUNT];
    } cases[] = {
        {"aes128-sha256-x25519", {32, 32, 32, 16, 16, 32, 32}},
        {"aes256-sha256-prfsha512-x25519", {64, 32, 32, 32, 32, 64, 64}},
        {"aes192gcm16-prfsha384-x25519", {48, 0, 0, 28, 28, 48, 48}},
        {"aes256-sha512-x25519", {64, 64, 64, 32, 32, 64, 64}},
    };
    static const char *const names[] = {"SK_d",  "SK_ai", "SK_ar", "SK_ei",
                                        "SK_er", "SK_pi", "SK_pr"};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct crypto_suite suite = suite_of(CRYPTO_PROTO_IKE, cases[i].suite);
        struct crypto_sk_keys keys;
        const uint8_t *at = keys.bytes;
        crypto_sk_derive(ctx, &suite, crypto_bytes("seed", 4), crypto_bytes("ni", 2),
                         crypto_bytes("nr", 2), 1, 2, &keys, NULL);
        for (int k = 0; k < CRYPTO_SK_COUNT; k++) {
            struct crypto_bytes sk = crypto_sk(&keys, (enum crypto_sk)k);
            assert_int_equal(sk.len, cases[i].lens[k]);
            assert_ptr_equal(sk.data, at);
            assert_string_equal(crypto_sk_name((enum crypto_sk)k), names[k]);
            at += sk.len;
        }
    }
}

static void keymat_of_a_direction_is_key_salt_and_integrity_key(void **state)
{
    static const struct {
        const char *suite;
        size_t len;
    } cases[] = {
        {"aes128gcm16", 20}, {"aes256gcm16", 36}, {"aes128-sha256", 48}, {"aes192-sha512", 88}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct crypto_suite suite = suite_of(CRYPTO_PROTO_ESP, cases[i].suite);
        assert_int_equal(crypto_keymat_direction_len(&suite), cases[i].len);
    }
}

/* §2.15, spelled out with OpenSSL's one-shot HMAC. */
static void auth_signs_message_nonce_and_maced_id_with_the_padded_secret(void **state)
{
    const struct crypto_transform *prf = crypto_transform_find(CRYPTO_PRF, 6);
    const char secret[] = "correct horse";
    const char message[] = "the first message as it was sent";
    const char nonce[] = "the peer's nonce";
    const char id[] = "\x03\0\0\0alice@example.org";
    const char sk_p[] = "SK_p is as long as the PRF's output is, which here is 48";
    uint8_t padded[64], expected_id[64], expected[64], maced_id[64], auth[64];
    uint8_t octets[256];
    size_t len = 0;

    (void)state;
    HMAC(EVP_sha384(), secret, sizeof secret - 1, (const uint8_t *)"Key Pad for IKEv2", 17, padded,
         NULL);
    HMAC(EVP_sha384(), sk_p, 48, (const uint8_t *)id, sizeof id - 1, expected_id, NULL);
    memcpy(octets, message, sizeof message - 1);
    len += sizeof message - 1;
    memcpy(octets + len, nonce, sizeof nonce - 1);
    len += sizeof nonce - 1;
    memcpy(octets + len, expected_id, 48);
    len += 48;
    HMAC(EVP_sha384(), padded, 48, octets, len, expected, NULL);

    crypto_auth_psk(ctx, prf, crypto_bytes(secret, sizeof secret - 1),
                    crypto_bytes(message, sizeof message - 1),
                    crypto_bytes(nonce, sizeof nonce - 1), crypto_bytes(sk_p, 48),
                    crypto_bytes(id, sizeof id - 1), maced_id, auth, NULL);
    assert_memory_equal(maced_id, expected_id, 48);
    assert_memory_equal(auth, expected, 48);
}

static void each_call_of_the_prf_is_on_the_ledger(void **state)
{
    struct crypto_suite suite = suite_of(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    const struct crypto_bytes ten = crypto_bytes("0123456789", 10);
    struct crypto_ledger ledger = {0};
    struct crypto_sk_keys keys;
    uint8_t out[CRYPTO_PRF_MAX];

    (void)state;
    crypto_prf(ctx, suite.prf, ten, &ten, 1, out, &ledger);
    assert_int_equal(ledger.count, 1);
    assert_int_equal(ledger.items[0].kind, CRYPTO_COST_PRF);
    assert_int_equal(ledger.items[0].transform, CRYPTO_PRF_HMAC_SHA2_256);
    assert_int_equal(ledger.items[0].operations, 1);
    assert_int_equal(ledger.items[0].bytes, 10);

    /* 192 octets of keys are six blocks over Ni | Nr | SPIi | SPIr | n, five of them after T(n-1).
     */
    ledger = (struct crypto_ledger){0};
    crypto_sk_derive(ctx, &suite, ten, ten, ten, 1, 2, &keys, &ledger);
    assert_int_equal(ledger.items[0].operations, 6);
    assert_int_equal(ledger.items[0].bytes, 6 * (10 + 10 + 16 + 1) + 5 * 32);
}

static void equality_and_wiping(void **state)
{
    uint8_t a[4] = {1, 2, 3, 4};
    uint8_t b[4] = {1, 2, 3, 5};
    const uint8_t zero[4] = {0};

    (void)state;
    assert_true(crypto_equal(a, a, 4));
    assert_true(crypto_equal(a, b, 3));
    assert_false(crypto_equal(a, b, 4));
    crypto_wipe(a, sizeof a);
    assert_memory_equal(a, zero, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prf_gives_the_macs_of_rfc_4231_and_2202),
        cmocka_unit_test(skeyseed_is_prf_of_nonces_and_secret),
        cmocka_unit_test(prf_plus_gives_the_published_streams),
        cmocka_unit_test(strongswans_vectors_of_our_prfs),
        cmocka_unit_test(prf_plus_writes_exactly_the_length_asked_for),
        cmocka_unit_test(whole_derivations_of_nist_acvp_and_openssl),
        cmocka_unit_test(every_case_of_the_collection_with_a_prf_of_ours),
        cmocka_unit_test(the_seven_keys_follow_one_another_in_the_order_of_the_rfc),
        cmocka_unit_test(keymat_of_a_direction_is_key_salt_and_integrity_key),
        cmocka_unit_test(auth_signs_message_nonce_and_maced_id_with_the_padded_secret),
        cmocka_unit_test(each_call_of_the_prf_is_on_the_ledger),
        cmocka_unit_test(equality_and_wiping),
    };
    return cmocka_run_group_tests(tests, make_context, free_context);
}
