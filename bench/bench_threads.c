/*
 * storm-small with fresh keys, with one thread and with more (docs/design.md, "Computing ahead"):
 * wall clock, since that is what threads are for, and CPU time of the thread that executes events,
 * which no neighbour spoils: with the cores to itself, a run takes as long as its busiest thread.
 */
#include <stdio.h>
#include <string.h>

#include "bench/bed.h"
#include "bench/bench.h"

enum { ROUNDS = 5, THREADS_MAX = 4 };

#define LIMIT 1.6 /* two threads, at least */

static double wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double process_cpu(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Milliseconds. */
struct figure {
    double wall, own, others;
};

static struct figure run(const struct scenario *scenario, unsigned threads, uint64_t *hash)
{
    struct world *world = bed_world(scenario, &(struct world_options){.threads = threads});
    double begin = wall(), cpu = process_cpu();
    uint64_t own = bench_now();
    bed_run(world, UINT64_MAX);
    struct figure figure = {.wall = wall() - begin, .own = (double)(bench_now() - own) / 1e6};
    figure.others = process_cpu() - cpu - figure.own;
    world_finish(world, false);
    *hash = world_hash(world);
    world_free(world);
    return figure;
}

static struct figure least(struct figure a, struct figure b)
{
    return (struct figure){
        .wall = b.wall < a.wall ? b.wall : a.wall,
        .own = b.own < a.own ? b.own : a.own,
        .others = b.others < a.others ? b.others : a.others,
    };
}

int main(void)
{
    struct scenario *scenario = bed_read("scenarios/storm-small.yaml", NULL, 0);
    struct figure best[THREADS_MAX + 1];
    uint64_t first = 0, hash;
    for (int round = 0; round < ROUNDS; round++) {
        for (unsigned threads = 1; threads <= THREADS_MAX; threads *= 2) {
            struct figure figure = run(scenario, threads, &hash);
            best[threads] = round == 0 ? figure : least(best[threads], figure);
            first = round == 0 && threads == 1 ? hash : first;
            if (hash != first) {
                fputs("bench_threads: the result is not the same\n", stderr);
                return 1;
            }
        }
    }
    printf("storm-small, fresh keys, hash on, not recorded: best of %d runs\n", ROUNDS);
    for (unsigned threads = 1; threads <= THREADS_MAX; threads *= 2) {
        const struct figure *figure = &best[threads];
        double speed = best[1].wall / figure->wall;
        /* Jobs are shared out evenly: the others have as much each. */
        double others = threads > 1 ? figure->others / (threads - 1) : 0;
        double busiest = figure->own > others ? figure->own : others;
        printf("  %u thread%s: %5.0f ms, %.2f times as fast%s; CPU %5.0f ms of the executing one, "
               "%5.0f ms of each other: %.2f times\n",
               threads, threads == 1 ? " " : "s", figure->wall, speed,
               threads != 2     ? ""
               : speed >= LIMIT ? " (limit 1.6)"
                                : " (limit 1.6, BELOW)",
               figure->own, others, best[1].own / busiest);
    }
    scenario_free(scenario);
    return 0;
}
