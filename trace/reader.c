/* A recording read: its events by ordinal, found by name, pair and kind. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "trace/index_reader.h"
#include "trace/reader.h"
#include "trace/state_internal.h"

/* Parsed events that are kept; the header promises 64. */
#define PARSED 256

/* A keyframe of the reader's own is due after so many events: more than the writer's, for it is
 * kept in memory, and of a large world it is large. */
#define OWN_KEYFRAME_EVENTS 4096

/* Newest version of the format that this reader knows. */
#define FORMAT 1

/* Apart from the records, so that a look through all of them stays in a few cache lines. */
struct parsed {
    uint64_t ordinal[PARSED]; /* UINT64_MAX: free */
    uint64_t used[PARSED];    /* when it was last asked for */
    struct trace_record record[PARSED];
};

struct trace_reader {
    int fd;
    char *path, *index_path;
    struct trace_columns columns;
    struct trace_index_reader index;
    uint64_t size;       /* of run.ndjson when last looked at */
    uint64_t first_line; /* XXH3-64 of the first line: another one is another recording */
    struct parsed parsed;
    uint64_t asked;
    char *line; /* the one being parsed */
    size_t line_cap;
    struct trace_state *state; /* after the first state->events events; NULL until asked for */
    char error[256];
};

static char *join(const char *a, size_t a_len, const char *b)
{
    size_t b_len = strlen(b);
    char *text = trace_alloc(a_len + b_len + 1);
    memcpy(text, a, a_len);
    memcpy(text + a_len, b, b_len + 1);
    return text;
}

static void find_paths(struct trace_reader *reader, const char *path)
{
    struct stat status;
    size_t len = strlen(path);
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        reader->path = join(path, len, "/run.ndjson");
        reader->index_path = join(path, len, "/run.index");
        return;
    }
    const char ending[] = ".ndjson";
    size_t ending_len = sizeof ending - 1;
    bool ends = len > ending_len && strcmp(path + len - ending_len, ending) == 0;
    reader->path = join(path, len, "");
    reader->index_path = join(path, ends ? len - ending_len : len, ".index");
}

/* ---- lines ---- */

static bool read_line(struct trace_reader *reader, uint64_t ordinal, size_t *len)
{
    *len = trace_columns_length(&reader->columns, ordinal);
    if (reader->line_cap < *len + 1) {
        reader->line_cap = (*len + 1) * 2;
        reader->line = trace_resize(reader->line, reader->line_cap);
    }
    ssize_t n;
    do {
        n = pread(reader->fd, reader->line, *len + 1, (off_t)reader->columns.offset[ordinal]);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)(*len + 1) && reader->line[*len] == '\n';
}

static bool parse_line(struct trace_reader *reader, uint64_t ordinal, struct trace_record *record)
{
    size_t len;
    char why[160];
    if (ordinal >= reader->columns.count) {
        snprintf(reader->error, sizeof reader->error,
                 "%s: no event %" PRIu64 ", there are %" PRIu64, reader->path, ordinal,
                 reader->columns.count);
        return false;
    }
    if (!read_line(reader, ordinal, &len)) {
        snprintf(reader->error, sizeof reader->error,
                 "%s:%" PRIu64 ": the line is not there any more", reader->path, ordinal + 1);
        return false;
    }
    if (!trace_line_parse(reader->columns.scopes, reader->line, len, record, why, sizeof why)) {
        snprintf(reader->error, sizeof reader->error, "%s:%" PRIu64 ": %s", reader->path,
                 ordinal + 1, why);
        return false;
    }
    return true;
}

static void free_data(const struct trace_record *record)
{
    free((void *)(uintptr_t)record->data);
}

static void forget_parsed(struct parsed *parsed)
{
    for (size_t i = 0; i < PARSED; i++) {
        if (parsed->ordinal[i] != UINT64_MAX) {
            free_data(&parsed->record[i]);
        }
        parsed->ordinal[i] = UINT64_MAX;
        parsed->used[i] = 0;
    }
}

const struct trace_record *trace_reader_get(struct trace_reader *reader, uint64_t ordinal)
{
    struct parsed *parsed = &reader->parsed;
    struct trace_record record;
    reader->asked++;
    for (size_t i = 0; i < PARSED; i++) {
        if (parsed->ordinal[i] == ordinal && ordinal != UINT64_MAX) {
            parsed->used[i] = reader->asked;
            return &parsed->record[i];
        }
    }
    if (!parse_line(reader, ordinal, &record)) {
        return NULL;
    }
    size_t oldest = 0;
    for (size_t i = 1; i < PARSED; i++) {
        if (parsed->used[i] < parsed->used[oldest]) {
            oldest = i;
        }
    }
    if (parsed->ordinal[oldest] != UINT64_MAX) {
        free_data(&parsed->record[oldest]);
    }
    parsed->ordinal[oldest] = ordinal;
    parsed->used[oldest] = reader->asked;
    parsed->record[oldest] = record;
    return &parsed->record[oldest];
}

const char *trace_reader_error(const struct trace_reader *reader)
{
    return reader->error;
}

/* ---- opening and growing ---- */

static uint64_t hash_first_line(struct trace_reader *reader)
{
    size_t len;
    if (reader->columns.count == 0 || !read_line(reader, 0, &len)) {
        return 0;
    }
    return XXH3_64bits(reader->line, len);
}

static void forget_all(struct trace_reader *reader)
{
    trace_columns_clear(&reader->columns);
    trace_index_reader_close(&reader->index);
    forget_parsed(&reader->parsed);
    trace_state_free(reader->state);
    reader->state = NULL;
    reader->first_line = 0;
}

/* Takes in what is there by index and scan. False if the file cannot be read. */
static bool take_in(struct trace_reader *reader)
{
    struct stat status;
    if (fstat(reader->fd, &status) != 0) {
        snprintf(reader->error, sizeof reader->error, "%s: %s", reader->path, strerror(errno));
        return false;
    }
    reader->size = (uint64_t)status.st_size;
    bool another = reader->size < reader->columns.end ||
                   (reader->columns.count > 0 && hash_first_line(reader) != reader->first_line);
    if (another) {
        forget_all(reader);
        trace_index_reader_open(&reader->index, reader->index_path);
    }
    if (!trace_index_reader_load(&reader->index, &reader->columns, reader->fd, reader->size)) {
        forget_all(reader);
    }
    if (!trace_columns_scan(&reader->columns, reader->fd)) {
        snprintf(reader->error, sizeof reader->error, "%s: %s", reader->path, strerror(errno));
        return false;
    }
    if (reader->first_line == 0) {
        reader->first_line = hash_first_line(reader);
    }
    return true;
}

/* Refuses what is no recording, or one of a later format. No line at all is a young recording. */
static bool check_first_line(struct trace_reader *reader)
{
    if (reader->columns.count == 0) {
        return true;
    }
    const struct trace_record *record = trace_reader_get(reader, 0);
    if (!record) {
        return false;
    }
    if (record->kind != TRACE_RUN_BEGIN_EVENT) {
        snprintf(reader->error, sizeof reader->error, "%s:1: a recording begins with run:begin",
                 reader->path);
        return false;
    }
    const struct trace_run_begin *begin = record->data;
    if (begin->format != FORMAT) {
        snprintf(reader->error, sizeof reader->error,
                 "%s:1: format %" PRIu64 " is not known, only %d", reader->path, begin->format,
                 FORMAT);
        return false;
    }
    return true;
}

struct trace_reader *trace_reader_open(const char *path, char *error, size_t error_cap)
{
    struct trace_reader *reader = trace_alloc_zero(sizeof *reader);
    memset(reader->parsed.ordinal, 0xff, sizeof reader->parsed.ordinal);
    trace_columns_init(&reader->columns);
    find_paths(reader, path);
    trace_index_reader_open(&reader->index, reader->index_path);
    reader->fd = open(reader->path, O_RDONLY | O_CLOEXEC);
    if (reader->fd < 0) {
        snprintf(error, error_cap, "%s: %s", reader->path, strerror(errno));
    } else if (!take_in(reader) || !check_first_line(reader)) {
        snprintf(error, error_cap, "%s", reader->error);
    } else {
        return reader;
    }
    trace_reader_close(reader);
    return NULL;
}

void trace_reader_close(struct trace_reader *reader)
{
    if (!reader) {
        return;
    }
    forget_all(reader);
    trace_columns_free(&reader->columns);
    if (reader->fd >= 0) {
        close(reader->fd);
    }
    free(reader->path);
    free(reader->index_path);
    free(reader->line);
    free(reader);
}

uint64_t trace_reader_refresh(struct trace_reader *reader)
{
    take_in(reader);
    return reader->columns.count;
}

uint64_t trace_reader_count(const struct trace_reader *reader)
{
    return reader->columns.count;
}

bool trace_reader_complete(const struct trace_reader *reader)
{
    const struct trace_columns *columns = &reader->columns;
    return columns->count > 0 && columns->kind[columns->count - 1] == TRACE_RUN_END_EVENT &&
           reader->size == columns->end;
}

/* ---- finding ---- */

uint64_t trace_reader_find(struct trace_reader *reader, struct trace_ref id)
{
    if (!id.scope) {
        return UINT64_MAX;
    }
    return trace_columns_find(&reader->columns, id.scope->host, id.scope->peer, id.n);
}

static bool kind_in(trace_kinds kinds, uint8_t kind)
{
    return kind < TRACE_KIND_COUNT ? (kinds >> kind & 1) != 0 : kinds == TRACE_ALL_KINDS;
}

/* The first place of a posting whose ordinal is `ordinal` or more. */
static uint64_t place_in_posting(const struct trace_posting *posting, uint64_t ordinal)
{
    uint64_t low = 0, high = posting->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (posting->ordinals[middle] < ordinal) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Whether the block that begins there is whole and has none of the kinds. */
static bool can_skip(const struct trace_posting *posting, uint64_t place, trace_kinds kinds)
{
    return place % TRACE_POSTING_BLOCK == 0 && posting->count - place >= TRACE_POSTING_BLOCK &&
           !(posting->kinds[place / TRACE_POSTING_BLOCK] & kinds);
}

/* The nearest event of a posting past `from` that is of one of the kinds. One that is not nearer
 * than `limit` need not be found, so that a kind that only one end has does not cost a walk through
 * all of the other's; UINT64_MAX: no limit. */
static uint64_t step_posting(const struct trace_columns *columns,
                             const struct trace_posting *posting, uint64_t from, int dir,
                             trace_kinds kinds, uint64_t limit)
{
    if (!posting) {
        return UINT64_MAX;
    }
    uint64_t low = place_in_posting(posting, dir > 0 ? from + (from < UINT64_MAX) : from);
    if (dir > 0) {
        while (low < posting->count && posting->ordinals[low] < limit) {
            if (can_skip(posting, low, kinds)) {
                low += TRACE_POSTING_BLOCK;
            } else if (kind_in(kinds, columns->kind[posting->ordinals[low]])) {
                return posting->ordinals[low];
            } else {
                low++;
            }
        }
        return UINT64_MAX;
    }
    while (low > 0) {
        if (low % TRACE_POSTING_BLOCK == 0 && can_skip(posting, low - TRACE_POSTING_BLOCK, kinds)) {
            low -= TRACE_POSTING_BLOCK;
            continue;
        }
        low--;
        if (limit != UINT64_MAX && posting->ordinals[low] <= limit) {
            break;
        }
        if (kind_in(kinds, columns->kind[posting->ordinals[low]])) {
            return posting->ordinals[low];
        }
    }
    return UINT64_MAX;
}

static bool concerns(const struct trace_columns *columns, uint64_t ordinal, const char *host)
{
    if (columns->scope[ordinal] == TRACE_NO_SCOPE) {
        return false;
    }
    const struct trace_scope *scope = trace_scopes_at(columns->scopes, columns->scope[ordinal]);
    return strcmp(scope->host, host) == 0 || (scope->peer && strcmp(scope->peer, host) == 0);
}

/* Without a pair: event by event; `host` may be NULL. */
static uint64_t step_all(const struct trace_columns *columns, uint64_t from, int dir,
                         trace_kinds kinds, const char *host)
{
    uint64_t i = from;
    for (;;) {
        if (dir > 0 ? i + 1 >= columns->count : i == 0) {
            return UINT64_MAX;
        }
        i = dir > 0 ? i + 1 : i - 1;
        if (kind_in(kinds, columns->kind[i]) && (!host || concerns(columns, i, host))) {
            return i;
        }
    }
}

uint64_t trace_reader_step(struct trace_reader *reader, uint64_t from, int dir, trace_kinds kinds,
                           const char *a, const char *b)
{
    const struct trace_columns *columns = &reader->columns;
    if (dir < 0 && from > columns->count) {
        from = columns->count;
    }
    if (!a || !b) {
        return step_all(columns, from, dir, kinds, a ? a : b);
    }
    uint64_t one =
        step_posting(columns, trace_columns_posting(columns, a, b), from, dir, kinds, UINT64_MAX);
    uint64_t other =
        step_posting(columns, trace_columns_posting(columns, b, a), from, dir, kinds, one);
    if (one == UINT64_MAX || other == UINT64_MAX) {
        return one == UINT64_MAX ? other : one;
    }
    return (dir > 0) == (one < other) ? one : other;
}

void trace_reader_tally(const struct trace_reader *reader, const char *a, const char *b,
                        uint64_t after, uint64_t before, uint64_t counts[TRACE_KIND_COUNT])
{
    const struct trace_columns *columns = &reader->columns;
    const struct trace_posting *posting = trace_columns_posting(columns, a, b);
    uint64_t place = posting && after < UINT64_MAX ? place_in_posting(posting, after + 1) : 0;
    for (; posting && place < posting->count && posting->ordinals[place] < before; place++) {
        uint8_t kind = columns->kind[posting->ordinals[place]];
        if (kind < TRACE_KIND_COUNT) {
            counts[kind]++;
        }
    }
}

uint64_t trace_reader_time(struct trace_reader *reader, uint64_t ordinal)
{
    return ordinal < reader->columns.count ? reader->columns.time[ordinal] : 0;
}

enum trace_kind trace_reader_kind(const struct trace_reader *reader, uint64_t ordinal)
{
    const struct trace_columns *columns = &reader->columns;
    uint8_t kind = ordinal < columns->count ? columns->kind[ordinal] : TRACE_KIND_COUNT;
    return kind < TRACE_KIND_COUNT ? (enum trace_kind)kind : TRACE_KIND_COUNT;
}

bool trace_reader_same(struct trace_reader *reader, uint64_t ordinal, struct trace_reader *other,
                       uint64_t others)
{
    size_t len, other_len;
    return reader != other && ordinal < reader->columns.count && others < other->columns.count &&
           trace_columns_length(&reader->columns, ordinal) ==
               trace_columns_length(&other->columns, others) &&
           read_line(reader, ordinal, &len) && read_line(other, others, &other_len) &&
           memcmp(reader->line, other->line, len) == 0;
}

uint64_t trace_reader_at(struct trace_reader *reader, uint64_t time)
{
    uint64_t low = 0, high = reader->columns.count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (reader->columns.time[middle] <= time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? low - 1 : UINT64_MAX;
}

/* ---- state ---- */

/* Puts reader->state at the best start for a fold up to `events` events: where it is, or the last
 * keyframe that is not past them. */
static void start_state(struct trace_reader *reader, uint64_t events)
{
    size_t which = reader->index.keyframe_count;
    uint64_t have = reader->state ? reader->state->events : 0;
    bool usable = reader->state && have <= events;
    while (which > 0) {
        const struct trace_keyframe *keyframe = &reader->index.keyframes[--which];
        if (keyframe->events > events) {
            continue;
        }
        if (usable && keyframe->events <= have) {
            return;
        }
        size_t len;
        uint8_t *bytes = trace_index_reader_keyframe(&reader->index, which, &len);
        struct trace_state *state = bytes ? trace_state_load(bytes, len) : NULL;
        free(bytes);
        if (state && state->events == keyframe->events) {
            trace_state_free(reader->state);
            reader->state = state;
            return;
        }
        trace_state_free(state); /* damaged: the one before will do */
    }
    if (!usable) {
        trace_state_free(reader->state);
        reader->state = trace_state_new();
    }
}

/* Where the index has none, keyframes of our own make the next step backwards short. */
static void keep_keyframe(struct trace_reader *reader, uint64_t events)
{
    const struct trace_index_reader *index = &reader->index;
    for (size_t i = index->keyframe_count; i > 0; i--) {
        if (index->keyframes[i - 1].events == events) {
            return;
        }
        if (index->keyframes[i - 1].events < events) {
            break;
        }
    }
    size_t len;
    uint8_t *saved = trace_state_save(reader->state, &len);
    trace_index_reader_keep(&reader->index, events, saved, len);
}

/* Folds one more event into the state. */
static void fold_next(struct trace_reader *reader)
{
    const struct trace_columns *columns = &reader->columns;
    uint64_t next = reader->state->events;
    struct trace_record record;
    uint8_t kind = columns->kind[next];
    if (kind < TRACE_KIND_COUNT && !trace_state_reads_data((enum trace_kind)kind)) {
        /* Most events only count: their lines need no parsing. */
        record = (struct trace_record){
            .time = columns->time[next],
            .kind = (enum trace_kind)kind,
            .id = {trace_scopes_at(columns->scopes, columns->scope[next]), columns->n[next]}};
        trace_state_apply(reader->state, &record);
    } else if (parse_line(reader, next, &record)) {
        trace_state_apply(reader->state, &record);
        free_data(&record);
    } else {
        reader->state->events++; /* a damaged line changes nothing */
    }
}

const struct trace_state *trace_reader_state(struct trace_reader *reader, uint64_t ordinal)
{
    if (reader->columns.count == 0) {
        ordinal = UINT64_MAX; /* no event: the empty state */
    } else if (ordinal >= reader->columns.count) {
        ordinal = reader->columns.count - 1;
    }
    uint64_t events = ordinal + 1;
    start_state(reader, events);
    while (reader->state->events < events) {
        fold_next(reader);
        if (reader->state->events % OWN_KEYFRAME_EVENTS == 0) {
            keep_keyframe(reader, reader->state->events);
        }
    }
    return reader->state;
}
