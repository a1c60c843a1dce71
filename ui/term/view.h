/* The screens: pure functions of the app, prepared up to its cursor, and a size. They write to the
 * grid and nowhere else. */
#ifndef IKESIM_UI_TERM_VIEW_H
#define IKESIM_UI_TERM_VIEW_H

#include "ui/term/app.h"

/* Where everything goes. An area of height 0 is not there. */
struct view_layout {
    bool too_small;
    struct area title, tabs, body, message, why, guide, footer;
};

/* On a grid of that size and alphabet, as the app stands. */
struct view_layout view_layout(const struct app *app, const struct grid *grid);

/* Rows of the screen, for paging. */
int view_page(const struct app *app, const struct grid *grid);

/* Octets in a line of hex. */
int view_hex_line(int width);

/* Everything. */
void view_screen(const struct app *app, struct grid *grid);

/* ---- its parts ---- */

void view_title(const struct app *app, struct grid *grid, struct area area);
void view_scrubber(const struct app *app, struct grid *grid, struct area area);
void view_tabs(const struct app *app, struct grid *grid, struct area area);
/* The keys of a context, as many as there is room for. */
void view_footer_keys(struct grid *grid, struct area area, unsigned context);
void view_footer(const struct app *app, struct grid *grid, struct area area);
void view_help(const struct app *app, struct grid *grid, struct area area);
void view_sheet(const struct app *app, struct grid *grid, struct area area);

/* The panel of a lesson, or, while one looks around, the line that says how to come back. */
void view_guide(const struct app *app, struct grid *grid, struct area area);

/* Lines that the panel's text has, and how many of them it shows. */
void view_guide_measure(const struct app *app, const struct grid *grid, size_t *lines,
                        size_t *room);

/* Lights the value that the step points at, wherever it stands in an area that was drawn. */
void view_guide_light(const struct app *app, struct grid *grid, struct area area);

void view_overview(const struct app *app, struct grid *grid, struct area area);
/* Returns the lines that it takes. */
int view_detail(const struct app *app, struct grid *grid, struct area area);
void view_datagrams(const struct app *app, struct grid *grid, struct area area);
void view_states(const struct app *app, struct grid *grid, struct area area, int side);
void view_exchange(const struct app *app, struct grid *grid, struct area area);
void view_message(const struct app *app, struct grid *grid, struct area area);
void view_keys(const struct app *app, struct grid *grid, struct area area);
void view_network(const struct app *app, struct grid *grid, struct area area);
void view_storm(const struct app *app, struct grid *grid, struct area area);
void view_window(const struct app *app, struct grid *grid, struct area area);

/* The states that an end goes through in its role, ended by NULL, and which of them it is in; -1 if
 * in none. */
int view_state_track(const struct trace_end_state *end, const char *const **states);

/* What the plain words say on screens that have their own: malloc'ed, NULL for none. */
char *view_keys_why(const struct app *app);
char *view_message_why(const struct app *app);

#endif
