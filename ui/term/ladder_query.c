/* Questions to a ladder: which row stands at a cursor, what is on its way, what a run of ESP has
 * come to. */
#include "ui/term/ladder.h"

uint64_t ladder_row_end(const struct ladder *ladder, const struct ladder_row *row)
{
    return row->kind == LADDER_ESP ? ladder->esp[row->first + row->count - 1].ordinal
                                   : row->ordinal;
}

size_t ladder_row_at(const struct ladder *ladder, uint64_t ordinal)
{
    size_t low = 0, high = ladder->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ladder->rows[middle].ordinal <= ordinal) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? low - 1 : LADDER_NONE;
}

/* Rows looked at for what is on its way: what left longer ago has arrived, or never will. */
#define FLYING_ROWS 600

size_t ladder_flying(const struct ladder *ladder, uint64_t ordinal, size_t *messages, size_t max)
{
    size_t row = ladder_row_at(ladder, ordinal), count = 0;
    for (size_t i = 0; i < FLYING_ROWS && row != LADDER_NONE && count < max; i++) {
        size_t index = ladder->rows[row].message;
        if (ladder->rows[row].kind == LADDER_SEND) {
            const struct ladder_message *message = &ladder->messages[index];
            bool left = message->net_ordinal == UINT64_MAX || message->net_ordinal <= ordinal;
            if (left && message->end_ordinal > ordinal) {
                messages[count++] = index;
            }
        }
        row = row > 0 ? row - 1 : LADDER_NONE;
    }
    for (size_t i = 0; i < count / 2; i++) {
        size_t other = messages[i];
        messages[i] = messages[count - 1 - i];
        messages[count - 1 - i] = other;
    }
    return count;
}

uint64_t ladder_datagram(const struct ladder *ladder, size_t row_index, uint64_t ordinal)
{
    if (row_index == LADDER_NONE) {
        return UINT64_MAX;
    }
    const struct ladder_row *row = &ladder->rows[row_index];
    uint64_t net = UINT64_MAX;
    if (row->kind == LADDER_ESP) {
        for (size_t i = 0; i < row->count && ladder->esp[row->first + i].ordinal <= ordinal; i++) {
            if (ladder->esp[row->first + i].net_ordinal != UINT64_MAX) {
                net = ladder->esp[row->first + i].net_ordinal;
            }
        }
    } else if (row->message != LADDER_NONE) {
        net = ladder->messages[row->message].net_ordinal;
    }
    return net;
}

static void add_counts(struct ladder_esp_counts *counts, const struct ladder_esp_counts *more)
{
    for (int side = 0; side < 2; side++) {
        counts->sent[side] += more->sent[side];
        counts->arrived[side] += more->arrived[side];
    }
    counts->of_ah += more->of_ah;
    counts->lost += more->lost;
    counts->copies += more->copies;
    counts->refused += more->refused;
    counts->no_sa += more->no_sa;
    counts->round_trip = more->round_trip > 0 ? more->round_trip : counts->round_trip;
}

struct ladder_esp_counts ladder_esp_count(const struct ladder *ladder, const struct ladder_row *row,
                                          uint64_t ordinal)
{
    struct ladder_esp_counts counts = {0};
    for (size_t i = 0; i < row->count && ladder->esp[row->first + i].ordinal <= ordinal; i++) {
        const struct ladder_esp_event *event = &ladder->esp[row->first + i];
        switch ((enum ladder_esp_what)event->what) {
        case LADDER_ESP_SENT:
            counts.sent[event->side]++;
            counts.of_ah += event->value;
            break;
        case LADDER_ESP_ARRIVED:
            counts.arrived[event->side]++;
            break;
        case LADDER_ESP_COPY:
            counts.copies++;
            break;
        case LADDER_ESP_LOST:
            counts.lost++;
            break;
        case LADDER_ESP_REFUSED:
            counts.refused++;
            break;
        case LADDER_ESP_ANSWERED:
            counts.round_trip = event->value;
            break;
        case LADDER_ESP_NO_SA:
            counts.no_sa++;
            break;
        case LADDER_ESP_SKIPPED:
            add_counts(&counts, &ladder->skips[event->value]);
            break;
        }
    }
    return counts;
}
