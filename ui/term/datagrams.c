/* The last datagrams of a pair. */
#include "ui/term/datagrams.h"

#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"

/* Events that are looked at; ends of datagrams that are kept until their beginning is met. */
#define BACK_MAX 600

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)

/* How a datagram ended: met before it, as the reading goes backwards. */
struct end {
    struct trace_ref net;
    bool lost, overtaken;
    uint64_t delay;
    char why[24];
};

struct reading {
    struct model *model;
    struct datagrams *datagrams;
    size_t end_count;
    struct end ends[BACK_MAX];
};

static void take_end(struct reading *reading, const struct trace_record *record)
{
    struct end *end = &reading->ends[reading->end_count++];
    *end = (struct end){.net = record->cause};
    if (record->kind == TRACE_NET_LOST_EVENT) {
        const struct trace_net_lost *data = record->data;
        end->lost = true;
        snprintf(end->why, sizeof end->why, "%s", data->why ? data->why : "");
    } else {
        const struct trace_net_delivered *data = record->data;
        end->net = data->sent;
        end->delay = data->delay;
        end->overtaken = data->overtaken;
    }
}

void datagrams_name(struct trace_reader *reader, const struct trace_record *net,
                    struct datagram *datagram)
{
    datagram->esp = ladder_is_esp(net->data);
    uint64_t at = net->cause.scope ? trace_reader_find(reader, net->cause) : UINT64_MAX;
    const struct trace_record *record = at == UINT64_MAX ? NULL : trace_reader_get(reader, at);
    if (record && record->kind == TRACE_IKE_MESSAGE_SENT_EVENT) {
        const struct trace_ike_message_sent *sent = record->data;
        datagram->response = sent->response;
        datagram->again = sent->transmission > 1;
        snprintf(datagram->what, sizeof datagram->what, "%s %s %" PRIu64 "%s",
                 sent->exchange ? sent->exchange : "?", sent->response ? "response" : "request",
                 sent->message_id, datagram->again ? ", again" : "");
    } else if (record && record->kind == TRACE_ESP_SENT_EVENT) {
        const struct trace_esp_sent *sent = record->data;
        snprintf(datagram->what, sizeof datagram->what, "%s %" PRIu64 " of %s",
                 sent->protocol ? sent->protocol : "ESP", sent->sequence,
                 sent->child ? sent->child : "?");
    } else if (record && record->kind == TRACE_IKE_KEEPALIVE_EVENT) {
        snprintf(datagram->what, sizeof datagram->what, "%s", LADDER_KEEPALIVE);
    } else {
        snprintf(datagram->what, sizeof datagram->what, "%s",
                 datagram->esp ? "ESP" : "of somebody else's making, or an ICMP error");
    }
}

static void take_sent(struct reading *reading, uint64_t ordinal, const struct trace_record *record)
{
    const struct trace_net_sent *data = record->data;
    struct datagram *datagram = &reading->datagrams->list[reading->datagrams->count++];
    struct trace_ref id = record->id;
    *datagram = (struct datagram){
        .ordinal = ordinal,
        .sent = record->time,
        .side = strcmp(record->id.scope->host, reading->model->pair[0]) == 0 ? 0 : 1,
        .octets = data->bytes.len,
    };
    datagrams_name(reading->model->reader, record, datagram);
    for (size_t i = reading->end_count; i-- > 0;) { /* the first end that came, last */
        const struct end *end = &reading->ends[i];
        if (end->net.scope != id.scope || end->net.n != id.n) {
            continue;
        }
        datagram->copies += !end->lost;
        if (datagram->fate == DATAGRAM_FLYING) {
            datagram->fate = end->lost ? DATAGRAM_LOST : DATAGRAM_ARRIVED;
            datagram->delay = end->delay;
            datagram->overtaken = end->overtaken;
            memcpy(datagram->why, end->why, sizeof end->why);
        }
    }
}

void datagrams_read(struct datagrams *datagrams, struct model *model)
{
    struct reading *reading = ui_alloc_zero(sizeof *reading);
    uint64_t at = model->ordinal + 1;
    reading->model = model;
    reading->datagrams = datagrams;
    datagrams->count = 0;
    for (int i = 0; model->pair[0] && i < BACK_MAX && datagrams->count < DATAGRAMS_MAX; i++) {
        at = trace_reader_step(model->reader, at, -1,
                               BIT(NET_SENT) | BIT(NET_LOST) | BIT(NET_DELIVERED), model->pair[0],
                               model->pair[1]);
        const struct trace_record *record =
            at == UINT64_MAX ? NULL : trace_reader_get(model->reader, at);
        if (!record) {
            break;
        }
        if (record->kind == TRACE_NET_SENT_EVENT) {
            take_sent(reading, at, record);
        } else {
            take_end(reading, record);
        }
    }
    free(reading);
}
