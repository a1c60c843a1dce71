/* What ESP does right: packets out and back, their layout, their numbers, and which CHILD SA. */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/esp/support.h"

static struct rig *rig;

/* ---- round trips ---- */

static void every_length_comes_back(enum suite suite)
{
    static const size_t block[SUITES] = {4, 16}, iv[SUITES] = {8, 16};
    uint8_t inner[256];
    rig = rig_new(suite, 64);
    for (size_t inner_len = 20; inner_len <= 200; inner_len++) {
        struct sealed packet;
        struct crypto_bytes sent = alice_packet(inner, inner_len), got;
        struct esp_result out, in;
        assert_int_equal(
            esp_stack_seal(rig->alice.stack, sent, packet.data, &packet.len, &out, NULL), ESP_OK);
        /* N01: from 1, one more each time. */
        assert_int_equal(out.sequence, inner_len - 19);
        size_t text = (inner_len + 2 + block[suite] - 1) / block[suite] * block[suite];
        assert_int_equal(packet.len, 8 + iv[suite] + text + 16);
        assert_int_equal(esp_stack_open(rig->gw.stack, packet.data, packet.len, &got, &in, NULL),
                         ESP_OK);
        assert_int_equal(got.len, inner_len);
        assert_memory_equal(got.data, inner, inner_len);
        assert_true(got.data >= packet.data && got.data + got.len <= packet.data + packet.len);
        assert_int_equal(in.sequence, out.sequence);
    }
    rig_free(rig);
}

static void every_length_comes_back_gcm(void **state)
{
    (void)state;
    every_length_comes_back(GCM);
}

static void every_length_comes_back_cbc(void **state)
{
    (void)state;
    every_length_comes_back(CBC);
}

static void large_packets_come_back(void **state)
{
    (void)state;
    for (int suite = 0; suite < SUITES; suite++) {
        rig = rig_new(suite, 64);
        uint8_t *inner = malloc(65535), *packet = malloc(65535 + ESP_OVERHEAD_MAX);
        struct crypto_bytes got;
        struct esp_result result;
        size_t len;
        rig->alice.stack->observer = NULL; /* no trace here: also allowed */
        rig->gw.stack->observer = NULL;
        assert_int_equal(esp_stack_seal(rig->alice.stack, alice_packet(inner, 65535), packet, &len,
                                        &result, NULL),
                         ESP_OK);
        assert_null(result.event.scope);
        assert_int_equal(esp_stack_open(rig->gw.stack, packet, len, &got, &result, NULL), ESP_OK);
        assert_int_equal(got.len, 65535);
        assert_memory_equal(got.data, inner, 65535);
        free(inner);
        free(packet);
        rig_free(rig);
    }
}

/* RFC 4303 §2.6: Next Header says which IP it is. */
static void ipv6_packets_come_back_beside_ipv4(void **state)
{
    (void)state;
    uint8_t inner[120];
    for (int suite = 0; suite < SUITES; suite++) {
        rig = rig_new(suite, 64);
        for (size_t inner_len = 40; inner_len <= 120; inner_len++) {
            struct crypto_bytes sent =
                inner_packet_6(inner, inner_len, 17, "2001:db8:1::5", "2001:db8:2:0:8000::9");
            struct crypto_bytes got;
            struct sealed packet;
            struct esp_result result;
            assert_int_equal(
                esp_stack_seal(rig->alice.stack, sent, packet.data, &packet.len, &result, NULL),
                ESP_OK);
            assert_int_equal(
                esp_stack_open(rig->gw.stack, packet.data, packet.len, &got, &result, NULL),
                ESP_OK);
            assert_int_equal(got.len, inner_len);
            assert_memory_equal(got.data, inner, inner_len);
            size_t text_len = packet.len - 8 - (suite == GCM ? 8 : 16) - 16;
            assert_int_equal(got.data[text_len - 1], 41);
            seal(rig, inner_len, &packet);
            assert_int_equal(open_copy(rig, &packet), ESP_OK);
        }
        rig_free(rig);
    }
}

/* The buffer is promised to need ESP_OVERHEAD_MAX, and `inner` may lie in it. */
static void sealing_stays_in_its_room_and_works_in_place(void **state)
{
    (void)state;
    for (int suite = 0; suite < SUITES; suite++) {
        for (size_t inner_len = 20; inner_len < 60; inner_len += 7) {
            for (size_t at = 0; at <= ESP_OVERHEAD_MAX; at += 7) {
                rig = rig_new(suite, 64);
                uint8_t *packet = malloc(inner_len + ESP_OVERHEAD_MAX), expected[64];
                struct crypto_bytes inner = alice_packet(packet + at, inner_len), got;
                struct esp_result result;
                size_t len;
                memcpy(expected, inner.data, inner.len);
                assert_int_equal(
                    esp_stack_seal(rig->alice.stack, inner, packet, &len, &result, NULL), ESP_OK);
                assert_memory_equal(rig->alice.seen.inner, expected, inner_len);
                assert_int_equal(esp_stack_open(rig->gw.stack, packet, len, &got, &result, NULL),
                                 ESP_OK);
                assert_memory_equal(got.data, expected, inner_len);
                free(packet);
                rig_free(rig);
            }
        }
    }
}

/* ---- the layout: RFC 4303 §2, RFC 4106 §3, RFC 3602 §3 ---- */

static void check_plain(const uint8_t *plain, const uint8_t *inner, size_t inner_len,
                        size_t pad_len)
{
    assert_memory_equal(plain, inner, inner_len);
    for (size_t i = 0; i < pad_len; i++) {
        assert_int_equal(plain[inner_len + i], i + 1);
    }
    assert_int_equal(plain[inner_len + pad_len], pad_len);
    assert_int_equal(plain[inner_len + pad_len + 1], 4);
}

/* OpenSSL opens it from the offsets that RFC 4106 gives; nothing of crypto/ is asked. */
static void gcm_packet_is_laid_out_as_rfc_4106_says(void **state)
{
    (void)state;
    static const uint8_t header[] = {0x60, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2};
    struct sealed packet;
    uint8_t inner[32], nonce[12], plain[64];
    int len = 0, end = 0;
    rig = rig_new(GCM, 64);
    struct crypto_packet_key key = key_of(GCM, 2);
    seal(rig, 20, &packet);
    seal(rig, 29, &packet);
    alice_packet(inner, 29);

    /* SPI, sequence number, IV = sequence number; 29 + 2 octets padded to 32; ICV */
    assert_int_equal(packet.len, 16 + 32 + 16);
    assert_memory_equal(packet.data, header, sizeof header);
    memcpy(nonce, key.encr_key + 16, 4);
    memcpy(nonce + 4, packet.data + 8, 8);
    EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
    assert_true(EVP_DecryptInit_ex(gcm, EVP_aes_128_gcm(), NULL, key.encr_key, nonce));
    assert_true(EVP_DecryptUpdate(gcm, NULL, &len, packet.data, 8));
    assert_true(EVP_DecryptUpdate(gcm, plain, &len, packet.data + 16, 32));
    assert_true(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, 16, packet.data + 48));
    assert_true(EVP_DecryptFinal_ex(gcm, plain + len, &end));
    EVP_CIPHER_CTX_free(gcm);
    check_plain(plain, inner, 29, 1);
    rig_free(rig);
}

static void cbc_packet_is_laid_out_as_rfc_3602_says(void **state)
{
    (void)state;
    static const uint8_t header[] = {0x60, 0, 0, 1, 0, 0, 0, 2};
    struct sealed packet;
    uint8_t inner[40], iv[16], plain[64], mac[32];
    unsigned mac_len;
    int len = 0, end = 0;
    rig = rig_new(CBC, 64);
    struct crypto_packet_key key = key_of(CBC, 2);
    seal(rig, 20, &packet);
    seal(rig, 35, &packet);
    alice_packet(inner, 35);

    /* 35 + 2 octets padded to 48 */
    assert_int_equal(packet.len, 8 + 16 + 48 + 16);
    assert_memory_equal(packet.data, header, sizeof header);
    struct crypto_draw draw = {
        .sa = ALICE_SPI,
        .exchange = CRYPTO_DRAW_EXCHANGE_ESP,
        .message_id = 2,
        .field = CRYPTO_DRAW_IV,
    };
    crypto_entropy_fill(&identity_entropy, &draw, iv, sizeof iv);
    assert_memory_equal(packet.data + 8, iv, sizeof iv);
    assert_non_null(HMAC(EVP_sha256(), key.integ_key, 32, packet.data, 72, mac, &mac_len));
    assert_memory_equal(packet.data + 72, mac, 16);
    EVP_CIPHER_CTX *cbc = EVP_CIPHER_CTX_new();
    assert_true(EVP_DecryptInit_ex(cbc, EVP_aes_128_cbc(), NULL, key.encr_key, iv));
    EVP_CIPHER_CTX_set_padding(cbc, 0);
    assert_true(EVP_DecryptUpdate(cbc, plain, &len, packet.data + 24, 48));
    assert_true(EVP_DecryptFinal_ex(cbc, plain + len, &end));
    EVP_CIPHER_CTX_free(cbc);
    check_plain(plain, inner, 35, 11);
    rig_free(rig);
}

static int compare_ivs(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

/* N10. For GCM a repeated IV under one key gives the key away. */
static void no_iv_repeats(void **state)
{
    (void)state;
    enum { PACKETS = 2000 };
    static uint8_t ivs[PACKETS][16];
    for (int suite = 0; suite < SUITES; suite++) {
        rig = rig_new(suite, 64);
        memset(ivs, 0, sizeof ivs);
        for (size_t i = 0; i < PACKETS; i++) {
            struct sealed packet;
            seal(rig, 20, &packet);
            memcpy(ivs[i], packet.data + 8, suite == GCM ? 8 : 16);
        }
        qsort(ivs, PACKETS, sizeof ivs[0], compare_ivs);
        for (size_t i = 1; i < PACKETS; i++) {
            assert_memory_not_equal(ivs[i - 1], ivs[i], 16);
        }
        rig_free(rig);
    }
}

/* ---- numbers ---- */

/* N02 with real packets: deliver in the order of the table. */
static void window_works_on_packets(uint32_t window)
{
    static struct sealed packets[2 * 64 + 2];
    rig = rig_new(GCM, window);
    for (uint32_t i = 1; i <= 2 * window + 1; i++) {
        seal(rig, 20 + i % 5, &packets[i]);
    }
    assert_int_equal(open_copy(rig, &packets[2]), ESP_OK);
    assert_int_equal(open_copy(rig, &packets[2]), ESP_REPLAYED);
    assert_int_equal(open_copy(rig, &packets[1]), ESP_OK);
    assert_int_equal(open_copy(rig, &packets[1]), ESP_REPLAYED);
    assert_int_equal(open_copy(rig, &packets[window + 2]), ESP_OK);
    assert_int_equal(rig->gw.seen.right_edge, window + 2);
    assert_int_equal(open_copy(rig, &packets[2]), ESP_TOO_OLD);
    assert_int_equal(open_copy(rig, &packets[3]), ESP_OK);
    assert_int_equal(rig->gw.seen.right_edge, window + 2);
    assert_int_equal(open_copy(rig, &packets[2 * window + 1]), ESP_OK);
    assert_int_equal(open_copy(rig, &packets[window + 1]), ESP_TOO_OLD);
    assert_int_equal(open_copy(rig, &packets[window + 3]), ESP_OK);
    assert_int_equal(open_copy(rig, &packets[2 * window + 1]), ESP_REPLAYED);
    rig_free(rig);
}

static void window_of_32_and_of_64(void **state)
{
    (void)state;
    window_works_on_packets(32);
    window_works_on_packets(64);
}

static void every_packet_is_accepted_once(void **state)
{
    (void)state;
    enum { PACKETS = 64 };
    static struct sealed packets[PACKETS];
    uint64_t random = test_seed();
    for (int suite = 0; suite < SUITES; suite++) {
        unsigned accepted[PACKETS] = {0};
        rig = rig_new(suite, PACKETS);
        for (size_t i = 0; i < PACKETS; i++) {
            seal(rig, 20 + i, &packets[i]);
        }
        for (int i = 0; i < 2000; i++) {
            size_t which = test_random(&random) % PACKETS;
            enum esp_verdict verdict = open_copy(rig, &packets[which]);
            assert_int_equal(verdict, accepted[which] ? ESP_REPLAYED : ESP_OK);
            accepted[which] = 1;
        }
        rig_free(rig);
    }
}

static void with_the_check_off_a_copy_is_accepted(void **state)
{
    (void)state;
    struct sealed packet;
    rig = rig_new(GCM, 0);
    seal(rig, 20, &packet);
    assert_int_equal(open_copy(rig, &packet), ESP_OK);
    assert_int_equal(open_copy(rig, &packet), ESP_OK);
    assert_int_equal(rig->gw.seen.window, 0);
    rig_free(rig);
}

/* N04, RFC 4303 §3.3.3: the last number is sent, and then none. */
static void sequence_numbers_end(void **state)
{
    (void)state;
    struct sealed packet;
    uint8_t inner[20];
    struct esp_result result;
    rig = rig_new(GCM, 64);
    pair_of(&rig->alice, ALICE_SPI)->last_sequence = UINT32_MAX - 1;
    seal(rig, 20, &packet);
    assert_memory_equal(packet.data + 4, "\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff", 12);
    assert_int_equal(open_copy(rig, &packet), ESP_OK);
    for (int i = 0; i < 3; i++) {
        memset(packet.data, 0xee, sizeof packet.data);
        assert_int_equal(esp_stack_seal(rig->alice.stack, alice_packet(inner, 20), packet.data,
                                        &packet.len, &result, NULL),
                         ESP_EXHAUSTED);
        assert_int_equal(packet.len, 0);
        assert_int_equal(packet.data[0], 0xee);
        assert_string_equal(result.child, "net");
        assert_int_equal(rig->alice.seen.kind, TRACE_ESP_NO_SA_EVENT);
        assert_non_null(strstr(rig->alice.seen.detail, "4294967295"));
    }
    rig_free(rig);
}

/* ---- which CHILD SA ---- */

/* All pairs receive, and the newest sends, unless it replaces one: see test_rekey.c. */
static void newest_child_sends_and_all_receive(void **state)
{
    (void)state;
    struct sealed before, after, last;
    rig = rig_new(GCM, 64);
    seal(rig, 20, &before);
    size_t memory = esp_stack_memory(rig->alice.stack);
    rig_rekey(rig, &rig->alice, 2, 0);
    rig_rekey(rig, &rig->gw, 2, 0);
    assert_true(esp_stack_memory(rig->alice.stack) >= memory + sizeof(struct esp_pair));
    seal(rig, 20, &after);
    assert_memory_equal(after.data, "\x60\0\0\2\0\0\0\1", 8);
    assert_int_equal(open_copy(rig, &after), ESP_OK);
    assert_string_equal(rig->gw.seen.child, "second");
    assert_int_equal(open_copy(rig, &before), ESP_OK);
    assert_string_equal(rig->gw.seen.child, "net");

    assert_true(esp_stack_remove(rig->alice.stack, 0xa11ce002));
    assert_false(esp_stack_remove(rig->alice.stack, 0xa11ce002));
    /* Its tables, which needed none of their own for one SA, have two places each. */
    assert_in_range(esp_stack_memory(rig->alice.stack), memory, memory + 4 * sizeof(void *));
    seal(rig, 20, &last);
    assert_memory_equal(last.data, "\x60\0\0\1\0\0\0\2", 8);
    assert_int_equal(open_copy(rig, &last), ESP_OK);
    rig_free(rig);
}

static void result_and_events_say_what_happened(void **state)
{
    (void)state;
    struct sealed packet;
    uint8_t inner[100];
    struct crypto_bytes got;
    struct esp_result result;
    struct crypto_ledger ledger = {0};
    rig = rig_new(GCM, 32);
    assert_int_equal(esp_stack_seal(rig->alice.stack, alice_packet(inner, 100), packet.data,
                                    &packet.len, &result, &ledger),
                     ESP_OK);
    assert_string_equal(result.child, "net");
    assert_int_equal(result.owner, 7);
    assert_int_equal(result.spi_in, ALICE_SPI);
    assert_int_equal(result.spi, GW_SPI);
    assert_int_equal(result.sequence, 1);
    assert_int_equal(result.event.n, rig->alice.seen.count);
    assert_int_equal(rig->alice.seen.count, 1);
    assert_int_equal(rig->alice.seen.kind, TRACE_ESP_SENT_EVENT);
    assert_int_equal(rig->alice.seen.spi, GW_SPI);
    assert_int_equal(rig->alice.seen.sequence, 1);
    assert_string_equal(rig->alice.seen.child, "net");
    assert_int_equal(rig->alice.seen.inner_len, 100);
    assert_memory_equal(rig->alice.seen.inner, inner, 100);

    assert_int_equal(esp_stack_open(rig->gw.stack, packet.data, packet.len, &got, &result, &ledger),
                     ESP_OK);
    assert_string_equal(result.child, "net");
    assert_int_equal(result.owner, 7);
    assert_int_equal(result.spi_in, GW_SPI);
    assert_int_equal(result.spi, GW_SPI);
    assert_int_equal(result.sequence, 1);
    assert_int_equal(result.event.n, rig->gw.seen.count);
    assert_int_equal(rig->gw.seen.kind, TRACE_ESP_RECEIVED_EVENT);
    assert_int_equal(rig->gw.seen.spi, GW_SPI);
    assert_int_equal(rig->gw.seen.sequence, 1);
    assert_int_equal(rig->gw.seen.right_edge, 1);
    assert_int_equal(rig->gw.seen.window, 32);
    assert_int_equal(rig->gw.seen.inner_len, 100);
    assert_memory_equal(rig->gw.seen.inner, inner, 100);

    assert_int_equal(ledger.count, 2);
    assert_int_equal(ledger.items[0].kind, CRYPTO_COST_SEAL);
    assert_int_equal(ledger.items[0].bytes, 104); /* 100 + 2 padded to 4 */
    assert_int_equal(ledger.items[1].kind, CRYPTO_COST_OPEN);
    rig_free(rig);
}

/* ---- a faulty sender ---- */

struct fault {
    size_t octet, len, front_len; /* seen */
    uint64_t sequence;
};

/* The last octet of what will be sealed: Next Header, or the payload's in AH. */
static void turn_last(void *context, const struct esp_result *result, uint8_t *packet, size_t len)
{
    struct fault *fault = context;
    *fault = (struct fault){len - 1, len, result->front_len, result->sequence};
    packet[len - 1] ^= 1;
}

/* What is changed before the seal is authentic: the ICV tells who sent it, not that it makes sense
 * (RFC 4303 §3.4.4). */
static void a_fault_before_the_seal_leaves_the_icv_right(void **state)
{
    (void)state;
    for (int suite = 0; suite < SUITES; suite++) {
        struct sealed packet;
        struct fault seen = {0};
        const struct esp_fault fault = {.apply = turn_last, .context = &seen};
        rig = rig_new(suite, 64);
        seal(rig, 100, &packet);
        assert_int_equal(open_copy(rig, &packet), ESP_OK);
        rig->alice.stack->fault = &fault;
        seal(rig, 100, &packet);
        assert_int_equal(seen.sequence, 2);
        assert_int_equal(seen.front_len, 0);
        assert_int_equal(seen.len, packet.len - 16); /* all but the ICV */
        /* Next Header 5 is none of a tunnel: authentic, and nothing for anybody. */
        assert_int_equal(open_copy(rig, &packet), ESP_BAD_INNER);
        assert_string_equal(rig->gw.seen.reason, "bad_inner");
        /* The number counts as seen, for who has the key has sent it. */
        rig->alice.stack->fault = NULL;
        assert_int_equal(open_copy(rig, &packet), ESP_REPLAYED);
        rig_free(rig);
    }
}

/* The same with AH, whose ICV covers the IP header in front too (RFC 4302 §3.3.3). */
static void a_fault_before_the_icv_of_ah_is_covered_by_it(void **state)
{
    struct sealed packet, inner;
    uint8_t octets[100];
    struct fault seen = {0};
    const struct esp_fault fault = {.apply = turn_last, .context = &seen};
    (void)state;
    rig = rig_new_kind(
        (struct kind){.integ = CRYPTO_INTEG_HMAC_SHA2_256_128, .family = 4, .window = 64});
    rig->alice.stack->fault = &fault;
    assert_int_equal(seal_ip(rig, alice_packet(octets, sizeof octets), &packet), ESP_OK);
    assert_int_equal(seen.front_len, 20);
    assert_int_equal(seen.len, packet.len);
    assert_int_equal(open_ip_copy(rig, &packet, &inner), ESP_OK);
    octets[99] ^= 1;
    assert_memory_equal(inner.data, octets, sizeof octets);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_comes_back_gcm),
        cmocka_unit_test(every_length_comes_back_cbc),
        cmocka_unit_test(large_packets_come_back),
        cmocka_unit_test(ipv6_packets_come_back_beside_ipv4),
        cmocka_unit_test(sealing_stays_in_its_room_and_works_in_place),
        cmocka_unit_test(gcm_packet_is_laid_out_as_rfc_4106_says),
        cmocka_unit_test(cbc_packet_is_laid_out_as_rfc_3602_says),
        cmocka_unit_test(no_iv_repeats),
        cmocka_unit_test(window_of_32_and_of_64),
        cmocka_unit_test(every_packet_is_accepted_once),
        cmocka_unit_test(with_the_check_off_a_copy_is_accepted),
        cmocka_unit_test(sequence_numbers_end),
        cmocka_unit_test(newest_child_sends_and_all_receive),
        cmocka_unit_test(result_and_events_say_what_happened),
        cmocka_unit_test(a_fault_before_the_seal_leaves_the_icv_right),
        cmocka_unit_test(a_fault_before_the_icv_of_ah_is_covered_by_it),
    };
    return cmocka_run_group_tests_name("RFC 4303 packets", tests, NULL, NULL);
}
