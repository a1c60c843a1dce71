/* Looking for a text in what events say. */
#include "ui/term/search.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/memory.h"
#include "ui/term/words.h"

bool search_in(const char *text, const char *query)
{
    for (; text && query && *text; text++) {
        size_t i = 0;
        while (query[i] && tolower((unsigned char)text[i]) == tolower((unsigned char)query[i])) {
            i++;
        }
        if (!query[i]) {
            return true;
        }
    }
    return false;
}

/* A field as text; `words` is used for what is long. NULL if it has none. */
static const char *spell(const struct trace_field_info *field, const void *data, char *text,
                         size_t cap, struct words *words)
{
    const void *at = (const uint8_t *)data + field->offset;
    switch (field->type) {
    case TRACE_TEXT:
        return *(const char *const *)at;
    case TRACE_BOOL:
        return *(const bool *)at ? "true" : "false";
    case TRACE_SPI8:
        snprintf(text, cap, "%016" PRIx64, *(const uint64_t *)at);
        return text;
    case TRACE_SPI4:
        snprintf(text, cap, "%08" PRIx32, *(const uint32_t *)at);
        return text;
    case TRACE_HEX: {
        const struct trace_bytes *bytes = at;
        words->len = 0;
        for (size_t i = 0; i < bytes->len; i++) {
            words_add(words, "%02x", bytes->data[i]);
        }
        return bytes->len > 0 ? words->data : NULL;
    }
    case TRACE_REF:
        return NULL;
    default:
        snprintf(text, cap, "%" PRIu64, *(const uint64_t *)at);
        return text;
    }
}

/* True if the event says it: its name, its host and peer, or a field, written as the recording
 * writes it. */
static bool is_in_event(const struct trace_record *record, const char *query)
{
    const struct trace_kind_info *info = trace_kind_info(record->kind);
    const struct trace_scope *scope = record->id.scope;
    bool found = search_in(info->name, query) ||
                 (scope && (search_in(scope->host, query) || search_in(scope->peer, query)));
    struct words words = {0};
    for (uint16_t i = 0; !found && i < info->field_count; i++) {
        char text[32];
        found = search_in(spell(&info->fields[i], record->data, text, sizeof text, &words), query);
    }
    free(words.data);
    return found;
}

enum search_result search_events(struct trace_reader *reader, uint64_t *at, int dir,
                                 const char *query, const char *a, const char *b, unsigned steps)
{
    for (unsigned i = 0; i < steps; i++) {
        uint64_t next = trace_reader_step(reader, *at, dir, TRACE_ALL_KINDS, a, b);
        if (next == UINT64_MAX) {
            return SEARCH_END;
        }
        *at = next;
        const struct trace_record *record = trace_reader_get(reader, next);
        if (record && is_in_event(record, query)) {
            return SEARCH_FOUND;
        }
    }
    return SEARCH_GOES_ON;
}
