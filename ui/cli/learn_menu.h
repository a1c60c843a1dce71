/* The lessons as a menu on the terminal. */
#ifndef IKESIM_UI_CLI_LEARN_MENU_H
#define IKESIM_UI_CLI_LEARN_MENU_H

#include "ui/cli/lessons.h"
#include "ui/term/theme.h"

struct learn_menu {
    const struct lessons *lessons; /* at least one */
    bool ascii, mouse;
    enum theme theme;
    size_t selected; /* where the cursor is, and was */
};

/* Lets the person choose. Returns 1 with menu->selected, 0 if nothing was chosen, or -1 with
 * `error` filled if the terminal cannot be used. */
int learn_menu_choose(struct learn_menu *menu, char *error, size_t error_cap);

/* The first lesson that has not been gone through; the first of all if there is none such. */
size_t learn_menu_begin(const struct lessons *lessons);

#endif
