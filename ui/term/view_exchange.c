/* The ladder as a screen: with the addresses and states of both ends in its head. */
#include <inttypes.h>
#include <stdio.h>

#include "ui/term/memory.h"
#include "ui/term/view.h"
#include "ui/term/view_ladder.h"
#include "ui/term/words.h"

#define STATES_MAX 5

/* The states that an end of an IKE SA goes through, by its role in it. */
static const char *const initiator_states[STATES_MAX] = {"INIT_SENT", "AUTH_SENT", "ESTABLISHED",
                                                         "DELETING", "CLOSED"};
static const char *const responder_states[STATES_MAX] = {"INIT_DONE", "ESTABLISHED", "DELETING",
                                                         "CLOSED", NULL};

static int place_of(const char *const *states, const char *state)
{
    for (int i = 0; i < STATES_MAX && states[i]; i++) {
        if (strcmp(states[i], state) == 0) {
            return i;
        }
    }
    return -1;
}

/* The way through the states as dots: behind it, where it is, to come; then its name and SPI. */
static void end_text(const struct trace_pair_state *pair, int end, char *text, size_t cap)
{
    const struct trace_end_state *state = &pair->end[end];
    if (!state->state || !state->spi_i) {
        snprintf(text, cap, "no IKE SA");
        return;
    }
    bool responder = state->role && strcmp(state->role, "responder") == 0;
    const char *const *states = responder ? responder_states : initiator_states;
    int at = place_of(states, state->state);
    struct words track = {0};
    /* An IKE SA of a rekey begins established: what it did not go through is no dot. */
    for (int i = 0; i < STATES_MAX && states[i] && at >= 0; i++) {
        words_add(&track, "%s%s", i > 0 ? "─" : "", i < at ? "●" : i == at ? "◉" : "○");
    }
    uint64_t spi = responder ? state->spi_r : state->spi_i;
    snprintf(text, cap, "%s %s  %08" PRIx64 "…", track.data ? track.data : "", state->state,
             spi >> 32);
    free(track.data);
}

void view_exchange(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *model = app->model;
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
        .parting = app->whatif.future ? app->whatif.parting : UINT64_MAX,
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
