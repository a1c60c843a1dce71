/* Traffic behind a node: pings into the tunnel and echoes back, streams of UDP. */
#include "sim/host/traffic.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/host/icmp.h"
#include "sim/host/node_internal.h"
#include "sim/host/udp.h"

/* The largest IP packet; inner packets are smaller. */
#define INNER_MAX 65535

#define SECOND UINT64_C(1000000000)

__extension__ typedef unsigned __int128 wide;

/* ---- when the packets of a flow are sent ---- */

/* What a draw of a flow is for; n counts packets or periods. */
enum { DRAW_GAP, DRAW_ON, DRAW_OFF };

static uint64_t draw(const struct flow *flow, uint64_t n, uint64_t what, uint64_t mean)
{
    uint64_t words[4];
    sim_draw_words(flow->draw_key, (const uint64_t[4]){n, what, 0, 0}, words);
    return sim_draw_exponential(words[0], mean);
}

/* Octets of one inner packet of the flow. */
static size_t packet_len(const struct node_flow *flow)
{
    /* An echo's header is as long as that of UDP. */
    static_assert(ICMP_HEADER_LEN == UDP_HEADER_LEN, "one sum for both");
    return ip_header_len(&flow->source) + UDP_HEADER_LEN + flow->data_len;
}

/* Time from the first of a row of packets to the one that has `n` before it. Not a sum of gaps, so
 * that no rate drifts. */
static uint64_t offset_of(const struct node_flow *spec, uint64_t n)
{
    if (spec->every > 0) {
        return n * spec->every;
    }
    return (uint64_t)((wide)n * packet_len(spec) * 8 * SECOND / spec->rate);
}

static uint64_t period_len(const struct flow *flow, uint64_t what, uint64_t mean)
{
    return flow->spec.drawn ? draw(flow, flow->period, what, mean) : mean;
}

/* Time of the next packet, the flow having sent one at `now`. */
static uint64_t next_time(struct flow *flow, uint64_t now)
{
    const struct node_flow *spec = &flow->spec;
    if (spec->kind == TRAFFIC_POISSON) {
        return now + draw(flow, flow->sent, DRAW_GAP, offset_of(spec, 1));
    }
    uint64_t next = flow->begun + offset_of(spec, ++flow->in_row);
    if (spec->kind == TRAFFIC_ONOFF && next >= flow->on_until) {
        flow->begun = flow->on_until + period_len(flow, DRAW_OFF, spec->off);
        flow->period++;
        flow->on_until = flow->begun + period_len(flow, DRAW_ON, spec->on);
        flow->in_row = 0;
        return flow->begun;
    }
    return next;
}

/* ---- sending ---- */

/* An inner packet before it enters the tunnel. */
struct outgoing {
    struct net_path *path;
    const char *flow, *kind;
    uint64_t number;
    const struct net_address *source, *destination;
    uint8_t *bytes; /* malloc'ed */
    size_t len;
    struct node_packet told; /* to the observer */
    struct trace_ref cause;
};

static uint8_t *room_for(size_t len)
{
    uint8_t *bytes = malloc(len);
    if (!bytes) {
        abort();
    }
    return bytes;
}

static void enter_tunnel(struct node *node, struct outgoing *out, uint64_t now)
{
    const struct node_watch *watch = &node->shared->watch;
    char source[NET_ADDRESS_TEXT], destination[NET_ADDRESS_TEXT];
    struct trace_ref sent = trace_recorder_emit(
        node->shared->recorder, out->path->channel, now, out->cause, TRACE_TRAFFIC_SENT_EVENT,
        &(struct trace_traffic_sent){
            .flow = out->flow,
            .packet = out->number,
            .kind = out->kind,
            .source = net_address_print(out->source, source),
            .destination = net_address_print(out->destination, destination),
        });
    struct node_item *item = node_item_new(node, ITEM_ESP_OUT, out->path, sent);
    item->inner = out->bytes;
    item->inner_len = out->len;
    if (watch->inner_sent) {
        out->told.peer = out->path->to;
        out->told.bytes = crypto_bytes(out->bytes, out->len);
        out->told.now = now;
        item->inner_identity = watch->inner_sent(watch->context, node, &out->told);
    }
    node_submit(item, now);
}

static void send_echo(struct node *node, const struct icmp_echo *echo, size_t data_len,
                      struct outgoing *out, uint64_t now)
{
    out->bytes = room_for(icmp_echo_len(echo, data_len));
    out->len = icmp_echo_build(echo, data_len, out->bytes);
    out->kind = echo->reply ? "echo reply" : "echo request";
    out->number = echo->sequence;
    out->source = &echo->source;
    out->destination = &echo->destination;
    enter_tunnel(node, out, now);
}

static void send_probe(struct node *node, const struct udp_probe *probe, size_t data_len,
                       struct outgoing *out, uint64_t now)
{
    out->bytes = room_for(udp_probe_len(probe, data_len));
    out->len = udp_probe_build(probe, data_len, out->bytes);
    out->kind = "datagram";
    out->number = probe->number;
    out->source = &probe->source;
    out->destination = &probe->destination;
    enter_tunnel(node, out, now);
}

static void flow_drop(struct sim_event *event)
{
    (void)event; /* part of its node */
}

static void flow_run(struct sim_event *event, uint64_t now)
{
    struct flow *flow = (struct flow *)event;
    struct node *node = flow->node;
    const struct node_flow *spec = &flow->spec;
    struct outgoing out = {
        .path = flow->path,
        .flow = spec->name,
        .told = {.flow = (size_t)(flow - node->flows)},
    };
    flow->sent++;
    if (spec->count == 0 || flow->sent < spec->count) {
        sim_engine_schedule(node->shared->engine, &flow->event, &node->place, &node->place,
                            next_time(flow, now));
    }
    if (spec->kind == TRAFFIC_PING) {
        send_echo(node,
                  &(struct icmp_echo){
                      .source = spec->source,
                      .destination = spec->destination,
                      .identifier = flow->identifier,
                      .sequence = (uint16_t)flow->sent,
                      .sent_at = now,
                  },
                  spec->data_len, &out, now);
    } else {
        send_probe(node,
                   &(struct udp_probe){
                       .source = spec->source,
                       .destination = spec->destination,
                       .source_port = spec->source_port,
                       .destination_port = spec->destination_port,
                       .number = flow->sent,
                       .sent_at = now,
                   },
                   spec->data_len, &out, now);
    }
}

/* Its first address at this end: one that came in a configuration payload is known only now. */
static struct net_address own_address(const struct ike_child_sa *child)
{
    return net_address_of(child->local_ts[0].type == IKE_TS_IPV4_ADDR_RANGE ? 4 : 6,
                          child->local_ts[0].start);
}

void traffic_start(struct node *node, const struct ike_child_sa *child, struct net_path *path,
                   uint64_t now)
{
    for (size_t i = 0; i < node->flow_count; i++) {
        struct flow *flow = &node->flows[i];
        if (strcmp(flow->spec.child, child->name) != 0) {
            continue;
        }
        flow->leased = flow->leased || flow->spec.source.family == 0;
        if (flow->leased) { /* with the next IKE SA it may be another one */
            flow->spec.source = own_address(child);
        }
        if (flow->started) {
            continue;
        }
        flow->started = true;
        flow->path = path;
        flow->begun = flow->spec.start > now ? flow->spec.start : now;
        flow->on_until = flow->begun + period_len(flow, DRAW_ON, flow->spec.on);
        flow->event.run = flow_run;
        flow->event.drop = flow_drop;
        sim_engine_schedule(node->shared->engine, &flow->event, &node->place, &node->place,
                            flow->begun);
    }
}

static struct ike_pair pair_of(const struct flow *flow)
{
    const struct node_flow *spec = &flow->spec;
    struct ike_pair pair = {.family = spec->destination.family,
                            .leased = flow->leased || spec->source.family == 0};
    memcpy(pair.local, spec->source.octets, sizeof pair.local);
    memcpy(pair.remote, spec->destination.octets, sizeof pair.remote);
    return pair;
}

/* Another flow before this one has the same addresses. */
static bool is_asked(const struct node *node, const struct flow *flow)
{
    for (const struct flow *before = node->flows; before < flow; before++) {
        if (strcmp(before->spec.child, flow->spec.child) == 0 &&
            net_address_equal(&before->spec.source, &flow->spec.source) &&
            net_address_equal(&before->spec.destination, &flow->spec.destination)) {
            return true;
        }
    }
    return false;
}

void traffic_ask(struct node *node, const char *child, struct net_path *path, uint64_t now)
{
    for (size_t i = 0; i < node->flow_count; i++) {
        const struct flow *flow = &node->flows[i];
        if (strcmp(flow->spec.child, child) == 0 && !is_asked(node, flow)) {
            struct ike_pair pair = pair_of(flow);
            node_order_pair(node, now, path, flow->spec.child, &pair);
        }
    }
}

/* ---- arriving ---- */

static const struct flow *find_flow(const struct node *node, const struct icmp_echo *echo)
{
    for (size_t i = 0; i < node->flow_count; i++) {
        const struct flow *flow = &node->flows[i];
        if (flow->spec.kind == TRAFFIC_PING && flow->identifier == echo->identifier &&
            net_address_equal(&flow->spec.source, &echo->destination)) {
            return flow;
        }
    }
    return NULL;
}

static void answer(struct node_item *item, const struct icmp_echo *request, const char *flow,
                   struct trace_ref delivered, uint64_t now)
{
    struct icmp_echo reply = *request;
    reply.reply = true;
    reply.source = request->destination;
    reply.destination = request->source;
    struct outgoing out = {
        .path = item->path,
        .flow = flow,
        .told = {.answers = item->datagram->inner_identity},
        .cause = delivered,
    };
    send_echo(item->node, &reply, item->outcome.inner.len - icmp_echo_len(&reply, 0), &out, now);
}

static struct trace_ref tell_delivered(const struct node_item *item, const char *kind,
                                       uint64_t number, const struct net_address *source,
                                       const struct net_address *destination,
                                       struct node_arrival *arrival, uint64_t now)
{
    const struct node *node = item->node;
    const struct node_watch *watch = &node->shared->watch;
    char source_text[NET_ADDRESS_TEXT], destination_text[NET_ADDRESS_TEXT];
    if (watch->inner_delivered) {
        watch->inner_delivered(watch->context, node, item->datagram->inner_identity,
                               item->outcome.inner, now, arrival);
    }
    return trace_recorder_emit(node->shared->recorder, item->path->channel, now,
                               item->outcome.esp.event, TRACE_TRAFFIC_DELIVERED_EVENT,
                               &(struct trace_traffic_delivered){
                                   .flow = arrival->flow,
                                   .packet = number,
                                   .kind = kind,
                                   .source = net_address_print(source, source_text),
                                   .destination = net_address_print(destination, destination_text),
                                   .times = arrival->times,
                                   .delay = now - arrival->sent_at,
                               });
}

/* The time in an echo is that of its request, as ping has it. */
static void deliver_echo(struct node_item *item, const struct icmp_echo *echo, uint64_t now)
{
    struct node *node = item->node;
    const struct flow *flow = echo->reply ? find_flow(node, echo) : NULL;
    struct node_arrival arrival = {1, item->outcome.esp.child, echo->sent_at};
    struct trace_ref delivered =
        tell_delivered(item, echo->reply ? "echo reply" : "echo request", echo->sequence,
                       &echo->source, &echo->destination, &arrival, now);
    if (!echo->reply) {
        answer(item, echo, arrival.flow, delivered, now);
        return;
    }
    if (!flow) {
        return;
    }
    trace_recorder_emit(node->shared->recorder, item->path->channel, now, delivered,
                        TRACE_TRAFFIC_ANSWERED_EVENT,
                        &(struct trace_traffic_answered){
                            .flow = flow->spec.name,
                            .packet = echo->sequence,
                            .round_trip = now - echo->sent_at,
                        });
    if (node->shared->watch.ping_answered) {
        node->shared->watch.ping_answered(node->shared->watch.context, node,
                                          (size_t)(flow - node->flows), now - echo->sent_at);
    }
}

static void watch_altered(const struct node_item *item, uint64_t now)
{
    const struct node_watch *watch = &item->node->shared->watch;
    struct node_arrival arrival = {.sent_at = now};
    if (watch->inner_delivered) {
        watch->inner_delivered(watch->context, item->node, item->datagram->inner_identity,
                               item->outcome.inner, now, &arrival);
    }
}

void traffic_deliver(struct node_item *item, uint64_t now)
{
    struct icmp_echo echo;
    struct udp_probe probe;
    if (icmp_echo_parse(item->outcome.inner, &echo)) {
        deliver_echo(item, &echo, now);
    } else if (udp_probe_parse(item->outcome.inner, &probe)) {
        struct node_arrival arrival = {1, item->outcome.esp.child, probe.sent_at};
        tell_delivered(item, "datagram", probe.number, &probe.source, &probe.destination, &arrival,
                       now);
    } else {
        /* Bytes that are no packet of any flow are one that was altered: the observer says so. */
        watch_altered(item, now);
    }
}

/* ---- life ---- */

void traffic_init(struct node *node, size_t count, const struct node_flow *flows)
{
    node->flow_count = count;
    node->flows = count ? node_calloc(count * sizeof *node->flows) : NULL;
    for (size_t i = 0; i < count; i++) {
        struct flow *flow = &node->flows[i];
        flow->node = node;
        flow->spec = flows[i];
        assert(flow->spec.data_len >= ICMP_DATA_MIN &&
               packet_len(&flow->spec) <= INNER_MAX - ESP_OVERHEAD_MAX);
        assert(flow->spec.kind == TRAFFIC_PING || flow->spec.data_len >= UDP_DATA_MIN);
        flow->draw_key =
            sim_draw_key(sim_engine_seed(node->shared->engine), node->place.name, flow->spec.name);
        /* As ping does: any number that tells its replies from another's. */
        flow->identifier = (uint16_t)(sim_draw_name(i, node->place.name) | 1);
    }
}
