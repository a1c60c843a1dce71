/* Links: what the dice say agrees with the numbers of the scenario, and is a function of identity
 * alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/net/link.h"

#define MS UINT64_C(1000000)
#define N 100000

static net_probability percent(unsigned p)
{
    return UINT64_MAX / 100 * p;
}

struct tally {
    unsigned lost, duplicated, reordered;
    uint64_t least, most;
    double mean;
};

static struct tally roll(const struct net_link_policy *policy, uint64_t seed)
{
    struct tally tally = {.least = UINT64_MAX};
    struct net_burst burst = {0};
    double sum = 0;
    for (uint64_t n = 1; n <= N; n++) {
        struct net_fate fate = net_link_fate(policy, seed, "alice", "gw", n, &burst);
        tally.lost += fate.lost;
        tally.duplicated += fate.duplicated;
        tally.reordered += fate.reordered;
        tally.least = fate.delay < tally.least ? fate.delay : tally.least;
        tally.most = fate.delay > tally.most ? fate.delay : tally.most;
        sum += (double)fate.delay;
    }
    tally.mean = sum / N;
    return tally;
}

/* Binomial, five standard deviations: 5 * sqrt(100000 * 0.3 * 0.7) = 725. */
static void loss_of_thirty_percent_loses_thirty_in_a_hundred(void **state)
{
    (void)state;
    struct net_link_policy policy = {.delay = 40 * MS, .floor = NET_DELAY_MIN, .loss = percent(30)};
    struct tally tally = roll(&policy, 1);
    assert_in_range(tally.lost, 30000 - 725, 30000 + 725);
    assert_int_equal(tally.duplicated, 0);
    assert_int_equal(tally.reordered, 0);
}

static void duplication_and_reordering_follow_their_shares(void **state)
{
    (void)state;
    struct net_link_policy policy = {
        .delay = 40 * MS, .floor = NET_DELAY_MIN, .duplicate = percent(10), .reorder = percent(20)};
    struct tally tally = roll(&policy, 1);
    assert_in_range(tally.duplicated, 10000 - 475, 10000 + 475);
    assert_in_range(tally.reordered, 20000 - 633, 20000 + 633);
    assert_int_equal(tally.least, NET_DELAY_MIN);
}

/* Uniform: mean 40 ms, standard deviation 5/sqrt(3) ms; of the mean of 100,000, 9.13 us. */
static void jitter_is_uniform_around_the_delay(void **state)
{
    (void)state;
    struct net_link_policy policy = {.delay = 40 * MS, .jitter = 5 * MS, .floor = NET_DELAY_MIN};
    struct tally tally = roll(&policy, 1);
    assert_true(tally.least >= 35 * MS && tally.least < 35 * MS + MS / 100);
    assert_true(tally.most <= 45 * MS && tally.most > 45 * MS - MS / 100);
    assert_true(tally.mean > 40e6 - 46e3 && tally.mean < 40e6 + 46e3);
}

static void no_delay_is_below_the_floor(void **state)
{
    (void)state;
    struct net_link_policy policy = {
        .delay = 1 * MS, .jitter = 1 * MS, .floor = 500000, .reorder = percent(5)};
    struct tally tally = roll(&policy, 9);
    assert_int_equal(tally.least, 500000);
}

static void certain_loss_and_no_loss_are_exact(void **state)
{
    (void)state;
    struct net_link_policy policy = {.delay = 1 * MS, .floor = NET_DELAY_MIN, .loss = UINT64_MAX};
    assert_int_equal(roll(&policy, 1).lost, N);
    policy.loss = 0;
    assert_int_equal(roll(&policy, 1).lost, 0);
}

static void each_direction_and_each_seed_has_luck_of_its_own(void **state)
{
    (void)state;
    struct net_link_policy policy = {.delay = 1 * MS, .floor = NET_DELAY_MIN, .loss = percent(50)};
    unsigned there_equals_back = 0, seeds_equal = 0;
    struct net_burst none = {0};
    for (uint64_t n = 1; n <= 1000; n++) {
        struct net_fate there = net_link_fate(&policy, 1, "alice", "gw", n, &none);
        there_equals_back += there.lost == net_link_fate(&policy, 1, "gw", "alice", n, &none).lost;
        seeds_equal += there.lost == net_link_fate(&policy, 2, "alice", "gw", n, &none).lost;
    }
    /* 500 expected, five standard deviations are 79. */
    assert_in_range(there_equals_back, 421, 579);
    assert_in_range(seeds_equal, 421, 579);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_of_thirty_percent_loses_thirty_in_a_hundred),
        cmocka_unit_test(duplication_and_reordering_follow_their_shares),
        cmocka_unit_test(jitter_is_uniform_around_the_delay),
        cmocka_unit_test(no_delay_is_below_the_floor),
        cmocka_unit_test(certain_loss_and_no_loss_are_exact),
        cmocka_unit_test(each_direction_and_each_seed_has_luck_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
