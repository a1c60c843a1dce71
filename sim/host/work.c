/* The work of a node: what a core does with an item, and what comes of it once it is paid for. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/sign.h"
#include "ike/wire.h"
#include "sim/host/cluster.h"
#include "sim/host/encap.h"
#include "sim/host/node_internal.h"

/* A protocol timer on its way. */
struct alarm {
    struct sim_event event;
    struct net_path *path; /* from the node */
    struct trace_ref cause;
    uint64_t sa; /* of the struct ike_timer, as the next two are: there are millions of alarms */
    uint32_t generation;
    unsigned kind : 8, incarnation : 24;
};

/* ---- the CPU's view of an item ---- */

static uint64_t item_sa_of(void *context, const struct cpu_item *cpu)
{
    const struct node *node = context;
    const struct node_item *item = (const struct node_item *)cpu;
    switch (item->kind) {
    case ITEM_IKE: {
        struct ike_datagram datagram = node_ike_datagram(item->datagram);
        return ike_endpoint_sa_of(host_ike(node->host), &datagram);
    }
    case ITEM_TIMER:
        return ike_endpoint_sa_of_timer(host_ike(node->host), &item->timer);
    case ITEM_LIMIT:
        return ike_endpoint_sa_of_child(host_ike(node->host), item->limit.spi_in);
    case ITEM_UNKNOWN_SPI:
        return ike_endpoint_sa_with(host_ike(node->host), &item->order.remote);
    case ITEM_SELECTOR:
        return ike_endpoint_sa_of_child(host_ike(node->host), item->spi);
    case ITEM_ERROR: {
        struct ike_datagram quoted = node_quoted_datagram(&item->error);
        return ike_endpoint_sa_of_sent(host_ike(node->host), &quoted);
    }
    case ITEM_SYNC:
        return item->order.sa;
    case ITEM_TAKEOVER:
        return 0;
    case ITEM_ORDER:
        return item->order.kind == HOST_INITIATE ? 0 : host_order_sa(node->host, &item->order);
    case ITEM_ESP_IN:
    case ITEM_ESP_OUT:
        break;
    }
    return 0;
}

/* IKE header fields by their place (RFC 7296 §3.1): nothing is parsed before it is paid for. */
enum { AT_EXCHANGE = 18, AT_FLAGS = 19 };

static enum cpu_class classify_ike(const struct node_item *item)
{
    struct ike_datagram datagram = node_ike_datagram(item->datagram);
    const uint8_t *bytes = datagram.bytes.data;
    if (datagram.bytes.len < IKE_HEADER_LEN ||
        ike_endpoint_sa_of(host_ike(item->node->host), &datagram) == 0) {
        return CPU_INIT;
    }
    if (bytes[AT_FLAGS] & IKE_FLAG_RESPONSE) {
        return CPU_RESPONSE;
    }
    switch (bytes[AT_EXCHANGE]) {
    case IKE_EXCHANGE_IKE_SA_INIT:
    case IKE_EXCHANGE_IKE_SESSION_RESUME:
        return CPU_INIT;
    case IKE_EXCHANGE_IKE_AUTH:
    case IKE_EXCHANGE_IKE_INTERMEDIATE:
        return CPU_AUTH;
    default:
        return CPU_ESTABLISHED;
    }
}

enum cpu_class node_classify(const struct node_item *item)
{
    switch (item->kind) {
    case ITEM_IKE:
        return classify_ike(item);
    case ITEM_ERROR:
        return CPU_INIT; /* anybody can send one */
    case ITEM_TIMER:
    case ITEM_LIMIT:
    case ITEM_UNKNOWN_SPI:
    case ITEM_SELECTOR:
    case ITEM_SYNC:
    case ITEM_TAKEOVER:
    case ITEM_ORDER:
        return CPU_OWN;
    case ITEM_ESP_IN:
    case ITEM_ESP_OUT:
        break;
    }
    return CPU_ESP;
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

static void go_on(struct node *node, struct node_item *item, uint64_t now)
{
    const char *why = NULL;
    int result = host_import(node->host, now, crypto_bytes(item->record, item->record_len),
                             &item->outcome, &why);
    assert(result == 0); /* this very program has written it */
    (void)result;
}

static uint64_t item_work(void *context, struct cpu_item *cpu, uint64_t now)
{
    struct node *node = context;
    struct node_item *item = (struct node_item *)cpu;
    struct host_outcome *outcome = &item->outcome;
    node->current = item;
    switch (item->kind) {
    case ITEM_IKE: {
        struct ike_datagram datagram = node_ike_datagram(item->datagram);
        host_receive_ike(node->host, now, &datagram, outcome);
        break;
    }
    case ITEM_ESP_IN: {
        struct ike_datagram datagram = node_ike_datagram(item->datagram);
        host_receive_esp(node->host, now,
                         crypto_bytes(item->datagram->header, item->datagram->header_len),
                         &datagram, outcome);
        break;
    }
    case ITEM_ESP_OUT:
        host_send_inner(node->host, crypto_bytes(item->inner, item->inner_len), outcome);
        break;
    case ITEM_TIMER:
        host_timer(node->host, now, &item->timer, outcome);
        break;
    case ITEM_LIMIT:
        host_limit(node->host, now, &item->limit, outcome);
        break;
    case ITEM_UNKNOWN_SPI:
        host_unknown_spi(node->host, now, &item->order.local, &item->order.remote, item->spi,
                         outcome);
        break;
    case ITEM_SELECTOR:
        host_bad_selector(node->host, now, item->spi, crypto_bytes(item->inner, item->inner_len),
                          outcome);
        break;
    case ITEM_ERROR: {
        struct ike_datagram quoted = node_quoted_datagram(&item->error);
        host_unreachable(node->host, now, &quoted, item->error.what, outcome);
        break;
    }
    case ITEM_SYNC:
        cluster_write(item);
        break;
    case ITEM_TAKEOVER:
        go_on(node, item, now);
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

/* Words are short: copied letter by letter, they cost less than being measured first. */
static size_t append(char *text, size_t cap, size_t at, const char *word)
{
    for (; *word != '\0' && at + 1 < cap; word++) {
        text[at++] = *word;
    }
    text[at] = '\0';
    return at;
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
    case CRYPTO_COST_SIGN:
    case CRYPTO_COST_VERIFY:
        return crypto_key_kind_name(cost->transform);
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
    char ledger[CRYPTO_LEDGER_MAX * 48]; /* each by the longest of names */
    ledger_print(&item->outcome.costs, ledger, sizeof ledger);
    trace_recorder_emit(item->node->shared->recorder, item->path->channel, now, item->trigger,
                        TRACE_CPU_WORK_EVENT,
                        &(struct trace_cpu_work){
                            .item = node_item_name(item->kind),
                            .class = cpu_class_name(item->cpu.class),
                            .arrived = item->cpu.arrived,
                            .started = item->cpu.started,
                            .cost = item->cpu.cost,
                            .ledger = ledger,
                        });
}

static struct net_datagram *new_datagram(const struct node_item *item, uint8_t protocol,
                                         const struct ike_address *source,
                                         const struct ike_address *destination, size_t len)
{
    struct net_address to = net_address_of(destination->family, destination->ip);
    /* Of a NAT's address, the peer behind it is meant that the work was about. */
    struct net_path *path = net_path_find(item->node->port, &to);
    if (!path || path->to->relay) {
        path = item->path;
    }
    struct net_datagram *datagram = net_datagram_new(item->node->shared->net, path, len);
    datagram->protocol = protocol;
    datagram->source = net_address_of(source->family, source->ip);
    datagram->destination = to;
    if (protocol == NET_PROTOCOL_UDP) {
        datagram->source_port = source->port;
        datagram->destination_port = destination->port;
    }
    return datagram;
}

static void transmit(struct node_item *item, const struct ike_action *action, uint64_t now)
{
    struct node *node = item->node;
    if (now < node->down_until) {
        return;
    }
    size_t marker = encap_marker_len(action->transmit.source.port), len = action->transmit.len;
    struct net_datagram *datagram = new_datagram(item, NET_PROTOCOL_UDP, &action->transmit.source,
                                                 &action->transmit.destination, marker + len);
    memset(datagram->bytes, 0, marker);
    memcpy(datagram->bytes + marker, action->transmit.bytes, len);
    datagram->marker = (uint8_t)marker;
    datagram->message_identity = action->transmit.identity;
    if (node->shared->watch.message_sent) {
        node->shared->watch.message_sent(node->shared->watch.context, node,
                                         datagram->message_identity,
                                         crypto_bytes(action->transmit.bytes, len));
    }
    net_send(datagram, now, action->transmit.sent);
}

static void send_keepalive(struct node_item *item, const struct ike_action *action, uint64_t now)
{
    struct net_datagram *datagram = new_datagram(item, NET_PROTOCOL_UDP, &action->keepalive.source,
                                                 &action->keepalive.destination, 1);
    datagram->bytes[0] = 0xff;
    net_send(datagram, now, action->keepalive.sent);
}

static void alarm_drop(struct sim_event *event)
{
    free(event);
}

static void alarm_run(struct sim_event *event, uint64_t now)
{
    struct alarm *alarm = (struct alarm *)event;
    struct node *node = alarm->path->from->user;
    if (alarm->incarnation != node->incarnation) {
        free(alarm);
        return;
    }
    struct node_item *item = node_item_new(node, ITEM_TIMER, alarm->path, alarm->cause);
    item->timer =
        (struct ike_timer){.sa = alarm->sa, .kind = alarm->kind, .generation = alarm->generation};
    free(alarm);
    node_submit(item, now);
}

static void arm(struct node_item *item, const struct ike_action *action, struct trace_ref cause,
                uint64_t now)
{
    struct node *node = item->node;
    const struct ike_timer *timer = &action->timer.timer;
    struct alarm *alarm = node_calloc(sizeof *alarm);
    assert(timer->kind < 1 << 8 && node->incarnation < 1 << 24);
    *alarm = (struct alarm){
        .event = {.run = alarm_run, .drop = alarm_drop},
        .path = item->path,
        .cause = cause,
        .sa = timer->sa,
        .generation = timer->generation,
        .kind = timer->kind & 0xff,
        .incarnation = node->incarnation & 0xffffff,
    };
    sim_engine_schedule(node->shared->engine, &alarm->event, &node->place, &node->place,
                        now + action->timer.delay);
}

/* An attempt has failed, or the peer is dead: found out by a timer, as an answer would have come as
 * a datagram. */
static void connect_again(const struct node_item *item, bool established, uint64_t now)
{
    struct node *node = item->node;
    struct ike_address remote = node_address_of(item->path->to);
    if (item->kind != ITEM_TIMER || (item->path != node->connect.path && !node->connect.anycast) ||
        ike_endpoint_sa_with(host_ike(node->host), &remote) != 0) {
        return;
    }
    if (established) {
        if (node->connect.restart) {
            node_connect_again(node, now, "dpd_action");
        }
    } else if (node->connect.tries_max == 0 || ++node->connect.tries < node->connect.tries_max) {
        node_connect_again(node, now, "keyingtries");
    }
}

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
                watch->child_installed(watch->context, node, action->install->name,
                                       action->install->transport);
            }
            traffic_start(node, action->install, item->path, now);
            break;
        case IKE_ACTION_CHILD_REMOVE:
            if (watch->child_removed) {
                watch->child_removed(watch->context, node, action->remove.name);
            }
            break;
        case IKE_ACTION_CHILD_PAIRS:
            traffic_ask(node, action->pairs, item->path, now);
            break;
        case IKE_ACTION_REDIRECT:
            node_follow(item, action, now);
            break;
        case IKE_ACTION_CHILD_MOVE:
        case IKE_ACTION_CHILD_SKIP:
            break; /* host_commit has done it */
        case IKE_ACTION_KEEPALIVE:
            send_keepalive(item, action, now);
            break;
        case IKE_ACTION_SA_ESTABLISHED:
            node->connect.tries = 0;
            item->path->sa = action->sa.ike_sa;
            if (watch->sa_established) {
                watch->sa_established(watch->context, node, item->path->to);
            }
            break;
        case IKE_ACTION_SA_GONE:
            if (item->path->sa == action->sa.ike_sa) {
                item->path->sa = 0;
            }
            if (watch->sa_gone && action->sa.established) {
                watch->sa_gone(watch->context, node, item->path->to);
            }
            connect_again(item, action->sa.established, now);
            break;
        }
    }
}

static void send_esp(struct node_item *item, uint64_t now)
{
    struct host_outcome *outcome = &item->outcome;
    size_t front_len = outcome->esp.front_len, len = outcome->packet_len - front_len;
    struct net_datagram *datagram =
        new_datagram(item, outcome->esp_udp ? NET_PROTOCOL_UDP : outcome->esp.ip_protocol,
                     &outcome->esp_local, &outcome->esp_remote, len);
    memcpy(datagram->bytes, outcome->packet + front_len, len);
    if (front_len > 0 && !outcome->esp_udp) {
        net_datagram_set_header(datagram, outcome->packet, front_len);
    }
    datagram->inner_identity = item->inner_identity;
    item->inner_identity = 0; /* the datagram carries it on */
    net_send(datagram, now, outcome->esp.event);
}

/* ESP counts, IKE decides: a work item of its own, as a kernel's message to the daemon is. */
static void tell_limit(const struct node_item *item, uint64_t now)
{
    struct node_item *limit =
        node_item_new(item->node, ITEM_LIMIT, item->path, item->outcome.esp.event);
    limit->limit = item->outcome.esp.limit;
    node_submit(limit, now);
}

static void tell_unknown_spi(const struct node_item *item, uint64_t now)
{
    struct node_item *unknown =
        node_item_new(item->node, ITEM_UNKNOWN_SPI, item->path, item->outcome.esp.event);
    struct ike_datagram packet = node_ike_datagram(item->datagram);
    if (item->datagram->protocol != NET_PROTOCOL_UDP) {
        packet.source.port = packet.destination.port = IKE_PORT;
    }
    unknown->spi = item->outcome.unknown_spi;
    unknown->order = (struct host_order){.local = packet.destination, .remote = packet.source};
    node_submit(unknown, now);
}

static void tell_selector(const struct node_item *item, uint64_t now)
{
    const struct host_outcome *outcome = &item->outcome;
    struct node_item *told =
        node_item_new(item->node, ITEM_SELECTOR, item->path, outcome->esp.event);
    told->spi = outcome->esp.spi_in;
    told->inner = node_calloc(outcome->inner.len);
    told->inner_len = outcome->inner.len;
    memcpy(told->inner, outcome->inner.data, outcome->inner.len);
    node_submit(told, now);
}

static void make_visible(struct node_item *item, uint64_t now)
{
    struct node *node = item->node;
    trace_batch_commit(node->shared->recorder, &item->batch, now);
    emit_work(item, now);
    host_commit(node->host, now, &item->outcome);
    if (item->kind == ITEM_IKE && item->outcome.actions.accepted &&
        node->shared->watch.message_accepted) {
        node->shared->watch.message_accepted(
            node->shared->watch.context, node, item->path->to, item->datagram->message_identity,
            crypto_bytes(item->datagram->bytes + item->datagram->marker,
                         item->datagram->len - item->datagram->marker));
    }
    carry_out(item, now);
    if (node->cluster) {
        cluster_note(item, now);
    }
}

static void item_done(void *context, struct cpu_item *cpu, uint64_t now)
{
    struct node_item *item = (struct node_item *)cpu;
    (void)context;
    if (!item->abandoned) {
        make_visible(item, now);
        if (item->outcome.esp_out) {
            send_esp(item, now);
        }
        if (item->outcome.esp_in) {
            traffic_deliver(item, now);
        }
        if (item->outcome.esp.limit.name) {
            tell_limit(item, now);
        }
        if (item->outcome.unknown_spi) {
            tell_unknown_spi(item, now);
        }
        if (item->outcome.bad_selector) {
            tell_selector(item, now);
        }
        if (item->kind == ITEM_SYNC) {
            cluster_send(item, now);
        }
    }
    node_item_free(item);
}

/* What the cores work on is over at once, and nothing of it leaves the host. */
static void abandon_work(struct node *node, uint64_t now)
{
    for (struct cpu_item *cpu = node->cpu.in_service; cpu; cpu = cpu->next) {
        struct node_item *item = (struct node_item *)cpu;
        if (!item->abandoned) {
            make_visible(item, now);
            item->abandoned = true;
        }
    }
}

/* A peer behind a NAT box, by the port that it has there; without a box, anywhere. */
struct behind {
    const struct node *node;
    const struct net_port *box; /* or NULL */
    uint16_t port;
    bool same_port;
    struct net_path *found;
};

static void look_behind(struct net_path *path, void *context)
{
    struct behind *behind = context;
    struct ike_sa_info info;
    bool there =
        behind->box ? path->to->gateway && path->to->gateway->to == behind->box : !path->to->relay;
    bool same_port = there && ike_endpoint_sa_info(host_ike(behind->node->host), path->sa, &info) &&
                     info.remote.port == behind->port;
    if (there && (!behind->found || (same_port && !behind->same_port))) {
        behind->found = path;
        behind->same_port = same_port;
    }
}

/* The way to the peer of an IKE SA. Behind a NAT a path knows the newest one of its peer; of an
 * older one the port tells, while the newer is there, else it is one of those behind the box. Of
 * one with an address that nobody has any more nothing is known. */
static struct net_path *path_to_peer(const struct node *node, uint64_t sa,
                                     const struct ike_address *remote)
{
    struct net_address address = net_address_of(remote->family, remote->ip);
    struct net_path *path = net_path_find(node->port, &address), *newest;
    if (path && !path->to->relay) {
        return path;
    }
    newest = net_path_with_sa(node->port, sa);
    if (!newest) {
        struct behind behind = {.node = node, .box = path ? path->to : NULL, .port = remote->port};
        net_port_paths(node->port, look_behind, &behind);
        newest = behind.found;
    }
    return newest ? newest : node->connect.path; /* of anycast, no link is up */
}

/* One IKE SA is forgotten, with all that is told and counted of it. False if there is none. */
static bool forget_one(struct node *node, uint64_t now, const char *why)
{
    struct ike_address remote;
    uint64_t sa;
    if (!host_next_to_forget(node->host, &sa, &remote)) {
        return false;
    }
    struct net_path *path = path_to_peer(node, sa, &remote);
    assert(path);
    struct node_item *item = node_item_new(node, ITEM_ORDER, path, (struct trace_ref){0});
    node->current = item;
    host_forget(node->host, now, sa, why, &item->outcome);
    node->current = NULL;
    trace_batch_commit(node->shared->recorder, &item->batch, now);
    host_commit(node->host, now, &item->outcome);
    carry_out(item, now);
    node_item_free(item);
    return true;
}

uint64_t node_forget_all(struct node *node, uint64_t now, const char *why)
{
    uint64_t forgotten = 0;
    cpu_server_clear(&node->cpu);
    abandon_work(node, now);
    while (forget_one(node, now, why)) {
        forgotten++;
    }
    host_forget_rest(node->host);
    return forgotten;
}

static void item_drop(void *context, struct cpu_item *cpu)
{
    (void)context;
    struct node_item *item = (struct node_item *)cpu;
    trace_batch_dispose(&item->batch);
    node_item_free(item);
}

const struct cpu_operations node_cpu_operations = {
    .sa_of = item_sa_of,
    .work = item_work,
    .done = item_done,
    .drop = item_drop,
};
