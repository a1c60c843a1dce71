/* The expectations of a scenario, each decided at its time. */
#include "sim/scenario/world_internal.h"

void world_decide(struct world_check *check, uint64_t now)
{
    struct world *world = check->world;
    const struct scenario_expect *expect = &world->scenario->expects[check->index];
    check->decided = true;
    check->holds = observer_check(world->observer, expect, check->why, sizeof check->why);
    trace_recorder_emit(world->recorder, world->channel, now, (struct trace_ref){0},
                        TRACE_EXPECT_CHECKED_EVENT,
                        &(struct trace_expect_checked){
                            .expectation = expect->text,
                            /* Not its line: a scenario laid out anew is the same scenario. */
                            .number = check->index + 1,
                            .holds = check->holds,
                            .why = check->why,
                        });
}

static void check_run(struct sim_event *event, uint64_t now)
{
    world_decide((struct world_check *)event, now);
}

static void check_drop(struct sim_event *event)
{
    (void)event; /* part of the world */
}

void world_schedule_checks(struct world *world)
{
    world->checks = sim_calloc(world->scenario->expect_count, sizeof *world->checks);
    for (size_t i = 0; i < world->scenario->expect_count && !world->options.only; i++) {
        struct world_check *check = &world->checks[i];
        check->world = world;
        check->index = i;
        /* What is to hold at the end is decided when the run is over, after all its events. */
        if (world->scenario->expects[i].by < world->scenario->duration) {
            check->event.run = check_run;
            check->event.drop = check_drop;
            sim_engine_schedule(world->engine, &check->event, &world->place, &world->place,
                                world->scenario->expects[i].by);
        }
    }
}
