/* Proposals that are well-formed and yet not for us (RFC 7296 §3.3.6), and proposal numbers
 * (§3.3.1). */
#include "bytes.h"

#include "ike/message.h"

static struct ike_message message;
static struct ike_error error;
static uint8_t data[8192];

/* A message with one SA payload of that body. */
static int parse(uint8_t exchange, bool response, const char *sa_hex)
{
    const struct ike_header header = {.spi_i = 1,
                                      .major = IKE_MAJOR_VERSION,
                                      .exchange = exchange,
                                      .initiator = !response,
                                      .response = response};
    uint8_t body[4096];
    size_t len = hex_read(sa_hex, body, sizeof(body));
    struct ike_builder builder;

    ike_builder_begin(&builder, data, sizeof(data), &header);
    ike_build_raw(&builder, IKE_PAYLOAD_SA, false, crypto_bytes(body, len));
    len = ike_builder_finish(&builder);
    assert_true(len != 0);
    return ike_message_parse(&message, crypto_bytes(data, len), &error);
}

static const struct ike_proposal *parsed(uint8_t exchange, bool response, const char *sa_hex)
{
    if (parse(exchange, response, sa_hex) != 0) {
        fail_msg("%s", error.text);
    }
    return message.payloads[0].sa.proposals;
}

static void unknown_transform_type_makes_the_proposal_unusable_not_the_message(void **state)
{
    const struct ike_proposal *p =
        parsed(IKE_EXCHANGE_IKE_SA_INIT, false,
               "02 00 0018 01 01 00 02  03 00 0008 01 00 0003  00 00 0008 0d 00 0025"
               "00 00 0010 02 01 00 01  00 00 0008 01 00 0003");

    (void)state;
    assert_int_equal(message.payloads[0].sa.count, 2);
    assert_false(p[0].usable);
    assert_int_equal(p[0].transforms.count, 2);
    assert_int_equal(p[0].transforms.transforms[1].type, 13);
    assert_int_equal(p[0].transforms.transforms[1].id, 37);
    assert_true(p[1].usable);
}

static void unknown_protocol_makes_the_proposal_unusable(void **state)
{
    const struct ike_proposal *p = parsed(
        IKE_EXCHANGE_IKE_AUTH, false, "00 00 0016 01 05 06 01 010203040506 00 00 0008 01 00 0003");

    (void)state;
    assert_false(p[0].usable);
    assert_int_equal(p[0].spi_len, 6);
    assert_memory_equal(p[0].spi, "\1\2\3\4\5\6", 6);
}

static void unknown_attribute_refuses_its_transform_others_of_the_type_stay_3_3_6(void **state)
{
    /* AES-CBC with Key Length 128 and attribute 20 (TV), AES-CBC with attribute 21 (TLV), then
     * AES-CBC-256 */
    const struct ike_proposal *p = parsed(IKE_EXCHANGE_IKE_SA_INIT, false,
                                          "00 00 0044 01 01 00 04"
                                          "03 00 0010 01 00 000c 800e 0080 8014 0001"
                                          "03 00 0014 01 00 000c 0015 0003 aabbcc 0016 0001 dd"
                                          "03 00 000c 01 00 000c 800e 0100"
                                          "00 00 000c 02 00 0005 800f 0100");

    (void)state;
    assert_int_equal(p[0].transforms.count, 1);
    assert_int_equal(p[0].transforms.transforms[0].key_bits, 256);
    assert_int_equal(p[0].refused_count, 3);
    assert_int_equal(p[0].transforms.transforms[1].key_bits, 128);
    assert_int_equal(p[0].transforms.transforms[2].id, 12);
    assert_int_equal(p[0].transforms.transforms[3].type, CRYPTO_PRF);
    /* of the PRF no transform is left, so the proposal has none that could be chosen */
    assert_false(p[0].usable);

    p = parsed(IKE_EXCHANGE_IKE_SA_INIT, false,
               "00 00 0024 01 01 00 02"
               "03 00 0010 01 00 000c 800e 0080 8014 0001"
               "00 00 000c 01 00 000c 800e 0100");
    assert_true(p[0].usable);
    assert_int_equal(p[0].transforms.count, 1);
    assert_int_equal(p[0].refused_count, 1);
}

static void unknown_attribute_in_an_answer_makes_it_unusable_3_3_6(void **state)
{
    static const char sa[] = "00 00 0024 01 01 00 02"
                             "03 00 0010 01 00 000c 800e 0080 8014 0001"
                             "00 00 000c 01 00 000c 800e 0100";

    (void)state;
    assert_true(parsed(IKE_EXCHANGE_IKE_SA_INIT, false, sa)->usable);
    assert_false(parsed(IKE_EXCHANGE_IKE_SA_INIT, true, sa)->usable);
}

static void two_key_lengths_and_key_length_as_tlv_refuse_the_transform_3_3_5(void **state)
{
    const struct ike_proposal *p = parsed(IKE_EXCHANGE_IKE_SA_INIT, false,
                                          "00 00 0034 01 01 00 03"
                                          "03 00 0010 01 00 000c 800e 0080 800e 0100"
                                          "03 00 000e 01 00 000c 000e 0002 0080"
                                          "00 00 000e 01 00 000c 000e 0002 0080");

    (void)state;
    assert_int_equal(p[0].transforms.count, 0);
    assert_int_equal(p[0].refused_count, 3);
    assert_false(p[0].usable);
}

static void key_length_is_taken_as_it_comes_A11(void **state)
{
    /* Whether AES without and 3DES with a Key Length are acceptable is for crypto_proposal_choose.
     */
    const struct ike_proposal *p = parsed(IKE_EXCHANGE_IKE_SA_INIT, false,
                                          "00 00 0028 01 01 00 03"
                                          "03 00 000c 01 00 000c 800e 00c0"
                                          "03 00 0008 01 00 000c"
                                          "00 00 000c 01 00 0003 800e 00c0");

    (void)state;
    assert_int_equal(p[0].transforms.transforms[0].key_bits, 192);
    assert_int_equal(p[0].transforms.transforms[1].key_bits, 0);
    assert_int_equal(p[0].transforms.transforms[2].key_bits, 192);
}

static void an_answer_carries_the_number_of_what_it_accepts_A13(void **state)
{
    static const char second[] = "00 00 0010 02 01 00 01 00 00 0008 01 00 0003";

    (void)state;
    assert_int_equal(parsed(IKE_EXCHANGE_IKE_SA_INIT, true, second)->transforms.number, 2);
    assert_int_equal(parse(IKE_EXCHANGE_IKE_SA_INIT, false, second), -1);
    assert_string_equal(error.field, "Proposal Num");
}

static void no_proposal_follows_number_255(void **state)
{
    static const char *const rows[] = {
        "02 00 0010 ff 01 00 01 00 00 0008 01 00 0003 00 00 0010 00 01 00 01 00 00 0008 01 00 0003",
        "02 00 0010 ff 01 00 01 00 00 0008 01 00 0003 00 00 0010 01 01 00 01 00 00 0008 01 00 0003",
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(parse(IKE_EXCHANGE_IKE_SA_INIT, true, rows[i]), -1);
        assert_string_equal(error.field, "Proposal");
        assert_int_equal(error.offset, 32 + 16);
    }
}

static void builder_numbers_offers_and_keeps_the_number_of_an_answer_A13(void **state)
{
    /* as crypto_proposal_parse leaves them: each with the number 1 */
    const struct ike_proposal own[] = {
        {.transforms = {.number = 1, .protocol = 1, .count = 1, .transforms = {{1, 3, 0}}}},
        {.transforms = {.number = 1, .protocol = 1, .count = 1, .transforms = {{1, 3, 0}}}},
    };
    struct ike_proposal chosen = own[0];
    struct ike_header header = {.spi_i = 1, .major = 2, .exchange = IKE_EXCHANGE_IKE_SA_INIT};
    struct ike_builder builder;
    size_t len = 0;

    (void)state;
    ike_builder_begin(&builder, data, sizeof(data), &header);
    ike_build_sa(&builder, own, 2);
    len = ike_builder_finish(&builder);
    assert_bytes(data + 28, len - 28,
                 "00 00 0024"
                 "02 00 0010 01 01 00 01 00 00 0008 01 00 0003"
                 "00 00 0010 02 01 00 01 00 00 0008 01 00 0003");

    header.response = true;
    chosen.transforms.number = 7;
    ike_builder_begin(&builder, data, sizeof(data), &header);
    ike_build_sa(&builder, &chosen, 1);
    len = ike_builder_finish(&builder);
    assert_bytes(data + 28, len - 28, "00 00 0014 00 00 0010 07 01 00 01 00 00 0008 01 00 0003");
}

static void spi_sizes_by_protocol_and_exchange_A12(void **state)
{
    static const struct {
        uint8_t exchange, protocol, spi_len;
        bool good;
    } rows[] = {
        {IKE_EXCHANGE_IKE_SA_INIT, 1, 0, true},      {IKE_EXCHANGE_IKE_SA_INIT, 1, 8, false},
        {IKE_EXCHANGE_IKE_SA_INIT, 1, 4, false},     {IKE_EXCHANGE_CREATE_CHILD_SA, 1, 8, true},
        {IKE_EXCHANGE_CREATE_CHILD_SA, 1, 0, false}, {IKE_EXCHANGE_CREATE_CHILD_SA, 1, 4, false},
        {IKE_EXCHANGE_IKE_AUTH, 3, 4, true},         {IKE_EXCHANGE_IKE_AUTH, 3, 0, false},
        {IKE_EXCHANGE_IKE_AUTH, 3, 8, false},        {IKE_EXCHANGE_CREATE_CHILD_SA, 3, 4, true},
        {IKE_EXCHANGE_CREATE_CHILD_SA, 2, 4, true},  {IKE_EXCHANGE_CREATE_CHILD_SA, 2, 3, false},
        {IKE_EXCHANGE_IKE_AUTH, 1, 4, false},        {IKE_EXCHANGE_IKE_AUTH, 1, 8, true},
        {IKE_EXCHANGE_IKE_AUTH, 9, 8, true},         {IKE_EXCHANGE_IKE_AUTH, 9, 9, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char hex[128];
        int result = 0;

        snprintf(hex, sizeof(hex), "00 00 00%02x 01 %02x %02x 01 %.*s 00 00 0008 01 00 0003",
                 16 + rows[i].spi_len, rows[i].protocol, rows[i].spi_len, rows[i].spi_len * 2,
                 "010203040506070809");
        result = parse(rows[i].exchange, false, hex);
        if ((result == 0) != rows[i].good) {
            fail_msg("exchange %u protocol %u SPI size %u: %s", rows[i].exchange, rows[i].protocol,
                     rows[i].spi_len, result == 0 ? "accepted" : error.text);
        }
        if (!rows[i].good) {
            assert_string_equal(error.field, "SPI Size");
            assert_int_equal(error.offset, 32 + 6);
        }
    }
}

static void as_many_proposals_and_transforms_as_the_limits_say(void **state)
{
    static struct ike_proposal proposals[IKE_PROPOSALS_MAX];
    const struct ike_header header = {.spi_i = 1, .major = 2, .exchange = IKE_EXCHANGE_IKE_SA_INIT};
    struct ike_builder builder;
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < IKE_PROPOSALS_MAX; i++) {
        proposals[i].transforms.protocol = 1;
        proposals[i].transforms.count = i == 0 ? CRYPTO_PROPOSAL_TRANSFORMS_MAX : 1;
        for (size_t k = 0; k < CRYPTO_PROPOSAL_TRANSFORMS_MAX; k++) {
            proposals[i].transforms.transforms[k].type = 1;
        }
    }
    ike_builder_begin(&builder, data, sizeof(data), &header);
    ike_build_sa(&builder, proposals, IKE_PROPOSALS_MAX);
    len = ike_builder_finish(&builder);
    assert_int_equal(ike_message_parse(&message, crypto_bytes(data, len), &error), 0);
    assert_int_equal(message.payloads[0].sa.count, IKE_PROPOSALS_MAX);
    assert_int_equal(message.proposals[0].transforms.count, CRYPTO_PROPOSAL_TRANSFORMS_MAX);

    /* a second SA payload in the same message has no room left */
    ike_builder_begin(&builder, data, sizeof(data), &header);
    ike_build_sa(&builder, &proposals[1], IKE_PROPOSALS_MAX - 1);
    ike_build_sa(&builder, &proposals[1], 2);
    len = ike_builder_finish(&builder);
    assert_int_equal(ike_message_parse(&message, crypto_bytes(data, len), &error), -1);
    assert_non_null(strstr(error.text, "limit of 24"));
}

static void more_transforms_than_the_limit_are_refused(void **state)
{
    char hex[2048] = "00 00 0110 01 01 00 21";

    (void)state;
    for (size_t i = 0; i < 33; i++) {
        strcat(hex, i == 32 ? "00 00 0008 01 00 0001" : "03 00 0008 01 00 0001");
    }
    assert_int_equal(parse(IKE_EXCHANGE_IKE_SA_INIT, false, hex), -1);
    assert_non_null(strstr(error.text, "limit of 32"));
    assert_int_equal(error.offset, 32 + 8 + 32 * 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_transform_type_makes_the_proposal_unusable_not_the_message),
        cmocka_unit_test(unknown_protocol_makes_the_proposal_unusable),
        cmocka_unit_test(unknown_attribute_refuses_its_transform_others_of_the_type_stay_3_3_6),
        cmocka_unit_test(unknown_attribute_in_an_answer_makes_it_unusable_3_3_6),
        cmocka_unit_test(two_key_lengths_and_key_length_as_tlv_refuse_the_transform_3_3_5),
        cmocka_unit_test(key_length_is_taken_as_it_comes_A11),
        cmocka_unit_test(an_answer_carries_the_number_of_what_it_accepts_A13),
        cmocka_unit_test(no_proposal_follows_number_255),
        cmocka_unit_test(builder_numbers_offers_and_keeps_the_number_of_an_answer_A13),
        cmocka_unit_test(spi_sizes_by_protocol_and_exchange_A12),
        cmocka_unit_test(as_many_proposals_and_transforms_as_the_limits_say),
        cmocka_unit_test(more_transforms_than_the_limit_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
