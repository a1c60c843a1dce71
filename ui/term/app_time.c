/* Keys of time, and the search, which is a way through time too. */
#include "ui/term/app.h"
#include "ui/term/app_message.h"
#include "ui/term/keypage.h"
#include "ui/term/search.h"

/* Events that a search looks at in one frame: some 10 ms. */
#define SEARCH_STEPS 1500

/* ---- time ---- */

static void step(struct app *app, int dir, trace_kinds kinds, const char *what)
{
    app->model->playing = false;
    if (!model_step(app->model, dir, kinds)) {
        app_note(app, "No %s %s here.", what, dir > 0 ? "after" : "before");
    }
}

static void step_to_error(struct app *app, int dir)
{
    struct model *model = app->model;
    uint64_t before = model->ordinal;
    model->playing = false;
    while (model_step(model, dir, model_error_kinds())) {
        if (model_is_error(model, model->ordinal)) {
            return;
        }
    }
    model_seek(model, before);
    app_note(app, "No error %s here.", dir > 0 ? "after" : "before");
}

static void play(struct model *model)
{
    bool at_end = model->complete && model->ordinal + 1 >= model->count;
    if (!model->playing && at_end) {
        model_home(model);
    }
    model->playing = !model->playing;
}

bool app_is_of_all(enum app_screen screen)
{
    return screen == SCREEN_OVERVIEW || screen == SCREEN_NETWORK || screen == SCREEN_STORM;
}

bool app_act_on_time(struct app *app, enum action action)
{
    const trace_kinds message = TRACE_KINDS_OF(TRACE_IKE_MESSAGE_SENT_EVENT);
    struct model *model = app->model;
    model->everywhere = app_is_of_all(app->screen);
    switch (action) {
    case ACTION_PLAY:
        play(model);
        return true;
    case ACTION_EVENT_BACK:
    case ACTION_EVENT_ON:
        step(app, action == ACTION_EVENT_ON ? 1 : -1, TRACE_ALL_KINDS, "event");
        return true;
    case ACTION_MESSAGE_BACK:
    case ACTION_MESSAGE_ON:
        step(app, action == ACTION_MESSAGE_ON ? 1 : -1, message, "IKE message");
        return true;
    case ACTION_EXCHANGE_BACK:
    case ACTION_EXCHANGE_ON:
        model->playing = false;
        if (!model_step_exchange(model, action == ACTION_EXCHANGE_ON ? 1 : -1)) {
            app_note(app, "No exchange begins %s here.",
                     action == ACTION_EXCHANGE_ON ? "after" : "before");
        }
        return true;
    case ACTION_LOSS_BACK:
    case ACTION_LOSS_ON:
        step(app, action == ACTION_LOSS_ON ? 1 : -1, model_loss_kinds(), "loss");
        return true;
    case ACTION_REKEY_BACK:
    case ACTION_REKEY_ON:
        step(app, action == ACTION_REKEY_ON ? 1 : -1, model_rekey_kinds(), "rekey");
        return true;
    case ACTION_ERROR_BACK:
    case ACTION_ERROR_ON:
        step_to_error(app, action == ACTION_ERROR_ON ? 1 : -1);
        return true;
    case ACTION_FASTER:
    case ACTION_SLOWER:
        model_faster(model, action == ACTION_FASTER ? 1 : -1);
        return true;
    default:
        return false;
    }
}

/* ---- the search ---- */

/* True if the field has the text in its name, value or meaning. */
static bool field_has(const struct dissect_field *field, const char *query)
{
    return search_in(field->name, query) || search_in(field->value, query) ||
           search_in(field->meaning, query);
}

static bool search_fields(struct app *app, int dir)
{
    const struct dissect_tree *tree = app->model->tree;
    size_t count = tree ? tree->count : 0;
    size_t at = app->message.field;
    for (size_t i = 0; i < count; i++) {
        at = (at + count + (size_t)(dir > 0 ? 1 : -1)) % count;
        if (field_has(&tree->fields[at], app->query)) {
            app_field_select(app, at);
            return true;
        }
    }
    return false;
}

void app_search(struct app *app, int dir)
{
    if (!app->query[0]) {
        app_note(app, "/ asks what to search for.");
        return;
    }
    if (app->screen == SCREEN_MESSAGE || app->screen == SCREEN_KEYS) {
        bool found = app->screen == SCREEN_KEYS ? keypage_search(app->keys, app->query, dir)
                                                : search_fields(app, dir);
        if (!found) {
            app_note(app, "\"%s\" is nowhere on this screen.", app->query);
        }
        return;
    }
    app->model->playing = false;
    app->searching = dir;
    app->search_at = app->model->ordinal;
}

void app_search_on(struct app *app)
{
    struct model *model = app->model;
    if (!app->searching) {
        return;
    }
    bool all = app_is_of_all(app->screen) || !model->pair[0];
    switch (search_events(model->reader, &app->search_at, app->searching, app->query,
                          all ? NULL : model->pair[0], all ? NULL : model->pair[1], SEARCH_STEPS)) {
    case SEARCH_FOUND:
        app->searching = 0;
        model_seek(model, app->search_at);
        model_prepare(model);
        app_message_prepare(app);
        break;
    case SEARCH_END:
        app_note(app, "\"%s\" is said nowhere %s here.", app->query,
                 app->searching > 0 ? "after" : "before");
        app->searching = 0;
        break;
    case SEARCH_GOES_ON:
        app_note(app, "Searching for \"%s\"; Esc stops it.", app->query);
        break;
    }
}
