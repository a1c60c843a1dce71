/* Rekeys and Deletes of an IKE SA that cross (RFC 7296 §2.8.2, §2.25.2). */
#include "ike/sa.h"
#include "tests/ike/crossing.h"

static void set_groups(struct crossing *c, const char *a, const char *b)
{
    c->pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, a);
    c->pair->ike_proposals[1] = pair_proposal(CRYPTO_PROTO_IKE, b);
    c->b->policy.proposals = &c->pair->ike_proposals[1];
}

/*
 *  IR-01: from either end: who asks is the initiator of the new one
 *    |---- SK{SA Ni KE} ------->|
 *    |<--- SK{SA Nr KE} --------|
 *    |---- old: D ------------->|
 *    |<--- old: SK{} -----------|
 */
static void ir_01_one_end_rekeys_2_18(void **state)
{
    (void)state;
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        struct crossing c = crossing_new(4);
        struct ends e = crossing_ends(&c, by_gateway);

        pair_rekey_sa(e.first, e.of_first);
        crossing_settle(&c, 1, 1);
        assert_initiator(e.first);
        assert_int_equal(party_count(e.first, TRACE_IKE_CHILD_INSTALLED_EVENT), 1);
        assert_int_equal(party_count(e.first, TRACE_IKE_CHILD_REMOVED_EVENT), 0);
        /* The old one's timer finds nothing any more. */
        pair_wait(c.pair, 400 * SECOND);
        crossing_settle(&c, 1, 1);
        crossing_free(&c);
    }
}

/* IR-02: gw has another group now; the rekey after that begins with it. */
static void ir_02_the_group_that_was_agreed_on_is_tried_first_next_time_1_3(void **state)
{
    struct crossing c = crossing_new(1);
    size_t sent;

    (void)state;
    set_groups(&c, "aes128gcm16-prfsha256-x25519-ecp256", "aes128gcm16-prfsha256-ecp256");
    pair_rekey_sa(c.a, c.sa);
    pair_deliver_to(c.b);
    assert_string_equal(last_sent(c.b), "SK{N(INVALID_KE_PAYLOAD)}");
    crossing_settle(&c, 1, 1);
    sent = party_count(c.a, TRACE_IKE_MESSAGE_SENT_EVENT);
    pair_rekey_sa(c.a, party_newest(c.a));
    crossing_settle(&c, 1, 2);
    assert_int_equal(party_count(c.a, TRACE_IKE_MESSAGE_SENT_EVENT), sent + 2);
    crossing_free(&c);
}

/*
 *  IC-01, J12: the textbook. The SA with the lowest nonce goes, and all CHILD SAs are in the other
 *    |---- SA Ni KE --\ /-- SA Ni KE ----|
 *    |---- SA Nr KE -- X -- SA Nr KE ----|   three IKE SAs each
 *    |                                   |
 *    |---- loser: D -- X -- old: D ------|
 */
static void ic_01_j12_both_rekey_and_the_lowest_nonce_loses_2_8_2(void **state)
{
    (void)state;
    for (uint32_t window = 1; window <= 2; window++) {
        for (enum nonce_place place = 0; place < NONCE_PLACES; place++) {
            struct crossing c = crossing_new(window);
            struct party *winner = alice_loses(place) ? c.b : c.a;

            crossing_lowest(&c, place);
            crossing_rekey_sas(&c);
            pair_deliver_to(c.b);
            pair_deliver_to(c.a);
            assert_int_equal(party_live(c.a), 2);
            assert_int_equal(party_children(c.a, c.sa), 1); /* not decided */
            assert_int_equal(party_newest(c.a), c.sa);
            pair_deliver_to(c.b);
            pair_deliver_to(c.a);
            assert_int_equal(party_live(c.a), 3);
            assert_int_equal(party_live(c.b), 3);
            assert_won(winner);
            assert_int_equal(party_children(c.a, party_newest(c.a)), 1);
            assert_int_equal(party_children(c.b, party_newest(c.b)), 1);
            crossing_settle(&c, 1, 1);
            assert_initiator(winner);
            assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REMOVED_EVENT), 0);
            pair_rekey_child(c.a, party_newest(c.a), "net");
            crossing_settle(&c, 1, 2);
            crossing_free(&c);
        }
    }
}

/*
 *  IC-04: both requests are refused for their groups, the second ones cross: only their nonces
 * count
 */
static void ic_04_the_nonces_of_the_second_try_decide_2_8_2(void **state)
{
    (void)state;
    for (enum nonce_place place = 0; place < NONCE_PLACES; place++) {
        struct crossing c = crossing_new(1);
        struct party *winner = alice_loses(place) ? c.b : c.a;

        /* Neither begins with the group of the old SA, for neither has it. */
        set_groups(&c, "aes128gcm16-prfsha256-ecp256-ecp384",
                   "aes128gcm16-prfsha256-ecp384-ecp256");
        crossing_lowest(&c, (enum nonce_place)((place + 2) % NONCE_PLACES));
        crossing_rekey_sas(&c);
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        assert_string_equal(last_sent(c.a), "SK{N(INVALID_KE_PAYLOAD)}");
        assert_string_equal(last_sent(c.b), "SK{N(INVALID_KE_PAYLOAD)}");
        crossing_lowest(&c, place);
        pair_deliver_to(c.a);
        pair_deliver_to(c.b);
        crossing_settle(&c, 1, 1);
        assert_initiator(winner);
        crossing_free(&c);
    }
}

/* IC-05: as IC-04, but alice's second request comes when gw is done: TEMPORARY_FAILURE. */
static void ic_05_one_second_try_is_late_2_25_2(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        struct crossing c = crossing_new(1);
        struct flight request;

        set_groups(&c, "aes128gcm16-prfsha256-ecp256-ecp384",
                   "aes128gcm16-prfsha256-ecp384-ecp256");
        crossing_lowest(&c, unnoticed_places[n]);
        crossing_rekey_sas(&c);
        for (int i = 0; i < 2; i++) {
            pair_deliver_to(c.b);
            pair_deliver_to(c.a);
        }
        request = crossing_hold_request(&c);
        pair_release(&request);
        assert_string_equal(last_sent(c.b), "SK{N(TEMPORARY_FAILURE)}");
        crossing_settle(&c, 1, 1);
        crossing_free(&c);
    }
}

/*
 *  IC-06: gw's response to alice is late. If gw has lost, it deletes its own new one, which alice
 *  knows, having made it as the responder; if it has won, it deletes the old one, and alice takes
 *  that for the decision: the late response finds no SA, and what it made at gw is dropped after a
 *  while, since nobody will delete it
 *    |---- SA Ni KE --\ /-- SA Ni KE ----|
 *    |                 X-- SA Nr KE (held)
 *    |---- SA Nr KE ------------------->|
 *    |<--- D ---------------------------|
 *    |<----------------/
 */
static void ic_06_a_response_is_late_2_8_2(void **state)
{
    (void)state;
    for (enum nonce_place place = 0; place < NONCE_PLACES; place++) {
        struct crossing c = crossing_new(1);
        struct flight response;

        crossing_lowest(&c, place);
        crossing_rekey_sas(&c);
        response = crossing_hold_response(&c);
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        assert_int_equal(party_children(c.a, party_newest(c.a)), 1);
        pair_deliver_to(c.b);
        pair_release(&response);
        pair_settle(c.pair);
        if (alice_loses(place)) {
            assert_int_equal(party_live(c.a), 1);
            assert_int_equal(party_live(c.b), 2);
            pair_wait(c.pair, c.b->policy.response_keep);
        }
        crossing_settle(&c, 1, 1);
        crossing_free(&c);
    }
}

/*
 *  IC-08: alice's request is lost; she sees gw's, and then its Delete: she forgets her own
 *    |---- SA Ni KE ----x
 *    |<--- SA Ni KE ---------------------|
 *    |---- SA Nr KE -------------------->|
 *    |<--- old: D -----------------------|
 */
static void ic_08_the_own_request_is_lost_2_8_2(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        struct crossing c = crossing_new(1);

        crossing_lowest(&c, unnoticed_places[n]);
        crossing_rekey_sas(&c);
        pair_lose(c.pair, 0);
        crossing_settle_for_good(&c, 1, 1);
        assert_int_equal(party_count(c.a, TRACE_IKE_RETRANSMISSION_EVENT), 0);
        crossing_free(&c);
    }
}

/*
 *  IC-09, IC-10: alice's request comes when gw deletes the old one; she gets the Delete first, or
 *  the TEMPORARY_FAILURE
 */
static void ic_09_10_the_peer_does_not_notice_2_25_2(void **state)
{
    (void)state;
    for (int n = 0; n < 6; n++) {
        struct crossing c = crossing_new(1);
        struct flight request, deletion;

        crossing_lowest(&c, unnoticed_places[n / 2]);
        crossing_rekey_sas(&c);
        request = crossing_hold_request(&c);
        deletion = pair_hold(c.a);
        pair_release(&request);
        assert_string_equal(last_sent(c.b), "SK{N(TEMPORARY_FAILURE)}");
        if (n % 2) {
            pair_release(&deletion);
            pair_deliver_to(c.a);
        } else {
            pair_deliver_to(c.a);
            assert_int_equal(party_children(c.a, party_newest(c.a)), 1);
            pair_release(&deletion);
        }
        crossing_settle_for_good(&c, 1, 1);
        assert_int_equal(party_count(c.a, TRACE_IKE_RETRY_EVENT), 0);
        crossing_free(&c);
    }
}

/* gw uses its successor before alice knows the nonces: that is the decision, and her CHILD SAs are
 * there for it. */
static void the_peer_uses_its_successor_before_it_is_decided_here(void **state)
{
    struct crossing c = crossing_new(1);
    struct flight response;

    (void)state;
    crossing_lowest(&c, ALICE_NR);
    crossing_rekey_sas(&c);
    response = crossing_hold_response(&c);
    pair_deliver_to(c.b);
    pair_rekey_child(c.b, party_newest(c.b), "net");
    pair_deliver(c.pair, c.pair->flight_count - 1);
    assert_string_equal(last_sent(c.a), "SK{SA Nr TSi TSr}");
    pair_settle(c.pair);
    pair_release(&response);
    pair_settle(c.pair);
    pair_wait(c.pair, c.b->policy.response_keep);
    crossing_settle(&c, 1, 2);
    crossing_free(&c);
}

/* ---- Deletes ---- */

/* ID-01: CHILD SAs go with it, without Deletes of their own. */
static void id_01_one_end_deletes_1_4_1(void **state)
{
    (void)state;
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        struct crossing c = crossing_new(1);

        pair_delete_sa(by_gateway ? c.b : c.a, by_gateway ? c.gateway : c.sa);
        pair_deliver(c.pair, 0);
        assert_string_equal(last_sent(by_gateway ? c.a : c.b), "SK{}");
        pair_settle(c.pair);
        crossing_assert_gone(&c);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        crossing_free(&c);
    }
}

/*
 *  ID-02: both delete; each answers and waits for nothing
 *    |---- D --\ /-- D ----|
 *    |<------- / \ ------->|
 */
static void id_02_both_delete_2_25_2(void **state)
{
    struct crossing c = crossing_new(1);

    (void)state;
    pair_delete_sa(c.a, c.sa);
    pair_delete_sa(c.b, c.gateway);
    pair_deliver_to(c.b);
    pair_deliver_to(c.a);
    assert_false(party_knows(c.a, c.sa));
    assert_false(party_knows(c.b, c.gateway));
    pair_settle(c.pair);
    crossing_assert_gone(&c);
    crossing_free(&c);
}

/*
 *  ID-03: alice rekeys what gw deletes
 *    |---- SA Ni KE --\ /-- D ---------------|
 *    |<--------------- / \ ----------------->|
 *    |---- SK{} ---------\ /-- TEMPORARY_FAILURE
 */
static void id_03_a_rekey_crosses_a_delete_2_25_2(void **state)
{
    (void)state;
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        struct crossing c = crossing_new(1);
        struct ends e = crossing_ends(&c, by_gateway);

        pair_rekey_sa(e.first, e.of_first);
        pair_delete_sa(e.second, e.of_second);
        pair_deliver_to(e.second);
        assert_string_equal(last_sent(e.second), "SK{N(TEMPORARY_FAILURE)}");
        pair_deliver_to(e.first);
        assert_string_equal(last_sent(e.first), "SK{}");
        pair_settle(c.pair);
        crossing_assert_gone(&c);
        pair_wait(c.pair, 400 * SECOND);
        crossing_assert_gone(&c);
        crossing_free(&c);
    }
}

/*
 *  ID-05: the Delete is late: first TEMPORARY_FAILURE, upon which alice would try again
 */
static void id_05_the_delete_comes_after_temporary_failure_2_25_2(void **state)
{
    (void)state;
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        struct crossing c = crossing_new(1);
        struct ends e = crossing_ends(&c, by_gateway);
        struct flight deletion;

        pair_rekey_sa(e.first, e.of_first);
        pair_delete_sa(e.second, e.of_second);
        deletion = pair_hold(e.first);
        pair_deliver_to(e.second);
        pair_deliver_to(e.first);
        assert_true(party_established(e.first, e.of_first));
        assert_int_equal(party_count(e.first, TRACE_IKE_RETRY_EVENT), 1);
        pair_release(&deletion);
        pair_settle(c.pair);
        crossing_assert_gone(&c);
        pair_wait(c.pair, 400 * SECOND);
        crossing_assert_gone(&c);
        crossing_free(&c);
    }
}

/* A Delete that was ordered while both rekey takes whatever survives along. */
static void a_delete_behind_both_rekeys_takes_the_survivor_along(void **state)
{
    (void)state;
    for (enum nonce_place place = 0; place < NONCE_PLACES; place++) {
        struct crossing c = crossing_new(1);

        crossing_lowest(&c, place);
        crossing_rekey_sas(&c);
        pair_delete_sa(c.a, c.sa);
        pair_settle(c.pair);
        pair_wait(c.pair, 400 * SECOND);
        pair_settle(c.pair);
        crossing_assert_gone(&c);
        crossing_free(&c);
    }
}

/* The peer of a rekey was to delete the old one and never does: it goes by itself. */
static void an_old_one_that_nobody_deletes_goes_after_a_while_2_8(void **state)
{
    struct crossing c = crossing_new(1);

    (void)state;
    pair_rekey_sa(c.a, c.sa);
    pair_deliver_to(c.b);
    assert_int_equal(party_live(c.b), 2);
    pair_wait(c.pair, c.b->policy.response_keep);
    assert_int_equal(party_live(c.b), 1);
    assert_int_equal(party_children(c.b, party_newest(c.b)), 1);
    crossing_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ir_01_one_end_rekeys_2_18),
        cmocka_unit_test(ir_02_the_group_that_was_agreed_on_is_tried_first_next_time_1_3),
        cmocka_unit_test(ic_01_j12_both_rekey_and_the_lowest_nonce_loses_2_8_2),
        cmocka_unit_test(ic_04_the_nonces_of_the_second_try_decide_2_8_2),
        cmocka_unit_test(ic_05_one_second_try_is_late_2_25_2),
        cmocka_unit_test(ic_06_a_response_is_late_2_8_2),
        cmocka_unit_test(ic_08_the_own_request_is_lost_2_8_2),
        cmocka_unit_test(ic_09_10_the_peer_does_not_notice_2_25_2),
        cmocka_unit_test(the_peer_uses_its_successor_before_it_is_decided_here),
        cmocka_unit_test(id_01_one_end_deletes_1_4_1),
        cmocka_unit_test(id_02_both_delete_2_25_2),
        cmocka_unit_test(id_03_a_rekey_crosses_a_delete_2_25_2),
        cmocka_unit_test(id_05_the_delete_comes_after_temporary_failure_2_25_2),
        cmocka_unit_test(a_delete_behind_both_rekeys_takes_the_survivor_along),
        cmocka_unit_test(an_old_one_that_nobody_deletes_goes_after_a_while_2_8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
