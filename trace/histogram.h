/*
 * A histogram of durations in integers, as HdrHistogram has it: each power of two is cut into 32
 * buckets, so that a percentile is told to within a thirty-second of itself (3.2%).
 */
#ifndef IKESIM_TRACE_HISTOGRAM_H
#define IKESIM_TRACE_HISTOGRAM_H

#include <stdint.h>

/* Values below 32 have buckets of their own; each of the 59 powers of two above has 32. */
enum { TRACE_HISTOGRAM_STEPS = 32, TRACE_HISTOGRAM_BUCKETS = TRACE_HISTOGRAM_STEPS * 60 };

/* Zeroed memory is an empty one. */
struct trace_histogram {
    uint64_t count, max;
    uint32_t buckets[TRACE_HISTOGRAM_BUCKETS];
};

/* Counts one value. */
void trace_histogram_add(struct trace_histogram *histogram, uint64_t value);

/* The greatest value that the bucket holds in which `per_mille` of all values are reached, and
 * never more than the greatest that was added; 0 of an empty histogram. */
uint64_t trace_histogram_percentile(const struct trace_histogram *histogram, unsigned per_mille);

#endif
