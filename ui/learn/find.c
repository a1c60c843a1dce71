#include "ui/learn/find.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/scenario/nearest.h"
#include "ui/term/words.h"

const struct trace_field_info *learn_field_find(enum trace_kind kind, const char *name)
{
    const struct trace_kind_info *info = trace_kind_info(kind);
    for (size_t i = 0; i < info->field_count; i++) {
        if (strcmp(info->fields[i].name, name) == 0) {
            return &info->fields[i];
        }
    }
    return NULL;
}

static const char *hex(struct arena *arena, struct trace_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, bytes.len * 2 + 1);
    for (size_t i = 0; i < bytes.len; i++) {
        text[2 * i] = digits[bytes.data[i] >> 4];
        text[2 * i + 1] = digits[bytes.data[i] & 15];
    }
    return text;
}

const char *learn_field_text(struct arena *arena, const struct trace_record *record,
                             const struct trace_field_info *field)
{
    const void *at = (const char *)record->data + field->offset;
    switch (field->type) {
    case TRACE_U64:
    case TRACE_TIME:
    case TRACE_DURATION:
        return arena_printf(arena, "%" PRIu64, *(const uint64_t *)at);
    case TRACE_BOOL:
        return *(const bool *)at ? "true" : "false";
    case TRACE_TEXT: {
        const char *text = *(const char *const *)at;
        return text ? arena_copy(arena, text, strlen(text)) : "null";
    }
    case TRACE_HEX:
        return hex(arena, *(const struct trace_bytes *)at);
    case TRACE_SPI8:
        return arena_printf(arena, "%016" PRIx64, *(const uint64_t *)at);
    case TRACE_SPI4:
        return arena_printf(arena, "%08" PRIx32, *(const uint32_t *)at);
    case TRACE_REF: {
        char text[256];
        const struct trace_ref *ref = at;
        if (!ref->scope) {
            return "null";
        }
        trace_ref_print(*ref, text, sizeof text);
        return arena_copy(arena, text, strlen(text));
    }
    case TRACE_TYPE_COUNT:
        break;
    }
    assert(false);
    return "";
}

const char *learn_field_words(struct arena *arena, const struct trace_record *record,
                              const struct trace_field_info *field)
{
    const void *at = (const char *)record->data + field->offset;
    char text[WORDS_TIME_MAX];
    if (field->type == TRACE_DURATION) {
        words_duration(*(const uint64_t *)at, text);
    } else if (field->type == TRACE_TIME) {
        words_time(*(const uint64_t *)at, text);
    } else {
        return learn_field_text(arena, record, field);
    }
    return arena_copy(arena, text, strlen(text));
}

/* ---- reading ---- */

static bool read_kind(const struct yaml_node *name, enum trace_kind *kind,
                      struct problems *problems)
{
    if (name->kind == YAML_SCALAR && trace_kind_find(name->text, kind)) {
        return true;
    }
    struct nearest nearest = {.word = name->kind == YAML_SCALAR ? name->text : ""};
    for (int i = 0; i < TRACE_KIND_COUNT; i++) {
        nearest_consider(&nearest, trace_kind_info((enum trace_kind)i)->name);
    }
    problems_tell(problems, name->place,
                  "there is no event '%s'; expected a name of docs/recording.md%s%s%s",
                  nearest.word, nearest.found ? "; did you mean '" : "",
                  nearest.found ? nearest.found : "", nearest.found ? "'?" : "");
    return false;
}

static bool read_where(const struct yaml_node *where, struct learn_match *match,
                       struct problems *problems)
{
    if (where->kind != YAML_MAPPING || where->count > LEARN_CONDITIONS_MAX) {
        problems_tell(problems, where->place,
                      "where: expected at most %d fields with the values that they must have",
                      LEARN_CONDITIONS_MAX);
        return false;
    }
    for (size_t i = 0; i < where->count; i++) {
        const char *name = where->keys[i]->text;
        const struct trace_field_info *field = learn_field_find(match->kind, name);
        if (!field || where->items[i]->kind != YAML_SCALAR) {
            struct nearest nearest = {.word = name};
            const struct trace_kind_info *info = trace_kind_info(match->kind);
            for (size_t k = 0; k < info->field_count; k++) {
                nearest_consider(&nearest, info->fields[k].name);
            }
            problems_tell(problems, where->keys[i]->place,
                          "%s has no field '%s' with one value%s%s%s", info->name, name,
                          nearest.found ? "; did you mean '" : "",
                          nearest.found ? nearest.found : "", nearest.found ? "'?" : "");
            return false;
        }
        match->where[match->count].field = field;
        match->where[match->count++].value = where->items[i]->text;
    }
    return true;
}

bool learn_match_read(const struct yaml_node *node, struct learn_match *match,
                      struct problems *problems)
{
    const struct yaml_node *event = yaml_get(node, "event");
    const struct yaml_node *host = yaml_get(node, "host");
    const struct yaml_node *peer = yaml_get(node, "peer");
    const struct yaml_node *where = yaml_get(node, "where");
    *match = (struct learn_match){0};
    if (!event) {
        problems_tell(problems, node->place, "expected 'event: NAME'");
        return false;
    }
    if (!read_kind(event, &match->kind, problems)) {
        return false;
    }
    match->host = host && host->kind == YAML_SCALAR ? host->text : NULL;
    match->peer = peer && peer->kind == YAML_SCALAR ? peer->text : NULL;
    return !where || read_where(where, match, problems);
}

/* ---- finding ---- */

static bool has_value(struct arena *arena, const struct trace_record *record,
                      const struct trace_field_info *field, const char *value)
{
    const char *text = learn_field_text(arena, record, field);
    size_t len = strlen(value);
    bool open_end = len > 0 && value[len - 1] == '*';
    if (open_end && value[0] == '*' && len > 2) {
        return strstr(text, arena_copy(arena, value + 1, len - 2)) != NULL;
    }
    return open_end ? strncmp(text, value, len - 1) == 0 : strcmp(text, value) == 0;
}

static bool matches(const struct learn_match *match, const struct trace_record *record)
{
    struct arena arena = {0};
    const struct trace_scope *scope = record->id.scope;
    bool all = !match->host || strcmp(scope->host, match->host) == 0;
    all = all && (!match->peer || (scope->peer && strcmp(scope->peer, match->peer) == 0));
    for (size_t i = 0; all && i < match->count; i++) {
        all = has_value(&arena, record, match->where[i].field, match->where[i].value);
    }
    arena_dispose(&arena);
    return all;
}

uint64_t learn_match_step(const struct learn_match *match, struct trace_reader *reader,
                          uint64_t from, int dir)
{
    uint64_t ordinal = from;
    do {
        ordinal =
            trace_reader_step(reader, ordinal, dir, TRACE_KINDS_OF(match->kind), match->host, NULL);
        const struct trace_record *record =
            ordinal == UINT64_MAX ? NULL : trace_reader_get(reader, ordinal);
        if (record && matches(match, record)) {
            return ordinal;
        }
    } while (ordinal != UINT64_MAX);
    return UINT64_MAX;
}
