/* The screen in a terminal. The only file that knows ncurses is behind this one. */
#ifndef IKESIM_UI_TERM_SCREEN_H
#define IKESIM_UI_TERM_SCREEN_H

#include "ui/term/app.h"
#include "ui/term/menu.h"

/* Shows the app until the person quits, or SIGINT, SIGTERM or SIGHUP come; the terminal is then as
 * it was. `ascii`: no character beyond ASCII. Returns 0, or -1 with `error` filled if the terminal
 * cannot be used. */
int screen_run(struct app *app, bool ascii, char *error, size_t error_cap);

/* The same for a menu, until an item is chosen: *result says whether one was. */
int screen_choose(struct menu *menu, bool ascii, enum menu_result *result, char *error,
                  size_t error_cap);

#endif
