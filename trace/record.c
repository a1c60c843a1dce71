/* A copy of an event's struct with all that it points to. */
#include <string.h>

#include "trace/internal.h"

void *trace_data_clone(enum trace_kind kind, const void *data)
{
    const struct trace_kind_info *info = trace_kind_info(kind);
    const uint8_t *from = data;
    size_t size = info->size;
    for (unsigned i = 0; i < info->field_count; i++) {
        const struct trace_field_info *field = &info->fields[i];
        if (field->type == TRACE_TEXT) {
            const char *text = *(const char *const *)(const void *)(from + field->offset);
            size += text ? strlen(text) + 1 : 0;
        } else if (field->type == TRACE_HEX) {
            size += ((const struct trace_bytes *)(const void *)(from + field->offset))->len;
        }
    }
    uint8_t *copy = trace_alloc(size);
    memcpy(copy, data, info->size);
    uint8_t *end = copy + info->size;
    for (unsigned i = 0; i < info->field_count; i++) {
        const struct trace_field_info *field = &info->fields[i];
        if (field->type == TRACE_TEXT) {
            const char **text = (const char **)(void *)(copy + field->offset);
            if (*text) {
                size_t len = strlen(*text) + 1;
                memcpy(end, *text, len);
                *text = (const char *)end;
                end += len;
            }
        } else if (field->type == TRACE_HEX) {
            struct trace_bytes *bytes = (struct trace_bytes *)(void *)(copy + field->offset);
            if (bytes->len > 0) {
                memcpy(end, bytes->data, bytes->len);
            }
            bytes->data = bytes->len > 0 ? end : NULL;
            end += bytes->len;
        }
    }
    return copy;
}
