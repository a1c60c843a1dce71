/* A screen as a picture: runs of cells of one meaning, each a text of its own. */
#include "ui/term/svg.h"

#include "ui/term/glyph.h"

/* Pixels of a cell. Fonts differ in width: textLength makes each run as long as its cells. */
enum { CELL_WIDTH = 9, CELL_HEIGHT = 18, BASELINE = 14, MARGIN = 9 };

/* Paper and ink; what is only context. */
static const struct ground {
    const char *paper, *ink, *dim;
} grounds[THEME_COUNT] = {
    [THEME_DARK] = {"#1c1c1c", "#e4e4e4", "#8a8a8a"},
    [THEME_LIGHT] = {"#fbfbf8", "#202020", "#808080"},
    [THEME_CONTRAST] = {"#000000", "#ffffff", "#ffffff"},
    [THEME_PLAIN] = {"#ffffff", "#000000", "#808080"},
};

/* "#rrggbb" of one of the 240 colours of xterm behind the 16 that a terminal may have changed: a
 * cube of six steps, then a ramp of grey. */
static const char *colour_of(int of_256, char text[8])
{
    static const unsigned steps[] = {0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff};
    unsigned n = (unsigned)of_256 - 16, grey = 8 + 10 * (n - 216);
    if (n < 216) {
        snprintf(text, 8, "#%02x%02x%02x", steps[n / 36], steps[n / 6 % 6], steps[n % 6]);
    } else {
        snprintf(text, 8, "#%02x%02x%02x", grey & 0xff, grey & 0xff, grey & 0xff);
    }
    return text;
}

static void put_letter(uint32_t ch, FILE *out)
{
    char text[GLYPH_UTF8_MAX];
    switch (ch) {
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '&':
        fputs("&amp;", out);
        break;
    default:
        fwrite(text, 1, glyph_encode(ch, text), out);
    }
}

static const struct cell *cell_at(const struct grid *grid, int x, int y)
{
    return &grid->cells[(size_t)y * (size_t)grid->width + (size_t)x];
}

/* The run of one meaning that begins at x; returns the column behind it. */
static int put_run(const struct grid *grid, enum theme theme, int x, int y, FILE *out)
{
    int end = x, style = cell_at(grid, x, y)->style;
    bool blank = true;
    while (end < grid->width && cell_at(grid, end, y)->style == style) {
        uint32_t ch = cell_at(grid, end, y)->ch;
        blank = blank && (ch == ' ' || ch == 0);
        end++;
    }
    int left = MARGIN + x * CELL_WIDTH, top = MARGIN + y * CELL_HEIGHT;
    struct look look = theme_look(theme, (enum style)style);
    const struct ground *ground = &grounds[theme];
    if (look.reverse) {
        fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n", left,
                top, (end - x) * CELL_WIDTH, CELL_HEIGHT, ground->ink);
    }
    if (blank) {
        return end;
    }
    char text[8];
    const char *colour = look.reverse       ? ground->paper
                         : look.of_256 >= 0 ? colour_of(look.of_256, text)
                         : look.dim         ? ground->dim
                                            : ground->ink;
    fprintf(out, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"%s\"%s>", left, top + BASELINE,
            (end - x) * CELL_WIDTH, colour, look.bold ? " font-weight=\"bold\"" : "");
    for (int i = x; i < end; i++) {
        if (cell_at(grid, i, y)->ch != 0) {
            put_letter(cell_at(grid, i, y)->ch, out);
        }
    }
    fputs("</text>\n", out);
    return end;
}

void svg_write(const struct grid *grid, enum theme theme, FILE *out)
{
    int width = grid->width * CELL_WIDTH + 2 * MARGIN;
    int height = grid->height * CELL_HEIGHT + 2 * MARGIN;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" "
            "font-size=\"15\" xml:space=\"preserve\">\n"
            "<rect width=\"%d\" height=\"%d\" fill=\"%s\"/>\n",
            width, height, width, height, width, height, grounds[theme].paper);
    for (int y = 0; y < grid->height; y++) {
        for (int x = 0; x < grid->width;) {
            x = put_run(grid, theme, x, y, out);
        }
    }
    fputs("</svg>\n", out);
}
