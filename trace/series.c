#include "trace/series.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/histogram.h"
#include "trace/internal.h"

const char *const trace_series_names[TRACE_SERIES_COUNT] = {
#define C(symbol, name, meaning) name,
    TRACE_SERIES_COLUMNS(C)
#undef C
};

/* One host's, or all hosts', interval that is open. */
struct line {
    const char *host;
    uint64_t values[TRACE_SERIES_COUNT];
    struct trace_series_gauges before; /* at the end of the interval before */
    struct trace_histogram wait, setup, delay;
};

/* What is known of a scope. */
struct scope {
    uint32_t line;         /* of its host; TRACE_NO_SCOPE: none; 0: not looked up yet */
    uint64_t wanted_since; /* order to initiate that led to nothing yet, plus 1; 0: none */
};

struct trace_series {
    FILE *file;
    char path[4096];
    bool failed;
    uint64_t every, begin; /* of the interval that is open */
    void (*ask)(void *context, const char *host, uint64_t now, struct trace_series_gauges *gauges);
    void *context;
    size_t line_count; /* the first is that of all */
    struct line *lines;
    size_t scope_count;
    struct scope *scopes; /* by number */
};

/* ---- what is taken of an event ---- */

/* States of an IKE SA before and after, and whether it is the end that asked for it. */
enum { STATE_NONE, STATE_HALF_OPEN, STATE_ESTABLISHED };
enum { FROM = 1, TO = 4, ASKED = 16 };

static unsigned from_of(const struct trace_measure *measure)
{
    return measure->value / FROM % 4;
}

static unsigned to_of(const struct trace_measure *measure)
{
    return measure->value / TO % 4;
}

static uint64_t state_class(const char *state)
{
    if (strcmp(state, "ESTABLISHED") == 0) {
        return STATE_ESTABLISHED;
    }
    bool none = strcmp(state, "NONE") == 0 || strcmp(state, "DELETING") == 0 ||
                strcmp(state, "CLOSED") == 0;
    return none ? STATE_NONE : STATE_HALF_OPEN;
}

static uint64_t asked(const char *role, const char *word)
{
    return strcmp(role, word) == 0 ? ASKED : 0;
}

bool trace_series_measure(enum trace_kind kind, const void *data, struct trace_measure *measure)
{
    *measure = (struct trace_measure){0};
    switch (kind) {
    case TRACE_IKE_STATE_EVENT: {
        const struct trace_ike_state *state = data;
        measure->value = state_class(state->from) * FROM + state_class(state->to) * TO +
                         asked(state->role, "initiator");
        return true;
    }
    case TRACE_IKE_SA_REKEYED_EVENT:
        measure->value = asked(((const struct trace_ike_sa_rekeyed *)data)->role, "initiator");
        return true;
    case TRACE_IKE_CHILD_REKEYED_EVENT:
        measure->value = asked(((const struct trace_ike_child_rekeyed *)data)->by, "self");
        return true;
    case TRACE_HOST_ORDER_EVENT:
        return strcmp(((const struct trace_host_order *)data)->order, "initiate") == 0;
    case TRACE_CPU_WORK_EVENT: {
        const struct trace_cpu_work *work = data;
        measure->value = work->started - work->arrived;
        return strcmp(work->class, "esp") != 0;
    }
    case TRACE_TRAFFIC_DELIVERED_EVENT: {
        const struct trace_traffic_delivered *delivered = data;
        measure->value = delivered->delay;
        return delivered->times == 1;
    }
    case TRACE_IKE_CHILD_INSTALLED_EVENT:
    case TRACE_IKE_CHILD_REMOVED_EVENT:
    case TRACE_IKE_GAVE_UP_EVENT:
    case TRACE_IKE_MESSAGE_SENT_EVENT:
    case TRACE_IKE_RETRANSMISSION_EVENT:
    case TRACE_IKE_MESSAGE_DROPPED_EVENT:
    case TRACE_ESP_SENT_EVENT:
    case TRACE_ESP_RECEIVED_EVENT:
    case TRACE_ESP_DROPPED_EVENT:
    case TRACE_ESP_NO_SA_EVENT:
    case TRACE_NET_SENT_EVENT:
    case TRACE_NET_LOST_EVENT:
        return true;
    case TRACE_CPU_DROPPED_EVENT:
        return strcmp(((const struct trace_cpu_dropped *)data)->why, "full") == 0;
    default:
        return false;
    }
}

/* ---- counting ---- */

static struct scope *scope_of(struct trace_series *series, const struct trace_scope *scope)
{
    uint32_t number = trace_scope_number(scope);
    if (number >= series->scope_count) {
        size_t count = series->scope_count ? series->scope_count * 2 : 64;
        while (count <= number) {
            count *= 2;
        }
        series->scopes = trace_resize(series->scopes, count * sizeof *series->scopes);
        memset(series->scopes + series->scope_count, 0,
               (count - series->scope_count) * sizeof *series->scopes);
        series->scope_count = count;
    }
    struct scope *found = &series->scopes[number];
    for (uint32_t i = 1; i < series->line_count && found->line == 0; i++) {
        if (strcmp(series->lines[i].host, scope->host) == 0) {
            found->line = i;
        }
    }
    if (found->line == 0) {
        found->line = TRACE_NO_SCOPE;
    }
    return found;
}

static void count_state(struct line *line, const struct trace_measure *measure)
{
    unsigned from = from_of(measure), to = to_of(measure);
    line->values[TRACE_SERIES_HALF_OPEN] +=
        (uint64_t)(to == STATE_HALF_OPEN) - (uint64_t)(from == STATE_HALF_OPEN);
    line->values[TRACE_SERIES_ESTABLISHED] +=
        (uint64_t)(to == STATE_ESTABLISHED) - (uint64_t)(from == STATE_ESTABLISHED);
    line->values[TRACE_SERIES_ATTEMPTS] += from == STATE_NONE && to == STATE_HALF_OPEN;
    line->values[TRACE_SERIES_SETUPS] += from == STATE_HALF_OPEN && to == STATE_ESTABLISHED;
}

static enum trace_series_column column_of(enum trace_kind kind)
{
    switch (kind) {
    case TRACE_IKE_SA_REKEYED_EVENT:
        return TRACE_SERIES_IKE_REKEYS;
    case TRACE_IKE_CHILD_REKEYED_EVENT:
        return TRACE_SERIES_CHILD_REKEYS;
    case TRACE_IKE_GAVE_UP_EVENT:
        return TRACE_SERIES_GAVE_UP;
    case TRACE_IKE_MESSAGE_SENT_EVENT:
        return TRACE_SERIES_IKE_SENT;
    case TRACE_IKE_RETRANSMISSION_EVENT:
        return TRACE_SERIES_RETRANSMISSIONS;
    case TRACE_IKE_MESSAGE_DROPPED_EVENT:
        return TRACE_SERIES_IKE_DROPPED;
    case TRACE_ESP_SENT_EVENT:
        return TRACE_SERIES_ESP_SENT;
    case TRACE_ESP_RECEIVED_EVENT:
        return TRACE_SERIES_ESP_RECEIVED;
    case TRACE_ESP_DROPPED_EVENT:
    case TRACE_ESP_NO_SA_EVENT:
        return TRACE_SERIES_ESP_DROPPED;
    case TRACE_NET_SENT_EVENT:
        return TRACE_SERIES_DATAGRAMS_SENT;
    case TRACE_NET_LOST_EVENT:
        return TRACE_SERIES_DATAGRAMS_LOST;
    default:
        assert(kind == TRACE_CPU_DROPPED_EVENT);
        return TRACE_SERIES_CPU_DROPPED;
    }
}

/* `setup`: how long the IKE SA took that is now established, plus 1; 0: none is. */
static void count_in(struct line *line, enum trace_kind kind, const struct trace_measure *measure,
                     uint64_t setup)
{
    switch (kind) {
    case TRACE_HOST_ORDER_EVENT:
        break;
    case TRACE_IKE_STATE_EVENT:
        count_state(line, measure);
        if (setup) {
            trace_histogram_add(&line->setup, setup - 1);
        }
        break;
    case TRACE_IKE_CHILD_INSTALLED_EVENT:
        line->values[TRACE_SERIES_CHILDREN]++;
        break;
    case TRACE_IKE_CHILD_REMOVED_EVENT:
        line->values[TRACE_SERIES_CHILDREN]--;
        break;
    case TRACE_CPU_WORK_EVENT:
        trace_histogram_add(&line->wait, measure->value);
        break;
    case TRACE_TRAFFIC_DELIVERED_EVENT:
        trace_histogram_add(&line->delay, measure->value);
        break;
    default:
        line->values[column_of(kind)]++;
    }
}

/* What both ends of an IKE SA tell counts once in the row of all. */
static bool is_told_twice(enum trace_kind kind, const struct trace_measure *measure)
{
    return (kind == TRACE_IKE_STATE_EVENT || kind == TRACE_IKE_SA_REKEYED_EVENT ||
            kind == TRACE_IKE_CHILD_REKEYED_EVENT) &&
           !(measure->value & ASKED);
}

void trace_series_count(struct trace_series *series, const struct trace_scope *scope, uint64_t time,
                        enum trace_kind kind, const struct trace_measure *measure)
{
    struct scope *known = scope_of(series, scope);
    uint64_t setup = 0;
    assert(time >= series->begin);
    if (kind == TRACE_HOST_ORDER_EVENT && known->wanted_since == 0) {
        known->wanted_since = time + 1;
    } else if (kind == TRACE_IKE_STATE_EVENT && known->wanted_since > 0 &&
               to_of(measure) == STATE_ESTABLISHED) {
        setup = time + 2 - known->wanted_since;
        known->wanted_since = 0;
    }
    if (!is_told_twice(kind, measure)) {
        count_in(&series->lines[0], kind, measure, setup);
    }
    if (known->line != TRACE_NO_SCOPE) {
        count_in(&series->lines[known->line], kind, measure, setup);
    }
}

/* ---- rows ---- */

static void put_percentiles(struct line *line, enum trace_series_column first,
                            struct trace_histogram *histogram)
{
    line->values[first] = trace_histogram_percentile(histogram, 500);
    line->values[first + 1] = trace_histogram_percentile(histogram, 990);
    line->values[first + 2] = histogram->max;
    if (histogram->count > 0) {
        memset(histogram, 0, sizeof *histogram);
    }
}

static void put_gauges(const struct trace_series *series, struct line *line, uint64_t end)
{
    struct trace_series_gauges now = {0}, before = line->before;
    series->ask(series->context, line == series->lines ? NULL : line->host, end, &now);
    uint64_t *values = line->values, span = end - series->begin;
    values[TRACE_SERIES_PACKETS_SENT] = now.packets_sent - before.packets_sent;
    values[TRACE_SERIES_PACKETS_DELIVERED] = now.packets_delivered - before.packets_delivered;
    /* One that was held for lost may be found later. */
    values[TRACE_SERIES_PACKETS_LOST] =
        now.packets_lost > before.packets_lost ? now.packets_lost - before.packets_lost : 0;
    values[TRACE_SERIES_PACKETS_LATE] = now.packets_late - before.packets_late;
    values[TRACE_SERIES_LOST_IN_REKEY] =
        now.lost_in_rekey > before.lost_in_rekey ? now.lost_in_rekey - before.lost_in_rekey : 0;
    values[TRACE_SERIES_CORES] = now.cores;
    values[TRACE_SERIES_CPU_BUSY] = now.cpu_busy - before.cpu_busy;
    values[TRACE_SERIES_CPU_PERMILLE] =
        span && now.cores ? (now.cpu_busy - before.cpu_busy) / now.cores * 1000 / span : 0;
    values[TRACE_SERIES_QUEUE] = now.queue;
    values[TRACE_SERIES_QUEUE_MAX] = now.queue_max;
    line->before = now;
}

static bool is_gauge(enum trace_series_column column)
{
    return column == TRACE_SERIES_HALF_OPEN || column == TRACE_SERIES_ESTABLISHED ||
           column == TRACE_SERIES_CHILDREN;
}

static void write_row(struct trace_series *series, struct line *line, uint64_t end)
{
    put_percentiles(line, TRACE_SERIES_WAIT_P50, &line->wait);
    put_percentiles(line, TRACE_SERIES_SETUP_P50, &line->setup);
    put_percentiles(line, TRACE_SERIES_DELAY_P50, &line->delay);
    put_gauges(series, line, end);
    bool failed = fprintf(series->file, "%" PRIu64 ",%s", end, line->host) < 0;
    for (int i = 0; i < TRACE_SERIES_COUNT; i++) {
        failed = fprintf(series->file, ",%" PRIu64, line->values[i]) < 0 || failed;
        if (!is_gauge((enum trace_series_column)i)) {
            line->values[i] = 0;
        }
    }
    series->failed = fputc('\n', series->file) == EOF || failed || series->failed;
}

static void write_rows(struct trace_series *series, uint64_t end)
{
    for (size_t i = 0; i < series->line_count; i++) {
        write_row(series, &series->lines[i], end);
    }
    series->begin = end;
}

uint64_t trace_series_due(const struct trace_series *series)
{
    return series->begin + series->every;
}

void trace_series_turn(struct trace_series *series)
{
    write_rows(series, trace_series_due(series));
}

void trace_series_flush(struct trace_series *series)
{
    series->failed = fflush(series->file) != 0 || series->failed;
}

/* ---- life ---- */

struct trace_series *trace_series_open(const struct trace_series_options *options, char *error,
                                       size_t error_cap)
{
    struct trace_series *series = trace_alloc_zero(sizeof *series);
    assert(options->every > 0);
    snprintf(series->path, sizeof series->path, "%s/series.csv", options->dir);
    series->file = fopen(series->path, "w");
    if (!series->file) {
        snprintf(error, error_cap, "%s: cannot be written: %s", series->path, strerror(errno));
        free(series);
        return NULL;
    }
    series->every = options->every;
    series->ask = options->ask;
    series->context = options->context;
    series->line_count = options->host_count + 1;
    series->lines = trace_alloc_zero(series->line_count * sizeof *series->lines);
    series->lines[0].host = "*";
    for (size_t i = 0; i < options->host_count; i++) {
        series->lines[i + 1].host = options->hosts[i];
    }
    fputs("time_ns,host", series->file);
    for (int i = 0; i < TRACE_SERIES_COUNT; i++) {
        fprintf(series->file, ",%s", trace_series_names[i]);
    }
    fputc('\n', series->file);
    return series;
}

int trace_series_close(struct trace_series *series, uint64_t end, char *error, size_t error_cap)
{
    if (end > series->begin) {
        write_rows(series, end);
    }
    trace_series_flush(series);
    bool failed = ferror(series->file) || series->failed;
    if (fclose(series->file) != 0 || failed) {
        snprintf(error, error_cap, "%s: cannot be written", series->path);
        failed = true;
    }
    free(series->lines);
    free(series->scopes);
    free(series);
    return failed ? -1 : 0;
}
