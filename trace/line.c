/* Events as NDJSON lines. A streaming writer of our own: a general JSON library costs more than the
 * cryptography whose events are told. */
#include <stdlib.h>
#include <string.h>

#include "trace/internal.h"
#include "trace/writer.h"

/* Above this, JSON readers that keep numbers as doubles lose digits (RFC 7493 §2.2). */
#define JSON_INTEGER_MAX ((UINT64_C(1) << 53) - 1)

/* What stands before a field's value, with its length, so that a line is a row of copies. */
struct piece {
    const char *text;
    size_t len;
};

#define PIECE(text)                                                                                \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }
#define F(type, name, meaning) PIECE(",\"" #name "\":"),
#define EVENT(symbol, lower, name, meaning)                                                        \
    static const struct piece keys_of_##lower[] = {TRACE_FIELDS_##symbol(F)};
TRACE_EVENTS(EVENT)
#undef EVENT
#undef F

static const struct {
    struct piece name;
    const struct piece *keys;
} kinds[TRACE_KIND_COUNT] = {
#define EVENT(symbol, lower, ename, meaning) {PIECE(",\"name\":\"" ename "\""), keys_of_##lower},
    TRACE_EVENTS(EVENT)
#undef EVENT
};

static inline void put_piece(struct trace_buffer *out, const struct piece *piece)
{
    memcpy(trace_buffer_reserve(out, piece->len), piece->text, piece->len);
    out->len += piece->len;
}

#define PUT(out, literal) put_piece(out, &(const struct piece)PIECE(literal))

static void put_digits(struct trace_buffer *out, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    trace_put_bytes(out, digits + at, sizeof digits - at);
}

static void put_number(struct trace_buffer *out, uint64_t value)
{
    if (value <= JSON_INTEGER_MAX) {
        put_digits(out, value);
    } else {
        PUT(out, "\"");
        put_digits(out, value);
        PUT(out, "\"");
    }
}

static const char hex_digits[16] = "0123456789abcdef";

/* The two digits of each octet: half of a recording is octets. */
#define ROW(high)                                                                                  \
    high "0", high "1", high "2", high "3", high "4", high "5", high "6", high "7", high "8",      \
        high "9", high "a", high "b", high "c", high "d", high "e", high "f"
static const char octet_digits[256][3] = {
    ROW("0"), ROW("1"), ROW("2"), ROW("3"), ROW("4"), ROW("5"), ROW("6"), ROW("7"),
    ROW("8"), ROW("9"), ROW("a"), ROW("b"), ROW("c"), ROW("d"), ROW("e"), ROW("f"),
};
#undef ROW

static void put_hex(struct trace_buffer *out, const uint8_t *bytes, size_t len)
{
    uint8_t *to = trace_buffer_reserve(out, 2 * len + 2);
    *to++ = '"';
    for (size_t i = 0; i < len; i++) {
        memcpy(to, octet_digits[bytes[i]], 2);
        to += 2;
    }
    *to = '"';
    out->len += 2 * len + 2;
}

static void put_spi(struct trace_buffer *out, uint64_t spi, size_t octets)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < octets; i++) {
        bytes[i] = (uint8_t)(spi >> (8 * (octets - 1 - i)));
    }
    put_hex(out, bytes, octets);
}

/* Length of the UTF-8 sequence at `text` (RFC 3629), 0 if it is none. Bytes past the NUL are not
 * read, since a NUL continues no sequence. */
static size_t utf8_length(const uint8_t *text)
{
    static const struct {
        uint8_t lead_min, lead_max, second_min, second_max, length;
    } forms[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (text[0] < forms[i].lead_min || text[0] > forms[i].lead_max) {
            continue;
        }
        if (text[1] < forms[i].second_min || text[1] > forms[i].second_max) {
            return 0;
        }
        for (size_t k = 2; k < forms[i].length; k++) {
            if (text[k] < 0x80 || text[k] > 0xbf) {
                return 0;
            }
        }
        return forms[i].length;
    }
    return 0;
}

/* Writes what cannot stand in a JSON string as it is; returns how many bytes of text it took. */
static size_t put_escape(struct trace_buffer *out, const uint8_t *text)
{
    static const char *const shorts[0x20] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
    uint8_t byte = text[0];
    if (byte >= 0x80) {
        size_t len = utf8_length(text);
        if (len > 0) {
            trace_put_bytes(out, text, len);
            return len;
        }
        PUT(out, "\\ufffd");
    } else if (byte == '"') {
        PUT(out, "\\\"");
    } else if (byte == '\\') {
        PUT(out, "\\\\");
    } else if (byte < sizeof shorts / sizeof *shorts && shorts[byte]) {
        trace_put_bytes(out, shorts[byte], 2);
    } else {
        char escape[6] = {'\\', 'u', '0', '0', hex_digits[byte >> 4], hex_digits[byte & 15]};
        trace_put_bytes(out, escape, sizeof escape);
    }
    return 1;
}

/* The inside of a JSON string. */
static void put_characters(struct trace_buffer *out, const char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    for (;;) {
        const uint8_t *start = at;
        while (*at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\') {
            at++;
        }
        trace_put_bytes(out, start, (size_t)(at - start));
        if (*at == '\0') {
            return;
        }
        at += put_escape(out, at);
    }
}

static void put_string(struct trace_buffer *out, const char *text)
{
    if (!text) {
        PUT(out, "null");
        return;
    }
    PUT(out, "\"");
    put_characters(out, text);
    PUT(out, "\"");
}

static void put_ref(struct trace_buffer *out, const struct trace_ref *ref)
{
    if (!ref->scope) {
        PUT(out, "null");
        return;
    }
    PUT(out, "\"");
    put_characters(out, ref->scope->host);
    if (ref->scope->peer) {
        PUT(out, "/");
        put_characters(out, ref->scope->peer);
    }
    PUT(out, "#");
    put_digits(out, ref->n);
    PUT(out, "\"");
}

static void put_field(struct trace_buffer *out, enum trace_type type, const void *value)
{
    switch (type) {
    case TRACE_U64:
    case TRACE_TIME:
    case TRACE_DURATION:
        put_number(out, *(const uint64_t *)value);
        break;
    case TRACE_BOOL:
        if (*(const bool *)value) {
            PUT(out, "true");
        } else {
            PUT(out, "false");
        }
        break;
    case TRACE_TEXT:
        put_string(out, *(const char *const *)value);
        break;
    case TRACE_HEX: {
        const struct trace_bytes *bytes = value;
        put_hex(out, bytes->data, bytes->len);
        break;
    }
    case TRACE_SPI8:
        put_spi(out, *(const uint64_t *)value, 8);
        break;
    case TRACE_SPI4:
        put_spi(out, *(const uint32_t *)value, 4);
        break;
    case TRACE_REF:
        put_ref(out, value);
        break;
    case TRACE_TYPE_COUNT:
        abort();
    }
}

void trace_line_append(struct trace_buffer *out, const struct trace_record *record)
{
    const struct trace_kind_info *info = trace_kind_info(record->kind);
    const struct piece *keys = kinds[record->kind].keys;

    PUT(out, "{\"time\":");
    put_number(out, record->time);
    put_piece(out, &kinds[record->kind].name);
    PUT(out, ",\"id\":");
    put_ref(out, &record->id);
    PUT(out, ",\"cause\":");
    put_ref(out, &record->cause);
    PUT(out, ",\"data\":{");
    for (unsigned i = 0; i < info->field_count; i++) {
        const struct piece *key = &keys[i];
        /* The first field has no comma before it. */
        put_piece(out, i > 0 ? key : &(struct piece){key->text + 1, key->len - 1});
        put_field(out, info->fields[i].type,
                  (const uint8_t *)record->data + info->fields[i].offset);
    }
    PUT(out, "}}\n");
}

size_t trace_line_print(const struct trace_record *record, char *line, size_t cap)
{
    struct trace_buffer out = {0};
    trace_line_append(&out, record);
    size_t len = out.len - 1; /* without the newline */
    if (cap > 0) {
        size_t shown = len < cap ? len : cap - 1;
        memcpy(line, out.data, shown);
        line[shown] = '\0';
    }
    trace_buffer_free(&out);
    return len;
}
