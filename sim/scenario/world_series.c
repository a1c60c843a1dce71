/* The time series of a run: when an interval ends, and what is asked of hosts and observer then. */
#include "sim/scenario/world_internal.h"

static void add_gauges(const struct world *world, size_t host, uint64_t now,
                       struct trace_series_gauges *gauges)
{
    const struct observer *observer = world->observer;
    struct node_load load = node_load(world->nodes[host], now);
#define COUNT(what) observer_count_at(observer, SCENARIO_COUNT_##what, host)
    gauges->cores += load.cores;
    gauges->cpu_busy += load.busy;
    gauges->queue += load.waiting;
    if (load.waiting_most > gauges->queue_max) {
        gauges->queue_max = load.waiting_most;
    }
    gauges->packets_sent += COUNT(INNER_PACKETS_SENT);
    gauges->packets_delivered += COUNT(INNER_PACKETS_DELIVERED);
    gauges->packets_lost += COUNT(INNER_PACKETS_LOST);
    gauges->packets_late += COUNT(INNER_PACKETS_LATE);
    gauges->lost_in_rekey += COUNT(PACKETS_LOST_IN_REKEY);
#undef COUNT
}

static void ask_gauges(void *context, const char *host, uint64_t now,
                       struct trace_series_gauges *gauges)
{
    const struct world *world = context;
    *gauges = (struct trace_series_gauges){0};
    if (host) {
        add_gauges(world, world_host_index(world, host), now, gauges);
        return;
    }
    for (size_t i = 0; i < world->scenario->host_count; i++) {
        add_gauges(world, i, now, gauges);
    }
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
