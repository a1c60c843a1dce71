#include "ui/cli/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/term/keys.h"

#define SIZE_LIMIT 1000

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
