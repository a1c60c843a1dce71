/* The list of pairs: a line for each, and the sums of all. */
#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/overview.h"
#include "ui/term/view.h"
#include "ui/term/view_ladder.h"
#include "ui/term/words.h"

#define DETAIL_HEIGHT 8

static const struct {
    const char *heading;
    int width;
} columns[OVERVIEW_COLUMN_COUNT] = {
#define COLUMN(symbol, heading, width) {heading, width},
    OVERVIEW_COLUMNS(COLUMN)
#undef COLUMN
};

static const char *count_text(uint64_t count, char *text, size_t cap)
{
    if (count < 100000) {
        snprintf(text, cap, "%" PRIu64, count);
    } else if (count < 100000000) {
        snprintf(text, cap, "%" PRIu64 "k", count / 1000);
    } else {
        snprintf(text, cap, "%" PRIu64 "M", count / 1000000);
    }
    return text;
}

/* The text of a column, and its meaning: what is not zero and bad is. */
static const char *cell_text(const struct trace_pair_state *pair, enum overview_column column,
                             char *text, size_t cap, enum style *style)
{
    *style = STYLE_TEXT;
    switch (column) {
    case OVERVIEW_PAIR:
        snprintf(text, cap, "%s → %s", pair->a, pair->b);
        return text;
    case OVERVIEW_STATE:
        return overview_word(pair, style);
    case OVERVIEW_CHILDREN:
        return count_text(pair->end[0].child_count, text, cap);
    case OVERVIEW_RTT:
        return pair->round_trip > 0 ? words_duration(pair->round_trip, text) : "";
    case OVERVIEW_AGAIN:
        *style = pair->retransmissions > 0 ? STYLE_AGAIN : STYLE_DIM;
        return count_text(pair->retransmissions, text, cap);
    case OVERVIEW_LOST:
        *style = pair->lost > 0 ? STYLE_LOST : STYLE_DIM;
        return count_text(pair->lost, text, cap);
    case OVERVIEW_REFUSED:
        *style = pair->dropped > 0 ? STYLE_LOST : STYLE_DIM;
        return count_text(pair->dropped, text, cap);
    case OVERVIEW_PACKETS:
        *style = STYLE_ESP;
        return count_text(pair->esp_packets, text, cap);
    case OVERVIEW_BYTES:
        return count_text(overview_bytes(pair), text, cap);
    case OVERVIEW_LAST:
        return words_time(pair->last_event_time, text);
    case OVERVIEW_COLUMN_COUNT:
        break;
    }
    return "";
}

/* Columns to the right that there is room for; the first gets what is over. */
static int columns_shown(int width, int *first)
{
    int shown = 0, used = OVERVIEW_SPARKS + 4;
    while (shown < OVERVIEW_COLUMN_COUNT && used + columns[shown].width <= width) {
        used += columns[shown].width;
        shown++;
    }
    *first = columns[0].width + (width - used);
    *first = *first > 60 ? 60 : *first;
    return shown;
}

static void draw_sparks(const struct app *app, uint32_t pair, struct grid *grid, int x, int y)
{
    static const char *const heights[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const uint8_t *sparks = overview_sparks(app->overview, pair);
    const struct model *model = app->model;
    uint64_t span = model->duration / OVERVIEW_SPARKS + 1;
    for (int i = 0; sparks && i < OVERVIEW_SPARKS; i++) {
        bool passed = (uint64_t)i * span <= model->time;
        grid_put(grid, x + i, y, x + i + 1, passed ? STYLE_ESP : STYLE_DIM, heights[sparks[i]]);
    }
}

static void draw_row(const struct app *app, uint32_t pair_index, struct grid *grid,
                     struct area area)
{
    const struct trace_pair_state *pair = &app->model->state->pairs[pair_index];
    bool selected = pair_index == app->model->pair_index;
    int first, shown = columns_shown(area.width, &first);
    int x = area.x + 2;
    grid_put(grid, area.x, area.y, x, STYLE_CURSOR, selected ? "▸" : " ");
    for (int i = 0; i < shown; i++) {
        char text[96];
        enum style style;
        int width = i == 0 ? first : columns[i].width;
        const char *cell = cell_text(pair, (enum overview_column)i, text, sizeof text, &style);
        if (i <= OVERVIEW_STATE) {
            grid_put(grid, x, area.y, x + width - 1, style, cell);
        } else {
            grid_put_right(grid, x, area.y, x + width - 1, style, cell);
        }
        if (selected && i == 0) {
            grid_restyle(grid, x, area.y, x + width - 1, STYLE_FOCUS);
        }
        x += width;
    }
    draw_sparks(app, pair_index, grid, x + 1, area.y);
}

static void draw_head(const struct app *app, struct grid *grid, struct area area)
{
    bool turned;
    enum overview_column sorted = overview_sorted_by(app->overview, &turned);
    int first, shown = columns_shown(area.width, &first);
    int x = area.x + 2;
    for (int i = 0; i < shown; i++) {
        int width = i == 0 ? first : columns[i].width;
        char text[40];
        snprintf(text, sizeof text, "%s%s", columns[i].heading,
                 i != (int)sorted ? ""
                 : turned         ? " ▲"
                                  : " ▼");
        enum style style = i == (int)sorted ? STYLE_TITLE : STYLE_DIM;
        if (i <= OVERVIEW_STATE) {
            grid_put(grid, x, area.y, x + width - 1, style, text);
        } else {
            grid_put_right(grid, x, area.y, x + width - 1, style, text);
        }
        x += width;
    }
    grid_put(grid, x + 1, area.y, area.x + area.width, STYLE_DIM, "busy over time");
}

static void draw_sums(const struct app *app, struct grid *grid, struct area area)
{
    const struct trace_state *state = app->model->state;
    uint64_t up = 0, half = 0, again = 0, lost = 0;
    for (uint32_t i = 0; i < state->pair_count; i++) {
        enum style style;
        const char *word = overview_word(&state->pairs[i], &style);
        up += strcmp(word, "up") == 0;
        half += strcmp(word, "half") == 0;
        again += state->pairs[i].retransmissions;
        lost += state->pairs[i].lost;
    }
    uint32_t shown = overview_count(app->overview);
    const char *filter = overview_filter(app->overview);
    struct words text = {0};
    words_add(&text, "%" PRIu32 " host%s, %" PRIu32 " pair%s: %" PRIu64 " up", state->host_count,
              state->host_count == 1 ? "" : "s", state->pair_count,
              state->pair_count == 1 ? "" : "s", up);
    if (half > 0) {
        words_add(&text, ", %" PRIu64 " half", half);
    }
    words_add(&text, " · %" PRIu64 " retransmission%s · %" PRIu64 " datagram%s lost", again,
              again == 1 ? "" : "s", lost, lost == 1 ? "" : "s");
    if (filter[0]) {
        words_add(&text, " · %" PRIu32 " shown with \"%s\"", shown, filter);
    }
    grid_put(grid, area.x + 1, area.y, area.x + area.width, STYLE_TITLE, text.data);
    free(text.data);
}

void view_overview(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *model = app->model;
    if (!model->state || model->state->pair_count == 0) {
        grid_put(grid, area.x + 2, area.y + 1, area.x + area.width, STYLE_DIM,
                 "No two hosts have had to do with each other by now.");
        return;
    }
    draw_sums(app, grid, (struct area){area.x, area.y, area.width, 1});
    draw_head(app, grid, (struct area){area.x, area.y + 1, area.width, 1});
    /* Where there are few pairs, or much room, what the selected one has stands below. */
    uint32_t rows = overview_count(app->overview);
    int detail = area.height >= 16 + DETAIL_HEIGHT || (int)rows + 2 + DETAIL_HEIGHT <= area.height
                     ? DETAIL_HEIGHT
                     : 0;
    if (detail > 0) {
        int y = area.y + area.height - detail;
        if ((int)rows + 2 < area.height - detail) {
            detail = area.height - 2 - (int)rows;
            y = area.y + area.height - detail;
        }
        int used = view_detail(app, grid, (struct area){area.x, y, area.width, detail});
        if (detail - used >= LADDER_HEAD_HEIGHT + 6) { /* and how that came about */
            view_exchange(app, grid,
                          (struct area){area.x, y + used + 1, area.width, detail - used - 1});
        }
    }
    int room = area.height - 2 - detail;
    int64_t count = overview_count(app->overview);
    int64_t selected = overview_selected(app->overview, model);
    /* The selected pair in the middle, as far as there are others around it. */
    int64_t top = selected < count ? selected - room / 2 : 0;
    top = top + room > count ? count - room : top;
    top = top < 0 ? 0 : top;
    if (count > room && room > 0) {
        char shown[64];
        snprintf(shown, sizeof shown, " %" PRId64 " to %" PRId64 " of %" PRId64, top + 1,
                 top + room, count);
        grid_put_right(grid, area.x, area.y, area.x + area.width - 1, STYLE_DIM, shown);
    }
    for (int64_t i = top; i < count && i - top < room; i++) {
        uint32_t pair = overview_pair(app->overview, (uint32_t)i);
        struct area row = {area.x, area.y + 2 + (int)(i - top), area.width, 1};
        draw_row(app, pair, grid, row);
        grid_target(grid, row, TARGET_PAIR, pair);
    }
}
