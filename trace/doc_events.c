/* Writes the tables of events and of the time series into docs/recording.md, each between its two
 * markers.
 * trace_doc FILE rewrites the file; trace_doc --check FILE exits with 1 if that would change it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/internal.h"
#include "trace/series.h"

static const char *const type_names[TRACE_TYPE_COUNT] = {
    [TRACE_U64] = "u64",   [TRACE_TIME] = "time", [TRACE_DURATION] = "duration",
    [TRACE_BOOL] = "bool", [TRACE_TEXT] = "text", [TRACE_HEX] = "hex",
    [TRACE_SPI8] = "spi8", [TRACE_SPI4] = "spi4", [TRACE_REF] = "ref",
};

static void put(struct trace_buffer *out, const char *text)
{
    trace_put_bytes(out, text, strlen(text));
}

/* A bar would end the cell. */
static void put_cell(struct trace_buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|') {
            put(out, "\\");
        }
        trace_put_u8(out, (uint8_t)*text);
    }
}

static void put_events(struct trace_buffer *out)
{
    for (int kind = 0; kind < TRACE_KIND_COUNT; kind++) {
        const struct trace_kind_info *info = trace_kind_info((enum trace_kind)kind);
        put(out, "\n### `");
        put(out, info->name);
        put(out, "`\n\n");
        put(out, info->meaning);
        put(out, "\n\n| field | type | meaning |\n| --- | --- | --- |\n");
        for (unsigned i = 0; i < info->field_count; i++) {
            put(out, "| `");
            put(out, info->fields[i].name);
            put(out, "` | ");
            put(out, type_names[info->fields[i].type]);
            put(out, " | ");
            put_cell(out, info->fields[i].meaning);
            put(out, " |\n");
        }
    }
    put(out, "\n");
}

static void put_columns(struct trace_buffer *out)
{
    put(out, "\n| column | meaning |\n| --- | --- |\n");
#define C(symbol, name, meaning)                                                                   \
    put(out, "| `" name "` | ");                                                                   \
    put_cell(out, meaning);                                                                        \
    put(out, " |\n");
    TRACE_SERIES_COLUMNS(C)
#undef C
    put(out, "\n");
}

static const struct section {
    const char *begin, *end;
    void (*put)(struct trace_buffer *out);
} sections[] = {
    {"<!-- events: made by trace_doc from trace/event.h -->\n", "<!-- events: end -->\n",
     put_events},
    {"<!-- columns: made by trace_doc from trace/series.h -->\n", "<!-- columns: end -->\n",
     put_columns},
};

/* The text with all its sections made anew; false if a marker is missing. */
static bool renew(const char *text, struct trace_buffer *out)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        const char *begin = strstr(text, sections[i].begin);
        const char *end = begin ? strstr(begin, sections[i].end) : NULL;
        if (!end) {
            fprintf(stderr, "no markers %s and %s", sections[i].begin, sections[i].end);
            return false;
        }
        trace_put_bytes(out, text, (size_t)(begin - text) + strlen(sections[i].begin));
        sections[i].put(out);
        text = end;
    }
    put(out, text);
    return true;
}

static bool read_all(const char *path, struct trace_buffer *text)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return false;
    }
    size_t n;
    do {
        n = fread(trace_buffer_reserve(text, 4096), 1, 4096, file);
        text->len += n;
    } while (n > 0);
    bool good = !ferror(file);
    fclose(file);
    trace_put_u8(text, 0);
    return good;
}

static bool write_all(const char *path, const struct trace_buffer *text)
{
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(text->data, 1, text->len, file) == text->len;
    return file && fclose(file) == 0 && good;
}

int main(int argc, char **argv)
{
    bool check = argc == 3 && strcmp(argv[1], "--check") == 0;
    if (argc != (check ? 3 : 2)) {
        fprintf(stderr, "usage: %s [--check] docs/recording.md\n", argv[0]);
        return 2;
    }
    const char *path = argv[argc - 1];
    struct trace_buffer old = {0}, new = {0};
    int status = 1;
    if (!read_all(path, &old)) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        goto out;
    }
    const char *text = (const char *)old.data;
    if (!renew(text, &new)) {
        goto out;
    }
    bool same = new.len == strlen(text) && memcmp(new.data, text, new.len) == 0;
    if (check) {
        status = same ? 0 : 1;
        if (!same) {
            fprintf(stderr, "%s is older than trace/event.h or trace/series.h: run trace_doc %s\n",
                    path, path);
        }
    } else {
        status = same || write_all(path, &new) ? 0 : 1;
    }
out:
    trace_buffer_free(&old);
    trace_buffer_free(&new);
    return status;
}
