/* What benches share: a clock, and ratios from interleaved rounds, since machines are noisy. */
#ifndef IKESIM_BENCH_BENCH_H
#define IKESIM_BENCH_BENCH_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* CPU time of this thread, ns: what a neighbour takes is not counted. */
static inline uint64_t bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static inline double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, bench_compare);
    return values[count / 2];
}

#endif
