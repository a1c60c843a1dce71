/* The frame around the panes: title, scrubber, the line that says why, footer, help. */
#include <inttypes.h>

#include "ui/term/memory.h"
#include "ui/term/view.h"
#include "ui/term/view_ladder.h"
#include "ui/term/words.h"

#define PAIRS_WIDTH_MAX 34

struct view_layout view_layout(const struct app *app, int width, int height)
{
    struct view_layout layout = {0};
    layout.too_small = width < APP_WIDTH_MIN || height < APP_HEIGHT_MIN;
    if (layout.too_small) {
        return layout;
    }
    int why = height < 30 ? 3 : 4;
    layout.title = (struct area){0, 0, width, 1};
    layout.scrubber = (struct area){0, 1, width, 1};
    layout.why = (struct area){1, height - 1 - why, width - 2, why};
    layout.footer = (struct area){0, height - 1, width, 1};
    struct area body = {0, 2, width, height - 2 - why - 2}; /* a rule above `why` */
    bool split = height >= APP_SPLIT_HEIGHT;
    if (app->message) {
        int part = split ? body.height / 2 : body.height;
        layout.message = (struct area){0, body.y + body.height - part, width, part};
        body.height -= part;
    }
    if (body.height > 0) {
        int pairs = width < 100 ? 21 : width / 4;
        pairs = pairs > PAIRS_WIDTH_MAX ? PAIRS_WIDTH_MAX : pairs;
        layout.pairs = (struct area){0, body.y, pairs, body.height};
        layout.ladder = (struct area){pairs + 1, body.y, width - pairs - 1, body.height};
    }
    return layout;
}

int view_page(const struct app *app, int width, int height)
{
    struct view_layout layout = view_layout(app, width, height);
    int rows = app->help                         ? height - 6
               : app->context == CONTEXT_MESSAGE ? layout.message.height - 3
               : app->context == CONTEXT_LADDER  ? layout.ladder.height - LADDER_HEAD_HEIGHT - 1
                                                 : layout.pairs.height / 2;
    return rows > 1 ? rows : 1;
}

void view_title(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *model = app->model;
    char time[WORDS_TIME_MAX], right[96];
    grid_print(grid, area.x + 1, area.y, area.x + area.width * 3 / 5, STYLE_TITLE,
               "%s · seed %" PRIu64 " · %s keys%s", model->scenario ? model->scenario : "?",
               model->seed, model->keys ? model->keys : "?",
               model->complete ? "" : " · still growing");
    snprintf(right, sizeof right, "%s %s   %s s", model->playing ? "▶" : "▮▮",
             model_speed_text(model), words_time(model->time, time));
    grid_put_right(grid, area.x + area.width * 3 / 5, area.y, area.x + area.width - 1, STYLE_TITLE,
                   right);
}

void view_scrubber(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *model = app->model;
    char end[WORDS_TIME_MAX];
    words_duration(model->duration, end);
    int first = area.x + 2, last = area.x + area.width - 3 - grid_measure(grid, end);
    int width = last - first;
    if (width < 10) {
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
    /* Many marks may fall on one column: an error hides the loss of a message, that one the loss of
     * a packet. */
    static const struct {
        uint8_t mark;
        enum style style;
        const char *glyph;
    } marks[] = {{MODEL_SCRUB_LOSS, STYLE_DIM, "╵"},
                 {MODEL_SCRUB_IKE_LOSS, STYLE_LOST, "✗"},
                 {MODEL_SCRUB_ERROR, STYLE_LOST, "!"}};
    for (size_t kind = 0; kind < sizeof marks / sizeof *marks; kind++) {
        for (int i = 0; i < MODEL_SCRUB_BUCKETS; i++) {
            if (model->scrub[i] & marks[kind].mark) {
                int x = first + i * width / MODEL_SCRUB_BUCKETS;
                grid_put(grid, x, area.y, last, marks[kind].style, marks[kind].glyph);
            }
        }
    }
    grid_put(grid, here, area.y, last, STYLE_CURSOR, "●");
}

/* ---- footer and help, both from the table of keys ---- */

void view_footer(const struct app *app, struct grid *grid, struct area area)
{
    size_t count;
    const struct binding *table = keys_table(&count);
    int x = area.x + 1, end = area.x + area.width - 1;
    /* In order of rank, then of the table; what does not fit is left out. */
    for (int rank = 1; rank <= KEYS_RANK_MAX; rank++) {
        for (size_t i = 0; i < count; i++) {
            const struct binding *key = &table[i];
            if (!key->brief || key->rank != rank || !(key->contexts & app_context(app))) {
                continue;
            }
            if (x + grid_measure(grid, key->label) + 1 + grid_measure(grid, key->brief) <= end) {
                x = grid_put(grid, x, area.y, end, STYLE_FOOTER_KEY, key->label) + 1;
                x = grid_put(grid, x, area.y, end, STYLE_FOOTER, key->brief) + 2;
            }
        }
    }
}

struct help_line {
    enum style style;
    char text[120];
};

static const char *const legend[] = {
    "├─╮ … ╰──▶┤  a message leaves, runs down in a lane, and arrives",
    "┄┄┄  the same octets again: a retransmission, or a cached response",
    "──✗  lost: it ends on the link, and nobody is told",
    "╌╌╌  a copy that the link made; \"overtaken\": a later one was here first",
    "──▷  on its way now",
    "═══  a run of ESP packets, → from left to right (e unfolds it)",
    "●  state of the IKE SA   ◆  keys   ■  CHILD SA   ✓  verified   ✗  refused",
    "↻  a timer: no response came   ⋮  nothing happens for that long",
    "On the line of time: ✗ an IKE message lost, ╵ a packet lost, ! gave up or failed",
};

void view_help(const struct app *app, struct grid *grid, struct area area)
{
    size_t count;
    const struct binding *table = keys_table(&count);
    const char *pane = app->context == CONTEXT_PAIRS     ? "the list of pairs"
                       : app->context == CONTEXT_MESSAGE ? "the message"
                                                         : "the ladder";
    struct help_line lines[64] = {0};
    size_t used = 0, cap = sizeof lines / sizeof *lines;
    snprintf(lines[used].text, sizeof lines->text, "Keys in %s", pane);
    lines[used++].style = STYLE_TITLE;
    for (size_t i = 0; i < count && used < cap; i++) {
        if (table[i].help && (table[i].contexts & app->context)) {
            snprintf(lines[used].text, sizeof lines->text, "%s\t%s", table[i].label, table[i].help);
            lines[used++].style = STYLE_TEXT;
        }
    }
    const char *heading = "What the ladder's signs mean";
    for (size_t i = 0; i <= sizeof legend / sizeof *legend && used < cap; i++) {
        snprintf(lines[used].text, sizeof lines->text, "%s", i == 0 ? heading : legend[i - 1]);
        lines[used++].style = i == 0 ? STYLE_TITLE : STYLE_TEXT;
    }
    size_t room = area.height > 0 ? (size_t)area.height : 0;
    size_t top = used > room ? used - room : 0;
    top = app->help_top < top ? app->help_top : top;
    int end = area.x + area.width;
    for (size_t i = top; i < used && i - top < room; i++) {
        int y = area.y + (int)(i - top);
        char *tab = strchr(lines[i].text, '\t');
        if (tab) {
            *tab = '\0';
            grid_put(grid, area.x + 2, y, area.x + 13, STYLE_FOOTER_KEY, lines[i].text);
            grid_put(grid, area.x + 14, y, end, lines[i].style, tab + 1);
        } else {
            grid_put(grid, area.x + 1, y, end, lines[i].style, lines[i].text);
        }
    }
}

/* ---- the line that says why ---- */

static void view_why(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *model = app->model;
    const struct dissect_tree *tree = model->tree;
    if (app->context != CONTEXT_MESSAGE || !tree || app->field >= tree->count) {
        if (model->why) {
            grid_put_wrapped(grid, area, STYLE_WHY, model->why);
        }
        return;
    }
    const struct dissect_field *field = &tree->fields[app->field];
    struct words words = {0};
    words_add(&words, "%s, %" PRIu32 " octet%s", field->name, field->len,
              field->len == 1 ? "" : "s");
    if (field->bit_count > 0) {
        words_add(&words, ", bit%s %d", field->bit_count > 1 ? "s" : "", field->bit_first);
        if (field->bit_count > 1) {
            words_add(&words, " to %d", field->bit_first + field->bit_count - 1);
        }
    }
    if (field->value && *field->value) {
        words_add(&words, " = %s", field->value);
    }
    /* Where the field says nothing of itself, the one around it does. */
    size_t at = app->field;
    while (!tree->fields[at].meaning && at > 0 && tree->fields[at].depth > 0) {
        size_t i = at;
        while (i > 0 && tree->fields[i].depth >= tree->fields[at].depth) {
            i--;
        }
        at = i;
    }
    if (tree->fields[at].meaning) {
        words_add(&words, ". %s", tree->fields[at].meaning);
    }
    if (field->reference) {
        words_add(&words, " %s", field->reference);
    }
    grid_put_wrapped(grid, area, STYLE_WHY, words.data);
    free(words.data);
}

/* ---- all of it ---- */

/* State and SPI of one end, for the ladder's head. */
static void end_text(const struct trace_pair_state *pair, int end, char *text, size_t cap)
{
    const struct trace_end_state *state = &pair->end[end];
    if (state->state && state->spi_i) {
        uint64_t spi = end == 0 ? state->spi_i : state->spi_r;
        snprintf(text, cap, "%s  %08" PRIx64 "…", state->state, spi >> 32);
    } else {
        snprintf(text, cap, "no IKE SA");
    }
}

static void draw_ladder(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *model = app->model;
    if (!model->ladder) {
        grid_put(grid, area.x + 2, area.y + 1, area.x + area.width, STYLE_DIM,
                 model->count > 0 ? "No two hosts have had to do with each other."
                                  : "The recording has no events yet.");
        return;
    }
    char text[2][64] = {"no IKE SA", "no IKE SA"};
    struct ladder_now now = {
        .ordinal = model->ordinal,
        .time = model->time,
        .cursor = true,
        .later = app->later,
        .state = {text[0], text[1]},
    };
    if (model->pair_index != UINT32_MAX) {
        const struct trace_pair_state *pair = &model->state->pairs[model->pair_index];
        end_text(pair, 0, text[0], sizeof text[0]);
        end_text(pair, 1, text[1], sizeof text[1]);
    }
    for (uint32_t i = 0; i < model->state->host_count; i++) {
        int side = ladder_side(model->ladder, model->state->hosts[i].name);
        if (side >= 0) {
            now.place[side] = model->state->hosts[i].address;
        }
    }
    view_ladder(grid, area, model->ladder, &now);
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
    struct view_layout layout = view_layout(app, grid->width, grid->height);
    grid_clear(grid);
    if (layout.too_small) {
        say_too_small(grid);
        return;
    }
    view_title(app, grid, layout.title);
    view_scrubber(app, grid, layout.scrubber);
    view_footer(app, grid, layout.footer);
    if (app->help) {
        view_help(app, grid, (struct area){0, 2, grid->width, grid->height - 3});
        return;
    }
    grid_fill(grid, 0, layout.why.y - 1, grid->width, STYLE_DIM, "─");
    view_why(app, grid, layout.why);
    if (layout.ladder.height > 0) {
        enum style border = app->context == CONTEXT_PAIRS ? STYLE_TITLE : STYLE_DIM;
        view_pairs(app, grid, layout.pairs);
        for (int y = 0; y < layout.pairs.height; y++) {
            grid_put(grid, layout.pairs.width, layout.pairs.y + y, grid->width, border,
                     app->context == CONTEXT_PAIRS ? "┃" : "│");
        }
        draw_ladder(app, grid, layout.ladder);
    }
    if (layout.message.height > 0) {
        view_message(app, grid, layout.message);
    }
}
