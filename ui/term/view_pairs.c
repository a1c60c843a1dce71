/* The list of pairs, and what the selected one has come to. */
#include <inttypes.h>

#include "ui/term/memory.h"
#include "ui/term/view.h"
#include "ui/term/words.h"

#define DETAIL_HEIGHT 11

static bool has_state(const struct trace_end_state *end, const char *state)
{
    return end->state && strcmp(end->state, state) == 0;
}

/* One word for both ends. */
static const char *pair_word(const struct trace_pair_state *pair, enum style *style)
{
    bool a = has_state(&pair->end[0], "ESTABLISHED"), b = has_state(&pair->end[1], "ESTABLISHED");
    *style = a && b ? STYLE_GOOD : STYLE_STATE;
    if (a && b) {
        return "up";
    }
    if (a || b) {
        return "half";
    }
    if (!pair->end[0].state && !pair->end[1].state) {
        return "-";
    }
    if (has_state(&pair->end[0], "CLOSED")) {
        *style = STYLE_LOST;
        return "closed";
    }
    return "init";
}

static void draw_row(const struct trace_pair_state *pair, bool selected, bool focused,
                     struct grid *grid, struct area area)
{
    enum style style;
    int end = area.x + area.width;
    const char *word = pair_word(pair, &style);
    int to = end - grid_measure(grid, word) - 1;
    grid_put(grid, area.x, area.y, end, STYLE_CURSOR, selected ? "▸" : " ");
    grid_print(grid, area.x + 1, area.y, to - 1, selected ? STYLE_CURSOR : STYLE_TEXT, "%s → %s",
               pair->a, pair->b);
    grid_put(grid, to, area.y, end, style, word);
    if (selected && focused) {
        grid_restyle(grid, area.x, area.y, to - 1, STYLE_FOCUS);
    }
}

static void draw_count(struct grid *grid, struct area area, int *y, const char *name,
                       uint64_t value, enum style style)
{
    if (*y < area.y + area.height) {
        char text[24];
        snprintf(text, sizeof text, "%" PRIu64, value);
        int end = area.x + area.width - 1;
        grid_put(grid, area.x + 1, *y, end, STYLE_DIM, name);
        grid_put_right(grid, area.x + 1, *y, end, value > 0 ? style : STYLE_DIM, text);
        ++*y;
    }
}

static void draw_detail(const struct trace_pair_state *pair, struct grid *grid, struct area area)
{
    int y = area.y;
    draw_count(grid, area, &y, "CHILD SAs", pair->end[0].child_count, STYLE_ESP);
    draw_count(grid, area, &y, "window", pair->end[0].window_peer, STYLE_TEXT);
    draw_count(grid, area, &y, "outstanding", pair->end[0].outstanding, STYLE_TEXT);
    draw_count(grid, area, &y, "datagrams", pair->sent, STYLE_TEXT);
    draw_count(grid, area, &y, "lost", pair->lost, STYLE_LOST);
    draw_count(grid, area, &y, "retransmitted", pair->retransmissions, STYLE_AGAIN);
    draw_count(grid, area, &y, "duplicated", pair->duplicated, STYLE_COPY);
    draw_count(grid, area, &y, "refused", pair->dropped, STYLE_LOST);
    draw_count(grid, area, &y, "ESP packets", pair->esp_packets, STYLE_ESP);
    draw_count(grid, area, &y, "replays refused", pair->replays, STYLE_LOST);
    if (y < area.y + area.height && pair->round_trip > 0) {
        char time[WORDS_TIME_MAX];
        int end = area.x + area.width - 1;
        grid_put(grid, area.x + 1, y, end, STYLE_DIM, "ping");
        grid_put_right(grid, area.x + 1, y, end, STYLE_TEXT,
                       words_duration(pair->round_trip, time));
    }
}

void view_pairs(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *model = app->model;
    if (!model->state) {
        return;
    }
    uint32_t count = model->state->pair_count;
    bool focused = app->context == CONTEXT_PAIRS;
    int end = area.x + area.width;
    grid_print(grid, area.x + 1, area.y, end, focused ? STYLE_FOCUS : STYLE_TITLE,
               count == 1 ? "%" PRIu32 " pair" : "%" PRIu32 " pairs", count);
    bool known = model->pair_index < count;
    int detail = known ? DETAIL_HEIGHT : 0;
    int room = area.height - 2 - detail;
    if (room < 3) {
        room = area.height - 1 > 3 ? 3 : area.height - 1;
        detail = area.height - 2 - room;
    }
    /* The selected pair in the middle, as far as there are others around it. */
    int64_t top = known ? (int64_t)model->pair_index - room / 2 : 0;
    top = top + room > (int64_t)count ? (int64_t)count - room : top;
    top = top < 0 ? 0 : top;
    int y = area.y + 1;
    for (int64_t i = top; i < (int64_t)count && i - top < room; i++, y++) {
        draw_row(&model->state->pairs[i], (uint32_t)i == model->pair_index, focused, grid,
                 (struct area){area.x, y, area.width, 1});
    }
    if (detail > 0) {
        y = area.y + area.height - detail;
        grid_fill(grid, area.x, y - 1, end, STYLE_DIM, "─");
        draw_detail(&model->state->pairs[model->pair_index], grid,
                    (struct area){area.x, y, area.width, detail});
    }
}
