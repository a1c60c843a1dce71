/* Traffic behind a node: pings into the tunnel, echoes back. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/host/icmp.h"
#include "sim/host/node_internal.h"

/* An inner packet of the largest IP packet; pings are smaller. */
#define INNER_MAX 65535

static void send_inner(struct node *node, struct net_path *path, const struct icmp_echo *echo,
                       size_t data_len, const char *flow, struct trace_ref cause, uint64_t now)
{
    const struct node_watch *watch = &node->shared->watch;
    uint8_t *inner = malloc(ICMP_OVERHEAD + data_len);
    if (!inner) {
        abort();
    }
    size_t len = icmp_echo_build(echo, data_len, inner);
    char source[NET_ADDRESS_TEXT], destination[NET_ADDRESS_TEXT];
    struct net_address from = net_address_of(4, echo->source);
    struct net_address to = net_address_of(4, echo->destination);
    struct trace_ref sent = trace_recorder_emit(
        node->shared->recorder, path->channel, now, cause, TRACE_TRAFFIC_SENT_EVENT,
        &(struct trace_traffic_sent){
            .flow = flow,
            .packet = echo->sequence,
            .kind = echo->reply ? "echo reply" : "echo request",
            .source = net_address_print(&from, source),
            .destination = net_address_print(&to, destination),
        });
    struct node_item *item = node_item_new(node, ITEM_ESP_OUT, path, sent);
    item->inner = inner;
    item->inner_len = len;
    if (watch->inner_sent) {
        item->inner_identity = watch->inner_sent(watch->context, node, crypto_bytes(inner, len));
    }
    node_submit(item, now);
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
    memcpy(echo.source, flow->spec.source.octets, 4);
    memcpy(echo.destination, flow->spec.destination.octets, 4);
    flow->sent++;
    if (flow->spec.count == 0 || flow->sent < flow->spec.count) {
        sim_engine_schedule(node->shared->engine, &flow->event, &node->place, &node->place,
                            now + flow->spec.every);
    }
    send_inner(node, flow->path, &echo, flow->spec.data_len, flow->name, (struct trace_ref){0},
               now);
}

void traffic_start(struct node *node, const char *child, struct net_path *path, uint64_t now)
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
            memcmp(flow->spec.source.octets, echo->destination, 4) == 0) {
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
               item->outcome.esp.child, delivered, now);
}

void traffic_deliver(struct node_item *item, uint64_t now)
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
    struct net_address from = net_address_of(4, echo.source);
    struct net_address to = net_address_of(4, echo.destination);
    struct trace_ref delivered =
        trace_recorder_emit(node->shared->recorder, item->path->channel, now,
                            item->outcome.esp.event, TRACE_TRAFFIC_DELIVERED_EVENT,
                            &(struct trace_traffic_delivered){
                                .flow = flow ? flow->name : item->outcome.esp.child,
                                .packet = echo.sequence,
                                .kind = echo.reply ? "echo reply" : "echo request",
                                .source = net_address_print(&from, source),
                                .destination = net_address_print(&to, destination),
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

void traffic_init(struct node *node, size_t count, const struct node_flow *flows)
{
    node->flow_count = count;
    node->flows = calloc(count ? count : 1, sizeof *node->flows);
    if (!node->flows) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        struct flow *flow = &node->flows[i];
        flow->node = node;
        flow->spec = flows[i];
        assert(flow->spec.data_len >= ICMP_DATA_MIN &&
               flow->spec.data_len <= INNER_MAX - ICMP_OVERHEAD - ESP_OVERHEAD_MAX);
        snprintf(flow->name, sizeof flow->name, "ping %s", flow->spec.child);
        /* As ping does: any number that tells its replies from another's. */
        flow->identifier = (uint16_t)(sim_draw_name(i, node->name) | 1);
    }
}
