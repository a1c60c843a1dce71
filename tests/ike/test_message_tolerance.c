/* What a receiver must not mind: RESERVED bits, minor version, unknown payloads, order (RFC 7296
 * §2.5). */
#include "bytes.h"

#include "ike/message.h"

static struct ike_message message;
static struct ike_error error;

static const char nonce_hex[] = "000102030405060708090a0b0c0d0e0f";

/* Reads the message given in hex; fails the test if it is refused. */
static void accept(const char *hex)
{
    static uint8_t bytes[2048];
    size_t len = hex_read(hex, bytes, sizeof(bytes));

    /* Length is filled in here, so that the rows need not count. */
    bytes[26] = (uint8_t)(len >> 8);
    bytes[27] = (uint8_t)len;
    if (ike_message_parse(&message, crypto_bytes(bytes, len), &error) != 0) {
        fail_msg("%s", error.text);
    }
}

static int refuse(const char *hex)
{
    static uint8_t bytes[2048];
    size_t len = hex_read(hex, bytes, sizeof(bytes));

    bytes[26] = (uint8_t)(len >> 8);
    bytes[27] = (uint8_t)len;
    return ike_message_parse(&message, crypto_bytes(bytes, len), &error);
}

#define SPIS "0101010101010101 0202020202020202 "

static void minor_version_is_ignored_E01(void **state)
{
    (void)state;
    accept(SPIS "00 21 25 08 00000000 00000000");
    assert_int_equal(message.header.minor, 1);
    accept(SPIS "00 2f 25 08 00000000 00000000");
    assert_int_equal(message.header.minor, 15);
}

static void all_reserved_bits_set_change_nothing_E05(void **state)
{
    /* Each payload with its RESERVED octets and bits at 1, then the same with 0: read alike. */
    static const char *const reserved[] = {
        SPIS "21 20 22 cf 00000000 00000000"
             "22 7f 0024 00 ff 0020 01 01 00 02"
             "03 ff 000c 01 ff 000c 800e 0080 00 ff 000c 02 ff 0005 800e 0080"
             "28 7f 000a 03e8 ffff aabb 00 7f 0014 000102030405060708090a0b0c0d0e0f",
        SPIS "21 20 22 08 00000000 00000000"
             "22 00 0024 00 00 0020 01 01 00 02"
             "03 00 000c 01 00 000c 800e 0080 00 00 000c 02 00 0005 800e 0080"
             "28 00 000a 03e8 0000 aabb 00 00 0014 000102030405060708090a0b0c0d0e0f",
        SPIS "23 20 23 cf 00000000 00000000"
             "27 7f 000a 02 ffffff 6162 2c 7f 000a 02 ffffff 6364"
             "2f 7f 0018 01 ffffff 07 00 0010 0000 ffff 00000000 ffffffff"
             "00 7f 0010 01 ffffff 8001 0004 0a000001",
        SPIS "23 20 23 08 00000000 00000000"
             "27 00 000a 02 000000 6162 2c 00 000a 02 000000 6364"
             "2f 00 0018 01 000000 07 00 0010 0000 ffff 00000000 ffffffff"
             "00 00 0010 01 000000 0001 0004 0a000001",
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        accept(reserved[i]);
        assert_true(message.header.initiator && !message.header.version &&
                    !message.header.response);
        assert_int_equal(message.payload_count, 3);
        assert_true(message.proposals[0].usable);
        assert_int_equal(message.proposals[0].transforms.count, 2);
        assert_int_equal(message.proposals[0].transforms.transforms[0].id, 12);
        assert_int_equal(message.payloads[1].ke.method, 1000);
        assert_view(message.payloads[1].ke.data, "aabb");
        assert_view(message.payloads[2].nonce.data, nonce_hex);
    }
    for (size_t i = 2; i < 4; i++) {
        accept(reserved[i]);
        assert_int_equal(message.payload_count, 4);
        assert_int_equal(message.payloads[0].id.type, IKE_ID_FQDN);
        assert_view(message.payloads[0].id.data, "6162");
        /* AUTH covers the body with its RESERVED octets (§2.15) */
        assert_view(message.payloads[0].body, i == 2 ? "02 ffffff 6162" : "02 000000 6162");
        assert_int_equal(message.payloads[1].auth.method, 2);
        assert_int_equal(message.payloads[2].ts.count, 1);
        assert_int_equal(message.attributes[0].type, 1);
    }
}

static void version_flag_is_ignored_E04(void **state)
{
    (void)state;
    accept(SPIS "00 20 25 18 00000000 00000000");
    assert_true(message.header.version && message.header.initiator);
}

static void unknown_payloads_are_kept_and_skipped_E06(void **state)
{
    static const uint8_t types[] = {1, 32, 49, 53, 54, 127, 128, 255};

    (void)state;
    for (size_t i = 0; i < sizeof(types); i++) {
        char hex[256];

        snprintf(hex, sizeof(hex),
                 SPIS "%02x 20 22 08 00000000 00000000 28 00 0007 616263 00 00 0014 %s", types[i],
                 nonce_hex);
        accept(hex);
        assert_int_equal(message.payload_count, 2);
        assert_int_equal(message.payloads[0].type, types[i]);
        assert_view(message.payloads[0].body, "616263");
        assert_view(message.payloads[1].nonce.data, nonce_hex);
    }
}

static void unknown_critical_payload_rejects_the_message_E07(void **state)
{
    static const uint8_t types[] = {1, 32, 49, 53, 255};

    (void)state;
    for (size_t i = 0; i < sizeof(types); i++) {
        char hex[256];

        snprintf(hex, sizeof(hex),
                 SPIS "28 20 22 08 00000000 00000000 %02x 00 0014 %s 00 80 0007 616263", types[i],
                 nonce_hex);
        assert_int_equal(refuse(hex), -1);
        assert_int_equal(error.notify, IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD);
        assert_int_equal(error.payload, types[i]);
        assert_int_equal(error.offset, 28 + 20 + 1);
        assert_string_equal(error.field, "Critical");
    }
}

static void critical_bit_on_a_known_payload_is_ignored_E10(void **state)
{
    char hex[256];

    (void)state;
    snprintf(hex, sizeof(hex),
             SPIS "28 20 22 08 00000000 00000000 2b 80 0014 %s 2e 80 0004 00 80 0010 "
                  "000000000000000000000000",
             nonce_hex);
    accept(hex);
    assert_true(message.payloads[0].critical && message.payloads[1].critical);
    assert_true(message.has_sk);
    assert_int_equal(message.outer_count, 3);
}

static void payloads_may_come_in_any_order_E11(void **state)
{
    char hex[256];

    (void)state;
    snprintf(hex, sizeof(hex),
             SPIS "29 20 22 08 00000000 00000000"
                  "28 00 0008 00 00 4000"
                  "22 00 0014 %s"
                  "21 00 0009 03e8 0000 aa"
                  "00 00 0014 00 00 0010 01 01 00 01 00 00 0008 01 00 0003",
             nonce_hex);
    accept(hex);
    assert_non_null(ike_message_find(&message, IKE_PAYLOAD_SA));
    assert_non_null(ike_message_find(&message, IKE_PAYLOAD_KE));
    assert_non_null(ike_message_find(&message, IKE_PAYLOAD_NONCE));
    assert_non_null(ike_message_find_notify(&message, IKE_NOTIFY_INITIAL_CONTACT));
}

static void unknown_exchange_type_is_read_like_any_E15(void **state)
{
    (void)state;
    accept(SPIS "00 20 f0 08 00000000 00000000");
    assert_int_equal(message.header.exchange, 240);
}

static void unknown_notifies_and_protocols_are_read_E14(void **state)
{
    (void)state;
    accept(SPIS "29 20 25 08 00000000 00000000"
                "29 00 0008 00 00 3fff 29 00 000a 00 00 ffff aabb"
                "29 00 000a 09 02 4000 0102 00 00 0009 00 01 4000 07");
    assert_int_equal(message.payloads[0].notify.type, 16383);
    assert_int_equal(message.payloads[1].notify.type, 65535);
    assert_view(message.payloads[1].notify.data, "aabb");
    assert_view(message.payloads[2].notify.spi, "0102");
    assert_view(message.payloads[3].notify.spi, "07");
}

static void opaque_ports_are_65535_to_0_I08(void **state)
{
    (void)state;
    accept(SPIS "2c 20 23 08 00000001 00000000"
                "00 00 0018 01 000000 07 00 0010 ffff 0000 00000000 ffffffff");
    assert_int_equal(message.selectors[0].start_port, 65535);
    assert_int_equal(message.selectors[0].end_port, 0);
}

static void icmp_type_and_code_are_a_port_I08(void **state)
{
    (void)state;
    accept(SPIS "2c 20 23 08 00000001 00000000"
                "00 00 0018 01 000000 07 01 0010 0800 0801 00000000 ffffffff");
    assert_int_equal(message.selectors[0].ip_protocol, 1);
    assert_int_equal(message.selectors[0].start_port, 8 << 8 | 0);
    assert_int_equal(message.selectors[0].end_port, 8 << 8 | 1);
}

static void unknown_selector_types_are_read_by_their_length(void **state)
{
    (void)state;
    accept(SPIS "2c 20 23 08 00000001 00000000"
                "00 00 0020 02 000000 0a 00 0008 61626364"
                "07 00 0010 0000 ffff 00000000 ffffffff");
    assert_int_equal(message.selectors[0].type, 10);
    assert_int_equal(message.selectors[1].type, 7);
}

static void configuration_may_be_empty_or_unknown_3_15(void **state)
{
    (void)state;
    accept(SPIS "2f 20 23 08 00000001 00000000 2f 00 0008 04 000000"
                "00 00 0016 01 000000 4001 0002 aabb 0008 0000 000e 0000");
    assert_int_equal(message.payloads[0].cp.count, 0);
    assert_int_equal(message.payloads[0].cp.type, IKE_CFG_ACK);
    assert_int_equal(message.payloads[1].cp.count, 3);
    assert_int_equal(message.attributes[0].type, 0x4001);
}

static void zero_spi_of_a_message_outside_of_any_sa_1_5(void **state)
{
    (void)state;
    accept("0000000000000000 0000000000000000 29 20 25 08 00000000 00000000"
           "00 00 000c 00 00 000b 01020304");
    assert_true(message.header.spi_i == 0 && message.header.spi_r == 0);
    assert_int_equal(message.payloads[0].notify.type, IKE_NOTIFY_INVALID_SPI);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minor_version_is_ignored_E01),
        cmocka_unit_test(version_flag_is_ignored_E04),
        cmocka_unit_test(all_reserved_bits_set_change_nothing_E05),
        cmocka_unit_test(unknown_payloads_are_kept_and_skipped_E06),
        cmocka_unit_test(unknown_critical_payload_rejects_the_message_E07),
        cmocka_unit_test(critical_bit_on_a_known_payload_is_ignored_E10),
        cmocka_unit_test(payloads_may_come_in_any_order_E11),
        cmocka_unit_test(unknown_exchange_type_is_read_like_any_E15),
        cmocka_unit_test(unknown_notifies_and_protocols_are_read_E14),
        cmocka_unit_test(opaque_ports_are_65535_to_0_I08),
        cmocka_unit_test(icmp_type_and_code_are_a_port_I08),
        cmocka_unit_test(unknown_selector_types_are_read_by_their_length),
        cmocka_unit_test(configuration_may_be_empty_or_unknown_3_15),
        cmocka_unit_test(zero_spi_of_a_message_outside_of_any_sa_1_5),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
