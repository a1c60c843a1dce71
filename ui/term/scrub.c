/* The marks of the scrubber: where things were lost, rekeyed, went wrong, in one pair's part of the
 * recording. */
#include <string.h>

#include "ui/term/model.h"

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)

#define LOSSES (BIT(NET_LOST) | BIT(CPU_DROPPED))
#define REKEYS (BIT(IKE_SA_REKEYED) | BIT(IKE_CHILD_REKEYED))
#define ERRORS                                                                                     \
    (BIT(IKE_GAVE_UP) | BIT(IKE_CHILD_FAILED) | BIT(IKE_REKEY_FAILED) | BIT(CPU_DROPPED) |         \
     BIT(HOST_ORDER_REFUSED) | BIT(IKE_AUTH_REFUSED) | BIT(IKE_MESSAGE_DROPPED) |                  \
     BIT(IKE_EDITED) | BIT(ESP_EDITED) | BIT(NET_CORRUPTED) | BIT(ESP_DROPPED))

/* Marks looked for in one frame: they stay under some 3 ms. */
#define SCRUB_STEPS 20000

static const struct {
    trace_kinds kinds;
    uint8_t mark;
} searches[MODEL_SCRUB_SEARCHES] = {
    {LOSSES, MODEL_SCRUB_LOSS},
    {ERRORS, MODEL_SCRUB_ERROR},
    {BIT(IKE_MESSAGE_SENT), MODEL_SCRUB_IKE_LOSS},
    {REKEYS, MODEL_SCRUB_REKEY},
};

trace_kinds model_loss_kinds(void)
{
    return LOSSES;
}

trace_kinds model_rekey_kinds(void)
{
    return REKEYS;
}

trace_kinds model_error_kinds(void)
{
    return ERRORS;
}

static uint64_t scrub_span(const struct model *model)
{
    return model->duration > 0 ? model->duration : 1;
}

bool model_is_error(struct model *model, uint64_t ordinal)
{
    enum trace_kind kind = trace_reader_kind(model->reader, ordinal);
    bool ike = kind == TRACE_IKE_MESSAGE_DROPPED_EVENT, esp = kind == TRACE_ESP_DROPPED_EVENT;
    const struct trace_record *record =
        ike || esp ? trace_reader_get(model->reader, ordinal) : NULL;
    const struct trace_ike_message_dropped *message = ike && record ? record->data : NULL;
    const struct trace_esp_dropped *packet = esp && record ? record->data : NULL;
    return !(message && message->reason && strcmp(message->reason, "duplicate") == 0) &&
           !(packet && packet->reason && strcmp(packet->reason, "replayed") == 0);
}

/* A link decides on a datagram when it leaves: its loss stands right behind its net:sent. */
static bool is_lost(struct model *model, uint64_t sent)
{
    uint64_t net =
        trace_reader_step(model->reader, sent, 1, BIT(NET_SENT), model->pair[0], model->pair[1]);
    uint64_t fate = net == UINT64_MAX ? net
                                      : trace_reader_step(model->reader, net, 1, TRACE_ALL_KINDS,
                                                          model->pair[0], model->pair[1]);
    const struct trace_record *record =
        fate == UINT64_MAX ? NULL : trace_reader_get(model->reader, fate);
    return record && record->kind == TRACE_NET_LOST_EVENT &&
           trace_reader_find(model->reader, record->cause) == net;
}

static void set_mark(struct model *model, uint64_t ordinal, uint8_t mark)
{
    double part = (double)trace_reader_time(model->reader, ordinal) / (double)scrub_span(model);
    int bucket = part < 1 ? (int)(part * MODEL_SCRUB_BUCKETS) : MODEL_SCRUB_BUCKETS - 1;
    model->scrub[bucket] |= mark;
}

static bool is_marked(struct model *model, uint8_t mark, uint64_t ordinal)
{
    return mark == MODEL_SCRUB_IKE_LOSS ? is_lost(model, ordinal)
           : mark == MODEL_SCRUB_ERROR  ? model_is_error(model, ordinal)
                                        : true;
}

/* Looks for some more marks. False when there are no more. */
bool model_scrub_some(struct model *model)
{
    bool more = false;
    for (int i = 0; i < MODEL_SCRUB_SEARCHES; i++) {
        if (model->scrub_done[i] == model->count) {
            continue;
        }
        int left = SCRUB_STEPS;
        for (; left > 0; left--) {
            uint64_t at = trace_reader_step(model->reader, model->scrubbed[i], 1, searches[i].kinds,
                                            model->pair[0], model->pair[1]);
            if (at == UINT64_MAX) {
                model->scrub_done[i] = model->count;
                break;
            }
            model->scrubbed[i] = at;
            if (is_marked(model, searches[i].mark, at)) {
                set_mark(model, at, searches[i].mark);
            }
        }
        more = more || left == 0;
    }
    return more;
}

void model_scrub_all(struct model *model)
{
    while (model->pair[0] && model_scrub_some(model)) {
    }
}
