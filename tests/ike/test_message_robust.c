/* Whatever the bytes are: no read past them, no crash, and views that lie inside of them. */
#include "bytes.h"

#include <stdlib.h>
#include <time.h>

#include "ike/message.h"

static struct ike_message message;
static struct ike_error error;
static uint64_t seed, random_state;

/* splitmix64: small, and the same everywhere */
static uint64_t draw(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t draw_below(size_t limit)
{
    return (size_t)(draw() % limit);
}

static struct crypto_bytes draw_bytes(uint8_t *room, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        room[i] = (uint8_t)draw();
    }
    return crypto_bytes(room, len);
}

/* ---- a message with every payload type, its contents drawn ---- */

static void draw_sa(struct ike_builder *builder)
{
    struct ike_proposal proposals[3];
    size_t count = 1 + draw_below(3);

    memset(proposals, 0, sizeof(proposals));
    for (size_t i = 0; i < count; i++) {
        struct crypto_proposal *list = &proposals[i].transforms;

        list->number = (uint8_t)(i + 1);
        list->protocol = IKE_PROTOCOL_ESP;
        list->count = (uint8_t)(1 + draw_below(5));
        proposals[i].spi_len = 4;
        draw_bytes(proposals[i].spi, 4);
        for (size_t k = 0; k < list->count; k++) {
            list->transforms[k] = (struct crypto_transform_choice){
                (uint8_t)(1 + draw_below(6)), (uint16_t)draw(), (uint16_t)(draw_below(3) * 128)};
        }
    }
    ike_build_sa(builder, proposals, count);
}

static void draw_ts(struct ike_builder *builder, bool initiator)
{
    struct ike_selector selectors[3];
    size_t count = 1 + draw_below(3);

    memset(selectors, 0, sizeof(selectors));
    for (size_t i = 0; i < count; i++) {
        struct ike_selector *s = &selectors[i];
        size_t len = draw_below(2) == 0 ? 4 : 16;

        s->type = len == 4 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE;
        s->ip_protocol = (uint8_t)draw();
        s->start_port = (uint16_t)draw_below(1000);
        s->end_port = (uint16_t)(1000 + draw_below(1000));
        draw_bytes(s->start, len);
        memcpy(s->end, s->start, len);
        s->end[len - 1] |= 0x7f;
        s->start[len - 1] &= 0x7f;
    }
    ike_build_ts(builder, initiator, selectors, count);
}

static void draw_cp(struct ike_builder *builder)
{
    uint8_t room[64];
    struct ike_attribute attributes[3] = {
        {IKE_CFG_ATTRIBUTE_INTERNAL_IP4_ADDRESS, draw_bytes(room, 4)},
        {IKE_CFG_ATTRIBUTE_APPLICATION_VERSION, draw_bytes(room + 4, draw_below(32))},
        {0x4000, draw_bytes(room + 40, draw_below(8))},
    };

    ike_build_cp(builder, IKE_CFG_REQUEST, attributes, 1 + draw_below(3));
}

static void draw_payload(struct ike_builder *builder, uint8_t type)
{
    uint8_t room[256], spi[16];

    switch (type) {
    case IKE_PAYLOAD_SA:
        draw_sa(builder);
        break;
    case IKE_PAYLOAD_KE:
        ike_build_ke(builder, CRYPTO_KE_CURVE25519, draw_bytes(room, 32));
        break;
    case IKE_PAYLOAD_IDI:
    case IKE_PAYLOAD_IDR:
        ike_build_id(builder, type == IKE_PAYLOAD_IDI, IKE_ID_FQDN,
                     draw_bytes(room, draw_below(40)));
        break;
    case IKE_PAYLOAD_CERT:
        ike_build_cert(builder, type, (uint8_t)draw(), draw_bytes(room, 21 + draw_below(40)));
        break;
    case IKE_PAYLOAD_CERTREQ:
        ike_build_cert(builder, type, IKE_CERT_X509_SIGNATURE,
                       draw_bytes(room, 20 * draw_below(3)));
        break;
    case IKE_PAYLOAD_AUTH:
        ike_build_auth(builder, (uint8_t)draw(), draw_bytes(room, draw_below(40)));
        break;
    case IKE_PAYLOAD_NONCE:
        ike_build_nonce(builder, draw_bytes(room, 16 + draw_below(100)));
        break;
    case IKE_PAYLOAD_NOTIFY:
        ike_build_notify(builder, IKE_PROTOCOL_ESP, draw_bytes(spi, 4 * draw_below(2)),
                         (uint16_t)draw(), draw_bytes(room, draw_below(40)));
        break;
    case IKE_PAYLOAD_DELETE:
        ike_build_delete(builder, IKE_PROTOCOL_ESP, 4, draw_bytes(room, 4 * draw_below(5)));
        break;
    case IKE_PAYLOAD_VENDOR:
        ike_build_vendor(builder, draw_bytes(room, draw_below(40)));
        break;
    case IKE_PAYLOAD_TSI:
    case IKE_PAYLOAD_TSR:
        draw_ts(builder, type == IKE_PAYLOAD_TSI);
        break;
    case IKE_PAYLOAD_CP:
        draw_cp(builder);
        break;
    case IKE_PAYLOAD_EAP:
        draw_bytes(room, 9);
        memcpy(room, "\2\1\0\x09\1", 5);
        ike_build_eap(builder, crypto_bytes(room, 9));
        break;
    default:
        ike_build_raw(builder, 200, false, draw_bytes(room, draw_below(40)));
        break;
    }
}

static const struct ike_header header = {.spi_i = 0x0102030405060708,
                                         .spi_r = 0x1112131415161718,
                                         .major = IKE_MAJOR_VERSION,
                                         .exchange = IKE_EXCHANGE_IKE_AUTH,
                                         .initiator = true,
                                         .message_id = 1};

static size_t draw_message(uint8_t *data, size_t cap, bool every_type)
{
    struct ike_builder builder;
    size_t len = 0;

    ike_builder_begin(&builder, data, cap, &header);
    for (size_t i = 0; i < 16; i++) {
        /* one of 33..48 is SK, in whose place an unknown type goes */
        draw_payload(&builder, (uint8_t)(33 + (every_type ? i : draw_below(16))));
    }
    len = ike_builder_finish(&builder);
    assert_true(len != 0);
    return len;
}

/* ---- checks ---- */

static void check_view(struct crypto_bytes view, struct crypto_bytes whole)
{
    if (view.len != 0) {
        assert_true(view.data >= whole.data && view.len <= whole.len);
        assert_true((size_t)(view.data - whole.data) <= whole.len - view.len);
    }
}

static volatile unsigned sink;

static void touch(struct crypto_bytes view)
{
    for (size_t i = 0; i < view.len; i++) {
        sink += view.data[i];
    }
}

static void check_payload(const struct ike_payload *payload, struct crypto_bytes whole)
{
    check_view(payload->body, whole);
    touch(payload->body);
    assert_true(payload->offset + IKE_GENERIC_HEADER_LEN + payload->body.len <= whole.len);
    switch (payload->type) {
    case IKE_PAYLOAD_SA:
        for (size_t i = 0; i < payload->sa.count; i++) {
            const struct ike_proposal *p = &payload->sa.proposals[i];

            assert_true(p >= message.proposals && p < message.proposals + message.proposal_count);
            assert_true((size_t)p->transforms.count + p->refused_count <=
                        CRYPTO_PROPOSAL_TRANSFORMS_MAX);
            assert_true(p->spi_len <= sizeof(p->spi));
        }
        break;
    case IKE_PAYLOAD_KE:
        check_view(payload->ke.data, payload->body);
        break;
    case IKE_PAYLOAD_NOTIFY:
        check_view(payload->notify.spi, payload->body);
        check_view(payload->notify.data, payload->body);
        break;
    case IKE_PAYLOAD_DELETE:
        check_view(payload->del.spis, payload->body);
        assert_int_equal(payload->del.spis.len, payload->del.count * payload->del.spi_len);
        break;
    case IKE_PAYLOAD_TSI:
    case IKE_PAYLOAD_TSR:
        assert_true(payload->ts.selectors >= message.selectors);
        assert_true(payload->ts.selectors + payload->ts.count <=
                    message.selectors + message.selector_count);
        break;
    case IKE_PAYLOAD_CP:
        for (size_t i = 0; i < payload->cp.count; i++) {
            check_view(payload->cp.attributes[i].value, payload->body);
            touch(payload->cp.attributes[i].value);
        }
        break;
    case IKE_PAYLOAD_EAP:
        check_view(payload->eap.data, payload->body);
        break;
    default:
        break;
    }
}

/* Reads a copy in a block of its own length; true if it was accepted. */
static bool parse_copy(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    char words[512];
    bool good = false;

    assert_non_null(copy);
    memcpy(copy, data, len);
    good = ike_message_parse(&message, crypto_bytes(len == 0 ? NULL : copy, len), &error) == 0;
    assert_true(message.payload_count <= IKE_PAYLOADS_MAX);
    for (size_t i = 0; i < message.payload_count; i++) {
        check_payload(&message.payloads[i], crypto_bytes(copy, len));
    }
    ike_message_describe(&message, words, sizeof(words));
    if (!good) {
        assert_true(error.offset <= len);
        assert_true(error.text[0] != '\0' && error.field[0] != '\0');
        assert_true(error.notify == IKE_NOTIFY_INVALID_SYNTAX ||
                    error.notify == IKE_NOTIFY_INVALID_MAJOR_VERSION ||
                    error.notify == IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD);
    }
    free(copy);
    return good;
}

static void set_length(uint8_t *data, size_t len)
{
    if (len >= IKE_HEADER_LEN) {
        data[24] = 0;
        data[25] = (uint8_t)(len >> 16);
        data[26] = (uint8_t)(len >> 8);
        data[27] = (uint8_t)len;
    }
}

/* ---- tests ---- */

static void a_message_cut_off_anywhere_is_refused(void **state)
{
    static uint8_t data[8192];
    size_t len = draw_message(data, sizeof(data), true);

    (void)state;
    assert_true(parse_copy(data, len));
    for (size_t cut = 0; cut < len; cut++) {
        static uint8_t patched[8192];

        assert_false(parse_copy(data, cut));
        memcpy(patched, data, cut);
        set_length(patched, cut);
        assert_false(parse_copy(patched, cut));
    }
}

static void a_payload_cut_off_anywhere_with_right_lengths_outside_does_no_harm(void **state)
{
    (void)state;
    for (uint8_t type = IKE_PAYLOAD_SA; type <= IKE_PAYLOAD_EAP; type++) {
        uint8_t data[1024];
        struct ike_builder builder;
        size_t len = 0;

        ike_builder_begin(&builder, data, sizeof(data), &header);
        draw_payload(&builder, type);
        len = ike_builder_finish(&builder);
        assert_true(parse_copy(data, len));
        for (size_t cut = len; cut-- > IKE_HEADER_LEN + IKE_GENERIC_HEADER_LEN;) {
            size_t payload_len = cut - IKE_HEADER_LEN;

            data[30] = (uint8_t)(payload_len >> 8);
            data[31] = (uint8_t)payload_len;
            set_length(data, cut);
            parse_copy(data, cut);
        }
    }
}

static void any_single_bit_may_flip(void **state)
{
    static uint8_t data[8192];
    size_t len = draw_message(data, sizeof(data), true);

    (void)state;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        parse_copy(data, len);
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void any_octets_may_change_go_missing_or_come_on_top(void **state)
{
    static uint8_t data[16384];
    unsigned accepted = 0;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        size_t len = draw_message(data, 8192, false);
        size_t changes = 1 + draw_below(4);

        for (size_t i = 0; i < changes; i++) {
            size_t at = draw_below(len);

            switch (draw_below(5)) {
            case 0:
                data[at] = (uint8_t)draw();
                break;
            case 1: /* interesting values: nothing, one, many, all */
                data[at] = (const uint8_t[]){0, 1, 0x7f, 0x80, 0xff, 46, 53, 8}[draw_below(8)];
                break;
            case 2:
                memmove(data + at, data + at + 1, len - at - 1);
                len -= len > 1;
                break;
            case 3:
                memmove(data + at + 1, data + at, len - at);
                len++;
                break;
            default:
                len = draw_below(4) == 0 ? at + 1 : len;
                break;
            }
        }
        if (draw_below(8) != 0) {
            set_length(data, len);
            data[17] = 0x20;
        }
        accepted += parse_copy(data, len);
    }
    print_message("%u of 20000 still accepted\n", accepted);
    assert_true(accepted > 0 && accepted < 20000);
}

static void any_body_may_stand_in_any_payload(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 40000; round++) {
        uint8_t data[256], body[96];
        struct ike_builder builder;

        ike_builder_begin(&builder, data, sizeof(data), &header);
        draw_bytes(body, sizeof(body));
        for (size_t i = 0; i < sizeof(body); i++) {
            body[i] &= draw_below(2) == 0 ? 0x0f : 0xff; /* small numbers get further */
        }
        ike_build_raw(&builder, (uint8_t)(32 + draw_below(18)), draw_below(2) == 0,
                      crypto_bytes(body, draw_below(sizeof(body))));
        parse_copy(data, ike_builder_finish(&builder));
    }
}

/* Writes what was read. */
static void rebuild(struct ike_builder *builder, const struct ike_payload *p)
{
    switch (p->type) {
    case IKE_PAYLOAD_SA:
        ike_build_sa(builder, p->sa.proposals, p->sa.count);
        break;
    case IKE_PAYLOAD_KE:
        ike_build_ke(builder, p->ke.method, p->ke.data);
        break;
    case IKE_PAYLOAD_IDI:
    case IKE_PAYLOAD_IDR:
        ike_build_id(builder, p->type == IKE_PAYLOAD_IDI, p->id.type, p->id.data);
        break;
    case IKE_PAYLOAD_CERT:
    case IKE_PAYLOAD_CERTREQ:
        ike_build_cert(builder, p->type, p->cert.encoding, p->cert.data);
        break;
    case IKE_PAYLOAD_AUTH:
        ike_build_auth(builder, p->auth.method, p->auth.data);
        break;
    case IKE_PAYLOAD_NONCE:
        ike_build_nonce(builder, p->nonce.data);
        break;
    case IKE_PAYLOAD_NOTIFY:
        ike_build_notify(builder, p->notify.protocol, p->notify.spi, p->notify.type,
                         p->notify.data);
        break;
    case IKE_PAYLOAD_DELETE:
        ike_build_delete(builder, p->del.protocol, p->del.spi_len, p->del.spis);
        break;
    case IKE_PAYLOAD_VENDOR:
        ike_build_vendor(builder, p->vendor.data);
        break;
    case IKE_PAYLOAD_TSI:
    case IKE_PAYLOAD_TSR:
        ike_build_ts(builder, p->type == IKE_PAYLOAD_TSI, p->ts.selectors, p->ts.count);
        break;
    case IKE_PAYLOAD_CP:
        ike_build_cp(builder, p->cp.type, p->cp.attributes, p->cp.count);
        break;
    default: /* EAP has no parts to its builder */
        ike_build_raw(builder, p->type, p->critical, p->body);
        break;
    }
}

static void what_was_read_is_written_the_same(void **state)
{
    static uint8_t data[8192], again[8192];

    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        size_t len = draw_message(data, sizeof(data), round == 0);
        struct ike_builder builder;
        char words[512];

        if (ike_message_parse(&message, crypto_bytes(data, len), &error) != 0) {
            fail_msg("seed %llu: %s", (unsigned long long)seed, error.text);
        }
        ike_builder_begin(&builder, again, sizeof(again), &message.header);
        for (size_t i = 0; i < message.payload_count; i++) {
            rebuild(&builder, &message.payloads[i]);
        }
        assert_int_equal(ike_builder_finish(&builder), len);
        assert_memory_equal(again, data, len);
        assert_int_equal(ike_message_describe(&message, words, sizeof(words)),
                         builder.description_len);
        assert_int_equal(strncmp(words, builder.description, sizeof(builder.description) - 1), 0);
    }
}

/* Random contents, sealed with the right key: authentic, and still not to be trusted (§2.21.3). */
static void any_contents_may_stand_in_sk(void **state)
{
    struct crypto_suite suite = {.encr = crypto_transform_find(CRYPTO_ENCR, CRYPTO_ENCR_AES_GCM_16),
                                 .encr_key_bits = 128};
    struct crypto_packet_key key;
    struct crypto_context *ctx = NULL;
    char why[256];
    unsigned counts[4] = {0};

    (void)state;
    ctx = crypto_context_new(why, sizeof(why));
    assert_non_null(ctx);
    crypto_packet_key_set(&key, &suite, crypto_bytes("0123456789abcdefsalt", 20),
                          crypto_bytes(NULL, 0));
    for (unsigned round = 0; round < 4000; round++) {
        static uint8_t data[16384], inner[8192], body[8192 + 64];
        uint8_t *copy = NULL, *plain = NULL;
        size_t body_len = 8, len = 0, inner_len = draw_message(inner, sizeof(inner), false);
        struct ike_builder builder;

        /* payloads of a drawn message, changed in a place or two, and a Pad Length */
        inner_len -= IKE_HEADER_LEN;
        memset(body, 0, 8);
        memcpy(body + 8, inner + IKE_HEADER_LEN, inner_len);
        body[8 + draw_below(inner_len)] = (uint8_t)draw();
        body[8 + inner_len] = draw_below(4) == 0 ? (uint8_t)draw() : 0;
        body_len += inner_len + 1;
        memset(body + body_len, 0, 16);
        ike_builder_begin(&builder, data, sizeof(data), &header);
        ike_build_raw(&builder, IKE_PAYLOAD_SK, false, crypto_bytes(body, body_len + 16));
        len = ike_builder_finish(&builder);
        data[28] = inner[16];
        assert_int_equal(crypto_packet_seal(ctx, &key, data, 32, inner_len + 1, NULL), len);

        copy = malloc(len);
        plain = malloc(len);
        assert_true(copy != NULL && plain != NULL);
        memcpy(copy, data, len);
        assert_int_equal(ike_message_parse(&message, crypto_bytes(copy, len), &error), 0);
        counts[ike_message_open(&message, ctx, &key, plain, NULL, &error)]++;
        for (size_t i = message.outer_count; i < message.payload_count; i++) {
            check_payload(&message.payloads[i], message.decrypted);
        }
        free(copy);
        free(plain);
    }
    print_message("%u opened, %u malformed\n", counts[IKE_OPEN_OK], counts[IKE_OPEN_MALFORMED]);
    assert_true(counts[IKE_OPEN_OK] > 0 && counts[IKE_OPEN_MALFORMED] > 0);
    assert_int_equal(counts[IKE_OPEN_OK] + counts[IKE_OPEN_MALFORMED], 4000);
    crypto_context_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_payload_cut_off_anywhere_with_right_lengths_outside_does_no_harm),
        cmocka_unit_test(any_single_bit_may_flip),
        cmocka_unit_test(any_octets_may_change_go_missing_or_come_on_top),
        cmocka_unit_test(any_body_may_stand_in_any_payload),
        cmocka_unit_test(what_was_read_is_written_the_same),
        cmocka_unit_test(any_contents_may_stand_in_sk),
    };
    const char *given = getenv("IKESIM_TEST_SEED");

    seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    random_state = seed;
    print_message("IKESIM_TEST_SEED=%llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
