/*
 * NDJSON lines back into events. Most are spelled as line.c spells them, and read without a tree of
 * JSON being made: that takes a third of the time, of which a jump in a long recording has little.
 * Every other spelling is left to jansson, as is what is wrong with a line.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/internal.h"

/* Room for the struct of any kind. */
union any_data {
#define EVENT(symbol, lower, name, meaning) struct trace_##lower lower;
    TRACE_EVENTS(EVENT)
#undef EVENT
};

/* What a parse needs besides its line. */
struct parse {
    struct trace_scopes *scopes;
    uint8_t *bytes; /* where hex digits are turned into octets, and texts get their end: as long as
                       the line */
    size_t bytes_len;
    char *error;
    size_t error_cap;
};

static bool fail(struct parse *parse, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(struct parse *parse, const char *format, ...)
{
    if (parse->error_cap > 0) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(parse->error, parse->error_cap, format, arguments);
        va_end(arguments);
    }
    return false;
}

/* ---- the head ---- */

static bool skip(const char **at, const char *end, const char *text)
{
    size_t len = strlen(text);
    if ((size_t)(end - *at) < len || memcmp(*at, text, len) != 0) {
        return false;
    }
    *at += len;
    return true;
}

static bool take_number(const char **at, const char *end, uint64_t *number)
{
    const char *start = *at;
    uint64_t value = 0;
    while (*at < end && **at >= '0' && **at <= '9') {
        uint64_t digit = (uint64_t)(**at - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
        (*at)++;
    }
    *number = value;
    return *at > start;
}

/* The inside of a string that has no escape in it, up to its closing quote. */
static const char *take_plain(const char **at, const char *end, size_t *len)
{
    const char *start = *at;
    const char *quote = memchr(start, '"', (size_t)(end - start));
    if (!quote || memchr(start, '\\', (size_t)(quote - start))) {
        return NULL;
    }
    *len = (size_t)(quote - start);
    *at = quote + 1;
    return start;
}

bool trace_line_head(struct trace_scopes *scopes, const char *line, size_t len,
                     struct trace_line_head *head)
{
    const char *at = line, *end = line + len;
    size_t name_len, id_len;
    const char *name, *id;
    if (skip(&at, end, "{\"time\":") && take_number(&at, end, &head->time) &&
        skip(&at, end, ",\"name\":\"") && (name = take_plain(&at, end, &name_len)) &&
        skip(&at, end, ",\"id\":\"") && (id = take_plain(&at, end, &id_len))) {
        return len > 0 && line[len - 1] == '}' && trace_kind_find_n(name, name_len, &head->kind) &&
               trace_ref_parse_n(scopes, id, id_len, &head->id);
    }
    /* Another spelling of the same JSON, or no event at all: the whole parse decides. */
    struct trace_record record = {0};
    char error[128];
    if (!trace_line_parse(scopes, line, len, &record, error, sizeof error)) {
        return false;
    }
    *head = (struct trace_line_head){record.time, record.id, record.kind};
    free((void *)(uintptr_t)record.data);
    return true;
}

/* ---- octets ---- */

static int nibble(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Lower-case hex digits to half as many octets; false if they are not that or are an odd number. */
static bool read_digits(const char *digits, size_t count, uint8_t *bytes)
{
    for (size_t i = 0; i < count / 2; i++) {
        int high = nibble(digits[2 * i]), low = nibble(digits[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return count % 2 == 0;
}

/* So many octets as a number in host order. */
static bool read_spi_digits(const char *digits, size_t count, size_t octets, uint64_t *spi)
{
    uint8_t bytes[8];
    if (count != 2 * octets || !read_digits(digits, count, bytes)) {
        return false;
    }
    *spi = 0;
    for (size_t i = 0; i < octets; i++) {
        *spi = *spi << 8 | bytes[i];
    }
    return true;
}

/* ---- a line as its writer spelled it ---- */

/* Turns digits into octets that last as long as the parse. */
static bool keep_octets(struct parse *parse, const char *digits, size_t count,
                        struct trace_bytes *octets)
{
    octets->data = parse->bytes + parse->bytes_len;
    octets->len = count / 2;
    parse->bytes_len += octets->len;
    return read_digits(digits, count, parse->bytes + parse->bytes_len - octets->len);
}

/* The inside of a string of plain ASCII, which is the same in all of JSON, up to its closing quote.
 */
static const char *take_ascii(const char **at, const char *end, size_t *len)
{
    const char *start = *at;
    while (*at < end && **at >= ' ' && **at <= '~' && **at != '"' && **at != '\\') {
        (*at)++;
    }
    *len = (size_t)(*at - start);
    return skip(at, end, "\"") ? start : NULL;
}

/* With a zero behind it, as long as the parse lasts. */
static bool take_text(struct parse *parse, const char **at, const char *end, const char **text)
{
    size_t len;
    const char *start = take_ascii(at, end, &len);
    if (!start) {
        return false;
    }
    char *to = (char *)parse->bytes + parse->bytes_len;
    memcpy(to, start, len);
    to[len] = '\0';
    parse->bytes_len += len + 1;
    *text = to;
    return true;
}

static bool take_ref(struct trace_scopes *scopes, const char **at, const char *end,
                     struct trace_ref *ref)
{
    size_t len;
    const char *text;
    *ref = (struct trace_ref){0};
    return skip(at, end, "null") || (skip(at, end, "\"") && (text = take_ascii(at, end, &len)) &&
                                     trace_ref_parse_n(scopes, text, len, ref));
}

/* A number that JSON has, too: no zeros in front, nothing that jansson finds too large. */
static bool take_integer(const char **at, const char *end, uint64_t *number)
{
    const char *start = *at;
    return take_number(at, end, number) && *number <= INT64_MAX &&
           (*start != '0' || *at == start + 1);
}

static bool take_field(struct parse *parse, enum trace_type type, const char **at, const char *end,
                       void *to)
{
    size_t len;
    const char *digits;
    uint64_t spi;
    switch (type) {
    case TRACE_U64:
    case TRACE_TIME:
    case TRACE_DURATION:
        return take_integer(at, end, to);
    case TRACE_BOOL:
        *(bool *)to = skip(at, end, "true");
        return *(bool *)to || skip(at, end, "false");
    case TRACE_TEXT:
        return skip(at, end, "null") || (skip(at, end, "\"") && take_text(parse, at, end, to));
    case TRACE_HEX:
        return skip(at, end, "\"") && (digits = take_plain(at, end, &len)) &&
               keep_octets(parse, digits, len, to);
    case TRACE_SPI8:
        return skip(at, end, "\"") && (digits = take_plain(at, end, &len)) &&
               read_spi_digits(digits, len, 8, to);
    case TRACE_SPI4:
        if (!skip(at, end, "\"") || !(digits = take_plain(at, end, &len)) ||
            !read_spi_digits(digits, len, 4, &spi)) {
            return false;
        }
        *(uint32_t *)to = (uint32_t)spi;
        return true;
    case TRACE_REF:
        return take_ref(parse->scopes, at, end, to);
    case TRACE_TYPE_COUNT:
        break;
    }
    abort();
}

static bool take_name(const char **at, const char *end, enum trace_kind *kind)
{
    size_t len;
    const char *name = take_plain(at, end, &len);
    return name && trace_kind_find_n(name, len, kind);
}

/* False: another spelling, or no event; nothing is said of it. */
static bool take_event(struct parse *parse, const char *line, size_t len,
                       struct trace_record *record)
{
    const char *at = line, *end = line + len;
    if (!skip(&at, end, "{\"time\":") || !take_integer(&at, end, &record->time) ||
        !skip(&at, end, ",\"name\":\"") || !take_name(&at, end, &record->kind) ||
        !skip(&at, end, ",\"id\":") || !take_ref(parse->scopes, &at, end, &record->id) ||
        !record->id.scope || !skip(&at, end, ",\"cause\":") ||
        !take_ref(parse->scopes, &at, end, &record->cause) || !skip(&at, end, ",\"data\":{")) {
        return false;
    }
    const struct trace_kind_info *info = trace_kind_info(record->kind);
    union any_data any;
    memset(&any, 0, sizeof any);
    for (unsigned i = 0; i < info->field_count; i++) {
        const struct trace_field_info *field = &info->fields[i];
        if (!skip(&at, end, i > 0 ? ",\"" : "\"") || !skip(&at, end, field->name) ||
            !skip(&at, end, "\":") ||
            !take_field(parse, field->type, &at, end, (uint8_t *)&any + field->offset)) {
            return false;
        }
    }
    if (!skip(&at, end, "}}") || at != end) {
        return false;
    }
    record->data = trace_data_clone(record->kind, &any);
    return true;
}

/* ---- values of JSON ---- */

static bool read_number(const json_t *value, uint64_t *number)
{
    if (json_is_integer(value)) {
        json_int_t integer = json_integer_value(value);
        *number = (uint64_t)integer;
        return integer >= 0;
    }
    if (!json_is_string(value)) {
        return false;
    }
    const char *at = json_string_value(value), *end = at + json_string_length(value);
    return take_number(&at, end, number) && at == end;
}

static bool read_spi(const json_t *value, size_t octets, uint64_t *spi)
{
    return json_is_string(value) &&
           read_spi_digits(json_string_value(value), json_string_length(value), octets, spi);
}

static bool read_ref(struct trace_scopes *scopes, const json_t *value, struct trace_ref *ref)
{
    if (json_is_null(value)) {
        *ref = (struct trace_ref){0};
        return true;
    }
    return json_is_string(value) &&
           trace_ref_parse_n(scopes, json_string_value(value), json_string_length(value), ref);
}

/* Fills one field of an event's struct; texts point into the JSON, octets into parse->bytes. */
static bool read_field(struct parse *parse, enum trace_type type, const json_t *value, void *to)
{
    switch (type) {
    case TRACE_U64:
    case TRACE_TIME:
    case TRACE_DURATION:
        return read_number(value, to);
    case TRACE_BOOL:
        *(bool *)to = json_is_true(value);
        return json_is_boolean(value);
    case TRACE_TEXT:
        *(const char **)to = json_string_value(value);
        return json_is_string(value) || json_is_null(value);
    case TRACE_HEX:
        return json_is_string(value) &&
               keep_octets(parse, json_string_value(value), json_string_length(value), to);
    case TRACE_SPI8:
        return read_spi(value, 8, to);
    case TRACE_SPI4: {
        uint64_t spi;
        bool good = read_spi(value, 4, &spi);
        *(uint32_t *)to = good ? (uint32_t)spi : 0;
        return good;
    }
    case TRACE_REF:
        return read_ref(parse->scopes, value, to);
    case TRACE_TYPE_COUNT:
        break;
    }
    abort();
}

static bool read_event(struct parse *parse, const json_t *root, struct trace_record *record)
{
    const char *name = json_string_value(json_object_get(root, "name"));
    if (!name) {
        return fail(parse, "not an event: no \"name\"");
    }
    if (!trace_kind_find(name, &record->kind)) {
        return fail(parse, "unknown event \"%.60s\"", name);
    }
    if (!read_number(json_object_get(root, "time"), &record->time)) {
        return fail(parse, "%s: \"time\" is no number of nanoseconds", name);
    }
    if (!read_ref(parse->scopes, json_object_get(root, "id"), &record->id) || !record->id.scope) {
        return fail(parse, "%s: \"id\" is no event's name", name);
    }
    if (!read_ref(parse->scopes, json_object_get(root, "cause"), &record->cause)) {
        return fail(parse, "%s: \"cause\" is neither an event's name nor null", name);
    }
    const json_t *data = json_object_get(root, "data");
    if (!json_is_object(data)) {
        return fail(parse, "%s: no \"data\"", name);
    }
    const struct trace_kind_info *info = trace_kind_info(record->kind);
    union any_data any;
    memset(&any, 0, sizeof any);
    for (unsigned i = 0; i < info->field_count; i++) {
        const struct trace_field_info *field = &info->fields[i];
        const json_t *value = json_object_get(data, field->name);
        if (!value) {
            return fail(parse, "%s: field \"%s\" is missing", name, field->name);
        }
        if (!read_field(parse, field->type, value, (uint8_t *)&any + field->offset)) {
            return fail(parse, "%s: field \"%s\" is not of its type", name, field->name);
        }
    }
    record->data = trace_data_clone(record->kind, &any);
    return true;
}

static bool parse_json(struct parse *parse, const char *line, size_t len,
                       struct trace_record *record)
{
    json_error_t json_error;
    json_t *root = json_loadb(line, len, 0, &json_error);
    if (!root) {
        return fail(parse, "column %d: %s", json_error.column, json_error.text);
    }
    parse->bytes_len = 0;
    bool good = read_event(parse, root, record);
    json_decref(root);
    return good;
}

bool trace_line_parse(struct trace_scopes *scopes, const char *line, size_t len,
                      struct trace_record *record, char *error, size_t error_cap)
{
    struct parse parse = {
        .scopes = scopes, .bytes = trace_alloc(len + 1), .error = error, .error_cap = error_cap};
    bool good = take_event(&parse, line, len, record) || parse_json(&parse, line, len, record);
    free(parse.bytes);
    return good;
}
