/* The run in figures over time: a chart for each, and what they mean together. */
#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/chart.h"
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

/* What a chart is made of: the figure itself, or of a length of time its median with the 99th of
 * hundred above. */
struct samples {
    int count;
    uint64_t most;
    uint64_t *values, *upper; /* upper NULL: the figure is no length of time */
};

/* The largest values of the rows from `begin` to `end`; `upper` is NULL or what it is of. */
static void take_sample(const struct storm *storm, enum storm_figure figure, uint64_t begin,
                        uint64_t end, uint64_t *value, uint64_t *upper)
{
    size_t count = storm_count(storm);
    for (size_t i = storm_row_at(storm, begin + 1); i < count; i++) {
        uint64_t here = storm_value(storm, figure, i);
        if (upper) {
            *upper = here > *upper ? here : *upper;
            here = storm_median(storm, figure, i);
        }
        *value = here > *value ? here : *value;
        /* A row is about the interval that ends at its time: it covers the sample until then. */
        if (storm_time(storm, i) >= end) {
            break;
        }
    }
}

static struct samples take_samples(const struct app *app, enum storm_figure figure, int count)
{
    const struct model *model = app->model;
    bool time = storm_unit(figure) == STORM_TIME;
    struct samples samples = {
        .count = count,
        .most = storm_unit(figure) == STORM_PERMILLE ? 1000 : 0,
        .values = ui_alloc_zero((size_t)count * sizeof *samples.values),
        .upper = time ? ui_alloc_zero((size_t)count * sizeof *samples.upper) : NULL,
    };
    uint64_t step = (model->duration > 0 ? model->duration : 1) / (uint64_t)count;
    for (int n = 0; n < count; n++) {
        uint64_t value = 0, upper = 0, begin = step * (uint64_t)n;
        take_sample(app->storm, figure, begin, begin + step, &value, time ? &upper : NULL);
        samples.values[n] = value;
        if (time) {
            samples.upper[n] = upper;
        }
        uint64_t higher = value > upper ? value : upper;
        samples.most = higher > samples.most ? higher : samples.most;
    }
    return samples;
}

/* Braille where there is room for its steps: in a single row blocks have twice as many. */
static enum chart_glyphs glyphs_for(const struct app *app, const struct grid *grid, int height)
{
    return grid->ascii || app->blocks || height < 2 ? CHART_BLOCKS : CHART_BRAILLE;
}

/* Returns the value that reaches the top. */
static uint64_t draw_chart(const struct app *app, struct grid *grid, struct area area,
                           enum storm_figure figure)
{
    const struct model *model = app->model;
    enum chart_glyphs glyphs = glyphs_for(app, grid, area.height);
    struct samples samples = take_samples(app, figure, chart_samples(area, glyphs));
    uint64_t span = model->duration > 0 ? model->duration : 1;
    uint64_t step = span / (uint64_t)samples.count + 1;
    chart_draw(grid, area,
               &(struct chart){
                   .glyphs = glyphs,
                   .count = samples.count,
                   .passed = (int)(model->time / step) + 1,
                   /* In a single row there is no room for two: the worse one then. */
                   .values = samples.upper && area.height < 2 ? samples.upper : samples.values,
                   .upper = area.height < 2 ? NULL : samples.upper,
                   .most = samples.most > 0 ? samples.most : 1,
               });
    grid_target(grid, area, TARGET_CHART, figure);
    free(samples.values);
    free(samples.upper);
    return samples.most;
}

/* What the figure is at the cursor, and the most that it ever is. */
static void put_value(const struct app *app, struct grid *grid, struct area area,
                      enum storm_figure figure, uint64_t most)
{
    const struct storm *storm = app->storm;
    size_t count = storm_count(storm), at = storm_row_at(storm, app->model->time);
    enum storm_unit unit = storm_unit(figure);
    char value[WORDS_TIME_MAX], median[WORDS_TIME_MAX], text[120];
    at = at < count ? at : count - 1;
    uint64_t now = storm_value(storm, figure, at);
    int end = area.x + area.width - 1;
    if (unit == STORM_TIME && now > 0) {
        snprintf(text, sizeof text, "p50 %s  p99 %s",
                 words_duration(storm_median(storm, figure, at), median),
                 words_duration(now, value));
        grid_put_right(grid, area.x, area.y, end, STYLE_TITLE, text);
        return;
    }
    int x = grid_put_right(grid, area.x, area.y, end, STYLE_TITLE,
                           value_text(now, unit, value, sizeof value));
    if (most > 0 && (unit == STORM_PLAIN || unit == STORM_RATE)) {
        snprintf(text, sizeof text, "most %s  ", value_text(most, unit, value, sizeof value));
        if (x - grid_measure(grid, text) > area.x) {
            grid_put_right(grid, area.x, area.y, x, STYLE_DIM, text);
        }
    }
}

static void draw_panel(const struct app *app, struct grid *grid, struct area area,
                       enum storm_figure figure)
{
    const struct storm *storm = app->storm;
    bool selected = figure == storm_selected(storm);
    int end = area.x + area.width - 1;
    enum style style = selected ? STYLE_FOCUS : STYLE_FIELD;
    grid_target(grid, area, TARGET_FIGURE, figure);
    grid_put(grid, area.x, area.y, area.x + 1, STYLE_CURSOR, selected ? "▸" : " ");
    if (area.height == 1) {
        grid_put(grid, area.x + 1, area.y, area.x + 17, style, storm_heading(figure));
        draw_chart(app, grid, (struct area){area.x + 18, area.y, area.width - 28, 1}, figure);
        put_value(app, grid, (struct area){end - 9, area.y, 10, 1}, figure, 0);
        return;
    }
    int x = grid_put(grid, area.x + 1, area.y, end, style, storm_heading(figure)) + 1;
    uint64_t most = draw_chart(
        app, grid, (struct area){area.x + 1, area.y + 1, area.width - 2, area.height - 1}, figure);
    put_value(app, grid, (struct area){x, area.y, area.x + area.width - x, 1}, figure, most);
}

void view_storm(const struct app *app, struct grid *grid, struct area area)
{
    const struct storm *storm = app->storm;
    int end = area.x + area.width;
    if (storm_count(storm) == 0) {
        grid_put(grid, area.x + 2, area.y + 1, end, STYLE_DIM,
                 storm_has_series(storm)
                     ? "The first interval of series.csv is not over yet."
                     : "No time series is beside this recording: ikesim run writes series.csv.");
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
    height = height > 24 ? 24 : height < 1 ? 1 : height;
    int width = area.width / columns;
    for (int i = 0; i < STORM_FIGURE_COUNT; i++) {
        struct area panel = {area.x + i % columns * width, area.y + 1 + i / columns * height, width,
                             height > 2 ? height - 1 : height};
        if (panel.y + panel.height <= area.y + area.height) {
            draw_panel(app, grid, panel, (enum storm_figure)i);
        }
    }
}
