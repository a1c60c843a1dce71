/* Clicks and the wheel. What a cell means the views have said on the grid (grid_target). */
#ifndef IKESIM_UI_TERM_APP_MOUSE_H
#define IKESIM_UI_TERM_APP_MOUSE_H

#include "ui/term/app.h"

/* A click on a cell of the grid as it was last drawn: selects what is there; what is selected
 * already is opened. Returns flags. */
unsigned app_click(struct app *app, const struct grid *grid, int x, int y);

/* The wheel over a cell, up (-1) or down (1). Returns flags. */
unsigned app_wheel(struct app *app, const struct grid *grid, int x, int y, int dir);

#endif
