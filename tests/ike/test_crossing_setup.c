/* Set-ups that cross, ends that forget, many rekeys through one window (collisions.md §8; RFC 7296
 * §2.3, §2.4, §2.8). */
#include "ike/sa.h"
#include "tests/ike/crossing.h"

/* The IKE SAs of an end that are established. */
static size_t established(const struct party *party)
{
    size_t count = 0;

    for (uint64_t id = 1; id < 20; id++) {
        count += party_established(party, id);
    }
    return count;
}

/* Each CHILD SA of one end is one of the other's. */
static void assert_paired(struct pair *pair, size_t count)
{
    const struct crossing c = {.pair = pair, .a = &pair->a, .b = &pair->b};

    assert_same_children(&c, count);
}

/* Both initiate at once, and the messages arrive in one of 64 orders. */
static struct pair *both_initiate(enum ike_unique unique, unsigned order)
{
    struct pair *pair = pair_new();

    pair->a.policy.unique = pair->b.policy.unique = unique;
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    pair_initiate(pair, &pair->b);
    for (unsigned step = 0; pair->flight_count; step++) {
        pair_deliver(pair, (order >> step % 6 & 1) && pair->flight_count > 1 ? 1 : 0);
    }
    return pair;
}

/*
 *  XS-01: both initiate, nobody minds: two IKE SAs with a CHILD SA each, the same at both ends, in
 *  whichever order the eight messages arrive
 *    |---- IKE_SA_INIT --\ /-- IKE_SA_INIT ----|
 *    |---- IKE_AUTH ----- X --- IKE_AUTH ------|
 */
static void xs_01_both_initiate_and_both_stay_2_8(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 64; order++) {
        struct pair *pair = both_initiate(IKE_UNIQUE_NEVER, order);

        assert_int_equal(established(&pair->a), 2);
        assert_int_equal(established(&pair->b), 2);
        assert_paired(pair, 2);
        pair_free(pair);
    }
}

/*
 *  XS-02: the same where the newer IKE SA is to replace the older one: the ends may take different
 *  ones for newer, but what is left is the same at both
 */
static void xs_02_both_initiate_and_the_newer_replaces_2_4(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 64; order++) {
        struct pair *pair = both_initiate(IKE_UNIQUE_REPLACE, order);

        assert_int_equal(established(&pair->a), established(&pair->b));
        assert_in_range(established(&pair->a), 1, 2);
        assert_paired(pair, established(&pair->a));
        pair_free(pair);
    }
}

/*
 *  XS-04: gw restarts and initiates while alice is in IKE_SA_INIT, or in IKE_AUTH, with the gw that
 *  was before: her attempt ends, or is made anew by its retransmission; the new one is there
 */
static void xs_04_one_end_restarts_during_the_set_up_2_4(void **state)
{
    (void)state;
    for (size_t steps = 0; steps <= 2; steps++) {
        struct pair *pair = pair_new();

        pair->a.policy.unique = pair->b.policy.unique = IKE_UNIQUE_REPLACE;
        pair->b.policy.initial_contact = true;
        pair_start(pair);
        pair_initiate(pair, &pair->a);
        for (size_t i = 0; i < steps; i++) {
            pair_deliver(pair, 0);
        }
        while (pair->flight_count) {
            pair_lose(pair, 0);
        }
        pair_restart(&pair->b);
        pair_initiate(pair, &pair->b);
        for (int i = 0; i < 40; i++) {
            pair_settle(pair);
            pair_wait(pair, SECOND);
        }
        assert_int_equal(established(&pair->a), established(&pair->b));
        assert_true(established(&pair->a) >= 1);
        assert_paired(pair, established(&pair->a));
        /* It says that it knows of nothing before. */
        assert_true(party_count(&pair->b, TRACE_IKE_INITIAL_CONTACT_EVENT) >= 1);
        pair_free(pair);
    }
}

/*
 *  D12: gw crashes when it has worked on IKE_AUTH, and its response is lost
 *    |---- IKE_AUTH ---->|
 *    |     x-- IKE_AUTH -|   (gw crashes)
 *    |---- IKE_AUTH ---->|   unknown SPIs: alice gives up in the end, and comes again
 */
static void d12_the_responder_crashes_behind_ike_auth_2_4(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    pair_lose(pair, 0);
    pair_restart(&pair->b);
    for (int i = 0; i < 40 && party_knows(&pair->a, sa); i++) {
        pair_wait(pair, SECOND);
        pair_settle(pair);
    }
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.installed_count, 0);
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_paired(pair, 1);
    pair_free(pair);
}

/* XS-05: two IKE SAs side by side; the Delete of one takes its own CHILD SA along and no other. */
static void xs_05_the_end_of_one_ike_sa_leaves_the_other_1_4_1(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair->a.policy.unique = pair->b.policy.unique = IKE_UNIQUE_NEVER;
    pair_start(pair);
    uint64_t first = pair_initiate(pair, &pair->a);
    pair_initiate(pair, &pair->b);
    pair_settle(pair);
    pair_delete_sa(&pair->a, first);
    pair_settle(pair);
    assert_int_equal(established(&pair->a), 1);
    assert_int_equal(established(&pair->b), 1);
    assert_paired(pair, 1);
    pair_free(pair);
}

/* XS-06, where ours differs: one that waits when its IKE SA is told to close ends with it, and
 * whoever wants it asks again; nothing is moved unasked. */
static void xs_06_a_child_that_waits_ends_with_its_ike_sa(void **state)
{
    struct crossing c = crossing_new(1);

    (void)state;
    pair_check_liveness(c.a, c.sa);
    pair_create_child(c.a, c.sa, "net");
    pair_delete_sa(c.a, c.sa);
    pair_settle(c.pair);
    crossing_assert_gone(&c);
    assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_FAILED_EVENT), 1);
    crossing_free(&c);
}

/* Five CHILD SAs of one IKE SA. */
static struct crossing with_five(uint32_t window)
{
    struct crossing c = crossing_new(window);

    for (int i = 0; i < 4; i++) {
        pair_create_child(c.a, c.sa, "net");
        pair_settle(c.pair);
    }
    return c;
}

/* XS-07, W-10: both ends rekey all five at once through one window: one by one, each of them once.
 */
static void xs_07_w_10_five_rekeys_from_both_ends_through_one_window_2_3(void **state)
{
    (void)state;
    for (uint32_t window = 1; window <= 3; window++) {
        struct crossing c = with_five(window);

        for (int i = 0; i < 5; i++) {
            pair_rekey_child(c.a, c.sa, "net");
        }
        for (int i = 0; i < 5; i++) {
            pair_rekey_child(c.b, c.gateway, "net");
        }
        crossing_settle(&c, 5, 5);
        crossing_free(&c);
    }
}

/*
 *  XS-08: the peer is dead when soft and hard lifetimes end, one behind the other, and then it
 * comes back: no duplicate, and both ends agree
 */
static void xs_08_lifetimes_end_while_nothing_gets_through_2_8(void **state)
{
    (void)state;
    for (uint64_t life = 11; life <= 20; life++) {
        struct pair *pair = pair_new();
        struct crossing c = {.pair = pair, .a = &pair->a, .b = &pair->b};

        pair->a.policy.retransmit_tries = pair->b.policy.retransmit_tries = 8;
        pair->a.children[0].time =
            (struct ike_lifetime){.rekey = 10 * SECOND, .life = life * SECOND};
        pair->b.children[0].time =
            (struct ike_lifetime){.rekey = 10 * SECOND + SECOND / 2, .life = life * SECOND};
        pair_start(pair);
        c.sa = pair_establish(pair, &c.gateway);
        for (int i = 0; i < 14; i++) {
            pair_wait(pair, SECOND);
            while (pair->flight_count) {
                pair_lose(pair, 0);
            }
        }
        pair->a.children[0].time = pair->b.children[0].time = (struct ike_lifetime){0};
        for (int i = 0; i < 60; i++) {
            pair_wait(pair, SECOND);
            pair_settle(pair);
        }
        /* The requests go out again at 17s. */
        crossing_assert_settled(&c, life > 17 ? 1 : 0, ANY_REKEYS);
        pair_free(pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xs_01_both_initiate_and_both_stay_2_8),
        cmocka_unit_test(xs_02_both_initiate_and_the_newer_replaces_2_4),
        cmocka_unit_test(xs_04_one_end_restarts_during_the_set_up_2_4),
        cmocka_unit_test(d12_the_responder_crashes_behind_ike_auth_2_4),
        cmocka_unit_test(xs_05_the_end_of_one_ike_sa_leaves_the_other_1_4_1),
        cmocka_unit_test(xs_06_a_child_that_waits_ends_with_its_ike_sa),
        cmocka_unit_test(xs_07_w_10_five_rekeys_from_both_ends_through_one_window_2_3),
        cmocka_unit_test(xs_08_lifetimes_end_while_nothing_gets_through_2_8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
