/* ESP packets and what is in them as trees of fields: RFC 4303 §2, RFC 791, RFC 792. */
#include "tests/ui/dissect_support.h"

#include <jansson.h>

static uint8_t packet[2048];

static struct dissect_keys *keys_with(const struct crypto_packet_key *key, const char *destination)
{
    struct dissect_keys *keys = dissect_keys_new();

    dissect_keys_add_esp(keys, destination, 0xc09b21f7, key);
    return keys;
}

static void check_opened(bool aead)
{
    struct crypto_packet_key key = support_key(aead, 1);
    struct dissect_keys *keys = keys_with(&key, "192.0.2.1");
    size_t len = support_esp(packet, &key);
    struct dissect_tree *tree = dissect_ip_esp(keys, "192.0.2.1", packet, len);
    const struct dissect_field *field;

    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_DECRYPTED);
    assert_string_equal(tree->summary,
                        "ESP, SPI 0xc09b21f7, sequence number 3: 10.1.0.1 > 10.2.0.1 ICMP echo "
                        "request, identifier 4660, sequence 3");
    field = tree_nth(tree, "Sequence Number", 0);
    assert_int_equal(field->offset, 4);
    assert_string_equal(field->reference, "RFC 4303 §2.2");
    assert_string_equal(tree_value(tree, "Next Header"), "IPv4 (4)");
    assert_non_null(strstr(tree_value(tree, "Header Checksum"), "correct"));
    assert_non_null(strstr(tree_nth(tree, "Checksum", 0)->value, "correct"));
    assert_string_equal(tree_value(tree, "Source Address"), "10.1.0.1");
    assert_string_equal(tree_value(tree, "Time to Live"), "64");
    field = tree_find(tree, "DF (Don't Fragment)");
    assert_string_equal(field->value, "set");
    assert_int_equal(field->layer, 1);
    assert_int_equal(field->offset, 6);
    assert_int_equal(field->bit_first, 1);
    assert_int_equal(tree_find(tree, "Integrity Check Value")->offset, len - 16);
    assert_int_equal(tree_uncovered(tree, 0), 0);
    assert_int_equal(tree_uncovered(tree, 1), 0);
    dissect_tree_free(tree);
    dissect_keys_free(keys);
}

static void esp_opens_with_cbc_and_hmac_rfc4303_2(void **state)
{
    (void)state;
    check_opened(false);
}

static void esp_opens_with_gcm_rfc4106(void **state)
{
    (void)state;
    check_opened(true);
}

static void esp_in_udp_is_esp_rfc3948_2_1(void **state)
{
    struct crypto_packet_key key = support_key(true, 1);
    struct dissect_keys *keys = keys_with(&key, "");
    size_t len = support_esp(packet, &key);
    struct dissect_tree *tree = dissect_udp(keys, 4500, packet, len);

    (void)state;
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_DECRYPTED);
    dissect_tree_free(tree);
    dissect_keys_free(keys);
}

static void changed_packet_or_wrong_key_does_not_open_rfc4303_2_8(void **state)
{
    struct crypto_packet_key key = support_key(true, 1);
    struct dissect_keys *keys = keys_with(&key, "");
    size_t len = support_esp(packet, &key);
    struct dissect_tree *tree;

    (void)state;
    for (size_t i = 4; i < len; i++) {
        packet[i] ^= 1;
        tree = dissect_ip_esp(keys, "192.0.2.1", packet, len);
        assert_int_equal(tree->verdict, DISSECT_WRONG_KEY);
        assert_null(tree->layer[1].data);
        dissect_tree_free(tree);
        packet[i] ^= 1;
    }
    packet[3] ^= 1;
    tree = dissect_ip_esp(keys, "192.0.2.1", packet, len);
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_NO_KEY);
    assert_string_equal(tree->trouble, "no key for ESP to 192.0.2.1 with SPI 0xc09b21f6");
    dissect_tree_free(tree);
    dissect_keys_free(keys);
}

/* Two SAs may have the same SPI by chance: each key is tried. */
static void all_keys_of_an_spi_are_tried(void **state)
{
    struct crypto_packet_key right = support_key(true, 1), wrong = support_key(false, 7);
    size_t len = support_esp(packet, &right);

    (void)state;
    for (unsigned order = 0; order < 2; order++) {
        struct dissect_keys *keys = dissect_keys_new();
        struct dissect_tree *tree;

        dissect_keys_add_esp(keys, "", 0xc09b21f7, order == 0 ? &right : &wrong);
        dissect_keys_add_esp(keys, "", 0xc09b21f7, order == 0 ? &wrong : &right);
        tree = dissect_ip_esp(keys, "192.0.2.1", packet, len);
        assert_int_equal(tree->verdict, DISSECT_DECRYPTED);
        dissect_tree_free(tree);
        dissect_keys_free(keys);
    }
}

static void key_of_another_destination_is_not_used(void **state)
{
    struct crypto_packet_key key = support_key(true, 1);
    struct dissect_keys *keys = keys_with(&key, "192.0.2.9");
    size_t len = support_esp(packet, &key);
    struct dissect_tree *tree = dissect_ip_esp(keys, "192.0.2.1", packet, len);

    (void)state;
    assert_int_equal(tree->verdict, DISSECT_NO_KEY);
    dissect_tree_free(tree);
    dissect_keys_free(keys);
}

static void esp_shorter_than_its_header_is_malformed(void **state)
{
    (void)state;
    for (size_t len = 0; len < 8; len++) {
        struct dissect_tree *tree =
            dissect_ip_esp(NULL, "192.0.2.1", "\xc0\x9b\x21\xf7\0\0\0\1", len);

        tree_check(tree);
        assert_int_equal(tree->verdict, DISSECT_MALFORMED);
        dissect_tree_free(tree);
    }
}

/* What an ESP packet of this plaintext, trailer included, gives. */
static struct dissect_tree *sealed(const void *plain, size_t plain_len)
{
    struct crypto_packet_key key = support_key(true, 1);
    struct dissect_keys *keys = keys_with(&key, "");
    struct dissect_tree *tree;
    size_t len;

    memcpy(packet, "\xc0\x9b\x21\xf7\0\0\0\1", 8);
    memset(packet + 8, 0, 8);
    memcpy(packet + 16, plain, plain_len);
    len = crypto_packet_seal(support_context(), &key, packet, 8, plain_len, NULL);
    tree = dissect_ip_esp(keys, "192.0.2.1", packet, len);
    tree_check(tree);
    dissect_keys_free(keys);
    return tree;
}

static void trailer_that_lies_is_a_wrong_field_rfc4303_2_5(void **state)
{
    struct dissect_tree *tree = sealed("ab\3\4", 4);

    (void)state;
    assert_int_equal(tree->verdict, DISSECT_MALFORMED);
    assert_true(tree_find(tree, "Pad Length")->wrong);
    dissect_tree_free(tree);

    /* IPv4 with a Total Length beyond the end, and one below its own header. */
    tree = sealed("\x45\0\0\x63\0\0\0\0\x40\1\0\0\12\1\0\1\12\2\0\1\0\4", 22);
    assert_int_equal(tree->verdict, DISSECT_MALFORMED);
    assert_true(tree_nth(tree, "Total Length", 1)->wrong);
    dissect_tree_free(tree);
    tree = sealed("\x45\0\0\x13\0\0\0\0\x40\1\0\0\12\1\0\1\12\2\0\1\0\4", 22);
    assert_int_equal(tree->verdict, DISSECT_MALFORMED);
    dissect_tree_free(tree);
}

static void dummy_packet_and_other_protocols_are_named_rfc4303_2_6(void **state)
{
    struct dissect_tree *tree = sealed("noise\0\0\73", 8);

    (void)state;
    assert_int_equal(tree->verdict, DISSECT_DECRYPTED);
    assert_non_null(strstr(tree->summary, "a dummy packet"));
    assert_int_equal(tree_uncovered(tree, 1), 0);
    dissect_tree_free(tree);

    tree = sealed("12345678\0\x11", 10);
    assert_non_null(strstr(tree->summary, "UDP (17)"));
    dissect_tree_free(tree);
}

/* The packet does not tell: the ICV does. */
static void extended_sequence_number_is_found_rfc4303_2_2_1(void **state)
{
    static const uint8_t inner[] = {0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 10, 1,  0,  1,
                                    10,   2, 0, 1,  1, 2, 3, 4, 5,  6,  7, 8, 9,  10, 10, 4};

    (void)state;
    for (unsigned aead = 0; aead < 2; aead++) {
        for (uint32_t high = 0; high < 2; high++) {
            struct crypto_packet_key key = support_key(aead, 1);
            struct dissect_keys *keys = keys_with(&key, "");
            size_t at = 8u + key.encr->iv_len;
            struct dissect_tree *tree;
            size_t len;

            memcpy(packet, "\xc0\x9b\x21\xf7\0\0\0\7", 8);
            memset(packet + 8, 0, key.encr->iv_len);
            memcpy(packet + at, inner, sizeof inner);
            len = crypto_packet_seal_esn(support_context(), &key, packet, high, sizeof inner, NULL);
            tree = dissect_ip_esp(keys, "192.0.2.1", packet, len);
            tree_check(tree);
            assert_int_equal(tree->verdict, high == 0 ? DISSECT_DECRYPTED : DISSECT_WRONG_KEY);
            assert_int_equal(strstr(tree_value(tree, "Sequence Number"), "extended") != NULL,
                             high == 0);
            dissect_tree_free(tree);
            dissect_keys_free(keys);
        }
    }
}

/* Next Header 41: fields, checksum over the pseudo-header (RFC 8200 §8.1), extension headers. */
static void ipv6_inside_is_shown_rfc8200_3(void **state)
{
    /* Destination Options of 8 octets, then an echo request of 12; its checksum is Python's sum
     * over pseudo-header and message. */
    static const char plain[] = "\x60\x0a\xbc\xde\0\x14\x3c\x40"
                                "\x20\1\r\xb8\0\1\0\0\0\0\0\0\0\0\0\5"
                                "\x20\1\r\xb8\0\2\0\0\0\0\0\0\0\0\0\7"
                                "\x3a\0\1\4\0\0\0\0"
                                "\x80\0\x33\x30\x12\x34\0\3ping"
                                "\1\2\2\x29";
    struct dissect_tree *tree = sealed(plain, sizeof plain - 1);
    const struct dissect_field *field;

    (void)state;
    assert_int_equal(tree->verdict, DISSECT_DECRYPTED);
    assert_non_null(strstr(tree->summary, "2001:db8:1::5 > 2001:db8:2::7 ICMPv6 echo request, "
                                          "identifier 4660, sequence 3"));
    assert_string_equal(tree_value(tree, "Flow Label"), "703710");
    assert_string_equal(tree_value(tree, "Payload Length"), "20");
    assert_string_equal(tree_value(tree, "Hop Limit"), "64");
    field = tree_find(tree, "Extension header");
    assert_int_equal(field->offset, 40);
    assert_int_equal(field->len, 8);
    assert_string_equal(tree_value(tree, "Checksum"), "0x3330, correct");
    assert_int_equal(tree_uncovered(tree, 1), 0);
    dissect_tree_free(tree);

    tree = sealed("\x60\0\0\0\0\1\x3b\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                  "\0\0\0\0\0\0\0\x29",
                  42);
    assert_int_equal(tree->verdict, DISSECT_MALFORMED); /* Payload Length beyond the end */
    assert_true(tree_nth(tree, "Payload Length", 1)->wrong);
    dissect_tree_free(tree);
}

static size_t from_hex(uint8_t *out, const char *hex)
{
    size_t len = strlen(hex) / 2;

    for (size_t i = 0; i < len; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return len;
}

/* A packet that the Linux kernel made. */
static void packet_of_the_linux_kernel_opens(void **state)
{
    json_t *file = json_load_file(IKESIM_SHARED "/vectors/linux_kernel_esp_packets.json", 0, NULL);
    struct crypto_suite suite = {.encr = crypto_transform_find(CRYPTO_ENCR, CRYPTO_ENCR_AES_GCM_16),
                                 .encr_key_bits = 128};
    unsigned opened = 0;
    size_t index;
    json_t *row;

    (void)state;
    if (file == NULL) {
        print_message("skipped: no ../shared\n");
        skip();
    }
    json_array_foreach(json_object_get(file, "packets"), index, row)
    {
        const char *title = json_string_value(json_object_get(row, "title"));
        struct dissect_keys *keys = dissect_keys_new();
        struct crypto_packet_key key;
        struct dissect_tree *tree;
        uint8_t octets[64];
        size_t len;

        if (strcmp(title, "IPv4 / ESP - Transport - AES-GCM - NULL") == 0) {
            len = from_hex(octets, json_string_value(json_object_get(row, "key")));
            crypto_packet_key_set(&key, &suite, crypto_bytes(octets, len), crypto_bytes(NULL, 0));
            dissect_keys_add_esp(keys, "", 0x222, &key);
            memcpy(packet, "\0\0\2\x22\0\0\0\1", 8);
            len = 8 + from_hex(packet + 8,
                               json_string_value(json_object_get(row, "esp_body_after_seq")));
            tree = dissect_ip_esp(keys, "10.125.0.1", packet, len);
            tree_check(tree);
            assert_int_equal(tree->verdict, DISSECT_DECRYPTED);
            assert_string_equal(tree_value(tree, "Destination Address"), "10.100.0.1");
            assert_non_null(strstr(tree->summary, "ICMP echo request"));
            assert_int_equal(tree_uncovered(tree, 1), 0);
            dissect_tree_free(tree);
            opened++;
        }
        dissect_keys_free(keys);
    }
    json_decref(file);
    assert_int_equal(opened, 1);
}

/* AH in front of ICMP (transport mode) and of IPv4 (tunnel mode), whole and cut anywhere. */
static void ah_is_shown_with_what_it_carries_rfc4302_2(void **state)
{
    static const uint8_t transport[] = {
        1, 4, 0,    0,    0xc0, 0x9b, 0x21, 0xf7, 0, 0,  0,  3,  /* SPI, number */
        1, 2, 3,    4,    5,    6,    7,    8,    9, 10, 11, 12, /* ICV */
        8, 0, 0xe5, 0xc8, 0x12, 0x34, 0,    3,                   /* echo request */
    };
    struct dissect_tree *tree = dissect_datagram(NULL, NULL, NULL, 51, 0, 0, "192.0.2.1",
                                                 crypto_bytes(transport, sizeof transport));

    (void)state;
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_PLAIN);
    assert_string_equal(tree->summary, "AH, SPI 0xc09b21f7, sequence number 3: ICMP echo request, "
                                       "identifier 4660, sequence 3");
    assert_string_equal(tree_value(tree, "Next Header"), "ICMP (1)");
    assert_string_equal(tree_value(tree, "Payload Len"), "4 (24 octets)");
    assert_string_equal(tree_find(tree, "Integrity Check Value")->reference, "RFC 4302 §2.6");
    assert_string_equal(tree_value(tree, "Integrity Check Value"), "0102030405060708090a0b0c");
    assert_int_equal(tree_uncovered(tree, 0), 0);
    dissect_tree_free(tree);
    for (size_t len = 0; len < sizeof transport; len++) {
        memcpy(packet, transport, sizeof transport);
        tree = dissect_datagram(NULL, NULL, NULL, 51, 0, 0, "192.0.2.1", crypto_bytes(packet, len));
        tree_check(tree);
        assert_int_equal(tree->verdict, DISSECT_MALFORMED);
        dissect_tree_free(tree);
    }
    packet[1] = 0; /* eight octets: shorter than AH itself */
    tree = dissect_datagram(NULL, NULL, NULL, 51, 0, 0, "", crypto_bytes(packet, sizeof transport));
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_MALFORMED);
    dissect_tree_free(tree);
}

/* An error that quotes an IKE message, whole and cut anywhere; behind the IPv4 header what is left.
 */
static void icmp_error_is_shown_with_what_it_quotes_rfc792(void **state)
{
    static const uint8_t error[] = {
        3,    3,    0xe9, 0x57, 0,    0,    0,   0,                        /* ICMP */
        0x45, 0,    0,    30,   0x12, 0x34, 0,   0,    64, 17, 0x7c, 0x5c, /* IPv4 */
        192,  0,    2,    10,   198,  51,   100, 1,                        /* addresses */
        0x11, 0x94, 0x01, 0xf4, 0,    10,   0,   0x0c, 0,  7,              /* UDP */
    };
    struct dissect_tree *tree = dissect_datagram(NULL, NULL, NULL, 1, 0, 0, "192.0.2.10",
                                                 crypto_bytes(error, sizeof error));

    (void)state;
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_PLAIN);
    assert_string_equal(tree->summary, "ICMP destination unreachable, port unreachable");
    assert_string_equal(tree_value(tree, "Code"), "port unreachable (3)");
    assert_string_equal(tree_find(tree, "Checksum")->value, "0xe957, correct");
    assert_string_equal(tree_value(tree, "Destination Address"), "198.51.100.1");
    assert_int_equal(tree_uncovered(tree, 0), 0);
    dissect_tree_free(tree);
    for (size_t len = 0; len < sizeof error; len++) {
        memcpy(packet, error, sizeof error);
        tree = dissect_datagram(NULL, NULL, NULL, 1, 0, 0, "", crypto_bytes(packet, len));
        tree_check(tree);
        assert_int_equal(tree->verdict, len < 8 ? DISSECT_MALFORMED : DISSECT_PLAIN);
        dissect_tree_free(tree);
        tree = dissect_datagram(NULL, NULL, NULL, 58, 0, 0, "", crypto_bytes(packet, len));
        tree_check(tree);
        dissect_tree_free(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(esp_opens_with_cbc_and_hmac_rfc4303_2),
        cmocka_unit_test(esp_opens_with_gcm_rfc4106),
        cmocka_unit_test(esp_in_udp_is_esp_rfc3948_2_1),
        cmocka_unit_test(changed_packet_or_wrong_key_does_not_open_rfc4303_2_8),
        cmocka_unit_test(all_keys_of_an_spi_are_tried),
        cmocka_unit_test(key_of_another_destination_is_not_used),
        cmocka_unit_test(esp_shorter_than_its_header_is_malformed),
        cmocka_unit_test(trailer_that_lies_is_a_wrong_field_rfc4303_2_5),
        cmocka_unit_test(dummy_packet_and_other_protocols_are_named_rfc4303_2_6),
        cmocka_unit_test(extended_sequence_number_is_found_rfc4303_2_2_1),
        cmocka_unit_test(ipv6_inside_is_shown_rfc8200_3),
        cmocka_unit_test(packet_of_the_linux_kernel_opens),
        cmocka_unit_test(ah_is_shown_with_what_it_carries_rfc4302_2),
        cmocka_unit_test(icmp_error_is_shown_with_what_it_quotes_rfc792),
    };

    return cmocka_run_group_tests_name("dissect_esp", tests, NULL, NULL);
}
