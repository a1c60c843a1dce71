/* A scenario at work: hosts, links, script and expectations on one event queue. */
#ifndef IKESIM_SIM_WORLD_H
#define IKESIM_SIM_WORLD_H

#include "sim/host/ahead.h"
#include "sim/scenario/observer.h"
#include "sim/scenario/scenario.h"
#include "trace/writer.h"

struct world;

struct world_options {
    struct trace_writer
        *writer; /* borrowed; NULL: nothing is recorded, the hash is made all the same */
    /* Which scopes are recorded beside the run's own events and of those that the scenario keeps;
     * NULL: all. */
    bool (*keep)(void *context, const char *host, const char *peer);
    void *keep_context;
    /* As scenario.hosts: only these begin anything, and no expectation is checked; borrowed. NULL:
     * all. What they do is what they would do among all (influence.h). */
    const bool *only;
    const char *series_dir; /* where series.csv goes, if the scenario has one; NULL: nowhere */
    /* Threads that compute key exchanges, the caller's own among them: 0 and 1 are the caller
     * alone. The result is the same (docs/design.md, "Computing ahead"). */
    unsigned threads;
};

/* Builds the world; `scenario` is borrowed. NULL with `why` filled when OpenSSL lacks something, or
 * the series cannot be written. */
struct world *world_new(const struct scenario *scenario, const struct world_options *options,
                        char *why, size_t why_cap);
void world_free(struct world *world);

/* Executes at most `max` events up to time `until` (ns; never beyond the scenario's duration).
 * Returns how many. */
uint64_t world_run(struct world *world, uint64_t until, uint64_t max);

/* Virtual time, and whether it has reached the scenario's duration with no event left before it. */
uint64_t world_now(const struct world *world);
bool world_done(const struct world *world);

/* Ends the run: decides what is left of the expectations (`by` not reached when interrupted:
 * undecided ones are decided as things stand), emits run:end. Returns the number of expectations
 * that failed. Call once. */
size_t world_finish(struct world *world, bool interrupted);

/* Makes the series visible to readers. */
void world_flush(struct world *world);

/* After world_finish: 0, or -1 with `why` filled if the series could not be written. */
int world_series_written(const struct world *world, char *why, size_t why_cap);

/* After world_finish: the verdict on expectation i of the scenario. */
bool world_expectation(const struct world *world, size_t i, const char **why);

/* After world_finish: the hash of the run; and at any time, how many events were executed. */
uint64_t world_hash(const struct world *world);
uint64_t world_executed(const struct world *world);
const struct observer *world_observer(const struct world *world);

/* How much of the key exchanges was foreseen; zero with one thread. */
struct ahead_counts world_ahead_counts(const struct world *world);

/* The CPU of a host that there is. */
const struct cpu_figures *world_cpu(const struct world *world, const char *host);

/* Octets that the endpoints hold for their SAs. */
size_t world_memory(const struct world *world);

#endif
