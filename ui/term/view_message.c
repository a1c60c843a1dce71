/* The message under the cursor: its fields as a tree, its bytes in hex beside it; what the selected
 * field covers is lit. */
#include <inttypes.h>

#include "ui/term/memory.h"
#include "ui/term/view.h"
#include "ui/term/words.h"

/* ---- the tree ---- */

static void draw_field(const struct app *app, struct grid *grid, struct area area, size_t index)
{
    const struct dissect_field *field = &app->model->tree->fields[index];
    bool selected = index == app->field, opens = app_field_opens(app, index);
    int end = area.x + area.width;
    int x = area.x + 1 + 2 * field->depth;
    enum style style = field->wrong ? STYLE_LOST : STYLE_FIELD;
    grid_put(grid, area.x, area.y, end, STYLE_CURSOR, selected ? "▸" : " ");
    grid_put(grid, x, area.y, end, STYLE_DIM, !opens ? " " : app->closed[index] ? "▷" : "▽");
    char size[24] = "";
    if (opens) {
        snprintf(size, sizeof size, "%" PRIu32 " B", field->len);
    }
    int to = end - grid_measure(grid, size) - (opens ? 1 : 0);
    x = grid_put(grid, x + 2, area.y, to, style, field->name) + 2;
    if (field->value && *field->value && x < to) {
        grid_put(grid, x, area.y, to, field->wrong ? STYLE_LOST : STYLE_TEXT, field->value);
    }
    grid_put_right(grid, to, area.y, end, STYLE_DIM, size);
    if (selected) {
        grid_restyle(grid, area.x, area.y, end,
                     app->context == CONTEXT_MESSAGE ? STYLE_FOCUS : STYLE_CURSOR);
    }
}

static void draw_tree(const struct app *app, struct grid *grid, struct area area)
{
    const struct dissect_tree *tree = app->model->tree;
    /* The selected field in the middle: count the lines above it, then skip what does not fit. */
    int lines = 0, before = 0;
    for (size_t i = 0, next = tree->count > 0 ? 0 : SIZE_MAX; next != SIZE_MAX;) {
        i = next;
        before += i < app->field;
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

/* Rows of both layers with their headings; returns their number, *lit gets the row where the field
 * begins. */
static size_t hex_rows(const struct dissect_tree *tree, const struct dissect_field *field,
                       size_t width, struct hex_row **rows, size_t *lit)
{
    size_t count = 0, cap = 0;
    *rows = NULL;
    *lit = 0;
    for (int layer = 0; layer < 2; layer++) {
        size_t len = tree->layer[layer].len;
        if (len == 0) {
            continue;
        }
        TERM_GROW(*rows, count, cap);
        (*rows)[count++] = (struct hex_row){layer, SIZE_MAX};
        for (size_t offset = 0; offset < len; offset += width) {
            if (field && field->layer == layer && field->offset >= offset &&
                field->offset < offset + width) {
                *lit = count;
            }
            TERM_GROW(*rows, count, cap);
            (*rows)[count++] = (struct hex_row){layer, offset};
        }
    }
    return count;
}

static void draw_hex_row(struct grid *grid, struct area area, const struct dissect_tree *tree,
                         const struct dissect_field *field, const struct hex_row *row, size_t width)
{
    const struct crypto_bytes *bytes = &tree->layer[row->layer];
    int end = area.x + area.width;
    if (row->offset == SIZE_MAX) {
        grid_fill(grid, area.x, area.y, end, STYLE_DIM, "─");
        grid_print(grid, area.x + 2, area.y, end, STYLE_DIM, " %s, %zu octets ",
                   row->layer == 0 ? "on the wire" : "decrypted", bytes->len);
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
        if (first) {
            grid_put(grid, x, area.y, end, STYLE_LIT, "▐");
        }
        grid_print(grid, x + 1, area.y, end, lit ? STYLE_LIT : STYLE_TEXT, "%02x", bytes->data[at]);
        if (lit && !last) {
            grid_put(grid, x + 3, area.y, end, STYLE_LIT, i == 7 ? "  " : " ");
        } else if (last) {
            grid_put(grid, x + 3, area.y, end, STYLE_LIT, "▌");
        }
    }
}

static void draw_hex(const struct app *app, struct grid *grid, struct area area)
{
    const struct dissect_tree *tree = app->model->tree;
    const struct dissect_field *field = app->field < tree->count ? &tree->fields[app->field] : NULL;
    size_t width = area.width >= 56 ? 16 : 8;
    struct hex_row *rows;
    size_t lit, count = hex_rows(tree, field, width, &rows, &lit);
    size_t room = area.height > 0 ? (size_t)area.height : 0;
    size_t top = lit > room / 3 ? lit - room / 3 : 0;
    top = top + room > count ? (count > room ? count - room : 0) : top;
    for (size_t i = top; i < count && i - top < room; i++) {
        struct area line = {area.x, area.y + (int)(i - top), area.width, 1};
        draw_hex_row(grid, line, tree, field, &rows[i], width);
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
    enum style title = app->context == CONTEXT_MESSAGE ? STYLE_FOCUS : STYLE_TITLE;
    grid_print(grid, area.x + 1, area.y, to, title, " %s ", tree->summary);
    struct area body = {area.x, area.y + 1, area.width, area.height - 1};
    if (tree->trouble[0]) {
        grid_print(grid, body.x + 1, body.y, end, STYLE_LOST, "! %s", tree->trouble);
        body.y++;
        body.height--;
    }
    int hex = area.width >= 110 ? 56 : 31;
    struct area left = {body.x, body.y, body.width - hex - 2, body.height};
    struct area right = {end - hex, body.y, hex, body.height};
    for (int y = 0; y < body.height; y++) {
        grid_put(grid, right.x - 1, body.y + y, end, STYLE_DIM, "│");
    }
    draw_tree(app, grid, left);
    draw_hex(app, grid, right);
}
