/* IKE_SA_INIT and IKE_AUTH (RFC 7296 §1.2): four messages make an IKE SA and its first CHILD SA. */
#include <openssl/bn.h>

#include "ike/sa.h"
#include "tests/ike/pair.h"

/* The bytes of every message of a run, one behind the other. */
struct wire {
    size_t len;
    uint8_t bytes[16384];
};

static void record_oldest(struct pair *pair, struct wire *wire)
{
    const struct flight *flight = &pair->flights[0];

    assert_true(wire->len + flight->len <= sizeof(wire->bytes));
    memcpy(wire->bytes + wire->len, flight->bytes, flight->len);
    wire->len += flight->len;
}

static uint16_t read16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* The SK_ keys of both ends are the same, and each end's outbound ESP keys are the other's inbound.
 */
static void assert_keys_agree(struct pair *pair, uint64_t sa, uint64_t gateway)
{
    const struct ike_sa *a = ike_sa_by_id(pair->a.ike, sa), *b = ike_sa_by_id(pair->b.ike, gateway);

    for (int k = CRYPTO_SK_D; k < CRYPTO_SK_COUNT; k++) {
        struct crypto_bytes of_a = crypto_sk(a->keys, (enum crypto_sk)k);
        struct crypto_bytes of_b = crypto_sk(b->keys, (enum crypto_sk)k);

        assert_int_equal(of_a.len, of_b.len);
        assert_memory_equal(of_a.data, of_b.data, of_a.len);
    }
    assert_int_equal(pair->a.installed_count, pair->b.installed_count);
    for (size_t i = 0; i < pair->a.installed_count; i++) {
        const struct ike_child_sa *x = &pair->a.installed[i], *y = &pair->b.installed[i];

        assert_int_equal(x->spi_out, y->spi_in);
        assert_int_equal(x->spi_in, y->spi_out);
        assert_int_equal(x->key_out.encr_key_len, y->key_in.encr_key_len);
        assert_memory_equal(x->key_out.encr_key, y->key_in.encr_key, x->key_out.encr_key_len);
        assert_memory_equal(x->key_in.encr_key, y->key_out.encr_key, x->key_in.encr_key_len);
        assert_memory_equal(x->key_out.integ_key, y->key_in.integ_key, x->key_out.integ_key_len);
        assert_memory_equal(x->key_in.integ_key, y->key_out.integ_key, x->key_in.integ_key_len);
        assert_memory_not_equal(x->key_in.encr_key, x->key_out.encr_key, x->key_in.encr_key_len);
    }
}

/*
 *  alice                               gw
 *    |---- SA KE Ni ------------------->|   INIT_DONE
 *    |<------------------ SA KE Nr -----|
 *    |---- SK{IDi IDr AUTH SA TS TS} -->|   ESTABLISHED, child installed
 *    |<-------- SK{IDr AUTH SA TS TS} --|
 *  ESTABLISHED, child installed
 */
static void four_messages_make_an_ike_sa_and_its_child_1_2(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;
    struct ike_sa_info a, b;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    assert_int_not_equal(sa, 0);
    assert_string_equal(last_sent(&pair->a), "SA KE Ni");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_STATE_EVENT)->text, "INIT_SENT");

    pair_deliver_to(&pair->b);
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    assert_int_not_equal(gateway, 0);
    assert_false(party_established(&pair->b, gateway));
    assert_string_equal(last_sent(&pair->b), "SA KE Nr");
    assert_string_equal(party_last(&pair->b, TRACE_IKE_STATE_EVENT)->text, "INIT_DONE");

    pair_deliver_to(&pair->a);
    assert_false(party_established(&pair->a, sa));
    assert_string_equal(party_last(&pair->a, TRACE_IKE_STATE_EVENT)->text, "AUTH_SENT");
    assert_string_equal(last_sent(&pair->a), "SK{IDi IDr AUTH SA TSi TSr}");

    pair_deliver_to(&pair->b);
    assert_true(party_established(&pair->b, gateway));
    assert_int_equal(party_children(&pair->b, gateway), 1);
    assert_string_equal(last_sent(&pair->b), "SK{IDr AUTH SA TSi TSr}");

    pair_deliver_to(&pair->a);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(party_children(&pair->a, sa), 1);
    assert_int_equal(pair->flight_count, 0);

    assert_true(ike_endpoint_sa_info(pair->a.ike, sa, &a));
    assert_true(ike_endpoint_sa_info(pair->b.ike, gateway, &b));
    assert_true(a.initiator);
    assert_false(b.initiator);
    assert_int_equal(a.spi_i, b.spi_i);
    assert_int_equal(a.spi_r, b.spi_r);
    assert_true(ike_endpoint_has_child(pair->a.ike, sa, "net"));
    assert_true(ike_endpoint_has_child(pair->b.ike, gateway, "net"));
    assert_false(ike_endpoint_has_child(pair->a.ike, sa, "other"));
    assert_int_equal(pair->a.established, 1);
    assert_int_equal(pair->b.established, 1);
    pair_free(pair);
}

/* A01, A04, A12: what the first two messages look like, octet by octet. */
static void the_first_messages_have_the_form_of_3_1(void **state)
{
    struct pair *pair = pair_new();
    const uint8_t *bytes;
    uint8_t spi_i[8], zero[8] = {0};

    (void)state;
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    bytes = pair->flights[0].bytes;
    memcpy(spi_i, bytes, 8);
    assert_memory_not_equal(bytes, zero, 8);
    assert_memory_equal(bytes + 8, zero, 8);  /* SPIr */
    assert_int_equal(bytes[16], 33);          /* Next Payload: SA */
    assert_int_equal(bytes[17], 0x20);        /* version 2.0 */
    assert_int_equal(bytes[18], 34);          /* IKE_SA_INIT */
    assert_int_equal(bytes[19], 0x08);        /* I, and nothing else */
    assert_memory_equal(bytes + 20, zero, 4); /* Message ID */
    assert_int_equal(read16(bytes + 26), pair->flights[0].len);
    assert_int_equal(bytes[28 + 4 + 6], 0); /* SPI Size of the proposal */

    pair_deliver_to(&pair->b);
    bytes = pair->flights[0].bytes;
    assert_memory_equal(bytes, spi_i, 8);
    assert_memory_not_equal(bytes + 8, zero, 8);
    assert_int_equal(bytes[18], 34);
    assert_int_equal(bytes[19], 0x20); /* R, and nothing else */
    assert_memory_equal(bytes + 20, zero, 4);

    /* A02: behind the header of IKE_AUTH there is SK only. */
    pair_deliver_to(&pair->a);
    bytes = pair->flights[0].bytes;
    assert_int_equal(bytes[16], 46);
    assert_int_equal(bytes[18], 35);
    assert_int_equal(bytes[23], 1); /* Message ID 1 */
    assert_int_equal(read16(bytes + 30), pair->flights[0].len - 28);
    pair_free(pair);
}

/* G01, H01, J18: in suites of every kind, both ends derive the same keys, and ESP's go crosswise.
 */
static void both_ends_derive_the_same_keys_in_every_suite_2_14_2_17(void **state)
{
    static const char *const suites[][2] = {
        {"aes128gcm16-prfsha256-x25519", "aes128gcm16"},
        {"aes256gcm16-prfsha384-ecp256", "aes256gcm16"},
        {"aes128-sha256-x25519", "aes128-sha256"},
        {"aes256-sha256-ecp384", "aes256-sha256"},
        {"aes256gcm16-prfsha512-modp2048", "aes128gcm16"},
        {"aes192ctr-sha512-x448", "aes192ctr-sha384"},
        {"aes128ccm16-prfaesxcbc-modp3072", "aes256ccm8"},
        {"chacha20poly1305-prfaescmac-ecp521", "chacha20poly1305"},
        {"3des-sha1-modp1536", "3des-aesxcbc"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        struct pair *pair = pair_new();
        uint64_t sa, gateway;

        pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, suites[i][0]);
        pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, suites[i][1]);
        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        assert_keys_agree(pair, sa, gateway);
        assert_string_equal(party_last(&pair->a, TRACE_IKE_PROPOSAL_CHOSEN_EVENT)->text,
                            suites[i][1]);
        pair_free(pair);
    }
}

/* G01: of the seven keys each has its use: what gw says is under SK_er and SK_ar, what alice says
 * under SK_ei and SK_ai (§2.14). */
static void each_end_seals_with_its_own_keys_2_14(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        struct party *from = by_gateway ? &pair->b : &pair->a;
        const struct ike_sa *at = ike_sa_by_id(from->ike, by_gateway ? gateway : sa);
        static struct ike_message message;
        uint8_t plain[PAIR_MESSAGE_MAX];
        struct crypto_packet_key key;
        struct ike_error error;

        crypto_packet_key_set(&key, &at->suite,
                              crypto_sk(at->keys, by_gateway ? CRYPTO_SK_ER : CRYPTO_SK_EI),
                              crypto_sk(at->keys, by_gateway ? CRYPTO_SK_AR : CRYPTO_SK_AI));
        pair_check_liveness(from, by_gateway ? gateway : sa);
        assert_int_equal(
            ike_message_parse(&message, crypto_bytes(pair->flights[0].bytes, pair->flights[0].len),
                              &error),
            0);
        assert_int_equal(ike_message_open(&message, pair->crypto, &key, plain, NULL, &error),
                         IKE_OPEN_OK);
        pair_settle(pair);
    }
    pair_free(pair);
}

/* The same draws make the same bytes, other draws others (docs/design.md, rule 3). */
static void the_same_draws_make_the_same_bytes(void **state)
{
    static struct wire wires[3];

    (void)state;
    for (size_t run = 0; run < 3; run++) {
        struct pair *pair = pair_new();

        wires[run].len = 0;
        pair->a.entropy_seed = run == 2;
        pair_start(pair);
        pair_initiate(pair, &pair->a);
        while (pair->flight_count) {
            record_oldest(pair, &wires[run]);
            pair_deliver(pair, 0);
        }
        pair_free(pair);
    }
    assert_int_equal(wires[0].len, wires[1].len);
    assert_memory_equal(wires[0].bytes, wires[1].bytes, wires[0].len);
    assert_int_equal(wires[0].len, wires[2].len);
    assert_memory_not_equal(wires[0].bytes, wires[2].bytes, wires[0].len);
}

/* What another peer does, and in which order, changes no byte of this one's messages
 * (docs/design.md, rule 3). */
static void other_sas_change_no_byte_of_this_one(void **state)
{
    static struct wire wires[2];

    (void)state;
    for (size_t run = 0; run < 2; run++) {
        struct pair *pair = pair_new();
        struct ike_address stranger = {.family = 4, .ip = {198, 51, 100, 9}, .port = 500};
        struct ike_actions actions = {0};

        wires[run].len = 0;
        pair_start(pair);
        if (run == 1) {
            ike_endpoint_initiate(pair->b.ike, pair->now, &pair->b.address, &stranger, 0, &actions);
            ike_actions_dispose(&actions);
        }
        pair_initiate(pair, &pair->a);
        while (pair->flight_count) {
            record_oldest(pair, &wires[run]);
            pair_deliver(pair, 0);
        }
        pair_free(pair);
    }
    assert_int_equal(wires[0].len, wires[1].len);
    assert_memory_equal(wires[0].bytes, wires[1].bytes, wires[0].len);
}

/* ---- negotiation ---- */

/* G03: the responder answers with the number of the proposal that it takes. */
static void the_responder_takes_the_proposal_that_it_likes_best_2_7(void **state)
{
    struct pair *pair = pair_new();
    struct crypto_proposal own = pair_proposal(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");

    (void)state;
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes256gcm16-prfsha384-x25519");
    pair->ike_proposals[1] = pair_proposal(CRYPTO_PROTO_IKE, "aes128-aes256-sha256-x25519");
    pair->a.policy.proposal_count = 2;
    pair->b.policy.proposals = &own;
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    assert_int_equal(party_last(&pair->b, TRACE_IKE_PROPOSAL_CHOSEN_EVENT)->number, 2);
    pair_deliver_to(&pair->a);
    assert_int_equal(party_last(&pair->a, TRACE_IKE_PROPOSAL_CHOSEN_EVENT)->number, 2);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_PROPOSAL_CHOSEN_EVENT)->text,
                        "aes128-sha256-x25519");
    pair_settle(pair);
    assert_int_equal(pair->a.established, 1);
    pair_free(pair);
}

/*
 *  G04, G05, C02: alice guesses the wrong group
 *    |---- SA(x25519, ecp256) KE(x25519) Ni -->|   no state
 *    |<------------- N(INVALID_KE_PAYLOAD 19) -|
 *    |---- SA(x25519, ecp256) KE(ecp256) Ni -->|   the same offer, Message ID 0 again
 */
static void invalid_ke_payload_is_followed_1_2(void **state)
{
    struct pair *pair = pair_new();
    struct crypto_proposal own = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-ecp256");
    uint64_t sa, gateway;
    uint8_t first_spi[8];
    size_t empty;

    (void)state;
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519-ecp256");
    pair->b.policy.proposals = &own;
    pair_start(pair);
    empty = ike_endpoint_memory(pair->b.ike);
    sa = pair_initiate(pair, &pair->a);
    memcpy(first_spi, pair->flights[0].bytes, 8);
    pair_deliver_to(&pair->b);
    assert_int_equal(ike_endpoint_memory(pair->b.ike), empty);
    assert_string_equal(last_sent(&pair->b), "N(INVALID_KE_PAYLOAD)");
    assert_int_equal(read16(pair->flights[0].bytes + 28 + 8), CRYPTO_KE_ECP_256);
    pair_deliver_copy(pair, 0);
    pair_deliver_to(&pair->a); /* a copy of the demand starts nothing again */
    assert_int_equal(pair->flight_count, 1);
    assert_memory_equal(pair->flights[0].bytes, first_spi, 8);
    assert_int_equal(read16(pair->flights[0].bytes + 22), 0);
    pair_settle(pair);
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    assert_true(party_established(&pair->a, sa));
    assert_keys_agree(pair, sa, gateway);
    pair_wait(pair, 20 * SECOND); /* timers of the first request mean nothing any more */
    assert_int_equal(pair->flight_count, 0);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_RETRANSMISSION_EVENT), 0);
    pair_free(pair);
}

/* Builds an unprotected answer to alice's IKE_SA_INIT request with one notify in it. */
static void inject_notify(struct pair *pair, uint16_t type, struct crypto_bytes data)
{
    struct ike_builder builder;
    struct ike_header header;
    uint8_t bytes[128];
    struct ike_sa_info info;

    assert_true(ike_endpoint_sa_info(pair->a.ike,
                                     ike_endpoint_sa_with(pair->a.ike, &pair->b.address), &info));
    header = (struct ike_header){.spi_i = info.spi_i, .major = 2, .exchange = 34, .response = true};
    ike_builder_begin(&builder, bytes, sizeof(bytes), &header);
    ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), type, data);
    pair_inject(&pair->a, bytes, ike_builder_finish(&builder));
}

/* The timer of the request that INVALID_KE_PAYLOAD replaced under its Message ID means nothing. */
static void the_replaced_request_leaves_no_timer_behind(void **state)
{
    static const uint8_t ecp256[2] = {0, 19};
    struct pair *pair = pair_new();

    (void)state;
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519-ecp256");
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    pair_wait(pair, 9 * SECOND / 10);
    inject_notify(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD, crypto_bytes(ecp256, 2));
    assert_int_equal(pair->flight_count, 2);
    pair_wait(pair, SECOND - 1);
    assert_int_equal(pair->flight_count, 2);
    pair_wait(pair, 1);
    assert_int_equal(pair->flight_count, 3);
    pair_free(pair);
}

/* RFC 5282 §3: under one key no IV is used twice, whatever is said. */
static void no_iv_of_an_aead_is_used_twice_rfc5282_3(void **state)
{
    static uint8_t ivs[64][8];
    struct pair *pair = pair_new();
    size_t count = 0;
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    for (size_t step = 0; step < 40; step++) {
        const struct flight *flight = &pair->flights[0];

        if (pair->flight_count == 0) {
            pair_create_child(&pair->a, sa, "net");
            pair_check_liveness(&pair->b, ike_endpoint_sa_with(pair->b.ike, &pair->a.address));
        }
        if (flight->from == &pair->a && flight->bytes[16] == IKE_PAYLOAD_SK) {
            for (size_t i = 0; i < count; i++) {
                assert_memory_not_equal(ivs[i], flight->bytes + 32, 8);
            }
            memcpy(ivs[count++], flight->bytes + 32, 8);
        }
        pair_deliver(pair, 0);
    }
    assert_true(count > 10);
    pair_free(pair);
}

/* G13, KE-01: a group that was not offered, or a demand without end, is not followed. */
static void invalid_ke_payload_is_followed_within_bounds_2_7(void **state)
{
    static const uint8_t x25519[2] = {0, 31}, ecp256[2] = {0, 19}, modp2048[2] = {0, 14};
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519-ecp256");
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_lose(pair, 0);
    inject_notify(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD, crypto_bytes(modp2048, 2)); /* not offered */
    inject_notify(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD, crypto_bytes(x25519, 2)); /* what we sent */
    inject_notify(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD, crypto_bytes(x25519, 1)); /* no group */
    assert_int_equal(pair->flight_count, 0);
    for (int i = 0; i < 20; i++) { /* round in circles */
        inject_notify(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD,
                      crypto_bytes(i % 2 ? x25519 : ecp256, 2));
    }
    assert_int_equal(pair->flight_count, IKE_KE_RETRIES_MAX);
    assert_true(party_knows(&pair->a, sa));
    pair_free(pair);
}

/* G06, ER-01: nothing in common. The error is nobody's word, so alice goes on until her tries are
 * used up.
 */
static void no_proposal_chosen_ends_the_attempt_when_its_tries_are_used_up_2_21_1(void **state)
{
    struct pair *pair = pair_new();
    struct crypto_proposal own = pair_proposal(CRYPTO_PROTO_IKE, "aes256-sha256-modp2048");
    uint64_t sa;

    (void)state;
    pair->b.policy.proposals = &own;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_string_equal(last_sent(&pair->b), "N(NO_PROPOSAL_CHOSEN)");
    assert_string_equal(last_dropped(&pair->a), "unauthenticated");
    assert_true(party_knows(&pair->a, sa));
    for (int i = 0; i < 4; i++) {
        pair_wait(pair, 8 * SECOND);
        pair_settle(pair);
    }
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.gone, 1);
    assert_false(pair->a.gone_was_established);
    assert_string_equal(pair->a.gone_why, "IKE_SA_INIT was refused each time");
    assert_int_equal(ike_endpoint_sa_with(pair->b.ike, &pair->a.address), 0);
    pair_free(pair);
}

/* §2.21.1: a forged error between request and true answer does no harm. */
static void a_forged_error_does_not_stop_the_true_answer_2_21_1(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    inject_notify(pair, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, crypto_bytes(NULL, 0));
    inject_notify(pair, IKE_NOTIFY_INVALID_SYNTAX, crypto_bytes(NULL, 0));
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* alice's IKE_SA_INIT request goes to gw as somebody else would write it: with another header
 * (NULL: her own), with another body of the payload of `type` or, if that is empty, without it. */
static void offer_with(struct pair *pair, const struct flight *request,
                       const struct ike_header *header, uint8_t type, struct crypto_bytes body)
{
    static struct ike_message message;
    struct ike_builder builder;
    struct ike_error error;
    uint8_t bytes[1024];

    assert_int_equal(
        ike_message_parse(&message, crypto_bytes(request->bytes, request->len), &error), 0);
    ike_builder_begin(&builder, bytes, sizeof(bytes), header ? header : &message.header);
    for (size_t i = 0; i < message.payload_count; i++) {
        const struct ike_payload *payload = &message.payloads[i];
        bool other = payload->type == type;

        if (!other || body.len) {
            ike_build_raw(&builder, payload->type, false, other ? body : payload->body);
        }
    }
    pair_inject(&pair->b, bytes, ike_builder_finish(&builder));
}

/* With another public value in it, or with no KE at all. */
static void offer_value(struct pair *pair, struct crypto_bytes value, bool with_ke)
{
    const struct crypto_proposal *proposal = &pair->ike_proposals[0];
    struct flight request = pair->flights[0];
    uint8_t body[4 + 256] = {0};

    for (size_t i = 0; i < proposal->count; i++) {
        if (proposal->transforms[i].type == CRYPTO_KE) {
            body[1] = (uint8_t)proposal->transforms[i].id;
        }
    }
    memcpy(body + 4, value.data, value.len);
    pair_lose(pair, 0);
    offer_with(pair, &request, NULL, IKE_PAYLOAD_KE,
               crypto_bytes(body, with_ke ? 4 + value.len : 0));
}

/* A01, A04, A10: what no initiator can mean makes no IKE SA, and nobody answers it. */
static void a_request_that_cannot_be_makes_no_sa_3_1_2_10(void **state)
{
    static const uint8_t octets[64] = {1, 2, 3};
    const struct {
        uint64_t spi_i;
        uint32_t message_id;
        size_t nonce_len; /* 0: alice's own */
        bool good;
    } cases[] = {
        {7, 0, 0, true},  {0, 0, 0, false},  {7, 1, 0, false},
        {7, 0, 32, true}, {7, 0, 31, false}, {7, 0, 16, false}, /* half of SHA-512's 64 */
    };
    struct pair *pair = pair_new();
    struct flight request;

    (void)state;
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128-sha512-x25519");
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    request = pair->flights[0];
    pair_lose(pair, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ike_header header = {.spi_i = cases[i].spi_i ? cases[i].spi_i + i : 0,
                                    .major = IKE_MAJOR_VERSION,
                                    .exchange = IKE_EXCHANGE_IKE_SA_INIT,
                                    .initiator = true,
                                    .message_id = cases[i].message_id};
        uint64_t made = pair->b.ike->last_id;

        offer_with(pair, &request, &header, cases[i].nonce_len ? IKE_PAYLOAD_NONCE : 0,
                   crypto_bytes(octets, cases[i].nonce_len));
        assert_int_equal(pair->flight_count, cases[i].good);
        assert_int_equal(pair->b.ike->last_id, made + cases[i].good);
        if (cases[i].good) {
            pair_lose(pair, 0);
        } else {
            assert_string_equal(last_dropped(&pair->b), "malformed");
        }
    }
    pair_free(pair);
}

/* G12, KE-02: of these values no shared secret comes, or one that everybody knows; the message is
 * not used (RFC 6989 §2.1, §2.5). */
static void a_bad_public_value_makes_no_sa_rfc6989_2_5(void **state)
{
    static const uint8_t zeros[256], one[256] = {[255] = 1}, curve_one[32] = {1};
    uint8_t below_prime[256];
    BIGNUM *prime = BN_get_rfc3526_prime_2048(NULL);
    const struct {
        const char *proposal;
        const uint8_t *value;
        size_t len;
        bool with_ke;
    } cases[] = {
        {"aes128-sha256-x25519", zeros, 32, true},
        {"aes128-sha256-x25519", curve_one, 32, true},
        {"aes128-sha256-x25519", zeros, 31, true},
        {"aes128-sha256-x25519", zeros, 0, true},
        {"aes128-sha256-x25519", zeros, 0, false},
        {"aes128-sha256-ecp256", zeros, 64, true}, /* no point of the curve */
        {"aes128-sha256-modp2048", zeros, 256, true},
        {"aes128-sha256-modp2048", one, 256, true},
        {"aes128-sha256-modp2048", below_prime, 256, true},
    };

    (void)state;
    assert_true(BN_sub_word(prime, 1) && BN_bn2binpad(prime, below_prime, 256) == 256);
    BN_free(prime);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair *pair = pair_new();
        size_t empty;

        pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, cases[i].proposal);
        pair_start(pair);
        empty = ike_endpoint_memory(pair->b.ike);
        pair_initiate(pair, &pair->a);
        offer_value(pair, crypto_bytes(cases[i].value, cases[i].len), cases[i].with_ke);
        assert_int_equal(pair->flight_count, 0);
        assert_int_equal(party_count(&pair->b, TRACE_IKE_MESSAGE_DROPPED_EVENT), 1);
        assert_int_equal(ike_endpoint_sa_with(pair->b.ike, &pair->a.address), 0);
        /* Only the empty tables may have grown. */
        assert_true(ike_endpoint_memory(pair->b.ike) - empty <= sizeof(void *[6][4]));
        pair_free(pair);
    }
}

/* ---- what IKE_AUTH carries besides ---- */

/* W-08, C08: the size is announced in IKE_AUTH by both; one is not announced. */
static void both_ends_announce_their_window_in_ike_auth_2_3(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair->a.policy.window = 4;
    pair->b.policy.window = 7;
    pair_start(pair);
    pair_establish(pair, NULL);
    assert_string_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                        "SK{IDi IDr AUTH SA TSi TSr N(SET_WINDOW_SIZE)}");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                        "SK{IDr AUTH SA TSi TSr N(SET_WINDOW_SIZE)}");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_WINDOW_ANNOUNCED_EVENT)->text, "peer");
    assert_int_equal(party_last(&pair->a, TRACE_IKE_WINDOW_ANNOUNCED_EVENT)->number, 7);
    pair_free(pair);
}

/* Further children that the policy starts follow in CREATE_CHILD_SA by themselves. */
static void all_children_that_start_are_made_1_3_1(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    for (size_t i = 1; i < 3; i++) {
        static const char *const names[] = {"", "voice", "video"};

        pair->a.children[i] = pair->a.children[0];
        pair->a.children[i].name = names[i];
    }
    pair->a.policy.child_count = 3;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    assert_int_equal(party_children(&pair->a, sa), 3);
    assert_int_equal(party_children(&pair->b, gateway), 3);
    assert_true(ike_endpoint_has_child(pair->a.ike, sa, "video"));
    assert_keys_agree(pair, sa, gateway);
    pair_free(pair);
}

/* ---- costs and memory ---- */

/* Design §7: an idle pair keeps keys and little else. */
static void an_idle_sa_is_small(void **state)
{
    struct pair *pair = pair_new();
    size_t empty, idle;

    (void)state;
    pair_start(pair);
    empty = ike_endpoint_memory(pair->b.ike);
    pair_establish(pair, NULL);
    pair_wait(pair, pair->b.policy.response_keep);
    idle = ike_endpoint_memory(pair->b.ike) - empty;
    print_message("idle IKE SA with one CHILD SA: %zu octets\n", idle);
    assert_true(idle < 2048);
    pair_free(pair);
}

/* Design §3: what an operation costs is counted in the order in which it was done. */
static void the_costs_of_a_message_are_counted(void **state)
{
    struct pair *pair = pair_new();
    bool seen[CRYPTO_COST_KINDS] = {false};

    (void)state;
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    assert_int_equal(pair->a.costs.items[0].kind, CRYPTO_COST_KEYGEN);
    pair_deliver_to(&pair->b);
    for (size_t i = 0; i < pair->b.costs.count; i++) {
        seen[pair->b.costs.items[i].kind] = true;
    }
    assert_int_equal(pair->b.costs.items[0].kind, CRYPTO_COST_PARSE);
    assert_true(seen[CRYPTO_COST_KEYGEN] && seen[CRYPTO_COST_DERIVE] && seen[CRYPTO_COST_PRF]);
    assert_false(seen[CRYPTO_COST_SEAL] || seen[CRYPTO_COST_OPEN]);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_messages_make_an_ike_sa_and_its_child_1_2),
        cmocka_unit_test(the_first_messages_have_the_form_of_3_1),
        cmocka_unit_test(both_ends_derive_the_same_keys_in_every_suite_2_14_2_17),
        cmocka_unit_test(each_end_seals_with_its_own_keys_2_14),
        cmocka_unit_test(the_same_draws_make_the_same_bytes),
        cmocka_unit_test(other_sas_change_no_byte_of_this_one),
        cmocka_unit_test(the_responder_takes_the_proposal_that_it_likes_best_2_7),
        cmocka_unit_test(invalid_ke_payload_is_followed_1_2),
        cmocka_unit_test(the_replaced_request_leaves_no_timer_behind),
        cmocka_unit_test(no_iv_of_an_aead_is_used_twice_rfc5282_3),
        cmocka_unit_test(invalid_ke_payload_is_followed_within_bounds_2_7),
        cmocka_unit_test(no_proposal_chosen_ends_the_attempt_when_its_tries_are_used_up_2_21_1),
        cmocka_unit_test(a_forged_error_does_not_stop_the_true_answer_2_21_1),
        cmocka_unit_test(a_request_that_cannot_be_makes_no_sa_3_1_2_10),
        cmocka_unit_test(a_bad_public_value_makes_no_sa_rfc6989_2_5),
        cmocka_unit_test(both_ends_announce_their_window_in_ike_auth_2_3),
        cmocka_unit_test(all_children_that_start_are_made_1_3_1),
        cmocka_unit_test(an_idle_sa_is_small),
        cmocka_unit_test(the_costs_of_a_message_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
