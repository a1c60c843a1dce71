/* Rows of the sequence diagram, made from events one by one. */
#include "ui/term/ladder.h"

#include <assert.h>
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/explain.h"
#include "ui/term/words.h"

/* A pause that is worth a row of its own. */
#define GAP_MIN UINT64_C(150000000)

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)

/* Between which addresses. */
#define WAY_KINDS                                                                                  \
    (BIT(HOST_MOVED) | BIT(ATTACK_ACTED) | BIT(IKE_CONFIG) | BIT(NET_TRANSLATED) |                 \
     BIT(IKE_NAT_DETECTED) | BIT(IKE_ADDRESS_CHANGED) | BIT(IKE_PEER_ADDRESSES))

/* Who is who. */
#define AUTH_KINDS                                                                                 \
    (BIT(IKE_AUTH_COMPUTED) | BIT(IKE_CERTIFICATE) | BIT(IKE_EAP) | BIT(IKE_PPK) |                 \
     BIT(IKE_REAUTH) | BIT(IKE_AUTH_REFUSED))

/* Why an SA is replaced, and which one stays. */
#define REKEY_KINDS                                                                                \
    (BIT(IKE_LIFETIME) | BIT(IKE_CHILD_REKEYED) | BIT(IKE_SA_REKEYED) | BIT(IKE_REKEY_FAILED) |    \
     BIT(IKE_REKEY_COLLISION) | BIT(IKE_RETRY) | BIT(IKE_FOLLOWUP))

/* What outlives a crash: clusters, tickets. */
#define FAILOVER_KINDS (BIT(IKE_SA_TAKEN_OVER) | BIT(IKE_COUNTER_SYNC) | BIT(IKE_TICKET))

/* The way to an IKE SA. */
#define SETUP_KINDS                                                                                \
    (BIT(IKE_COOKIE) | BIT(IKE_FRAGMENT) | BIT(IKE_REDIRECT) | BIT(HOST_RESOLVED) | BIT(IKE_PUZZLE))

trace_kinds ladder_kinds(void)
{
    return FAILOVER_KINDS | SETUP_KINDS | AUTH_KINDS | WAY_KINDS | REKEY_KINDS | BIT(CPU_DROPPED) |
           BIT(NET_SENT) | BIT(NET_LOST) | BIT(NET_DUPLICATED) | BIT(NET_DELIVERED) |
           BIT(NET_CORRUPTED) | BIT(IKE_EDITED) | BIT(IKE_UNREACHABLE) | BIT(IKE_COMPLAINT) |
           BIT(IKE_STATE) | BIT(IKE_MESSAGE_SENT) | BIT(IKE_MESSAGE_DROPPED) |
           BIT(IKE_RETRANSMISSION) | BIT(IKE_GAVE_UP) | BIT(IKE_PROPOSAL_CHOSEN) |
           BIT(IKE_KEYS_DERIVED) | BIT(IKE_WINDOW_ANNOUNCED) | BIT(IKE_INITIAL_CONTACT) |
           BIT(IKE_SELECTORS_AGREED) | BIT(IKE_CHILD_KEYS) | BIT(IKE_CHILD_INSTALLED) |
           BIT(IKE_CHILD_REMOVED) | BIT(IKE_CHILD_FAILED) | BIT(ESP_SENT) | BIT(ESP_EDITED) |
           BIT(ESP_DROPPED) | BIT(ESP_NO_SA) | BIT(TRAFFIC_ANSWERED) | BIT(HOST_ORDER) |
           BIT(HOST_ORDER_REFUSED);
}

trace_kinds ladder_ike_kinds(void)
{
    return ladder_kinds() &
           ~(BIT(NET_SENT) | BIT(NET_LOST) | BIT(NET_TRANSLATED) | BIT(NET_CORRUPTED) |
             BIT(NET_DUPLICATED) | BIT(NET_DELIVERED) | BIT(ESP_SENT) | BIT(ESP_DROPPED) |
             BIT(ESP_NO_SA) | BIT(TRAFFIC_ANSWERED));
}

struct ladder *ladder_new(struct trace_reader *reader, const char *left, const char *right,
                          bool unfold)
{
    struct ladder *ladder = ui_alloc_zero(sizeof *ladder);
    ladder->reader = reader;
    ladder->host[0] = ui_copy(left);
    ladder->host[1] = ui_copy(right);
    ladder->unfold = unfold;
    ladder->last_message[0] = ladder->last_message[1] = LADDER_NONE;
    return ladder;
}

void ladder_free(struct ladder *ladder)
{
    if (!ladder) {
        return;
    }
    for (size_t i = 0; i < ladder->row_count; i++) {
        free(ladder->rows[i].text);
    }
    free(ladder->translated[0]);
    free(ladder->translated[1]);
    for (size_t i = 0; i < ladder->message_count; i++) {
        free(ladder->messages[i].exchange);
        free(ladder->messages[i].payloads);
    }
    free(ladder->rows);
    free(ladder->messages);
    free(ladder->esp);
    free(ladder->skips);
    free(ladder->open);
    free(ladder->packets);
    free(ladder->host[0]);
    free(ladder->host[1]);
    free(ladder);
}

int ladder_side(const struct ladder *ladder, const char *host)
{
    for (int side = 0; host && side < 2; side++) {
        if (strcmp(host, ladder->host[side]) == 0) {
            return side;
        }
    }
    return -1;
}

static bool same_ref(struct trace_ref a, struct trace_ref b)
{
    return a.scope == b.scope && a.n == b.n;
}

/* ---- rows ---- */

static struct ladder_row *append(struct ladder *ladder, enum ladder_kind kind, int side,
                                 uint64_t ordinal, uint64_t time)
{
    UI_GROW(ladder->rows, ladder->row_count, ladder->row_cap);
    assert(ladder->rows);
    struct ladder_row *row = &ladder->rows[ladder->row_count++];
    *row = (struct ladder_row){.kind = kind,
                               .side = side,
                               .ordinal = ordinal,
                               .time = time,
                               .message = LADDER_NONE,
                               .lanes = {ladder->lanes[0], ladder->lanes[1]},
                               .dashed = {ladder->dashed[0], ladder->dashed[1]}};
    ladder->last_time = time;
    ladder->any = true;
    return row;
}

static struct ladder_row *add_row(struct ladder *ladder, enum ladder_kind kind, int side,
                                  uint64_t ordinal, uint64_t time)
{
    if (ladder->any && time >= ladder->last_time + GAP_MIN) {
        char text[WORDS_TIME_MAX];
        words_duration(time - ladder->last_time, text);
        append(ladder, LADDER_GAP, side, ordinal, time)->text = ui_copy(text);
    }
    return append(ladder, kind, side, ordinal, time);
}

/* The host knows only the silence; who looks at the ladder sees where it came from. */
static char *add_silence(struct ladder *ladder, uint64_t ordinal, char *text)
{
    char *silence = explain_silence(ladder->reader, ordinal);
    struct words words = {0};
    words_add(&words, silence ? "%s: %s" : "%s", text, silence);
    free(silence);
    free(text);
    return words.data;
}

/* A NAT does the same to each datagram: that is told once. Takes the text; NULL: told before. */
static char *only_new(struct ladder *ladder, int side, char *text)
{
    if (ladder->translated[side] && strcmp(ladder->translated[side], text) == 0) {
        free(text);
        return NULL;
    }
    free(ladder->translated[side]);
    ladder->translated[side] = ui_copy(text);
    return text;
}

static void add_note(struct ladder *ladder, uint64_t ordinal, const struct trace_record *record)
{
    uint64_t time = record->time; /* more is read below */
    int side = ladder_side(ladder, record->id.scope->host);
    enum ladder_mark mark;
    char *text = ladder_note(record, &mark);
    if (text && record->kind == TRACE_IKE_RETRANSMISSION_EVENT) {
        text = add_silence(ladder, ordinal, text);
    } else if (text && record->kind == TRACE_NET_TRANSLATED_EVENT) {
        text = only_new(ladder, side, text);
    }
    if (text) {
        struct ladder_row *row = add_row(ladder, LADDER_NOTE, side, ordinal, time);
        row->mark = mark;
        row->text = text;
        row->message = ladder->last_message[side];
    }
}

/* ---- messages and their lanes ---- */

static void take_lane(struct ladder *ladder, struct ladder_message *message)
{
    int side = message->side;
    int lane = 0;
    while (lane < LADDER_LANES - 1 && (ladder->lanes[side] >> lane & 1)) {
        lane++;
    }
    message->lane = lane;
}

static void mark_lane(struct ladder *ladder, const struct ladder_message *message, bool used)
{
    uint8_t bit = (uint8_t)(1u << message->lane);
    uint8_t *lanes = &ladder->lanes[message->side], *dashed = &ladder->dashed[message->side];
    *lanes = (uint8_t)(used ? *lanes | bit : *lanes & ~bit);
    *dashed = (uint8_t)(used && message->transmission > 1 ? *dashed | bit : *dashed & ~bit);
}

/* A message leaves its host: a row, and from then on a lane. */
static size_t open_message(struct ladder *ladder, const struct ladder_message *model,
                           uint64_t ordinal)
{
    UI_GROW(ladder->messages, ladder->message_count, ladder->message_cap);
    size_t index = ladder->message_count++;
    struct ladder_message *message = &ladder->messages[index];
    *message = *model;
    message->open = 1;
    message->end_time = message->end_ordinal = UINT64_MAX;
    take_lane(ladder, message);
    struct ladder_row *row =
        add_row(ladder, LADDER_SEND, message->side, ordinal, message->sent_time);
    row->message = index;
    mark_lane(ladder, message, true);
    UI_GROW(ladder->open, ladder->open_count, ladder->open_cap);
    ladder->open[ladder->open_count++] = index;
    ladder->last_message[message->side] = index;
    return index;
}

static size_t find_open(const struct ladder *ladder, struct trace_ref net)
{
    for (size_t i = 0; i < ladder->open_count; i++) {
        if (same_ref(ladder->messages[ladder->open[i]].net, net)) {
            return ladder->open[i];
        }
    }
    return LADDER_NONE;
}

static void close_copy(struct ladder *ladder, size_t index)
{
    struct ladder_message *message = &ladder->messages[index];
    if (--message->open > 0) {
        return;
    }
    size_t at = 0;
    while (ladder->open[at] != index) {
        at++;
    }
    ladder->open_count--;
    memmove(ladder->open + at, ladder->open + at + 1,
            (ladder->open_count - at) * sizeof *ladder->open);
    /* The shared last lane stays in use while anybody is in it. */
    for (size_t i = 0; i < ladder->open_count; i++) {
        const struct ladder_message *other = &ladder->messages[ladder->open[i]];
        if (other->side == message->side && other->lane == message->lane) {
            return;
        }
    }
    mark_lane(ladder, message, false);
}

static char *copy_or_null(const char *text)
{
    return text ? ui_copy(text) : NULL;
}

static void ike_message_sent(struct ladder *ladder, uint64_t ordinal,
                             const struct trace_record *record)
{
    const struct trace_ike_message_sent *data = record->data;
    struct ladder_message message = {
        .side = ladder_side(ladder, record->id.scope->host),
        .response = data->response,
        .transmission = data->transmission,
        .message_id = data->message_id,
        .length = data->length,
        .exchange = copy_or_null(data->exchange),
        .payloads = copy_or_null(data->payloads),
        .sent_ordinal = ordinal,
        .net_ordinal = UINT64_MAX,
        .sent = record->id,
        .sent_time = record->time,
    };
    open_message(ladder, &message, ordinal);
}

static void esp_sent(struct ladder *ladder, uint64_t ordinal, const struct trace_record *record)
{
    const struct trace_esp_sent *data = record->data;
    struct words payloads = {0};
    words_add(&payloads, "SPI %08x", data->spi);
    struct ladder_message message = {
        .side = ladder_side(ladder, record->id.scope->host),
        .esp = true,
        .transmission = 1,
        .message_id = data->sequence,
        .exchange = copy_or_null(data->protocol),
        .payloads = payloads.data,
        .sent_ordinal = ordinal,
        .net_ordinal = UINT64_MAX,
        .sent = record->id,
        .sent_time = record->time,
    };
    open_message(ladder, &message, ordinal);
}

/* ---- ESP, folded ---- */

static void add_esp(struct ladder *ladder, uint64_t ordinal, uint64_t time, int side,
                    enum ladder_esp_what what, uint64_t net_ordinal, uint64_t value)
{
    struct ladder_row *row = ladder->row_count > 0 ? &ladder->rows[ladder->row_count - 1] : NULL;
    if (!row || row->kind != LADDER_ESP) {
        row = add_row(ladder, LADDER_ESP, side, ordinal, time);
        row->first = ladder->esp_count;
    }
    UI_GROW(ladder->esp, ladder->esp_count, ladder->esp_cap);
    ladder->esp[ladder->esp_count++] = (struct ladder_esp_event){.ordinal = ordinal,
                                                                 .net_ordinal = net_ordinal,
                                                                 .value = value,
                                                                 .what = (uint8_t)what,
                                                                 .side = (uint8_t)side};
    row->count++;
    ladder->last_time = time;
}

void ladder_skip(struct ladder *ladder, uint64_t after, uint64_t before)
{
    struct trace_reader *reader = ladder->reader;
    uint64_t first =
        trace_reader_step(reader, after, 1, ladder_kinds(), ladder->host[0], ladder->host[1]);
    if (first == UINT64_MAX || first >= before) {
        return;
    }
    struct ladder_esp_counts counts = {0};
    for (int side = 0; side < 2; side++) {
        uint64_t kinds[TRACE_KIND_COUNT] = {0};
        trace_reader_tally(reader, ladder->host[side], ladder->host[1 - side], after, before,
                           kinds);
        counts.sent[side] = kinds[TRACE_NET_SENT_EVENT];
        counts.arrived[1 - side] = kinds[TRACE_NET_DELIVERED_EVENT];
        counts.lost += kinds[TRACE_NET_LOST_EVENT];
        counts.copies += kinds[TRACE_NET_DUPLICATED_EVENT];
        counts.refused += kinds[TRACE_ESP_DROPPED_EVENT];
        counts.no_sa += kinds[TRACE_ESP_NO_SA_EVENT];
    }
    uint64_t answered = trace_reader_step(reader, before, -1, BIT(TRAFFIC_ANSWERED),
                                          ladder->host[0], ladder->host[1]);
    const struct trace_record *record =
        answered == UINT64_MAX || answered <= after ? NULL : trace_reader_get(reader, answered);
    if (record) {
        counts.round_trip = ((const struct trace_traffic_answered *)record->data)->round_trip;
    }
    record = trace_reader_get(reader, trace_reader_step(reader, after, 1, BIT(ESP_SENT),
                                                        ladder->host[0], ladder->host[1]));
    if (record && record->kind == TRACE_ESP_SENT_EVENT) { /* they are alike, as a rule */
        const char *protocol = ((const struct trace_esp_sent *)record->data)->protocol;
        counts.of_ah =
            protocol && strcmp(protocol, "AH") == 0 ? counts.sent[0] + counts.sent[1] : 0;
    }
    UI_GROW(ladder->skips, ladder->skip_count, ladder->skip_cap);
    ladder->skips[ladder->skip_count] = counts;
    add_esp(ladder, first, trace_reader_time(reader, first), 0, LADDER_ESP_SKIPPED, UINT64_MAX,
            ladder->skip_count++);
    ladder->last_time = trace_reader_time(reader, before);
    ladder->packet_count = 0; /* their fates are in the counts */
}

/* ---- datagrams ---- */

bool ladder_is_esp(const struct trace_net_sent *data)
{
    static const uint8_t marker[4];
    if (data->protocol == 50 || data->protocol == 51) {
        return true;
    }
    /* RFC 3948: on port 4500 an IKE message has four zero octets before it, ESP has its SPI. */
    bool encapsulated = data->source_port == 4500 || data->destination_port == 4500;
    return encapsulated && data->bytes.len > 4 && memcmp(data->bytes.data, marker, 4) != 0;
}

static bool is_icmp(const struct trace_net_sent *data)
{
    return data->protocol == 1 || data->protocol == 58;
}

/* RFC 3948 §2.3 */
static bool is_keepalive(const struct trace_net_sent *data)
{
    return data->protocol == 17 && data->bytes.len == 1 && data->bytes.data[0] == 0xff;
}

static bool is_forged(const struct ladder *ladder, const struct trace_record *record)
{
    const struct trace_record *cause = explain_find(ladder->reader, record->cause);
    return cause && cause->kind == TRACE_ATTACK_ACTED_EVENT;
}

static void net_sent(struct ladder *ladder, uint64_t ordinal, const struct trace_record *record)
{
    const struct trace_net_sent *data = record->data;
    int side = ladder_side(ladder, record->id.scope->host);
    for (size_t i = ladder->open_count; i-- > 0;) {
        struct ladder_message *message = &ladder->messages[ladder->open[i]];
        if (message->net_ordinal == UINT64_MAX && same_ref(message->sent, record->cause)) {
            message->net_ordinal = ordinal;
            message->net = record->id;
            message->length = data->bytes.len;
            return;
        }
    }
    if (ladder_is_esp(data) && !ladder->unfold) {
        UI_GROW(ladder->packets, ladder->packet_count, ladder->packet_cap);
        ladder->packets[ladder->packet_count++] = (struct ladder_packet){record->id, ordinal, side};
        add_esp(ladder, ordinal, record->time, side, LADDER_ESP_SENT, ordinal,
                data->protocol == 51);
        return;
    }
    struct ladder_message message = {
        .side = side,
        .esp = ladder_is_esp(data),
        .transmission = 1,
        .length = data->bytes.len,
        .exchange = ui_copy(is_forged(ladder, record) ? LADDER_FORGED
                            : data->protocol == 51    ? "AH"
                            : ladder_is_esp(data)     ? "ESP"
                            : is_keepalive(data)      ? LADDER_KEEPALIVE
                            : is_icmp(data)           ? LADDER_ICMP
                                                      : "datagram"),
        .sent_ordinal = UINT64_MAX,
        .net_ordinal = ordinal,
        .net = record->id,
        .sent_time = record->time,
    };
    open_message(ladder, &message, ordinal);
}

/* The message of a datagram that left before the first row: its row is missing, its lane begins at
 * the top. LADDER_NONE if it is a folded ESP packet; *ordinal then gets its net:sent. */
static size_t adopt(struct ladder *ladder, struct trace_ref net, uint64_t *ordinal)
{
    *ordinal = net.scope ? trace_reader_find(ladder->reader, net) : UINT64_MAX;
    const struct trace_record *record =
        *ordinal == UINT64_MAX ? NULL : trace_reader_get(ladder->reader, *ordinal);
    if (!record || record->kind != TRACE_NET_SENT_EVENT) {
        *ordinal = UINT64_MAX;
        return LADDER_NONE;
    }
    const struct trace_net_sent *data = record->data;
    if (ladder_is_esp(data) && !ladder->unfold) {
        return LADDER_NONE;
    }
    struct ladder_message message = {
        .side = ladder_side(ladder, record->id.scope->host),
        .esp = ladder_is_esp(data),
        .transmission = 1,
        .length = data->bytes.len,
        .sent_ordinal = UINT64_MAX,
        .net_ordinal = *ordinal,
        .net = record->id,
        .sent_time = record->time,
        .open = 1,
        .end_time = UINT64_MAX,
        .end_ordinal = UINT64_MAX,
    };
    uint64_t sent =
        record->cause.scope ? trace_reader_find(ladder->reader, record->cause) : UINT64_MAX;
    record = sent == UINT64_MAX ? NULL : trace_reader_get(ladder->reader, sent);
    if (record && record->kind == TRACE_IKE_MESSAGE_SENT_EVENT) {
        const struct trace_ike_message_sent *ike = record->data;
        message.response = ike->response;
        message.transmission = ike->transmission;
        message.message_id = ike->message_id;
        message.exchange = copy_or_null(ike->exchange);
        message.payloads = copy_or_null(ike->payloads);
        message.sent_ordinal = sent;
        message.sent = record->id;
    }
    UI_GROW(ladder->messages, ladder->message_count, ladder->message_cap);
    size_t index = ladder->message_count++;
    take_lane(ladder, &message);
    ladder->messages[index] = message;
    mark_lane(ladder, &message, true);
    UI_GROW(ladder->open, ladder->open_count, ladder->open_cap);
    ladder->open[ladder->open_count++] = index;
    return index;
}

/* Index in ladder.packets, LADDER_NONE if it is not there. */
static size_t find_packet(const struct ladder *ladder, struct trace_ref net)
{
    for (size_t i = 0; i < ladder->packet_count; i++) {
        if (same_ref(ladder->packets[i].net, net)) {
            return i;
        }
    }
    return LADDER_NONE;
}

/* A folded packet reaches its fate. */
static void packet_fate(struct ladder *ladder, uint64_t ordinal, const struct trace_record *record,
                        struct trace_ref net, enum ladder_esp_what what, uint64_t net_ordinal)
{
    size_t at = find_packet(ladder, net);
    if (at != LADDER_NONE) {
        net_ordinal = ladder->packets[at].net_ordinal;
    }
    int side = net.scope ? ladder_side(ladder, net.scope->host) : 0;
    add_esp(ladder, ordinal, record->time, side < 0 ? 0 : side, what, net_ordinal, 0);
    if (at != LADDER_NONE && what != LADDER_ESP_COPY) {
        ladder->packets[at] = ladder->packets[--ladder->packet_count];
    }
}

static void net_delivered(struct ladder *ladder, uint64_t ordinal,
                          const struct trace_record *record)
{
    const struct trace_net_delivered *data = record->data;
    size_t index = find_open(ladder, data->sent);
    uint64_t net_ordinal = UINT64_MAX;
    if (index == LADDER_NONE && find_packet(ladder, data->sent) == LADDER_NONE) {
        index = adopt(ladder, data->sent, &net_ordinal);
    }
    if (index == LADDER_NONE) {
        packet_fate(ladder, ordinal, record, data->sent, LADDER_ESP_ARRIVED, net_ordinal);
        return;
    }
    struct ladder_message *message = &ladder->messages[index];
    if (message->end_time == UINT64_MAX) {
        message->end_time = record->time;
        message->end_ordinal = ordinal;
    }
    close_copy(ladder, index);
    int side = 1 - message->side;
    struct ladder_row *row = add_row(ladder, LADDER_ARRIVE, side, ordinal, record->time);
    row->message = index;
    row->copy = (uint32_t)data->copy;
    row->overtaken = data->overtaken;
    row->last = ladder->messages[index].open == 0;
    ladder->last_message[side] = index;
}

static void net_lost(struct ladder *ladder, uint64_t ordinal, const struct trace_record *record)
{
    const struct trace_net_lost *data = record->data;
    size_t index = find_open(ladder, record->cause);
    uint64_t net_ordinal = UINT64_MAX;
    if (index == LADDER_NONE && find_packet(ladder, record->cause) == LADDER_NONE) {
        index = adopt(ladder, record->cause, &net_ordinal);
    }
    if (index == LADDER_NONE) {
        packet_fate(ladder, ordinal, record, record->cause, LADDER_ESP_LOST, net_ordinal);
        return;
    }
    struct ladder_message *message = &ladder->messages[index];
    if (message->end_time == UINT64_MAX) {
        message->end_time = record->time;
        message->end_ordinal = ordinal;
    }
    message->lost = true;
    close_copy(ladder, index);
    struct ladder_row *row = add_row(ladder, LADDER_LOST, message->side, ordinal, record->time);
    row->message = index;
    row->last = message->open == 0;
    row->text = ui_copy(data->why ? data->why : "lost");
}

static void net_duplicated(struct ladder *ladder, uint64_t ordinal,
                           const struct trace_record *record)
{
    size_t index = find_open(ladder, record->cause);
    if (index != LADDER_NONE) {
        ladder->messages[index].open++;
    } else if (find_packet(ladder, record->cause) != LADDER_NONE) {
        packet_fate(ladder, ordinal, record, record->cause, LADDER_ESP_COPY, UINT64_MAX);
    }
}

/* ---- all of it ---- */

void ladder_add(struct ladder *ladder, uint64_t ordinal, const struct trace_record *record)
{
    int side = record->id.scope ? ladder_side(ladder, record->id.scope->host) : -1;
    if (side < 0 || (record->id.scope->peer && ladder_side(ladder, record->id.scope->peer) < 0)) {
        return;
    }
    switch (record->kind) {
    case TRACE_IKE_MESSAGE_SENT_EVENT:
        ike_message_sent(ladder, ordinal, record);
        break;
    case TRACE_ESP_SENT_EVENT:
        if (ladder->unfold) {
            esp_sent(ladder, ordinal, record);
        }
        break;
    case TRACE_NET_SENT_EVENT:
        net_sent(ladder, ordinal, record);
        break;
    case TRACE_NET_DELIVERED_EVENT:
        net_delivered(ladder, ordinal, record);
        break;
    case TRACE_NET_LOST_EVENT:
        net_lost(ladder, ordinal, record);
        break;
    case TRACE_NET_DUPLICATED_EVENT:
        net_duplicated(ladder, ordinal, record);
        break;
    case TRACE_NET_CORRUPTED_EVENT:
        if (ladder->unfold || find_open(ladder, record->cause) != LADDER_NONE) {
            add_note(ladder, ordinal, record);
        }
        break;
    case TRACE_ESP_DROPPED_EVENT:
    case TRACE_ESP_NO_SA_EVENT:
        if (ladder->unfold) {
            add_note(ladder, ordinal, record);
        } else if (record->kind == TRACE_ESP_NO_SA_EVENT) {
            add_esp(ladder, ordinal, record->time, side, LADDER_ESP_NO_SA, UINT64_MAX, 0);
        } else {
            add_esp(ladder, ordinal, record->time, 1 - side, LADDER_ESP_REFUSED, UINT64_MAX, 0);
        }
        break;
    case TRACE_TRAFFIC_ANSWERED_EVENT: {
        const struct trace_traffic_answered *data = record->data;
        if (!ladder->unfold && record->id.scope->peer) {
            add_esp(ladder, ordinal, record->time, side, LADDER_ESP_ANSWERED, UINT64_MAX,
                    data->round_trip);
        }
        break;
    }
    default:
        if (record->id.scope->peer && (ladder_kinds() >> record->kind & 1)) {
            add_note(ladder, ordinal, record);
        }
    }
}
