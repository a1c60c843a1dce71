/* A figure over time, in braille or in blocks. */
#include "ui/term/chart.h"

#include "ui/term/glyph.h"

enum { DOTS_ACROSS = 2, DOTS_DOWN = 4, EIGHTHS = 8 };

int chart_samples(struct area area, enum chart_glyphs glyphs)
{
    return glyphs == CHART_BRAILLE ? area.width * DOTS_ACROSS : area.width;
}

/* Of `steps` from the bottom; what is not 0 shows. */
static int level_of(uint64_t value, uint64_t most, int steps)
{
    uint64_t capped = value < most ? value : most;
    int level = (int)((double)capped / (double)most * steps + 0.5);
    return value > 0 && level == 0 ? 1 : level;
}

static void put(struct grid *grid, int x, int y, enum style style, uint32_t ch)
{
    char text[GLYPH_UTF8_MAX + 1];
    text[glyph_encode(ch, text)] = '\0';
    grid_put(grid, x, y, x + 1, style, text);
}

/* ---- braille ---- */

/* The n-th sample fills from `from` to `to`, in dots from the bottom (exclusive). */
struct strip {
    int from, to;
};

/* From the level of the sample before to this one's, so that the line holds together. */
static struct strip line_strip(const uint64_t *values, uint64_t most, int n, int steps)
{
    int level = level_of(values[n], most, steps);
    int before = n > 0 ? level_of(values[n - 1], most, steps) : level;
    int low = before < level ? before : level - 1, high = before < level ? level : before;
    return level == 0    ? (struct strip){0, 0}
           : before == 0 ? (struct strip){level - 1, level}
                         : (struct strip){low, high > low ? high : low + 1};
}

static struct strip area_strip(const struct chart *chart, int n, int steps)
{
    return n < chart->passed ? (struct strip){0, level_of(chart->values[n], chart->most, steps)}
                             : line_strip(chart->values, chart->most, n, steps);
}

static uint32_t dots(struct strip strip, int row_bottom, int across)
{
    static const uint8_t bits[DOTS_ACROSS][DOTS_DOWN] = {{0x40, 0x04, 0x02, 0x01},
                                                         {0x80, 0x20, 0x10, 0x08}};
    uint32_t set = 0;
    for (int dot = 0; dot < DOTS_DOWN; dot++) {
        int at = row_bottom + dot;
        set |= at >= strip.from && at < strip.to ? bits[across][dot] : 0;
    }
    return set;
}

static void draw_braille(struct grid *grid, struct area area, const struct chart *chart)
{
    int steps = area.height * DOTS_DOWN;
    for (int x = 0; x < area.width; x++) {
        for (int row = 0; row < area.height; row++) {
            int bottom = (area.height - 1 - row) * DOTS_DOWN;
            uint32_t fill = 0, line = 0;
            for (int across = 0; across < DOTS_ACROSS; across++) {
                int n = x * DOTS_ACROSS + across;
                fill |= dots(area_strip(chart, n, steps), bottom, across);
                line |= chart->upper
                            ? dots(line_strip(chart->upper, chart->most, n, steps), bottom, across)
                            : 0;
            }
            bool passed = x * DOTS_ACROSS < chart->passed;
            enum style style = !passed ? STYLE_DIM : line & ~fill ? STYLE_REQUEST : STYLE_ESP;
            if (fill | line) {
                put(grid, area.x + x, area.y + row, style, 0x2800 + (fill | line));
            }
        }
    }
}

/* ---- blocks ---- */

static void draw_blocks(struct grid *grid, struct area area, const struct chart *chart)
{
    int steps = area.height * EIGHTHS;
    for (int x = 0; x < area.width; x++) {
        int level = level_of(chart->values[x], chart->most, steps);
        int upper = chart->upper ? level_of(chart->upper[x], chart->most, steps) : 0;
        bool passed = x < chart->passed;
        for (int row = 0; row < area.height; row++) {
            int bottom = (area.height - 1 - row) * EIGHTHS;
            int part = level - bottom > EIGHTHS ? EIGHTHS : level - bottom;
            if (part > 0) {
                put(grid, area.x + x, area.y + row, passed ? STYLE_ESP : STYLE_DIM,
                    0x2580 + (uint32_t)part);
            } else if (upper > bottom) {
                grid_put(grid, area.x + x, area.y + row, area.x + x + 1,
                         passed ? STYLE_REQUEST : STYLE_DIM, "░");
            }
        }
    }
}

void chart_draw(struct grid *grid, struct area area, const struct chart *chart)
{
    (chart->glyphs == CHART_BRAILLE ? draw_braille : draw_blocks)(grid, area, chart);
}
