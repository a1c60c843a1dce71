#include "sim/engine/engine.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/draw.h"
#include "sim/engine/memory.h"

/* The time stands in the heap itself: nearly every comparison is decided without touching the
 * event. */
struct entry {
    uint64_t time;
    struct sim_event *event;
};

struct sim_engine {
    uint64_t seed;
    uint64_t now;
    uint64_t executed;
    size_t count, cap;
    struct entry *block; /* HEAP_SHIFT unused entries, then the heap */
    struct entry *heap;
};

/* Four children a node: half the depth of a binary heap. Entry 0 stands at the end of a cache line,
 * so that the four, 4i + 1 to 4i + 4, share one. */
enum { HEAP_ARITY = 4, HEAP_SHIFT = 3, CACHE_LINE = 64 };

/* A heap of more entries than this is out of the second-level cache, and asking ahead pays. */
#define HEAP_LARGE 50000

struct sim_engine *sim_engine_new(uint64_t seed)
{
    struct sim_engine *engine = sim_calloc(1, sizeof *engine);
    engine->seed = seed;
    return engine;
}

void sim_engine_free(struct sim_engine *engine)
{
    if (!engine) {
        return;
    }
    for (size_t i = 0; i < engine->count; i++) {
        engine->heap[i].event->drop(engine->heap[i].event);
    }
    free(engine->block);
    free(engine);
}

uint64_t sim_engine_seed(const struct sim_engine *engine)
{
    return engine->seed;
}

void sim_node_init(const struct sim_engine *engine, struct sim_node *node, const char *name)
{
    *node = (struct sim_node){.name = name, .rank = sim_draw_name(engine->seed, name)};
}

/* Order of two nodes at a tie: by their seeded ranks; by name where those collide. */
int sim_node_compare(const struct sim_node *a, const struct sim_node *b)
{
    if (a == b) {
        return 0;
    }
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

static int tie_compare(const struct sim_event *a, const struct sim_event *b)
{
    int order = sim_node_compare(a->executing, b->executing);
    if (order == 0) {
        order = sim_node_compare(a->origin, b->origin);
    }
    if (order == 0) {
        assert(a->counter != b->counter);
        order = a->counter < b->counter ? -1 : 1;
    }
    return order;
}

static inline int before(const struct entry *a, const struct entry *b)
{
    if (a->time != b->time) {
        return a->time < b->time;
    }
    return tie_compare(a->event, b->event) < 0;
}

static void grow(struct sim_engine *engine)
{
    size_t cap = engine->cap ? engine->cap * 2 : 1024;
    struct entry *block = aligned_alloc(CACHE_LINE, (cap + HEAP_ARITY) * sizeof *block);
    if (!block) {
        abort();
    }
    if (engine->count) {
        memcpy(block + HEAP_SHIFT, engine->heap, engine->count * sizeof *block);
    }
    free(engine->block);
    engine->block = block;
    engine->heap = block + HEAP_SHIFT;
    engine->cap = cap;
}

void sim_engine_schedule(struct sim_engine *engine, struct sim_event *event,
                         struct sim_node *origin, const struct sim_node *executing, uint64_t at)
{
    assert(at >= engine->now);
    event->time = at;
    event->origin = origin;
    event->executing = executing;
    event->counter = origin->counter++;
    if (engine->count == engine->cap) {
        grow(engine);
    }
    struct entry entry = {at, event};
    size_t i = engine->count++;
    while (i > 0) {
        size_t parent = (i - 1) / HEAP_ARITY;
        if (!before(&entry, &engine->heap[parent])) {
            break;
        }
        engine->heap[i] = engine->heap[parent];
        i = parent;
    }
    engine->heap[i] = entry;
}

static struct sim_event *heap_pop(struct sim_engine *engine)
{
    struct entry *heap = engine->heap;
    struct sim_event *top = heap[0].event;
    struct entry last = heap[--engine->count];
    size_t count = engine->count;
    size_t i = 0;
    for (;;) {
        size_t first = i * HEAP_ARITY + 1;
        if (first >= count) {
            break;
        }
        size_t end = first + HEAP_ARITY < count ? first + HEAP_ARITY : count;
        size_t least = first;
        /* Which line comes after this one depends on the comparisons: ask for all four. */
        for (size_t child = first; child < end && count > HEAP_LARGE; child++) {
            __builtin_prefetch(&heap[child * HEAP_ARITY + 1]);
        }
        for (size_t child = first + 1; child < end; child++) {
            if (before(&heap[child], &heap[least])) {
                least = child;
            }
        }
        if (!before(&heap[least], &last)) {
            break;
        }
        heap[i] = heap[least];
        i = least;
    }
    if (count > 0) {
        heap[i] = last;
        /* Events lie anywhere in memory; the next one is on its way while this one runs. */
        __builtin_prefetch(heap[0].event);
        __builtin_prefetch(heap[1 < count ? 1 : 0].event);
    }
    return top;
}

uint64_t sim_engine_now(const struct sim_engine *engine)
{
    return engine->now;
}

uint64_t sim_engine_next(const struct sim_engine *engine)
{
    return engine->count ? engine->heap[0].time : UINT64_MAX;
}

uint64_t sim_engine_run(struct sim_engine *engine, uint64_t until, uint64_t max)
{
    uint64_t done = 0;
    while (done < max && engine->count && engine->heap[0].time <= until) {
        struct sim_event *event = heap_pop(engine);
        engine->now = event->time;
        event->run(event, engine->now);
        done++;
    }
    engine->executed += done;
    if ((engine->count == 0 || engine->heap[0].time > until) && engine->now < until) {
        engine->now = until;
    }
    return done;
}

uint64_t sim_engine_executed(const struct sim_engine *engine)
{
    return engine->executed;
}

size_t sim_engine_pending(const struct sim_engine *engine)
{
    return engine->count;
}
