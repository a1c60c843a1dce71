/* Keys of what if: the list of what may be changed, the run with the change, the two futures. */
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/app_message.h"
#include "ui/term/words.h"

static bool same_pair(const struct model *a, const struct model *b)
{
    return a->pair[0] && b->pair[0] && strcmp(a->pair[0], b->pair[0]) == 0 &&
           strcmp(a->pair[1], b->pair[1]) == 0;
}

/* To the leader's event where the other recording has it at the same time: many may be at one. */
static void seek_same(struct model *model, const struct model *leader)
{
    const struct trace_record *record = trace_reader_get(leader->reader, leader->ordinal);
    uint64_t at = record ? trace_reader_find(model->reader, record->id) : UINT64_MAX;
    if (at != UINT64_MAX && !leader->by_time &&
        trace_reader_time(model->reader, at) == record->time &&
        trace_reader_kind(model->reader, at) == record->kind) {
        model_seek(model, at);
    }
}

/* Brings a model to the time and the pair of another. */
static void follow(struct model *model, const struct model *leader)
{
    model_unfold(model, leader->unfold);
    model->playing = false;
    model_seek_time(model, leader->time);
    seek_same(model, leader);
    model->whole = !same_pair(model, leader); /* to find the pair among all */
    model_prepare(model);
    const struct trace_state *state = model->state;
    for (uint32_t i = 0; model->whole && leader->pair[0] && i < state->pair_count; i++) {
        if (strcmp(state->pairs[i].a, leader->pair[0]) == 0 &&
            strcmp(state->pairs[i].b, leader->pair[1]) == 0) {
            model_select(model, i);
            model_prepare(model);
        }
    }
}

/* Shows the other recording at the same time, the same pair. */
static void show(struct app *app, struct model *model)
{
    size_t field = app->message.field;
    follow(model, app->model);
    app->model = model;
    app_forget(app);
    app_message_prepare(app);
    app_field_select(app, field);
}

void app_beside_prepare(struct app *app)
{
    struct whatif *whatif = &app->whatif;
    if (app->beside && whatif->future && app->screen == SCREEN_LADDER) {
        follow(app->model == whatif->future ? whatif->original : whatif->future, app->model);
    }
}

static void say_parting(struct app *app)
{
    char time[WORDS_TIME_MAX];
    uint64_t parting = whatif_parting_time(&app->whatif);
    bool growing = app->whatif.growing && !app->whatif.future->complete;
    const char *rest = growing               ? " The run goes on."
                       : !app->whatif.part   ? ""
                       : app->whatif.running ? " The other hosts, whom it cannot reach, follow."
                                             : " The other hosts are left out: as they were.";
    if (parting == UINT64_MAX && growing) {
        app_note(app, "This is the run with the change, which goes on: no difference so far.");
        return;
    }
    app->parted = true;
    app->parted_at = parting;
    if (parting == UINT64_MAX) {
        app_note(app, "The change changes nothing: both runs are the same.%s", rest);
        return;
    }
    app_note(app, "%s. They part at %s; v flips, z both, x goes there.%s",
             app->model == app->whatif.future ? "This is the run with the change"
                                              : "This is the run as it was",
             words_time(parting, time), rest);
}

/* What was said of the first part of a future is wrong by now: the events of two hosts may part
 * later than those of all; or it still stands there, and the others have followed. */
static bool is_outdated(const struct app *app)
{
    return !app->parted || app->parted_at != whatif_parting_time(&app->whatif) ||
           (!app->whatif.running && app->notice[0] != '\0');
}

/* A future, or more of it, is there: the one before is left for it if it is what is shown. */
static void take(struct app *app, struct model *future, bool more_of_it)
{
    bool shown = app->model == app->whatif.future || !more_of_it;
    if (shown) {
        show(app, future);
    }
    whatif_take(&app->whatif, future);
    app->rest = app->whatif.running;
    if (!more_of_it || is_outdated(app)) {
        say_parting(app);
    }
}

void app_whatif_prepare(struct app *app)
{
    char error[APP_NOTICE_MAX] = "";
    struct model *future = NULL;
    if (!app->whatif.running) {
        return;
    }
    bool more_of_it = app->rest;
    enum whatif_result result = whatif_poll(&app->whatif, &future, error, sizeof error);
    if (future) {
        take(app, future, more_of_it);
    } else if (result == WHATIF_FAILED) {
        app->rest = false;
        app_note(app, "%s", error);
    } else if (!app->rest) {
        app_note(app, "Running again with the change: %d %%. Esc stops it.", app->whatif.done / 10);
    }
}

static void list(struct app *app)
{
    const char *off = whatif_off(&app->whatif);
    if (off) {
        app_note(app, "%s", off);
        return;
    }
    app->model->playing = false;
    app_show_sheet(app, "What if ...",
                   whatif_list(&app->whatif, app->model,
                               app->screen == SCREEN_MESSAGE ? app->message.field : SIZE_MAX));
    app->choosing = true;
}

static void begin(struct app *app, size_t choice, const char *answer)
{
    char error[APP_NOTICE_MAX] = "";
    app->rest = app->parted = false;
    if (whatif_choose(&app->whatif, choice, answer, app->model->time, error, sizeof error) != 0) {
        app_note(app, "%s", error);
    }
}

bool app_choose(struct app *app, uint32_t key)
{
    for (size_t i = 0; i < app->whatif.choice_count; i++) {
        if ((uint32_t)whatif_key(i) != key) {
            continue;
        }
        app_close_sheet(app);
        if (app->whatif.choices[i].asks == ASKS_NOTHING) {
            begin(app, i, NULL);
        } else {
            app->chosen = i;
            app->prompt = PROMPT_CHOICE;
            app->typed[0] = '\0';
        }
        return true;
    }
    return false;
}

void app_answer(struct app *app)
{
    char error[APP_NOTICE_MAX] = "";
    char *answer =
        whatif_answer(&app->whatif, app->model, app->chosen, app->typed, error, sizeof error);
    if (answer) {
        begin(app, app->chosen, answer);
    } else {
        app_note(app, "%s", error);
    }
    free(answer);
}

void app_save(struct app *app)
{
    char error[APP_NOTICE_MAX] = "";
    const struct whatif_runner *runner = app->whatif.runner;
    if (runner->save(runner->context, app->whatif.lines, app->whatif.line_count, app->typed, error,
                     sizeof error) != 0) {
        app_note(app, "%s", error);
    } else {
        app_note(app, "Saved: ikesim watch %s", app->typed);
    }
}

static void flip(struct app *app)
{
    if (!app->whatif.future) {
        app_note(app, "There is one future only: w changes something.");
        return;
    }
    show(app, app->model == app->whatif.future ? app->whatif.original : app->whatif.future);
    say_parting(app);
}

bool app_act_on_whatif(struct app *app, enum action action)
{
    switch (action) {
    case ACTION_WHATIF:
        list(app);
        return true;
    case ACTION_FLIP:
        flip(app);
        return true;
    case ACTION_BESIDE:
        app->beside = !app->beside && app->whatif.future;
        if (!app->beside && !app->whatif.future) {
            app_note(app, "There is one future only: w changes something.");
        }
        return true;
    case ACTION_PARTING:
        if (whatif_parting_in(&app->whatif, app->model) != UINT64_MAX) {
            app->model->playing = false;
            model_seek(app->model, whatif_parting_in(&app->whatif, app->model));
        } else {
            flip(app);
        }
        return true;
    case ACTION_SAVE:
        if (app->whatif.line_count > 0) {
            app->prompt = PROMPT_SAVE;
            snprintf(app->typed, sizeof app->typed, "what-if.yaml");
        } else {
            app_note(app, "Nothing was changed, so there is nothing to save: w changes something.");
        }
        return true;
    default:
        return false;
    }
}
