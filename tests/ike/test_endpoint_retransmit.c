/* Retransmission and the cached response (RFC 7296 §2.1, §2.4): loss, copies, giving up. */
#include <stdio.h>

#include "tests/ike/pair.h"

/* The newest datagram in flight has the very bytes of `before`. */
static void assert_sent_again(const struct pair *pair, const struct flight *before)
{
    const struct flight *again = &pair->flights[pair->flight_count - 1];

    assert_int_equal(again->len, before->len);
    assert_memory_equal(again->bytes, before->bytes, before->len);
    assert_int_equal(again->identity, before->identity);
}

static void assert_one_pair(const struct pair *pair, uint64_t sa)
{
    uint64_t gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);

    assert_true(party_established(&pair->a, sa));
    assert_true(party_established(&pair->b, gateway));
    assert_int_equal(party_children(&pair->a, sa), 1);
    assert_int_equal(party_children(&pair->b, gateway), 1);
    assert_int_equal(pair->a.installed_count, 1);
    assert_int_equal(pair->b.installed_count, 1);
    assert_int_equal(pair->a.installed[0].spi_in, pair->b.installed[0].spi_out);
    assert_memory_equal(pair->a.installed[0].key_in.encr_key, pair->b.installed[0].key_out.encr_key,
                        20);
    assert_int_equal(pair->b.established, 1);
}

/*
 *  B01, B03, RT-01, RT-02: whichever one of the four messages is lost, its request goes out again
 *  and both ends come to the same SAs as without loss.
 *    |---- IKE_SA_INIT --X            1 s later, the same bytes
 *    |         X-- IKE_SA_INIT --|    the request again, the response again, the same bytes
 *    |---- IKE_AUTH -----X
 *    |         X-- IKE_AUTH -----|
 */
static void any_one_of_the_four_messages_may_be_lost_2_1(void **state)
{
    (void)state;
    for (size_t lost = 0; lost < 4; lost++) {
        struct pair *pair = pair_new();
        struct flight request;
        uint64_t sa;

        pair_start(pair);
        sa = pair_initiate(pair, &pair->a);
        for (size_t n = 0; n < lost; n++) {
            pair_deliver(pair, 0);
        }
        request = pair->flights[0];
        pair_lose(pair, 0);
        assert_int_equal(pair->flight_count, 0);
        pair_wait(pair, SECOND - 1);
        assert_int_equal(pair->flight_count, 0); /* not before its time */
        pair_wait(pair, 1);
        assert_int_equal(pair->flight_count, 1);
        if (request.from == &pair->a) {
            assert_sent_again(pair, &request);
        } else {
            /* B04, B05: the responder repeats itself only when asked. */
            pair_deliver_to(&pair->b);
            assert_sent_again(pair, &request);
            assert_string_equal(last_dropped(&pair->b), "duplicate");
            assert_int_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_SENT_EVENT)->transmission, 2);
        }
        pair_settle(pair);
        assert_one_pair(pair, sa);
        pair_free(pair);
    }
}

/* Everything twice, everything three times: copies change nothing (RT-03). */
static void copies_of_every_message_change_nothing_2_1(void **state)
{
    (void)state;
    for (size_t copies = 1; copies <= 2; copies++) {
        struct pair *pair = pair_new();
        uint64_t sa;

        pair_start(pair);
        sa = pair_initiate(pair, &pair->a);
        /* The copies provoke copies of responses, which provoke nothing. */
        for (size_t step = 0; pair->flight_count; step++) {
            assert_true(step < 200);
            if (step < 4) {
                for (size_t n = 0; n < copies; n++) {
                    pair_deliver_copy(pair, 0);
                }
            }
            pair_deliver(pair, 0);
        }
        assert_one_pair(pair, sa);
        pair_free(pair);
    }
}

/* All messages of a set-up are replayed at the end, in order and backwards: nothing moves. (C06) */
static void a_replay_of_the_whole_set_up_changes_nothing_2_2(void **state)
{
    static struct flight recorded[4];
    struct pair *pair = pair_new();
    struct party_state before_a, before_b, after_a, after_b;
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    for (size_t n = 0; n < 4; n++) {
        recorded[n] = pair->flights[0];
        pair_deliver(pair, 0);
    }
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    before_a = party_state(&pair->a, sa);
    before_b = party_state(&pair->b, gateway);
    for (size_t n = 0; n < 8; n++) {
        const struct flight *old = &recorded[n < 4 ? n : 7 - n];

        pair_inject(old->to, old->bytes, old->len);
    }
    /* Only the IKE_AUTH response may be repeated, once for each copy of its request. */
    assert_int_equal(pair->flight_count, 2);
    assert_sent_again(pair, &recorded[3]);
    pair_settle(pair);
    after_a = party_state(&pair->a, sa);
    after_b = party_state(&pair->b, gateway);
    assert_same_state(&before_a, &after_a);
    assert_same_state(&before_b, &after_b);
    pair_free(pair);
}

/* B02, B10: once the answer is in, nothing goes out again, and a late second answer is ignored. */
static void an_answered_request_is_not_repeated_2_1(void **state)
{
    struct pair *pair = pair_new();
    struct flight response;
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_wait(pair, SECOND); /* sent twice */
    assert_int_equal(pair->flight_count, 2);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->b); /* answered twice */
    response = pair->flights[0];
    assert_sent_again(pair, &response);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->a);
    assert_string_equal(last_dropped(&pair->a), "duplicate");
    pair_settle(pair);
    assert_one_pair(pair, sa);
    pair_wait(pair, 60 * SECOND);
    assert_int_equal(pair->flight_count, 0);
    pair_free(pair);
}

/* B01, RT-05: 1 s, 2 s, 4 s, then after 8 s more all is given up, without a word to the peer. */
static void waiting_times_grow_until_the_sa_is_given_up_2_4(void **state)
{
    struct pair *pair = pair_new();
    const uint64_t waits[] = {1, 2, 4};
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    for (size_t i = 0; i < 3; i++) {
        const struct pair_event *again;

        pair_wait(pair, waits[i] * SECOND - 1);
        assert_int_equal(pair->flight_count, 1 + i);
        pair_wait(pair, 1);
        assert_int_equal(pair->flight_count, 2 + i);
        assert_sent_again(pair, &pair->flights[0]);
        again = party_last(&pair->a, TRACE_IKE_RETRANSMISSION_EVENT);
        assert_int_equal(again->transmission, 2 + i);
        assert_int_equal(again->number, waits[i] * SECOND);
    }
    pair_wait(pair, 8 * SECOND - 1);
    assert_true(party_knows(&pair->a, sa));
    pair_wait(pair, 1);
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->flight_count, 4);
    assert_int_equal(party_last(&pair->a, TRACE_IKE_GAVE_UP_EVENT)->transmission, 4);
    assert_int_equal(pair->a.gone, 1);
    assert_int_equal(pair->a.last_gone, sa);
    /* The answer that comes now finds nobody. */
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    assert_string_equal(last_dropped(&pair->a), "no_sa");
    pair_free(pair);
}

/* B09: a peer that has vanished takes the CHILD SAs with it, and no Delete is sent (§2.4). */
static void giving_up_removes_the_children_2_4(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    pair_check_liveness(&pair->a, sa);
    pair_wait(pair, 15 * SECOND);
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.installed_count, 0);
    assert_int_equal(pair->a.gone, 1);
    assert_true(pair->a.gone_was_established);
    for (size_t i = 0; i < pair->flight_count; i++) {
        assert_memory_equal(pair->flights[i].bytes, pair->flights[0].bytes, pair->flights[0].len);
    }
    pair_free(pair);
}

/* B06, B07, K08, RT-02: the cached response of each kind of exchange is repeated octet by octet,
 * and its request is not served twice. */
static void the_cached_response_is_repeated_bit_by_bit_2_1(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < 3; kind++) {
        struct pair *pair = pair_new();
        struct party_state before, after;
        struct flight request, response;
        uint64_t sa, gateway;

        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        if (kind == 0) {
            pair_create_child(&pair->a, sa, "net");
        } else if (kind == 1) {
            pair_delete_child(&pair->a, sa, "net");
        } else {
            pair_check_liveness(&pair->a, sa);
        }
        request = pair->flights[0];
        pair_deliver_to(&pair->b);
        response = pair->flights[0];
        pair_lose(pair, 0);
        before = party_state(&pair->b, gateway);
        pair_wait(pair, SECOND);
        assert_sent_again(pair, &request);
        pair_deliver_to(&pair->b);
        assert_sent_again(pair, &response);
        after = party_state(&pair->b, gateway);
        assert_same_state(&before, &after);
        assert_int_equal(pair->b.accepted, 0);
        /* The second transmission names the first. */
        assert_int_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_SENT_EVENT)->transmission, 2);
        assert_int_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_SENT_EVENT)->first.n,
                         party_last(&pair->b, TRACE_IKE_MESSAGE_DROPPED_EVENT)->first.n);
        pair_settle(pair);
        assert_int_equal(pair->a.installed_count, pair->b.installed_count);
        pair_free(pair);
    }
}

/* B08, C05: what was forgotten after response_keep is not made anew. */
static void a_forgotten_response_is_not_made_again_2_1(void **state)
{
    struct pair *pair = pair_new();
    struct flight request;
    uint64_t sa, gateway;
    size_t kept;

    (void)state;
    pair->a.policy.retransmit_timeout = 1000 * SECOND;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_check_liveness(&pair->a, sa);
    request = pair->flights[0];
    pair_settle(pair);
    kept = ike_endpoint_memory(pair->b.ike);
    pair_wait(pair, pair->b.policy.response_keep - 1);
    pair_inject(&pair->b, request.bytes, request.len);
    assert_int_equal(pair->flight_count, 1); /* still kept; and kept longer for it */
    pair_lose(pair, 0);
    pair_wait(pair, 1);
    assert_int_equal(ike_endpoint_memory(pair->b.ike), kept);
    pair_wait(pair, pair->b.policy.response_keep);
    assert_true(ike_endpoint_memory(pair->b.ike) < kept);
    pair_inject(&pair->b, request.bytes, request.len);
    assert_int_equal(pair->flight_count, 0);
    assert_string_equal(last_dropped(&pair->b), "duplicate");
    assert_true(party_established(&pair->b, gateway));
    pair_free(pair);
}

/* §2.1: with a window of 1 the next request supersedes the last response. */
static void the_next_request_supersedes_the_last_response_2_1(void **state)
{
    struct pair *pair = pair_new();
    struct flight request;
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    pair_check_liveness(&pair->a, sa);
    request = pair->flights[0];
    pair_settle(pair);
    pair_check_liveness(&pair->a, sa);
    pair_settle(pair);
    pair_inject(&pair->b, request.bytes, request.len);
    assert_int_equal(pair->flight_count, 0);
    pair_free(pair);
}

/* RT-04: the same SPIi from the same address with other content is another request; each is
 * answered by its own SA, and a copy of either by the response that it had. */
static void requests_are_told_apart_by_all_their_bytes_2_1(void **state)
{
    struct pair *pair = pair_new();
    struct flight first, answers[2];

    (void)state;
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    first = pair->flights[0];
    pair_deliver_to(&pair->b);
    answers[0] = pair->flights[0];
    pair_lose(pair, 0);
    first.bytes[first.len - 1] ^= 1; /* another nonce */
    pair_inject(&pair->b, first.bytes, first.len);
    assert_int_equal(pair->flight_count, 1);
    answers[1] = pair->flights[0];
    pair_lose(pair, 0);
    assert_memory_equal(answers[0].bytes, answers[1].bytes, 8);
    assert_memory_not_equal(answers[0].bytes + 8, answers[1].bytes + 8, 8);
    /* Not the SPIr alone: nonce and public value are others too. */
    assert_memory_not_equal(answers[0].bytes + 28, answers[1].bytes + 28, answers[0].len - 28);
    pair_inject(&pair->b, first.bytes, first.len);
    assert_sent_again(pair, &answers[1]);
    first.bytes[first.len - 1] ^= 1;
    pair_inject(&pair->b, first.bytes, first.len);
    assert_sent_again(pair, &answers[0]);
    pair_free(pair);
}

/* A responder waits for IKE_AUTH only so long; then nothing of the stranger is left. */
static void a_half_open_sa_ends_by_itself(void **state)
{
    struct pair *pair = pair_new();
    uint64_t gateway;
    size_t held;

    (void)state;
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    held = ike_endpoint_memory(pair->b.ike);
    pair_wait(pair, 30 * SECOND - 1);
    assert_true(party_knows(&pair->b, gateway));
    pair_wait(pair, 1);
    assert_false(party_knows(&pair->b, gateway));
    assert_true(held - ike_endpoint_memory(pair->b.ike) > 1000);
    assert_int_equal(pair->b.gone, 1);
    assert_false(pair->b.gone_was_established);
    pair_free(pair);
}

/* The timer of a half-open SA has nothing to say to one that is established. */
static void an_established_sa_outlives_its_half_open_timer(void **state)
{
    struct pair *pair = pair_new();
    uint64_t gateway;

    (void)state;
    pair_start(pair);
    pair_establish(pair, &gateway);
    pair_wait(pair, 60 * SECOND);
    assert_true(party_established(&pair->b, gateway));
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_one_of_the_four_messages_may_be_lost_2_1),
        cmocka_unit_test(copies_of_every_message_change_nothing_2_1),
        cmocka_unit_test(a_replay_of_the_whole_set_up_changes_nothing_2_2),
        cmocka_unit_test(an_answered_request_is_not_repeated_2_1),
        cmocka_unit_test(waiting_times_grow_until_the_sa_is_given_up_2_4),
        cmocka_unit_test(giving_up_removes_the_children_2_4),
        cmocka_unit_test(the_cached_response_is_repeated_bit_by_bit_2_1),
        cmocka_unit_test(a_forgotten_response_is_not_made_again_2_1),
        cmocka_unit_test(the_next_request_supersedes_the_last_response_2_1),
        cmocka_unit_test(requests_are_told_apart_by_all_their_bytes_2_1),
        cmocka_unit_test(a_half_open_sa_ends_by_itself),
        cmocka_unit_test(an_established_sa_outlives_its_half_open_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
