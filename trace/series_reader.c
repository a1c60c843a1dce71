#include "trace/series_reader.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/internal.h"
#include "trace/record.h"

/* Columns of a file that may be from another version, and the longest line. */
enum { COLUMNS_MAX = 256, LINE_MAX_LEN = 16384 };

/* Columns before those of the table. */
enum { COLUMN_TIME = -1, COLUMN_HOST = -2, COLUMN_UNKNOWN = -3 };

struct trace_series_reader {
    FILE *file;
    long at; /* behind the last whole row */
    size_t column_count;
    int columns[COLUMNS_MAX]; /* what stands in each: a column of the table, or one of the above */
    struct trace_scopes *names;
    size_t count, cap;
    struct trace_series_row *rows;
};

static int column_named(const char *name)
{
    if (strcmp(name, "time_ns") == 0) {
        return COLUMN_TIME;
    }
    if (strcmp(name, "host") == 0) {
        return COLUMN_HOST;
    }
    for (int i = 0; i < TRACE_SERIES_COUNT; i++) {
        if (strcmp(name, trace_series_names[i]) == 0) {
            return i;
        }
    }
    return COLUMN_UNKNOWN;
}

/* The next whole line without its end; NULL if there is none yet. */
static char *next_line(struct trace_series_reader *reader, char line[LINE_MAX_LEN])
{
    clearerr(reader->file);
    if (fseek(reader->file, reader->at, SEEK_SET) != 0 ||
        !fgets(line, LINE_MAX_LEN, reader->file)) {
        return NULL;
    }
    size_t len = strlen(line);
    if (len == 0 || line[len - 1] != '\n') {
        return NULL;
    }
    reader->at += (long)len;
    line[len - 1] = '\0';
    return line;
}

static bool read_head(struct trace_series_reader *reader)
{
    char line[LINE_MAX_LEN], *rest = next_line(reader, line);
    bool time = false, host = false;
    while (rest && reader->column_count < COLUMNS_MAX) {
        int column = column_named(strsep(&rest, ","));
        time = time || column == COLUMN_TIME;
        host = host || column == COLUMN_HOST;
        reader->columns[reader->column_count++] = column;
    }
    return time && host;
}

struct trace_series_reader *trace_series_reader_open(const char *dir, char *error, size_t error_cap)
{
    char path[4096];
    struct trace_series_reader *reader = trace_alloc_zero(sizeof *reader);
    snprintf(path, sizeof path, "%s/series.csv", dir);
    reader->file = fopen(path, "r");
    if (!reader->file || !read_head(reader)) {
        snprintf(error, error_cap, "%s: %s", path,
                 reader->file ? "is no time series of ikesim" : strerror(errno));
        if (reader->file) {
            fclose(reader->file);
        }
        free(reader);
        return NULL;
    }
    reader->names = trace_scopes_new();
    return reader;
}

void trace_series_reader_close(struct trace_series_reader *reader)
{
    if (!reader) {
        return;
    }
    fclose(reader->file);
    trace_scopes_free(reader->names);
    free(reader->rows);
    free(reader);
}

static bool read_row(struct trace_series_reader *reader, char *rest, struct trace_series_row *row)
{
    for (size_t i = 0; i < reader->column_count; i++) {
        char *end, *word = strsep(&rest, ",");
        int column = reader->columns[i];
        if (!word) {
            return false;
        }
        if (column == COLUMN_HOST) {
            row->host = trace_scopes_intern(reader->names, word, NULL)->host;
            continue;
        }
        if (column == COLUMN_UNKNOWN) {
            continue;
        }
        uint64_t value = strtoull(word, &end, 10);
        if (end == word || *end) {
            return false;
        }
        if (column == COLUMN_TIME) {
            row->time = value;
        } else {
            row->values[column] = value;
        }
    }
    return rest == NULL;
}

size_t trace_series_reader_poll(struct trace_series_reader *reader)
{
    char line[LINE_MAX_LEN];
    size_t before = reader->count;
    for (char *rest = next_line(reader, line); rest; rest = next_line(reader, line)) {
        struct trace_series_row row = {0};
        if (!read_row(reader, rest, &row)) {
            continue;
        }
        if (reader->count == reader->cap) {
            reader->cap = reader->cap ? reader->cap * 2 : 64;
            reader->rows = trace_resize(reader->rows, reader->cap * sizeof *reader->rows);
        }
        reader->rows[reader->count++] = row;
    }
    return reader->count - before;
}

size_t trace_series_reader_count(const struct trace_series_reader *reader)
{
    return reader->count;
}

const struct trace_series_row *trace_series_reader_row(const struct trace_series_reader *reader,
                                                       size_t i)
{
    assert(i < reader->count);
    return &reader->rows[i];
}
