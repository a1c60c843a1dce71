/* The ladder as a screen: with the addresses and states of both ends in its head. */
#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/view.h"
#include "ui/term/view_ladder.h"
#include "ui/term/words.h"

/* From this width on the states of both ends stand beside the ladder as boxes. */
#define SIDES_WIDTH 140
#define SIDE_WIDTH 19

/* The way through the states as dots: behind it, where it is, to come; then its name and SPI. */
static void end_text(const struct trace_pair_state *pair, int end, char *text, size_t cap)
{
    const struct trace_end_state *state = &pair->end[end];
    if (!state->state || !state->spi_i) {
        snprintf(text, cap, "no IKE SA");
        return;
    }
    bool responder = state->role && strcmp(state->role, "responder") == 0;
    const char *const *states;
    int at = view_state_track(state, &states);
    struct words track = {0};
    for (int i = 0; states[i] && at >= 0; i++) {
        words_add(&track, "%s%s", i > 0 ? "─" : "", i < at ? "●" : i == at ? "◉" : "○");
    }
    uint64_t spi = responder ? state->spi_r : state->spi_i;
    snprintf(text, cap, "%s %s  %08" PRIx64 "…", track.data ? track.data : "", state->state,
             spi >> 32);
    free(track.data);
}

static void draw_exchange(const struct app *app, const struct model *model, struct grid *grid,
                          struct area area)
{
    if (!model->ladder) {
        grid_put(grid, area.x + 2, area.y + 1, area.x + area.width, STYLE_DIM,
                 model->count > 0 ? "No two hosts have had to do with each other."
                                  : "The recording has no events yet.");
        return;
    }
    char text[2][96] = {"no IKE SA", "no IKE SA"};
    struct ladder_now now = {
        .ordinal = model->ordinal,
        .time = model->time,
        .cursor = true,
        .later = app->later,
        .parting = whatif_parting_in(&app->whatif, model),
        .state = {text[0], text[1]},
    };
    if (model->pair_index != UINT32_MAX) {
        const struct trace_pair_state *pair = &model->state->pairs[model->pair_index];
        end_text(pair, 0, text[0], sizeof text[0]);
        end_text(pair, 1, text[1], sizeof text[1]);
    }
    for (uint32_t i = 0; i < model->state->host_count; i++) {
        int side = ladder_side(model->ladder, model->state->hosts[i].name);
        if (side >= 0) {
            now.place[side] = model->state->hosts[i].address;
        }
    }
    view_ladder(grid, area, model->ladder, &now);
}

/* The two runs, one above the other, each with its name in the corner of its head. */
static void draw_stacked(const struct app *app, struct grid *grid, struct area area)
{
    int half = (area.height - 1) / 2;
    for (int i = 0; i < 2; i++) {
        const struct model *model = i == 0 ? app->whatif.original : app->whatif.future;
        bool shown = model == app->model;
        struct area part = {area.x, i == 0 ? area.y : area.y + area.height - half, area.width,
                            half};
        draw_exchange(app, model, grid, part);
        grid_print(grid, part.x, part.y, part.x + part.width, shown ? STYLE_FOCUS : STYLE_TITLE,
                   i == 0 ? "%s as it was" : "%s changed", shown ? "▸" : " ");
        if (!shown) { /* clicks are for the run that is shown */
            grid_target(grid, part, TARGET_NONE, 0);
        }
    }
    for (int y = area.y + half; y < area.y + area.height - half; y++) {
        grid_fill(grid, area.x, y, area.x + area.width, STYLE_DIM, "═");
    }
}

/* The run as it was on the left, the one with the change on the right. */
static void draw_beside(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *models[] = {app->whatif.original, app->whatif.future};
    int half = area.width / 2;
    for (int i = 0; i < 2; i++) {
        struct area part = {area.x + i * (half + 1), area.y + 1, half - 1, area.height - 1};
        bool shown = models[i] == app->model;
        grid_print(grid, part.x + 1, area.y, part.x + part.width, shown ? STYLE_FOCUS : STYLE_TITLE,
                   i == 0 ? "%s as it was" : "%s with the change", shown ? "▸" : " ");
        draw_exchange(app, models[i], grid, part);
        if (!shown) {
            grid_target(grid, part, TARGET_NONE, 0);
        }
    }
    for (int y = 0; y < area.height; y++) {
        grid_put(grid, area.x + half - 1, area.y + y, area.x + half, STYLE_DIM, "║");
    }
}

void view_exchange(const struct app *app, struct grid *grid, struct area area)
{
    if (app->beside && app->whatif.future) {
        (area.width >= APP_BESIDE_WIDTH ? draw_beside : draw_stacked)(app, grid, area);
        return;
    }
    if (area.width >= SIDES_WIDTH && app->model->ladder) {
        struct area side = {area.x + 1, area.y, SIDE_WIDTH, area.height};
        view_states(app, grid, side, 0);
        side.x = area.x + area.width - SIDE_WIDTH;
        view_states(app, grid, side, 1);
        area.x += SIDE_WIDTH + 1;
        area.width -= 2 * SIDE_WIDTH + 2;
    }
    draw_exchange(app, app->model, grid, area);
}
