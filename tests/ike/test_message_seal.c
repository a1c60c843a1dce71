/* The SK payload (RFC 7296 §3.14, RFC 5282 §3, §5.1): sealing, opening, and every way to fail. */
#include "bytes.h"

#include <stdlib.h>

#include "ike/message.h"

static struct crypto_context *ctx;
static struct crypto_packet_key keys[2]; /* AES-256-CBC with HMAC-SHA2-256-128, AES-128-GCM-16 */
static struct ike_message message;
static struct ike_error error;

static const struct ike_header request = {.spi_i = 0x0102030405060708,
                                          .spi_r = 0x1112131415161718,
                                          .major = IKE_MAJOR_VERSION,
                                          .exchange = IKE_EXCHANGE_IKE_AUTH,
                                          .initiator = true,
                                          .message_id = 1};

/* What make_sealed_messages.py computes. */
static const char *const known[2] = {
    "010203040506070811121314151617182920230800000001000000682e0000080000400023000044"
    "a0a1a2a3a4a5a6a7a8a9aaabacadaeaff1c4393031929776a6044c175b4b3fbf37e9a8108f5ba56d"
    "ca2342994a8ed5586fea0481b22e7e8527ef56eab69144dd",
    "0102030405060708111213141516171829202308000000010000005a2e0000080000400023000036"
    "a0a1a2a3a4a5a6a7badf56a23d3b59005f9ac009d05b7c1bf08f6daf3061df5c3a4ff958e14a036b"
    "ba5ff1d4b8e74be1dc83",
};

static uint8_t *copy, *plain;

static void free_copy(void)
{
    free(copy);
    free(plain);
    copy = NULL;
    plain = NULL;
}

static int set_up(void **state)
{
    uint8_t count_up[256];
    char why[256];
    struct crypto_suite cbc = {
        .encr = crypto_transform_find(CRYPTO_ENCR, CRYPTO_ENCR_AES_CBC),
        .integ = crypto_transform_find(CRYPTO_INTEG, CRYPTO_INTEG_HMAC_SHA2_256_128),
        .encr_key_bits = 256};
    struct crypto_suite gcm = {.encr = crypto_transform_find(CRYPTO_ENCR, CRYPTO_ENCR_AES_GCM_16),
                               .encr_key_bits = 128};

    (void)state;
    for (size_t i = 0; i < sizeof(count_up); i++) {
        count_up[i] = (uint8_t)i;
    }
    ctx = crypto_context_new(why, sizeof(why));
    assert_non_null(ctx);
    crypto_packet_key_set(&keys[0], &cbc, crypto_bytes(count_up + 0x20, 32),
                          crypto_bytes(count_up + 0x80, 32));
    crypto_packet_key_set(&keys[1], &gcm, crypto_bytes(count_up + 0x20, 20), crypto_bytes(NULL, 0));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free_copy();
    crypto_context_free(ctx);
    return 0;
}

static struct crypto_bytes iv_for(const struct crypto_packet_key *key)
{
    static const uint8_t iv[] = {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
                                 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};

    return crypto_bytes(iv, key->encr->iv_len);
}

static void build_known(struct ike_builder *builder, const struct crypto_packet_key *key,
                        uint8_t *data, size_t cap)
{
    ike_builder_begin(builder, data, cap, &request);
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_INITIAL_CONTACT,
                     crypto_bytes(NULL, 0));
    ike_build_sk_begin(builder, iv_for(key));
    ike_build_id(builder, true, IKE_ID_FQDN, crypto_bytes("a.example", 9));
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_INITIAL_CONTACT,
                     crypto_bytes(NULL, 0));
}

/* Seals ready plaintext, whatever it is, as the contents of an SK payload whose Next Payload is
 * `first`. */
static size_t seal_raw(const struct crypto_packet_key *key, uint8_t first, const char *plain_hex,
                       uint8_t *data, size_t cap)
{
    struct ike_builder builder;
    uint8_t body[512];
    struct crypto_bytes iv = iv_for(key);
    size_t len = 0;

    memcpy(body, iv.data, iv.len);
    len = hex_read(plain_hex, body + iv.len, sizeof(body) - iv.len - 64);
    memset(body + iv.len + len, 0, 64);
    ike_builder_begin(&builder, data, cap, &request);
    ike_build_raw(&builder, IKE_PAYLOAD_SK, false,
                  crypto_bytes(body, iv.len + len + crypto_packet_icv_len(key)));
    assert_int_equal(ike_builder_finish(&builder), 32 + iv.len + len + crypto_packet_icv_len(key));
    data[28] = first;
    return crypto_packet_seal(ctx, key, data, 32, len, NULL);
}

/* Reads and opens a copy of exactly the message's length, so that reading past its end is seen.
 * `message` views the copy until the next call. */
static enum ike_open_result open_copy(const struct crypto_packet_key *key, const uint8_t *data,
                                      size_t len)
{
    enum ike_open_result result = IKE_OPEN_MALFORMED;

    free_copy();
    copy = malloc(len);
    plain = malloc(len);
    assert_true(copy != NULL && plain != NULL);
    memcpy(copy, data, len);
    assert_int_equal(ike_message_parse(&message, crypto_bytes(copy, len), &error), 0);
    assert_true(message.has_sk);
    result = ike_message_open(&message, ctx, key, plain, NULL, &error);
    assert_memory_equal(copy, data, len); /* the datagram stays as it was */
    return result;
}

static void sealed_messages_are_what_another_implementation_makes_A06(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t data[256];
        struct ike_builder builder;
        struct crypto_ledger ledger = {0};
        size_t len = 0;

        build_known(&builder, &keys[i], data, sizeof(data));
        len = ike_builder_finish_sealed(&builder, ctx, &keys[i], &ledger);
        assert_bytes(data, len, known[i]);
        assert_string_equal(builder.description, "N(INITIAL_CONTACT) SK{IDi N(INITIAL_CONTACT)}");
        assert_int_equal(ledger.count, 1);
        assert_int_equal(ledger.items[0].kind, CRYPTO_COST_SEAL);
    }
}

static void sealed_messages_of_another_implementation_open_A06_A07(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t data[256];
        char words[128];
        size_t len = hex_read(known[i], data, sizeof(data));

        assert_int_equal(open_copy(&keys[i], data, len), IKE_OPEN_OK);
        assert_int_equal(message.outer_count, 2);
        assert_int_equal(message.payload_count, 4);
        assert_int_equal(data[message.payloads[1].offset], IKE_PAYLOAD_IDI);
        assert_int_equal(message.payloads[2].type, IKE_PAYLOAD_IDI);
        assert_int_equal(message.payloads[2].offset, 0);
        assert_int_equal(message.payloads[3].offset, 17);
        assert_view(message.payloads[2].id.data, "612e6578616d706c65");
        assert_int_equal(message.pad_len, i == 0 ? 6 : 0);
        assert_int_equal(message.decrypted.len, i == 0 ? 32 : 26);
        assert_ptr_equal(message.decrypted.data, message.payloads[2].body.data - 4);
        ike_message_describe(&message, words, sizeof(words));
        assert_string_equal(words, "N(INITIAL_CONTACT) SK{IDi N(INITIAL_CONTACT)}");
    }
}

static void a_message_is_described_as_SK_until_it_is_open(void **state)
{
    uint8_t data[256];
    char words[128];
    size_t len = hex_read(known[0], data, sizeof(data));

    (void)state;
    assert_int_equal(ike_message_parse(&message, crypto_bytes(data, len), &error), 0);
    ike_message_describe(&message, words, sizeof(words));
    assert_string_equal(words, "N(INITIAL_CONTACT) SK");
}

static void padding_is_the_least_that_makes_whole_blocks_3_14(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (size_t inner = 4; inner < 40; inner++) {
            uint8_t data[256], vendor[64] = {0};
            struct ike_builder builder;
            size_t len = 0, block = keys[i].encr->block_len;

            ike_builder_begin(&builder, data, sizeof(data), &request);
            ike_build_sk_begin(&builder, iv_for(&keys[i]));
            ike_build_vendor(&builder, crypto_bytes(vendor, inner - 4));
            len = ike_builder_finish_sealed(&builder, ctx, &keys[i], NULL);
            assert_int_equal(len, 32 + keys[i].encr->iv_len + (inner + block) / block * block + 16);
            assert_int_equal(open_copy(&keys[i], data, len), IKE_OPEN_OK);
            assert_true(message.pad_len < block);
            assert_int_equal(message.decrypted.len, inner + message.pad_len + 1);
            assert_int_equal(ike_message_find(&message, IKE_PAYLOAD_VENDOR)->vendor.data.len,
                             inner - 4);
        }
    }
}

static void nothing_inside_is_a_message_too_A08(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t data[256];
        char words[16];
        struct ike_builder builder;
        size_t len = 0;

        ike_builder_begin(&builder, data, sizeof(data), &request);
        ike_build_sk_begin(&builder, iv_for(&keys[i]));
        len = ike_builder_finish_sealed(&builder, ctx, &keys[i], NULL);
        assert_int_equal(len, 32 + keys[i].encr->iv_len + (i == 0 ? 16 : 1) + 16);
        assert_int_equal(data[28], IKE_PAYLOAD_NONE);
        assert_string_equal(builder.description, "SK{}");
        assert_int_equal(open_copy(&keys[i], data, len), IKE_OPEN_OK);
        assert_int_equal(message.payload_count, 1);
        ike_message_describe(&message, words, sizeof(words));
        assert_string_equal(words, "SK{}");
    }
}

static void any_padding_that_aligns_is_accepted_3_14(void **state)
{
    uint8_t data[512];
    size_t len = 0;

    (void)state;
    /* 27 octets of padding of any value where 11 would do */
    len = seal_raw(&keys[0], IKE_PAYLOAD_VENDOR,
                   "00000004 ffeeddccbbaa99887766554433221100ffeeddccbbaa9988776655 1b", data,
                   sizeof(data));
    assert_int_equal(open_copy(&keys[0], data, len), IKE_OPEN_OK);
    assert_int_equal(message.pad_len, 27);
    assert_int_equal(message.payload_count, 2);
    /* padding that GCM does not need */
    len = seal_raw(&keys[1], IKE_PAYLOAD_VENDOR, "00000004 aabbcc 03", data, sizeof(data));
    assert_int_equal(open_copy(&keys[1], data, len), IKE_OPEN_OK);
    assert_int_equal(message.pad_len, 3);
}

static void contents_that_are_malformed_say_where_in_the_decrypted_bytes(void **state)
{
    static const struct {
        uint8_t first;
        const char *plain;
        uint16_t notify;
        uint8_t payload;
        const char *field;
        uint32_t offset;
        const char *text;
    } rows[] = {
        {43, "00000004 0000000000000000000000 10", 7, 46, "Pad Length", 15,
         "SK payload, Pad Length at 15 of the decrypted bytes: is 16, only 15 octets are before"},
        {0, "00000004 0000000000000000000000 0b", 7, 46, "Next Payload", 0, "4 octets do"},
        {40, "00000008 01020304 00000000000000 07", 7, 40, "Nonce Data", 4,
         "Ni payload in SK, Nonce Data at 4 of the decrypted bytes: has 4 octets"},
        {43, "00000005 00000000000000 00000000 0b", 7, 43, "Payload Length", 2,
         "is 5, 4 octets are left"},
        {43, "00000004 0000000000 000000000000 0a", 7, 43, "Next Payload", 4, "1 octets do"},
        {43, "2e000004 00000004 00000000000000 07", 7, 46, "Payload", 4, "inside of another"},
        {43, "c8000004 00800004 00000000000000 07", 1, 200, "Critical", 5, "not understood"},
        {43, "35000004 00800004 00000000000000 07", 1, 53, "Critical", 5, "not understood"},
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t data[256];
        size_t row = i / 2, len = 0;

        len = seal_raw(&keys[i % 2], rows[row].first, rows[row].plain, data, sizeof(data));
        assert_int_equal(open_copy(&keys[i % 2], data, len), IKE_OPEN_MALFORMED);
        if (error.notify != rows[row].notify || error.payload != rows[row].payload ||
            strcmp(error.field, rows[row].field) != 0 || error.offset != rows[row].offset ||
            !error.inside_sk || strstr(error.text, rows[row].text) == NULL) {
            fail_msg("row %zu: %s (payload %u, notify %u)", row, error.text, error.payload,
                     error.notify);
        }
    }
}

static void every_bit_is_protected(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t data[256], opened[256];
        size_t len = hex_read(known[i], data, sizeof(data));

        for (size_t bit = 0; bit < 8 * len; bit++) {
            data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (ike_message_parse(&message, crypto_bytes(data, len), &error) == 0 &&
                message.has_sk) {
                enum ike_open_result result =
                    ike_message_open(&message, ctx, &keys[i], opened, NULL, &error);

                if (result != IKE_OPEN_BAD_ICV && result != IKE_OPEN_TOO_SHORT) {
                    fail_msg("bit %zu of octet %zu may be changed", bit % 8, bit / 8);
                }
                assert_true(error.text[0] != '\0');
            }
            data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_int_equal(open_copy(&keys[i], data, len), IKE_OPEN_OK);
    }
}

static void another_key_does_not_open_and_the_right_one_still_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct crypto_packet_key other = keys[i];
        struct crypto_ledger ledger = {0};
        uint8_t data[256], opened[256];
        size_t len = hex_read(known[i], data, sizeof(data));

        (other.integ != NULL ? other.integ_key : other.encr_key)[0] ^= 1;
        assert_int_equal(ike_message_parse(&message, crypto_bytes(data, len), &error), 0);
        assert_int_equal(ike_message_open(&message, ctx, &other, opened, NULL, &error),
                         IKE_OPEN_BAD_ICV);
        assert_int_equal(error.payload, IKE_PAYLOAD_SK);
        assert_int_equal(error.offset, len - 16);
        assert_string_equal(error.field, "Integrity Checksum Data");
        assert_int_equal(message.payload_count, message.outer_count);
        assert_int_equal(message.decrypted.len, 0);
        assert_int_equal(ike_message_open(&message, ctx, &keys[i], opened, &ledger, &error),
                         IKE_OPEN_OK);
        assert_int_equal(ledger.count, 1);
        assert_int_equal(ledger.items[0].kind, CRYPTO_COST_OPEN);
    }
}

static void an_sk_payload_too_short_for_its_cipher_is_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t least = keys[i].encr->iv_len + (i == 0 ? 16u : 0u) + 16u;

        for (size_t body_len = 0; body_len <= least; body_len++) {
            uint8_t data[256], opened[256], body[64] = {0};
            struct ike_builder builder;
            size_t len = 0;

            ike_builder_begin(&builder, data, sizeof(data), &request);
            ike_build_raw(&builder, IKE_PAYLOAD_SK, false, crypto_bytes(body, body_len));
            len = ike_builder_finish(&builder);
            assert_int_equal(ike_message_parse(&message, crypto_bytes(data, len), &error), 0);
            if (body_len < least) {
                assert_int_equal(ike_message_open(&message, ctx, &keys[i], opened, NULL, &error),
                                 IKE_OPEN_TOO_SHORT);
                assert_int_equal(error.offset, 32);
                assert_false(error.inside_sk);
            } else {
                assert_int_not_equal(
                    ike_message_open(&message, ctx, &keys[i], opened, NULL, &error), IKE_OPEN_OK);
            }
        }
    }
}

static void half_a_block_is_too_short(void **state)
{
    uint8_t data[256], opened[256], body[56] = {0};
    struct ike_builder builder;
    size_t len = 0;

    (void)state;
    ike_builder_begin(&builder, data, sizeof(data), &request);
    ike_build_raw(&builder, IKE_PAYLOAD_SK, false, crypto_bytes(body, sizeof(body)));
    len = ike_builder_finish(&builder);
    assert_int_equal(ike_message_parse(&message, crypto_bytes(data, len), &error), 0);
    assert_int_equal(ike_message_open(&message, ctx, &keys[0], opened, NULL, &error),
                     IKE_OPEN_TOO_SHORT);
}

static void a_sealed_message_that_does_not_fit_is_refused_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t data[256];
        size_t whole = strlen(known[i]) / 2;

        for (size_t cap = 0; cap <= whole; cap++) {
            struct ike_builder builder;

            memset(data, 0xcc, sizeof(data));
            build_known(&builder, &keys[i], data, cap);
            assert_int_equal(ike_builder_finish_sealed(&builder, ctx, &keys[i], NULL),
                             cap == whole ? whole : 0);
            for (size_t k = cap; k < sizeof(data); k++) {
                assert_int_equal(data[k], 0xcc);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_messages_are_what_another_implementation_makes_A06),
        cmocka_unit_test(sealed_messages_of_another_implementation_open_A06_A07),
        cmocka_unit_test(a_message_is_described_as_SK_until_it_is_open),
        cmocka_unit_test(padding_is_the_least_that_makes_whole_blocks_3_14),
        cmocka_unit_test(nothing_inside_is_a_message_too_A08),
        cmocka_unit_test(any_padding_that_aligns_is_accepted_3_14),
        cmocka_unit_test(contents_that_are_malformed_say_where_in_the_decrypted_bytes),
        cmocka_unit_test(every_bit_is_protected),
        cmocka_unit_test(another_key_does_not_open_and_the_right_one_still_does),
        cmocka_unit_test(an_sk_payload_too_short_for_its_cipher_is_told_apart),
        cmocka_unit_test(half_a_block_is_too_short),
        cmocka_unit_test(a_sealed_message_that_does_not_fit_is_refused_whole),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
