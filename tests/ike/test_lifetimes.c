/* Lifetimes of IKE and CHILD SAs (RFC 7296 §2.8): rekeyed at the soft end, deleted at the hard. */
#include "ike/sa.h"
#include "tests/ike/pair.h"

#define MINUTE (60 * SECOND)

/* The delay of the timer of that kind that `party` has asked for last; 0 if there is none. */
static uint64_t delay_of(const struct party *party, enum ike_timer_kind kind)
{
    const struct pair *pair = party->pair;
    uint64_t delay = 0, order = 0;

    for (size_t i = 0; i < pair->timer_count; i++) {
        const struct pair_timer *timer = &pair->timers[i];

        if (timer->party == party && timer->timer.kind == kind && timer->order >= order) {
            delay = timer->due - pair->now;
            order = timer->order;
        }
    }
    return delay;
}

static void nothing_ends_unless_it_is_given(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair_start(pair);
    pair_establish(pair, NULL);
    assert_int_equal(delay_of(&pair->a, IKE_TIMER_CHILD_REKEY), 0);
    assert_int_equal(delay_of(&pair->a, IKE_TIMER_CHILD_EXPIRE), 0);
    assert_int_equal(delay_of(&pair->a, IKE_TIMER_SA_REKEY), 0);
    pair_wait(pair, 100 * 24 * 60 * MINUTE);
    assert_int_equal(pair->flight_count, 0);
    assert_int_equal(pair->a.installed_count, 1);
    pair_free(pair);
}

/*
 *  J02: alice's rekey_time of 10 minutes is over, and again after each rekey
 *    |---- SK{N(REKEY_SA) SA Ni TSi TSr} -->|
 */
static void a_child_is_rekeyed_at_its_rekey_time_2_8(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair->a.children[0].time = (struct ike_lifetime){.rekey = 10 * MINUTE, .life = 11 * MINUTE};
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    for (size_t n = 1; n <= 3; n++) {
        uint32_t spi = pair->a.installed[0].spi_in;

        assert_int_equal(delay_of(&pair->a, IKE_TIMER_CHILD_REKEY), 10 * MINUTE);
        pair_wait(pair, 10 * MINUTE - 1);
        assert_int_equal(pair->flight_count, 0);
        pair_wait(pair, 1);
        assert_string_equal(party_last(&pair->a, TRACE_IKE_LIFETIME_EVENT)->text, "rekey_time");
        assert_int_equal(party_last(&pair->a, TRACE_IKE_LIFETIME_EVENT)->number, spi);
        assert_string_equal(last_sent(&pair->a), "SK{N(REKEY_SA) SA Ni TSi TSr}");
        pair_settle(pair);
        assert_int_equal(pair->a.installed_count, 1);
        assert_int_not_equal(pair->a.installed[0].spi_in, spi);
        assert_int_equal(party_count(&pair->a, TRACE_IKE_CHILD_REKEYED_EVENT), n);
    }
    /* The hard timers of those that are gone find nothing. */
    pair_wait(pair, 5 * MINUTE);
    assert_int_equal(pair->flight_count, 0);
    assert_int_equal(party_children(&pair->a, sa), 1);
    assert_int_equal(party_children(&pair->b, gateway), 1);
    pair_free(pair);
}

/* J16, rand_time: each SA's own part, the same at every run, never more than given. */
static void a_random_part_is_taken_off_2_8(void **state)
{
    uint64_t delays[8];

    (void)state;
    for (int run = 0; run < 2; run++) {
        struct pair *pair = pair_new();
        uint64_t sa;

        pair->a.children[0].time =
            (struct ike_lifetime){.rekey = 10 * MINUTE, .rand = 2 * MINUTE, .life = 11 * MINUTE};
        pair->a.policy.rekey_time = 60 * MINUTE;
        pair->a.policy.rand_time = 20 * MINUTE;
        pair_start(pair);
        sa = pair_establish(pair, NULL);
        assert_in_range(delay_of(&pair->a, IKE_TIMER_SA_REKEY), 40 * MINUTE, 60 * MINUTE - 1);
        for (size_t i = 0; i < 8; i++) {
            uint64_t delay = delay_of(&pair->a, IKE_TIMER_CHILD_REKEY);

            assert_in_range(delay, 8 * MINUTE, 10 * MINUTE);
            assert_true(run == 0 || delay == delays[i]);
            assert_true(i == 0 || delay != delays[i - 1]);
            delays[i] = delay;
            pair_rekey_child(&pair->a, sa, "net");
            pair_settle(pair);
        }
        pair_free(pair);
    }
}

/* The hard end counts from the same moment as the soft one, whatever the random part was. */
static void the_peer_does_not_answer_and_the_child_ends_at_life_time_2_8(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, soft;

    (void)state;
    pair->a.children[0].time =
        (struct ike_lifetime){.rekey = 10 * MINUTE, .rand = 5 * MINUTE, .life = 11 * MINUTE};
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    soft = delay_of(&pair->a, IKE_TIMER_CHILD_REKEY);
    /* gw has no proposal for a successor any more. */
    pair->b.children[0].proposal_count = 0;
    pair_wait(pair, soft);
    pair_settle(pair);
    assert_int_equal(pair->a.installed_count, 1);
    assert_int_equal(delay_of(&pair->a, IKE_TIMER_CHILD_EXPIRE), 11 * MINUTE - soft);
    pair_wait(pair, 11 * MINUTE - soft);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_LIFETIME_EVENT)->text, "life_time");
    assert_string_equal(last_sent(&pair->a), "SK{D}");
    pair_settle(pair);
    assert_int_equal(pair->a.installed_count, 0);
    assert_int_equal(pair->b.installed_count, 0);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

static void life_time_alone_ends_a_child_that_nobody_rekeys(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair->b.children[0].time.life = MINUTE;
    pair_start(pair);
    pair_establish(pair, NULL);
    pair_wait(pair, MINUTE);
    assert_string_equal(last_sent(&pair->b), "SK{D}");
    pair_settle(pair);
    assert_int_equal(pair->a.installed_count, 0);
    pair_free(pair);
}

/* J02: ESP has counted so many octets or packets. */
static void limits_of_esp_rekey_and_delete_2_8(void **state)
{
    struct pair *pair = pair_new();
    uint32_t spi;

    (void)state;
    pair->a.children[0].bytes =
        (struct ike_lifetime){.rekey = 1000000, .rand = 1000, .life = 1100000};
    pair->a.children[0].packets = (struct ike_lifetime){.rekey = 5000, .life = 6000};
    pair_start(pair);
    pair_establish(pair, NULL);
    assert_in_range(pair->a.installed[0].rekey_bytes, 999000, 1000000);
    assert_int_equal(pair->a.installed[0].life_bytes, 1100000);
    assert_int_equal(pair->a.installed[0].rekey_packets, 5000);
    assert_int_equal(pair->a.installed[0].life_packets, 6000);
    assert_int_equal(pair->b.installed[0].rekey_bytes, 0);

    spi = pair->a.installed[0].spi_in;
    pair_limit(&pair->a, spi, false, "rekey_bytes");
    assert_int_equal(pair->a.worked_on, party_newest(&pair->a));
    assert_string_equal(party_last(&pair->a, TRACE_IKE_LIFETIME_EVENT)->text, "rekey_bytes");
    pair_limit(&pair->a, spi, false, "rekey_packets"); /* it is under way */
    assert_int_equal(pair->flight_count, 1);
    pair_settle(pair);
    assert_int_not_equal(pair->a.installed[0].spi_in, spi);
    pair_limit(&pair->a, spi, true, "life_bytes"); /* one that is gone */
    assert_int_equal(pair->flight_count, 0);

    pair_limit(&pair->a, pair->a.installed[0].spi_in, true, "life_packets");
    pair_settle(pair);
    assert_int_equal(pair->a.installed_count, 0);
    assert_int_equal(pair->b.installed_count, 0);
    pair_free(pair);
}

/*
 *  CR-05, CR-06, K07: gw has answered alice's rekey, and its own lifetime of the old SA is over
 *  before the Delete comes
 *    |---- SK{N(REKEY_SA) ..} -->|
 *    |<--- SK{SA ..} -----------|
 *                                  soft: nothing.  hard: the old one goes without a word
 *    |---- SK{D} -------------->|
 *    |<--- SK{} ----------------|
 */
static void cr_05_06_the_lifetime_of_a_replaced_child_is_over_2_8(void **state)
{
    (void)state;
    for (int hard = 0; hard < 2; hard++) {
        struct pair *pair = pair_new();
        uint64_t sa, gateway;

        pair->b.children[0].time =
            (struct ike_lifetime){.rekey = hard ? 0 : MINUTE, .life = hard ? MINUTE : 0};
        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        pair_wait(pair, MINUTE - SECOND / 2);
        pair_rekey_child(&pair->a, sa, "net");
        pair_deliver_to(&pair->b);
        pair_deliver_to(&pair->a);
        assert_int_equal(pair->b.installed_count, 2);
        pair_wait(pair, SECOND / 2);
        assert_int_equal(pair->b.installed_count, hard ? 1 : 2);
        assert_int_equal(pair_in_flight_to(&pair->a), 0);
        pair_deliver_to(&pair->b);
        assert_string_equal(last_sent(&pair->b), hard ? "SK{}" : "SK{D}");
        pair_settle(pair);
        assert_int_equal(pair->a.installed_count, 1);
        assert_int_equal(pair->b.installed_count, 1);
        assert_int_equal(pair->a.installed[0].spi_in, pair->b.installed[0].spi_out);
        assert_int_equal(party_count(&pair->b, TRACE_IKE_CHILD_REKEYED_EVENT), 1);
        pair_free(pair);
    }
}

/* The IKE SA: the one that its rekey has made has a rekey_time of its own. */
static void an_ike_sa_is_rekeyed_at_its_rekey_time_2_8(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair->b.policy.rekey_time = 60 * MINUTE;
    pair->b.policy.over_time = 6 * MINUTE;
    pair_start(pair);
    pair_establish(pair, NULL);
    for (size_t n = 1; n <= 3; n++) {
        pair_wait(pair, 60 * MINUTE);
        assert_string_equal(party_last(&pair->b, TRACE_IKE_LIFETIME_EVENT)->text, "rekey_time");
        assert_string_equal(last_sent(&pair->b), "SK{SA Ni KE}");
        pair_settle(pair);
        assert_int_equal(party_count(&pair->a, TRACE_IKE_SA_REKEYED_EVENT), n);
    }
    pair_wait(pair, 30 * MINUTE); /* over_time of the old ones */
    assert_int_equal(pair->flight_count, 0);
    assert_true(party_established(&pair->a, party_newest(&pair->a)));
    assert_int_equal(party_children(&pair->b, party_newest(&pair->b)), 1);
    pair_free(pair);
}

static void an_ike_sa_that_cannot_be_rekeyed_ends_after_over_time_2_8(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->a.policy.rekey_time = 60 * MINUTE;
    pair->a.policy.over_time = 6 * MINUTE;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    pair->b.policy.proposal_count = 0;
    pair_wait(pair, 60 * MINUTE);
    pair_settle(pair);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_REKEY_FAILED_EVENT)->text,
                        "NO_PROPOSAL_CHOSEN");
    pair_wait(pair, 6 * MINUTE - 1);
    assert_true(party_established(&pair->a, sa));
    pair_wait(pair, 1);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_LIFETIME_EVENT)->text, "over_time");
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->b.installed_count, 0);
    pair_free(pair);
}

/* A CHILD SA keeps its timers when another IKE SA takes it over. */
static void a_child_keeps_its_lifetime_across_a_rekey_of_the_ike_sa(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->a.children[0].time = (struct ike_lifetime){.rekey = 10 * MINUTE, .life = 11 * MINUTE};
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    pair_wait(pair, 5 * MINUTE);
    pair_rekey_sa(&pair->a, sa);
    pair_settle(pair);
    pair_wait(pair, 5 * MINUTE);
    assert_string_equal(last_sent(&pair->a), "SK{N(REKEY_SA) SA Ni TSi TSr}");
    assert_int_equal(pair->a.worked_on, party_newest(&pair->a));
    pair_settle(pair);
    assert_int_equal(pair->b.installed_count, 1);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_ends_unless_it_is_given),
        cmocka_unit_test(a_child_is_rekeyed_at_its_rekey_time_2_8),
        cmocka_unit_test(a_random_part_is_taken_off_2_8),
        cmocka_unit_test(the_peer_does_not_answer_and_the_child_ends_at_life_time_2_8),
        cmocka_unit_test(life_time_alone_ends_a_child_that_nobody_rekeys),
        cmocka_unit_test(limits_of_esp_rekey_and_delete_2_8),
        cmocka_unit_test(cr_05_06_the_lifetime_of_a_replaced_child_is_over_2_8),
        cmocka_unit_test(an_ike_sa_is_rekeyed_at_its_rekey_time_2_8),
        cmocka_unit_test(an_ike_sa_that_cannot_be_rekeyed_ends_after_over_time_2_8),
        cmocka_unit_test(a_child_keeps_its_lifetime_across_a_rekey_of_the_ike_sa),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
