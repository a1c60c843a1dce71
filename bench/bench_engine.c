/*
 * Hold operations (take the next event, queue one an exponential increment later) of the event
 * queue, against a plain binary heap with 24-byte entries that knows nothing but times.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/bench.h"
#include "sim/engine/draw.h"
#include "sim/engine/engine.h"

enum { ROUNDS = 7, INCREMENTS = 1 << 16 };

static uint64_t increments[INCREMENTS];

static void draw_increments(void)
{
    struct sim_draw_key key = sim_draw_key(1, "bench", NULL);
    for (uint64_t i = 0; i < INCREMENTS; i++) {
        uint64_t words[4];
        sim_draw_words(key, (const uint64_t[4]){i, 0, 0, 0}, words);
        double uniform = ((double)(words[0] >> 11) + 0.5) / 9007199254740992.0;
        increments[i] = (uint64_t)(-log(uniform) * 1e6);
    }
}

/* ---- ours ---- */

static struct sim_engine *engine;
static struct sim_node nodes[64];
static uint64_t step;

static void hold(struct sim_event *event, uint64_t now)
{
    struct sim_node *node = &nodes[step & 63];
    sim_engine_schedule(engine, event, node, node, now + increments[step & (INCREMENTS - 1)]);
    step++;
}

static void ignore(struct sim_event *event)
{
    (void)event;
}

static double bench_ours(struct sim_event *events, size_t pending, uint64_t holds)
{
    engine = sim_engine_new(1);
    for (size_t i = 0; i < 64; i++) {
        sim_node_init(engine, &nodes[i], "node");
        nodes[i].rank = i;
    }
    for (size_t i = 0; i < pending; i++) {
        events[i] = (struct sim_event){.run = hold, .drop = ignore};
        sim_engine_schedule(engine, &events[i], &nodes[i & 63], &nodes[i & 63],
                            increments[i & (INCREMENTS - 1)]);
    }
    sim_engine_run(engine, UINT64_MAX, pending * 2);
    uint64_t begin = bench_now();
    sim_engine_run(engine, UINT64_MAX, holds);
    double ns = (double)(bench_now() - begin) / (double)holds;
    sim_engine_free(engine);
    return ns;
}

/* ---- the plain heap ---- */

struct plain {
    uint64_t time, a, b;
};

static void plain_push(struct plain *heap, size_t *count, struct plain entry)
{
    size_t i = (*count)++;
    while (i > 0 && heap[(i - 1) / 2].time > entry.time) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = entry;
}

static struct plain plain_pop(struct plain *heap, size_t *count)
{
    struct plain top = heap[0], last = heap[--*count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= *count) {
            break;
        }
        if (child + 1 < *count && heap[child + 1].time < heap[child].time) {
            child++;
        }
        if (heap[child].time >= last.time) {
            break;
        }
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}

static double bench_plain(struct plain *heap, size_t pending, uint64_t holds)
{
    size_t count = 0;
    uint64_t n = 0;
    for (size_t i = 0; i < pending; i++) {
        plain_push(heap, &count, (struct plain){increments[i & (INCREMENTS - 1)], i, 0});
    }
    uint64_t begin = 0;
    for (uint64_t i = 0; i < pending * 2 + holds; i++) {
        if (i == pending * 2) {
            begin = bench_now();
        }
        struct plain entry = plain_pop(heap, &count);
        entry.time += increments[n++ & (INCREMENTS - 1)];
        plain_push(heap, &count, entry);
    }
    return (double)(bench_now() - begin) / (double)holds;
}

int main(void)
{
    static const size_t sizes[] = {1000, 100000, 1000000};
    draw_increments();
    struct sim_event *events = malloc(sizes[2] * sizeof *events);
    struct plain *heap = malloc((sizes[2] + 1) * sizeof *heap);
    if (!events || !heap) {
        abort();
    }
    puts("event queue: hold operation, exponential increments, against a plain binary heap of "
         "24-byte entries");
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        double ours[ROUNDS], plain[ROUNDS], ratio[ROUNDS];
        for (int r = 0; r < ROUNDS; r++) {
            ours[r] = bench_ours(events, sizes[s], 500000);
            plain[r] = bench_plain(heap, sizes[s], 500000);
            ratio[r] = ours[r] / plain[r];
        }
        printf("  %7zu pending: %4.0f ns, plain heap %4.0f ns, ratio %.2f\n", sizes[s],
               bench_median(ours, ROUNDS), bench_median(plain, ROUNDS),
               bench_median(ratio, ROUNDS));
    }
    free(events);
    free(heap);
    return 0;
}
