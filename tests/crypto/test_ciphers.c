/* Known answers of every ENCR of this build: the RFCs', strongSwan's, a Linux kernel's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/packet.h"
#include "tests/crypto/group_context.h"

/* One packet as others made it. */
struct known {
    struct octets key, iv, aad, plain, cipher, icv; /* icv: of an AEAD, else of length 0 */
};

static struct crypto_packet_key key_of(const char *suite_text, const struct octets *octets)
{
    static const uint8_t integ_key[CRYPTO_INTEG_KEY_MAX] = "an integrity key of our own";
    struct crypto_suite suite = suite_of(CRYPTO_PROTO_ESP, suite_text);
    struct crypto_packet_key key;

    crypto_packet_key_set(&key, &suite, octets_view(octets),
                          crypto_bytes(integ_key, suite.integ ? suite.integ->key_len : 0));
    return key;
}

/* Sealing gives the cipher and the ICV; what was sealed opens; no tag that differs in a bit does.
 */
static void check_known(const char *suite_text, const struct known *known)
{
    struct crypto_packet_key key = key_of(suite_text, &known->key);
    const size_t before = known->aad.len + known->iv.len, text_len = known->plain.len;
    struct octets packet = {.len = 0};
    struct crypto_bytes opened;

    assert_int_equal(known->iv.len, key.encr->iv_len);
    assert_int_equal(known->icv.len, key.encr->icv_len);
    memcpy(packet.data, known->aad.data, known->aad.len);
    memcpy(packet.data + known->aad.len, known->iv.data, known->iv.len);
    memcpy(packet.data + before, known->plain.data, text_len);
    packet.len = crypto_packet_seal(ctx, &key, packet.data, known->aad.len, text_len, NULL);
    assert_int_equal(packet.len, before + text_len + crypto_packet_icv_len(&key));
    assert_memory_equal(packet.data + before, known->cipher.data, text_len);
    assert_memory_equal(packet.data + before + text_len, known->icv.data, known->icv.len);

    struct octets copy = packet;
    copy.data[copy.len - 1] ^= 1;
    assert_int_equal(
        crypto_packet_open(ctx, &key, copy.data, copy.len, known->aad.len, &opened, NULL),
        CRYPTO_OPEN_BAD_ICV);
    assert_int_equal(
        crypto_packet_open(ctx, &key, packet.data, packet.len, known->aad.len, &opened, NULL),
        CRYPTO_OPEN_OK);
    assert_int_equal(opened.len, text_len);
    assert_memory_equal(opened.data, known->plain.data, text_len);
}

static void ciphers_give_the_published_answers(void **state)
{
    json_t *root = load_data("crypto_vectors.json");
    const json_t *cases = json_object_get(root, "ciphers");
    size_t i;
    json_t *item;

    (void)state;
    assert_int_equal(json_array_size(cases), 31);
    json_array_foreach(cases, i, item)
    {
        struct known known;
        octets_get(&known.key, item, "key");
        octets_get(&known.iv, item, "iv");
        octets_get(&known.aad, item, "aad");
        octets_get(&known.plain, item, "plain");
        octets_get(&known.cipher, item, "cipher");
        octets_get(&known.icv, item, "icv");
        check_known(json_text(item, "suite"), &known);
    }
    json_decref(root);
}

/* ---- strongSwan's vectors ---- */

/* Their names of algorithms as suites; both protocols never encrypt nothing, so rows without a
 * plaintext are passed over. */
static void strongswans_vectors(void **state)
{
    static const struct {
        const char *member, *alg, *suite;
        size_t count;
    } rows[] = {
        {"aes_gcm", "ENCR_AES_GCM_ICV8", "aes%ugcm8", 3},
        {"aes_gcm", "ENCR_AES_GCM_ICV12", "aes%ugcm12", 3},
        {"aes_ccm", "ENCR_AES_CCM_ICV8", "aes%uccm8", 5},
        {"aes_ccm", "ENCR_AES_CCM_ICV12", "aes%uccm12", 3},
        {"aes_ccm", "ENCR_AES_CCM_ICV16", "aes%uccm16", 4},
        {"aes_ctr", "ENCR_AES_CTR", "aes%uctr-sha256", 9},
        {"chacha20poly1305", "ENCR_CHACHA20_POLY1305", "chacha20poly1305", 4},
        {"null", "ENCR_NULL", "null-sha256", 1},
    };
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
            struct known known;
            char suite[32];
            octets_get(&known.plain, item, "plain");
            if (strcmp(json_text(item, "alg"), rows[r].alg) != 0 || known.plain.len == 0) {
                continue;
            }
            octets_get(&known.key, item, "key");
            octets_get(&known.iv, item, "iv");
            octets_get(&known.aad, item, "adata");
            octets_get(&known.cipher, item, "cipher");
            known.icv.len = known.cipher.len - known.plain.len;
            memcpy(known.icv.data, known.cipher.data + known.plain.len, known.icv.len);
            if (json_text(item, "salt_size")[0] != '\0') { /* they take no more of "key" */
                known.key.len = strtoul(json_text(item, "key_size"), NULL, 10) +
                                strtoul(json_text(item, "salt_size"), NULL, 10);
            }
            size_t salt_len = known.icv.len == 0 || strstr(rows[r].suite, "ccm") == NULL ? 4 : 3;
            if (strstr(rows[r].suite, "%u") == NULL) {
                snprintf(suite, sizeof suite, "%s", rows[r].suite);
            } else { /* "aes" and the key length and the rest */
                snprintf(suite, sizeof suite, "aes%zu%s", 8 * (known.key.len - salt_len),
                         rows[r].suite + strlen("aes%u"));
            }
            check_known(suite, &known);
            checked++;
        }
        assert_int_equal(checked, rows[r].count);
    }
    json_decref(root);
}

/* ---- a Linux kernel's packets ---- */

/* With extended sequence numbers an AEAD's associated data has the high half between SPI and
 * sequence number (RFC 4106 §5, RFC 4543 §3.3). */
static void get_header(struct octets *aad, const json_t *item)
{
    const json_t *high = json_object_get(item, "esn_high");
    uint32_t spi = (uint32_t)strtoul(json_text(item, "spi"), NULL, 0);
    uint32_t words[3];
    size_t count = 0;

    words[count++] = spi;
    if (high != NULL) {
        words[count++] = (uint32_t)json_integer_value(high);
    }
    words[count++] = (uint32_t)json_integer_value(json_object_get(item, "seq"));
    aad->len = 4 * count;
    for (size_t i = 0; i < aad->len; i++) {
        aad->data[i] = (uint8_t)(words[i / 4] >> (24 - 8 * (i % 4)));
    }
}

static void linux_kernel_packets(void **state)
{
    static const struct {
        const char *alg, *suite;
        size_t count;
    } rows[] = {
        {"3DES", "3des-sha1", 1},           {"AES-CBC", "aes128-sha1", 1},
        {"AES-CTR", "aes128ctr-sha1", 1},   {"AES-GCM", "aes128gcm16", 2},
        {"AES-NULL-GMAC", "aes128gmac", 2}, {"AES-CCM", "aes128ccm8", 1},
    };
    json_t *root = load_shared("vectors/linux_kernel_esp_packets.json");

    (void)state;
    if (root == NULL) {
        skip();
    }
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        size_t i, checked = 0;
        json_t *item;
        json_array_foreach(json_object_get(root, "packets"), i, item)
        {
            struct known known;
            struct octets body;
            if (strcmp(json_text(item, "alg"), rows[r].alg) != 0) {
                continue;
            }
            octets_get(&known.key, item, "key");
            octets_get(&known.plain, item, "plaintext_with_trailer");
            octets_get(&body, item, "esp_body_after_seq");
            get_header(&known.aad, item);
            const struct crypto_transform *encr = key_of(rows[r].suite, &known.key).encr;
            known.iv.len = encr->iv_len;
            known.cipher.len = known.plain.len;
            known.icv.len = encr->icv_len;
            assert_int_equal(body.len, known.iv.len + known.cipher.len + known.icv.len);
            memcpy(known.iv.data, body.data, known.iv.len);
            memcpy(known.cipher.data, body.data + known.iv.len, known.cipher.len);
            memcpy(known.icv.data, body.data + body.len - known.icv.len, known.icv.len);
            check_known(rows[r].suite, &known);
            checked++;
        }
        assert_int_equal(checked, rows[r].count);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ciphers_give_the_published_answers),
        cmocka_unit_test(strongswans_vectors),
        cmocka_unit_test(linux_kernel_packets),
    };
    return cmocka_run_group_tests(tests, make_context, free_context);
}
