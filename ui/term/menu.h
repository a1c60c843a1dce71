/* A list to choose from, as a screen of its own: the lessons of the course. */
#ifndef IKESIM_UI_TERM_MENU_H
#define IKESIM_UI_TERM_MENU_H

#include "ui/term/grid.h"
#include "ui/term/theme.h"

struct menu_item {
    const char *number, *title;
    const char *about; /* a sentence or two, shown while it is selected */
    const char *state; /* "2 of 3", "at step 5"; "": nothing */
    bool done;
};

struct menu {
    const char *title;
    size_t count; /* at least 1 */
    const struct menu_item *items;
    size_t selected;
    enum theme theme;
    bool mouse;
    int page; /* items on the screen, as last drawn */
};

enum menu_result { MENU_NOTHING, MENU_CHOSEN, MENU_LEFT };

/* What a key does. */
enum menu_result menu_key(struct menu *menu, uint32_t key);

/* A click on a cell of the grid as it was last drawn; a second one on the same item chooses it. */
enum menu_result menu_click(struct menu *menu, const struct grid *grid, int x, int y);

/* The wheel, up (-1) or down (1). */
void menu_wheel(struct menu *menu, int dir);

/* Draws it over the whole grid. */
void view_menu(const struct menu *menu, struct grid *grid);

/* Items that a screen of that height shows. */
int view_menu_page(int height);

#endif
