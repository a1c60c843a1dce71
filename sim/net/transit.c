/* The way of a datagram: over its first hop, with what the link does to it, to whom it reaches. */
#include "sim/net/net_internal.h"

#include "sim/engine/draw.h"

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
    port->coming -= datagram->foreseen; /* whether it has the address still or not */
    /* A NAT may give it to another host than the one that it was meant for. */
    datagram->back = port == path->to ? path->back : net_path_find(port, &path->from->address);
    if (!datagram->back || !net_port_has(port, &datagram->destination)) {
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

void net_queue_arrival(struct net_datagram *datagram, uint64_t left, uint64_t delay)
{
    struct net_path *hop = datagram->hop;
    const struct sim_node *next = hop->to->node;
    struct sim_node *origin = hop->trunk ? &hop->trunk->node : hop->from->node;
    datagram->event.run = arrive;
    datagram->event.drop = net_datagram_drop;
    if (hop->tap) {
        datagram->event.run = arrive_at_tap;
        datagram->rest = delay - delay / 2;
        delay /= 2;
        next = hop->tap->node;
    } else if (hop->to->foresee) {
        datagram->foreseen = hop->to->foresee(hop->to, datagram);
        hop->to->coming += datagram->foreseen;
    }
    sim_engine_schedule(datagram->net->engine, &datagram->event, origin, next, left + delay);
}

void net_lose(struct net_datagram *datagram, uint64_t now, const char *why)
{
    struct net *net = datagram->net;
    trace_recorder_emit(
        net->recorder, datagram->path->channel, now, datagram->sent, TRACE_NET_LOST_EVENT,
        &(struct trace_net_lost){.datagram = datagram->number, .copy = datagram->copy, .why = why});
    if (net->watch.lost && !datagram->forged) {
        net->watch.lost(net->watch.context, datagram);
    }
    net_datagram_free(datagram);
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
                                                   .copy = datagram->copy,
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
        queue = path->queue = sim_calloc(1, sizeof *queue);
    }
    if (!net_queue_pass(queue, policy, now, ip_length(datagram), left)) {
        return false;
    }
    tell_queued(datagram, now, queue, policy);
    return true;
}

/* The n of the draws for a datagram: on a link of its path's own that is its number; a link that
 * many share has draws for each of them, and for each copy that links before it have made. */
static uint64_t draw_number(const struct net_datagram *datagram)
{
    const struct net_path *path = datagram->path;
    if (datagram->hop == path) {
        return datagram->number;
    }
    uint64_t n = sim_draw_name(sim_draw_name(datagram->number, path->from->name), path->to->name);
    return datagram->copy == 1 ? n : sim_draw_name(n + datagram->copy, "copy");
}

void net_tell_sent(struct net_datagram *datagram, uint64_t now, struct trace_ref cause)
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
        net_replay(datagram, now, order->replay);
    }
    if (!why && !pass_queue(datagram, policy, now, &left)) {
        why = "queue";
    }
    if (why) {
        net_lose(datagram, now, why);
        return;
    }
    struct net_datagram *copy =
        fate.duplicated || order->duplicate ? net_datagram_duplicate(datagram, now) : NULL;
    if (fate.corrupted && datagram->len > 0) {
        net_datagram_corrupt(datagram, now, net_fate_bit(&fate, datagram->len));
    }
    if (order->corrupt && datagram->len > 0) {
        uint64_t last = (uint64_t)datagram->len * 8 - 1;
        net_datagram_corrupt(datagram, now, order->bit < last ? order->bit : last);
    }
    /* Of two that take as long, the copy comes second. */
    net_queue_arrival(datagram, left, fate.delay + order->delay);
    if (copy) {
        net_queue_arrival(copy, left, fate.copy_delay + order->delay);
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
    datagram->event.drop = net_datagram_drop;
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
    net_tell_sent(datagram, now, cause);
    datagram->event.drop = net_datagram_drop;
    net_pass(datagram, now);
}

void net_send(struct net_datagram *datagram, uint64_t now, struct trace_ref cause)
{
    struct net *net = datagram->net;
    struct net_path *path = datagram->path;
    datagram->number = ++path->sent;
    datagram->sent_at = now;
    net_tell_sent(datagram, now, cause);
    if (net->watch.sent) {
        net->watch.sent(net->watch.context, datagram);
    }

    struct net_intervention order = {0};
    if (net->watch.intervene) {
        order = net->watch.intervene(net->watch.context, datagram);
        net_edit_all(datagram, now, order.edits);
    }
    leave(datagram, first_hop(path->from, &datagram->destination), now, &order);
}
