/* The screen's own state (what has the focus, what is open) and what actions do to it and to the
 * model. Actions return flags; the loop around them draws. */
#ifndef IKESIM_UI_TERM_APP_H
#define IKESIM_UI_TERM_APP_H

#include "ui/term/grid.h"
#include "ui/term/keys.h"
#include "ui/term/model.h"

/* Smallest screen that is drawn; a smaller one says so. */
#define APP_WIDTH_MIN 80
#define APP_HEIGHT_MIN 24

/* From this height on the message has a place below the ladder. */
#define APP_SPLIT_HEIGHT 40

struct app {
    struct model *model; /* borrowed */
    unsigned context;    /* CONTEXT_PAIRS, _LADDER or _MESSAGE: the pane that keys go to */
    bool message;        /* the message is open */
    bool help;
    size_t help_top;
    bool later; /* the ladder shows what comes after the cursor */
    int page;   /* rows of the focused pane, as last drawn */

    /* The open message's tree: the selected field, which fields are closed. */
    uint64_t tree_datagram;
    size_t field;
    size_t closed_count;
    bool *closed; /* by field */
};

enum { APP_REDRAW = 1, APP_QUIT = 2, APP_REPAINT = 4 };

void app_init(struct app *app, struct model *model);
void app_dispose(struct app *app);

/* The context that keys are looked up in. */
unsigned app_context(const struct app *app);

/* Does it; returns flags. */
unsigned app_act(struct app *app, enum action action);

/* Brings model and app up to the cursor, then draws all of it: views are pure after this. */
void app_prepare(struct app *app);

/* The tree's field behind (dir 1) or before (-1) `field` that is not hidden; `field` itself if
 * there is none. */
size_t app_field_step(const struct app *app, size_t field, int dir);

/* True if the field has others inside. */
bool app_field_opens(const struct app *app, size_t field);

#endif
