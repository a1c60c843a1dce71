#include "ui/cli/options_screen.h"

#include <stdio.h>

#include "ui/cli/terminal.h"
#include "ui/term/svg.h"

enum { KEY_SIZE = 0x400, KEY_SVG, KEY_THEME, KEY_KEYS, KEY_NO_MOUSE };

static const struct argp_option screen_options[] = {
    {"size", KEY_SIZE, "WxH", 0, "Of a screen that is printed: columns and lines", 0},
    {"svg", KEY_SVG, 0, 0, "Print it as a picture for slides, in SVG", 0},
    {"theme", KEY_THEME, "NAME", 0,
     "Colours: dark (default), light, contrast, plain; of a screen that is printed, too", 0},
    {"keys", KEY_KEYS, "FILE", 0,
     "Other keys than those of ikesim watch --list-keys; otherwise from ~/.config/ikesim/keys if "
     "that is there",
     0},
    {"no-mouse", KEY_NO_MOUSE, 0, 0, "Leave the mouse to the terminal", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options_screen *options = state->input;
    switch (key) {
    case KEY_SIZE:
        if (!terminal_read_size(arg, &options->width, &options->height)) {
            argp_error(state, "--size %s: expected columns and lines, such as %dx%d", arg,
                       options->width, options->height);
        }
        return 0;
    case KEY_SVG:
        options->svg = true;
        return 0;
    case KEY_THEME:
        options->has_theme = true;
        if (!theme_find(arg, &options->theme)) {
            argp_error(state, "--theme %s: expected dark, light, contrast or plain", arg);
        }
        return 0;
    case KEY_KEYS:
        options->keys = arg;
        return 0;
    case KEY_NO_MOUSE:
        options->no_mouse = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp options_screen_argp = {.options = screen_options, .parser = parse};

void options_screen_write(const struct options_screen *options, const struct grid *grid)
{
    if (options->svg) {
        svg_write(grid, stdout);
    } else if (options->has_theme) {
        theme_write(grid, options->theme, stdout);
    } else {
        grid_write(grid, stdout);
    }
}
