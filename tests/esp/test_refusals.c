/* What ESP refuses (RFC 4303 §3.4, RFC 4301 §5), and that a refusal moves nothing that it must not.
 */
#include "tests/esp/support.h"

static struct rig *rig;

static int setup_gcm(void **state)
{
    (void)state;
    rig = rig_new(GCM, 64);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_free(rig);
    return 0;
}

/* ---- the receiver's state, to be compared ---- */

struct snapshot {
    struct esp_pair pair;
    uint64_t bits[2];
    size_t memory;
};

static struct snapshot look(void)
{
    struct snapshot now;
    const struct esp_pair *pair = pair_of(&rig->gw, GW_SPI);
    assert_int_equal(pair->replay.words, 2);
    memcpy(&now.pair, pair, sizeof now.pair);
    memcpy(now.bits, pair->replay.bits, sizeof now.bits);
    now.memory = esp_stack_memory(rig->gw.stack);
    return now;
}

static void assert_unmoved(const struct snapshot *before)
{
    struct snapshot now = look();
    assert_memory_equal(&now.pair, &before->pair, sizeof now.pair);
    assert_memory_equal(now.bits, before->bits, sizeof now.bits);
    assert_int_equal(now.memory, before->memory);
}

static void assert_dropped(enum esp_verdict verdict, enum esp_verdict want)
{
    assert_string_equal(esp_verdict_name(verdict), esp_verdict_name(want));
    assert_int_equal(rig->gw.seen.kind, TRACE_ESP_DROPPED_EVENT);
    assert_string_equal(rig->gw.seen.reason, esp_verdict_name(want));
    assert_true(strlen(rig->gw.seen.detail) > 10);
}

/* ---- not authentic ---- */

/* N09, at every bit. */
static void every_flipped_bit_is_refused(enum suite suite)
{
    struct sealed packet, flipped;
    rig = rig_new(suite, 64);
    for (int i = 0; i < 3; i++) {
        seal(rig, 33, &packet);
        assert_int_equal(open_copy(rig, &packet), ESP_OK);
    }
    seal(rig, 33, &packet);
    struct snapshot before = look();
    for (size_t bit = 0; bit < packet.len * 8; bit++) {
        flipped = packet;
        flipped.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        enum esp_verdict verdict = open_copy(rig, &flipped);
        if (bit < 32) {
            assert_dropped(verdict, ESP_NO_SA);
        } else if (bit < 64) { /* 4 becomes 0, or a number that is new, and not authentic */
            assert_dropped(verdict, bit == 7 * 8 + 2 ? ESP_BAD_SEQUENCE : ESP_BAD_ICV);
        } else {
            assert_dropped(verdict, ESP_BAD_ICV);
            assert_int_equal(rig->gw.seen.right_edge, 3);
            assert_int_equal(rig->gw.seen.sequence, 4);
        }
        assert_unmoved(&before);
    }
    assert_int_equal(open_copy(rig, &packet), ESP_OK);
    assert_int_equal(rig->gw.seen.right_edge, 4);
    rig_free(rig);
}

static void every_flipped_bit_is_refused_gcm(void **state)
{
    (void)state;
    every_flipped_bit_is_refused(GCM);
}

static void every_flipped_bit_is_refused_cbc(void **state)
{
    (void)state;
    every_flipped_bit_is_refused(CBC);
}

/* N03: or anybody could shut the tunnel with one packet. */
static void forged_high_number_moves_nothing(void **state)
{
    (void)state;
    for (int suite = 0; suite < SUITES; suite++) {
        struct sealed packet, forged;
        rig = rig_new(suite, 64);
        seal(rig, 20, &packet);
        forged = packet;
        memset(forged.data + 4, 0xff, 4);
        struct snapshot before = look();
        for (int i = 0; i < 3; i++) {
            assert_dropped(open_copy(rig, &forged), ESP_BAD_ICV);
            assert_unmoved(&before);
        }
        assert_int_equal(open_copy(rig, &packet), ESP_OK);
        assert_int_equal(rig->gw.seen.right_edge, 1);
        rig_free(rig);
    }
}

/* A replay is found before anything is decrypted: the ledger stays empty. */
static void replay_costs_no_decryption(void **state)
{
    (void)state;
    struct sealed packet;
    struct crypto_bytes inner;
    struct esp_result result;
    struct crypto_ledger ledger = {0};
    seal(rig, 20, &packet);
    assert_int_equal(open_copy(rig, &packet), ESP_OK);
    struct snapshot before = look();
    struct sealed copy = packet;
    assert_dropped(esp_stack_open(rig->gw.stack, copy.data, copy.len, &inner, &result, &ledger),
                   ESP_REPLAYED);
    assert_int_equal(ledger.count, 0);
    assert_memory_equal(copy.data, packet.data, packet.len);
    assert_null(inner.data);
    assert_int_equal(rig->gw.seen.sequence, 1);
    assert_int_equal(rig->gw.seen.right_edge, 1);
    assert_int_equal(rig->gw.seen.window, 64);
    assert_unmoved(&before);
}

static void sequence_number_0_is_refused(void **state)
{
    (void)state;
    struct sealed packet;
    uint8_t plain[32];
    alice_packet(plain, 20);
    memcpy(plain + 20, (const uint8_t[]){1, 2, 2, 4}, 4);
    forge(rig, 0, crypto_bytes(plain, 24), &packet);
    assert_dropped(open_copy(rig, &packet), ESP_BAD_SEQUENCE);
}

/* ---- no SA, no room ---- */

/* N12: an auditable event for each packet without an SA (RFC 4303 §3.4.2). */
static void unknown_spi_is_told(void **state)
{
    (void)state;
    struct sealed packet;
    struct crypto_bytes inner;
    struct esp_result result;
    seal(rig, 20, &packet);
    packet.data[3] = 99;
    assert_dropped(esp_stack_open(rig->gw.stack, packet.data, packet.len, &inner, &result, NULL),
                   ESP_NO_SA);
    assert_int_equal(rig->gw.seen.spi, 0x60000063);
    assert_int_equal(rig->gw.seen.sequence, 1);
    assert_int_equal(rig->gw.seen.window, 0);
    assert_non_null(strstr(rig->gw.seen.detail, "60000063"));
    assert_null(result.child);
    assert_int_equal(result.spi, 0x60000063);
    assert_int_equal(result.event.n, rig->gw.seen.count);
}

static void removed_sa_receives_nothing(void **state)
{
    (void)state;
    struct sealed packet;
    seal(rig, 20, &packet);
    assert_true(esp_stack_remove(rig->gw.stack, GW_SPI));
    assert_dropped(open_copy(rig, &packet), ESP_NO_SA);
}

static void cut_packets_are_refused(enum suite suite)
{
    struct sealed packet, cut;
    size_t block = suite == GCM ? 4 : 16, around = suite == GCM ? 32 : 40;
    rig = rig_new(suite, 64);
    seal(rig, 60, &packet);
    struct snapshot before = look();
    for (size_t len = 0; len < packet.len; len++) {
        cut = packet;
        cut.len = len;
        bool whole_blocks = len > around && (len - around) % block == 0;
        assert_dropped(open_copy(rig, &cut), whole_blocks ? ESP_BAD_ICV : ESP_TOO_SHORT);
        assert_int_equal(rig->gw.seen.spi, len < 8 ? 0 : GW_SPI);
        assert_unmoved(&before);
    }
    cut = packet;
    for (size_t more = 1; more < 40; more++) {
        cut.len = packet.len + more;
        cut.data[cut.len - 1] = 0;
        assert_dropped(open_copy(rig, &cut), more % block == 0 ? ESP_BAD_ICV : ESP_TOO_SHORT);
    }
    assert_int_equal(open_copy(rig, &packet), ESP_OK);
    rig_free(rig);
}

static void cut_packets_are_refused_gcm(void **state)
{
    (void)state;
    cut_packets_are_refused(GCM);
}

static void cut_packets_are_refused_cbc(void **state)
{
    (void)state;
    cut_packets_are_refused(CBC);
}

/* ---- authentic, and wrong inside ---- */

static enum esp_verdict open_forged(const uint8_t *plain, size_t len)
{
    struct sealed packet;
    uint32_t sequence = (uint32_t)pair_of(&rig->gw, GW_SPI)->replay.top + 1;
    forge(rig, sequence, crypto_bytes(plain, len), &packet);
    enum esp_verdict verdict = open_copy(rig, &packet);
    /* Whatever was inside, the peer has sent it: the number is used up. */
    assert_int_equal(rig->gw.seen.right_edge, sequence);
    assert_int_equal(open_copy(rig, &packet), ESP_REPLAYED);
    return verdict;
}

/* An inner packet with padding of any length and a trailer. */
static size_t with_trailer(uint8_t *plain, size_t inner_len, size_t pad_len, uint8_t next_header)
{
    alice_packet(plain, inner_len);
    for (size_t i = 0; i < pad_len; i++) {
        plain[inner_len + i] = (uint8_t)(i + 1);
    }
    plain[inner_len + pad_len] = (uint8_t)pad_len;
    plain[inner_len + pad_len + 1] = next_header;
    return inner_len + pad_len + 2;
}

/* N06 */
static void wrong_padding_is_refused(void **state)
{
    (void)state;
    uint8_t plain[512];
    size_t len = with_trailer(plain, 20, 10, 4);
    assert_int_equal(open_forged(plain, len), ESP_OK);
    for (size_t i = 0; i < 10; i++) {
        with_trailer(plain, 20, 10, 4);
        plain[20 + i] ^= 1;
        assert_int_equal(open_forged(plain, len), ESP_BAD_PADDING);
    }
    with_trailer(plain, 20, 10, 4);
    memset(plain + 20, 0, 10);
    assert_int_equal(open_forged(plain, len), ESP_BAD_PADDING);
    with_trailer(plain, 20, 10, 4);
    plain[len - 2] = 9; /* the last nine are 2, 3, ... */
    assert_int_equal(open_forged(plain, len), ESP_BAD_PADDING);
}

static void pad_length_beyond_the_payload_is_refused(void **state)
{
    (void)state;
    uint8_t plain[64];
    for (unsigned pad_len = 11; pad_len < 256; pad_len++) {
        for (size_t i = 0; i < 10; i++) {
            plain[i] = (uint8_t)(i + 1 + pad_len - 10);
        }
        plain[10] = (uint8_t)pad_len;
        plain[11] = 4;
        assert_int_equal(open_forged(plain, 12), ESP_BAD_PADDING);
    }
    static const uint8_t nothing_but_padding[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 4};
    assert_int_equal(open_forged(nothing_but_padding, 12), ESP_BAD_INNER);
    static const uint8_t nothing[] = {1, 2, 2, 4};
    assert_int_equal(open_forged(nothing, 4), ESP_BAD_INNER);
}

/* RFC 4303 §2.4: 0 to 255 octets must be taken, needed or not. */
static void more_padding_than_needed_is_accepted(void **state)
{
    (void)state;
    uint8_t plain[512];
    for (size_t pad_len = 2; pad_len <= 255; pad_len += 4) {
        size_t len = with_trailer(plain, 20, pad_len, 4);
        assert_int_equal(open_forged(plain, len), ESP_OK);
    }
}

/* N07, RFC 4303 §2.6; its payload need not be an IP packet. */
static void dummy_packet_is_dropped(void **state)
{
    (void)state;
    uint8_t plain[64];
    size_t len = with_trailer(plain, 20, 2, 59);
    assert_int_equal(open_forged(plain, len), ESP_DUMMY);
    memset(plain, 0xa5, 20);
    assert_int_equal(open_forged(plain, len), ESP_DUMMY);
    static const uint8_t empty[] = {1, 2, 2, 59};
    assert_int_equal(open_forged(empty, 4), ESP_DUMMY);
}

static void what_is_no_whole_ip_packet_is_refused(void **state)
{
    (void)state;
    uint8_t plain[64];
    size_t len = with_trailer(plain, 24, 2, 4);
    static const uint8_t next_headers[] = {0, 1, 6, 17, 41, 50, 58, 60, 255};
    for (size_t i = 0; i < sizeof next_headers; i++) {
        with_trailer(plain, 24, 2, next_headers[i]);
        assert_int_equal(open_forged(plain, len), ESP_BAD_INNER);
    }
    static const struct {
        size_t at;
        uint8_t value;
    } faults[] = {{0, 0x65}, {0, 0x05}, {0, 0x44}, {0, 0x40}, {0, 0x47}, /* version, IHL */
                  {3, 25},   {3, 19},   {3, 0},    {2, 1}};              /* Total Length */
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        with_trailer(plain, 24, 2, 4);
        plain[faults[i].at] = faults[i].value;
        assert_int_equal(open_forged(plain, len), ESP_BAD_INNER);
    }
    with_trailer(plain, 24, 2, 4);
    assert_int_equal(open_forged(plain, len), ESP_OK);
}

/* The same with IPv6: Next Header is 41, and Payload Length rules. */
static void ipv6_inside_is_checked_as_well(void **state)
{
    (void)state;
    static const struct {
        const char *source, *destination;
        uint8_t next_header, payload_len;
        enum esp_verdict want;
    } cases[] = {
        {"2001:db8:1::5", "2001:db8:2::9", 41, 20, ESP_OK},
        {"2001:db8:1:0:ffff::", "2001:db8:2::", 41, 12, ESP_OK}, /* and TFC padding */
        {"2001:db8:1::5", "2001:db8:2::9", 4, 20, ESP_BAD_INNER},
        {"2001:db8:1::5", "2001:db8:2::9", 41, 21, ESP_BAD_INNER},
        {"2001:db8:1:1::", "2001:db8:2::9", 41, 20, ESP_BAD_SELECTOR},
        {"2001:db8:1::5", "2001:db8:1::9", 41, 20, ESP_BAD_SELECTOR},
        {"2001:db8:2::9", "2001:db8:1::5", 41, 20, ESP_BAD_SELECTOR},
    };
    uint8_t plain[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = with_trailer(plain, 60, 2, cases[i].next_header);
        inner_packet_6(plain, 60, 17, cases[i].source, cases[i].destination);
        plain[5] = cases[i].payload_len;
        assert_int_equal(open_forged(plain, len), cases[i].want);
    }
}

/* RFC 4303 §2.7: what is behind the inner packet's Total Length is TFC padding, of any content. */
static void tfc_padding_is_taken_off(void **state)
{
    (void)state;
    uint8_t plain[128], inner[32];
    struct sealed packet;
    struct crypto_bytes got;
    struct esp_result result;
    alice_packet(inner, 24);
    size_t len = with_trailer(plain, 100, 2, 4);
    memcpy(plain, inner, 24);
    forge(rig, 1, crypto_bytes(plain, len), &packet);
    assert_int_equal(esp_stack_open(rig->gw.stack, packet.data, packet.len, &got, &result, NULL),
                     ESP_OK);
    assert_int_equal(got.len, 24);
    assert_memory_equal(got.data, inner, 24);
    assert_int_equal(rig->gw.seen.inner_len, 24);
}

/* N08, RFC 4301 §5.2: a peer may send through its SA what the SA is for. */
static void inner_packet_of_another_network_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *source, *destination;
        enum esp_verdict want;
    } cases[] = {
        {"10.1.0.0", "10.2.0.255", ESP_OK},
        {"10.1.0.255", "10.2.0.0", ESP_OK},
        {"10.0.255.255", "10.2.0.1", ESP_BAD_SELECTOR},
        {"10.1.1.0", "10.2.0.1", ESP_BAD_SELECTOR},
        {"10.1.0.1", "10.1.255.255", ESP_BAD_SELECTOR},
        {"10.1.0.1", "10.2.1.0", ESP_BAD_SELECTOR},
        {"10.2.0.1", "10.1.0.1", ESP_BAD_SELECTOR},
        {"10.1.0.1", "10.1.0.1", ESP_BAD_SELECTOR},
    };
    uint8_t plain[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = with_trailer(plain, 24, 2, 4);
        inner_packet(plain, 24, 17, cases[i].source, cases[i].destination);
        assert_int_equal(open_forged(plain, len), cases[i].want);
    }
}

/* ---- not sent ---- */

static void packet_without_an_sa_is_told(void **state)
{
    (void)state;
    uint8_t inner[64];
    struct sealed packet;
    struct esp_result result;
    assert_int_equal(esp_stack_seal(rig->alice.stack,
                                    inner_packet(inner, 64, 17, "10.1.0.5", "10.3.0.1"),
                                    packet.data, &packet.len, &result, NULL),
                     ESP_NO_SA);
    assert_int_equal(packet.len, 0);
    assert_null(result.child);
    assert_int_equal(result.event.n, 1);
    assert_int_equal(rig->alice.seen.kind, TRACE_ESP_NO_SA_EVENT);
    assert_string_equal(rig->alice.seen.source, "10.1.0.5");
    assert_string_equal(rig->alice.seen.destination, "10.3.0.1");
    assert_true(strlen(rig->alice.seen.detail) > 10);
    /* The right destination from the wrong source. */
    assert_int_equal(esp_stack_seal(rig->alice.stack,
                                    inner_packet(inner, 64, 17, "10.9.0.5", "10.2.0.1"),
                                    packet.data, &packet.len, &result, NULL),
                     ESP_NO_SA);
    assert_int_equal(esp_stack_seal(rig->alice.stack,
                                    inner_packet_6(inner, 64, 17, "2001:db8:1::5", "2001:db8:3::"),
                                    packet.data, &packet.len, &result, NULL),
                     ESP_NO_SA);
    assert_string_equal(rig->alice.seen.source, "2001:db8:1::5");
    assert_string_equal(rig->alice.seen.destination, "2001:db8:3::");
    assert_int_equal(pair_of(&rig->alice, ALICE_SPI)->last_sequence, 0);
}

static void what_is_no_ip_packet_is_not_sent(void **state)
{
    (void)state;
    uint8_t inner[64];
    struct sealed packet;
    struct esp_result result;
    for (size_t len = 1; len < 64; len++) {
        uint8_t *cut = malloc(len);
        alice_packet(inner, 64);
        memcpy(cut, inner, len);
        assert_int_equal(esp_stack_seal(rig->alice.stack, crypto_bytes(cut, len), packet.data,
                                        &packet.len, &result, NULL),
                         ESP_BAD_INNER);
        free(cut);
    }
    alice_packet(inner, 60); /* four octets more than Total Length */
    assert_int_equal(esp_stack_seal(rig->alice.stack, crypto_bytes(inner, 64), packet.data,
                                    &packet.len, &result, NULL),
                     ESP_BAD_INNER);
    assert_int_equal(rig->alice.seen.kind, TRACE_ESP_NO_SA_EVENT);
    assert_string_equal(rig->alice.seen.source, "(null)");
    assert_int_equal(pair_of(&rig->alice, ALICE_SPI)->last_sequence, 0);
}

static void verdicts_have_names(void **state)
{
    (void)state;
    assert_string_equal(esp_verdict_name(ESP_OK), "ok");
    for (int a = ESP_OK; a <= ESP_BAD_SEQUENCE; a++) {
        for (int b = ESP_OK; b < a; b++) {
            assert_string_not_equal(esp_verdict_name(a), esp_verdict_name(b));
        }
    }
}

#define GCM_TEST(f) cmocka_unit_test_setup_teardown(f, setup_gcm, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_bit_is_refused_gcm),
        cmocka_unit_test(every_flipped_bit_is_refused_cbc),
        cmocka_unit_test(forged_high_number_moves_nothing),
        GCM_TEST(replay_costs_no_decryption),
        GCM_TEST(sequence_number_0_is_refused),
        GCM_TEST(unknown_spi_is_told),
        GCM_TEST(removed_sa_receives_nothing),
        cmocka_unit_test(cut_packets_are_refused_gcm),
        cmocka_unit_test(cut_packets_are_refused_cbc),
        GCM_TEST(wrong_padding_is_refused),
        GCM_TEST(pad_length_beyond_the_payload_is_refused),
        GCM_TEST(more_padding_than_needed_is_accepted),
        GCM_TEST(dummy_packet_is_dropped),
        GCM_TEST(what_is_no_whole_ip_packet_is_refused),
        GCM_TEST(ipv6_inside_is_checked_as_well),
        GCM_TEST(tfc_padding_is_taken_off),
        GCM_TEST(inner_packet_of_another_network_is_refused),
        GCM_TEST(packet_without_an_sa_is_told),
        GCM_TEST(what_is_no_ip_packet_is_not_sent),
        cmocka_unit_test(verdicts_have_names),
    };
    return cmocka_run_group_tests_name("RFC 4303 §3.4 refusals", tests, NULL, NULL);
}
