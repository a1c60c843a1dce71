/* What ends tell each other when they have lost each other: INVALID_IKE_SPI, INVALID_SPI and
 * INVALID_MAJOR_VERSION in the clear, INVALID_MESSAGE_ID in the IKE SA (RFC 7296 §1.5, §2.3, §2.5,
 * §2.21.4). */
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/crossing.h"
#include "tests/ike/opened.h"

/* gw has forgotten the SA, as after a crash, and alice asks whether it is alive: her request. */
static struct pair *pair_with_forgetful_gateway(uint64_t *sa, struct flight *request)
{
    struct pair *pair = pair_new();

    pair_start(pair);
    *sa = pair_establish(pair, NULL);
    ike_endpoint_free(pair->b.ike);
    pair->timer_count = 0;
    pair->b.installed_count = 0;
    pair->b.ike = ike_endpoint_new(&(struct ike_endpoint_options){
        .crypto = pair->crypto,
        .entropy = pair->b.entropy,
        .observer = &pair->b.observer,
        .policy = &pair->b.policy,
        .self = &pair->b.self,
    });
    pair_check_liveness(&pair->a, *sa);
    *request = pair->flights[0];
    return pair;
}

/*
 *  D10: gw was restarted
 *    |---- SK{} ------------------>|   no such SPI
 *    |<------ N(INVALID_IKE_SPI) --|   in the clear; SPIs, Message ID, exchange as they came, R
 */
static void a_request_for_no_sa_is_answered_invalid_ike_spi_2_21_4(void **state)
{
    struct flight request, answer;
    uint64_t sa;
    struct pair *pair = pair_with_forgetful_gateway(&sa, &request);

    (void)state;
    pair_deliver_to(&pair->b);
    assert_string_equal(last_dropped(&pair->b), "no_sa");
    assert_int_equal(pair->flight_count, 1);
    answer = pair->flights[0];
    assert_string_equal(last_sent(&pair->b), "N(INVALID_IKE_SPI)");
    assert_int_equal(answer.len, 28 + 8);
    assert_memory_equal(answer.bytes, request.bytes, 16);
    assert_int_equal(answer.bytes[16], IKE_PAYLOAD_NOTIFY);
    assert_int_equal(answer.bytes[17], 0x20);
    assert_int_equal(answer.bytes[18], IKE_EXCHANGE_INFORMATIONAL);
    assert_int_equal(answer.bytes[19], IKE_FLAG_RESPONSE);
    assert_memory_equal(answer.bytes + 20, request.bytes + 20, 4);
    pair_free(pair);
}

/* §2.21.4: responses are never answered, nor what is not encrypted, and nobody more than once a
 * second. */
static void hints_are_sent_rarely_and_never_to_responses_2_21_4(void **state)
{
    struct flight request, other;
    uint64_t sa;
    struct pair *pair = pair_with_forgetful_gateway(&sa, &request);

    (void)state;
    pair_lose(pair, 0);
    other = request;
    other.bytes[19] |= IKE_FLAG_RESPONSE;
    pair_inject(&pair->b, other.bytes, other.len);
    other = request;
    other.bytes[16] = IKE_PAYLOAD_VENDOR;
    pair_inject(&pair->b, other.bytes, other.len);
    assert_int_equal(pair->flight_count, 0);
    for (int i = 0; i < 10; i++) {
        pair_inject(&pair->b, request.bytes, request.len);
    }
    assert_int_equal(pair->flight_count, 1);
    pair->now += IKE_HINT_INTERVAL;
    pair_inject(&pair->b, request.bytes, request.len);
    assert_int_equal(pair->flight_count, 2);
    pair_free(pair);
}

/* A message with zeros for SPIs, as anybody could write it. */
static void inject_invalid_spi(struct party *party, uint32_t spi, bool response)
{
    struct ike_builder builder;
    uint8_t bytes[64], about[4];

    ike_store_u32(about, spi);
    ike_builder_begin(&builder, bytes, sizeof(bytes),
                      &(struct ike_header){.major = 2,
                                           .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                           .initiator = true,
                                           .response = response});
    ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_INVALID_SPI,
                     crypto_bytes(about, sizeof(about)));
    pair_inject(party, bytes, ike_builder_finish(&builder));
}

/*
 *  D11: gw was restarted, and has no IKE SA with alice to say it in
 *    |==== ESP 12345678 ==========>|   no such SPI
 *    |<----- N(INVALID_SPI) -------|   in the clear, SPIs of zeros, I and not R, once in ten
 * seconds
 */
static void an_unknown_spi_without_an_ike_sa_is_told_in_the_clear_1_5(void **state)
{
    static const uint8_t zeros[16], spi[] = {0x12, 0x34, 0x56, 0x78};
    struct flight request;
    uint64_t sa;
    struct pair *pair = pair_with_forgetful_gateway(&sa, &request);

    (void)state;
    pair_lose(pair, 0);
    pair_unknown_spi(&pair->b, 0x12345678);
    assert_int_equal(pair->flight_count, 0); /* the policy does not want it */
    pair->b.policy.tell_unknown_spi = true;
    for (int i = 0; i < 10; i++) {
        pair_unknown_spi(&pair->b, 0x12345678);
    }
    assert_int_equal(pair->flight_count, 1);
    assert_string_equal(last_sent(&pair->b), "N(INVALID_SPI)");

    const struct flight *told = &pair->flights[0];
    assert_int_equal(told->len, 28 + 8 + 4);
    assert_memory_equal(told->bytes, zeros, 16);
    assert_int_equal(told->bytes[16], IKE_PAYLOAD_NOTIFY);
    assert_int_equal(told->bytes[17], 0x20);
    assert_int_equal(told->bytes[18], IKE_EXCHANGE_INFORMATIONAL);
    assert_int_equal(told->bytes[19], IKE_FLAG_INITIATOR);
    assert_memory_equal(told->bytes + 20, zeros, 4);
    assert_memory_equal(told->bytes + 36, spi, 4);
    /* It takes nothing from the answers to requests (§2.21.4). */
    pair_inject(&pair->b, request.bytes, request.len);
    assert_int_equal(pair->flight_count, 2);
    assert_string_equal(last_sent(&pair->b), "N(INVALID_IKE_SPI)");
    pair->now += IKE_HINT_CHECK_INTERVAL;
    pair_unknown_spi(&pair->b, 0x12345678);
    assert_int_equal(pair->flight_count, 3);
    pair_free(pair);
}

/*
 *  D11: somebody says that gw does not know an SPI of alice's
 *    |<--- N(INVALID_SPI) -------- ?   a hint: never answered, once in ten seconds it is asked
 *    |---- SK{} ----------------->|
 *    |<--- SK{} ------------------|   gw is alive: nothing has changed
 */
static void an_invalid_spi_in_the_clear_is_a_hint_1_5(void **state)
{
    struct crossing c = crossing_new(1);
    struct party_state before = party_state(c.a, c.sa), after;
    uint32_t spi_out = c.a->installed[0].spi_out;

    (void)state;
    inject_invalid_spi(c.a, spi_out ^ 1, false); /* of no CHILD SA */
    inject_invalid_spi(c.a, spi_out, true);      /* no response is a hint of that kind */
    assert_int_equal(c.pair->flight_count, 0);
    for (int i = 0; i < 10; i++) {
        inject_invalid_spi(c.a, spi_out, false);
        assert_string_equal(last_dropped(c.a), "unprotected");
    }
    assert_int_equal(c.pair->flight_count, 1);
    assert_string_equal(last_sent(c.a), "SK{}");
    pair_settle(c.pair);
    after = party_state(c.a, c.sa);
    assert_int_equal(after.installed, before.installed);
    assert_int_equal(after.info.child_count, before.info.child_count);
    crossing_free(&c);
}

/* E02, E03: a request of a higher major version is answered with the one that we speak; one of
 * version 1 is not ours to answer. */
static void a_higher_major_version_is_answered_with_ours_2_5(void **state)
{
    static const struct {
        uint8_t version;
        bool response, answered;
    } cases[] = {{0x30, false, true},
                 {0xf0, false, true},
                 {0x30, true, false},
                 {0x10, false, false},
                 {0x00, false, false}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair *pair = pair_new();
        struct flight request;

        pair_start(pair);
        pair_initiate(pair, &pair->a);
        request = pair->flights[0];
        pair_lose(pair, 0);
        request.bytes[17] = cases[i].version;
        request.bytes[19] |= cases[i].response ? IKE_FLAG_RESPONSE : 0;
        pair_inject(&pair->b, request.bytes, request.len);
        assert_string_equal(last_dropped(&pair->b), "version");
        assert_int_equal(pair->flight_count, cases[i].answered);
        if (cases[i].answered) {
            const uint8_t *answer = pair->flights[0].bytes;

            assert_string_equal(last_sent(&pair->b), "N(INVALID_MAJOR_VERSION)");
            assert_memory_equal(answer, request.bytes, 16);
            assert_int_equal(answer[17], 0x20);
            assert_int_equal(pair->flights[0].len, 28 + 8);
            /* And alice, who speaks no other version, does not believe it. */
            pair_deliver_to(&pair->a);
            assert_string_equal(last_dropped(&pair->a), "unauthenticated");
        }
        assert_int_equal(ike_endpoint_sa_with(pair->b.ike, &pair->a.address), 0);
        pair_free(pair);
    }
}

/* An unprotected INVALID_IKE_SPI for the SA of a party, as anybody could write it. */
static void inject_invalid_ike_spi(struct party *party, uint64_t sa, uint32_t message_id)
{
    struct ike_builder builder;
    struct ike_sa_info info;
    uint8_t bytes[64];

    assert_true(ike_endpoint_sa_info(party->ike, sa, &info));
    ike_builder_begin(&builder, bytes, sizeof(bytes),
                      &(struct ike_header){.spi_i = info.spi_i,
                                           .spi_r = info.spi_r,
                                           .major = 2,
                                           .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                           .initiator = !info.initiator,
                                           .response = true,
                                           .message_id = message_id});
    ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_INVALID_IKE_SPI,
                     crypto_bytes(NULL, 0));
    pair_inject(party, bytes, ike_builder_finish(&builder));
}

/*
 *  D02, RT-06: somebody says that gw has lost the SA
 *    |<--- N(INVALID_IKE_SPI) --- ?   a hint, no more
 *    |---- SK{} ------------------>|
 *    |<--------------------- SK{} -|   it lives
 */
static void an_unprotected_invalid_ike_spi_leads_to_a_liveness_check_2_4(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    inject_invalid_ike_spi(&pair->a, sa, 2);
    assert_true(party_established(&pair->a, sa));
    assert_string_equal(last_dropped(&pair->a), "unprotected");
    assert_int_equal(pair->flight_count, 1);
    assert_string_equal(last_sent(&pair->a), "SK{}");
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_true(party_established(&pair->b, gateway));
    pair_free(pair);
}

/* D07: a flood of them makes one check in ten seconds, and none while another request is out. */
static void a_flood_of_hints_makes_few_checks_2_4(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    for (uint32_t i = 0; i < 100; i++) {
        inject_invalid_ike_spi(&pair->a, sa, i);
        pair_settle(pair);
    }
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->own.next, 3);
    pair->now += IKE_HINT_CHECK_INTERVAL;
    inject_invalid_ike_spi(&pair->a, sa, 0);
    inject_invalid_ike_spi(&pair->a, sa, 3);
    assert_int_equal(pair->flight_count, 1);
    pair->now += IKE_HINT_CHECK_INTERVAL;
    inject_invalid_ike_spi(&pair->a, sa, 3); /* the check is still out */
    assert_int_equal(pair->flight_count, 1);
    pair_free(pair);
}

/* D12: gw was restarted; the hint brings alice to ask, and silence to the end takes the SA away. */
static void a_lost_sa_is_given_up_after_a_hint_2_4(void **state)
{
    struct flight request;
    uint64_t sa;
    struct pair *pair = pair_with_forgetful_gateway(&sa, &request);

    (void)state;
    for (int i = 0; i < 5; i++) {
        pair_settle(pair);
        pair_wait(pair, 8 * SECOND);
    }
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.installed_count, 0);
    sa = pair_establish(pair, NULL);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* ---- ICMP errors ---- */

static void unreachable(struct party *party, const struct ike_datagram *sent)
{
    struct ike_actions actions = {0};

    ike_endpoint_unreachable(party->ike, party->pair->now, sent, "port unreachable", &actions);
    pair_carry_out(party, &actions);
}

/* What alice has sent to gw, or what an error quotes of it. */
static struct ike_datagram sent_to(const struct pair *pair, const struct flight *flight, size_t len)
{
    return (struct ike_datagram){.source = pair->a.address,
                                 .destination = pair->b.address,
                                 .bytes = {flight ? flight->bytes : NULL, len}};
}

static const char *last_outcome(const struct party *party)
{
    return party_last(party, TRACE_IKE_UNREACHABLE_EVENT)->text;
}

/*
 *  D01: somebody's kernel says that nobody listens at gw
 *    |---- SK{} ------------------>|
 *    |<--------------------- SK{} -|
 *    |<--- ICMP ------------------ ?   about the request
 *    |---- SK{} ------------------>|   is it true?
 *    |<--------------------- SK{} -|   no
 */
static void d01_an_icmp_error_leads_to_a_liveness_check_2_4(void **state)
{
    struct pair *pair = pair_new();
    struct ike_datagram quoted;
    struct flight request;
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_check_liveness(&pair->a, sa);
    request = pair->flights[0];
    pair_settle(pair);
    quoted = sent_to(pair, &request, 28); /* the IKE header is all that many a router quotes */
    unreachable(&pair->a, &quoted);
    assert_string_equal(last_outcome(&pair->a), "liveness is checked");
    assert_int_equal(pair->flight_count, 1);
    assert_string_equal(last_sent(&pair->a), "SK{}");
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_true(party_established(&pair->b, gateway));
    pair_free(pair);
}

/* D01, D07: a flood of errors makes one check in ten seconds; those about the check itself neither
 * hasten its repetitions nor end the SA. */
static void d01_a_flood_of_icmp_errors_ends_nothing_2_4(void **state)
{
    struct pair *pair = pair_new();
    struct ike_datagram esp;
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    esp = sent_to(pair, NULL, 0); /* an ESP packet says nothing of an IKE SA */
    for (int i = 0; i < 100; i++) {
        unreachable(&pair->a, &esp);
    }
    assert_int_equal(pair->flight_count, 1);
    assert_string_equal(last_outcome(&pair->a),
                        "a request is out already: it is sent again as if nothing had come");
    pair_settle(pair);
    for (int i = 0; i < 100; i++) {
        unreachable(&pair->a, &esp);
    }
    assert_int_equal(pair->flight_count, 0);
    assert_string_equal(last_outcome(&pair->a), "liveness has been checked a moment ago");
    pair->now += IKE_HINT_CHECK_INTERVAL;
    unreachable(&pair->a, &esp);
    assert_int_equal(pair->flight_count, 1);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* D01: gw is really gone; the SA ends when the check is unanswered to its end, and not before. */
static void d01_silence_to_the_end_takes_the_sa_away_2_4(void **state)
{
    struct pair *pair = pair_new();
    struct ike_datagram quoted;
    struct flight check;
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    quoted = sent_to(pair, NULL, 0);
    unreachable(&pair->a, &quoted);
    for (int i = 0; i < 5; i++) {
        assert_true(party_established(&pair->a, sa));
        assert_true(pair->flight_count > 0);
        check = pair->flights[0];
        while (pair->flight_count > 0) {
            pair_lose(pair, 0);
        }
        quoted = sent_to(pair, &check, check.len);
        unreachable(&pair->a, &quoted);
        pair_wait(pair, 8 * SECOND);
        if (!party_knows(&pair->a, sa)) {
            break;
        }
    }
    assert_false(party_knows(&pair->a, sa));
    pair_free(pair);
}

/* D01, §2.21.1: nor does one end an attempt, which goes on as if nothing had come. */
static void d01_an_icmp_error_ends_no_attempt_2_21(void **state)
{
    struct pair *pair = pair_new();
    struct ike_datagram quoted;
    struct flight request;
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    request = pair->flights[0];
    quoted = sent_to(pair, &request, request.len);
    unreachable(&pair->a, &quoted);
    assert_int_equal(pair->flight_count, 1);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* D01: what quotes nothing that an IKE SA of ours has sent is about nobody. */
static void d01_an_icmp_error_about_nothing_of_ours_is_ignored_2_4(void **state)
{
    static const char nobody[] = "no IKE SA of this host has sent what it quotes";
    struct pair *pair = pair_new();
    struct ike_datagram quoted;
    struct flight request, other;
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    pair_check_liveness(&pair->a, sa);
    request = pair->flights[0];
    pair_settle(pair);
    for (size_t len = 1; len < 16; len++) { /* too short for both SPIs */
        quoted = sent_to(pair, &request, len);
        unreachable(&pair->a, &quoted);
        assert_string_equal(last_outcome(&pair->a), nobody);
    }
    for (size_t i = 0; i < 16; i++) {
        other = request;
        other.bytes[i] ^= 1;
        quoted = sent_to(pair, &other, other.len);
        unreachable(&pair->a, &quoted);
        assert_string_equal(last_outcome(&pair->a), nobody);
    }
    for (size_t i = 0; i < 4; i++) { /* to somebody else, from somebody else; of IKE, of ESP */
        quoted = sent_to(pair, i / 2 ? NULL : &request, i / 2 ? 0 : request.len);
        (i % 2 ? &quoted.source : &quoted.destination)->ip[3] ^= 1;
        unreachable(&pair->a, &quoted);
        assert_string_equal(last_outcome(&pair->a), nobody);
    }
    assert_int_equal(pair->flight_count, 0);
    pair_free(pair);
}

static void forge(struct party *from, uint64_t sa, uint32_t message_id)
{
    pair_forge(&(struct pair_forgery){
        .from = from, .sa = sa, .exchange = IKE_EXCHANGE_INFORMATIONAL, .message_id = message_id});
}

/*
 *  C04, C09, W-05: alice has lost count
 *    |---- SK{}, Message ID 7 -------------->|   outside of the window: never acknowledged
 *    |<--- SK{N(INVALID_MESSAGE_ID 7)}, 0 ---|   an exchange of gw's own
 *    |---- SK{} ---------------------------->|
 */
static void a_request_above_the_window_is_complained_about_2_3(void **state)
{
    static const uint8_t seven[4] = {0, 0, 0, 7};
    struct pair *pair = pair_new();
    struct ike_sa *at_gateway;
    struct crypto_bytes data;
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    at_gateway = ike_sa_by_id(pair->b.ike, gateway);
    forge(&pair->a, sa, 7);
    assert_string_equal(last_dropped(&pair->b), "outside_window");
    assert_string_equal(last_sent(&pair->b), "SK{N(INVALID_MESSAGE_ID)}");
    assert_int_equal(pair->flights[0].bytes[19] & IKE_FLAG_RESPONSE, 0);
    assert_int_equal(at_gateway->peer.oldest, 2);
    data = opened_notify(&pair->b, gateway, IKE_NOTIFY_INVALID_MESSAGE_ID)->notify.data;
    assert_int_equal(data.len, 4);
    assert_memory_equal(data.data, seven, 4);
    pair_settle(pair);
    /* Rarely, and only about what is authentic. */
    forge(&pair->a, sa, 8);
    assert_int_equal(pair->flight_count, 0);
    pair->now += IKE_HINT_CHECK_INTERVAL;
    forge(&pair->a, sa, 9);
    assert_int_equal(pair->flight_count, 1);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_true(party_established(&pair->b, gateway));
    pair_free(pair);
}

static bool opens(const struct party *party)
{
    for (size_t i = 0; i < party->costs.count; i++) {
        if (party->costs.items[i].kind == CRYPTO_COST_OPEN) {
            return true;
        }
    }
    return false;
}

/* C09, D07: whoever has no keys brings nobody to complain; and where nothing would come of it,
 * nobody to compute either. */
static void a_forged_request_above_the_window_is_silence_2_3(void **state)
{
    struct pair *pair = pair_new();
    struct flight request;
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    pair_check_liveness(&pair->a, sa);
    request = pair->flights[0];
    request.bytes[23] = 9; /* Message ID: covered by the ICV */
    pair_lose(pair, 0);
    pair_inject(&pair->b, request.bytes, request.len);
    assert_string_equal(last_dropped(&pair->b), "bad_icv");
    assert_int_equal(pair->flight_count, 0);
    assert_true(opens(&pair->b));
    forge(&pair->a, sa, 7);
    assert_int_equal(pair->flight_count, 1);
    pair_settle(pair);
    pair_inject(&pair->b, request.bytes, request.len);
    assert_string_equal(last_dropped(&pair->b), "outside_window");
    assert_false(opens(&pair->b));
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_for_no_sa_is_answered_invalid_ike_spi_2_21_4),
        cmocka_unit_test(hints_are_sent_rarely_and_never_to_responses_2_21_4),
        cmocka_unit_test(an_unknown_spi_without_an_ike_sa_is_told_in_the_clear_1_5),
        cmocka_unit_test(an_invalid_spi_in_the_clear_is_a_hint_1_5),
        cmocka_unit_test(a_higher_major_version_is_answered_with_ours_2_5),
        cmocka_unit_test(an_unprotected_invalid_ike_spi_leads_to_a_liveness_check_2_4),
        cmocka_unit_test(a_flood_of_hints_makes_few_checks_2_4),
        cmocka_unit_test(a_lost_sa_is_given_up_after_a_hint_2_4),
        cmocka_unit_test(d01_an_icmp_error_leads_to_a_liveness_check_2_4),
        cmocka_unit_test(d01_a_flood_of_icmp_errors_ends_nothing_2_4),
        cmocka_unit_test(d01_silence_to_the_end_takes_the_sa_away_2_4),
        cmocka_unit_test(d01_an_icmp_error_ends_no_attempt_2_21),
        cmocka_unit_test(d01_an_icmp_error_about_nothing_of_ours_is_ignored_2_4),
        cmocka_unit_test(a_request_above_the_window_is_complained_about_2_3),
        cmocka_unit_test(a_forged_request_above_the_window_is_silence_2_3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
