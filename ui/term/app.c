/* What actions do. */
#include "ui/term/app.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/app_message.h"
#include "ui/term/guide.h"
#include "ui/term/keypage.h"
#include "ui/term/network.h"
#include "ui/term/overview.h"
#include "ui/term/storm.h"
#include "ui/term/windows.h"
#include "ui/term/words.h"

/* Further down than any text reaches; the view stops at its last line. */
#define TEXT_END 1000000

static const char *const names[SCREEN_COUNT] = {
#define SCREEN(symbol, name) name,
    APP_SCREENS(SCREEN)
#undef SCREEN
};

const char *app_screen_name(enum app_screen screen)
{
    return names[screen];
}

static bool same_word(const char *a, const char *b)
{
    while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b)) {
        a++;
        b++;
    }
    return !*a && !*b;
}

bool app_screen_find(const char *name, enum app_screen *screen)
{
    for (int i = 0; i < SCREEN_COUNT; i++) {
        if (same_word(name, names[i])) {
            *screen = (enum app_screen)i;
            return true;
        }
    }
    return false;
}

void app_init(struct app *app, struct model *model)
{
    *app = (struct app){
        .model = model,
        .screen = SCREEN_LADDER,
        .page = 10,
        .hex_line = 8,
        .mouse = true,
        .message = {.datagram = UINT64_MAX},
        .whatif = {.original = model},
    };
    app_forget(app);
}

void app_forget(struct app *app)
{
    keypage_free(app->keys);
    overview_free(app->overview);
    windows_free(app->windows);
    network_free(app->network);
    storm_free(app->storm);
    app->storm = NULL; /* made when it is asked for: its series may not be known yet */
    app->keys = keypage_new();
    app->overview = overview_new();
    app->windows = windows_new();
    app->network = network_new();
    app->message.datagram = app->marked = UINT64_MAX;
    app->searching = 0;
}

struct storm *app_storm(struct app *app)
{
    if (!app->storm) {
        app->storm = storm_new(app->model == app->whatif.future ? app->whatif.series : app->series);
    }
    return app->storm;
}

void app_dispose(struct app *app)
{
    free(app->message.closed);
    free(app->message.about);
    free(app->sheet_title);
    free(app->sheet);
    free(app->copied);
    whatif_dispose(&app->whatif);
    keypage_free(app->keys);
    overview_free(app->overview);
    windows_free(app->windows);
    network_free(app->network);
    storm_free(app->storm);
    *app = (struct app){0};
}

unsigned app_context(const struct app *app)
{
    unsigned screen = (1u << app->screen) | (app->guide ? CONTEXT_ROAMING : 0u) |
                      (app->whatif.future ? CONTEXT_FUTURES : 0u);
    return app->help            ? CONTEXT_HELP
           : app->sheet         ? CONTEXT_SHEET
           : guide_listens(app) ? CONTEXT_LESSON
                                : screen;
}

void app_note(struct app *app, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(app->notice, sizeof app->notice, format, arguments);
    va_end(arguments);
}

void app_show_sheet(struct app *app, const char *title, char *text)
{
    free(app->sheet_title);
    free(app->sheet);
    app->sheet_title = ui_copy(title);
    app->sheet = text;
    app->sheet_top = 0;
}

void app_close_sheet(struct app *app)
{
    free(app->sheet_title);
    free(app->sheet);
    app->sheet_title = app->sheet = NULL;
    app->choosing = false;
}

/* The selected link first, then those behind it in the overview's order. */
static void prepare_network(struct app *app)
{
    uint32_t pairs[NETWORK_LINKS];
    overview_prepare(app->overview, app->model);
    uint32_t count = overview_count(app->overview);
    uint32_t row = overview_selected(app->overview, app->model);
    size_t used = 0;
    for (row = row < count ? row : 0; row < count && used < NETWORK_LINKS; row++) {
        pairs[used++] = overview_pair(app->overview, row);
    }
    network_prepare(app->network, app->model, pairs, used);
}

void app_prepare(struct app *app)
{
    app_whatif_prepare(app);
    app->model->everywhere = app_is_of_all(app->screen);
    app->model->whole = app->screen == SCREEN_OVERVIEW || app->screen == SCREEN_NETWORK;
    model_prepare(app->model);
    app_beside_prepare(app);
    app_message_prepare(app);
    app_search_on(app);
    switch (app->screen) {
    case SCREEN_OVERVIEW:
        overview_prepare(app->overview, app->model);
        break;
    case SCREEN_KEYS:
        keypage_prepare(app->keys, app->model);
        break;
    case SCREEN_WINDOW:
        windows_prepare(app->windows, app->model);
        break;
    case SCREEN_NETWORK:
        prepare_network(app);
        break;
    case SCREEN_STORM:
        storm_prepare(app_storm(app), app->model);
        break;
    default:
        break;
    }
}

bool app_busy(const struct app *app)
{
    return app->searching != 0 ||
           (app->screen == SCREEN_OVERVIEW && overview_busy(app->overview, app->model));
}

bool app_waits(const struct app *app)
{
    return app->whatif.running;
}

bool app_refresh(struct app *app)
{
    struct model *model = app->model;
    if (model->complete) {
        return false;
    }
    bool written = model == app->whatif.future
                       ? app->whatif.running
                       : !app->writer.is_there || app->writer.is_there(app->writer.context);
    /* Who is not there now has written all that there will be. */
    bool changed = model_refresh(model);
    bool cut = !written && !model->complete;
    changed |= cut != model->cut;
    model->cut = cut; /* who was slow may be there again */
    return changed;
}

/* ---- moving inside the screens ---- */

static void move_row(struct app *app, int steps)
{
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

static void scroll(size_t *top, int steps)
{
    *top = steps < 0 && *top < (size_t)-steps ? 0 : *top + (size_t)steps;
}

static void move(struct app *app, int steps)
{
    if (app->help) {
        scroll(&app->help_top, steps);
    } else if (app->sheet) {
        scroll(&app->sheet_top, steps);
    } else if (guide_listens(app)) {
        guide_scroll(app->guide, steps);
    } else if (app->screen == SCREEN_OVERVIEW || app->screen == SCREEN_NETWORK) {
        overview_move(app->overview, app->model, steps);
    } else if (app->screen == SCREEN_MESSAGE) {
        app_message_move(app, steps);
    } else if (app->screen == SCREEN_STORM) {
        storm_move(app_storm(app), steps);
    } else if (app->screen == SCREEN_KEYS) {
        keypage_move(app->keys, 0, steps);
    } else {
        move_row(app, steps);
    }
}

static void move_to_end(struct app *app, int dir)
{
    struct model *model = app->model;
    if (app->help) {
        app->help_top = dir < 0 ? 0 : TEXT_END;
    } else if (app->sheet) {
        app->sheet_top = dir < 0 ? 0 : TEXT_END;
    } else if (app->screen == SCREEN_OVERVIEW || app->screen == SCREEN_NETWORK) {
        overview_move(app->overview, model, dir < 0 ? -INT32_MAX : INT32_MAX);
    } else if (app->screen == SCREEN_MESSAGE) {
        app_message_end(app, dir);
    } else if (app->screen == SCREEN_KEYS) {
        keypage_move(app->keys, 0, dir < 0 ? -INT16_MAX : INT16_MAX);
    } else {
        model->playing = false;
        if (dir < 0) {
            model_home(model);
        } else {
            model_end(model);
        }
    }
}

static void move_sideways(struct app *app, enum action action)
{
    if (app->screen == SCREEN_MESSAGE) {
        app_message_act(app, action);
    } else if (app->screen == SCREEN_STORM) {
        storm_turn(app_storm(app), action == ACTION_LEFT ? -1 : 1);
    } else {
        keypage_move(app->keys, action == ACTION_LEFT ? -1 : 1, 0);
    }
}

/* ---- screens ---- */

static void go_to(struct app *app, int screen)
{
    app->screen = (enum app_screen)((screen + SCREEN_COUNT) % SCREEN_COUNT);
}

static void open_it(struct app *app)
{
    switch (app->screen) {
    case SCREEN_MESSAGE:
        app_message_act(app, ACTION_OPEN);
        break;
    case SCREEN_KEYS: {
        char *text = keypage_text(app->keys, true);
        if (text) {
            app_show_sheet(app, keypage_name(app->keys), text);
        }
        break;
    }
    case SCREEN_STORM:
        storm_open(app_storm(app), app->overview);
        go_to(app, SCREEN_OVERVIEW);
        break;
    case SCREEN_OVERVIEW:
    case SCREEN_NETWORK:
        go_to(app, SCREEN_LADDER);
        break;
    default:
        app->model->playing = false;
        go_to(app, SCREEN_MESSAGE);
    }
}

static unsigned go_back(struct app *app)
{
    if (app->help) {
        app->help = false;
    } else if (app->sheet) {
        app_close_sheet(app);
    } else if (app->searching) {
        app->searching = 0;
    } else if (app->whatif.running) {
        whatif_cancel(&app->whatif);
        app_note(app, "Stopped; the change is still a line: w takes it back.");
    } else if (app->screen != SCREEN_LADDER) {
        app->screen = SCREEN_LADDER;
    } else if (app->guide) {
        guide_show(app);
    } else {
        return APP_QUIT;
    }
    return APP_REDRAW;
}

bool app_point(struct app *app, enum app_screen screen, uint64_t ordinal, const char *field)
{
    app->screen = screen;
    app->model->playing = false;
    model_seek(app->model, ordinal);
    app_prepare(app);
    if (!field) {
        return true;
    }
    if (screen == SCREEN_KEYS) {
        return keypage_select(app->keys, field);
    }
    for (int i = 0; screen == SCREEN_STORM && i < STORM_FIGURE_COUNT; i++) {
        if (strcmp(storm_heading(storm_selected(app->storm)), field) == 0) {
            return true;
        }
        storm_move(app->storm, 1);
    }
    const struct dissect_tree *tree = app->model->tree;
    size_t at = screen == SCREEN_MESSAGE && tree ? dissect_tree_find(tree, field) : SIZE_MAX;
    if (at == SIZE_MAX) {
        return false;
    }
    app_field_select(app, at);
    return true;
}

/* ---- copying, marking ---- */

static void copy(struct app *app)
{
    char *value = app->sheet                      ? ui_copy(app->sheet)
                  : app->screen == SCREEN_KEYS    ? keypage_text(app->keys, false)
                  : app->screen == SCREEN_MESSAGE ? app_message_value(app)
                  : app->screen == SCREEN_STORM   ? storm_words(app_storm(app), app->model->time)
                  : app->model->why               ? ui_copy(app->model->why)
                                                  : NULL;
    if (!value) {
        app_note(app, "There is nothing to copy here.");
        return;
    }
    size_t len = strlen(value);
    app_note(app, "Copied: %.60s%s (%zu characters)", value, len > 60 ? "..." : "", len);
    free(app->copied);
    app->copied = value;
}

static void mark(struct app *app)
{
    uint64_t datagram = app->model->tree_datagram;
    if (datagram == UINT64_MAX) {
        app_note(app, "There is no message under the cursor.");
    } else if (app->marked == datagram) {
        app->marked = UINT64_MAX;
        app_note(app, "No longer marked.");
    } else {
        app->marked = datagram;
        app_note(app, "Marked. Go to another message; c compares the two.");
    }
}

static void compare(struct app *app)
{
    if (app->marked == UINT64_MAX) {
        app_note(app, "Mark a message with m first.");
        return;
    }
    char *text = app_message_compare(app, app->marked, app->model->tree_datagram);
    if (text) {
        app_show_sheet(app, "Two messages compared", text);
    } else {
        app_note(app, "There is no message under the cursor to compare with.");
    }
}

static void show_command(struct app *app)
{
    char *text = keypage_command(app->keys);
    if (text) {
        app_show_sheet(app, "To compute it again, in bash", text);
    } else {
        app_note(app, "No command makes this value: it was drawn, received, or is words.");
    }
}

/* ---- typing ---- */

static void ask(struct app *app, enum app_prompt prompt)
{
    app->prompt = prompt;
    snprintf(app->typed, sizeof app->typed, "%s",
             prompt == PROMPT_FILTER ? overview_filter(app->overview) : "");
}

static void typed(struct app *app)
{
    enum app_prompt prompt = app->prompt;
    app->prompt = PROMPT_NONE;
    uint64_t time;
    if (prompt == PROMPT_FILTER) {
        overview_set_filter(app->overview, app->typed);
    } else if (prompt == PROMPT_TIME && words_parse_time(app->typed, &time)) {
        app->model->playing = false;
        model_seek_time(app->model, time);
    } else if (prompt == PROMPT_TIME && app->typed[0]) {
        app_note(app, "\"%s\" is no time such as 500ms or 1.5s.", app->typed);
    } else if (prompt == PROMPT_CHOICE) {
        app_answer(app);
    } else if (prompt == PROMPT_SAVE && app->typed[0]) {
        app_save(app);
    } else if (prompt == PROMPT_SEARCH && app->typed[0]) {
        snprintf(app->query, sizeof app->query, "%s", app->typed);
        app_search(app, 1);
    }
}

/* The last character of UTF-8 away. */
static void rub_out(char *text)
{
    size_t len = strlen(text);
    while (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0x80) {
        len--;
    }
    text[len > 0 ? len - 1 : 0] = '\0';
}

static unsigned type(struct app *app, uint32_t key)
{
    size_t len = strlen(app->typed);
    if (key == KEY_OF_ESCAPE) {
        if (app->prompt == PROMPT_FILTER) {
            overview_set_filter(app->overview, "");
        }
        app->prompt = PROMPT_NONE;
        return APP_REDRAW;
    }
    if (key == KEY_OF_ENTER || key == '\n') {
        typed(app);
        return APP_REDRAW;
    }
    if (key == KEY_OF_BACKSPACE || key == 0x7f || key == 0x08) {
        rub_out(app->typed);
    } else if (key >= 0x20 && key < 0x7f && len < APP_TYPED_MAX) {
        app->typed[len] = (char)key;
        app->typed[len + 1] = '\0';
    }
    if (app->prompt == PROMPT_FILTER) {
        overview_set_filter(app->overview, app->typed);
    }
    return APP_REDRAW;
}

unsigned app_key(struct app *app, uint32_t key)
{
    app->notice[0] = '\0';
    if (app->prompt != PROMPT_NONE) {
        return type(app, key);
    }
    if (app->choosing && app_choose(app, key)) {
        return APP_REDRAW;
    }
    enum action action = keys_action(app_context(app), key);
    if (guide_listens(app)) {
        if (guide_key(app, key)) {
            return APP_REDRAW;
        }
        /* What is no key of the lesson is one of the screen: one begins to look around. */
        if (action == ACTION_NONE) {
            action = keys_action(1u << app->screen, key);
            app->guide->roaming = action != ACTION_NONE;
        }
    }
    return app_act(app, action) | APP_REDRAW;
}

/* ---- all of it ---- */

static unsigned act_on_view(struct app *app, enum action action)
{
    switch (action) {
    case ACTION_UNFOLD:
        model_unfold(app->model, !app->model->unfold);
        break;
    case ACTION_LATER:
        app->later = !app->later;
        break;
    case ACTION_WIRE:
    case ACTION_PANE_ON:
        app_message_act(app, action);
        break;
    case ACTION_COPY:
        copy(app);
        break;
    case ACTION_COMMAND:
        show_command(app);
        break;
    case ACTION_MARK:
        mark(app);
        break;
    case ACTION_COMPARE:
        compare(app);
        break;
    case ACTION_SORT:
    case ACTION_SORT_TURN:
        overview_sort(app->overview, action == ACTION_SORT_TURN);
        break;
    case ACTION_SEARCH:
        ask(app, app->screen == SCREEN_OVERVIEW ? PROMPT_FILTER : PROMPT_SEARCH);
        break;
    case ACTION_GO_TO_TIME:
        ask(app, PROMPT_TIME);
        break;
    case ACTION_SEARCH_ON:
    case ACTION_SEARCH_BACK:
        app_search(app, action == ACTION_SEARCH_ON ? 1 : -1);
        break;
    case ACTION_THEME:
        app->theme = (enum theme)((app->theme + 1) % THEME_COUNT);
        return APP_REDRAW | APP_REPAINT;
    default:
        return 0;
    }
    return APP_REDRAW;
}

unsigned app_act(struct app *app, enum action action)
{
    unsigned flags;
    if (app->guide && guide_act(app, action, &flags)) {
        return flags;
    }
    if (app_act_on_time(app, action) || app_act_on_whatif(app, action)) {
        return APP_REDRAW;
    }
    if (action >= ACTION_SCREEN_OVERVIEW && action < ACTION_SCREEN_OVERVIEW + SCREEN_COUNT) {
        go_to(app, (int)action - ACTION_SCREEN_OVERVIEW);
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
        move_sideways(app, action);
        return APP_REDRAW;
    case ACTION_SCREEN_ON:
    case ACTION_SCREEN_BACK:
        go_to(app, (int)app->screen + (action == ACTION_SCREEN_ON ? 1 : -1));
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
        return act_on_view(app, action);
    }
}
