#include "sim/host/node.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/host/node_internal.h"

#define PORT_IKE 500

/* An order of the scenario on its way. */
struct errand {
    struct sim_event event;
    struct node *node;
    struct net_path *path;
    enum host_order_kind kind;
    const char *child;
    const char *origin;
};

void *node_calloc(size_t size)
{
    void *p = calloc(1, size);
    if (!p) {
        abort();
    }
    return p;
}

/* ---- work items ---- */

struct node_item *node_item_new(struct node *node, enum item_kind kind, struct net_path *path,
                                struct trace_ref trigger)
{
    struct node_item *item = node->shared->pool;
    if (item) {
        node->shared->pool = item->next_free;
    } else {
        item = node_calloc(sizeof *item);
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

void node_item_free(struct node_item *item)
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

const char *node_item_name(enum item_kind kind)
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

const char *node_class_name(enum cpu_class class)
{
    return class == CPU_IKE ? "ike" : "esp";
}

void node_submit(struct node_item *item, uint64_t now)
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
                            .item = node_item_name(item->kind),
                            .class = node_class_name(class),
                            .queued = node->cpu.waiting[class],
                        });
    if (node->shared->watch.cpu_dropped) {
        node->shared->watch.cpu_dropped(node->shared->watch.context, node);
    }
    node_item_free(item);
}

/* ---- what the protocol code sees of the world ---- */

void node_draw(struct sim_draw_key key, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    assert(draw->field < 256 && draw->instance < UINT32_C(1) << 24);
    const uint64_t what[4] = {
        draw->entity,
        draw->sa,
        (uint64_t)draw->exchange << 32 | draw->message_id,
        (uint64_t)draw->field << 24 | draw->instance,
    };
    sim_draw_bytes(key, what, out, len);
}

/* Entropy of a host: a pure function of (seed, host, what for). */
static void draw_fill(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    node_draw(((const struct node *)context)->draw_key, draw, out, len);
}

/* What was received, or sent once more, is the cause of all that the code does next. */
static bool becomes_cause(enum trace_kind kind)
{
    return kind == TRACE_IKE_MESSAGE_RECEIVED_EVENT || kind == TRACE_IKE_RETRANSMISSION_EVENT ||
           kind == TRACE_IKE_MESSAGE_DROPPED_EVENT || kind == TRACE_IKE_GAVE_UP_EVENT;
}

/* Notifies travel encrypted: that they arrived can only be learnt from the end that took them. And
 * only it knows what it made of a datagram. */
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
    } else if (kind == TRACE_IKE_MESSAGE_DROPPED_EVENT && watch->message_dropped) {
        const struct trace_ike_message_dropped *event = data;
        watch->message_dropped(watch->context, node, event->reason);
    } else if (kind == TRACE_IKE_COOKIE_EVENT && watch->cookie) {
        const struct trace_ike_cookie *event = data;
        if (strcmp(event->what, "returned") != 0) {
            watch->cookie(watch->context, node, strcmp(event->what, "accepted") == 0);
        }
    }
}

/* What an end found of its peer's proof, it alone knows. */
static void watch_proofs(const struct node *node, enum trace_kind kind, const void *data)
{
    const struct node_watch *watch = &node->shared->watch;
    if (kind == TRACE_IKE_CERTIFICATE_EVENT && watch->certificate_accepted) {
        const struct trace_ike_certificate *event = data;
        if (strcmp(event->result, "good") == 0) {
            watch->certificate_accepted(watch->context, node);
        }
    } else if (kind == TRACE_IKE_AUTH_REFUSED_EVENT && watch->authentication_refused) {
        const struct trace_ike_auth_refused *event = data;
        if (strcmp(event->whose, "peer") == 0) {
            watch->authentication_refused(watch->context, node);
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
    watch_proofs(node, kind, data);
    return id;
}

struct ike_address node_address_of(const struct net_port *port)
{
    struct ike_address address = {.family = port->address.family, .port = PORT_IKE};
    memcpy(address.ip, port->address.octets, sizeof address.ip);
    return address;
}

/* ---- what comes to a node from outside ---- */

static void port_receive(struct net_port *port, uint64_t now, struct net_datagram *datagram,
                         struct trace_ref delivered)
{
    struct node *node = port->user;
    enum item_kind kind = datagram->protocol == NET_PROTOCOL_ESP ? ITEM_ESP_IN : ITEM_IKE;
    struct node_item *item = node_item_new(node, kind, datagram->path->back, delivered);
    item->datagram = datagram;
    node_submit(item, now);
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
    struct node_item *item = node_item_new(node, ITEM_ORDER, errand->path, ordered);
    item->order = (struct host_order){
        .kind = errand->kind,
        .remote = node_address_of(errand->path->to),
        .child = errand->child,
        .attempt = errand->kind == HOST_INITIATE ? node->attempts++ : 0,
    };
    free(errand);
    node_submit(item, now);
}

void node_order(struct node *node, uint64_t at, enum host_order_kind kind,
                const struct net_port *peer, const char *child, const char *origin)
{
    struct net_path *path = net_path_find(node->port, &peer->address);
    assert(path);
    struct errand *errand = node_calloc(sizeof *errand);
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

struct node *node_new(const struct node_options *options)
{
    struct node_shared *shared = options->shared;
    struct node *node = node_calloc(sizeof *node);
    node->name = options->name;
    node->shared = shared;
    node->user = options->user;
    sim_node_init(shared->engine, &node->place, options->name);
    node->port = net_add_port(shared->net, options->name, &options->address, &node->place);
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
        .address = node_address_of(node->port),
    });
    cpu_server_init(&node->cpu, shared->engine, &node->place, options->cores, options->queue,
                    &node_cpu_operations, node);
    traffic_init(node, options->flow_count, options->flows);
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
