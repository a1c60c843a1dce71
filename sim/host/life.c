/* What happens to a host as a whole: it crashes, is started again, or moves to another place. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/host/node_internal.h"

struct turn {
    struct sim_event event;
    struct node *node;
    bool up;
    struct net_address address;     /* of a move */
    const struct net_port *gateway; /* of a move: the NAT that the host is behind from then on */
    struct net_path *path;          /* of a move: to the peer that it concerns */
};

static void turn_drop(struct sim_event *event)
{
    free(event);
}

static struct turn *schedule(struct node *node, uint64_t at,
                             void (*run)(struct sim_event *event, uint64_t now))
{
    struct turn *turn = node_calloc(sizeof *turn);
    turn->event.run = run;
    turn->event.drop = turn_drop;
    turn->node = node;
    sim_engine_schedule(node->shared->engine, &turn->event, &node->place, &node->place, at);
    return turn;
}

/* Told to each peer's ladder. The paths stand in an order of addresses. */
static void tell(struct node *node, uint64_t now, bool up)
{
    for (size_t i = 0; i < node->port->bucket_count; i++) {
        for (struct net_path *path = node->port->buckets[i]; path; path = path->next) {
            if (path->to->relay) {
                continue;
            }
            trace_recorder_emit(node->shared->recorder, path->channel, now, (struct trace_ref){0},
                                TRACE_HOST_LIFE_EVENT,
                                &(struct trace_host_life){
                                    .what = up ? "restarted" : "crashed",
                                    .life = node->life,
                                });
            path->sa = 0;
        }
    }
}

static void turn_run(struct sim_event *event, uint64_t now)
{
    struct turn *turn = (struct turn *)event;
    struct node *node = turn->node;
    const struct node_watch *watch = &node->shared->watch;
    if (!turn->up && !node->port->down) {
        char life[24];
        node->port->down = true;
        node->life++;
        /* What it draws in another life is not what it drew in this one. */
        snprintf(life, sizeof life, "life %u", node->life);
        node->draw_key = sim_draw_key(sim_engine_seed(node->shared->engine), node->name, life);
        host_free(node->host);
        node->host = node_make_host(node);
        tell(node, now, false);
        if (watch->crashed) {
            watch->crashed(watch->context, node);
        }
    } else if (turn->up && node->port->down) {
        node->port->down = false;
        tell(node, now, true);
    }
    free(turn);
}

void node_crash(struct node *node, uint64_t at)
{
    schedule(node, at, turn_run);
}

void node_restart(struct node *node, uint64_t at)
{
    schedule(node, at, turn_run)->up = true;
}

static void move_run(struct sim_event *event, uint64_t now)
{
    struct turn *turn = (struct turn *)event;
    struct node *node = turn->node;
    struct net_port *port = node->port;
    char before[NET_ADDRESS_TEXT], after[NET_ADDRESS_TEXT];
    net_address_print(&port->address, before);
    bool moved = net_port_move(port, &turn->address);
    assert(moved); /* the scenario was checked */
    (void)moved;
    port->gateway = turn->gateway ? net_path_find(port, &turn->gateway->address) : NULL;
    struct trace_ref told =
        trace_recorder_emit(node->shared->recorder, turn->path->channel, now, (struct trace_ref){0},
                            TRACE_HOST_MOVED_EVENT,
                            &(struct trace_host_moved){
                                .from = before,
                                .to = net_address_print(&turn->address, after),
                                .behind = turn->gateway ? turn->gateway->name : NULL,
                            });
    struct node_item *item = node_item_new(node, ITEM_ORDER, turn->path, told);
    item->order = (struct host_order){
        .kind = HOST_MOVE,
        .remote = node_reach(turn->path),
        .sa = turn->path->sa,
        .local = node_address_of(port),
    };
    free(turn);
    node_submit(item, now);
}

void node_move(struct node *node, uint64_t at, const struct net_address *address,
               const struct net_port *gateway, const struct net_port *peer)
{
    struct turn *turn = schedule(node, at, move_run);
    turn->address = *address;
    turn->gateway = gateway;
    turn->path = net_path_find(node->port, &peer->address);
    assert(turn->path);
}
