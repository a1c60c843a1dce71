#include "sim/host/node.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/draw.h"
#include "sim/host/icmp.h"

enum {
    PORT_IKE = 500,
    /* An inner packet of the largest Ethernet frame; pings are smaller. */
    INNER_MAX = 65535,
};

enum item_kind { ITEM_IKE, ITEM_ESP_IN, ITEM_ESP_OUT, ITEM_TIMER, ITEM_ORDER };

/* One work item from its arrival to its completion. */
struct node_item {
    struct cpu_item cpu; /* first: the CPU gives it back by this */
    struct node *node;
    struct node_item *next_free;
    enum item_kind kind;
    struct net_path *path; /* to the peer that it concerns */
    struct net_datagram *datagram;
    struct ike_timer timer;
    struct host_order order;
    uint8_t *inner; /* ITEM_ESP_OUT: malloc'ed */
    size_t inner_len;
    uint64_t inner_identity;
    struct trace_ref trigger; /* why it is here */
    struct trace_ref cause;   /* of the next event that the protocol code emits */
    struct trace_batch batch;
    struct host_outcome outcome;
};

struct flow {
    struct sim_event event;
    struct node *node;
    struct node_flow spec;
    struct net_path *path;
    uint16_t identifier;
    bool started;
    uint64_t sent;
    char name[64];
};

struct node {
    const char *name;
    struct node_shared *shared;
    void *user;
    struct sim_node place;
    struct sim_draw_key draw_key;
    struct net_port *port;
    struct host *host;
    struct trace_observer observer;
    struct cpu_server cpu;
    struct node_item *current; /* whose protocol code is running */
    size_t flow_count;
    struct flow *flows;
    uint64_t attempts; /* IKE SAs initiated so far */
};

/* A protocol timer on its way. */
struct alarm {
    struct sim_event event;
    struct node *node;
    struct net_path *path;
    struct ike_timer timer;
    struct trace_ref cause;
};

/* An order of the scenario on its way. */
struct errand {
    struct sim_event event;
    struct node *node;
    struct net_path *path;
    enum host_order_kind kind;
    const char *child;
    const char *origin;
};

static void *checked_calloc(size_t size)
{
    void *p = calloc(1, size);
    if (!p) {
        abort();
    }
    return p;
}

/* ---- work items ---- */

static struct node_item *item_new(struct node *node, enum item_kind kind, struct net_path *path,
                                  struct trace_ref trigger)
{
    struct node_item *item = node->shared->pool;
    if (item) {
        node->shared->pool = item->next_free;
    } else {
        item = checked_calloc(sizeof *item);
    }
    item->node = node;
    item->kind = kind;
    item->path = path;
    item->trigger = trigger;
    item->cause = trigger;
    item->datagram = NULL;
    item->inner = NULL;
    item->inner_identity = 0;
    return item;
}

static void item_free(struct node_item *item)
{
    net_datagram_free(item->datagram);
    free(item->inner);
    host_outcome_clear(&item->outcome);
    assert(item->batch.count == 0);
    item->next_free = item->node->shared->pool;
    item->node->shared->pool = item;
}

void node_shared_dispose(struct node_shared *shared)
{
    for (struct node_item *item = shared->pool, *next; item; item = next) {
        next = item->next_free;
        trace_batch_dispose(&item->batch);
        host_outcome_dispose(&item->outcome);
        free(item);
    }
    shared->pool = NULL;
}

static const char *item_name(enum item_kind kind)
{
    switch (kind) {
    case ITEM_TIMER:
        return "timer";
    case ITEM_ORDER:
        return "order";
    case ITEM_ESP_OUT:
        return "inner packet";
    case ITEM_IKE:
    case ITEM_ESP_IN:
        break;
    }
    return "datagram";
}

static const char *class_name(enum cpu_class class)
{
    return class == CPU_IKE ? "ike" : "esp";
}

static void submit(struct node_item *item, uint64_t now)
{
    struct node *node = item->node;
    enum cpu_class class =
        item->kind == ITEM_ESP_IN || item->kind == ITEM_ESP_OUT ? CPU_ESP : CPU_IKE;
    bool always = item->kind == ITEM_TIMER || item->kind == ITEM_ORDER;
    if (cpu_server_submit(&node->cpu, &item->cpu, class, always, now)) {
        return;
    }
    trace_recorder_emit(node->shared->recorder, item->path->channel, now, item->trigger,
                        TRACE_CPU_DROPPED_EVENT,
                        &(struct trace_cpu_dropped){
                            .item = item_name(item->kind),
                            .class = class_name(class),
                            .queued = node->cpu.waiting[class],
                        });
    if (node->shared->watch.cpu_dropped) {
        node->shared->watch.cpu_dropped(node->shared->watch.context, node);
    }
    item_free(item);
}

/* ---- what the protocol code sees of the world ---- */

/* Entropy of a host: a pure function of (seed, host, what for). */
static void draw_fill(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    const struct node *node = context;
    assert(draw->field < 256 && draw->instance < UINT32_C(1) << 24);
    const uint64_t what[4] = {
        draw->entity,
        draw->sa,
        (uint64_t)draw->exchange << 32 | draw->message_id,
        (uint64_t)draw->field << 24 | draw->instance,
    };
    sim_draw_bytes(node->draw_key, what, out, len);
}

/* What was received, or sent once more, is the cause of all that the code does next. */
static bool becomes_cause(enum trace_kind kind)
{
    return kind == TRACE_IKE_MESSAGE_RECEIVED_EVENT || kind == TRACE_IKE_RETRANSMISSION_EVENT ||
           kind == TRACE_IKE_MESSAGE_DROPPED_EVENT || kind == TRACE_IKE_GAVE_UP_EVENT;
}

/* Notifies travel encrypted: that they arrived can only be learnt from the end that took them. */
static void watch_notifies(const struct node *node, enum trace_kind kind, const void *data)
{
    const struct node_watch *watch = &node->shared->watch;
    if (kind == TRACE_IKE_INITIAL_CONTACT_EVENT && watch->initial_contact) {
        const struct trace_ike_initial_contact *event = data;
        if (strcmp(event->by, "peer") == 0) {
            watch->initial_contact(watch->context, node);
        }
    } else if (kind == TRACE_IKE_WINDOW_ANNOUNCED_EVENT && watch->window_size) {
        const struct trace_ike_window_announced *event = data;
        if (strcmp(event->by, "peer") == 0) {
            watch->window_size(watch->context, node);
        }
    }
}

static struct trace_ref observe(void *context, enum trace_kind kind, const void *data)
{
    struct node *node = context;
    struct node_item *item = node->current;
    assert(item);
    struct trace_ref id =
        trace_batch_emit(&item->batch, item->path->channel, item->cause, kind, data);
    if (becomes_cause(kind)) {
        item->cause = id;
    }
    watch_notifies(node, kind, data);
    return id;
}

static struct ike_address address_of(const struct net_port *port)
{
    struct ike_address address = {.family = 4, .port = PORT_IKE};
    memcpy(address.ip, port->address, 4);
    return address;
}

static struct ike_datagram datagram_of(const struct node_item *item)
{
    const struct net_datagram *datagram = item->datagram;
    struct ike_datagram ike = {
        .source = address_of(item->path->to),
        .destination = address_of(item->path->from),
        .bytes = {datagram->bytes, datagram->len},
    };
    ike.source.port = datagram->source_port;
    ike.destination.port = datagram->destination_port;
    return ike;
}

/* ---- the CPU's view of an item ---- */

static uint64_t item_sa_of(void *context, const struct cpu_item *cpu)
{
    const struct node *node = context;
    const struct node_item *item = (const struct node_item *)cpu;
    switch (item->kind) {
    case ITEM_IKE: {
        struct ike_datagram datagram = datagram_of(item);
        return ike_endpoint_sa_of(host_ike(node->host), &datagram);
    }
    case ITEM_TIMER:
        return item->timer.sa;
    case ITEM_ORDER:
        return item->order.kind == HOST_INITIATE
                   ? 0
                   : ike_endpoint_sa_with(host_ike(node->host), &item->order.remote);
    case ITEM_ESP_IN:
    case ITEM_ESP_OUT:
        break;
    }
    return 0;
}

static void obey(struct node *node, struct node_item *item, uint64_t now)
{
    const char *why = NULL;
    if (host_obey(node->host, now, &item->order, &item->outcome, &why) == 0) {
        return;
    }
    trace_batch_emit(&item->batch, item->path->channel, item->cause, TRACE_HOST_ORDER_REFUSED_EVENT,
                     &(struct trace_host_order_refused){
                         .order = host_order_name(item->order.kind),
                         .why = why,
                     });
}

static uint64_t item_work(void *context, struct cpu_item *cpu, uint64_t now)
{
    struct node *node = context;
    struct node_item *item = (struct node_item *)cpu;
    struct host_outcome *outcome = &item->outcome;
    node->current = item;
    switch (item->kind) {
    case ITEM_IKE: {
        struct ike_datagram datagram = datagram_of(item);
        host_receive_ike(node->host, now, &datagram, outcome);
        break;
    }
    case ITEM_ESP_IN:
        host_receive_esp(node->host, crypto_bytes(item->datagram->bytes, item->datagram->len),
                         outcome);
        break;
    case ITEM_ESP_OUT:
        host_send_inner(node->host, crypto_bytes(item->inner, item->inner_len), outcome);
        break;
    case ITEM_TIMER:
        host_timer(node->host, now, &item->timer, outcome);
        break;
    case ITEM_ORDER:
        obey(node, item, now);
        break;
    }
    node->current = NULL;
    cpu->sa = outcome->sa;
    return cost_price(node->shared->costs, &outcome->costs);
}

/* ---- completion: what was decided becomes visible ---- */

static size_t append(char *text, size_t cap, size_t at, const char *word)
{
    size_t len = strlen(word);
    if (at + len >= cap) {
        return at;
    }
    memcpy(text + at, word, len + 1);
    return at + len;
}

static const char *cost_transform_name(const struct crypto_cost *cost)
{
    enum crypto_transform_type type;
    switch (cost->kind) {
    case CRYPTO_COST_KEYGEN:
    case CRYPTO_COST_DERIVE:
        type = CRYPTO_KE;
        break;
    case CRYPTO_COST_PRF:
        type = CRYPTO_PRF;
        break;
    case CRYPTO_COST_SEAL:
    case CRYPTO_COST_OPEN:
        type = CRYPTO_ENCR;
        break;
    default:
        return NULL;
    }
    const struct crypto_transform *transform = crypto_transform_find(type, cost->transform);
    return transform ? transform->name : NULL;
}

/* "parse 2, keygen Curve25519 1": written by hand since it is done for every item of every run. */
static void ledger_print(const struct crypto_ledger *ledger, char *text, size_t cap)
{
    size_t at = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < ledger->count; i++) {
        const struct crypto_cost *cost = &ledger->items[i];
        const char *name = cost_transform_name(cost);
        at = append(text, cap, at, i ? ", " : "");
        at = append(text, cap, at, crypto_cost_name(cost->kind));
        if (name) {
            at = append(text, cap, at, " ");
            at = append(text, cap, at, name);
        }
        char digits[12];
        char *digit = digits + sizeof digits - 1;
        *digit = '\0';
        for (uint32_t n = cost->operations; digit == digits + sizeof digits - 1 || n; n /= 10) {
            *--digit = (char)('0' + n % 10);
        }
        *--digit = ' ';
        at = append(text, cap, at, digit);
    }
}

static void emit_work(const struct node_item *item, uint64_t now)
{
    char ledger[512];
    ledger_print(&item->outcome.costs, ledger, sizeof ledger);
    trace_recorder_emit(item->node->shared->recorder, item->path->channel, now, item->trigger,
                        TRACE_CPU_WORK_EVENT,
                        &(struct trace_cpu_work){
                            .item = item_name(item->kind),
                            .class = class_name(item->cpu.class),
                            .arrived = item->cpu.arrived,
                            .started = item->cpu.started,
                            .cost = item->cpu.cost,
                            .ledger = ledger,
                        });
}

static void transmit(struct node_item *item, const struct ike_action *action, uint64_t now)
{
    struct node *node = item->node;
    struct net_path *path = net_path_find(node->port, action->transmit.destination.ip);
    if (!path) {
        /* Nothing in the world has that address, so no datagram can have come from it. */
        assert(false);
        return;
    }
    struct net_datagram *datagram = net_datagram_new(node->shared->net, path, action->transmit.len);
    memcpy(datagram->bytes, action->transmit.bytes, action->transmit.len);
    datagram->protocol = NET_PROTOCOL_UDP;
    datagram->source_port = action->transmit.source.port;
    datagram->destination_port = action->transmit.destination.port;
    datagram->message_identity = action->transmit.identity;
    if (node->shared->watch.message_sent) {
        node->shared->watch.message_sent(node->shared->watch.context, node,
                                         action->transmit.identity,
                                         crypto_bytes(datagram->bytes, datagram->len));
    }
    net_send(datagram, now, action->transmit.sent);
}

static void alarm_drop(struct sim_event *event)
{
    free(event);
}

static void alarm_run(struct sim_event *event, uint64_t now)
{
    struct alarm *alarm = (struct alarm *)event;
    struct node_item *item = item_new(alarm->node, ITEM_TIMER, alarm->path, alarm->cause);
    item->timer = alarm->timer;
    free(alarm);
    submit(item, now);
}

static void arm(struct node_item *item, const struct ike_action *action, struct trace_ref cause,
                uint64_t now)
{
    struct node *node = item->node;
    struct alarm *alarm = checked_calloc(sizeof *alarm);
    *alarm = (struct alarm){
        .event = {.run = alarm_run, .drop = alarm_drop},
        .node = node,
        .path = item->path,
        .timer = action->timer.timer,
        .cause = cause,
    };
    sim_engine_schedule(node->shared->engine, &alarm->event, &node->place, &node->place,
                        now + action->timer.delay);
}

static void flows_start(struct node *node, const char *child, struct net_path *path, uint64_t now);

static void carry_out(struct node_item *item, uint64_t now)
{
    struct node *node = item->node;
    const struct node_watch *watch = &node->shared->watch;
    struct trace_ref cause = item->cause;
    for (size_t i = 0; i < item->outcome.actions.count; i++) {
        const struct ike_action *action = &item->outcome.actions.items[i];
        switch (action->kind) {
        case IKE_ACTION_TRANSMIT:
            cause = action->transmit.sent;
            transmit(item, action, now);
            break;
        case IKE_ACTION_TIMER:
            arm(item, action, cause, now);
            break;
        case IKE_ACTION_CHILD_INSTALL:
            if (watch->child_installed) {
                watch->child_installed(watch->context, node, action->install->name);
            }
            flows_start(node, action->install->name, item->path, now);
            break;
        case IKE_ACTION_CHILD_REMOVE:
            if (watch->child_removed) {
                watch->child_removed(watch->context, node, action->remove.name);
            }
            break;
        case IKE_ACTION_SA_ESTABLISHED:
            if (watch->sa_established) {
                watch->sa_established(watch->context, node, item->path->to);
            }
            break;
        case IKE_ACTION_SA_GONE:
            if (watch->sa_gone) {
                watch->sa_gone(watch->context, node, item->path->to);
            }
            break;
        }
    }
}

static void send_esp(struct node_item *item, uint64_t now)
{
    struct node *node = item->node;
    struct host_outcome *outcome = &item->outcome;
    struct net_path *path = net_path_find(node->port, outcome->esp_remote.ip);
    assert(path);
    struct net_datagram *datagram = net_datagram_new(node->shared->net, path, outcome->packet_len);
    memcpy(datagram->bytes, outcome->packet, outcome->packet_len);
    datagram->protocol = NET_PROTOCOL_ESP;
    datagram->inner_identity = item->inner_identity;
    net_send(datagram, now, outcome->esp.event);
}

static void deliver_inner(struct node_item *item, uint64_t now);

static void item_done(void *context, struct cpu_item *cpu, uint64_t now)
{
    struct node *node = context;
    struct node_item *item = (struct node_item *)cpu;
    trace_batch_commit(node->shared->recorder, &item->batch, now);
    emit_work(item, now);
    host_commit(node->host, now, &item->outcome);
    if (item->kind == ITEM_IKE && item->outcome.actions.accepted &&
        node->shared->watch.message_accepted) {
        node->shared->watch.message_accepted(node->shared->watch.context, node, item->path->to,
                                             item->datagram->message_identity);
    }
    carry_out(item, now);
    if (item->outcome.esp_out) {
        send_esp(item, now);
    }
    if (item->outcome.esp_in) {
        deliver_inner(item, now);
    }
    item_free(item);
}

static void item_drop(void *context, struct cpu_item *cpu)
{
    (void)context;
    struct node_item *item = (struct node_item *)cpu;
    trace_batch_dispose(&item->batch);
    item_free(item);
}

static const struct cpu_operations node_cpu_operations = {
    .sa_of = item_sa_of,
    .work = item_work,
    .done = item_done,
    .drop = item_drop,
};

/* ---- traffic behind the host ---- */

static void send_inner(struct node *node, struct net_path *path, const struct icmp_echo *echo,
                       size_t data_len, const char *flow, uint64_t packet, struct trace_ref cause,
                       uint64_t now)
{
    const struct node_watch *watch = &node->shared->watch;
    uint8_t *inner = malloc(ICMP_OVERHEAD + data_len);
    if (!inner) {
        abort();
    }
    size_t len = icmp_echo_build(echo, data_len, inner);
    char source[NET_ADDRESS_TEXT], destination[NET_ADDRESS_TEXT];
    struct trace_ref sent = trace_recorder_emit(
        node->shared->recorder, path->channel, now, cause, TRACE_TRAFFIC_SENT_EVENT,
        &(struct trace_traffic_sent){
            .flow = flow,
            .packet = packet,
            .kind = echo->reply ? "echo reply" : "echo request",
            .source = net_address_print(echo->source, source),
            .destination = net_address_print(echo->destination, destination),
        });
    struct node_item *item = item_new(node, ITEM_ESP_OUT, path, sent);
    item->inner = inner;
    item->inner_len = len;
    if (watch->inner_sent) {
        item->inner_identity = watch->inner_sent(watch->context, node, crypto_bytes(inner, len));
    }
    submit(item, now);
}

static void flow_drop(struct sim_event *event)
{
    (void)event; /* part of its node */
}

static void flow_run(struct sim_event *event, uint64_t now)
{
    struct flow *flow = (struct flow *)event;
    struct node *node = flow->node;
    struct icmp_echo echo = {
        .identifier = flow->identifier,
        .sequence = (uint16_t)(flow->sent + 1),
        .sent_at = now,
    };
    memcpy(echo.source, flow->spec.source, 4);
    memcpy(echo.destination, flow->spec.destination, 4);
    flow->sent++;
    if (flow->spec.count == 0 || flow->sent < flow->spec.count) {
        sim_engine_schedule(node->shared->engine, &flow->event, &node->place, &node->place,
                            now + flow->spec.every);
    }
    send_inner(node, flow->path, &echo, flow->spec.data_len, flow->name, flow->sent,
               (struct trace_ref){0}, now);
}

static void flows_start(struct node *node, const char *child, struct net_path *path, uint64_t now)
{
    for (size_t i = 0; i < node->flow_count; i++) {
        struct flow *flow = &node->flows[i];
        if (flow->started || strcmp(flow->spec.child, child) != 0) {
            continue;
        }
        flow->started = true;
        flow->path = path;
        flow->event.run = flow_run;
        flow->event.drop = flow_drop;
        sim_engine_schedule(node->shared->engine, &flow->event, &node->place, &node->place,
                            flow->spec.start > now ? flow->spec.start : now);
    }
}

static const struct flow *find_flow(const struct node *node, const struct icmp_echo *echo)
{
    for (size_t i = 0; i < node->flow_count; i++) {
        const struct flow *flow = &node->flows[i];
        if (flow->identifier == echo->identifier &&
            memcmp(flow->spec.source, echo->destination, 4) == 0) {
            return flow;
        }
    }
    return NULL;
}

static void answer(struct node_item *item, const struct icmp_echo *request,
                   struct trace_ref delivered, uint64_t now)
{
    struct icmp_echo reply = *request;
    reply.reply = true;
    memcpy(reply.source, request->destination, 4);
    memcpy(reply.destination, request->source, 4);
    send_inner(item->node, item->path, &reply, item->outcome.inner.len - ICMP_OVERHEAD,
               item->outcome.esp.child, request->sequence, delivered, now);
}

/* Whatever came out of the tunnel goes to the network behind; a host there answers pings. */
static void deliver_inner(struct node_item *item, uint64_t now)
{
    struct node *node = item->node;
    const struct node_watch *watch = &node->shared->watch;
    struct crypto_bytes inner = item->outcome.inner;
    uint64_t times = 1;
    if (watch->inner_delivered) {
        times = watch->inner_delivered(watch->context, node, item->datagram->inner_identity, inner);
    }
    struct icmp_echo echo;
    if (!icmp_echo_parse(inner, &echo)) {
        return;
    }
    const struct flow *flow = echo.reply ? find_flow(node, &echo) : NULL;
    char source[NET_ADDRESS_TEXT], destination[NET_ADDRESS_TEXT];
    struct trace_ref delivered =
        trace_recorder_emit(node->shared->recorder, item->path->channel, now,
                            item->outcome.esp.event, TRACE_TRAFFIC_DELIVERED_EVENT,
                            &(struct trace_traffic_delivered){
                                .flow = flow ? flow->name : item->outcome.esp.child,
                                .packet = echo.sequence,
                                .kind = echo.reply ? "echo reply" : "echo request",
                                .source = net_address_print(echo.source, source),
                                .destination = net_address_print(echo.destination, destination),
                                .times = times,
                            });
    if (!echo.reply) {
        answer(item, &echo, delivered, now);
        return;
    }
    if (!flow) {
        return;
    }
    trace_recorder_emit(node->shared->recorder, item->path->channel, now, delivered,
                        TRACE_TRAFFIC_ANSWERED_EVENT,
                        &(struct trace_traffic_answered){
                            .flow = flow->name,
                            .packet = echo.sequence,
                            .round_trip = now - echo.sent_at,
                        });
    if (watch->ping_answered) {
        watch->ping_answered(watch->context, node);
    }
}

/* ---- what comes to a node from outside ---- */

static void port_receive(struct net_port *port, uint64_t now, struct net_datagram *datagram,
                         struct trace_ref delivered)
{
    struct node *node = port->user;
    enum item_kind kind = datagram->protocol == NET_PROTOCOL_ESP ? ITEM_ESP_IN : ITEM_IKE;
    struct node_item *item = item_new(node, kind, datagram->path->back, delivered);
    item->datagram = datagram;
    submit(item, now);
}

static void errand_drop(struct sim_event *event)
{
    free(event);
}

static void errand_run(struct sim_event *event, uint64_t now)
{
    struct errand *errand = (struct errand *)event;
    struct node *node = errand->node;
    struct trace_ref ordered =
        trace_recorder_emit(node->shared->recorder, errand->path->channel, now,
                            (struct trace_ref){0}, TRACE_HOST_ORDER_EVENT,
                            &(struct trace_host_order){
                                .order = host_order_name(errand->kind),
                                .detail = errand->child ? errand->child : errand->path->to->name,
                                .origin = errand->origin,
                            });
    struct node_item *item = item_new(node, ITEM_ORDER, errand->path, ordered);
    item->order = (struct host_order){
        .kind = errand->kind,
        .remote = address_of(errand->path->to),
        .child = errand->child,
        .attempt = errand->kind == HOST_INITIATE ? node->attempts++ : 0,
    };
    free(errand);
    submit(item, now);
}

void node_order(struct node *node, uint64_t at, enum host_order_kind kind,
                const struct net_port *peer, const char *child, const char *origin)
{
    struct net_path *path = net_path_find(node->port, peer->address);
    assert(path);
    struct errand *errand = checked_calloc(sizeof *errand);
    *errand = (struct errand){
        .event = {.run = errand_run, .drop = errand_drop},
        .node = node,
        .path = path,
        .kind = kind,
        .child = child,
        .origin = origin,
    };
    sim_engine_schedule(node->shared->engine, &errand->event, &node->place, &node->place, at);
}

/* ---- life ---- */

static void flows_init(struct node *node, const struct node_options *options)
{
    node->flow_count = options->flow_count;
    node->flows = calloc(options->flow_count ? options->flow_count : 1, sizeof *node->flows);
    if (!node->flows) {
        abort();
    }
    for (size_t i = 0; i < options->flow_count; i++) {
        struct flow *flow = &node->flows[i];
        flow->node = node;
        flow->spec = options->flows[i];
        assert(flow->spec.data_len >= ICMP_DATA_MIN &&
               flow->spec.data_len <= INNER_MAX - ICMP_OVERHEAD - ESP_OVERHEAD_MAX);
        snprintf(flow->name, sizeof flow->name, "ping %s", flow->spec.child);
        /* As ping does: any number that tells its replies from another's. */
        flow->identifier = (uint16_t)(sim_draw_name(i, node->name) | 1);
    }
}

struct node *node_new(const struct node_options *options)
{
    struct node_shared *shared = options->shared;
    struct node *node = checked_calloc(sizeof *node);
    node->name = options->name;
    node->shared = shared;
    node->user = options->user;
    sim_node_init(shared->engine, &node->place, options->name);
    node->port = net_add_port(shared->net, options->name, options->address, &node->place);
    if (!node->port) {
        free(node);
        return NULL;
    }
    node->port->receive = port_receive;
    node->port->user = node;
    node->draw_key = sim_draw_key(sim_engine_seed(shared->engine), options->name, NULL);
    node->observer = (struct trace_observer){.emit = observe, .context = node};
    node->host = host_new(&(struct host_options){
        .crypto = shared->crypto,
        .entropy = {.fill = draw_fill, .context = node},
        .observer = &node->observer,
        .policy = options->policy,
        .address = address_of(node->port),
    });
    cpu_server_init(&node->cpu, shared->engine, &node->place, options->cores, options->queue,
                    &node_cpu_operations, node);
    flows_init(node, options);
    return node;
}

void node_free(struct node *node)
{
    if (!node) {
        return;
    }
    cpu_server_dispose(&node->cpu);
    host_free(node->host);
    free(node->flows);
    free(node);
}

const char *node_name(const struct node *node)
{
    return node->name;
}

void *node_user(const struct node *node)
{
    return node->user;
}

struct net_port *node_port(const struct node *node)
{
    return node->port;
}

const struct host *node_host(const struct node *node)
{
    return node->host;
}
