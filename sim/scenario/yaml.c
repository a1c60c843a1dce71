#include "sim/scenario/yaml.h"

#include <assert.h>
#include <ctype.h>
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/text.h"

/* One mapping or list that is open while events are read. */
struct frame {
    struct yaml_node *node;
    struct yaml_node *key; /* that waits for its value */
};

struct reading {
    struct arena *arena;
    struct problems *problems;
    struct problem_place base;
    struct yaml_node *root;
    size_t depth;
    struct frame stack[YAML_DEPTH_MAX];
    struct problem_place last; /* of the last token that had a place */
    bool ended;                /* the document is over */
};

/* ---- places ---- */

static struct problem_place place_of(const struct reading *reading, struct fy_token *token)
{
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (!mark) {
        return reading->last;
    }
    if (reading->base.setting) {
        return reading->base;
    }
    return (struct problem_place){.line = mark->line + 1, .column = mark->column + 1};
}

/* ---- the tree ---- */

void yaml_add(struct arena *arena, struct yaml_node *node, struct yaml_node *key,
              struct yaml_node *value)
{
    assert(node->kind == (key ? YAML_MAPPING : YAML_LIST));
    if (node->count == node->cap) {
        size_t cap = node->cap ? node->cap * 2 : 8;
        struct yaml_node **items = arena_alloc(arena, cap * sizeof(struct yaml_node *));
        struct yaml_node **keys = key ? arena_alloc(arena, cap * sizeof(struct yaml_node *)) : NULL;
        if (node->count > 0) {
            memcpy(items, node->items, node->count * sizeof(struct yaml_node *));
        }
        if (key && node->count > 0) {
            memcpy(keys, node->keys, node->count * sizeof(struct yaml_node *));
        }
        node->items = items;
        node->keys = keys;
        node->cap = cap;
    }
    if (key) {
        node->keys[node->count] = key;
    }
    node->items[node->count++] = value;
}

struct yaml_node *yaml_get(const struct yaml_node *node, const char *key)
{
    if (!node || node->kind != YAML_MAPPING) {
        return NULL;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (strcmp(node->keys[i]->text, key) == 0) {
            return node->items[i];
        }
    }
    return NULL;
}

struct yaml_node *yaml_item(const struct yaml_node *node, size_t i)
{
    return node && node->kind == YAML_LIST && i < node->count ? node->items[i] : NULL;
}

bool yaml_has(const struct yaml_node *node, const char *key)
{
    if (yaml_get(node, key)) {
        return true;
    }
    for (size_t i = 0; node && node->keys && i < node->count; i++) {
        if (node->keys[i]->meant && strcmp(node->keys[i]->meant, key) == 0) {
            return true;
        }
    }
    return false;
}

bool yaml_is_bad(const struct yaml_node *node)
{
    if (!node || node->bad) {
        return node != NULL;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (yaml_is_bad(node->items[i]) || (node->keys && node->keys[i]->bad)) {
            return true;
        }
    }
    return false;
}

/* ---- events ---- */

static bool refuse(struct reading *reading, struct problem_place place, const char *what)
{
    problems_tell(reading->problems, place, "%s", what);
    return false;
}

/* Puts a node into what is open. */
static bool place_node(struct reading *reading, struct yaml_node *node)
{
    if (reading->depth == 0) {
        reading->root = node;
        return true;
    }
    struct frame *frame = &reading->stack[reading->depth - 1];
    if (frame->node->kind == YAML_LIST) {
        yaml_add(reading->arena, frame->node, NULL, node);
    } else if (frame->key) {
        yaml_add(reading->arena, frame->node, frame->key, node);
        frame->key = NULL;
    } else if (node->kind == YAML_SCALAR) {
        frame->key = node;
        if (frame->node->count == 0 && frame->node->place.line == 0) {
            frame->node->place = node->place; /* a block mapping begins with its first key */
        }
    } else {
        return refuse(reading, node->place,
                      node->kind == YAML_LIST
                          ? "a list stands where a key is expected; expected a word"
                          : "a mapping stands where a key is expected; expected "
                            "a word");
    }
    return true;
}

static bool open_node(struct reading *reading, struct yaml_node *node)
{
    if (!place_node(reading, node)) {
        return false;
    }
    if (reading->depth == YAML_DEPTH_MAX) {
        problems_tell(reading->problems, node->place,
                      "nested deeper than %d; expected a scenario, which nests six deep",
                      YAML_DEPTH_MAX);
        return false;
    }
    reading->stack[reading->depth++] = (struct frame){.node = node};
    return true;
}

static struct yaml_node *new_node(struct reading *reading, enum yaml_kind kind,
                                  struct fy_token *token)
{
    struct yaml_node *node = arena_alloc(reading->arena, sizeof *node);
    node->kind = kind;
    node->place = place_of(reading, token);
    if (token && fy_token_start_mark(token)) {
        reading->last = node->place;
    }
    return node;
}

static bool read_scalar(struct reading *reading, struct fy_token *token)
{
    struct yaml_node *node = new_node(reading, YAML_SCALAR, token);
    size_t len = 0;
    const char *text = token ? fy_token_get_text(token, &len) : NULL;
    if (!text) {
        len = 0;
    }
    if (len > 0 && memchr(text, '\0', len)) {
        return refuse(reading, node->place, "a text with an octet 0 in it; expected none");
    }
    node->text = arena_copy(reading->arena, text, len);
    bool plain = !token || fy_token_scalar_style(token) == FYSS_PLAIN;
    node->plain = plain && !strchr(node->text, '\n');
    return place_node(reading, node);
}

static bool read_event(struct reading *reading, struct fy_event *event)
{
    struct fy_token *anchor = fy_event_get_anchor_token(event);
    struct fy_token *tag = fy_event_get_tag_token(event);
    if (anchor && event->type != FYET_ALIAS) {
        return refuse(reading, place_of(reading, anchor),
                      "an anchor ('&'); expected none: values are written out where they are used");
    }
    if (tag) {
        return refuse(reading, place_of(reading, tag),
                      "a tag ('!'); expected none: the key tells what its value is");
    }
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (reading->ended) {
            return refuse(reading, place_of(reading, event->document_start.document_start),
                          "a second document; expected one scenario in a file");
        }
        return true;
    case FYET_DOCUMENT_END:
        reading->ended = true;
        return true;
    case FYET_MAPPING_START:
        return open_node(reading,
                         new_node(reading, YAML_MAPPING, event->mapping_start.mapping_start));
    case FYET_SEQUENCE_START:
        return open_node(reading,
                         new_node(reading, YAML_LIST, event->sequence_start.sequence_start));
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        assert(reading->depth > 0);
        reading->depth--;
        return true;
    case FYET_SCALAR:
        return read_scalar(reading, event->scalar.value);
    case FYET_ALIAS:
        return refuse(reading, place_of(reading, event->alias.anchor),
                      "an alias ('*'); expected none: values are written out where they are used");
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
        return true;
    }
    return true;
}

/* ---- octets ---- */

bool yaml_check_text(const char *text, size_t len, struct problem_place place,
                     struct problems *problems)
{
    place.line = place.column = 1;
    for (size_t i = 0, step; i < len; i += step) {
        const unsigned char *s = (const unsigned char *)text + i;
        step = text_utf8_len(text + i, len - i);
        if (step == 0 || (*s < 0x20 && !strchr("\t\n\r", *s)) || *s == 0 || *s == 0x7f) {
            problems_tell(problems, place, "octet 0x%02x; expected YAML, which is text in UTF-8",
                          *s);
            return false;
        }
        place.column++;
        if (*s == '\n') {
            place.line++;
            place.column = 1;
        }
    }
    return true;
}

/* ---- libfyaml ---- */

/* What libfyaml says is kept and told our way: the first error, as the rest follows from it. */
static void tell_diagnostics(struct reading *reading, struct fy_diag *diag)
{
    void *iterator = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &iterator);
    struct problem_place place = reading->base;
    if (!error) {
        place = reading->last;
        problems_tell(reading->problems, place, "no YAML from here on");
        return;
    }
    if (!place.setting) {
        place.line = error->line > 0 ? error->line : 1;
        place.column = error->column > 0 ? error->column : 1;
    }
    int len = (int)strcspn(error->msg, "\n");
    problems_tell(reading->problems, place, "not well-formed YAML: %.*s", len, error->msg);
}

static void discard_output(struct fy_diag *diag, void *user, const char *buf, size_t len)
{
    (void)diag;
    (void)user;
    (void)buf;
    (void)len;
}

static bool read_events(struct reading *reading, struct fy_parser *parser, struct fy_diag *diag)
{
    bool good = true;
    struct fy_event *event;
    while (good && (event = fy_parser_parse(parser)) != NULL) {
        good = read_event(reading, event);
        fy_parser_event_free(parser, event);
    }
    if (good && (fy_diag_got_error(diag) || fy_parser_get_stream_error(parser))) {
        tell_diagnostics(reading, diag);
        good = false;
    }
    return good;
}

struct yaml_node *yaml_read(struct arena *arena, const char *text, size_t len,
                            struct problem_place place, struct problems *problems)
{
    struct reading reading = {
        .arena = arena,
        .problems = problems,
        .base = place,
        .last = {.line = 1, .column = 1, .setting = place.setting},
    };
    if (!yaml_check_text(text, len, place, problems)) {
        return NULL;
    }
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.output_fn = discard_output;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    if (!diag) {
        abort();
    }
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg cfg = {
        .search_path = "",
        .flags = FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE | FYPCF_DISABLE_RECYCLING,
        .diag = diag,
    };
    struct fy_parser *parser = fy_parser_create(&cfg);
    bool good = parser && fy_parser_set_string(parser, text, len) == 0 &&
                read_events(&reading, parser, diag);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    if (good && !reading.root) {
        reading.root = new_node(&reading, YAML_SCALAR, NULL);
        reading.root->text = "";
        reading.root->plain = true;
    }
    return good ? reading.root : NULL;
}

/* ---- writing ---- */

/* Safe as a plain scalar: reads back as the same text, and as a text for other readers of YAML. */
static bool is_plain(const char *text, bool flow)
{
    size_t len = strlen(text);
    if (len == 0 || strchr("-?:,[]{}#&*!|>'\"%@` \t", text[0]) || text[len - 1] == ' ' ||
        text[len - 1] == ':' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c > 0x7e || (c == ':' && text[i + 1] == ' ') ||
            (c == '#' && text[i - 1] == ' ') || (flow && strchr(",[]{}", c))) {
            return false;
        }
    }
    return true;
}

char *yaml_quote(struct arena *arena, const char *text, bool flow)
{
    if (is_plain(text, flow)) {
        return arena_copy(arena, text, strlen(text));
    }
    char *quoted = arena_alloc(arena, strlen(text) * 4 + 3), *at = quoted;
    *at++ = '"';
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') {
            at += sprintf(at, "\\%c", *c);
        } else if (*c == '\n') {
            at += sprintf(at, "\\n");
        } else if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            at += sprintf(at, "\\x%02x", (unsigned)*c);
        } else if ((unsigned char)*c == 0xc2 && c[1] && (unsigned char)c[1] < 0xa0) {
            /* U+0080 to U+009F are controls, too. */
            at += sprintf(at, "\\x%02x", (unsigned)(unsigned char)*++c);
        } else {
            *at++ = *c;
        }
    }
    *at++ = '"';
    return quoted;
}
