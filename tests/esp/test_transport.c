/* Transport mode (RFC 4303 §3.1.1; conformance N07, N08, N12, I12): what the packet's own header
 * becomes, what comes back of it, and what has no place in it. */
#include <arpa/inet.h>

#include "tests/esp/support.h"

#define ALICE "192.0.2.10"
#define GW "198.51.100.1"

static const struct kind transport = {.transport = true, .window = 64};

static uint32_t word_at(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, 4);
    return ntohl(word);
}

static size_t total_length(const struct sealed *packet)
{
    return (size_t)packet->data[2] << 8 | packet->data[3];
}

/* An IPv4 packet with a Router Alert option, a TOS, an identification: 24 octets of header. */
static struct crypto_bytes packet_with_option(uint8_t *out, size_t len, uint8_t protocol)
{
    static const uint8_t option[4] = {0x94, 4, 0, 0};
    inner_packet(out, len, protocol, ALICE, GW);
    out[0] = 0x46;
    out[1] = 0xb8;
    out[4] = 0x12;
    out[5] = 0x34;
    memcpy(out + 20, option, sizeof option);
    fix_checksum(out);
    return crypto_bytes(out, len);
}

static void n08_the_packets_own_header_goes_in_front_of_esp(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(transport);
    struct sealed packet, got;
    uint8_t inner[200], header[24];
    struct crypto_bytes sent = packet_with_option(inner, 101, 6);

    assert_int_equal(seal_ip(rig, sent, &packet), ESP_OK);
    assert_string_equal(rig->alice.seen.mode, "transport");
    assert_string_equal(rig->alice.seen.protocol, "ESP");

    /* Only protocol, length and checksum differ from the header that was. */
    memcpy(header, inner, sizeof header);
    header[2] = (uint8_t)(packet.len >> 8);
    header[3] = (uint8_t)packet.len;
    header[9] = 50;
    fix_checksum(header);
    assert_memory_equal(packet.data, header, sizeof header);
    assert_int_equal(total_length(&packet), packet.len);
    /* SPI, number 1, IV; 77 octets, padded with the trailer to 80; ICV. */
    assert_int_equal(word_at(packet.data + 24), GW_SPI);
    assert_int_equal(word_at(packet.data + 28), 1);
    assert_int_equal(packet.len, 24 + 8 + 8 + 80 + 16);

    assert_int_equal(open_ip_copy(rig, &packet, &got), ESP_OK);
    assert_int_equal(got.len, sent.len);
    assert_memory_equal(got.data, inner, sent.len);
    assert_string_equal(rig->gw.seen.mode, "transport");
    rig_free(rig);
}

static void n08_every_protocol_is_restored(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {1, 6, 17, 4, 41, 47, 89, 132, 253, 0};
    struct rig *rig = rig_new_kind(transport);
    for (size_t i = 0; i < sizeof protocols; i++) {
        for (size_t len = 20; len < 60; len++) {
            struct sealed packet, got;
            uint8_t inner[64];
            inner_packet(inner, len, protocols[i], ALICE, GW);
            fix_checksum(inner);
            assert_int_equal(seal_ip(rig, crypto_bytes(inner, len), &packet), ESP_OK);
            assert_int_equal(packet.data[9], 50);
            assert_int_equal(open_ip_copy(rig, &packet, &got), ESP_OK);
            assert_int_equal(got.len, len);
            assert_memory_equal(got.data, inner, len);
        }
    }
    rig_free(rig);
}

/* An IPv6 packet with these extension headers, of 8 octets each, before UDP. */
static struct crypto_bytes packet_with_extensions(uint8_t *out, const uint8_t *kinds, size_t count)
{
    size_t len = 40 + 8 * count + 24;
    inner_packet_6(out, len, count ? kinds[0] : 17, "2001:db8::a", "2001:db8::1");
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = out + 40 + 8 * i;
        memset(at, 0, 8);
        at[0] = i + 1 < count ? kinds[i + 1] : 17;
        if (kinds[i] == 43) {
            at[2] = 4; /* a type that goes along with no segments left */
        } else {
            at[2] = 1; /* PadN of four octets */
            at[3] = 4;
        }
    }
    return crypto_bytes(out, len);
}

static void n08_ipv6_extension_headers_for_routers_stay_in_front(void **state)
{
    (void)state;
    static const struct {
        uint8_t count, kinds[4], front; /* how many stay in front */
    } rows[] = {
        {0, {0}, 0},             /* ESP at once */
        {1, {0}, 1},             /* Hop-by-Hop */
        {1, {60}, 0},            /* Destination Options go inside */
        {2, {0, 60}, 1},         /* the same behind Hop-by-Hop */
        {2, {60, 43}, 2},        /* those before Routing are for its hops */
        {4, {0, 60, 43, 60}, 3}, /* and the last are for the destination */
    };
    struct rig *rig = rig_new_kind(transport);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sealed packet, got;
        uint8_t inner[128];
        struct crypto_bytes sent = packet_with_extensions(inner, rows[i].kinds, rows[i].count);
        size_t front = 40 + 8 * (size_t)rows[i].front;
        assert_int_equal(seal_ip(rig, sent, &packet), ESP_OK);
        assert_int_equal((size_t)packet.data[4] << 8 | packet.data[5], packet.len - 40);
        assert_int_equal(packet.data[rows[i].front ? front - 8 : 6], 50);
        assert_int_equal(word_at(packet.data + front), GW_SPI);
        assert_int_equal(open_ip_copy(rig, &packet, &got), ESP_OK);
        assert_int_equal(got.len, sent.len);
        assert_memory_equal(got.data, sent.data, sent.len);
    }
    rig_free(rig);
}

/* RFC 4303 §3.1.1: they could appear before ESP too. Ours puts them behind, a peer need not. */
static void destination_options_in_front_are_taken(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(transport);
    struct sealed packet, moved, got;
    uint8_t inner[128];
    static const uint8_t options[8] = {50, 0, 1, 4};
    struct crypto_bytes sent = packet_with_extensions(inner, NULL, 0);
    assert_int_equal(seal_ip(rig, sent, &packet), ESP_OK);
    moved.len = packet.len + 8;
    memcpy(moved.data, packet.data, 40);
    memcpy(moved.data + 40, options, 8);
    memcpy(moved.data + 48, packet.data + 40, packet.len - 40);
    moved.data[5] = (uint8_t)(moved.len - 40);
    moved.data[6] = 60;
    assert_int_equal(open_ip_copy(rig, &moved, &got), ESP_OK);
    assert_int_equal(got.len, sent.len + 8);
    assert_int_equal(got.data[6], 60);
    assert_int_equal(got.data[40], 17);
    rig_free(rig);
}

static void n12_fragments_are_neither_sealed_nor_opened(void **state)
{
    (void)state;
    static const uint16_t fields[] = {0x2000, 0x0001, 0x3fff, 0x1fff};
    struct rig *rig = rig_new_kind(transport);
    struct sealed packet;
    uint8_t inner[128];
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        inner_packet(inner, 60, 17, ALICE, GW);
        inner[6] = (uint8_t)(fields[i] >> 8);
        inner[7] = (uint8_t)fields[i];
        assert_int_equal(seal_ip(rig, crypto_bytes(inner, 60), &packet), ESP_FRAGMENT);
        assert_int_equal(rig->alice.seen.kind, TRACE_ESP_NO_SA_EVENT);
        assert_non_null(strstr(rig->alice.seen.detail, "fragment"));

        inner[6] = inner[7] = 0;
        assert_int_equal(seal_ip(rig, crypto_bytes(inner, 60), &packet), ESP_OK);
        packet.data[6] = (uint8_t)(fields[i] >> 8);
        packet.data[7] = (uint8_t)fields[i];
        assert_int_equal(open_ip_copy(rig, &packet, NULL), ESP_FRAGMENT);
        assert_string_equal(rig->gw.seen.reason, "fragment");
    }
    struct crypto_bytes sixth = packet_with_extensions(inner, (const uint8_t[]){44}, 1);
    assert_int_equal(seal_ip(rig, sixth, &packet), ESP_FRAGMENT);
    rig_free(rig);
}

/* RFC 4301 §5.2: an authentic packet whose header is not that of this SA. Its ICV does not cover
 * the header, so anyone on the way can try that. Whoever runs the stack gets the
 * packet, to tell of it with INVALID_SELECTORS (RFC 7296 §3.10.1). */
static void i12_l03_another_senders_header_does_not_get_in(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(transport);
    struct sealed packet;
    uint8_t inner[64];
    inner_packet(inner, 60, 17, ALICE, GW);
    assert_int_equal(seal_ip(rig, crypto_bytes(inner, 60), &packet), ESP_OK);
    packet.data[15] ^= 1;
    assert_int_equal(open_ip_copy(rig, &packet, NULL), ESP_BAD_SELECTOR);
    assert_string_equal(rig->gw.seen.reason, "bad_selector");
    rig_free(rig);
}

/* A packet that other hosts behind alice send is none for this SA. */
static void n08_packets_of_others_find_no_sa(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(transport);
    struct sealed packet;
    uint8_t inner[64];
    inner_packet(inner, 60, 17, "10.1.0.5", GW);
    assert_int_equal(seal_ip(rig, crypto_bytes(inner, 60), &packet), ESP_NO_SA);
    rig_free(rig);
}

/* Without the header there is nothing to be put right, and the number is used up all the same. */
static void a_packet_without_its_header_is_no_whole_packet(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(transport);
    struct sealed packet;
    uint8_t inner[64];
    inner_packet(inner, 60, 17, ALICE, GW);
    assert_int_equal(seal_ip(rig, crypto_bytes(inner, 60), &packet), ESP_OK);
    memmove(packet.data, packet.data + 20, packet.len -= 20);
    assert_int_equal(open_copy(rig, &packet), ESP_BAD_INNER);
    assert_int_equal(rig->gw.seen.right_edge, 1);
    rig_free(rig);
}

static void n07_a_dummy_packet_is_dropped_in_silence(void **state)
{
    (void)state;
    static const uint8_t plain[] = {9, 9, 9, 9, 1, 2, 2, 59};
    struct rig *rig = rig_new_kind(transport);
    struct sealed esp, packet = {.len = 20};
    forge(rig, 1, crypto_bytes(plain, sizeof plain), &esp);
    inner_packet(packet.data, 20 + esp.len, 50, ALICE, GW);
    memcpy(packet.data + 20, esp.data, esp.len);
    packet.len += esp.len;
    assert_int_equal(open_ip_copy(rig, &packet, NULL), ESP_DUMMY);
    rig_free(rig);
}

static void the_inner_packet_may_begin_anywhere_in_the_buffer(void **state)
{
    (void)state;
    struct rig *rig = rig_new_kind(transport);
    for (size_t at = 0; at < 80; at++) {
        struct sealed packet = {0}, got;
        struct esp_result result;
        uint8_t inner[104];
        struct crypto_bytes sent = packet_with_option(inner, 104, 17);
        memcpy(packet.data + at, inner, sent.len);
        assert_int_equal(esp_stack_seal(rig->alice.stack, crypto_bytes(packet.data + at, sent.len),
                                        packet.data, &packet.len, &result, NULL),
                         ESP_OK);
        assert_int_equal(open_ip_copy(rig, &packet, &got), ESP_OK);
        assert_int_equal(got.len, sent.len);
        assert_memory_equal(got.data, inner, sent.len);
    }
    rig_free(rig);
}

static void what_would_be_too_long_is_not_sent(void **state)
{
    (void)state;
    static uint8_t inner[65535], packet[65535 + ESP_OVERHEAD_MAX];
    struct rig *rig = rig_new_kind(transport);
    struct esp_result result;
    size_t len;
    struct crypto_bytes sent = inner_packet(inner, 65535 - ESP_OVERHEAD_MAX + 1, 17, ALICE, GW);
    assert_int_equal(esp_stack_seal(rig->alice.stack, sent, packet, &len, &result, NULL),
                     ESP_TOO_BIG);
    assert_non_null(strstr(rig->alice.seen.detail, "65535"));
    rig_free(rig);
}

/* Whatever the header becomes, nothing gets in but what was sent. */
static void random_headers_let_nothing_else_in(void **state)
{
    (void)state;
    uint64_t chance = test_seed();
    struct rig *rig = rig_new_kind(transport);
    unsigned taken = 0;
    for (int i = 0; i < 20000; i++) {
        struct sealed packet, got;
        uint8_t inner[128];
        struct crypto_bytes sent =
            test_random(&chance) % 2
                ? packet_with_option(inner, 100, 17)
                : packet_with_extensions(inner, (const uint8_t[]){0, 60, 43}, 3);
        assert_int_equal(seal_ip(rig, sent, &packet), ESP_OK);
        size_t front = sent.data[0] >> 4 == 4 ? 24 : 64;
        for (uint64_t n = test_random(&chance) % 4; n > 0; n--) {
            packet.data[test_random(&chance) % front] = (uint8_t)test_random(&chance);
        }
        if (test_random(&chance) % 8 == 0) {
            packet.len = test_random(&chance) % packet.len;
        }
        if (open_ip_copy(rig, &packet, &got) == ESP_OK) {
            size_t got_front = got.len - (sent.len - front);
            assert_memory_equal(got.data + got_front, sent.data + front, sent.len - front);
            taken++;
        }
    }
    printf("%u of 20000 were taken\n", taken);
    assert_true(taken > 5000);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(n08_the_packets_own_header_goes_in_front_of_esp),
        cmocka_unit_test(n08_every_protocol_is_restored),
        cmocka_unit_test(n08_ipv6_extension_headers_for_routers_stay_in_front),
        cmocka_unit_test(destination_options_in_front_are_taken),
        cmocka_unit_test(n12_fragments_are_neither_sealed_nor_opened),
        cmocka_unit_test(i12_l03_another_senders_header_does_not_get_in),
        cmocka_unit_test(n08_packets_of_others_find_no_sa),
        cmocka_unit_test(a_packet_without_its_header_is_no_whole_packet),
        cmocka_unit_test(n07_a_dummy_packet_is_dropped_in_silence),
        cmocka_unit_test(the_inner_packet_may_begin_anywhere_in_the_buffer),
        cmocka_unit_test(what_would_be_too_long_is_not_sent),
        cmocka_unit_test(random_headers_let_nothing_else_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
