#include "sim/host/node.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/host/cluster.h"
#include "sim/host/encap.h"
#include "sim/host/node_internal.h"

/* An order of the scenario on its way. */
struct errand {
    struct sim_event event;
    struct node *node;
    struct net_path *path;
    enum host_order_kind kind;
    const char *child;
    const char *origin;
    struct ike_redirected redirected;
    struct ike_pair pair;
};

void *node_calloc(size_t size)
{
    void *p = malloc(size);
    if (!p) {
        abort();
    }
    return memset(p, 0, size);
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
    item->record = NULL;
    item->inner = NULL;
    item->inner_identity = 0;
    item->abandoned = false;
    return item;
}

void node_item_free(struct node_item *item)
{
    const struct node_watch *watch = &item->node->shared->watch;
    net_datagram_free(item->datagram);
    if (item->inner_identity != 0 && watch->inner_gone) {
        watch->inner_gone(watch->context, item->inner_identity);
    }
    free(item->inner);
    free(item->record);
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
    case ITEM_LIMIT:
        return "limit";
    case ITEM_UNKNOWN_SPI:
        return "unknown SPI";
    case ITEM_SELECTOR:
        return "selector";
    case ITEM_ERROR:
        return "error";
    case ITEM_SYNC:
        return "sync";
    case ITEM_TAKEOVER:
        return "takeover";
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

/* What is going to be computed for an IKE message. */
static void foresee_receive(const struct node *node, const struct net_datagram *datagram)
{
    struct ike_datagram ike = node_ike_datagram(datagram);
    ike_endpoint_foresee_receive(host_ike(node->host), &ike);
}

void node_submit(struct node_item *item, uint64_t now)
{
    struct node *node = item->node;
    enum cpu_class class = node_classify(item);
    bool down = now < node->down_until;
    /* What was not looked at on its way, since the queue might have refused it. */
    if (node->shared->foresee && item->kind == ITEM_IKE && !down && !item->datagram->foreseen &&
        cpu_server_has_room(&node->cpu, class)) {
        foresee_receive(node, item->datagram);
    }
    if (!down && cpu_server_submit(&node->cpu, &item->cpu, class, now)) {
        return;
    }
    trace_recorder_emit(node->shared->recorder, item->path->channel, now, item->trigger,
                        TRACE_CPU_DROPPED_EVENT,
                        &(struct trace_cpu_dropped){
                            .item = node_item_name(item->kind),
                            .class = cpu_class_name(class),
                            .queued = node->cpu.waiting[class],
                            .why = down ? "down" : "full",
                        });
    if (node->shared->watch.cpu_dropped && !down) {
        node->shared->watch.cpu_dropped(node->shared->watch.context, node, class);
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
           kind == TRACE_IKE_MESSAGE_DROPPED_EVENT || kind == TRACE_IKE_GAVE_UP_EVENT ||
           kind == TRACE_IKE_UNREACHABLE_EVENT;
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
    const struct node_watch *watch = &node->shared->watch;
    if (watch->told) {
        watch->told(watch->context, node, item->path->to, kind, data);
    }
    return id;
}

struct ike_address node_address_from(const struct net_address *address)
{
    struct ike_address ike = {.family = address->family, .port = IKE_PORT};
    memcpy(ike.ip, address->octets, sizeof ike.ip);
    return ike;
}

struct ike_address node_address_of(const struct net_port *port)
{
    return node_address_from(&port->address);
}

struct ike_datagram node_ike_datagram(const struct net_datagram *datagram)
{
    struct ike_datagram ike = {
        .source = {.family = datagram->source.family, .port = datagram->source_port},
        .destination = {.family = datagram->destination.family, .port = datagram->destination_port},
        .bytes = {datagram->bytes + datagram->marker, datagram->len - datagram->marker},
    };
    memcpy(ike.source.ip, datagram->source.octets, sizeof ike.source.ip);
    memcpy(ike.destination.ip, datagram->destination.octets, sizeof ike.destination.ip);
    return ike;
}

struct ike_datagram node_quoted_datagram(const struct net_unreachable *error)
{
    struct ike_datagram quoted = {
        .source = {.family = error->source.family, .port = error->source_port},
        .destination = {.family = error->destination.family, .port = error->destination_port},
    };
    struct crypto_bytes inner, payload = crypto_bytes(error->payload.data, error->payload.len);
    memcpy(quoted.source.ip, error->source.octets, sizeof quoted.source.ip);
    memcpy(quoted.destination.ip, error->destination.octets, sizeof quoted.destination.ip);
    if (error->protocol == NET_PROTOCOL_UDP &&
        encap_open(error->destination_port, payload, &inner) == ENCAP_IKE) {
        quoted.bytes = inner;
    }
    return quoted;
}

struct ike_address node_reach(const struct net_path *path)
{
    const struct net_path *gateway = path->to->gateway;
    return node_address_of(path->policy || !gateway ? path->to : gateway->to);
}

/* ---- what comes to a node from outside ---- */

/* Nobody takes it, and its sender is told. Takes the datagram. */
static void refuse(struct net_datagram *datagram, uint64_t now, struct trace_ref delivered)
{
    net_send(net_unreachable_new(datagram, datagram->back), now, delivered);
    net_datagram_free(datagram);
}

/* An error about what this host has sent; others are of no interest. Takes the datagram. */
static void receive_icmp(struct node *node, uint64_t now, struct net_datagram *datagram,
                         struct trace_ref delivered)
{
    struct net_unreachable error;
    if (!net_unreachable_read(datagram, &error)) {
        net_datagram_free(datagram);
        return;
    }
    struct node_item *item = node_item_new(node, ITEM_ERROR, datagram->back, delivered);
    item->datagram = datagram;
    item->error = error;
    node_submit(item, now);
}

static void port_receive(struct net_port *port, uint64_t now, struct net_datagram *datagram,
                         struct trace_ref delivered)
{
    struct node *node = port->user;
    enum item_kind kind = ITEM_ESP_IN;
    if (net_is_icmp(datagram)) {
        receive_icmp(node, now, datagram, delivered);
        return;
    }
    if (now < node->down_until && node->answers_icmp) {
        refuse(datagram, now, delivered);
        return;
    }
    if (datagram->protocol == NET_PROTOCOL_UDP) {
        struct crypto_bytes inner, payload = crypto_bytes(datagram->bytes, datagram->len);
        enum encap_kind encap = encap_open(datagram->destination_port, payload, &inner);
        if (encap != ENCAP_IKE && encap != ENCAP_ESP) {
            net_datagram_free(datagram); /* it has done what it can, on its way */
            return;
        }
        kind = encap == ENCAP_ESP ? ITEM_ESP_IN : ITEM_IKE;
        datagram->marker = (uint8_t)(payload.len - inner.len);
    }
    struct node_item *item = node_item_new(node, kind, datagram->back, delivered);
    item->datagram = datagram;
    node_submit(item, now);
}

/* Work for what the queue is going to refuse would be done for nothing. */
static bool port_foresee(struct net_port *port, struct net_datagram *datagram)
{
    struct node *node = port->user;
    if (datagram->message_identity == 0 || cpu_server_is_crowded(&node->cpu, port->coming)) {
        return false;
    }
    foresee_receive(node, datagram);
    return true;
}

void node_foresee_initiate(const struct node *node, const struct net_port *peer, uint64_t n)
{
    struct ike_address remote = node_reach(net_path_find(node->port, &peer->address));
    ike_endpoint_foresee_initiate(host_ike(node->host), &remote, n);
}

static void errand_drop(struct sim_event *event)
{
    free(event);
}

/* Where the host begins an IKE SA with the peer that it connects to. By an anycast address it is
 * the network that says which gateway that comes to. */
static struct ike_address choose_remote(const struct node *node, struct errand *errand)
{
    if (node->connect.anycast && errand->kind == HOST_INITIATE && errand->redirected.count == 0 &&
        errand->path == node->connect.path) {
        const struct net_address *anycast = net_port_shared(errand->path->to);
        struct net_path *nearest = net_path_find(node->port, anycast);
        errand->path = nearest ? nearest : errand->path;
        return node_address_from(anycast);
    }
    return node_reach(errand->path);
}

static void errand_run(struct sim_event *event, uint64_t now)
{
    struct errand *errand = (struct errand *)event;
    struct node *node = errand->node;
    struct ike_address remote = choose_remote(node, errand);
    struct net_address at = net_address_of(remote.family, remote.ip);
    const struct net_address *shared = net_port_shared(errand->path->to);
    char anycast[NET_ADDRESS_TEXT] = "";
    if (shared && net_address_equal(shared, &at)) {
        net_address_print(shared, anycast);
    }
    struct trace_ref ordered =
        trace_recorder_emit(node->shared->recorder, errand->path->channel, now,
                            (struct trace_ref){0}, TRACE_HOST_ORDER_EVENT,
                            &(struct trace_host_order){
                                .order = host_order_name(errand->kind),
                                .detail = errand->child ? errand->child
                                          : *anycast    ? anycast
                                                        : errand->path->to->name,
                                .origin = errand->origin,
                            });
    struct node_item *item = node_item_new(node, ITEM_ORDER, errand->path, ordered);
    item->order = (struct host_order){
        .kind = errand->kind,
        .remote = remote,
        .sa = errand->path->sa,
        .child = errand->child,
        .attempt = errand->kind == HOST_INITIATE ? node->attempts++ : 0,
        .redirected = errand->redirected,
        .pair = errand->pair,
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

void node_order_pair(struct node *node, uint64_t at, struct net_path *path, const char *child,
                     const struct ike_pair *pair)
{
    struct errand *errand = node_calloc(sizeof *errand);
    *errand = (struct errand){
        .event = {.run = errand_run, .drop = errand_drop},
        .node = node,
        .path = path,
        .kind = HOST_CREATE_CHILD,
        .child = child,
        .origin = "single_pair",
        .pair = *pair,
    };
    sim_engine_schedule(node->shared->engine, &errand->event, &node->place, &node->place, at);
}

/* ---- connecting, and restarting ---- */

void node_connect_again(struct node *node, uint64_t at, const char *origin)
{
    node_order(node, at, HOST_INITIATE, node->connect.path->to, NULL, origin);
}

void node_connect(struct node *node, uint64_t at, const struct net_port *peer,
                  const struct node_connect_options *options)
{
    node->connect.tries_max = options->tries;
    node->connect.restart = options->restart;
    node->connect.anycast = options->anycast;
    node->connect.path = net_path_find(node->port, &peer->address);
    assert(node->connect.path);
    node_connect_again(node, at, "connect");
}

struct restart {
    struct sim_event event;
    struct node *node;
    uint64_t down; /* ns */
    bool icmp;
};

static void restart_run(struct sim_event *event, uint64_t now)
{
    struct restart *restart = (struct restart *)event;
    struct node *node = restart->node;
    uint64_t forgotten, down = restart->down;
    node->down_until = now + down;
    node->answers_icmp = restart->icmp;
    free(restart);
    forgotten = node_forget_all(node, now, "the host has restarted, and knows nothing of it");
    trace_recorder_emit(node->shared->recorder, node->port->channel, now, (struct trace_ref){0},
                        TRACE_HOST_RESTART_EVENT,
                        &(struct trace_host_restart){
                            .ike_sas = forgotten,
                            .up = node->down_until,
                        });
    if (node->cluster) {
        cluster_crashed(node, now, down);
    }
    if (node->connect.path) {
        node->connect.tries = 0;
        node_connect_again(node, node->down_until, "connect");
    }
}

void node_restart(struct node *node, uint64_t at, uint64_t down, bool icmp)
{
    struct restart *restart = node_calloc(sizeof *restart);
    *restart = (struct restart){
        .event = {.run = restart_run, .drop = errand_drop},
        .node = node,
        .down = down,
        .icmp = icmp,
    };
    sim_engine_schedule(node->shared->engine, &restart->event, &node->place, &node->place, at);
}

void node_begin_redirected(struct node *node, struct net_path *path,
                           const struct ike_redirected *redirected, uint64_t now)
{
    struct errand *errand = node_calloc(sizeof *errand);
    *errand = (struct errand){
        .event = {.run = errand_run, .drop = errand_drop},
        .node = node,
        .path = path,
        .kind = HOST_INITIATE,
        .origin = "redirect",
        .redirected = *redirected,
    };
    sim_engine_schedule(node->shared->engine, &errand->event, &node->place, &node->place, now);
}

/* ---- life ---- */

void node_change_member(struct node *node, const char *member, const struct host_options *options)
{
    struct host_options host = *options;
    host.last_sa = ike_endpoint_last_id(host_ike(node->host));
    node->draw_key = sim_draw_key(sim_engine_seed(node->shared->engine), member, NULL);
    host_free(node->host);
    node->host = host_new(&host);
}

struct node *node_new(const struct node_options *options)
{
    struct node_shared *shared = options->shared;
    struct node *node = node_calloc(sizeof *node);
    node->shared = shared;
    node->user = options->user;
    sim_node_init(shared->engine, &node->place, options->name);
    node->port = net_add_port(shared->net, options->name, &options->address, &node->place);
    if (!node->port) {
        free(node);
        return NULL;
    }
    node->port->receive = port_receive;
    node->port->foresee = shared->foresee ? port_foresee : NULL;
    node->port->user = node;
    const struct node_cluster_options *cluster = options->cluster;
    node->draw_key = sim_draw_key(sim_engine_seed(shared->engine),
                                  cluster ? cluster->members[0] : options->name, NULL);
    node->observer = (struct trace_observer){.emit = observe, .context = node};
    struct host_options host = {
        .crypto = shared->crypto,
        .entropy = {.fill = draw_fill, .context = node},
        .observer = &node->observer,
        .policy = options->policy,
        .self = options->self,
        .faults = options->faults,
        .esp_faults = options->esp_faults,
        .address = node_address_of(node->port),
    };
    node->host = host_new(&host);
    node->cluster = cluster ? cluster_new(node, cluster, &host) : NULL;
    cpu_server_init(&node->cpu, shared->engine, &node->place, options->cpu, options->measure_cpu,
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
    cluster_free(node->cluster);
    host_free(node->host);
    free(node->flows);
    free(node);
}

const char *node_name(const struct node *node)
{
    return node->place.name;
}

void *node_user(const struct node *node)
{
    return node->user;
}

uint64_t node_now(const struct node *node)
{
    return sim_engine_now(node->shared->engine);
}

struct node_load node_load(const struct node *node, uint64_t now)
{
    const struct cpu_server *cpu = &node->cpu;
    return (struct node_load){
        .cores = cpu->options->cores,
        .busy = cpu_server_busy(cpu, now),
        .waiting = cpu_server_waiting(cpu),
        .waiting_most = cpu->waiting_most,
    };
}

const struct cpu_server *node_cpu(const struct node *node)
{
    return &node->cpu;
}

void node_load_begin(struct node *node)
{
    node->cpu.waiting_most = cpu_server_waiting(&node->cpu);
}

const struct sim_node *node_place(const struct node *node)
{
    return &node->place;
}

struct net_port *node_port(const struct node *node)
{
    return node->port;
}

const struct host *node_host(const struct node *node)
{
    return node->host;
}
