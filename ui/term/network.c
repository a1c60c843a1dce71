/* Hosts and links as of the cursor. */
#include "ui/term/network.h"

#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"

/* Events of a link looked at, back and ahead. */
#define BACK_MAX 600
#define AHEAD_MAX 300

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)

struct network *network_new(void)
{
    struct network *network = ui_alloc_zero(sizeof *network);
    network->ordinal = UINT64_MAX;
    return network;
}

void network_free(struct network *network)
{
    free(network);
}

/* A datagram that has left and of which no end is known by the cursor. */
struct flight {
    struct trace_ref net;
    uint64_t sent, end; /* UINT64_MAX: not known */
    int side;
    bool esp;
};

struct reading {
    struct model *model;
    struct network_link *link;
    const char *host[2];
    size_t ended_count;
    struct trace_ref ended[BACK_MAX];
    size_t flight_count;
    struct flight flights[NETWORK_FLYING];
};

static bool same_ref(struct trace_ref a, struct trace_ref b)
{
    return a.scope == b.scope && a.n == b.n;
}

static int side_of(const struct reading *reading, const struct trace_record *record)
{
    return strcmp(record->id.scope->host, reading->host[0]) == 0 ? 0 : 1;
}

static void take_delivered(struct reading *reading, const struct trace_record *record)
{
    const struct trace_net_delivered *data = record->data;
    struct network_way *way = &reading->link->way[1 - side_of(reading, record)];
    reading->ended[reading->ended_count++] = data->sent;
    if (way->recent >= NETWORK_RECENT) {
        return;
    }
    way->overtaken += data->overtaken;
    way->delay_min =
        way->delays == 0 || data->delay < way->delay_min ? data->delay : way->delay_min;
    way->delay_max = data->delay > way->delay_max ? data->delay : way->delay_max;
    way->delay_sum += data->delay;
    way->delays++;
}

static void take_lost(struct reading *reading, const struct trace_record *record)
{
    const struct trace_net_lost *data = record->data;
    struct network_way *way = &reading->link->way[side_of(reading, record)];
    reading->ended[reading->ended_count++] = record->cause;
    if (way->recent < NETWORK_RECENT) {
        const char *why = data->why ? data->why : "";
        bool queue = strcmp(why, "queue") == 0;
        bool dice = strcmp(why, "loss") == 0 || strcmp(why, "gemodel") == 0;
        way->recent_lost++;
        way->lost_queue += queue;
        way->lost_other += !queue && !dice;
    }
}

static void take_queued(struct reading *reading, const struct trace_record *record)
{
    const struct trace_net_queued *data = record->data;
    struct network_way *way = &reading->link->way[side_of(reading, record)];
    way->limit = way->limit ? way->limit : data->limit; /* the newest, read backwards */
    way->waiting += record->time + data->wait > reading->model->time;
    way->waited_most = data->waiting > way->waited_most ? data->waiting : way->waited_most;
}

/* Read backwards: the first one that is met is the newest. */
static void take_translated(struct reading *reading, const struct trace_record *record)
{
    const struct trace_net_translated *data = record->data;
    int side = side_of(reading, record);
    struct network_way *way = &reading->link->way[side];
    const char *own = "";
    for (uint32_t i = 0; i < reading->model->state->host_count; i++) {
        const struct trace_host_state *host = &reading->model->state->hosts[i];
        own = strcmp(host->name, reading->host[side]) == 0 && host->address ? host->address : own;
    }
    if (!way->nat[0]) {
        const char *source = data->source ? data->source : "?";
        snprintf(way->nat, sizeof way->nat, "%s", data->nat ? data->nat : "?");
        if (strcmp(source, own) != 0) {
            snprintf(way->outside, sizeof way->outside, "%s:%" PRIu64, source, data->source_port);
        }
    }
}

static void take_sent(struct reading *reading, const struct trace_record *record)
{
    int side = side_of(reading, record);
    struct network_way *way = &reading->link->way[side];
    way->recent += way->recent < NETWORK_RECENT;
    for (size_t i = 0; i < reading->ended_count; i++) {
        if (same_ref(reading->ended[i], record->id)) {
            return;
        }
    }
    way->flying++;
    if (reading->flight_count < NETWORK_FLYING) {
        reading->flights[reading->flight_count++] =
            (struct flight){record->id, record->time, UINT64_MAX, side,
                            ladder_is_esp((const struct trace_net_sent *)record->data)};
    }
}

static void read_back(struct reading *reading)
{
    struct model *model = reading->model;
    uint64_t at = model->ordinal + 1;
    for (int i = 0; i < BACK_MAX; i++) {
        at = trace_reader_step(model->reader, at, -1,
                               BIT(NET_SENT) | BIT(NET_LOST) | BIT(NET_DELIVERED) |
                                   BIT(NET_TRANSLATED) | BIT(NET_QUEUED),
                               reading->host[0], reading->host[1]);
        const struct trace_record *record =
            at == UINT64_MAX ? NULL : trace_reader_get(model->reader, at);
        if (!record) {
            break;
        }
        if (record->kind == TRACE_NET_SENT_EVENT) {
            take_sent(reading, record);
        } else if (record->kind == TRACE_NET_LOST_EVENT) {
            take_lost(reading, record);
        } else if (record->kind == TRACE_NET_QUEUED_EVENT) {
            take_queued(reading, record);
        } else if (record->kind == TRACE_NET_TRANSLATED_EVENT) {
            take_translated(reading, record);
        } else {
            take_delivered(reading, record);
        }
    }
}

/* When those on their way will arrive. */
static void read_ahead(struct reading *reading)
{
    struct model *model = reading->model;
    uint64_t at = model->ordinal;
    size_t missing = reading->flight_count;
    for (int i = 0; i < AHEAD_MAX && missing > 0; i++) {
        at = trace_reader_step(model->reader, at, 1, BIT(NET_DELIVERED), reading->host[0],
                               reading->host[1]);
        const struct trace_record *record =
            at == UINT64_MAX ? NULL : trace_reader_get(model->reader, at);
        if (!record) {
            break;
        }
        const struct trace_net_delivered *data = record->data;
        for (size_t f = 0; f < reading->flight_count; f++) {
            struct flight *flight = &reading->flights[f];
            if (flight->end == UINT64_MAX && same_ref(flight->net, data->sent)) {
                flight->end = record->time;
                missing--;
            }
        }
    }
}

static void place_flights(struct reading *reading)
{
    uint64_t now = reading->model->time;
    for (size_t i = 0; i < reading->flight_count; i++) {
        const struct flight *flight = &reading->flights[i];
        struct network_way *way = &reading->link->way[flight->side];
        uint64_t usual = way->delays > 0 ? way->delay_sum / way->delays : 1000000;
        uint64_t span = flight->end != UINT64_MAX ? flight->end - flight->sent : usual;
        uint64_t gone = now > flight->sent ? now - flight->sent : 0;
        gone = gone > span ? span : gone;
        way->packets[way->packet_count++] = (struct network_packet){
            .permille = span > 0 ? (int)(gone * 1000 / span) : 0, .esp = flight->esp};
    }
}

/* What was lost a moment ago is shown where it died: in the middle, since links do not say. */
static void place_losses(struct reading *reading)
{
    struct model *model = reading->model;
    uint64_t at = model->ordinal + 1;
    for (int i = 0; i < NETWORK_FLYING; i++) {
        at = trace_reader_step(model->reader, at, -1, BIT(NET_LOST), reading->host[0],
                               reading->host[1]);
        const struct trace_record *record =
            at == UINT64_MAX ? NULL : trace_reader_get(model->reader, at);
        if (!record) {
            break;
        }
        struct network_way *way = &reading->link->way[side_of(reading, record)];
        uint64_t usual = way->delays > 0 ? way->delay_sum / way->delays : 1000000;
        if (record->time + usual / 2 < model->time || way->packet_count == NETWORK_FLYING) {
            break;
        }
        way->packets[way->packet_count++] = (struct network_packet){.permille = 500, .lost = true};
    }
}

static void count_all(struct reading *reading)
{
    for (int side = 0; side < 2; side++) {
        uint64_t own[TRACE_KIND_COUNT] = {0};
        trace_reader_tally(reading->model->reader, reading->host[side], reading->host[1 - side], 0,
                           reading->model->ordinal + 1, own);
        struct network_way *way = &reading->link->way[side];
        way->sent = own[TRACE_NET_SENT_EVENT];
        way->lost = own[TRACE_NET_LOST_EVENT];
        way->doubled = own[TRACE_NET_DUPLICATED_EVENT];
        reading->link->way[1 - side].arrived = own[TRACE_NET_DELIVERED_EVENT];
    }
}

static void read_link(struct network_link *link, struct model *model)
{
    const struct trace_pair_state *pair = &model->state->pairs[link->pair];
    struct reading *reading = ui_alloc_zero(sizeof *reading);
    reading->model = model;
    reading->link = link;
    reading->host[0] = pair->a;
    reading->host[1] = pair->b;
    count_all(reading);
    read_back(reading);
    read_ahead(reading);
    place_flights(reading);
    place_losses(reading);
    free(reading);
}

void network_prepare(struct network *network, struct model *model, const uint32_t *pairs,
                     size_t count)
{
    count = count > NETWORK_LINKS ? NETWORK_LINKS : count;
    bool same = network->ordinal == model->ordinal && network->time == model->time &&
                network->events == model->count && network->count == count &&
                network->pair_index == model->pair_index;
    for (size_t i = 0; same && i < count; i++) {
        same = network->links[i].pair == pairs[i];
    }
    if (same || !model->state) {
        return;
    }
    network->ordinal = model->ordinal;
    network->time = model->time;
    network->events = model->count;
    network->count = count;
    network->pair_index = model->pair_index;
    datagrams_read(&network->datagrams, model);
    for (size_t i = 0; i < count; i++) {
        network->links[i] = (struct network_link){.pair = pairs[i]};
        read_link(&network->links[i], model);
    }
}
