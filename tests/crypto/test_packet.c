/* Sealing and opening (RFC 7296 §3.14, RFC 4303, RFC 5282): published packets, everything that must
 * not open, and the cache of keyed contexts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/hmac.h>

#include "crypto/key_cache.h"
#include "crypto/packet.h"
#include "tests/crypto/group_context.h"

static const char *const suites[] = {
    "aes128-sha256", "aes192-sha384",  "aes256-sha512",  "aes256-sha256",    "aes128gcm16",
    "aes192gcm16",   "aes256gcm16",    "aes128gcm8",     "aes256gcm12",      "aes128ccm8",
    "aes192ccm12",   "aes256ccm16",    "aes128ctr-sha1", "aes256ctr-sha256", "3des-sha1",
    "3des-sha1_160", "aes128-aesxcbc", "aes128-aescmac", "null-sha256",      "null-aesxcbc",
    "null-sha1",     "aes128gmac",     "aes256gmac",     "chacha20poly1305",
};
enum { SUITES = sizeof suites / sizeof suites[0] };

/* A key of `suite` whose octets tell `n`. */
static struct crypto_packet_key key_of(const char *suite_text, unsigned n)
{
    struct crypto_suite suite = suite_of(CRYPTO_PROTO_ESP, suite_text);
    uint8_t octets[CRYPTO_ENCR_KEY_MAX + CRYPTO_INTEG_KEY_MAX];
    struct crypto_packet_key key;
    size_t encr = suite.encr_key_bits / 8u + suite.encr->salt_len;

    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)(n + i * (n >> 8) + i);
    }
    crypto_packet_key_set(&key, &suite, crypto_bytes(octets, encr),
                          crypto_bytes(octets + encr, suite.integ ? suite.integ->key_len : 0));
    return key;
}

/* Associated data, IV and plaintext that tell where they are. */
static void write_packet(const struct crypto_packet_key *key, uint8_t *packet, size_t aad_len,
                         size_t plain_len)
{
    for (size_t i = 0; i < aad_len + key->encr->iv_len + plain_len; i++) {
        packet[i] = (uint8_t)(0x40 + i);
    }
}

/* ---- published packets ---- */

static void check_vectors(const char *member, const char *suite_format, size_t count)
{
    json_t *root = load_data("crypto_vectors.json");
    const json_t *cases = json_object_get(root, member);
    size_t i;
    json_t *item;

    assert_int_equal(json_array_size(cases), count);
    json_array_foreach(cases, i, item)
    {
        struct octets encr_key, iv, aad, plain, cipher;
        struct octets packet = {.len = 0};
        static const uint8_t integ_key[32];
        octets_get(&encr_key, item, "key");
        octets_get(&iv, item, "iv");
        octets_get(&aad, item, "aad");
        octets_get(&plain, item, "plain");
        octets_get(&cipher, item, "cipher");

        bool aead = strstr(suite_format, "gcm") != NULL;
        char text[64];
        snprintf(text, sizeof text, suite_format, 8 * ((unsigned)encr_key.len - (aead ? 4 : 0)));
        struct crypto_suite suite = suite_of(CRYPTO_PROTO_ESP, text);
        struct crypto_packet_key key;
        crypto_packet_key_set(&key, &suite, octets_view(&encr_key),
                              crypto_bytes(integ_key, aead ? 0 : sizeof integ_key));

        memcpy(packet.data, aad.data, aad.len);
        memcpy(packet.data + aad.len, iv.data, iv.len);
        memcpy(packet.data + aad.len + iv.len, plain.data, plain.len);
        packet.len = crypto_packet_seal(ctx, &key, packet.data, aad.len, plain.len, NULL);
        size_t before = aad.len + iv.len;
        assert_int_equal(packet.len, before + plain.len + 16);
        /* An AEAD's vector has the tag, CBC's has no integrity. */
        assert_int_equal(cipher.len, plain.len + (aead ? 16 : 0));
        assert_memory_equal(packet.data + before, cipher.data, cipher.len);
        assert_memory_equal(packet.data, aad.data, aad.len);
        assert_memory_equal(packet.data + aad.len, iv.data, iv.len);

        struct crypto_bytes opened;
        assert_int_equal(
            crypto_packet_open(ctx, &key, packet.data, packet.len, aad.len, &opened, NULL),
            CRYPTO_OPEN_OK);
        assert_ptr_equal(opened.data, packet.data + before);
        assert_int_equal(opened.len, plain.len);
        assert_memory_equal(opened.data, plain.data, plain.len);
    }
    json_decref(root);
}

static void aes_cbc_gives_the_blocks_and_esp_packets_of_rfc_3602(void **state)
{
    (void)state;
    check_vectors("aes_cbc", "aes%u-sha256", 8);
}

static void aes_gcm_gives_mcgrew_and_viegas_cases(void **state)
{
    (void)state;
    check_vectors("aes_gcm", "aes%ugcm16", 4);
}

/* Every AES-GCM row with a tag of 16 octets, and every AES-CBC row, of strongSwan's own vectors. */
static void strongswans_vectors_of_our_ciphers(void **state)
{
    json_t *root = load_shared("vectors/strongswan_test_vectors.json");
    const char *members[] = {"aes_gcm", "aes_cbc"};
    size_t checked = 0;

    (void)state;
    if (root == NULL) {
        skip();
    }
    for (size_t m = 0; m < 2; m++) {
        const json_t *rows = json_object_get(json_object_get(root, "vectors"), members[m]);
        size_t i;
        json_t *row;
        json_array_foreach(rows, i, row)
        {
            bool aead = strcmp(json_text(row, "alg"), "ENCR_AES_GCM_ICV16") == 0;
            struct octets encr_key, iv, aad, plain, cipher, packet;
            if (!aead && strcmp(json_text(row, "alg"), "ENCR_AES_CBC") != 0) {
                continue;
            }
            octets_get(&plain, row, "plain");
            if (plain.len == 0) {
                continue; /* both protocols have at least the pad length to encrypt */
            }
            octets_get(&encr_key, row, "key");
            octets_get(&iv, row, "iv");
            octets_get(&aad, row, "adata");
            octets_get(&cipher, row, "cipher");

            char text[64];
            static const uint8_t integ_key[32];
            snprintf(text, sizeof text, aead ? "aes%ugcm16" : "aes%u-sha256",
                     8 * ((unsigned)encr_key.len - (aead ? 4 : 0)));
            struct crypto_suite suite = suite_of(CRYPTO_PROTO_ESP, text);
            struct crypto_packet_key key;
            crypto_packet_key_set(&key, &suite, octets_view(&encr_key),
                                  crypto_bytes(integ_key, aead ? 0 : sizeof integ_key));
            memcpy(packet.data, aad.data, aad.len);
            memcpy(packet.data + aad.len, iv.data, iv.len);
            memcpy(packet.data + aad.len + iv.len, plain.data, plain.len);
            assert_true(crypto_packet_seal(ctx, &key, packet.data, aad.len, plain.len, NULL) > 0);
            assert_memory_equal(packet.data + aad.len + iv.len, cipher.data, cipher.len);
            checked++;
        }
    }
    assert_int_equal(checked, 12 + 6);
    json_decref(root);
}

/* ---- what both sides must hold ---- */

static void every_suite_opens_what_it_sealed(void **state)
{
    (void)state;
    for (size_t s = 0; s < SUITES; s++) {
        struct crypto_packet_key key = key_of(suites[s], 300);
        for (size_t plain_len = 16; plain_len <= 1408; plain_len += 16) {
            uint8_t packet[2048], clear[2048];
            size_t aad_len = plain_len % 96;
            struct crypto_bytes plain;
            write_packet(&key, packet, aad_len, plain_len);
            memcpy(clear, packet, sizeof clear);
            size_t len = crypto_packet_seal(ctx, &key, packet, aad_len, plain_len, NULL);
            size_t before = aad_len + key.encr->iv_len;
            assert_int_equal(len, before + plain_len + crypto_packet_icv_len(&key));
            assert_memory_equal(packet, clear, before);
            bool same = memcmp(packet + before, clear + before, plain_len) == 0;
            assert_int_equal(same, key.encr->esp_only);
            assert_int_equal(crypto_packet_open(ctx, &key, packet, len, aad_len, &plain, NULL),
                             CRYPTO_OPEN_OK);
            assert_int_equal(plain.len, plain_len);
            assert_memory_equal(plain.data, clear + before, plain_len);
        }
    }
}

static void one_flipped_bit_anywhere_does_not_open(void **state)
{
    (void)state;
    for (size_t s = 0; s < SUITES; s++) {
        struct crypto_packet_key key = key_of(suites[s], 7);
        uint8_t sealed[256], packet[256];
        struct crypto_bytes plain;
        write_packet(&key, sealed, 8, 32);
        size_t len = crypto_packet_seal(ctx, &key, sealed, 8, 32, NULL);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            memcpy(packet, sealed, len);
            packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(crypto_packet_open(ctx, &key, packet, len, 8, &plain, NULL),
                             CRYPTO_OPEN_BAD_ICV);
        }
        memcpy(packet, sealed, len);
        assert_int_equal(crypto_packet_open(ctx, &key, packet, len, 8, &plain, NULL),
                         CRYPTO_OPEN_OK);
    }
}

static void another_key_or_salt_does_not_open(void **state)
{
    (void)state;
    for (size_t s = 0; s < SUITES; s++) {
        const struct crypto_packet_key key = key_of(suites[s], 7);
        for (int which = 0; which < 2; which++) {
            struct crypto_packet_key other = key;
            uint8_t packet[256];
            struct crypto_bytes plain;
            if (which == 0 && key.integ != NULL) {
                other.integ_key[key.integ_key_len - 1] ^= 1;
            } else if (which == 0) {
                other.encr_key[key.encr_key_len - 1] ^= 1; /* the salt */
            } else if (key.integ == NULL) {
                other.encr_key[5] ^= 1;
            } else {
                continue; /* without its own ICV it opens, to rubbish */
            }
            write_packet(&key, packet, 8, 32);
            size_t len = crypto_packet_seal(ctx, &key, packet, 8, 32, NULL);
            assert_int_equal(crypto_packet_open(ctx, &other, packet, len, 8, &plain, NULL),
                             CRYPTO_OPEN_BAD_ICV);
        }
    }
}

/* One IV, at least one block, the ICV, and nothing but whole blocks. */
static void what_cannot_be_a_packet_is_too_short(void **state)
{
    (void)state;
    for (size_t s = 0; s < SUITES; s++) {
        struct crypto_packet_key key = key_of(suites[s], 9);
        uint8_t packet[256] = {0};
        struct crypto_bytes plain;
        size_t least = 8u + key.encr->iv_len + key.encr->block_len + crypto_packet_icv_len(&key);
        for (size_t len = 0; len < least; len++) {
            assert_int_equal(crypto_packet_open(ctx, &key, packet, len, 8, &plain, NULL),
                             CRYPTO_OPEN_TOO_SHORT);
        }
        for (size_t len = least; len < least + 40; len++) {
            bool whole = (len - least) % key.encr->block_len == 0;
            assert_int_equal(crypto_packet_open(ctx, &key, packet, len, 8, &plain, NULL),
                             whole ? CRYPTO_OPEN_BAD_ICV : CRYPTO_OPEN_TOO_SHORT);
        }
    }
}

/* RFC 7296 §3.14: the checksum covers everything before it, and follows encryption. */
static void the_icv_of_cbc_is_the_hmac_of_all_before_it(void **state)
{
    static const struct {
        const char *suite;
        const char *hash;
        size_t icv_len; /* RFC 4868 §2.1.2 */
    } cases[] = {{"aes128-sha256", "SHA256", 16},
                 {"aes128-sha384", "SHA384", 24},
                 {"aes128-sha512", "SHA512", 32}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct crypto_packet_key key = key_of(cases[i].suite, 11);
        uint8_t packet[256], mac[64];
        unsigned mac_len;
        write_packet(&key, packet, 28, 48);
        size_t len = crypto_packet_seal(ctx, &key, packet, 28, 48, NULL);
        assert_int_equal(len, 28 + 16 + 48 + cases[i].icv_len);
        HMAC(EVP_get_digestbyname(cases[i].hash), key.integ_key, key.integ_key_len, packet,
             28 + 16 + 48, mac, &mac_len);
        assert_int_equal(mac_len, 2 * cases[i].icv_len);
        assert_memory_equal(packet + 28 + 16 + 48, mac, cases[i].icv_len);
    }
}

/* ---- the cache ---- */

/* Many more keys than there are slots, in an order that takes each from the cache, evicts it, and
 * takes it again. Seeing each other's contexts, or one's own under an old key, would not open. */
static void keys_that_evict_one_another_do_not_mix(void **state)
{
    enum { KEYS = 5 * KEY_CACHE_SETS * KEY_CACHE_WAYS };

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned n = 0; n < KEYS; n++) {
            /* Neighbours share the cache's set half of the time. */
            struct crypto_packet_key key = key_of(suites[n % SUITES], (n / 2) << 8 | n % 8);
            uint8_t packet[128], clear[128];
            struct crypto_bytes plain;
            write_packet(&key, packet, 8, 32);
            memcpy(clear, packet, sizeof clear);
            size_t len = crypto_packet_seal(ctx, &key, packet, 8, 32, NULL);
            if (n % 3 == round) { /* evicts in between */
                for (unsigned m = 0; m < 8; m++) {
                    struct crypto_packet_key other = key_of("aes128gcm16", (900 + m) << 8 | n % 8);
                    uint8_t scratch[64];
                    write_packet(&other, scratch, 8, 16);
                    assert_true(crypto_packet_seal(ctx, &other, scratch, 8, 16, NULL) > 0);
                }
            }
            assert_int_equal(crypto_packet_open(ctx, &key, packet, len, 8, &plain, NULL),
                             CRYPTO_OPEN_OK);
            assert_memory_equal(plain.data, clear + 8 + key.encr->iv_len, 32);
        }
    }
}

static void a_cached_context_gives_what_a_new_one_gives(void **state)
{
    (void)state;
    for (size_t s = 0; s < SUITES; s++) {
        struct crypto_packet_key key = key_of(suites[s], 21);
        uint8_t first[128];
        for (int i = 0; i < 3; i++) {
            uint8_t packet[128];
            struct crypto_bytes plain;
            struct crypto_context *fresh = context_or_die();
            write_packet(&key, packet, 8, 32);
            size_t len = crypto_packet_seal(i == 0 ? fresh : ctx, &key, packet, 8, 32, NULL);
            if (i == 0) {
                memcpy(first, packet, len);
            }
            assert_memory_equal(packet, first, len);
            assert_int_equal(crypto_packet_open(ctx, &key, packet, len, 8, &plain, NULL),
                             CRYPTO_OPEN_OK);
            crypto_context_free(fresh);
        }
    }
}

static void the_cache_keeps_the_keys_that_were_used_last(void **state)
{
    struct key_cache cache;
    struct keyed *slots[KEY_CACHE_WAYS];

    (void)state;
    assert_true(key_cache_new(&cache));
    for (unsigned i = 0; i < KEY_CACHE_WAYS; i++) {
        struct crypto_packet_key key = key_of("aes128gcm16", i << 8);
        slots[i] = key_cache_find(&cache, &key);
        slots[i]->seal_ready = true;
        for (unsigned j = 0; j < i; j++) {
            assert_ptr_not_equal(slots[i], slots[j]);
        }
    }
    /* All of one set are in. Key 0 is used again, so that key 1 is the oldest. */
    struct crypto_packet_key key_0 = key_of("aes128gcm16", 0);
    assert_ptr_equal(key_cache_find(&cache, &key_0), slots[0]);
    assert_true(slots[0]->seal_ready);
    struct crypto_packet_key new_key = key_of("aes128gcm16", 77 << 8);
    assert_ptr_equal(key_cache_find(&cache, &new_key), slots[1]);
    assert_false(slots[1]->seal_ready);
    assert_ptr_equal(key_cache_find(&cache, &key_0), slots[0]);
    key_cache_done(&cache);
}

/* Who has not the integrity key can still read, if he has the other; not so with an AEAD. */
static void a_packet_is_decrypted_without_a_look_at_its_icv(void **state)
{
    static const char *const readable[] = {"aes128-sha256", "3des-sha1", "aes256ctr-sha1",
                                           "null-aesxcbc"};

    (void)state;
    for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++) {
        struct crypto_packet_key key = key_of(readable[i], 33);
        uint8_t packet[128], clear[128];
        struct crypto_bytes plain;
        write_packet(&key, packet, 8, 32);
        memcpy(clear, packet, sizeof clear);
        size_t len = crypto_packet_seal(ctx, &key, packet, 8, 32, NULL);
        packet[len - 1] ^= 1;
        memset(key.integ_key, 0, sizeof key.integ_key);
        assert_int_equal(crypto_packet_decrypt(ctx, &key, packet, len, 8, &plain), CRYPTO_OPEN_OK);
        assert_int_equal(plain.len, 32);
        assert_memory_equal(plain.data, clear + 8 + key.encr->iv_len, 32);
        size_t shortest = 8u + key.encr->iv_len + crypto_packet_icv_len(&key);
        assert_int_equal(crypto_packet_decrypt(ctx, &key, packet, shortest, 8, &plain),
                         CRYPTO_OPEN_TOO_SHORT);
    }
}

static void packets_are_on_the_ledger_with_their_plaintext(void **state)
{
    struct crypto_packet_key key = key_of("aes128gcm16", 1);
    struct crypto_ledger ledger = {0};
    uint8_t packet[128];
    struct crypto_bytes plain;

    (void)state;
    write_packet(&key, packet, 8, 40);
    size_t len = crypto_packet_seal(ctx, &key, packet, 8, 40, &ledger);
    packet[0] ^= 1;
    crypto_packet_open(ctx, &key, packet, len, 8, &plain, &ledger);
    crypto_packet_open(ctx, &key, packet, 3, 8, &plain, &ledger);
    assert_int_equal(ledger.count, 2); /* a bad ICV costs, what is too short does not */
    assert_int_equal(ledger.items[0].kind, CRYPTO_COST_SEAL);
    assert_int_equal(ledger.items[0].transform, CRYPTO_ENCR_AES_GCM_16);
    assert_int_equal(ledger.items[0].bytes, 40);
    assert_int_equal(ledger.items[1].kind, CRYPTO_COST_OPEN);
    assert_int_equal(ledger.items[1].bytes, 40);
}

/* RFC 8750 §4: an implicit IV is the sequence number; the packet is that of the cipher's twin which
 * sends this IV, without it. So the known answers of the twins are theirs too. */
static void an_implicit_iv_is_the_sequence_number(void **state)
{
    static const struct {
        const char *iiv, *twin;
    } rows[] = {
        {"aes128ccm8iiv", "aes128ccm8"},   {"aes256ccm8iiv", "aes256ccm8"},
        {"aes128gcm16iiv", "aes128gcm16"}, {"aes192gcm16iiv", "aes192gcm16"},
        {"aes256gcm16iiv", "aes256gcm16"}, {"chacha20poly1305iiv", "chacha20poly1305"},
    };
    static const uint8_t header[8] = {0xc0, 1, 2, 3, 0, 0, 0x12, 0x34};

    (void)state;
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof rows[0]); i++) {
        struct crypto_packet_key iiv = key_of(rows[i / 2].iiv, 9),
                                 twin = key_of(rows[i / 2].twin, 9);
        bool esn = i % 2 != 0;
        uint32_t high = esn ? 0x00000abc : 0;
        uint8_t ours[128], theirs[128];
        struct crypto_bytes plain;

        assert_int_equal(iiv.encr->iv_len, 0);
        memcpy(ours, header, 8);
        memset(ours + 8, 0x5a, 40);
        memcpy(theirs, header, 8);
        memset(theirs + 8, 0, 4);
        theirs[10] = (uint8_t)(high >> 8);
        theirs[11] = (uint8_t)high;
        memcpy(theirs + 12, header + 4, 4);
        memset(theirs + 16, 0x5a, 40);
        size_t len = esn ? crypto_packet_seal_esn(ctx, &iiv, ours, high, 40, NULL)
                         : crypto_packet_seal(ctx, &iiv, ours, 8, 40, NULL);
        size_t twin_len = esn ? crypto_packet_seal_esn(ctx, &twin, theirs, high, 40, NULL)
                              : crypto_packet_seal(ctx, &twin, theirs, 8, 40, NULL);
        assert_int_equal(len + 8, twin_len);
        assert_memory_equal(ours + 8, theirs + 16, len - 8);

        ours[7] ^= 1; /* another number is another nonce */
        assert_int_equal(esn ? crypto_packet_open_esn(ctx, &iiv, ours, len, high, &plain, NULL)
                             : crypto_packet_open(ctx, &iiv, ours, len, 8, &plain, NULL),
                         CRYPTO_OPEN_BAD_ICV);
        memcpy(ours, header, 8);
        memcpy(ours + 8, theirs + 16, len - 8);
        assert_int_equal(esn ? crypto_packet_open_esn(ctx, &iiv, ours, len, high, &plain, NULL)
                             : crypto_packet_open(ctx, &iiv, ours, len, 8, &plain, NULL),
                         CRYPTO_OPEN_OK);
        assert_int_equal(plain.len, 40);
        assert_int_equal(plain.data[0], 0x5a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aes_cbc_gives_the_blocks_and_esp_packets_of_rfc_3602),
        cmocka_unit_test(aes_gcm_gives_mcgrew_and_viegas_cases),
        cmocka_unit_test(strongswans_vectors_of_our_ciphers),
        cmocka_unit_test(every_suite_opens_what_it_sealed),
        cmocka_unit_test(one_flipped_bit_anywhere_does_not_open),
        cmocka_unit_test(another_key_or_salt_does_not_open),
        cmocka_unit_test(what_cannot_be_a_packet_is_too_short),
        cmocka_unit_test(the_icv_of_cbc_is_the_hmac_of_all_before_it),
        cmocka_unit_test(keys_that_evict_one_another_do_not_mix),
        cmocka_unit_test(a_cached_context_gives_what_a_new_one_gives),
        cmocka_unit_test(the_cache_keeps_the_keys_that_were_used_last),
        cmocka_unit_test(a_packet_is_decrypted_without_a_look_at_its_icv),
        cmocka_unit_test(packets_are_on_the_ledger_with_their_plaintext),
        cmocka_unit_test(an_implicit_iv_is_the_sequence_number),
    };
    return cmocka_run_group_tests(tests, make_context, free_context);
}
