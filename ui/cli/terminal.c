#include "ui/cli/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/term/app.h"
#include "ui/term/keys.h"
#include "ui/term/svg.h"

#define SIZE_LIMIT 1000

enum { KEY_KEYS = 0x400, KEY_THEME, KEY_NO_MOUSE, KEY_SIZE, KEY_SVG };

static const struct argp_option options[] = {
    {"keys", KEY_KEYS, "FILE", 0,
     "Other keys than those of `ikesim watch --list-keys`; otherwise from ~/.config/ikesim/keys if "
     "that is there",
     0},
    {"theme", KEY_THEME, "NAME", 0,
     "Colours: dark (default), light, contrast, plain; of a screen that is printed, too", 0},
    {"no-mouse", KEY_NO_MOUSE, 0, 0, "Leave the mouse to the terminal", 0},
    {"size", KEY_SIZE, "WxH", 0, "Of a screen that is printed: columns and lines", 0},
    {"svg", KEY_SVG, 0, 0,
     "Print it as a picture for slides, in SVG, in the light theme if no other is asked for", 0},
    {0},
};

/* "100x48": columns and lines, from what a screen takes to SIZE_LIMIT. */
static bool read_size(const char *text, int *width, int *height)
{
    char rest;
    return sscanf(text, "%4dx%4d%c", width, height, &rest) == 2 && *width >= APP_WIDTH_MIN &&
           *width <= SIZE_LIMIT && *height >= APP_HEIGHT_MIN && *height <= SIZE_LIMIT;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct terminal_options *terminal = state->input;
    switch (key) {
    case KEY_KEYS:
        terminal->keys = arg;
        return 0;
    case KEY_THEME:
        terminal->has_theme = true;
        if (!theme_find(arg, &terminal->theme)) {
            argp_error(state, "--theme %s: expected dark, light, contrast or plain", arg);
        }
        return 0;
    case KEY_NO_MOUSE:
        terminal->no_mouse = true;
        return 0;
    case KEY_SIZE:
        if (!read_size(arg, &terminal->width, &terminal->height)) {
            argp_error(state,
                       "--size %s: expected columns and lines, %dx%d to %dx%d, such as 100x48", arg,
                       APP_WIDTH_MIN, APP_HEIGHT_MIN, SIZE_LIMIT, SIZE_LIMIT);
        }
        return 0;
    case KEY_SVG:
        terminal->svg = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp terminal_argp = {.options = options, .parser = parse};

bool terminal_is_there(void)
{
    const char *term = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

bool terminal_is_utf8(void)
{
    setlocale(LC_ALL, "");
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool terminal_read_keys(const char *command, const char *named)
{
    char path[4096], error[300];
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (named) {
        snprintf(path, sizeof path, "%s", named);
    } else if (config && *config) {
        snprintf(path, sizeof path, "%s/ikesim/keys", config);
    } else {
        snprintf(path, sizeof path, "%s/.config/ikesim/keys", home ? home : "");
    }
    if ((named || access(path, F_OK) == 0) && keys_read(path, error, sizeof error) != 0) {
        fprintf(stderr, "%s: %s\n", command, error);
        return false;
    }
    return true;
}

void terminal_write(const struct terminal_options *terminal, const struct grid *grid)
{
    if (terminal->svg) {
        svg_write(grid, terminal->has_theme ? terminal->theme : THEME_LIGHT, stdout);
    } else if (terminal->has_theme) {
        theme_write(grid, terminal->theme, stdout);
    } else {
        grid_write(grid, stdout);
    }
}
