/* Inner packets of a ping: octets (RFC 791, RFC 792), checksums (RFC 1071), what is no echo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/host/icmp.h"

static const struct icmp_echo request = {
    .source = {10, 1, 0, 1},
    .destination = {10, 2, 0, 1},
    .identifier = 0x1234,
    .sequence = 7,
    .sent_at = UINT64_C(0x0102030405060708),
};

enum { DATA = 16, LEN = ICMP_OVERHEAD + DATA };

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

static void an_echo_is_read_as_it_was_written(void **state)
{
    (void)state;
    for (size_t data = ICMP_DATA_MIN; data < 1400; data += 129) { /* odd lengths too */
        for (int reply = 0; reply < 2; reply++) {
            uint8_t packet[ICMP_OVERHEAD + 1400];
            struct icmp_echo echo = request, read;
            echo.reply = reply;
            size_t len = icmp_echo_build(&echo, data, packet);
            assert_true(icmp_echo_parse(crypto_bytes(packet, len), &read));
            assert_memory_equal(read.source, echo.source, 4);
            assert_memory_equal(read.destination, echo.destination, 4);
            assert_int_equal(read.reply, reply);
            assert_int_equal(read.identifier, echo.identifier);
            assert_int_equal(read.sequence, echo.sequence);
            assert_int_equal(read.sent_at, echo.sent_at);
        }
    }
}

static void one_wrong_bit_anywhere_is_seen(void **state)
{
    uint8_t packet[LEN];
    struct icmp_echo read;
    (void)state;
    icmp_echo_build(&request, DATA, packet);
    for (size_t bit = 0; bit < (size_t)LEN * 8; bit++) {
        packet[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(icmp_echo_parse(crypto_bytes(packet, LEN), &read));
        packet[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_true(icmp_echo_parse(crypto_bytes(packet, LEN), &read));
}

static void a_packet_that_is_cut_off_is_no_echo(void **state)
{
    uint8_t packet[LEN];
    struct icmp_echo read;
    (void)state;
    icmp_echo_build(&request, DATA, packet);
    for (size_t len = 0; len < LEN; len++) {
        assert_false(icmp_echo_parse(crypto_bytes(packet, len), &read));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_echo_request_is_laid_out_as_rfc_791_and_792_say),
        cmocka_unit_test(an_echo_is_read_as_it_was_written),
        cmocka_unit_test(one_wrong_bit_anywhere_is_seen),
        cmocka_unit_test(a_packet_that_is_cut_off_is_no_echo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
