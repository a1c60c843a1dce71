/* A host that moves to another place. */
#include <assert.h>
#include <stdlib.h>

#include "sim/host/node_internal.h"

struct move {
    struct sim_event event;
    struct node *node;
    struct net_address address;
    const struct net_port *gateway; /* the NAT that the host is behind from then on, or NULL */
    struct net_path *path;          /* to the peer that is told of in any case */
    uint64_t now;
    struct trace_ref told;
};

static void move_drop(struct sim_event *event)
{
    free(event);
}

/* The IKE SA with each peer moves along. */
static void move_sa(struct net_path *path, void *context)
{
    const struct move *move = context;
    struct node_item *item;
    if (path->sa == 0 && path != move->path) {
        return;
    }
    item = node_item_new(move->node, ITEM_ORDER, path, move->told);
    item->order = (struct host_order){
        .kind = HOST_MOVE,
        .remote = node_reach(path),
        .sa = path->sa,
        .local = node_address_of(move->node->port),
    };
    node_submit(item, move->now);
}

static void move_run(struct sim_event *event, uint64_t now)
{
    struct move *move = (struct move *)event;
    struct node *node = move->node;
    struct net_port *port = node->port;
    char before[NET_ADDRESS_TEXT], after[NET_ADDRESS_TEXT];
    net_address_print(&port->address, before);
    bool moved = net_port_move(port, &move->address);
    assert(moved); /* the scenario was checked */
    (void)moved;
    port->gateway = move->gateway ? net_path_find(port, &move->gateway->address) : NULL;
    move->told = trace_recorder_emit(node->shared->recorder, move->path->channel, now,
                                     (struct trace_ref){0}, TRACE_HOST_MOVED_EVENT,
                                     &(struct trace_host_moved){
                                         .from = before,
                                         .to = net_address_print(&move->address, after),
                                         .behind = move->gateway ? move->gateway->name : NULL,
                                     });
    move->now = now;
    net_port_paths(port, move_sa, move);
    free(move);
}

void node_move(struct node *node, uint64_t at, const struct net_address *address,
               const struct net_port *gateway, const struct net_port *peer)
{
    struct move *move = node_calloc(sizeof *move);
    *move = (struct move){
        .event = {.run = move_run, .drop = move_drop},
        .node = node,
        .address = *address,
        .gateway = gateway,
        .path = net_path_find(node->port, &peer->address),
    };
    assert(move->path);
    sim_engine_schedule(node->shared->engine, &move->event, &node->place, &node->place, at);
}
