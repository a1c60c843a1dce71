/* The message under the cursor: its fields as a tree, its bytes in hex beside it; what the selected
 * field covers is lit. */
#include <inttypes.h>

#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/app_message.h"
#include "ui/term/view.h"
#include "ui/term/words.h"

/* Columns of the bytes' side: 8 octets in a line, 16, and letters beside them. */
enum { HEX_NARROW = 31, HEX_WIDE = 56, HEX_WITH_LETTERS = 74 };

/* ---- the tree ---- */

/* Columns of names and values, behind which there is room for what they mean; and the least of
 * such room. */
#define NAMES_WIDTH 64
#define MEANING_WIDTH_MIN 40

static void put_meaning(struct grid *grid, int x, int y, int end, const struct dissect_field *field)
{
    if (field->meaning && end - x >= MEANING_WIDTH_MIN) {
        grid_print(grid, x, y, end, STYLE_DIM, "%s%s%s", field->reference ? field->reference : "",
                   field->reference ? ": " : "", field->meaning);
    }
}

static void draw_field(const struct app *app, struct grid *grid, struct area area, size_t index)
{
    const struct dissect_field *field = &app->model->tree->fields[index];
    bool selected = index == app->message.field, opens = app_field_opens(app, index);
    int end = area.x + area.width;
    int x = area.x + 1 + 2 * field->depth;
    enum style style = field->wrong ? STYLE_LOST : STYLE_FIELD;
    grid_put(grid, area.x, area.y, end, STYLE_CURSOR, selected ? "▸" : " ");
    grid_put(grid, x, area.y, end, STYLE_DIM,
             !opens                       ? " "
             : app->message.closed[index] ? "▷"
                                          : "▽");
    char size[24] = "";
    if (opens) {
        snprintf(size, sizeof size, "%" PRIu32 " B", field->len);
    }
    int to = end - grid_measure(grid, size) - (opens ? 1 : 0);
    x = grid_put(grid, x + 2, area.y, to, style, field->name) + 2;
    if (field->value && *field->value && x < to) {
        x = grid_put(grid, x, area.y, to, field->wrong ? STYLE_LOST : STYLE_TEXT, field->value) + 2;
    }
    put_meaning(grid, x > area.x + NAMES_WIDTH ? x : area.x + NAMES_WIDTH, area.y, to - 1, field);
    grid_put_right(grid, to, area.y, end, STYLE_DIM, size);
    grid_target(grid, area, TARGET_FIELD, index);
    if (selected) {
        bool focus = app->screen == SCREEN_MESSAGE && !app->message.bytes;
        grid_restyle(grid, area.x, area.y, end, focus ? STYLE_FOCUS : STYLE_CURSOR);
    }
}

static void draw_tree(const struct app *app, struct grid *grid, struct area area)
{
    const struct dissect_tree *tree = app->model->tree;
    /* The selected field in the middle: count the lines above it, then skip what does not fit. */
    int lines = 0, before = 0;
    for (size_t i = 0, next = tree->count > 0 ? 0 : SIZE_MAX; next != SIZE_MAX;) {
        i = next;
        before += i < app->message.field;
        lines++;
        next = app_field_step(app, i, 1);
        next = next == i ? SIZE_MAX : next;
    }
    int top = before - area.height / 2;
    top = top + area.height > lines ? lines - area.height : top;
    top = top < 0 ? 0 : top;
    size_t at = 0;
    for (int line = 0; line < top + area.height && line < lines; line++) {
        if (line >= top) {
            draw_field(app, grid, (struct area){area.x, area.y + line - top, area.width, 1}, at);
        }
        at = app_field_step(app, at, 1);
    }
}

/* ---- the bytes ---- */

struct hex_row {
    int layer;
    size_t offset; /* SIZE_MAX: a heading */
};

/* Rows of the layers that are shown, with their headings; returns their number, *lit gets the row
 * where the cursor is, or the field begins. */
static size_t hex_rows(const struct app *app, const struct dissect_field *field, size_t width,
                       struct hex_row **rows, size_t *lit)
{
    const struct dissect_tree *tree = app->model->tree;
    const struct app_message *message = &app->message;
    size_t count = 0, cap = 0;
    *rows = NULL;
    *lit = 0;
    for (int layer = 0; layer < 2; layer++) {
        size_t len = tree->layer[layer].len;
        if (!app_layer_shown(app, layer)) {
            continue;
        }
        UI_GROW(*rows, count, cap);
        (*rows)[count++] = (struct hex_row){layer, SIZE_MAX};
        for (size_t offset = 0; offset < len; offset += width) {
            size_t cursor = message->bytes ? message->octet : field ? field->offset : SIZE_MAX;
            int there = message->bytes ? message->layer : field ? field->layer : -1;
            if (there == layer && cursor >= offset && cursor < offset + width) {
                *lit = count;
            }
            UI_GROW(*rows, count, cap);
            (*rows)[count++] = (struct hex_row){layer, offset};
        }
    }
    return count;
}

/* Octets as letters, where there is room for them. */
static void draw_letters(struct grid *grid, struct area area, const struct crypto_bytes *bytes,
                         const struct hex_row *row, size_t width)
{
    int x = area.x + 5 + 3 * (int)width + 3;
    for (size_t i = 0; i < width && row->offset + i < bytes->len; i++) {
        uint8_t octet = bytes->data[row->offset + i];
        bool printable = octet >= 0x20 && octet < 0x7f;
        char letter[2] = ".";
        if (printable) {
            letter[0] = (char)octet;
        }
        grid_put(grid, x + (int)i, area.y, area.x + area.width, STYLE_DIM, letter);
    }
}

static void draw_hex_row(const struct app *app, struct grid *grid, struct area area,
                         const struct dissect_field *field, const struct hex_row *row, size_t width)
{
    const struct crypto_bytes *bytes = &app->model->tree->layer[row->layer];
    int end = area.x + area.width;
    if (row->offset == SIZE_MAX) {
        grid_fill(grid, area.x, area.y, end, STYLE_DIM, "─");
        grid_print(grid, area.x + 2, area.y, end, STYLE_DIM, " %s, %zu octet%s ",
                   row->layer == 0 ? "on the wire" : "decrypted", bytes->len,
                   bytes->len == 1 ? "" : "s");
        return;
    }
    grid_print(grid, area.x, area.y, end, STYLE_DIM, "%04zx", row->offset);
    bool lit_here = field && field->layer == row->layer;
    for (size_t i = 0; i < width && row->offset + i < bytes->len; i++) {
        size_t at = row->offset + i;
        bool lit = lit_here && at >= field->offset && at - field->offset < field->len;
        bool first = lit && (at == field->offset || i == 0);
        bool last = lit && (at == (size_t)field->offset + field->len - 1 || i + 1 == width);
        int x = area.x + 5 + 3 * (int)i + (i >= 8);
        grid_target(grid, (struct area){x + 1, area.y, 2, 1}, TARGET_OCTET,
                    (uint64_t)row->layer << 32 | at);
        if (first) {
            grid_put(grid, x, area.y, end, STYLE_LIT, "▐");
        }
        grid_print(grid, x + 1, area.y, end, lit ? STYLE_LIT : STYLE_TEXT, "%02x", bytes->data[at]);
        if (lit && !last) {
            grid_put(grid, x + 3, area.y, end, STYLE_LIT, i == 7 ? "  " : " ");
        } else if (last) {
            grid_put(grid, x + 3, area.y, end, STYLE_LIT, "▌");
        }
        if (app->message.bytes && app->message.layer == row->layer && app->message.octet == at) {
            grid_restyle(grid, x + 1, area.y, x + 3, STYLE_CURSOR);
        }
    }
    if (area.width >= HEX_WITH_LETTERS) {
        draw_letters(grid, area, bytes, row, width);
    }
}

/* The octet that the field is a part of, bit by bit; the field's own bits stand in brackets. */
static void draw_bits(struct grid *grid, struct area area, const struct crypto_bytes *bytes,
                      const struct dissect_field *field)
{
    int end = area.x + area.width;
    grid_fill(grid, area.x, area.y, end, STYLE_DIM, "─");
    int x = grid_put(grid, area.x + 2, area.y, end, STYLE_DIM, " bits ");
    int bits = 8 * (int)field->len > 16 ? 16 : 8 * (int)field->len;
    for (int i = 0; i < bits; i++) {
        bool mine = i >= field->bit_first && i < field->bit_first + field->bit_count;
        size_t at = field->offset + (size_t)i / 8;
        int from = x;
        int bit = at < bytes->len ? bytes->data[at] >> (7 - i % 8) & 1 : 0;
        if (mine && i == field->bit_first) {
            x = grid_put(grid, x, area.y, end, STYLE_LIT, "▐");
        } else if (i % 4 == 0 && !mine) {
            x = grid_put(grid, x, area.y, end, STYLE_DIM, " ");
        }
        x = grid_put(grid, x, area.y, end, mine ? STYLE_LIT : STYLE_TEXT, bit ? "1" : "0");
        grid_target(grid, (struct area){from, area.y, x - from, 1}, TARGET_BIT,
                    (uint64_t)(i % 8) << 40 | (uint64_t)field->layer << 32 | at);
        if (mine && i == field->bit_first + field->bit_count - 1) {
            x = grid_put(grid, x, area.y, end, STYLE_LIT, "▌");
        }
    }
    grid_put(grid, x, area.y, end, STYLE_DIM, " ");
}

/* True if the field is some bits, or an octet or two in which others are. */
static bool has_bits(const struct dissect_tree *tree, size_t index)
{
    const struct dissect_field *field = &tree->fields[index];
    return field->bit_count > 0 || (field->len <= 2 && index + 1 < tree->count &&
                                    field[1].depth > field->depth && field[1].bit_count > 0);
}

static void draw_hex(const struct app *app, struct grid *grid, struct area area)
{
    const struct dissect_tree *tree = app->model->tree;
    size_t selected = app->message.field;
    const struct dissect_field *field = selected < tree->count ? &tree->fields[selected] : NULL;
    if (field && has_bits(tree, selected) && area.height > 4) {
        area.height--;
        draw_bits(grid, (struct area){area.x, area.y + area.height, area.width, 1},
                  &tree->layer[field->layer], field);
    }
    size_t width = area.width >= HEX_WIDE ? 16 : 8;
    struct hex_row *rows;
    size_t lit, count = hex_rows(app, field, width, &rows, &lit);
    size_t room = area.height > 0 ? (size_t)area.height : 0;
    size_t top = lit > room / 3 ? lit - room / 3 : 0;
    top = top + room > count ? (count > room ? count - room : 0) : top;
    for (size_t i = top; i < count && i - top < room; i++) {
        struct area line = {area.x, area.y + (int)(i - top), area.width, 1};
        draw_hex_row(app, grid, line, field, &rows[i], width);
    }
    free(rows);
}

/* ---- both ---- */

static const char *verdict_words(enum dissect_verdict verdict, enum style *style)
{
    *style = STYLE_LOST;
    switch (verdict) {
    case DISSECT_PLAIN:
        *style = STYLE_TEXT;
        return "in clear";
    case DISSECT_DECRYPTED:
        *style = STYLE_GOOD;
        return "decrypted, ICV right";
    case DISSECT_NO_KEY:
        return "encrypted, no key yet";
    case DISSECT_WRONG_KEY:
        return "ICV WRONG";
    case DISSECT_NO_ALGORITHM:
        return "encrypted, algorithm unknown";
    case DISSECT_MALFORMED:
        return "MALFORMED";
    case DISSECT_NOT_IKE:
        break;
    }
    return "neither IKEv2 nor ESP";
}

/* Width of the bytes' side. */
static int hex_width(int width)
{
    return width >= 150 ? HEX_WITH_LETTERS : width >= 110 ? HEX_WIDE : HEX_NARROW;
}

int view_hex_line(int width)
{
    return hex_width(width) >= HEX_WIDE ? 16 : 8;
}

void view_message(const struct app *app, struct grid *grid, struct area area)
{
    const struct model *model = app->model;
    const struct dissect_tree *tree = model->tree;
    int end = area.x + area.width;
    grid_fill(grid, area.x, area.y, end, STYLE_DIM, "─");
    if (!tree) {
        grid_put(grid, area.x + 2, area.y + 1, end, STYLE_DIM, "No message has been sent yet.");
        return;
    }
    enum style style;
    const char *verdict = verdict_words(tree->verdict, &style);
    char text[80];
    snprintf(text, sizeof text, " %s ", verdict);
    int to = grid_put_right(grid, area.x, area.y, end - 1, style, text) - 1;
    grid_print(grid, area.x + 1, area.y, to, STYLE_TITLE, " %s ", tree->summary);
    struct area body = {area.x, area.y + 1, area.width, area.height - 1};
    if (app->message.about && body.height > 6) {
        grid_put(grid, body.x + 1, body.y, end, STYLE_DIM, app->message.about);
        body.y++;
        body.height--;
    }
    if (tree->trouble[0]) {
        grid_print(grid, body.x + 1, body.y, end, STYLE_LOST, "! %s", tree->trouble);
        body.y++;
        body.height--;
    }
    int hex = hex_width(area.width);
    struct area left = {body.x, body.y, body.width - hex - 2, body.height};
    struct area right = {end - hex, body.y, hex, body.height};
    for (int y = 0; y < body.height; y++) {
        grid_put(grid, right.x - 1, body.y + y, end, STYLE_DIM, "│");
    }
    draw_tree(app, grid, left);
    draw_hex(app, grid, right);
}

/* Of a payload with nothing but octets in it the value is how many: without its header, if it has
 * one. */
static void add_value(struct words *words, const struct dissect_field *field)
{
    uint32_t inside;
    int end = 0;
    const char *value = field->value ? field->value : "";
    bool counts = sscanf(value, "%" SCNu32 " octets%n", &inside, &end) == 1 && end > 0 &&
                  (value[end] == '\0' || value[end] == ',');
    if (counts && inside == field->len) {
        words_add(words, "%s", value + end);
    } else if (counts) {
        words_add(words, " with its header, %s inside", value);
    } else if (*value) {
        words_add(words, " = %s", value);
    }
}

/* What the selected field is, its value and why it is there. */
char *view_message_why(const struct app *app)
{
    const struct dissect_tree *tree = app->model->tree;
    size_t selected = app->message.field;
    if (!tree || selected >= tree->count) {
        return NULL;
    }
    const struct dissect_field *field = &tree->fields[selected];
    struct words words = {0};
    words_add(&words, "%s, %" PRIu32 " octet%s", field->name, field->len,
              field->len == 1 ? "" : "s");
    if (field->bit_count > 0) {
        words_add(&words, ", bit%s %d", field->bit_count > 1 ? "s" : "", field->bit_first);
        if (field->bit_count > 1) {
            words_add(&words, " to %d", field->bit_first + field->bit_count - 1);
        }
    }
    add_value(&words, field);
    /* Where the field says nothing of itself, the one around it does. */
    size_t at = selected;
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
    return words.data;
}
