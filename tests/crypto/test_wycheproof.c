/* Project Wycheproof's edge cases, valid and invalid ones, for the algorithms of this build. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/kdf.h"
#include "crypto/kex.h"
#include "crypto/packet.h"
#include "tests/crypto/group_context.h"

static bool is(const json_t *test, const char *result)
{
    return strcmp(json_text(test, "result"), result) == 0;
}

static bool has_flag(const json_t *test, const char *flag)
{
    size_t i;
    json_t *item;

    json_array_foreach(json_object_get(test, "flags"), i, item)
    {
        if (strcmp(json_string_value(item), flag) == 0) {
            return true;
        }
    }
    return false;
}

/* Runs `check` for each test of a file until its end; returns how many were ours to check. */
static size_t each_test(const char *name, bool (*check)(const json_t *group, const json_t *test))
{
    json_t *root = load_shared(name);
    size_t g, t;
    json_t *group, *test;
    size_t checked = 0;

    if (root == NULL) {
        skip();
    }
    json_array_foreach(json_object_get(root, "testGroups"), g, group)
    {
        json_array_foreach(json_object_get(group, "tests"), t, test)
        {
            checked += check(group, test);
        }
    }
    json_decref(root);
    return checked;
}

/* Derives with a private key as drawn; true if the public value was taken. */
static bool derive(uint16_t ke, const json_t *test, struct crypto_bytes public,
                   uint8_t secret[CRYPTO_KEX_SECRET_MAX], size_t *len)
{
    struct octets scalar;
    const struct crypto_draw draw = {.entity = 1};
    const char *why;

    octets_get(&scalar, test, "private");
    struct crypto_entropy entropy = scalar_entropy(&scalar);
    struct crypto_kex *kex =
        crypto_kex_new(ctx, crypto_transform_find(CRYPTO_KE, ke), &entropy, &draw, NULL);
    assert_non_null(kex);
    bool taken = crypto_kex_derive(kex, public, secret, len, NULL, &why) == 0;
    crypto_kex_free(kex);
    return taken;
}

static bool check_x25519(const json_t *group, const json_t *test)
{
    struct octets public, shared;
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    size_t len;

    (void)group;
    octets_get(&public, test, "public");
    octets_get(&shared, test, "shared");
    bool taken = derive(CRYPTO_KE_CURVE25519, test, octets_view(&public), secret, &len);
    /* "acceptable" is what RFC 7748 leaves open: we refuse a zero secret and take the twist. */
    assert_int_equal(taken, !has_flag(test, "ZeroSharedSecret"));
    if (taken) {
        assert_int_equal(len, shared.len);
        assert_memory_equal(secret, shared.data, len);
    }
    return true;
}

static void x25519(void **state)
{
    (void)state;
    assert_int_equal(each_test("vectors/wycheproof/x25519_test.json", check_x25519), 518);
}

/* The public keys come as SubjectPublicKeyInfo; a KE payload carries the point alone. So the tests
 * are ours that have the plain header of a P-256 key and differ in the point. */
static bool check_ecp_256(const json_t *group, const json_t *test)
{
    static const char header[] = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    const char *public_hex = json_text(test, "public");
    struct octets public, shared;
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    size_t len;

    (void)group;
    if (strncmp(public_hex, header, sizeof header - 1) != 0 ||
        strlen(public_hex) != sizeof header - 1 + 128) {
        return false;
    }
    octets_from_hex(&public, public_hex + sizeof header - 1);
    octets_get(&shared, test, "shared");
    bool taken = derive(CRYPTO_KE_ECP_256, test, octets_view(&public), secret, &len);
    assert_int_equal(taken, is(test, "valid"));
    if (taken) {
        assert_memory_equal(secret, shared.data, 32);
    }
    return true;
}

static void ecp_256(void **state)
{
    (void)state;
    /* 330 valid ones, and 19 points that are not on the curve. */
    assert_int_equal(each_test("vectors/wycheproof/ecdh_secp256r1_test.json", check_ecp_256), 349);
}

/* Nonces that are salt and IV of `suite`, and never an empty plaintext, as in IKE and ESP. */
static bool check_aead(const json_t *group, const json_t *test, const char *suite_text)
{
    struct octets encr_key, nonce, aad, plain, cipher, tag, packet;
    struct crypto_packet_key key;
    struct crypto_bytes opened;
    struct crypto_suite suite = suite_of(CRYPTO_PROTO_ESP, suite_text);
    const size_t salt_len = suite.encr->salt_len, icv_len = suite.encr->icv_len;

    if ((size_t)json_integer_value(json_object_get(group, "ivSize")) != 8 * (salt_len + 8) ||
        json_text(test, "msg")[0] == '\0') {
        return false;
    }
    octets_get(&encr_key, test, "key");
    octets_get(&nonce, test, "iv");
    octets_get(&aad, test, "aad");
    octets_get(&plain, test, "msg");
    octets_get(&cipher, test, "ct");
    octets_get(&tag, test, "tag");
    assert_int_equal(tag.len, icv_len);

    memcpy(encr_key.data + encr_key.len, nonce.data, salt_len);
    encr_key.len += salt_len;
    crypto_packet_key_set(&key, &suite, octets_view(&encr_key), crypto_bytes(NULL, 0));

    uint8_t *body = packet.data + aad.len + 8;
    memcpy(packet.data, aad.data, aad.len);
    memcpy(packet.data + aad.len, nonce.data + salt_len, 8);
    memcpy(body, plain.data, plain.len);
    size_t len = crypto_packet_seal(ctx, &key, packet.data, aad.len, plain.len, NULL);
    assert_memory_equal(body, cipher.data, cipher.len);
    assert_int_equal(memcmp(body + cipher.len, tag.data, icv_len) == 0, is(test, "valid"));

    memcpy(body + cipher.len, tag.data, icv_len);
    assert_int_equal(crypto_packet_open(ctx, &key, packet.data, len, aad.len, &opened, NULL),
                     is(test, "valid") ? CRYPTO_OPEN_OK : CRYPTO_OPEN_BAD_ICV);
    if (is(test, "valid")) {
        assert_memory_equal(opened.data, plain.data, plain.len);
    }
    return true;
}

static unsigned bits_of(const json_t *group, const char *key)
{
    return (unsigned)json_integer_value(json_object_get(group, key));
}

static bool check_aes_gcm(const json_t *group, const json_t *test)
{
    char suite[32];

    snprintf(suite, sizeof suite, "aes%ugcm16", bits_of(group, "keySize"));
    return check_aead(group, test, suite);
}

static void aes_gcm(void **state)
{
    (void)state;
    assert_true(each_test("vectors/wycheproof/aes_gcm_test.json", check_aes_gcm) > 150);
}

/* CCM's nonce has 11 octets in IKE and ESP, and the tag is as long as the transform says. */
static bool check_aes_ccm(const json_t *group, const json_t *test)
{
    unsigned tag = bits_of(group, "tagSize");
    char suite[32];

    if (tag != 64 && tag != 96 && tag != 128) {
        return false;
    }
    snprintf(suite, sizeof suite, "aes%uccm%u", bits_of(group, "keySize"), tag / 8);
    return check_aead(group, test, suite);
}

static void aes_ccm(void **state)
{
    (void)state;
    assert_int_equal(each_test("vectors/wycheproof/aes_ccm_test.json", check_aes_ccm), 12);
}

static bool check_chacha20_poly1305(const json_t *group, const json_t *test)
{
    return check_aead(group, test, "chacha20poly1305");
}

static void chacha20_poly1305(void **state)
{
    (void)state;
    assert_int_equal(
        each_test("vectors/wycheproof/chacha20_poly1305_test.json", check_chacha20_poly1305), 294);
}

static bool check_hmac(uint16_t prf, const json_t *test)
{
    struct octets key, msg, tag;
    uint8_t out[CRYPTO_PRF_MAX];

    octets_get(&key, test, "key");
    octets_get(&msg, test, "msg");
    octets_get(&tag, test, "tag");
    const struct crypto_bytes part = octets_view(&msg);
    crypto_prf(ctx, crypto_transform_find(CRYPTO_PRF, prf), octets_view(&key), &part, 1, out, NULL);
    assert_int_equal(crypto_equal(out, tag.data, tag.len), is(test, "valid"));
    return true;
}

static bool check_hmac_sha256(const json_t *group, const json_t *test)
{
    (void)group;
    return check_hmac(CRYPTO_PRF_HMAC_SHA2_256, test);
}

static bool check_hmac_sha384(const json_t *group, const json_t *test)
{
    (void)group;
    return check_hmac(CRYPTO_PRF_HMAC_SHA2_384, test);
}

static bool check_hmac_sha512(const json_t *group, const json_t *test)
{
    (void)group;
    return check_hmac(CRYPTO_PRF_HMAC_SHA2_512, test);
}

static bool check_hmac_sha1(const json_t *group, const json_t *test)
{
    (void)group;
    return check_hmac(CRYPTO_PRF_HMAC_SHA1, test);
}

static void hmac_sha1(void **state)
{
    (void)state;
    assert_int_equal(each_test("vectors/wycheproof/hmac_sha1_test.json", check_hmac_sha1), 170);
}

static void hmac_sha256(void **state)
{
    (void)state;
    assert_int_equal(each_test("vectors/wycheproof/hmac_sha256_test.json", check_hmac_sha256), 174);
}

static void hmac_sha384(void **state)
{
    (void)state;
    assert_int_equal(each_test("vectors/wycheproof/hmac_sha384_test.json", check_hmac_sha384), 174);
}

static void hmac_sha512(void **state)
{
    (void)state;
    assert_int_equal(each_test("vectors/wycheproof/hmac_sha512_test.json", check_hmac_sha512), 174);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x25519),
        cmocka_unit_test(ecp_256),
        cmocka_unit_test(aes_gcm),
        cmocka_unit_test(aes_ccm),
        cmocka_unit_test(chacha20_poly1305),
        cmocka_unit_test(hmac_sha1),
        cmocka_unit_test(hmac_sha256),
        cmocka_unit_test(hmac_sha384),
        cmocka_unit_test(hmac_sha512),
    };
    return cmocka_run_group_tests(tests, make_context, free_context);
}
