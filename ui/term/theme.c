#include "ui/term/theme.h"

#include <string.h>

#include "ui/term/glyph.h"

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN };

enum weight { NORMAL, BOLD, DIM, REVERSE };

/* The colours of 256 are on a light ground those of Okabe and Ito, which colour-blind people tell
 * apart. */
static const struct {
    int eight, dark, light;
    enum weight weight;
} looks[STYLE_COUNT] = {
    [STYLE_TEXT] = {-1, -1, -1, NORMAL},        [STYLE_DIM] = {-1, -1, -1, DIM},
    [STYLE_TITLE] = {-1, -1, -1, BOLD},         [STYLE_FOCUS] = {-1, -1, -1, REVERSE},
    [STYLE_CURSOR] = {YELLOW, 220, 130, BOLD},  [STYLE_LIFELINE] = {-1, -1, -1, NORMAL},
    [STYLE_REQUEST] = {CYAN, 75, 25, NORMAL},   [STYLE_RESPONSE] = {GREEN, 36, 29, NORMAL},
    [STYLE_AGAIN] = {YELLOW, 214, 130, NORMAL}, [STYLE_LOST] = {RED, 202, 160, BOLD},
    [STYLE_COPY] = {MAGENTA, 175, 90, NORMAL},  [STYLE_STATE] = {-1, -1, -1, BOLD},
    [STYLE_KEY] = {YELLOW, 220, 94, BOLD},      [STYLE_ESP] = {BLUE, 69, 19, BOLD},
    [STYLE_GOOD] = {GREEN, 36, 29, BOLD},       [STYLE_FIELD] = {CYAN, 75, 25, NORMAL},
    [STYLE_LIT] = {-1, -1, -1, REVERSE},        [STYLE_WHY] = {-1, -1, -1, NORMAL},
    [STYLE_FOOTER] = {-1, -1, -1, DIM},         [STYLE_FOOTER_KEY] = {-1, -1, -1, BOLD},
};

struct look theme_look(enum theme theme, enum style style)
{
    bool coloured = theme == THEME_DARK || theme == THEME_LIGHT;
    enum weight weight = looks[style].weight;
    struct look look = {
        .of_eight = coloured ? looks[style].eight : -1,
        .of_256 = coloured ? theme == THEME_LIGHT ? looks[style].light : looks[style].dark : -1,
        .bold = weight == BOLD,
        .dim = weight == DIM,
        .reverse = weight == REVERSE,
    };
    if (theme == THEME_CONTRAST) { /* bold where it is not dim, and dim nowhere */
        look.bold = !look.dim;
        look.dim = false;
    }
    return look;
}

bool theme_find(const char *name, enum theme *theme)
{
    static const char *const names[THEME_COUNT] = {
#define THEME(symbol, name) [THEME_##symbol] = name,
        THEMES(THEME)
#undef THEME
    };
    for (int i = 0; i < THEME_COUNT; i++) {
        if (strcmp(names[i], name) == 0) {
            *theme = (enum theme)i;
            return true;
        }
    }
    return false;
}

static void put_look(struct look look, FILE *out)
{
    fputs("\033[0", out);
    if (look.of_256 >= 0) {
        fprintf(out, ";38;5;%d", look.of_256);
    }
    fprintf(out, "%s%s%sm", look.bold ? ";1" : "", look.dim ? ";2" : "", look.reverse ? ";7" : "");
}

void theme_write(const struct grid *grid, enum theme theme, FILE *out)
{
    for (int y = 0; y < grid->height; y++) {
        const struct cell *row = grid->cells + (size_t)y * (size_t)grid->width;
        int style = -1, width = grid->width;
        /* What is blank at the end of a line can be left out, unless it is a bar. */
        while (width > 0 && row[width - 1].ch == ' ' &&
               !theme_look(theme, (enum style)row[width - 1].style).reverse) {
            width--;
        }
        for (int x = 0; x < width; x++) {
            char text[GLYPH_UTF8_MAX];
            if (row[x].style != style) {
                style = row[x].style;
                put_look(theme_look(theme, (enum style)style), out);
            }
            if (row[x].ch != 0) {
                size_t len = glyph_encode(row[x].ch, text);
                fwrite(text, 1, len, out);
            }
        }
        fputs(style >= 0 ? "\033[0m\n" : "\n", out);
    }
}
