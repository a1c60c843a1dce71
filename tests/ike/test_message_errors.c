/*
 * Malformed messages, one rule broken in each: the error names the payload, the field and its
 * offset. Ids are those of our list of conformance cases (A: formats, E: versions, flags, unknown
 * payloads).
 */
#include "bytes.h"

#include <stdlib.h>

#include "ike/message.h"

struct malformed {
    const char *title;
    uint8_t payload; /* type of the payload of this body, 0: `hex` is the whole message */
    const char *hex;
    const char *field;
    uint32_t offset;  /* in the body, or in the message where it is whole */
    const char *text; /* part of the error's text */
};

#define NONCE_16 "000102030405060708090a0b0c0d0e0f"
#define HEADER_TO_NEXT "0101010101010101 0000000000000000 "

static const struct malformed rows[] = {
    /* header and chain */
    {"E13 no octet at all", 0, "", "Header", 0, "IKE header"},
    {"E13 header cut off", 0, HEADER_TO_NEXT "00 20 22 08 00000000 000000", "Header", 0,
     "needs 28 octets, the datagram has 27"},
    {"E13 Length less than the datagram", 0, HEADER_TO_NEXT "00 20 22 08 00000000 0000001b",
     "Length", 24, "is 27, the datagram has 28"},
    {"E13 Length more than the datagram", 0, HEADER_TO_NEXT "00 20 22 08 00000000 0000001d",
     "Length", 24, "is 29, the datagram has 28"},
    {"E13 octets behind the last payload", 0, HEADER_TO_NEXT "00 20 22 08 00000000 0000001d ee",
     "Next Payload", 28, "1 octets do"},
    {"E13 payload header cut off", 0, HEADER_TO_NEXT "2b 20 22 08 00000000 0000001f 00 00 00",
     "Payload Length", 30, "V payload"},
    {"E13 payload announced, nothing there", 0, HEADER_TO_NEXT "2b 20 22 08 00000000 0000001c",
     "Next Payload", 28, "needs 1 octets, 0 are left"},
    {"E13 Payload Length 0", 0, HEADER_TO_NEXT "2b 20 22 08 00000000 00000020 00 00 0000",
     "Payload Length", 30, "is 0, the payload header alone has 4"},
    {"E13 Payload Length 3", 0, HEADER_TO_NEXT "2b 20 22 08 00000000 00000020 00 00 0003",
     "Payload Length", 30, "is 3, the payload header alone has 4"},
    {"E13 Payload Length beyond the message", 0,
     HEADER_TO_NEXT "2b 20 22 08 00000000 00000020 00 00 0005", "Payload Length", 30,
     "is 5, 4 octets are left"},
    {"E13 second payload beyond the message", 0,
     HEADER_TO_NEXT "2b 20 22 08 00000000 00000025 2b 00 0004 00 00 0006 aa", "Payload Length", 34,
     "is 6, 5 octets are left"},
    {"A07 SK is not the last payload", 0,
     HEADER_TO_NEXT "2e 20 25 08 00000000 00000028 00 00 0008 00000000 00 00 0004",
     "Payload Length", 36, "SK is the last payload"},

    /* SA */
    {"3.3 SA without proposals", IKE_PAYLOAD_SA, "", "Last Substruc", 0, "SA payload"},
    {"3.3.1 proposal header cut off", IKE_PAYLOAD_SA, "00 00 00", "Proposal Length", 2, "1 are"},
    {"3.3.1 Proposal Length too small", IKE_PAYLOAD_SA, "00 00 0007 01 01 00", "Proposal Length", 2,
     "at least 8"},
    {"3.3.1 Proposal Length too great", IKE_PAYLOAD_SA,
     "00 00 0011 01 01 00 01 00 00 0008 01 00 0003", "Proposal Length", 2,
     "is 17, the payload has 16"},
    {"A13 first proposal is not number 1", IKE_PAYLOAD_SA,
     "00 00 0010 02 01 00 01 00 00 0008 01 00 0003", "Proposal Num", 4, "is 2, 1 is due"},
    {"A13 second proposal skips a number", IKE_PAYLOAD_SA,
     "02 00 0010 01 01 00 01 00 00 0008 01 00 0003"
     "00 00 0010 03 01 00 01 00 00 0008 01 00 0003",
     "Proposal Num", 20, "is 3, 2 is due"},
    {"A13 second proposal repeats the number", IKE_PAYLOAD_SA,
     "02 00 0010 01 01 00 01 00 00 0008 01 00 0003"
     "00 00 0010 01 01 00 01 00 00 0008 01 00 0003",
     "Proposal Num", 20, "is 1, 2 is due"},
    {"A13 last proposal says that more follow", IKE_PAYLOAD_SA,
     "02 00 0010 01 01 00 01 00 00 0008 01 00 0003", "Last Substruc", 0, "no proposal follows"},
    {"A13 proposal says that it is the last and is not", IKE_PAYLOAD_SA,
     "00 00 0010 01 01 00 01 00 00 0008 01 00 0003"
     "00 00 0010 02 01 00 01 00 00 0008 01 00 0003",
     "Last Substruc", 0, "a proposal follows"},
    {"A13 proposal marked with the mark of transforms", IKE_PAYLOAD_SA,
     "03 00 0010 01 01 00 01 00 00 0008 01 00 0003"
     "00 00 0010 02 01 00 01 00 00 0008 01 00 0003",
     "Last Substruc", 0, "is 3, it is 2"},
    {"A13 last transform says that more follow", IKE_PAYLOAD_SA,
     "00 00 0010 01 01 00 01 03 00 0008 01 00 0003", "Last Substruc", 8, "no transform follows"},
    {"A13 transform says that it is the last and is not", IKE_PAYLOAD_SA,
     "00 00 0018 01 01 00 02 00 00 0008 01 00 0003 00 00 0008 02 00 0005", "Last Substruc", 8,
     "a transform follows"},
    {"3.3.1 Num Transforms 0", IKE_PAYLOAD_SA, "00 00 0008 01 01 00 00", "Num Transforms", 7,
     "is 0, a proposal has some"},
    {"3.3.1 Num Transforms less than there are", IKE_PAYLOAD_SA,
     "00 00 0018 01 01 00 01 03 00 0008 01 00 0003 00 00 0008 02 00 0005", "Num Transforms", 7,
     "is 1, the proposal has 8 octets more"},
    {"3.3.1 Num Transforms more than there are", IKE_PAYLOAD_SA,
     "00 00 0010 01 01 00 02 00 00 0008 01 00 0003", "Num Transforms", 7,
     "is 2, the proposal has 1"},
    {"A12 SPI in IKE_SA_INIT", IKE_PAYLOAD_SA,
     "00 00 0018 01 01 08 01 0102030405060708 00 00 0008 01 00 0003", "SPI Size", 6,
     "0 in IKE_SA_INIT"},
    {"3.3.1 SPI cut off", IKE_PAYLOAD_SA, "00 00 000a 01 03 04 01 0102", "SPI", 8,
     "needs 4 octets, 2 are left"},
    {"3.3.2 Transform Length too small", IKE_PAYLOAD_SA,
     "00 00 0010 01 01 00 01 00 00 0007 01 00 0003", "Transform Length", 10, "at least 8"},
    {"3.3.2 Transform Length beyond the proposal", IKE_PAYLOAD_SA,
     "00 00 0010 01 01 00 01 00 00 0009 01 00 0003", "Transform Length", 10, "is 9, the proposal"},
    {"3.3.5 attribute cut off", IKE_PAYLOAD_SA,
     "00 00 0013 01 01 00 01 00 00 000b 01 00 000c 800e 00", "Attribute Value", 18,
     "needs 2 octets, 1 are left"},
    {"3.3.5 attribute's length beyond the transform", IKE_PAYLOAD_SA,
     "00 00 0016 01 01 00 01 00 00 000e 01 00 000c 0015 0003 aabb", "Attribute Value", 20,
     "needs 3 octets, 2 are left"},

    /* the others */
    {"3.4 KE without group", IKE_PAYLOAD_KE, "00", "Diffie-Hellman Group Num", 0, "KE payload"},
    {"3.4 KE without data", IKE_PAYLOAD_KE, "03e8 0000", "Key Exchange Data", 4, "is empty"},
    {"A09 X25519 value of 31 octets", IKE_PAYLOAD_KE,
     "001f 0000 00000000000000000000000000000000 000000000000000000000000000000",
     "Key Exchange Data", 4, "has 31 octets"},
    {"A09 ECP-256 value with the 04 of X9.62 before it", IKE_PAYLOAD_KE,
     "0013 0000 04"
     "00000000000000000000000000000000 00000000000000000000000000000000"
     "00000000000000000000000000000000 00000000000000000000000000000000",
     "Key Exchange Data", 4, "has 65 octets"},
    {"A09 MODP-2048 value without leading zeros", IKE_PAYLOAD_KE, "000e 0000 01",
     "Key Exchange Data", 4, "has 1 octets"},
    {"3.5 ID cut off", IKE_PAYLOAD_IDI, "02 0000", "RESERVED", 1, "needs 3 octets, 2 are left"},
    {"A17 ID_IPV4_ADDR of 3 octets", IKE_PAYLOAD_IDI, "01 000000 c00002", "Identification Data", 4,
     "ID_IPV4_ADDR has 4"},
    {"A17 ID_IPV6_ADDR of 4 octets", IKE_PAYLOAD_IDR, "05 000000 c0000201", "Identification Data",
     4, "ID_IPV6_ADDR has 16"},
    {"3.6 CERT without encoding", IKE_PAYLOAD_CERT, "", "Cert Encoding", 0, "CERT payload"},
    {"3.6 hash and URL without URL", IKE_PAYLOAD_CERT,
     "0c 0001020304050607080900010203040506070809", "Certificate Data", 1, "SHA-1 hash and a URL"},
    {"3.7 CERTREQ with half a hash", IKE_PAYLOAD_CERTREQ, "04 00010203040506070809",
     "Certification Authority", 1, "SHA-1"},
    {"3.8 AUTH cut off", IKE_PAYLOAD_AUTH, "02 00", "RESERVED", 1, "AUTH payload"},
    {"A10 nonce of 15 octets", IKE_PAYLOAD_NONCE, "000102030405060708090a0b0c0d0e", "Nonce Data", 0,
     "has 15 octets, 16 to 256"},
    {"A10 nonce of no octets", IKE_PAYLOAD_NONCE, "", "Nonce Data", 0, "has 0 octets"},
    {"3.10 notify cut off", IKE_PAYLOAD_NOTIFY, "00 00 40", "Notify Message Type", 2, "N payload"},
    {"A15 notify with an SPI that is not there", IKE_PAYLOAD_NOTIFY, "03 04 4009 010203",
     "Security Parameter Index", 4, "needs 4 octets, 3 are left"},
    {"A15 notify about ESP with an IKE SPI", IKE_PAYLOAD_NOTIFY, "03 08 4009 0102030405060708",
     "SPI Size", 1, "is 8, ESP has 4"},
    {"A15 notify about the IKE SA with an SPI", IKE_PAYLOAD_NOTIFY, "01 08 4000 0102030405060708",
     "SPI Size", 1, "is 8, IKE has 0"},
    {"3.11 delete cut off", IKE_PAYLOAD_DELETE, "03 04 00", "Num of SPIs", 2, "D payload"},
    {"A14 delete of the IKE SA with an SPI", IKE_PAYLOAD_DELETE, "01 08 0001 0102030405060708",
     "SPI Size", 1, "is 8, IKE has 0"},
    {"A14 delete of the IKE SA with a count", IKE_PAYLOAD_DELETE, "01 00 0001", "Num of SPIs", 2,
     "IKE has none"},
    {"A14 delete of ESP SAs with SPIs of 8", IKE_PAYLOAD_DELETE, "03 08 0001 0102030405060708",
     "SPI Size", 1, "is 8, ESP has 4"},
    {"A14 delete with a count too great", IKE_PAYLOAD_DELETE, "03 04 0002 01020304", "Num of SPIs",
     2, "is 2"},
    {"A14 delete with a count too small", IKE_PAYLOAD_DELETE, "03 04 0001 01020304 05",
     "Num of SPIs", 2, "is 1"},
    {"A14 delete of an unknown protocol", IKE_PAYLOAD_DELETE, "04 04 0000", "Protocol ID", 0,
     "is 4"},
    {"A14 delete of no protocol", IKE_PAYLOAD_DELETE, "00 00 0000", "Protocol ID", 0, "is 0"},
    {"3.13 TS cut off", IKE_PAYLOAD_TSI, "01 00", "RESERVED", 1, "TSi payload"},
    {"I07 no selectors", IKE_PAYLOAD_TSI, "00 000000", "Number of TSs", 0, "is 0"},
    {"A16 IPv4 selector of 15 octets", IKE_PAYLOAD_TSR,
     "01 000000 07 00 000f 0000 ffff 00000000 ffffff", "Selector Length", 6, "is 15"},
    {"A16 IPv6 selector with the length of IPv4", IKE_PAYLOAD_TSR,
     "01 000000 08 00 0010 0000 ffff 00000000 ffffffff", "Selector Length", 6,
     "TS_IPV6_ADDR_RANGE has 40"},
    {"A16 selector beyond the payload", IKE_PAYLOAD_TSI,
     "01 000000 07 00 0010 0000 ffff 00000000 ffffff", "Selector Length", 6,
     "is 16, the payload has 15"},
    {"A16 fewer selectors than announced", IKE_PAYLOAD_TSI,
     "02 000000 07 00 0010 0000 ffff 00000000 ffffffff", "TS Type", 20, "0 are left"},
    {"A16 more selectors than announced", IKE_PAYLOAD_TSI,
     "01 000000 07 00 0010 0000 ffff 00000000 ffffffff 07", "Number of TSs", 0, "1 octets follow"},
    {"3.13.1 unknown selector of 3 octets", IKE_PAYLOAD_TSI, "01 000000 c8 00 0003",
     "Selector Length", 6, "at least 4"},
    {"I07 addresses the wrong way round", IKE_PAYLOAD_TSI,
     "01 000000 07 00 0010 0000 ffff 0a000002 0a000001", "Starting Address", 12, "beyond Ending"},
    {"I07 ports the wrong way round", IKE_PAYLOAD_TSI,
     "01 000000 07 11 0010 00c8 0064 0a000001 0a000002", "Start Port", 8, "is 200, beyond"},
    {"3.15 CP cut off", IKE_PAYLOAD_CP, "01", "RESERVED", 1, "CP payload"},
    {"3.15.1 attribute cut off", IKE_PAYLOAD_CP, "01 000000 0001 00", "Length", 6, "1 are left"},
    {"3.15.1 value cut off", IKE_PAYLOAD_CP, "01 000000 0007 0004 010203", "Value", 8,
     "needs 4 octets, 3 are left"},
    {"3.15.1 IPv4 address of 5 octets", IKE_PAYLOAD_CP, "01 000000 0001 0005 0102030405", "Length",
     6, "INTERNAL_IP4_ADDRESS has 0 or 4"},
    {"3.15.1 IPv6 address of 16 octets", IKE_PAYLOAD_CP,
     "01 000000 0008 0010 000102030405060708090a0b0c0d0e0f", "Length", 6, "has 0 or 17"},
    {"3.15.1 SUPPORTED_ATTRIBUTES of 3 octets", IKE_PAYLOAD_CP, "02 000000 000e 0003 010203",
     "Length", 6, "multiple of 2"},
    {"3.16 EAP cut off", IKE_PAYLOAD_EAP, "01 07 00", "EAP Length", 2, "EAP payload"},
    {"3.16 EAP Length is not the payload's", IKE_PAYLOAD_EAP, "01 07 0006 01", "EAP Length", 2,
     "is 6, the payload has 5"},
    {"3.16 EAP Length is less than the payload's", IKE_PAYLOAD_EAP, "01 07 0005 01 aa",
     "EAP Length", 2, "is 5, the payload has 6"},
    {"3.16 EAP request without type", IKE_PAYLOAD_EAP, "01 07 0004", "EAP Type", 4, "0 are left"},
    {"3.16 EAP success with a type", IKE_PAYLOAD_EAP, "03 07 0005 01", "EAP Length", 2,
     "it is 4 with Code 3"},
};

static struct ike_message message;
static struct ike_error error;

/* A message with a nonce and then the payload; *body_at gets where its body begins. */
static size_t build(const struct malformed *row, uint8_t *out, size_t cap, uint32_t *body_at)
{
    static const struct ike_header header = {
        .spi_i = 1, .major = IKE_MAJOR_VERSION, .exchange = IKE_EXCHANGE_IKE_SA_INIT};
    struct ike_builder builder;
    uint8_t body[512], nonce[16] = {0};
    size_t len = hex_read(row->hex, body, sizeof(body));

    *body_at = 0;
    if (row->payload == IKE_PAYLOAD_NONE) {
        memcpy(out, body, len);
        return len;
    }
    ike_builder_begin(&builder, out, cap, &header);
    ike_build_nonce(&builder, crypto_bytes(nonce, sizeof(nonce)));
    *body_at = (uint32_t)builder.len + IKE_GENERIC_HEADER_LEN;
    ike_build_raw(&builder, row->payload, false, crypto_bytes(body, len));
    return ike_builder_finish(&builder);
}

static void errors_name_payload_field_and_offset(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct malformed *row = &rows[i];
        uint8_t whole[1024];
        uint32_t body_at = 0;
        size_t len = build(row, whole, sizeof(whole), &body_at);
        uint8_t *copy = malloc(len == 0 ? 1 : len);
        bool good = false;

        assert_non_null(copy);
        memcpy(copy, whole, len);
        good = ike_message_parse(&message, crypto_bytes(copy, len), &error) == 0;
        if (good || strcmp(error.field, row->field) != 0 || error.offset != body_at + row->offset ||
            strstr(error.text, row->text) == NULL || error.notify != IKE_NOTIFY_INVALID_SYNTAX ||
            error.inside_sk || (row->payload != 0 && error.payload != row->payload)) {
            fail_msg("%s: %s; field %s at %u, want %s at %u: %s", row->title,
                     good ? "accepted" : error.text, error.field, error.offset, row->field,
                     body_at + row->offset, row->text);
        }
        if (row->payload != 0) {
            /* what is before the wrong payload can be looked at */
            assert_int_equal(message.payload_count, 1);
            assert_int_equal(message.payloads[0].type, IKE_PAYLOAD_NONCE);
        }
        free(copy);
    }
}

static void texts_are_whole_sentences(void **state)
{
    uint8_t whole[64];
    size_t len = hex_read(HEADER_TO_NEXT "28 20 22 08 00000000 00000024 00 00 0008 01020304", whole,
                          sizeof(whole));

    (void)state;
    assert_int_equal(ike_message_parse(&message, crypto_bytes(whole, len), &error), -1);
    assert_string_equal(error.text,
                        "Ni payload, Nonce Data at 32: has 4 octets, 16 to 256 are allowed");
}

static void nonce_of_257_octets_A10(void **state)
{
    uint8_t whole[1024] = {0}, body[257] = {0};
    const struct ike_header header = {.spi_i = 1, .major = 2, .exchange = 34};
    struct ike_builder builder;
    size_t len = 0;

    (void)state;
    ike_builder_begin(&builder, whole, sizeof(whole), &header);
    ike_build_raw(&builder, IKE_PAYLOAD_NONCE, false, crypto_bytes(body, sizeof(body)));
    len = ike_builder_finish(&builder);
    assert_int_equal(ike_message_parse(&message, crypto_bytes(whole, len), &error), -1);
    assert_string_equal(error.field, "Nonce Data");
}

static void other_major_versions_are_refused_E02_E03(void **state)
{
    (void)state;
    for (unsigned major = 0; major < 16; major++) {
        uint8_t whole[64];
        size_t len = hex_read(HEADER_TO_NEXT "00 20 22 08 00000000 0000001c", whole, sizeof(whole));
        struct ike_header header;

        whole[17] = (uint8_t)(major << 4);
        if (major == 2) {
            assert_int_equal(ike_header_parse(crypto_bytes(whole, len), &header, &error), 0);
            continue;
        }
        /* also where Length means something else */
        whole[27] = 0xff;
        assert_int_equal(ike_header_parse(crypto_bytes(whole, len), &header, &error), -1);
        assert_int_equal(error.notify, IKE_NOTIFY_INVALID_MAJOR_VERSION);
        assert_int_equal(error.offset, 17);
        assert_string_equal(error.field, "Major Version");
        assert_int_equal(header.major, major);
        assert_true(header.spi_i == 0x0101010101010101);
        assert_int_equal(ike_message_parse(&message, crypto_bytes(whole, len), &error), -1);
        assert_int_equal(message.payload_count, 0);
    }
}

static void more_payloads_than_the_limit_are_refused(void **state)
{
    uint8_t whole[1024];
    const struct ike_header header = {.spi_i = 1, .major = 2, .exchange = 37};

    (void)state;
    for (size_t count = IKE_PAYLOADS_MAX; count <= IKE_PAYLOADS_MAX + 1; count++) {
        struct ike_builder builder;
        size_t len = 0;
        int want = count <= IKE_PAYLOADS_MAX ? 0 : -1;

        ike_builder_begin(&builder, whole, sizeof(whole), &header);
        for (size_t i = 0; i < count; i++) {
            ike_build_vendor(&builder, crypto_bytes(NULL, 0));
        }
        len = ike_builder_finish(&builder);
        assert_int_equal(ike_message_parse(&message, crypto_bytes(whole, len), &error), want);
        assert_int_equal(message.payload_count, IKE_PAYLOADS_MAX);
    }
    assert_non_null(strstr(error.text, "limit of 64"));
    assert_int_equal(error.offset, 28 + 64 * 4);
}

static void more_selectors_and_attributes_than_the_limits_are_refused(void **state)
{
    static uint8_t whole[8192];
    const struct ike_header header = {.spi_i = 1, .major = 2, .exchange = 35};
    struct ike_selector selectors[IKE_SELECTORS_MAX];
    struct ike_attribute attributes[IKE_ATTRIBUTES_MAX + 1];
    struct ike_builder builder;
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < IKE_SELECTORS_MAX; i++) {
        selectors[i] = (struct ike_selector){.type = IKE_TS_IPV4_ADDR_RANGE, .end_port = 65535};
    }
    ike_builder_begin(&builder, whole, sizeof(whole), &header);
    ike_build_ts(&builder, true, selectors, IKE_SELECTORS_MAX - 1);
    ike_build_ts(&builder, false, selectors, 1);
    len = ike_builder_finish(&builder);
    assert_int_equal(ike_message_parse(&message, crypto_bytes(whole, len), &error), 0);
    assert_int_equal(message.selector_count, IKE_SELECTORS_MAX);
    ike_builder_begin(&builder, whole, sizeof(whole), &header);
    ike_build_ts(&builder, true, selectors, IKE_SELECTORS_MAX - 1);
    ike_build_ts(&builder, false, selectors, 2);
    len = ike_builder_finish(&builder);
    assert_int_equal(ike_message_parse(&message, crypto_bytes(whole, len), &error), -1);
    assert_non_null(strstr(error.text, "TSr payload"));
    assert_non_null(strstr(error.text, "limit of 64"));

    memset(attributes, 0, sizeof(attributes));
    for (size_t count = IKE_ATTRIBUTES_MAX; count <= IKE_ATTRIBUTES_MAX + 1; count++) {
        ike_builder_begin(&builder, whole, sizeof(whole), &header);
        ike_build_cp(&builder, IKE_CFG_REQUEST, attributes, count);
        len = ike_builder_finish(&builder);
        assert_int_equal(ike_message_parse(&message, crypto_bytes(whole, len), &error),
                         count <= IKE_ATTRIBUTES_MAX ? 0 : -1);
    }
    assert_non_null(strstr(error.text, "limit of 32"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_payload_field_and_offset),
        cmocka_unit_test(texts_are_whole_sentences),
        cmocka_unit_test(nonce_of_257_octets_A10),
        cmocka_unit_test(other_major_versions_are_refused_E02_E03),
        cmocka_unit_test(more_payloads_than_the_limit_are_refused),
        cmocka_unit_test(more_selectors_and_attributes_than_the_limits_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
