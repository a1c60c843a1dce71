/* The panel of a lesson. */
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/guide.h"
#include "ui/term/view.h"
#include "ui/term/words.h"

/* Values shorter than that stand in too many places. */
#define LIGHT_MIN 4

struct panel_line {
    enum style style;
    int indent, choice; /* of which answer it is a line; -1: of none */
    char *text;
};

struct panel {
    const struct grid *grid;
    int width;
    size_t count, cap;
    struct panel_line *lines;
};

static void put_line(struct panel *panel, enum style style, int indent, const char *text,
                     size_t len)
{
    UI_GROW(panel->lines, panel->count, panel->cap);
    char *copy = ui_resize(NULL, len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    panel->lines[panel->count++] = (struct panel_line){style, indent, -1, copy};
}

/* A paragraph: its first line begins at `hang` columns less than the others. */
static void put_text(struct panel *panel, enum style style, int indent, int hang, const char *text)
{
    while (*text) {
        size_t next;
        int at = indent - hang;
        size_t len = grid_wrap(panel->grid, text, panel->width - at, &next);
        put_line(panel, style, at, text, len);
        text += next > 0 ? next : len;
        hang = 0;
    }
}

static void put_empty(struct panel *panel)
{
    if (panel->count > 0 && panel->lines[panel->count - 1].text[0]) {
        put_line(panel, STYLE_TEXT, 0, "", 0);
    }
}

/* Paragraphs as they stand in a file: lines are joined, an empty line separates. */
static void put_paragraphs(struct panel *panel, const char *text)
{
    while (*text) {
        const char *end = strstr(text, "\n\n");
        size_t len = end ? (size_t)(end - text) : strlen(text);
        char *paragraph = ui_resize(NULL, len + 1);
        memcpy(paragraph, text, len);
        while (len > 0 && paragraph[len - 1] == '\n') {
            len--;
        }
        paragraph[len] = '\0';
        for (char *at = paragraph; (at = strchr(at, '\n')) != NULL;) {
            *at = ' ';
        }
        put_text(panel, STYLE_TEXT, 1, 0, paragraph);
        put_empty(panel);
        free(paragraph);
        text = end ? end + 2 : text + strlen(text);
    }
}

/* While a question is open it needs the room. */
static void put_point(struct panel *panel, const struct guide_step *step, bool meaning)
{
    struct words words = {0};
    words_add(&words, "▐ %s ▌", step->point);
    put_text(panel, STYLE_LIT, 3, 2, words.data);
    free(words.data);
    if (step->meaning && meaning) {
        put_text(panel, STYLE_DIM, 3, 0, step->meaning);
    }
    put_empty(panel);
}

static void put_choices(struct panel *panel, const struct guide_step *step, bool told)
{
    for (size_t i = 0; i < step->choice_count; i++) {
        struct words words = {0};
        bool right = told && i == step->right;
        words_add(&words, "%s %c) %s", right ? "✓" : " ", (char)('a' + i), step->choices[i]);
        size_t first = panel->count;
        put_text(panel, right ? STYLE_GOOD : told ? STYLE_DIM : STYLE_TEXT, 6, 5, words.data);
        for (; first < panel->count && !told; first++) {
            panel->lines[first].choice = (int)i;
        }
        free(words.data);
    }
}

static void put_question(struct panel *panel, const struct guide *guide,
                         const struct guide_step *step)
{
    enum guide_state state = guide->states[guide->at];
    bool told = guide_told(guide);
    struct words words = {0};
    words_add(&words, "? %s", step->ask);
    put_text(panel, STYLE_TITLE, 3, 2, words.data);
    words.len = 0;
    put_choices(panel, step, told);
    if (!told && !step->choices) {
        words_add(&words, "> %s▌", guide->given);
        put_text(panel, STYLE_CURSOR, 3, 2, words.data);
        words.len = 0;
    }
    if (!told) {
        put_text(panel, STYLE_DIM, 3, 0,
                 state == GUIDE_ONCE_WRONG ? "Not yet: once more."
                 : step->choices           ? "Answer with its letter."
                                           : "Type it, then ⏎.");
        free(words.data);
        return;
    }
    words_add(&words, "%s %s", state == GUIDE_RIGHT ? "✓ Right:" : "✗ No, it is", step->answer);
    put_text(panel, state == GUIDE_RIGHT ? STYLE_GOOD : STYLE_LOST, 3, 2, words.data);
    put_text(panel, STYLE_TEXT, 3, 0, step->because);
    free(words.data);
}

static void put_end(struct panel *panel, const struct guide *guide)
{
    struct words words = {0};
    size_t questions = guide_questions(guide), right = guide_right(guide);
    words_add(&words, "%s %zu of %zu questions right.", right == questions ? "✓" : "●", right,
              questions);
    put_text(panel, right == questions ? STYLE_GOOD : STYLE_TITLE, 3, 2, words.data);
    put_empty(panel);
    put_text(panel, STYLE_TEXT, 1, 0,
             "That was the lesson. Esc looks around in its run as long as you like, ← goes back, ⏎ "
             "leaves.");
    if (guide->next) {
        words.len = 0;
        words_add(&words, "Next: %s", guide->next);
        put_empty(panel);
        put_text(panel, STYLE_TEXT, 1, 0, words.data);
    }
    free(words.data);
}

static struct panel compose(const struct guide *guide, const struct grid *grid, int width)
{
    struct panel panel = {.grid = grid, .width = width};
    const struct guide_step *step = guide_step_of(guide);
    if (!step) {
        put_end(&panel, guide);
        return panel;
    }
    bool told = guide_told(guide);
    if (guide->at == 0 && guide->about) {
        put_text(&panel, STYLE_DIM, 1, 0, guide->about);
        put_empty(&panel);
    }
    if (step->say) {
        put_paragraphs(&panel, step->say);
    }
    if (step->point && (told || !step->spoils)) {
        put_point(&panel, step, told);
    }
    if (step->ask) {
        put_question(&panel, guide, step);
    }
    if (step->misreading && told) {
        struct words words = {0};
        words_add(&words, "✗ Often read, and wrong: \"%s\"", step->misreading);
        put_empty(&panel);
        put_text(&panel, STYLE_AGAIN, 3, 2, words.data);
        free(words.data);
    }
    while (panel.count > 0 && !panel.lines[panel.count - 1].text[0]) {
        free(panel.lines[--panel.count].text);
    }
    return panel;
}

static void panel_free(struct panel *panel)
{
    for (size_t i = 0; i < panel->count; i++) {
        free(panel->lines[i].text);
    }
    free(panel->lines);
}

/* Where the text stands: below the head, beside the line that parts the panel from the screen. */
static struct area text_area(struct area area)
{
    return (struct area){area.x + 1, area.y + 1, area.width - 2, area.height - 1};
}

void view_guide_measure(const struct app *app, const struct grid *grid, size_t *lines, size_t *room)
{
    struct view_layout layout = view_layout(app, grid);
    struct area area = text_area(layout.guide);
    *lines = *room = 0;
    if (!layout.too_small && area.height > 0) {
        struct panel panel = compose(app->guide, grid, area.width);
        *lines = panel.count;
        *room = (size_t)area.height;
        panel_free(&panel);
    }
}

/* ---- drawn ---- */

static void draw_head(const struct guide *guide, struct grid *grid, struct area area, bool more)
{
    char where[64];
    int end = area.x + area.width;
    grid_fill(grid, area.x, area.y, end, STYLE_FOCUS, " ");
    if (guide->at < guide->count) {
        snprintf(where, sizeof where, "step %zu of %zu", guide->at + 1, guide->count);
    } else {
        snprintf(where, sizeof where, "the end");
    }
    int to = grid_put_right(grid, area.x, area.y, end - 1, STYLE_FOCUS, where);
    const char *key = guide->roaming ? "L returns · " : more ? "⏎ ↓ more · " : "";
    to = grid_put_right(grid, area.x, area.y, to, STYLE_FOCUS, key);
    grid_put(grid, area.x + 1, area.y, to - 2, STYLE_FOCUS, guide->title);
}

void view_guide(const struct app *app, struct grid *grid, struct area area)
{
    const struct guide *guide = app->guide;
    if (area.height < 1) {
        return;
    }
    if (guide->roaming) {
        draw_head(guide, grid, area, false);
        grid_target(grid, area, TARGET_LESSON, 0);
        return;
    }
    struct area text = text_area(area);
    struct panel panel = compose(guide, grid, text.width);
    size_t room = text.height > 0 ? (size_t)text.height : 0;
    size_t last = panel.count > room ? panel.count - room : 0;
    size_t top = guide->top < last ? guide->top : last;
    draw_head(guide, grid, area, top + room < panel.count);
    grid_target(grid, area, TARGET_LESSON, 0);
    for (int y = 0; area.width < grid->width && y < text.height; y++) {
        grid_put(grid, area.x, text.y + y, area.x + 1, STYLE_DIM, "│");
    }
    for (size_t i = top; i < panel.count && i - top < room; i++) {
        const struct panel_line *line = &panel.lines[i];
        grid_put(grid, text.x + line->indent, text.y + (int)(i - top), text.x + text.width,
                 line->style, line->text);
        if (line->choice >= 0) {
            grid_target(grid, (struct area){text.x, text.y + (int)(i - top), text.width, 1},
                        TARGET_CHOICE, (uint64_t)line->choice);
        }
    }

    panel_free(&panel);
}

/* ---- lighting ---- */

/* The column of the row, from `from` on, at which the text begins; -1 if it does not. */
static int find_text(const struct grid *grid, int y, int from, int end, const char *text)
{
    size_t len = strlen(text);
    for (int x = from; x + (int)len <= end; x++) {
        size_t i = 0;
        while (i < len && grid->cells[(size_t)y * (size_t)grid->width + (size_t)x + i].ch ==
                              (unsigned char)text[i]) {
            i++;
        }
        if (i == len) {
            return x;
        }
    }
    return -1;
}

void view_guide_light(const struct app *app, struct grid *grid, struct area area)
{
    const struct guide_step *step = guide_step_of(app->guide);
    bool shown = step && !app->guide->roaming && (guide_told(app->guide) || !step->spoils);
    const char *value = shown ? step->value : NULL;
    if (!value || strlen(value) < LIGHT_MIN) {
        return;
    }
    int end = area.x + area.width;
    for (int y = area.y; y < area.y + area.height; y++) {
        for (int x = area.x; (x = find_text(grid, y, x, end, value)) >= 0;) {
            grid_restyle(grid, x, y, x + (int)strlen(value), STYLE_LIT);
            x += (int)strlen(value);
        }
    }
}
