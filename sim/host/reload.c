/* A host whose configuration is another from a time on. */
#include <assert.h>
#include <stdlib.h>

#include "sim/host/cluster.h"
#include "sim/host/node_internal.h"

struct reload {
    struct sim_event event;
    struct node *node;
    const struct ike_policy *policy;
    const char *what;
    struct net_path *path; /* to the peer that is told of in any case */
    uint64_t now;
};

static void reload_drop(struct sim_event *event)
{
    free(event);
}

/* With each peer: the order is seen where the pair is, and an IKE SA may have to tell its peer. */
static void reload_sa(struct net_path *path, void *context)
{
    const struct reload *reload = context;
    if (path->sa == 0 && path != reload->path) {
        return;
    }
    struct trace_ref told =
        trace_recorder_emit(reload->node->shared->recorder, path->channel, reload->now,
                            (struct trace_ref){0}, TRACE_HOST_ORDER_EVENT,
                            &(struct trace_host_order){
                                .order = host_order_name(HOST_RELOAD),
                                .detail = reload->what,
                                .origin = "script",
                            });
    if (path->sa == 0) {
        return;
    }
    struct node_item *item = node_item_new(reload->node, ITEM_ORDER, path, told);
    item->order = (struct host_order){
        .kind = HOST_RELOAD,
        .remote = node_reach(path),
        .sa = path->sa,
    };
    node_submit(item, reload->now);
}

static void reload_run(struct sim_event *event, uint64_t now)
{
    struct reload *reload = (struct reload *)event;
    host_reload(reload->node->host, reload->policy);
    if (reload->node->cluster) {
        cluster_reload(reload->node->cluster, reload->policy);
    }
    reload->now = now;
    net_port_paths(reload->node->port, reload_sa, reload);
    free(reload);
}

void node_reload(struct node *node, uint64_t at, const struct ike_policy *policy, const char *what,
                 const struct net_port *peer)
{
    struct reload *reload = node_calloc(sizeof *reload);
    *reload = (struct reload){
        .event = {.run = reload_run, .drop = reload_drop},
        .node = node,
        .policy = policy,
        .what = what,
        .path = net_path_find(node->port, &peer->address),
    };
    assert(reload->path);
    sim_engine_schedule(node->shared->engine, &reload->event, &node->place, &node->place, at);
}
