/* Random links against their closed forms: delays, bursts of losses, turned bits, queues. The dice
 * are functions of identity, so each of these tests has one outcome; its limits are those of five
 * standard deviations all the same, so that the seed does not matter. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/engine/draw.h"
#include "sim/net/link.h"

#define MS UINT64_C(1000000)
#define N 200000

static net_probability share(double p)
{
    return p >= 1 ? UINT64_MAX : (net_probability)(p * 18446744073709551616.0);
}

/* ---- delays ---- */

static double draws[N];

static void draw_delays(enum net_distribution distribution)
{
    struct net_link_policy policy = {
        .delay = 100 * MS,
        .jitter = 10 * MS,
        .floor = NET_DELAY_MIN,
        .distribution = (uint8_t)distribution,
    };
    struct net_burst burst = {0};
    for (uint64_t n = 1; n <= N; n++) {
        struct net_fate fate = net_link_fate(&policy, 7, "alice", "gw", n, &burst);
        draws[n - 1] = ((double)fate.delay - 100e6) / 10e6;
    }
}

static void check_moments(void)
{
    double mean = 0, square = 0, fourth = 0;
    for (int i = 0; i < N; i++) {
        mean += draws[i] / N;
    }
    for (int i = 0; i < N; i++) {
        double d = draws[i] - mean;
        square += d * d / N;
        fourth += d * d * d * d / N;
    }
    /* The mean's standard deviation is 1/sqrt(N); the variance's sqrt((m4 - 1) / N). */
    assert_true(fabs(mean) < 5 / sqrt(N));
    assert_true(fabs(square - 1) < 5 * sqrt((fourth - 1) / N));
}

/* The share of draws below x is that of the distribution, up to the table's resolution, 1/1024. */
static void check_share(double x, double expected)
{
    int below = 0;
    for (int i = 0; i < N; i++) {
        below += draws[i] < x;
    }
    double error = fabs((double)below / N - expected);
    assert_true(error < 1.0 / NET_DISTRIBUTION_SIZE + 5 * sqrt(expected * (1 - expected) / N));
}

static double normal_share(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

/* Shape 3 on [1, 10]: F(v) = (1 - v^-3) / (1 - 10^-3), mean 1.4865, standard deviation 0.7022. */
static double pareto_share(double x)
{
    double mean = 1.5 * 0.99 / 0.999, deviation = sqrt(2.7 / 0.999 - mean * mean);
    double v = mean + x * deviation;
    return v <= 1 ? 0 : v >= 10 ? 1 : (1 - 1 / (v * v * v)) / 0.999;
}

static const double places[] = {-2, -1, -0.6, -0.5, -0.3, 0, 0.5, 1, 2, 3};

/* On delay +- jitter: variance 1/3 and fourth moment 1/5, in units of the jitter. */
static void uniform_jitter_has_the_moments_and_shares_of_its_interval(void **state)
{
    double mean = 0, square = 0, most = 0;
    (void)state;
    draw_delays(NET_UNIFORM);
    for (int i = 0; i < N; i++) {
        mean += draws[i] / N;
        square += draws[i] * draws[i] / N;
        most = fabs(draws[i]) > most ? fabs(draws[i]) : most;
    }
    assert_true(fabs(mean) < 5 * sqrt(1.0 / 3 / N));
    assert_true(fabs(square - 1.0 / 3) < 5 * sqrt((1.0 / 5 - 1.0 / 9) / N));
    assert_true(most <= 1 && most > 0.999);
    for (double x = -0.9; x < 1; x += 0.2) {
        check_share(x, (x + 1) / 2);
    }
}

static void normal_jitter_has_the_moments_and_shares_of_the_bell_curve(void **state)
{
    (void)state;
    draw_delays(NET_NORMAL);
    check_moments();
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        check_share(places[i], normal_share(places[i]));
    }
}

static void pareto_jitter_has_the_moments_and_shares_of_the_bounded_pareto(void **state)
{
    (void)state;
    draw_delays(NET_PARETO);
    check_moments();
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        check_share(places[i], pareto_share(places[i]));
    }
}

static void paretonormal_is_a_quarter_normal_and_the_rest_pareto(void **state)
{
    (void)state;
    draw_delays(NET_PARETONORMAL);
    check_moments();
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        check_share(places[i], 0.25 * normal_share(places[i]) + 0.75 * pareto_share(places[i]));
    }
}

static void the_floor_holds_under_every_distribution(void **state)
{
    (void)state;
    for (uint8_t d = NET_UNIFORM; d <= NET_PARETONORMAL; d++) {
        struct net_link_policy policy = {
            .delay = 10 * MS, .jitter = 10 * MS, .floor = 8 * MS, .distribution = d};
        struct net_burst burst = {0};
        uint64_t least = UINT64_MAX;
        for (uint64_t n = 1; n <= 10000; n++) {
            struct net_fate fate = net_link_fate(&policy, 1, "alice", "gw", n, &burst);
            least = fate.delay < least ? fate.delay : least;
        }
        assert_int_equal(least, 8 * MS);
    }
}

/* ---- independent losses ---- */

/* Shares of single losses, of two in a row and of runs: a loss does not know of the one before. */
static void losses_have_their_share_and_do_not_know_of_each_other(void **state)
{
    static const double losses[] = {0.001, 0.05, 0.3, 0.9};
    (void)state;
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        const double p = losses[i];
        struct net_link_policy policy = {.delay = MS, .loss = share(p)};
        struct net_burst burst = {0};
        unsigned lost = 0, twice = 0, runs = 0;
        bool before = false;
        for (uint64_t n = 1; n <= N; n++) {
            bool now = net_link_fate(&policy, 5, "alice", "gw", n, &burst).lost;
            lost += now;
            twice += now && before;
            runs += now && !before;
            before = now;
        }
        assert_true(fabs((double)lost / N - p) < 5 * sqrt(p * (1 - p) / N));
        assert_true(fabs((double)twice / lost - p) < 5 * sqrt(p * (1 - p) / lost));
        /* Runs are geometric, of mean 1/(1-p). */
        double length = (double)lost / runs;
        assert_true(fabs(length - 1 / (1 - p)) < 5 * sqrt(p) / (1 - p) / sqrt(runs));
    }
}

/* Loss, duplication, reordering and corruption of one datagram are four dice. */
static void the_dice_of_a_datagram_do_not_know_of_each_other(void **state)
{
    const double p = 0.2;
    struct net_link_policy policy = {.delay = MS,
                                     .loss = share(p),
                                     .duplicate = share(p),
                                     .reorder = share(p),
                                     .corrupt = share(p)};
    struct net_burst burst = {0};
    unsigned both[4][4] = {{0}};
    (void)state;
    for (uint64_t n = 1; n <= N; n++) {
        struct net_fate fate = net_link_fate(&policy, 5, "alice", "gw", n, &burst);
        const bool dice[4] = {fate.lost, fate.duplicated, fate.reordered, fate.corrupted};
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < i; j++) {
                both[i][j] += dice[i] && dice[j];
            }
        }
    }
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < i; j++) {
            double expected = p * p;
            assert_true(fabs((double)both[i][j] / N - expected) <
                        5 * sqrt(expected * (1 - expected) / N));
        }
    }
}

/* ---- Gilbert and Elliott ---- */

struct bursts {
    unsigned lost, bursts, of_one;
};

static struct bursts roll_bursts(const struct net_gemodel *model)
{
    struct net_link_policy policy = {.delay = MS, .floor = NET_DELAY_MIN, .gemodel = *model};
    struct net_burst burst = {0};
    struct bursts found = {0};
    unsigned length = 0;
    for (uint64_t n = 1; n <= N; n++) {
        if (net_link_fate(&policy, 3, "alice", "gw", n, &burst).lost_bad) {
            found.lost++;
            length++;
        } else if (length > 0) {
            found.bursts++;
            found.of_one += length == 1;
            length = 0;
        }
    }
    return found;
}

/* Losses p/(p+r) of all, in bursts of mean 1/r whose lengths are geometric. The chain's memory
 * 1-p-r makes the variance of the share (2-p-r)/(p+r) times the binomial one. */
static void bursts_have_the_share_and_the_lengths_of_the_chain(void **state)
{
    (void)state;
    const double p = 0.02, r = 0.25, lost = p / (p + r);
    struct net_gemodel model = {.p = share(p), .r = share(r), .loss_bad = UINT64_MAX};
    struct bursts found = roll_bursts(&model);
    double deviation = sqrt(lost * (1 - lost) / N * (2 - p - r) / (p + r));
    assert_true(fabs((double)found.lost / N - lost) < 5 * deviation);
    double length = (double)found.lost / found.bursts;
    assert_true(fabs(length - 1 / r) < 5 * sqrt(1 - r) / r / sqrt(found.bursts));
    double ones = (double)found.of_one / found.bursts;
    assert_true(fabs(ones - r) < 5 * sqrt(r * (1 - r) / found.bursts));
}

static void both_states_lose_their_own_shares(void **state)
{
    (void)state;
    const double p = 0.1, r = 0.3, bad = 0.5, good = 0.01;
    struct net_gemodel model = {
        .p = share(p), .r = share(r), .loss_bad = share(bad), .loss_good = share(good)};
    double expected = p / (p + r) * bad + r / (p + r) * good;
    /* Less than the deviation of a chain whose every bad datagram is lost. */
    double in_bad = p / (p + r);
    double deviation = sqrt(in_bad * (1 - in_bad) / N * (2 - p - r) / (p + r));
    assert_true(fabs((double)roll_bursts(&model).lost / N - expected) < 5 * deviation);
}

static void the_chain_is_a_function_of_the_number_alone(void **state)
{
    (void)state;
    struct net_link_policy policy = {
        .delay = MS, .gemodel = {.p = share(0.2), .r = share(0.2), .loss_bad = UINT64_MAX}};
    struct net_link_policy other = policy;
    other.loss = share(0.5); /* another fate must not move it */
    other.jitter = MS / 2;
    struct net_burst a = {0}, b = {0};
    for (uint64_t n = 1; n <= 1000; n++) {
        bool lost = net_link_fate(&policy, 1, "alice", "gw", n, &a).lost_bad;
        assert_int_equal(lost, net_link_fate(&other, 1, "alice", "gw", n, &b).lost_bad);
    }
}

/* ---- corruption ---- */

static void corruption_has_its_share_and_spares_no_bit(void **state)
{
    (void)state;
    struct net_link_policy policy = {.delay = MS, .corrupt = share(0.1)};
    struct net_burst burst = {0};
    unsigned corrupted = 0, bits[32] = {0};
    for (uint64_t n = 1; n <= N; n++) {
        struct net_fate fate = net_link_fate(&policy, 5, "alice", "gw", n, &burst);
        if (fate.corrupted) {
            uint64_t bit = net_fate_bit(&fate, 4);
            assert_true(bit < 32);
            corrupted++;
            bits[bit]++;
        }
    }
    assert_true(fabs(corrupted - 0.1 * N) < 5 * sqrt(0.09 * N));
    for (int i = 0; i < 32; i++) {
        double expected = corrupted / 32.0;
        assert_true(fabs(bits[i] - expected) < 5 * sqrt(expected));
    }
}

/* ---- rate ---- */

/* 1000 octets at 8 Mbit/s take a millisecond each: a burst leaves at that pace. */
static void a_burst_leaves_at_the_rate(void **state)
{
    (void)state;
    struct net_link_policy policy = {.rate = 8000000, .limit = 100};
    struct net_queue queue = {0};
    uint64_t left = 0;
    for (uint64_t i = 1; i <= 50; i++) {
        assert_true(net_queue_pass(&queue, &policy, 5 * MS, 1000, &left));
        assert_int_equal(left, 5 * MS + i * MS);
    }
    /* An idle link takes the next at once. */
    assert_true(net_queue_pass(&queue, &policy, 100 * MS, 500, &left));
    assert_int_equal(left, 100 * MS + MS / 2);
    net_queue_dispose(&queue);
}

static void a_full_queue_loses_what_comes_last(void **state)
{
    (void)state;
    struct net_link_policy policy = {.rate = 8000000, .limit = 3};
    struct net_queue queue = {0};
    uint64_t left = 0;
    for (int i = 0; i < 4; i++) { /* one is being sent, three wait */
        assert_true(net_queue_pass(&queue, &policy, 0, 1000, &left));
    }
    assert_false(net_queue_pass(&queue, &policy, 0, 1000, &left));
    assert_false(net_queue_pass(&queue, &policy, MS - 1, 1000, &left));
    /* The second begins to be sent: there is room for one. */
    assert_true(net_queue_pass(&queue, &policy, MS, 1000, &left));
    assert_int_equal(left, 5 * MS);
    assert_false(net_queue_pass(&queue, &policy, MS, 1000, &left));
    net_queue_dispose(&queue);
}

/* Offered twice what the link carries, half of it passes, at exactly the rate. */
static void an_overloaded_link_carries_its_rate(void **state)
{
    (void)state;
    struct net_link_policy policy = {.rate = 1000000, .limit = 20};
    struct net_queue queue = {0};
    uint64_t left = 0, passed = 0;
    for (uint64_t i = 0; i < 20000; i++) { /* 1250 octets: 10 ms each */
        passed += net_queue_pass(&queue, &policy, i * 5 * MS, 1250, &left);
    }
    assert_int_equal(left, passed * 10 * MS);
    assert_in_range(passed, 10000, 10000 + 21);
    net_queue_dispose(&queue);
}

/* Poisson arrivals at a link that is busy a share u of the time, each datagram taking s: the queue
 * M/D/1, whose mean wait is u s / (2 (1 - u)) (Pollaczek and Khinchine). Waits of neighbours are
 * alike, so the limits are those seen over seeds, not of independent draws: 3% at half load. */
static void waits_under_poisson_load_are_those_of_pollaczek_and_khinchine(void **state)
{
    static const struct {
        double load, tolerance;
    } cases[] = {{0.2, 0.03}, {0.5, 0.03}, {0.8, 0.08}};
    const double service = 1e6; /* 1000 octets at 8 Mbit/s */
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct net_link_policy policy = {.rate = 8000000, .limit = 1000000};
        struct net_queue queue = {0};
        struct sim_draw_key key = sim_draw_key(3, "alice", "poisson net");
        uint64_t now = 0, left = 0;
        double wait = 0, u = cases[c].load;
        for (uint64_t n = 1; n <= N; n++) {
            uint64_t words[4];
            sim_draw_words(key, (const uint64_t[4]){n, c, 0, 0}, words);
            now += sim_draw_exponential(words[0], (uint64_t)(service / u));
            assert_true(net_queue_pass(&queue, &policy, now, 1000, &left));
            wait += ((double)(left - now) - service) / N;
        }
        double expected = u * service / (2 * (1 - u));
        assert_true(fabs(wait - expected) < cases[c].tolerance * expected);
        net_queue_dispose(&queue);
    }
}

static void without_a_rate_nothing_waits(void **state)
{
    (void)state;
    struct net_link_policy policy = {.limit = 0};
    struct net_queue queue = {0};
    uint64_t left = 0;
    assert_true(net_queue_pass(&queue, &policy, 7, 65535, &left));
    assert_int_equal(left, 7);
    net_queue_dispose(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_jitter_has_the_moments_and_shares_of_its_interval),
        cmocka_unit_test(normal_jitter_has_the_moments_and_shares_of_the_bell_curve),
        cmocka_unit_test(pareto_jitter_has_the_moments_and_shares_of_the_bounded_pareto),
        cmocka_unit_test(paretonormal_is_a_quarter_normal_and_the_rest_pareto),
        cmocka_unit_test(the_floor_holds_under_every_distribution),
        cmocka_unit_test(losses_have_their_share_and_do_not_know_of_each_other),
        cmocka_unit_test(the_dice_of_a_datagram_do_not_know_of_each_other),
        cmocka_unit_test(bursts_have_the_share_and_the_lengths_of_the_chain),
        cmocka_unit_test(both_states_lose_their_own_shares),
        cmocka_unit_test(the_chain_is_a_function_of_the_number_alone),
        cmocka_unit_test(corruption_has_its_share_and_spares_no_bit),
        cmocka_unit_test(a_burst_leaves_at_the_rate),
        cmocka_unit_test(a_full_queue_loses_what_comes_last),
        cmocka_unit_test(an_overloaded_link_carries_its_rate),
        cmocka_unit_test(waits_under_poisson_load_are_those_of_pollaczek_and_khinchine),
        cmocka_unit_test(without_a_rate_nothing_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
