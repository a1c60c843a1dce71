/* What a world will take, told before it is built. */
#include "scenario_support.h"

#include "sim/scenario/estimate.h"

static const char pairs[] =
    "duration: 10s\n"
    "pairs: %d\n"
    "hosts:\n"
    "  - {name: a, connect: b, ike: {secret: s},\n"
    "     children: [{name: n, local_ts: [10.1.0.0/24], remote_ts: [10.128.0.0/24]}]%s}\n"
    "  - {name: b, ike: {secret: s},\n"
    "     children: [{name: n, local_ts: [10.128.0.0/24], remote_ts: [10.1.0.0/24]}]}\n"
    "links: [{between: [a, b]}]\n";

static struct estimate of(int count, const char *traffic)
{
    char text[1024];
    snprintf(text, sizeof text, pairs, count, traffic);
    struct scenario *scenario = support_read(text);
    struct estimate estimate = estimate_memory(scenario);
    scenario_free(scenario);
    return estimate;
}

static void each_pair_is_two_hosts_a_path_and_its_sas(void **state)
{
    (void)state;
    struct estimate few = of(10, ""), many = of(1010, "");
    assert_int_equal(many.hosts, 2020);
    assert_int_equal(many.pairs, 1010);
    assert_int_equal(many.packets, 0);
    assert_int_equal(few.octets,
                     ESTIMATE_BASE + 10 * (2 * ESTIMATE_HOST + ESTIMATE_PATH + ESTIMATE_PAIR));
    assert_int_equal(many.octets - few.octets,
                     1000 * (2 * ESTIMATE_HOST + ESTIMATE_PATH + ESTIMATE_PAIR));
}

static void packets_count_by_their_traffic(void **state)
{
    (void)state;
    static const struct {
        const char *traffic;
        uint64_t packets; /* of one host in 10 s */
    } rows[] = {
        {", traffic: [{child: n, kind: ping, every: 1s}]", 22},
        {", traffic: [{child: n, kind: ping, every: 1s, count: 3}]", 6},
        {", traffic: [{child: n, kind: cbr, every: 1ms, start: 5s}]", 5001},
        {", traffic: [{child: n, kind: cbr, rate: 8mbit, size: 1000B}]", 10001},
        {", traffic: [{child: n, kind: onoff, every: 1ms, on: 1s, off: 3s}]", 2501},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct estimate estimate = of(3, rows[i].traffic);
        assert_int_equal(estimate.packets, 3 * rows[i].packets);
        assert_int_equal(estimate.octets - of(3, "").octets, estimate.packets * ESTIMATE_PACKET);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pair_is_two_hosts_a_path_and_its_sas),
        cmocka_unit_test(packets_count_by_their_traffic),
    };
    return cmocka_run_group_tests(tests, support_setup, support_teardown);
}
