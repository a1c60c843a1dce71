#include "ui/cli/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/term/keys.h"

#define SIZE_LIMIT 1000

enum { KEY_KEYS = 0x400, KEY_THEME, KEY_NO_MOUSE };

static const struct argp_option options[] = {
    {"keys", KEY_KEYS, "FILE", 0,
     "Other keys than those of `ikesim watch --list-keys`; otherwise from ~/.config/ikesim/keys if "
     "that is there",
     0},
    {"theme", KEY_THEME, "NAME", 0, "Colours: dark (default), light, contrast, plain", 0},
    {"no-mouse", KEY_NO_MOUSE, 0, 0, "Leave the mouse to the terminal", 0},
    {0},
};

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

bool terminal_read_size(const char *text, int *width, int *height)
{
    char rest;
    return sscanf(text, "%4dx%4d%c", width, height, &rest) == 2 && *width >= 1 &&
           *width <= SIZE_LIMIT && *height >= 1 && *height <= SIZE_LIMIT;
}
