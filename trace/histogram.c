#include "trace/histogram.h"

#include <stddef.h>

enum { STEP_BITS = 5 };

static unsigned highest_bit(uint64_t value)
{
    unsigned bit = 0;
    while (value >>= 1) {
        bit++;
    }
    return bit;
}

static size_t bucket_of(uint64_t value)
{
    if (value < TRACE_HISTOGRAM_STEPS) {
        return (size_t)value;
    }
    unsigned shift = highest_bit(value) - STEP_BITS;
    return (size_t)(shift + 1) * TRACE_HISTOGRAM_STEPS +
           (size_t)(value >> shift) % TRACE_HISTOGRAM_STEPS;
}

static uint64_t greatest_of(size_t bucket)
{
    if (bucket < TRACE_HISTOGRAM_STEPS) {
        return bucket;
    }
    unsigned shift = (unsigned)(bucket / TRACE_HISTOGRAM_STEPS) - 1;
    uint64_t first = (uint64_t)(TRACE_HISTOGRAM_STEPS + bucket % TRACE_HISTOGRAM_STEPS) << shift;
    return first + ((UINT64_C(1) << shift) - 1);
}

void trace_histogram_add(struct trace_histogram *histogram, uint64_t value)
{
    histogram->count++;
    if (value > histogram->max) {
        histogram->max = value;
    }
    histogram->buckets[bucket_of(value)]++;
}

uint64_t trace_histogram_percentile(const struct trace_histogram *histogram, unsigned per_mille)
{
    /* Rounded up: the 990th of 1000 values is the 99th percentile, and of one value that one. */
    uint64_t wanted =
        histogram->count / 1000 * per_mille + (histogram->count % 1000 * per_mille + 999) / 1000;
    uint64_t seen = 0;
    for (size_t i = 0; i < TRACE_HISTOGRAM_BUCKETS && histogram->count > 0; i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted && seen > 0) {
            uint64_t value = greatest_of(i);
            return value < histogram->max ? value : histogram->max;
        }
    }
    return 0;
}
