#include "ui/term/app_mouse.h"

#include "ui/term/app_message.h"
#include "ui/term/guide.h"
#include "ui/term/keypage.h"
#include "ui/term/storm.h"

/* Rows that a notch of the wheel goes. */
#define WHEEL_ROWS 3

static void seek_on_scrubber(struct model *model, const struct area *area, int x)
{
    double part = area->width > 1 ? (double)(x - area->x) / (area->width - 1) : 0;
    model->playing = false;
    model_seek_time(model, (uint64_t)((double)model->duration * part));
}

static void click_event(struct app *app, uint64_t ordinal)
{
    app->model->playing = false;
    if (app->model->ordinal == ordinal) {
        app_act(app, ACTION_OPEN);
    } else {
        model_seek(app->model, ordinal);
    }
}

static void click_pair(struct app *app, uint64_t pair)
{
    if (app->model->pair_index == pair) {
        app_act(app, ACTION_OPEN);
    } else {
        model_select(app->model, (uint32_t)pair);
    }
}

static void click_field(struct app *app, size_t field)
{
    struct app_message *message = &app->message;
    bool again = message->field == field && !message->bytes;
    message->bytes = false;
    if (again && app->screen == SCREEN_MESSAGE) {
        app_message_act(app, ACTION_OPEN);
    } else {
        app_field_select(app, field);
    }
}

static void click_octet(struct app *app, const struct target *target)
{
    int layer = (int)(target->what >> 32 & 0xff), bit = (int)(target->what >> 40);
    size_t octet = (size_t)(target->what & UINT32_MAX);
    size_t field = app_message_bit(app, layer, octet, bit);
    app_message_octet(app, layer, octet);
    if (target->kind == TARGET_BIT && field != SIZE_MAX) {
        app_field_select(app, field);
    }
}

/* The figure, and the moment too where the click was on its chart; a second click on its heading
 * opens it. */
static void click_figure(struct app *app, const struct target *target, int x)
{
    enum storm_figure figure = (enum storm_figure)target->what;
    bool again = storm_selected(app_storm(app)) == figure;
    storm_select(app_storm(app), figure);
    if (target->kind == TARGET_CHART) {
        seek_on_scrubber(app->model, &target->area, x);
    } else if (again) {
        app_act(app, ACTION_OPEN);
    }
}

/* In a lesson a click on the screen begins to look around, one on the panel goes on in it. */
static unsigned click_lesson(struct app *app)
{
    return app_act(app, app->guide->roaming ? ACTION_LESSON_RETURN : ACTION_LESSON_ON);
}

unsigned app_click(struct app *app, const struct grid *grid, int x, int y)
{
    const struct target *target = grid_target_at(grid, x, y);
    app->notice[0] = '\0';
    if (!target || app->prompt != PROMPT_NONE) {
        return APP_REDRAW;
    }
    bool of_lesson = target->kind == TARGET_LESSON || target->kind == TARGET_CHOICE;
    if (guide_listens(app) && !of_lesson && target->kind != TARGET_KEY) {
        app->guide->roaming = true;
    }
    switch (target->kind) {
    case TARGET_TAB:
        app->help = false;
        app_close_sheet(app);
        app_act(app, (enum action)(ACTION_SCREEN_OVERVIEW + (int)target->what));
        break;
    case TARGET_KEY:
        return app_key(app, (uint32_t)target->what);
    case TARGET_SCRUB:
        seek_on_scrubber(app->model, &target->area, x);
        break;
    case TARGET_EVENT:
        click_event(app, target->what);
        break;
    case TARGET_PAIR:
        click_pair(app, target->what);
        break;
    case TARGET_FIELD:
        click_field(app, (size_t)target->what);
        break;
    case TARGET_OCTET:
    case TARGET_BIT:
        click_octet(app, target);
        break;
    case TARGET_STEP:
        if (keypage_selected(app->keys) == target->what) {
            app_act(app, ACTION_OPEN);
        } else {
            keypage_select_step(app->keys, (size_t)target->what);
        }
        break;
    case TARGET_FIGURE:
    case TARGET_CHART:
        click_figure(app, target, x);
        break;
    case TARGET_CHOICE:
        guide_key(app, 'a' + (uint32_t)target->what);
        break;
    case TARGET_LESSON:
        return click_lesson(app);
    case TARGET_ITEM:
    case TARGET_NONE:
        break;
    }
    return APP_REDRAW;
}

unsigned app_wheel(struct app *app, const struct grid *grid, int x, int y, int dir)
{
    const struct target *target = grid_target_at(grid, x, y);
    bool lesson = target && (target->kind == TARGET_LESSON || target->kind == TARGET_CHOICE);
    app->notice[0] = '\0';
    if (app->prompt != PROMPT_NONE) {
        return APP_REDRAW;
    }
    if (lesson && guide_listens(app)) {
        guide_scroll(app->guide, dir);
        return APP_REDRAW;
    }
    if (guide_listens(app)) {
        app->guide->roaming = true;
    }
    for (int i = 0; i < WHEEL_ROWS; i++) {
        app_act(app, dir > 0 ? ACTION_DOWN : ACTION_UP);
        if (app->screen == SCREEN_LADDER || app->screen == SCREEN_WINDOW) {
            model_prepare(app->model); /* rows are found from the ladder around the cursor */
        }
    }
    return APP_REDRAW;
}
