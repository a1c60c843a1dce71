/* IKE messages as trees of fields: RFC 7296 §3. */
#include "tests/ui/dissect_support.h"

#include "ui/dissect/fields.h"

static uint8_t data[2048];

static struct dissect_keys *keys_with(const struct crypto_packet_key *key)
{
    struct crypto_packet_key other = support_key(key->encr->aead, 0x80);
    struct dissect_keys *keys = dissect_keys_new();

    dissect_keys_add_ike(keys, SPI_I, SPI_R, key, &other);
    return keys;
}

static void every_field_has_name_reference_and_a_meaning_where_it_is_a_payload(void **state)
{
    (void)state;
    for (unsigned id = 0; id < FIELD_COUNT; id++) {
        const struct dissect_about *about = dissect_about((enum dissect_field_id)id);

        assert_non_null(about->name);
        assert_non_null(about->reference);
        assert_int_equal(strncmp(about->reference, "RFC ", 4), 0);
    }
    for (uint8_t type = IKE_PAYLOAD_SA; type <= IKE_PAYLOAD_EAP; type++) {
        assert_non_null(dissect_payload_meaning(type));
    }
    for (uint8_t type = IKE_EXCHANGE_IKE_SA_INIT; type <= IKE_EXCHANGE_INFORMATIONAL; type++) {
        assert_non_null(dissect_exchange_meaning(type));
    }
    for (size_t i = 0; i < ike_notifies.count; i++) {
        uint16_t type = (uint16_t)ike_notifies.rows[i].number;

        /* All of RFC 7296 §3.10.1. */
        if (strncmp(ike_notifies.rows[i].reference, "RFC 7296", 8) == 0) {
            assert_non_null(dissect_notify_meaning(type));
        }
    }
}

static void header_has_each_flag_as_bits_rfc7296_3_1(void **state)
{
    size_t len = support_sa_init(data, sizeof data);
    struct dissect_tree *tree = dissect_udp(NULL, 500, data, len);
    const struct dissect_field *field;

    (void)state;
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_PLAIN);
    assert_string_equal(tree->summary, "IKE_SA_INIT request, Message ID 0, N(COOKIE) SA KE Ni "
                                       "N(NAT_DETECTION_SOURCE_IP) V");
    assert_string_equal(tree_value(tree, "Initiator's SPI"), "1122334455667788");
    assert_string_equal(tree_value(tree, "Responder's SPI"), "0000000000000000 (not chosen yet)");
    assert_string_equal(tree_value(tree, "Exchange Type"), "IKE_SA_INIT (34)");
    field = tree_find(tree, "Message ID");
    assert_int_equal(field->offset, 20);
    assert_int_equal(field->len, 4);
    assert_string_equal(field->reference, "RFC 7296 §2.2");
    field = tree_find(tree, "I (Initiator)");
    assert_int_equal(field->offset, 19);
    assert_int_equal(field->bit_first, 4);
    assert_int_equal(field->bit_count, 1);
    assert_string_equal(field->value, "set: from the original initiator");
    field = tree_find(tree, "R (Response)");
    assert_int_equal(field->bit_first, 2);
    assert_string_equal(field->value, "clear: a request");
    assert_int_equal(tree_uncovered(tree, 0), 0);
    dissect_tree_free(tree);
}

static void proposals_show_transforms_and_key_lengths_rfc7296_3_3(void **state)
{
    size_t len = support_sa_init(data, sizeof data);
    struct dissect_tree *tree = dissect_udp(NULL, 500, data, len);
    const struct dissect_field *field;

    (void)state;
    assert_string_equal(tree_value(tree, "Security Association"), "2 proposals");
    assert_string_equal(tree_nth(tree, "Proposal", 0)->value, "1: IKE (1) aes128-sha256-x25519");
    assert_string_equal(tree_nth(tree, "Proposal", 1)->value,
                        "2: IKE (1) aes256gcm16-prfsha384-ecp256");
    assert_string_equal(tree_nth(tree, "Transform", 0)->value, "ENCR: ENCR_AES_CBC (12), 128 bits");
    assert_string_equal(tree_nth(tree, "Attribute Value", 1)->value, "256 bits");
    field = tree_find(tree, "Attribute Type");
    assert_int_equal(field->len, 2);
    assert_int_equal(field->bit_first, 1);
    assert_int_equal(field->bit_count, 15);
    assert_string_equal(field->value, "Key Length (14)");
    assert_string_equal(tree_value(tree, "Key Exchange"), "Curve25519 (31), 32 octets");
    assert_string_equal(tree_value(tree, "Vendor ID"), "\"a vendor\"");
    dissect_tree_free(tree);
}

static void check_opened(bool aead)
{
    struct crypto_packet_key key = support_key(aead, 1);
    struct dissect_keys *keys = keys_with(&key);
    size_t len = support_ike_auth(data, sizeof data, &key);
    struct dissect_tree *tree = dissect_udp(keys, 500, data, len);
    const struct dissect_field *field;

    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_DECRYPTED);
    assert_string_equal(tree->summary,
                        "IKE_AUTH request, Message ID 1, SK{IDi CERT CERTREQ N(INITIAL_CONTACT) "
                        "AUTH CP SA TSi TSr N(SET_WINDOW_SIZE) EAP D}");
    assert_string_equal(tree_value(tree, "Identification - Initiator"),
                        "alice@example.org, ID_RFC822_ADDR (3)");
    field = tree_find(tree, "Identification Data");
    assert_int_equal(field->layer, 1);
    assert_int_equal(field->offset, 8);
    assert_int_equal(field->len, 17);
    assert_string_equal(tree_nth(tree, "Notify", 0)->value, "INITIAL_CONTACT");
    assert_string_equal(tree_nth(tree, "Notify", 0)->reference, "RFC 7296 §2.4");
    assert_string_equal(tree_nth(tree, "Notify", 1)->value, "SET_WINDOW_SIZE 4");
    assert_string_equal(tree_value(tree, "Authentication"),
                        "Shared Key Message Integrity Code (2), 32 octets");
    assert_string_equal(tree_value(tree, "Configuration"), "CFG_REQUEST (1), 1 attribute");
    assert_string_equal(tree_value(tree, "Value"), "10.1.2.3");
    assert_string_equal(tree_value(tree, "Proposal"), "1: ESP (3) aes128gcm16, SPI c09b21f7");
    assert_string_equal(tree_value(tree, "Traffic Selector - Initiator"),
                        "10.1.0.0/24, 2001:db8::-2001:db8::9");
    assert_string_equal(tree_nth(tree, "Traffic Selector", 1)->value,
                        "2001:db8::-2001:db8::9, protocol UDP (17), port 53");
    assert_string_equal(tree_value(tree, "Extensible Authentication"), "Request (1)");
    assert_string_equal(tree_value(tree, "Delete"), "2 SAs of ESP (3)");
    assert_string_equal(tree_nth(tree, "Trusted CA key", 1)->value,
                        "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5");
    assert_int_equal(tree_find(tree, "Initialization Vector")->len, aead ? 8 : 16);
    field = tree_find(tree, "Integrity Checksum Data");
    assert_int_equal(field->layer, 0);
    assert_int_equal(field->offset, len - 16);
    assert_int_equal(tree_uncovered(tree, 0), 0);
    assert_int_equal(tree_uncovered(tree, 1), 0);
    dissect_tree_free(tree);
    dissect_keys_free(keys);
}

static void sk_opens_with_cbc_and_hmac_rfc7296_3_14(void **state)
{
    (void)state;
    check_opened(false);
}

static void sk_opens_with_gcm_rfc5282(void **state)
{
    (void)state;
    check_opened(true);
}

static void key_is_chosen_by_the_initiator_flag(void **state)
{
    struct crypto_packet_key i = support_key(true, 1), r = support_key(true, 99);
    struct dissect_keys *keys = dissect_keys_new();
    size_t len = support_ike_auth(data, sizeof data, &r);
    struct dissect_tree *tree;

    (void)state;
    dissect_keys_add_ike(keys, SPI_I, SPI_R, &i, &r);
    tree = dissect_udp(keys, 500, data, len);
    assert_int_equal(tree->verdict, DISSECT_WRONG_KEY);
    dissect_tree_free(tree);
    len = support_ike_auth(data, sizeof data, &i);
    tree = dissect_udp(keys, 500, data, len);
    assert_int_equal(tree->verdict, DISSECT_DECRYPTED);
    dissect_tree_free(tree);
    dissect_keys_free(keys);
}

static void without_a_key_or_with_a_wrong_one_the_outside_is_shown(void **state)
{
    struct crypto_packet_key key = support_key(false, 1), wrong = support_key(false, 2);
    struct dissect_keys *keys = keys_with(&wrong);
    size_t len = support_ike_auth(data, sizeof data, &key);
    struct dissect_tree *tree = dissect_udp(NULL, 500, data, len);

    (void)state;
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_NO_KEY);
    assert_string_equal(tree->trouble, "no key for the IKE SA 1122334455667788 / 99aabbccddeeff00");
    assert_non_null(tree_find(tree, "IV, encrypted payloads, ICV"));
    assert_int_equal(tree_uncovered(tree, 0), 0);
    dissect_tree_free(tree);

    tree = dissect_udp(keys, 500, data, len);
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_WRONG_KEY);
    assert_non_null(strstr(tree->trouble, "ICV does not fit"));
    assert_null(tree->layer[1].data);
    dissect_tree_free(tree);
    dissect_keys_free(keys);
}

static void marker_of_port_4500_shifts_the_offsets_rfc3948_2_2(void **state)
{
    size_t len = support_sa_init(data + 4, sizeof data - 4);
    struct dissect_tree *tree;

    (void)state;
    memset(data, 0, 4);
    tree = dissect_udp(NULL, 4500, data, len + 4);
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_PLAIN);
    assert_string_equal(tree->fields[0].name, "Non-ESP Marker");
    assert_int_equal(tree_find(tree, "Message ID")->offset, 24);
    assert_int_equal(tree_uncovered(tree, 0), 0);
    dissect_tree_free(tree);
}

static void what_is_not_ikev2_is_told_rfc7296_2_5(void **state)
{
    size_t len = support_sa_init(data, sizeof data);
    struct dissect_tree *tree;

    (void)state;
    data[17] = 0x10;
    data[18] = 2;
    tree = dissect_udp(NULL, 500, data, len);
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_NOT_IKE);
    assert_string_equal(tree->summary, "IKEv1 Main Mode");
    dissect_tree_free(tree);

    data[17] = 0x30;
    tree = dissect_udp(NULL, 500, data, len);
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_NOT_IKE);
    assert_non_null(strstr(tree->trouble, "INVALID_MAJOR_VERSION"));
    dissect_tree_free(tree);

    tree = dissect_udp(NULL, 4500, "\xff", 1);
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_NOT_IKE);
    assert_string_equal(tree->summary, "NAT-keepalive");
    dissect_tree_free(tree);

    tree = dissect_udp(NULL, 53, "a question", 10);
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_NOT_IKE);
    assert_string_equal(tree->trouble, "neither IKE nor ESP");
    dissect_tree_free(tree);
}

/* ---- malformed ---- */

/* That there is a field of that name with that value; without a value: a wrong one. */
static void expect_field_in(const struct dissect_tree *tree, const char *name, const char *value)
{
    bool found = false;

    for (size_t i = 0; i < tree->count; i++) {
        const struct dissect_field *field = &tree->fields[i];

        found = found || (strcmp(field->name, name) == 0 &&
                          (value ? strcmp(field->value, value) == 0 : field->wrong));
    }
    if (!found) {
        print_error("no field \"%s\" is %s\n", name, value ? value : "wrong");
    }
    assert_true(found);
}

/* Fields before the wrong one stay; the codec's words are the trouble. */
static void expect_wrong(size_t len, const char *field, const char *trouble)
{
    struct dissect_tree *tree = dissect_udp(NULL, 500, data, len);

    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_MALFORMED);
    expect_field_in(tree, field, NULL);
    if (strstr(tree->trouble, trouble) == NULL) {
        print_error("\"%s\" expected in \"%s\"\n", trouble, tree->trouble);
    }
    assert_non_null(strstr(tree->trouble, trouble));
    dissect_tree_free(tree);
}

/* A message of one payload of that type and body. */
static size_t one_payload(uint8_t type, const void *body, size_t len)
{
    struct ike_header header = support_header(IKE_EXCHANGE_IKE_SA_INIT, false, true, 0);
    struct ike_builder builder;

    ike_builder_begin(&builder, data, sizeof data, &header);
    ike_build_raw(&builder, type, false, crypto_bytes(body, len));
    return ike_builder_finish(&builder);
}

static void lengths_that_lie_are_wrong_fields(void **state)
{
    size_t len = support_sa_init(data, sizeof data);

    (void)state;
    expect_wrong(20, "Message ID", "28 octets");
    expect_wrong(len - 1, "Length", "Length");
    support_sa_init(data, sizeof data);
    data[31] = 200; /* of the first payload: beyond the end? no: into the next ones */
    expect_wrong(len, "Payload Length", "");
    support_sa_init(data, sizeof data);
    data[31] = 3;
    expect_wrong(len, "Payload Length", "Payload Length");
}

static void payloads_with_wrong_contents_are_wrong_fields(void **state)
{
    static const uint8_t ke[40] = {0, 31};
    static const uint8_t id[8] = {1, 0, 0, 0, 1, 2, 3};
    static const uint8_t ts[24] = {1, 0, 0, 0, 7, 0, 0, 12};
    static const uint8_t delete[12] = {3, 4, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t proposal[12] = {0, 0, 0, 7, 1, 1, 0, 1};
    static const uint8_t many[16] = {0, 0, 0, 16, 1, 1, 0, 2, 0, 0, 0, 8, 4, 0, 0, 31};
    static const uint8_t window[6] = {0, 0, 0x40, 0x01, 0, 4};
    static const uint8_t nonce[15];
    static const uint8_t puzzle[6] = {0, 0, 0x40, 0x32, 0, 5};
    static const uint8_t gateway[9] = {0, 0, 0x40, 0x17, 1, 4, 203, 0, 113};

    (void)state;
    expect_wrong(one_payload(IKE_PAYLOAD_KE, ke, 35), "Key Exchange Data", "");
    expect_wrong(one_payload(IKE_PAYLOAD_IDI, id, 7), "Identification Data", "ID_IPV4_ADDR");
    expect_wrong(one_payload(IKE_PAYLOAD_TSI, ts, 20), "Selector Length", "Selector Length");
    expect_wrong(one_payload(IKE_PAYLOAD_DELETE, delete, 12), "Num of SPIs", "SPI");
    expect_wrong(one_payload(IKE_PAYLOAD_SA, proposal, 8), "Proposal Length", "Proposal Length");
    expect_wrong(one_payload(IKE_PAYLOAD_SA, many, 16), "Num Transforms", "");
    expect_wrong(one_payload(IKE_PAYLOAD_NOTIFY, window, 6), "Window size", "");
    expect_wrong(one_payload(IKE_PAYLOAD_NONCE, nonce, 15), "Nonce Data", "");
    expect_wrong(one_payload(IKE_PAYLOAD_NOTIFY, puzzle, 6), "Difficulty", "");
    expect_wrong(one_payload(IKE_PAYLOAD_NOTIFY, gateway, 9), "Gateway", "");
    expect_wrong(one_payload(IKE_PAYLOAD_EAP, "\1\7\0\4", 4), "Malformed", "EAP");
}

static void expect_field(size_t len, const char *name, const char *value)
{
    struct dissect_tree *tree = dissect_udp(NULL, 500, data, len);

    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_PLAIN);
    expect_field_in(tree, name, value);
    dissect_tree_free(tree);
}

static void puzzles_and_redirects_have_fields_rfc8019_8_rfc5685_9(void **state)
{
    static const uint8_t puzzle[7] = {0, 0, 0x40, 0x32, 0, 5, 12};
    static const uint8_t keys[16] = {[3] = 1, [7] = 2, [11] = 3, [15] = 0xff};
    static const uint8_t to[14] = {0, 0, 0x40, 0x17, 1, 4, 203, 0, 113, 9, 0xa, 0xb, 0xc, 0xd};
    static const uint8_t from[10] = {0, 0, 0x40, 0x18, 1, 4, 198, 51, 100, 7};
    static const uint8_t name[15] = {0,   0,   0x40, 0x17, 3,   7,   'g', 'w',
                                     '.', 'o', 'r',  'g',  '.', 0xa, 0xb};

    (void)state;
    expect_field(one_payload(IKE_PAYLOAD_NOTIFY, name, 15), "GW Ident Type", "FQDN (3)");
    expect_field(one_payload(IKE_PAYLOAD_NOTIFY, name, 15), "Gateway", "gw.org.");
    expect_field(one_payload(IKE_PAYLOAD_NOTIFY, name, 15), "Nonce Data", "0a0b");
    expect_field(one_payload(IKE_PAYLOAD_NOTIFY, puzzle, 7), "Difficulty", "12 zero bits");
    expect_field(one_payload(IKE_PAYLOAD_PS, keys, 16), "Key", "000000ff");
    expect_field(one_payload(IKE_PAYLOAD_NOTIFY, to, 14), "Gateway", "203.0.113.9");
    expect_field(one_payload(IKE_PAYLOAD_NOTIFY, to, 14), "Nonce Data", "0a0b0c0d");
    expect_field(one_payload(IKE_PAYLOAD_NOTIFY, from, 10), "Gateway", "198.51.100.7");
}

static void unknown_payload_that_is_critical_is_refused_rfc7296_2_5(void **state)
{
    struct ike_header header = support_header(IKE_EXCHANGE_IKE_SA_INIT, false, true, 0);
    struct ike_builder builder;
    struct dissect_tree *tree;
    size_t len;

    (void)state;
    len = one_payload(120, "what is this", 12);
    tree = dissect_udp(NULL, 500, data, len);
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_PLAIN);
    assert_string_equal(tree_value(tree, "Unknown payload"), "type 120");
    assert_int_equal(tree_uncovered(tree, 0), 0);
    dissect_tree_free(tree);

    ike_builder_begin(&builder, data, sizeof data, &header);
    ike_build_raw(&builder, 120, true, support_text("what is this"));
    expect_wrong(ike_builder_finish(&builder), "Malformed", "Critical");
}

static void malformed_inside_of_sk_is_shown_decrypted(void **state)
{
    struct crypto_packet_key key = support_key(true, 1);
    struct dissect_keys *keys = keys_with(&key);
    struct ike_header header = support_header(IKE_EXCHANGE_IKE_AUTH, true, false, 1);
    struct ike_builder builder;
    struct dissect_tree *tree;
    size_t len;

    (void)state;
    ike_builder_begin(&builder, data, sizeof data, &header);
    ike_build_sk_begin(&builder, support_text("8 octets"));
    ike_build_raw(&builder, IKE_PAYLOAD_IDI, false, crypto_bytes("\1\0\0\0\3", 5));
    len = ike_builder_finish_sealed(&builder, support_context(), &key, NULL);
    tree = dissect_udp(keys, 500, data, len);
    tree_check(tree);
    assert_int_equal(tree->verdict, DISSECT_MALFORMED);
    assert_non_null(tree->layer[1].data);
    assert_int_equal(tree_find(tree, "Identification Data")->layer, 1);
    assert_true(tree_find(tree, "Identification Data")->wrong);
    dissect_tree_free(tree);
    dissect_keys_free(keys);
}

static void values_cannot_steer_a_terminal(void **state)
{
    static const char id[] = "\2\0\0\0gw\33[2J\n\200.example";
    size_t len = one_payload(IKE_PAYLOAD_IDI, id, sizeof id - 1);
    struct dissect_tree *tree = dissect_udp(NULL, 500, data, len);

    (void)state;
    tree_check(tree);
    assert_string_equal(tree_value(tree, "Identification Data"), "gw\\x1b[2J\\x0a\\x80.example");
    dissect_tree_free(tree);
}

static void text_has_one_line_a_field_and_the_bytes_on_demand(void **state)
{
    size_t len = support_sa_init(data, sizeof data), lines = 0;
    struct dissect_tree *tree = dissect_udp(NULL, 500, data, len);
    char *text = dissect_tree_text(tree, false), *hex = dissect_tree_text(tree, true);

    (void)state;
    for (const char *p = text; *p != '\0'; p++) {
        lines += *p == '\n' ? 1 : 0;
    }
    assert_int_equal(lines, tree->count);
    assert_non_null(strstr(text, " 0013     1      .... 1...  I (Initiator): set"));
    assert_null(strstr(text, "| 11 22 33"));
    assert_non_null(strstr(hex, "| 11 22 33 44 55 66 77 88\n"));
    free(text);
    free(hex);
    dissect_tree_free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_has_name_reference_and_a_meaning_where_it_is_a_payload),
        cmocka_unit_test(header_has_each_flag_as_bits_rfc7296_3_1),
        cmocka_unit_test(proposals_show_transforms_and_key_lengths_rfc7296_3_3),
        cmocka_unit_test(sk_opens_with_cbc_and_hmac_rfc7296_3_14),
        cmocka_unit_test(sk_opens_with_gcm_rfc5282),
        cmocka_unit_test(key_is_chosen_by_the_initiator_flag),
        cmocka_unit_test(without_a_key_or_with_a_wrong_one_the_outside_is_shown),
        cmocka_unit_test(marker_of_port_4500_shifts_the_offsets_rfc3948_2_2),
        cmocka_unit_test(what_is_not_ikev2_is_told_rfc7296_2_5),
        cmocka_unit_test(lengths_that_lie_are_wrong_fields),
        cmocka_unit_test(payloads_with_wrong_contents_are_wrong_fields),
        cmocka_unit_test(puzzles_and_redirects_have_fields_rfc8019_8_rfc5685_9),
        cmocka_unit_test(unknown_payload_that_is_critical_is_refused_rfc7296_2_5),
        cmocka_unit_test(malformed_inside_of_sk_is_shown_decrypted),
        cmocka_unit_test(values_cannot_steer_a_terminal),
        cmocka_unit_test(text_has_one_line_a_field_and_the_bytes_on_demand),
    };

    return cmocka_run_group_tests_name("dissect_ike", tests, NULL, NULL);
}
