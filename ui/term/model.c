/* A recording as it is watched: cursor, pair, and what follows from them. */
#include "ui/term/model.h"

#include <limits.h>

#include "ui/memory.h"
#include "ui/term/explain.h"
#include "ui/term/secrets.h"

/* Events before and behind the cursor that the ladder is made of. The highest screen shows 100
 * rows. Folded, ESP does not count, and of a long stretch of it only both ends are read; what is
 * between is counted by kind. */
#define WINDOW_BACK 800
#define WINDOW_BACK_IKE 300
#define WINDOW_AHEAD 200
#define WINDOW_ROWS_MAX 20000
#define STRETCH_MIN 800
#define STRETCH_HEAD 60
#define STRETCH_TAIL 400

/* So many pairs are folded together in no time. */
#define PAIRS_FEW 32

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)

static void take_header(struct model *model)
{
    const struct trace_record *record =
        model->scenario || model->count == 0 ? NULL : trace_reader_get(model->reader, 0);
    if (record && record->kind == TRACE_RUN_BEGIN_EVENT) {
        const struct trace_run_begin *begin = record->data;
        model->scenario = ui_copy(begin->scenario ? begin->scenario : "?");
        model->keys = ui_copy(begin->keys ? begin->keys : "?");
        model->seed = begin->seed;
        model->duration = begin->duration;
    }
}

struct model *model_new(struct trace_reader *reader, struct crypto_context *crypto)
{
    struct model *model = ui_alloc_zero(sizeof *model);
    model->reader = reader;
    model->crypto = crypto;
    model->why_ordinal = model->tree_datagram = model->secrets_last = UINT64_MAX;
    model->pair_index = UINT32_MAX;
    rewind_reset(&model->rewind);
    model_set_speed(model, "1/20");
    model->count = trace_reader_count(reader);
    model->complete = trace_reader_complete(reader);
    take_header(model);
    return model;
}

static void forget_pair(struct model *model)
{
    ladder_free(model->ladder);
    model->ladder = NULL;
    if (model->secrets) {
        dissect_keys_free(model->secrets);
    }
    model->secrets = NULL;
    model->secrets_last = UINT64_MAX;
    model->secrets_next = 0;
    dissect_tree_free(model->tree);
    model->tree = NULL;
    model->tree_datagram = UINT64_MAX;
    memset(model->scrub, 0, sizeof model->scrub);
    memset(model->scrubbed, 0, sizeof model->scrubbed);
    memset(model->scrub_done, 0, sizeof model->scrub_done);
}

void model_free(struct model *model)
{
    if (!model) {
        return;
    }
    forget_pair(model);
    rewind_reset(&model->rewind);
    pair_state_reset(&model->pair_state);
    free(model->pair[0]);
    free(model->pair[1]);
    free(model->scenario);
    free(model->keys);
    free(model->why);
    free(model);
}

bool model_refresh(struct model *model)
{
    uint64_t before = model->count;
    bool was_complete = model->complete;
    model->count = trace_reader_refresh(model->reader);
    model->complete = trace_reader_complete(model->reader);
    if (model->count < before) {
        /* Another recording has taken its place. */
        forget_pair(model);
        rewind_reset(&model->rewind);
        pair_state_reset(&model->pair_state);
        free(model->scenario);
        free(model->keys);
        model->scenario = model->keys = NULL;
        model->why_ordinal = UINT64_MAX;
        model_home(model);
    }
    take_header(model);
    return model->count != before || model->complete != was_complete;
}

/* ---- the ladder around the cursor ---- */

static void ladder_take(struct model *model, uint64_t ordinal)
{
    const struct trace_record *record = trace_reader_get(model->reader, ordinal);
    if (record) {
        ladder_add(model->ladder, ordinal, record);
    }
    model->window_last = ordinal;
}

static uint64_t next_event(struct model *model, uint64_t from, int dir, trace_kinds kinds)
{
    return trace_reader_step(model->reader, from, dir, kinds, model->pair[0], model->pair[1]);
}

/* The event `steps` of the pair's before `from`; *left gets how many there were too few. */
static uint64_t go_back(struct model *model, uint64_t from, int steps, trace_kinds kinds, int *left)
{
    while (steps > 0) {
        uint64_t at = next_event(model, from, -1, kinds);
        if (at == UINT64_MAX) {
            break;
        }
        from = at;
        steps--;
    }
    *left = steps;
    return from;
}

/* Takes up to `max` events, none behind `end`. */
static void take_some(struct model *model, uint64_t end, int max)
{
    for (; max > 0; max--) {
        uint64_t at = next_event(model, model->window_last, 1, ladder_kinds());
        if (at == UINT64_MAX || at > end) {
            return;
        }
        ladder_take(model, at);
    }
}

/* Takes everything up to `end`, between which and window_last there is nothing of IKE. */
static void take_stretch(struct model *model, uint64_t end)
{
    if (!model->unfold && end - model->window_last > STRETCH_MIN) {
        take_some(model, end, STRETCH_HEAD);
        int left;
        uint64_t tail = go_back(model, end, STRETCH_TAIL, ladder_kinds(), &left);
        if (left == 0 && tail > model->window_last + 1) {
            ladder_skip(model->ladder, model->window_last, tail);
            model->window_last = tail - 1;
        }
    }
    take_some(model, end, INT_MAX);
}

static void rebuild_window(struct model *model)
{
    ladder_free(model->ladder);
    model->ladder = ladder_new(model->reader, model->pair[0], model->pair[1], model->unfold);
    int left;
    uint64_t first =
        model->unfold ? go_back(model, model->ordinal, WINDOW_BACK, ladder_kinds(), &left)
                      : go_back(model, model->ordinal, WINDOW_BACK_IKE, ladder_ike_kinds(), &left);
    bool whole = left > 0;
    /* A step excludes where it starts from. */
    model->window_last = whole ? 0 : first - 1;
    while (!model->unfold) {
        uint64_t ike = next_event(model, model->window_last, 1, ladder_ike_kinds());
        if (ike > model->ordinal) {
            break;
        }
        take_stretch(model, ike);
    }
    take_stretch(model, model->ordinal);
    bool skipped = model->ladder->skip_count > 0;
    model->window_safe = go_back(model, model->ordinal, STRETCH_TAIL / 2, ladder_kinds(), &left);
    if (whole && (!skipped || left > 0)) {
        model->window_safe = 0;
    }
}

static void prepare_ladder(struct model *model)
{
    bool usable = model->ladder && model->ordinal >= model->window_safe &&
                  model->ladder->row_count < WINDOW_ROWS_MAX;
    if (usable && model->ordinal > model->window_last) {
        /* A far jump ahead: cheaper to begin anew than to read all that lies between. */
        int left;
        usable = go_back(model, model->ordinal, WINDOW_BACK, ladder_kinds(), &left) <=
                 model->window_last;
    }
    if (!usable) {
        rebuild_window(model);
    }
    for (int ahead = 0; ahead < WINDOW_AHEAD;) {
        uint64_t at = next_event(model, model->window_last, 1, ladder_kinds());
        if (at == UINT64_MAX) {
            break;
        }
        ladder_take(model, at);
        ahead += at > model->ordinal;
    }
}

/* ---- what else follows from the cursor ---- */

static bool is_pair(const struct model *model, uint32_t index, int left)
{
    const struct trace_pair_state *pair = &model->state->pairs[index];
    return strcmp(pair->a, model->pair[left]) == 0 && strcmp(pair->b, model->pair[!left]) == 0;
}

/* Where the pair stands in the state: mostly where it stood before. */
static void find_pair(struct model *model)
{
    uint32_t count = model->pair[0] ? model->state->pair_count : 0;
    if (model->pair_index < count && is_pair(model, model->pair_index, 0)) {
        return;
    }
    model->pair_index = UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
        if (is_pair(model, i, 1)) {
            /* It was guessed before the state knew who connects to whom. */
            char *left = model->pair[0];
            model->pair[0] = model->pair[1];
            model->pair[1] = left;
            ladder_free(model->ladder);
            model->ladder = NULL;
        }
        if (is_pair(model, i, 0)) {
            model->pair_index = i;
            return;
        }
    }
}

static void prepare_pair(struct model *model)
{
    if (!model->pair[0] && model->state->pair_count > 0) {
        model->pair[0] = ui_copy(model->state->pairs[0].a);
        model->pair[1] = ui_copy(model->state->pairs[0].b);
    }
    if (!model->pair[0]) {
        /* Nothing has happened yet at the cursor, but something may behind it. */
        uint64_t at = trace_reader_step(model->reader, model->ordinal, 1,
                                        BIT(HOST_ORDER) | BIT(IKE_MESSAGE_SENT), NULL, NULL);
        const struct trace_record *record =
            at == UINT64_MAX ? NULL : trace_reader_get(model->reader, at);
        if (record && record->id.scope->peer) {
            model->pair[0] = ui_copy(record->id.scope->host);
            model->pair[1] = ui_copy(record->id.scope->peer);
        }
    }
    find_pair(model);
}

static bool is_of_pair(const struct model *model, const char *host)
{
    return strcmp(host, model->pair[0]) == 0 || strcmp(host, model->pair[1]) == 0;
}

/* The event itself unless it is about two others: then the pair's last one before it. Among many
 * pairs the cursor mostly stands on events of others. */
static uint64_t own_event(struct model *model, uint64_t ordinal)
{
    const struct trace_record *record =
        model->everywhere || !model->pair[0] ? NULL : trace_reader_get(model->reader, ordinal);
    const struct trace_scope *scope = record ? record->id.scope : NULL;
    if (!scope || !scope->peer ||
        (is_of_pair(model, scope->host) && is_of_pair(model, scope->peer))) {
        return ordinal;
    }
    uint64_t before = next_event(model, ordinal, -1, TRACE_ALL_KINDS);
    return before != UINT64_MAX ? before : ordinal;
}

/* A step tells of exactly the event that it went to. Where time went by, while it plays or to a
 * time that was asked for, many events did: what is told is the row that they belong to, or at
 * least an event that the ladder shows. */
static void prepare_why(struct model *model)
{
    uint64_t ordinal = own_event(model, model->ordinal);
    bool passed = (model->playing || model->by_time) && model->ladder && !model->everywhere;
    size_t row = passed ? ladder_row_at(model->ladder, ordinal) : LADDER_NONE;
    if (row != LADDER_NONE && model->ladder->rows[row].kind != LADDER_ESP) {
        ordinal = model->ladder->rows[row].ordinal;
    } else if (row != LADDER_NONE) {
        uint64_t shown = next_event(model, ordinal + 1, -1, ladder_kinds());
        ordinal = shown != UINT64_MAX ? shown : ordinal;
    }
    if (model->why_ordinal != ordinal || !model->why) {
        free(model->why);
        model->why = explain_event(model->reader, ordinal);
        model->why_ordinal = ordinal;
    }
}

static void prepare_secrets(struct model *model)
{
    bool after = model->secrets_last == UINT64_MAX || model->ordinal >= model->secrets_last;
    if (model->secrets && after && model->ordinal < model->secrets_next) {
        return;
    }
    uint64_t last = trace_reader_step(model->reader, model->ordinal + 1, -1, secrets_kinds(),
                                      model->pair[0], model->pair[1]);
    uint64_t next = trace_reader_step(model->reader, model->ordinal, 1, secrets_kinds(),
                                      model->pair[0], model->pair[1]);
    /* What a growing recording will bring is not known yet. */
    model->secrets_next = next == UINT64_MAX && !model->complete ? model->count : next;
    uint64_t at = model->secrets_last;
    bool onwards = model->secrets && at != UINT64_MAX && last != UINT64_MAX && last > at;
    if (!onwards) {
        if (model->secrets) {
            dissect_keys_free(model->secrets);
        }
        model->secrets = dissect_keys_new();
        at = 0;
    }
    while (last != UINT64_MAX && at < last) {
        at = trace_reader_step(model->reader, at, 1, secrets_kinds(), model->pair[0],
                               model->pair[1]);
        const struct trace_record *record =
            at == UINT64_MAX ? NULL : trace_reader_get(model->reader, at);
        if (record) {
            secrets_add(model->secrets, record);
        }
    }
    model->secrets_last = last;
}

static void prepare_tree(struct model *model)
{
    prepare_secrets(model);
    size_t row = ladder_row_at(model->ladder, model->ordinal);
    uint64_t datagram = ladder_datagram(model->ladder, row, model->ordinal);
    if (datagram == model->tree_datagram && model->tree_secrets == model->secrets_last) {
        return;
    }
    dissect_tree_free(model->tree);
    model->tree = NULL;
    const struct trace_record *record =
        datagram == UINT64_MAX ? NULL : trace_reader_get(model->reader, datagram);
    if (record && model->crypto) {
        model->tree = secrets_dissect(model->crypto, model->secrets, record);
    }
    model->tree_datagram = datagram;
    model->tree_secrets = model->secrets_last;
}

/* Of many pairs the state of all takes too long for a key that is about one of them. */
static void prepare_state(struct model *model)
{
    if (model->whole || !model->pair[0] || model->pair_count <= PAIRS_FEW) {
        model->state = rewind_state(&model->rewind, model->reader, model->ordinal);
        model->pair_count = model->state->pair_count;
    } else {
        model->state = pair_state_at(&model->pair_state, model->reader, model->pair[0],
                                     model->pair[1], model->ordinal);
    }
}

void model_prepare(struct model *model)
{
    if (model->count == 0) {
        return;
    }
    prepare_state(model);
    prepare_pair(model);
    if (model->pair[0]) {
        prepare_ladder(model);
        prepare_tree(model);
        model_scrub_some(model);
    }
    prepare_why(model);
}

/* ---- moving ---- */

void model_seek(struct model *model, uint64_t ordinal)
{
    if (model->count == 0) {
        return;
    }
    model->ordinal = ordinal < model->count ? ordinal : model->count - 1;
    model->time = trace_reader_time(model->reader, model->ordinal);
    model->by_time = false;
}

void model_seek_time(struct model *model, uint64_t time)
{
    uint64_t at = trace_reader_at(model->reader, time);
    model_seek(model, at == UINT64_MAX ? 0 : at);
    if (model->complete && time > model->duration) { /* behind the end there is nothing */
        time = model->duration;
    }
    model->time = time > model->time ? time : model->time;
    model->by_time = true;
}

void model_home(struct model *model)
{
    model->ordinal = model->time = 0;
    model->by_time = false;
}

void model_end(struct model *model)
{
    model_seek(model, model->count - 1);
}

/* As next_event, among the events of all where that is wanted. */
static uint64_t next_step(struct model *model, uint64_t from, int dir, trace_kinds kinds)
{
    return model->everywhere ? trace_reader_step(model->reader, from, dir, kinds, NULL, NULL)
                             : next_event(model, from, dir, kinds);
}

bool model_step(struct model *model, int dir, trace_kinds kinds)
{
    if (!model->pair[0] && !model->everywhere) {
        return false;
    }
    uint64_t at = next_step(model, model->ordinal, dir, kinds);
    if (at == UINT64_MAX && dir < 0 && kinds == TRACE_ALL_KINDS && model->ordinal > 0) {
        at = 0;
    }
    if (at == UINT64_MAX) {
        return false;
    }
    model_seek(model, at);
    return true;
}

bool model_step_exchange(struct model *model, int dir)
{
    uint64_t at = model->ordinal;
    while (model->pair[0] || model->everywhere) {
        at = next_step(model, at, dir, BIT(IKE_MESSAGE_SENT));
        const struct trace_record *record =
            at == UINT64_MAX ? NULL : trace_reader_get(model->reader, at);
        if (!record) {
            return false;
        }
        const struct trace_ike_message_sent *sent = record->data;
        if (!sent->response && sent->transmission <= 1) {
            model_seek(model, at);
            return true;
        }
    }
    return false;
}

bool model_step_row(struct model *model, int dir)
{
    if (!model->ladder) {
        return false;
    }
    const struct ladder *ladder = model->ladder;
    size_t at = ladder_row_at(ladder, model->ordinal);
    if (dir > 0) {
        size_t next = at == LADDER_NONE ? 0 : at;
        while (next < ladder->row_count &&
               ladder_row_end(ladder, &ladder->rows[next]) <= model->ordinal) {
            next++;
        }
        if (next == ladder->row_count) {
            return false;
        }
        /* A gap has the event of the row behind it. */
        next += ladder->rows[next].kind == LADDER_GAP && next + 1 < ladder->row_count;
        model_seek(model, ladder_row_end(ladder, &ladder->rows[next]));
        return true;
    }
    uint64_t here = at == LADDER_NONE ? 0 : ladder->rows[at].ordinal;
    while (at != LADDER_NONE && ladder->rows[at].ordinal == here) {
        at = at > 0 ? at - 1 : LADDER_NONE;
    }
    if (at == LADDER_NONE) {
        bool moved = model->ordinal > 0;
        model_home(model);
        return moved;
    }
    model_seek(model, ladder_row_end(ladder, &ladder->rows[at]));
    return true;
}

bool model_select(struct model *model, uint32_t index)
{
    if (!model->state || index >= model->state->pair_count) {
        return false;
    }
    if (index != model->pair_index) {
        model_show_pair(model, model->state->pairs[index].a, model->state->pairs[index].b);
        model->pair_index = index;
    }
    return true;
}

void model_show_pair(struct model *model, const char *a, const char *b)
{
    if (model->pair[0] && ((strcmp(model->pair[0], a) == 0 && strcmp(model->pair[1], b) == 0) ||
                           (strcmp(model->pair[0], b) == 0 && strcmp(model->pair[1], a) == 0))) {
        return;
    }
    char *left = ui_copy(a), *right = ui_copy(b); /* they may be what is freed now */
    forget_pair(model);
    free(model->pair[0]);
    free(model->pair[1]);
    model->pair[0] = left;
    model->pair[1] = right;
    model->pair_index = UINT32_MAX; /* found by model_prepare, which also knows who is left */
}

void model_unfold(struct model *model, bool unfold)
{
    if (model->unfold != unfold) {
        model->unfold = unfold;
        ladder_free(model->ladder);
        model->ladder = NULL;
    }
}
