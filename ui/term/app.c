/* What actions do. */
#include "ui/term/app.h"

#include "ui/term/memory.h"

/* Fields from this depth on are closed when a message is opened, and those of a single octet, whose
 * bits can wait: payloads and what is in them is enough to begin with. */
#define OPEN_DEPTH 2

/* Further down than any help reaches; the view stops at its last line. */
#define HELP_END 100000

void app_init(struct app *app, struct model *model)
{
    *app = (struct app){
        .model = model, .context = CONTEXT_LADDER, .page = 10, .tree_datagram = UINT64_MAX};
}

void app_dispose(struct app *app)
{
    free(app->closed);
    app->closed = NULL;
}

unsigned app_context(const struct app *app)
{
    return app->help ? CONTEXT_HELP : app->context;
}

/* ---- the tree of the open message ---- */

bool app_field_opens(const struct app *app, size_t field)
{
    const struct dissect_tree *tree = app->model->tree;
    return tree && field + 1 < tree->count &&
           tree->fields[field + 1].depth > tree->fields[field].depth;
}

size_t app_field_step(const struct app *app, size_t field, int dir)
{
    const struct dissect_tree *tree = app->model->tree;
    size_t last_shown = 0, count = tree ? tree->count : 0;
    int hidden_below = -1; /* depth of the closed field that hides, -1 none */
    for (size_t i = 0; i < count; i++) {
        if (hidden_below >= 0 && tree->fields[i].depth > hidden_below) {
            continue;
        }
        hidden_below = i < app->closed_count && app->closed[i] ? tree->fields[i].depth : -1;
        if (dir > 0 && i > field) {
            return i;
        }
        if (dir < 0 && i >= field) {
            return last_shown;
        }
        last_shown = i;
    }
    return dir < 0 ? last_shown : field;
}

static size_t parent_of(const struct dissect_tree *tree, size_t field)
{
    size_t i = field;
    while (i > 0 && tree->fields[i].depth >= tree->fields[field].depth) {
        i--;
    }
    return i;
}

static void prepare_tree(struct app *app)
{
    const struct model *model = app->model;
    size_t count = model->tree ? model->tree->count : 0;
    if (app->tree_datagram == model->tree_datagram && app->closed_count == count) {
        return;
    }
    app->tree_datagram = model->tree_datagram;
    app->field = 0;
    app->closed_count = count;
    app->closed = term_resize(app->closed, count);
    for (size_t i = 0; i < count; i++) {
        const struct dissect_field *field = &model->tree->fields[i];
        app->closed[i] = app_field_opens(app, i) && (field->depth >= OPEN_DEPTH || field->len == 1);
    }
}

void app_prepare(struct app *app)
{
    model_prepare(app->model);
    prepare_tree(app);
}

/* ---- moving inside the panes ---- */

static void move_field(struct app *app, int steps)
{
    int dir = steps < 0 ? -1 : 1;
    for (; steps != 0; steps -= dir) {
        app->field = app_field_step(app, app->field, dir);
    }
}

static void move_pair(struct app *app, int64_t steps)
{
    struct model *model = app->model;
    int64_t count = model->state ? model->state->pair_count : 0;
    int64_t at = model->pair_index == UINT32_MAX ? 0 : (int64_t)model->pair_index;
    at = at + steps < 0 ? 0 : at + steps >= count ? count - 1 : at + steps;
    if (at >= 0) {
        model_select(model, (uint32_t)at);
    }
}

static void move(struct app *app, int steps)
{
    switch (app_context(app)) {
    case CONTEXT_PAIRS:
        move_pair(app, steps);
        break;
    case CONTEXT_MESSAGE:
        move_field(app, steps);
        break;
    case CONTEXT_HELP:
        app->help_top =
            steps < 0 && app->help_top < (size_t)-steps ? 0 : app->help_top + (size_t)steps;
        break;
    default:
        app->model->playing = false;
        for (int dir = steps < 0 ? -1 : 1; steps != 0; steps -= dir) {
            if (!model_step_row(app->model, dir)) {
                break;
            }
            if (steps != dir) {
                model_prepare(app->model);
            }
        }
    }
}

static void move_to_end(struct app *app, int dir)
{
    struct model *model = app->model;
    switch (app_context(app)) {
    case CONTEXT_PAIRS:
        move_pair(app, dir < 0 ? -(int64_t)UINT32_MAX : (int64_t)UINT32_MAX);
        break;
    case CONTEXT_MESSAGE:
        app->field = dir < 0 || !model->tree ? 0 : app_field_step(app, model->tree->count, -1);
        break;
    case CONTEXT_HELP:
        app->help_top = dir < 0 ? 0 : HELP_END;
        break;
    default:
        model->playing = false;
        if (dir < 0) {
            model_home(model);
        } else {
            model_end(model);
        }
    }
}

/* ---- panes ---- */

static void go_to(struct app *app, unsigned context)
{
    app->context = context;
    app->message = app->message || context == CONTEXT_MESSAGE;
}

static void change_pane(struct app *app, int dir)
{
    static const unsigned panes[] = {CONTEXT_PAIRS, CONTEXT_LADDER, CONTEXT_MESSAGE};
    int count = app->message ? 3 : 2, at = 0;
    while (at < count - 1 && panes[at] != app->context) {
        at++;
    }
    go_to(app, panes[(at + count + dir) % count]);
}

static void fold(struct app *app, enum action action)
{
    const struct dissect_tree *tree = app->model->tree;
    if (!tree || app->field >= tree->count) {
        return;
    }
    bool opens = app_field_opens(app, app->field), closed = app->closed[app->field];
    if (action == ACTION_LEFT && (!opens || closed)) {
        app->field = parent_of(tree, app->field);
    } else if (opens) {
        app->closed[app->field] = action == ACTION_LEFT    ? true
                                  : action == ACTION_RIGHT ? false
                                                           : !closed;
    }
}

static void open_it(struct app *app)
{
    if (app->context == CONTEXT_MESSAGE) {
        fold(app, ACTION_OPEN);
    } else {
        app->model->playing = false;
        go_to(app, app->context == CONTEXT_PAIRS ? CONTEXT_LADDER : CONTEXT_MESSAGE);
    }
}

static unsigned go_back(struct app *app)
{
    if (app->help) {
        app->help = false;
    } else if (app->context == CONTEXT_MESSAGE) {
        app->message = false;
        app->context = CONTEXT_LADDER;
    } else if (app->context == CONTEXT_PAIRS) {
        app->context = CONTEXT_LADDER;
    } else {
        return APP_QUIT;
    }
    return APP_REDRAW;
}

/* ---- time ---- */

static void step(struct app *app, int dir, trace_kinds kinds)
{
    app->model->playing = false;
    model_step(app->model, dir, kinds);
}

static void play(struct model *model)
{
    bool at_end = model->complete && model->ordinal + 1 >= model->count;
    if (!model->playing && at_end) {
        model_home(model);
    }
    model->playing = !model->playing;
}

static bool act_on_time(struct app *app, enum action action)
{
    const trace_kinds message = TRACE_KINDS_OF(TRACE_IKE_MESSAGE_SENT_EVENT);
    struct model *model = app->model;
    switch (action) {
    case ACTION_PLAY:
        play(model);
        return true;
    case ACTION_EVENT_BACK:
    case ACTION_EVENT_ON:
        step(app, action == ACTION_EVENT_ON ? 1 : -1, TRACE_ALL_KINDS);
        return true;
    case ACTION_MESSAGE_BACK:
    case ACTION_MESSAGE_ON:
        step(app, action == ACTION_MESSAGE_ON ? 1 : -1, message);
        return true;
    case ACTION_TROUBLE_BACK:
    case ACTION_TROUBLE_ON:
        step(app, action == ACTION_TROUBLE_ON ? 1 : -1, model_trouble_kinds());
        return true;
    case ACTION_FASTER:
    case ACTION_SLOWER:
        model_faster(model, action == ACTION_FASTER ? 1 : -1);
        return true;
    case ACTION_UNFOLD:
        model_unfold(model, !model->unfold);
        return true;
    case ACTION_LATER:
        app->later = !app->later;
        return true;
    default:
        return false;
    }
}

unsigned app_act(struct app *app, enum action action)
{
    if (act_on_time(app, action)) {
        return APP_REDRAW;
    }
    switch (action) {
    case ACTION_UP:
    case ACTION_DOWN:
        move(app, action == ACTION_DOWN ? 1 : -1);
        return APP_REDRAW;
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
        move(app, action == ACTION_PAGE_DOWN ? app->page : -app->page);
        return APP_REDRAW;
    case ACTION_HOME:
    case ACTION_END:
        move_to_end(app, action == ACTION_END ? 1 : -1);
        return APP_REDRAW;
    case ACTION_LEFT:
    case ACTION_RIGHT:
        fold(app, action);
        return APP_REDRAW;
    case ACTION_PANE_ON:
    case ACTION_PANE_BACK:
        change_pane(app, action == ACTION_PANE_ON ? 1 : -1);
        return APP_REDRAW;
    case ACTION_OPEN:
        open_it(app);
        return APP_REDRAW;
    case ACTION_BACK:
        return go_back(app);
    case ACTION_HELP:
        app->help = !app->help;
        app->help_top = 0;
        return APP_REDRAW;
    case ACTION_REDRAW:
        return APP_REDRAW | APP_REPAINT;
    case ACTION_QUIT:
        return APP_QUIT;
    default:
        return 0;
    }
}
