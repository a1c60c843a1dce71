/* What the two ends of the selected pair have: IKE SA, window, CHILD SAs, side by side. */
#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/view.h"
#include "ui/term/words.h"

#define LABEL_WIDTH 13
#define DETAIL_WIDE 100

/* The states that an end of an IKE SA goes through, by its role in it. */
#define STATES_MAX 5
static const char *const initiator_states[STATES_MAX + 1] = {"INIT_SENT", "AUTH_SENT",
                                                             "ESTABLISHED", "DELETING", "CLOSED"};
static const char *const responder_states[STATES_MAX + 1] = {"INIT_DONE", "ESTABLISHED", "DELETING",
                                                             "CLOSED"};

int view_state_track(const struct trace_end_state *end, const char *const **states)
{
    bool responder = end->role && strcmp(end->role, "responder") == 0;
    *states = responder ? responder_states : initiator_states;
    for (int i = 0; end->state && (*states)[i]; i++) {
        if (strcmp((*states)[i], end->state) == 0) {
            return i;
        }
    }
    return -1;
}

struct table {
    struct grid *grid;
    struct area area;
    int y;
};

static bool is_full(const struct table *table)
{
    return table->y >= table->area.y + table->area.height;
}

/* A line of the table: its label, and a text for each end. Takes the texts. */
static void put_line(struct table *table, const char *label, char *left, char *right,
                     enum style style)
{
    const struct area *area = &table->area;
    int half = (area->width - LABEL_WIDTH) / 2, end = area->x + area->width;
    if (!is_full(table)) {
        int x = area->x + LABEL_WIDTH;
        grid_put(table->grid, area->x + 1, table->y, x - 1, STYLE_DIM, label);
        grid_put(table->grid, x, table->y, x + half - 1, style, left ? left : "–");
        grid_put(table->grid, x + half, table->y, end, style, right ? right : "–");
        table->y++;
    }
    free(left);
    free(right);
}

static char *state_text(const struct trace_end_state *end)
{
    struct words words = {0};
    words_add(&words, "%s%s%s", end->state ? end->state : "no IKE SA", end->role ? ", " : "",
              end->role ? end->role : "");
    return words.data;
}

static char *spi_text(const struct trace_end_state *end)
{
    struct words words = {0};
    bool responder = end->role && strcmp(end->role, "responder") == 0;
    if (end->spi_i != 0) {
        words_add(&words, "%016" PRIx64, responder ? end->spi_r : end->spi_i);
    }
    return words.data;
}

static char *window_text(const struct trace_end_state *end)
{
    struct words words = {0};
    words_add(&words, "may ask %" PRIu64 ", take %" PRIu64 "; %" PRIu64 " out, %" PRIu64 " wait",
              end->window_peer, end->window_own, end->outstanding, end->waiting);
    return words.data;
}

static char *child_text(const struct trace_end_state *end, uint32_t i, bool narrow)
{
    struct words words = {0};
    if (i < end->child_count) {
        const struct trace_child_state *child = &end->children[i];
        words_add(&words,
                  narrow ? "in %08" PRIx32 " %" PRIu64 ", out %08" PRIx32 " %" PRIu64
                         : "in %08" PRIx32 " %" PRIu64 " pkt, out %08" PRIx32 " %" PRIu64 " pkt",
                  child->spi_in, child->packets_in, child->spi_out, child->packets_out);
        if (child->replays > 0 && !narrow) {
            words_add(&words, ", %" PRIu64 " replays", child->replays);
        }
    }
    return words.data;
}

static char *copy_text(const char *text)
{
    return text ? ui_copy(text) : NULL;
}

int view_detail(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *model = app->model;
    if (!model->state || model->pair_index == UINT32_MAX || area.height < 3) {
        return 0;
    }
    const struct trace_pair_state *pair = &model->state->pairs[model->pair_index];
    const struct trace_end_state *a = &pair->end[0], *b = &pair->end[1];
    struct table table = {grid, area, area.y + 1};
    bool narrow = area.width < DETAIL_WIDE;
    grid_fill(grid, area.x, area.y, area.x + area.width, STYLE_DIM, "─");
    put_line(&table, "", ui_copy(pair->a), ui_copy(pair->b), STYLE_LIFELINE);
    put_line(&table, "IKE SA", state_text(a), state_text(b), STYLE_STATE);
    put_line(&table, "its SPI", spi_text(a), spi_text(b), STYLE_TEXT);
    put_line(&table, "suite", copy_text(a->suite), copy_text(b->suite), STYLE_KEY);
    put_line(&table, "requests", window_text(a), window_text(b), STYLE_TEXT);
    uint32_t children = a->child_count > b->child_count ? a->child_count : b->child_count;
    for (uint32_t i = 0; i < children; i++) {
        const char *name = i < a->child_count ? a->children[i].name : b->children[i].name;
        put_line(&table, name ? name : "CHILD SA", child_text(a, i, narrow),
                 child_text(b, i, narrow), STYLE_ESP);
    }
    return table.y - area.y;
}

/* ---- the states as boxes, one under the other ---- */

static void put_box(struct grid *grid, struct area area, const char *name, int place, int at)
{
    bool now = place == at;
    enum style style = now ? STYLE_CURSOR : place < at ? STYLE_GOOD : STYLE_DIM;
    int end = area.x + area.width;
    const char *side = now ? "┃" : "│";
    grid_put(grid, area.x, area.y, end, style, now ? "┏" : "┌");
    grid_fill(grid, area.x + 1, area.y, end - 1, style, now ? "━" : "─");
    grid_put(grid, end - 1, area.y, end, style, now ? "┓" : "┐");
    grid_put(grid, area.x, area.y + 1, end, style, side);
    grid_put(grid, end - 1, area.y + 1, end, style, side);
    grid_print(grid, area.x + 2, area.y + 1, end - 1, style, "%s%s",
               place < at ? "✓ "
               : now      ? "▸ "
                          : "",
               name);
    grid_put(grid, area.x, area.y + 2, end, style, now ? "┗" : "└");
    grid_fill(grid, area.x + 1, area.y + 2, end - 1, style, now ? "━" : "─");
    grid_put(grid, end - 1, area.y + 2, end, style, now ? "┛" : "┘");
}

void view_states(const struct app *app, struct grid *grid, struct area area, int side)
{
    const struct model *model = app->model;
    if (!model->state || model->pair_index == UINT32_MAX) {
        return;
    }
    const struct trace_pair_state *pair = &model->state->pairs[model->pair_index];
    const struct trace_end_state *end = &pair->end[side];
    const char *const *states;
    int at = view_state_track(end, &states), y = area.y, right = area.x + area.width;
    grid_print(grid, area.x, y++, right, STYLE_LIFELINE, "%s%s%s", side == 0 ? pair->a : pair->b,
               end->role ? ", " : "", end->role ? end->role : "");
    for (int i = 0; states[i] && y + 3 <= area.y + area.height; i++) {
        put_box(grid, (struct area){area.x, y, area.width - 1, 3}, states[i], i, at);
        y += 3;
        if (states[i + 1] && y < area.y + area.height) {
            grid_put(grid, area.x + area.width / 2 - 1, y++, right, STYLE_DIM, "▼");
        }
    }
    for (uint32_t i = 0; i < end->child_count && y + 2 < area.y + area.height; i++) {
        const struct trace_child_state *child = &end->children[i];
        y++;
        grid_print(grid, area.x, y++, right, STYLE_ESP, "■ %s", child->name ? child->name : "?");
        grid_print(grid, area.x, y++, right, STYLE_TEXT, "in  %08" PRIx32 " %" PRIu64,
                   child->spi_in, child->packets_in);
        if (y < area.y + area.height) {
            grid_print(grid, area.x, y++, right, STYLE_TEXT, "out %08" PRIx32 " %" PRIu64,
                       child->spi_out, child->packets_out);
        }
    }
}
