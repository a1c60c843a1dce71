#include "ui/learn/value.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/nearest.h"
#include "ui/learn/find.h"
#include "ui/term/words.h"

/* Digits of a long value that `short: true` leaves. */
#define SHORT_DIGITS 8

static const char *scalar(const struct yaml_node *node, const char *key)
{
    const struct yaml_node *value = yaml_get(node, key);
    return value && value->kind == YAML_SCALAR ? value->text : NULL;
}

static bool is_true(const struct yaml_node *node, const char *key)
{
    const char *text = scalar(node, key);
    return text && strcmp(text, "true") == 0;
}

static bool number(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0';
}

void learn_values_add(struct learn_values *values, const char *name, const char *text)
{
    if (values->count == values->cap) {
        size_t cap = values->cap ? values->cap * 2 : 16;
        struct learn_named *named = arena_alloc(values->arena, cap * sizeof *named);
        if (values->count > 0) {
            memcpy(named, values->named, values->count * sizeof *named);
        }
        values->named = named;
        values->cap = cap;
    }
    values->named[values->count++] = (struct learn_named){name, text};
}

static const char *find_named(const struct learn_values *values, const char *name)
{
    for (size_t i = 0; i < values->count; i++) {
        if (strcmp(values->named[i].name, name) == 0) {
            return values->named[i].text;
        }
    }
    return NULL;
}

/* ---- {event: ..., field: ...} and {count: true, event: ...} ---- */

static const char *shorten(struct learn_values *values, const char *text)
{
    return strlen(text) > SHORT_DIGITS ? arena_printf(values->arena, "%.*s…", SHORT_DIGITS, text)
                                       : text;
}

static const char *field_value(struct learn_values *values, const struct yaml_node *node,
                               const struct trace_record *record)
{
    const char *name = scalar(node, "field");
    const struct trace_field_info *field = name ? learn_field_find(record->kind, name) : NULL;
    if (name && strcmp(name, "time") == 0) {
        char text[WORDS_TIME_MAX];
        return arena_printf(values->arena, "%s", words_time(record->time, text));
    }
    if (name && strcmp(name, "ns") == 0) {
        return arena_printf(values->arena, "%" PRIu64, record->time);
    }
    if (!field) {
        problems_tell(values->problems, node->place, "%s has no field '%s'",
                      trace_kind_info(record->kind)->name, name ? name : "");
        return NULL;
    }
    if (is_true(node, "plain")) {
        return learn_field_text(values->arena, record, field);
    }
    if (is_true(node, "octets")) {
        return arena_printf(values->arena, "%zu",
                            strlen(learn_field_text(values->arena, record, field)) / 2);
    }
    const char *text = learn_field_words(values->arena, record, field);
    return is_true(node, "short") ? shorten(values, text) : text;
}

static const char *event_value(struct learn_values *values, const struct yaml_node *node)
{
    struct learn_match match;
    if (!learn_match_read(node, &match, values->problems)) {
        return NULL;
    }
    int64_t nth = 1;
    const char *nth_text = scalar(node, "nth");
    if (nth_text && (!number(nth_text, &nth) || nth < 1)) {
        problems_tell(values->problems, node->place, "nth: expected a number from 1 on");
        return NULL;
    }
    uint64_t at = UINT64_MAX;
    bool before = is_true(node, "last");
    at = before && values->ordinal != UINT64_MAX ? values->ordinal + 1 : UINT64_MAX;
    for (int64_t i = 0; i < nth; i++) {
        at = learn_match_step(&match, values->reader, at, before ? -1 : 1);
        if (at == UINT64_MAX) {
            problems_tell(values->problems, node->place, "the run has no such %s",
                          trace_kind_info(match.kind)->name);
            return NULL;
        }
    }
    return field_value(values, node, trace_reader_get(values->reader, at));
}

static const char *count_value(struct learn_values *values, const struct yaml_node *node)
{
    struct learn_match match;
    if (!learn_match_read(node, &match, values->problems)) {
        return NULL;
    }
    uint64_t count = 0, at = UINT64_MAX;
    bool so_far = is_true(node, "so_far");
    while ((at = learn_match_step(&match, values->reader, at, 1)) != UINT64_MAX &&
           !(so_far && at > values->ordinal)) {
        count++;
    }
    return arena_printf(values->arena, "%" PRIu64, count);
}

/* ---- {state: ..., host: ...} ---- */

/* How many requests the end may send now: the peer's window less what is outstanding (§2.3). */
static uint64_t may_send(const struct trace_end_state *end)
{
    return end->window_peer > end->outstanding ? end->window_peer - end->outstanding : 0;
}

static bool end_value(const struct trace_end_state *end, const char *what, uint64_t *value)
{
    const struct {
        const char *name;
        uint64_t value;
    } known[] = {
        {"window_own", end->window_own},
        {"window_peer", end->window_peer},
        {"outstanding", end->outstanding},
        {"waiting", end->waiting},
        {"next_message_id", end->next_message_id},
        {"children", end->child_count},
        {"may_send", may_send(end)},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, what) == 0) {
            *value = known[i].value;
            return true;
        }
    }
    return false;
}

static const struct trace_end_state *find_end(const struct learn_values *values, const char *host)
{
    uint64_t ordinal =
        values->ordinal != UINT64_MAX ? values->ordinal : trace_reader_count(values->reader) - 1;
    const struct trace_state *state = trace_reader_state(values->reader, ordinal);
    const char *peer = strcmp(host, values->pair[0]) == 0 ? values->pair[1] : values->pair[0];
    for (uint32_t i = 0; i < state->pair_count; i++) {
        const struct trace_pair_state *pair = &state->pairs[i];
        if (strcmp(pair->a, host) == 0 && strcmp(pair->b, peer) == 0) {
            return &pair->end[0];
        }
        if (strcmp(pair->b, host) == 0 && strcmp(pair->a, peer) == 0) {
            return &pair->end[1];
        }
    }
    return NULL;
}

static const char *state_value(struct learn_values *values, const struct yaml_node *node)
{
    const char *what = scalar(node, "state"), *host = scalar(node, "host");
    const struct trace_end_state *end = find_end(values, host ? host : values->pair[0]);
    uint64_t value;
    if (!what || !end || !end_value(end, what, &value)) {
        problems_tell(values->problems, node->place,
                      "state: expected window_own, window_peer, outstanding, waiting, "
                      "next_message_id, children or may_send, of a host of the pair");
        return NULL;
    }
    return arena_printf(values->arena, "%" PRIu64, value);
}

/* ---- {series: COLUMN, host: ...}: the figures of the whole run ---- */

static bool find_column(const char *name, int *column)
{
    for (int i = 0; i < TRACE_SERIES_COUNT; i++) {
        if (strcmp(trace_series_names[i], name) == 0) {
            *column = i;
            return true;
        }
    }
    return false;
}

/* From when (excluded) to when the rows are wanted: all, between `from` and `to`, or the interval
 * in which the step is. False if a time is none. */
static bool series_span(const struct learn_values *values, const struct yaml_node *node,
                        uint64_t *from, uint64_t *to)
{
    const char *from_text = scalar(node, "from"), *to_text = scalar(node, "to");
    *from = 0;
    *to = UINT64_MAX;
    if (is_true(node, "most") || is_true(node, "total")) {
        return (!from_text || words_parse_time(from_text, from)) &&
               (!to_text || words_parse_time(to_text, to));
    }
    *from = values->ordinal == UINT64_MAX ? 0 : trace_reader_time(values->reader, values->ordinal);
    return !from_text && !to_text;
}

static const char *series_value(struct learn_values *values, const struct yaml_node *node)
{
    const char *name = scalar(node, "series"), *host = scalar(node, "host");
    uint64_t from, to, result = 0;
    int column;
    size_t found = 0, count = values->series ? trace_series_reader_count(values->series) : 0;
    bool total = is_true(node, "total"), most = is_true(node, "most");
    if (!name || !find_column(name, &column) || !series_span(values, node, &from, &to)) {
        problems_tell(values->problems, node->place,
                      "series: expected a column of series.csv (docs/recording.md); with 'most' or "
                      "'total' also times 'from' and 'to'");
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const struct trace_series_row *row = trace_series_reader_row(values->series, i);
        uint64_t value = row->values[column];
        if (strcmp(row->host, host ? host : "*") != 0 || row->time <= from || row->time > to) {
            continue;
        }
        found++;
        result = total ? result + value : value > result ? value : result;
        if (!total && !most) {
            break;
        }
    }
    if (found == 0) {
        problems_tell(values->problems, node->place, "the run has no figures of '%s' then",
                      host ? host : "*");
        return NULL;
    }
    size_t len = strlen(name);
    if (len > 3 && strcmp(name + len - 3, "_ns") == 0 && !is_true(node, "plain")) {
        char text[WORDS_TIME_MAX];
        return arena_printf(values->arena, "%s", words_duration(result, text));
    }
    return arena_printf(values->arena, "%" PRIu64, result);
}

/* ---- {key: true}: which keys protect the step's message or packet ---- */

/* True if the IKE SA's cipher is an AEAD, which needs no key for integrity (RFC 5282 §8). */
static bool has_aead(struct learn_values *values, uint64_t spi_i)
{
    uint64_t at = values->ordinal + 1;
    while ((at = trace_reader_step(values->reader, at, -1,
                                   TRACE_KINDS_OF(TRACE_IKE_KEYS_DERIVED_EVENT), values->pair[0],
                                   values->pair[1])) != UINT64_MAX) {
        const struct trace_ike_keys_derived *keys = trace_reader_get(values->reader, at)->data;
        if (keys->spi_i == spi_i) {
            return keys->integ == 0;
        }
    }
    return false;
}

static const char *key_value(struct learn_values *values, const struct yaml_node *node)
{
    const struct trace_record *record =
        values->ordinal == UINT64_MAX ? NULL : trace_reader_get(values->reader, values->ordinal);
    if (!record || (record->kind != TRACE_IKE_MESSAGE_SENT_EVENT &&
                    record->kind != TRACE_IKE_MESSAGE_RECEIVED_EVENT)) {
        problems_tell(values->problems, node->place,
                      "key: expected in a step on ike:message_sent or ike:message_received");
        return NULL;
    }
    /* Both structs begin with the same fields (TRACE_FIELDS_MESSAGE). */
    const struct trace_ike_message_sent *message = record->data;
    if (strncmp(message->payloads ? message->payloads : "", "SK", 2) != 0) {
        return "none: it is sent in the clear";
    }
    bool initiator = message->initiator;
    return has_aead(values, message->spi_i) ? (initiator ? "SK_ei" : "SK_er")
                                            : (initiator ? "SK_ei and SK_ai" : "SK_er and SK_ar");
}

/* ---- {sum: [a, b]}, difference, product, quotient: of names and numbers ---- */

static bool operand(struct learn_values *values, const struct yaml_node *node, int64_t *value)
{
    const char *text;
    if (!node) {
        return false;
    }
    if (node->kind == YAML_SCALAR) {
        text = find_named(values, node->text);
        text = text ? text : node->text;
    } else {
        text = learn_value(values, node);
    }
    return text && number(text, value);
}

static const char *arithmetic(struct learn_values *values, const struct yaml_node *node,
                              const char *what)
{
    const struct yaml_node *list = yaml_get(node, what);
    int64_t a, b, result;
    if (list->kind != YAML_LIST || list->count != 2 || !operand(values, list->items[0], &a) ||
        !operand(values, list->items[1], &b)) {
        problems_tell(values->problems, node->place,
                      "%s: expected two numbers, or names of values that are", what);
        return NULL;
    }
    bool quotient = strcmp(what, "quotient") == 0, overflow = quotient && (b <= 0 || a < 0);
    if (quotient) {
        result = overflow ? 0 : a / b;
    } else {
        overflow = strcmp(what, "sum") == 0          ? __builtin_add_overflow(a, b, &result)
                   : strcmp(what, "difference") == 0 ? __builtin_sub_overflow(a, b, &result)
                                                     : __builtin_mul_overflow(a, b, &result);
    }
    if (overflow) {
        problems_tell(values->problems, node->place, "%s: the result is out of range", what);
        return NULL;
    }
    if (is_true(node, "duration") && result >= 0) {
        char text[WORDS_TIME_MAX];
        return arena_printf(values->arena, "%s", words_duration((uint64_t)result, text));
    }
    return arena_printf(values->arena, "%" PRId64, result);
}

const char *learn_value(struct learn_values *values, const struct yaml_node *node)
{
    static const char *const operations[] = {"sum", "difference", "product", "quotient"};
    if (node->kind == YAML_SCALAR) {
        return learn_values_fill(values, node);
    }
    if (yaml_get(node, "count")) {
        return count_value(values, node);
    }
    if (yaml_get(node, "state")) {
        return state_value(values, node);
    }
    if (yaml_get(node, "series")) {
        return series_value(values, node);
    }
    if (yaml_get(node, "key")) {
        return key_value(values, node);
    }
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (yaml_get(node, operations[i])) {
            return arithmetic(values, node, operations[i]);
        }
    }
    return event_value(values, node);
}

/* ---- {name} in texts ---- */

static const char *placeholder(struct learn_values *values, const struct yaml_node *text,
                               const char *name)
{
    if (strncmp(name, "event.", 6) == 0 && values->ordinal != UINT64_MAX) {
        const struct trace_record *record = trace_reader_get(values->reader, values->ordinal);
        const struct trace_field_info *field = learn_field_find(record->kind, name + 6);
        if (field) {
            return learn_field_words(values->arena, record, field);
        }
        if (strcmp(name, "event.time") == 0) {
            char time[WORDS_TIME_MAX];
            return arena_printf(values->arena, "%s", words_time(record->time, time));
        }
    }
    const char *value = find_named(values, name);
    if (!value) {
        struct nearest nearest = {.word = name};
        for (size_t i = 0; i < values->count; i++) {
            nearest_consider(&nearest, values->named[i].name);
        }
        problems_tell(values->problems, text->place,
                      "{%s} is neither a value of the lesson nor a field of the step's event%s%s%s",
                      name, nearest.found ? "; did you mean '" : "",
                      nearest.found ? nearest.found : "", nearest.found ? "'?" : "");
    }
    return value;
}

const char *learn_values_fill(struct learn_values *values, const struct yaml_node *text)
{
    struct words words = {0};
    bool good = true;
    const char *rest = text->text;
    while (*rest) {
        size_t plain = strcspn(rest, "{");
        words_add(&words, "%.*s", (int)plain, rest);
        rest += plain;
        const char *end = *rest ? strchr(rest, '}') : NULL;
        /* A brace with a blank behind it is no placeholder: "SK{IDi AUTH ...}" may be written. */
        if (*rest && (!end || strcspn(rest, " ") < (size_t)(end - rest))) {
            words_add(&words, "{");
            rest++;
        } else if (*rest) {
            const char *name = arena_copy(values->arena, rest + 1, (size_t)(end - rest) - 1);
            const char *value = placeholder(values, text, name);
            good = good && value;
            words_add(&words, "%s", value ? value : "");
            rest = end + 1;
        }
    }
    const char *filled = arena_copy(values->arena, words.data ? words.data : "", words.len);
    free(words.data);
    return good ? filled : NULL;
}
