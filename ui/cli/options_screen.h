/* Options that every command has that shows the screens: how large, in which colours, with which
 * keys. */
#ifndef IKESIM_UI_CLI_OPTIONS_SCREEN_H
#define IKESIM_UI_CLI_OPTIONS_SCREEN_H

#include <argp.h>
#include <stdbool.h>

#include "ui/term/grid.h"
#include "ui/term/theme.h"

struct options_screen {
    enum theme theme;
    bool has_theme; /* it was asked for */
    bool no_mouse;
    bool svg;          /* what is printed is a picture */
    const char *keys;  /* a file; NULL: the person's own */
    int width, height; /* of what is printed; the parent sets what they are otherwise */
};

/* --size, --svg, --theme, --keys, --no-mouse. Use as a child parser whose input is a struct
 * options_screen, see options_scenario_argp. */
extern const struct argp options_screen_argp;

/* Writes a screen to stdout: as a picture, with the colours that were asked for, or as lines. */
void options_screen_write(const struct options_screen *options, const struct grid *grid);

#endif
