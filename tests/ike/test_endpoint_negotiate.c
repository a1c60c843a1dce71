/* What IKE_SA_INIT agrees on, and what comes of it where the ends cannot agree, or one of them says
 * what cannot be (RFC 7296 §1.2, §2.7, §2.21.1; RFC 6989). */
#include <openssl/bn.h>

#include "ike/sa.h"
#include "tests/ike/pair.h"

static uint16_t read16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

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
    pair_assert_agreed(pair, sa, gateway);
    pair_wait(pair, 20 * SECOND); /* timers of the first request mean nothing any more */
    assert_int_equal(pair->flight_count, 0);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_RETRANSMISSION_EVENT), 0);
    pair_free(pair);
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
    pair_inject_notify(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD, crypto_bytes(ecp256, 2));
    assert_int_equal(pair->flight_count, 2);
    pair_wait(pair, SECOND - 1);
    assert_int_equal(pair->flight_count, 2);
    pair_wait(pair, 1);
    assert_int_equal(pair->flight_count, 3);
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
    pair_inject_notify(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD,
                       crypto_bytes(modp2048, 2)); /* not offered */
    pair_inject_notify(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD,
                       crypto_bytes(x25519, 2)); /* what we sent */
    pair_inject_notify(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD, crypto_bytes(x25519, 1)); /* no group */
    assert_int_equal(pair->flight_count, 0);
    for (int i = 0; i < 20; i++) { /* round in circles */
        pair_inject_notify(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD,
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
    pair_inject_notify(pair, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, crypto_bytes(NULL, 0));
    pair_inject_notify(pair, IKE_NOTIFY_INVALID_SYNTAX, crypto_bytes(NULL, 0));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_responder_takes_the_proposal_that_it_likes_best_2_7),
        cmocka_unit_test(invalid_ke_payload_is_followed_1_2),
        cmocka_unit_test(the_replaced_request_leaves_no_timer_behind),
        cmocka_unit_test(invalid_ke_payload_is_followed_within_bounds_2_7),
        cmocka_unit_test(no_proposal_chosen_ends_the_attempt_when_its_tries_are_used_up_2_21_1),
        cmocka_unit_test(a_forged_error_does_not_stop_the_true_answer_2_21_1),
        cmocka_unit_test(a_request_that_cannot_be_makes_no_sa_3_1_2_10),
        cmocka_unit_test(a_bad_public_value_makes_no_sa_rfc6989_2_5),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
