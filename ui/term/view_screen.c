/* The frame around the screens: title with scrubber, tabs, the line that says why, footer. */
#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/guide.h"
#include "ui/term/overview.h"
#include "ui/term/storm.h"
#include "ui/term/view.h"
#include "ui/term/view_ladder.h"
#include "ui/term/words.h"

/* Takes the place of a lesson's panel from the rest: on the right, below, or one line of it. */
static struct area guide_area(const struct app *app, struct area *rest)
{
    struct area area = *rest;
    if (app->guide->roaming) {
        area.height = 1;
    } else if (rest->width >= GUIDE_SIDE_WIDTH) {
        area.width = GUIDE_SIDE_PANEL;
        area.x = rest->width - area.width;
        rest->width -= area.width;
        return area;
    } else {
        area.height = rest->height * 9 / 20 + 1;
    }
    rest->height -= area.height;
    area.y = rest->y + rest->height;
    return area;
}

/* What the screen says in plain words; malloc'ed, NULL for nothing. */
static char *why_text(const struct app *app)
{
    const char *why = app->model->why;
    return app->screen == SCREEN_KEYS      ? view_keys_why(app)
           : app->screen == SCREEN_MESSAGE ? view_message_why(app)
           : app->screen == SCREEN_STORM   ? storm_words(app->storm, app->model->time)
           : why                           ? ui_copy(why)
                                           : NULL;
}

/* Lines by which the words may push the screen up, while it stands still: what plays is not to
 * jump. */
#define WHY_MORE 2

static int why_height(const struct app *app, const struct grid *grid, int width)
{
    int usual = grid->height < 30 ? 3 : 4;
    char *text = app->model->playing ? NULL : why_text(app);
    int lines = text ? grid_wrapped_lines(grid, text, width) : 0;
    free(text);
    return lines <= usual ? usual : lines < usual + WHY_MORE ? lines : usual + WHY_MORE;
}

struct view_layout view_layout(const struct app *app, const struct grid *grid)
{
    int width = grid->width, height = grid->height;
    struct view_layout layout = {0};
    layout.too_small = width < APP_WIDTH_MIN || height < APP_HEIGHT_MIN;
    if (layout.too_small) {
        return layout;
    }
    struct area rest = {0, 2, width, height - 3}; /* between tabs and footer */
    layout.title = (struct area){0, 0, width, 1};
    layout.tabs = (struct area){0, 1, width, 1};
    layout.footer = (struct area){0, height - 1, width, 1};
    if (app->guide) {
        layout.guide = guide_area(app, &rest);
    }
    bool below = guide_listens(app) && layout.guide.width == width;
    if (!below) { /* the panel says why itself, and there is no room for both */
        int why = why_height(app, grid, rest.width - 2);
        rest.height -= why + 1; /* a rule above it */
        layout.why = (struct area){1, rest.y + rest.height + 1, rest.width - 2, why};
    }
    layout.body = rest;
    if (app->screen == SCREEN_LADDER && height >= APP_SPLIT_HEIGHT && !below) {
        int part = layout.body.height * 2 / 5;
        layout.body.height -= part;
        layout.message =
            (struct area){0, layout.body.y + layout.body.height, layout.body.width, part};
    }
    return layout;
}

int view_page(const struct app *app, const struct grid *grid)
{
    struct view_layout layout = view_layout(app, grid);
    int rows = app->help || app->sheet          ? grid->height - 6
               : app->screen == SCREEN_LADDER   ? layout.body.height - LADDER_HEAD_HEIGHT - 1
               : app->screen == SCREEN_KEYS     ? layout.body.height / 3
               : app->screen == SCREEN_OVERVIEW ? layout.body.height - 2
                                                : layout.body.height - 3;
    return rows > 1 ? rows : 1;
}

/* ---- title and scrubber ---- */

/* Marks by rank: many may fall on one column, and a later one hides those before it. */
static void draw_marks(const struct model *model, struct grid *grid, int first, int last, int y)
{
    static const struct {
        uint8_t mark;
        enum style style;
        const char *glyph;
    } marks[] = {{MODEL_SCRUB_LOSS, STYLE_DIM, "╵"},
                 {MODEL_SCRUB_IKE_LOSS, STYLE_LOST, "✗"},
                 {MODEL_SCRUB_REKEY, STYLE_KEY, "↻"},
                 {MODEL_SCRUB_ERROR, STYLE_LOST, "!"}};
    for (size_t kind = 0; kind < sizeof marks / sizeof *marks; kind++) {
        for (int i = 0; i < MODEL_SCRUB_BUCKETS; i++) {
            if (model->scrub[i] & marks[kind].mark) {
                int x = first + i * (last - first) / MODEL_SCRUB_BUCKETS;
                grid_put(grid, x, y, last, marks[kind].style, marks[kind].glyph);
            }
        }
    }
}

void view_scrubber(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *model = app->model;
    char end[WORDS_TIME_MAX];
    words_duration(model->duration, end);
    int first = area.x + 1, last = area.x + area.width - 3 - grid_measure(grid, end);
    int width = last - first;
    if (width < 5) {
        return;
    }
    double span = model->duration > 0 ? (double)model->duration : 1;
    double part = (double)model->time / span;
    int here = first + (int)((part > 1 ? 1 : part) * (width - 1));
    grid_put(grid, first - 1, area.y, last, STYLE_DIM, "├");
    grid_fill(grid, first, area.y, here, STYLE_TITLE, "━");
    grid_fill(grid, here, area.y, last, STYLE_DIM, "─");
    grid_put(grid, last, area.y, area.x + area.width, STYLE_DIM, "┤");
    grid_put(grid, last + 2, area.y, area.x + area.width, STYLE_DIM, end);
    draw_marks(model, grid, first, last, area.y);
    uint64_t parting = whatif_parting_in(&app->whatif, model);
    if (parting != UINT64_MAX) {
        uint64_t time = trace_reader_time(model->reader, parting);
        int x = first + (int)((double)time / span * (width - 1));
        grid_put(grid, x, area.y, last, STYLE_FOCUS, "Δ");
    }
    grid_put(grid, here, area.y, last, STYLE_CURSOR, "●");
    grid_target(grid, (struct area){first, area.y, width, 1}, TARGET_SCRUB, 0);
}

void view_title(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *model = app->model;
    char time[WORDS_TIME_MAX], text[160];
    int end = area.x + area.width;
    snprintf(text, sizeof text, "%s%s%s · seed %" PRIu64 " · %s keys",
             model->scenario ? model->scenario : "?", model == app->whatif.future ? " WHAT IF" : "",
             model->complete ? ""
             : model->cut    ? " (cut off)"
                             : " (still growing)",
             model->seed, model->keys ? model->keys : "?");
    int room = area.width * 2 / 5;
    int x = grid_put(grid, area.x + 1, area.y, area.x + room, STYLE_TITLE, text) + 2;
    /* A width of its own for each part, so that nothing jumps while it plays. */
    snprintf(text, sizeof text, "%s %s", model->playing ? "▶" : "▮▮", model_speed_text(model));
    grid_put(grid, x, area.y, end, STYLE_TITLE, text);
    snprintf(text, sizeof text, "%s s", words_time(model->time, time));
    x += area.width < 100 ? 10 : 13;
    x = grid_put(grid, x, area.y, end, STYLE_TITLE, text) + 2;
    view_scrubber(app, grid, (struct area){x, area.y, end - x, 1});
}

void view_tabs(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *model = app->model;
    int x = area.x + 1, end = area.x + area.width;
    bool narrow = area.width < 100;
    for (int i = 0; i < SCREEN_COUNT; i++) {
        bool shown = (int)app->screen == i;
        x += shown && narrow;
        int from = x;
        x = grid_print(grid, x, area.y, end, shown ? STYLE_FOCUS : STYLE_DIM,
                       shown    ? "[%d %s]"
                       : narrow ? " %d %s"
                                : " %d %s ",
                       i + 1, app_screen_name((enum app_screen)i));
        grid_target(grid, (struct area){from, area.y, x - from, 1}, TARGET_TAB, (uint64_t)i);
    }
    if (model->pair[0] && app->screen != SCREEN_OVERVIEW) {
        char text[120];
        uint32_t count = model->pair_count;
        snprintf(text, sizeof text, count > 1 ? "%s ⇄ %s, 1 of %" PRIu32 : "%s ⇄ %s",
                 model->pair[0], model->pair[1], count);
        grid_put_right(grid, x + 1, area.y, end - 1, STYLE_LIFELINE, text);
    }
}

/* ---- footer, from the table of keys ---- */

static void draw_prompt(const struct app *app, struct grid *grid, struct area area)
{
    static const char *const asks[] = {[PROMPT_NONE] = "",
                                       [PROMPT_SEARCH] = "search for: ",
                                       [PROMPT_FILTER] = "only pairs with: ",
                                       [PROMPT_TIME] = "go to (500ms, 1.5s): ",
                                       [PROMPT_SAVE] = "save as: "};
    int end = area.x + area.width - 1;
    const char *ask = app->prompt == PROMPT_CHOICE ? app->whatif.choices[app->chosen].question
                                                   : asks[app->prompt];
    const char *hint = "⏎ do it  Esc leave it";
    int x = grid_put(grid, area.x + 1, area.y, end, STYLE_FOOTER_KEY, ask);
    /* Of what is longer than its place the end, where one types. */
    int room = end - x - grid_measure(grid, hint) - 3;
    if (room < 8) {
        hint = "Esc leave it";
        room = end - x - grid_measure(grid, hint) - 3;
    }
    size_t len = strlen(app->typed), shown = room > 8 ? (size_t)room : 8;
    x = grid_put(grid, x, area.y, end, STYLE_TEXT, app->typed + (len > shown ? len - shown : 0));
    x = grid_put(grid, x, area.y, end, STYLE_CURSOR, "▌");
    grid_put_right(grid, x + 2, area.y, end, STYLE_FOOTER, hint);
}

/* A click on a key of the footer presses it: of a pair, as in ", . step", the first letter is the
 * first key. */
static void target_keys(struct grid *grid, struct area area, const struct binding *table, size_t at)
{
    grid_target(grid, area, TARGET_KEY, table[at].keys[0]);
    if (at > 0 && !table[at - 1].label && table[at - 1].contexts == table[at].contexts) {
        area.width = 1;
        grid_target(grid, area, TARGET_KEY, table[at - 1].keys[0]);
    }
}

/* While one looks around in a lesson, going back from the ladder does not quit. */
static const char *brief_of(const struct binding *key, unsigned context)
{
    bool back = (context & CONTEXT_ROAMING) && key->action == ACTION_BACK;
    return back && (key->contexts & CONTEXT_LADDER) ? "lesson" : key->brief;
}

/* What there is to do with two futures is told while there are two. */
static bool is_told(const struct binding *key, unsigned context)
{
    bool futures =
        key->action == ACTION_FLIP || key->action == ACTION_BESIDE || key->action == ACTION_PARTING;
    return key->brief && (key->contexts & context) && (!futures || (context & CONTEXT_FUTURES));
}

void view_footer_keys(struct grid *grid, struct area area, unsigned context)
{
    size_t count;
    const struct binding *table = keys_table(&count);
    int x = area.x + 1, end = area.x + area.width - 1;
    /* In order of rank, then of the table; what does not fit is left out. */
    for (int rank = 1; rank <= KEYS_RANK_MAX; rank++) {
        for (size_t i = 0; i < count; i++) {
            const struct binding *key = &table[i];
            if (key->rank != rank || !is_told(key, context)) {
                continue;
            }
            if (x + grid_measure(grid, key->label) + 1 + grid_measure(grid, key->brief) <= end) {
                int from = x;
                x = grid_put(grid, x, area.y, end, STYLE_FOOTER_KEY, key->label) + 1;
                x = grid_put(grid, x, area.y, end, STYLE_FOOTER, brief_of(key, context)) + 2;
                target_keys(grid, (struct area){from, area.y, x - from - 2, 1}, table, i);
            }
        }
    }
}

/* In the footer, and where it is too long, in the line above too. */
static void put_notice(const char *notice, struct grid *grid, struct area area)
{
    int width = area.width - 2;
    int lines = grid_wrapped_lines(grid, notice, width) > 1 && area.y > 0 ? 2 : 1;
    struct area place = {area.x + 1, area.y + 1 - lines, width, lines};
    for (int i = 0; i < lines; i++) {
        grid_fill(grid, area.x, place.y + i, area.x + area.width, STYLE_TEXT, " ");
    }
    grid_put_wrapped(grid, place, STYLE_CURSOR, notice);
}

void view_footer(const struct app *app, struct grid *grid, struct area area)
{
    if (app->prompt != PROMPT_NONE) {
        draw_prompt(app, grid, area);
    } else if (app->notice[0]) {
        put_notice(app->notice, grid, area);
    } else {
        view_footer_keys(grid, area, app_context(app));
    }
}

/* ---- all of it ---- */

static void view_why(const struct app *app, struct grid *grid, struct area area)
{
    char *text = why_text(app);
    if (text) {
        grid_put_wrapped(grid, area, STYLE_WHY, text);
    }
    free(text);
}

static void view_body(const struct app *app, struct grid *grid, struct area area)
{
    switch (app->screen) {
    case SCREEN_OVERVIEW:
        view_overview(app, grid, area);
        break;
    case SCREEN_MESSAGE:
        view_message(app, grid, area);
        break;
    case SCREEN_KEYS:
        view_keys(app, grid, area);
        break;
    case SCREEN_NETWORK:
        view_network(app, grid, area);
        break;
    case SCREEN_STORM:
        view_storm(app, grid, area);
        break;
    case SCREEN_WINDOW:
        view_window(app, grid, area);
        break;
    default:
        view_exchange(app, grid, area);
    }
}

static void say_too_small(struct grid *grid)
{
    char text[160];
    snprintf(text, sizeof text,
             "ikesim watch needs %d x %d characters; here are %d x %d. "
             "A larger window will do, or `ikesim ladder`.",
             APP_WIDTH_MIN, APP_HEIGHT_MIN, grid->width, grid->height);
    grid_put_wrapped(grid, (struct area){0, 0, grid->width, grid->height}, STYLE_TEXT, text);
}

void view_screen(const struct app *app, struct grid *grid)
{
    struct view_layout layout = view_layout(app, grid);
    grid_clear(grid);
    if (layout.too_small) {
        say_too_small(grid);
        return;
    }
    view_title(app, grid, layout.title);
    view_tabs(app, grid, layout.tabs);
    struct area all = {0, 2, grid->width, grid->height - 3};
    if (app->help) {
        view_help(app, grid, all);
        view_footer(app, grid, layout.footer);
        return;
    }
    if (app->sheet) {
        view_sheet(app, grid, all);
        view_footer(app, grid, layout.footer);
        return;
    }
    if (layout.why.height > 0) {
        grid_fill(grid, 0, layout.why.y - 1, layout.why.width + 2, STYLE_DIM, "─");
        view_why(app, grid, layout.why);
    }
    view_body(app, grid, layout.body);
    if (layout.message.height > 0) {
        view_message(app, grid, layout.message);
    }
    if (app->guide) {
        view_guide_light(app, grid, layout.body);
        view_guide(app, grid, layout.guide);
    }
    view_footer(app, grid, layout.footer); /* last: what it has to say may take a line more */
}
