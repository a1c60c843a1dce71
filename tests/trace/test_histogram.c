/* Histograms of durations: percentiles against the sorted values themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace/histogram.h"

static void an_empty_one_has_no_percentiles(void **state)
{
    struct trace_histogram histogram = {0};
    (void)state;
    assert_int_equal(trace_histogram_percentile(&histogram, 500), 0);
}

static void one_value_is_all_its_percentiles(void **state)
{
    static const uint64_t values[] = {0, 1, 31, 32, 33, 1000000007, UINT64_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct trace_histogram histogram = {0};
        trace_histogram_add(&histogram, values[i]);
        assert_int_equal(trace_histogram_percentile(&histogram, 0), values[i]);
        assert_int_equal(trace_histogram_percentile(&histogram, 500), values[i]);
        assert_int_equal(trace_histogram_percentile(&histogram, 1000), values[i]);
    }
}

static void values_below_64_are_kept_apart(void **state)
{
    struct trace_histogram histogram = {0};
    (void)state;
    for (uint64_t value = 1; value <= 50; value++) {
        trace_histogram_add(&histogram, value);
    }
    for (unsigned percent = 2; percent <= 100; percent += 2) {
        assert_int_equal(trace_histogram_percentile(&histogram, percent * 10), percent / 2);
    }
}

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* Values over all magnitudes: what is told is never less than the true percentile, and at most a
 * thirty-second more. */
static void a_percentile_is_told_to_within_a_thirty_second(void **state)
{
    enum { VALUES = 100000 };
    static uint64_t values[VALUES];
    static struct trace_histogram histogram;
    uint64_t word = 88172645463325252; /* xorshift64, of this seed */
    (void)state;
    for (size_t i = 0; i < VALUES; i++) {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        values[i] = word >> (i % 60);
        trace_histogram_add(&histogram, values[i]);
    }
    qsort(values, VALUES, sizeof *values, by_value);
    assert_int_equal(histogram.count, VALUES);
    assert_int_equal(histogram.max, values[VALUES - 1]);
    for (unsigned per_mille = 1; per_mille <= 1000; per_mille++) {
        uint64_t exact = values[(size_t)VALUES / 1000 * per_mille - 1];
        uint64_t told = trace_histogram_percentile(&histogram, per_mille);
        assert_true(told >= exact);
        assert_true(told - exact <= exact / 32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_has_no_percentiles),
        cmocka_unit_test(one_value_is_all_its_percentiles),
        cmocka_unit_test(values_below_64_are_kept_apart),
        cmocka_unit_test(a_percentile_is_told_to_within_a_thirty_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
