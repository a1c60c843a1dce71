/* Every payload of RFC 7296 §3, built, compared octet by octet with its figure, and read back. */
#include "bytes.h"

#include "ike/message.h"

static const struct ike_header request = {.spi_i = 0x0102030405060708,
                                          .spi_r = 0x1112131415161718,
                                          .major = IKE_MAJOR_VERSION,
                                          .exchange = IKE_EXCHANGE_IKE_AUTH,
                                          .initiator = true,
                                          .message_id = 1};

static uint8_t data[4096];
static struct ike_builder builder;
static struct ike_message message;
static struct ike_error error;

static void begin(void)
{
    memset(data, 0xcc, sizeof(data));
    ike_builder_begin(&builder, data, sizeof(data), &request);
}

/* Ends the message, compares the one payload in it (generic header included) and reads it. */
static const struct ike_payload *finish(uint8_t type, const char *payload_hex)
{
    size_t len = ike_builder_finish(&builder);

    assert_true(len > IKE_HEADER_LEN);
    assert_int_equal(data[16], type);
    assert_bytes(data + IKE_HEADER_LEN, len - IKE_HEADER_LEN, payload_hex);
    assert_int_equal(data[24] << 24 | data[25] << 16 | data[26] << 8 | data[27], len);
    if (ike_message_parse(&message, crypto_bytes(data, len), &error) != 0) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(message.payload_count, 1);
    assert_int_equal(message.outer_count, 1);
    assert_int_equal(message.payloads[0].type, type);
    assert_false(message.payloads[0].critical);
    assert_int_equal(message.payloads[0].offset, IKE_HEADER_LEN);
    assert_ptr_equal(message.payloads[0].body.data, data + IKE_HEADER_LEN + 4);
    assert_int_equal(message.payloads[0].body.len, len - IKE_HEADER_LEN - 4);
    return &message.payloads[0];
}

static struct crypto_bytes text(const char *s)
{
    return crypto_bytes(s, strlen(s));
}

static void header_as_in_figure_4(void **state)
{
    struct ike_header header = {.spi_i = 0xa1a2a3a4a5a6a7a8,
                                .spi_r = 0xb1b2b3b4b5b6b7b8,
                                .major = 2,
                                .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                .response = true,
                                .message_id = 0x01020304};
    size_t len = 0;

    (void)state;
    ike_builder_begin(&builder, data, sizeof(data), &header);
    len = ike_builder_finish(&builder);
    assert_bytes(data, len, "a1a2a3a4a5a6a7a8 b1b2b3b4b5b6b7b8 00 20 25 20 01020304 0000001c");
    assert_int_equal(ike_header_parse(crypto_bytes(data, len), &header, &error), 0);
    assert_true(header.spi_i == 0xa1a2a3a4a5a6a7a8 && header.spi_r == 0xb1b2b3b4b5b6b7b8);
    assert_int_equal(header.next_payload, IKE_PAYLOAD_NONE);
    assert_int_equal(header.major, 2);
    assert_int_equal(header.minor, 0);
    assert_int_equal(header.exchange, 37);
    assert_true(header.response && !header.initiator && !header.version);
    assert_int_equal(header.message_id, 0x01020304);
    assert_int_equal(header.length, 28);
    assert_int_equal(ike_message_parse(&message, crypto_bytes(data, len), &error), 0);
    assert_int_equal(message.payload_count, 0);
}

static void payloads_are_chained_by_next_payload_3_2(void **state)
{
    size_t len = 0;

    (void)state;
    begin();
    ike_build_ke(&builder, 1000, text("ab"));
    ike_build_nonce(&builder, text("0123456789abcdef"));
    ike_build_vendor(&builder, text("xyz"));
    len = ike_builder_finish(&builder);
    assert_bytes(data, len,
                 "0102030405060708 1112131415161718 22 20 23 08 00000001 00000041"
                 "28 00 000a 03e8 0000 6162"
                 "2b 00 0014 30313233343536373839616263646566"
                 "00 00 0007 78797a");
    assert_int_equal(ike_message_parse(&message, crypto_bytes(data, len), &error), 0);
    assert_int_equal(message.payload_count, 3);
    assert_int_equal(message.payloads[1].offset, 38);
    assert_int_equal(message.payloads[2].offset, 58);
    assert_ptr_equal(ike_message_find(&message, IKE_PAYLOAD_NONCE), &message.payloads[1]);
    assert_null(ike_message_find(&message, IKE_PAYLOAD_SA));
}

static void sa_as_in_figures_6_to_9(void **state)
{
    const struct ike_proposal proposals[] = {
        {.transforms = {.protocol = IKE_PROTOCOL_ESP,
                        .count = 3,
                        .transforms = {{CRYPTO_ENCR, CRYPTO_ENCR_AES_CBC, 256},
                                       {CRYPTO_INTEG, CRYPTO_INTEG_HMAC_SHA2_256_128, 0},
                                       {CRYPTO_ESN, CRYPTO_ESN_NO, 0}}},
         .spi_len = 4,
         .spi = {0xc0, 0xff, 0xee, 0x01}},
        {.transforms = {.protocol = IKE_PROTOCOL_ESP,
                        .count = 2,
                        .transforms = {{CRYPTO_ENCR, CRYPTO_ENCR_AES_GCM_16, 128},
                                       {CRYPTO_ESN, CRYPTO_ESN_NO, 0}}},
         .spi_len = 4,
         .spi = {0xc0, 0xff, 0xee, 0x01}},
    };
    const struct ike_payload *payload = NULL;

    (void)state;
    begin();
    ike_build_sa(&builder, proposals, 2);
    payload = finish(IKE_PAYLOAD_SA, "00 00 004c"
                                     "02 00 0028 01 03 04 03 c0ffee01"
                                     "03 00 000c 01 00 000c 800e 0100"
                                     "03 00 0008 03 00 000c"
                                     "00 00 0008 05 00 0000"
                                     "00 00 0020 02 03 04 02 c0ffee01"
                                     "03 00 000c 01 00 0014 800e 0080"
                                     "00 00 0008 05 00 0000");
    assert_int_equal(payload->sa.count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct ike_proposal *got = &payload->sa.proposals[i];

        assert_int_equal(got->transforms.number, i + 1);
        assert_int_equal(got->transforms.protocol, IKE_PROTOCOL_ESP);
        assert_int_equal(got->transforms.count, proposals[i].transforms.count);
        assert_memory_equal(got->transforms.transforms, proposals[i].transforms.transforms,
                            got->transforms.count * sizeof(struct crypto_transform_choice));
        assert_int_equal(got->spi_len, 4);
        assert_memory_equal(got->spi, proposals[i].spi, 4);
        assert_true(got->usable);
        assert_int_equal(got->refused_count, 0);
    }
}

static void ke_as_in_figure_10(void **state)
{
    uint8_t public[32];
    const struct ike_payload *payload = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(public); i++) {
        public[i] = (uint8_t)(0x40 + i);
    }
    begin();
    ike_build_ke(&builder, CRYPTO_KE_CURVE25519, crypto_bytes(public, sizeof(public)));
    payload = finish(IKE_PAYLOAD_KE, "00 00 0028 001f 0000"
                                     "404142434445464748494a4b4c4d4e4f"
                                     "505152535455565758595a5b5c5d5e5f");
    assert_int_equal(payload->ke.method, 31);
    assert_int_equal(payload->ke.data.len, 32);
    assert_memory_equal(payload->ke.data.data, public, 32);
}

static void id_types_as_in_figure_11_A17(void **state)
{
    static const struct {
        uint8_t type;
        const char *data, *payload;
    } rows[] = {
        {IKE_ID_IPV4_ADDR, "c0000201", "00 00 000c 01 000000 c0000201"},
        {IKE_ID_FQDN, "67772e6578616d706c65", "00 00 0012 02 000000 67772e6578616d706c65"},
        {IKE_ID_RFC822_ADDR, "6140622e63", "00 00 000d 03 000000 6140622e63"},
        {IKE_ID_IPV6_ADDR, "20010db8000000000000000000000001",
         "00 00 0018 05 000000 20010db8000000000000000000000001"},
        {IKE_ID_DER_ASN1_DN, "3000", "00 00 000a 09 000000 3000"},
        {IKE_ID_KEY_ID, "00ff00", "00 00 000b 0b 000000 00ff00"},
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        bool initiator = i % 2 == 0;
        uint8_t id[32];
        size_t len = hex_read(rows[i / 2].data, id, sizeof(id));
        const struct ike_payload *payload = NULL;

        begin();
        ike_build_id(&builder, initiator, rows[i / 2].type, crypto_bytes(id, len));
        payload = finish(initiator ? IKE_PAYLOAD_IDI : IKE_PAYLOAD_IDR, rows[i / 2].payload);
        assert_int_equal(payload->id.type, rows[i / 2].type);
        assert_view(payload->id.data, rows[i / 2].data);
    }
}

static void cert_and_certreq_as_in_figures_12_and_13(void **state)
{
    const struct ike_payload *payload = NULL;

    (void)state;
    begin();
    ike_build_cert(&builder, IKE_PAYLOAD_CERT, IKE_CERT_X509_SIGNATURE, text("0\x82"));
    payload = finish(IKE_PAYLOAD_CERT, "00 00 0007 04 3082");
    assert_int_equal(payload->cert.encoding, 4);
    assert_view(payload->cert.data, "3082");

    begin();
    ike_build_cert(&builder, IKE_PAYLOAD_CERTREQ, IKE_CERT_X509_SIGNATURE,
                   text("aaaaabbbbbcccccddddd"));
    payload = finish(IKE_PAYLOAD_CERTREQ, "00 00 0019 04 6161616161 6262626262"
                                          "6363636363 6464646464");
    assert_int_equal(payload->cert.encoding, 4);
    assert_int_equal(payload->cert.data.len, 20);
}

static void auth_as_in_figure_14(void **state)
{
    const struct ike_payload *payload = NULL;

    (void)state;
    begin();
    ike_build_auth(&builder, IKE_AUTH_METHOD_SHARED_KEY, text("MAC"));
    payload = finish(IKE_PAYLOAD_AUTH, "00 00 000b 02 000000 4d4143");
    assert_int_equal(payload->auth.method, 2);
    assert_view(payload->auth.data, "4d4143");
}

static void nonce_as_in_figure_15_with_16_and_256_octets(void **state)
{
    uint8_t nonce[256];
    const struct ike_payload *payload = NULL;
    size_t len = 0;

    (void)state;
    memset(nonce, 0x5a, sizeof(nonce));
    begin();
    ike_build_nonce(&builder, crypto_bytes(nonce, 16));
    payload = finish(IKE_PAYLOAD_NONCE, "00 00 0014 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");
    assert_int_equal(payload->nonce.data.len, 16);

    begin();
    ike_build_nonce(&builder, crypto_bytes(nonce, 256));
    len = ike_builder_finish(&builder);
    assert_bytes(data + IKE_HEADER_LEN, 4, "00 00 0104");
    assert_int_equal(ike_message_parse(&message, crypto_bytes(data, len), &error), 0);
    assert_int_equal(message.payloads[0].nonce.data.len, 256);
}

static void notify_as_in_figure_16_with_and_without_spi_A15(void **state)
{
    const struct ike_payload *payload = NULL;

    (void)state;
    begin();
    ike_build_notify(&builder, IKE_PROTOCOL_NONE, crypto_bytes(NULL, 0), IKE_NOTIFY_SET_WINDOW_SIZE,
                     crypto_bytes("\0\0\0\4", 4));
    payload = finish(IKE_PAYLOAD_NOTIFY, "00 00 000c 00 00 4001 00000004");
    assert_int_equal(payload->notify.protocol, 0);
    assert_int_equal(payload->notify.type, IKE_NOTIFY_SET_WINDOW_SIZE);
    assert_int_equal(payload->notify.spi.len, 0);
    assert_view(payload->notify.data, "00000004");
    assert_ptr_equal(ike_message_find_notify(&message, IKE_NOTIFY_SET_WINDOW_SIZE), payload);
    assert_null(ike_message_find_notify(&message, IKE_NOTIFY_COOKIE));

    begin();
    ike_build_notify(&builder, IKE_PROTOCOL_ESP, crypto_bytes("\1\2\3\4", 4), IKE_NOTIFY_REKEY_SA,
                     crypto_bytes(NULL, 0));
    payload = finish(IKE_PAYLOAD_NOTIFY, "00 00 000c 03 04 4009 01020304");
    assert_int_equal(payload->notify.protocol, IKE_PROTOCOL_ESP);
    assert_int_equal(payload->notify.type, IKE_NOTIFY_REKEY_SA);
    assert_view(payload->notify.spi, "01020304");
    assert_int_equal(payload->notify.data.len, 0);
}

static void delete_as_in_figure_17_A14(void **state)
{
    const struct ike_payload *payload = NULL;

    (void)state;
    begin();
    ike_build_delete(&builder, IKE_PROTOCOL_IKE, 0, crypto_bytes(NULL, 0));
    payload = finish(IKE_PAYLOAD_DELETE, "00 00 0008 01 00 0000");
    assert_int_equal(payload->del.protocol, IKE_PROTOCOL_IKE);
    assert_int_equal(payload->del.count, 0);
    assert_int_equal(payload->del.spis.len, 0);

    begin();
    ike_build_delete(&builder, IKE_PROTOCOL_ESP, 4, text("abcdefghijkl"));
    payload = finish(IKE_PAYLOAD_DELETE, "00 00 0014 03 04 0003 61626364 65666768 696a6b6c");
    assert_int_equal(payload->del.protocol, IKE_PROTOCOL_ESP);
    assert_int_equal(payload->del.spi_len, 4);
    assert_int_equal(payload->del.count, 3);
    assert_view(payload->del.spis, "6162636465666768696a6b6c");
}

static void vendor_id_as_in_figure_18(void **state)
{
    const struct ike_payload *payload = NULL;

    (void)state;
    begin();
    ike_build_vendor(&builder, text("ikesim"));
    payload = finish(IKE_PAYLOAD_VENDOR, "00 00 000a 696b6573696d");
    assert_view(payload->vendor.data, "696b6573696d");
}

static void traffic_selectors_as_in_figures_19_and_20_A16(void **state)
{
    const struct ike_selector selectors[] = {
        {.type = IKE_TS_IPV4_ADDR_RANGE,
         .ip_protocol = 17,
         .start_port = 100,
         .end_port = 200,
         .start = {10, 1, 0, 0},
         .end = {10, 1, 0, 255}},
        {.type = IKE_TS_IPV6_ADDR_RANGE,
         .end_port = 65535,
         .start = {0x20, 0x01, 0x0d, 0xb8},
         .end = {0x20, 0x01, 0x0d, 0xb8, [15] = 0xff}},
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct ike_payload *payload = NULL;

        begin();
        ike_build_ts(&builder, i == 0, selectors, 2);
        payload = finish(i == 0 ? IKE_PAYLOAD_TSI : IKE_PAYLOAD_TSR,
                         "00 00 0040 02 000000"
                         "07 11 0010 0064 00c8 0a010000 0a0100ff"
                         "08 00 0028 0000 ffff 20010db8000000000000000000000000"
                         "20010db80000000000000000000000ff");
        assert_int_equal(payload->ts.count, 2);
        assert_memory_equal(payload->ts.selectors, selectors, sizeof(selectors));
    }
}

static void configuration_as_in_figures_22_and_23(void **state)
{
    const struct ike_attribute attributes[] = {
        {IKE_CFG_ATTRIBUTE_INTERNAL_IP4_ADDRESS, {(const uint8_t *)"\x0a\x02\x00\x07", 4}},
        {IKE_CFG_ATTRIBUTE_INTERNAL_IP4_DNS, {NULL, 0}},
        {IKE_CFG_ATTRIBUTE_APPLICATION_VERSION, {(const uint8_t *)"v1", 2}},
    };
    const struct ike_payload *payload = NULL;

    (void)state;
    begin();
    ike_build_cp(&builder, IKE_CFG_REQUEST, attributes, 3);
    payload = finish(IKE_PAYLOAD_CP, "00 00 001a 01 000000 0001 0004 0a020007"
                                     "0003 0000 0007 0002 7631");
    assert_int_equal(payload->cp.type, IKE_CFG_REQUEST);
    assert_int_equal(payload->cp.count, 3);
    assert_int_equal(payload->cp.attributes[0].type, IKE_CFG_ATTRIBUTE_INTERNAL_IP4_ADDRESS);
    assert_view(payload->cp.attributes[0].value, "0a020007");
    assert_int_equal(payload->cp.attributes[1].value.len, 0);
    assert_view(payload->cp.attributes[2].value, "7631");
}

static void eap_as_in_figures_24_and_25(void **state)
{
    const struct ike_payload *payload = NULL;

    (void)state;
    begin();
    ike_build_eap(&builder, crypto_bytes("\1\7\0\x06\1!", 6));
    payload = finish(IKE_PAYLOAD_EAP, "00 00 000a 01 07 0006 01 21");
    assert_int_equal(payload->eap.code, IKE_EAP_CODE_REQUEST);
    assert_int_equal(payload->eap.identifier, 7);
    assert_int_equal(payload->eap.type, IKE_EAP_TYPE_IDENTITY);
    assert_view(payload->eap.data, "21");

    begin();
    ike_build_eap(&builder, crypto_bytes("\3\7\0\4", 4));
    payload = finish(IKE_PAYLOAD_EAP, "00 00 0008 03 07 0004");
    assert_int_equal(payload->eap.code, IKE_EAP_CODE_SUCCESS);
    assert_int_equal(payload->eap.type, 0);
    assert_int_equal(payload->eap.data.len, 0);
}

static void raw_payload_with_critical_bit(void **state)
{
    size_t len = 0;

    (void)state;
    begin();
    ike_build_raw(&builder, 200, true, text("?"));
    len = ike_builder_finish(&builder);
    assert_int_equal(data[16], 200);
    assert_bytes(data + IKE_HEADER_LEN, len - IKE_HEADER_LEN, "00 80 0005 3f");
}

static void what_does_not_fit_is_refused_whole(void **state)
{
    size_t whole = 0;

    (void)state;
    begin();
    ike_build_nonce(&builder, text("0123456789abcdef"));
    ike_build_vendor(&builder, text("v"));
    whole = ike_builder_finish(&builder);
    for (size_t cap = 0; cap <= whole; cap++) {
        memset(data, 0xcc, sizeof(data));
        ike_builder_begin(&builder, data, cap, &request);
        ike_build_nonce(&builder, text("0123456789abcdef"));
        ike_build_vendor(&builder, text("v"));
        assert_int_equal(ike_builder_finish(&builder), cap == whole ? whole : 0);
        for (size_t i = cap; i < whole + 8; i++) {
            assert_int_equal(data[i], 0xcc);
        }
    }
}

static void a_message_is_no_longer_than_a_udp_datagram_over_ipv4(void **state)
{
    static uint8_t big[70000], body[65536];
    struct ike_builder own;

    (void)state;
    ike_builder_begin(&own, big, sizeof(big), &request);
    ike_build_vendor(&own, crypto_bytes(body, IKE_MESSAGE_MAX - IKE_HEADER_LEN - 3));
    assert_int_equal(ike_builder_finish(&own), 0);
    ike_builder_begin(&own, big, sizeof(big), &request);
    ike_build_vendor(&own, crypto_bytes(body, IKE_MESSAGE_MAX - IKE_HEADER_LEN - 4));
    assert_int_equal(ike_builder_finish(&own), IKE_MESSAGE_MAX);
    assert_int_equal(ike_message_parse(&message, crypto_bytes(big, IKE_MESSAGE_MAX), &error), 0);
}

static void the_chain_is_described_alike_when_built_and_when_read(void **state)
{
    static const char want[] = "SA KE Ni N(COOKIE) N(40000) V SKF Unknown(200)";
    struct ike_proposal proposal = {
        .transforms = {.protocol = 1, .count = 1, .transforms = {{1, 20, 128}}}};
    struct ike_header header = request;
    char words[128];
    size_t len = 0;

    (void)state;
    header.exchange = IKE_EXCHANGE_IKE_SA_INIT;
    ike_builder_begin(&builder, data, sizeof(data), &header);
    ike_build_sa(&builder, &proposal, 1);
    ike_build_ke(&builder, 1000, text("k"));
    ike_build_nonce(&builder, text("0123456789abcdef"));
    ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_COOKIE, text("c"));
    ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), 40000, crypto_bytes(NULL, 0));
    ike_build_vendor(&builder, text("v"));
    ike_build_raw(&builder, IKE_PAYLOAD_SKF, false, text("f"));
    ike_build_raw(&builder, 200, false, text("u"));
    len = ike_builder_finish(&builder);
    assert_string_equal(builder.description, want);
    assert_int_equal(builder.description_len, strlen(want));
    assert_int_equal(ike_message_parse(&message, crypto_bytes(data, len), &error), 0);
    assert_int_equal(ike_message_describe(&message, words, sizeof(words)), strlen(want));
    assert_string_equal(words, want);
    /* snprintf's way where there is less room */
    assert_int_equal(ike_message_describe(&message, words, 9), strlen(want));
    assert_string_equal(words, "SA KE Ni");
    assert_int_equal(ike_message_describe(&message, NULL, 0), strlen(want));

    header.response = true;
    ike_builder_begin(&builder, data, sizeof(data), &header);
    ike_build_nonce(&builder, text("0123456789abcdef"));
    ike_builder_finish(&builder);
    assert_string_equal(builder.description, "Nr");
}

static void a_long_description_is_cut_off(void **state)
{
    char words[1024];
    size_t len = 0;

    (void)state;
    begin();
    for (size_t i = 0; i < 40; i++) {
        ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_HTTP_CERT_LOOKUP_SUPPORTED,
                         crypto_bytes(NULL, 0));
    }
    len = ike_builder_finish(&builder);
    assert_int_equal(ike_message_parse(&message, crypto_bytes(data, len), &error), 0);
    assert_int_equal(ike_message_describe(&message, words, sizeof(words)), 40 * 30 - 1);
    assert_int_equal(builder.description_len, 40 * 30 - 1);
    assert_int_equal(strlen(builder.description), sizeof(builder.description) - 1);
    assert_memory_equal(builder.description, words, sizeof(builder.description) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_as_in_figure_4),
        cmocka_unit_test(payloads_are_chained_by_next_payload_3_2),
        cmocka_unit_test(sa_as_in_figures_6_to_9),
        cmocka_unit_test(ke_as_in_figure_10),
        cmocka_unit_test(id_types_as_in_figure_11_A17),
        cmocka_unit_test(cert_and_certreq_as_in_figures_12_and_13),
        cmocka_unit_test(auth_as_in_figure_14),
        cmocka_unit_test(nonce_as_in_figure_15_with_16_and_256_octets),
        cmocka_unit_test(notify_as_in_figure_16_with_and_without_spi_A15),
        cmocka_unit_test(delete_as_in_figure_17_A14),
        cmocka_unit_test(vendor_id_as_in_figure_18),
        cmocka_unit_test(traffic_selectors_as_in_figures_19_and_20_A16),
        cmocka_unit_test(configuration_as_in_figures_22_and_23),
        cmocka_unit_test(eap_as_in_figures_24_and_25),
        cmocka_unit_test(raw_payload_with_critical_bit),
        cmocka_unit_test(what_does_not_fit_is_refused_whole),
        cmocka_unit_test(a_message_is_no_longer_than_a_udp_datagram_over_ipv4),
        cmocka_unit_test(the_chain_is_described_alike_when_built_and_when_read),
        cmocka_unit_test(a_long_description_is_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
