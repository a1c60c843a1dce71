/* The run in figures over time: a chart for each, and what they mean together. */
#include <inttypes.h>
#include <stdio.h>

#include "ui/term/memory.h"
#include "ui/term/storm.h"
#include "ui/term/view.h"
#include "ui/term/words.h"

#define PANEL_WIDTH_MIN 38

static const char *value_text(uint64_t value, enum storm_unit unit, char *text, size_t cap)
{
    switch (unit) {
    case STORM_PLAIN:
        snprintf(text, cap, "%" PRIu64, value);
        break;
    case STORM_RATE:
        if (value >= 100000 || value % 1000 == 0) {
            snprintf(text, cap, "%" PRIu64, (value + 500) / 1000);
        } else {
            snprintf(text, cap, "%" PRIu64 ".%02" PRIu64, value / 1000, value % 1000 / 10);
        }
        break;
    case STORM_PERMILLE:
        snprintf(text, cap, "%" PRIu64 ".%" PRIu64 " %%", value / 10, value % 10);
        break;
    case STORM_TIME:
        return value > 0 ? words_duration(value, text) : "–";
    }
    return text;
}

/* The largest value of the rows that fall on a column; *any if there is one. */
static uint64_t column_value(const struct storm *storm, enum storm_figure figure, uint64_t span,
                             int column, int width, bool *any)
{
    uint64_t begin = span / (uint64_t)width * (uint64_t)column;
    uint64_t end = span / (uint64_t)width * (uint64_t)(column + 1);
    uint64_t most = 0;
    size_t count = storm_count(storm);
    size_t first = storm_row_at(storm, begin + 1);
    *any = first < count;
    for (size_t i = first; i < count; i++) {
        uint64_t value = storm_value(storm, figure, i);
        most = value > most ? value : most;
        /* A row is about the interval that ends at its time: it covers the column until then. */
        if (storm_time(storm, i) >= end) {
            break;
        }
    }
    return most;
}

static void draw_chart(const struct app *app, struct grid *grid, struct area area,
                       enum storm_figure figure)
{
    static const char *const parts[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const struct storm *storm = app->storm;
    const struct model *model = app->model;
    uint64_t span = model->duration > 0 ? model->duration : 1;
    uint64_t *values = term_alloc_zero((size_t)area.width * sizeof *values);
    uint64_t most = storm_unit(figure) == STORM_PERMILLE ? 1000 : 1;
    for (int x = 0; x < area.width; x++) {
        bool any;
        values[x] = column_value(storm, figure, span, x, area.width, &any);
        most = values[x] > most ? values[x] : most;
    }
    uint64_t levels = 8 * (uint64_t)area.height;
    for (int x = 0; x < area.width; x++) {
        uint64_t level = values[x] == 0 ? 0 : values[x] * levels / most;
        level = values[x] > 0 && level == 0 ? 1 : level;
        bool passed = span / (uint64_t)area.width * (uint64_t)x <= model->time;
        for (int row = 0; row < area.height; row++) {
            uint64_t below = 8 * (uint64_t)(area.height - 1 - row);
            uint64_t part = level > below ? level - below : 0;
            grid_put(grid, area.x + x, area.y + row, area.x + x + 1, passed ? STYLE_ESP : STYLE_DIM,
                     parts[part > 8 ? 8 : part]);
        }
    }
    free(values);
}

static void draw_panel(const struct app *app, struct grid *grid, struct area area,
                       enum storm_figure figure)
{
    const struct storm *storm = app->storm;
    bool selected = figure == storm_selected(storm);
    int end = area.x + area.width - 1;
    char text[48];
    size_t count = storm_count(storm), at = storm_row_at(storm, app->model->time);
    const char *value = count == 0
                            ? ""
                            : value_text(storm_value(storm, figure, at < count ? at : count - 1),
                                         storm_unit(figure), text, sizeof text);
    enum style style = selected ? STYLE_FOCUS : STYLE_FIELD;
    grid_put(grid, area.x, area.y, area.x + 1, STYLE_CURSOR, selected ? "▸" : " ");
    if (area.height == 1) {
        grid_put(grid, area.x + 1, area.y, area.x + 17, style, storm_heading(figure));
        draw_chart(app, grid, (struct area){area.x + 18, area.y, area.width - 28, 1}, figure);
        grid_put_right(grid, end - 9, area.y, end, STYLE_TITLE, value);
        return;
    }
    grid_put(grid, area.x + 1, area.y, end, style, storm_heading(figure));
    grid_put_right(grid, area.x + 18, area.y, end, STYLE_TITLE, value);
    draw_chart(app, grid, (struct area){area.x + 1, area.y + 1, area.width - 2, area.height - 1},
               figure);
}

void view_storm(const struct app *app, struct grid *grid, struct area area)
{
    const struct storm *storm = app->storm;
    int end = area.x + area.width;
    if (storm_count(storm) == 0) {
        grid_put(grid, area.x + 2, area.y + 1, end, STYLE_DIM,
                 "No time series is beside this recording: ikesim run writes series.csv.");
        return;
    }
    bool all = strcmp(storm_host(storm), "*") == 0;
    grid_print(grid, area.x + 1, area.y, end, STYLE_TITLE, "%s%s, at the cursor",
               all ? "all hosts" : "", all ? "" : storm_host(storm));
    grid_put_right(grid, area.x + 30, area.y, end - 1, STYLE_DIM, "← → all hosts, or one of them");
    int columns = area.width / PANEL_WIDTH_MIN;
    columns = columns > 3 ? 3 : columns;
    int rows = (STORM_FIGURE_COUNT + columns - 1) / columns;
    int height = (area.height - 1) / rows;
    height = height > 14 ? 14 : height < 1 ? 1 : height;
    int width = area.width / columns;
    for (int i = 0; i < STORM_FIGURE_COUNT; i++) {
        struct area panel = {area.x + i % columns * width, area.y + 1 + i / columns * height, width,
                             height > 2 ? height - 1 : height};
        if (panel.y + panel.height <= area.y + area.height) {
            draw_panel(app, grid, panel, (enum storm_figure)i);
        }
    }
}

void view_storm_why(const struct app *app, struct grid *grid, struct area area)
{
    char *text = storm_words(app->storm, app->model->time);
    grid_put_wrapped(grid, area, STYLE_WHY, text);
    free(text);
}
