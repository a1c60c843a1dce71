/* What every command needs that draws on the terminal. */
#ifndef IKESIM_UI_CLI_TERMINAL_H
#define IKESIM_UI_CLI_TERMINAL_H

#include <argp.h>
#include <stdbool.h>

#include "ui/term/theme.h"

/* What every command with screens takes: --keys, --theme, --no-mouse, --size, --svg. As a child of
 * the command's own parser. */
struct terminal_options {
    const char *keys; /* a file; NULL: the person's own */
    enum theme theme;
    bool has_theme, no_mouse;
    bool svg;          /* what is printed is a picture */
    int width, height; /* of what is printed; the command sets what they are otherwise */
};
extern const struct argp terminal_argp; /* its input is a struct terminal_options */

/* True if a person sits at both ends: stdin and stdout are terminals, and TERM is not "dumb". */
bool terminal_is_there(void);

/* True if the locale says that characters beyond ASCII can be shown. Sets the locale. */
bool terminal_is_utf8(void);

/* Keys from the file that was named, or, with NULL, from the person's own if there is one. False
 * after stderr was told what is wrong with it. */
bool terminal_read_keys(const char *command, const char *named);

/* Writes a screen to stdout: as a picture, with the colours that were asked for, or as lines. */
void terminal_write(const struct terminal_options *terminal, const struct grid *grid);

#endif
