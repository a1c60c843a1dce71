/* Playing a recording: the wall clock moves the cursor. */
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/model.h"

/* Pauses longer than this (of the wall clock) are cut to LEAD, if nothing is on its way. */
#define IDLE_MAX UINT64_C(1500000000)
#define IDLE_LEAD UINT64_C(400000000)

static const struct {
    const char *text;
    uint32_t multiply, divide;
} speeds[] = {
    {"1/1000", 1, 1000}, {"1/500", 1, 500}, {"1/200", 1, 200}, {"1/100", 1, 100},
    {"1/50", 1, 50},     {"1/20", 1, 20},   {"1/10", 1, 10},   {"1/5", 1, 5},
    {"1/2", 1, 2},       {"1", 1, 1},       {"2", 2, 1},       {"5", 5, 1},
    {"10", 10, 1},       {"20", 20, 1},     {"50", 50, 1},     {"100", 100, 1},
    {"200", 200, 1},     {"500", 500, 1},   {"1000", 1000, 1}, {"unlimited", 0, 1},
};
#define SPEED_COUNT ((int)(sizeof speeds / sizeof *speeds))

void model_faster(struct model *model, int dir)
{
    int speed = model->speed + dir;
    model->speed = speed < 0 ? 0 : speed >= SPEED_COUNT ? SPEED_COUNT - 1 : speed;
}

const char *model_speed_text(const struct model *model)
{
    return speeds[model->speed].text;
}

bool model_set_speed(struct model *model, const char *text)
{
    for (int i = 0; i < SPEED_COUNT; i++) {
        if (strcmp(speeds[i].text, text) == 0) {
            model->speed = i;
            return true;
        }
    }
    return false;
}

/* Of the recording's length, what unlimited speed goes over between two frames. */
#define UNLIMITED_STEPS 60

static uint64_t virtual(const struct model *model, uint64_t wall)
{
    if (speeds[model->speed].multiply == 0) {
        return model->duration / UNLIMITED_STEPS + 1;
    }
    return wall * speeds[model->speed].multiply / speeds[model->speed].divide;
}

/* True if a message is on its way at the cursor, and will arrive. */
static bool anything_flies(const struct model *model)
{
    size_t flying[2 * LADDER_LANES];
    size_t count = model->ladder ? ladder_flying(model->ladder, model->ordinal, flying,
                                                 sizeof flying / sizeof *flying)
                                 : 0;
    for (size_t i = 0; i < count; i++) {
        if (model->ladder->messages[flying[i]].end_ordinal != UINT64_MAX) {
            return true;
        }
    }
    return false;
}

/* Goes over a long pause: to a little before what comes next. */
static void skip_idle(struct model *model)
{
    uint64_t next = trace_reader_step(model->reader, model->ordinal, 1, ladder_kinds(),
                                      model->pair[0], model->pair[1]);
    uint64_t at = next != UINT64_MAX ? trace_reader_time(model->reader, next)
                                     : trace_reader_time(model->reader, model->count - 1);
    if (next == UINT64_MAX && !model->complete) {
        return;
    }
    uint64_t lead = virtual(model, IDLE_LEAD);
    if (at > model->time + virtual(model, IDLE_MAX) && !anything_flies(model)) {
        model->time = at - lead;
    }
}

bool model_advance(struct model *model, uint64_t elapsed)
{
    if (!model->playing || model->count == 0) {
        return false;
    }
    uint64_t end = trace_reader_time(model->reader, model->count - 1);
    bool at_end = model->ordinal == model->count - 1;
    if (at_end && model->complete) {
        model->playing = false;
        return true;
    }
    if (at_end && model->time >= end) {
        return false;
    }
    model->time += virtual(model, elapsed);
    if (model->pair[0]) {
        skip_idle(model);
    }
    model->time = model->time < end ? model->time : end;
    uint64_t at = trace_reader_at(model->reader, model->time);
    if (at != UINT64_MAX && at > model->ordinal) {
        model->ordinal = at;
        model->by_time = true;
    }
    return true;
}
