/* The windows of a pair as of the cursor. */
#include "ui/term/windows.h"

#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/words.h"

/* Events looked at: a bound on what one key costs. */
#define IKE_STEPS_MAX 1500
#define ESP_STEPS_MAX 1500

/* Slots shown before the oldest request that has no answer. */
#define SLOTS_BEFORE 2

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)

struct windows *windows_new(void)
{
    struct windows *windows = ui_alloc_zero(sizeof *windows);
    windows->ordinal = UINT64_MAX;
    return windows;
}

static void forget(struct windows *windows)
{
    free(windows->pair[0]);
    free(windows->pair[1]);
    *windows = (struct windows){.ordinal = UINT64_MAX};
}

void windows_free(struct windows *windows)
{
    if (windows) {
        forget(windows);
        free(windows);
    }
}

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

/* ---- requests ---- */

static void take_window(struct windows_requests *requests, const struct trace_ike_window *data)
{
    /* Read backwards: the first one that is met is the newest. */
    if (requests->any || !is(data->requests, "own")) {
        return;
    }
    requests->any = true;
    requests->spi_i = data->spi_i;
    requests->size = data->size;
    requests->oldest = data->oldest;
    requests->next = data->next;
    requests->outstanding = data->outstanding;
    requests->waiting = data->waiting;
    requests->first = data->oldest > SLOTS_BEFORE ? data->oldest - SLOTS_BEFORE : 0;
}

static struct windows_slot *slot_of(struct windows_requests *requests, uint64_t spi_i,
                                    uint64_t message_id)
{
    bool here = requests->any && requests->spi_i == spi_i && message_id >= requests->first &&
                message_id - requests->first < WINDOWS_SLOTS;
    return here ? &requests->slots[message_id - requests->first] : NULL;
}

static void take_sent(struct windows_requests requests[2], int side,
                      const struct trace_record *record)
{
    const struct trace_ike_message_sent *data = record->data;
    int of = data->response ? 1 - side : side;
    struct windows_slot *slot = slot_of(&requests[of], data->spi_i, data->message_id);
    if (!slot) {
        return;
    }
    if (data->response) {
        slot->cached++;
        return;
    }
    if (slot->sent == 0) {
        slot->last_sent = record->time;
    }
    slot->sent++;
    requests[of].whole |= slot == requests[of].slots && data->transmission <= 1;
    snprintf(slot->exchange, sizeof slot->exchange, "%s", data->exchange ? data->exchange : "?");
}

static void take_received(struct windows_requests requests[2], int side,
                          const struct trace_ike_message_received *data)
{
    int of = data->response ? side : 1 - side;
    struct windows_slot *slot = slot_of(&requests[of], data->spi_i, data->message_id);
    if (slot && data->response) {
        slot->answered = true;
    } else if (slot) {
        slot->taken = true;
    }
}

/* True when the first slot of each direction has been seen from its first transmission on: there is
 * nothing further back. */
static bool is_whole(const struct windows_requests requests[2])
{
    return (!requests[0].any || requests[0].whole) && (!requests[1].any || requests[1].whole);
}

/* The pair's previous event of these kinds, *at gets its ordinal; NULL if there is none. */
static const struct trace_record *step_back(struct model *model, uint64_t *at, trace_kinds kinds)
{
    *at = trace_reader_step(model->reader, *at, -1, kinds, model->pair[0], model->pair[1]);
    return *at == UINT64_MAX ? NULL : trace_reader_get(model->reader, *at);
}

static int side_of(const struct windows *windows, const struct trace_record *record)
{
    return strcmp(record->id.scope->host, windows->pair[0]) == 0 ? 0 : 1;
}

static void find_windows(struct windows *windows, struct model *model)
{
    struct windows_requests *requests = windows->requests;
    uint64_t at = model->ordinal + 1;
    for (int i = 0; i < IKE_STEPS_MAX && !(requests[0].any && requests[1].any); i++) {
        const struct trace_record *record = step_back(model, &at, BIT(IKE_WINDOW));
        if (!record) {
            break;
        }
        take_window(&requests[side_of(windows, record)], record->data);
    }
}

static void read_requests(struct windows *windows, struct model *model)
{
    uint64_t at = model->ordinal + 1;
    for (int i = 0; i < IKE_STEPS_MAX && !is_whole(windows->requests); i++) {
        const struct trace_record *record = step_back(
            model, &at, BIT(IKE_MESSAGE_SENT) | BIT(IKE_MESSAGE_RECEIVED) | BIT(IKE_GAVE_UP));
        if (!record) {
            break;
        }
        int side = side_of(windows, record);
        if (record->kind == TRACE_IKE_MESSAGE_SENT_EVENT) {
            take_sent(windows->requests, side, record);
        } else if (record->kind == TRACE_IKE_MESSAGE_RECEIVED_EVENT) {
            take_received(windows->requests, side, record->data);
        } else {
            const struct trace_ike_gave_up *data = record->data;
            struct windows_slot *slot =
                slot_of(&windows->requests[side], data->spi_i, data->message_id);
            if (slot) {
                slot->gave_up = true;
            }
        }
    }
}

char *windows_words(const struct windows_requests *requests, uint64_t now)
{
    struct words words = {0};
    char time[WORDS_TIME_MAX];
    if (!requests->any) {
        words_add(&words, "%s has asked nothing yet.", requests->from);
        return words.data;
    }
    if (requests->outstanding == 0) {
        words_add(&words, "Nothing is unanswered: the next request gets Message ID %" PRIu64 ".",
                  requests->next);
        return words.data;
    }
    const struct windows_slot *slot = &requests->slots[requests->oldest - requests->first];
    words_add(&words, "%" PRIu64 " is the oldest unanswered", requests->oldest);
    if (slot->sent > 1) {
        words_add(&words, ", sent %u times", slot->sent);
    }
    if (slot->sent > 0 && now > slot->last_sent) {
        words_add(&words, slot->sent > 1 ? ", last %s ago" : ", sent %s ago",
                  words_duration(now - slot->last_sent, time));
    }
    words_add(&words,
              slot->sent > 0 && slot->cached > 0 ? "; %s has answered it, and keeps the answer."
              : slot->taken                      ? "; %s has it."
                                                 : "; %s has not got it.",
              requests->to);
    uint64_t end = requests->oldest + requests->size;
    if (requests->waiting > 0) {
        words_add(&words,
                  " %s takes %" PRIu64 " at a time, so IDs up to %" PRIu64 " may be out: %" PRIu64
                  " exchange%s wait%s.",
                  requests->to, requests->size, end - 1, requests->waiting,
                  requests->waiting == 1 ? "" : "s", requests->waiting == 1 ? "s" : "");
    } else if (requests->next < end) {
        words_add(&words, " %" PRIu64 " more may go out at once.", end - requests->next);
    } else {
        words_add(&words, " The window is full: whatever comes must wait.");
    }
    return words.data;
}

/* ---- ESP ---- */

static struct windows_replay *replay_of(struct windows *windows, int side, uint32_t spi)
{
    for (size_t i = 0; i < windows->replay_count; i++) {
        struct windows_replay *replay = &windows->replays[i];
        if (replay->spi == spi && replay->to == windows->pair[side]) {
            return replay;
        }
    }
    if (windows->replay_count == WINDOWS_REPLAYS) {
        return NULL;
    }
    struct windows_replay *replay = &windows->replays[windows->replay_count++];
    *replay = (struct windows_replay){
        .from = windows->pair[1 - side], .to = windows->pair[side], .spi = spi};
    return replay;
}

static void set_bit(struct windows_replay *replay, uint64_t sequence)
{
    uint64_t i = replay->right_edge - sequence;
    if (sequence <= replay->right_edge && i < WINDOWS_BITS && i < replay->window) {
        replay->bits[i / 8] |= (uint8_t)(1u << i % 8);
    }
}

static void take_esp(struct windows *windows, int side, const struct trace_record *record)
{
    const struct trace_esp_received *got = record->data;
    const struct trace_esp_dropped *lost = record->data;
    bool taken = record->kind == TRACE_ESP_RECEIVED_EVENT;
    if (!taken && lost->window == 0) {
        return; /* no SA, no window */
    }
    uint32_t spi = taken ? got->spi : lost->spi;
    uint64_t sequence = taken ? got->sequence : lost->sequence;
    struct windows_replay *replay = replay_of(windows, side, spi);
    if (!replay) {
        return;
    }
    if (replay->window == 0) {
        replay->window = taken ? got->window : lost->window;
        replay->right_edge = taken ? got->right_edge : lost->right_edge;
        replay->sequence = sequence;
        replay->time = record->time;
        replay->ah = is(taken ? got->protocol : lost->protocol, "AH");
        snprintf(replay->refused, sizeof replay->refused, "%s",
                 taken          ? ""
                 : lost->reason ? lost->reason
                                : "?");
    }
    if (taken) {
        set_bit(replay, sequence);
        snprintf(replay->child, sizeof replay->child, "%s", got->child ? got->child : "");
    }
}

static void read_replays(struct windows *windows, struct model *model)
{
    uint64_t at = model->ordinal + 1;
    for (int i = 0; i < ESP_STEPS_MAX; i++) {
        const struct trace_record *record =
            step_back(model, &at, BIT(ESP_RECEIVED) | BIT(ESP_DROPPED));
        if (!record) {
            break;
        }
        take_esp(windows, side_of(windows, record), record);
    }
}

char *windows_verdict(const struct windows_replay *replay)
{
    struct words words = {0};
    words_add(&words, "packet %" PRIu64 ": ", replay->sequence);
    uint64_t left =
        replay->right_edge >= replay->window ? replay->right_edge - replay->window + 1 : 1;
    if (!replay->refused[0]) {
        words_add(&words, replay->sequence == replay->right_edge
                              ? "new and the highest so far: it is the right edge now"
                              : "its bit was clear: late, but new, and taken");
    } else if (is(replay->refused, "replayed")) {
        words_add(&words, "its bit is set already: a replay, refused");
    } else if (is(replay->refused, "too_old")) {
        words_add(&words, "left of %" PRIu64 ", where the window begins: too old to tell, refused",
                  left);
    } else {
        words_add(&words, "refused: %s", replay->refused);
    }
    return words.data;
}

/* ---- both ---- */

/* Brings what the events of windows said up to the cursor. Of an IKE SA that took the place of
 * another nothing is told until it is used: its Message IDs begin at 0 and its windows are 1 again
 * (RFC 7296 §2.18, §2.3), unless more was announced. */
static void bring_up(struct windows *windows, const struct model *model)
{
    if (model->pair_index == UINT32_MAX) {
        return;
    }
    const struct trace_pair_state *pair = &model->state->pairs[model->pair_index];
    for (int side = 0; side < 2; side++) {
        struct windows_requests *requests = &windows->requests[side];
        const struct trace_end_state *end = &pair->end[side];
        if (requests->any && end->spi_i == requests->spi_i) {
            /* What was announced since the window last moved. */
            requests->size = end->window_peer > requests->size ? end->window_peer : requests->size;
        } else if (requests->any && end->spi_i != 0) {
            *requests = (struct windows_requests){.from = requests->from,
                                                  .to = requests->to,
                                                  .any = true,
                                                  .whole = true,
                                                  .spi_i = end->spi_i,
                                                  .size = end->window_peer};
        }
    }
}

void windows_prepare(struct windows *windows, struct model *model)
{
    if (!model->pair[0]) {
        return;
    }
    bool same = windows->pair[0] && strcmp(windows->pair[0], model->pair[0]) == 0 &&
                strcmp(windows->pair[1], model->pair[1]) == 0;
    if (same && windows->ordinal == model->ordinal) {
        return;
    }
    forget(windows);
    windows->ordinal = model->ordinal;
    for (int side = 0; side < 2; side++) {
        windows->pair[side] = ui_copy(model->pair[side]);
    }
    for (int side = 0; side < 2; side++) {
        windows->requests[side].from = windows->pair[side];
        windows->requests[side].to = windows->pair[1 - side];
    }
    find_windows(windows, model);
    bring_up(windows, model);
    read_requests(windows, model);
    read_replays(windows, model);
}
