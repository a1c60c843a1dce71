/* Inner packets of pings and streams: octets (RFC 791, RFC 8200, RFC 792, RFC 4443, RFC 768),
 * checksums (RFC 1071), what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/host/icmp.h"
#include "sim/host/udp.h"

#define V4(a, b, c, d)                                                                             \
    {                                                                                              \
        .family = 4, .octets = { a, b, c, d }                                                      \
    }
#define V6(last)                                                                                   \
    {                                                                                              \
        .family = 6, .octets = { 0x20, 1, 0xd, 0xb8, [15] = last }                                 \
    }

static const struct icmp_echo request = {
    .source = V4(10, 1, 0, 1),
    .destination = V4(10, 2, 0, 1),
    .identifier = 0x1234,
    .sequence = 7,
    .sent_at = UINT64_C(0x0102030405060708),
};

static const struct icmp_echo request6 = {
    .source = V6(1),
    .destination = V6(2),
    .identifier = 0x1234,
    .sequence = 7,
    .sent_at = UINT64_C(0x0102030405060708),
};

static const struct udp_probe probe4 = {
    .source = V4(10, 1, 0, 1),
    .destination = V4(10, 2, 0, 1),
    .source_port = 5001,
    .destination_port = 80,
    .number = UINT64_C(0x123456789),
    .sent_at = UINT64_C(0x0102030405060708),
};

static const struct udp_probe probe6 = {
    .source = V6(1),
    .destination = V6(2),
    .source_port = 5001,
    .destination_port = 80,
    .number = UINT64_C(0x123456789),
    .sent_at = UINT64_C(0x0102030405060708),
};

enum {
    DATA = 16,
    MOST = 1400,
    LEN = IPV4_HEADER_LEN + ICMP_HEADER_LEN + DATA,
    LEN6 = IPV6_HEADER_LEN + ICMP_HEADER_LEN + DATA,
};

static void an_echo_request_is_laid_out_as_rfc_791_and_792_say(void **state)
{
    /* Checksums: the ones' complement of the sum of the other 16-bit words, computed apart from the
     * code. */
    static const uint8_t expected[LEN] = {
        0x45, 0,    0,    LEN,  0, 7, 0, 0, 64, 1, 0x66, 0xc6, 10, 1, 0, 1, 10, 2,  0,  1,  8,  0,
        0xa9, 0x80, 0x12, 0x34, 0, 7, 1, 2, 3,  4, 5,    6,    7,  8, 8, 9, 10, 11, 12, 13, 14, 15,
    };
    uint8_t packet[LEN];
    (void)state;
    assert_int_equal(icmp_echo_build(&request, DATA, packet), LEN);
    assert_memory_equal(packet, expected, LEN);
}

static void an_echo_request_of_ipv6_is_laid_out_as_rfc_8200_and_4443_say(void **state)
{
    /* The checksum is over a pseudo-header too: both addresses, length and Next Header 58. */
    static const uint8_t expected[LEN6] = {
        0x60, 0, 0, 0, 0, 24, 58, 64, 0x20, 1, 0xd,  0xb8, 0,    0,    0,  0,
        0,    0, 0, 0, 0, 0,  0,  1,  0x20, 1, 0xd,  0xb8, 0,    0,    0,  0,
        0,    0, 0, 0, 0, 0,  0,  2,  128,  0, 0xd5, 0xb8, 0x12, 0x34, 0,  7,
        1,    2, 3, 4, 5, 6,  7,  8,  8,    9, 10,   11,   12,   13,   14, 15,
    };
    uint8_t packet[LEN6];
    (void)state;
    assert_int_equal(icmp_echo_build(&request6, DATA, packet), LEN6);
    assert_memory_equal(packet, expected, LEN6);
}

static void an_echo_is_read_as_it_was_written(void **state)
{
    (void)state;
    for (size_t data = ICMP_DATA_MIN; data < MOST; data += 129) { /* odd lengths too */
        for (int kind = 0; kind < 4; kind++) {
            uint8_t packet[IPV6_HEADER_LEN + ICMP_HEADER_LEN + MOST];
            struct icmp_echo echo = kind & 2 ? request6 : request, read;
            echo.reply = kind & 1;
            size_t len = icmp_echo_build(&echo, data, packet);
            assert_int_equal(len, icmp_echo_len(&echo, data));
            assert_true(icmp_echo_parse(crypto_bytes(packet, len), &read));
            assert_true(net_address_equal(&read.source, &echo.source));
            assert_true(net_address_equal(&read.destination, &echo.destination));
            assert_int_equal(read.reply, echo.reply);
            assert_int_equal(read.identifier, echo.identifier);
            assert_int_equal(read.sequence, echo.sequence);
            assert_int_equal(read.sent_at, echo.sent_at);
        }
    }
}

static void a_datagram_is_laid_out_as_rfc_768_says(void **state)
{
    static const uint8_t expected[] = {19,   137,  0,    80,   0, 24, 0x3c, 0xfd, 0, 0, 0, 1,
                                       0x23, 0x45, 0x67, 0x89, 1, 2,  3,    4,    5, 6, 7, 8};
    uint8_t packet[LEN];
    (void)state;
    assert_int_equal(udp_probe_build(&probe4, DATA, packet), LEN);
    assert_int_equal(packet[9], 17);
    assert_memory_equal(packet + IPV4_HEADER_LEN, expected, sizeof expected);
}

static void a_datagram_is_read_as_it_was_written(void **state)
{
    (void)state;
    for (size_t data = UDP_DATA_MIN; data < MOST; data += 129) {
        for (int six = 0; six < 2; six++) {
            uint8_t packet[IPV6_HEADER_LEN + UDP_HEADER_LEN + MOST];
            struct udp_probe probe = six ? probe6 : probe4, read;
            size_t len = udp_probe_build(&probe, data, packet);
            assert_int_equal(len, udp_probe_len(&probe, data));
            assert_true(udp_probe_parse(crypto_bytes(packet, len), &read));
            assert_true(net_address_equal(&read.source, &probe.source));
            assert_true(net_address_equal(&read.destination, &probe.destination));
            assert_int_equal(read.source_port, probe.source_port);
            assert_int_equal(read.destination_port, probe.destination_port);
            assert_int_equal(read.number, probe.number);
            assert_int_equal(read.sent_at, probe.sent_at);
        }
    }
}

/* RFC 768: a sum that comes out as zero is sent as all ones. */
static void a_checksum_of_zero_is_sent_as_ones(void **state)
{
    struct udp_probe probe = probe4;
    uint8_t packet[LEN];
    bool seen = false;
    (void)state;
    for (unsigned port = 0; port < 65536 && !seen; port++) {
        probe.source_port = (uint16_t)port;
        udp_probe_build(&probe, DATA, packet);
        const uint8_t *sum = packet + IPV4_HEADER_LEN + 6;
        assert_false(sum[0] == 0 && sum[1] == 0);
        seen = sum[0] == 0xff && sum[1] == 0xff;
    }
    struct udp_probe read;
    assert_true(seen);
    assert_true(udp_probe_parse(crypto_bytes(packet, LEN), &read));
}

static void one_wrong_bit_anywhere_is_seen(void **state)
{
    uint8_t packet[LEN];
    struct icmp_echo read;
    struct udp_probe read_probe;
    (void)state;
    for (int udp = 0; udp < 2; udp++) {
        if (udp) {
            udp_probe_build(&probe4, DATA, packet);
        } else {
            icmp_echo_build(&request, DATA, packet);
        }
        for (size_t bit = 0; bit < (size_t)LEN * 8; bit++) {
            packet[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_false(icmp_echo_parse(crypto_bytes(packet, LEN), &read));
            assert_false(udp_probe_parse(crypto_bytes(packet, LEN), &read_probe));
            packet[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        assert_int_equal(icmp_echo_parse(crypto_bytes(packet, LEN), &read), !udp);
        assert_int_equal(udp_probe_parse(crypto_bytes(packet, LEN), &read_probe), udp);
    }
}

/* The IPv6 header has no checksum of its own: traffic class, flow label and hop limit are not
 * covered. */
static void one_wrong_bit_behind_the_ipv6_header_is_seen(void **state)
{
    uint8_t packet[LEN6];
    struct icmp_echo read;
    struct udp_probe read_probe;
    (void)state;
    for (int udp = 0; udp < 2; udp++) {
        if (udp) {
            udp_probe_build(&probe6, DATA, packet);
        } else {
            icmp_echo_build(&request6, DATA, packet);
        }
        for (size_t bit = (size_t)8 * 8; bit < (size_t)LEN6 * 8; bit++) {
            packet[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_false(icmp_echo_parse(crypto_bytes(packet, LEN6), &read));
            assert_false(udp_probe_parse(crypto_bytes(packet, LEN6), &read_probe));
            packet[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
    }
}

static void a_packet_that_is_cut_off_is_none(void **state)
{
    uint8_t packet[LEN6];
    struct icmp_echo read;
    struct udp_probe read_probe;
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        size_t whole = kind == 0   ? icmp_echo_build(&request, DATA, packet)
                       : kind == 1 ? icmp_echo_build(&request6, DATA, packet)
                       : kind == 2 ? udp_probe_build(&probe4, DATA, packet)
                                   : udp_probe_build(&probe6, DATA, packet);
        for (size_t len = 0; len < whole; len++) {
            assert_false(icmp_echo_parse(crypto_bytes(packet, len), &read));
            assert_false(udp_probe_parse(crypto_bytes(packet, len), &read_probe));
        }
    }
}

static void addresses_are_read_and_written(void **state)
{
    static const char *const texts[] = {"10.1.0.1", "2001:db8::1", "fe80::1:0:0:1"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct net_address address;
        char text[NET_ADDRESS_TEXT];
        assert_true(net_address_parse(texts[i], &address));
        assert_string_equal(net_address_print(&address, text), texts[i]);
    }
    struct net_address address;
    assert_false(net_address_parse("10.1.0", &address));
    assert_false(net_address_parse("10.1.0.256", &address));
    assert_false(net_address_parse("2001:db8::1::2", &address));
    assert_false(net_address_parse("", &address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_echo_request_is_laid_out_as_rfc_791_and_792_say),
        cmocka_unit_test(an_echo_request_of_ipv6_is_laid_out_as_rfc_8200_and_4443_say),
        cmocka_unit_test(an_echo_is_read_as_it_was_written),
        cmocka_unit_test(a_datagram_is_laid_out_as_rfc_768_says),
        cmocka_unit_test(a_datagram_is_read_as_it_was_written),
        cmocka_unit_test(a_checksum_of_zero_is_sent_as_ones),
        cmocka_unit_test(one_wrong_bit_anywhere_is_seen),
        cmocka_unit_test(one_wrong_bit_behind_the_ipv6_header_is_seen),
        cmocka_unit_test(a_packet_that_is_cut_off_is_none),
        cmocka_unit_test(addresses_are_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
