/* The whole run in figures over time. */
#include "ui/term/storm.h"

#include <inttypes.h>

#include "ui/memory.h"
#include "ui/term/words.h"

struct storm {
    struct trace_series_reader *reader;
    size_t host_count, host_cap;
    const char **hosts; /* "*" first; names live in the reader */
    size_t host;        /* shown */
    size_t read;        /* rows of the reader that are in `rows` or of other hosts */
    size_t count, cap;
    size_t *rows; /* of that host, as the reader numbers them */
    enum storm_figure selected;
    uint64_t patience; /* how long a request waits before it goes out again; 0: not known */
    bool patience_sought;
    bool chosen; /* a person has said whose rows are shown */
};

static const struct {
    enum trace_series_column column;
    enum storm_unit unit;
    const char *heading, *filter;
} figures[STORM_FIGURE_COUNT] = {
#define FIGURE(symbol, column, unit, heading, filter)                                              \
    {TRACE_SERIES_##column, STORM_##unit, heading, filter},
    STORM_FIGURES(FIGURE)
#undef FIGURE
};

const char *storm_heading(enum storm_figure figure)
{
    return figures[figure].heading;
}

enum storm_unit storm_unit(enum storm_figure figure)
{
    return figures[figure].unit;
}

struct storm *storm_new(struct trace_series_reader *reader)
{
    struct storm *storm = ui_alloc_zero(sizeof *storm);
    storm->reader = reader;
    return storm;
}

void storm_free(struct storm *storm)
{
    if (storm) {
        free(storm->hosts);
        free(storm->rows);
        free(storm);
    }
}

bool storm_has_series(const struct storm *storm)
{
    return storm->reader != NULL;
}

static size_t find_host(struct storm *storm, const char *name)
{
    for (size_t i = 0; i < storm->host_count; i++) {
        if (strcmp(storm->hosts[i], name) == 0) {
            return i;
        }
    }
    UI_GROW(storm->hosts, storm->host_count, storm->host_cap);
    storm->hosts[storm->host_count] = name;
    return storm->host_count++;
}

/* The first retransmission tells how long its sender had waited. */
static void seek_patience(struct storm *storm, struct model *model)
{
    uint64_t at = trace_reader_step(model->reader, 0, 1,
                                    TRACE_KINDS_OF(TRACE_IKE_RETRANSMISSION_EVENT), NULL, NULL);
    const struct trace_record *record =
        at == UINT64_MAX ? NULL : trace_reader_get(model->reader, at);
    if (record) {
        storm->patience = ((const struct trace_ike_retransmission *)record->data)->waited;
    }
    storm->patience_sought = record || model->complete;
}

static void take_rows(struct storm *storm)
{
    size_t count = trace_series_reader_count(storm->reader);
    for (; storm->read < count; storm->read++) {
        const struct trace_series_row *row = trace_series_reader_row(storm->reader, storm->read);
        if (find_host(storm, row->host) == storm->host) {
            UI_GROW(storm->rows, storm->count, storm->cap);
            storm->rows[storm->count++] = storm->read;
        }
    }
}

/* Among many pairs the rows of the host that works most say more than the sums of all. */
static void choose_host(struct storm *storm, const struct model *model)
{
    uint64_t most = 0;
    for (size_t i = 0; model->pair_count > 1 && i < storm->read; i++) {
        const struct trace_series_row *row = trace_series_reader_row(storm->reader, i);
        uint64_t work = row->values[TRACE_SERIES_CPU_PERMILLE];
        if (strcmp(row->host, "*") != 0 && work > most) {
            most = work;
            storm->host = find_host(storm, row->host);
        }
    }
    storm->chosen = true;
    storm->count = storm->read = 0;
}

void storm_prepare(struct storm *storm, struct model *model)
{
    if (!storm->reader) {
        return;
    }
    if (!storm->patience_sought) {
        seek_patience(storm, model);
    }
    trace_series_reader_poll(storm->reader);
    take_rows(storm);
    if (!storm->chosen && storm->read > 0) {
        choose_host(storm, model);
        take_rows(storm);
    }
}
size_t storm_count(const struct storm *storm)
{
    return storm->count;
}

const char *storm_host(const struct storm *storm)
{
    return storm->host < storm->host_count ? storm->hosts[storm->host] : "*";
}

static const struct trace_series_row *row_of(const struct storm *storm, size_t i)
{
    return trace_series_reader_row(storm->reader, storm->rows[i]);
}

uint64_t storm_time(const struct storm *storm, size_t i)
{
    return row_of(storm, i)->time;
}

uint64_t storm_value(const struct storm *storm, enum storm_figure figure, size_t i)
{
    const struct trace_series_row *row = row_of(storm, i);
    uint64_t value = row->values[figures[figure].column];
    if (figures[figure].unit != STORM_RATE) {
        return value;
    }
    uint64_t begin = i > 0 ? row_of(storm, i - 1)->time : 0;
    uint64_t millis = (row->time - begin) / 1000000;
    return millis > 0 ? value * 1000000 / millis : value * 1000;
}

uint64_t storm_median(const struct storm *storm, enum storm_figure figure, size_t i)
{
    static const struct {
        enum storm_figure figure;
        enum trace_series_column column;
    } medians[] = {{STORM_WAIT, TRACE_SERIES_WAIT_P50},
                   {STORM_SETUP, TRACE_SERIES_SETUP_P50},
                   {STORM_DELAY, TRACE_SERIES_DELAY_P50}};
    for (size_t m = 0; m < sizeof medians / sizeof *medians; m++) {
        if (medians[m].figure == figure) {
            return row_of(storm, i)->values[medians[m].column];
        }
    }
    return storm_value(storm, figure, i);
}

size_t storm_row_at(const struct storm *storm, uint64_t time)
{
    size_t low = 0, high = storm->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (storm_time(storm, middle) < time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

enum storm_figure storm_selected(const struct storm *storm)
{
    return storm->selected;
}

void storm_move(struct storm *storm, int steps)
{
    int at = (int)storm->selected + (steps > 1 ? 1 : steps < -1 ? -1 : steps);
    storm->selected = (enum storm_figure)((at + STORM_FIGURE_COUNT) % STORM_FIGURE_COUNT);
}

void storm_select(struct storm *storm, enum storm_figure figure)
{
    storm->selected = figure;
}

void storm_turn(struct storm *storm, int dir)
{
    if (storm->host_count > 0) {
        storm->host = (storm->host + storm->host_count + (size_t)dir) % storm->host_count;
        storm->count = storm->read = 0;
        storm->chosen = true;
    }
}

void storm_open(const struct storm *storm, struct overview *overview)
{
    static const struct {
        enum storm_figure figure;
        enum overview_column column;
    } sorts[] = {{STORM_AGAIN, OVERVIEW_AGAIN},     {STORM_LOST, OVERVIEW_LOST},
                 {STORM_DROPPED, OVERVIEW_REFUSED}, {STORM_PACKETS, OVERVIEW_PACKETS},
                 {STORM_DELAY, OVERVIEW_RTT},       {STORM_ATTEMPTS, OVERVIEW_LAST},
                 {STORM_SETUPS, OVERVIEW_LAST},     {STORM_GAVE_UP, OVERVIEW_AGAIN}};
    overview_set_filter(overview, figures[storm->selected].filter);
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
        if (sorts[i].figure == storm->selected) {
            overview_sort_by(overview, sorts[i].column);
        }
    }
}

/* ---- in words ---- */

char *storm_words(const struct storm *storm, uint64_t time)
{
    struct words words = {0};
    char p50[WORDS_TIME_MAX], p99[WORDS_TIME_MAX], patience[WORDS_TIME_MAX];
    size_t at = storm_row_at(storm, time);
    if (storm->count == 0) {
        words_add(&words, storm->reader ? "The first interval of the series is not over yet."
                                        : "There is no time series beside this recording.");
        return words.data;
    }
    const struct trace_series_row *row = row_of(storm, at < storm->count ? at : storm->count - 1);
    const uint64_t *values = row->values;
    uint64_t again = values[TRACE_SERIES_RETRANSMISSIONS];
    uint64_t wait = values[TRACE_SERIES_WAIT_P99];
    words_add(&words, "Wait for a core: p50 %s, p99 %s.",
              words_duration(values[TRACE_SERIES_WAIT_P50], p50), words_duration(wait, p99));
    if (storm->patience > 0) {
        words_add(&words, " A request is sent again after %s.",
                  words_duration(storm->patience, patience));
    }
    if (values[TRACE_SERIES_CPU_DROPPED] > 0) {
        words_add(&words,
                  " ◀ A queue is full and %" PRIu64
                  " items were thrown away: their senders will ask again, and the work "
                  "that was done for them is lost.",
                  values[TRACE_SERIES_CPU_DROPPED]);
    } else if (storm->patience > 0 && wait > storm->patience && again > 0) {
        words_add(&words,
                  " ◀ Answers come too late: the request has gone out again by then, and each copy "
                  "is more work. The storm feeds itself.");
    } else if (again > 0 && values[TRACE_SERIES_DATAGRAMS_LOST] > 0) {
        words_add(&words, " Retransmissions come of loss here; no queue is in the way.");
    } else if (values[TRACE_SERIES_ATTEMPTS] > 0) {
        words_add(&words, " Who asks is answered in time.");
    }
    return words.data;
}
