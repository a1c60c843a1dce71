/*
 * The discrete-event core: a virtual clock and a queue of events in a total order that no run can
 * change. Knows no IKE and no networks.
 *
 * An event is executed by one node. Its key is (time, executing node, originating node, the
 * originator's own counter), known without asking any other node. Between originators a tie is
 * broken by a seeded hash of their names, so that no host is favoured for where it stands in a file
 * (docs/design.md, rule 4).
 */
#ifndef IKESIM_SIM_ENGINE_H
#define IKESIM_SIM_ENGINE_H

#include <stddef.h>
#include <stdint.h>

struct sim_engine;
struct sim_event;

/* A node's place in the order: made once for each name. */
struct sim_node {
    const char *name;
    uint64_t rank;    /* seeded hash of the name */
    uint64_t counter; /* events originated so far */
};

/* Embedded in whatever waits for its time (a datagram on its way, a timer), which belongs to the
 * queue until `run` is called with it, or `drop` where the engine is freed first. */
struct sim_event {
    uint64_t time;
    uint64_t counter;
    const struct sim_node *executing;
    const struct sim_node *origin;
    void (*run)(struct sim_event *event, uint64_t now);
    void (*drop)(struct sim_event *event);
};

/* Order of two nodes at a tie, as strcmp has it: by their seeded ranks. */
int sim_node_compare(const struct sim_node *a, const struct sim_node *b);

/* At time 0 with nothing queued. */
struct sim_engine *sim_engine_new(uint64_t seed);

/* Drops all that is still queued, then frees. */
void sim_engine_free(struct sim_engine *engine);

/* The seed of every draw of the run. */
uint64_t sim_engine_seed(const struct sim_engine *engine);

/* Fills a node's place; `name` lives as long as the engine and is unique (asserted when two events
 * tie in everything). */
void sim_node_init(const struct sim_engine *engine, struct sim_node *node, const char *name);

/* Queues `event` for `at`, not before now (asserted). The caller has set run and drop. */
void sim_engine_schedule(struct sim_engine *engine, struct sim_event *event,
                         struct sim_node *origin, const struct sim_node *executing, uint64_t at);

/* Virtual time: that of the event being executed, or of the last one. */
uint64_t sim_engine_now(const struct sim_engine *engine);

/* Time of the next event, UINT64_MAX if there is none. */
uint64_t sim_engine_next(const struct sim_engine *engine);

/* Executes at most `max` events whose time is not after `until`. Returns how many; when nothing is
 * left by then, the clock stands at `until`. */
uint64_t sim_engine_run(struct sim_engine *engine, uint64_t until, uint64_t max);

/* Events executed so far, and queued now. */
uint64_t sim_engine_executed(const struct sim_engine *engine);
size_t sim_engine_pending(const struct sim_engine *engine);

#endif
