/* Extended sequence numbers (RFC 4303 §2.2.1, App. A): what is sent, what the ICV covers, and the
 * window over the place where the low half begins anew. */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/esp/support.h"

#define RUN (UINT64_C(1) << 32)

static struct rig *rig;

/* N05, N10: OpenSSL opens it with the associated data of RFC 4106 §5; nothing of crypto/ is asked.
 */
static void gcm_covers_the_whole_number(void **state)
{
    (void)state;
    struct sealed packet;
    uint8_t inner[29], nonce[12], aad[12], plain[32];
    int len = 0, end = 0;
    rig = rig_new_esn(GCM, 64, 0x700000041);
    seal(rig, 29, &packet);
    struct crypto_packet_key key = key_of(GCM, 2);
    static const uint8_t header[] = {0x60, 0, 0, 1, 0, 0, 0, 0x42, 0, 0, 0, 7, 0, 0, 0, 0x42};
    assert_int_equal(packet.len, 16 + 32 + 16); /* the high half is not sent */
    assert_memory_equal(packet.data, header, sizeof header);

    memcpy(nonce, key.encr_key + 16, 4);
    memcpy(nonce + 4, packet.data + 8, 8);
    memcpy(aad, "\x60\0\0\1\0\0\0\7\0\0\0\x42", 12);
    EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
    assert_true(EVP_DecryptInit_ex(gcm, EVP_aes_128_gcm(), NULL, key.encr_key, nonce));
    assert_true(EVP_DecryptUpdate(gcm, NULL, &len, aad, sizeof aad));
    assert_true(EVP_DecryptUpdate(gcm, plain, &len, packet.data + 16, 32));
    assert_true(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, 16, packet.data + 48));
    assert_true(EVP_DecryptFinal_ex(gcm, plain + len, &end));
    EVP_CIPHER_CTX_free(gcm);
    alice_packet(inner, 29);
    assert_memory_equal(plain, inner, 29);
    rig_free(rig);
}

/* RFC 4303 §2.2.1: with a separate ICV the high half stands behind Next Header. */
static void hmac_covers_the_high_half_behind_the_packet(void **state)
{
    (void)state;
    struct sealed packet;
    uint8_t covered[76], mac[32];
    unsigned mac_len;
    rig = rig_new_esn(CBC, 64, 0x700000041);
    seal(rig, 35, &packet);
    assert_int_equal(packet.len, 8 + 16 + 48 + 16);
    assert_memory_equal(packet.data, "\x60\0\0\1\0\0\0\x42", 8);
    memcpy(covered, packet.data, 72);
    memcpy(covered + 72, "\0\0\0\7", 4);
    assert_non_null(
        HMAC(EVP_sha256(), key_of(CBC, 2).integ_key, 32, covered, sizeof covered, mac, &mac_len));
    assert_memory_equal(packet.data + 72, mac, 16);
    rig_free(rig);
}

/* Both ends go over 2^32 without a rekey, with packets in any order around it. */
static void numbers_go_on_behind_32_bits(void **state)
{
    (void)state;
    enum { PACKETS = 12 };
    static struct sealed packets[PACKETS];
    for (int suite = 0; suite < SUITES; suite++) {
        rig = rig_new_esn(suite, 64, RUN - PACKETS / 2 - 1);
        for (uint64_t i = 0; i < PACKETS; i++) {
            seal(rig, 40, &packets[i]);
            assert_int_equal(rig->alice.seen.sequence, RUN - PACKETS / 2 + i);
        }
        for (size_t i = 0; i < PACKETS; i++) { /* 7, 2, 9, 4, 11, 6, 1, ... */
            size_t which = (7 + 7 * i) % PACKETS;
            assert_int_equal(open_copy(rig, &packets[which]), ESP_OK);
            assert_int_equal(rig->gw.seen.sequence, RUN - PACKETS / 2 + which);
            assert_int_equal(open_copy(rig, &packets[which]), ESP_REPLAYED);
        }
        assert_int_equal(rig->gw.seen.right_edge, RUN + PACKETS / 2 - 1);
        rig_free(rig);
    }
}

/* The same low half a run later: authentic once, and never a way back in. */
static void an_old_packet_is_not_authentic_a_run_later(void **state)
{
    (void)state;
    for (int suite = 0; suite < SUITES; suite++) {
        struct sealed old, fresh;
        rig = rig_new_esn(suite, 64, 3 * RUN + 999);
        seal(rig, 40, &old); /* 3 * RUN + 1000 */
        pair_of(&rig->alice, ALICE_SPI)->last_sequence = 4 * RUN + 979;
        for (int i = 0; i < 21; i++) {
            seal(rig, 40, &fresh); /* to 4 * RUN + 1000 */
        }
        pair_of(&rig->gw, GW_SPI)->replay.top = 4 * RUN + 980;
        assert_memory_equal(old.data, fresh.data, 8);
        assert_int_equal(open_copy(rig, &old), ESP_BAD_ICV);
        assert_int_equal(rig->gw.seen.right_edge, 4 * RUN + 980);
        assert_int_equal(open_copy(rig, &fresh), ESP_OK);
        assert_int_equal(open_copy(rig, &old), ESP_REPLAYED);
        rig_free(rig);
    }
}

/* Appendix A2.2: a low half left of the window is taken for one of the next run, and the ICV finds
 * that out, with nothing moved. */
static void a_number_left_of_the_window_fails_its_icv(void **state)
{
    (void)state;
    struct sealed first, packet;
    rig = rig_new_esn(GCM, 32, 0);
    seal(rig, 40, &first);
    for (int i = 0; i < 40; i++) {
        seal(rig, 40, &packet);
    }
    assert_int_equal(open_copy(rig, &packet), ESP_OK);
    assert_int_equal(open_copy(rig, &first), ESP_BAD_ICV);
    assert_int_equal(rig->gw.seen.sequence, RUN + 1);
    assert_int_equal(rig->gw.seen.right_edge, 41);
    rig_free(rig);
}

static void a_number_from_before_the_first_is_too_old(void **state)
{
    (void)state;
    struct sealed packet;
    rig = rig_new_esn(GCM, 64, 0);
    seal(rig, 40, &packet);
    memset(packet.data + 4, 0xff, 4);
    assert_int_equal(open_copy(rig, &packet), ESP_TOO_OLD);
    assert_non_null(strstr(rig->gw.seen.detail, "before the first"));
    assert_int_equal(rig->gw.seen.right_edge, 0);
    memset(packet.data + 4, 0, 4);
    assert_int_equal(open_copy(rig, &packet), ESP_BAD_SEQUENCE);
    rig_free(rig);
}

/* One end with and one without: the same number, but another ICV. */
static void both_ends_must_have_agreed(void **state)
{
    (void)state;
    for (int suite = 0; suite < SUITES; suite++) {
        struct sealed packet;
        rig = rig_new_esn(suite, 64, 0);
        pair_of(&rig->gw, GW_SPI)->esn = false;
        seal(rig, 40, &packet);
        assert_int_equal(open_copy(rig, &packet), ESP_BAD_ICV);
        rig_free(rig);
    }
}

/* N04 with 64 bits. */
static void numbers_end_at_64_bits(void **state)
{
    (void)state;
    struct sealed packet;
    uint8_t inner[20];
    struct esp_result result;
    rig = rig_new_esn(GCM, 64, UINT64_MAX - 1);
    seal(rig, 20, &packet);
    assert_memory_equal(packet.data + 4, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
    assert_int_equal(open_copy(rig, &packet), ESP_OK);
    assert_int_equal(rig->gw.seen.right_edge, UINT64_MAX);
    assert_int_equal(esp_stack_seal(rig->alice.stack, alice_packet(inner, 20), packet.data,
                                    &packet.len, &result, NULL),
                     ESP_EXHAUSTED);
    rig_free(rig);
}

/* CBC's IV is drawn by the number: the high half is part of what is drawn for. */
static void no_iv_repeats_a_run_later(void **state)
{
    (void)state;
    for (int suite = 0; suite < SUITES; suite++) {
        struct sealed one, other;
        rig = rig_new_esn(suite, 64, 5);
        seal(rig, 20, &one);
        pair_of(&rig->alice, ALICE_SPI)->last_sequence = RUN + 5;
        seal(rig, 20, &other);
        assert_memory_equal(one.data, other.data, 8);
        assert_memory_not_equal(one.data + 8, other.data + 8, suite == GCM ? 8 : 16);
        rig_free(rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gcm_covers_the_whole_number),
        cmocka_unit_test(hmac_covers_the_high_half_behind_the_packet),
        cmocka_unit_test(numbers_go_on_behind_32_bits),
        cmocka_unit_test(an_old_packet_is_not_authentic_a_run_later),
        cmocka_unit_test(a_number_left_of_the_window_fails_its_icv),
        cmocka_unit_test(a_number_from_before_the_first_is_too_old),
        cmocka_unit_test(both_ends_must_have_agreed),
        cmocka_unit_test(numbers_end_at_64_bits),
        cmocka_unit_test(no_iv_repeats_a_run_later),
    };
    return cmocka_run_group_tests_name("RFC 4303 App. A extended sequence numbers", tests, NULL,
                                       NULL);
}
