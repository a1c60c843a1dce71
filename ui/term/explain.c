/* Events in plain words: the run, its hosts, CPUs and links; and the chains that all files follow.
 */
#include "ui/term/explain.h"

#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"

/* Events looked at to learn a datagram's fate: a bound on what one key costs. */
#define FATE_STEPS_MAX 400

#define BIT(kind) TRACE_KINDS_OF(TRACE_##kind##_EVENT)

const char *explain_text(const char *text)
{
    return text && *text ? text : "?";
}

/* ---- chains ---- */

const struct trace_record *explain_find(struct trace_reader *reader, struct trace_ref id)
{
    uint64_t ordinal = id.scope ? trace_reader_find(reader, id) : UINT64_MAX;
    return ordinal == UINT64_MAX ? NULL : trace_reader_get(reader, ordinal);
}

static bool same_ref(struct trace_ref a, struct trace_ref b)
{
    return a.scope == b.scope && a.n == b.n;
}

/* What has become of all copies of the datagram that the net:sent at `at` tells of, by the event
 * `before`. */
static enum explain_fate net_fate(struct trace_reader *reader, uint64_t at, struct trace_ref net,
                                  uint64_t before)
{
    const trace_kinds kinds = BIT(NET_LOST) | BIT(NET_DUPLICATED) | BIT(NET_DELIVERED);
    unsigned flying = 1;
    for (int i = 0; i < FATE_STEPS_MAX && flying > 0; i++) {
        at = trace_reader_step(reader, at, 1, kinds, net.scope->host, net.scope->peer);
        if (at == UINT64_MAX || at > before) {
            break;
        }
        const struct trace_record *record = trace_reader_get(reader, at);
        if (!record || !same_ref(record->cause, net)) {
            continue;
        }
        if (record->kind == TRACE_NET_DELIVERED_EVENT) {
            return FATE_DELIVERED;
        }
        flying += record->kind == TRACE_NET_DUPLICATED_EVENT ? 1u : -1u;
    }
    return flying > 0 ? FATE_FLYING : FATE_LOST;
}

enum explain_fate explain_fate_of(struct trace_reader *reader, struct trace_ref sent,
                                  uint64_t before)
{
    uint64_t at = trace_reader_find(reader, sent);
    for (int i = 0; at != UINT64_MAX && i < FATE_STEPS_MAX; i++) {
        at = trace_reader_step(reader, at, 1, BIT(NET_SENT), sent.scope->host, sent.scope->peer);
        const struct trace_record *record =
            at == UINT64_MAX || at > before ? NULL : trace_reader_get(reader, at);
        if (!record) {
            break;
        }
        if (same_ref(record->cause, sent)) {
            return net_fate(reader, at, record->id, before);
        }
    }
    return FATE_UNKNOWN;
}

/* The peer's last response to the request that was sent by the event `before`; scope NULL if none.
 */
static struct trace_ref find_response(struct trace_reader *reader, struct trace_ref request,
                                      uint64_t before)
{
    const struct trace_ref none = {0};
    const struct trace_record *record = explain_find(reader, request);
    if (!record) {
        return none;
    }
    const struct trace_ike_message_sent *asked = record->data;
    const char *host = request.scope->host, *peer = request.scope->peer;
    uint64_t spi_i = asked->spi_i, message_id = asked->message_id;
    uint64_t start = trace_reader_find(reader, request);
    uint64_t at = before;
    for (int i = 0; i < FATE_STEPS_MAX; i++) {
        at = trace_reader_step(reader, at, -1, BIT(IKE_MESSAGE_SENT), host, peer);
        if (at == UINT64_MAX || at <= start) {
            return none;
        }
        record = trace_reader_get(reader, at);
        const struct trace_ike_message_sent *data = record ? record->data : NULL;
        if (data && data->response && data->spi_i == spi_i && data->message_id == message_id &&
            strcmp(record->id.scope->host, host) != 0) {
            return record->id;
        }
    }
    return none;
}

/* True if the event is a fragment of a message (RFC 7383): "SKF(2/3)". */
static bool is_fragment(const struct trace_record *record, unsigned *number)
{
    const struct trace_ike_message_sent *data =
        record && record->kind == TRACE_IKE_MESSAGE_SENT_EVENT ? record->data : NULL;
    return data && data->payloads && sscanf(data->payloads, "SKF(%4u/", number) == 1;
}

/* The fragment of a message that was lost by the event `before`, the first one being `first`; 0 if
 * none was, or if it was sent as a whole. */
static unsigned lost_fragment(struct trace_reader *reader, struct trace_ref first, uint64_t before)
{
    unsigned number;
    struct trace_ref next = first;
    uint64_t at = trace_reader_find(reader, first);
    uint64_t time = at == UINT64_MAX ? 0 : trace_reader_time(reader, at);
    while (at != UINT64_MAX && trace_reader_time(reader, at) == time &&
           is_fragment(trace_reader_get(reader, at), &number)) {
        if (next.scope == first.scope && explain_fate_of(reader, next, before) == FATE_LOST) {
            return number;
        }
        at = trace_reader_step(reader, at, 1, BIT(IKE_MESSAGE_SENT), first.scope->host,
                               first.scope->peer);
        const struct trace_record *record = at == UINT64_MAX ? NULL : trace_reader_get(reader, at);
        next = record ? record->id : first;
    }
    return 0;
}

bool explain_unanswered(struct explain *explain, struct trace_ref request, uint64_t before)
{
    if (!request.scope || !request.scope->peer) {
        return false;
    }
    const char *peer = request.scope->peer;
    unsigned fragment = lost_fragment(explain->reader, request, before);
    if (fragment > 0) {
        words_add(&explain->words, "fragment %u of the request was lost on its way", fragment);
        return true;
    }
    switch (explain_fate_of(explain->reader, request, before)) {
    case FATE_LOST:
        words_add(&explain->words, "the request was lost on its way");
        return true;
    case FATE_FLYING:
        words_add(&explain->words, "the request is still on its way");
        return true;
    case FATE_UNKNOWN:
        return false;
    case FATE_DELIVERED:
        break;
    }
    struct trace_ref response = find_response(explain->reader, request, before);
    if (!response.scope) {
        words_add(&explain->words, "%s has not answered yet", peer);
        return true;
    }
    fragment = lost_fragment(explain->reader, response, before);
    if (fragment > 0) {
        words_add(&explain->words, "fragment %u of %s's response was lost", fragment, peer);
        return true;
    }
    switch (explain_fate_of(explain->reader, response, before)) {
    case FATE_LOST:
        words_add(&explain->words, "%s's response was lost", peer);
        break;
    case FATE_DELIVERED:
        words_add(&explain->words, "%s's response arrived, but was not accepted", peer);
        break;
    default:
        words_add(&explain->words, "%s's response is still on its way", peer);
        break;
    }
    return true;
}

/* ---- run, hosts, CPU ---- */

static void explain_run(struct explain *e)
{
    switch (e->record->kind) {
    case TRACE_RUN_BEGIN_EVENT: {
        const struct trace_run_begin *data = e->record->data;
        words_add(&e->words,
                  "The run begins: %s, seed %" PRIu64 ". The same seed gives the same run.",
                  explain_text(data->title), data->seed);
        break;
    }
    case TRACE_RUN_END_EVENT: {
        const struct trace_run_end *data = e->record->data;
        words_add(&e->words, "The run ends (%s) after %" PRIu64 " events.",
                  explain_text(data->reason), data->events);
        break;
    }
    case TRACE_HOST_DECLARED_EVENT: {
        const struct trace_host_declared *data = e->record->data;
        words_add(&e->words, "%s has the address %s and authenticates as %s", e->host,
                  explain_text(data->address), explain_text(data->identity));
        words_add(&e->words, data->networks && *data->networks ? "; behind it lies %s." : ".",
                  data->networks);
        break;
    }
    case TRACE_EXPECT_CHECKED_EVENT: {
        const struct trace_expect_checked *data = e->record->data;
        words_add(&e->words, "The scenario expects (number %" PRIu64 ") %s: this %s, %s.",
                  data->number, explain_text(data->expectation), data->holds ? "holds" : "FAILS",
                  explain_text(data->why));
        break;
    }
    default:
        break;
    }
}

static void explain_host(struct explain *e)
{
    char time[WORDS_TIME_MAX], wait[WORDS_TIME_MAX];
    switch (e->record->kind) {
    case TRACE_HOST_ORDER_EVENT: {
        const struct trace_host_order *data = e->record->data;
        const char *origin = explain_text(data->origin);
        char order[160];
        words_order(data->order, data->detail, e->peer, order, sizeof order);
        words_add(&e->words, "%s is told to %s%s", e->host, order,
                  strcmp(origin, "connect") == 0  ? ": that is what the scenario has it for."
                  : strcmp(origin, "script") == 0 ? ", by a line of the scenario's script."
                  : strcmp(origin, "keyingtries") == 0
                      ? ": nobody answered, and it has another try (keyingtries)."
                  : strcmp(origin, "dpd_action") == 0
                      ? ": its peer was found dead, and it begins anew (dpd_action)."
                  : strcmp(origin, "single_pair") == 0
                      ? ": its peer makes CHILD SAs for one pair of addresses each, and there are "
                        "packets of such a pair (RFC 7296 §2.9)."
                      : ".");
        break;
    }
    case TRACE_HOST_RESTART_EVENT: {
        const struct trace_host_restart *data = e->record->data;
        words_add(&e->words,
                  "%s restarts, and knows nothing any more of the %" PRIu64
                  " IKE SAs that it had. It tells nobody, and works again at %s.",
                  e->host, data->ike_sas, words_duration(data->up, time));
        break;
    }
    case TRACE_HOST_ORDER_REFUSED_EVENT: {
        const struct trace_host_order_refused *data = e->record->data;
        char order[160];
        words_order(data->order, NULL, e->peer, order, sizeof order);
        words_add(&e->words, "%s cannot %s: %s.", e->host, order, explain_text(data->why));
        break;
    }
    case TRACE_CPU_WORK_EVENT: {
        const struct trace_cpu_work *data = e->record->data;
        uint64_t waited = data->started > data->arrived ? data->started - data->arrived : 0;
        if (data->cost == 0) {
            words_add(&e->words, "%s's CPU took up this %s, and had nothing to compute", e->host,
                      explain_text(data->item));
        } else {
            words_add(&e->words, "%s's CPU worked %s on this %s", e->host,
                      words_duration(data->cost, time), explain_text(data->item));
        }
        if (waited > 0) {
            words_add(&e->words, ", which had waited %s", words_duration(waited, wait));
        }
        if (data->ledger && *data->ledger) {
            words_add(&e->words, ": %s", data->ledger);
        }
        words_add(&e->words, data->cost > 0
                                 ? ". What it decided becomes visible now that the price is paid."
                                 : ".");
        break;
    }
    case TRACE_CPU_DROPPED_EVENT: {
        const struct trace_cpu_dropped *data = e->record->data;
        if (strcmp(explain_text(data->why), "down") == 0) {
            words_add(&e->words, "%s restarts, and nobody is there for this %s.", e->host,
                      explain_text(data->item));
            break;
        }
        words_add(&e->words,
                  "%s's CPU is too busy: %" PRIu64 " items wait in its queue, and there is no room "
                  "for this %s. To %s it looks like a loss.",
                  e->host, data->queued, explain_text(data->item), e->peer);
        break;
    }
    default:
        break;
    }
}

/* ---- links ---- */

/* "IKE_AUTH request 1", "ESP packet 12", "datagram": what a net:sent carries. */
static const char *carried(struct explain *e, const struct trace_record *net, char *text,
                           size_t cap)
{
    const struct trace_record *sent = net ? explain_find(e->reader, net->cause) : NULL;
    if (sent && sent->kind == TRACE_IKE_MESSAGE_SENT_EVENT) {
        const struct trace_ike_message_sent *data = sent->data;
        snprintf(text, cap, "%s %s %" PRIu64, explain_text(data->exchange),
                 data->response ? "response" : "request", data->message_id);
    } else if (sent && sent->kind == TRACE_ESP_SENT_EVENT) {
        const struct trace_esp_sent *data = sent->data;
        snprintf(text, cap, "%s packet %" PRIu64, explain_text(data->protocol), data->sequence);
    } else {
        snprintf(text, cap, "datagram");
    }
    return text;
}

static bool is_response(struct explain *e, const struct trace_record *net)
{
    const struct trace_record *sent = net ? explain_find(e->reader, net->cause) : NULL;
    const struct trace_ike_message_sent *data =
        sent && sent->kind == TRACE_IKE_MESSAGE_SENT_EVENT ? sent->data : NULL;
    return data && data->response;
}

static void explain_lost(struct explain *e)
{
    const struct trace_net_lost *data = e->record->data;
    const struct trace_record *net = explain_find(e->reader, e->record->cause);
    char what[96];
    carried(e, net, what, sizeof what);
    const char *why = explain_text(data->why);
    words_add(&e->words,
              strcmp(why, "script") == 0    ? "A line of the scenario's script drops %s's %s."
              : strcmp(why, "loss") == 0    ? "The link loses %s's %s."
              : strcmp(why, "gemodel") == 0 ? "The link loses %s's %s: it has its bad moments."
              : strcmp(why, "queue") == 0   ? "The queue before the link is full: %s's %s is lost."
              : strcmp(why, "mtu") == 0
                  ? "The link takes no packets of that size (its MTU): %s's %s is lost."
              : strcmp(why, "down") == 0 ? "The link is down: %s's %s is lost."
                                         : "%s's %s ends on the link.",
              e->host, what);
    bool response = is_response(e, net);
    struct trace_ref sent = e->record->cause;
    enum explain_fate fate =
        net ? net_fate(e->reader, trace_reader_find(e->reader, sent), sent, e->ordinal) : FATE_LOST;
    e->record = trace_reader_get(e->reader, e->ordinal); /* many others may have been asked for */
    if (fate != FATE_LOST) {
        words_add(&e->words, " Another copy of it %s.",
                  fate == FATE_FLYING ? "is on its way" : "has arrived");
        return;
    }
    if (strncmp(what, "ESP", 3) == 0 || strncmp(what, "AH", 2) == 0) {
        words_add(&e->words,
                  " %.3s does not send again: that is up to what runs inside the tunnel.",
                  what[0] == 'A' ? "AH" : "ESP");
    } else if (response) {
        words_add(&e->words,
                  " Nobody is told. %s keeps its response, and sends it again when %s repeats the "
                  "request. RFC 7296 §2.1",
                  e->host, e->peer);
    } else {
        words_add(
            &e->words,
            " Nobody is told: %s will notice by the silence, and send it again. RFC 7296 §2.1",
            e->host);
    }
}

static void explain_net(struct explain *e)
{
    char what[96], time[WORDS_TIME_MAX];
    const struct trace_record *record = e->record;
    switch (record->kind) {
    case TRACE_NET_SENT_EVENT: {
        const struct trace_net_sent *data = record->data;
        words_add(&e->words, "%s leaves %s for %s: %zu octets of %s, from %s to %s.",
                  carried(e, record, what, sizeof what), e->host, e->peer, data->bytes.len,
                  data->protocol == 50   ? "ESP"
                  : data->protocol == 51 ? "AH"
                  : data->protocol == 17 ? "UDP payload"
                                         : "ICMP",
                  explain_text(data->source), explain_text(data->destination));
        break;
    }
    case TRACE_NET_LOST_EVENT:
        explain_lost(e);
        break;
    case TRACE_NET_CORRUPTED_EVENT: {
        const struct trace_net_corrupted *data = record->data;
        const struct trace_record *net = explain_find(e->reader, record->cause);
        words_add(&e->words,
                  "The link turns bit %llu of %s's %s. The integrity check of the receiver must "
                  "see it; IKE_SA_INIT has none, and there AUTH will. RFC 7296 §2.15",
                  (unsigned long long)data->bit, e->host, carried(e, net, what, sizeof what));
        break;
    }
    case TRACE_NET_DUPLICATED_EVENT: {
        const struct trace_record *net = explain_find(e->reader, record->cause);
        carried(e, net, what, sizeof what);
        bool esp = strncmp(what, "ESP", 3) == 0;
        words_add(
            &e->words, "The link makes one more copy of %s's %s. %s", e->host, what,
            esp ? "The replay window of the receiver must let only one pass. RFC 4303 §3.4.3"
                : "The receiver must tell by the Message ID that it is no new one. RFC 7296 §2.2");
        break;
    }
    case TRACE_NET_DELIVERED_EVENT: {
        const struct trace_net_delivered *data = record->data;
        const struct trace_record *net = explain_find(e->reader, data->sent);
        carried(e, net, what, sizeof what);
        words_add(&e->words, "%s%s reaches %s after %s on the link.",
                  data->copy > 1 ? "A copy of " : "", what, e->host,
                  words_duration(data->delay, time));
        if (data->overtaken) {
            words_add(&e->words, " Something that %s sent later was here before it.", e->peer);
        }
        break;
    }
    default:
        break;
    }
}

char *explain_event(struct trace_reader *reader, uint64_t ordinal)
{
    struct explain explain = {.reader = reader, .ordinal = ordinal};
    explain.record = trace_reader_get(reader, ordinal);
    if (!explain.record) {
        words_add(&explain.words, "This event cannot be read: %s", trace_reader_error(reader));
        return explain.words.data;
    }
    const struct trace_scope *scope = explain.record->id.scope;
    explain.host = scope ? scope->host : "The run";
    explain.peer = scope && scope->peer ? scope->peer : "its peer";
    explain_run(&explain);
    explain_host(&explain);
    explain_net(&explain);
    explain_ike(&explain);
    explain_esp(&explain);
    explain_way(&explain);
    explain_failover(&explain);
    if (!explain.words.data) {
        const struct trace_kind_info *info = trace_kind_info(explain.record->kind);
        words_add(&explain.words, "%s: %s", explain.host, info->meaning);
    }
    return explain.words.data;
}
