/* The keys: a graph of how they come about with the values of the run, below it every step. */
#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/keypage.h"
#include "ui/term/view.h"
#include "ui/term/words.h"

#define GRAPH_HEIGHT 13

struct drawing {
    const struct keypage *page;
    const struct keys_derivation *derivation;
    struct grid *grid;
    struct area area;
    enum keypage_node lit;
};

/* A node's value, as many digits as there is room for; "..." where it is not there yet. */
static int draw_value(const struct drawing *d, enum keypage_node node, int x, int y, int digits)
{
    size_t index = keypage_node(d->page, node);
    const struct keys_step *step = index == SIZE_MAX ? NULL : &d->derivation->steps[index];
    bool lit = node == d->lit;
    int end = d->area.x + d->area.width;
    enum style style = lit ? STYLE_LIT : step ? STYLE_KEY : STYLE_DIM;
    if (!step) {
        return grid_put(d->grid, x, y, end, style, "…");
    }
    int len = (int)strlen(step->value);
    if (lit) {
        grid_put(d->grid, x - 1, y, end, style, "▐");
    }
    x = grid_print(d->grid, x, y, end, style, "%.*s%s", digits < len ? digits : len, step->value,
                   digits < len ? "…" : "");
    return lit ? grid_put(d->grid, x, y, end, style, "▌") : x + 1;
}

/* The name of a node and its value behind it. */
static int draw_node(const struct drawing *d, enum keypage_node node, const char *name, int x,
                     int y, int digits)
{
    int end = d->area.x + d->area.width;
    x = grid_put(d->grid, x, y, end, node == d->lit ? STYLE_CURSOR : STYLE_FIELD, name) + 1;
    return draw_value(d, node, x, y, digits);
}

static void draw_who(const struct drawing *d, int x, int y)
{
    const struct keys_derivation *derivation = d->derivation;
    int end = d->area.x + d->area.width;
    size_t selected = keypage_selected(d->page);
    if (!derivation || selected >= derivation->count) {
        return;
    }
    const struct keys_step *step = &derivation->steps[selected];
    if (step->words && strncmp(step->value, "none", 4) == 0) {
        grid_print(d->grid, x, y, end, STYLE_DIM, "%s: there is none", step->name);
        return;
    }
    grid_print(d->grid, x, y, end, STYLE_DIM, "who can compute %s?", step->name);
    y++;
    for (int i = 0; i < 2; i++) {
        grid_print(d->grid, x, y, end, step->knows[i] ? STYLE_GOOD : STYLE_LOST, "%s %s",
                   step->knows[i] ? "✓" : "✗", derivation->host[i]);
        x += grid_measure(d->grid, derivation->host[i]) + 4;
    }
    if (step->lacks) {
        grid_print(d->grid, x, y, end, STYLE_LOST, "✗ wiretap: lacks %s", step->lacks);
    } else {
        grid_put(d->grid, x, y, end, STYLE_GOOD, "✓ wiretap: it was in the clear");
    }
}

/* The inputs of SKEYSEED: nonces and the shared secret; in a rekey SK_d of the old IKE SA too. */
static int draw_inputs(const struct drawing *d, int y, int digits)
{
    struct grid *grid = d->grid;
    int x = d->area.x + 2, end = d->area.x + d->area.width;
    bool rekey = keypage_node(d->page, NODE_OLD_SKD) != SIZE_MAX;
    int join = x + 9 + digits + 3;
    draw_node(d, NODE_NI, "Ni      ", x, y, digits);
    draw_node(d, NODE_NR, "Nr      ", x, y + 1, digits);
    draw_node(d, NODE_SHARED, "g^ir    ", x, y + 2, digits);
    grid_put(grid, join, y, end, STYLE_DIM, "─┐");
    grid_put(grid, join, y + 1, end, STYLE_DIM, "─┼─▶ prf ─▶");
    grid_put(grid, join, y + 2, end, STYLE_DIM, rekey ? "─┤" : "─┘");
    draw_node(d, NODE_SKEYSEED, "SKEYSEED", join + 12, y + 1, digits);
    if (rekey) {
        draw_node(d, NODE_OLD_SKD, "old SK_d", d->area.x + 2, y + 3, digits);
        grid_put(grid, join, y + 3, end, STYLE_DIM, "─┘");
    }
    return join + 16;
}

/* The line of the seven keys: names over values, a branch over each. */
static void draw_seven(const struct drawing *d, int y, int stem)
{
    static const struct {
        enum keypage_node node;
        const char *name;
    } seven[] = {{NODE_SK_D, "SK_d"},   {NODE_SK_AI, "SK_ai"}, {NODE_SK_AR, "SK_ar"},
                 {NODE_SK_EI, "SK_ei"}, {NODE_SK_ER, "SK_er"}, {NODE_SK_PI, "SK_pi"},
                 {NODE_SK_PR, "SK_pr"}};
    struct grid *grid = d->grid;
    int left = d->area.x + 3, end = d->area.x + d->area.width;
    int pitch = (d->area.width - 3) / 7;
    pitch = pitch > 24 ? 24 : pitch;
    grid_fill(grid, left + 1, y, left + 6 * pitch + 2, STYLE_DIM, "─");
    for (int i = 0; i < 7; i++) {
        int x = left + i * pitch;
        bool there = keypage_node(d->page, seven[i].node) != SIZE_MAX;
        grid_put(grid, x + 1, y, end, STYLE_DIM, i == 0 ? "┌" : i == 6 ? "┐" : "┬");
        grid_put(grid, x, y + 1, end, seven[i].node == d->lit ? STYLE_CURSOR : STYLE_FIELD,
                 seven[i].name);
        if (!there && d->derivation &&
            (seven[i].node == NODE_SK_AI || seven[i].node == NODE_SK_AR)) {
            grid_put(grid, x, y + 2, x + pitch, STYLE_DIM, "(AEAD)");
        } else {
            draw_value(d, seven[i].node, x, y + 2, pitch - 3);
        }
    }
    grid_put(grid, stem, y, end, STYLE_DIM, "┴");
    static const char *const uses[] = {"│",         "└ ICV i→r", "└ ICV r→i", "└ enc i→r",
                                       "└ enc r→i", "└ AUTH i",  "└ AUTH r"};
    for (int i = 0; i < 7; i++) {
        grid_put(grid, left + i * pitch, y + 3, end, STYLE_DIM, uses[i]);
    }
}

/* What KEYMAT's prf+ takes besides SK_d: "Ni | Nr", with "g^ir (new)" before where it has one. */
static const char *seed_of(const struct keys_derivation *derivation, size_t keymat)
{
    for (size_t i = keymat; i != SIZE_MAX && i-- > 0;) {
        const struct keys_step *step = &derivation->steps[i];
        const char *colon = strstr(step->name, ": S");
        if (step->topic == KEYS_KEYMAT && colon && !colon[3] && step->formula) {
            return step->formula;
        }
    }
    return "Ni | Nr";
}

/* From SK_d to the keys of the CHILD SA that was made last. */
static void draw_keymat(const struct drawing *d, int y, int digits)
{
    struct grid *grid = d->grid;
    int x = d->area.x + 3, end = d->area.x + d->area.width;
    size_t keymat = keypage_node(d->page, NODE_KEYMAT);
    x = grid_print(grid, x, y, end, STYLE_DIM, "└─▶ prf+ (%s) ─▶ ", seed_of(d->derivation, keymat));
    x = draw_node(d, NODE_KEYMAT, "KEYMAT", x, y, digits > 12 ? 12 : digits) + 1;
    if (keymat == SIZE_MAX) {
        grid_put(grid, x, y, end, STYLE_DIM, "of a CHILD SA: ESP's keys");
        return;
    }
    static const enum keypage_node nodes[] = {NODE_ESP_1, NODE_ESP_2};
    for (int i = 0; i < 2; i++) {
        size_t step = keypage_node(d->page, nodes[i]);
        if (step == SIZE_MAX) {
            continue;
        }
        /* "net: encryption key, alice to gw, SPI e1fdad1f" */
        const char *name = strstr(d->derivation->steps[step].name, "key, ");
        int at = grid_put(grid, x, y + i, end, STYLE_DIM, i == 0 ? "─▶ " : "└▶ ");
        char text[80];
        bool ah = strstr(d->derivation->steps[step].name, "integrity key") != NULL;
        snprintf(text, sizeof text, "%s %s", ah ? "AH" : "ESP",
                 name ? name + 5 : d->derivation->steps[step].name);
        draw_node(d, nodes[i], text, at, y + i, digits);
    }
}

static void draw_graph(const struct drawing *d)
{
    struct grid *grid = d->grid;
    int y = d->area.y, end = d->area.x + d->area.width;
    int digits = d->area.width >= 140 ? 24 : 8;
    int stem = draw_inputs(d, y, digits);
    draw_who(d, stem + 2, y + 2);
    grid_put(grid, stem, y + 2, end, STYLE_DIM, "│");
    bool rekey = keypage_node(d->page, NODE_OLD_SKD) != SIZE_MAX;
    int x = d->area.x + 2;
    y += 4;
    if (rekey) {
        grid_put(grid, stem, y - 1, end, STYLE_DIM, "│");
    } else {
        x = draw_node(d, NODE_SPI_I, "SPIi", x, y - 1, digits);
        draw_node(d, NODE_SPI_R, "SPIr", x + 1, y - 1, digits);
        grid_put(grid, stem, y - 1, end, STYLE_DIM, "│");
    }
    x = draw_node(d, NODE_SEED, "S = Ni|Nr|SPIi|SPIr", d->area.x + 2, y, digits > 8 ? 8 : digits);
    grid_fill(grid, x, y, stem - 1, STYLE_DIM, "─");
    grid_put(grid, stem - 1, y, end, STYLE_DIM, "▶prf+");
    x = grid_put(grid, stem + 4, y, end, STYLE_DIM, " ─▶");
    x = draw_node(d, NODE_T1, " T1", x, y, 8);
    grid_put(grid, x, y, end, STYLE_DIM, "│ T2 │ T3 │ …");
    draw_seven(d, y + 1, stem);
    draw_keymat(d, y + 5, digits);
}

/* ---- the list of steps ---- */

static void draw_step(const struct drawing *d, size_t index, int y)
{
    const struct keys_step *step = &d->derivation->steps[index];
    struct grid *grid = d->grid;
    bool selected = index == keypage_selected(d->page);
    int x = d->area.x, end = d->area.x + d->area.width;
    int name_end = x + 2 + (d->area.width > 120 ? 48 : 34);
    grid_put(grid, x, y, end, STYLE_CURSOR, selected ? "▸" : " ");
    grid_put(grid, x + 2, y, name_end, STYLE_FIELD, step->name);
    /* Who can compute it: a letter each, in the order of the words above. */
    char who[16];
    snprintf(who, sizeof who, "%s%s%s", step->knows[0] ? "i" : "·", step->knows[1] ? "r" : "·",
             step->lacks ? "·" : "w");
    grid_put(grid, name_end + 1, y, end, step->lacks ? STYLE_KEY : STYLE_TEXT,
             step->words ? "   " : who);
    grid_put(grid, name_end + 5, y, end, step->words ? STYLE_DIM : STYLE_TEXT, step->value);
    grid_target(grid, (struct area){x, y, d->area.width, 1}, TARGET_STEP, index);
    if (selected) {
        grid_restyle(grid, x, y, end, STYLE_FOCUS);
    }
}

/* Steps under their headings; the selected one in the middle. */
static void draw_list(const struct drawing *d, struct area area)
{
    const struct keys_derivation *derivation = d->derivation;
    size_t selected = keypage_selected(d->page);
    int line = 0, before = 0, topic = -1;
    for (size_t i = 0; i < derivation->count; i++) {
        line += (int)derivation->steps[i].topic != topic;
        topic = (int)derivation->steps[i].topic;
        before = i == selected ? line : before;
        line++;
    }
    int top = before - area.height / 2;
    top = top + area.height > line ? line - area.height : top;
    top = top < 0 ? 0 : top;
    topic = -1;
    line = 0;
    int end = area.x + area.width;
    for (size_t i = 0; i < derivation->count; i++) {
        if ((int)derivation->steps[i].topic != topic) {
            topic = (int)derivation->steps[i].topic;
            int y = area.y + line - top;
            if (line >= top && y < area.y + area.height) {
                grid_fill(d->grid, area.x, y, end, STYLE_DIM, "─");
                grid_print(d->grid, area.x + 2, y, end, STYLE_TITLE, " %s ",
                           keys_topic_heading(derivation->steps[i].topic));
            }
            line++;
        }
        int y = area.y + line - top;
        if (line >= top && y < area.y + area.height) {
            draw_step(d, i, y);
        }
        line++;
    }
}

static void draw_head(const struct drawing *d, const struct app *app, int lines)
{
    const struct keys_derivation *derivation = d->derivation;
    struct grid *grid = d->grid;
    int x = d->area.x + 1, y = d->area.y, end = d->area.x + d->area.width;
    if (!derivation) {
        grid_print(grid, x, y, end, STYLE_TITLE, "No keys yet between %s and %s.",
                   app->model->pair[0] ? app->model->pair[0] : "them",
                   app->model->pair[1] ? app->model->pair[1] : "its peer");
        return;
    }
    const struct keys_sa *before = keypage_before(d->page);
    char text[200];
    snprintf(text, sizeof text, "IKE SA %08" PRIx64 "… of %s (i) and %s (r), w = a wiretap%s",
             derivation->spi_i >> 32, derivation->host[0], derivation->host[1],
             before ? " · after a rekey" : "");
    grid_put(grid, x, y, end, STYLE_TITLE, text);
    grid_print(grid, x + grid_measure(grid, text) + 2, y, end, STYLE_DIM, "%s", derivation->suite);
    if (lines < 2) {
        return;
    }
    if (before) {
        grid_print(grid, x, y + 1, end, STYLE_KEY,
                   "↻ in the place of %08" PRIx64
                   "…: new SPIs, nonces and g^ir, and its SK_d goes in: no AUTH again",
                   before->keys->spi_i >> 32);
    } else {
        grid_put(grid, x, y + 1, end, STYLE_DIM, derivation->notice);
    }
}

void view_keys(const struct app *app, struct grid *grid, struct area area)
{
    struct drawing d = {.page = app->keys,
                        .derivation = keypage_derivation(app->keys),
                        .grid = grid,
                        .area = {area.x, area.y, area.width, area.height},
                        .lit = keypage_lit(app->keys)};
    int head = area.height > GRAPH_HEIGHT + 6 ? 2 : 1;
    draw_head(&d, app, head);
    d.area = (struct area){area.x, area.y + head, area.width, area.height - head};
    draw_graph(&d);
    int used = head + GRAPH_HEIGHT - 2;
    if (d.derivation && area.height > used) {
        d.area = area;
        draw_list(&d, (struct area){area.x, area.y + used, area.width, area.height - used});
    }
}

/* What a key of the IKE SA was before the rekey; len 0 where there is no such thing. */
static struct trace_bytes value_before(const struct keys_sa *before, const char *name)
{
    static const struct trace_ike_keys_derived none;
    const struct trace_ike_keys_derived *keys = before ? before->keys : &none;
    const struct {
        const char *name;
        struct trace_bytes value;
    } table[] = {
        {"SKEYSEED", keys->skeyseed},
        {"SK_d", keys->sk_d},
        {"SK_ai", keys->sk_ai},
        {"SK_ar", keys->sk_ar},
        {"SK_ei", keys->sk_ei},
        {"SK_er", keys->sk_er},
        {"SK_pi", keys->sk_pi},
        {"SK_pr", keys->sk_pr},
        {"Ni", keys->ni},
        {"Nr", keys->nr},
        {"g^ir (new)", keys->shared_secret},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return table[i].value;
        }
    }
    return (struct trace_bytes){0};
}

/* What a CHILD SA's key was in the one of that name before it; NULL if there was none. */
static const char *child_before(const struct keys_derivation *derivation, size_t selected)
{
    const struct keys_step *step = &derivation->steps[selected];
    for (size_t i = step->topic == KEYS_KEYMAT && !step->words ? selected : 0; i-- > 0;) {
        const struct keys_step *before = &derivation->steps[i];
        if (before->topic == KEYS_KEYMAT && strcmp(before->name, step->name) == 0) {
            return before->value;
        }
    }
    return NULL;
}

char *view_keys_why(const struct app *app)
{
    const struct keys_derivation *derivation = keypage_derivation(app->keys);
    size_t selected = keypage_selected(app->keys);
    if (!derivation || selected >= derivation->count) {
        return ui_copy("Both ends can compute keys as soon as each has the other's KE value and "
                       "nonce: the responder with the IKE_SA_INIT request, the initiator with "
                       "the response. > goes on. RFC 7296 §2.14");
    }
    const struct keys_step *step = &derivation->steps[selected];
    struct words words = {0};
    words_add(&words, "%s%s%s", step->name, step->formula ? " = " : "",
              step->formula ? step->formula : "");
    if (!step->words) {
        words_add(&words, ", %zu octets", strlen(step->value) / 2);
    }
    struct trace_bytes old = value_before(keypage_before(app->keys), step->name);
    for (size_t i = 0; i < 8 && i < old.len; i++) {
        words_add(&words, "%s%02x", i == 0 ? ", before the rekey " : "", old.data[i]);
    }
    const char *child = child_before(derivation, selected);
    if (child) {
        words_add(&words, ", in the CHILD SA before it %.16s%s", child,
                  strlen(child) > 16 ? "…" : "");
    }
    words_add(&words, "%s. %s%s%s", old.len > 8 ? "…" : "", step->meaning ? step->meaning : "",
              step->meaning ? " " : "", step->reference);
    return words.data;
}
