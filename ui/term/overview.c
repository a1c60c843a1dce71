/* All pairs as a list. */
#include "ui/term/overview.h"

#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/search.h"

#define FILTER_MAX 64

/* Pairs whose datagrams are counted in one frame: each costs a look at every event's column. */
#define SPARKS_PER_FRAME 6

struct overview {
    uint32_t count, cap;
    uint32_t *rows;
    enum overview_column column;
    bool turned;
    char filter[FILTER_MAX];

    /* As of when `rows` is. */
    uint64_t ordinal, events;
    bool stale;

    /* By pair; 0xff in the first place: not counted yet. */
    uint32_t spark_count;
    uint8_t (*sparks)[OVERVIEW_SPARKS];
    uint64_t spark_events; /* recording length that they were counted for */
    bool sparks_missing;   /* near the selected row */
};

struct overview *overview_new(void)
{
    struct overview *overview = ui_alloc_zero(sizeof *overview);
    overview->stale = true;
    return overview;
}

void overview_free(struct overview *overview)
{
    if (overview) {
        free(overview->rows);
        free(overview->sparks);
        free(overview);
    }
}

static bool has_state(const struct trace_end_state *end, const char *state)
{
    return end->state && strcmp(end->state, state) == 0;
}

const char *overview_word(const struct trace_pair_state *pair, enum style *style)
{
    bool a = has_state(&pair->end[0], "ESTABLISHED"), b = has_state(&pair->end[1], "ESTABLISHED");
    *style = a && b ? STYLE_GOOD : STYLE_STATE;
    if (a && b) {
        return "up";
    }
    if (a || b) {
        return "half";
    }
    if (!pair->end[0].state && !pair->end[1].state) {
        return "-";
    }
    if (has_state(&pair->end[0], "CLOSED")) {
        *style = STYLE_LOST;
        return "closed";
    }
    return "init";
}

uint64_t overview_bytes(const struct trace_pair_state *pair)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < pair->end[0].child_count; i++) {
        bytes += pair->end[0].children[i].bytes_in + pair->end[0].children[i].bytes_out;
    }
    return bytes;
}

/* ---- filter and order ---- */

static uint64_t number_of(const struct trace_pair_state *pair, enum overview_column column)
{
    switch (column) {
    case OVERVIEW_CHILDREN:
        return pair->end[0].child_count;
    case OVERVIEW_RTT:
        return pair->round_trip;
    case OVERVIEW_AGAIN:
        return pair->retransmissions;
    case OVERVIEW_LOST:
        return pair->lost;
    case OVERVIEW_REFUSED:
        return pair->dropped;
    case OVERVIEW_PACKETS:
        return pair->esp_packets;
    case OVERVIEW_BYTES:
        return overview_bytes(pair);
    case OVERVIEW_LAST:
        return pair->last_event_time;
    default:
        return 0;
    }
}

struct sort_key {
    const struct trace_pair_state *pair;
    const char *word;
    uint64_t number;
    uint32_t index;
    enum overview_column column;
    bool turned;
};

static int compare_words(const char *a, const char *b)
{
    int order = strcmp(a, b);
    return order < 0 ? -1 : order > 0;
}

/* Names from the first on, numbers from the largest on; equals as they were first mentioned. */
static int compare_keys(const void *left, const void *right)
{
    const struct sort_key *a = left, *b = right;
    int order = 0;
    if (a->column == OVERVIEW_PAIR) {
        /* In the order of their mention, which is that of the scenario. */
        order = a->index < b->index ? -1 : a->index > b->index;
    } else if (a->column == OVERVIEW_STATE) {
        order = compare_words(a->word, b->word);
    } else {
        order = a->number > b->number ? -1 : a->number < b->number;
    }
    order = a->turned ? -order : order;
    return order != 0 ? order : a->index < b->index ? -1 : a->index > b->index;
}

static bool passes(const struct overview *overview, const struct trace_pair_state *pair,
                   const char *word)
{
    if (!overview->filter[0]) {
        return true;
    }
    return search_in(pair->a, overview->filter) || search_in(pair->b, overview->filter) ||
           search_in(word, overview->filter) || search_in(pair->end[0].state, overview->filter) ||
           search_in(pair->end[1].state, overview->filter);
}

static void arrange(struct overview *overview, const struct trace_state *state)
{
    struct sort_key *keys = ui_resize(NULL, (state->pair_count + 1) * sizeof *keys);
    uint32_t count = 0;
    for (uint32_t i = 0; i < state->pair_count; i++) {
        enum style style;
        const char *word = overview_word(&state->pairs[i], &style);
        if (passes(overview, &state->pairs[i], word)) {
            keys[count++] =
                (struct sort_key){.pair = &state->pairs[i],
                                  .word = word,
                                  .number = number_of(&state->pairs[i], overview->column),
                                  .index = i,
                                  .column = overview->column,
                                  .turned = overview->turned};
        }
    }
    if (overview->column != OVERVIEW_PAIR || overview->turned) {
        qsort(keys, count, sizeof *keys, compare_keys);
    }
    overview->rows = ui_resize(overview->rows, (count + 1) * sizeof *overview->rows);
    for (uint32_t i = 0; i < count; i++) {
        overview->rows[i] = keys[i].index;
    }
    overview->count = count;
    free(keys);
}

/* ---- sparklines ---- */

#define NOT_COUNTED 0xff

static void count_sparks(const struct model *model, const struct trace_pair_state *pair,
                         uint8_t sparks[OVERVIEW_SPARKS])
{
    uint64_t counts[OVERVIEW_SPARKS], most = 1, before = 0;
    uint64_t span = model->duration / OVERVIEW_SPARKS + 1;
    for (uint64_t i = 0; i < OVERVIEW_SPARKS; i++) {
        uint64_t kinds[TRACE_KIND_COUNT] = {0};
        uint64_t last = trace_reader_at(model->reader, (i + 1) * span - 1);
        uint64_t end = last == UINT64_MAX ? 1 : last + 1;
        if (end > before) {
            /* Both ends of the range are left out. */
            uint64_t after = before > 0 ? before - 1 : 0;
            trace_reader_tally(model->reader, pair->a, pair->b, after, end, kinds);
            trace_reader_tally(model->reader, pair->b, pair->a, after, end, kinds);
        }
        counts[i] = kinds[TRACE_NET_SENT_EVENT];
        most = counts[i] > most ? counts[i] : most;
        before = end;
    }
    for (int i = 0; i < OVERVIEW_SPARKS; i++) {
        sparks[i] = (uint8_t)((counts[i] * 8 + most - 1) / most);
    }
}

/* Counts for pairs around the selected row that have no sparkline yet. */
static void prepare_sparks(struct overview *overview, const struct model *model)
{
    uint32_t pairs = model->state->pair_count;
    if (overview->spark_count < pairs || overview->spark_events != model->count) {
        overview->sparks = ui_resize(overview->sparks, (pairs + 1) * sizeof *overview->sparks);
        uint32_t first = overview->spark_events != model->count ? 0 : overview->spark_count;
        for (uint32_t i = first; i < pairs; i++) {
            overview->sparks[i][0] = NOT_COUNTED;
        }
        overview->spark_count = pairs;
        overview->spark_events = model->count;
    }
    int left = SPARKS_PER_FRAME;
    uint32_t at = overview_selected(overview, model), around = 100;
    uint32_t first = at < overview->count && at > around ? at - around : 0;
    overview->sparks_missing = false;
    for (uint32_t i = first; i < overview->count && i < first + 2 * around; i++) {
        uint32_t pair = overview->rows[i];
        if (overview->sparks[pair][0] != NOT_COUNTED) {
            continue;
        }
        if (left-- == 0) {
            overview->sparks_missing = true;
            break;
        }
        count_sparks(model, &model->state->pairs[pair], overview->sparks[pair]);
    }
}

const uint8_t *overview_sparks(const struct overview *overview, uint32_t pair)
{
    bool counted = pair < overview->spark_count && overview->sparks[pair][0] != NOT_COUNTED;
    return counted ? overview->sparks[pair] : NULL;
}

/* ---- all of it ---- */

void overview_prepare(struct overview *overview, const struct model *model)
{
    if (!model->state) {
        return;
    }
    if (overview->stale || overview->ordinal != model->ordinal ||
        overview->events != model->count) {
        arrange(overview, model->state);
        overview->ordinal = model->ordinal;
        overview->events = model->count;
        overview->stale = false;
    }
    prepare_sparks(overview, model);
}

bool overview_busy(const struct overview *overview, const struct model *model)
{
    return model->state && overview->sparks_missing;
}

uint32_t overview_count(const struct overview *overview)
{
    return overview->count;
}

uint32_t overview_pair(const struct overview *overview, uint32_t row)
{
    return overview->rows[row];
}

uint32_t overview_selected(const struct overview *overview, const struct model *model)
{
    uint32_t row = 0;
    while (row < overview->count && overview->rows[row] != model->pair_index) {
        row++;
    }
    return row;
}

void overview_move(struct overview *overview, struct model *model, int64_t steps)
{
    if (overview->count == 0) {
        return;
    }
    int64_t last = (int64_t)overview->count - 1, at = overview_selected(overview, model);
    at = at > last ? 0 : at + steps;
    model_select(model, overview->rows[at < 0 ? 0 : at > last ? last : at]);
}

void overview_sort(struct overview *overview, bool turn)
{
    if (turn) {
        overview->turned = !overview->turned;
    } else {
        overview->column = (enum overview_column)((overview->column + 1) % OVERVIEW_COLUMN_COUNT);
    }
    overview->stale = true;
}

void overview_sort_by(struct overview *overview, enum overview_column column)
{
    overview->column = column;
    overview->turned = false;
    overview->stale = true;
}

enum overview_column overview_sorted_by(const struct overview *overview, bool *turned)
{
    *turned = overview->turned;
    return overview->column;
}

void overview_set_filter(struct overview *overview, const char *filter)
{
    snprintf(overview->filter, sizeof overview->filter, "%s", filter);
    overview->stale = true;
}

const char *overview_filter(const struct overview *overview)
{
    return overview->filter;
}
