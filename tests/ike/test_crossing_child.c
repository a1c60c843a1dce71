/* Deletes, rekeys and offers of CHILD SAs that cross, and what they do to a rekey of the IKE SA
 * (RFC 7296 §1.4.1, §2.25.1, §2.25.2). */
#include "ike/sa.h"
#include "tests/ike/crossing.h"

/*
 *  CD-01, D06
 *    |---- D -->|
 *    |<--- D ---|
 */
static void cd_01_one_end_deletes_1_4_1(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct crossing c = crossing_new(1);
        struct ends e = crossing_ends(&c, turned);

        pair_delete_child(e.first, e.of_first, "net");
        pair_deliver_to(e.second);
        assert_string_equal(last_sent(e.second), "SK{D}");
        crossing_settle(&c, 0, 0);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        assert_int_equal(party_count(c.b, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        crossing_free(&c);
    }
}

/*
 *  CD-02, CD-03, K06: both delete; at once, or one Delete is late
 *    |---- D --\ /-- D ----|
 *    |---- SK{} X SK{} ----|
 */
static void cd_02_03_k06_both_delete_and_no_answer_names_it_1_4_1(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct crossing c = crossing_new(1);
        struct flight deletion;

        pair_delete_child(c.a, c.sa, "net");
        pair_delete_child(c.b, c.gateway, "net");
        if (late) {
            deletion = pair_hold(c.b);
            pair_deliver_to(c.a);
            assert_string_equal(last_sent(c.a), "SK{}");
            pair_deliver_to(c.b);
            pair_release(&deletion);
        } else {
            pair_deliver_to(c.b);
            pair_deliver_to(c.a);
            assert_string_equal(last_sent(c.a), "SK{}");
        }
        assert_string_equal(last_sent(c.b), "SK{}");
        crossing_settle(&c, 0, 0);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        assert_int_equal(party_count(c.b, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        crossing_free(&c);
    }
}

/*
 *  CD-04: one end rekeys what the other deletes
 *    |---- REKEY_SA --\ /-- D ----------------|
 *    |<--------------- / \ ------------------>|
 *    |---- D ---------\ /-- TEMPORARY_FAILURE-|
 *    |<-------------- / \ ------------------->|
 */
static void cd_04_a_rekey_crosses_a_delete_2_25_1(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct crossing c = crossing_new(1);
        struct ends e = crossing_ends(&c, turned);

        pair_rekey_child(e.first, e.of_first, "net");
        pair_delete_child(e.second, e.of_second, "net");
        pair_deliver_to(e.first);
        assert_string_equal(last_sent(e.first), "SK{D}");
        assert_int_equal(e.first->installed_count, 1); /* until its own response is in */
        pair_deliver_to(e.second);
        assert_string_equal(last_sent(e.second), "SK{N(TEMPORARY_FAILURE)}");
        pair_deliver_to(e.second);
        assert_int_equal(e.second->installed_count, 0);
        crossing_settle(&c, 0, 0);
        assert_int_equal(party_count(e.first, TRACE_IKE_RETRY_EVENT), 0);
        assert_int_equal(party_count(e.first, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        crossing_free(&c);
    }
}

/*
 *  CD-06: the Delete is late, or lost: TEMPORARY_FAILURE comes first, upon which the rekey is to be
 *  asked for again; when its time comes there is nothing to rekey
 */
static void cd_06_the_delete_comes_after_temporary_failure_2_25(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct crossing c = crossing_new(1);
        struct ends e = crossing_ends(&c, turned);
        struct flight deletion;
        size_t sent;

        pair_rekey_child(e.first, e.of_first, "net");
        pair_delete_child(e.second, e.of_second, "net");
        deletion = pair_hold(e.first);
        pair_deliver_to(e.second);
        pair_deliver_to(e.first);
        assert_int_equal(party_count(e.first, TRACE_IKE_RETRY_EVENT), 1);
        assert_int_equal(c.pair->flight_count, 0);
        pair_release(&deletion);
        pair_settle(c.pair);
        sent = party_count(e.first, TRACE_IKE_MESSAGE_SENT_EVENT);
        pair_wait(c.pair, 30 * SECOND);
        assert_int_equal(party_count(e.first, TRACE_IKE_MESSAGE_SENT_EVENT), sent);
        crossing_settle(&c, 0, 0);
        crossing_free(&c);
    }
}

/*
 *  CD-07: the request to rekey is late, and the other end has not got the SA any more
 *    |---- REKEY_SA (held) --\
 *    |<--------- D ---------------|
 *    |---------- D -------------->|
 *    |                       \--->|
 *    |<--- CHILD_SA_NOT_FOUND ----|   no new one is made
 */
static void cd_07_the_rekey_comes_after_the_delete_2_25_1(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct crossing c = crossing_new(1);
        struct ends e = crossing_ends(&c, turned);
        struct flight request;

        pair_rekey_child(e.first, e.of_first, "net");
        request = pair_hold(e.second);
        pair_delete_child(e.second, e.of_second, "net");
        pair_deliver_to(e.first);
        pair_deliver_to(e.second);
        pair_release(&request);
        assert_string_equal(last_sent(e.second), "SK{N(CHILD_SA_NOT_FOUND)}");
        crossing_settle(&c, 0, 0);
        crossing_free(&c);
    }
}

/*
 *  CD-08: the other end deletes the new one while its response is under way
 *    |---- REKEY_SA ----------------->|
 *    |       /-- SK{SA ..} (held) ----|
 *    |<-----/---- D(new) -------------|
 *    |-----/----- SK{} -------------->|   of an SPI that is unknown yet, and remembered
 *    |<---/                               the new one is not installed
 *    |---- D(old) ------------------->|
 */
static void cd_08_the_new_one_is_deleted_before_its_response_2_25_1(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct crossing c = crossing_new(1);
        struct ends e = crossing_ends(&c, turned);
        struct flight response;

        pair_rekey_child(e.first, e.of_first, "net");
        pair_deliver_to(e.second);
        response = pair_hold(e.first);
        pair_delete_child(e.second, e.of_second, "net");
        pair_deliver_to(e.first);
        assert_string_equal(last_sent(e.first), "SK{}");
        pair_deliver_to(e.second);
        pair_release(&response);
        assert_string_equal(last_sent(e.first), "SK{D}");
        assert_int_equal(e.first->installed_count, 1);
        crossing_settle(&c, 0, ANY_REKEYS);
        assert_int_equal(party_count(e.first, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        crossing_free(&c);
    }
}

/* The same of a CHILD SA that is no successor: it was never there. */
static void one_more_child_is_deleted_before_its_response_2_25_1(void **state)
{
    struct crossing c = crossing_new(1);
    struct flight response;

    (void)state;
    pair_delete_child(c.a, c.sa, "net");
    pair_settle(c.pair);
    pair_create_child(c.a, c.sa, "net");
    pair_deliver_to(c.b);
    response = pair_hold(c.a);
    pair_delete_child(c.b, c.gateway, "net");
    pair_deliver_to(c.a);
    pair_deliver_to(c.b);
    pair_release(&response);
    assert_int_equal(c.a->installed_count, 0);
    crossing_settle(&c, 0, 0);
    crossing_free(&c);
}

/* Until nothing that was refused is to be asked for again. */
static void wait_for_retries(struct crossing *c)
{
    for (int i = 0; i < 40; i++) {
        pair_wait(c->pair, 5 * SECOND);
        pair_settle(c->pair);
    }
}

/*
 *  CD-09, J13: one end deletes a CHILD SA while the other rekeys the IKE SA
 *    |---- D(child) --\ /-- SA Ni KE ------------|
 *    |<--------------- / \ --------------------->|
 *    |---- TEMPORARY_FAILURE --\ /---- D(child) -|
 */
static void cd_09_j13_a_childs_delete_crosses_a_rekey_of_the_ike_sa_2_25(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct crossing c = crossing_new(1);
        struct ends e = crossing_ends(&c, turned);

        pair_delete_child(e.first, e.of_first, "net");
        pair_rekey_sa(e.second, e.of_second);
        pair_deliver_to(e.second);
        assert_string_equal(last_sent(e.second), "SK{D}");
        pair_deliver_to(e.first);
        assert_string_equal(last_sent(e.first), "SK{N(TEMPORARY_FAILURE)}");
        pair_settle(c.pair);
        assert_int_equal(party_count(e.second, TRACE_IKE_RETRY_EVENT), 1);
        assert_int_equal(party_children(e.second, e.of_second), 0);
        wait_for_retries(&c);
        crossing_assert_settled(&c, 0, 1);
        crossing_free(&c);
    }
}

/*
 *  CD-10, CD-11, J15: a CHILD SA is rekeyed, or one more is made, while the other end rekeys the
 *  IKE SA: both are refused, and both are asked for again, later
 *    |---- REKEY_SA --\ /-- SA Ni KE ----------|
 *    |---- TEMPORARY_FAILURE X TEMPORARY_FAILURE
 */
static void cd_10_11_j15_child_and_ike_sa_at_once_2_25(void **state)
{
    (void)state;
    for (int run = 0; run < 4; run++) {
        struct crossing c = crossing_new(1);
        struct ends e = crossing_ends(&c, run & 1);
        bool create = run & 2;
        struct ike_actions actions = {0};
        const char *why = NULL;
        size_t sent;

        if (create) {
            pair_create_child(e.first, e.of_first, "net");
        } else {
            pair_rekey_child(e.first, e.of_first, "net");
        }
        pair_rekey_sa(e.second, e.of_second);
        pair_deliver_to(e.second);
        assert_string_equal(last_sent(e.second), "SK{N(TEMPORARY_FAILURE)}");
        pair_deliver_to(e.first);
        assert_string_equal(last_sent(e.first), "SK{N(TEMPORARY_FAILURE)}");
        pair_settle(c.pair);
        assert_same_children(&c, 1);
        assert_true(party_established(c.a, c.sa));
        assert_int_equal(party_count(c.a, TRACE_IKE_RETRY_EVENT), 1);
        assert_int_equal(party_count(c.b, TRACE_IKE_RETRY_EVENT), 1);
        /* Not at once, and not by hand either. */
        sent = party_count(e.first, TRACE_IKE_MESSAGE_SENT_EVENT);
        pair_wait(c.pair, 9 * SECOND);
        assert_int_equal(party_count(e.first, TRACE_IKE_MESSAGE_SENT_EVENT), sent);
        assert_int_equal(create ? ike_endpoint_create_child(e.first->ike, c.pair->now, e.of_first,
                                                            "net", &actions, &why)
                                : ike_endpoint_rekey_child(e.first->ike, c.pair->now, e.of_first,
                                                           "net", &actions, &why),
                         -1);
        assert_int_equal(
            ike_endpoint_rekey_sa(e.second->ike, c.pair->now, e.of_second, &actions, &why), -1);
        wait_for_retries(&c);
        crossing_assert_settled(&c, create ? 2 : 1, create ? 1 : 2);
        crossing_free(&c);
    }
}

/*
 *  CD-12: one end rekeys or deletes a CHILD SA while the other deletes the IKE SA
 *    |---- REKEY_SA or D --\ /-- D(IKE) ------------|
 *    |---- SK{} ----------- X -- TEMPORARY_FAILURE or D
 */
static void cd_12_the_ike_sa_is_deleted_meanwhile_1_4_1_2_25_2(void **state)
{
    (void)state;
    for (int run = 0; run < 4; run++) {
        struct crossing c = crossing_new(1);
        struct ends e = crossing_ends(&c, run & 1);

        if (run & 2) {
            pair_rekey_child(e.first, e.of_first, "net");
        } else {
            pair_delete_child(e.first, e.of_first, "net");
        }
        pair_delete_sa(e.second, e.of_second);
        pair_deliver_to(e.second);
        assert_string_equal(last_sent(e.second), run & 2 ? "SK{N(TEMPORARY_FAILURE)}" : "SK{D}");
        pair_deliver_to(e.first);
        assert_string_equal(last_sent(e.first), "SK{}");
        pair_settle(c.pair);
        crossing_assert_gone(&c);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        assert_int_equal(party_count(c.b, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        crossing_free(&c);
    }
}

/* CD-13: equal CHILD SAs may stand side by side (§2.8), for quality of service for instance. */
static void cd_13_one_equal_to_another_is_made_2_8(void **state)
{
    struct crossing c = crossing_new(1);

    (void)state;
    pair_create_child(c.a, c.sa, "net");
    crossing_settle(&c, 2, 0);
    pair_create_child(c.b, c.gateway, "net");
    crossing_settle(&c, 3, 0);
    crossing_free(&c);
}

/* XS-03: both ends make one more: each direction has its window. */
static void xs_03_two_offers_cross_2_3(void **state)
{
    struct crossing c = crossing_new(1);

    (void)state;
    pair_create_child(c.a, c.sa, "net");
    pair_create_child(c.b, c.gateway, "net");
    crossing_settle(&c, 3, 0);
    crossing_free(&c);
}

/* §2.25: a peer that says TEMPORARY_FAILURE for minutes is out of step, and the IKE SA is closed.
 */
static void j15_temporary_failure_for_minutes_closes_the_ike_sa_2_25(void **state)
{
    struct crossing c = crossing_new(1);
    uint64_t began = c.pair->now;

    (void)state;
    /* gw takes itself for rekeying, and never is. */
    ike_sa_by_id(c.b->ike, c.gateway)->rekeying = true;
    pair_rekey_child(c.a, c.sa, "net");
    pair_settle(c.pair);
    for (int i = 0; i < 100 && party_knows(c.a, c.sa); i++) {
        pair_wait(c.pair, 5 * SECOND);
        pair_settle(c.pair);
    }
    assert_false(party_knows(c.a, c.sa));
    assert_in_range(c.pair->now - began, 90 * SECOND, 240 * SECOND);
    assert_int_equal(party_count(c.a, TRACE_IKE_RETRY_EVENT), 9);
    crossing_free(&c);
}

/* What was to be asked for again goes over to the successor of the IKE SA. */
static void a_retry_survives_a_rekey_of_the_ike_sa(void **state)
{
    struct crossing c = crossing_new(1);

    (void)state;
    pair_create_child(c.a, c.sa, "net");
    ike_sa_by_id(c.b->ike, c.gateway)->rekeying = true;
    pair_settle(c.pair);
    ike_sa_by_id(c.b->ike, c.gateway)->rekeying = false;
    pair_rekey_sa(c.b, c.gateway);
    pair_settle(c.pair);
    assert_same_children(&c, 1);
    wait_for_retries(&c);
    crossing_assert_settled(&c, 2, 1);
    assert_int_equal(party_children(c.a, party_newest(c.a)), 2);
    crossing_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cd_01_one_end_deletes_1_4_1),
        cmocka_unit_test(cd_02_03_k06_both_delete_and_no_answer_names_it_1_4_1),
        cmocka_unit_test(cd_04_a_rekey_crosses_a_delete_2_25_1),
        cmocka_unit_test(cd_06_the_delete_comes_after_temporary_failure_2_25),
        cmocka_unit_test(cd_07_the_rekey_comes_after_the_delete_2_25_1),
        cmocka_unit_test(cd_08_the_new_one_is_deleted_before_its_response_2_25_1),
        cmocka_unit_test(one_more_child_is_deleted_before_its_response_2_25_1),
        cmocka_unit_test(cd_09_j13_a_childs_delete_crosses_a_rekey_of_the_ike_sa_2_25),
        cmocka_unit_test(cd_10_11_j15_child_and_ike_sa_at_once_2_25),
        cmocka_unit_test(cd_12_the_ike_sa_is_deleted_meanwhile_1_4_1_2_25_2),
        cmocka_unit_test(cd_13_one_equal_to_another_is_made_2_8),
        cmocka_unit_test(xs_03_two_offers_cross_2_3),
        cmocka_unit_test(j15_temporary_failure_for_minutes_closes_the_ike_sa_2_25),
        cmocka_unit_test(a_retry_survives_a_rekey_of_the_ike_sa),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
