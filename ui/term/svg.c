/* A screen as a picture: runs of cells of one meaning, each a text of its own. */
#include "ui/term/svg.h"

#include "ui/term/glyph.h"

/* Pixels of a cell. Fonts differ in width: textLength makes each run as long as its cells. */
enum { CELL_WIDTH = 9, CELL_HEIGHT = 18, BASELINE = 14, MARGIN = 9 };

static const struct {
    const char *colour; /* of the letters; NULL: black */
    bool bold, turned;  /* turned: light letters on a dark ground */
} looks[STYLE_COUNT] = {
    [STYLE_DIM] = {"#888888", false, false},     [STYLE_TITLE] = {NULL, true, false},
    [STYLE_FOCUS] = {NULL, true, true},          [STYLE_CURSOR] = {"#af5f00", true, false},
    [STYLE_REQUEST] = {"#005faf", false, false}, [STYLE_RESPONSE] = {"#00875f", false, false},
    [STYLE_AGAIN] = {"#af5f00", false, false},   [STYLE_LOST] = {"#d70000", true, false},
    [STYLE_COPY] = {"#870087", false, false},    [STYLE_STATE] = {NULL, true, false},
    [STYLE_KEY] = {"#875f00", true, false},      [STYLE_ESP] = {"#0000af", true, false},
    [STYLE_GOOD] = {"#00875f", true, false},     [STYLE_FIELD] = {"#005faf", false, false},
    [STYLE_LIT] = {NULL, false, true},           [STYLE_FOOTER] = {"#888888", false, false},
    [STYLE_FOOTER_KEY] = {NULL, true, false},
};

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
static int put_run(const struct grid *grid, int x, int y, FILE *out)
{
    int end = x, style = cell_at(grid, x, y)->style;
    bool blank = true;
    while (end < grid->width && cell_at(grid, end, y)->style == style) {
        uint32_t ch = cell_at(grid, end, y)->ch;
        blank = blank && (ch == ' ' || ch == 0);
        end++;
    }
    int left = MARGIN + x * CELL_WIDTH, top = MARGIN + y * CELL_HEIGHT;
    bool turned = looks[style].turned;
    if (turned) {
        fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#202020\"/>\n",
                left, top, (end - x) * CELL_WIDTH, CELL_HEIGHT);
    }
    if (blank) {
        return end;
    }
    const char *colour = turned ? "#ffffff" : looks[style].colour ? looks[style].colour : "#202020";
    fprintf(out, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"%s\"%s>", left, top + BASELINE,
            (end - x) * CELL_WIDTH, colour, looks[style].bold ? " font-weight=\"bold\"" : "");
    for (int i = x; i < end; i++) {
        if (cell_at(grid, i, y)->ch != 0) {
            put_letter(cell_at(grid, i, y)->ch, out);
        }
    }
    fputs("</text>\n", out);
    return end;
}

void svg_write(const struct grid *grid, FILE *out)
{
    int width = grid->width * CELL_WIDTH + 2 * MARGIN;
    int height = grid->height * CELL_HEIGHT + 2 * MARGIN;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" "
            "font-size=\"15\" xml:space=\"preserve\">\n"
            "<rect width=\"%d\" height=\"%d\" fill=\"#fbfbf8\"/>\n",
            width, height, width, height, width, height);
    for (int y = 0; y < grid->height; y++) {
        for (int x = 0; x < grid->width;) {
            x = put_run(grid, x, y, out);
        }
    }
    fputs("</svg>\n", out);
}
