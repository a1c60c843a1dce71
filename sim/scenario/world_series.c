/* The time series of a run: when an interval ends, and what is asked of hosts and observer then. */
#include "sim/scenario/world_internal.h"

static void add_load(const struct world *world, size_t host, uint64_t now,
                     struct trace_series_gauges *gauges)
{
    struct node_load load = node_load(world->nodes[host], now);
    gauges->cores += load.cores;
    gauges->cpu_busy += load.busy;
    gauges->queue += load.waiting;
    if (load.waiting_most > gauges->queue_max) {
        gauges->queue_max = load.waiting_most;
    }
}

/* Of all hosts, or of one. */
static uint64_t count(const struct world *world, const size_t *host, enum scenario_count what)
{
    return host ? observer_count_at(world->observer, what, *host)
                : observer_count(world->observer, what, NULL);
}

static void take_counts(const struct world *world, const size_t *host,
                        struct trace_series_gauges *gauges)
{
    gauges->packets_sent = count(world, host, SCENARIO_COUNT_INNER_PACKETS_SENT);
    gauges->packets_delivered = count(world, host, SCENARIO_COUNT_INNER_PACKETS_DELIVERED);
    gauges->packets_lost = count(world, host, SCENARIO_COUNT_INNER_PACKETS_LOST);
    gauges->packets_late = count(world, host, SCENARIO_COUNT_INNER_PACKETS_LATE);
    gauges->lost_in_rekey = count(world, host, SCENARIO_COUNT_PACKETS_LOST_IN_REKEY);
}

static void ask_gauges(void *context, const char *host, uint64_t now,
                       struct trace_series_gauges *gauges)
{
    const struct world *world = context;
    *gauges = (struct trace_series_gauges){0};
    if (host) {
        size_t index = world_host_index(world, host);
        add_load(world, index, now, gauges);
        take_counts(world, &index, gauges);
        return;
    }
    for (size_t i = 0; i < world->scenario->host_count; i++) {
        add_load(world, i, now, gauges);
    }
    take_counts(world, NULL, gauges);
}

void world_turn_series(struct world *world)
{
    trace_series_turn(world->series);
    for (size_t i = 0; i < world->scenario->host_count; i++) {
        node_load_begin(world->nodes[i]);
    }
}

bool world_open_series(struct world *world, char *why, size_t why_cap)
{
    const struct scenario_series *series = &world->scenario->series;
    if (!world->options.series_dir || series->every == 0) {
        return true;
    }
    world->series = trace_series_open(
        &(struct trace_series_options){
            .dir = world->options.series_dir,
            .every = series->every,
            .hosts = series->hosts,
            .host_count = series->host_count,
            .ask = ask_gauges,
            .context = world,
        },
        why, why_cap);
    return world->series != NULL;
}

void world_close_series(struct world *world)
{
    if (world->series) {
        trace_recorder_end_series(world->recorder);
        trace_series_close(world->series, sim_engine_now(world->engine), world->series_error,
                           sizeof world->series_error);
        world->series = NULL;
    }
}
