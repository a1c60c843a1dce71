/* Meanings into colours and weights, for a dark ground, for a light one, in high contrast, and
 * without colours. Shapes carry the meaning in all of them. */
#ifndef IKESIM_UI_TERM_THEME_H
#define IKESIM_UI_TERM_THEME_H

#include "ui/term/grid.h"

/* THEME(symbol, name) */
#define THEMES(THEME)                                                                              \
    THEME(DARK, "dark")                                                                            \
    THEME(LIGHT, "light")                                                                          \
    THEME(CONTRAST, "contrast")                                                                    \
    THEME(PLAIN, "plain")

enum theme {
#define THEME(symbol, name) THEME_##symbol,
    THEMES(THEME)
#undef THEME
        THEME_COUNT
};

/* How a meaning looks. Colours are -1 where they are the terminal's own. */
struct look {
    int of_eight; /* 0 to 7, for terminals that have no more */
    int of_256;
    bool bold, dim, reverse;
};

/* How the theme shows a meaning. */
struct look theme_look(enum theme theme, enum style style);

/* The theme of that name; false if there is none. */
bool theme_find(const char *name, enum theme *theme);

/* The grid as lines with the theme's colours as escape sequences (ECMA-48 SGR), for `less -R`. */
void theme_write(const struct grid *grid, enum theme theme, FILE *out);

#endif
