/* A screen as data. */
#include "ui/term/grid.h"

#include <stdarg.h>

#include "ui/dissect/text.h"
#include "ui/memory.h"
#include "ui/term/glyph.h"

struct grid *grid_new(int width, int height, bool ascii)
{
    struct grid *grid = ui_alloc_zero(sizeof *grid);
    grid->width = width > 0 ? width : 0;
    grid->height = height > 0 ? height : 0;
    grid->ascii = ascii;
    grid->cells = ui_alloc_zero((size_t)grid->width * (size_t)grid->height * sizeof(struct cell));
    grid_clear(grid);
    return grid;
}

void grid_free(struct grid *grid)
{
    if (grid) {
        free(grid->targets);
        free(grid->cells);
        free(grid);
    }
}

void grid_clear(struct grid *grid)
{
    size_t count = (size_t)grid->width * (size_t)grid->height;
    for (size_t i = 0; i < count; i++) {
        grid->cells[i] = (struct cell){' ', STYLE_TEXT};
    }
    grid->target_count = 0;
}

void grid_target(struct grid *grid, struct area area, enum target_kind kind, uint64_t what)
{
    UI_GROW(grid->targets, grid->target_count, grid->target_cap);
    grid->targets[grid->target_count++] = (struct target){area, kind, what};
}

const struct target *grid_target_at(const struct grid *grid, int x, int y)
{
    for (size_t i = grid->target_count; i-- > 0;) {
        const struct target *target = &grid->targets[i];
        const struct area *area = &target->area;
        if (x >= area->x && x - area->x < area->width && y >= area->y &&
            y - area->y < area->height) {
            return target->kind == TARGET_NONE ? NULL : target;
        }
    }
    return NULL;
}

/* What one code point becomes on this grid: itself in `one`, or a row of ASCII letters. */
static const char *spell(const struct grid *grid, uint32_t ch, char one[GLYPH_UTF8_MAX + 1])
{
    if (grid->ascii && ch >= 0x80) {
        return glyph_width(ch) == 0 ? "" : glyph_ascii(ch);
    }
    one[glyph_encode(ch, one)] = '\0';
    return one;
}

int grid_measure(const struct grid *grid, const char *text)
{
    int width = 0;
    uint32_t ch;
    while ((ch = glyph_next(&text)) != 0) {
        char one[GLYPH_UTF8_MAX + 1];
        for (const char *s = spell(grid, ch, one); *s;) {
            width += glyph_width(glyph_next(&s));
        }
    }
    return width;
}

static void set(struct grid *grid, int x, int y, enum style style, uint32_t ch)
{
    if (x >= 0 && x < grid->width && y >= 0 && y < grid->height) {
        grid->cells[(size_t)y * (size_t)grid->width + (size_t)x] =
            (struct cell){ch, (uint8_t)style};
    }
}

int grid_put(struct grid *grid, int x, int y, int end, enum style style, const char *text)
{
    if (end > grid->width) {
        end = grid->width;
    }
    bool cut = x + grid_measure(grid, text) > end;
    int stop = cut ? end - 1 : end;
    uint32_t ch;
    while (x < stop && (ch = glyph_next(&text)) != 0) {
        char one[GLYPH_UTF8_MAX + 1];
        for (const char *s = spell(grid, ch, one); *s && x < stop;) {
            uint32_t out = glyph_next(&s);
            int width = glyph_width(out);
            if (width == 0 || x + width > stop) {
                continue;
            }
            set(grid, x, y, style, out);
            if (width == 2) {
                set(grid, x + 1, y, style, 0);
            }
            x += width;
        }
    }
    if (cut && x < end) {
        set(grid, x, y, style, grid->ascii ? '.' : 0x2026);
        x++;
    }
    return x;
}

int grid_put_right(struct grid *grid, int x, int y, int end, enum style style, const char *text)
{
    int first = end - grid_measure(grid, text);
    if (first < x) {
        first = x;
    }
    grid_put(grid, first, y, end, style, text);
    return first;
}

int grid_print(struct grid *grid, int x, int y, int end, enum style style, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return grid_put(grid, x, y, end, style, text);
}

void grid_fill(struct grid *grid, int x, int y, int end, enum style style, const char *glyph)
{
    const char *text = glyph;
    uint32_t ch = glyph_next(&text);
    if (grid->ascii && ch >= 0x80) {
        ch = (unsigned char)glyph_ascii(ch)[0];
    }
    for (; x < end; x++) {
        set(grid, x, y, style, ch);
    }
}

void grid_restyle(struct grid *grid, int x, int y, int end, enum style style)
{
    if (y < 0 || y >= grid->height) {
        return;
    }
    for (x = x < 0 ? 0 : x; x < end && x < grid->width; x++) {
        grid->cells[(size_t)y * (size_t)grid->width + (size_t)x].style = (uint8_t)style;
    }
}

size_t grid_wrap(const struct grid *grid, const char *text, int width, size_t *next)
{
    const char *at = text, *space = NULL, *bound = NULL; /* the last one, of either kind */
    int used = 0;
    while (*at) {
        const char *before = at;
        uint32_t ch = glyph_next(&at);
        char one[GLYPH_UTF8_MAX + 1];
        int wide = grid_measure(grid, spell(grid, ch, one));
        if (used + wide > width && before > text) {
            bool fits = ch == ' ' && !dissect_text_bound(text, before);
            const char *end = fits ? before : space ? space : bound ? bound : before;
            *next = (size_t)(end - text);
            while (text[*next] == ' ') {
                ++*next;
            }
            return (size_t)(end - text);
        }
        if (ch == ' ') {
            *(dissect_text_bound(text, before) ? &bound : &space) = before;
        }
        used += wide;
    }
    *next = (size_t)(at - text);
    return (size_t)(at - text);
}

int grid_wrapped_lines(const struct grid *grid, const char *text, int width)
{
    int lines = 0;
    while (*text && width > 0) {
        size_t next;
        grid_wrap(grid, text, width, &next);
        text += next;
        lines++;
    }
    return lines;
}

int grid_put_wrapped(struct grid *grid, struct area area, enum style style, const char *text)
{
    char *copy = ui_copy(text);
    char *rest = copy;
    int line = 0;
    while (*rest && line < area.height && area.width > 0) {
        size_t next;
        size_t len = grid_wrap(grid, rest, area.width, &next);
        bool last = line == area.height - 1;
        char kept = rest[len];
        if (!last) {
            rest[len] = '\0';
        }
        grid_put(grid, area.x, area.y + line, area.x + area.width, style, rest);
        rest[len] = kept;
        rest += next;
        line++;
    }
    free(copy);
    return line;
}

char *grid_line(const struct grid *grid, int y)
{
    const struct cell *row = grid->cells + (size_t)y * (size_t)grid->width;
    int width = grid->width;
    while (width > 0 && row[width - 1].ch == ' ') {
        width--;
    }
    char *line = ui_resize(NULL, (size_t)width * GLYPH_UTF8_MAX + 1);
    size_t len = 0;
    for (int x = 0; x < width; x++) {
        if (row[x].ch != 0) {
            len += glyph_encode(row[x].ch, line + len);
        }
    }
    line[len] = '\0';
    return line;
}

void grid_write(const struct grid *grid, FILE *out)
{
    for (int y = 0; y < grid->height; y++) {
        char *line = grid_line(grid, y);
        fprintf(out, "%s\n", line);
        free(line);
    }
}
