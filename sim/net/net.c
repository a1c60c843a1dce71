#include "sim/net/net.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/draw.h"

struct net {
    struct sim_engine *engine;
    struct trace_recorder *recorder;
    struct net_watch watch;
    size_t port_count, bucket_count;
    struct net_port **buckets; /* by address */
    struct net_trunk *trunks;
};

static void *checked_calloc(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (!p) {
        abort();
    }
    return p;
}

/* Addresses of groups are consecutive, so a multiplication spreads them over a power of two. */
static size_t address_bucket(const struct net_address *address, size_t buckets)
{
    uint32_t value = 0;
    for (size_t i = 0; i < net_address_len(address->family); i += 4) {
        const uint8_t *at = address->octets + i;
        value = value * 31 +
                ((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
    }
    return (size_t)(value * UINT32_C(2654435769)) & (buckets - 1);
}

struct net *net_new(struct sim_engine *engine, struct trace_recorder *recorder,
                    const struct net_watch *watch)
{
    struct net *net = checked_calloc(1, sizeof *net);
    net->engine = engine;
    net->recorder = recorder;
    if (watch) {
        net->watch = *watch;
    }
    net->bucket_count = 16;
    net->buckets = checked_calloc(net->bucket_count, sizeof *net->buckets);
    return net;
}

static struct net_path **buckets_of(const struct net_port *port)
{
    return port->bucket_count == 1 ? (struct net_path **)&port->one : port->buckets;
}

static void free_buckets(struct net_port *port)
{
    if (port->bucket_count > 1) {
        free(port->buckets);
    }
}

static void port_free(struct net_port *port)
{
    for (size_t i = 0; i < port->bucket_count; i++) {
        for (struct net_path *path = buckets_of(port)[i], *next; path; path = next) {
            next = path->next;
            if (path->queue) {
                net_queue_dispose(path->queue);
                free(path->queue);
            }
            free(path);
        }
    }
    free_buckets(port);
    free(port);
}

void net_free(struct net *net)
{
    if (!net) {
        return;
    }
    for (size_t i = 0; i < net->bucket_count; i++) {
        for (struct net_port *port = net->buckets[i], *next; port; port = next) {
            next = port->next;
            port_free(port);
        }
    }
    for (struct net_trunk *trunk = net->trunks, *next; trunk; trunk = next) {
        next = trunk->next;
        net_queue_dispose(&trunk->queue);
        free(trunk->name);
        free(trunk);
    }
    free(net->buckets);
    free(net);
}

struct net_port *net_find_port(const struct net *net, const struct net_address *address)
{
    struct net_port *port = net->buckets[address_bucket(address, net->bucket_count)];
    while (port && !net_address_equal(&port->address, address)) {
        port = port->next;
    }
    return port;
}

static void grow_ports(struct net *net)
{
    size_t buckets = net->bucket_count * 2;
    struct net_port **grown = checked_calloc(buckets, sizeof *grown);
    for (size_t i = 0; i < net->bucket_count; i++) {
        for (struct net_port *port = net->buckets[i], *next; port; port = next) {
            next = port->next;
            size_t at = address_bucket(&port->address, buckets);
            port->next = grown[at];
            grown[at] = port;
        }
    }
    free(net->buckets);
    net->buckets = grown;
    net->bucket_count = buckets;
}

struct net_port *net_add_port(struct net *net, const char *name, const struct net_address *address,
                              struct sim_node *node)
{
    if (net_find_port(net, address)) {
        return NULL;
    }
    if (net->port_count == net->bucket_count) {
        grow_ports(net);
    }
    struct net_port *port = checked_calloc(1, sizeof *port);
    port->name = name;
    port->address = *address;
    port->node = node;
    port->net = net;
    port->channel = trace_recorder_channel(net->recorder, name, NULL);
    port->bucket_count = 1;
    size_t at = address_bucket(address, net->bucket_count);
    port->next = net->buckets[at];
    net->buckets[at] = port;
    net->port_count++;
    return port;
}

/* What finds a port by its address is put in its place anew. */
static void unlink_port(struct net *net, const struct net_port *port)
{
    struct net_port **place = &net->buckets[address_bucket(&port->address, net->bucket_count)];
    while (*place != port) {
        place = &(*place)->next;
    }
    *place = port->next;
}

static void unlink_path(const struct net_path *path)
{
    struct net_port *from = path->from;
    struct net_path **place =
        &buckets_of(from)[address_bucket(&path->to->address, from->bucket_count)];
    while (*place != path) {
        place = &(*place)->next;
    }
    *place = path->next;
}

static void link_path(struct net_path *path)
{
    struct net_port *from = path->from;
    size_t at = address_bucket(&path->to->address, from->bucket_count);
    path->next = buckets_of(from)[at];
    buckets_of(from)[at] = path;
}

bool net_port_move(struct net_port *port, const struct net_address *address)
{
    struct net *net = port->net;
    if (net_find_port(net, address)) {
        return false;
    }
    for (size_t i = 0; i < port->bucket_count; i++) {
        for (struct net_path *path = buckets_of(port)[i]; path; path = path->next) {
            unlink_path(path->back);
        }
    }
    unlink_port(net, port);
    port->address = *address;
    size_t at = address_bucket(address, net->bucket_count);
    port->next = net->buckets[at];
    net->buckets[at] = port;
    for (size_t i = 0; i < port->bucket_count; i++) {
        for (struct net_path *path = buckets_of(port)[i]; path; path = path->next) {
            link_path(path->back);
        }
    }
    return true;
}

struct net_path *net_path_find(const struct net_port *from, const struct net_address *address)
{
    struct net_path *path = buckets_of(from)[address_bucket(address, from->bucket_count)];
    while (path && !net_address_equal(&path->to->address, address)) {
        path = path->next;
    }
    return path;
}

struct net_path *net_path_with_sa(const struct net_port *from, uint64_t sa)
{
    for (size_t i = 0; i < from->bucket_count; i++) {
        for (struct net_path *path = buckets_of(from)[i]; path; path = path->next) {
            if (path->sa == sa) {
                return path;
            }
        }
    }
    return NULL;
}

void net_port_paths(const struct net_port *from, void (*each)(struct net_path *path, void *context),
                    void *context)
{
    for (size_t i = 0; i < from->bucket_count; i++) {
        for (struct net_path *path = buckets_of(from)[i]; path; path = path->next) {
            each(path, context);
        }
    }
}

static void grow_paths(struct net_port *port)
{
    uint32_t buckets = port->bucket_count * 2;
    struct net_path **grown = checked_calloc(buckets, sizeof *grown);
    for (size_t i = 0; i < port->bucket_count; i++) {
        for (struct net_path *path = buckets_of(port)[i], *next; path; path = next) {
            next = path->next;
            size_t at = address_bucket(&path->to->address, buckets);
            path->next = grown[at];
            grown[at] = path;
        }
    }
    free_buckets(port);
    port->buckets = grown;
    port->bucket_count = buckets;
}

static struct net_path *add_path(struct net *net, struct net_port *from, struct net_port *to,
                                 const struct net_link_policy *policy)
{
    assert(!net_path_find(from, &to->address));
    if (from->path_count == from->bucket_count) {
        grow_paths(from);
    }
    struct net_path *path = checked_calloc(1, sizeof *path);
    *path = (struct net_path){
        .from = from,
        .to = to,
        .policy = policy,
        .channel = trace_recorder_channel(net->recorder, from->name, to->name),
    };
    link_path(path);
    from->path_count++;
    return path;
}

void net_join(struct net *net, struct net_port *a, struct net_port *b)
{
    net_connect(net, a, b, NULL, NULL);
}

void net_connect(struct net *net, struct net_port *a, struct net_port *b,
                 const struct net_link_policy *ab, const struct net_link_policy *ba)
{
    struct net_path *there = add_path(net, a, b, ab);
    struct net_path *back = add_path(net, b, a, ba);
    there->back = back;
    back->back = there;
}

struct net_trunk *net_trunk_new(struct net *net, const char *from, const char *to,
                                const struct net_link_policy *policy)
{
    struct net_trunk *trunk = checked_calloc(1, sizeof *trunk);
    size_t len = strlen(from) + strlen(to) + 2;
    trunk->name = checked_calloc(len, 1);
    /* No host has a name with a blank in it. */
    snprintf(trunk->name, len, "%s %s", from, to);
    sim_node_init(net->engine, &trunk->node, trunk->name);
    trunk->policy = policy;
    trunk->next = net->trunks;
    net->trunks = trunk;
    return trunk;
}

void net_connect_trunks(struct net *net, struct net_port *a, struct net_port *b,
                        struct net_trunk *ab, struct net_trunk *ba)
{
    net_connect(net, a, b, ab->policy, ba->policy);
    net_path_find(a, &b->address)->trunk = ab;
    net_path_find(b, &a->address)->trunk = ba;
}

struct net_datagram *net_datagram_new(struct net *net, struct net_path *path, size_t len)
{
    struct net_datagram *datagram = malloc(sizeof *datagram + len);
    if (!datagram) {
        abort();
    }
    *datagram = (struct net_datagram){.net = net, .path = path, .copy = 1, .len = len};
    return datagram;
}

void net_datagram_free(struct net_datagram *datagram)
{
    if (!datagram) {
        return;
    }
    if (datagram->net->watch.gone) {
        datagram->net->watch.gone(datagram->net->watch.context, datagram);
    }
    free(datagram->header);
    free(datagram);
}

void net_datagram_set_header(struct net_datagram *datagram, const uint8_t *header, size_t len)
{
    datagram->header = checked_calloc(len, 1);
    datagram->header_len = len;
    memcpy(datagram->header, header, len);
}

struct net_datagram *net_datagram_copy(const struct net_datagram *datagram, bool same)
{
    struct net *net = datagram->net;
    struct net_datagram *copy = net_datagram_new(net, datagram->path, datagram->len);
    memcpy(copy, datagram, sizeof *datagram + datagram->len);
    copy->header = NULL;
    copy->header_len = 0;
    if (datagram->header) {
        net_datagram_set_header(copy, datagram->header, datagram->header_len);
    }
    if (!same) {
        copy->inner_identity = 0;
        copy->message_identity = 0;
    } else if (net->watch.duplicated) {
        net->watch.duplicated(net->watch.context, copy);
    }
    return copy;
}

static void drop_event(struct sim_event *event)
{
    net_datagram_free((struct net_datagram *)event);
}

static bool is_overtaken(const struct net_datagram *datagram)
{
    struct net_path *path = datagram->path;
    bool overtaken = datagram->copy == 1 && datagram->number < path->highest_arrived;
    if (datagram->number > path->highest_arrived) {
        path->highest_arrived = datagram->number;
    }
    return overtaken;
}

static void deliver(struct net_datagram *datagram, struct net_port *port, uint64_t now)
{
    struct net *net = datagram->net;
    struct net_path *path = datagram->path;
    /* A NAT may give it to another host than the one that it was meant for. */
    datagram->back = port == path->to ? path->back : net_path_find(port, &path->from->address);
    if (!datagram->back || !net_address_equal(&datagram->destination, &port->address)) {
        net_lose(datagram, now, "no host");
        return;
    }
    bool overtaken = port == path->to && !datagram->forged && is_overtaken(datagram);
    struct trace_ref delivered = trace_recorder_emit(net->recorder, datagram->back->channel, now,
                                                     datagram->sent, TRACE_NET_DELIVERED_EVENT,
                                                     &(struct trace_net_delivered){
                                                         .datagram = datagram->number,
                                                         .copy = datagram->copy,
                                                         .delay = now - datagram->sent_at,
                                                         .overtaken = overtaken,
                                                         .sent = datagram->sent,
                                                     });
    if (net->watch.arrived && !datagram->forged) {
        net->watch.arrived(net->watch.context, datagram, overtaken);
    }
    port->receive(port, now, datagram, delivered);
}

static void arrive(struct sim_event *event, uint64_t now)
{
    struct net_datagram *datagram = (struct net_datagram *)event;
    struct net_port *port = datagram->hop->to;
    if (port->relay) {
        port->relay->take(port->relay, now, datagram);
    } else {
        deliver(datagram, port, now);
    }
}

static void arrive_at_tap(struct sim_event *event, uint64_t now)
{
    struct net_datagram *datagram = (struct net_datagram *)event;
    datagram->hop->tap->take(datagram->hop->tap, now, datagram);
}

void net_pass(struct net_datagram *datagram, uint64_t now)
{
    struct net_path *hop = datagram->hop;
    datagram->event.run = arrive;
    sim_engine_schedule(datagram->net->engine, &datagram->event, hop->tap->node, hop->to->node,
                        now + datagram->rest);
}

/* Leaves for the other end of its hop, where it is `delay` later: half of it behind a tap. */
static void queue_arrival(struct net_datagram *datagram, uint64_t left, uint64_t delay)
{
    struct net_path *hop = datagram->hop;
    const struct sim_node *next = hop->to->node;
    struct sim_node *origin = hop->trunk ? &hop->trunk->node : hop->from->node;
    datagram->event.run = arrive;
    datagram->event.drop = drop_event;
    if (hop->tap) {
        datagram->event.run = arrive_at_tap;
        datagram->rest = delay - delay / 2;
        delay /= 2;
        next = hop->tap->node;
    } else if (hop->to->foresee) {
        hop->to->foresee(hop->to, datagram);
    }
    sim_engine_schedule(datagram->net->engine, &datagram->event, origin, next, left + delay);
}

void net_lose(struct net_datagram *datagram, uint64_t now, const char *why)
{
    struct net *net = datagram->net;
    trace_recorder_emit(net->recorder, datagram->path->channel, now, datagram->sent,
                        TRACE_NET_LOST_EVENT,
                        &(struct trace_net_lost){.datagram = datagram->number, .why = why});
    if (net->watch.lost && !datagram->forged) {
        net->watch.lost(net->watch.context, datagram);
    }
    net_datagram_free(datagram);
}

static struct net_datagram *duplicate(const struct net_datagram *datagram, uint64_t now)
{
    struct net *net = datagram->net;
    struct net_datagram *copy = net_datagram_new(net, datagram->path, datagram->len);
    memcpy(copy, datagram, sizeof *datagram + datagram->len);
    copy->copy = 2;
    if (datagram->header) {
        net_datagram_set_header(copy, datagram->header, datagram->header_len);
    }
    trace_recorder_emit(net->recorder, datagram->path->channel, now, datagram->sent,
                        TRACE_NET_DUPLICATED_EVENT,
                        &(struct trace_net_duplicated){.datagram = copy->number, .copy = 2});
    if (net->watch.duplicated) {
        net->watch.duplicated(net->watch.context, copy);
    }
    return copy;
}

/* One bit turned, by the dice. The datagram has at least one octet. */
static void corrupt(struct net_datagram *datagram, uint64_t now, uint64_t bit)
{
    struct net *net = datagram->net;
    datagram->bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
    datagram->corrupted = true;
    trace_recorder_emit(net->recorder, datagram->path->channel, now, datagram->sent,
                        TRACE_NET_CORRUPTED_EVENT,
                        &(struct trace_net_corrupted){.datagram = datagram->number, .bit = bit});
    if (net->watch.corrupted) {
        net->watch.corrupted(net->watch.context, datagram);
    }
}

/* Octets of the IP packet: 20 of IPv4 header or 40 of IPv6 header unless it has its own, 8 of UDP
 * header. */
static size_t ip_length(const struct net_datagram *datagram)
{
    size_t plain = datagram->source.family == 6 ? 40 : 20;
    return datagram->len + (datagram->header ? datagram->header_len : plain) +
           (datagram->protocol == NET_PROTOCOL_UDP ? 8 : 0);
}

/* Why the link loses the datagram before any queue, NULL if it does not. */
static const char *loss_of(const struct net_datagram *datagram,
                           const struct net_link_policy *policy, const struct net_fate *fate)
{
    if (policy->down) {
        return "down";
    }
    if (policy->mtu != 0 && ip_length(datagram) > policy->mtu) {
        return "mtu";
    }
    return fate->lost ? "loss" : fate->lost_bad ? "gemodel" : NULL;
}

/* Who waits is the last of the queue: those before it that the link has begun to send have left it.
 */
static void tell_queued(const struct net_datagram *datagram, uint64_t now,
                        const struct net_queue *queue, const struct net_link_policy *policy)
{
    if (policy->rate == 0 || queue->count == 0) {
        return;
    }
    uint64_t begins = queue->begins[(queue->first + queue->count - 1) & (queue->size - 1)];
    trace_recorder_emit(datagram->net->recorder, datagram->path->channel, now, datagram->sent,
                        TRACE_NET_QUEUED_EVENT,
                        &(struct trace_net_queued){.datagram = datagram->number,
                                                   .waiting = queue->count,
                                                   .limit = policy->limit,
                                                   .wait = begins - now});
}

/* Most links have no rate, and no queue then. */
static bool pass_queue(const struct net_datagram *datagram, const struct net_link_policy *policy,
                       uint64_t now, uint64_t *left)
{
    struct net_path *path = datagram->hop;
    struct net_queue *queue = path->trunk ? &path->trunk->queue : path->queue;
    if (!queue && policy->rate == 0) {
        *left = now;
        return true;
    }
    if (!queue) {
        queue = path->queue = checked_calloc(1, sizeof *queue);
    }
    if (!net_queue_pass(queue, policy, now, ip_length(datagram), left)) {
        return false;
    }
    tell_queued(datagram, now, queue, policy);
    return true;
}

/* The n of the draws for a datagram: on a link of its path's own that is its number; a link that
 * many share has draws for each of them. */
static uint64_t draw_number(const struct net_datagram *datagram)
{
    const struct net_path *path = datagram->path;
    return datagram->hop == path
               ? datagram->number
               : sim_draw_name(sim_draw_name(datagram->number, path->from->name), path->to->name);
}

static void tell_sent(struct net_datagram *datagram, uint64_t now, struct trace_ref cause)
{
    char source[NET_ADDRESS_TEXT], destination[NET_ADDRESS_TEXT];
    datagram->sent = trace_recorder_emit(
        datagram->net->recorder, datagram->path->channel, now, cause, TRACE_NET_SENT_EVENT,
        &(struct trace_net_sent){
            .datagram = datagram->number,
            .source = net_address_print(&datagram->source, source),
            .destination = net_address_print(&datagram->destination, destination),
            .protocol = datagram->protocol,
            .source_port = datagram->source_port,
            .destination_port = datagram->destination_port,
            .header = {datagram->header, datagram->header_len},
            .bytes = {datagram->bytes, datagram->len},
        });
}

/* ---- what a script orders ---- */

/* Who acts where a line of the script does. */
#define SOMEBODY "somebody"

/* Numbers of datagrams that a script sends once more: beside those of hosts and of attackers. */
#define REPLAYED_NUMBERS (UINT64_C(1) << 41)

static struct trace_ref tell_act(const struct net_datagram *datagram, uint64_t now,
                                 const char *what, const char *detail)
{
    return trace_recorder_emit(
        datagram->net->recorder, datagram->path->channel, now, datagram->sent,
        TRACE_ATTACK_ACTED_EVENT,
        &(struct trace_attack_acted){
            .attacker = SOMEBODY, .what = what, .datagram = datagram->number, .detail = detail});
}

static void print_octets(char *text, size_t cap, const uint8_t *octets, size_t len)
{
    size_t at = 0;
    for (size_t i = 0; i < len && at + 3 < cap; i++) {
        at += (size_t)snprintf(text + at, cap - at, i < 16 ? "%02x" : "", octets[i]);
    }
    snprintf(text + at, cap - at, "%s", len > 16 ? "..." : "");
}

/* Whoever changes it on the way has no key: what is sealed no longer fits its ICV. */
static void edit(struct net_datagram *datagram, uint64_t now, const struct net_edit *edit)
{
    char detail[160], before[40], after[40];
    size_t at = datagram->marker + edit->octet, len = edit->value.len;
    if (at > datagram->len || len > datagram->len - at) {
        snprintf(detail, sizeof detail, "nothing: it has no octet %zu",
                 edit->octet + (len > 0 ? len - 1 : 0));
        tell_act(datagram, now, "edited", detail);
        return;
    }
    print_octets(before, sizeof before, datagram->bytes + at, len);
    memcpy(datagram->bytes + at, edit->value.data, len);
    print_octets(after, sizeof after, datagram->bytes + at, len);
    datagram->corrupted = true;
    snprintf(detail, sizeof detail, "octet %zu and on were %s, are %s", edit->octet, before, after);
    tell_act(datagram, now, "edited", detail);
}

static void edit_all(struct net_datagram *datagram, uint64_t now, uint64_t edits)
{
    for (size_t i = 0; i < NET_EDITS_MAX && edits >> i != 0; i++) {
        if (edits >> i & 1) {
            edit(datagram, now, &datagram->net->watch.edits[i]);
        }
    }
}

/* The same octets set out once more, in the name of who sent them; no dice are thrown for them. */
static void leave_again(struct sim_event *event, uint64_t now)
{
    struct net_datagram *datagram = (struct net_datagram *)event;
    datagram->sent_at = now;
    tell_sent(datagram, now, datagram->sent);
    queue_arrival(datagram, now, datagram->hop->policy->delay);
}

static void replay(const struct net_datagram *datagram, uint64_t now, uint64_t after)
{
    struct net_datagram *again = net_datagram_copy(datagram, true);
    const struct net_path *hop = datagram->hop;
    const struct sim_node *node = hop->trunk ? &hop->trunk->node : hop->from->node;
    again->number = REPLAYED_NUMBERS | datagram->number;
    again->forged = true;
    again->sent = tell_act(datagram, now, "replayed", "the same octets, once more");
    again->event.run = leave_again;
    again->event.drop = drop_event;
    sim_engine_schedule(datagram->net->engine, &again->event,
                        hop->trunk ? &hop->trunk->node : hop->from->node, node, now + after);
}

/* What the link does to a datagram that has been sent. All dice are thrown for each of them,
 * whatever becomes of it: the fate of one is no other's. */
static void pass_link(struct net_datagram *datagram, uint64_t now,
                      const struct net_intervention *order)
{
    struct net_path *hop = datagram->hop;
    struct net_trunk *trunk = hop->trunk;
    const struct net_link_policy **held = trunk ? &trunk->policy : &hop->policy;
    while ((*held)->next && (*held)->next_at <= now) {
        *held = (*held)->next;
    }
    const struct net_link_policy *policy = *held;
    struct net_fate fate =
        net_link_fate(policy, sim_engine_seed(datagram->net->engine), hop->from->name,
                      hop->to->name, draw_number(datagram), trunk ? &trunk->burst : &hop->burst);
    const char *why = order->drop ? "script" : loss_of(datagram, policy, &fate);
    uint64_t left = now;
    if (order->replay != 0) {
        replay(datagram, now, order->replay);
    }
    if (!why && !pass_queue(datagram, policy, now, &left)) {
        why = "queue";
    }
    if (why) {
        net_lose(datagram, now, why);
        return;
    }
    struct net_datagram *copy =
        fate.duplicated || order->duplicate ? duplicate(datagram, now) : NULL;
    if (fate.corrupted && datagram->len > 0) {
        corrupt(datagram, now, net_fate_bit(&fate, datagram->len));
    }
    if (order->corrupt && datagram->len > 0) {
        uint64_t last = (uint64_t)datagram->len * 8 - 1;
        corrupt(datagram, now, order->bit < last ? order->bit : last);
    }
    /* Of two that take as long, the copy comes second. */
    queue_arrival(datagram, left, fate.delay + order->delay);
    if (copy) {
        queue_arrival(copy, left, fate.copy_delay + order->delay);
    }
}

/* The trunk comes to it, behind what came at the same time of those before it in the order. */
static void enter_trunk(struct sim_event *event, uint64_t now)
{
    struct net_datagram *datagram = (struct net_datagram *)event;
    pass_link(datagram, now, &datagram->order);
}

static void leave(struct net_datagram *datagram, struct net_path *hop, uint64_t now,
                  const struct net_intervention *order)
{
    if (!hop || !hop->policy) {
        net_lose(datagram, now, "no route");
        return;
    }
    datagram->hop = hop;
    if (!hop->trunk) {
        pass_link(datagram, now, order);
        return;
    }
    datagram->order = *order;
    datagram->event.run = enter_trunk;
    datagram->event.drop = drop_event;
    sim_engine_schedule(datagram->net->engine, &datagram->event, hop->from->node, &hop->trunk->node,
                        now);
}

void net_forward(struct net_datagram *datagram, struct net_path *next, uint64_t now)
{
    leave(datagram, next, now, &(struct net_intervention){0});
}

/* The link that leads there; from behind a NAT, only to others behind it. */
static struct net_path *first_hop(const struct net_port *from, const struct net_address *to)
{
    const struct net_path *gateway = from->gateway;
    struct net_path *path = net_path_find(from, to);
    bool inside = !gateway || (path && path->to->gateway && path->to->gateway->to == gateway->to);
    return path && path->policy && inside ? path : from->gateway;
}

void net_send_forged(struct net_datagram *datagram, uint64_t now, struct trace_ref cause)
{
    datagram->forged = true;
    datagram->sent_at = now;
    tell_sent(datagram, now, cause);
    datagram->event.drop = drop_event;
    net_pass(datagram, now);
}

void net_send(struct net_datagram *datagram, uint64_t now, struct trace_ref cause)
{
    struct net *net = datagram->net;
    struct net_path *path = datagram->path;
    datagram->number = ++path->sent;
    datagram->sent_at = now;
    tell_sent(datagram, now, cause);
    if (net->watch.sent) {
        net->watch.sent(net->watch.context, datagram);
    }

    struct net_intervention order = {0};
    if (net->watch.intervene) {
        order = net->watch.intervene(net->watch.context, datagram);
        edit_all(datagram, now, order.edits);
    }
    leave(datagram, first_hop(path->from, &datagram->destination), now, &order);
}
