/* INFORMATIONAL (RFC 7296 §1.4): liveness, Delete from either end and crossed. */
#include "ike/sa.h"
#include "tests/ike/pair.h"

/* Both ends hold `children` CHILD SAs, the same ones. */
static void assert_children(struct pair *pair, uint64_t sa, uint64_t gateway, size_t children)
{
    assert_int_equal(party_children(&pair->a, sa), children);
    assert_int_equal(party_children(&pair->b, gateway), children);
    assert_int_equal(pair->a.installed_count, children);
    assert_int_equal(pair->b.installed_count, children);
    for (size_t i = 0; i < children; i++) {
        assert_int_equal(pair->a.installed[i].spi_in, pair->b.installed[i].spi_out);
    }
}

/* ---- liveness ---- */

/* K01, A08: an empty request has an empty answer, from either end. */
static void an_empty_request_has_an_empty_answer_1_4(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_check_liveness(&pair->a, sa);
    pair_deliver_to(&pair->b);
    assert_string_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text, "SK{}");
    assert_int_equal(pair->b.accepted, 1);
    pair_deliver_to(&pair->a);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text, "SK{}");
    assert_int_equal(pair->a.accepted, 2);
    /* C01: the responder's first request has Message ID 0. */
    pair_check_liveness(&pair->b, gateway);
    assert_int_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_SENT_EVENT)->message_id, 0);
    pair_settle(pair);
    assert_children(pair, sa, gateway, 1);
    pair_free(pair);
}

/* D05: silence for dpd_delay makes the end that notices ask; D08: traffic makes the question moot.
 */
static void silence_makes_an_end_ask_2_4(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair->a.policy.dpd_delay = 10 * SECOND;
    pair_start(pair);
    pair_establish(pair, NULL);
    pair_wait(pair, 10 * SECOND - 1);
    assert_int_equal(pair->flight_count, 0);
    pair_wait(pair, 1);
    assert_int_equal(pair->flight_count, 1);
    pair_settle(pair);

    /* ESP packets come in at 13 s and 19 s: the next question is due 10 s after the last. */
    pair_wait(pair, 3 * SECOND);
    ike_endpoint_child_heard(pair->a.ike, pair->now, pair->a.installed[0].spi_in);
    pair_wait(pair, 6 * SECOND);
    ike_endpoint_child_heard(pair->a.ike, pair->now, pair->a.installed[0].spi_in);
    pair_wait(pair, 10 * SECOND - 1);
    assert_int_equal(pair->flight_count, 0);
    pair_wait(pair, 1);
    assert_int_equal(pair->flight_count, 1);
    pair_free(pair);
}

/* RT-07, D08: the peer's own requests are signs of life too; forged messages are none. */
static void only_authentic_messages_are_signs_of_life_2_4(void **state)
{
    struct pair *pair = pair_new();
    struct flight forged;
    uint64_t gateway;

    (void)state;
    pair->a.policy.dpd_delay = 10 * SECOND;
    pair_start(pair);
    pair_establish(pair, &gateway);
    pair_wait(pair, 6 * SECOND);
    pair_check_liveness(&pair->b, gateway);
    forged = pair->flights[0];
    pair_settle(pair);
    pair_wait(pair, 6 * SECOND);
    assert_int_equal(pair->flight_count, 0); /* heard 6 s ago */
    forged.bytes[23] = 1;                    /* the next Message ID, but no valid ICV */
    pair_inject(&pair->a, forged.bytes, forged.len);
    pair_wait(pair, 4 * SECOND);
    assert_int_equal(pair->flight_count, 1);
    pair_free(pair);
}

/* §2.4: a request that is out asks already; no second question is put beside it. */
static void an_unanswered_request_is_question_enough_2_4(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->a.policy.dpd_delay = 10 * SECOND;
    pair->a.policy.retransmit_timeout = 100 * SECOND;
    pair->b.policy.window = 4;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    pair_wait(pair, 5 * SECOND);
    pair_check_liveness(&pair->a, sa);
    pair_wait(pair, 50 * SECOND);
    assert_int_equal(pair->flight_count, 1);
    pair_free(pair);
}

/* D03: a dead peer is found out, and its SAs are removed. */
static void a_dead_peer_is_found_out_2_4(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->a.policy.dpd_delay = 10 * SECOND;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    pair_wait(pair, 10 * SECOND + 15 * SECOND);
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.installed_count, 0);
    assert_string_equal(pair->a.gone_why, "a request stayed unanswered to the end");
    pair_free(pair);
}

/* K10: what is not understood is passed over and answered. */
static void write_unknown(struct ike_builder *builder, const void *context)
{
    (void)context;
    ike_build_raw(builder, 200, false, crypto_bytes("unknown", 7));
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), 16383, crypto_bytes("error", 5));
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), 65535, crypto_bytes("status", 6));
    ike_build_vendor(builder, crypto_bytes("nobody", 6));
}

static void unknown_payloads_are_passed_over_2_5(void **state)
{
    struct pair *pair = pair_new();
    struct party_state before, after;
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    before = party_state(&pair->b, gateway);
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = sa,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 2,
                                      .write = write_unknown});
    assert_string_equal(last_sent(&pair->b), "SK{}");
    after = party_state(&pair->b, gateway);
    after.memory = before.memory; /* the answer is kept, in place of the last one */
    assert_same_state(&before, &after);
    pair_free(pair);
}

/* ---- Delete of a CHILD SA ---- */

/*
 *  K02, CD-01
 *    |---- SK{D(ESP, alice's SPI)} --->|   removed
 *    |<--- SK{D(ESP, gw's SPI)} -------|
 *  removed
 */
static void a_child_is_deleted_from_either_end_1_4_1(void **state)
{
    (void)state;
    for (int from_gateway = 0; from_gateway < 2; from_gateway++) {
        struct pair *pair = pair_new();
        struct party *deleter = from_gateway ? &pair->b : &pair->a;
        uint64_t sa, gateway;

        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        pair_delete_child(deleter, from_gateway ? gateway : sa, "net");
        assert_int_equal(deleter->installed_count, 1); /* its inbound half works on */
        assert_false(ike_endpoint_has_child(deleter->ike, from_gateway ? gateway : sa, "net"));
        pair_deliver_to(pair_other(deleter));
        assert_int_equal(pair_other(deleter)->installed_count, 0);
        assert_string_equal(last_sent(pair_other(deleter)), "SK{D}");
        pair_deliver_to(deleter);
        assert_children(pair, sa, gateway, 0);
        assert_true(party_established(&pair->a, sa));
        assert_true(party_established(&pair->b, gateway));
        pair_free(pair);
    }
}

/*
 *  K06, CD-02: both delete the same pair
 *    |---- SK{D} ---\   /--- SK{D} ----|
 *    |<--------------\-/               |
 *    |                X--------------->|
 *    |---- SK{} -----\ /---- SK{} -----|   no Delete in the answers
 */
static void crossed_deletes_are_answered_without_delete_1_4_1(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_delete_child(&pair->a, sa, "net");
    pair_delete_child(&pair->b, gateway, "net");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{}");
    pair_deliver_to(&pair->a);
    assert_string_equal(last_sent(&pair->a), "SK{}");
    pair_settle(pair);
    assert_children(pair, sa, gateway, 0);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(party_count(&pair->a, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
    pair_free(pair);
}

/* CD-03: one Delete arrives when the other's exchange is over. */
static void a_late_delete_finds_nothing_and_is_answered_empty_2_25_1(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_delete_child(&pair->a, sa, "net");
    pair_delete_child(&pair->b, gateway, "net");
    pair_deliver_to(&pair->a); /* gw's Delete */
    pair_deliver(pair, 1);     /* alice's answer; her own Delete is late */
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{}");
    pair_settle(pair);
    assert_children(pair, sa, gateway, 0);
    pair_free(pair);
}

struct spis {
    size_t len;
    uint8_t bytes[16];
};

static void write_delete(struct ike_builder *builder, const void *context)
{
    const struct spis *spis = context;

    ike_build_delete(builder, IKE_PROTOCOL_ESP, 4, crypto_bytes(spis->bytes, spis->len));
}

/* K03: of several SPIs the known ones are deleted and answered, the unknown one is passed over. */
static void several_spis_may_be_deleted_at_once_1_4_1(void **state)
{
    struct pair *pair = pair_new();
    struct spis spis = {.len = 12};
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_create_child(&pair->a, sa, "net");
    pair_settle(pair);
    for (size_t i = 0; i < 2; i++) {
        uint32_t spi = pair->a.installed[i].spi_in;

        for (size_t k = 0; k < 4; k++) {
            spis.bytes[8 * i + k] = (uint8_t)(spi >> (24 - 8 * k));
        }
    }
    memcpy(spis.bytes + 4, "none", 4);
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = sa,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 3,
                                      .write = write_delete,
                                      .context = &spis});
    assert_int_equal(pair->b.installed_count, 0);
    assert_string_equal(last_sent(&pair->b), "SK{D}");
    /* Header, SK header, IV, Delete with two SPIs, Pad Length, ICV. */
    assert_int_equal(pair->flights[0].len, 28 + 4 + 8 + (8 + 2 * 4) + 1 + 16);
    pair_free(pair);
}

/* ---- Delete of the IKE SA ---- */

/*
 *  K04, ID-01
 *    |---- SK{D(IKE)} --->|   CLOSED, children removed
 *    |<--- SK{} ----------|
 *  CLOSED, children removed
 */
static void the_ike_sa_is_deleted_from_either_end_with_its_children_1_4_1(void **state)
{
    (void)state;
    for (int from_gateway = 0; from_gateway < 2; from_gateway++) {
        struct pair *pair = pair_new();
        struct party *deleter = from_gateway ? &pair->b : &pair->a;
        struct party *other = pair_other(deleter);
        uint64_t sa, gateway;

        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        pair_delete_sa(deleter, from_gateway ? gateway : sa);
        assert_int_equal(deleter->gone, 0); /* not before the answer */
        pair_deliver_to(other);
        assert_int_equal(other->gone, 1);
        assert_int_equal(other->installed_count, 0);
        assert_string_equal(last_sent(other), "SK{}");
        pair_deliver_to(deleter);
        assert_int_equal(deleter->gone, 1);
        assert_true(deleter->gone_was_established);
        assert_int_equal(deleter->installed_count, 0);
        assert_false(party_knows(&pair->a, sa));
        assert_false(party_knows(&pair->b, gateway));
        assert_int_equal(party_count(&pair->a, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        assert_int_equal(party_count(&pair->b, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        pair_free(pair);
    }
}

/* RT-02: the answer to a Delete may be lost like any other; the SA that is gone still repeats it,
 * and forgets it after response_keep. */
static void a_lost_answer_to_delete_is_repeated_2_1(void **state)
{
    struct pair *pair = pair_new();
    struct flight answer;
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_delete_sa(&pair->a, sa);
    pair_deliver_to(&pair->b);
    answer = pair->flights[0];
    pair_lose(pair, 0);
    pair_wait(pair, SECOND);
    pair_deliver_to(&pair->b);
    assert_int_equal(pair->flight_count, 1);
    assert_memory_equal(pair->flights[0].bytes, answer.bytes, answer.len);
    assert_int_equal(pair->b.gone, 1); /* once */
    pair_settle(pair);
    assert_int_equal(pair->a.gone, 1);
    pair_wait(pair, 2 * pair->b.policy.response_keep);
    assert_int_equal(
        ike_endpoint_sa_of(pair->b.ike,
                           &(struct ike_datagram){.source = pair->a.address,
                                                  .destination = pair->b.address,
                                                  .bytes = crypto_bytes(answer.bytes, 28)}),
        0);
    pair_free(pair);
}

/* §2.1: copies of the messages that made an SA may be older than its end. They do not make it
 * again, whoever ended it. */
static void late_copies_do_not_raise_a_closed_sa_2_1(void **state)
{
    (void)state;
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        struct pair *pair = pair_new();
        struct flight init, auth;
        struct party_state before, after;
        uint64_t sa, gateway;

        pair_start(pair);
        sa = pair_initiate(pair, &pair->a);
        init = pair->flights[0];
        pair_deliver_to(&pair->b);
        pair_deliver_to(&pair->a);
        auth = pair->flights[0];
        pair_settle(pair);
        gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
        pair_delete_sa(by_gateway ? &pair->b : &pair->a, by_gateway ? gateway : sa);
        pair_settle(pair);
        assert_false(party_knows(&pair->b, gateway));
        pair_wait(pair, SECOND);
        before = party_state(&pair->b, gateway);
        pair_inject(&pair->b, init.bytes, init.len);
        pair_inject(&pair->b, auth.bytes, auth.len);
        after = party_state(&pair->b, gateway);
        assert_same_state(&before, &after);
        assert_int_equal(ike_endpoint_sa_with(pair->b.ike, &pair->a.address), 0);
        /* Kept for as long as a response would be, and no longer. */
        pair_wait(pair, 2 * pair->b.policy.response_keep);
        assert_true(before.memory - ike_endpoint_memory(pair->b.ike) > sizeof(struct ike_sa));
        pair_free(pair);
    }
}

/*
 *  ID-02: both delete the IKE SA
 *    |---- SK{D} ---\  /--- SK{D} -----|
 *  each answers empty and forgets its own request
 */
static void crossed_deletes_of_the_ike_sa_are_both_answered_2_25_2(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_delete_sa(&pair->a, sa);
    pair_delete_sa(&pair->b, gateway);
    pair_deliver_to(&pair->a);
    assert_false(party_knows(&pair->a, sa));
    pair_deliver_to(&pair->b);
    assert_false(party_knows(&pair->b, gateway));
    pair_settle(pair);
    pair_wait(pair, 30 * SECOND);
    assert_int_equal(pair->flight_count, 0); /* nothing is sent again */
    assert_int_equal(pair->a.gone, 1);
    assert_int_equal(pair->b.gone, 1);
    assert_int_equal(pair->a.installed_count + pair->b.installed_count, 0);
    pair_free(pair);
}

/* CD-12: alice wants a child more while gw closes the IKE SA. */
static void a_child_is_refused_while_the_ike_sa_is_being_closed_2_25_2(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_create_child(&pair->a, sa, "net");
    pair_delete_sa(&pair->b, gateway);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{N(TEMPORARY_FAILURE)}");
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa));
    assert_false(party_knows(&pair->b, gateway));
    assert_int_equal(pair->a.installed_count + pair->b.installed_count, 0);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT), 1);
    pair_free(pair);
}

/* What waits in the queue when the SA is to go is not sent any more. */
static void deleting_the_ike_sa_forgets_what_waits(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    pair_check_liveness(&pair->a, sa);
    pair_create_child(&pair->a, sa, "net");
    pair_delete_sa(&pair->a, sa);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT), 1);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    assert_string_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text, "SK{D}");
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa));
    pair_free(pair);
}

static void orders_need_an_established_sa(void **state)
{
    struct pair *pair = pair_new();
    struct ike_actions actions = {0};
    const char *why = NULL;
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    assert_int_equal(ike_endpoint_delete_sa(pair->a.ike, pair->now, sa, &actions, &why), -1);
    assert_string_equal(why, "the IKE SA is not established yet");
    pair_settle(pair);
    assert_int_equal(ike_endpoint_delete_child(pair->a.ike, pair->now, sa, "x", &actions, &why),
                     -1);
    assert_string_equal(why, "the IKE SA has no such CHILD SA");
    assert_int_equal(ike_endpoint_create_child(pair->a.ike, pair->now, sa, "x", &actions, &why),
                     -1);
    assert_string_equal(why, "there is no such child in the configuration");
    pair_delete_sa(&pair->a, sa);
    assert_int_equal(ike_endpoint_delete_sa(pair->a.ike, pair->now, sa, &actions, &why), -1);
    assert_string_equal(why, "the IKE SA is being deleted");
    pair_settle(pair);
    assert_int_equal(ike_endpoint_delete_sa(pair->a.ike, pair->now, sa, &actions, &why), -1);
    assert_string_equal(why, "there is no such IKE SA");
    assert_int_equal(actions.count, 0);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_request_has_an_empty_answer_1_4),
        cmocka_unit_test(silence_makes_an_end_ask_2_4),
        cmocka_unit_test(only_authentic_messages_are_signs_of_life_2_4),
        cmocka_unit_test(an_unanswered_request_is_question_enough_2_4),
        cmocka_unit_test(a_dead_peer_is_found_out_2_4),
        cmocka_unit_test(unknown_payloads_are_passed_over_2_5),
        cmocka_unit_test(a_child_is_deleted_from_either_end_1_4_1),
        cmocka_unit_test(crossed_deletes_are_answered_without_delete_1_4_1),
        cmocka_unit_test(a_late_delete_finds_nothing_and_is_answered_empty_2_25_1),
        cmocka_unit_test(several_spis_may_be_deleted_at_once_1_4_1),
        cmocka_unit_test(the_ike_sa_is_deleted_from_either_end_with_its_children_1_4_1),
        cmocka_unit_test(a_lost_answer_to_delete_is_repeated_2_1),
        cmocka_unit_test(late_copies_do_not_raise_a_closed_sa_2_1),
        cmocka_unit_test(crossed_deletes_of_the_ike_sa_are_both_answered_2_25_2),
        cmocka_unit_test(a_child_is_refused_while_the_ike_sa_is_being_closed_2_25_2),
        cmocka_unit_test(deleting_the_ike_sa_forgets_what_waits),
        cmocka_unit_test(orders_need_an_established_sa),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
