/* The steps of a guide and their questions. */
#include "ui/term/guide.h"

#include <stdio.h>

#include "ui/memory.h"

/* ---- showing a step ---- */

const struct guide_step *guide_step_of(const struct guide *guide)
{
    return guide->at < guide->count ? &guide->steps[guide->at] : NULL;
}

/* The pair that the event is about; that of all the guide if it is about none. */
static void show_pair(struct app *app, uint64_t ordinal)
{
    const struct guide *guide = app->guide;
    const struct trace_record *record = trace_reader_get(app->model->reader, ordinal);
    const struct trace_scope *scope = record ? record->id.scope : NULL;
    if (scope && scope->peer) {
        model_show_pair(app->model, scope->host, scope->peer);
    } else if (guide->pair[0]) {
        model_show_pair(app->model, guide->pair[0], guide->pair[1]);
    }
}

/* Keys of a step may be there a little later only, when one end or both have derived them. */
static bool show_keys(struct app *app, const struct guide_step *step)
{
    const trace_kinds kinds = TRACE_KINDS_OF(TRACE_IKE_KEYS_DERIVED_EVENT);
    struct model *model = app->model;
    uint64_t at = step->ordinal;
    for (int end = 0; end < 2 && at != UINT64_MAX; end++) {
        at = trace_reader_step(model->reader, at, 1, kinds, model->pair[0], model->pair[1]);
        if (at != UINT64_MAX && app_point(app, SCREEN_KEYS, at, step->field)) {
            return true;
        }
    }
    app_point(app, SCREEN_KEYS, step->ordinal, NULL);
    return false;
}

bool guide_show(struct app *app)
{
    const struct guide_step *step = guide_step_of(app->guide);
    app->guide->roaming = false;
    app->help = false;
    app_close_sheet(app);
    if (app->model != app->whatif.original) { /* steps stand in the run as it was */
        app->model = app->whatif.original;
        app_forget(app);
    }
    if (!step) {
        return true;
    }
    show_pair(app, step->ordinal);
    bool found = app_point(app, step->screen, step->ordinal, step->field);
    /* The message that the event speaks of may be another than the one under the cursor. */
    if (step->screen == SCREEN_MESSAGE && step->datagram != UINT64_MAX &&
        app->model->tree_datagram != step->datagram) {
        return app_point(app, SCREEN_MESSAGE, step->datagram, step->field);
    }
    return found || (step->screen == SCREEN_KEYS && show_keys(app, step));
}

static void go(struct app *app, size_t at)
{
    struct guide *guide = app->guide;
    guide->at = at;
    guide->top = 0;
    guide->given[0] = '\0';
    guide->finished = guide->finished || at == guide->count;
    guide_show(app);
}

void guide_begin(struct guide *guide, struct app *app)
{
    app->guide = guide;
    guide->states = ui_alloc_zero(guide->count * sizeof *guide->states);
    go(app, 0);
}

void guide_dispose(struct guide *guide)
{
    free(guide->states);
    guide->states = NULL;
}

char *guide_marks(const struct guide *guide)
{
    static const char marks[] = {
        [GUIDE_OPEN] = '.', [GUIDE_ONCE_WRONG] = '.', [GUIDE_RIGHT] = '+', [GUIDE_WRONG] = '-'};
    char *text = ui_alloc_zero(guide->count + 1);
    for (size_t i = 0; i < guide->count; i++) {
        text[i] = marks[guide->states[i]];
    }
    return text;
}

void guide_resume(struct app *app, size_t at, const char *marks)
{
    struct guide *guide = app->guide;
    if (at >= guide->count || strlen(marks) != guide->count) {
        return;
    }
    for (size_t i = 0; i < guide->count; i++) {
        guide->states[i] = marks[i] == '+'   ? GUIDE_RIGHT
                           : marks[i] == '-' ? GUIDE_WRONG
                                             : GUIDE_OPEN;
    }
    go(app, at);
    app_note(app, "You were here the last time; g goes to the first step.");
}

size_t guide_questions(const struct guide *guide)
{
    size_t count = 0;
    for (size_t i = 0; i < guide->count; i++) {
        count += guide->steps[i].ask != NULL;
    }
    return count;
}

size_t guide_right(const struct guide *guide)
{
    size_t count = 0;
    for (size_t i = 0; i < guide->count; i++) {
        count += guide->states[i] == GUIDE_RIGHT;
    }
    return count;
}

/* ---- answering ---- */

bool guide_told(const struct guide *guide)
{
    const struct guide_step *step = guide_step_of(guide);
    return !step || !step->ask || guide->states[guide->at] == GUIDE_RIGHT ||
           guide->states[guide->at] == GUIDE_WRONG;
}

static void answer(struct app *app, const char *given)
{
    struct guide *guide = app->guide;
    enum guide_state *state = &guide->states[guide->at];
    bool right = guide->is_right(guide_step_of(guide)->question, given);
    *state = right ? GUIDE_RIGHT : *state == GUIDE_ONCE_WRONG ? GUIDE_WRONG : GUIDE_ONCE_WRONG;
    guide->given[0] = '\0';
    /* The end of the panel is where it says so. */
    guide->top = *state == GUIDE_ONCE_WRONG ? guide->top : SIZE_MAX;
    if (*state == GUIDE_ONCE_WRONG) {
        app_note(app, "No, it is not \"%.40s\". Look once more: Esc lets you look around.", given);
    }
}

static bool choose(struct app *app, const struct guide_step *step, uint32_t key)
{
    if (key >= 'A' && key <= 'H') {
        key += 'a' - 'A';
    }
    if (key < 'a' || key > 'h') {
        return false;
    }
    size_t choice = key - 'a';
    if (choice >= step->choice_count) {
        app_note(app, "The answers are a to %c.", (char)('a' + step->choice_count - 1));
    } else {
        answer(app, step->choices[choice]);
    }
    return true;
}

static bool type(struct app *app, uint32_t key)
{
    struct guide *guide = app->guide;
    size_t len = strlen(guide->given);
    if (key == KEY_OF_BACKSPACE && len > 0) {
        guide->given[len - 1] = '\0';
        return true;
    }
    if (key == KEY_OF_ENTER && len > 0) {
        char given[APP_TYPED_MAX + 1];
        snprintf(given, sizeof given, "%s", guide->given);
        answer(app, given);
        return true;
    }
    /* Letters of keys only when an answer has been begun. */
    bool letter = key >= 0x20 && key < 0x7f;
    if (!letter || (len == 0 && keys_action(CONTEXT_LESSON, key) != ACTION_NONE)) {
        return false;
    }
    if (len < APP_TYPED_MAX) {
        guide->given[len] = (char)key;
        guide->given[len + 1] = '\0';
    }
    return true;
}

bool guide_listens(const struct app *app)
{
    return app->guide && !app->guide->roaming && !app->help && !app->sheet;
}

bool guide_key(struct app *app, uint32_t key)
{
    const struct guide_step *step = guide_step_of(app->guide);
    if (!guide_told(app->guide)) {
        return step->choices ? choose(app, step, key) : type(app, key);
    }
    return false;
}

/* ---- going on and back ---- */

void guide_scroll(struct guide *guide, int steps)
{
    size_t last = guide->lines > guide->room ? guide->lines - guide->room : 0;
    size_t top = guide->top < last ? guide->top : last;
    if (steps < 0) {
        guide->top = top < (size_t)-steps ? 0 : top + (size_t)steps;
    } else {
        guide->top = top + (size_t)steps < last ? top + (size_t)steps : last;
    }
}

static bool has_more(const struct guide *guide)
{
    return guide->top < SIZE_MAX - guide->room && guide->top + guide->room < guide->lines;
}

/* A page of the panel first, if there is more of it. */
static unsigned go_on(struct app *app, bool past_question)
{
    struct guide *guide = app->guide;
    if (has_more(guide)) {
        guide_scroll(guide, guide->room > 2 ? (int)guide->room - 1 : 1);
    } else if (!guide_told(guide) && !past_question) {
        app_note(app, "%s, or go on without an answer: →",
                 guide_step_of(guide)->choices ? "Answer with a letter" : "Type an answer");
    } else if (guide->at < guide->count) {
        go(app, guide->at + 1);
    } else if (!past_question) {
        return APP_QUIT;
    }
    return APP_REDRAW;
}

bool guide_act(struct app *app, enum action action, unsigned *flags)
{
    struct guide *guide = app->guide;
    *flags = APP_REDRAW;
    switch (action) {
    case ACTION_LESSON_ON:
        *flags = go_on(app, false);
        return true;
    case ACTION_LESSON_SKIP:
        *flags = go_on(app, true);
        return true;
    case ACTION_LESSON_BACK:
        if (guide->top > 0) {
            guide_scroll(guide, guide->room > 2 ? 1 - (int)guide->room : -1);
        } else if (guide->at > 0) {
            go(app, guide->at - 1);
        }
        return true;
    case ACTION_LESSON_ROAM:
        guide->roaming = true;
        app_note(app, "All keys are the screen's now. L comes back to the lesson.");
        return true;
    case ACTION_LESSON_RETURN:
        guide_show(app);
        return true;
    case ACTION_LESSON_FIRST:
        go(app, 0);
        return true;
    case ACTION_LESSON_LEAVE:
        *flags = APP_QUIT;
        return true;
    default:
        return false;
    }
}
